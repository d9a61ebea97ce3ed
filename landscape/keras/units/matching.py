"""Weight matching: the order of the hidden units in which parameters are nearest to a reference.

References
----------
Ainsworth, Hayase, Srinivasa: Git Re-Basin: Merging Models modulo Permutation Symmetries (2023), arXiv:2209.04836,
section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base import norms
from landscape.base.arrays import Array
from landscape.keras.filters import Variable
from landscape.keras.units.groups import Layout, Statistics, UnitGroups, Weight


@norms.may_underflow
def match(groups: UnitGroups, theta: Array, reference: Array) -> Array:
    """Return ``theta`` with units permuted to lower its distance to ``reference``, (n,) both.

    A block of units at a time is assigned optimally, given the order of all others, until no block improves. Of two
    starts the nearer result is taken: the order as it is, and the order in which each layer is assigned by the weights
    that come from layers before it, which undoes any permutation of the reference itself.
    """
    size = max(norms.magnitude(theta), norms.magnitude(reference))  # a power of two, so that squares are finite
    scaled = _Matching(groups, theta / size, reference / size)
    found = [scaled.descended(start) for start in (np.arange(groups.count), scaled.layer_by_layer())]
    nearest = min(found, key=lambda source: float(np.linalg.norm(scaled.permuted(source) - scaled.reference)))
    return _Matching(groups, theta, reference).permuted(nearest)


class _Block(NamedTuple):
    """Rows of units that may be permuted, (rows, units tied together), and all variables that have some of them."""

    rows: Layout
    weights: list[Weight]
    statistics: list[Statistics]


class _Matching:
    """Orders of units are arrays ``source``: the unit that takes the place of each."""

    def __init__(self, groups: UnitGroups, theta: Array, reference: Array) -> None:
        self.theta, self.reference, self._groups = theta, reference, groups

    @cached_property
    def _blocks(self) -> list[_Block]:
        blocks = []
        for rows in self._groups.blocks():
            weights = [w for w in self._groups.weights if any(_has(layout, rows) for layout in w.layouts)]
            blocks.append(_Block(rows, weights, [s for s in self._groups.statistics if _has(s.layout, rows)]))
        return blocks

    def descended(self, source: Layout) -> Layout:
        """Return the order after each block has been assigned as long as that lowers the distance."""
        improved = True
        while improved:
            improved = False
            for block in self._blocks:
                trial = source.copy()
                trial[block.rows] = block.rows[_assigned(self._gain(block, source))]
                if self._distance(block, trial) < self._distance(block, source):
                    source, improved = trial, True
        return source

    def layer_by_layer(self) -> Layout:
        """Return the order in which each block is assigned by the weights whose other axes have been assigned."""
        source, settled = np.arange(self._groups.count), np.ones(self._groups.count, bool)
        for block in self._blocks:
            settled[block.rows] = False
        for block in self._blocks:
            source[block.rows] = block.rows[_assigned(self._gain(block, source, settled))]
            settled[block.rows] = True
        return source

    def permuted(self, source: Layout) -> Array:
        """Return theta with its units in this order."""
        result = self.theta.copy()
        for variable, values in self._parts(source, self._groups.weights, self._groups.statistics):
            result[_entries(variable)] = values.ravel()
        return result

    def _distance(self, block: _Block, source: Layout) -> float:
        """Return the squared distance to the reference in the variables that have units of a block."""
        parts = self._parts(source, block.weights, block.statistics)
        return sum(float(np.sum((values.ravel() - self.reference[_entries(v)]) ** 2)) for v, values in parts)

    def _parts(
        self, source: Layout, weights: list[Weight], statistics: list[Statistics]
    ) -> Iterator[tuple[Variable, Array]]:
        """Yield the values of variables whose units are in this order.

        The moving statistics of a batch normalization, mean m and deviation s, stay where they are. A scale and shift
        that move from place j to i become gamma s_i / s_j and beta + gamma (m_i - m_j) / s_j.
        """
        for weight in weights:
            values = _shaped(self.theta, weight.variable)
            for axis, layout in enumerate(weight.layouts):
                if layout is not None:
                    values = values.take(_places(layout, source), axis)
            yield weight.variable, values
        for gamma, beta, layout, mean, deviation in statistics:
            j = _places(layout, source)
            scale = self.theta[_entries(gamma)][j]
            yield gamma, scale * (deviation / deviation[j])
            yield beta, self.theta[_entries(beta)][j] + scale / deviation[j] * (mean - mean[j])

    def _gain(self, block: _Block, source: Layout, settled: NDArray[np.bool_] | None = None) -> Array:
        """Return by how much half the squared distance falls if row j of a block takes the place of row i, (i, j).

        The number has the same offset for all j or all i. Only weights whose other axes are ``settled`` count.
        """
        gain = np.zeros((len(block.rows), len(block.rows)))
        for variable, layouts in block.weights:
            for axis, layout in enumerate(layouts):
                others = [(a, other) for a, other in enumerate(layouts) if other is not None and a != axis]
                if layout is None or not (settled is None or all(settled[other].all() for _, other in others)):
                    continue
                own = _places_of(block.rows, layout)
                values = _shaped(self.theta, variable)
                for a, other in others:
                    values = values.take(_places(other, source), a)
                ours, theirs = (
                    np.moveaxis(v, axis, 0)[own].reshape(len(own), -1)
                    for v in (values, _shaped(self.reference, variable))
                )
                gain += theirs @ ours.T
        for gamma, beta, layout, mean, deviation in block.statistics:  # where the lengths change, too
            for k in _places_of(block.rows, layout).T:
                scale, shift = self.theta[_entries(gamma)][k], self.theta[_entries(beta)][k]
                moved = scale * (deviation[k, None] / deviation[k])
                shifted = shift + scale / deviation[k] * (mean[k, None] - mean[k])
                gain -= (self.reference[_entries(gamma)][k, None] - moved) ** 2 / 2
                gain -= (self.reference[_entries(beta)][k, None] - shifted) ** 2 / 2
        return gain


def _assigned(gain: Array) -> Layout:
    """Return which row takes the place of each, such that the gain is as high as possible."""
    from scipy.optimize import linear_sum_assignment  # takes 0.2 s to import

    return np.asarray(linear_sum_assignment(gain, maximize=True)[1])


def _has(layout: Layout | None, rows: Layout) -> bool:
    return layout is not None and bool(np.isin(rows, layout).any())


def _entries(variable: Variable) -> slice:
    return slice(variable.start, variable.start + variable.size)


def _shaped(theta: Array, variable: Variable) -> Array:
    return theta[_entries(variable)].reshape(variable.shape)


def _places(layout: Layout, source: Layout) -> Layout:
    """Return from which place along an axis each of its entries is taken; the k-th entry of a unit stays the k-th."""
    places = np.empty_like(layout)
    places[np.argsort(source[layout], kind="stable")] = np.argsort(layout, kind="stable")
    return places


def _places_of(rows: Layout, layout: Layout) -> Layout:
    """Return the places of the units of each row along an axis, shape (rows, places of each)."""
    order = np.argsort(layout, kind="stable")
    first, end = (np.searchsorted(layout[order], rows, side) for side in ("left", "right"))
    return np.concatenate([order[f[:, None] + np.arange(e[0] - f[0])] for f, e in zip(first.T, end.T, strict=True)], 1)
