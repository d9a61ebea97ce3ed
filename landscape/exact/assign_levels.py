"""Assign thetas to levels of local minima, many thetas at once.

Within one cell the loss is the least-squares value of the cell plus the mean squared distance of the outputs from the
fit (Pythagoras). So the distance to the fit, not the loss, decides whether a theta is at the minimum. A theta lies on
a level when, within a tolerance,

- its outputs are the fit of its own cell and the cell attains that fit: an ordinary minimum; or
- its outputs are those of the level, and no unit can descend from its sign vector, where pre-activations
  within the tolerance of 0 count as 0: a minimum at a kink, where runs often end.

The outputs of a run that has not settled are the fit of no cell, or the fit of a cell that does not attain it.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.coded_enum import Coded
from landscape.base.limits import TooLargeError
from landscape.exact.activation_regions import KINK_TOLERANCE, Side, Signs, kink_sines, signs_of
from landscape.exact.local_minima import Geometry, cell_fits, stationary_levels
from landscape.exact.rational import Place, primitive
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ForwardPass, ReluNetwork, require_relu_network

LEVEL_TOLERANCE = 1e-2
"""Largest root-mean-square distance of the outputs from those of the level, in standard deviations of the targets.

The same number bounds the pre-activations that count as kinks (see :func:`landscape.exact.activation_regions.signs`).
Runs of Adam settle well below it, but at learning rate 1e-2 they still oscillate by about a tenth of it.
"""

MOST_SAMPLES = 39
"""Most distinct samples whose signs, as digits in base 3, fit into 64 bits."""

BLOCK = 1 << 14
"""Number of thetas that are processed at a time."""


class Kind(Coded):
    """What can hold a run on a level."""

    LOCAL_MINIMUM = 0, "local minimum"
    SADDLE = 1, "saddle"
    HELD = 2, "held by relu'(0) = 0"


class Numbering:
    """The numbers of sign vectors in an ascending list of them, found by binary search.

    Samples with equal inputs have equal signs, so only the first of them is looked at.
    """

    def __init__(self, net: ReluNetwork, vectors: list[Signs], base: int) -> None:
        first = np.sort(np.unique(net.inputs, axis=0, return_index=True)[1])
        if first.size > MOST_SAMPLES:
            raise TooLargeError(
                f"net is too large for exact results: {first.size} distinct samples, over the limit of "
                f"{MOST_SAMPLES}; use fewer samples"
            )
        self._samples: Any = slice(None) if first.size == net.n_samples else first  # a slice needs no copy
        self._place_values = base ** np.arange(first.size)[::-1]
        self._codes = self._code(np.array(vectors))

    def _code(self, digits: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(digits[..., self._samples] @ self._place_values)

    def __call__(self, digits: NDArray[Any]) -> NDArray[np.int64]:
        """Return the number of each vector of digits, -1 for one that is not listed: (..., m, h) -> (..., h)."""
        code = self._code(digits.swapaxes(-1, -2))
        place = np.searchsorted(self._codes, code)
        is_listed = np.take(self._codes, place, mode="clip") == code
        return np.where(is_listed, place, -1)


class LookupTables(NamedTuple):
    """The exact results as lookup tables.

    pattern : numbers of the p patterns of a unit, by digits 0 (inactive) and 1 (active)
    fit : (2 p,) * h int    row of ``outputs`` that a cell attains, or -1; side 2 k + (v > 0) has the pattern k
    outputs : (f, m)    the distinct outputs of minima
    level_of : (f,) int    level of each row of ``outputs``
    face : numbers of the s sign vectors of a unit, by digits sign + 1
    minimal : (f, s + 1, 2) bool    whether a unit cannot descend from these signs; False for those that are not listed
    scale : standard deviation of the targets, or 1 when they are all equal
    """

    pattern: Numbering
    fit: NDArray[np.int64]
    outputs: NDArray[np.float64]
    level_of: NDArray[np.int64]
    face: Numbering
    minimal: NDArray[np.bool_]
    scale: float


@lru_cache(maxsize=16)
def lookup_tables(net: ReluNetwork) -> LookupTables:
    """Return the tables by which thetas are assigned to levels."""
    levels, fits, geometry = stationary_levels(net), cell_fits(net), Geometry(net)
    outputs = [row for level in levels for row in sorted(level.outputs)]
    level_of = np.array([k for k, level in enumerate(levels) for _ in level.outputs], dtype=np.int64)
    row_of = {row: k for k, row in enumerate(outputs)}
    attained = [row_of[f.outputs] if f.place == Place.INSIDE else -1 for f in fits.values()]  # in the order of product
    faces, patterns = geometry.plane.faces, geometry.plane.patterns()
    minimal = np.zeros((len(outputs), len(faces) + 1, 2), dtype=bool)
    for k, row in enumerate(outputs):
        rest = primitive([y - o for y, o in zip(geometry.targets, row, strict=True)])
        for (number, face), output in product(enumerate(faces), (-1, 1)):
            minimal[k, number, int(output > 0)] = geometry.is_minimal(Side(face, output), rest)
    return LookupTables(
        pattern=Numbering(net, [tuple(int(s > 0) for s in pattern) for pattern in patterns], 2),
        fit=np.array(attained, dtype=np.int64).reshape((2 * len(patterns),) * net.hidden),
        outputs=np.array([[float(x) for x in row] for row in outputs]),
        level_of=level_of,
        face=Numbering(net, [tuple(s + 1 for s in face) for face in faces], 3),
        minimal=minimal,
        scale=target_scale(net),
    )


def assign_levels(net: ReluNetwork, theta: ArrayLike, tolerance: float = LEVEL_TOLERANCE) -> NDArray[np.int64]:
    """Return which of ``stationary_levels(net)`` each theta lies on: (..., n) -> (...).

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (..., n)
    tolerance : float
        Relative to the standard deviation of the targets, for the distance of the outputs; the sine of an angle,
        for kinks.

    Returns
    -------
    ndarray of shape (...), int64
        Index into the list of levels; -1 where theta lies on none.

    Examples
    --------
    >>> from landscape import xor
    >>> dead = [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]  # both units inactive, output 1/2
    >>> assign_levels(xor.network(), [xor.TEXTBOOK, dead, np.ones(9)]).tolist()
    [0, 3, -1]
    """
    require_relu_network(net)
    theta = checks.parameters("theta", theta, net.n_parameters)
    tolerance = checks.positive("tolerance", tolerance)
    flat = theta.reshape(-1, net.n_parameters)
    found = np.empty(len(flat), dtype=np.int64)
    for first in range(0, len(flat), BLOCK):
        block = slice(first, first + BLOCK)
        found[block] = _levels(net, flat[block], tolerance)
    return found.reshape(theta.shape[:-1])


def stationary_kinds(net: ReluNetwork, theta: ArrayLike, level: ArrayLike) -> NDArray[np.int8]:
    """Return what holds each theta on its level: (..., n), (...) -> (...).

    A theta on a level is not always at a local minimum. At a kink the loss may decrease on the other side at once, but
    gradient methods do not see that, since relu'(0) = 0. They rest there, although a larger bias would set them free.
    With an output weight of 0 the loss may decrease to second order.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (..., n)
    level : array_like of shape (...)
        From :func:`assign_levels`.

    Returns
    -------
    ndarray of shape (...), int8
        Codes of ``Kind``; -1 where theta is on no level.

    Examples
    --------
    >>> from landscape import xor
    >>> dead = np.array([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])  # both units inactive, output 1/2
    >>> at_kink = np.where(np.arange(9) == 5, 0, dead)  # the second bias is 0: unit 2 has a kink at the sample 00
    >>> zeros = np.where(np.arange(9) == 8, 0.5, 0)
    >>> thetas = [dead, at_kink, zeros]
    >>> kinds = stationary_kinds(xor.network(), thetas, assign_levels(xor.network(), thetas))
    >>> Kind.in_words(kinds).tolist()
    ['local minimum', "held by relu'(0) = 0", 'saddle']
    """
    require_relu_network(net)
    theta = checks.parameters("theta", theta, net.n_parameters)
    level = np.broadcast_to(np.asarray(level, dtype=np.int64), theta.shape[:-1])
    flat = theta.reshape(-1, net.n_parameters)
    starts = range(0, len(flat), BLOCK)
    parts = [_kinds(net, flat[i : i + BLOCK], level.reshape(-1)[i : i + BLOCK]) for i in starts]
    return np.concatenate([np.empty(0, dtype=np.int8), *parts]).reshape(theta.shape[:-1])


def target_scale(net: ReluNetwork) -> float:
    """Return the unit of distances between outputs: the standard deviation of the targets, or 1 if that is 0."""
    return float(np.std(net.targets)) or 1.0


def level_value(net: ReluNetwork, index: int) -> Fraction | None:
    """Return the value of the level with this ``index`` in the result of :func:`assign_levels`, None for -1."""
    require_relu_network(net)
    return None if index < 0 else stationary_levels(net)[index].value


@may_overflow
def _levels(net: ReluNetwork, theta: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    forward = net.forward(theta)
    found = attained_levels(net, forward, tolerance)
    not_attained = np.flatnonzero(found < 0)
    near = not_attained[_near_levels(net, forward.outputs[not_attained], tolerance).any(axis=-1)]
    if near.size:
        forward = net.forward(theta[near])
        found[near] = minimum_levels(net, forward, signs_of(kink_sines(net, forward), tolerance), tolerance)
    return found


def attained_levels(net: ReluNetwork, forward: ForwardPass, tolerance: float) -> NDArray[np.int64]:
    """Return the index of the level of theta's own cell, -1 if its fit is not attained or not at theta: (...)."""
    t = lookup_tables(net)
    pattern, positive = t.pattern(forward.preactivations > 0), forward.weights.W2 > 0
    row = t.fit[tuple(np.moveaxis(2 * np.maximum(pattern, 0) + positive, -1, 0))]
    distance = np.square(forward.outputs - t.outputs[row]).mean(axis=-1)
    return np.where((row >= 0) & (distance <= (tolerance * t.scale) ** 2), t.level_of[row], -1)


def minimum_levels(
    net: ReluNetwork, forward: ForwardPass, sign: NDArray[np.int8], tolerance: float
) -> NDArray[np.int64]:
    """Return the index of the level that theta is a local minimum of, -1 for none: (...).

    Not all points on a level are local minima: some lie on the boundary of its minima, at a kink or with an output
    weight of 0, and the loss decreases on the other side.

    Parameters
    ----------
    net : ReluNetwork
    forward : ForwardPass    at theta (..., n)
    sign : ndarray of shape (..., m, h)    signs of the pre-activations, 0 within ``tolerance`` of a kink
    tolerance : float

    Examples
    --------
    >>> from landscape import xor
    >>> from landscape.exact.activation_regions import signs
    >>> net, zeros = xor.network(), [0, 0, 0, 0, 0, 0, 0, 0, 0.5]
    >>> int(assign_levels(net, zeros)), int(minimum_levels(net, net.forward(zeros), signs(net, zeros), 1e-9))
    (3, -1)
    """
    t = lookup_tables(net)
    face = t.face(sign + 1)
    v = forward.weights.W2
    positive_is_minimal = np.where(v >= 0, t.minimal[:, face, 1], True)
    negative_is_minimal = np.where(v <= 0, t.minimal[:, face, 0], True)
    is_minimal = np.asarray((positive_is_minimal & negative_is_minimal).all(axis=-1))
    on_level = _near_levels(net, forward.outputs, tolerance) & np.moveaxis(is_minimal, 0, -1)
    return np.where(on_level.any(axis=-1), t.level_of[on_level.argmax(axis=-1)], -1)


def _near_levels(net: ReluNetwork, outputs: NDArray[np.float64], tolerance: float) -> NDArray[np.bool_]:
    """Return which of the distinct outputs of minima these outputs (..., m) are near: (..., f)."""
    t = lookup_tables(net)
    return np.asarray(np.square(outputs[..., None, :] - t.outputs).mean(axis=-1) <= (tolerance * t.scale) ** 2)


def _kinds(net: ReluNetwork, theta: NDArray[np.float64], level: NDArray[np.int64]) -> NDArray[np.int8]:
    forward = net.forward(theta)
    sign = signs_of(kink_sines(net, forward), KINK_TOLERANCE)
    kind = np.where(level < 0, -1, Kind.LOCAL_MINIMUM).astype(np.int8)
    at_boundary = (sign == 0).any(axis=(1, 2)) | (forward.weights.W2 == 0).any(axis=1)
    rows = np.flatnonzero(at_boundary & (level >= 0))  # the others are at minima in open cells
    kind[rows] = _kinds_at_boundary(net, forward.outputs[rows], forward.weights.W2[rows], sign[rows], level[rows])
    return kind


def _kinds_at_boundary(
    net: ReluNetwork,
    outputs: NDArray[np.float64],
    v: NDArray[np.float64],
    sign: NDArray[np.int8],
    level: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the kinds of points with these outputs (k, m), output weights (k, h), signs (k, m, h) and levels (k,)."""
    t = lookup_tables(net)
    distance = np.square(outputs[:, None] - t.outputs).sum(axis=-1)
    row = np.where(t.level_of == level[:, None], distance, np.inf).argmin(axis=1)[:, None]
    face = t.face(sign + 1)
    falls_up, falls_down = ~t.minimal[row, face, 1], ~t.minimal[row, face, 0]
    held = (sign == 0).any(axis=1) & (((v > 0) & falls_up) | ((v < 0) & falls_down))
    saddle = (v == 0) & (falls_up | falls_down)
    return np.where(held.any(axis=1), Kind.HELD, np.where(saddle.any(axis=1), Kind.SADDLE, Kind.LOCAL_MINIMUM))
