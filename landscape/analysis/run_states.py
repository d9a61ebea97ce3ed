"""Runs from many starts, and the state that each of them ends in.

The states follow the rules of :mod:`landscape.analysis.outcomes`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.base import checks
from landscape.base.arrays import IntArray
from landscape.base.coded_enum import Coded
from landscape.exact.assign_levels import assign_levels, target_scale
from landscape.networks.alternative_network import AlternativeNetwork
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.training.optimizers import Optimizer, require_optimizer

DIVERGED = 1e6
"""A run whose loss grew by this factor and still grows has diverged; spikes of Adam stay orders of magnitude below."""

CHECKPOINTS_PER_OCTAVE = 4
"""Checkpoint steps between t and 2 t steps."""

BLOCK_STEPS = 2**26
"""Approximate steps of all runs of a block: a fraction of a second, so an interruption loses little."""

LARGEST_BLOCK = 2048
"""Largest number of starts in a block: the parameters at all checkpoint steps of its runs are in memory."""

SMALLEST_BLOCK = 256
"""Smallest number of starts in a block, unless there are fewer: with less, preparing a block takes longer than it."""


class State(Coded):
    """State of a run at its end."""

    ON_LEVEL = 0, "on a level"
    MOVING = 1, "moving"
    SPIKING = 2, "spiking"
    DIVERGED = 3, "diverged"


def start_blocks(count: int, steps: int) -> list[range]:
    """Divide starts, given by their numbers, into blocks, four or more if there are enough of them."""
    largest = min(BLOCK_STEPS // max(steps, 1), LARGEST_BLOCK, -(-count // 4))
    size = SMALLEST_BLOCK * max(1, -(-largest // SMALLEST_BLOCK))
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def planned_runs(
    net: ReluNetwork,
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    dtype: DTypeLike,
    at: ArrayLike | None,
) -> tuple[np.dtype[Any], IntArray, list[NDArray[Any]]]:
    """Check what runs are asked for; return their data type, the steps after which they are counted, and the starts.

    The starts are divided into blocks.
    """
    require_relu_network(net)
    theta = checks.starts("starts", starts, net.n_parameters)
    if not len(theta):
        raise ValueError(f"starts must hold at least one start; got shape {theta.shape}")
    require_optimizer(optimizer)
    kind = checks.float_type("dtype", dtype)
    steps = checks.n_steps(steps)
    counted = counted_steps(at, steps)
    blocks = start_blocks(len(theta), steps)
    at_once = 8 * counted.size * max(len(theta), len(blocks[0]) * net.n_parameters)
    checks.memory(f"counting runs after {counted.size} numbers of steps would take", at_once, "pass fewer in at")
    theta = checks.within("starts", theta, kind)
    return kind, counted, [theta[block.start : block.stop] for block in blocks]


def counted_steps(at: ArrayLike | None, steps: int) -> IntArray:
    """Return the numbers of steps after which runs are counted, ascending; the last one is ``steps``."""
    given = checks.real_array("at", [] if at is None else at).ravel()
    wrong = given[(given != np.floor(given)) | (given < 0) | (given > steps)]
    if wrong.size:
        raise ValueError(f"at must hold whole numbers from 0 to steps = {steps}; got {wrong[0]:g}")
    return np.union1d(given.astype(np.int64), [steps])


def run_type(net: ReluNetwork, kind: np.dtype[Any], n_counted: int) -> np.dtype[Any]:
    """Return the data type of what :func:`train_block` returns for one run in the data type ``kind``.

    levels : index of the level after each number of steps at which runs are counted, -1 for none
    state : code of the ``State`` at the end
    proven : step by which it was proven that nothing changes any more, -1 for none
    inactive : for each unit, step by which it was proven that it is never active again, -1 for none
    end, loss : parameters and loss at the end
    """
    return np.dtype(
        [
            ("levels", np.int64, (n_counted,)),
            ("state", np.int8),
            ("proven", np.int64),
            ("inactive", np.int64, (net.hidden,)),
            ("end", kind, (net.n_parameters,)),
            ("loss", kind),
        ]
    )


def train_block(
    net: ReluNetwork, optimizer: Optimizer, counted: IntArray, theta: NDArray[Any], *, early_stop: bool = True
) -> Generator[int, None, NDArray[Any]]:
    """Train from starts on the thread that iterates over this generator, which yields numbers of steps just done.

    Parameters
    ----------
    net : ReluNetwork
    optimizer : Adam, SGD or RMSprop
    counted : ndarray of shape (r,)
        Numbers of steps after which levels are assigned, ascending; the last one is the number of steps of the runs.
    theta : ndarray of shape (k, n)    the starts, in the data type of the training
    early_stop : bool
        Whether to skip computations that are proven to change nothing.

    Returns
    -------
    ndarray of shape (k,)    with the data type :func:`run_type`
    """
    from landscape.training import compiled_training

    checkpoints = checkpoint_steps(int(counted[-1]))
    kept = np.union1d(checkpoints, counted)
    path, loss, proven, inactive = yield from compiled_training.train_batch_stepwise(
        net, theta, optimizer, kept, early_stop=early_stop
    )
    runs = np.empty(len(theta), run_type(net, theta.dtype, counted.size))
    runs["levels"] = _levels(net, path[:, np.isin(kept, counted)])
    runs["proven"], runs["inactive"], runs["end"], runs["loss"] = proven, inactive, path[:, -1], loss[:, -1]
    runs["state"] = State.ON_LEVEL
    on_no_level = np.flatnonzero(runs["levels"][:, -1] < 0)
    seen = np.append(np.flatnonzero(np.isin(kept, checkpoints)), -1)
    seen_there = np.ix_(on_no_level, seen)
    runs["state"][on_no_level] = _states(net, path[seen_there], loss[seen_there])
    return runs


def checkpoint_steps(steps: int) -> IntArray:
    """Return the checkpoint steps before ``steps``: 0 and 2^(j/4), rounded down.

    >>> checkpoint_steps(20).tolist()
    [0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 13, 16, 19]
    """
    octaves = np.arange(CHECKPOINTS_PER_OCTAVE * steps.bit_length()) / CHECKPOINTS_PER_OCTAVE
    later = np.floor(2.0**octaves).astype(np.int64)
    return np.unique([0, *later[later < steps]])


def levels_with_slope_at_zero(
    net: ReluNetwork, starts: ArrayLike, optimizer: Optimizer, steps: int, slope: float
) -> IntArray:
    """Train with another derivative of the ReLU at a kink than TensorFlow's 0, and return the levels that runs end on.

    The derivative at a kink is a convention, on which the loss does not depend. But runs from biases 0 start at kinks.

    Parameters
    ----------
    net : ReluNetwork
    starts : array_like of shape (k, n)
    optimizer : Adam, SGD or RMSprop
    steps : int
    slope : float, from 0 to 1
        relu'(0) in all gradients.

    Returns
    -------
    ndarray of shape (k,), int64
        Index into ``stationary_levels(net)``, -1 for no level.

    Examples
    --------
    >>> from landscape import Adam, glorot_starts, xor
    >>> net = xor.network()
    >>> starts = glorot_starts(net, 1000, rng=np.random.default_rng(0))
    >>> ends = [levels_with_slope_at_zero(net, starts, Adam(1e-2), 3000, slope) for slope in (0, 0.5, 1)]
    >>> [int((level == 0).sum()) for level in ends]  # solved
    [183, 232, 232]
    """
    from landscape.training.time_to_solution import milestones

    require_relu_network(net)
    theta = checks.starts("starts", starts, net.n_parameters)
    variant = AlternativeNetwork(net.inputs, net.targets, hidden=net.hidden, slope_at_zero=slope)
    found = milestones(variant, theta, require_optimizer(optimizer), checks.n_steps(steps), limit=0.0)
    return _levels(net, found.end)


def _states(net: ReluNetwork, path: NDArray[Any], loss: NDArray[Any]) -> NDArray[np.int8]:
    """Return the states of runs that end on no level.

    Parameters
    ----------
    net : ReluNetwork
    path, loss : ndarrays of shape (k, l, n) and (k, l)    at the checkpoint steps, of which the first is 0, and the end
    """
    was_on_level = (_levels(net, path[:, :-1]) >= 0).any(axis=1)
    start_loss, end_loss = loss[:, 0], loss[:, -1]
    with np.errstate(invalid="ignore"):  # NaN compares as False
        is_large = end_loss > DIVERGED * np.maximum(start_loss, target_scale(net) ** 2)
        is_highest = end_loss > np.fmax.reduce(loss[:, :-1], axis=1)
    is_finite = np.isfinite(end_loss) & np.isfinite(path[:, -1]).all(axis=1)
    found = np.where(was_on_level, State.SPIKING, State.MOVING)
    found[(is_large & is_highest) | ~is_finite] = State.DIVERGED
    return found.astype(np.int8)


def _levels(net: ReluNetwork, theta: NDArray[Any]) -> IntArray:
    """Return the indices of the levels of thetas (..., n), -1 also for those that are not finite: (...)."""
    found = np.full(theta.shape[:-1], -1, dtype=np.int64)
    is_finite = np.isfinite(theta).all(axis=-1)
    found[is_finite] = assign_levels(net, theta[is_finite])
    return found
