"""Basin maps: the level that training ends on, for every start on a grid over a plane."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.analysis.outcomes import KIND_MEANING, STATE_MEANING, kinds_of_ends
from landscape.analysis.run_states import State, start_blocks, train_block
from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.labels import Labelled, Labels, Variable
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, make_read_only, member, settings_of
from landscape.base.versions import versions
from landscape.exact.assign_levels import Kind
from landscape.exact.local_minima import stationary_levels
from landscape.networks.relu import ReluNetwork
from landscape.parallel.blocks import compute_blocks
from landscape.parallel.checkpoints import Checkpoint
from landscape.planes.plane import Plane, require_plane, require_small_grid
from landscape.training.optimizers import Optimizer, require_optimizer, run_settings

ENDS = np.dtype([("level", np.int8), ("kind", np.int8), ("state", np.int8)])
"""What is kept of each run: index of the level that it ends on, and codes of its kind and state."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BasinMap(Labelled):
    """Outcomes of training from the points of a regular grid over a plane."""

    ROWS: ClassVar = ("beta", "alpha")

    alpha: Array = array("alpha", meaning="coordinate along d1", unit="d1", check=checks.axis)
    beta: Array = array("beta", meaning="coordinate along d2", unit="d2", check=checks.axis)
    level: Array = array("beta", "alpha", meaning="level that training ends on, NaN if on none")
    state: NDArray[np.int8] = array("beta", "alpha", meaning=STATE_MEANING, unit="", dtype=np.int8, check=State.codes)
    kind_code: NDArray[np.int8] | None = array(
        "beta", "alpha", meaning=KIND_MEANING, unit="", dtype=np.int8, check=Kind.codes_or_none, default=None
    )
    levels: tuple[Fraction | None, ...] = member(
        "possible outcomes of a run, ascending; None, the last one, stands for no level"
    )
    plane: Plane = member("the plane of the starts")
    settings: Settings = settings_of("optimizer, data type, steps, objective")

    def __post_init__(self) -> None:
        super().__post_init__()
        values = [float(value) for value in self.levels if value is not None]
        other = self.level[~np.isin(self.level, values) & ~np.isnan(self.level)]
        if other.size:
            raise ValueError(f"level must hold values of levels, or NaN; got {other[0]:g}")

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
        return State.in_words(self.state)

    @property
    def kind(self) -> NDArray[np.str_] | None:
        """What holds each run on its level, shape (n_beta, n_alpha); empty on no level."""
        return None if self.kind_code is None else Kind.in_words(self.kind_code)

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which runs are held on their level by relu'(0) = 0, shape (n_beta, n_alpha)."""
        return np.zeros(self.state.shape, bool) if self.kind_code is None else np.asarray(self.kind_code == Kind.HELD)

    def labels(self) -> Labels:
        """Return this result with names on every axis, and states as words."""
        found = super().labels()
        words = {"status": Variable(self.ROWS, self.status, "state of the run after the last step", "")}
        if self.kind is not None:
            words["kind"] = Variable(self.ROWS, self.kind, "what holds the run on its level, empty on no level", "")
        rest = {
            name: variable for name, variable in found.variables.items() if name not in {"level", "state", "kind_code"}
        }
        return found._replace(variables={"level": found.variables["level"], **words, **rest})


@checks.known_arguments
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

    The rules are those of :mod:`landscape.analysis.outcomes`. No paths are kept, so a map of 1000 x 1000 starts needs
    little memory: that of levels and states, and of one block of runs per processor. The result does not depend on
    blocks, workers or threads.

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
        Called in this thread with (grid points done, total grid points) after every block.
    executor : concurrent.futures.Executor, optional
        Trains the blocks, each on one thread; see :func:`landscape.map_tasks`. Default: threads on all processors
        that this process may use.
    checkpoint : path, optional
        Folder in which finished blocks are stored: a map that was interrupted, even by a kill, resumes where it
        stopped. The same folder may hold blocks of other maps. It can be deleted once the map has been saved.

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
    require_plane(plane, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    require_optimizer(optimizer)
    work = _Work(net, plane, alpha, beta, optimizer, checks.n_steps(steps), checks.float_type("dtype", dtype))
    require_small_grid(alpha, beta, 16)
    values = [level.value for level in stationary_levels(net)]
    blocks = start_blocks(alpha.size * beta.size, work.steps)
    runs = compute_blocks(
        partial(_train_block, work),
        blocks,
        ENDS,
        executor=executor,
        progress=progress,
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint, work.key(len(blocks[0]))),
    ).reshape(beta.size, alpha.size)
    return BasinMap(
        alpha=alpha,
        beta=beta,
        level=make_read_only(np.array([*map(float, values), np.nan])[runs["level"]]),
        state=runs["state"],
        kind_code=runs["kind"],
        levels=(*values, None),
        plane=plane,
        settings=run_settings(net, optimizer, work.steps, work.kind),
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

    def key(self, block: int) -> str:
        """Return a text that is unique to this map, to the blocks that it is divided into, and to versions.

        The versions are those of the packages that might change the result.
        """
        arrays = (self.plane.origin, self.plane.d1, self.plane.d2, self.alpha, self.beta)
        how = (self.net.describe(), self.optimizer.describe(), self.steps, self.kind.name, versions("numpy", "numba"))
        return json.dumps([[hashlib.sha256(a.tobytes()).hexdigest() for a in arrays], how, block])


def _train_block(work: _Work, points: range) -> Generator[int, None, NDArray[Any]]:
    """Train from grid points, numbered row by row, and return where the runs end."""
    rows, columns = np.divmod(np.arange(points.start, points.stop), work.alpha.size)
    starts = work.plane.point(work.alpha[columns], work.beta[rows]).astype(work.kind)
    runs = yield from train_block(work.net, work.optimizer, np.array([work.steps]), starts)
    ends = np.empty(len(points), ENDS)
    ends["level"], ends["state"] = runs["levels"][:, 0], runs["state"]
    ends["kind"] = kinds_of_ends(work.net, runs["end"], runs["levels"][:, 0])
    return ends
