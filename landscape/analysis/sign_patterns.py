"""How the signs of the initial weights predict the outcome of a run that starts as Keras initializes it.

The groups of equivalent sign patterns, and the probabilities of dead units, are those of
:mod:`landscape.training.sign_groups`. If k units can fit the data and k - 1 cannot, a start with fewer than k units
that are not dead never reaches 0, which bounds the fraction of starts that do. This holds with relu'(0) = 0, as in
TensorFlow; with another value at kinks dead units may start to move (:func:`landscape.levels_with_slope_at_zero`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from landscape.analysis.outcomes import Outcomes
from landscape.base import checks
from landscape.base.arrays import IntArray
from landscape.base.results import Result, array, member
from landscape.exact.assign_levels import Kind
from landscape.exact.local_minima import stationary_levels
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.training.sign_groups import SignGroup, by_unit, n_weights, sign_groups


class Vote(NamedTuple):
    """Number of runs whose outcome a rule predicts.

    hits : predicting the most common outcome of the group, counted on the same runs
    held_out : predicting the most common outcome of the group, counted on the other half of the runs
    blind : predicting the most common outcome of all runs, for every group
    """

    hits: int
    held_out: int
    blind: int


@dataclass(frozen=True, eq=False, kw_only=True)
class SignOutcomes(Result):
    """Outcomes of runs by the signs of their initial weights."""

    groups: tuple[SignGroup, ...] = member("groups of equivalent sign patterns")
    levels: tuple[Fraction | None, ...] = member("the outcomes, as in ``Outcomes``")
    counts: IntArray = array(
        "group", "outcome", meaning="number of runs by group and outcome", unit="runs", dtype=np.int64
    )
    halves: IntArray = array(
        2,
        "group",
        "outcome",
        meaning="the same for the runs 0, 2, 4, .. and for the runs 1, 3, 5, ..",
        unit="runs",
        dtype=np.int64,
    )
    dead_counts: IntArray = array(
        "dead",
        "outcome",
        meaning="number of runs by number of units that are dead at step 0 and outcome",
        unit="runs",
        dtype=np.int64,
    )
    held: IntArray | None = array(
        "group",
        "level",
        meaning="number of the runs that are held on their level by relu'(0) = 0; None in results of earlier versions",
        unit="runs",
        dtype=np.int64,
        default=None,
    )
    units_needed: int | None = member(
        "smallest number of hidden units that can fit the data; None if the network has fewer"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        wanted = len(self.groups), len(self.levels)
        if self.counts.shape != wanted:
            raise ValueError(f"counts must have shape (n_group, n_outcome) = {wanted}; got {self.counts.shape}")

    @property
    def dead(self) -> tuple[Fraction, ...]:
        """Probability that 0, 1, .., h units of a start are dead."""
        counts = range(len(self.groups[0].dead))
        return tuple(sum((g.probability * g.dead[n] for g in self.groups), Fraction(0)) for n in counts)

    @property
    def ceiling(self) -> Fraction:
        """Probability that a start has few enough dead units to reach 0; with relu'(0) = 0 no method solves more."""
        if self.units_needed is None:
            return Fraction(0)
        return sum(self.dead[: len(self.dead) - self.units_needed], Fraction(0))

    @property
    def level_vote(self) -> Vote:
        """Number of runs whose outcome the groups predict."""
        return _vote(self.halves)

    @property
    def solved_vote(self) -> Vote:
        """The same for two outcomes only, solved or not."""
        n_solved = 1 if self.levels[0] == 0 else 0  # outcomes that count as solved: level 0, if there is one
        solved, unsolved = self.halves[..., :n_solved].sum(axis=-1), self.halves[..., n_solved:].sum(axis=-1)
        return _vote(np.stack([solved, unsolved], axis=-1))


def outcomes_by_signs(net: ReluNetwork, starts: ArrayLike, found: Outcomes) -> SignOutcomes:
    """Group the outcomes ``found`` of ``starts`` (k, n) by the signs of the starts' weights.

    Parameters
    ----------
    net : ReluNetwork
    starts : array_like of shape (k, n)
        With biases 0, as drawn by :func:`landscape.glorot_starts`. A weight of 0 counts as negative.
    found : Outcomes
        The result of ``landscape.outcomes`` for these starts.

    Raises
    ------
    ValueError
        If a bias is not 0, or if ``found`` belongs to other starts.

    Examples
    --------
    >>> from landscape import Adam, glorot_starts, outcomes, xor
    >>> net = xor.network()
    >>> starts = glorot_starts(net, 1000, rng=np.random.default_rng(0))
    >>> signs = outcomes_by_signs(net, starts, outcomes(net, starts, Adam(1e-2), 2000))
    >>> [str(p) for p in signs.dead], str(signs.ceiling)  # of 0, 1, 2 dead units
    (['9/16', '3/8', '1/16'], '9/16')
    >>> signs.dead_counts.sum(axis=1).tolist(), signs.dead_counts[1:, 0].tolist()  # in all, and solved
    ([542, 396, 62], [0, 0])
    """
    require_relu_network(net)
    theta = checks.starts("starts", starts, net.n_parameters)
    groups, levels = sign_groups(net), tuple(level.value for level in stationary_levels(net))
    w = net.unpack(theta)
    biased = np.flatnonzero(w.b1.any(axis=1) | (w.b2 != 0))
    if biased.size:
        raise ValueError(
            f"starts must have biases 0, as Keras' defaults do; start {biased[0]} has not, draw them with glorot_starts"
        )
    if found.levels != (*levels, None) or len(found.level) != len(theta):
        raise ValueError(
            f"found must hold the outcomes of these {len(theta)} starts on {len(levels)} levels; "
            f"got {len(found.level)} on {len(found.levels) - 1}"
        )
    number = {pattern: i for i, group in enumerate(groups) for pattern in group.patterns}
    # The signs of the weights, read as binary digits with 1 for +, are the index into the groups of all patterns.
    group_of_pattern = np.array([number[by_unit(signs, net)] for signs in product((-1, 1), repeat=n_weights(net))])
    digits = np.concatenate([w.W1.reshape(len(theta), -1), w.W2], axis=1) > 0
    place_values = 1 << np.arange(n_weights(net))[::-1]
    group = group_of_pattern[digits @ place_values]
    outcome = np.where(found.level < 0, len(levels), found.level)  # the last outcome is: on no level
    dead = (~(net.preactivations(theta) > 0).any(axis=1)).sum(axis=1)
    is_held = np.zeros(len(theta), bool) if found.kind_code is None else found.kind_code == Kind.HELD
    halves = np.stack([_counts(group[i::2], outcome[i::2], len(groups), len(levels) + 1) for i in (0, 1)])
    return SignOutcomes(
        groups=tuple(groups),
        levels=found.levels,
        counts=halves.sum(axis=0),
        halves=halves,
        dead_counts=_counts(dead, outcome, net.hidden + 1, len(levels) + 1),
        held=_counts(group[is_held], outcome[is_held], len(groups), len(levels)),
        units_needed=units_needed(net),
    )


def units_needed(net: ReluNetwork) -> int | None:
    """Return the smallest number of hidden units, at most that of ``net``, that can fit its data exactly, or None.

    >>> from landscape import xor
    >>> units_needed(xor.network(hidden=2)), units_needed(xor.network(hidden=1))
    (2, None)
    """
    if (net.targets == net.targets[0]).all():
        return 0
    smaller = (ReluNetwork(net.inputs, net.targets, hidden=h) for h in range(1, net.hidden + 1))
    return next((n.hidden for n in smaller if stationary_levels(n)[0].value == 0), None)


def _counts(row: IntArray, column: IntArray, rows: int, columns: int) -> IntArray:
    return np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)


def _vote(halves: IntArray) -> Vote:
    """Return the votes for the most common outcome of each group, given the counts of two halves (2, g, m)."""
    whole, groups, (first, second) = halves.sum(axis=0), np.arange(halves.shape[1]), halves
    held_out = sum(int(b[groups, a.argmax(axis=1)].sum()) for a, b in ((first, second), (second, first)))
    return Vote(int(whole.max(axis=1).sum()), held_out, int(whole.sum(axis=0).max()))
