"""Training the ReLU network from many starts at once, compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape import optimizers
from landscape.kernels.compiled import aligned_zeros
from landscape.kernels.crew import share
from landscape.kernels.walk_kernel import ADAM, LANES, RMSPROP, SGD, walk_block
from landscape.network import ReluNetwork
from landscape.training import Progress

STRETCH = 20_000
"""Steps of a block between two looks at progress and interruption: a few milliseconds."""

FloatArray = NDArray[Any]


def train(
    net: ReluNetwork,
    theta: FloatArray,
    optimizer: optimizers.Optimizer,
    kept: NDArray[np.int64],
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Walk from starts ``theta`` (k, n) and return the paths (k, r, n) and losses (k, r) at steps ``kept``.

    Everything is computed in theta's data type, float64 or float32. The result does not depend on the
    number of threads, nor a path on the other starts.

    Parameters
    ----------
    net : ReluNetwork
    theta : ndarray of shape (k, n)
    optimizer : Adam, SGD or RMSprop
    kept : ndarray of shape (r,)    ascending, the last one is the number of steps
    progress : callable, optional
        Called in this thread with (steps done, steps); steps done is the mean over all starts.
    threads : int, optional
        Default: one per processor.
    """
    kind = theta.dtype
    count, n = theta.shape
    steps = int(kept[-1])
    method, rule = _method(optimizer)
    walk, size = walk_block(net.n_inputs, net.hidden, net.n_samples, method, bool(kind == np.float32))
    inputs, targets = net.inputs.astype(kind).ravel(), net.targets.astype(kind)
    rates, constants = optimizer.rates(steps, kind), np.array(rule, dtype=kind)
    path, loss = np.empty((count, kept.size, n), dtype=kind), np.empty((count, kept.size), dtype=kind)
    blocks = -(-count // LANES)

    def block(b: int) -> Iterator[int]:
        own = slice(b * LANES, min((b + 1) * LANES, count))
        lanes = theta[np.minimum(np.arange(b * LANES, (b + 1) * LANES), count - 1)]  # a short block repeats its last
        state = aligned_zeros(size, kind)
        state[: n * LANES] = lanes.T.ravel()
        span = np.zeros(3, dtype=np.int64)
        while True:
            span[1] = min(span[0] + STRETCH, steps)
            walk(inputs, targets, rates, constants, kept, state, path[own], loss[own], span)
            yield int(span[1] - span[0])
            if span[1] == steps:
                return
            span[0] = span[1]

    def report(done: int) -> None:
        if progress:
            progress(done // blocks, steps)

    share((block(b) for b in range(blocks)), threads, report if progress else None)
    return path, loss


def ends(
    net: ReluNetwork, theta: FloatArray, optimizer: optimizers.Optimizer, steps: int, progress: Progress | None = None
) -> tuple[FloatArray, FloatArray]:
    """Walk from starts ``theta`` (k, n) and return the parameters (k, n) and losses (k,) after ``steps`` steps."""
    path, loss = train(net, theta, optimizer, np.array([steps]), progress)
    return path[:, 0], loss[:, 0]


def _method(optimizer: optimizers.Optimizer) -> tuple[int, tuple[float, ...]]:
    """Return the kernel's number of a gradient method and its constants."""
    match optimizer:
        case optimizers.Adam():
            return ADAM, (1 - optimizer.beta_1, 1 - optimizer.beta_2, optimizer.epsilon)
        case optimizers.SGD():
            return SGD, (float(np.float32(optimizer.momentum)),)
        case optimizers.RMSprop():
            return RMSPROP, (optimizer.rho, 1 - optimizer.rho, optimizer.momentum, optimizer.epsilon, 1.0)
    raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
