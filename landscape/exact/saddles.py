r"""All stationary points of the loss, saddles included, for the gradient that TensorFlow computes.

Why none is missing
-------------------
With relu'(0) = 0 the gradient depends on unit u only through the samples A_u on which z_u > 0. With
r = outputs - targets the gradient is 0 iff

    sum_i r_i = 0,
    v_u sum_{i in A_u} r_i (x_i, 1) = 0    and    sum_{i in A_u} r_i z_iu = 0    for every unit u.

Call a unit *live* if v_u != 0 and A_u is not empty.

1. The outputs are b2 + sum_u v_u max(z_u, 0), summed over the live units. So they lie in V = span{1, affine functions
   restricted to the A_u of live units}, and r is orthogonal to V. So the outputs are the least-squares fit on V.
2. Hence, for live units with given sign vectors (zeros are kinks) and given signs of v_u, there are stationary points
   iff that fit lies in the relative interior of the cone of outputs that these faces can produce. Note that V belongs
   to the open cell in which samples with z_iu = 0 are inactive, while the cone belongs to the face: this gradient does
   not depend on the slope of the loss across a kink.
3. A unit that is not live contributes nothing to the outputs. If A_u is empty, there is no condition on the unit.
   Otherwise v_u = 0, and (w_u, b_u) must satisfy one equation, l(z) = sum_{i in A_u} r_i z_iu = 0. This equation has
   solutions in the relative interior of a face iff l is 0 on all rays of the face, or positive on one ray and negative
   on another. Besides v_u = 0 and the kinks of the face, only this equation can reduce the dimension.
4. A stationary point is a local minimum iff no unit descends along a ray of a pattern around it
   (:mod:`landscape.exact.local_minima`); a unit with v_u = 0 must descend for neither sign of v_u. Otherwise the point
   is a saddle, since the loss always increases along b2. All points of a face with the same outputs are of the same
   kind. So there are finitely many cases, and each is decided in rational arithmetic.

Since a unit that is not live could as well be inactive on all samples, v_u = 0 leads to saddles, but to no value of its
own. A value that only saddles have comes from a fit that its cell attains only on the boundary, at kinks that hide a
descent direction. Conversely, a local minimum at a kink need not be stationary in this sense, if it is a minimum
because of the one-sided slopes at the kink. The values of such minima are in :func:`landscape.stationary_levels` and
not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import combinations_with_replacement

from landscape.base.limits import choices, require_affordable
from landscape.base.results import Result, member
from landscape.exact import rational
from landscape.exact.activation_regions import Side, Signs
from landscape.exact.families import Cell, Family, StationaryFace, families, unit_orders
from landscape.exact.local_minima import Geometry, cell_fits, require_few_cells
from landscape.exact.rational import Place, Vector
from landscape.networks.relu import ReluNetwork


@dataclass(frozen=True, kw_only=True)
class StationaryValue(Result):
    """All stationary points with the same value."""

    value: Fraction = member("the loss there")
    outputs: frozenset[Vector] = member("the distinct outputs of the network there")
    n_minima: int = member("number of open cells and faces with local minima; v_u = 0 counts as a face")
    n_saddles: int = member("number of open cells and faces with saddles")
    minimum_dimensions: frozenset[int] = member("dimensions of the sets of minima in parameter space")
    saddle_dimensions: frozenset[int] = member("dimensions of the sets of saddles in parameter space")
    families: tuple[Family, ...] = member(
        "the sets not on the boundary of larger ones; those of minima first, by descending dimension", default=()
    )


def stationary_values(net: ReluNetwork) -> list[StationaryValue]:
    """Return the values of the loss at all points of gradient 0, with relu'(0) = 0, ascending, by exact enumeration.

    ``stationary_levels`` lists the values of local minima: those with ``n_minima`` above 0 here, and those of minima
    at kinks where this gradient is not 0. The floats of inputs and targets are treated as exact rationals.

    Raises
    ------
    ValueError
        If there are more cells than ``landscape.exact.local_minima.CELL_LIMIT``. Three units on four samples take
        half a minute.

    Examples
    --------
    >>> from landscape import xor
    >>> for found in stationary_values(xor.network()):
    ...     print(found.value, found.n_minima, found.n_saddles)
    0 524 0
    1/8 288 192
    1/6 480 1088
    1/4 100 1925
    """
    return list(_values(net))


@lru_cache(maxsize=16)
def _values(net: ReluNetwork) -> tuple[StationaryValue, ...]:
    by_value: dict[Fraction, list[StationaryFace]] = {}
    for face in stationary_faces(net):
        by_value.setdefault(face.value, []).append(face)
    found = []
    for value, faces in sorted(by_value.items()):
        minima = [face for face in faces if face.is_minimum]
        saddles = [face for face in faces if not face.is_minimum]
        found.append(
            StationaryValue(
                value=value,
                outputs=frozenset(face.outputs for face in faces),
                n_minima=sum(unit_orders(face.sides) for face in minima),
                n_saddles=sum(unit_orders(face.sides) for face in saddles),
                minimum_dimensions=frozenset(face.dimension for face in minima),
                saddle_dimensions=frozenset(face.dimension for face in saddles),
                families=families(net, faces),
            )
        )
    return tuple(found)


@lru_cache(maxsize=16)
def stationary_faces(net: ReluNetwork) -> tuple[StationaryFace, ...]:
    """Return every open cell and face of ``net`` that has stationary points, listed for one order of its units."""
    geometry, found = Geometry(net), []
    is_minimal = lru_cache(maxsize=None)(partial(_is_minimal, geometry))
    idle_sides = lru_cache(maxsize=None)(partial(_idle_sides, geometry))
    parts = _live_parts(net)
    n_faces = sum(choices(len(idle_sides(rest)), net.hidden - len(live)) for live, rest in parts)
    require_affordable("stationary faces", n_faces, 8 * geometry.effort * net.hidden, 600)
    for live, rest in parts:
        missing = net.hidden - len(live)
        idle_parts: Iterable[Cell] = combinations_with_replacement(idle_sides(rest), missing) if missing else [()]
        for idle in idle_parts:
            face = StationaryFace(
                sides=tuple(sorted((*live, *idle))),
                value=rational.dot(rest, rest) / net.n_samples,
                outputs=tuple(y - x for y, x in zip(geometry.targets, rest, strict=True)),
                dimension=geometry.dimension(live) - sum(_codimension(geometry, side, rest) for side in idle),
                is_minimum=all(is_minimal(side, rest) for side in (*live, *idle)),
            )
            found.append(face)
    return tuple(found)


@lru_cache(maxsize=16)
def _live_parts(net: ReluNetwork) -> list[tuple[Cell, Vector]]:
    """Return (faces of live units that attain their fit, targets minus fit)."""
    geometry, found = Geometry(net), []
    inactive = Side((-1,) * net.n_samples, 1)
    live = [Side(face, s) for face in geometry.plane.faces if max(face) > 0 for s in (-1, 1)]
    require_few_cells(net, "enumerated")
    n_parts = sum(choices(len(live), count) for count in range(1, net.hidden + 1))
    require_affordable("faces of live units", n_parts, 8 * geometry.effort * net.hidden)
    fits = cell_fits(net)
    places: dict[frozenset[Side], Place] = {}
    for count in range(net.hidden + 1):
        for part in combinations_with_replacement(live, count):
            open_sides = [Side(_without_kinks(side.signs), side.output) for side in part]
            fit = fits[(*open_sides, *[inactive] * (net.hidden - count))]
            if fit.place == Place.OUTSIDE:
                continue
            key = frozenset(part)
            if key not in places:
                places[key] = geometry.place(key, fit.outputs)
            if places[key] == Place.INSIDE:
                found.append((part, tuple(y - o for y, o in zip(geometry.targets, fit.outputs, strict=True))))
    return found


def _without_kinks(face: Signs) -> Signs:
    """Return the pattern in which samples at a kink are inactive, since relu'(0) = 0."""
    return tuple(1 if s > 0 else -1 for s in face)


def _idle_sides(geometry: Geometry, rest: Vector) -> list[Side]:
    """Return the sides on which a unit that contributes nothing to the outputs can have gradient 0."""
    inactive = [Side(face, s) for face in geometry.plane.faces if max(face) <= 0 for s in (-1, 1)]
    slopes = {face: geometry.slopes(face, rest) for face in geometry.plane.faces}
    muted = [Side(face, 0) for face, on_rays in slopes.items() if not any(on_rays) or min(on_rays) < 0 < max(on_rays)]
    return inactive + muted


def _codimension(geometry: Geometry, side: Side, rest: Vector) -> int:
    """Return the codimension of the set of weights for which an idle unit is on this side and has gradient 0."""
    equations = (side.output == 0) + any(geometry.slopes(side.signs, rest))
    return geometry.freedom((1,) * len(rest)) - geometry.freedom(side.signs) + equations


def _is_minimal(geometry: Geometry, side: Side, rest: Vector) -> bool:
    outputs = (side.output,) if side.output else (-1, 1)
    return all(geometry.is_minimal(Side(side.signs, s), rest) for s in outputs)
