"""Paths along which the loss stays low: over the lowest pass, out of a plateau, along a unit's scaling orbit.

A path is a polyline of thetas. A segment within a closed cell keeps every v_u fixed and changes (w_u, b_u) and b2
linearly. So the outputs are affine along the segment and the loss is convex: it never exceeds the larger of its values
at the two ends, which lie on shared faces of :mod:`landscape.exact.cell_graph`. Where ``g_u = |v_u| (w_u, b_u)`` is 0,
(w_u, b_u) and v_u change one after the other while the loss stays constant. There a unit can change the sign of its
output weight, and it takes the size that it has at the end. A unit that never passes through g_u = 0 is rescaled at the
end, along short chords of the curve on which the outputs are constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import acosh, ceil, sqrt

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.results import Result, array, member
from landscape.exact.cell_graph import Lowest, cell_graph, cheapest_way
from landscape.exact.families import Cell
from landscape.exact.merge_tree import merge_tree
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network

SLACK = 1e-12
"""Amount by which the loss on a path may exceed its level, relative to the largest squared target."""
REST = 1e-3
"""Largest loss while units are rescaled at a solution, as a fraction of the value of the pass."""
DETOUR = 20_000
"""Number of corners of a rescaling above which units are rescaled elsewhere, where their contributions are small."""
LARGEST_LOSS = 1e100
"""Largest loss at the start of a path: at larger ones steps of a rescaling would be too small for floats."""
MOST_CORNERS = 1_000_000
"""Most corners of a rescaling."""
FAINT = 1e-290
"""Smaller output weights are raised to this size along the path, since (w, b) = g / |v| would overflow."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Path(Result):
    """A polyline through parameter space."""

    theta: Array = array("corner", "parameter", meaning="the corners")
    loss: Array = array("corner", meaning="the loss there")
    level: Fraction | None = member(
        "what the loss never exceeds, within ``SLACK``; None if that is the loss of the start", default=None
    )

    @property
    def length(self) -> Array:
        """Length of the path from its start to every corner, shape (k,)."""
        return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(self.theta, axis=0), axis=1)))

    def points(self, length: ArrayLike) -> Array:
        """Return the points at these lengths from the start: (...) -> (..., n)."""
        length = checks.real_array("length", length)
        return np.stack([np.interp(length, self.length, column) for column in self.theta.T], axis=-1)


def lowest_pass(net: ReluNetwork, theta_a: ArrayLike, theta_b: ArrayLike) -> Path:
    """Return a path between two solutions whose highest loss is as low as possible.

    Its ``level`` is ``merge_tree(net).barrier(theta_a, theta_b)``. Of all such routes through the cells it takes one
    with the smallest sum of the values of its shared faces, and it crosses every shared face at its lowest point.

    Raises
    ------
    ValueError
        If the loss of an end point is not 0.

    Examples
    --------
    >>> from landscape import xor
    >>> swapped = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
    >>> path = lowest_pass(xor.network(), xor.TEXTBOOK, swapped)
    >>> str(path.level), bool(path.loss.max() <= 1 / 6 + 1e-12)
    ('1/6', True)
    """
    require_relu_network(net)
    level = merge_tree(net).barrier(theta_a, theta_b)
    graph = cell_graph(net)
    start, goal = graph.cell_of(theta_a), graph.cell_of(theta_b)
    builder = _PathBuilder(net, theta_a, start, theta_b)
    for cell, face in cheapest_way(graph, start, lambda c: c == goal, level):
        builder.visit(graph.lowest(face), cell)
    limit = max(REST * float(level), builder.slack)
    if builder.remaining_corners(limit) > DETOUR:
        builder.rescale_at(graph.lowest(goal), goal, limit)
    builder.finish(limit)
    return builder.path(level)


@may_overflow
def exit_path(net: ReluNetwork, theta: ArrayLike) -> Path:
    """Return a path from ``theta`` (n,) on which the loss never rises: constant on plateaus, decreasing elsewhere.

    From theta the path goes straight to the lowest point of the closed cell. The loss is convex on the cell, so it
    decreases all the way. Then the function searches for a cell with lower points that can be reached through shared
    faces whose lowest loss equals the current one. The path crosses these faces at their lowest points, so the loss is
    constant until it enters that cell, where it goes to the lowest point again. The path ends where no such cell is
    left, which is on a leaf of the merge tree. If all leaves have loss 0, every point of the landscape has a
    non-increasing path to 0. Then no trap is strict: each can be left without raising the loss.

    Examples
    --------
    >>> from landscape import xor
    >>> dead = [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]  # both units inactive: a plateau at 1/4
    >>> path = exit_path(xor.network(), dead)
    >>> float(path.loss[0]), float(path.loss[-1]), bool((np.diff(path.loss) <= 1e-12).all())
    (0.25, 0.0, True)
    """
    require_relu_network(net)
    graph = cell_graph(net)
    cell = graph.cell_of(theta)
    builder = _PathBuilder(net, theta, cell)
    builder.visit(graph.lowest(cell), cell)
    while True:
        value = graph.value(cell)
        route = cheapest_way(graph, cell, lambda c, v=value: graph.value(c) < v, value)  # type: ignore[misc]
        if not route:
            return builder.path()
        for after, face in route:
            builder.visit(graph.lowest(face), after)
        cell = route[-1][0]
        builder.visit(graph.lowest(cell), cell)


@may_overflow
def scaling_orbit(net: ReluNetwork, theta: ArrayLike, unit: int, factor: ArrayLike) -> Array:
    """Return ``theta`` (n,) with a hidden unit's (w, b) multiplied by ``factor`` and its output weight divided by it.

    The outputs, and so the loss, are those of theta. Shapes, from ``factor``: (...) -> (..., n).

    Examples
    --------
    >>> from landscape import xor
    >>> scaling_orbit(xor.network(), xor.TEXTBOOK, 1, 2.0).tolist()
    [1.0, 2.0, 1.0, 2.0, 0.0, -2.0, 1.0, -1.0, 0.0]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    factor = checks.real_array("factor", factor)
    if not (factor > 0).all():
        raise ValueError(f"factor must be above 0; got {factor.min():g}, only positive factors keep the outputs")
    if not 0 <= checks.count("unit", unit) < net.hidden:
        raise ValueError(f"unit must be below {net.hidden}, the number of hidden units; got {unit}")
    orbit = np.tile(theta, (*factor.shape, 1))
    indices = _indices(net, unit)
    orbit[..., indices[:-1]] *= factor[..., None]
    orbit[..., indices[-1]] /= factor
    if not np.isfinite(orbit).all():
        raise ValueError(f"factor must keep theta finite; got factors from {factor.min():g} to {factor.max():g}")
    return orbit


def _indices(net: ReluNetwork, unit: int) -> list[int]:
    """Return the indices in theta of the weights, the bias and the output weight of a hidden unit."""
    h = net.hidden
    return [k * h + unit for k in range(net.n_inputs + 2)]


class _PathBuilder:
    """A path under construction: from a theta, through points of cells, to another theta if there is a goal."""

    def __init__(self, net: ReluNetwork, start: ArrayLike, cell: Cell, goal: ArrayLike | None = None) -> None:
        self.net = net
        self.corners = [checks.vector("theta", start, net.n_parameters).copy()]
        self.goal = None if goal is None else checks.vector("theta", goal, net.n_parameters)
        self.units = [_indices(net, u) for u in range(net.hidden)]
        self.slack = SLACK / 2 * (float(np.square(net.targets).max()) or 1.0)
        loss = float(net.loss(self.corners[0]))
        if not loss < LARGEST_LOSS:
            raise ValueError(f"theta must have a loss below {LARGEST_LOSS:g}; got {loss:g}, start from a smaller one")
        faint = [unit for unit in self.units if 0 < abs(self.corners[0][unit[-1]]) < FAINT]
        if faint:  # an error d of the outputs changes the loss by up to 2 |r| |d| + d^2, where r are the residuals
            allowed = self.slack / (1.0 + float(np.abs(net.residuals(self.corners[0])).max()))
            self._rescale(faint, self._resized(faint, np.sign(self.corners[0]) * FAINT), allowed**2)
        self._prepare(cell)

    def remaining_corners(self, limit: float) -> int:
        """Return the number of corners that :meth:`finish` needs for rescaling."""
        assert self.goal is not None
        contributing = self._contributing(self.goal)
        end = self.corners[-1].copy()
        for unit in contributing:
            end[unit] = self.goal[unit]
        return self._n_chords(contributing, end, limit)

    def rescale_at(self, point: Lowest, cell: Cell, limit: float) -> None:
        """Go to the lowest point of the current cell, a solution with few and small terms, and rescale units there."""
        assert self.goal is not None
        self.visit(point, cell)
        units = [unit for unit in self._contributing(self.corners[-1]) if self.goal[unit[-1]]]
        self._rescale(units, self._resized(units, self.goal), limit)

    def visit(self, point: Lowest, cell: Cell) -> None:
        """Go straight to a point of the current cell; then prepare to continue in ``cell``."""
        theta = self.corners[-1].copy()
        for unit, g in zip(self.units, point.functions, strict=True):
            theta[unit[:-1]] = np.array(g, dtype=float) / abs(theta[unit[-1]])
        theta[-1] = float(point.bias)
        self._append(theta)
        self._prepare(cell)

    def finish(self, limit: float) -> None:
        """Go to the goal, which is a solution in the current cell, without a loss above ``limit``."""
        assert self.goal is not None
        theta, goal = self.corners[-1].copy(), self.goal
        contributing = self._contributing(goal)
        for unit in self.units:
            theta[unit[:-1]] = 0.0
        for unit in contributing:
            theta[unit[:-1]] = goal[unit[:-1]] * (goal[unit[-1]] / theta[unit[-1]])
        theta[-1] = goal[-1]
        self._append(theta)
        end = self.corners[-1].copy()
        for unit in contributing:
            end[unit] = goal[unit]
        self._rescale(contributing, end, limit)
        theta = goal.copy()
        for unit in self.units:
            if unit not in contributing:
                theta[unit[:-1]] = 0.0
        self._append(theta)
        self._append(goal)

    def path(self, level: Fraction | None = None) -> Path:
        """Return the path so far."""
        theta = np.array(self.corners)
        return Path(theta=theta, loss=self.net.loss(theta), level=level)

    def _append(self, theta: Array) -> None:
        """Append a corner, unless theta is the last one already."""
        if (theta != self.corners[-1]).any():
            self.corners.append(theta)

    def _prepare(self, cell: Cell) -> None:
        """Give output weights of units with g = 0 their sign in ``cell`` and their size at the end of the path."""
        theta = self.corners[-1].copy()
        idle = [unit for unit in self.units if not theta[unit[-1]] or not theta[unit[:-1]].any()]
        for unit in idle:
            theta[unit[:-1]] = 0.0
        self._append(theta)
        theta = theta.copy()
        for unit, side in zip(self.units, cell, strict=True):
            if unit in idle:
                at_goal = 0.0 if self.goal is None else self.goal[unit[-1]]
                size = abs(at_goal or theta[unit[-1]]) or 1.0
                theta[unit[-1]] = side.output * max(size, FAINT)
        self._append(theta)

    def _contributing(self, theta: Array) -> list[list[int]]:
        """Return the indices in theta of each unit that may contribute to the outputs."""
        return [unit for unit in self.units if theta[unit[-1]] and theta[unit[:-1]].any()]

    def _resized(self, units: list[list[int]], like: Array) -> Array:
        """Return the current theta with ``units`` rescaled to the output weights of ``like``."""
        end = self.corners[-1].copy()
        for unit in units:
            end[unit[:-1]] *= end[unit[-1]] / like[unit[-1]]
            end[unit[-1]] = like[unit[-1]]
        return end

    def _n_chords(self, units: list[list[int]], end: Array, limit: float) -> int:
        """Return the number of chords that rescale ``units`` to ``end`` without a loss above ``limit``.

        On the chord between v and rho v, the product v (w, b) exceeds its value at the ends by a factor of up to
        1 + (cosh(log rho) - 1) / 2. Since the outputs equal the targets at the ends, this bounds the loss.
        """
        ratio, numbers = self._ratio(units, end), [unit[0] for unit in units]
        size = np.abs(self.net.unpack(end).W2[numbers])
        largest = float((np.maximum(self.net.preactivations(end)[:, numbers], 0.0) @ size).max())
        if (ratio == 1).all():
            return 0
        step = acosh(1.0 + 2.0 * sqrt(limit) / max(largest, FAINT))
        return max(ceil(float(np.abs(np.log(ratio)).max()) / step), 1)

    def _ratio(self, units: list[list[int]], end: Array) -> Array:
        return np.array([end[unit[-1]] / self.corners[-1][unit[-1]] for unit in units])

    def _rescale(self, units: list[list[int]], end: Array, limit: float) -> None:
        """Rescale ``units`` until theta is ``end``, which differs only in their sizes; outputs are kept at corners."""
        theta, ratio, count = self.corners[-1], self._ratio(units, end), self._n_chords(units, end, limit)
        if count > MOST_CORNERS:
            raise ValueError(
                f"theta must have output weights of similar size along the path; rescaling a unit would take {count} "
                f"corners, over the limit of {MOST_CORNERS}"
            )
        for k in range(1, count):
            corner = theta.copy()
            for unit, r in zip(units, ratio, strict=True):
                corner[unit[:-1]] = theta[unit[:-1]] * r ** (-k / count)
                corner[unit[-1]] = theta[unit[-1]] * r ** (k / count)
            self._append(corner)
        if count:
            self._append(end)
