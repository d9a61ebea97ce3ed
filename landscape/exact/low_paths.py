"""Ways through the landscape that keep low: over the lowest pass, out of a plateau, along a unit's scaling orbit.

A path is a polyline of thetas. Within a closed cell it holds every v_u and moves (w_u, b_u) and b2 straight, so the
outputs are affine along a segment and the loss is convex: never above the higher of the two ends, which lie on doors of
:mod:`landscape.exact.cell_graph`. Where g_u = |v_u| (w_u, b_u) is 0, (w_u, b_u) and v_u move one after the other and
the loss stays as it is; so a unit can change the sign of its output weight there, and takes the size that it has at the
end. A unit that never passes through 0 is rescaled at the end, on small chords of the curve on which the outputs stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import acosh, ceil, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.results import Result, array, member
from landscape.exact.cell_graph import CellGraph, Lowest, cell_graph
from landscape.exact.local_minima import Cell
from landscape.exact.merge_tree import merge_tree
from landscape.networks.relu import ReluNetwork, require_relu_network

Array = NDArray[np.float64]

SLACK = 1e-12
"""What a path may be above its level, times the largest squared target."""
REST = 1e-3
"""Share of a pass that rescaling a unit at its foot may climb."""
DETOUR = 20_000
"""Corners of a rescaling from which on units are rescaled elsewhere, where what they contribute is small."""
FAINT = 1e-290
"""Output weights below are raised to it on the way, since (w, b) = g / |v| would overflow."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Path(Result):
    """A polyline through parameter space."""

    theta: Array = array("corner", "parameter", meaning="the corners")
    loss: Array = array("corner", meaning="the loss there")
    level: Fraction | None = member(
        "what the loss never exceeds, within ``SLACK``; None if it is that of the start", default=None
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
    """Return a path between two solutions that climbs no higher than it must.

    Its ``level`` is ``merge_tree(net).barrier(theta_a, theta_b)``. Of all such ways through the cells it takes one with
    the smallest sum of the values of its doors, and it crosses every door at its lowest point.

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
    walk = _Walk(net, theta_a, start, theta_b)
    for cell, face in _way(graph, start, lambda c: c == goal, level):
        walk.visit(graph.lowest(face), cell)
    limit = max(REST * float(level), walk.slack)
    if walk.remaining_corners(limit) > DETOUR:
        walk.rescale_at(graph.lowest(goal), goal, limit)
    walk.finish(limit)
    return walk.path(level)


def exit_path(net: ReluNetwork, theta: ArrayLike) -> Path:
    """Return a path from ``theta`` (n,) on which the loss never rises: constant on plateaus, else downhill.

    From theta it goes straight to the lowest point of the closed cell: the loss is convex, so it falls all the way.
    There it looks for a cell with lower points behind doors of just this value, and crosses the cells between along
    their lowest points, on which the loss is constant. It ends where no such door is left: on a leaf of the merge tree.
    If all leaves have loss 0, every point of the landscape has a non-increasing path to 0 and no trap is strict.

    Examples
    --------
    >>> from landscape import xor
    >>> dead = [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]  # both units off: a plateau at 1/4
    >>> path = exit_path(xor.network(), dead)
    >>> float(path.loss[0]), float(path.loss[-1]), bool((np.diff(path.loss) <= 1e-12).all())
    (0.25, 0.0, True)
    """
    require_relu_network(net)
    graph = cell_graph(net)
    cell = graph.cell_of(theta)
    walk = _Walk(net, theta, cell)
    walk.visit(graph.lowest(cell), cell)
    while True:
        value = graph.value(cell)
        way = _way(graph, cell, lambda c, v=value: graph.value(c) < v, value)  # type: ignore[misc]
        if not way:
            return walk.path()
        for after, face in way:
            walk.visit(graph.lowest(face), after)
        cell = way[-1][0]
        walk.visit(graph.lowest(cell), cell)


def scaling_orbit(net: ReluNetwork, theta: ArrayLike, unit: int, factor: ArrayLike) -> Array:
    """Return ``theta`` (n,) with a hidden unit's (w, b) times ``factor`` and its output weight divided by it.

    The outputs, and so the loss, are those of theta: (...) -> (..., n).

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
        raise ValueError(f"factor must be above 0; got {factor.min():g}, the sign of a unit cannot be scaled away")
    if not 0 <= checks.count("unit", unit) < net.hidden:
        raise ValueError(f"unit must be below {net.hidden}, the number of hidden units; got {unit}")
    orbit = np.tile(theta, (*factor.shape, 1))
    own = _own(net, unit)
    orbit[..., own[:-1]] *= factor[..., None]
    orbit[..., own[-1]] /= factor
    return orbit


def _own(net: ReluNetwork, unit: int) -> list[int]:
    """Return where theta has the weights, the bias and the output weight of a hidden unit."""
    h = net.hidden
    return [k * h + unit for k in range(net.n_inputs + 2)]


def _way(graph: CellGraph, start: Cell, arrived: Callable[[Cell], bool], ceiling: Fraction) -> list[tuple[Cell, Cell]]:
    """Return the cells after ``start``, each with the face it is entered by, up to the first that has arrived.

    Doors above the ceiling stay shut. Of all ways one with the smallest sum of the doors' values, then with the fewest
    doors; empty if there is none.
    """
    import heapq

    came: dict[int, tuple[int, Cell]] = {}
    first = graph.number[start]
    best = {first: (Fraction(0), 0)}
    queue = [(Fraction(0), 0, first)]
    while queue:
        cost, doors, number = heapq.heappop(queue)
        if best[number] < (cost, doors):
            continue
        cell = graph.cells[number]
        if arrived(cell):
            way = []
            while number != first:
                before, face = came[number]
                way.append((graph.cells[number], face))
                number = before
            return way[::-1]
        for after, face in graph.neighbours(cell):
            value, k = graph.value(face), graph.number[after]
            total = (cost + value, doors + 1)
            if value <= ceiling and (k not in best or total < best[k]):
                best[k], came[k] = total, (number, face)
                heapq.heappush(queue, (*total, k))
    return []


class _Walk:
    """A path in the making: from a theta, through points of cells, to another theta if there is a goal."""

    def __init__(self, net: ReluNetwork, start: ArrayLike, cell: Cell, goal: ArrayLike | None = None) -> None:
        self.net = net
        self.corners = [checks.vector("theta", start, net.n_parameters).copy()]
        self.goal = None if goal is None else checks.vector("theta", goal, net.n_parameters)
        self.own = [_own(net, u) for u in range(net.hidden)]
        self.slack = SLACK / 2 * (float(np.square(net.targets).max()) or 1.0)
        faint = [own for own in self.own if 0 < abs(self.corners[0][own[-1]]) < FAINT]
        if faint:  # with residuals r outputs off by d change the loss by up to 2 |r| |d| + d^2
            allowed = self.slack / (1.0 + float(np.abs(net.residuals(self.corners[0])).max()))
            self._rescale(faint, self._resized(faint, np.sign(self.corners[0]) * FAINT), allowed**2)
        self._prepare(cell)

    def remaining_corners(self, limit: float) -> int:
        """Return how many corners :meth:`finish` spends on rescaling."""
        assert self.goal is not None
        alive = self._alive(self.goal)
        end = self.corners[-1].copy()
        for own in alive:
            end[own] = self.goal[own]
        return self._n_chords(alive, end, limit)

    def rescale_at(self, point: Lowest, cell: Cell, limit: float) -> None:
        """Go to the lowest point of the present cell, a solution with few and small terms, and rescale units there."""
        assert self.goal is not None
        self.visit(point, cell)
        units = [own for own in self._alive(self.corners[-1]) if self.goal[own[-1]]]
        self._rescale(units, self._resized(units, self.goal), limit)

    def visit(self, point: Lowest, cell: Cell) -> None:
        """Go straight to a point of the cell that the walk is in; then be ready to go on in ``cell``."""
        theta = self.corners[-1].copy()
        for own, g in zip(self.own, point.functions, strict=True):
            theta[own[:-1]] = np.array(g, dtype=float) / abs(theta[own[-1]])
        theta[-1] = float(point.bias)
        self._go(theta)
        self._prepare(cell)

    def finish(self, limit: float) -> None:
        """Go to the goal, which is a solution in the present cell, without a loss above ``limit``."""
        assert self.goal is not None
        theta, goal = self.corners[-1].copy(), self.goal
        alive = self._alive(goal)
        for own in self.own:
            theta[own[:-1]] = 0.0
        for own in alive:
            theta[own[:-1]] = goal[own[:-1]] * (goal[own[-1]] / theta[own[-1]])
        theta[-1] = goal[-1]
        self._go(theta)
        end = self.corners[-1].copy()
        for own in alive:
            end[own] = goal[own]
        self._rescale(alive, end, limit)
        theta = goal.copy()
        for own in self.own:
            if own not in alive:
                theta[own[:-1]] = 0.0
        self._go(theta)
        self._go(goal)

    def path(self, level: Fraction | None = None) -> Path:
        """Return the path so far."""
        theta = np.array(self.corners)
        return Path(theta=theta, loss=self.net.loss(theta), level=level)

    def _go(self, theta: Array) -> None:
        if (theta != self.corners[-1]).any():
            self.corners.append(theta)

    def _prepare(self, cell: Cell) -> None:
        """Give units with g = 0 the sign that they have in ``cell`` and the size that they end with."""
        theta = self.corners[-1].copy()
        idle = [own for own in self.own if not theta[own[-1]] or not theta[own[:-1]].any()]
        for own in idle:
            theta[own[:-1]] = 0.0
        self._go(theta)
        theta = theta.copy()
        for own, side in zip(self.own, cell, strict=True):
            if own in idle:
                wanted = 0.0 if self.goal is None else self.goal[own[-1]]
                theta[own[-1]] = side.output * max(abs(wanted or theta[own[-1]]) or 1.0, FAINT)
        self._go(theta)

    def _alive(self, theta: Array) -> list[list[int]]:
        """Return where theta has the units that may contribute to the outputs."""
        return [own for own in self.own if theta[own[-1]] and theta[own[:-1]].any()]

    def _resized(self, units: list[list[int]], like: Array) -> Array:
        """Return the present theta with ``units`` rescaled to have the output weights that ``like`` has."""
        end = self.corners[-1].copy()
        for own in units:
            end[own[:-1]] *= end[own[-1]] / like[own[-1]]
            end[own[-1]] = like[own[-1]]
        return end

    def _n_chords(self, units: list[list[int]], end: Array, limit: float) -> int:
        """Return on how many chords ``units`` can be rescaled to ``end`` without a loss above ``limit``.

        On the chord between v and rho v the product v (w, b) exceeds that at its ends by a factor of up to
        1 + (cosh(log rho) - 1) / 2; with the outputs right at the ends this bounds the loss.
        """
        ratio, own = self._ratio(units, end), [unit[0] for unit in units]
        size = np.abs(self.net.unpack(end).W2[own])
        largest = float((np.maximum(self.net.preactivations(end)[:, own], 0.0) @ size).max())
        if (ratio == 1).all():
            return 0
        step = acosh(1.0 + 2.0 * sqrt(limit) / max(largest, FAINT))
        return max(ceil(float(np.abs(np.log(ratio)).max()) / step), 1)

    def _ratio(self, units: list[list[int]], end: Array) -> Array:
        return np.array([end[own[-1]] / self.corners[-1][own[-1]] for own in units])

    def _rescale(self, units: list[list[int]], end: Array, limit: float) -> None:
        """Bring ``units`` to ``end``, where only their sizes differ, the outputs as they are."""
        theta, ratio, count = self.corners[-1], self._ratio(units, end), self._n_chords(units, end, limit)
        for k in range(1, count):
            corner = theta.copy()
            for own, r in zip(units, ratio, strict=True):
                corner[own[:-1]] = theta[own[:-1]] * r ** (-k / count)
                corner[own[-1]] = theta[own[-1]] * r ** (k / count)
            self._go(corner)
        if count:
            self._go(end)
