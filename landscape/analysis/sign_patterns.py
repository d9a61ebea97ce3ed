"""How the signs of the initial weights predict the outcome of a run that starts as Keras initializes it.

In such a start all biases are 0, and every weight of a layer is uniform on an interval (-l, l), so all sign patterns of
(W1, W2) are equally likely, with probability 2^-((d+1) h) each.

Symmetries
----------
Two patterns are equivalent if a symmetry of the problem maps one to the other. Such a symmetry is a map of theta that
preserves the loss and the distribution of these starts, and that commutes with methods that treat all parameters
alike, as all of :mod:`landscape.training.optimizers` do. The symmetries are

- the permutations of the hidden units, and
- x -> Q x, y -> s y with a signed permutation Q of the inputs and s = 1 or -1, if this maps the data set to itself
  (:func:`data_symmetries` tries them all). theta transforms as W1 -> Q W1, W2 -> s W2, b2 -> s b2.

XOR has one symmetry of the second kind, the exchange of its inputs. Its reflections x -> 1 - x change the biases, so
they map these starts to starts with other biases than 0.

Dead units
----------
A unit with bias 0 is inactive on sample i iff x_i . w <= 0, and dead if it is inactive on all samples. The gradient of
its weights, its bias and its output weight is then exactly 0, with TensorFlow's relu'(0) = 0, and no gradient method
ever changes them: what is trained is a network with one unit less. So if k units can fit the data and k - 1 cannot, a
start with fewer than k units that are not dead never reaches 0, which bounds the fraction of starts that do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.analysis.outcomes import Outcomes
from landscape.base import checks
from landscape.base.results import Result, array, member
from landscape.exact import rational
from landscape.exact.local_minima import stationary_levels
from landscape.networks.relu import ReluNetwork, require_relu_network

PATTERN_LIMIT = 2**16
"""Largest number of sign patterns that are enumerated; five units on two inputs have half as many."""

INPUT_LIMIT = 6
"""Largest number of inputs for which symmetries of the data are searched; six inputs have 92 160 candidates."""

Unit = tuple[int, ...]
"""Signs, 1 or -1, of one unit's weights: those from each input, then the one to the output."""
Pattern = tuple[Unit, ...]
"""One entry per unit."""
IntArray = NDArray[np.int64]


class Symmetry(NamedTuple):
    """x -> Q x, (Q x)[k] = signs[k] x[order[k]], and y -> target y."""

    order: tuple[int, ...]
    signs: tuple[int, ...]
    target: int


class Vote(NamedTuple):
    """Number of runs whose outcome a rule predicts.

    hits : predicting the most common outcome of the group, counted on the same runs
    held_out : predicting the most common outcome of the group, counted on the other half of the runs
    blind : predicting the most common outcome of all runs, for every group
    """

    hits: int
    held_out: int
    blind: int


@dataclass(frozen=True, kw_only=True)
class SignGroup:
    """Sign patterns that symmetries map to one another.

    Parameters
    ----------
    patterns : tuple of patterns
        Each holds, for every unit, the signs (1 or -1) of its weights from the inputs and, last, to the output.
    probability : Fraction
        Probability that a start has one of them.
    dead : tuple of h + 1 Fractions
        Probabilities that 0, 1, .., h units are dead in such a start.
    """

    patterns: tuple[Pattern, ...]
    probability: Fraction
    dead: tuple[Fraction, ...]


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
        return tuple(sum((g.probability * p for g, p in pairs), Fraction(0)) for pairs in self._by_dead())

    @property
    def ceiling(self) -> Fraction:
        """Probability that a start has few enough dead units to reach 0; no method solves a larger fraction."""
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

    def _by_dead(self) -> list[list[tuple[SignGroup, Fraction]]]:
        return [[(group, group.dead[n]) for group in self.groups] for n in range(len(self.groups[0].dead))]


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
    group_of_pattern = np.array([number[_by_unit(signs, net)] for signs in product((-1, 1), repeat=_n_weights(net))])
    digits = np.concatenate([w.W1.reshape(len(theta), -1), w.W2], axis=1) > 0
    place_values = 1 << np.arange(_n_weights(net))[::-1]
    group = group_of_pattern[digits @ place_values]
    outcome = np.where(found.level < 0, len(levels), found.level)  # the last outcome is: on no level
    dead = (~(net.preactivations(theta) > 0).any(axis=1)).sum(axis=1)
    halves = np.stack([_counts(group[i::2], outcome[i::2], len(groups), len(levels) + 1) for i in (0, 1)])
    return SignOutcomes(
        groups=tuple(groups),
        levels=found.levels,
        counts=halves.sum(axis=0),
        halves=halves,
        dead_counts=_counts(dead, outcome, net.hidden + 1, len(levels) + 1),
        units_needed=units_needed(net),
    )


def sign_groups(net: ReluNetwork) -> list[SignGroup]:
    """Return the classes of sign patterns of (W1, W2) under the symmetries of the problem.

    Groups with fewer dead units, on average, come first; among equals, patterns are in descending order, + before -.

    Raises
    ------
    ValueError
        If there are too many patterns or inputs, or if the probability that a unit is dead is a volume in more than
        two dimensions.

    Examples
    --------
    >>> from landscape import xor
    >>> groups = sign_groups(xor.network())
    >>> len(groups), sum(len(group.patterns) for group in groups)
    (24, 64)
    >>> groups[0].patterns, str(groups[0].probability)
    ((((1, 1, 1), (1, 1, 1)),), '1/64')
    """
    require_relu_network(net)
    return list(_groups(net))


@lru_cache(maxsize=16)
def _groups(net: ReluNetwork) -> tuple[SignGroup, ...]:
    if 2 ** _n_weights(net) > PATTERN_LIMIT:
        raise ValueError(
            f"net must have at most {PATTERN_LIMIT} sign patterns to be listed; got 2**{_n_weights(net)} "
            f"({net.hidden} hidden units, {net.n_inputs} inputs), use fewer units"
        )
    symmetries = data_symmetries(net)
    dead_shares = {signs: dead_share(net, signs) for signs in product((-1, 1), repeat=net.n_inputs)}
    classes: dict[Pattern, list[Pattern]] = {}
    for signs in product((1, -1), repeat=_n_weights(net)):
        pattern = _by_unit(signs, net)
        images = (tuple(sorted((_image(u, s) for u in pattern), reverse=True)) for s in symmetries)
        classes.setdefault(max(images), []).append(pattern)  # equivalent patterns have the same largest image
    found = [
        SignGroup(
            patterns=tuple(sorted(patterns, reverse=True)),
            probability=Fraction(len(patterns), 2 ** _n_weights(net)),
            dead=_count_distribution([dead_shares[unit[:-1]] for unit in representative]),
        )
        for representative, patterns in classes.items()
    ]

    def order(group: SignGroup) -> tuple[Fraction, tuple[int, ...]]:
        mean_dead = sum((n * p for n, p in enumerate(group.dead)), Fraction(0))
        return mean_dead, _descending(group.patterns[0])

    return tuple(sorted(found, key=order))


def data_symmetries(net: ReluNetwork) -> list[Symmetry]:
    """Return the maps x -> Q x, y -> s y that map the data set of ``net`` to itself; the first one is the identity.

    Examples
    --------
    >>> from landscape import xor
    >>> [symmetry.order for symmetry in data_symmetries(xor.network())]
    [(0, 1), (1, 0)]
    """
    if net.n_inputs > INPUT_LIMIT:
        raise ValueError(f"net must have at most {INPUT_LIMIT} inputs to search for symmetries; got {net.n_inputs}")
    data = list(zip(net.inputs.tolist(), net.targets.tolist(), strict=True))
    data_set, axes = Counter((tuple(x), y) for x, y in data), range(net.n_inputs)
    found = []
    for order, signs, target in product(permutations(axes), product((1, -1), repeat=net.n_inputs), (1, -1)):
        image = Counter((tuple(signs[k] * x[order[k]] for k in axes), target * y) for x, y in data)
        if image == data_set:
            found.append(Symmetry(order, signs, target))
    return found


def dead_share(net: ReluNetwork, signs: tuple[int, ...]) -> Fraction:
    """Return the exact probability that a unit with bias 0 is dead when its weights (d,) have these signs.

    The dead weights in one orthant form a cone, given by x_i . w <= 0. Within the unit square it consists of two
    triangles with apex 0 and bases on the edges w_k = signs[k], so its area is half the total length of the bases.

    Examples
    --------
    >>> from landscape import xor
    >>> [str(dead_share(xor.network(), signs)) for signs in [(1, 1), (1, -1), (-1, -1)]]
    ['0', '0', '1']
    >>> str(dead_share(xor.network(inputs=[[1, 2]], targets=[1]), (1, -1)))  # w_1 <= 2 |w_2|
    '3/4'
    """
    rows = [[x * s for x, s in zip(row, signs, strict=True)] for row in rational.rational(net.inputs)]
    if all(x <= 0 for row in rows for x in row):
        return Fraction(1)
    if any(any(row) and all(x >= 0 for x in row) for row in rows):
        return Fraction(0)
    if net.n_inputs != 2:
        raise ValueError(
            f"net must have 2 inputs, or samples whose signs determine which units are dead; got {net.n_inputs}"
        )
    return (_interval_length([(a, b) for a, b in rows]) + _interval_length([(b, a) for a, b in rows])) / 2


def _interval_length(rows: list[tuple[Fraction, Fraction]]) -> Fraction:
    """Return the length of {t in [0, 1]: a + b t <= 0 for all rows (a, b)}."""
    low, high = Fraction(0), Fraction(1)
    for a, b in rows:
        if b > 0:
            high = min(high, -a / b)
        elif b < 0:
            low = max(low, -a / b)
        elif a > 0:
            return Fraction(0)
    return max(high - low, Fraction(0))


def units_needed(net: ReluNetwork) -> int | None:
    """Return the smallest number of hidden units, at most that of ``net``, that can fit its data exactly, or None.

    Examples
    --------
    >>> from landscape import xor
    >>> units_needed(xor.network(hidden=2)), units_needed(xor.network(hidden=1))
    (2, None)
    """
    if (net.targets == net.targets[0]).all():
        return 0
    smaller = (ReluNetwork(net.inputs, net.targets, hidden=h) for h in range(1, net.hidden + 1))
    return next((n.hidden for n in smaller if stationary_levels(n)[0].value == 0), None)


def _n_weights(net: ReluNetwork) -> int:
    """Return the number of weights whose signs are considered, (d + 1) h."""
    return (net.n_inputs + 1) * net.hidden


def _by_unit(signs: tuple[int, ...], net: ReluNetwork) -> Pattern:
    """Return the signs of W1 and W2, given in the order of theta, grouped by unit."""
    return tuple(signs[u :: net.hidden] for u in range(net.hidden))


def _image(unit: Unit, symmetry: Symmetry) -> Unit:
    """Return the signs of a unit after a symmetry."""
    weights = (s * unit[k] for k, s in zip(symmetry.order, symmetry.signs, strict=True))
    return (*weights, symmetry.target * unit[-1])


def _descending(pattern: Pattern) -> tuple[int, ...]:
    """Return the key that sorts patterns in descending order."""
    return tuple(-s for unit in pattern for s in unit)


def _count_distribution(probabilities: list[Fraction]) -> tuple[Fraction, ...]:
    """Return the distribution of the number of events that occur, given the probabilities of independent events."""
    found = [Fraction(1)]
    for p in probabilities:
        found = [a * (1 - p) + b * p for a, b in zip([*found, Fraction(0)], [Fraction(0), *found], strict=True)]
    return tuple(found)


def _counts(row: IntArray, column: IntArray, rows: int, columns: int) -> IntArray:
    return np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)


def _vote(halves: IntArray) -> Vote:
    """Return the votes for the most common outcome of each group, given the counts of two halves (2, g, m)."""
    whole, groups, (first, second) = halves.sum(axis=0), np.arange(halves.shape[1]), halves
    held_out = sum(int(b[groups, a.argmax(axis=1)].sum()) for a, b in ((first, second), (second, first)))
    return Vote(int(whole.max(axis=1).sum()), held_out, int(whole.sum(axis=0).max()))
