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
