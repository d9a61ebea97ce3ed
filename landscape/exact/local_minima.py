r"""All local minima of the ReLU network on its data, as exact rationals, with a proof that none is missing.

Why the list is complete
------------------------
Take a theta whose output weights are all non-zero. Write s_u for their signs and ``g_u = |v_u| (w_u, b_u)``.
As long as every unit keeps its pattern A_u, the outputs are linear in (b2, g_1, .., g_h)::

    o_i = b2 + sum_u s_u [i in A_u] (x_i, 1) . g_u,

so on a *closed* cell the loss is a convex quadratic over a polyhedral cone. Hence

1. theta is a local minimum iff it minimizes the loss over each closed cell that contains it. The derivatives
   along the rays of these cells decide this.
2. Inside an open cell this means that the outputs are the least-squares fit of the targets on
   span{1, affine functions restricted to A_1, .., A_h}. These minima form a set of dimension
   n - (rank of that span), since the outputs, as functions of theta, have that rank there.
3. On a face, where some pre-activations are 0, the outputs are the fit on the smaller span that remains on the
   face, and the loss must not decrease along any ray of an adjoining cell.
4. If v_u = 0, the outputs depend on unit u to first order only through v_u. The derivative with respect to v_u must
   vanish for all (w_u, b_u) nearby. Conversely, theta is then a local minimum if the other units satisfy the
   conditions above. Making such a unit inactive on all samples (a pattern that always exists) gives a local minimum of
   the same value. So v_u = 0 adds no new value, but it adds families: if the unit is active on some samples and v_u = 0
   is the only output weight that gives these outputs, its weights (w_u, b_u) are free.

All local minima near a local minimum have its outputs. So the minima of one value form *families*: the sets on which
a cell or a face gives these outputs, each with its dimension, apart from those sets that are the boundary of a larger
one. They lie in open cells, where some v_u is 0, or at kinks.

There are finitely many cells and faces. Each is decided by comparing rational numbers: an orthogonal projection, the
signs of some scalar products, and whether the fit lies in the relative interior of the cone of outputs that the cell or
face can produce (a small linear programme in integers). Nothing is rounded, and there is no tolerance.

References
----------
Liu: Understanding the loss landscape of one-hidden-layer ReLU networks (2020), arXiv:2002.04763, for
minima of convex quadratics on cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement, product
from operator import mul

from landscape.base.limits import TooLargeError, choices, require_affordable
from landscape.base.results import Result, member
from landscape.base.wording import whole_number
from landscape.exact import rational
from landscape.exact.activation_regions import Arrangement, Side, Signs, arrangement, is_face, n_cells, sides
from landscape.exact.families import Cell, Family, StationaryFace, families, unit_orders
from landscape.exact.rational import Place, Vector
from landscape.networks.relu import ReluNetwork, require_relu_network

CELL_LIMIT = 100_000
"""Largest number of cells that are enumerated, in some seconds: three units on four samples pass, four do not."""


@dataclass(frozen=True, kw_only=True)
class Level(Result):
    """All local minima with the same value."""

    value: Fraction = member("the loss there")
    dimensions: frozenset[int] = member("dimensions of the families in parameter space")
    n_cells: int = member("number of open cells that contain such minima")
    outputs: frozenset[Vector] = member("the distinct outputs of the network there")
    n_faces: int | None = member(
        "number of faces of cells, where some unit has a kink, with minima of this value in their interior; None "
        "(not counted) for the value 0, where every solution is a minimum"
    )
    families: tuple[Family, ...] = member(
        "the sets that these minima form, the highest dimension first; empty in files of version 0.2", default=()
    )


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The least-squares fit in one open cell and whether the cell attains it."""

    value: Fraction  # the loss of the fit
    outputs: Vector  # the fit
    rank: int  # dimension of the span that the cell's outputs lie in
    place: Place  # where the fit lies in the closed cone of outputs that the cell can produce


def stationary_levels(net: ReluNetwork) -> list[Level]:
    """Return the values of all local minima of ``net`` on its data, ascending, found by exact enumeration.

    The floats of inputs and targets are treated as exact rationals. The floats 0.1, 0.2, 0.3 are not exactly equally
    spaced, so what is a single level for the inputs 1, 2, 3 becomes several levels that differ in the 17th digit.
    Choose units in which the inputs are integers or have short binary expansions; the levels do not depend on the
    units of the inputs. Targets may have any values.

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
    require_few_cells(net, "enumerated")
    _faces_with_distinct_spans(net)  # refuses what would take too long, before the cells are enumerated
    minima = [*_minima_in_cells(net), *minima_on_faces(net)]
    found = []
    for value in sorted({minimum.value for minimum in minima}):
        here = [minimum for minimum in minima if minimum.value == value]
        kinked = [minimum for minimum in here if minimum.kind == "kink"]
        sets = families(net, here)
        level = Level(
            value=value,
            dimensions=frozenset(family.dimension for family in sets),
            n_cells=sum(unit_orders(minimum.sides) for minimum in here if minimum.kind == "cell"),
            outputs=frozenset(minimum.outputs for minimum in here),
            n_faces=sum(unit_orders(minimum.sides) for minimum in kinked) if value else None,
            families=sets,
        )
        found.append(level)
    return tuple(found)


def _minima_in_cells(net: ReluNetwork) -> Iterator[StationaryFace]:
    for cell, fit in cell_fits(net).items():
        if fit.place == Place.INSIDE and tuple(sorted(cell)) == cell:
            yield StationaryFace(
                sides=cell,
                value=fit.value,
                outputs=fit.outputs,
                dimension=net.n_parameters - fit.rank,
                is_minimum=True,
            )


def require_few_cells(net: ReluNetwork, to_be: str) -> None:
    """Refuse networks with more than ``CELL_LIMIT`` cells."""
    if n_cells(net) > CELL_LIMIT:
        raise TooLargeError(
            f"net must have at most {CELL_LIMIT} cells to be {to_be}; got {whole_number(n_cells(net))} "
            f"({net.hidden} hidden units, {net.n_samples} samples), use fewer units"
        )


@lru_cache(maxsize=16)
def cell_fits(net: ReluNetwork) -> dict[Cell, Fit]:
    """Return the fit of every open cell, keyed by one side per unit; ValueError for more than ``CELL_LIMIT`` cells."""
    require_few_cells(net, "enumerated")
    geometry = Geometry(net)
    every = sides(net)
    require_affordable("cells", choices(len(every), net.hidden), 60 * geometry.effort * net.hidden)
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
def minima_on_faces(net: ReluNetwork) -> tuple[StationaryFace, ...]:
    """Return the local minima where some unit has a kink or an output weight 0.

    For each remainder r = targets - fit that some face can leave, the sides on which a unit cannot descend are
    collected once, so only combinations of those are tried. At r = 0 (the solutions), kinks are skipped if an open cell
    attains it. A unit with output weight 0 and a kink, or one that is inactive on all samples, is on the boundary of
    sets with more freedom, and is skipped, too.
    """
    geometry, sides_for = Geometry(net), _sides_without_descent(net)
    n_faces = sum(choices(len(of_unit), net.hidden) for of_unit in sides_for.values())
    require_affordable("faces", n_faces, 10 * geometry.effort * net.hidden, 500)
    found = []
    for rest, of_unit in sides_for.items():
        value, outputs = rational.dot(rest, rest) / net.n_samples, _minus(geometry.targets, rest)
        places: dict[frozenset[Side], Place] = {}
        for face in combinations_with_replacement(of_unit, net.hidden):
            if all(side.output and all(side.signs) for side in face):  # an open cell
                continue
            key = geometry.key(face)
            if key not in places:
                places[key] = geometry.place(key, outputs)
            if places[key] == Place.INSIDE:
                dimension = geometry.dimension(face)
                minima = StationaryFace(sides=face, value=value, outputs=outputs, dimension=dimension, is_minimum=True)
                found.append(minima)
    return tuple(found)


@lru_cache(maxsize=16)
def _sides_without_descent(net: ReluNetwork) -> dict[Vector, list[Side]]:
    """Return the sides on which a unit cannot descend, for each remainder that some face can leave."""
    geometry = Geometry(net)
    solved = any(not fit.value and fit.place == Place.INSIDE for fit in cell_fits(net).values())
    plane = geometry.plane
    spans = _faces_with_distinct_spans(net)
    rests = {geometry.rest(frozenset(faces))[0] for faces in combinations_with_replacement(spans, net.hidden)}
    found = {}
    for rest in rests:
        whole = rational.primitive(rest)  # only signs matter, and integers are faster
        faces = plane.patterns() if solved and not any(rest) else plane.faces
        minimal = [Side(f, s) for f in faces for s in (-1, 1) if geometry.is_minimal(Side(f, s), whole)]
        idle = [Side(f, 0) for f in plane.patterns() if max(f) > 0 and not any(geometry.slopes(f, whole))]
        found[rest] = sorted([*minimal, *idle])
    return found


@lru_cache(maxsize=16)
def _faces_with_distinct_spans(net: ReluNetwork) -> tuple[Signs, ...]:
    """Return one face for each span of outputs; refuse to go on if their fits have too many slopes to compute."""
    geometry = Geometry(net)
    spans = {geometry.span(face): face for face in geometry.plane.faces}.values()
    n_fits = choices(len(spans), net.hidden)
    require_affordable("fits on faces", n_fits, 60 * geometry.effort * net.hidden)
    require_affordable("slopes", n_fits * len(geometry.plane.faces), 3 * geometry.effort)
    return tuple(spans)


class Geometry:
    """The geometry of the data that the enumeration needs; results are cached."""

    def __init__(self, net: ReluNetwork) -> None:
        self.plane: Arrangement = arrangement(net.inputs)
        self.targets: Vector = rational.rational(net.targets)[0]
        self.n_parameters = net.n_parameters
        self._spans: dict[Signs, tuple[Vector, ...]] = {}
        self._rests: dict[frozenset[tuple[Vector, ...]], tuple[Vector, int]] = {}
        self._freedoms: dict[Signs, int] = {}
        self._images = {face: self._image(face) for face in self.plane.faces}

        self._rays_around: dict[Signs, set[tuple[int, ...]]] = {}

    @property
    def effort(self) -> float:
        """The cost of an operation on vectors of one entry per sample, which grows with the length of the integers."""
        bits = max(abs(x).bit_length() for ray in self.plane.rays.values() for x in ray)
        return len(self.targets) * (1 + bits / 64)

    def _image(self, face: Signs) -> tuple[tuple[int, ...], ...]:
        return tuple(_relu(ray) for ray in self.plane.rays_of(face) if any(_relu(ray)))

    def key(self, cell: Cell) -> frozenset[Side]:
        """Return the sides that contribute to the outputs; fit and place depend only on these."""
        return frozenset(side for side in cell if side.output and self._images[side.signs])

    def span(self, face: Signs) -> tuple[Vector, ...]:
        """Return a basis of the outputs that a unit on ``face`` can contribute, in reduced form."""
        if face not in self._spans:
            self._spans[face] = rational.row_reduce([tuple(map(Fraction, image)) for image in self._images[face]])
        return self._spans[face]

    def rest(self, faces: frozenset[Signs]) -> tuple[Vector, int]:
        """Return targets minus their fit, and the rank of the span, for units on ``faces``."""
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

    def is_minimal(self, side: Side, rest: Sequence[Fraction | int]) -> bool:
        """Return whether, for the residual -``rest``, a unit on this side has no descent direction to first order.

        ``rest`` may be multiplied by a positive number.
        Along a ray with contribution a = s relu(ray), the loss changes at the rate -(2/m) rest . a.
        """
        if any(self.slopes(side.signs, rest)):
            return False
        if side.signs not in self._rays_around:
            around = [face for face in self.plane.patterns() if is_face(side.signs, face)]
            self._rays_around[side.signs] = {image for face in around for image in self._images[face]}
        return all(side.output * _scalar_product(rest, ray) <= 0 for ray in self._rays_around[side.signs])

    def slopes(self, face: Signs, rest: Sequence[Fraction | int]) -> list[Fraction | int]:
        """Return rest . relu(ray) for the rays of ``face`` with relu(ray) != 0."""
        return [_scalar_product(rest, image) for image in self._images[face]]

    def freedom(self, face: Signs) -> int:
        """Return the dimension of the cone of ``face``, in the space of values on the samples."""
        if face not in self._freedoms:
            rays = [tuple(map(Fraction, ray)) for ray in self.plane.rays_of(face)]
            self._freedoms[face] = len(rational.row_reduce(rays))
        return self._freedoms[face]

    def dimension(self, face: Cell) -> int:
        """Return the dimension of the set of minima in the interior of ``face``."""
        full = self.freedom(tuple(1 for _ in self.targets))
        codimension = sum(full - self.freedom(side.signs) for side in face)
        contributing = [side.signs for side in face if side.output]
        _, rank = self.rest(frozenset(contributing))
        return self.n_parameters - codimension - rank - (len(face) - len(contributing))


def _scalar_product(a: Sequence[Fraction | int], b: Sequence[int]) -> Fraction | int:
    products: Iterator[Fraction | int] = map(mul, a, b)
    return sum(products)


def _relu(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(v, 0) for v in values)


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))
