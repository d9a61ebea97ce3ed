"""Lengths of vectors and angles between them, without overflow or underflow of squares.

A vector is first divided by a power of two close to its largest entry, which is exact, so that
directions of length 1e-300 and 1e300 are handled as accurately as those of length 1.
"""

from typing import Any

import numpy as np

from landscape.base.arrays import Array

may_underflow = np.errstate(under="ignore")
"""Numbers too small for floats are rounded to 0, whatever ``np.seterr`` says."""


def magnitude(vectors: Array) -> Any:
    """Return the power of two at or below the largest |entry| of each vector (1 for 0): (..., n) -> (...)."""
    largest = np.abs(vectors).max(axis=-1)
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
    return float(np.clip(unit(d1) @ unit(d2), -1.0, 1.0))
