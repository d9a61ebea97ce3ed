"""Training from many starts at once, with every step kept: trajectories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from landscape import guards
from landscape.frozen import Settings, read_only, sealed, settings
from landscape.labels import Labelled, Labels, Variable, numbered, parameter_axis
from landscape.network import ReluNetwork
from landscape.objective import Objective, require_objective
from landscape.optimizers import Optimizer
from landscape.progress import Progress

RECORD_LIMIT = 2**30
"""Bytes that a record may take, 1 GiB."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Trajectories(Labelled):
    """Parameters and loss of k runs at r recorded steps.

    theta : ndarray of shape (k, r, n), float64 or float32    ``theta[k, i]`` after ``step[i]`` updates
    loss : ndarray of shape (k, r)
    step : ndarray of shape (r,), int64    ``step[0] == 0`` is the start itself
    settings : optimizer, data type, objective
    """

    theta: NDArray[Any]
    loss: NDArray[Any]
    step: NDArray[np.int64]
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "theta", read_only(self.theta, None))
        object.__setattr__(self, "loss", read_only(self.loss, None))
        object.__setattr__(self, "step", read_only(self.step, np.int64))
        object.__setattr__(self, "settings", settings(self.settings))
        if self.theta.ndim != 3:
            raise ValueError(f"theta must have shape (starts, records, n); got {self.theta.shape}")
        if self.loss.shape != self.theta.shape[:2] or self.step.shape != self.theta.shape[1:2]:
            raise ValueError(
                f"loss and step must have shapes {self.theta.shape[:2]} and {self.theta.shape[1:2]}; "
                f"got {self.loss.shape} and {self.step.shape}"
            )

    @property
    def end(self) -> NDArray[Any]:
        """Parameters after the last step, shape (k, n)."""
        return np.asarray(self.theta[:, -1])

    def labels(self) -> Labels:
        """Return this result with names on every axis."""
        k, _, n = self.theta.shape
        coordinates = {
            "start": numbered("start", k, "number of the start"),
            "step": Variable(("step",), self.step, "updates done", "updates"),
            "parameter": parameter_axis(n, self.settings),
        }
        variables = {
            "loss": Variable(("start", "step"), self.loss, "loss"),
            "theta": Variable(("start", "step", "parameter"), self.theta, "parameters"),
        }
        return Labels(coordinates, variables, ("start", "step"), self.settings)


def recorded_steps(steps: int, record_every: int) -> NDArray[np.int64]:
    """Return 0, record_every, 2 record_every, ... and always ``steps``."""
    kept = np.arange(0, steps + 1, record_every, dtype=np.int64)
    return kept if kept[-1] == steps else np.append(kept, np.int64(steps))


def planned_records(shape: tuple[int, ...], steps: int, record_every: int, kind: np.dtype[Any]) -> NDArray[np.int64]:
    """Check steps, record_every and the size of a record of starts of ``shape`` (k, n); return the steps to keep."""
    count, n = shape
    steps = guards.count("steps", steps)
    record_every = guards.count("record_every", record_every, least=1)
    records = steps // record_every + 1 + (steps % record_every > 0)
    size = count * records * (n + 1) * kind.itemsize
    if size > RECORD_LIMIT:
        fit = RECORD_LIMIT // (count * (n + 1) * kind.itemsize)
        way_out = f"use record_every={-(-steps // (fit - 2))} or more" if fit > 2 else "use fewer starts"
        raise ValueError(
            f"record_every={record_every} would record {size / 2**30:.1f} GiB, over the limit of 1 GiB; {way_out}"
        )
    return recorded_steps(steps, record_every)


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
    optimizer : Adam, SGD or RMSprop
    steps : int, at least 0
    record_every : int, at least 1
        The start and the last step are always recorded.
    dtype : "float64" or "float32"
        Data type of every operation and of the result. float32 is for the ReLU network only.
    progress : callable, optional
        Called with (steps done, steps) now and then.

    Raises
    ------
    ValueError
        Also when the record would take more than 1 GiB; record less often then.
    """
    require_objective(net)
    theta = guards.starts("starts", starts, net.n_parameters)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
    kind = guards.float_type("dtype", dtype)
    kept = planned_records(theta.shape, steps, record_every, kind)
    if isinstance(net, ReluNetwork):
        from landscape.kernels import walk

        path, loss = walk.train(net, guards.within("starts", theta, kind), optimizer, kept, progress)
    elif kind == np.float32:
        raise ValueError(f"dtype must be 'float64' for {type(net).__name__}; got 'float32'")
    else:
        path, loss = walk_in_numpy(net, theta, optimizer, kept, progress)
    how: Settings = {"optimizer": optimizer.describe(), "dtype": kind.name, "steps": int(kept[-1])}
    describe = getattr(net, "describe", None)
    return Trajectories(
        theta=sealed(path),
        loss=sealed(loss),
        step=kept,
        settings={**how, "objective": describe() if describe else repr(net)},
    )


def walk_in_numpy(
    net: Objective,
    starts: NDArray[np.float64],
    optimizer: Optimizer,
    kept: NDArray[np.int64],
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Walk any objective from starts (k, n); return paths (k, r, n) and losses (k, r).

    The readable definition that the compiled walk of the ReLU network is held against. A run that
    diverges beyond the range of floats goes on as NaN and leaves the others alone.
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
