"""Fates of runs: when their hidden units die, which configuration they end on, and when the end is proven.

Training is deterministic, so a start determines the end of its run. Two other things take time:

- *Proof.* From ``zero_lost`` on too few units are left to fit the data, and no gradient method can reach 0. From
  ``proven`` on the level is certain: all units are dead, so that only the output bias still moves, to the best
  constant; or the run is at rest, with a gradient of 0 and too little momentum to change any parameter.
- *Robustness.* :func:`landscape.decisions` tells from which step on perturbed runs end on the same level.

When a unit is dead
-------------------
A unit is *inactive* after a step if it is inactive on all samples: its pre-activations are at most 0, so its gradient
is exactly 0 with TensorFlow's relu'(0) = 0. That alone is not the end of it: momentum can still move its weights, and
so activate it again. It is *dead* from step t on if it is inactive after step t and after all later steps, however many
follow. Two facts determine t exactly:

- A proof that the unit is never active again. While it is inactive, its gradient is 0, so its weights can move no
  further than what is left of its momentum allows (``remaining_drift`` of the optimizer). Once its pre-activations are
  further below 0 than this can raise them, or once nothing can move, it is permanently inactive. The proof is tried
  after 250, 500, 1000, 2000 and 4000 steps, then every 4000 steps, and after the last step. A unit that is inactive at
  the end without such a proof does not count as dead.
- The last step before the proof after which the unit was active, found in the parameters after every single step.
  t is the next one.

A unit that is inactive at step 0 is dead from the start: it has no momentum.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.analysis.ends.configurations import configuration_in_words, configurations, nearest_configurations
from landscape.analysis.ends.deaths import steps_of_death
from landscape.analysis.outcomes import KIND_MEANING, STATE_MEANING, kinds_of_ends, outcome_name
from landscape.analysis.run_states import State, planned_runs, run_type, train_block
from landscape.analysis.sign_patterns import units_needed
from landscape.base import checks
from landscape.base.arrays import Array, IntArray
from landscape.base.intervals import Share
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.exact.assign_levels import Kind
from landscape.exact.local_minima import stationary_levels
from landscape.networks.relu import ReluNetwork
from landscape.parallel.blocks import compute_blocks
from landscape.training.optimizers import Optimizer, run_settings


@dataclass(frozen=True, eq=False, kw_only=True)
class Fates(Result):
    """What becomes of the units and the loss of runs from many starts."""

    levels: tuple[Fraction | None, ...] = member("possible ends of a run, ascending; None, the last one: no level")
    configurations: tuple[tuple[Fraction, ...], ...] = member(
        "outputs on the four samples, or however many there are, at the minima of all levels"
    )
    inputs: Array = array("sample", "input", meaning="inputs of the samples")
    targets: Array = array("sample", meaning="targets of the samples")
    step: IntArray = array("step", meaning="number of updates, ascending; the last one is the end", dtype=np.int64)
    level_at: NDArray[np.int8] = array(
        "start", "step", meaning="index into ``levels`` after ``step[i]`` steps; -1 on none", dtype=np.int8
    )
    died: IntArray = array(
        "start",
        "unit",
        meaning="step from which the unit is permanently inactive, -1 never",
        unit="updates",
        dtype=np.int64,
    )
    zero_lost: IntArray = array(
        "start",
        meaning="step from which too few units are left to reach loss 0, -1 never",
        unit="updates",
        dtype=np.int64,
    )
    proven: IntArray = array(
        "start",
        meaning="step from which the final level is certain: the one at which the last unit died, or the first at "
        "which the run was found at rest; -1 if neither happened before the end",
        unit="updates",
        dtype=np.int64,
    )
    state: NDArray[np.int8] = array("start", meaning=STATE_MEANING, dtype=np.int8, check=State.codes)
    kind_code: NDArray[np.int8] = array("start", meaning=KIND_MEANING, dtype=np.int8, check=Kind.codes_or_none)
    configuration: IntArray = array(
        "start", meaning="index into ``configurations`` of the outputs at the end; -1 on no level", dtype=np.int64
    )
    end: NDArray[Any] = array("start", "parameter", meaning="parameters after the last step", dtype=None)
    settings: Settings = settings_of("optimizer, data type, steps, objective")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, values, count in (
            ("level_at", self.level_at, len(self.levels) - 1),
            ("configuration", self.configuration, len(self.configurations)),
        ):
            outside = values[(values < -1) | (values >= count)]
            if outside.size:
                raise ValueError(f"{name} must hold indices from -1 to {count - 1}; got {outside.flat[0]}")

    @property
    def level(self) -> IntArray:
        """Index into ``levels`` of each run at its end, -1 on none, shape (k,)."""
        return self.level_at[:, -1].astype(np.int64)

    @property
    def dead(self) -> IntArray:
        """Number of dead units of each run after ``step[i]`` steps, shape (k, r)."""
        died = self.died[:, None]
        return np.asarray(((died >= 0) & (died <= self.step[:, None])).sum(axis=-1))

    @property
    def counts(self) -> IntArray:
        """Number of runs with each outcome at the end, as in ``Outcomes``, shape (m,)."""
        return np.asarray(self.dead_counts[-1].sum(axis=0))

    @property
    def dead_counts(self) -> IntArray:
        """Number of runs after ``step[i]`` steps, by number of dead units then and outcome at the end: (r, h + 1, m).

        These are the flows from step to step: an outcome keeps its runs, which move to larger numbers of dead units.
        """
        n_dead, n_outcomes = self.died.shape[1] + 1, len(self.levels)
        outcome = np.where(self.level < 0, n_outcomes - 1, self.level)
        code = self.dead * n_outcomes + outcome[:, None]
        rows = [np.bincount(one, minlength=n_dead * n_outcomes) for one in code.T]
        return np.stack(rows).reshape(self.step.size, n_dead, n_outcomes)

    @property
    def status(self) -> NDArray[np.str_]:
        """Outcome of each run (solved, the level's value, moving, spiking or diverged), shape (k,)."""
        names = np.array([outcome_name(value) for value in self.levels[:-1]])
        return np.where(self.level >= 0, names[self.level], State.in_words(self.state))

    @property
    def kind(self) -> NDArray[np.str_]:
        """What holds each run on its level, shape (k,); empty on no level."""
        return Kind.in_words(self.kind_code)

    @property
    def configurations_in_words(self) -> tuple[str, ...]:
        """The configurations, such as "11 right, the others at their mean 2/3"."""
        return tuple(configuration_in_words(self.inputs, self.targets, one) for one in self.configurations)

    def __str__(self) -> str:
        total = len(self.died)
        lines = [f"{total} runs, {self.settings.get('optimizer', '')}, {self.step[-1]} steps"]
        for k, words in enumerate(self.configurations_in_words):
            there = self.configuration == k
            if not there.any():
                continue
            held = int((self.kind_code[there] == Kind.HELD).sum())
            value = outcome_name(self.levels[int(self.level[there][0])])
            line = f"  {value:<8}{words:<40}{Share(int(there.sum()), total)}"
            lines.append(f"{line}: {held} {Kind.HELD.words}" if held else line)
        lines.append(f"  on no level: {int((self.level < 0).sum())}")
        later = int((self.died > 0).any(axis=1).sum())
        lines.append(f"  a unit dead at step 0: {Share(int((self.died == 0).any(axis=1).sum()), total)}")
        lines.append(f"  a unit that died later: {Share(later, total)}")
        return "\n".join(lines)


@checks.known_arguments
def fates(
    net: ReluNetwork,
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    at: ArrayLike | None = None,
    dtype: DTypeLike = "float64",
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Fates:
    """Train from every start; return when units died, what the runs end on, and when that was proven.

    Levels and states are those of :func:`landscape.outcomes`. Besides the result, memory is needed only for a few
    thousand steps of some runs, whatever the numbers of starts and steps.

    Parameters
    ----------
    net : ReluNetwork
        One whose levels can be enumerated (see :func:`landscape.stationary_levels`).
    starts : array_like of shape (k, n) or (n,), k at least 1
    optimizer : Adam, SGD or RMSprop
    steps : int, at least 0
    at : array_like of whole numbers from 0 to steps, optional
        Additional steps after which the level of each run is assigned.
    dtype : "float64" or "float32"
        Data type of the training.
    progress : callable, optional
        Called repeatedly with (starts done, number of starts).
    executor : concurrent.futures.Executor, optional
        Trains blocks of starts, each on one thread; see :func:`landscape.map_tasks`.

    Examples
    --------
    >>> from landscape import Adam, glorot_starts, xor
    >>> net = xor.network()
    >>> starts = glorot_starts(net, 100, rng=np.random.default_rng(0))
    >>> found = fates(net, starts, Adam(1e-2), 3000, at=[0])
    >>> found.dead_counts[:, :, :4].tolist()  # at steps 0 and 3000, by dead units and final level
    [[[26, 7, 21, 9], [0, 0, 26, 11], [0, 0, 0, 0]], [[26, 7, 10, 1], [0, 0, 37, 8], [0, 0, 0, 11]]]
    """
    float_type, counted, blocks = planned_runs(net, starts, optimizer, steps, dtype=dtype, at=at)
    steps = int(counted[-1])
    values = [level.value for level in stationary_levels(net)]
    runs = compute_blocks(
        partial(_follow_block, net, optimizer, counted),
        blocks,
        _fate_type(net, float_type, counted.size),
        executor=executor,
        progress=progress,
    )
    level, died = runs["run"]["levels"][:, -1], runs["died"]
    return Fates(
        levels=(*values, None),
        configurations=configurations(net),
        inputs=net.inputs,
        targets=net.targets,
        step=counted,
        level_at=runs["run"]["levels"],
        died=died,
        zero_lost=_zero_lost(net, died),
        proven=_proven(died, np.where(level < 0, -1, runs["run"]["proven"])),
        state=runs["run"]["state"],
        kind_code=kinds_of_ends(net, runs["run"]["end"], level),
        configuration=nearest_configurations(net, runs["run"]["end"], level),
        end=runs["run"]["end"],
        settings=run_settings(net, optimizer, steps, float_type),
    )


def _fate_type(net: ReluNetwork, kind: np.dtype[Any], n_counted: int) -> np.dtype[Any]:
    return np.dtype([("run", run_type(net, kind, n_counted)), ("died", np.int64, (net.hidden,))])


def _follow_block(
    net: ReluNetwork, optimizer: Optimizer, counted: IntArray, theta: NDArray[Any]
) -> Generator[int, None, NDArray[Any]]:
    """Train from starts (k, n) and return what :func:`train_block` does, with the steps at which units died."""
    found = np.empty(len(theta), _fate_type(net, theta.dtype, counted.size))
    found["run"] = yield from train_block(net, optimizer, counted, theta)
    found["died"] = yield from steps_of_death(net, optimizer, theta, found["run"]["inactive"])
    return found


def _zero_lost(net: ReluNetwork, died: IntArray) -> IntArray:
    """Return the step from which fewer units than needed are left, 0 if there never were enough, -1 for none."""
    needed = units_needed(net)
    if needed is None:
        return np.zeros(len(died), dtype=np.int64)
    if needed == 0:
        return np.full(len(died), -1, dtype=np.int64)
    never = np.iinfo(np.int64).max
    in_order = np.sort(np.where(died < 0, never, died), axis=1)
    decisive = in_order[:, net.hidden - needed]
    return np.where(decisive == never, -1, decisive)


def _proven(died: IntArray, proven: IntArray) -> IntArray:
    """Return the step at which the last unit died, or where one never did the step of the other proof.

    That of a run all of whose units die is at or before any other proof: such a run is proven when the units are.
    """
    all_dead = (died >= 0).all(axis=1)
    return np.where(all_dead & (proven >= 0), died.max(axis=1), proven)
