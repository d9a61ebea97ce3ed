"""Saving every result of this package to netCDF-4, and loading it.

A file is a tree that any netCDF or HDF5 reader opens; :mod:`landscape.io.netcdf_layout` describes its
layout. Equal results give equal bytes: nothing in a file depends on when, where or by whom it was
written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from landscape.base.atomic_files import replacing
from landscape.base.versions import versions
from landscape.io import netcdf_layout

VERSIONS = "xorscape_versions"


def save(result: Any, path: str | os.PathLike[str]) -> None:
    """Save a result to ``path`` as netCDF-4, atomically.

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
    # Tracking the order of creation would also store the time of creation.
    with replacing(path) as new, h5netcdf.File(new, "w", track_order=False) as file:
        file.attrs[VERSIONS] = ", ".join(f"{name} {version}" for name, version in versions().items())
        netcdf_layout.write(file, result, members, Path(path).name)


def load(path: str | os.PathLike[str]) -> Any:
    """Load what :func:`save` has written, with equal values, types and data types; arrays are read-only.

    Raises
    ------
    OSError
        If the file is missing, unreadable or damaged.
    ValueError
        If the file was not written by :func:`save`, or by a version that has more classes.
    """
    import h5netcdf

    path = Path(path)
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(f"{path} {kind}; give the name of a file that ls.save wrote")
    try:
        with h5netcdf.File(path, "r") as file:
            return netcdf_layout.read(file, str(path))
    except netcdf_layout.ForeignError as error:
        raise ValueError(str(error)) from None
    except PermissionError as error:
        raise PermissionError(f"{path} cannot be read ({error.strerror}); ask for permission to read it") from None
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        reason = str(error).partition("\n")[0]
        raise OSError(f"{path} is damaged or not a netCDF-4 file ({reason}); create it again") from None
