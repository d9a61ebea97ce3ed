"""Read-only arrays, so that a frozen dataclass is frozen all the way down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Settings = Mapping[str, str | int | float | bool]
"""How a result came about: seed, rule, optimizer and the like, by name."""


def read_only(array: ArrayLike, dtype: DTypeLike | None = np.float64) -> NDArray[Any]:
    """Return a read-only array with the values of ``array``.

    A copy, unless ``array`` is read-only already and owns its memory: whoever made it has given up
    writing to it, and a large grid need not be copied again.
    """
    given = np.asarray(array)
    wanted = given.dtype if dtype is None else np.dtype(dtype)
    if given.dtype == wanted and given.base is None and not given.flags.writeable:
        return given
    copy = np.array(given, dtype=wanted, order="C")
    copy.flags.writeable = False
    return copy


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """Make a freshly made ``array`` read-only in place and return it."""
    array.flags.writeable = False
    return array


def settings(given: Settings | None) -> Settings:
    """Return a read-only copy of ``given``."""
    return MappingProxyType(dict(given or {}))


class Result:
    """Base of the frozen dataclasses: a copy, or one sent to another process, is built and checked anew.

    Without it the arrays of a copy could be written to, since numpy forgets that flag on the way.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __reduce__(self) -> tuple[Any, ...]:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in values.items()}
        return partial(type(self), **kept), ()
