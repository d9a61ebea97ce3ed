"""Basin maps: the level that training ends on, for every start on a grid over a plane."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.analysis.outcomes import STATES, final_states
from landscape.base import checks
from landscape.base.labels import Labelled, Labels, Variable
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, settings_of
from landscape.base.versions import versions
from landscape.exact.local_minima import stationary_levels
from landscape.networks.relu import ReluNetwork
from landscape.parallel.checkpoints import Checkpoint
from landscape.parallel.executors import completed
from landscape.parallel.threads import processors, run_on_threads
from landscape.planes.plane import Plane
from landscape.training.optimizers import Optimizer, require_optimizer

TILE_STEPS = 2**26
"""Approximate steps in a tile: a fraction of a second, so an interruption loses little, and tiling costs nothing."""

LARGEST_TILE = 2**14
"""Largest number of grid points in a tile: a whole tile is in memory while a processor works on it."""

PIECES = 8
"""Approximate number of pieces per processor in a small map, so that all processors have work until the end."""

LEAST_PIECE = 256
"""Pieces, except a tile's last, have a multiple of this many grid points, which is a multiple of the kernel's lanes."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class BasinMap(Labelled):
    """Outcomes of training from the points of a regular grid over a plane."""

    ROWS: ClassVar = ("beta", "alpha")

    alpha: Array = array("alpha", meaning="coordinate along d1", unit="d1", check=checks.axis)
    beta: Array = array("beta", meaning="coordinate along d2", unit="d2", check=checks.axis)
    level: Array = array("beta", "alpha", meaning="level that training ends on, NaN if on none")
    state: NDArray[np.int8] = array(
        "beta", "alpha", meaning="index into ``landscape.analysis.outcomes.STATES``", unit="", dtype=np.int8
    )
    levels: tuple[Fraction | None, ...] = member(
        "possible outcomes of a run, ascending; None, the last one, stands for no level"
    )
    plane: Plane = member("the plane of the starts")
    settings: Settings = settings_of("optimizer, data type, steps, objective")

    @property
    def outcome(self) -> NDArray[np.int64]:
        """Index into ``levels`` of the outcome of each run, shape (n_beta, n_alpha)."""
        values = np.array([float(value) for value in self.levels if value is not None])
        return np.searchsorted(values, self.level)  # NaN sorts after all other values

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of grid points with each outcome, shape (m,)."""
        return np.bincount(self.outcome.ravel(), minlength=len(self.levels))

    @property
    def fractions(self) -> Array:
        """Fraction of the grid points with each outcome, shape (m,)."""
        return np.asarray(self.counts / self.level.size)

    @property
    def status(self) -> NDArray[np.str_]:
        """State of each run at the end (on a level, moving, spiking or diverged), shape (n_beta, n_alpha)."""
        return np.array(STATES)[self.state]

    def labels(self) -> Labels:
        """Return this result with names on every axis, and states as words."""
        found = super().labels()
        rest = {name: variable for name, variable in found.variables.items() if name not in {"level", "state"}}
        status = Variable(self.ROWS, self.status, "state of the run after the last step", "")
        return found._replace(variables={"level": found.variables["level"], "status": status, **rest})


def basin_map(  # noqa: PLR0917 - the order of these arguments is fixed
    net: ReluNetwork,
    plane: Plane,
    alpha: ArrayLike,
    beta: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    dtype: DTypeLike = "float64",
    progress: Progress | None = None,
    executor: Executor | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> BasinMap:
    """Train from every point of the grid ``plane.point(alpha, beta)`` and return the levels that the runs end on.

    The rules are those of :mod:`landscape.analysis.outcomes`. No paths are stored, so a map of 1000 x 1000 starts needs
    little memory: that of levels and states, and of one tile per processor. The result does not depend on tiles,
    workers or threads.

    Parameters
    ----------
    net : ReluNetwork
        One whose levels can be enumerated (see :func:`landscape.stationary_levels`).
    plane : Plane
    alpha : array_like of shape (n_alpha,), strictly increasing
    beta : array_like of shape (n_beta,), strictly increasing
    optimizer : Adam, SGD or RMSprop
    steps : int, at least 0
    dtype : "float64" or "float32"
        Data type of the training.
    progress : callable, optional
        Called in this thread with (grid points done, total grid points) after every tile.
    executor : concurrent.futures.Executor, optional
        Runs the tiles; see :func:`landscape.map_tasks`. Default: threads on all processors that this process may use.
    checkpoint : path, optional
        Folder in which finished tiles are stored: a map that was interrupted, even by a kill, resumes where it stopped.
        The same folder may hold tiles of other maps. It can be deleted once the map has been saved.

    Returns
    -------
    BasinMap

    Raises
    ------
    OSError
        If the folder ``checkpoint`` cannot be written to.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> plane = ls.coordinate_plane(net, xor.TEXTBOOK, "W2[0,0]", "W2[1,0]")
    >>> found = basin_map(net, plane, [-2.0, 0.0, 2.0], [0.0, 4.0], ls.Adam(1e-2), 4000)
    >>> found.level.round(3).tolist()
    [[0.167, 0.0, 0.0], [0.167, 0.25, 0.25]]
    >>> [str(level) for level in found.levels], found.counts.tolist()
    (['0', '1/8', '1/6', '1/4', 'None'], [2, 0, 2, 2, 0])
    """
    if not isinstance(net, ReluNetwork):
        raise TypeError(f"net must be a ReluNetwork, whose levels are known; got {type(net).__name__}")
    if not isinstance(plane, Plane):
        raise TypeError(f"plane must be a Plane; got {type(plane).__name__}, make one with Plane(origin, d1, d2)")
    checks.vector("plane.origin", plane.origin, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    require_optimizer(optimizer)
    work = _Work(net, plane, alpha, beta, optimizer, checks.count("steps", steps), checks.float_type("dtype", dtype))
    values = [level.value for level in stationary_levels(net)]
    found = np.empty((2, alpha.size * beta.size), dtype=np.int8)
    _fill(found, work, progress, executor, Checkpoint(checkpoint, work.key()) if checkpoint is not None else None)
    index, state = found.reshape(2, beta.size, alpha.size)
    return BasinMap(
        alpha=alpha,
        beta=beta,
        level=make_read_only(np.array([*map(float, values), np.nan])[index]),
        state=make_read_only(state.copy()),
        levels=(*values, None),
        plane=plane,
        settings={
            "optimizer": optimizer.describe(),
            "dtype": work.kind.name,
            "steps": work.steps,
            "objective": net.describe(),
        },
    )


class _Work(NamedTuple):
    """Everything that determines a map."""

    net: ReluNetwork
    plane: Plane
    alpha: Array
    beta: Array
    optimizer: Optimizer
    steps: int
    kind: np.dtype[Any]

    def key(self) -> str:
        """Return a text that is unique to this map and to the versions of the packages that might change its result."""
        arrays = (self.plane.origin, self.plane.d1, self.plane.d2, self.alpha, self.beta)
        how = (self.net.describe(), self.optimizer.describe(), self.steps, self.kind.name, versions("numpy", "numba"))
        return json.dumps([[hashlib.sha256(a.tobytes()).hexdigest() for a in arrays], how, self.tile])

    @property
    def tile(self) -> int:
        """Grid points in a tile."""
        points = TILE_STEPS // max(self.steps, 1)
        multiple_of_64 = points // 64 * 64
        return min(max(multiple_of_64, 256), LARGEST_TILE)


def _fill(
    found: NDArray[np.int8],
    work: _Work,
    progress: Progress | None,
    executor: Executor | None,
    stored: Checkpoint | None,
) -> None:
    """Write level and state of every grid point into ``found`` (2, points)."""
    points = found.shape[1]
    tiles = [slice(first, min(first + work.tile, points)) for first in range(0, points, work.tile)]
    unfinished, done = [], 0
    for number, tile in enumerate(tiles):
        data = stored.read(number) if stored else None
        if data is None:
            unfinished.append(number)
        else:
            found[:, tile] = np.frombuffer(data, dtype=np.int8).reshape(2, -1)
            done += tile.stop - tile.start
    if progress and done:
        progress(done, points)

    open_tiles = [tiles[number] for number in unfinished]

    def on_finished(i: int) -> None:
        """Store and report an open tile whose results are in ``found``."""
        nonlocal done
        tile = open_tiles[i]
        if stored:
            stored.write(unfinished[i], found[:, tile].tobytes())
        done += tile.stop - tile.start
        if progress:
            progress(done, points)

    if executor is None:
        _train_tiles(work, open_tiles, [found[:, tile] for tile in open_tiles], on_finished)
        return
    with closing(completed(partial(_train, work), open_tiles, executor=executor)) as results:
        for i, result in enumerate(results):
            found[:, open_tiles[i]] = result
            on_finished(i)


def _train(work: _Work, tile: slice) -> NDArray[np.int8]:
    """Return level indices, -1 for none, and states of the grid points of a tile, shape (2, points)."""
    found = np.empty((2, tile.stop - tile.start), dtype=np.int8)
    _train_tiles(work, [tile], [found])
    return found


def _train_tiles(
    work: _Work, tiles: list[slice], found: list[NDArray[np.int8]], on_finished: Callable[[int], None] | None = None
) -> None:
    """Write level and state of the grid points of every tile into its array in ``found``, using all processors.

    Each thread works on its own piece, which is a whole tile if the map is large. So no thread waits for another one
    before the end, and the Python code of one thread runs while the others are in their kernels. ``on_finished`` is
    called in this thread with the index of each tile that is complete.
    """
    points = sum(tile.stop - tile.start for tile in tiles)
    multiple = -(-points // (LEAST_PIECE * PIECES * processors()))  # rounded up
    size = LEAST_PIECE * max(1, multiple)
    pieces = [
        (i, slice(first, min(first + size, tile.stop)))
        for i, tile in enumerate(tiles)
        for first in range(tile.start, tile.stop, size)
    ]
    pieces_left = Counter(i for i, _ in pieces)
    trained: deque[int] = deque()

    def train(i: int, piece: slice) -> Iterator[int]:
        begin = tiles[i].start
        yield from _training(work, piece, found[i][:, piece.start - begin : piece.stop - begin])
        trained.append(i)

    def report(_: int) -> None:
        while trained:
            i = trained.popleft()
            pieces_left[i] -= 1
            if on_finished and not pieces_left[i]:
                on_finished(i)

    run_on_threads([train(i, piece) for i, piece in pieces], report=report)


def _training(work: _Work, points: slice, found: NDArray[np.int8]) -> Iterator[int]:
    """Train from grid points, numbered row by row, and write level indices, -1 for none, and states into ``found``."""
    rows, columns = np.divmod(np.arange(points.start, points.stop), work.alpha.size)
    starts = work.plane.point(work.alpha[columns], work.beta[rows]).astype(work.kind)
    yield from final_states(work.net, starts, work.optimizer, work.steps, found)
