"""Sign patterns of the initial weights that symmetries map to one another, and how many of their units are dead.

In a start as Keras draws it all biases are 0, and every weight of a layer is uniform on an interval (-l, l). So all
sign patterns of (W1, W2) are equally likely, with probability 2^-((d+1) h) each.

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
ever changes them: what is trained is a network with one unit less.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import permutations, product
from typing import NamedTuple

from landscape.base.results import Result, member
from landscape.networks.relu import ReluNetwork, require_relu_network

PATTERN_LIMIT = 2**16
"""Largest number of sign patterns that are enumerated; five units on two inputs have half as many."""

INPUT_LIMIT = 6
"""Largest number of inputs for which symmetries of the data are searched; six inputs have 92 160 candidates."""

Unit = tuple[int, ...]
"""Signs, 1 or -1, of one unit's weights: those from each input, then the one to the output."""
Pattern = tuple[Unit, ...]
"""One entry per unit."""


class Symmetry(NamedTuple):
    """x -> Q x, (Q x)[k] = signs[k] x[order[k]], and y -> target y."""

    order: tuple[int, ...]
    signs: tuple[int, ...]
    target: int


@dataclass(frozen=True, kw_only=True)
class SignGroup(Result):
    """Sign patterns that symmetries map to one another."""

    patterns: tuple[Pattern, ...] = member(
        "each holds, for every unit, the signs (1 or -1) of its weights from the inputs and, last, to the output"
    )
    probability: Fraction = member("probability that a start has one of them")
    dead: tuple[Fraction, ...] = member("probabilities that 0, 1, .., h units are dead in such a start")


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
    if 2 ** n_weights(net) > PATTERN_LIMIT:
        raise ValueError(
            f"net must have at most {PATTERN_LIMIT} sign patterns to be listed; got 2**{n_weights(net)} "
            f"({net.hidden} hidden units, {net.n_inputs} inputs), use fewer units"
        )
    symmetries = data_symmetries(net)
    dead_shares = {signs: dead_share(net, signs) for signs in product((-1, 1), repeat=net.n_inputs)}
    classes: dict[Pattern, list[Pattern]] = {}
    for signs in product((1, -1), repeat=n_weights(net)):
        pattern = by_unit(signs, net)
        images = (tuple(sorted((_image(u, s) for u in pattern), reverse=True)) for s in symmetries)
        classes.setdefault(max(images), []).append(pattern)  # equivalent patterns have the same largest image
    found = [
        SignGroup(
            patterns=tuple(sorted(patterns, reverse=True)),
            probability=Fraction(len(patterns), 2 ** n_weights(net)),
            dead=_count_distribution([dead_shares[unit[:-1]] for unit in representative]),
        )
        for representative, patterns in classes.items()
    ]

    found.sort(key=lambda group: group.patterns[0], reverse=True)
    found.sort(key=lambda group: sum(n * p for n, p in enumerate(group.dead)))  # keeps the order of equals
    return tuple(found)


def data_symmetries(net: ReluNetwork) -> list[Symmetry]:
    """Return the maps x -> Q x, y -> s y that map the data set of ``net`` to itself; the first one is the identity.

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

    >>> from landscape import xor
    >>> [str(dead_share(xor.network(), signs)) for signs in [(1, 1), (1, -1), (-1, -1)]]
    ['0', '0', '1']
    >>> str(dead_share(xor.network(inputs=[[1, 2]], targets=[1]), (1, -1)))  # w_1 <= 2 |w_2|
    '3/4'
    """
    rows = [[Fraction(x) * s for x, s in zip(row, signs, strict=True)] for row in net.inputs.tolist()]
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


def n_weights(net: ReluNetwork) -> int:
    """Return the number of weights whose signs are considered, (d + 1) h."""
    return (net.n_inputs + 1) * net.hidden


def by_unit(signs: tuple[int, ...], net: ReluNetwork) -> Pattern:
    """Return the signs of W1 and W2, given in the order of theta, grouped by unit."""
    return tuple(signs[u :: net.hidden] for u in range(net.hidden))


def _image(unit: Unit, symmetry: Symmetry) -> Unit:
    weights = (s * unit[k] for k, s in zip(symmetry.order, symmetry.signs, strict=True))
    return (*weights, symmetry.target * unit[-1])


def _count_distribution(probabilities: list[Fraction]) -> tuple[Fraction, ...]:
    """Return the distribution of the number of events that occur, given the probabilities of independent events."""
    found = [Fraction(1)]
    for p in probabilities:
        found = [a * (1 - p) + b * p for a, b in zip([*found, Fraction(0)], [Fraction(0), *found], strict=True)]
    return tuple(found)
