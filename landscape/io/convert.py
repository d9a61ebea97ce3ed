"""Conversion of a file of results to other formats: every member that the format supports.

The data of a lecture figure are saved as one file of many results. Each result that has a table or grid of its own is
converted to a separate file; for CSV, one more table holds all other values.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from landscape.analysis.basin_map import BasinMap
from landscape.base import checks
from landscape.base.labels import Labelled
from landscape.io import netcdf_layout
from landscape.io.csv_tables import single_values, to_csv, write_values
from landscape.io.result_classes import LABELLED
from landscape.io.storage import load
from landscape.io.vtk import to_vtp, to_vts
from landscape.planes.paths.projection import Projection
from landscape.planes.surface import Surface

Way = tuple[str, Callable[[Any, Path], None]]
"""The extension of a file, and the function that writes it."""

KINDS: Mapping[str, Mapping[type[Labelled], Way]] = {
    "csv": dict.fromkeys(LABELLED, ("csv", to_csv)),
    "vts": {Surface: ("vts", to_vts), BasinMap: ("vts", to_vts), Projection: ("vtp", to_vtp)},
}
"""The formats that a file can be converted to, and how each class of result is written."""


def convert(
    source: str | os.PathLike[str],
    kind: str,
    out: str | os.PathLike[str] | None = None,
    member: str | None = None,
    *,
    replace: bool = True,
) -> tuple[Path, ...]:
    """Convert the file ``source``, written by :func:`landscape.save`, to files of another format.

    Parameters
    ----------
    source : name of the file
    kind : "csv", or "vts" (for ParaView; paths on a plane become ``.vtp`` files)
    out : name of the new file, optional
        Default: that of ``source`` with another extension. With several results, ``-`` and the name of the
        member are inserted before the extension. If ``out`` is a folder (it exists, or ``out`` ends in a separator),
        files in it get the default names.
    member : str, optional
        The only result to convert, such as ``surface`` or ``own.0``. Default: all that can be converted. For CSV, this
        is everything: the values that are in no other table are in one without a member's name.
    replace : whether existing files are replaced, as :func:`landscape.save` does

    Returns
    -------
    tuple of Path
        The files that were written, each of them atomically.

    Raises
    ------
    ValueError
        If the kind or member does not exist, nothing can be converted, or ``out`` has another extension.
    OSError
        If a file cannot be read or written.
    FileExistsError
        If a file exists and ``replace`` is false; nothing is written in that case.
    """
    checks.choice("kind", kind, tuple(KINDS))
    whole, ways = load(source), KINDS[kind]
    results = dict(members(whole))
    convertible = {name: ways[type(result)] for name, result in results.items() if type(result) in ways}
    if kind == "csv":
        inside = {"": whole} if member is None else netcdf_layout.members(whole) or {}
        others = {name: value for name, value in inside.items() if any(_other_values(value))}
        results |= others
        convertible |= dict.fromkeys(others, ("csv", _other_values_to_csv))
    if member is not None:
        if member not in convertible:
            names = ", ".join(filter(None, convertible))
            choices = f"choose from {names}" if names else "none can be"
            raise ValueError(f"{source} has no member {member!r} that can be turned into {kind}; {choices}")
        convertible = {member: convertible[member]}
    if not convertible:
        wanted = ", ".join(cls.__name__ for cls in ways)
        raise ValueError(
            f"{source} holds nothing that can be turned into {kind}, no {wanted}; use ls.load for the rest"
        )
    out = None if out is None else os.path.expanduser(out)
    is_folder = out is not None and (Path(out).is_dir() or os.fspath(out).endswith(("/", os.sep)))
    is_only_file = out is not None and not is_folder and (member is not None or list(convertible) == [""])
    target = Path(out or "", Path(source).name) if is_folder else Path(source if out is None else out)
    endings = {f".{ending}" for ending, _ in convertible.values()}
    if is_only_file and target.suffix and target.suffix not in endings:
        raise ValueError(f"out must end in {' or '.join(sorted(endings))}; got {target.name!r}")
    files: dict[Path, str] = {}
    for name, (ending, _) in convertible.items():
        suffix = f"-{name.replace('.', '-')}" if name else ""
        file = target if is_only_file else target.with_name(f"{target.stem}{suffix}.{ending}")
        if file in files:
            raise ValueError(f"{source}: {files[file]} and {name} would both become {file.name}; name one as member")
        files[file] = name
    existing = [file for file in files if file.exists()]
    if existing and not replace:
        raise FileExistsError(errno.EEXIST, "exists; choose another name, or replace it", str(existing[0]))
    for file, name in files.items():
        _, write = convertible[name]
        write(results[name], file)
    return tuple(files)


def _other_values(result: Any) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of all values that are in the table of no result."""
    return single_values(result, without=LABELLED)


def _other_values_to_csv(result: Any, path: Path) -> None:
    write_values(_other_values(result), path)


def members(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``result`` itself with an empty name, or all results inside a bundle, list or mapping with their names."""
    if isinstance(result, Labelled):
        yield name, result
        return
    for key, value in (netcdf_layout.members(result) or {}).items():
        yield from members(value, f"{name}.{key}" if name else key)
