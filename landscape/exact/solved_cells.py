"""The cells with zeros of the loss: those around a point, and closed cells that together contain all zeros, exactly.

A zero with ``p_u = |v_u| > 0`` in every unit lies in a closed cell: one pattern and output sign per unit. There
the outputs are linear in b2 and g_u = p_u (w_u, b_u), which lies in the pattern's cone. If the targets lie on the
boundary of the set of outputs that the cell can produce, all zeros of the cell lie in one face of it: the rays whose
coefficient is 0 in each of these zeros are left out (facial reduction). Then the targets lie in the relative interior
of the set of outputs that the face can produce, so the dual bounds of the distance to its zeros are attained.

At a zero with v_u = 0 unit u is *muted*: its weights are free, and the other units alone fit the targets.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations, product
from math import prod
from typing import NamedTuple

from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.limits import require_affordable
from landscape.exact import rational
from landscape.exact.activation_regions import Arrangement, Side, Signs, arrangement, is_face, signs
from landscape.exact.families import Cell
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place, Vector
from landscape.networks.relu import ReluNetwork, require_relu_network

MUTED = Side((), 0)
"""A unit with output weight 0, whatever its weights are."""


class SolvedCell(NamedTuple):
    """An open cell that has zero-loss points arbitrarily close to a given point, in it or on its boundary.

    Parameters
    ----------
    cell : tuple of Side
        One for each unit.
    dimension : int
        Dimension of the zero-loss set in the cell.
    """

    cell: tuple[Side, ...]
    dimension: int


def solved_cells(net: ReluNetwork, theta: ArrayLike) -> list[SolvedCell]:
    """Return the open cells that contain zero-loss points arbitrarily close to the zero ``theta`` (n,).

    In a closed cell with v != 0 the outputs are linear in ``g = (b2, |v_u| (w_u, b_u))``, so its zeros form
    a convex set in g. Hence, if an open cell around theta has any zeros, the segment in g from theta to one
    of them consists, except possibly for theta itself, of zeros of the open cell. These come arbitrarily close to
    theta. There the zero-loss set is smooth, of dimension n minus the rank of the outputs' Jacobian. All of this is
    computed in rational arithmetic.

    Raises
    ------
    ValueError
        If theta has a loss above 1e-24 or an output weight of 0.

    Examples
    --------
    >>> from landscape import xor
    >>> [cell.dimension for cell in solved_cells(xor.network(), xor.TEXTBOOK)]
    [5, 5, 5, 5, 5, 5, 5, 5]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    loss, v = float(net.loss(theta)), net.unpack(theta).W2
    if loss > 1e-24:
        raise ValueError(f"theta must have zero loss; got {loss:g}, start from a solution")
    if not v.all():
        raise ValueError(f"theta must have output weights other than 0; got {v.tolist()}")
    faces = [Side(tuple(map(int, s)), 1 if w > 0 else -1) for s, w in zip(signs(net, theta).T, v, strict=True)]
    found = []
    for cell, fit in cell_fits(net).items():
        near = all(
            is_face(face.signs, side.signs) and face.output == side.output
            for face, side in zip(faces, cell, strict=True)
        )
        if near and not fit.value and fit.place == Place.INSIDE:
            found.append(SolvedCell(cell, net.n_parameters - fit.rank))
    return found


@lru_cache(maxsize=16)
def zero_faces(net: ReluNetwork) -> tuple[Cell, ...]:
    """Return closed cells, or faces of them, that together contain all zeros; none lies in another.

    The sign vector of a side may have zeros here, which stand for the face where these pre-activations are 0.

    >>> from landscape import xor
    >>> len(zero_faces(xor.network())), len(zero_faces(xor.network(hidden=1)))
    (136, 0)
    """
    found: set[Cell] = set()
    for n_unmuted in range(net.hidden + 1):
        for units in combinations(range(net.hidden), n_unmuted):
            for cell in _unmuted_faces(net, n_unmuted):
                side_of = dict(zip(units, cell, strict=True))
                found.add(tuple(side_of.get(u, MUTED) for u in range(net.hidden)))
    faces = arrangement(net.inputs).faces
    require_affordable("pairs of sign vectors", len(faces) ** 2, 0.1 * net.n_samples)
    around = {face: [other for other in faces if is_face(face, other)] for face in faces}
    n_around = sum(prod(len(around.get(side.signs, ())) or 1 for side in cell) for cell in found)
    require_affordable("pairs of a face and one around it", n_around, 0.5 * net.n_samples)
    return tuple(sorted(cell for cell in found if not _is_part(cell, found, around)))


@lru_cache(maxsize=64)
def _unmuted_faces(net: ReluNetwork, units: int) -> frozenset[Cell]:
    """Return the closed cells with zeros of a network with this many units, none muted, reduced to smallest faces."""
    if units == 0:
        return frozenset({()} if (net.targets == net.targets[0]).all() else ())
    plane, targets = arrangement(net.inputs), rational.rational(net.targets)[0]
    fits = cell_fits(ReluNetwork(net.inputs, net.targets, hidden=units))
    n_boundary = sum(not fit.value and fit.place == Place.BOUNDARY for fit in fits.values())
    require_affordable("cells with zeros on their boundary", n_boundary, 20 * net.n_samples * len(plane.rays))
    found: set[Cell] = set()
    for cell, fit in fits.items():
        if not fit.value and fit.place == Place.INSIDE:
            found.add(cell)
        elif not fit.value and fit.place == Place.BOUNDARY and cell == tuple(sorted(cell)):
            found.update(permutations(_reduced(cell, targets, plane)))  # all orders of the units at once
    return frozenset(found)


def _reduced(cell: Cell, targets: Vector, plane: Arrangement) -> Cell:
    """Return the smallest face of a closed cell that contains all its zeros."""
    rays = [(u, ray) for u, side in enumerate(cell) for ray in plane.rays_of(side.signs)]
    images = [tuple(cell[u].output * max(x, 0) for x in ray) for u, ray in rays]
    is_used = rational.usable([*images, (1,) * len(targets), (-1,) * len(targets)], targets)
    faces = [[0] * len(targets) for _ in cell]
    for (u, ray), image, used in zip(rays, images, is_used, strict=False):
        if used or not any(image):
            faces[u] = [f or (x > 0) - (x < 0) for f, x in zip(faces[u], ray, strict=True)]
    return tuple(Side(tuple(face), side.output) for face, side in zip(faces, cell, strict=True))


def _is_part(cell: Cell, cells: set[Cell], around: dict[Signs, list[Signs]]) -> bool:
    """Return whether a cell lies in another of ``cells``; ``around`` maps each face to the faces that contain it."""
    larger = [[Side(s, side.output) for s in around[side.signs]] if side.output else [side] for side in cell]
    return any(other in cells and other != cell for other in product(*larger))
