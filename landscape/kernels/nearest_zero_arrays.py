"""Input of the search for the nearest zero: named arrays and the lengths of their axes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Axis = tuple[int, ...] | int
"""Length of an axis, as in :mod:`landscape.kernels.small_arrays`: fixed in the machine code, or known at run time."""


class Sizes(NamedTuple):
    """Axes of the arrays of a search.

    units, weights, samples : h, k = d + 1 and m
    columns : h k + 1, the weights of all units and b2
    dual_columns : h (k + 1) + 1, the same and the output weights
    """

    units: Axis
    weights: Axis
    samples: Axis
    columns: Axis
    dual_columns: Axis


class Cones(NamedTuple):
    """Closed cones of one unit's weights, as arrays for the compiled search; the last is all of R^k, for a muted unit.

    axis: that of the weights, length k. faces (t, f, k, k): projectors onto the spans of each cone's faces, of which
    n_faces (t,) are used. walls (t, f, r, k): linear functions of weights, nonnegative where the nearest point in the
    cone is the projection onto the span. The first n_walls[..., 0] measure how far inside of each sample's kink the
    projection is; the next ones, up to n_walls[..., 1], how far the remainder, weights minus projection, points away
    from each of the rays that span the cone.
    """

    axis: Axis
    faces: Array
    walls: Array
    n_walls: NDArray[np.int64]
    n_faces: NDArray[np.int64]


class Factors(NamedTuple):
    """Arrays that :func:`landscape.kernels.nearest_zero_algebra.factor_rows` reads and writes.

    G (m, dual columns + m), R (m, m), order (m,), scale (m,)
    """

    G: Array
    R: Array
    order: NDArray[np.int64]
    scale: Array


def work_arrays(h: int, k: int, m: int) -> Factors:
    """Return uninitialized arrays for h units with k weights each and m samples."""
    dual_columns = h * (k + 1) + 1
    return Factors(np.empty((m, dual_columns + m)), np.empty((m, m)), np.empty(m, dtype=np.int64), np.empty(m))


class Task(NamedTuple):
    """What all functions of a search need.

    sizes, cones : see there
    samples (m, k) : (x, 1)
    active (t, m, k) : the samples on which the weights of a cone are active, else 0
    y (m,), W (h, k), b2 : targets, and the weights and the output's bias to be close to
    factors : work arrays, overwritten by every factorization
    """

    sizes: Sizes
    samples: Array
    active: Array
    cones: Cones
    y: Array
    W: Array
    b2: np.float64
    factors: Factors
