"""Training by Keras itself: the exercise's own model and fit, and a faster loop for long runs.

This is the reference for :func:`landscape.train`, and figures use it where the results depend on
rounding. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.progress import Progress
from landscape.base.results import make_read_only
from landscape.keras.quiet_import import quiet_import
from landscape.networks import xor
from landscape.networks.one_hidden_layer import DenseNetwork
from landscape.training import optimizers
from landscape.training.optimizers import Optimizer
from landscape.training.trajectories import Trajectories, planned_records

with quiet_import():
    import keras
    import tensorflow as tf

DTYPES = ("float64", "float32")


def exercise_model(dtype: str = "float64") -> Any:
    """Return the exercise's model: 2 inputs, Dense 2 ReLU, Dense 1 linear, every layer in ``dtype``."""
    return model_of(xor.network(), dtype)


def model_of(net: DenseNetwork, dtype: str = "float64") -> Any:
    """Return the Keras model of a network, every layer in ``dtype``; its weights are in the order of theta."""
    checks.choice("dtype", dtype, DTYPES)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((net.n_inputs,), dtype=dtype),
            layers.Dense(net.hidden, activation=net.activation, dtype=dtype, name="hidden"),
            layers.Dense(1, activation=net.head, dtype=dtype, name="output"),
        ]
    )


def fit(
    start: ArrayLike, epochs: int = 256, dtype: str = "float64", optimizer: Optimizer | None = None
) -> Trajectories:
    """Run ``model.fit`` as the exercise does, with one batch per epoch, and return its path (one start).

    It takes about 20 ms per epoch. Samples keep their order within the batch, since another order of summation
    would round differently.

    Parameters
    ----------
    start : array_like of shape (9,)
    epochs : int
    dtype : "float64" or "float32"
        The exercise sets Keras to float64.
    optimizer : Adam, SGD or RMSprop
        Default: Adam with the defaults of Keras.
    """
    theta = checks.vector("start", start, xor.TEXTBOOK.size)
    epochs = checks.count("epochs", epochs)
    optimizer = optimizers.Adam() if optimizer is None else optimizer
    reference = _ReferenceModel(xor.network(), dtype)
    path, loss = [], []

    def record(*_: object) -> None:
        path.append(reference.theta())
        loss.append(reference.loss())

    reference.set_theta(theta)
    record()
    with _floatx(dtype):
        reference.model.compile(optimizer=_keras_optimizer(optimizer, dtype), loss=reference.criterion)
        every = keras.callbacks.LambdaCallback(on_epoch_end=record)
        data = {"x": reference.x.numpy(), "y": reference.y.numpy(), "batch_size": len(xor.X)}
        if epochs:
            reference.model.fit(**data, epochs=epochs, shuffle=False, callbacks=[every], verbose=0)
    return reference.result([path], [loss], np.arange(epochs + 1), optimizer, "Keras fit")


def train_with_keras(
    starts: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    record_every: int = 1,
    dtype: str = "float64",
    *,
    net: DenseNetwork | None = None,
    batches: ArrayLike | None = None,
    progress: Progress | None = None,
) -> Trajectories:
    """Train from every start with Keras' own layers, loss and optimizer.

    The same steps as :func:`fit`, in a loop inside one ``tf.function``: about 0.1 ms per step.

    Parameters
    ----------
    starts : array_like of shape (k, n) or (n,)
    optimizer : Adam, SGD, RMSprop or CosineDecay
    steps, record_every : int
        As for :func:`landscape.train`, with the same limit on the size of the record.
    dtype : "float64" or "float32"
    net : ReluNetwork or AlternativeNetwork, optional
        Default: the exercise's network.
    batches : array_like of shape (k, steps, b) of int, optional
        Indices of the samples that each step of each start uses. Default: all samples, in order.
    progress : callable, optional
        Called with (steps done, steps); steps done is the mean over all starts.
    """
    net = xor.network() if net is None else net
    thetas = checks.starts("starts", starts, net.n_parameters)
    checks.choice("dtype", dtype, DTYPES)
    recorded = planned_records(thetas.shape, steps, record_every, np.dtype(dtype))
    samples = None if batches is None else np.asarray(batches, dtype=np.int64)
    if samples is not None and (samples.ndim != 3 or samples.shape[:2] != (len(thetas), steps)):
        raise ValueError(f"batches must have shape ({len(thetas)}, {steps}, samples); got {samples.shape}")
    reference = _ReferenceModel(net, dtype)
    advance, restart = reference.trainer(optimizer, None if samples is None else samples.shape[2])
    path = np.empty((len(thetas), recorded.size, thetas.shape[1]))
    loss = np.empty(path.shape[:2])
    for k, theta in enumerate(thetas):
        restart()
        reference.set_theta(theta)
        for i, step in enumerate(recorded):
            if i:
                before = recorded[i - 1]
                rows = None if samples is None else tf.constant(samples[k, before:step])
                advance(tf.constant(step - before), rows)
            path[k, i], loss[k, i] = reference.theta(), reference.loss()
            if progress:
                progress(int(k * recorded[-1] + step) // len(thetas), int(recorded[-1]))
    return reference.result(path, loss, recorded, optimizer, "Keras")


class _ReferenceModel:
    """A network as a Keras model, with data and loss in one data type, and methods to train and record it."""

    def __init__(self, net: DenseNetwork, dtype: str) -> None:
        self.net, self.dtype = net, dtype
        with _floatx(dtype):
            self.model = model_of(net, dtype)
        losses = {"linear": keras.losses.MeanSquaredError, "sigmoid": keras.losses.BinaryCrossentropy}
        self.criterion = losses[net.head](dtype=dtype)
        self.x, self.y = tf.constant(net.inputs, dtype), tf.constant(net.targets[:, None], dtype)
        self._loss = tf.function(lambda: self.criterion(self.y, self.model(self.x))).get_concrete_function()

    def theta(self) -> NDArray[np.float64]:
        """Return the current weights of the model as theta."""
        return np.concatenate([np.asarray(w, dtype=np.float64).ravel() for w in self.model.get_weights()])

    def set_theta(self, theta: NDArray[np.float64]) -> None:
        """Set the model's weights."""
        w = self.net.unpack(theta)
        self.model.set_weights([w.W1, w.b1, w.W2[:, None], w.b2[None]])

    def loss(self) -> float:
        """Return the loss at the current weights of the model, computed in its data type."""
        return float(self._loss())

    def trainer(
        self, optimizer: Optimizer, batch: int | None = None
    ) -> tuple[Callable[[Any, Any], Any], Callable[[], None]]:
        """Return ``advance(count, batches)``, which does ``count`` steps, and ``restart()`` to reset the optimizer.

        ``batches`` (count, batch) holds the indices of the samples that each step uses; None if each uses all.
        """
        with _floatx(self.dtype):
            keras_optimizer = _keras_optimizer(optimizer, self.dtype)
            keras_optimizer.build(self.model.trainable_variables)

            def advance(count: Any, batches: Any) -> None:
                for k in tf.range(count):
                    x, y = (
                        (self.x, self.y) if batches is None else (tf.gather(of, batches[k]) for of in (self.x, self.y))
                    )
                    with tf.GradientTape() as tape:
                        value = self.criterion(y, self.model(x, training=True))
                    variables = self.model.trainable_variables
                    keras_optimizer.apply(tape.gradient(value, variables), variables)

            rows = None if batch is None else tf.TensorSpec([None, batch], tf.int64)
            compiled = tf.function(advance).get_concrete_function(tf.TensorSpec([], tf.int64), rows)
        initial = [(v, v.numpy()) for v in keras_optimizer.variables]

        def restart() -> None:
            for variable, value in initial:
                variable.assign(value)

        return compiled, restart

    def result(
        self, path: ArrayLike, loss: ArrayLike, recorded: NDArray[np.int64], optimizer: Optimizer, by: str
    ) -> Trajectories:
        """Return the recorded values as trajectories."""
        return Trajectories(
            theta=make_read_only(np.array(path, dtype=self.dtype)),
            loss=make_read_only(np.array(loss, dtype=self.dtype)),
            step=recorded,
            settings={
                **optimizers.run_settings(self.net, optimizer, int(recorded[-1]), np.dtype(self.dtype)),
                "computed by": f"{by} {keras.__version__}, TensorFlow {tf.__version__}",
            },
        )


def _keras_optimizer(optimizer: Optimizer, dtype: str) -> Any:
    """Return Keras' own optimizer with the same settings; its variables take the data type of floatx."""
    known = {
        optimizers.Adam: keras.optimizers.Adam,
        optimizers.SGD: keras.optimizers.SGD,
        optimizers.RMSprop: keras.optimizers.RMSprop,
    }
    inner = optimizer.optimizer if isinstance(optimizer, optimizers.CosineDecay) else optimizer
    kind = next((theirs for ours, theirs in known.items() if isinstance(inner, ours)), None)
    if kind is None:
        raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
    settings = dict(vars(inner))
    if isinstance(optimizer, optimizers.CosineDecay):
        rate = tf.constant(settings["learning_rate"], dtype)
        settings["learning_rate"] = keras.optimizers.schedules.CosineDecay(rate, optimizer.steps)
    return kind(**settings)


@contextmanager
def _floatx(dtype: str) -> Iterator[None]:
    """Set floatx of Keras to ``dtype``, as the exercise does; restore it and Python's random state afterwards.

    Keras draws the seeds of a new model's weights from Python's global generator.
    """
    floatx, random_state = keras.config.floatx(), random.getstate()
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        random.setstate(random_state)
