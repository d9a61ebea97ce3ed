"""What the signs of the first weights tell about the end of a run that starts as Keras initializes it.

Such a start has biases 0, and every weight of a layer is uniform on an interval (-l, l), so all sign patterns of
(W1, W2) are equally likely, with probability 2^-((d+1) h) each.

Symmetries
----------
Two patterns belong together when a symmetry of the problem takes one to the other: a map of theta that leaves the loss
as it is and the distribution of these starts too, and that commutes with methods that treat every parameter alike, as
all of :mod:`landscape.training.optimizers` do. Those are

- the orders of the hidden units, and
- x -> Q x, y -> s y with a permutation of the inputs with signs, Q, and s = 1 or -1, where this takes the data set to
  itself (:func:`data_symmetries` tries them all). theta follows with W1 -> Q W1, W2 -> s W2, b2 -> s b2.

XOR has one of the second kind, the exchange of its inputs. Its reflections x -> 1 - x move the biases: they take these
starts to starts of another kind.

Dead units
----------
A unit with bias 0 is off on sample i iff x_i . w <= 0, and dead when it is off on all of them. The gradient of its
weights, its bias and its output weight is then exactly 0, with TensorFlow's relu'(0) = 0, and no gradient method ever
moves it: what is left to train is a network with one unit less. So if k units can fit the data and k - 1 cannot, a
start with fewer than k living units never reaches 0, which bounds the share of starts that do.
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
"""Sign patterns beyond which they are not listed: five units on two inputs have half as many."""

INPUT_LIMIT = 6
"""Inputs beyond which symmetries of the data are not searched for; six have 92 160 candidates."""

Unit = tuple[int, ...]
"""Signs, 1 or -1, of one unit's weights: from each input, and last to the output."""
Pattern = tuple[Unit, ...]
"""One entry per unit."""
IntArray = NDArray[np.int64]


class Symmetry(NamedTuple):
    """x -> Q x, (Q x)[k] = signs[k] x[order[k]], and y -> target y."""

    order: tuple[int, ...]
    signs: tuple[int, ...]
    target: int


class Vote(NamedTuple):
    """Runs of which a rule tells the outcome.

    hits : the commonest outcome of their group, among the same runs
    held_out : the commonest outcome of their group, among the runs of the other half
    blind : the commonest outcome of all, whatever the group
    """

    hits: int
    held_out: int
    blind: int


@dataclass(frozen=True, kw_only=True)
class SignGroup:
    """Sign patterns that symmetries take to one another.

    patterns : tuple of patterns; each holds, for every unit, the signs (1 or -1) of its weights from the inputs
        and, last, to the output
    probability : Fraction    that a start has one of them
    dead : tuple of h + 1 Fractions    probability that 0, 1, .., h units are dead when it has
    """

    patterns: tuple[Pattern, ...]
    probability: Fraction
    dead: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class SignOutcomes(Result):
    """Outcomes of runs by the signs of their first weights."""

    groups: tuple[SignGroup, ...] = member("groups of sign patterns")
    levels: tuple[Fraction | None, ...] = member("the outcomes, as those of Outcomes")
    counts: IntArray = array("group", "outcome", meaning="runs by group and outcome", unit="runs", dtype=np.int64)
    halves: IntArray = array(
        2,
        "group",
        "outcome",
        meaning="the same, of runs 0, 2, 4, .. and of runs 1, 3, 5, ..",
        unit="runs",
        dtype=np.int64,
    )
    dead_counts: IntArray = array(
        "dead",
        "outcome",
        meaning="runs by number of units that are dead at step 0, and outcome",
        unit="runs",
        dtype=np.int64,
    )
    units_needed: int | None = member("fewest hidden units that can fit the data; None when the network has fewer")

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
        """Probability that enough units of a start are alive to reach 0: no method solves a larger share."""
        if self.units_needed is None:
            return Fraction(0)
        return sum(self.dead[: len(self.dead) - self.units_needed], Fraction(0))

    @property
    def level_vote(self) -> Vote:
        """How many outcomes the groups tell."""
        return _vote(self.halves)

    @property
    def solved_vote(self) -> Vote:
        """The same when only solved or not is asked for."""
        column = 1 if self.levels[0] == 0 else 0
        parts = self.halves[..., :column].sum(axis=-1), self.halves[..., column:].sum(axis=-1)
        return _vote(np.stack(parts, axis=-1))

    def _by_dead(self) -> list[list[tuple[SignGroup, Fraction]]]:
        return [[(group, group.dead[n]) for group in self.groups] for n in range(len(self.groups[0].dead))]


def outcomes_by_signs(net: ReluNetwork, starts: ArrayLike, found: Outcomes) -> SignOutcomes:
    """Group the outcomes ``found`` of ``starts`` (k, n) by the signs of the starts' weights.

    Parameters
    ----------
    net : ReluNetwork
    starts : array_like of shape (k, n)
        With biases 0, such as :func:`landscape.glorot_starts` draws them. A weight of 0 counts as negative.
    found : Outcomes
        What ``landscape.outcomes`` made of these starts.

    Raises
    ------
    ValueError
        If a bias is not 0, or ``found`` is of other starts.

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
    moved = np.flatnonzero(w.b1.any(axis=1) | (w.b2 != 0))
    if moved.size:
        raise ValueError(
            f"starts must have biases 0, as Keras' defaults do; start {moved[0]} has not, draw them with glorot_starts"
        )
    if found.levels != (*levels, None) or len(found.level) != len(theta):
        raise ValueError(
            f"found must hold the outcomes of these {len(theta)} starts on {len(levels)} levels; "
            f"got {len(found.level)} on {len(found.levels) - 1}"
        )
    number = {pattern: i for i, group in enumerate(groups) for pattern in group.patterns}
    table = np.array([number[_units(signs, net)] for signs in product((-1, 1), repeat=_weights(net))])
    positive = np.concatenate([w.W1.reshape(len(theta), -1), w.W2], axis=1) > 0
    group = table[positive @ (1 << np.arange(_weights(net))[::-1])]
    outcome = found.level % (len(levels) + 1)  # -1, on no level, is the last
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

    Those with fewer dead units come first; otherwise in descending order of patterns, whose + come first.

    Raises
    ------
    ValueError
        If there are too many patterns or inputs, or if it takes a volume in more than two dimensions
        to say how often a unit is dead.

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
    if 2 ** _weights(net) > PATTERN_LIMIT:
        raise ValueError(
            f"net must have at most {PATTERN_LIMIT} sign patterns to be listed; got 2**{_weights(net)} "
            f"({net.hidden} hidden units, {net.n_inputs} inputs), use fewer units"
        )
    symmetries = data_symmetries(net)
    shares = {signs: dead_share(net, signs) for signs in product((-1, 1), repeat=net.n_inputs)}
    classes: dict[Pattern, list[Pattern]] = {}
    for signs in product((1, -1), repeat=_weights(net)):
        pattern = _units(signs, net)
        images = (tuple(sorted((_moved(u, s) for u in pattern), reverse=True)) for s in symmetries)
        classes.setdefault(max(images), []).append(pattern)
    found = [
        SignGroup(
            patterns=tuple(sorted(patterns, reverse=True)),
            probability=Fraction(len(patterns), 2 ** _weights(net)),
            dead=_sum_of([shares[unit[:-1]] for unit in name]),
        )
        for name, patterns in classes.items()
    ]
    return tuple(sorted(found, key=lambda g: (sum(n * p for n, p in enumerate(g.dead)), _descending(g.patterns[0]))))


def data_symmetries(net: ReluNetwork) -> list[Symmetry]:
    """Return the maps x -> Q x, y -> s y that take the data set of ``net`` to itself; the first one changes nothing.

    Examples
    --------
    >>> from landscape import xor
    >>> [symmetry.order for symmetry in data_symmetries(xor.network())]
    [(0, 1), (1, 0)]
    """
    if net.n_inputs > INPUT_LIMIT:
        raise ValueError(f"net must have at most {INPUT_LIMIT} inputs to search for symmetries; got {net.n_inputs}")
    data = list(zip(net.inputs.tolist(), net.targets.tolist(), strict=True))
    whole, axes = Counter((tuple(x), y) for x, y in data), range(net.n_inputs)
    every = product(permutations(axes), product((1, -1), repeat=net.n_inputs), (1, -1))
    return [
        Symmetry(order, signs, target)
        for order, signs, target in every
        if whole == Counter((tuple(signs[k] * x[order[k]] for k in axes), target * y) for x, y in data)
    ]


def dead_share(net: ReluNetwork, signs: tuple[int, ...]) -> Fraction:
    """Return the exact probability that a unit with bias 0 is dead when its weights (d,) have these signs.

    The dead weights of one orthant are a cone, cut out by x_i . w <= 0. On the unit square it is made of two triangles
    with their tips at 0 and bases on the edges w_k = signs[k], so its area is half the length of the bases.

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
        raise ValueError(f"net must have 2 inputs, or samples whose signs say which units are dead; got {net.n_inputs}")
    return (_length([(a, b) for a, b in rows]) + _length([(b, a) for a, b in rows])) / 2


def _length(rows: list[tuple[Fraction, Fraction]]) -> Fraction:
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
    """Return the fewest hidden units, up to those of ``net``, with which its data can be fitted exactly.

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


def _weights(net: ReluNetwork) -> int:
    """Return the number of weights that have signs, (d + 1) h."""
    return (net.n_inputs + 1) * net.hidden


def _units(signs: tuple[int, ...], net: ReluNetwork) -> Pattern:
    """Return the signs of W1 and W2, in the order of theta, unit by unit."""
    return tuple(signs[u :: net.hidden] for u in range(net.hidden))


def _moved(unit: Unit, symmetry: Symmetry) -> Unit:
    weights = (s * unit[k] for k, s in zip(symmetry.order, symmetry.signs, strict=True))
    return (*weights, symmetry.target * unit[-1])


def _descending(pattern: Pattern) -> tuple[int, ...]:
    return tuple(-s for unit in pattern for s in unit)


def _sum_of(chances: list[Fraction]) -> tuple[Fraction, ...]:
    """Return the distribution of the number of independent events that happen."""
    found = [Fraction(1)]
    for p in chances:
        found = [a * (1 - p) + b * p for a, b in zip([*found, Fraction(0)], [Fraction(0), *found], strict=True)]
    return tuple(found)


def _counts(row: IntArray, column: IntArray, rows: int, columns: int) -> IntArray:
    return np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)


def _vote(halves: IntArray) -> Vote:
    """Return what the commonest of the last axis in each group tells, given counts of two halves (2, g, m)."""
    whole, groups = halves.sum(axis=0), np.arange(halves.shape[1])
    held_out = sum(int(b[groups, a.argmax(axis=1)].sum()) for a, b in (halves, halves[::-1]))
    return Vote(int(whole.max(axis=1).sum()), held_out, int(whole.sum(axis=0).max()))
