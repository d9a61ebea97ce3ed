"""A built Keras 3 model, with its data and loss, as an objective.

Importing this module imports TensorFlow, which takes a few seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.keras.filters import Variable, filters_of, names_of
from landscape.keras.quiet_import import quiet_import
from landscape.networks.objective import Filter

with quiet_import():
    import keras
    import tensorflow as tf

__all__ = ["KerasObjective"]

Loss = Callable[[Any, Any], Any]

BLOCK = 2**22
"""Maximum number of values in a batch of parameter vectors passed to TensorFlow."""


class KerasObjective:
    """The loss of a Keras model on a data set as a function of its trainable weights.

    theta is the concatenation of the model's ``trainable_variables``, each in C order. The model is
    called as in inference (no dropout, stored batch statistics) and never changed; everything is
    computed in the data type of its weights, and results are float64 arrays.

    Parameters
    ----------
    model : keras.Model
        Built, with one output, on the TensorFlow backend.
    x : array_like of shape (m, ...)
        Inputs of the m samples.
    y : array_like of shape (m, ...)
        Targets. For Keras' own losses they have the shape of the outputs, up to trailing axes of length 1 and except
        for class indices, as in ``sparse_categorical_crossentropy``.
    loss : keras.losses.Loss, str or callable, optional
        ``loss(y, outputs)``. Default: the loss that the model was compiled with, or mean squared error.
        It is evaluated in the data type of the weights, whatever ``keras.config.floatx()`` says.
        Penalties on weights that the model's layers add are part of the objective.

    Examples
    --------
    >>> model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, name="line", dtype="float64")])
    >>> objective = KerasObjective(model, [[0.0], [1.0]], [[1.0], [3.0]])
    >>> objective.parameter_names
    ('line/kernel[0,0]', 'line/bias[0]')
    >>> objective.loss([[2.0, 1.0], [0.0, 1.0]]).tolist()
    [0.0, 2.0]
    >>> objective.gradient([0.0, 1.0]).tolist()
    [-2.0, -2.0]
    """

    def __init__(self, model: Any, x: ArrayLike, y: ArrayLike, loss: Loss | str | None = None) -> None:
        if not isinstance(model, keras.Model):
            raise TypeError(f"model must be a Keras 3 model; got {type(model).__name__}")
        if keras.config.backend() != "tensorflow":
            raise ValueError(
                f"keras must run on tensorflow; got backend {keras.config.backend()!r}, set KERAS_BACKEND=tensorflow"
            )
        if not model.built or not model.trainable_variables:
            raise ValueError(f"model must be built and have trainable weights; call {model.name!r} on some data first")
        kinds = sorted({v.dtype for v in model.trainable_variables})
        if kinds not in (["float32"], ["float64"]):
            raise ValueError(f"model must have all its weights in float32 or in float64; got {', '.join(kinds)}")
        x, y = checks.real_array("x", x), checks.real_array("y", y)
        if x.ndim == 0 or len(x) == 0 or y.shape[:1] != x.shape[:1]:
            raise ValueError(f"x and y must hold the same samples, at least one; got shapes {x.shape} and {y.shape}")
        self.model = model
        self.dtype: str = kinds[0]
        self._x, self._y = tf.constant(x, self.dtype), tf.constant(y, self.dtype)
        self._loss_name, self._loss, compares = _resolve_loss(model, loss)
        outputs = self._shape_of_outputs()
        if compares and _without_trailing_ones(outputs) != _without_trailing_ones(y.shape):
            raise ValueError(
                f"y must have the shape of the model's outputs, {outputs}, for {self._loss_name}; got {y.shape}"
            )

    @property
    def n_parameters(self) -> int:
        """Length n of theta."""
        return sum(v.size for v in self._variables)

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta, made of the path of its Keras variable and its index there."""
        return names_of(self._variables)

    @cached_property
    def filters(self) -> tuple[Filter, ...]:
        """The incoming weights of every unit; see :func:`landscape.keras.filters.filters_of`."""
        return filters_of(self._variables)

    @property
    def theta(self) -> Array:
        """The current weights of the model, shape (n,)."""
        values = [v.numpy().astype(np.float64).ravel() for v in self.model.trainable_variables]
        return np.concatenate(values)

    def loss(self, theta: ArrayLike) -> Array:
        """Return the loss of every theta: (..., n) -> (...)."""
        return self._in_blocks(self._losses, theta)

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss as TensorFlow computes it: (..., n) -> (..., n)."""
        return self._in_blocks(self._gradients, theta)

    def predict(self, theta: ArrayLike) -> Array:
        """Return the model's outputs on x: (..., n) -> (..., m, ...)."""
        return self._in_blocks(self._outputs, theta)

    def describe(self) -> str:
        """Return model, loss and data as one line of JSON, to be stored with a result."""
        sizes = {"parameters": self.n_parameters, "inputs": list(self._x.shape), "dtype": self.dtype}
        return json.dumps({"model": f"Keras {self.model.name}", "loss": self._loss_name, **sizes})

    @cached_property
    def _variables(self) -> tuple[Variable, ...]:
        own = f"{self.model.name}/"  # Keras numbers unnamed models, so this prefix would differ between runs
        return tuple(Variable(v.path.removeprefix(own), tuple(v.shape)) for v in self.model.trainable_variables)

    def _in_blocks(self, function: Callable[[Any], Any], theta: ArrayLike) -> Array:
        given = checks.parameters("theta", theta, self.n_parameters)
        flat = given.reshape(-1, self.n_parameters).astype(self.dtype)
        rows = max(1, BLOCK // self.n_parameters)
        parts = [function(tf.constant(flat[i : i + rows])).numpy() for i in range(0, max(1, len(flat)), rows)]
        values = np.concatenate(parts).astype(np.float64)
        return values.reshape(given.shape[:-1] + values.shape[1:])

    def _shape_of_outputs(self) -> tuple[int, ...]:
        """Return the shape of the model's outputs on x, found from one sample."""
        values = [
            [v.value for v in part] for part in (self.model.trainable_variables, self.model.non_trainable_variables)
        ]
        try:
            outputs, _ = self.model.stateless_call(*values, self._x[:1], training=False)
        except Exception as error:  # layers may raise anything
            reason = str(error).strip().partition("\n")[0]
            shape = tuple(self._x.shape)
            raise ValueError(f"x must be inputs of model {self.model.name!r}; got shape {shape}: {reason}") from error
        if not tf.is_tensor(outputs):
            raise ValueError(f"model must have one output; {self.model.name!r} has {len(outputs)}")
        return (len(self._x), *outputs.shape[1:])

    def _outputs_and_loss(self, theta: Any) -> tuple[Any, Any]:
        sizes = [v.size for v in self._variables]
        weights = [tf.reshape(part, v.shape) for part, v in zip(tf.split(theta, sizes), self._variables, strict=True)]
        others = [v.value for v in self.model.non_trainable_variables]
        outputs, _, penalties = self.model.stateless_call(weights, others, self._x, training=False, return_losses=True)
        return outputs, tf.add_n([self._loss(self._y, outputs), *(tf.cast(p, self.dtype) for p in penalties)])

    @cached_property
    def _losses(self) -> Any:
        return self._graph(lambda thetas: tf.map_fn(lambda t: self._outputs_and_loss(t)[1], thetas))

    @cached_property
    def _outputs(self) -> Any:
        return self._graph(lambda thetas: tf.map_fn(lambda t: self._outputs_and_loss(t)[0], thetas))

    @cached_property
    def _gradients(self) -> Any:
        def gradient(theta: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(theta)
                value = self._outputs_and_loss(theta)[1]
            return tape.gradient(value, theta, unconnected_gradients="zero")

        return self._graph(lambda thetas: tf.map_fn(gradient, thetas))

    def _graph(self, function: Callable[[Any], Any]) -> Any:
        # one trace for all batch sizes, created now: TensorFlow warns about functions that are traced repeatedly
        return tf.function(function).get_concrete_function(tf.TensorSpec([None, self.n_parameters], self.dtype))


def _without_trailing_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without trailing axes of length 1, which Keras adds and drops as needed."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _resolve_loss(model: Any, loss: Loss | str | None) -> tuple[str, Callable[[Any, Any], Any], bool]:
    """Return the name of a loss, the loss itself, and whether it compares each target with an output.

    The loss maps (y, outputs) to a scalar in the data type of its arguments. Keras' own losses compare each target
    with an output, except those for class indices.
    """
    if loss is None:
        has_loss = getattr(model, "compiled", False) and model.loss is not None
        loss = model.loss if has_loss else "mean_squared_error"
    try:
        found = keras.losses.get(loss) if isinstance(loss, str) else loss
    except ValueError:
        raise ValueError(f"loss must be the name of a Keras loss, such as 'mse'; got {loss!r}") from None
    if isinstance(found, keras.losses.Loss):
        # calling a Loss casts to its own data type; its ``call`` and the reduction do not
        total = tf.reduce_sum if found.reduction == "sum" else tf.reduce_mean
        return found.name, lambda y, outputs: total(found.call(y, outputs)), _compares_outputs(type(found))
    if not callable(found):
        raise TypeError(f"loss must be a Keras loss, its name, or a function of (y, outputs); got {loss!r}")
    name = getattr(found, "__name__", type(found).__name__)
    return name, lambda y, outputs: tf.reduce_mean(found(y, outputs)), _compares_outputs(found)


def _compares_outputs(loss: Any) -> bool:
    name = getattr(loss, "__name__", "").lower()
    return str(loss.__module__).startswith("keras.") and not name.startswith(("sparse", "ctc"))
