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
    def in_words(cls, codes: ArrayLike) -> NDArray[np.str_]:
        """Return the words of codes (...), empty for -1: (...)."""
        codes = np.asarray(codes)
        words = np.array([member.words for member in cls])
        return np.where(codes < 0, "", words[codes])
