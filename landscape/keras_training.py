"""Training by Keras itself: the exercise's own model and fit, and a quicker loop for long runs.

The referee that :func:`landscape.train` is held against, and what a figure runs where rounding decides
the story. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape import guards, optimizers, xor
from landscape.frozen import sealed
from landscape.optimizers import Optimizer
from landscape.quiet_start import quiet_start
from landscape.training import Progress, Trajectories, planned_records

with quiet_start():
    import keras
    import tensorflow as tf

DTYPES = ("float64", "float32")


def exercise_model(dtype: str = "float64") -> Any:
    """Return the exercise's model: 2 inputs, Dense 2 ReLU, Dense 1 linear, every layer in ``dtype``."""
    guards.choice("dtype", dtype, DTYPES)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((2,), dtype=dtype),
            layers.Dense(2, activation="relu", dtype=dtype, name="hidden"),
            layers.Dense(1, activation="linear", dtype=dtype, name="output"),
        ]
    )


def fit(
    start: ArrayLike, epochs: int = 256, dtype: str = "float64", optimizer: Optimizer | None = None
) -> Trajectories:
    """Run ``model.fit`` as the exercise does, one batch an epoch, and return its path (one start).

    About 20 ms an epoch. Samples keep their order within the batch, since another order of summation
    would round differently.

    Parameters
    ----------
    start : array_like of shape (9,)
    epochs : int
    dtype : "float64" or "float32"
        The exercise sets Keras to float64.
    optimizer : Adam, SGD or RMSprop
        Default: Adam with Keras' defaults.
    """
    theta = guards.vector("start", start, xor.TEXTBOOK.size)
    epochs = guards.count("epochs", epochs)
    optimizer = optimizers.Adam() if optimizer is None else optimizer
    referee = _Referee(dtype)
    path, loss = [], []

    def record(*_: object) -> None:
        path.append(xor.theta_from_keras(referee.model))
        loss.append(referee.loss())

    xor.theta_to_keras(theta, referee.model)
    record()
    with _floatx(dtype):
        referee.model.compile(optimizer=_keras_optimizer(optimizer), loss=referee.mse)
        every = keras.callbacks.LambdaCallback(on_epoch_end=record)
        data = {"x": referee.x.numpy(), "y": referee.y.numpy(), "batch_size": len(xor.X)}
        if epochs:
            referee.model.fit(**data, epochs=epochs, shuffle=False, callbacks=[every], verbose=0)
    return referee.result([path], [loss], np.arange(epochs + 1), optimizer, "Keras fit")


def train_with_keras(
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    record_every: int = 1,
    dtype: str = "float64",
    *,
    progress: Progress | None = None,
) -> Trajectories:
    """Train the exercise's model from every start with Keras' own layers, loss and optimizer.

    The same steps as :func:`fit`, in a loop inside one ``tf.function``: about 0.1 ms a step.

    Parameters
    ----------
    starts : array_like of shape (k, 9) or (9,)
    optimizer : Adam, SGD or RMSprop
    steps, record_every : int
        As for :func:`landscape.train`, with its limit on the size of the record.
    dtype : "float64" or "float32"
    progress : callable, optional
        Called with (steps done, steps); steps done is the mean over all starts.
    """
    thetas = guards.starts("starts", starts, xor.TEXTBOOK.size)
    guards.choice("dtype", dtype, DTYPES)
    kept = planned_records(thetas.shape, steps, record_every, np.dtype(dtype))
    referee = _Referee(dtype)
    advance, restart = referee.trainer(optimizer)
    path = np.empty((len(thetas), kept.size, thetas.shape[1]))
    loss = np.empty(path.shape[:2])
    for k, theta in enumerate(thetas):
        restart()
        xor.theta_to_keras(theta, referee.model)
        for i, step in enumerate(kept):
            if i:
                advance(tf.constant(step - kept[i - 1]))
            path[k, i], loss[k, i] = xor.theta_from_keras(referee.model), referee.loss()
            if progress:
                progress(int(k * kept[-1] + step) // len(thetas), int(kept[-1]))
    return referee.result(path, loss, kept, optimizer, "Keras")


class _Referee:
    """The exercise's model, data and loss in one data type, and what to do with them."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        with _floatx(dtype):
            self.model = exercise_model(dtype)
        self.mse = keras.losses.MeanSquaredError(dtype=dtype)
        self.x, self.y = tf.constant(xor.X, dtype), tf.constant(xor.Y[:, None], dtype)
        self._loss = tf.function(lambda: self.mse(self.y, self.model(self.x))).get_concrete_function()

    def loss(self) -> float:
        """Return the loss at the model's present weights, as the model's own data type rounds it."""
        return float(self._loss())

    def trainer(self, optimizer: Optimizer) -> tuple[Callable[[Any], Any], Callable[[], None]]:
        """Return ``advance(count)``, which does so many steps, and ``restart()``, which resets the optimizer."""
        with _floatx(self.dtype):
            keras_optimizer = _keras_optimizer(optimizer)
            keras_optimizer.build(self.model.trainable_variables)

            def advance(count: Any) -> None:
                for _ in tf.range(count):
                    with tf.GradientTape() as tape:
                        value = self.mse(self.y, self.model(self.x, training=True))
                    variables = self.model.trainable_variables
                    keras_optimizer.apply(tape.gradient(value, variables), variables)

            compiled = tf.function(advance).get_concrete_function(tf.TensorSpec([], tf.int64))
        fresh = [(v, v.numpy()) for v in keras_optimizer.variables]

        def restart() -> None:
            for variable, value in fresh:
                variable.assign(value)

        return compiled, restart

    def result(
        self, path: ArrayLike, loss: ArrayLike, kept: NDArray[np.int64], optimizer: Optimizer, by: str
    ) -> Trajectories:
        """Return what was recorded as trajectories."""
        return Trajectories(
            theta=sealed(np.array(path, dtype=self.dtype)),
            loss=sealed(np.array(loss, dtype=self.dtype)),
            step=kept,
            settings={
                "optimizer": optimizer.describe(),
                "dtype": self.dtype,
                "steps": int(kept[-1]),
                "objective": xor.network().describe(),
                "computed by": f"{by} {keras.__version__}, TensorFlow {tf.__version__}",
            },
        )


def _keras_optimizer(optimizer: Optimizer) -> Any:
    """Return Keras' own optimizer with the same settings; its variables take the data type of floatx."""
    match optimizer:
        case optimizers.Adam():
            kind = keras.optimizers.Adam
        case optimizers.SGD():
            kind = keras.optimizers.SGD
        case optimizers.RMSprop():
            kind = keras.optimizers.RMSprop
        case _:
            raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
    return kind(**vars(optimizer))


@contextmanager
def _floatx(dtype: str) -> Iterator[None]:
    """Let Keras work in ``dtype`` as the exercise does; leave its setting and Python's random numbers as they were.

    Keras draws the seeds of a new model's weights from Python's global generator.
    """
    before, drawn = keras.config.floatx(), random.getstate()
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        random.setstate(drawn)
