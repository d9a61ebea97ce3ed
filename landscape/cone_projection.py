"""The nearest point of a cone, exactly: least squares with coefficients that are at least 0, in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from landscape import exact
from landscape.exact import Vector


class Nearest(NamedTuple):
    """The point of a cone nearest to a given one.

    coefficients : one for each ray, at least 0, at most as many of them positive as the rays have dimensions
    rest : the given point minus the nearest one
    """

    coefficients: Vector
    rest: Vector


def nearest_in_cone(rays: Sequence[Sequence[int]], point: Vector) -> Nearest:
    """Return the point sum_j c_j ray_j, c >= 0, nearest to ``point``.

    The active-set method of Lawson and Hanson. The point found is the nearest iff its rest r has
    r . ray_j <= 0 for all j and = 0 where c_j > 0. A ray that enters has r . ray > 0 while r is orthogonal to
    the rays in use, so those stay independent; the distance falls with every change of the set and nothing is
    rounded, so the method ends.

    References
    ----------
    Lawson, Hanson: Solving Least Squares Problems (1974), chapter 23.

    Examples
    --------
    >>> near = nearest_in_cone([(1, 0), (1, 1)], (Fraction(1), Fraction(3)))
    >>> [str(c) for c in near.coefficients], [str(r) for r in near.rest]
    (['0', '2'], ['-1', '1'])
    """
    used: dict[int, Fraction] = {}
    rest = point
    while True:
        gains = [exact.dot(rest, ray) for ray in rays]
        if max(gains, default=Fraction(0)) <= 0:
            return Nearest(tuple(used.get(j, Fraction(0)) for j in range(len(rays))), rest)
        used[gains.index(max(gains))] = Fraction(0)
        while True:
            wanted = _fit([rays[j] for j in used], point)
            steps = [c / (c - w) for c, w in zip(used.values(), wanted, strict=True) if w <= 0]
            step = min(steps, default=Fraction(1))
            moved = {j: c + step * (w - c) for (j, c), w in zip(used.items(), wanted, strict=True)}
            used = {j: c for j, c in moved.items() if c > 0}
            if not steps:
                break
        rest = tuple(p - sum(c * rays[j][i] for j, c in used.items()) for i, p in enumerate(point))


def _fit(rays: list[Sequence[int]], point: Vector) -> Vector:
    """Return the coefficients of the least-squares fit of ``point`` by independent ``rays``."""
    rows = [
        [*(Fraction(sum(x * y for x, y in zip(a, b, strict=True))) for b in rays), exact.dot(point, a)] for a in rays
    ]
    return tuple(row[-1] for row in exact.row_reduce(rows))
