"""Steps until training has solved the task, from many starts at once, compiled, for networks with one hidden layer."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.arrays import Array
from landscape.base.progress import Progress
from landscape.kernels.general_training_loop import FIRST_BELOW, LANES, LAST_WRONG, training_block
from landscape.networks.alternative_network import slopes_of
from landscape.networks.one_hidden_layer import DenseNetwork
from landscape.parallel.threads import run_on_threads
from landscape.training.batch_of_starts import method_of
from landscape.training.optimizers import Optimizer

FIRST_INTERVAL = 500
"""Steps between two checkpoint steps of a block, for progress, interruption and finished runs: a millisecond or two."""


class Milestones(NamedTuple):
    """When k runs reached correct classes and a low loss.

    A run ends when its loss is below the limit, or else after the last step.

    right : (k,) int64    step from which all samples were classified correctly until the run ended, -1 for none
    below : (k,) int64    first step at which the loss was below the limit, -1 for none
    end : (k, n)    parameters after the last step of runs that were never below the limit, NaN for the others
    """

    right: NDArray[np.int64]
    below: NDArray[np.int64]
    end: Array


def milestones(
    net: DenseNetwork,
    theta: Array,
    optimizer: Optimizer,
    steps: int,
    limit: float,
    *,
    orders: NDArray[np.int8] | None = None,
    batch: int | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Milestones:
    """Train for at most ``steps`` steps from starts ``theta`` (k, n); return when each run reached its milestones.

    Losses and classes are always evaluated on all samples. The result does not depend on the number of threads, and
    that of one start does not depend on the other starts.

    limit : loss below which a run ends; with 0 every run continues to the last step
    orders : (epochs, k, m) order in which the samples are used in each epoch; repeated after the last epoch given
    batch : number of samples per update, taken in this order; default: all of them
    progress : called in this thread with (steps done, steps); steps done is the mean over all starts
    threads : default: one per processor
    """
    count, m = len(theta), net.n_samples
    batch = m if batch is None else batch
    method, rule = method_of(optimizer)
    model = method, net.activation == "tanh", net.head == "sigmoid", np.array(slopes_of(net)), limit
    rates, constants = optimizer.rates(steps, np.float64), np.array(rule, dtype=np.float64)
    sizes = np.diff([*range(0, m, batch), m])  # the last batch of an epoch may be smaller
    weights = (2.0 if net.head == "linear" else 1.0) / sizes
    data = net.inputs, net.targets, batch, weights
    orders = np.zeros((1, count, m), dtype=np.int8) if orders is None else orders
    advance = training_block()
    end, marks = np.full(theta.shape, np.nan), np.full((2, count), -1, dtype=np.int64)
    blocks = -(-count // LANES)  # rounded up

    def run_block(b: int) -> Iterator[int]:
        running = np.arange(b * LANES, min((b + 1) * LANES, count))
        state = np.zeros((3, theta.shape[1], running.size))
        state[0] = theta[running].T
        block_orders = np.ascontiguousarray(orders[:, running].transpose(0, 2, 1))
        for first in range(0, max(steps, 1), FIRST_INTERVAL):
            last = min(first + FIRST_INTERVAL, steps)
            block_marks = np.take(marks, running, axis=1)
            advance(*model, *data, block_orders, rates, constants, state, block_marks, np.array([first, last]))
            marks[:, running] = block_marks
            unfinished = block_marks[FIRST_BELOW] < 0
            if not unfinished.all():
                running, state = running[unfinished], np.compress(unfinished, state, axis=-1)
                block_orders = np.compress(unfinished, block_orders, axis=-1)
            if not running.size:
                yield steps - first
                return
            yield last - first
        end[running] = state[0].T

    def report(done: int) -> None:
        if progress:
            progress(done // blocks, steps)

    run_on_threads((run_block(b) for b in range(blocks)), threads, report if progress else None)
    last_wrong, below = marks[LAST_WRONG], marks[FIRST_BELOW]
    last_step = np.where(below < 0, steps, below)
    right = np.where(last_wrong < last_step, last_wrong + 1, -1)
    return Milestones(right, below, end)
