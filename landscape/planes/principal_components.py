"""Principal components of points with many parameters, in memory for a few vectors beside the points.

The components of k points in n dimensions, k < n, are those of the k x k triangular matrix R of a QR decomposition of
the n x k matrix of centred points. R is computed from blocks of parameters, one after another: R of what has been read
so far and the next block are decomposed together. Unlike R^T R, the Gram matrix of the points, R has the singular
values of the points themselves, to within rounding of the largest one.

References
----------
Demmel, Grigori, Hoemmen, Langou: Communication-optimal parallel and sequential QR and LU factorizations (2012), SIAM J.
Sci. Comput. 34, for QR decompositions by blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base import norms
from landscape.base.arrays import Array

BLOCK = 2**20
"""Numbers that are converted to float64 at a time."""


def triangle_of(parts: Sequence[NDArray[Any]]) -> Array:
    """Return R of the centred points, at most k x k.

    parts : the points (k, n) in one or several arrays of any data type, all finite
    """
    count = sum(map(len, parts))
    triangle = np.zeros((0, count))
    for _, block in _centred(parts, count):
        triangle = np.asarray(np.linalg.qr(np.concatenate([triangle, block.T]), mode="r"))
    return triangle


def axes_of(parts: Sequence[NDArray[Any]], weights: Array) -> Array:
    """Return two orthonormal axes (2, n), sums of the centred points with the weights (2, k), which R has given."""
    axes = np.empty((2, parts[0].shape[1]))
    for columns, block in _centred(parts, weights.shape[1]):
        axes[:, columns] = weights @ block
    axes = norms.unit(axes)
    for _ in range(2):  # rounding has left a part of the first axis in the second, if that stands for far less
        axes[1] = norms.unit(axes[1] - (axes[0] @ axes[1]) * axes[0])
    return axes


def _centred(parts: Sequence[NDArray[Any]], count: int) -> Iterator[tuple[slice, Array]]:
    """Yield blocks of parameters, and all points there minus their mean: (k, block)."""
    n, width = parts[0].shape[1], max(1, BLOCK // count, 2 * count)
    for first in range(0, n, width):
        columns = slice(first, min(first + width, n))
        block = np.concatenate([part[:, columns] for part in parts], dtype=np.float64)
        block -= block.mean(axis=0)
        yield columns, block


def is_finite(points: NDArray[Any]) -> NDArray[np.bool_]:
    """Return for every point of (..., n) whether all its entries are finite, in memory for a block: (...)."""
    rows = points.reshape(-1, points.shape[-1])
    at_once = max(1, BLOCK // max(1, rows.shape[1]))
    found = np.empty(len(rows), dtype=np.bool_)
    for first in range(0, len(rows), at_once):
        found[first : first + at_once] = np.isfinite(rows[first : first + at_once]).all(axis=1)
    return found.reshape(points.shape[:-1])
