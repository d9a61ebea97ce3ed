"""Families: the sets of stationary points with one value of the loss, each with its dimension.

The stationary points of a cell or face that have the same outputs form one set. The set is left out if it is part of
the boundary of a larger one, that is, if a cell or face with this one in its closure has a set with the same outputs
and a higher dimension. The sets that remain, grouped by kind, are the families: sets in open cells, on faces with an
output weight v_u = 0, and at kinks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial, prod

from landscape.base.limits import require_affordable
from landscape.exact.activation_regions import Side, Signs, arrangement, is_face
from landscape.exact.rational import Vector
from landscape.networks.relu import ReluNetwork

Cell = tuple[Side, ...]
"""A cell or a face: one side for every unit."""


@dataclass(frozen=True, kw_only=True)
class StationaryFace:
    """A set of stationary points on one open cell or face.

    Parameters
    ----------
    sides : tuple of Side
        For every unit, its sign vector, in which 0 is a kink, and the sign of its output weight v_u. Faces that
        differ only in the order of the units are listed once.
    value : Fraction
        The loss.
    outputs : tuple of Fraction
        The network's outputs.
    dimension : int
        Dimension of the set in parameter space.
    is_minimum : bool
        Whether its points are local minima; else they are saddles.
    """

    sides: Cell
    value: Fraction
    outputs: Vector
    dimension: int
    is_minimum: bool

    @property
    def kind(self) -> str:
        """The kind of :class:`Family` that the set belongs to."""
        if any(side.output == 0 for side in self.sides):
            return "zero weight"
        return "kink" if any(0 in side.signs for side in self.sides) else "cell"


@dataclass(frozen=True, kw_only=True)
class Family:
    """Sets of stationary points of one value, dimension and kind, none of which is the boundary of a larger one.

    Parameters
    ----------
    kind : str
        ``cell`` (open cells, all output weights non-zero), ``zero weight`` (some output weight 0) or ``kink`` (some
        pre-activation 0, all output weights non-zero).
    dimension : int
        Dimension of each set in parameter space.
    is_minimum : bool
        Whether the points are local minima; else they are saddles.
    n_sets : int
        Number of cells or faces with such a set; sets of different cells may be connected.
    sides : tuple of (signs, output)
        One of these cells or faces: sign vector and sign of the output weight for every unit.
    """

    kind: str
    dimension: int
    is_minimum: bool
    n_sets: int
    sides: tuple[tuple[Signs, int], ...]

    def __str__(self) -> str:
        text = f"{self.dimension}-dim. {self.kind} x {self.n_sets}"
        return text if self.is_minimum else f"({text})"


def families(net: ReluNetwork, faces: Iterable[StationaryFace]) -> tuple[Family, ...]:
    """Return the families of stationary points: those of minima first, each group by descending dimension.

    Parameters
    ----------
    net : ReluNetwork
    faces : iterable of StationaryFace
        All cells and faces with stationary points of one value.
    """
    faces = list(faces)
    dimensions = {(face.sides, face.outputs): face.dimension for face in faces}
    sign_vectors = arrangement(net.inputs).faces

    @cache
    def sides_around(side: Side) -> list[Side]:
        """Return the sides whose closure contains this one, including itself, those with the fewest kinks first."""
        outputs = (side.output,) if side.output else (-1, 0, 1)
        signs_around = [signs for signs in sign_vectors if is_face(side.signs, signs)]
        signs_around.sort(key=lambda signs: signs.count(0))
        return [Side(signs, output) for signs, output in product(signs_around, outputs)]

    def is_boundary(face: StationaryFace) -> bool:
        """Return whether a set with the same outputs and a higher dimension has this one in its closure."""
        faces_around = (tuple(sorted(sides)) for sides in product(*map(sides_around, face.sides)))
        return any(dimensions.get((around, face.outputs), 0) > face.dimension for around in faces_around)

    n_around = sum(prod(len(sides_around(side)) for side in face.sides) for face in faces)
    require_affordable("pairs of a face and one around it", n_around, 0.5 * net.n_samples)

    found: dict[tuple[bool, int, str], list[StationaryFace]] = {}
    for face in faces:
        if not is_boundary(face):
            found.setdefault((face.is_minimum, face.dimension, face.kind), []).append(face)
    return tuple(
        Family(
            kind=kind,
            dimension=dimension,
            is_minimum=is_minimum,
            n_sets=sum(unit_orders(face.sides) for face in sets),
            sides=tuple((side.signs, side.output) for side in sets[0].sides),
        )
        for (is_minimum, dimension, kind), sets in sorted(found.items(), reverse=True)
    )


def unit_orders(sides: Cell) -> int:
    """Return the number of distinct orders of the units, those with equal sides being interchangeable."""
    return factorial(len(sides)) // prod(factorial(count) for count in Counter(sides).values())
