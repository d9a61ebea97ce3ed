"""How the solutions are connected: components of the sublevel sets {loss <= l} for all l, as one exact merge tree.

Why the tree is exact
---------------------
1. Closed cells cover the parameter space: for every theta, each (w_u, b_u) lies in a closed pattern cone, and each v_u
   has a sign (either sign, if v_u = 0).
2. The intersection of a sublevel set with a closed cell is connected. The loss is a convex quadratic function of
   (b2, g), where ``g_u = |v_u| (w_u, b_u)`` (see :mod:`landscape.exact.cell_graph`), so the (b2, g) with loss <= l in
   the cell form a convex set C. From any theta in the intersection, a path within the cell leads to (w_u, b_u) = g_u,
   v_u = s_u while g, and so the loss, is unchanged. If g_u != 0, the unit is rescaled. If v_u = 0, first (w_u, b_u)
   moves to 0 and then v_u to s_u. If (w_u, b_u) = 0, v_u moves to s_u directly. The end points of these paths are the
   image of C under a continuous map, and C is connected, so the end points form a connected set.
3. The minimum over a cell or a face is attained. So a cell intersects {loss <= l} iff l is at least the minimum over
   the cell, and two cells share a point of {loss <= l} iff l is at least the minimum over their intersection. The
   components of a finite union of closed connected sets are those of the graph of their intersections. Of these
   intersections, the shared faces of :mod:`landscape.exact.cell_graph` are enough: if two cells share a point, a chain
   of shared faces that all contain this point leads from one cell to the other.

So the components of {loss <= l} are those of a finite graph whose nodes and edges carry rational values. Nothing is
sampled or rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.limits import require_affordable
from landscape.base.results import Result, member
from landscape.exact.activation_regions import is_face, kinks, signs_of
from landscape.exact.cell_graph import cell_graph
from landscape.exact.families import Cell
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network

SNAP = 1e-12
"""A float counts as an exact level when it differs by at most SNAP times the largest squared target."""

ZERO = 1e-8
"""Largest residual of a solution, relative to the largest |target|, in addition to rounding errors (``ROUNDING``)."""

ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Largest rounding error of a residual, from theta and sums, relative to the sum of that output's absolute terms."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A component of the sublevel sets at the level where it first appears: a connected set of local minima."""

    value: Fraction  # the loss there
    n_cells: int  # number of open cells that contain some of these minima
    dimensions: frozenset[int]  # of these sets in parameter space
    output_signs: frozenset[tuple[int, ...]]  # of the output weights in those cells, ignoring the order of the units
    cells: tuple[int, ...]  # indices in ``cell_graph(net).cells`` of all closed cells that touch it

    @property
    def family(self) -> str:
        """``output_signs`` as text, such as "+-"; "++ or +-" where output weights change sign within the leaf."""
        kinds = ("".join("+" if s > 0 else "-" for s in sorted(signs, reverse=True)) for signs in self.output_signs)
        return " or ".join(sorted(kinds))


@dataclass(frozen=True, kw_only=True)
class Merge:
    """A level at which components merge."""

    value: Fraction  # the loss at the lowest pass between them
    parts: tuple[frozenset[int], ...]  # the components just below, each as the set of its leaves

    @property
    def leaves(self) -> frozenset[int]:
        """All leaves of the resulting component."""
        return frozenset[int]().union(*self.parts)


@dataclass(frozen=True, eq=False, kw_only=True)
class MergeTree(Result):
    """The components of {loss <= l} of a network, for all l; see :func:`merge_tree`."""

    net: ReluNetwork = member("the network")
    leaves: tuple[Leaf, ...] = member("the components as they appear, ascending in value")
    merges: tuple[Merge, ...] = member("where they merge, ascending in value")
    births: tuple[Fraction, ...] = member("lowest loss in each cell of ``cell_graph(net).cells``", repr=False)
    homes: tuple[int, ...] = member("for each of them a leaf of the component of its lowest points", repr=False)

    @property
    def levels(self) -> tuple[Fraction, ...]:
        """The values at which components appear or merge, ascending."""
        return tuple(sorted({leaf.value for leaf in self.leaves} | {merge.value for merge in self.merges}))

    def components(self, level: Fraction | float) -> int:
        """Return the number of components of {loss <= level}.

        A float within ``SNAP`` of one of ``levels`` is replaced by that level; Fractions and ints are used as given.
        """
        return len(self.partition(level))

    def partition(self, level: Fraction | float) -> list[frozenset[int]]:
        """Return the components of {loss <= level}, each as the set of its leaves."""
        level = self._exact(level)
        parts = {k: frozenset([k]) for k, leaf in enumerate(self.leaves) if leaf.value <= level}
        for merge in self.merges:
            if merge.value <= level:
                parts |= dict.fromkeys(merge.leaves, merge.leaves)
        return list(dict.fromkeys(parts.values()))

    def component(self, theta: ArrayLike, level: Fraction | float) -> frozenset[int]:
        """Return the leaves of the component of {loss <= level} that the closed cell of ``theta`` (n,) intersects.

        So a run that has settled slightly above a level is assigned to it as well.

        Raises
        ------
        ValueError
            If the loss is above ``level`` on the whole cell.
        """
        level = self._exact(level)
        graph = cell_graph(self.net)
        number = graph.number[graph.cell_of(theta)]
        if self.births[number] > level:
            raise ValueError(
                f"level must be at least {self.births[number]}, the lowest loss in the cell of theta; got {level}"
            )
        return next(part for part in self.partition(level) if self.homes[number] in part)

    def barrier(self, theta_a: ArrayLike, theta_b: ArrayLike) -> Fraction:
        """Return the lowest value that the highest loss on a path between two solutions can have.

        Parameters
        ----------
        theta_a, theta_b : array_like of shape (n,)
            Points on the zero set, within ``ZERO`` and ``ROUNDING``.

        Raises
        ------
        ValueError
            If the loss of an end point is not 0.

        Examples
        --------
        >>> from landscape import xor
        >>> swapped = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
        >>> str(merge_tree(xor.network()).barrier(xor.TEXTBOOK, swapped))
        '1/6'
        """
        ends = {self.solution("theta_a", theta_a), self.solution("theta_b", theta_b)}
        if len(ends) == 1:
            return Fraction(0)
        return next(merge.value for merge in self.merges if ends <= merge.leaves)

    def solution(self, name: str, theta: ArrayLike) -> int:
        """Return the index of the leaf that the solution ``theta`` (n,) lies on; ``name`` is used in error messages."""
        theta = checks.vector(name, theta, self.net.n_parameters)
        graph = cell_graph(self.net)
        number = graph.number[graph.cell_of(theta)]
        if self.births[number] or not _is_solution(self.net, theta):
            raise ValueError(
                f"{name} must lie on the zero set; got loss {float(self.net.loss(theta)):g}, start from a solution"
            )
        return self.homes[number]

    def leaf_near(self, sines: Array, v: Array, level: Fraction, tolerance: float) -> int | None:
        """Return the index of the leaf of value ``level`` that a theta is on or near, None if there is none.

        Meant for a theta with ``kink_sines`` (m, h) and output weights ``v`` (h,) whose outputs are approximately those
        of the level. First the cells that contain theta are searched for one whose minimum has that value, then the
        cells behind kinks within ``tolerance``.
        """
        graph = cell_graph(self.net)
        for kink in (0.0, tolerance):
            faces = signs_of(sines, kink).T.tolist()
            around = [
                [side for side in graph.sides if is_face(tuple(face), side.signs) and side.output * w >= 0]
                for face, w in zip(faces, v.tolist(), strict=True)
            ]
            for cell in product(*around):
                number = graph.number[cell]
                if self.births[number] == level == self.leaves[self.homes[number]].value:
                    return self.homes[number]
        return None

    def example(self, leaf: int) -> Array:
        """Return a theta (n,) on a leaf, output weights +-1: of its cells' lowest points, one with the fewest kinks.

        Examples
        --------
        >>> from landscape import xor
        >>> tree = merge_tree(xor.network())
        >>> bool(xor.network().loss(tree.example(0)) < 1e-30), tree.solution("theta", tree.example(0))
        (True, 0)
        """
        if not 0 <= checks.count("leaf", leaf) < len(self.leaves):
            raise ValueError(f"leaf must be below {len(self.leaves)}, the number of leaves; got {leaf}")
        graph = cell_graph(self.net)
        found = [graph.lowest_theta(graph.cells[number]) for number in self.leaves[leaf].cells]
        return min(found, key=lambda theta: len(kinks(self.net, theta)))

    def _exact(self, level: Fraction | float) -> Fraction:
        if isinstance(level, Fraction | int):
            return Fraction(level)
        value = checks.scalar("level", level)
        near = min(self.levels, key=lambda known: abs(float(known) - value))
        close = abs(float(near) - value) <= SNAP * float(np.square(self.net.targets).max())
        return near if close else Fraction(value)


@may_overflow
def _is_solution(net: ReluNetwork, theta: Array) -> bool:
    """Return whether every residual is 0, within ``ZERO`` times the largest |target| and its own rounding error."""
    w = net.unpack(theta)
    sizes = (np.abs(net.inputs) @ np.abs(w.W1) + np.abs(w.b1)) @ np.abs(w.W2) + abs(w.b2) + np.abs(net.targets)
    allowed = ZERO * (np.abs(net.targets).max() or 1.0) + ROUNDING * sizes
    return bool(np.isfinite(sizes).all() and (np.abs(net.residuals(theta)) <= allowed).all())


def merge_tree(net: ReluNetwork) -> MergeTree:
    """Return the exact merge tree of the sublevel sets of ``net``; the result is cached.

    Raises
    ------
    ValueError
        If there are more cells than ``landscape.exact.local_minima.CELL_LIMIT``. On four samples, three hidden units
        are the most, which takes a few seconds.

    Examples
    --------
    >>> from landscape import xor
    >>> tree = merge_tree(xor.network())
    >>> [(str(level), tree.components(level)) for level in tree.levels]
    [('0', 12), ('1/8', 6), ('1/6', 1)]
    """
    require_relu_network(net)
    return _tree(net)


@lru_cache(maxsize=8)
def _tree(net: ReluNetwork) -> MergeTree:
    graph = cell_graph(net)
    graph.require_affordable_values()
    births = [graph.value(cell) for cell in graph.cells]
    pairs: dict[Fraction, list[tuple[int, int]]] = {value: [] for value in births}
    for shared in graph.shared_faces():
        pairs.setdefault(graph.value(shared.face), []).append(shared.cells)
    require_affordable("pairs of a cell and a level", len(pairs) * len(births), 0.1)
    component = [[k] for k in range(len(births))]  # the cells of each cell's component, in one list that they share
    leaves_of: dict[int, frozenset[int]] = {}  # the leaves of each cell's component
    homes = [0] * len(births)
    leaves: list[Leaf] = []
    merges: list[Merge] = []
    for value in sorted(pairs):
        for pair in pairs[value]:
            small, large = sorted((component[k] for k in pair), key=len)
            if small is not large:
                large += small
                for k in small:
                    component[k] = large
        reached = [k for k, birth in enumerate(births) if birth <= value]
        for cells in {id(component[k]): component[k] for k in reached}.values():
            parts = sorted({leaves_of[k] for k in cells if k in leaves_of}, key=min)
            if not parts:
                parts = [frozenset([len(leaves)])]
                leaves.append(_leaf(net, graph.cells, value, sorted(cells)))
            elif len(parts) > 1:
                merges.append(Merge(value=value, parts=tuple(parts)))
            leaves_of |= dict.fromkeys(cells, frozenset[int]().union(*parts))
        for k in reached:
            if births[k] == value:
                homes[k] = min(leaves_of[k])
    return MergeTree(net=net, leaves=tuple(leaves), merges=tuple(merges), births=tuple(births), homes=tuple(homes))


def _leaf(net: ReluNetwork, cells: list[Cell], value: Fraction, numbers: list[int]) -> Leaf:
    fits = cell_fits(net)
    inside = [cells[k] for k in numbers if fits[cells[k]].place == Place.INSIDE]
    return Leaf(
        value=value,
        n_cells=len(inside),
        dimensions=frozenset(net.n_parameters - fits[cell].rank for cell in inside),
        output_signs=frozenset(tuple(sorted(side.output for side in cell)) for cell in inside),
        cells=tuple(numbers),
    )
