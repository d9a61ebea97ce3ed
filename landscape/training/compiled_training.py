"""Training the ReLU network from many starts at once, compiled, on all cores and no longer than it takes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base.progress import Progress
from landscape.kernels.step_emitter import LANES
from landscape.networks.relu import ReluNetwork
from landscape.parallel.threads import processors, run_on_threads
from landscape.training.batch_of_starts import Plan, StartBatch, TrainedBatch
from landscape.training.optimizers import Optimizer

LARGEST_BATCH = 4096
"""Starts that one thread walks at a time, at the most."""

FloatArray = NDArray[Any]


def train_batches(
    net: ReluNetwork,
    theta: FloatArray,
    optimizer: Optimizer,
    kept: NDArray[np.int64],
    progress: Progress | None = None,
    *,
    early_stop: bool = True,
    threads: int | None = None,
) -> TrainedBatch:
    """Walk from starts ``theta`` (k, n) and return paths and losses at steps ``kept``, and which fates are proven.

    Everything is computed in theta's data type, float64 or float32. The result does not depend on the
    number of threads, nor a path on the other starts, nor path and loss on ``early_stop``.

    Parameters
    ----------
    net : ReluNetwork
    theta : ndarray of shape (k, n)
    optimizer : Adam, SGD or RMSprop
    kept : ndarray of shape (r,)    ascending, the last one is the number of steps
    progress : callable, optional
        Called in this thread with (steps done, steps); steps done is the mean over all starts.
    early_stop : bool
        Whether to leave out what is proven to change nothing. Without it nothing is proven.
    threads : int, optional
        Default: one per processor.
    """
    count, steps, result = len(theta), int(kept[-1]), _blank(theta, kept)
    plan = Plan(net, theta.dtype, optimizer, kept, early_stop=early_stop)

    def report(done: int) -> None:
        if progress:
            progress(done // count, steps)

    threads = threads or processors()
    rounds = max(1, -(-count // (LARGEST_BATCH * threads)))  # as many for every thread
    size = LANES * max(1, -(-count // (LANES * threads * rounds)))
    crowds = (StartBatch(plan, theta[first : first + size], first, result).walk() for first in range(0, count, size))
    run_on_threads(crowds, threads, report if progress and count else None)
    return result


def train_batch_stepwise(
    net: ReluNetwork, theta: FloatArray, optimizer: Optimizer, kept: NDArray[np.int64], *, early_stop: bool = True
) -> Generator[int, None, TrainedBatch]:
    """Train as :func:`train_batches` does, on the thread that iterates over this; yield the steps done now and then.

    So it may be a part of what :func:`landscape.parallel.threads.run_on_threads` shares out.
    """
    result = _blank(theta, kept)
    yield from StartBatch(Plan(net, theta.dtype, optimizer, kept, early_stop=early_stop), theta, 0, result).walk()
    return result


def train(
    net: ReluNetwork,
    theta: FloatArray,
    optimizer: Optimizer,
    kept: NDArray[np.int64],
    progress: Progress | None = None,
    *,
    threads: int | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Walk from starts ``theta`` (k, n) and return the paths (k, r, n) and losses (k, r) at steps ``kept``."""
    return train_batches(net, theta, optimizer, kept, progress, threads=threads)[:2]


def _blank(theta: FloatArray, kept: NDArray[np.int64]) -> TrainedBatch:
    """Return room for what is kept of walks from starts ``theta``."""
    count, n = theta.shape
    return TrainedBatch(
        path=np.empty((count, kept.size, n), dtype=theta.dtype),
        loss=np.empty((count, kept.size), dtype=theta.dtype),
        proven=np.full(count, -1, dtype=np.int64),
    )
