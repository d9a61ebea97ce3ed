"""Results as plain tables: CSV files for spreadsheets, pandas or R.

Tables are in long format: a header, then one row per point and nothing else. A surface has the columns alpha, beta,
loss; a basin map alpha, beta, level, status; a profile alpha, loss; that of a path t, length, loss; trajectories
start, step, loss and the parameters by name; a projection start, step, alpha, beta, losses, distance and share;
outcomes step, outcome, count, fraction and the Wilson interval.

Every other result is a table of single values, with the columns member, index_0, index_1, .. and value. The
member is a path of names and numbers such as ``levels.0.value``. An array has a row for each entry, with its indices;
everything else has one row without indices. Fractions are written as 1/8, None as nothing; sets are in the order of
their text.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base.atomic_files import replacing
from landscape.base.labels import Labels, Variable
from landscape.io import json_text, netcdf_layout
from landscape.io.result_classes import LABELLED

Column = list[str]


def to_csv(result: Any, path: str | os.PathLike[str]) -> None:
    """Write ``result`` to ``path`` as comma-separated values, atomically.

    Numbers have enough digits to be distinguished from all other floats: reading them gives equal values.
    Lines end in a line feed, and the text is UTF-8.

    Parameters
    ----------
    result : a result, or a Bundle, list, tuple or mapping of results and values
        Surface, Profile, PathProfile, Trajectories, Projection, Sharpness, BasinMap and Outcomes have a row for each
        point. Every other result has one for each value, with the path of the member that it belongs to and, in an
        array, its indices.
    path : name of the file, usually ending in ``.csv``; an existing file is replaced

    Raises
    ------
    TypeError
        If ``result`` is nothing that :func:`landscape.save` can save.
    OSError
        If the file cannot be written; ``path`` is then unchanged.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import landscape as ls
    >>> from landscape import xor
    >>> profile = ls.evaluate_line(xor.network(), xor.TEXTBOOK, [0, 0, 0, 0, 0, 0, 0, 0, 1], [0.0, 0.5])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_csv(profile, Path(folder) / "line.csv")
    ...     print(Path(folder, "line.csv").read_text(), end="")
    alpha,loss
    0.0,0.0
    0.5,0.25
    """
    if isinstance(result, LABELLED):
        columns = list(_columns(result.labels()))
        _write(path, [name for name, _ in columns], zip(*(values for _, values in columns), strict=True))
    elif netcdf_layout.members(result) is not None:
        write_values(single_values(result), path)
    else:
        raise TypeError(f"result must be a result, Bundle, list, tuple or mapping; got {type(result).__name__}")


def write_values(values: Iterable[tuple[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write values and arrays, each with the path of the member that it belongs to, as a table of single values."""
    arrays = [(member, _as_array(value)) for member, value in values]
    n_axes = max((array.ndim for _, array in arrays), default=0)

    def rows() -> Iterator[list[object]]:
        for member, array in arrays:
            for index, entry in zip(product(*map(range, array.shape)), array.ravel().tolist(), strict=True):
                yield [member, *index, *[""] * (n_axes - array.ndim), _entry(entry)]

    _write(path, ["member", *(f"index_{axis}" for axis in range(n_axes)), "value"], rows())


def single_values(value: Any, member: str = "", without: tuple[type, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of everything in ``value`` that is not divided further: numbers, texts, arrays."""
    if isinstance(value, without):
        return
    inside = netcdf_layout.members(value)
    if isinstance(value, set | frozenset):
        inside = netcdf_layout.members(sorted(value, key=json_text.to_json))
    if inside is not None:
        for name, each in inside.items():
            yield from single_values(each, f"{member}.{name}" if member else str(name), without)
    elif isinstance(value, np.ndarray | np.generic) or json_text.is_plain(value):
        yield member, value
    else:
        raise TypeError(f"{member} is of type {type(value).__name__}, which a table cannot hold; leave it out")


def _write(path: str | os.PathLike[str], header: list[str], rows: Iterable[Iterable[object]]) -> None:
    with replacing(path) as new, new.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def _as_array(value: Any) -> NDArray[Any]:
    return np.asarray(value, dtype=None if isinstance(value, np.ndarray | np.generic) else object)


def _entry(value: Any) -> str:
    """Return one value as text."""
    if value is None:
        return ""
    return str(value) if isinstance(value, str | Fraction) else repr(value)


def _columns(labels: Labels) -> Iterator[tuple[str, Column]]:
    """Yield name and entries of every column, starting with the coordinates of the rows."""
    sizes = {name: np.shape(labels.coordinates[name].values)[0] for name in labels.rows}
    for name, coordinate in labels.coordinates.items():
        if name in sizes:
            yield name, _entries(coordinate, labels.rows, sizes)
    for name, variable in labels.variables.items():
        if set(variable.axes) <= set(sizes):
            yield name, _entries(variable, labels.rows, sizes)
    for name, variable in labels.variables.items():
        if variable.axes[-1:] == ("parameter",) and len(variable.axes) > 1 and set(variable.axes[:-1]) <= set(sizes):
            prefix = "" if name == "theta" else f"{name} "
            values = np.asarray(variable.values)
            for i, parameter in enumerate(np.asarray(labels.coordinates["parameter"].values).tolist()):
                component = Variable(variable.axes[:-1], values[..., i], "")
                yield f"{prefix}{parameter}", _entries(component, labels.rows, sizes)


def _entries(variable: Variable, rows: tuple[str, ...], sizes: dict[str, int]) -> Column:
    """Return the value of a variable in every row as text, repeated along the axes that the variable lacks."""
    values: NDArray[np.generic] = np.asarray(variable.values)
    shape = tuple(sizes[name] if name in variable.axes else 1 for name in rows)
    everywhere = np.broadcast_to(values.reshape(shape), tuple(sizes.values()))
    return list(map(_entry, everywhere.ravel().tolist()))
