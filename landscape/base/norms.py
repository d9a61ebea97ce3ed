"""Lengths of vectors and angles between them, without overflow or underflow of squares.

A vector is first divided by a power of two close to its largest entry, which is exact, so that
directions of length 1e-300 and 1e300 are handled as accurately as those of length 1.
"""

from typing import Any

import numpy as np

from landscape.base.arrays import Array

may_underflow = np.errstate(under="ignore")
"""Numbers too small for floats are rounded to 0, whatever ``np.seterr`` says."""

PIECE = 2**18
"""Entries of long vectors that are copied at a time."""


def magnitude(vectors: Array) -> Any:
    """Return the power of two at or below the largest |entry| of each vector (1 for 0): (..., n) -> (...)."""
    largest = np.maximum(vectors.max(axis=-1), -vectors.min(axis=-1))  # without an array of absolute values
    return np.where(largest > 0, np.ldexp(1.0, np.frexp(largest)[1] - 1), 1.0)[()]


@may_underflow
def norm(vectors: Array) -> Any:
    """Return the Euclidean length of each vector: (..., n) -> (...).

    >>> float(norm(np.array([3e-200, 4e-200])))
    5e-200
    """
    size = magnitude(vectors)
    scaled = vectors / np.asarray(size)[..., None]
    return np.sqrt(np.square(scaled, out=scaled).sum(axis=-1)) * size


@may_underflow
def unit(vectors: Array) -> Array:
    """Return the unit vector along each vector, none of which is 0: (..., n) -> (..., n)."""
    scaled = np.asarray(vectors / np.asarray(magnitude(vectors))[..., None])
    scaled /= np.asarray(norm(scaled))[..., None]
    return scaled


@may_underflow
def cosine(d1: Array, d2: Array) -> float:
    """Return the cosine of the angle between two non-zero vectors (n,)."""
    if d1.size <= PIECE:
        return float(np.clip(unit(d1) @ unit(d2), -1.0, 1.0))
    sizes, sums = (magnitude(d1), magnitude(d2)), np.zeros(3)
    for start in range(0, d1.size, PIECE):
        a, b = (d[start : start + PIECE] / size for d, size in zip((d1, d2), sizes, strict=True))
        sums += a @ a, b @ b, a @ b
    return float(np.clip(sums[2] / np.sqrt(sums[0] * sums[1]), -1.0, 1.0))
