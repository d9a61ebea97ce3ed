"""The layout of a result in a netCDF-4 file.

Arrays are variables with named dimensions, numbers and strings are attributes; nested results,
settings and bundles are groups. Values that netCDF has no type for are stored as text: a ``Fraction`` as ``1/8``,
the rest as JSON (:mod:`landscape.io.json_text`). Each group records its class (``xorscape_class``) and,
in order, how each member is stored (``xorscape_members``). Only public dataclasses of this package
are ever constructed from a file: no pickles, and no imports that a file could choose.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.bundle import Bundle
from landscape.base.results import declared_arrays, make_read_only
from landscape.base.versions import __version__
from landscape.io import json_text
from landscape.io.result_classes import RESULT_CLASSES

CLASS, MEMBERS = "xorscape_class", "xorscape_members"
CHUNK = 2**20
"""Bytes in one chunk of an array; each chunk has its own checksum."""
TEXT_LIMIT = 2**14
"""Maximum characters in an attribute: the header that holds a group's attributes is limited to 64 KiB."""

_NAME = re.compile(r"(?!xorscape_)\w[^/\x00-\x1f\x7f]*(?<! )")
_RESERVED = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_NCProperties", "_FillValue"}


class ForeignError(Exception):
    """The file is intact, but was not written by this package or was written by a later version."""


class _Group(NamedTuple):
    """A group that is being written: its handle, class and members, and its name in error messages."""

    handle: Any
    owner: str
    members: Mapping[str, Any]
    where: str


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
    is_mapping = isinstance(value, Mapping) and not isinstance(value, Bundle)
    owner = "mapping" if is_mapping else type(value).__name__
    group = _Group(handle, owner, inside, where)
    for name in inside:
        if not _is_name(name):
            raise ValueError(f"{where} has a member named {name!r}, which netCDF does not allow; rename it")
    kinds = {name: _write_member(group, name) for name in inside}
    handle.attrs[CLASS] = owner
    handle.attrs[MEMBERS] = json.dumps(kinds)


def read(handle: Any, where: str) -> Any:
    """Return the value that :func:`write` wrote to a group; ``where`` names it in error messages."""
    if CLASS not in handle.attrs:
        raise ForeignError(f"{where} was not written by ls.save; open it with a netCDF reader")
    kinds = json.loads(handle.attrs[MEMBERS])
    items = {name: _read_member(handle, name, kind, where) for name, kind in kinds.items()}
    match handle.attrs[CLASS]:
        case "Bundle":
            return Bundle(**items)
        case "mapping":
            return items
        case "list":
            return list(items.values())
        case "tuple":
            return tuple(items.values())
        case str(name):
            return _construct(name, items, where)
    raise TypeError(f"{CLASS} is not text")


def _construct(name: str, items: dict[str, Any], where: str) -> Any:
    found, version = RESULT_CLASSES.get(name), __version__
    if found is None:
        raise ForeignError(f"{where} holds a {name!r}, which xorscape {version} does not have; update xorscape")
    unknown = set(items) - {f.name for f in dataclasses.fields(found)}
    if unknown:
        raise ForeignError(f"{where}: {name} has no {min(unknown)!r} in xorscape {version}; update xorscape")
    return found(**items)


def _write_member(group: _Group, name: str) -> str:
    """Write one member of a group and return how it is stored."""
    item, handle, where = group.members[name], group.handle, f"{group.where}: {name}"
    if isinstance(item, np.ndarray | np.generic):
        return _write_array(handle, name, item, _axes(group, name, np.shape(item)), where)
    is_long_text = isinstance(item, str) and len(item) > TEXT_LIMIT
    if json_text.is_natural(item) and not is_long_text:
        handle.attrs[name] = item
        return "value"
    if isinstance(item, Fraction):
        handle.attrs[name] = str(item)
        return "Fraction"
    inside = members(item)
    fits_a_group = isinstance(item, Mapping) and all(_is_name(key) for key in item)
    if json_text.is_plain(item) and not fits_a_group:
        text = json_text.to_json(item)
        if len(text) <= TEXT_LIMIT:
            handle.attrs[name] = text
            return "json"
        _write_array(handle, name, np.array(text), (), where)
        return "long json"
    if inside is None:
        kind = type(item).__name__
        raise TypeError(f"{where} is of type {kind}, which cannot be kept; convert it to an array, number or string")
    write(handle.create_group(name), item, inside, where)
    return "group"


def _is_name(key: Any) -> bool:
    """Return whether netCDF allows ``key`` as the name of an attribute, variable and group."""
    return isinstance(key, str) and _NAME.fullmatch(key) is not None and key not in _RESERVED


def _axes(group: _Group, name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return names for the dimensions of an array, and create those that the group does not have."""
    dimensions = group.handle.dimensions
    declared = dict(declared_arrays(RESULT_CLASSES.get(group.owner, object))).get(name)
    names = tuple(map(str, declared.dims)) if declared else ()
    fits = len(names) == len(shape) and all(
        axis not in dimensions or dimensions[axis].size == size for axis, size in zip(names, shape, strict=True)
    )
    if not fits:
        names = tuple(f"{name}_axis{i}" for i in range(len(shape)))
        while any(axis in group.members for axis in names):  # dimensions and members share one namespace
            names = tuple(f"{axis}_" for axis in names)
    for axis, size in zip(names, shape, strict=True):
        if axis not in dimensions:
            dimensions[axis] = size
    return names


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


def _read_member(handle: Any, name: str, kind: str, where: str) -> Any:
    match kind:
        case "value":
            value = handle.attrs[name]
            return value if isinstance(value, str) else value.item()
        case "Fraction":
            return Fraction(handle.attrs[name])
        case "json":
            return json_text.from_json(handle.attrs[name])
        case "long json":
            return json_text.from_json(handle.variables[name][...].item().decode())
        case "group":
            return read(handle.groups[name], where)
    array: NDArray[Any] = np.asarray(handle.variables[name][...])
    if kind.startswith("text"):
        array = np.array([text.decode() for text in array.flat], dtype=np.str_).reshape(array.shape)
    elif kind.startswith("bool"):
        array = array.astype(np.bool_)
    return array[()] if kind.endswith("scalar") else make_read_only(array)
