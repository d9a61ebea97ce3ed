"""Outcomes of training from many starts: counts by level with confidence intervals, and the states of other runs.

How the outcome of a run after t steps is determined
----------------------------------------------------
From theta after t steps and at earlier *checkpoint steps*, by the first rule that applies:

1. ``solved`` or the level's value, such as ``1/8``: theta is finite and lies on a stationary level according to
   :func:`landscape.assign_levels`: its outputs are those of a minimum, and either its cell attains this minimum or no
   unit can descend from its sign vector. The loss alone is never used.
2. ``diverged``: theta or its loss is not finite in the run's data type, or the loss is more than ``DIVERGED`` times
   the loss at the start (or the variance of the targets, if that is larger) and was lower at all earlier
   checkpoint steps.
3. ``spiking``: on no level, but it was on one at an earlier checkpoint step. A run leaves a level only if its steps are
   unstable (late spikes of Adam in float64, a learning rate too large for the curvature) or do not shrink with the
   gradient (RMSprop).
4. ``moving``: on no level, now or at any checkpoint step. It needs more steps, or it oscillates without coming close
   enough to a level.

The checkpoint steps are 0 and 2^(j/4), rounded down. They do not depend on the number of steps, so the outcome after t
steps is the same whether the run ends there or continues. A run that reaches a level and is pushed off between two
checkpoint steps counts as moving, and a run on a level may have been on another one before a spike.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.analysis.run_states import State, planned_runs, run_type, train_block
from landscape.base import checks
from landscape.base.arrays import IntArray
from landscape.base.intervals import Share, wilson
from landscape.base.labels import Labelled, Labels, Variable
from landscape.base.progress import Progress
from landscape.base.results import Settings, array, member, settings_of
from landscape.exact.assign_levels import Kind, stationary_kinds
from landscape.exact.local_minima import stationary_levels
from landscape.exact.rational import as_text
from landscape.networks.relu import ReluNetwork
from landscape.parallel.blocks import compute_blocks
from landscape.training.optimizers import Optimizer

NO_LEVEL = "on no level"
"""Name of the outcome of runs on no level."""

STATE_MEANING = "code of the state at the end, see ``landscape.analysis.run_states.State``"
KIND_MEANING = (
    "code of what holds the run on its level, see ``landscape.exact.assign_levels.Kind``; -1 on no level; None in "
    "results of earlier versions"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcomes(Labelled):
    """Outcomes of runs from many starts."""

    ROWS: ClassVar = ("step", "outcome")

    levels: tuple[Fraction | None, ...] = member(
        "possible outcomes of a run, ascending; None, the last one, stands for no level"
    )
    counts_at: IntArray = array(
        "step",
        "outcome",
        meaning="number of runs with each outcome after ``step[i]`` steps",
        unit="runs",
        dtype=np.int64,
    )
    step: IntArray = array(
        "step", meaning="number of updates; the last entry is the end of training", unit="updates", dtype=np.int64
    )
    level: IntArray = array("start", meaning="index into ``levels`` at the end; -1 for no level", dtype=np.int64)
    state: NDArray[np.int8] = array("start", meaning=STATE_MEANING, dtype=np.int8, check=State.codes)
    kind_code: NDArray[np.int8] | None = array(
        "start", meaning=KIND_MEANING, dtype=np.int8, check=Kind.codes_or_none, default=None
    )
    proven: IntArray = array(
        "start",
        meaning="step by which the run was proven to be at rest, or to change in the output bias only, so that "
        "training was stopped; -1 for runs trained to the end",
        unit="updates",
        dtype=np.int64,
    )
    end: NDArray[Any] = array(
        "start", "parameter", meaning="parameters after the last step, in the data type of the run", dtype=None
    )
    loss: NDArray[Any] = array("start", meaning="loss after the last step", dtype=None)
    settings: Settings = settings_of("optimizer, data type, steps, objective")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.counts_at.shape[1] != len(self.levels):
            wanted = self.step.size, len(self.levels)
            raise ValueError(f"counts_at must have shape (n_step, n_outcome) = {wanted}; got {self.counts_at.shape}")
        outside = self.level[(self.level < -1) | (self.level >= len(self.levels) - 1)]
        if outside.size:
            raise ValueError(f"level must hold indices from -1 to {len(self.levels) - 2}; got {outside[0]}")

    @property
    def counts(self) -> IntArray:
        """Number of runs with each outcome at the end, shape (m,)."""
        return np.asarray(self.counts_at[-1])

    @property
    def fractions(self) -> NDArray[np.float64]:
        """Fraction of the runs with each outcome at the end, shape (m,)."""
        return np.asarray(self.counts / self.level.size)

    @property
    def interval(self) -> NDArray[np.float64]:
        """Wilson 95 % intervals of ``fractions``, low and high, shape (m, 2)."""
        return np.asarray(self.interval_at[-1])

    @property
    def fractions_at(self) -> NDArray[np.float64]:
        """Fraction of the runs with each outcome after ``step[i]`` steps, shape (r, m)."""
        return np.asarray(self.counts_at / self.level.size)

    @property
    def interval_at(self) -> NDArray[np.float64]:
        """Wilson 95 % intervals of ``fractions_at``, low and high, shape (r, m, 2)."""
        return np.stack(wilson(self.counts_at, self.level.size), axis=-1)

    @property
    def status(self) -> NDArray[np.str_]:
        """Outcome of each run (solved, the level's value, moving, spiking or diverged), shape (k,)."""
        names = np.array([outcome_name(value) for value in self.levels[:-1]])
        return np.where(self.level >= 0, names[self.level], State.in_words(self.state))

    @property
    def kind(self) -> NDArray[np.str_] | None:
        """What holds each run on its level (local minimum, saddle, held by relu'(0) = 0), shape (k,); else empty."""
        return None if self.kind_code is None else Kind.in_words(self.kind_code)

    @property
    def counts_by_kind(self) -> IntArray | None:
        """Number of runs on each level by what holds them there, shape (levels, kinds)."""
        if self.kind_code is None:
            return None
        of_kind = self.kind_code[:, None] == np.array(Kind)
        return np.stack([of_kind[self.level == i].sum(axis=0) for i in range(len(self.levels) - 1)])

    @property
    def held_counts(self) -> IntArray:
        """Number of the runs on each level that are held there by relu'(0) = 0, shape (levels,)."""
        counts = self.counts_by_kind
        return np.zeros_like(self.counts[:-1]) if counts is None else np.asarray(counts[:, Kind.HELD])

    @property
    def held(self) -> tuple[Share | None, ...]:
        """Their share of all runs on each level; None where there are none."""
        return shares_held(self.held_counts, self.counts[:-1])

    def __str__(self) -> str:
        lines = [f"{self.level.size} runs, {self.settings.get('optimizer', '')}, {self.step[-1]} steps"]
        for value, count, part, (low, high), held in zip(
            self.levels, self.counts, self.fractions, self.interval, (*self.held, None), strict=True
        ):
            line = f"  {outcome_name(value):<12}{count:>8}  {100 * part:5.1f} %  [{100 * low:.1f}, {100 * high:.1f}]"
            lines.append(f"{line}: {held.count} {Kind.HELD.words}" if held else line)
        on_no_level = self.state[self.level < 0]
        counts = [(np.count_nonzero(on_no_level == state), state.words) for state in State]
        states = ", ".join(f"{count} {words}" for count, words in counts if count)
        return "\n".join(lines) + (f": {states}" if states else "")

    def labels(self) -> Labels:
        """Return this result with names on every axis: outcomes and states as text, levels as numbers."""
        found = super().labels()
        names = [NO_LEVEL if value is None else as_text(value) for value in self.levels]
        values = np.array([np.nan if value is None else float(value) for value in self.levels])
        low, high = np.moveaxis(self.interval_at, -1, 0)
        of_run = {name: found.variables[name] for name in ("proven", "end", "loss")}
        if self.kind is not None:
            of_run["kind"] = Variable(("start",), self.kind, "what holds the run on its level, empty on no level", "")
        variables = {
            "count": found.variables["counts_at"],
            "fraction": Variable(self.ROWS, self.fractions_at, "fraction of the runs"),
            "low": Variable(self.ROWS, low, "lower end of the Wilson 95 % interval of the fraction"),
            "high": Variable(self.ROWS, high, "upper end of the Wilson 95 % interval of the fraction"),
            "level": Variable(("start",), values[self.level], "level at the end, NaN if on none"),
            "state": Variable(("start",), State.in_words(self.state), "state of the run at the end", ""),
            **of_run,
        }
        outcome = Variable(("outcome",), names, "level, as an exact fraction", "")
        return found._replace(coordinates={**found.coordinates, "outcome": outcome}, variables=variables)


@checks.known_arguments
def outcomes(
    net: ReluNetwork,
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    dtype: DTypeLike = "float64",
    at: ArrayLike | None = None,
    early_stop: bool = True,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Outcomes:
    """Train from every start and count the levels that the runs end on.

    The rules are those of :mod:`landscape.analysis.outcomes`. The result does not depend on ``executor`` or on how the
    starts are distributed.

    Parameters
    ----------
    net : ReluNetwork
        One whose levels can be enumerated (see :func:`landscape.stationary_levels`).
    starts : array_like of shape (k, n) or (n,), k at least 1
    optimizer : Adam, SGD or RMSprop
    steps : int, at least 0
    dtype : "float64" or "float32"
        Data type of the training.
    at : array_like of whole numbers from 0 to steps, optional
        Additional steps after which runs are counted.
    early_stop : bool
        Skip computations that are proven to change nothing (see :mod:`landscape.training.batch_of_starts`). Only
        ``proven`` depends on it: without, it is -1 everywhere.
    progress : callable, optional
        Called repeatedly with (starts done, number of starts).
    executor : concurrent.futures.Executor, optional
        Trains blocks of starts, each on one thread; see :func:`landscape.map_tasks`. Default: threads on all
        processors that this process may use.

    Examples
    --------
    >>> from landscape import Adam, glorot_starts, xor
    >>> net = xor.network()
    >>> starts = glorot_starts(net, 100, rng=np.random.default_rng(0))
    >>> found = outcomes(net, starts, Adam(1e-2), 3000, at=[0])
    >>> [str(level) for level in found.levels], found.counts_at.tolist()
    (['0', '1/8', '1/6', '1/4', 'None'], [[0, 0, 0, 0, 100], [26, 7, 47, 20, 0]])
    >>> print(found)
    100 runs, Adam, lr 0.01, betas 0.9, 0.999, epsilon 1e-07, 3000 steps
      solved            26   26.0 %  [18.4, 35.4]
      1/8                7    7.0 %  [3.4, 13.7]
      1/6               47   47.0 %  [37.5, 56.7]: 15 held by relu'(0) = 0
      1/4               20   20.0 %  [13.3, 28.9]: 4 held by relu'(0) = 0
      on no level        0    0.0 %  [0.0, 3.7]
    """
    float_type, counted, blocks = planned_runs(net, starts, optimizer, steps, dtype=dtype, at=at)
    steps = int(counted[-1])
    values = [level.value for level in stationary_levels(net)]
    runs = compute_blocks(
        partial(train_block, net, optimizer, counted, early_stop=early_stop),
        blocks,
        run_type(net, float_type, counted.size),
        executor=executor,
        progress=progress,
    )
    outcome = np.where(runs["levels"] < 0, len(values), runs["levels"])  # the last outcome is: on no level
    return Outcomes(
        levels=(*values, None),
        counts_at=np.stack([np.bincount(each, minlength=len(values) + 1) for each in outcome.T]),
        step=counted,
        level=runs["levels"][:, -1],
        state=runs["state"],
        kind_code=kinds_of_ends(net, runs["end"], runs["levels"][:, -1]),
        proven=runs["proven"],
        end=runs["end"],
        loss=runs["loss"],
        settings={
            "optimizer": optimizer.describe(),
            "dtype": float_type.name,
            "steps": steps,
            "objective": net.describe(),
        },
    )


def kinds_of_ends(net: ReluNetwork, end: NDArray[Any], level: IntArray) -> NDArray[np.int8]:
    """Return what holds each run on its level: (k, n), (k,) -> (k,).

    Only runs on no level may have ends that are not finite.
    """
    found = np.full(len(level), -1, dtype=np.int8)
    settled = np.flatnonzero(level >= 0)
    found[settled] = stationary_kinds(net, end[settled].astype(np.float64), level[settled])
    return found


def shares_held(held: ArrayLike, counts: ArrayLike) -> tuple[Share | None, ...]:
    """Return the share of the runs on each level that are held by relu'(0) = 0, None where there are none."""
    pairs = zip(np.asarray(held).tolist(), np.asarray(counts).tolist(), strict=True)
    return tuple(Share(part, count) if part else None for part, count in pairs)


def outcome_name(level: Fraction | None) -> str:
    """Return the name of an outcome: solved, the level's value, or on no level."""
    if level is None:
        return NO_LEVEL
    return "solved" if level == 0 else as_text(level)
