"""A Keras callback that records the weights of ``model.fit``."""

from __future__ import annotations

import hashlib
import json
import os
from itertools import chain
from typing import Any

import numpy as np

from landscape.base import checks
from landscape.keras.quiet_import import quiet_import
from landscape.training.recording import Recording

with quiet_import():
    import keras


class TrajectoryRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Append the trainable weights to a file during ``model.fit``: at the start, then every epoch or every few updates.

    Nothing is kept in memory. If training is killed, the file holds all but perhaps the last record.
    ``landscape.load(path)`` returns the Trajectories of the run, a :class:`landscape.RecordedRun`.

    Training goes on in the same file, and so does the number of updates, if the model has the weights of the last
    record, or if its optimizer has been restored, too, and has made more updates than the last record, or as many as
    an earlier record of the same weights, after which the file is written anew. Anything else is refused.

    Parameters
    ----------
    path : str or path
        Name of the file. An existing recording of the same weights goes on.
    every : "epoch" or int
        When weights are recorded: after every epoch, or after so many updates and at the end. If Keras makes several
        updates at once (``steps_per_execution``), after the first ones that reach a multiple.
    moments : bool
        Whether to record the second moments of Adam or RMSprop, too, which ``landscape.track_sharpness`` needs. The
        file is twice as large.

    Notes
    -----
    The recorded loss is what ``fit`` reports: the mean over the epoch so far, computed while the weights changed.
    Before the first update it is NaN. ``landscape.project`` computes the loss of each record anew. Updates are counted
    by the optimizer that the model was compiled with.

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

    def __init__(self, path: str | os.PathLike[str], every: str | int = "epoch", *, moments: bool = False) -> None:
        super().__init__()
        if every != "epoch":
            every = checks.count('every (if it is not "epoch")', every, least=1)  # type: ignore[arg-type]
        if not isinstance(moments, bool):
            raise TypeError(f"moments must be True or False; got {moments!r}")
        self.path, self.every, self.moments = path, every, moments
        self._recording: Recording | None = None
        self._variables: list[Any] = []
        self._offset = 0
        self._loss = float("nan")

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Close the file of a fit that did not end."""
        self._close()
        self._loss = float("nan")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Open the file, and record the first weights, which other callbacks may have restored."""
        if self._recording is None:
            self._open()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the weights if it is time; a batch may be of several updates."""
        self._loss = float((logs or {}).get("loss", float("nan")))
        if self.every != "epoch" and self._recording is not None:
            every = int(self.every)
            if self._step() // every > self._recording.last_step // every:
                self._record()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the weights if that is asked for every epoch."""
        self._loss = float((logs or {}).get("loss", self._loss))
        if self.every == "epoch":
            self._record()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Record the last weights, and close the file."""
        self._record()
        self._close()

    def _open(self) -> None:
        """Open the file, and find the step at which the run goes on."""
        model = self.model
        if not model.built or not model.trainable_variables:
            raise ValueError(
                "model must have trainable weights before it is trained, for the start to be recorded; "
                f"call {model.name!r} on some data first"
            )
        self._variables = list(model.trainable_variables)
        kinds = sorted({v.dtype for v in self._variables})
        if kinds not in (["float32"], ["float64"]):
            raise ValueError(f"model must have all its weights in float32 or in float64; got {', '.join(kinds)}")
        if self.moments and self._second_moments() is None:
            name = type(self._optimizer).__name__
            raise ValueError(
                f"moments=True needs an optimizer with second moments, such as Adam or RMSprop; got {name}"
            )
        n = sum(int(np.prod(v.shape)) for v in self._variables)
        objective = json.dumps({"model": f"Keras {model.name}", "parameters": n})
        settings = {"objective": objective, "optimizer": type(self._optimizer).__name__, **self._numbers()}
        recording = Recording(
            self.path, n, kinds[0], settings, moments=self.moments, variables=_fingerprint(model.weights)
        )
        try:
            self._offset = recording.resume(map(np.asarray, self._variables), self._updates()) - self._updates()
        except BaseException:
            recording.close()
            raise
        self._recording = recording
        self._record()

    def _record(self) -> None:
        """Append the current weights, unless those of this step have been recorded."""
        if self._recording is None or (step := self._step()) <= self._recording.last_step:
            return
        moments = self._second_moments() if self.moments else None
        parts = map(np.asarray, chain(self._variables, moments or []))
        self._recording.append(step, self._loss, parts, self._rate())

    def _close(self) -> None:
        if self._recording is not None:
            self._recording.close()
        self._recording = None

    def _step(self) -> int:
        """Return the number of updates since the start of the run, also in earlier fits."""
        return self._offset + self._updates()

    def _updates(self) -> int:
        return int(np.asarray(self._optimizer.iterations))

    @property
    def _optimizer(self) -> Any:
        """The optimizer, also of mixed precision, which wraps it."""
        return getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)

    def _rate(self) -> float:
        """Return the learning rate of the next update."""
        return float(np.asarray(self._optimizer.learning_rate))

    def _numbers(self) -> dict[str, float | bool]:
        """Return the optimizer's settings that are numbers."""
        config = self._optimizer.get_config()
        given = {key: value for key, value in config.items() if isinstance(value, bool | int | float)}
        return {**given, "learning_rate": self._rate()}

    def _second_moments(self) -> list[Any] | None:
        """Return the optimizer's second moments, 0 before its first update; None if it has none."""
        optimizer = self._optimizer
        if not isinstance(optimizer, keras.optimizers.Adam | keras.optimizers.RMSprop):
            return None
        moments = getattr(optimizer, "_velocities", [])  # they exist from the first update on
        own = {id(v): moment for v, moment in zip(optimizer._trainable_variables, moments, strict=False)}
        return [own.get(id(v), np.zeros(v.shape)) for v in self._variables]


def _fingerprint(weights: list[Any]) -> str:
    """Return a text that tells which weights of a model are trained, and their shapes, from others."""
    trained = [(i, tuple(v.shape)) for i, v in enumerate(weights) if v.trainable]
    return hashlib.sha256(repr(trained).encode()).hexdigest()[:16]
