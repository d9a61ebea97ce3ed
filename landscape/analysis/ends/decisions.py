"""From which step on the end of a run withstands perturbations.

Training is deterministic, so the start determines the end. A run counts as *decided* at a step if small changes of its
parameters at that step no longer change the level on which it ends:

- To the parameters after that step, independent normal numbers of standard deviation ``sigma`` are added, except to
  those of dead units, which no gradient method changes. From there training begins anew, with the optimizer's state at
  0, and lasts as many steps as the run. This is done ``copies`` times.
- The run is decided at the step if all copies end on its own level, and *decided from* the first of the tested steps
  that this holds for, at it and at all later ones.

The rule can be wrong, since other perturbations may end elsewhere. How often they do is measured: one further copy,
which takes no part in the decision, starts at the step from which the run counts as decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from landscape.analysis.ends.fates import fates
from landscape.analysis.outcomes import outcomes
from landscape.base import checks
from landscape.base.arrays import Array, IntArray
from landscape.base.intervals import Share
from landscape.base.progress import Progress
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.networks.relu import ReluNetwork
from landscape.training.optimizers import Optimizer, run_settings


@dataclass(frozen=True, eq=False, kw_only=True)
class Decisions(Result):
    """How many perturbed copies of runs end where the runs themselves do, by the step of the perturbation."""

    levels: tuple[Fraction | None, ...] = member("possible ends of a run, ascending; None, the last one: no level")
    level: IntArray = array("start", meaning="index into ``levels`` of the run itself, -1 on none", dtype=np.int64)
    step: IntArray = array("step", meaning="steps after which runs were perturbed", unit="updates", dtype=np.int64)
    same: IntArray = array(
        "start", "step", meaning="number of copies that end on the level of the run", unit="runs", dtype=np.int64
    )
    copies: int = member("number of copies of each run at each step")
    decided: IntArray = array(
        "start",
        meaning="first step at which, and at all later ones, all copies end on its level; -1 for none",
        unit="updates",
        dtype=np.int64,
    )
    wrong: Share | None = member(
        "share of the decided runs of which one further copy, perturbed at the step ``decided``, ends elsewhere; None "
        "if none is decided"
    )
    settings: Settings = settings_of("sigma, optimizer, data type, steps, objective")

    @property
    def decided_by(self) -> tuple[Share, ...]:
        """Share of the runs that are decided at or before each step, in the order of ``step``."""
        return tuple(Share(int(((self.decided >= 0) & (self.decided <= t)).sum()), len(self.level)) for t in self.step)


@checks.known_arguments
def decisions(
    net: ReluNetwork,
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    at: ArrayLike,
    sigma: float,
    rng: np.random.Generator,
    copies: int = 4,
    progress: Progress | None = None,
) -> Decisions:
    """Perturb runs after some of their steps, and return how many copies end where the runs themselves do.

    The rule is that of :mod:`landscape.analysis.ends.decisions`. Training is in float64.

    Parameters
    ----------
    net : ReluNetwork
    starts : array_like of shape (k, n) or (n,), k at least 1
    optimizer : Adam, SGD or RMSprop
    steps : int, at least 0
        Of the runs, and of each copy.
    at : array_like of whole numbers from 0 to steps
        Steps after which runs are perturbed.
    sigma : float
        Standard deviation of the perturbation of each parameter.
    rng : numpy.random.Generator
    copies : int, at least 1
        Copies of each run at each step.
    progress : callable, optional
        Called repeatedly with (runs done, number of runs).

    Examples
    --------
    >>> from landscape import Adam, glorot_starts, xor
    >>> starts = glorot_starts(xor.network(), 200, rng=np.random.default_rng(0))
    >>> rng = np.random.default_rng(1)
    >>> found = decisions(xor.network(), starts, Adam(1e-2), 2000, at=[0, 100], sigma=0.1, rng=rng, copies=2)
    >>> [str(share) for share in found.decided_by]
    ['68.0 % [61.2, 74.1]', '94.0 % [89.8, 96.5]']
    """
    from landscape.training.compiled_training import train_batches

    sigma, copies, rng = checks.positive("sigma", sigma), checks.count("copies", copies, least=1), checks.generator(rng)
    if not np.size(at):
        raise ValueError(f"at must hold at least one step; got {at!r}")
    own = fates(net, starts, optimizer, steps, at=at)
    theta = checks.starts("starts", starts, net.n_parameters)
    tested = np.unique(checks.real_array("at", at).ravel().astype(np.int64))
    checks.memory(
        f"parameters of {len(theta)} runs after {tested.size} steps would take",
        8 * theta.size * max(tested.size, copies),
        "pass fewer starts, or fewer steps in at",
    )
    path = train_batches(net, theta, optimizer, tested).path
    total = len(theta) * (tested.size * copies + 1)
    done = 0

    def ends(begin: Array, perturbed: Array) -> IntArray:
        def report(count: int, _: int) -> None:
            if progress:
                progress(done + count, total)

        jolted = begin + sigma * perturbed * rng.standard_normal(begin.shape)
        level = outcomes(net, jolted.reshape(-1, net.n_parameters), optimizer, steps, progress=report).level
        return level.reshape(begin.shape[:-1])

    same = np.zeros((len(theta), tested.size), dtype=np.int64)
    for k, step in enumerate(tested.tolist()):
        begin = np.broadcast_to(path[:, k], (copies, *theta.shape))
        same[:, k] = (ends(begin, _movable(net, own.died, step)) == own.level).sum(axis=0)
        done += copies * len(theta)
    first = _first_for_good(same == copies)
    rows = np.flatnonzero((first < tested.size) & (own.level >= 0))
    decided = np.full(len(theta), -1, dtype=np.int64)
    decided[rows] = tested[first[rows]]
    movable = np.stack([_movable(net, own.died[[i]], decided[i])[0] for i in rows]) if rows.size else np.empty((0, 0))
    wrong = (
        Share(int((ends(path[rows, first[rows]], movable) != own.level[rows]).sum()), rows.size) if rows.size else None
    )
    return Decisions(
        levels=own.levels,
        level=own.level,
        step=tested,
        same=same,
        copies=copies,
        decided=decided,
        wrong=wrong,
        settings={"sigma": sigma, **run_settings(net, optimizer, steps, np.dtype(np.float64))},
    )


def _first_for_good(holds: np.ndarray) -> IntArray:
    """Return the first column from which on all entries of a row (k, r) hold, r for none."""
    return np.asarray(holds.shape[1] - np.logical_and.accumulate(holds[:, ::-1], axis=1).sum(axis=1))


def _movable(net: ReluNetwork, died: IntArray, step: int) -> Array:
    """Return 1 for parameters of units that are not dead after ``step`` and for the output's bias, else 0: (k, n)."""
    live = ~((died >= 0) & (died <= step))
    return np.concatenate([*[live] * (net.n_inputs + 2), np.ones((len(died), 1), bool)], axis=1).astype(np.float64)
