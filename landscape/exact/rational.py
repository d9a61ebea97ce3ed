"""Linear algebra and cones in exact rational arithmetic, for a small number of short vectors.

Vectors are tuples of :class:`fractions.Fraction`. Nothing is rounded, so a result is a proof.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = tuple[Fraction, ...]

SHORT = 1000
"""Values with a denominator of this size or larger are hard to read as fractions and are shown as decimals."""


class Place(IntEnum):
    """Where a point lies: outside of a closed cone, on its relative boundary, or in its relative interior."""

    OUTSIDE = 0
    BOUNDARY = 1
    INSIDE = 2


def rational(array: NDArray[np.float64]) -> tuple[Vector, ...]:
    """Return the rows of a float array as the exact rational values of the floats."""
    return tuple(tuple(Fraction(float(x)) for x in row) for row in np.atleast_2d(array))


def as_text(value: Fraction) -> str:
    """Return a value as text: a fraction if its denominator is below ``SHORT``, else a decimal.

    >>> as_text(Fraction(1, 8)), as_text(Fraction(0.1))
    ('1/8', '0.1')
    """
    return str(value) if value.denominator < SHORT else f"{float(value):.4g}"


def dot(a: Sequence[Fraction], b: Sequence[Fraction | int]) -> Fraction:
    """Return the scalar product."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def primitive(vector: Sequence[Fraction]) -> tuple[int, ...]:
    """Return the coprime integers on the same ray as ``vector``.

    >>> primitive((Fraction(1, 2), Fraction(-1, 3)))
    (3, -2)
    """
    scale = lcm(*(x.denominator for x in vector))
    whole = [int(x * scale) for x in vector]
    common = gcd(*whole) or 1
    return tuple(x // common for x in whole)


def row_reduce(rows: Iterable[Sequence[Fraction]]) -> tuple[Vector, ...]:
    """Return the reduced row echelon form without zero rows, which is unique for each subspace.

    >>> row_reduce([(Fraction(2), Fraction(4)), (Fraction(1), Fraction(2))])
    ((Fraction(1, 1), Fraction(2, 1)),)
    """
    table = [list(row) for row in rows]
    rank = 0
    for column in range(len(table[0]) if table else 0):
        pivot = next((i for i in range(rank, len(table)) if table[i][column]), None)
        if pivot is None:
            continue
        table[rank], table[pivot] = table[pivot], table[rank]
        lead = table[rank][column]
        table[rank] = [x / lead for x in table[rank]]
        for i, row in enumerate(table):
            if i != rank and row[column]:
                factor = row[column]
                table[i] = [x - factor * p for x, p in zip(row, table[rank], strict=True)]
        rank += 1
    return tuple(tuple(row) for row in table[:rank])


def null_space(rows: Iterable[Sequence[Fraction]], size: int) -> list[Vector]:
    """Return a basis of the vectors of length ``size`` that are orthogonal to every row."""
    reduced = row_reduce(rows)
    leads = [next(j for j, x in enumerate(row) if x) for row in reduced]
    basis = []
    for free in (j for j in range(size) if j not in leads):
        vector = [Fraction(0)] * size
        vector[free] = Fraction(1)
        for lead, row in zip(leads, reduced, strict=True):
            vector[lead] = -row[free]
        basis.append(tuple(vector))
    return basis


def remainder(vector: Vector, rows: Iterable[Sequence[Fraction]]) -> Vector:
    """Return ``vector`` minus its orthogonal projection onto the span of ``rows``.

    >>> remainder((Fraction(0), Fraction(1)), [(Fraction(1), Fraction(1))])
    (Fraction(-1, 2), Fraction(1, 2))
    """
    orthogonal: list[Vector] = []
    rest = vector
    for row in row_reduce(rows):
        direction = tuple(row)
        for known in orthogonal:
            direction = _minus_projection(direction, known)
        orthogonal.append(direction)
        rest = _minus_projection(rest, direction)
    return rest


def _minus_projection(vector: Vector, onto: Vector) -> Vector:
    coefficient = dot(vector, onto) / dot(onto, onto)
    return tuple(x - coefficient * y for x, y in zip(vector, onto, strict=True))


def place_in_cone(generators: Iterable[Sequence[int]], point: Sequence[Fraction]) -> Place:
    """Return where ``point`` lies in the cone {sum_j c_j generator_j, c >= 0}.

    A point is in the relative interior iff all c_j can be positive. So, with s the sum of all
    generators, the linear programme

        maximize t  subject to  sum_j c_j generator_j + t s = point,  t + slack = 1,  c, t, slack >= 0

    is infeasible for points outside, has the value 0 on the boundary and a positive value inside. It is solved by
    the two-phase simplex method in integers with Bland's rule, which cannot cycle.

    >>> place_in_cone([(1, 0), (1, 1)], (Fraction(2), Fraction(1)))
    <Place.INSIDE: 2>
    >>> place_in_cone([(1, 0), (1, 1)], (Fraction(2), Fraction(0)))
    <Place.BOUNDARY: 1>
    """
    columns = [g for g in dict.fromkeys(map(tuple, generators)) if any(g)]
    total = [sum(entries) for entries in zip(*columns, strict=True)] or [0] * len(point)
    feasible, maximum = _farthest(columns, point, total)
    if not feasible:
        return Place.OUTSIDE
    return Place.INSIDE if maximum > 0 else Place.BOUNDARY


def usable(generators: Sequence[Sequence[int]], point: Sequence[Fraction]) -> list[bool]:
    """Return which c_j can be positive in point = sum_j c_j generator_j, c >= 0, for a point of the cone.

    The generators with these c_j span the smallest face that contains the point.

    >>> usable([(1, 0), (1, 1), (2, 0)], (Fraction(2), Fraction(0)))
    [True, False, True]
    """
    columns = list(dict.fromkeys(map(tuple, generators)))
    is_usable = {g: _farthest(columns, point, g)[1] > 0 for g in columns}
    return [is_usable[tuple(g)] for g in generators]


def _farthest(
    columns: Sequence[Sequence[int]], point: Sequence[Fraction], along: Sequence[int]
) -> tuple[bool, Fraction]:
    """Maximize t <= 1 with point - t along = sum_j c_j column_j, c, t >= 0; returns (feasible, maximum)."""
    scale = lcm(1, *(x.denominator for x in point))
    goal = [int(x * scale) for x in point]
    n = len(columns)
    rows = []
    for i, value in enumerate(goal):
        row = [*(g[i] for g in columns), along[i], 0, value]
        rows.append([-x for x in row] if value < 0 else row)
    rows.append([*[0] * n, 1, 1, 1])
    return _largest(rows, n)


def _largest(rows: list[list[int]], variable: int) -> tuple[bool, Fraction]:
    """Maximize the variable with index ``variable`` over {x >= 0: rows[:, :-1] x = rows[:, -1] >= 0}.

    The last variable is the slack of the last row. Returns (feasible, maximum). The tableau is kept in
    integers over one common denominator (Edmonds' integer pivoting), so no gcd is computed.
    """
    m, n = len(rows), len(rows[0]) - 1
    table = [[*row[:-1], *(int(i == j) for j in range(m - 1)), row[-1]] for i, row in enumerate(rows)]
    basis = [*range(n, n + m - 1), n - 1]
    denominator = 1

    def pivot(r: int, c: int) -> None:
        nonlocal denominator
        lead = table[r][c]
        if lead < 0:
            table[r] = [-x for x in table[r]]
            lead = -lead
        for i, row in enumerate(table):
            if i != r:
                factor = row[c]
                table[i] = [(lead * x - factor * p) // denominator for x, p in zip(row, table[r], strict=True)]
        denominator = lead
        basis[r] = c

    def maximize(cost: list[int], allowed: int) -> None:
        """Maximize cost . x by Bland's rule over the first ``allowed`` columns."""
        while True:
            gains = (
                (c, denominator * cost[c] - sum(cost[b] * row[c] for b, row in zip(basis, table, strict=True)))
                for c in range(allowed)
            )
            enter = next((c for c, gain in gains if gain > 0), None)
            if enter is None:
                return
            ratios = [(Fraction(row[-1], row[enter]), basis[r], r) for r, row in enumerate(table) if row[enter] > 0]
            pivot(min(ratios)[2], enter)

    artificial = [0] * n + [-1] * (m - 1)
    maximize(artificial, n)
    if any(b >= n and row[-1] for b, row in zip(basis, table, strict=True)):
        return False, Fraction(0)
    for r in range(m):
        if basis[r] >= n:
            c = next((c for c in range(n) if table[r][c]), None)
            if c is not None:
                pivot(r, c)
    kept = [r for r in range(m) if basis[r] < n]
    table[:] = [table[r] for r in kept]
    basis[:] = [basis[r] for r in kept]
    maximize([int(c == variable) for c in range(n)] + [0] * (m - 1), n)
    maximum = next((row[-1] for b, row in zip(basis, table, strict=True) if b == variable), 0)
    return True, Fraction(maximum, denominator)


class Nearest(NamedTuple):
    """The point of a cone nearest to a given one.

    coefficients : one for each ray, at least 0; the number of positive ones is at most the dimension of the rays' span
    rest : the given point minus the nearest one
    """

    coefficients: Vector
    rest: Vector


def nearest_in_cone(rays: Sequence[Sequence[int]], point: Vector) -> Nearest:
    """Return the point sum_j c_j ray_j, c >= 0, nearest to ``point``.

    This is the active-set method of Lawson and Hanson (Solving Least Squares Problems, 1974, chapter 23). A point with
    remainder r (``rest``) is the nearest iff r . ray_j <= 0 for all j and = 0 where c_j > 0. A ray that enters has r .
    ray > 0, while r is orthogonal to the rays in use, so the rays in use stay independent. The distance decreases with
    every change of the set and nothing is rounded, so the method terminates.

    >>> near = nearest_in_cone([(1, 0), (1, 1)], (Fraction(1), Fraction(3)))
    >>> [str(c) for c in near.coefficients], [str(r) for r in near.rest]
    (['0', '2'], ['-1', '1'])
    """
    used: dict[int, Fraction] = {}
    rest = point
    while True:
        gains = [dot(rest, ray) for ray in rays]
        if max(gains, default=Fraction(0)) <= 0:
            return Nearest(tuple(used.get(j, Fraction(0)) for j in range(len(rays))), rest)
        used[gains.index(max(gains))] = Fraction(0)
        while True:
            fitted = _fit([rays[j] for j in used], point)
            steps = [c / (c - w) for c, w in zip(used.values(), fitted, strict=True) if w <= 0]
            step = min(steps, default=Fraction(1))
            moved = {j: c + step * (w - c) for (j, c), w in zip(used.items(), fitted, strict=True)}
            used = {j: c for j, c in moved.items() if c > 0}
            if not steps:
                break
        rest = tuple(p - sum(c * rays[j][i] for j, c in used.items()) for i, p in enumerate(point))


def _fit(rays: list[Sequence[int]], point: Vector) -> Vector:
    """Return the coefficients of the least-squares fit of ``point`` by independent ``rays``."""
    gram = [[Fraction(sum(x * y for x, y in zip(a, b, strict=True))) for b in rays] for a in rays]
    normal_equations = [[*row, dot(point, ray)] for row, ray in zip(gram, rays, strict=True)]
    return tuple(row[-1] for row in row_reduce(normal_equations))
