"""Training from many starts at once, with recorded paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape.base import checks
from landscape.base.progress import Progress
from landscape.base.results import make_read_only
from landscape.networks.objective import Objective, for_many_points
from landscape.networks.relu import ReluNetwork
from landscape.training.optimizers import SGD, Adam, CosineDecay, Optimizer, RMSprop, require_optimizer, run_settings
from landscape.training.trajectories import Trajectories, planned_records

COMPILED = (Adam, SGD, RMSprop, CosineDecay)
"""Optimizers whose steps are compiled, for the ReLU network."""


@checks.known_arguments
def train(  # noqa: PLR0917 - the order of these arguments is fixed
    net: Objective,
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    record_every: int = 1,
    dtype: DTypeLike = "float64",
    *,
    progress: Progress | None = None,
) -> Trajectories:
    """Run ``optimizer`` from every start on the full batch and return the recorded paths.

    Parameters
    ----------
    net : Objective
    starts : array_like of shape (k, n) or (n,)
    optimizer : Adam, SGD, RMSprop, CosineDecay, or a custom one
        A custom one implements ``landscape.training.optimizers.Optimizer``; its steps run in numpy.
    steps : int, at least 0
    record_every : int, at least 1
        The start and the last step are always recorded.
    dtype : "float64" or "float32"
        Data type of every operation and of the result. float32 is for the ReLU network only.
    progress : callable, optional
        Called at intervals with (steps done, steps).

    Raises
    ------
    ValueError
        Also when the record would take more than 1 GiB; if so, record less often.
    """
    given, net = net, for_many_points(net)
    theta = checks.starts("starts", starts, net.n_parameters)
    require_optimizer(optimizer)
    kind = checks.float_type("dtype", dtype)
    kept = planned_records(theta.shape, steps, record_every, kind)
    checks.n_steps(steps)
    if isinstance(net, ReluNetwork) and isinstance(optimizer, COMPILED):
        from landscape.training.compiled_training import train_batches

        path, loss, _ = train_batches(net, checks.within("starts", theta, kind), optimizer, kept, progress)
    elif kind == np.float32:
        not_compiled = type(optimizer if isinstance(net, ReluNetwork) else given).__name__
        raise ValueError(f"dtype must be 'float64' for {not_compiled}; got 'float32'")
    else:
        path, loss = train_in_numpy(net, theta, optimizer, kept, progress)
    settings = run_settings(net, optimizer, int(kept[-1]), kind)
    return Trajectories(theta=make_read_only(path), loss=make_read_only(loss), step=kept, settings=settings)


def train_in_numpy(
    net: Objective,
    starts: NDArray[np.float64],
    optimizer: Optimizer,
    kept: NDArray[np.int64],
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Train any objective from starts (k, n); return paths (k, r, n) and losses (k, r).

    This is the readable reference implementation against which the compiled training of the ReLU network is tested. A
    run that diverges beyond the range of floats continues as NaN and does not affect the others.
    """
    theta = np.array(starts, dtype=np.float64)
    state: list[NDArray[Any]] = [np.zeros_like(theta) for _ in range(optimizer.slots)]
    steps = int(kept[-1])
    rates = optimizer.rates(steps, np.float64)
    path = np.empty((theta.shape[0], kept.size, theta.shape[1]))
    path[:, 0] = theta
    record = 1
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, steps + 1):
            optimizer.update(theta, _where_finite(net.gradient, theta, theta.shape), state, rates[t - 1])
            if record < kept.size and t == kept[record]:
                path[:, record] = theta
                record += 1
            if progress and (t % 100 == 0 or t == steps):
                progress(t, steps)
        losses = [_where_finite(net.loss, path[:, i], (len(path),)) for i in range(kept.size)]
    return path, np.stack(losses, axis=1)


def _where_finite(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], theta: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return ``function`` of every finite row of ``theta``, and NaN for the others."""
    finite = np.isfinite(theta).all(axis=1)
    values = np.full(shape, np.nan)
    if finite.any():
        values[finite] = function(theta[finite])
    return values
