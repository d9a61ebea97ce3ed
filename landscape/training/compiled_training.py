"""Training the ReLU network from many starts at once, compiled, on all cores, and stopped early where possible."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base.progress import Progress
from landscape.kernels.training_loop import LANES
from landscape.networks.relu import ReluNetwork
from landscape.parallel.threads import processors, run_on_threads
from landscape.training.batch_of_starts import Plan, StartBatch, TrainedBatch
from landscape.training.optimizers import Optimizer

LARGEST_BATCH = 4096
"""Largest number of starts that one thread trains at a time."""

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
    """Train from starts ``theta`` (k, n); return paths and losses at steps ``kept``, and which outcomes are proven.

    Everything is computed in theta's data type, float64 or float32. The result does not depend on the number of
    threads, a path does not depend on the other starts, and path and loss do not depend on ``early_stop``.

    kept : (r,) ascending, the last one is the number of steps
    progress : called in this thread with (steps done, steps); steps done is the mean over all starts
    early_stop : whether to skip computations that are proven to change nothing; without it nothing is proven
    threads : default: one per processor
    """
    count, steps, result = len(theta), int(kept[-1]), _empty_result(net, theta, kept)
    plan = Plan(net, theta.dtype, optimizer, kept, early_stop=early_stop)

    def report(done: int) -> None:
        if progress:
            progress(done // count, steps)

    threads = threads or processors()
    # Every thread gets equally many batches, and a batch consists of whole blocks; -(-a // b) is a / b rounded up.
    batches_per_thread = max(1, -(-count // (LARGEST_BATCH * threads)))
    blocks_per_batch = max(1, -(-count // (LANES * threads * batches_per_thread)))
    size = LANES * blocks_per_batch
    batches = (StartBatch(plan, theta[first : first + size], first, result) for first in range(0, count, size))
    run_on_threads((batch.train() for batch in batches), threads, report if progress and count else None)
    return result


def train_batch_stepwise(
    net: ReluNetwork, theta: FloatArray, optimizer: Optimizer, kept: NDArray[np.int64], *, early_stop: bool = True
) -> Generator[int, None, TrainedBatch]:
    """Train as :func:`train_batches` does, on the iterating thread; yield the steps done since the last yield.

    So it can be part of a job of :func:`landscape.parallel.threads.run_on_threads`.
    """
    result = _empty_result(net, theta, kept)
    plan = Plan(net, theta.dtype, optimizer, kept, early_stop=early_stop)
    yield from StartBatch(plan, theta, 0, result).train()
    return result


def _empty_result(net: ReluNetwork, theta: FloatArray, kept: NDArray[np.int64]) -> TrainedBatch:
    """Return the arrays to be filled by training from starts ``theta``; nothing is proven yet."""
    count, n = theta.shape
    return TrainedBatch(
        path=np.empty((count, kept.size, n), dtype=theta.dtype),
        loss=np.empty((count, kept.size), dtype=theta.dtype),
        proven=np.full(count, -1, dtype=np.int64),
        inactive=np.full((count, net.hidden), -1, dtype=np.int64),
    )
