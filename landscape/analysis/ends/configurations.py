"""Configurations: the outputs of local minima, and in words which samples are right there."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base.arrays import Array, IntArray
from landscape.base.wording import numbers
from landscape.exact.local_minima import stationary_levels
from landscape.exact.rational import as_text
from landscape.networks.relu import ReluNetwork

Outputs = tuple[Fraction, ...]
"""One output for each sample."""


def configurations(net: ReluNetwork) -> tuple[Outputs, ...]:
    """Return the distinct outputs of local minima, those of lower levels first.

    >>> from landscape import xor
    >>> [" ".join(map(str, outputs)) for outputs in configurations(xor.network(hidden=1))]
    ['0 2/3 2/3 2/3', '1/3 1/3 1 1/3', '1/3 1 1/3 1/3', '2/3 2/3 2/3 0', '1/2 1/2 1/2 1/2']
    """
    return tuple(row for level in stationary_levels(net) for row in sorted(level.outputs))


def nearest_configurations(net: ReluNetwork, theta: ArrayLike, level: ArrayLike) -> IntArray:
    """Return which of the configurations of its level each theta (k, n) is nearest to: (k,); -1 on no level.

    level : (k,) index into ``stationary_levels(net)``, -1 for none
    """
    level = np.asarray(level)
    found = np.full(level.shape, -1, dtype=np.int64)
    rows = np.array([[float(y) for y in row] for row in configurations(net)])
    level_of_row = np.array([k for k, one in enumerate(stationary_levels(net)) for _ in one.outputs])
    settled = np.flatnonzero(level >= 0)
    distance = np.square(net.predict(np.asarray(theta, dtype=np.float64)[settled])[:, None] - rows).sum(axis=-1)
    found[settled] = np.where(level_of_row == level[settled, None], distance, np.inf).argmin(axis=1)
    return found


def configuration_in_words(inputs: Array, targets: ArrayLike, outputs: Sequence[Fraction]) -> str:
    """Return which samples are right, and what the outputs of the others are.

    >>> from landscape import xor
    >>> third, half = Fraction(1, 3), Fraction(1, 2)
    >>> configuration_in_words(xor.X, xor.Y, (third, Fraction(1), third, third))
    '01 right, the others at their mean 1/3'
    >>> configuration_in_words(xor.X, xor.Y, (half,) * 4), configuration_in_words(xor.X, xor.Y, (0, 1, 1, 0))
    ('all at their mean 1/2', 'all right')
    """
    wanted, names = [Fraction(y) for y in np.asarray(targets).tolist()], sample_names(inputs)
    right = [i for i, output in enumerate(outputs) if output == wanted[i]]
    wrong = [i for i in range(len(wanted)) if i not in right]
    if not wrong:
        return "all right"
    parts = [", ".join(names[i] for i in right) + " right"] if right else []
    who = "the others" if right else "all"
    mean = sum((wanted[i] for i in wrong), Fraction(0)) / len(wrong)
    if all(outputs[i] == mean for i in wrong):
        parts.append(f"{who} at their mean {as_text(mean)}")
    else:
        parts.extend(f"{names[i]} at {as_text(Fraction(outputs[i]))}" for i in wrong)
    return ", ".join(parts)


def sample_names(inputs: Array) -> list[str]:
    """Return a name for each sample: its inputs as digits, or in parentheses where that would be ambiguous."""
    names = ["".join(f"{x:g}" for x in row) for row in inputs]
    if len({len(name) for name in names}) > 1 or len(set(names)) < len(names):
        names = [f"({numbers(row)})" for row in inputs]
    return names


def reachable_levels(net: ReluNetwork, live_units: int) -> tuple[Fraction, ...]:
    """Return the levels of ``net`` with only so many of its hidden units: no other units ever change.

    >>> from landscape import xor
    >>> [[str(level) for level in reachable_levels(xor.network(), live)] for live in (0, 1, 2)]
    [['1/4'], ['1/6', '1/4'], ['0', '1/8', '1/6', '1/4']]
    """
    if live_units == 0:
        targets = [Fraction(y) for y in net.targets.tolist()]
        mean = sum(targets, Fraction(0)) / len(targets)
        return (sum(((y - mean) ** 2 for y in targets), Fraction(0)) / len(targets),)
    smaller = ReluNetwork(net.inputs, net.targets, hidden=live_units)
    return tuple(level.value for level in stationary_levels(smaller))


def dead_units(active: NDArray[np.bool_]) -> list[int]:
    """Return the units without an active sample, given an activation pattern (m, h)."""
    return np.flatnonzero(~active.any(axis=0)).tolist()
