"""Trajectories: parameters and loss of runs at recorded steps, and which steps a record keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.labels import Labelled, Labels, Variable, numbered, parameter_axis
from landscape.base.results import Settings, read_only, settings

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
    steps = checks.count("steps", steps)
    record_every = checks.count("record_every", record_every, least=1)
    records = steps // record_every + 1 + (steps % record_every > 0)
    size = count * records * (n + 1) * kind.itemsize
    if size > RECORD_LIMIT:
        fit = RECORD_LIMIT // (count * (n + 1) * kind.itemsize)
        way_out = f"use record_every={-(-steps // (fit - 2))} or more" if fit > 2 else "use fewer starts"
        raise ValueError(
            f"record_every={record_every} would record {size / 2**30:.1f} GiB, over the limit of 1 GiB; {way_out}"
        )
    return recorded_steps(steps, record_every)
