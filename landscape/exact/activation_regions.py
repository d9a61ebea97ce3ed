"""Activation patterns, cells, faces and kinks: where the network is smooth.

The pre-activation z = w x + b of a hidden unit is an affine function of the input. On m samples it has a *sign
vector* in {-1, 0, 1}^m. A sign vector without zeros is an activation *pattern*, and the weights that have this pattern
form an open cone. The possible sign vectors are the covectors of an oriented matroid: each is a composition::

    (F o C)_i = F_i if F_i != 0 else C_i

of *rays*. The rays are the sign vectors of those affine functions that vanish on a maximal set of samples without
vanishing on all samples. So a few rational null vectors give all patterns and all their faces exactly.

A *cell* of the whole network fixes a pattern and the sign of the output weight for every unit.
The loss is smooth there.

References
----------
Björner, Las Vergnas, Sturmfels, White, Ziegler: Oriented Matroids (1999), section 3.7.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, product
from math import comb, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.limits import TooLargeError, require_affordable
from landscape.base.results import make_read_only
from landscape.base.wording import whole_number
from landscape.exact import rational
from landscape.networks.relu import ForwardPass, ReluNetwork, require_relu_network

Signs = tuple[int, ...]
"""A sign vector: one of -1, 0, 1 for each sample."""

KINK_TOLERANCE = 1e-9
"""A pre-activation counts as 0 when |z| <= KINK_TOLERANCE ||(w, b)|| ||(x, 1)||."""

CONE_LIMIT = 20_000
"""Largest number of open regions at one point that :func:`patterns_around` lists."""


class Side(NamedTuple):
    """One unit's part of a cell or a face: its sign vector and the sign of its output weight."""

    signs: Signs
    output: int


class Arrangement(NamedTuple):
    """The sign vectors that affine functions have on given samples.

    rays : integer values on the samples of the affine functions that generate all others, keyed by sign vector
    faces : every sign vector, ascending; the patterns are those without zeros
    """

    rays: dict[Signs, tuple[int, ...]]
    faces: tuple[Signs, ...]

    def patterns(self) -> list[Signs]:
        """Return the sign vectors without zeros."""
        return [face for face in self.faces if all(face)]

    def rays_of(self, face: Signs) -> list[tuple[int, ...]]:
        """Return the values of the rays that generate the closed cone of ``face``."""
        return [values for signs, values in self.rays.items() if is_face(signs, face)]


def is_face(part: Signs, whole: Signs) -> bool:
    """Return whether the cone of ``part`` lies in the closed cone of ``whole``."""
    return all(p in (0, w) for p, w in zip(part, whole, strict=True))


def arrangement(inputs: ArrayLike) -> Arrangement:
    """Return the sign vectors that affine functions have on ``inputs`` (m, d), computed exactly.

    >>> square = arrangement([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> len(square.patterns()), len(square.rays), len(square.faces)
    (14, 12, 51)
    """
    x = checks.real_array("inputs", inputs)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"inputs must have shape (samples, features), both at least 1; got {x.shape}")
    return _arrangement(rational.rational(x))


@lru_cache(maxsize=16)
def _arrangement(inputs: tuple[rational.Vector, ...]) -> Arrangement:
    features = zip(*((*x, Fraction(1)) for x in inputs), strict=True)
    basis = rational.row_reduce(features)  # of the affine functions, each given by its values on the samples
    rank, points = len(basis), list(zip(*basis, strict=True))
    distinct = list(dict.fromkeys(points))
    _require_affordable_faces(len(distinct), rank, len(points))
    rays: dict[Signs, tuple[int, ...]] = {}
    for zeros in combinations(distinct, rank - 1):
        normal = rational.null_space(zeros, rank)
        if len(normal) == 1:
            values = rational.primitive([rational.dot(normal[0], p) for p in points])
            rays[_signs(values)] = values
            rays[_signs([-v for v in values])] = tuple(-v for v in values)
    found = {(0,) * len(inputs)}
    fresh = found
    while fresh:
        compositions = {_compose(face, ray) for face, ray in product(fresh, rays)}
        fresh = compositions - found
        found = found | fresh
    return Arrangement(rays, tuple(sorted(found)))


def _require_affordable_faces(points: int, rank: int, length: int) -> None:
    """Refuse to list the sign vectors, of ``length`` samples, if there may be too many on so many distinct points.

    The number of regions of hyperplanes in general position bounds that of all others (Cover 1965); a face lies on the
    intersection of some of them, and is a region there.
    """
    at_most = 1
    for k in range(rank):
        regions = 2 * sum(comb(points - k - 1, i) for i in range(rank - k))
        at_most += comb(points, k) * regions
    rays = 2 * comb(points, rank - 1)
    require_affordable("pairs of sign vectors", at_most * rays, 0.05 * length)
    require_affordable("sign vectors", at_most, 1.0, 200.0 + 20.0 * length)


def _compose(face: Signs, other: Signs) -> Signs:
    """Return the composition of two sign vectors: the first, with its zeros filled from the second."""
    return tuple(f or c for f, c in zip(face, other, strict=True))


def _signs(values: Iterable[int]) -> Signs:
    return tuple((v > 0) - (v < 0) for v in values)


def unit_patterns(inputs: ArrayLike) -> NDArray[np.bool_]:
    """Return every activation pattern of one unit, (patterns, m), bool: active on some samples, inactive on the others.

    Examples
    --------
    >>> len(unit_patterns([[0, 0], [0, 1], [1, 0], [1, 1]]))  # all subsets except the two diagonals
    14
    """
    return make_read_only(np.array(arrangement(inputs).patterns()) > 0)


def sides(net: ReluNetwork) -> list[Side]:
    """Return every (pattern, sign of output weight) that a unit can have."""
    return [Side(p, s) for p in arrangement(net.inputs).patterns() for s in (-1, 1)]


def n_cells(net: ReluNetwork) -> int:
    """Return the number of cells: pattern and output sign for every unit."""
    return int(len(sides(net)) ** net.hidden)


def pattern(net: ReluNetwork, theta: ArrayLike) -> NDArray[np.bool_]:
    """Return which unit is active on which sample, z > 0: (..., n) -> (..., m, h)."""
    require_relu_network(net)
    return np.asarray(net.preactivations(theta) > 0)


@norms.may_underflow
def kink_sines(net: ReluNetwork, forward: ForwardPass) -> NDArray[np.float64]:
    """Return the sine of the angle between (w, b) and each kink, z / (||(w, b)|| ||(x, 1)||): (..., m, h).

    It is 0 for a unit whose weights and bias are 0.
    """
    w = forward.weights
    largest = np.maximum(np.abs(w.W1).max(axis=-2), np.abs(w.b1))
    unit = np.where(largest > 0, largest, 1.0)  # so that squares neither overflow nor underflow
    norm = unit * np.sqrt(np.square(w.W1 / unit[..., None, :]).sum(axis=-2) + np.square(w.b1 / unit))
    scale = np.where(norm > 0, norm, 1.0)[..., None, :]
    return np.asarray(forward.preactivations / scale / _sample_lengths(net)[:, None])


@lru_cache(maxsize=16)
def _sample_lengths(net: ReluNetwork) -> NDArray[np.float64]:
    """Return ||(x, 1)|| of every sample, shape (m,)."""
    return make_read_only(np.asarray(norms.norm(np.c_[net.inputs, np.ones(net.n_samples)])))


def signs_of(sines: NDArray[np.float64], tolerance: float) -> NDArray[np.int8]:
    """Return the sign of every pre-activation, 0 where the sine of the angle to the kink is at most ``tolerance``."""
    return np.where(np.abs(sines) <= tolerance, 0, np.sign(sines)).astype(np.int8)


def signs(net: ReluNetwork, theta: ArrayLike, tolerance: float = KINK_TOLERANCE) -> NDArray[np.int8]:
    """Return the sign of every pre-activation, 0 at a kink: (..., n) -> (..., m, h)."""
    require_relu_network(net)
    return signs_of(kink_sines(net, net.forward(theta)), checks.positive("tolerance", tolerance, zero=True))


def kinks(net: ReluNetwork, theta: ArrayLike, tolerance: float = KINK_TOLERANCE) -> list[tuple[int, int]]:
    """Return the (unit, sample) pairs whose pre-activation is 0 within a relative ``tolerance``.

    Examples
    --------
    >>> from landscape import xor
    >>> kinks(xor.network(), xor.TEXTBOOK)
    [(0, 0), (1, 1), (1, 2)]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    return kinks_in(signs(net, theta, tolerance))


def kinks_in(sign: NDArray[np.int8]) -> list[tuple[int, int]]:
    """Return the (unit, sample) pairs whose pre-activation is 0, from the signs (m, h) of the pre-activations."""
    return [(int(u), int(i)) for u, i in np.argwhere(sign.T == 0)]


def patterns_around(net: ReluNetwork, theta: ArrayLike, tolerance: float = KINK_TOLERANCE) -> NDArray[np.bool_]:
    """Return the activation patterns (c, m, h) of the open regions whose closure contains ``theta`` (n,).

    A pre-activation that is not 0 keeps its sign near theta. The pre-activations of unit u that are 0 change by
    (x_i, 1) . (dw_u, db_u) in the direction (dw_u, db_u). So the signs that they can take jointly are the
    patterns that affine functions have on the samples i where unit u has a kink. These patterns are
    found exactly (:func:`unit_patterns`), and the units are independent of each other. More than ``CONE_LIMIT`` regions
    are a ValueError.

    >>> from landscape import xor
    >>> len(patterns_around(xor.network(), xor.TEXTBOOK))
    8
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    return patterns_beside(net.inputs, signs(net, theta, tolerance))


def patterns_beside(inputs: NDArray[np.float64], sign: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return these patterns (c, m, h) from the samples ``inputs`` and the signs (m, h) of the pre-activations."""
    at_kink = sign == 0
    no_kinks = np.ones((1, 0), bool)
    choices = [unit_patterns(inputs[zero]) if zero.any() else no_kinks for zero in at_kink.T]
    count = prod(map(len, choices))
    if count > CONE_LIMIT:
        raise TooLargeError(
            f"theta must touch at most {CONE_LIMIT} activation regions; got {whole_number(count)} "
            f"({np.count_nonzero(at_kink)} kinks), move it off some kinks"
        )
    active = np.repeat((sign > 0)[None], count, axis=0)
    for k, choice in enumerate(product(*choices)):
        for u, own in enumerate(choice):
            active[k, at_kink[:, u], u] = own
    return make_read_only(active)
