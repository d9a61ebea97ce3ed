"""At which step hidden units of a run become permanently inactive; :mod:`landscape.analysis.ends.fates` says how."""

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base.arrays import IntArray
from landscape.networks.relu import ReluNetwork
from landscape.training.optimizers import Optimizer

WINDOW = 2048
"""Number of steps whose parameters are in memory at a time."""

BYTES = 2**25
"""Approximate size of these parameters, which limits the number of runs searched at a time."""


def steps_of_death(
    net: ReluNetwork, optimizer: Optimizer, theta: NDArray[Any], inactive: IntArray
) -> Generator[int, None, IntArray]:
    """Return the step from which each unit is dead, -1 for one that is not; yield numbers of steps just done.

    theta : (k, n) the starts, in the data type of the training
    inactive : (k, h) step by which a unit was proven permanently inactive, -1 for none
    """
    died, latest = np.where(inactive == 0, 0, -1), inactive.max(axis=1)
    size = max(1, BYTES // (WINDOW * theta[:1].nbytes))
    for last in np.unique(latest[latest > 0]).tolist():
        of_this_step = np.flatnonzero(latest == last)
        for first in range(0, of_this_step.size, size):
            rows = of_this_step[first : first + size]
            found = yield from _after_last_activity(net, optimizer, theta[rows], inactive[rows] > 0, last)
            died[rows] = np.where(inactive[rows] > 0, found, died[rows])
    return died


def _after_last_activity(
    net: ReluNetwork, optimizer: Optimizer, theta: NDArray[Any], searched: NDArray[np.bool_], last: int
) -> Generator[int, None, IntArray]:
    """Return the step after the last one, of those up to ``last``, with an active sample: (k, h); 0 if there is none.

    searched : (k, h) units of interest; the result is arbitrary for the others
    """
    from landscape.training import compiled_training

    after = np.zeros(searched.shape, dtype=np.int64)
    for end in range(last, -1, -WINDOW):
        rows = np.flatnonzero((searched & (after == 0)).any(axis=1))
        if not rows.size:
            break
        kept = np.arange(max(0, end - WINDOW + 1), end + 1)
        run = yield from compiled_training.train_batch_stepwise(net, theta[rows], optimizer, kept, early_stop=False)
        active = is_active(net, run.path)
        steps_back = active[:, ::-1].argmax(axis=1)
        is_new = active.any(axis=1) & (after[rows] == 0)
        after[rows] = np.where(is_new, end - steps_back + 1, after[rows])
    return after


def is_active(net: ReluNetwork, theta: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whether units are active on any sample, exactly as in training: (..., n) -> (..., h)."""
    from landscape.training.batch_of_starts import preactivations

    d, h = net.n_inputs, net.hidden
    flat = np.moveaxis(theta, -1, 0)
    W1, b1 = flat[: d * h].reshape(d, h, -1), flat[d * h : (d + 1) * h].reshape(h, -1)
    z = preactivations(net.inputs.astype(theta.dtype), W1, b1)
    return np.asarray((z > 0).any(axis=0).T.reshape(*theta.shape[:-1], h))
