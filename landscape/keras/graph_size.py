"""Whether a model gains from being evaluated at many points at once, judged by its graph."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

SMALL = 2**18
"""Bytes of temporaries of one point up to which points are evaluated at once; above, that takes longer."""
IN_TURN = (
    "Conv",
    "Depthwise",
    "While",
    "State",
    "Partitioned",
    "Lookup",
    "Ragged",
    "FusedBatchNorm",
    "MaxPool",
    "AvgPool",
)
"""Beginnings of the names of operations that gain nothing from many points at once, or cannot be evaluated so."""


def size_at_once(operations: Sequence[Any]) -> int | None:
    """Return the bytes of all temporaries of one point, or None if points should be evaluated one by one.

    operations : those of a TensorFlow graph that evaluates one point
    """
    size = sum(_bytes(tensor) for operation in operations for tensor in operation.outputs)
    return None if size > SMALL or any(map(_is_in_turn, operations)) else size


def _is_in_turn(operation: Any) -> bool:
    """Return whether an operation makes a model one whose points are evaluated one by one."""
    if operation.type == "BiasAdd":  # TensorFlow adds this along the wrong axis, at many points at once
        return bool(operation.get_attr("data_format") == b"NCHW")
    return bool(operation.type.startswith(IN_TURN))


def _bytes(tensor: Any) -> int:
    """Return the size of a tensor in a graph; an unknown axis counts as one of length 1."""
    sizes = tensor.shape.as_list() if tensor.shape.rank is not None else []
    return int(prod(size or 1 for size in sizes) * tensor.dtype.size)
