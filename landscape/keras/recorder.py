"""A Keras callback that records the weights of ``model.fit``."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from landscape.base import checks
from landscape.keras.quiet_import import quiet_import
from landscape.training.recording import Recording

with quiet_import():
    import keras


class TrajectoryRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Append the trainable weights to a file during ``model.fit``: at the start, then every epoch or every few updates.

    Nothing is kept in memory. If training is killed, the file holds all but perhaps the last record; if it goes on with
    the same file, the number of updates does, too. ``landscape.load(path)`` returns the Trajectories of the run.

    Parameters
    ----------
    path : str or path
        Name of the file. An existing recording of the same number of weights goes on.
    every : "epoch" or int
        When weights are recorded: after every epoch, or after so many updates and at the end.

    Notes
    -----
    The recorded loss is what ``fit`` reports: the mean over the epoch so far, computed while the weights changed.
    Before the first update it is NaN. ``landscape.project`` computes the loss of each record anew.

    Examples
    --------
    >>> import tempfile
    >>> import landscape as ls
    >>> model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     recorder = TrajectoryRecorder(f"{folder}/run.rec")
    ...     _ = model.fit(np.ones((8, 1)), np.ones((8, 1)), batch_size=2, epochs=3, verbose=0, callbacks=[recorder])
    ...     ls.load(f"{folder}/run.rec").step.tolist()
    [0, 4, 8, 12]
    """

    def __init__(self, path: str | os.PathLike[str], every: str | int = "epoch") -> None:
        super().__init__()
        if every != "epoch":
            every = checks.count('every (if it is not "epoch")', every, least=1)  # type: ignore[arg-type]
        self.path, self.every = path, every
        self._recording: Recording | None = None
        self._step, self._loss = 0, float("nan")

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the file, and record the first weights."""
        self._loss = float("nan")
        if self.model.trainable_variables:
            self._open()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count an update, and record the weights if it is time."""
        self._open()
        self._step += 1
        self._loss = float((logs or {}).get("loss", float("nan")))
        if self.every != "epoch" and self._step % int(self.every) == 0:
            self._record()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the weights if that is asked for every epoch."""
        self._loss = float((logs or {}).get("loss", self._loss))
        if self.every == "epoch":
            self._record()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Record the last weights, and close the file."""
        self._record()
        if self._recording is not None:
            self._recording.close()
        self._recording = None

    def _open(self) -> None:
        """Open the file once the model has its weights."""
        if self._recording is not None:
            return
        variables = self.model.trainable_variables
        kinds = sorted({v.dtype for v in variables})
        if kinds not in (["float32"], ["float64"]):
            raise ValueError(f"model must have all its weights in float32 or in float64; got {', '.join(kinds)}")
        n = sum(int(np.prod(v.shape)) for v in variables)
        optimizer = self.model.optimizer
        about: dict[str, str | float] = {
            "optimizer": type(optimizer).__name__,
            "learning_rate": float(np.asarray(optimizer.learning_rate)),
        }
        objective = json.dumps({"model": f"Keras {self.model.name}", "parameters": n})
        self._recording = Recording(self.path, n, kinds[0], {"objective": objective, **about})
        self._step = max(0, self._recording.last_step)
        self._record()

    def _record(self) -> None:
        """Append the current weights, unless those of this step have been recorded."""
        if self._recording is not None and self._step > self._recording.last_step:
            parts = (np.asarray(v) for v in self.model.trainable_variables)
            self._recording.append(self._step, self._loss, parts)
