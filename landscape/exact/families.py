"""Families: the sets that the stationary points of one value form, each with its dimension.

A cell or face contributes the set of those of its points at which the network has certain outputs. Such a set is left
out if it is the boundary of a larger one: if one of the cells and faces around has stationary points with the same
outputs, in more dimensions. What remains are the families. They lie in open cells, where some output weight v_u is 0,
or at kinks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial, prod

from landscape.exact.activation_regions import Side, Signs, arrangement, is_face
from landscape.exact.rational import Vector
from landscape.networks.relu import ReluNetwork

Cell = tuple[Side, ...]
"""One side for every unit."""


@dataclass(frozen=True, kw_only=True)
class StationaryFace:
    """A set of stationary points on one open cell or face.

    Parameters
    ----------
    sides : tuple of Side
        Sign vector and sign of the output weight of every unit, where 0 stands for kinks and for v_u = 0; only one
        order of the units is listed.
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
        """What a :class:`Family` of such sets is called."""
        if not all(side.output for side in self.sides):
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
        Number of cells or faces with such a set, which may be connected.
    sides : tuple of (signs, output)
        One of these cells or faces; an output of 0 stands for an output weight 0.
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
    """Return the families of stationary points, those of minima first, by descending dimension.

    Parameters
    ----------
    net : ReluNetwork
    faces : iterable of StationaryFace
        All cells and faces with stationary points of one value.
    """
    faces = list(faces)
    dimensions = {(face.sides, face.outputs): face.dimension for face in faces}
    every = arrangement(net.inputs).faces

    @cache
    def around(side: Side) -> list[Side]:
        """Return the sides whose closure contains this one, itself among them, those without kinks first."""
        outputs = (side.output,) if side.output else (-1, 0, 1)
        patterns = sorted((signs for signs in every if is_face(side.signs, signs)), key=lambda signs: signs.count(0))
        return [Side(signs, s) for signs, s in product(patterns, outputs)]

    def is_boundary(face: StationaryFace) -> bool:
        """Return whether a set with the same outputs and in more dimensions has this one in its closure."""
        cells = (tuple(sorted(sides)) for sides in product(*map(around, face.sides)))
        return any(dimensions.get((cell, face.outputs), 0) > face.dimension for cell in cells)

    found: dict[tuple[bool, int, str], list[StationaryFace]] = {}
    for face in faces:
        if not is_boundary(face):
            found.setdefault((face.is_minimum, face.dimension, face.kind), []).append(face)
    return tuple(
        Family(
            kind=kind,
            dimension=dimension,
            is_minimum=is_minimum,
            n_sets=sum(orders(face.sides) for face in sets),
            sides=tuple((side.signs, side.output) for side in sets[0].sides),
        )
        for (is_minimum, dimension, kind), sets in sorted(found.items(), reverse=True)
    )


def orders(face: Cell) -> int:
    """Return the number of distinct ways to assign these sides to the units."""
    return factorial(len(face)) // prod(factorial(count) for count in Counter(face).values())
