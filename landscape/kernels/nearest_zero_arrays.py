"""What the search for the nearest zero is given: arrays by name, and how long their axes are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Axis = tuple[int, ...] | int
"""A length, as :mod:`landscape.kernels.small_arrays` has it: written into the machine code, or known when it runs."""


class Sizes(NamedTuple):
    """Axes of the arrays of a search.

    units, weights, samples : h, k = d + 1 and m
    columns : h k + 1, the weights of all units and b2
    dual_columns : h (k + 1) + 1, these and the output weights
    """

    units: Axis
    weights: Axis
    samples: Axis
    columns: Axis
    dual_columns: Axis


class Cones(NamedTuple):
    """Closed cones of one unit's weights, as arrays for the compiled search; the last is all of R^k, for a muted unit.

    axis: that of the weights, k. faces (t, f, k, k): projectors onto the spans of each cone's faces, of which n_faces
    (t,) are used. walls (t, f, r, k): what must not be negative at weights whose nearest point in the cone is their
    projection onto the span: first how far inside of each sample's kink that is, up to n_walls[..., 0], then how far
    what is left points away from the rays that span the cone, up to n_walls[..., 1].
    """

    axis: Axis
    faces: Array
    walls: Array
    n_walls: NDArray[np.int64]
    n_faces: NDArray[np.int64]
