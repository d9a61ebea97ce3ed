"""Results as plain tables: CSV files for spreadsheets, pandas or R.

Tables are in long format: a header, then one row per point and nothing else. A surface has the columns alpha, beta,
loss; a basin map alpha, beta, level, status; a profile alpha, loss; trajectories start, step, loss and the
parameters by name; a projection start, step, alpha, beta, losses, distance and share; outcomes step,
outcome, count, fraction and the Wilson interval.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base.atomic_files import replacing
from landscape.base.labels import Labels, Variable
from landscape.io.result_classes import LABELLED

Column = list[str]


def to_csv(result: Any, path: str | os.PathLike[str]) -> None:
    """Write ``result`` to ``path`` as comma-separated values, atomically.

    Numbers have enough digits to be distinguished from all other floats: reading them gives equal values.
    Lines end in a line feed, and the text is UTF-8.

    Parameters
    ----------
    result : Surface, Profile, Trajectories, Projection, BasinMap or Outcomes
    path : name of the file, usually ending in ``.csv``; an existing file is replaced

    Raises
    ------
    TypeError
        If ``result`` is of another class.
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
    if not isinstance(result, LABELLED):
        known = ", ".join(kind.__name__ for kind in LABELLED)
        raise TypeError(f"result must be one of {known}; got {type(result).__name__}, choose a member of that kind")
    columns = list(_columns(result.labels()))
    with replacing(path) as new, new.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(name for name, _ in columns)
        rows.writerows(zip(*(values for _, values in columns), strict=True))


def _columns(labels: Labels) -> Iterator[tuple[str, Column]]:
    """Yield name and entries of every column, starting with the coordinates of the rows."""
    sizes = {name: np.shape(labels.coordinates[name].values)[0] for name in labels.rows}
    for name, coordinate in labels.coordinates.items():
        if name in sizes:
            yield name, _entries(coordinate, labels.rows, sizes)
    for name, variable in labels.variables.items():
        if set(variable.axes) <= set(sizes):
            yield name, _entries(variable, labels.rows, sizes)
    for variable in labels.variables.values():
        if variable.axes[-1:] == ("parameter",) and len(variable.axes) > 1 and set(variable.axes[:-1]) <= set(sizes):
            values = np.asarray(variable.values)
            for i, parameter in enumerate(np.asarray(labels.coordinates["parameter"].values).tolist()):
                component = Variable(variable.axes[:-1], values[..., i], "")
                yield parameter, _entries(component, labels.rows, sizes)


def _entries(variable: Variable, rows: tuple[str, ...], sizes: dict[str, int]) -> Column:
    """Return the value of a variable in every row as text, repeated along the axes that the variable lacks."""
    values: NDArray[np.generic] = np.asarray(variable.values)
    shape = tuple(sizes[name] if name in variable.axes else 1 for name in rows)
    everywhere = np.broadcast_to(values.reshape(shape), tuple(sizes.values()))
    return [value if isinstance(value, str) else repr(value) for value in everywhere.ravel().tolist()]
