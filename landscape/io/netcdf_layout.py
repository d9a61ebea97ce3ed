"""The layout of a result in a netCDF-4 file.

Arrays are variables with named dimensions, numbers and strings are attributes; nested results,
settings and bundles are groups. Values that netCDF has no type for are stored as text: a ``Fraction`` as ``1/8``,
the rest as JSON (:mod:`landscape.io.json_text`). Each group records its class (``xorscape_class``) and,
in order, how each member is stored (``xorscape_members``). :mod:`landscape.io.netcdf_reader` reads it.

Dimensions are named as the class of a result declares them. No array has two dimensions of one name, and no group uses
a name of an enclosing group for a dimension of another size or with other coordinates, so xarray opens the whole tree.
"""

import dataclasses
import json
import re
from collections import ChainMap
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.bundle import Bundle
from landscape.base.checks import not_masked
from landscape.base.results import declared_arrays
from landscape.io import json_text
from landscape.io.result_classes import RESULT_CLASSES

CLASS, MEMBERS = "xorscape_class", "xorscape_members"
CHUNK = 2**20
"""Bytes in one chunk of an array; each chunk has its own checksum."""
TEXT_LIMIT = 2**14
"""Maximum characters in an attribute: the header that holds a group's attributes is limited to 64 KiB."""

_NAME = re.compile(r"(?!xorscape_)\w[^/\x00-\x1f\x7f]*(?<! )")
_RESERVED = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_NCProperties", "_FillValue"}


class _Group(NamedTuple):
    """A group that is being written."""

    handle: Any
    owner: str  # the name of its class
    members: Mapping[str, Any]
    where: str  # its name in error messages
    sizes: ChainMap[str, int]  # of its dimensions, and of those of the groups around it
    coordinates: frozenset[str]  # the names of members of the groups around it


def members(value: Any) -> Mapping[str, Any] | None:
    """Return the members of ``value`` by name if it is stored as a group, else None."""
    if isinstance(value, Bundle | Mapping):
        return value
    if isinstance(value, list | tuple):
        return {str(i): v for i, v in enumerate(value)}
    if dataclasses.is_dataclass(value) and type(value) is RESULT_CLASSES.get(type(value).__name__):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
    return None


def write(handle: Any, value: Any, inside: Mapping[str, Any], where: str) -> None:
    """Write ``value``, whose members are ``inside``, to an open group; ``where`` names it in error messages."""
    _write(_Group(handle, _owner(value), inside, where, ChainMap(), frozenset()))


def _write(group: _Group) -> None:
    """Write a group: first what it holds itself, so that the groups inside it know its dimensions."""
    for name in group.members:
        if not is_name(name):
            raise ValueError(f"{group.where} has a member named {name!r}, which netCDF does not allow; rename it")
    kinds = {name: _write_member(group, name) for name in group.members}
    for name, kind in kinds.items():
        if kind == "group":
            _write_group(group, name)
    group.handle.attrs[CLASS] = group.owner
    group.handle.attrs[MEMBERS] = json.dumps(kinds)


def _write_group(group: _Group, name: str) -> None:
    """Write a member of a group that is itself a group."""
    item, where = group.members[name], f"{group.where}: {name}"
    inside = members(item)
    if inside is None:
        kind = type(item).__name__
        raise TypeError(f"{where} is of type {kind}, which cannot be kept; convert it to an array, number or string")
    names = group.coordinates.union(group.members)
    _write(_Group(group.handle.create_group(name), _owner(item), inside, where, group.sizes.new_child(), names))


def _owner(value: Any) -> str:
    is_mapping = isinstance(value, Mapping) and not isinstance(value, Bundle)
    return "mapping" if is_mapping else type(value).__name__


def _write_member(group: _Group, name: str) -> str:
    """Write one member of a group, unless it is a group itself, and return how it is stored."""
    item, handle, where = group.members[name], group.handle, f"{group.where}: {name}"
    if isinstance(item, np.ndarray | np.generic):
        not_masked(where, item)
        return _write_array(handle, name, item, _axes(group, name, np.shape(item)), where)
    is_long_text = isinstance(item, str) and len(item) > TEXT_LIMIT
    if json_text.is_natural(item) and not is_long_text:
        handle.attrs[name] = item
        return "value"
    if isinstance(item, Fraction):
        handle.attrs[name] = str(item)
        return "Fraction"
    fits_a_group = isinstance(item, Mapping) and all(is_name(key) for key in item)
    if json_text.is_plain(item) and not fits_a_group:
        text = json_text.to_json(item)
        if len(text) <= TEXT_LIMIT:
            handle.attrs[name] = text
            return "json"
        _write_array(handle, name, np.array(text), (), where)
        return "long json"
    return "group"


def is_name(key: Any) -> bool:
    """Return whether netCDF allows ``key`` as the name of an attribute, variable and group."""
    return isinstance(key, str) and _NAME.fullmatch(key) is not None and key not in _RESERVED


def _axes(group: _Group, name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return names for the dimensions of an array, and create those that the group does not have."""

    def may_be(names: tuple[str, ...]) -> bool:
        return len(names) == len(shape) and all(
            _fits(group, axis, size) for axis, size in zip(names, shape, strict=True)
        )

    declared = dict(declared_arrays(RESULT_CLASSES.get(group.owner, object))).get(name)
    names = _distinct(tuple(map(str, declared.dims))) if declared else ()
    if not may_be(names):
        names = tuple(f"{name}_axis{i}" for i in range(len(shape)))
        # Dimensions and members share one namespace.
        while any(axis in group.members for axis in names) or not may_be(names):
            names = tuple(f"{axis}_" for axis in names)
    own = group.sizes.maps[0]
    for axis, size in zip(names, shape, strict=True):
        if axis not in own:
            group.handle.dimensions[axis] = own[axis] = size
    return names


def _fits(group: _Group, axis: str, size: int) -> bool:
    """Return whether a dimension of a group may have this name."""
    has_coordinates = axis in group.coordinates or axis in group.members
    is_inherited = axis in group.sizes.parents
    return group.sizes.get(axis, size) == size and not (is_inherited and has_coordinates)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of which none occurs twice: ``2`` and ``2_2`` for two dimensions ``2``."""
    counts = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return tuple(name if count == 1 else f"{name}_{count}" for name, count in zip(names, counts, strict=True))


def _write_array(handle: Any, name: str, item: Any, axes: tuple[str, ...], where: str) -> str:
    """Write an array or numpy scalar as a variable and return how it is stored."""
    import h5py

    array = np.asarray(item)
    kind = "array" if isinstance(item, np.ndarray) else "scalar"
    if array.dtype.kind == "U":
        if any("\0" in text for text in array.flat):
            raise ValueError(f"{where} holds text with a NUL character, which netCDF cannot keep; remove it")
        handle.create_variable(name, axes, dtype=h5py.string_dtype(), data=array.astype(object))
        return f"text {kind}"
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and array.dtype.itemsize not in {4, 8}):
        raise TypeError(f"{where} has data type {array.dtype}, which netCDF cannot keep; convert it to float64")
    stored = array.astype(np.int8) if array.dtype.kind == "b" else array
    if stored.size and stored.ndim:
        handle.create_variable(name, axes, data=stored, fletcher32=True, chunks=_chunks(stored))
    else:
        handle.create_variable(name, axes, data=stored)
    return f"bool {kind}" if array.dtype.kind == "b" else kind


def _chunks(array: NDArray[Any]) -> tuple[int, ...]:
    """Return the shape of a chunk of the array: whole rows, about ``CHUNK`` bytes in total."""
    row = array.nbytes // array.shape[0]
    return (min(array.shape[0], max(1, CHUNK // row)), *array.shape[1:])
