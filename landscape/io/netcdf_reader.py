"""Reading a file that :mod:`landscape.io.netcdf_layout` describes, which may come from anyone.

Nothing is read that :func:`landscape.save` does not write: no links, no data in other files, no compressed data, no
data types other than numbers and text. No more is read than the file itself holds, whatever sizes it declares. Only
public dataclasses of this package are ever constructed: no pickles, and no imports that a file could choose.
"""

from __future__ import annotations

import json
import math
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from landscape.base.bundle import Bundle
from landscape.base.results import declared_arrays, make_read_only
from landscape.base.versions import __version__
from landscape.base.wording import short_repr
from landscape.io import json_text
from landscape.io.field_types import has_type, type_text, types_of_fields
from landscape.io.netcdf_layout import CLASS, MEMBERS, is_name
from landscape.io.result_classes import RESULT_CLASSES

TEXT_BLOCK = 2**28
"""Most bytes that one read of an array of text may need."""
TEXT_ARRAY = 2**30
"""Most bytes of an array of text, which has room for its longest entry in every one."""

_NOT_A_COORDINATE = "_nc4_non_coord_"
"""Prefix of a variable that has the name of a dimension; the dimension then has the name without it."""


class ForeignError(Exception):
    """The file is intact, but was not written by this package or was written by a later version."""


class Reader:
    """Reads the value that a file of ``size`` bytes holds; ``path`` names the file in error messages."""

    def __init__(self, path: str, size: int) -> None:
        self._path, self._size, self._left = path, size, size

    def read(self, group: h5py.Group, where: str = "") -> Any:
        """Return the value that was written to a group; ``where`` is its name in error messages."""
        if CLASS not in group.attrs:
            raise ForeignError(f"{self._path} was not written by ls.save; open it with a netCDF reader")
        kinds = json.loads(self._text(group, MEMBERS))
        items = {name: self._member(group, name, kind, f"{where}{name}: ") for name, kind in kinds.items()}
        match self._text(group, CLASS):
            case "Bundle":
                return Bundle(**items)
            case "mapping":
                return items
            case "list":
                return list(items.values())
            case "tuple":
                return tuple(items.values())
            case name:
                return self._construct(name, items, where)

    def _construct(self, name: str, items: dict[str, Any], where: str) -> Any:
        found = RESULT_CLASSES.get(name)
        if found is None:
            raise ForeignError(
                f"{self._path} holds a {name!r}, which xorscape {__version__} does not have; update xorscape"
            )
        arrays, types = dict(declared_arrays(found)), types_of_fields(found)
        unknown = items.keys() - types.keys()
        if unknown:
            raise ForeignError(
                f"{self._path}: {name} has no {min(unknown)!r} in xorscape {__version__}; update xorscape"
            )
        for key, value in items.items():
            if key not in arrays and not has_type(value, types[key]):
                raise TypeError(f"{where}{key} must be {type_text(types[key])}; got {short_repr(value)}")
        try:
            return found(**items)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}{error}") from None

    def _member(self, group: h5py.Group, name: str, kind: str, where: str) -> Any:
        """Return a member of a group that is stored as ``kind`` says."""
        if not is_name(name):
            raise ValueError(f"{where}no name of a member")
        match kind:
            case "value":
                return self._value(group, name)
            case "Fraction":
                return json_text.fraction(self._text(group, name))
            case "json":
                return json_text.from_json(self._text(group, name))
            case "long json":
                return json_text.from_json(self._texts(group, name, where).item())
            case "group":
                return self.read(_member_object(group, name, h5py.Group, where), where)
            case "array" | "scalar":
                values = self._numbers(group, name, where)
            case "bool array" | "bool scalar":
                values = self._numbers(group, name, where).astype(np.bool_)
            case "text array" | "text scalar":
                values = self._texts(group, name, where)
            case _:
                raise ValueError(f"{where}stored in an unknown way, {short_repr(kind)}")
        return values[()] if kind.endswith("scalar") else make_read_only(values)

    def _value(self, group: h5py.Group, name: str) -> Any:
        """Return the number or text of an attribute."""
        found = h5py.h5a.open(group.id, name.encode())
        text = h5py.check_string_dtype(found.dtype)
        is_text = text is not None and text.length is None and found.shape == ()
        is_number = found.dtype.kind in "iuf" and found.shape in {(), (1,)}
        if found.get_type().committed() or not (is_text or is_number):
            raise ValueError(f"attribute {name} must be one number or text")
        value = group.attrs[name]
        if is_number:
            return value.item()
        self._spend(len(value))
        return value

    def _text(self, group: h5py.Group, name: str) -> str:
        """Return the text of an attribute."""
        value = self._value(group, name)
        if not isinstance(value, str):
            raise TypeError(f"attribute {name} must be text; got {value!r}")
        return value

    def _numbers(self, group: h5py.Group, name: str, where: str) -> NDArray[Any]:
        """Return the numbers of a variable."""
        dataset = self._dataset(group, name, where)
        if dataset.dtype.kind not in "biuf":
            raise TypeError(f"{where}it must hold real numbers; got dtype {dataset.dtype}")
        return np.asarray(dataset[...])

    def _texts(self, group: h5py.Group, name: str, where: str) -> NDArray[np.str_]:
        """Return the text of a variable. Every entry can be as long as the file, so a read has few of a large file."""
        dataset = self._dataset(group, name, where)
        text = h5py.check_string_dtype(dataset.dtype)
        if text is None or text.length is not None:
            raise TypeError(f"{where}it must hold text; got dtype {dataset.dtype}")
        rows, size = dataset.shape[:-1], (dataset.shape or (1,))[-1]
        step = max(1, TEXT_BLOCK // self._size)
        found = []
        for row in np.ndindex(rows):
            for first in range(0, size, step):
                part = np.ravel(dataset[(*row, slice(first, first + step)) if dataset.shape else ()])
                self._spend(sum(map(len, part)))
                found += [entry.decode() for entry in part]
        if 4 * len(found) * max(map(len, found), default=0) > TEXT_ARRAY:
            raise ValueError(f"{where}it would need more than 1 GiB of memory")
        return np.array(found, dtype=np.str_).reshape(dataset.shape)

    def _dataset(self, group: h5py.Group, name: str, where: str) -> h5py.Dataset:
        """Return a variable whose data are all in this file."""
        dataset = _member_object(group, name, h5py.Dataset, where)
        how = dataset.id.get_create_plist()
        if how.get_layout() == h5py.h5d.VIRTUAL or how.get_external_count():
            raise ValueError(f"{where}its data are in another file")
        filters = {how.get_filter(i)[0] for i in range(how.get_nfilters())}
        if filters - {h5py.h5z.FILTER_FLETCHER32} or dataset.id.get_type().committed():
            raise ValueError(f"{where}it is compressed or of a type that ls.save does not write")
        if dataset.shape is None:
            raise ValueError(f"{where}it has no shape")
        size = math.prod(dataset.shape) * dataset.dtype.itemsize
        if size > dataset.id.get_storage_size():
            raise ValueError(f"{where}it declares the shape {dataset.shape} and holds less data")
        self._spend(size)
        return dataset

    def _spend(self, size: int) -> None:
        """Count bytes that are read; there are no more than the file has."""
        self._left -= size
        if self._left < 0:
            raise ValueError("it declares more data than it holds")


def _member_object(group: h5py.Group, name: str, kind: type, where: str) -> Any:
    """Return a member of a group that is of this kind and in the group itself."""
    links = group.id.links
    for stored in (f"{_NOT_A_COORDINATE}{name}".encode(), name.encode()):
        if links.exists(stored):
            if links.get_info(stored).type != h5py.h5l.TYPE_HARD:
                raise ValueError(f"{where}it is a link to another place")
            found = group[stored]
            if not isinstance(found, kind):
                raise TypeError(f"{where}it is a {type(found).__name__}, not a {kind.__name__}")
            return found
    raise ValueError(f"{where}it is missing")
