"""Enums that arrays hold as numbers."""

from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Coded(IntEnum):
    """An enum that arrays hold as numbers; ``words`` says what each member means.

    Examples
    --------
    >>> class Light(Coded):
    ...     RED = 0, "stop"
    ...     GREEN = 1, "go"
    >>> Light.in_words([1, 0, -1]).tolist()
    ['go', 'stop', '']
    """

    def __new__(cls, code: int, words: str = "") -> Self:
        """Create a member whose value is the code alone."""
        member = int.__new__(cls, code)
        member._value_ = code
        return member

    def __init__(self, code: int, words: str = "") -> None:
        self._words = words

    @property
    def words(self) -> str:
        """What the member means."""
        return self._words

    @classmethod
    def codes(cls, name: str, values: ArrayLike, *, least: int = 0) -> ArrayLike:
        """Return ``values`` if they are codes of members; ``least=-1`` allows -1, which stands for none."""
        codes = np.asarray(values)
        outside = codes[~np.isin(codes, np.arange(least, len(cls)))]
        if outside.size:
            known = ", ".join(f"{member.value} ({member.words})" for member in cls)
            raise ValueError(f"{name} must hold codes from {known}; got {outside.flat[0]}")
        return values

    @classmethod
    def codes_or_none(cls, name: str, values: ArrayLike) -> ArrayLike:
        """Return ``values`` if they are codes of members, or -1 for none."""
        return cls.codes(name, values, least=-1)

    @classmethod
    def in_words(cls, codes: ArrayLike) -> NDArray[np.str_]:
        """Return the words of codes (...), empty for -1: (...)."""
        codes = np.asarray(codes)
        words = np.array([member.words for member in cls])
        return np.where(codes < 0, "", words[codes])
