"""Saving every result of this package to netCDF-4, and loading it.

A file is a tree that any netCDF or HDF5 reader opens; :mod:`landscape.io.netcdf_layout` describes its
layout, :mod:`landscape.io.checksum` its last line. Equal results give equal bytes: nothing in a file depends on when,
where or by whom it was written.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from landscape.base.atomic_files import explained, kind_of, replacing
from landscape.base.versions import versions
from landscape.io import checksum, netcdf_layout
from landscape.training import recording

VERSIONS = "xorscape_versions"
SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of an HDF5 file."""
DAMAGE = OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError
"""What reading a damaged file can raise."""


def save(result: Any, path: str | os.PathLike[str]) -> None:
    """Save a result to ``path`` as netCDF-4 with a checksum, atomically.

    The file is complete, or ``path`` is as it was: also when the disk is full or the process is killed.

    Parameters
    ----------
    result : a result of this package, or a Bundle, list, tuple or mapping of results and values
    path : name of the file, usually ending in ``.nc``; an existing file is replaced

    Raises
    ------
    TypeError
        If ``result`` or a member of it is of a type that cannot be stored.
    OSError
        If the file cannot be written; ``path`` is then unchanged.
    """
    import h5netcdf

    members = netcdf_layout.members(result)
    if members is None:
        kind = type(result).__name__
        raise TypeError(
            f"a result to save must hold named members; got {kind}, put it into a Bundle: ls.Bundle(name=...)"
        )
    # If HDF5 cannot write a file, the process ends in a segmentation fault, so it writes to memory.
    memory = io.BytesIO()
    # Tracking the order of creation would also store the time of creation.
    with h5netcdf.File(memory, "w", track_order=False) as file:
        file.attrs[VERSIONS] = ", ".join(f"{name} {version}" for name, version in versions().items())
        file.attrs[checksum.MARK] = checksum.MEANING
        netcdf_layout.write(file, result, members, Path(path).name)
    data = memory.getbuffer()
    with replacing(path) as new, new.open("wb") as written:
        written.write(data)
        written.write(checksum.line(data))


def load(path: str | os.PathLike[str], *, verify: bool = True) -> Any:
    """Load what :func:`save` has written, with equal values, types and data types; arrays are read-only.

    From a file of someone else no code is run, no other file is opened, and no more is read than it holds: links, data
    in other files, compressed data and members of wrong types are refused. Only the HDF5 library has to be trusted.

    Parameters
    ----------
    path : name of the file
    verify : bool
        Whether to check first that no byte of the file has changed since it was saved. Without it, loading is a
        little faster, and loads what another program has changed; but damage to a file is then mostly found, not
        always, and HDF5 may not return. Files of version 0.2 and earlier have no checksum and are loaded without.

    Raises
    ------
    OSError
        If the file is missing, unreadable, damaged or changed.
    ValueError
        If the file was not written by :func:`save`, or by a version that has more classes.

    Notes
    -----
    The file of a :class:`landscape.keras_objective.TrajectoryRecorder` is loaded as Trajectories, a
    :class:`landscape.RecordedRun`. From 64 MiB on it is mapped into memory instead of copied to it.
    """
    path = Path(path)
    if not path.is_file():
        found = f"is {kind_of(path.stat())}" if path.exists() else "does not exist"
        raise FileNotFoundError(f"{path} {found}; give the name of a file that ls.save wrote")
    try:
        file = path.open("rb")
    except OSError as error:
        raise explained(error, f"{path} cannot be read", f"{error.strerror}; ask for permission to read it") from None
    with file:
        first = file.read(len(recording.SIGNATURE))
        if first in recording.SIGNATURES:
            return recording.read(path)
        if not first.startswith(SIGNATURE):
            raise OSError(f"{path} is damaged or not a netCDF-4 file, by its first bytes; create it again")
        if verify and not checksum.holds(file):
            raise OSError(
                f"{path} is damaged or was changed by another program, since its checksum is wrong; create it again, "
                "or load what can be read with ls.load(path, verify=False)"
            )
        return _read(file, str(path))


def _read(file: BinaryIO, where: str) -> Any:
    import h5py

    from landscape.io.netcdf_reader import ForeignError, Reader

    size = file.seek(0, os.SEEK_END)
    try:
        with h5py.File(file, "r") as tree:
            return Reader(where, size).read(tree)
    except ForeignError as error:
        raise ValueError(str(error)) from None
    except DAMAGE as error:
        reason = str(error).partition("\n")[0]
        raise OSError(f"{where} is damaged or not a netCDF-4 file ({reason}); create it again") from None
