"""Results: frozen dataclasses whose arrays are read-only, each declared once with its dimensions, unit and meaning.

What a field declares is what the class checks when it is made, what its docstring lists, what a netCDF file calls
the dimensions, and what tables and xarray Datasets are labelled by.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Settings = Mapping[str, str | int | float | bool]
"""How a result came about: seed, rule, optimizer and the like, by name."""
Dimension = str | int
"""The name of a dimension, or its length where that is always the same."""

DECLARED, MEANING = "declared", "meaning"
"""Where the metadata of a field keep its declaration, and of one that is no array its meaning."""


class Declared(NamedTuple):
    """What is known of an array before there is one.

    dims : names of its dimensions, or their lengths
    meaning, unit : in words; the unit is ``1`` for plain numbers and empty for what is no number
    dtype : data type that values are converted to; None keeps the one that is given
    check : of values that are given, such as :func:`landscape.base.checks.axis`
    """

    dims: tuple[Dimension, ...]
    meaning: str
    unit: str
    dtype: DTypeLike | None
    check: Callable[[str, Any], Any] | None


def array(
    *dims: Dimension,
    meaning: str,
    unit: str = "1",
    dtype: DTypeLike | None = np.float64,
    check: Callable[[str, Any], Any] | None = None,
) -> Any:
    """Declare an array as a field of a result; the arguments are those of :class:`Declared`."""
    return field(metadata={DECLARED: Declared(dims, meaning, unit, dtype, check)})


def member(meaning: str, **default: Any) -> Any:
    """Declare a field that is no array; ``default`` or ``default_factory`` are those of ``dataclasses.field``."""
    return field(metadata={MEANING: meaning}, **default)


def settings_of(meaning: str) -> Any:
    """Declare the settings that a result came about by, such as seed and optimizer."""
    return member(meaning, default_factory=dict)


def read_only(values: ArrayLike, dtype: DTypeLike | None = np.float64) -> NDArray[Any]:
    """Return a read-only array with these values.

    A copy, unless it is a read-only array already and owns its memory: whoever made it has given up
    writing to it, and a large grid need not be copied again.
    """
    given = np.asarray(values)
    wanted = given.dtype if dtype is None else np.dtype(dtype)
    if given.dtype == wanted and given.base is None and not given.flags.writeable:
        return given
    copy = np.array(given, dtype=wanted, order="C")
    copy.flags.writeable = False
    return copy


def make_read_only(fresh: NDArray[Any]) -> NDArray[Any]:
    """Make a freshly made array read-only in place and return it."""
    fresh.flags.writeable = False
    return fresh


class Result:
    """Base of the frozen dataclasses: arrays are checked and made read-only as their fields declare.

    A copy, or one sent to another process, is built and checked anew: its arrays could be written to otherwise, since
    numpy forgets that flag on the way.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        listed = [line for name in inspect.get_annotations(cls) for line in _told(cls, name)]
        if listed:
            cls.__doc__ = "\n".join(
                [(cls.__doc__ or "").rstrip(), "", "    Parameters", "    ----------", *listed, "    "]
            )

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        for name, declared in declared_arrays(type(self)):
            value = getattr(self, name)
            if value is None:
                continue
            checked = declared.check(name, value) if declared.check else value
            values = read_only(checked, declared.dtype)
            _check_shape(name, values.shape, declared.dims, sizes)
            object.__setattr__(self, name, values)
        if isinstance(settings := getattr(self, "settings", None), Mapping):
            object.__setattr__(self, "settings", MappingProxyType(dict(settings)))

    def __reduce__(self) -> tuple[Any, ...]:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in values.items()}
        return partial(type(self), **kept), ()


def declared_arrays(kind: type) -> Iterator[tuple[str, Declared]]:
    """Yield name and declaration of every array of a class of results."""
    for name, one in getattr(kind, "__dataclass_fields__", {}).items():
        if DECLARED in one.metadata:
            yield name, one.metadata[DECLARED]


def _check_shape(name: str, shape: tuple[int, ...], dims: tuple[Dimension, ...], sizes: dict[str, int]) -> None:
    """Raise unless a shape has these dimensions, in the sizes that they have had so far; note new ones."""
    wanted = tuple(d if isinstance(d, int) else sizes.get(d) for d in dims)
    if len(shape) != len(dims) or any(w not in {None, n} for w, n in zip(wanted, shape, strict=True)):
        rule = _shape_in_words(dims) + ("" if None in wanted else f" = {wanted}")
        raise ValueError(f"{name} must have shape {rule}; got {shape}")
    sizes.update((d, n) for d, n in zip(dims, shape, strict=True) if isinstance(d, str))


def _shape_in_words(dims: tuple[Dimension, ...]) -> str:
    sizes = [str(d) if isinstance(d, int) else f"n_{d}" for d in dims]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _told(cls: type, name: str) -> Iterator[str]:
    """Yield the lines of a docstring that tell of one field."""
    metadata = getattr(cls.__dict__.get(name), "metadata", {})
    if DECLARED in metadata:
        declared: Declared = metadata[DECLARED]
        kind = "" if declared.dtype in {np.float64, None} else f", {np.dtype(declared.dtype).name}"
        yield f"    {name} : ndarray of shape {_shape_in_words(declared.dims)}{kind}"
        yield f"        {declared.meaning}" + (
            f"; in units of {declared.unit}" if declared.unit not in {"", "1"} else ""
        )
    elif MEANING in metadata:
        yield f"    {name} : {cls.__annotations__[name]}"
        yield f"        {metadata[MEANING]}"
