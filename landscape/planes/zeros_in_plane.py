"""The zero-loss points of a plane, computed exactly: points, segments and areas, as polygons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.limits import require_affordable
from landscape.base.results import make_read_only
from landscape.exact import rational
from landscape.exact.activation_regions import Signs, arrangement
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.planes.plane import Plane, require_plane

Point = tuple[Fraction, Fraction]
Affine = tuple[Fraction, Fraction, Fraction]
"""(a, b, c) stands for the affine function a + b alpha + c beta of the coordinates in a plane."""


def zeros_in_plane(net: ReluNetwork, plane: Plane, alpha: ArrayLike, beta: ArrayLike) -> list[NDArray[np.float64]]:
    """Return all zero-loss points of a plane within ``alpha[0]..alpha[-1]``, ``beta[0]..beta[-1]``.

    If the plane does not move incoming and outgoing weights of the same unit, the outputs are piecewise affine in
    (alpha, beta), with one piece for each activation pattern. The zeros on each piece form a convex polygon: the part
    of the rectangle where every pre-activation has the sign given by the pattern and every residual is 0. The polygon
    is clipped in rational arithmetic, so that single points are found as reliably as areas.

    Parameters
    ----------
    net : ReluNetwork
    plane : Plane
    alpha, beta : array_like of shape (m,), strictly increasing
        Only the first and last entries are used.

    Returns
    -------
    list of ndarrays of shape (corners, 2), read-only
        (alpha, beta) of the corners of each polygon: 1 for a point, 2 for the ends of a segment, more for an area.

    Raises
    ------
    ValueError
        If the plane moves incoming and outgoing weights of the same unit: the zeros may then lie on curves.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]")
    >>> [piece.tolist() for piece in zeros_in_plane(net, plane, [-2, 2], [-2, 2])]
    [[[0.0, 0.0], [2.0, -2.0]]]
    """
    require_relu_network(net)
    require_plane(plane, net.n_parameters)
    origin, d1, d2 = (rational.rational(v)[0] for v in (plane.origin, plane.d1, plane.d2))
    theta: list[Affine] = list(zip(origin, d1, d2, strict=True))
    d, h = net.n_inputs, net.hidden
    for u in range(h):
        incoming, outgoing = [k * h + u for k in range(d + 1)], (d + 1) * h + u  # the last incoming one is the bias
        if any(d1[i] or d2[i] for i in incoming) and (d1[outgoing] or d2[outgoing]):
            raise ValueError(
                f"plane must not move incoming and outgoing weights of one unit together; got unit {u}, "
                "whose outputs are then not affine in the plane"
            )
    inputs, targets = rational.rational(net.inputs), rational.rational(net.targets)[0]
    z = [
        [_sum([_times(x, theta[k * h + u]) for k, x in enumerate(row)] + [theta[d * h + u]]) for row in inputs]
        for u in range(h)
    ]
    v = theta[(d + 1) * h : -1]
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    a0, a1 = Fraction(float(alpha[0])), Fraction(float(alpha[-1]))
    b0, b1 = Fraction(float(beta[0])), Fraction(float(beta[-1]))
    rectangle = [(a0, b0), (a1, b0), (a1, b1), (a0, b1)]
    pieces: list[list[Point]] = []
    of_unit = arrangement(net.inputs).patterns()
    require_affordable("activation regions", len(of_unit) ** h, 20.0 * h * net.n_samples)
    for patterns in product(of_unit, repeat=h):
        piece = rectangle
        for constraint in _constraints(patterns, z, v, theta[-1], targets):
            piece = _clip(piece, constraint)
        if piece:
            pieces.append(piece)
    return [make_read_only(np.array(piece, dtype=np.float64)) for piece in _maximal(pieces)]


def _constraints(
    patterns: tuple[Signs, ...], z: list[list[Affine]], v: list[Affine], b2: Affine, targets: Iterable[Fraction]
) -> Iterator[Affine]:
    """Yield functions that are all at least 0 exactly where the units have these patterns and the residuals are 0."""
    for pattern, z_of_unit in zip(patterns, z, strict=True):
        yield from (_times(Fraction(s), f) for s, f in zip(pattern, z_of_unit, strict=True))
    for i, y in enumerate(targets):
        terms = [_product(v[u], z[u][i]) for u, pattern in enumerate(patterns) if pattern[i] > 0]
        residual = _sum([b2, (-y, Fraction(0), Fraction(0)), *terms])
        yield residual
        yield _times(Fraction(-1), residual)


def _clip(polygon: list[Point], constraint: Affine) -> list[Point]:
    """Return the part of a convex polygon, which may be a segment or a point, where ``constraint`` >= 0."""
    height = [constraint[0] + constraint[1] * a + constraint[2] * b for a, b in polygon]
    kept: list[Point] = []
    for i, (p, at_p) in enumerate(zip(polygon, height, strict=True)):
        q, at_q = polygon[i - 1], height[i - 1]
        if at_p * at_q < 0:
            t = at_q / (at_q - at_p)
            kept.append((q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1])))
        if at_p >= 0:
            kept.append(p)
    return list(dict.fromkeys(kept))


def _maximal(pieces: list[list[Point]]) -> list[list[Point]]:
    """Return each piece once, sorted, except pieces whose corners are all corners of a larger one.

    The ends of a segment are sorted, too.
    """
    by_corners = {frozenset(piece): piece for piece in pieces}
    maximal = [piece for corners, piece in by_corners.items() if not any(corners < other for other in by_corners)]
    return sorted(sorted(piece) if len(piece) < 3 else piece for piece in maximal)


def _times(factor: Fraction, f: Affine) -> Affine:
    return factor * f[0], factor * f[1], factor * f[2]


def _sum(terms: Iterable[Affine]) -> Affine:
    a, b, c = (sum(part, Fraction(0)) for part in zip(*terms, strict=True))
    return a, b, c


def _product(f: Affine, g: Affine) -> Affine:
    """Return the product of two affine functions, one of which is constant."""
    return _times(f[0], g) if not (f[1] or f[2]) else _times(g[0], f)
