"""Components of the sublevel sets with what lies on them: the local minima at their level, and the ends of runs."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.exact.assign_levels import assign_levels
from landscape.exact.local_minima import cell_fits, stationary_levels
from landscape.exact.merge_tree import merge_tree
from landscape.exact.rational import Place
from landscape.networks.relu import ReluNetwork, require_relu_network

Component = tuple[Fraction, frozenset[int]]
"""A component of {loss <= value}: the value and the component's leaves in the merge tree."""


def minima_by_component(net: ReluNetwork) -> dict[Component, set[int]]:
    """Return the components that have local minima at their own value in open cells, and the minima's dimensions.

    Examples
    --------
    >>> from landscape import xor
    >>> minima = minima_by_component(xor.network())
    >>> [(str(value), len(leaves), sorted(minima[value, leaves])) for value, leaves in minima if value]
    [('1/4', 12, [6, 8]), ('1/6', 12, [7]), ('1/8', 4, [6]), ('1/8', 4, [6])]
    """
    tree = merge_tree(require_relu_network(net))
    found: dict[Component, set[int]] = {}
    for fit, home in zip(cell_fits(net).values(), tree.homes, strict=True):
        if fit.place == Place.INSIDE:
            leaves = next(part for part in tree.partition(fit.value) if home in part)
            found.setdefault((fit.value, leaves), set()).add(net.n_parameters - fit.rank)
    return found


def ends_by_component(net: ReluNetwork, ends: ArrayLike) -> tuple[Counter[Component], int]:
    """Return how many of ``ends`` (k, n) lie on each component at its level, and how many lie on no level.

    Ends of one cell on one level lie on the same component, so only one of them is looked up.

    Examples
    --------
    >>> from landscape import xor
    >>> dead = [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]  # both units inactive, output 1/2
    >>> counts, on_no_level = ends_by_component(xor.network(), [xor.TEXTBOOK, dead, dead, np.ones(9)])
    >>> [(str(value), len(leaves), count) for (value, leaves), count in counts.items()], on_no_level
    ([('0', 1, 1), ('1/4', 12, 2)], 1)
    """
    tree = merge_tree(require_relu_network(net))
    ends = checks.starts("ends", ends, net.n_parameters)
    values = [level.value for level in stationary_levels(net)]
    index = assign_levels(net, ends)
    active = (net.preactivations(ends) > 0).reshape(len(ends), net.n_samples * net.hidden)
    keys = np.column_stack([index, active, net.unpack(ends).W2 >= 0])[index >= 0]
    arrived = ends[index >= 0]
    _, first, count = np.unique(keys, axis=0, return_index=True, return_counts=True)
    found: Counter[Component] = Counter()
    for k, number in zip(first.tolist(), count.tolist(), strict=True):
        value = values[keys[k, 0]]
        found[value, tree.component(arrived[k], value)] += number
    return found, int((index < 0).sum())
