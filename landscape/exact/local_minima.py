r"""All local minima of the ReLU network on its data, as exact rationals, and why none is missing.

Why the list is complete
------------------------
Take theta with all output weights non-zero, write s_u for their signs and g_u = |v_u| (w_u, b_u).
While every unit keeps its pattern A_u the outputs are linear in (b2, g_1, .., g_h),

    o_i = b2 + sum_u s_u [i in A_u] (x_i, 1) . g_u,

so on a *closed* cell the loss is a convex quadratic over a polyhedral cone. Hence

1. theta is a local minimum iff it minimizes the loss over each closed cell that it lies in, and for that
   the derivatives along the rays of these cells decide;
2. inside an open cell this means that the outputs are the least-squares fit of the targets on
   span{1, affine functions restricted to A_1, .., A_h}; all of them together are a set of dimension
   n - (rank of that span), since the outputs, as functions of theta, have that rank there;
3. on a face, where some pre-activations are 0, the outputs are the fit on the smaller span that the
   face leaves, and every ray of an adjoining cell must not descend;
4. a unit with v_u = 0 adds nothing to first order in anything but v_u, whose derivative must vanish for all
   (w_u, b_u) nearby; then switching the unit off (a pattern that always exists) leaves a local
   minimum of the same value. So v = 0 brings no new value.

The faces are finitely many. Each is decided by comparing rational numbers: an orthogonal projection, the
signs of some scalar products, and whether the fit lies in the relative interior of the cone of outputs
that the cell or face can produce (a small linear programme in whole numbers). No rounding, no tolerance.

References
----------
Liu: Understanding the loss landscape of one-hidden-layer ReLU networks (2020), arXiv:2002.04763, for
minima of cells as convex quadratics.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement, product
from math import factorial, prod

from landscape.exact import rational
from landscape.exact.activation_regions import Arrangement, Side, Signs, arrangement, is_face, n_cells, sides
from landscape.exact.rational import Place, Vector
from landscape.networks.relu import ReluNetwork, require_relu_network

CELL_LIMIT = 100_000
"""Cells beyond which enumeration is refused, some seconds of work: three units on four samples pass, four do not."""

Cell = tuple[Side, ...]
"""One side for every unit."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """All local minima of one value.

    value : Fraction    the loss there
    dimensions : dimensions of these sets of minima in parameter space
    n_cells : number of open cells that contain some
    outputs : the network's outputs there, as far as they differ
    n_faces : number of faces of cells, where some unit has a kink, with minima of this value in their interior;
        not counted, None, for the value 0, where every solution is a minimum
    """

    value: Fraction
    dimensions: frozenset[int]
    n_cells: int
    outputs: frozenset[Vector]
    n_faces: int | None


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The least-squares fit in one open cell and whether the cell attains it.

    value : the loss of the fit
    outputs : the fit
    rank : dimension of the span that the cell's outputs lie in
    place : where the fit lies in the closed cone of outputs that the cell can produce
    """

    value: Fraction
    outputs: Vector
    rank: int
    place: Place


def stationary_levels(net: ReluNetwork) -> list[Level]:
    """Return the values of all local minima of ``net`` on its data, ascending, found by exact enumeration.

    Inputs and targets are taken as the rationals that their floats are. 0.1, 0.2, 0.3 are not quite equally spaced, so
    levels that are one for 1, 2, 3 come out as several that differ in the 17th digit: give inputs in units in which
    they are whole, or short in binary. Levels do not depend on the units of the inputs. Targets may be any.

    Examples
    --------
    >>> from landscape import xor
    >>> [str(level.value) for level in stationary_levels(xor.network())]
    ['0', '1/8', '1/6', '1/4']
    """
    require_relu_network(net)
    return list(_levels(net))


@lru_cache(maxsize=16)
def _levels(net: ReluNetwork) -> tuple[Level, ...]:
    n = net.n_parameters
    attained = [fit for fit in cell_fits(net).values() if fit.place == Place.INSIDE]
    faces = kinked_minima(net)
    found = []
    for value in sorted({fit.value for fit in attained} | {value for value, _, _ in faces}):
        inside = [fit for fit in attained if fit.value == value]
        kinked = {key: count for key, count in faces.items() if key[0] == value}
        level = Level(
            value=value,
            dimensions=frozenset(n - fit.rank for fit in inside) or frozenset(d for _, _, d in kinked),
            n_cells=len(inside),
            outputs=frozenset(fit.outputs for fit in inside) | {outputs for _, outputs, _ in kinked},
            n_faces=sum(kinked.values()) if value else None,
        )
        found.append(level)
    return tuple(found)


@lru_cache(maxsize=16)
def cell_fits(net: ReluNetwork) -> dict[Cell, Fit]:
    """Return the fit of every open cell, keyed by one side per unit.

    Raises
    ------
    ValueError
        When there are more cells than ``CELL_LIMIT``: enumeration ends there.
    """
    if n_cells(net) > CELL_LIMIT:
        raise ValueError(
            f"net must have at most {CELL_LIMIT} cells to be enumerated; got {n_cells(net)} "
            f"({net.hidden} hidden units, {net.n_samples} samples), use fewer units"
        )
    geometry = Geometry(net)
    every = sides(net)
    fits: dict[frozenset[Side], Fit] = {}
    for cell in combinations_with_replacement(every, net.hidden):
        key = geometry.key(cell)
        if key not in fits:
            rest, rank = geometry.rest(frozenset(side.signs for side in key))
            fits[key] = Fit(
                value=rational.dot(rest, rest) / net.n_samples,
                outputs=_minus(geometry.targets, rest),
                rank=rank,
                place=geometry.place(key, _minus(geometry.targets, rest)),
            )
    return {cell: fits[geometry.key(cell)] for cell in product(every, repeat=net.hidden)}


@lru_cache(maxsize=16)
def kinked_minima(net: ReluNetwork) -> Counter[tuple[Fraction, Vector, int]]:
    """Return how many faces have local minima in their interior, by value, outputs and dimension.

    A face fixes for every unit a sign vector, in one at least with zeros, and an output sign. For
    each remainder r = targets - fit that any face can leave, the sides that do not descend are
    collected once, so only combinations of those are tried. r = 0 (the solutions) is left out when an open
    cell attains it.
    """
    geometry = Geometry(net)
    plane = geometry.plane
    spans = {geometry.span(face): face for face in plane.faces}.values()
    rests = {geometry.rest(frozenset(faces))[0] for faces in combinations_with_replacement(spans, net.hidden)}
    if any(not fit.value and fit.place == Place.INSIDE for fit in cell_fits(net).values()):
        rests = {rest for rest in rests if any(rest)}
    found: Counter[tuple[Fraction, Vector, int]] = Counter()
    for rest in rests:
        value, outputs = rational.dot(rest, rest) / net.n_samples, _minus(geometry.targets, rest)
        flat = [Side(f, s) for f in plane.faces for s in (-1, 1) if geometry.is_minimal(Side(f, s), rest)]
        places: dict[frozenset[Side], Place] = {}
        for face in combinations_with_replacement(flat, net.hidden):
            if all(all(side.signs) for side in face):
                continue
            key = geometry.key(face)
            if key not in places:
                places[key] = geometry.place(key, outputs)
            if places[key] == Place.INSIDE:
                found[value, outputs, geometry.dimension(face)] += orders(face)
    return found


class Geometry:
    """What the enumeration asks of the data, with every answer kept."""

    def __init__(self, net: ReluNetwork) -> None:
        self.plane: Arrangement = arrangement(net.inputs)
        self.targets: Vector = rational.rational(net.targets)[0]
        self.n_parameters = net.n_parameters
        self._spans: dict[Signs, tuple[Vector, ...]] = {}
        self._rests: dict[frozenset[tuple[Vector, ...]], tuple[Vector, int]] = {}
        self._freedoms: dict[Signs, int] = {}
        self._images = {face: self._image(face) for face in self.plane.faces}

    def _image(self, face: Signs) -> tuple[tuple[int, ...], ...]:
        return tuple(_relu(ray) for ray in self.plane.rays_of(face) if any(_relu(ray)))

    def key(self, cell: Cell) -> frozenset[Side]:
        """Return the sides that reach the outputs at all: what fit and place depend on."""
        return frozenset(side for side in cell if self._images[side.signs])

    def span(self, face: Signs) -> tuple[Vector, ...]:
        """Return a basis of the outputs that a unit on ``face`` can contribute, in reduced form."""
        if face not in self._spans:
            self._spans[face] = rational.row_reduce([tuple(map(Fraction, image)) for image in self._images[face]])
        return self._spans[face]

    def rest(self, faces: frozenset[Signs]) -> tuple[Vector, int]:
        """Return targets minus their fit, and the rank of the span, when units are on ``faces``."""
        key = frozenset(self.span(face) for face in faces)
        if key not in self._rests:
            ones = (Fraction(1),) * len(self.targets)
            basis = rational.row_reduce([ones, *(row for span in key for row in span)])
            self._rests[key] = rational.remainder(self.targets, basis), len(basis)
        return self._rests[key]

    def place(self, cell: frozenset[Side], outputs: Vector) -> Place:
        """Return where ``outputs`` lies in the cone {b2 + sum_u s_u relu(z_u)} of a cell or face."""
        one = (1,) * len(outputs)
        rays = [tuple(side.output * x for x in image) for side in sorted(cell) for image in self._images[side.signs]]
        return rational.place_in_cone([one, tuple(-x for x in one), *rays], outputs)

    def is_minimal(self, side: Side, rest: Vector) -> bool:
        """Return whether, with residual -``rest``, no direction of a unit on this side descends to first order.

        Along a ray with contribution a = s relu(ray) the loss changes by -(2/m) rest . a.
        """
        if any(self.slopes(side.signs, rest)):
            return False
        around = (face for face in self.plane.patterns() if is_face(side.signs, face))
        rays = {image for face in around for image in self._images[face]}
        return all(side.output * rational.dot(rest, ray) <= 0 for ray in rays)

    def slopes(self, face: Signs, rest: Vector) -> list[Fraction]:
        """Return rest . relu(ray) for the rays of ``face`` on which a unit does anything."""
        return [rational.dot(rest, image) for image in self._images[face]]

    def freedom(self, face: Signs) -> int:
        """Return the dimension of the cone of ``face``, among the values on the samples."""
        if face not in self._freedoms:
            rays = [tuple(map(Fraction, ray)) for ray in self.plane.rays_of(face)]
            self._freedoms[face] = len(rational.row_reduce(rays))
        return self._freedoms[face]

    def dimension(self, face: Cell) -> int:
        """Return the dimension of the set of minima in the interior of ``face``."""
        full = self.freedom(tuple(1 for _ in self.targets))
        lost = sum(full - self.freedom(side.signs) for side in face)
        return self.n_parameters - lost - self.rest(frozenset(side.signs for side in face))[1]


def _relu(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(v, 0) for v in values)


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def orders(face: Cell) -> int:
    """Return in how many orders the units can take these sides."""
    return factorial(len(face)) // prod(factorial(count) for count in Counter(face).values())
