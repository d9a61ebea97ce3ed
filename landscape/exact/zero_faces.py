"""The closed cells that hold all zeros of the loss, none larger than it must be.

A zero with p_u = |v_u| > 0 in every unit lies in a closed cell, one pattern and output sign per unit, and there the
outputs are linear in b2 and g_u = p_u (w_u, b_u), which lies in the pattern's cone. Where the targets lie on the
boundary of the outputs that the cell can produce, all its zeros lie in one face of it: rays whose coefficient is 0 in
each of them are left out (facial reduction). The targets are then inside of what the face can produce, so that dual
bounds of the distance to its zeros are attained.

A zero with v_u = 0 mutes unit u, whose weights are then free: the other units solve the task alone.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations, product

from landscape.exact import rational
from landscape.exact.activation_regions import Arrangement, Side, Signs, arrangement, is_face
from landscape.exact.local_minima import Cell, cell_fits
from landscape.exact.rational import Place, Vector
from landscape.networks.relu import ReluNetwork

MUTED = Side((), 0)
"""A unit with output weight 0, whatever its weights are."""


@lru_cache(maxsize=16)
def zero_faces(net: ReluNetwork) -> tuple[Cell, ...]:
    """Return closed cells, or faces of them, that together are all zeros' homes; none lies in another.

    A side's sign vector may have zeros here: the face where these pre-activations are 0.

    Examples
    --------
    >>> from landscape import xor
    >>> len(zero_faces(xor.network())), len(zero_faces(xor.network(hidden=1)))
    (136, 0)
    """
    found: set[Cell] = set()
    for loud in range(net.hidden + 1):
        for units in combinations(range(net.hidden), loud):
            for cell in _solving(net, loud):
                sides = iter(cell)
                found.add(tuple(next(sides) if u in units else MUTED for u in range(net.hidden)))
    faces = arrangement(net.inputs).faces
    around = {face: [other for other in faces if is_face(face, other)] for face in faces}
    return tuple(sorted(cell for cell in found if not _is_part(cell, found, around)))


@lru_cache(maxsize=64)
def _solving(net: ReluNetwork, units: int) -> frozenset[Cell]:
    """Return the closed cells of a network with this many units, none of them muted, reduced to what zeros need."""
    if units == 0:
        return frozenset({()} if (net.targets == net.targets[0]).all() else ())
    plane, targets = arrangement(net.inputs), rational.rational(net.targets)[0]
    found: set[Cell] = set()
    for cell, fit in cell_fits(ReluNetwork(net.inputs, net.targets, hidden=units)).items():
        if not fit.value and fit.place == Place.INSIDE:
            found.add(cell)
        elif not fit.value and fit.place == Place.BOUNDARY and cell == tuple(sorted(cell)):
            found.update(permutations(_reduced(cell, targets, plane)))
    return frozenset(found)


def _reduced(cell: Cell, targets: Vector, plane: Arrangement) -> Cell:
    """Return the smallest face of a closed cell that all its zeros lie in."""
    rays = [(u, ray) for u, side in enumerate(cell) for ray in plane.rays_of(side.signs)]
    images = [tuple(cell[u].output * max(x, 0) for x in ray) for u, ray in rays]
    able = rational.usable([*images, (1,) * len(targets), (-1,) * len(targets)], targets)
    faces = [[0] * len(targets) for _ in cell]
    for (u, ray), image, used in zip(rays, images, able, strict=False):
        if used or not any(image):
            faces[u] = [f or (x > 0) - (x < 0) for f, x in zip(faces[u], ray, strict=True)]
    return tuple(Side(tuple(face), side.output) for face, side in zip(faces, cell, strict=True))


def _is_part(cell: Cell, cells: set[Cell], around: dict[Signs, list[Signs]]) -> bool:
    """Return whether a cell lies in another one of ``cells``; ``around`` has the faces that each face is part of."""
    larger = [[Side(s, side.output) for s in around[side.signs]] if side.output else [side] for side in cell]
    return any(other in cells and other != cell for other in product(*larger))
