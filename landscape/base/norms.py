"""Lengths and angles of vectors of any size: no square overflows or underflows.

A vector is divided by a power of two near its largest entry first, which costs no rounding, so that
directions of size 1e-300 and 1e300 are as good as those of size 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def magnitude(vectors: Array) -> Any:
    """Return the power of two at or below the largest |entry| of each vector (1 for 0): (..., n) -> (...)."""
    largest = np.abs(vectors).max(axis=-1)
    return np.where(largest > 0, np.ldexp(1.0, np.frexp(largest)[1] - 1), 1.0)[()]


def norm(vectors: Array) -> Any:
    """Return the Euclidean length of each vector: (..., n) -> (...).

    Examples
    --------
    >>> float(norm(np.array([3e-200, 4e-200])))
    5e-200
    """
    size = magnitude(vectors)
    return np.sqrt(np.square(vectors / np.asarray(size)[..., None]).sum(axis=-1)) * size


def unit(vector: Array) -> Array:
    """Return the vector of length 1 along ``vector`` (n,), which is not 0."""
    scaled = vector / magnitude(vector)
    return np.asarray(scaled / norm(scaled))


def cosine(d1: Array, d2: Array) -> float:
    """Return the cosine of the angle between two vectors (n,), neither of them 0."""
    return float(np.clip(unit(d1) @ unit(d2), -1.0, 1.0))
