"""Results as plain tables: CSV files that a spreadsheet, pandas or R opens.

Long form, one row for each point, with a header and nothing else. A surface has the columns alpha, beta,
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
    """Write ``result`` to ``path`` as comma-separated values, whole or not at all.

    Numbers have as many digits as tell them from all other floats: what is read is equal to what was written.
    Lines end in a line feed, and the text is UTF-8.

    Parameters
    ----------
    result : Surface, Profile, Trajectories, Projection, BasinMap or Outcomes
    path : name of the file, customarily ending in ``.csv``; an existing file is replaced

    Raises
    ------
    TypeError
        If ``result`` is of another kind.
    OSError
        If the file cannot be written; ``path`` then holds what it held before.

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
    named = list(_columns(result.labels()))
    with replacing(path) as new, new.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(name for name, _ in named)
        rows.writerows(zip(*(values for _, values in named), strict=True))


def _columns(found: Labels) -> Iterator[tuple[str, Column]]:
    """Yield name and entries of every column: first those that say which row it is."""
    sizes = {name: np.shape(found.coordinates[name].values)[0] for name in found.rows}
    for name, coordinate in found.coordinates.items():
        if name in sizes:
            yield name, _entries(coordinate, found.rows, sizes)
    for name, variable in found.variables.items():
        if set(variable.axes) <= set(sizes):
            yield name, _entries(variable, found.rows, sizes)
    for variable in found.variables.values():
        if variable.axes[-1:] == ("parameter",) and len(variable.axes) > 1 and set(variable.axes[:-1]) <= set(sizes):
            values = np.asarray(variable.values)
            for i, parameter in enumerate(np.asarray(found.coordinates["parameter"].values).tolist()):
                one = Variable(variable.axes[:-1], values[..., i], "")
                yield parameter, _entries(one, found.rows, sizes)


def _entries(variable: Variable, rows: tuple[str, ...], sizes: dict[str, int]) -> Column:
    """Return the values of a variable at every row as text, repeated along the axes that it does not have."""
    values: NDArray[np.generic] = np.asarray(variable.values)
    shape = tuple(sizes[name] if name in variable.axes else 1 for name in rows)
    everywhere = np.broadcast_to(values.reshape(shape), tuple(sizes.values()))
    return [value if isinstance(value, str) else repr(value) for value in everywhere.ravel().tolist()]
