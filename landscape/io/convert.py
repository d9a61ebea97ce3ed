"""A file of results turned into files of other kinds: every member that can be.

What a lecture figure shows is kept as one file of many results; each is converted to a file of its own.
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
from landscape.io.csv_tables import to_csv
from landscape.io.result_classes import LABELLED
from landscape.io.storage import load
from landscape.io.vtk import to_vtp, to_vts
from landscape.planes.projection import Projection
from landscape.planes.surface import Surface

Way = tuple[str, Callable[..., None]]
"""The ending of a file, and the function that writes it."""

KINDS: Mapping[str, Mapping[type[Labelled], Way]] = {
    "csv": dict.fromkeys(LABELLED, ("csv", to_csv)),
    "vts": {Surface: ("vts", to_vts), BasinMap: ("vts", to_vts), Projection: ("vtp", to_vtp)},
}
"""What a file can be turned into, and how each class of result is."""


def convert(
    source: str | os.PathLike[str],
    kind: str,
    out: str | os.PathLike[str] | None = None,
    member: str | None = None,
    *,
    replace: bool = True,
) -> tuple[Path, ...]:
    """Turn the file ``source``, written by :func:`landscape.save`, into files of another kind.

    Parameters
    ----------
    source : name of the file
    kind : "csv", or "vts" (for ParaView; paths on a plane become ``.vtp`` files)
    out : name of the new file, optional
        Default: that of ``source`` with another ending. With several results, ``-`` and the name of the
        member stand before the ending. A folder (it exists, or ``out`` ends in a separator) gets the default names.
    member : str, optional
        The one result to convert, such as ``surface`` or ``own.0``. Default: all that can be.
    replace : whether files of these names are replaced, as :func:`landscape.save` does

    Returns
    -------
    tuple of Path
        The files that were written, each whole or not at all.

    Raises
    ------
    ValueError
        If there is no such kind or member, nothing that can be converted, or ``out`` has another ending.
    OSError
        If a file cannot be read or written.
    FileExistsError
        If a file is there and is not to be replaced; nothing is written then.
    """
    checks.choice("kind", kind, tuple(KINDS))
    found = dict(members(load(source)))
    fitting = {name: way for name, result in found.items() if (way := KINDS[kind].get(type(result)))}
    if member is not None:
        if member not in fitting:
            there = f"choose from {', '.join(filter(None, fitting))}" if any(fitting) else "none can be"
            raise ValueError(f"{source} has no member {member!r} that can be turned into {kind}; {there}")
        fitting = {member: fitting[member]}
    if not fitting:
        wanted = ", ".join(cls.__name__ for cls in KINDS[kind])
        raise ValueError(
            f"{source} holds nothing that can be turned into {kind}, no {wanted}; use ls.load for the rest"
        )
    out = None if out is None else os.path.expanduser(out)
    is_folder = out is not None and (Path(out).is_dir() or os.fspath(out).endswith(("/", os.sep)))
    exact = out is not None and not is_folder and (member is not None or list(fitting) == [""])
    target = Path(out or "", Path(source).name) if is_folder else Path(source if out is None else out)
    endings = {f".{ending}" for ending, _ in fitting.values()}
    if exact and target.suffix and target.suffix not in endings:
        raise ValueError(f"out must end in {' or '.join(sorted(endings))}; got {target.name!r}")
    made: dict[Path, str] = {}
    for name, (ending, _) in fitting.items():
        inside = f"-{name.replace('.', '-')}" if name else ""
        file = target if exact else target.with_name(f"{target.stem}{inside}.{ending}")
        if file in made:
            raise ValueError(f"{source}: {made[file]} and {name} would both become {file.name}; name one as member")
        made[file] = name
    if taken := [file for file in made if file.exists() and not replace]:
        raise FileExistsError(errno.EEXIST, "exists; choose another name, or replace it", str(taken[0]))
    for file, name in made.items():
        fitting[name][1](found[name], file)
    return tuple(made)


def members(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``result`` itself, under no name, or all results inside a bundle, list or mapping, by name."""
    if isinstance(result, Labelled):
        yield name, result
        return
    for key, value in (netcdf_layout.members(result) or {}).items():
        yield from members(value, f"{name}.{key}" if name else key)
