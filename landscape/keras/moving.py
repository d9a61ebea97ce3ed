"""Weights at points of a line or a plane, as one tensor for each variable of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from landscape.base.arrays import Array
from landscape.keras.filters import Variable
from landscape.keras.quiet_import import quiet_import
from landscape.parallel.threads import run_on_threads

with quiet_import():
    import tensorflow as tf

PIECE = 2**16
"""Weights that are computed at a time, in the processor's cache."""


def split(vector: Array, variables: Sequence[Variable], dtype: str) -> list[Any]:
    """Return a vector (n,) as one tensor for each variable."""
    return [tf.constant(vector[v.start : v.start + v.size].reshape(v.shape), dtype) for v in variables]


def weights_at(point: Array, vectors: Sequence[Array], variables: Sequence[Variable], dtype: str) -> list[Any]:
    """Return the weights at ``vectors[0] + point @ vectors[1:]``, with no more memory than they take themselves."""
    weights = np.empty(len(vectors[0]), dtype)

    def move(start: int) -> Iterator[int]:
        part = slice(start, start + PIECE)
        total = vectors[0][part].copy()
        for step, direction in zip(point, vectors[1:], strict=True):
            total += step * direction[part]
        weights[part] = total
        yield len(total)

    run_on_threads(move(start) for start in range(0, len(weights), PIECE))
    return split(weights, variables, dtype)


def moved(point: Any, vectors: Any, dtype: str) -> list[Any]:
    """Return the weights at a point in a graph: given as they are, or by coordinates along vectors as tensors."""
    if isinstance(point, list | tuple):
        return list(point)
    steps = tf.unstack(point)
    wide = [[tf.cast(part, tf.float64) for part in parts] for parts in zip(*vectors, strict=True)]
    return [
        tf.cast(tf.add_n([origin, *(step * d for step, d in zip(steps, directions, strict=True))]), dtype)
        for origin, *directions in wide
    ]
