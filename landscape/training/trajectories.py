"""Trajectories: parameters and loss of runs at recorded steps, and which steps are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from landscape.base import checks
from landscape.base.labels import Labelled
from landscape.base.results import Settings, array, settings_of

RECORD_LIMIT = 2**30
"""Largest size of a record in bytes, 1 GiB."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Trajectories(Labelled):
    """Parameters and loss of runs at recorded steps: ``theta[k, i]`` is that of start k after ``step[i]`` updates.

    ``step[0] == 0`` is the start itself. Both arrays have the data type of the training.
    """

    ROWS: ClassVar = ("start", "step")

    theta: NDArray[Any] = array("start", "step", "parameter", meaning="parameters", dtype=None)
    loss: NDArray[Any] = array("start", "step", meaning="loss", dtype=None)
    step: NDArray[np.int64] = array("step", meaning="updates done", unit="updates", dtype=np.int64)
    settings: Settings = settings_of("optimizer, data type, objective")

    @property
    def end(self) -> NDArray[Any]:
        """Parameters after the last step, shape (k, n)."""
        return np.asarray(self.theta[:, -1])


def recorded_steps(steps: int, record_every: int) -> NDArray[np.int64]:
    """Return 0, record_every, 2 record_every, ... and always ``steps``."""
    kept = np.arange(0, steps + 1, record_every, dtype=np.int64)
    return kept if kept[-1] == steps else np.append(kept, np.int64(steps))


def planned_records(shape: tuple[int, ...], steps: int, record_every: int, kind: np.dtype[Any]) -> NDArray[np.int64]:
    """Check steps, record_every and the record's size for starts of ``shape`` (k, n); return the steps to record."""
    count, n = shape
    steps = checks.count("steps", steps)
    record_every = checks.count("record_every", record_every, least=1)
    records = steps // record_every + 1 + (steps % record_every > 0)
    size = count * records * (n + 1) * kind.itemsize
    if size > RECORD_LIMIT:
        most_records = RECORD_LIMIT // (count * (n + 1) * kind.itemsize)
        advice = "use fewer starts"
        if most_records > 2:
            least_interval = -(-steps // (most_records - 2))  # rounded up
            advice = f"use record_every={least_interval} or more"
        checks.memory(f"record_every={record_every} would record", size, advice, limit=RECORD_LIMIT)
    return recorded_steps(steps, record_every)
