"""Which of theta, inputs and targets makes a result exceed the range of floats, for error messages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from landscape.base.arrays import Array
from landscape.networks.one_hidden_layer import DenseNetwork


def too_large(net: DenseNetwork, theta: Array, what: str, compute: Callable[[Array], Array]) -> ValueError:
    """Return the error for ``compute(theta)``, described as ``what``, that is not finite.

    It names the targets, if the same holds at 0; the inputs, if it holds with theta cut to [-1, 1]; else theta.
    """
    name, array, way_out = "theta", theta, "rescale it"
    if not np.isfinite(compute(np.zeros(net.n_parameters))).all():
        name, array, way_out = "targets", net.targets, "measure them in another unit"
    elif not np.isfinite(compute(np.clip(theta, -1.0, 1.0))).all():
        name, array, way_out = "inputs", net.inputs, "measure them in another unit"
    largest = np.abs(array).max()
    return ValueError(f"{name} must be small enough for {what}; got an entry of {largest:g}, {way_out}")


def most_extreme(net: DenseNetwork, theta: Array) -> tuple[str, float]:
    """Return the name and the size of the entry of theta (n,), inputs or targets whose size is furthest from 1.

    >>> most_extreme(DenseNetwork([[1e-200], [1]], [0, 1e9], hidden=1), np.array([0, 1, 2, 3]))
    ('inputs', 1e-200)
    """
    sizes = {"theta": np.abs(theta), "inputs": np.abs(net.inputs), "targets": np.abs(net.targets)}
    entries = [(name, float(size)) for name, array in sizes.items() for size in array[array > 0]]
    return max(entries, key=lambda entry: abs(np.log(entry[1])), default=("theta", 0.0))
