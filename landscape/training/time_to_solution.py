"""When training gets there, from many starts at once, compiled, for any network with one hidden layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.progress import Progress
from landscape.kernels.general_training_loop import FIRST_BELOW, LANES, LAST_WRONG, training_block
from landscape.networks.alternative_network import leak_of
from landscape.networks.one_hidden_layer import DenseNetwork
from landscape.parallel.threads import run_on_threads
from landscape.training.batch_of_starts import method_of
from landscape.training.optimizers import Optimizer

FIRST_INTERVAL = 500
"""Steps of a block between two looks at progress, interruption and runs that are done: a millisecond or two."""

Array = NDArray[np.float64]


class Milestones(NamedTuple):
    """What became of k runs. A run ends when its loss is below the limit, or else after the last step.

    right : (k,) int64    step from which on all samples were classified right until it ended, -1 for none
    below : (k,) int64    step at which the loss was below the limit, -1 for none
    end : (k, n)    parameters of those that were never below after the last step, NaN for the others
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
    """Walk at most ``steps`` steps from starts ``theta`` (k, n) and return when each run got where.

    Losses and classes are always those of all samples. The result does not depend on the number of threads,
    nor that of a start on the other starts.

    Parameters
    ----------
    net : ReluNetwork or AlternativeNetwork
    theta : ndarray of shape (k, n)
    optimizer : Adam, SGD, RMSprop or CosineDecay
    steps : int
        Updates.
    limit : float
        Of the loss; 0 lets every run go on to the last step.
    orders : ndarray of shape (epochs, k, m), int8, optional
        The samples in the order in which they are used in each epoch; when all are through, they begin again.
    batch : int, optional
        Samples of an update: the next ones in this order. Default: all of them.
    progress : callable, optional
        Called in this thread with (steps done, steps); steps done is the mean over all starts.
    threads : int, optional
        Default: one per processor.
    """
    count, m = len(theta), net.n_samples
    batch = m if batch is None else batch
    method, rule = method_of(optimizer)
    what = method, net.activation == "tanh", net.head == "sigmoid", leak_of(net), limit
    rates, constants = optimizer.rates(steps, np.float64), np.array(rule, dtype=np.float64)
    sizes = np.diff([*range(0, m, batch), m])  # the last batch of an epoch may be a short one
    data = net.inputs, net.targets, batch, (2.0 if net.head == "linear" else 1.0) / sizes
    orders = np.zeros((1, count, m), dtype=np.int8) if orders is None else orders
    walk = training_block()
    end, marks = np.full(theta.shape, np.nan), np.full((2, count), -1, dtype=np.int64)
    blocks = -(-count // LANES)

    def block(b: int) -> Iterator[int]:
        own = np.arange(b * LANES, min((b + 1) * LANES, count))
        state = np.zeros((3, theta.shape[1], own.size))
        state[0] = theta[own].T
        own_orders = np.ascontiguousarray(orders[:, own].transpose(0, 2, 1))
        for first in range(0, max(steps, 1), FIRST_INTERVAL):
            last, own_marks = min(first + FIRST_INTERVAL, steps), np.take(marks, own, axis=1)
            walk(*what, *data, own_orders, rates, constants, state, own_marks, np.array([first, last]))
            marks[:, own] = own_marks
            left = own_marks[FIRST_BELOW] < 0
            if not left.all():
                own, state = own[left], np.compress(left, state, axis=-1)
                own_orders = np.compress(left, own_orders, axis=-1)
            if not own.size:
                yield steps - first
                return
            yield last - first
        end[own] = state[0].T

    def report(done: int) -> None:
        if progress:
            progress(done // blocks, steps)

    run_on_threads((block(b) for b in range(blocks)), threads, report if progress else None)
    wrong, below = marks[LAST_WRONG], marks[FIRST_BELOW]
    return Milestones(np.where(wrong < np.where(below < 0, steps, below), wrong + 1, -1), below, end)
