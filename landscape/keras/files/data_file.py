"""The data of a model in a file of NumPy's format .npz, which may come from anyone.

The arrays are x and y, or x_0, x_1, ... and y_0, y_1, ... in the order of the model's inputs and outputs, and
optionally sample_weight. Nothing is unpickled, and no array is made that is larger than a limit, or than its file.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.atomic_files import explained, kind_of
from landscape.base.wording import short_repr, truncated

KNOWN = "the arrays x and y (or x_0, x_1, ... and y_0, y_1, ...), and may have sample_weight"
DAMAGE = zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, RuntimeError, NotImplementedError, MemoryError
"""What reading a damaged archive can raise."""


class DataSet(NamedTuple):
    """Inputs and targets, each an array or a list of arrays, and the weights of the samples, or None."""

    x: Any
    y: Any
    sample_weight: NDArray[Any] | None

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self.x[0] if isinstance(self.x, list) else self.x)


def read_data(path: str | os.PathLike[str]) -> DataSet:
    """Return the data set in a file.

    Raises
    ------
    OSError
        If the file is missing, unreadable or damaged.
    ValueError
        If it holds other arrays, too much, objects, or no samples.
    """
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                arrays = _arrays(archive, Path(path))
        except _RefusedError as refused:
            raise ValueError(str(refused)) from None
        except DAMAGE as error:
            reason = truncated(str(error) or type(error).__name__, 80)
            raise OSError(f"{path} is damaged or not a .npz file ({reason}); write it with numpy.savez") from None
    x, y, weight = _numbered("x", arrays), _numbered("y", arrays), arrays.pop("sample_weight", None)
    if x is None or y is None or arrays:
        found = ", ".join([*arrays, *(n for n, v in (("x", x), ("y", y), ("sample_weight", weight)) if v is not None)])
        raise ValueError(f"{path} must have {KNOWN}; got {truncated(found, 200) or 'none'}, rename them")
    data = DataSet(x, y, weight)
    for name, part in (("x", x), ("y", y)):
        for one in part if isinstance(part, list) else [part]:
            if not one.ndim or not len(one):
                raise ValueError(f"{path}: {name} must have at least one sample; got shape {one.shape}")
    return data


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading, nothing but a file."""
    place = Path(path)
    if not place.is_file():
        found = f"is {kind_of(place.stat())}, not a file" if place.exists() else "does not exist"
        raise FileNotFoundError(f"{path} {found}; check its name and folder")
    try:
        return place.open("rb")
    except OSError as error:
        raise explained(error, f"{path} cannot be read", f"{error.strerror}; ask for permission to read it") from None


class _RefusedError(Exception):
    """The file is intact, but is not what is asked for."""


def _arrays(archive: zipfile.ZipFile, path: Path) -> dict[str, NDArray[Any]]:
    """Return all arrays of an archive by name."""
    members = archive.infolist()
    try:
        checks.memory(f"the arrays of {path} would take", sum(m.file_size for m in members), "use fewer samples")
    except ValueError as error:
        raise _RefusedError(str(error)) from None
    found: dict[str, NDArray[Any]] = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename or name in found:
            raise _RefusedError(f"{path} must have {KNOWN}; got a file {short_repr(member.filename)} in it")
        found[name] = _array(archive, member, f"{path}: {truncated(name, 80)}")
    return found


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> NDArray[Any]:
    """Return one array, if it has the size that its header says."""
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with archive.open(member) as stream:
        read_header = headers.get(np.lib.format.read_magic(stream))
        if read_header is None:
            raise _RefusedError(f"{where} must hold numbers or text; got an array with named fields")
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise _RefusedError(
                f"{where} must hold numbers or text; got pickled objects, which are never loaded: they can run code"
            )
        if dtype.kind not in "biufSU":
            raise _RefusedError(f"{where} must hold numbers or text; got dtype {dtype}")
        if prod(shape) * dtype.itemsize != member.file_size - stream.tell():
            raise ValueError("an array of another size than its header says")
    with archive.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _numbered(name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """Take ``name``, or name_0, name_1, ... as a list, out of the arrays; return None if there is neither."""
    if name in arrays:
        return arrays.pop(name)
    found: list[NDArray[Any]] = []
    while (key := f"{name}_{len(found)}") in arrays:
        found.append(arrays.pop(key))
    return found or None
