"""Whether values read from a file are of the types that the fields of a result class are annotated with."""

import dataclasses
import re
import typing
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any

import numpy as np

_NUMBERS: dict[Any, tuple[type, ...]] = {float: (float, int, np.floating, np.integer), int: (int, np.integer)}
"""What counts as a number of each type; bool never does."""


@cache
def types_of_fields(kind: type) -> Mapping[str, Any]:
    """Return the type of every field of a dataclass."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def has_type(value: Any, wanted: Any) -> bool:  # noqa: PLR0911 - a table of types
    """Return whether ``value`` is of the annotated type ``wanted``.

    >>> has_type((1, None), tuple[int | None, ...]), has_type("1", float), has_type(True, int)
    (True, False, False)
    """
    origin, inside = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is Any:
        return True
    if wanted in _NUMBERS:
        return isinstance(value, _NUMBERS[wanted]) and not isinstance(value, bool)
    if wanted is None:
        return value is None
    if origin is None:
        return isinstance(value, wanted)
    if origin in {typing.Union, UnionType}:
        return any(has_type(value, each) for each in inside)
    if not isinstance(value, origin):
        return False
    if origin is np.ndarray:
        return True  # its data type is that of the class, which converts it
    if issubclass(origin, Mapping):
        return all(has_type(key, inside[0]) and has_type(each, inside[1]) for key, each in value.items())
    if origin is tuple and inside[-1] is not Ellipsis:
        return len(value) == len(inside) and all(map(has_type, value, inside))
    return all(has_type(each, inside[0]) for each in value)


def type_text(wanted: Any) -> str:
    """Return an annotated type as in source code.

    >>> type_text(Mapping[str, int | None]), type_text(np.float64)
    ('Mapping[str, int | None]', 'float64')
    """
    name = wanted.__name__ if isinstance(wanted, type) and not typing.get_args(wanted) else str(wanted)
    return re.sub(r"\w+\.", "", name)
