"""How the solutions hang together: components of the sets {loss <= l} for all l, as one exact merge tree.

Why the tree is exact
---------------------
1. Closed cells cover the parameter space: every theta has a pattern cone that contains each (w_u, b_u), and a sign
   for each v_u (either one, if it is 0).
2. A sublevel set meets a closed cell in a connected set. The loss depends on (b2, g), g_u = |v_u| (w_u, b_u), as a
   convex quadratic (see :mod:`landscape.exact.cell_graph`), so the (b2, g) of low loss are a convex set C. From any
   theta one reaches (w_u, b_u) = g_u, v_u = s_u inside the cell with g, and so the loss, unchanged: if g_u != 0 by
   rescaling the unit; if v_u = 0, first (w_u, b_u) goes to 0 and then v_u to s_u; if (w_u, b_u) = 0, v_u goes to s_u at
   once. The points that one reaches are a continuous image of C, which is connected.
3. The minimum over a cell or a face is attained. So a cell takes part from its minimum on, and two cells share a point
   of {loss <= l} iff l is at least the minimum over what they share. A finite union of closed connected sets has the
   components of the graph of their intersections. Of these the doors of :mod:`landscape.exact.cell_graph` are enough,
   since between any two cells one can pass at a shared point, through doors that all contain it.

So the components of {loss <= l} are those of a finite graph whose nodes and edges carry rational values: nothing is
sampled or rounded. Kruskal's spanning forest of that graph answers for every l at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.exact.activation_regions import KINK_TOLERANCE, is_face, kinks, signs
from landscape.exact.cell_graph import cell_graph
from landscape.exact.local_minima import Cell, cell_fits
from landscape.exact.rational import Place
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network

SNAP = 1e-12
"""A float counts as an exact level when it differs by at most SNAP times the largest squared target."""

ZERO = 1e-8
"""Largest residual of a solution, times the largest |target|, beside what rounding makes of zero (``ROUNDING``)."""

ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""What the rounding of theta and of sums may add to a residual, times the sum of the absolute terms of that output."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A component of the sublevel sets where it first appears: a connected set of local minima.

    value : the loss there
    n_cells : number of open cells that contain some of these minima
    dimensions : dimensions of these sets in parameter space
    output_signs : the signs of the output weights in those cells, unit order left aside
    cells : numbers of all closed cells that touch it, as in ``cell_graph(net).cells``
    """

    value: Fraction
    n_cells: int
    dimensions: frozenset[int]
    output_signs: frozenset[tuple[int, ...]]
    cells: tuple[int, ...]

    @property
    def family(self) -> str:
        """``output_signs`` as text, such as "+-"; "++ or +-" where units change sign within the leaf."""
        kinds = ("".join("+" if s > 0 else "-" for s in sorted(signs, reverse=True)) for signs in self.output_signs)
        return " or ".join(sorted(kinds))


@dataclass(frozen=True, kw_only=True)
class Merge:
    """A level at which components become one.

    value : the lowest pass between them
    parts : the components just below, each as the set of its leaves
    """

    value: Fraction
    parts: tuple[frozenset[int], ...]

    @property
    def leaves(self) -> frozenset[int]:
        """All leaves of the component that results."""
        return frozenset[int]().union(*self.parts)


@dataclass(frozen=True, eq=False, kw_only=True)
class MergeTree:
    """The components of {loss <= l} of a network, for all l; see :func:`merge_tree`.

    net : ReluNetwork
    leaves : the components as they appear, ascending in value
    merges : where they join, ascending in value
    births : the lowest loss in each closed cell, in the order of ``cell_graph(net).cells``
    homes : for each closed cell a leaf of the component that its lowest points belong to
    """

    net: ReluNetwork
    leaves: tuple[Leaf, ...]
    merges: tuple[Merge, ...]
    births: tuple[Fraction, ...] = field(repr=False)
    homes: tuple[int, ...] = field(repr=False)

    @property
    def levels(self) -> tuple[Fraction, ...]:
        """The values at which components appear or join, ascending."""
        return tuple(sorted({leaf.value for leaf in self.leaves} | {merge.value for merge in self.merges}))

    def components(self, level: Fraction | float) -> int:
        """Return the number of components of {loss <= level}.

        A float within ``SNAP`` of one of ``levels`` is taken for it; Fractions and ints are taken as they are.
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
        """Return the leaves of the component of {loss <= level} that the closed cell of ``theta`` (n,) reaches into.

        So a run that has settled a hair above a level is assigned to it as well.

        Raises
        ------
        ValueError
            If the cell has no point of so low a loss.
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
        """Return the loss that every path between two solutions climbs to, and the best one does not exceed.

        Parameters
        ----------
        theta_a, theta_b : array_like of shape (n,)
            On the zero set, within ``ZERO`` and ``ROUNDING``.

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
        """Return the number of the leaf that the solution ``theta`` (n,) lies on; errors call it ``name``."""
        theta = checks.vector(name, theta, self.net.n_parameters)
        graph = cell_graph(self.net)
        number = graph.number[graph.cell_of(theta)]
        if self.births[number] or not _is_solution(self.net, theta):
            raise ValueError(
                f"{name} must lie on the zero set; got loss {float(self.net.loss(theta)):g}, start from a solution"
            )
        return self.homes[number]

    def leaf_near(self, theta: ArrayLike, level: Fraction, tolerance: float = KINK_TOLERANCE) -> int | None:
        """Return the number of the leaf of value ``level`` that ``theta`` (n,) lies on or beside; None if of none.

        Asked for a theta whose outputs are those of the level, but for a little. Its cells are searched for lowest
        points of that value, first those that it lies in and then those behind kinks within ``tolerance``.

        Examples
        --------
        >>> from landscape import xor
        >>> tree = merge_tree(xor.network())
        >>> tree.leaf_near(xor.TEXTBOOK + 1e-12, 0) == tree.solution("theta", xor.TEXTBOOK)
        True
        """
        theta = checks.vector("theta", theta, self.net.n_parameters)
        graph, v = cell_graph(self.net), self.net.unpack(theta).W2
        for kink in (0.0, tolerance):
            faces = signs(self.net, theta, kink).T.tolist()
            around = [
                [side for side in graph.sides if is_face(tuple(face), side.signs) and side.output * w >= 0]
                for face, w in zip(faces, v.tolist(), strict=True)
            ]
            for cell in product(*around):
                number = graph.number[cell]
                if self.births[number] == level == self.leaves[self.homes[number]].value:
                    return self.homes[number]
        return None

    def example(self, leaf: int) -> NDArray[np.float64]:
        """Return a theta (n,) on a leaf: of its cells' lowest points, with output weights +-1, one with few kinks.

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
def _is_solution(net: ReluNetwork, theta: NDArray[np.float64]) -> bool:
    """Return whether every residual is 0, but for a little of the targets and for rounding of its own terms."""
    w = net.unpack(theta)
    sizes = (np.abs(net.inputs) @ np.abs(w.W1) + np.abs(w.b1)) @ np.abs(w.W2) + abs(w.b2) + np.abs(net.targets)
    allowed = ZERO * (np.abs(net.targets).max() or 1.0) + ROUNDING * sizes
    return bool(np.isfinite(sizes).all() and (np.abs(net.residuals(theta)) <= allowed).all())


def merge_tree(net: ReluNetwork) -> MergeTree:
    """Return the exact merge tree of the sublevel sets of ``net``; kept, so that it is computed once.

    Raises
    ------
    ValueError
        When there are more cells than ``landscape.exact.local_minima.CELL_LIMIT``: three hidden units on four samples,
        which take a few seconds, are the most.

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
    births = [graph.value(cell) for cell in graph.cells]
    rising: dict[Fraction, list[tuple[int, int]]] = {value: [] for value in sorted(set(births))}
    for door in graph.shared_faces():
        rising.setdefault(graph.value(door.face), []).append(door.cells)
    born: dict[Fraction, list[int]] = {value: [] for value in rising}
    for number, value in enumerate(births):
        born[value].append(number)
    root = list(range(len(births)))
    leaves_of: dict[int, frozenset[int]] = {}
    homes = [0] * len(births)
    leaves: list[Leaf] = []
    merges: list[Merge] = []
    for value in sorted(rising):
        for top, parts in _join(root, [*((k, k) for k in born[value]), *rising[value]]):
            old = sorted((leaves_of.pop(part) for part in parts if part in leaves_of), key=min)
            if not old:
                old = [frozenset([len(leaves)])]
                leaves.append(_leaf(net, graph.cells, value, [k for k in born[value] if _find(root, k) == top]))
            elif len(old) > 1:
                merges.append(Merge(value=value, parts=tuple(old)))
            leaves_of[top] = frozenset[int]().union(*old)
        for k in born[value]:
            homes[k] = min(leaves_of[_find(root, k)])
    return MergeTree(net=net, leaves=tuple(leaves), merges=tuple(merges), births=tuple(births), homes=tuple(homes))


def _find(root: list[int], k: int) -> int:
    while root[k] != k:
        root[k] = root[root[k]]
        k = root[k]
    return k


def _join(root: list[int], pairs: list[tuple[int, int]]) -> list[tuple[int, set[int]]]:
    """Join pairs of cells; return the components concerned, each with the earlier ones that it is made of."""
    made_of: dict[int, set[int]] = {}
    for pair in pairs:
        a, b = (_find(root, k) for k in pair)
        if a == b:
            made_of.setdefault(a, {a})
            continue
        large, small = (made_of.pop(k, {k}) for k in (a, b))
        if len(large) < len(small):
            a, b, large, small = b, a, small, large
        root[b] = a
        large |= small
        made_of[a] = large
    return sorted(made_of.items(), key=lambda item: min(item[1]))


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
