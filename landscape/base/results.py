"""Results: frozen dataclasses whose arrays are read-only, each declared once with its dimensions, unit and meaning.

The declaration of a field determines the checks on construction, the entry in the class docstring, the names of the
dimensions in a netCDF file, and the labels of tables and xarray Datasets.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields
from fractions import Fraction
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.base.checks import not_masked, real_numbers
from landscape.base.wording import number, numbers, truncated

Settings = Mapping[str, str | int | float | bool]
"""How a result was computed: seed, rule, optimizer and so on, by name."""
Dimension = str | int
"""The name of a dimension, or its length if that is fixed."""

WIDTH, FEW = 120, 4
"""Most characters in a line about a result, and most entries of an array or a list that it spells out."""

DECLARED, MEANING = "declared", "meaning"
"""Keys of a field's metadata: the declaration of an array, and the meaning of any other field."""


class Declared(NamedTuple):
    """The declaration of an array field."""

    dims: tuple[Dimension, ...]
    meaning: str
    unit: str  # 1 for dimensionless numbers, empty for anything but numbers
    dtype: DTypeLike | None  # that values are converted to; None keeps the given one
    check: Callable[[str, Any], Any] | None  # of the given values, such as landscape.base.checks.axis


def array(
    *dims: Dimension,
    meaning: str,
    unit: str = "1",
    dtype: DTypeLike | None = np.float64,
    check: Callable[[str, Any], Any] | None = None,
    **default: Any,
) -> Any:
    """Declare an array field of a result; the arguments are those of :class:`Declared`.

    ``default=None`` is for a field that results saved by earlier versions do not have.
    """
    return field(metadata={DECLARED: Declared(dims, meaning, unit, dtype, check)}, **default)


def member(meaning: str, **default: Any) -> Any:
    """Declare a field that is not an array; ``default`` or ``default_factory`` are those of ``dataclasses.field``."""
    return field(metadata={MEANING: meaning}, **default)


def settings_of(meaning: str) -> Any:
    """Declare the settings that a result was computed with, such as seed and optimizer."""
    return member(meaning, default_factory=dict)


def read_only(values: ArrayLike, dtype: DTypeLike | None = np.float64) -> NDArray[Any]:
    """Return a read-only array with these values.

    It is a copy, unless the given array has the data type, is read-only, and owns its memory or is of a file mapped for
    reading: nothing is expected to write to such an array, and a large one need not be copied again.
    """
    given = np.asarray(values)
    wanted = given.dtype if dtype is None else np.dtype(dtype)
    is_mapped = isinstance(given.base, np.memmap) and given.base.mode == "r"
    if given.dtype == wanted and (given.base is None or is_mapped) and not given.flags.writeable:
        return given
    if given.dtype == wanted:
        copy = np.array(given, order="C")
    else:
        with np.errstate(over="ignore"):  # of long doubles, which are then infinite
            copy = np.array(given, dtype=wanted, order="C")
    copy.flags.writeable = False
    return copy


def make_read_only(fresh: NDArray[Any]) -> NDArray[Any]:
    """Make a newly created array read-only in place and return it."""
    fresh.flags.writeable = False
    return fresh


class Result:
    """Base class of the frozen dataclasses: arrays are checked and made read-only as their fields declare.

    Copying and unpickling construct and check a result again: its arrays would be writeable otherwise, since numpy
    does not preserve the read-only flag.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # of its own, so that dataclass writes no other
        entries = [line for name in inspect.get_annotations(cls) for line in _docstring_entry(cls, name)]
        if entries:
            cls.__doc__ = "\n".join(
                [(cls.__doc__ or "").rstrip(), "", "    Parameters", "    ----------", *entries, "    "]
            )

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        for name, declared in declared_arrays(type(self)):
            value = getattr(self, name)
            if value is None:
                continue
            not_masked(name, value)
            checked = declared.check(name, value) if declared.check else value
            values = read_only(_convertible(name, checked, declared.dtype), declared.dtype)
            _check_shape(name, values.shape, declared.dims, sizes)
            object.__setattr__(self, name, values)
        if "settings" in self.__dataclass_fields__:
            settings: Settings | None = getattr(self, "settings")  # noqa: B009 - a field of most subclasses
            object.__setattr__(self, "settings", MappingProxyType(dict(settings or {})))

    def __repr__(self) -> str:
        parts = [f"{f.name}={_short_repr(getattr(self, f.name))}" for f in fields(self) if f.repr]
        return truncated(f"{type(self).__name__}({', '.join(parts)})", WIDTH)

    def __str__(self) -> str:
        """Return what this is and its sizes in one line, its main numbers and how it was computed in another."""
        first_line = (type(self).__doc__ or "").strip().partition("\n")[0]
        meaning = re.split(r"[.:;]", first_line)[0]
        sizes = ", ".join(f"{name}: {size}" for name, size in self._sizes().items())
        head = f"{type(self).__name__}{f' ({sizes})' if sizes else ''}: {meaning[:1].lower()}{meaning[1:]}"
        settings: Settings = getattr(self, "settings", {})
        how = [str(settings[name]) for name in ("optimizer", "directions", "curve") if name in settings]
        tail = [*islice(self._main_numbers(), FEW - 1), *_model(settings), *how]
        return f"{truncated(head, WIDTH)}\n  {truncated('; '.join(tail), WIDTH - 2)}"

    def _sizes(self) -> dict[str, int]:
        """Return the sizes of the dimensions of its arrays that have a name."""
        found: dict[str, int] = {}
        for name, declared in declared_arrays(type(self)):
            if (values := getattr(self, name)) is not None:
                found |= {d: n for d, n in zip(declared.dims, values.shape, strict=True) if isinstance(d, str)}
        return found

    def _main_numbers(self) -> Iterator[str]:
        """Yield the values of small fields, and the ranges of arrays that are neither coordinates nor parameters."""
        arrays = dict(declared_arrays(type(self)))
        for definition in fields(self):
            name, value = definition.name, getattr(self, definition.name)
            if name not in arrays:
                if isinstance(value, tuple | list | frozenset):
                    parts = [_short_str(part) for part in value]
                    spelt_out = 0 < len(parts) <= FEW and all(parts)
                    yield f"{name} {', '.join(parts)}" if spelt_out else f"{len(parts)} {name}"
                elif text := _short_str(value):
                    yield f"{name} {text}"
            elif value is not None and value.size and arrays[name].dims not in {(name,), ("parameter",)}:
                if value.size <= FEW:
                    yield f"{name} {numbers(value.ravel().tolist())}"
                elif value.dtype.kind in "iuf" and "parameter" not in arrays[name].dims:
                    finite = value[np.isfinite(value)]
                    ends = "not finite" if not finite.size else f"{finite.min():.4g} to {finite.max():.4g}"
                    yield f"{name} {ends}"

    def __reduce__(self) -> tuple[Any, ...]:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        picklable = {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in values.items()}
        return partial(type(self), **picklable), ()


def _short_repr(value: Any) -> str:
    """Return a value in a few characters: arrays as their shape, settings as their number."""
    if isinstance(value, np.ndarray) and value.size > FEW:
        return f"<array {value.shape}>"
    if isinstance(value, Mapping):
        return f"<{len(value)} entries>"
    return truncated(repr(value), 40)


def _short_str(value: Any) -> str:
    """Return a value that takes a few characters to write, empty text for any other."""
    if isinstance(value, float):
        return number(value)
    return str(value) if isinstance(value, int | str | Fraction) else ""


def _model(settings: Settings) -> Iterator[str]:
    """Yield what the settings say of the objective: its model, and its loss if the model does not name it."""
    try:
        about = json.loads(str(settings.get("objective", "")))
    except ValueError:
        about = settings.get("objective", "")
    if isinstance(about, dict):
        yield ", ".join(str(about[name]) for name in ("model", "loss") if about.get(name))
    elif about:
        yield str(about)


def declared_arrays(kind: type) -> Iterator[tuple[str, Declared]]:
    """Yield the name and declaration of every array field of a result class."""
    for name, definition in getattr(kind, "__dataclass_fields__", {}).items():
        if DECLARED in definition.metadata:
            yield name, definition.metadata[DECLARED]


def _convertible(name: str, value: ArrayLike, dtype: DTypeLike | None) -> NDArray[Any]:
    """Return ``value`` as an array of real numbers that ``dtype`` can hold."""
    given = real_numbers(name, value)
    wanted = given.dtype if dtype is None else np.dtype(dtype)
    if wanted.kind != "f" and not np.can_cast(given.dtype, wanted):
        with np.errstate(invalid="ignore"):
            lost = given[given.astype(wanted) != given]
        if lost.size:
            raise ValueError(f"{name} must hold numbers of type {wanted}; got {lost.flat[0]}")
    return given


def _check_shape(name: str, shape: tuple[int, ...], dims: tuple[Dimension, ...], sizes: dict[str, int]) -> None:
    """Raise unless ``shape`` fits ``dims`` and the sizes recorded so far; record the sizes of new dimensions."""
    wanted = tuple(d if isinstance(d, int) else sizes.get(d) for d in dims)
    if len(shape) != len(dims) or any(w not in {None, n} for w, n in zip(wanted, shape, strict=True)):
        rule = _shape_in_words(dims) + ("" if None in wanted else f" = {wanted}")
        raise ValueError(f"{name} must have shape {rule}; got {shape}")
    sizes.update((d, n) for d, n in zip(dims, shape, strict=True) if isinstance(d, str))


def _shape_in_words(dims: tuple[Dimension, ...]) -> str:
    sizes = [str(d) if isinstance(d, int) else f"n_{d}" for d in dims]
    comma = "," if len(sizes) == 1 else ""
    return f"({', '.join(sizes)}{comma})"


def _docstring_entry(cls: type, name: str) -> Iterator[str]:
    metadata = getattr(cls.__dict__.get(name), "metadata", {})
    if DECLARED in metadata:
        declared: Declared = metadata[DECLARED]
        kind = "" if declared.dtype in {np.float64, None} else f", {np.dtype(declared.dtype).name}"
        yield f"    {name} : ndarray of shape {_shape_in_words(declared.dims)}{kind}"
        unit = f"; in units of {declared.unit}" if declared.unit not in {"", "1"} else ""
        yield f"        {declared.meaning}{unit}"
    elif MEANING in metadata:
        yield f"    {name} : {cls.__annotations__[name]}"
        yield f"        {metadata[MEANING]}"
