"""Remedies: XOR trained in other ways, from the same seeds; how many runs succeed, and after how many steps.

A :class:`Remedy` is one row of the table, one way to train; :func:`landscape.try_remedies` runs rows on many starts.
A run ends when its loss falls below the limit, or after its last step. There are two criteria: whether all samples
are classified correctly when the run ends, and whether its loss fell below the limit. A trial of a row is one run or,
if the row has restarts, several runs one after the other until the criterion is met, separately for each criterion.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.intervals import Paired, wilson
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.networks import xor
from landscape.networks.alternative_network import AlternativeNetwork
from landscape.parallel.executors import map_tasks
from landscape.training.optimizers import SGD, Adam, CosineDecay, Optimizer, RMSprop
from landscape.training.starts import TILE, glorot_starts, tile_stream


@dataclass(frozen=True, kw_only=True)
class Remedy(Result):
    """One way to train a network on XOR; the defaults are the exercise's."""

    group: str = member("what is changed, to group the rows", default="")
    name: str = member("what it is changed to, in a word or two", default="")
    hidden: int = member("number of hidden units", default=2)
    activation: str = member("that of :class:`~landscape.AlternativeNetwork`", default="relu")
    head: str = member("that of :class:`~landscape.AlternativeNetwork`", default="linear")
    bias: float = member("initial bias of the hidden units; kernels start Glorot-uniform, as in Keras", default=0.0)
    slope_at_zero: float | None = member(
        "derivative at a kink, in gradients; None: that below 0, as TensorFlow", default=None
    )
    optimizer: Optimizer = member("Adam, SGD, RMSprop or CosineDecay", default_factory=Adam)
    batch: int = member("samples per update, newly shuffled every epoch; four are the full batch", default=len(xor.Y))
    restarts: int = member("number of new starts after the first; all starts share the steps evenly", default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.network  # checks hidden, activation, head and slope_at_zero
        checks.scalar("bias", self.bias)
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer must be Adam, SGD, RMSprop or CosineDecay; got {self.optimizer!r}")
        if checks.count("batch", self.batch, least=1) > len(xor.Y):
            raise ValueError(f"batch must be at most {len(xor.Y)}, the number of samples; got {self.batch}")
        checks.count("restarts", self.restarts)

    @property
    def network(self) -> AlternativeNetwork:
        """The network that is trained."""
        return AlternativeNetwork(
            xor.X,
            xor.Y,
            hidden=self.hidden,
            activation=self.activation,
            head=self.head,
            slope_at_zero=self.slope_at_zero,
        )


def standard_remedies(steps: int) -> tuple[Remedy, ...]:
    """Return the rows of the lecture's table, beginning with the set-up of the exercise.

    Learning rates are Keras' defaults unless stated otherwise. Within a group the strongest change comes last.

    Parameters
    ----------
    steps : int
        Number of steps over which decaying learning rates fall to 0.
    """
    quick = Adam(1e-2)
    return (
        Remedy(group="baseline", name="2 ReLU, MSE, Adam"),
        *(Remedy(group="hidden units", name=f"{h} units", hidden=h) for h in (3, 4, 8)),
        Remedy(group="activation", name="leaky ReLU", activation="leaky_relu"),
        Remedy(group="activation", name="tanh", activation="tanh"),
        Remedy(group="loss", name="cross-entropy", head="sigmoid"),
        *(Remedy(group="hidden bias", name=f"start bias {b:g}", bias=b) for b in (0.1, 0.5)),
        *(Remedy(group="relu'(0)", name=f"relu'(0) = {slope:g}", slope_at_zero=slope) for slope in (0.5, 1.0)),
        Remedy(group="two at once", name="tanh, cross-entropy", activation="tanh", head="sigmoid"),
        Remedy(group="two at once", name="4 leaky ReLU", hidden=4, activation="leaky_relu"),
        Remedy(group="optimizer", name="Adam, lr 0.01", optimizer=quick),
        Remedy(group="optimizer", name="RMSprop", optimizer=RMSprop()),
        Remedy(group="optimizer", name="momentum 0.9, lr 0.01", optimizer=SGD(momentum=0.9)),
        Remedy(group="optimizer", name="SGD, lr 0.01", optimizer=SGD()),
        *(Remedy(group="batch", name=f"batches of {b}", batch=b) for b in (2, 1)),
        Remedy(group="decay", name="Adam, lr 0.01, decay", optimizer=CosineDecay(quick, steps)),
        Remedy(group="decay", name="RMSprop, decay", optimizer=CosineDecay(RMSprop(), steps)),
        Remedy(group="restarts", name="1 restart", restarts=1),
        Remedy(group="restarts", name="9 restarts, lr 0.01", restarts=9, optimizer=quick),
    )


class Summary(NamedTuple):
    """Results of every row by one criterion.

    counts : (rows,) int64    number of trials that meet it
    share, low, high : (rows,)    fraction of trials that meet it, with its Wilson 95 % interval
    steps : (rows, 3)    quartiles of the steps that these trials needed, NaN if there are none
    """

    counts: NDArray[np.int64]
    share: Array
    low: Array
    high: Array
    steps: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class RemedyTrials(Result):
    """Step at which each trial of each row met each criterion, counted in updates over all its starts; -1 for never."""

    remedies: tuple[Remedy, ...] = member("the rows")
    right: NDArray[np.int64] = array(
        "row", "trial", meaning="step from which all samples are classified correctly", unit="updates", dtype=np.int64
    )
    below: NDArray[np.int64] = array(
        "row", "trial", meaning="step at which the loss fell below the limit", unit="updates", dtype=np.int64
    )
    settings: Settings = settings_of("seed, steps, limit, data type")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.right) != len(self.remedies):
            raise ValueError(f"right must have {len(self.remedies)} rows, one per remedy; got {len(self.right)}")

    def summary(self, criterion: str) -> Summary:
        """Return counts, fractions and steps needed by the criterion "right" or "below"."""
        steps = self.right if checks.choice("criterion", criterion, ("right", "below")) == "right" else self.below
        counts = np.count_nonzero(steps >= 0, axis=1)
        quartiles = np.full((len(steps), 3), np.nan)
        for row, steps_of_row in zip(quartiles, steps, strict=True):
            met = steps_of_row[steps_of_row >= 0]
            if met.size:
                row[:] = np.quantile(met, [0.25, 0.5, 0.75])
        low, high = wilson(counts, steps.shape[1])
        return Summary(counts, counts / steps.shape[1], low, high, quartiles)

    def paired(self, criterion: str, base: int = 0) -> tuple[Paired | None, ...]:
        """Return how each row differs from row ``base`` on the same starts; None for rows of another width.

        Rows share their starts, so whether their intervals overlap says little about their difference.
        """
        steps = self.right if checks.choice("criterion", criterion, ("right", "below")) == "right" else self.below
        met, width = steps >= 0, self.remedies[base].hidden

        def difference(row: NDArray[np.bool_]) -> Paired:
            return Paired(int((row & ~met[base]).sum()), int((~row & met[base]).sum()), row.size)

        return tuple(
            difference(row) if remedy.hidden == width else None for remedy, row in zip(self.remedies, met, strict=True)
        )


@checks.known_arguments
def try_remedies(
    remedies: Sequence[Remedy],
    count: int,
    steps: int,
    *,
    seed: int,
    limit: float = 1e-6,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> RemedyTrials:
    """Run ``count`` trials of every row, of at most ``steps`` steps each.

    Rows with the same number of hidden units use the same starts, those of :func:`landscape.numbered_starts`. The first
    trials do not depend on ``count``.

    Parameters
    ----------
    remedies : sequence of Remedy
    count : int, at least 1
    steps : int, at least 1
        Updates; an epoch of mini-batches has several.
    seed : int
    limit : float
        Limit of each network's own training loss.
    progress : callable, optional
        Called with (tasks done, total tasks).
    executor : concurrent.futures.Executor, optional
        Runs the tasks; see :func:`landscape.map_tasks`. The result does not depend on it.

    Examples
    --------
    >>> trials = try_remedies([Remedy(hidden=2), Remedy(hidden=8)], 50, 1000, seed=0, limit=1e-2)
    >>> two, eight = trials.summary("right").share
    >>> bool(two < eight)
    True
    """
    remedies = tuple(remedies)
    if not remedies:
        raise ValueError("remedies must hold at least one row; got none")
    for remedy in remedies:
        if not isinstance(remedy, Remedy):
            raise TypeError(f"remedies must hold Remedy rows; got {remedy!r}")
    count, seed = checks.count("count", count, least=1), checks.count("seed", seed)
    if checks.n_steps(steps) < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    limit, restarts = checks.positive("limit", limit, zero=True), max(remedy.restarts for remedy in remedies)
    if restarts >= steps:
        raise ValueError(f"restarts must be below steps = {steps}, which all starts share; got {restarts}")
    checks.memory(f"count={count} would take", 16 * count * len(remedies), "use fewer trials")
    if any(remedy.batch < len(xor.Y) for remedy in remedies):
        checks.memory(f"the order of samples in steps={steps} would take", 12 * TILE * steps, "use fewer steps")
    tiles = range(-(-count // TILE))
    tasks = [
        _Task(remedy, tile, min(TILE, count - tile * TILE), steps, seed, limit) for remedy in remedies for tile in tiles
    ]
    found = map_tasks(_run, tasks, executor=executor, progress=progress)
    right, below = np.concatenate(found, axis=1).reshape(2, len(remedies), count)
    return RemedyTrials(
        remedies=remedies,
        right=right,
        below=below,
        settings={"seed": seed, "steps": steps, "limit": limit, "dtype": "float64"},
    )


class _Task(NamedTuple):
    """One task: the first trials of a tile of a row."""

    remedy: Remedy
    tile: int
    trials: int
    steps: int
    seed: int
    limit: float


def _run(task: _Task) -> NDArray[np.int64]:
    """Return the steps at which each trial was right and below the limit, shape (2, trials), -1 for never."""
    from landscape.training.time_to_solution import milestones

    remedy = task.remedy
    steps = task.steps // (1 + remedy.restarts)  # of each attempt
    met_at = np.full((2, task.trials), -1, dtype=np.int64)
    for attempt in range(1 + remedy.restarts):
        left = np.flatnonzero((met_at < 0).any(axis=0))
        starts, orders = draw(remedy, steps, seed=task.seed, tile=task.tile, attempt=attempt)
        orders_left = None if orders is None else orders[:, left]
        found = milestones(
            remedy.network, starts[left], remedy.optimizer, steps, task.limit, orders=orders_left, batch=remedy.batch
        )
        for met_before, met_now in zip(met_at, (found.right, found.below), strict=True):
            is_first = (met_before[left] < 0) & (met_now >= 0)
            met_before[left[is_first]] = attempt * steps + met_now[is_first]
    return met_at


def draw(
    remedy: Remedy, steps: int, *, seed: int, tile: int = 0, attempt: int = 0
) -> tuple[Array, NDArray[np.int8] | None]:
    """Return the starts (TILE, n) of a tile of trials, and the orders of the samples (epochs, TILE, 4) in its epochs.

    There are no orders for the full batch. Each tile and attempt has its own random stream, so the result does not
    depend on how the work is distributed.
    """
    rng = tile_stream(seed, tile, attempt)
    net = remedy.network
    starts = glorot_starts(net, TILE, rng=rng)
    net.unpack(starts).b1[:] = remedy.bias
    if remedy.batch == net.n_samples:
        return starts, None
    updates_per_epoch = -(-net.n_samples // remedy.batch)  # rounded up, as are the epochs
    epochs = -(-steps // updates_per_epoch)
    all_orders = np.array(list(permutations(range(net.n_samples))), dtype=np.int8)
    return starts, all_orders[rng.integers(len(all_orders), size=(epochs, TILE))]
