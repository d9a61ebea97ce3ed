"""The loss and the metrics of a Keras model as ``model.evaluate`` computes them, without changing the model.

The model is called in a ``keras.StatelessScope``: its variables keep their values, whatever the call assigns. Loss and
metrics belong to a second, empty ``keras.Model`` that is compiled as the first; so the first keeps the state of its
metrics, and the precision is that of its weights, whatever ``keras.config.floatx()`` says.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from landscape.base.wording import short_repr
from landscape.keras.batches import Batch, shapes
from landscape.keras.quiet_import import quiet_import
from landscape.keras.refusals import reason

with quiet_import():
    import keras
    import tensorflow as tf

States = list[Any]
"""Values of variables that one batch passes to the next: of metrics, then of those that a call of the model changes."""


def data_type_of(model: Any) -> str:
    """Return the data type of the weights of a model, which must be built, on TensorFlow, and trainable."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a Keras 3 model; got {type(model).__name__}")
    if keras.config.backend() != "tensorflow":
        raise ValueError(
            f"keras must run on tensorflow; got backend {keras.config.backend()!r}, set KERAS_BACKEND=tensorflow"
        )
    if not model.built or not model.trainable_variables:
        raise ValueError(f"model must be built and have trainable weights; call {model.name!r} on some data first")
    kinds = sorted({str(v.dtype) for v in model.trainable_variables})
    if kinds not in (["float32"], ["float64"]):
        raise ValueError(f"model must have all its weights in float32 or in float64; got {', '.join(kinds)}")
    return kinds[0]


def metrics_as_tuple(metrics: Sequence[Any] | None) -> tuple[Any, ...] | None:
    """Return metrics as a tuple, or None for what the model was compiled with; refuse what would be lost or misread."""
    if metrics is None:
        return None
    if isinstance(metrics, str | bytes) or not isinstance(metrics, Sequence):
        raise TypeError(f"metrics must be a sequence, such as ({short_repr(metrics)},); got {short_repr(metrics)}")
    names = [getattr(metric, "name", metric) for metric in metrics]
    if any(names.count(name) > 1 for name in names if isinstance(name, str)):
        raise ValueError(f"metrics must have names that differ; got {', '.join(map(str, names))}")
    return tuple(metrics)


class CompiledLoss:
    """Loss and metrics of a model on one batch, as a function of weights and states.

    Parameters
    ----------
    model : keras.Model
    loss : as in ``model.compile``; None for what the model was compiled with, or mean squared error
    metrics : as in ``model.compile``; None for what the model was compiled with
    batch : a batch of the data, to create the variables of metrics with
    dtype : "float32" or "float64"

    Attributes
    ----------
    name : name of the loss
    has_metrics : whether there are metrics beside the loss
    changed : variables of the model that a call changes, such as the state of a stateful recurrent layer
    """

    def __init__(self, model: Any, loss: Any, metrics: Sequence[Any] | None, batch: Batch, dtype: str) -> None:
        self.model, self._dtype = model, dtype
        self._training = {"training": False} if _takes_training(model) else {}
        self._own = loss is None and type(model).compute_loss is not keras.Model.compute_loss
        if loss is None and type(model).test_step is not keras.Model.test_step:
            raise ValueError(
                f"model {model.name!r} has a test_step of its own, whose loss is not known as a function; pass loss="
            )
        weights = None
        self._is_assumed = loss is None and not self._own and getattr(model, "loss", None) is None
        if loss is None and getattr(model, "loss", None) is not None:
            loss, weights = model.loss, model._compile_loss._user_loss_weights
        elif loss is None:
            loss = "mean_squared_error"
        _each(_require_loss, loss)
        own = getattr(model, "_compile_metrics", None) if metrics is None else None
        self._metrics = keras.Model(name="objective")
        if names := getattr(model, "output_names", None):
            self._metrics.output_names = list(names)
        with precision(dtype):
            self._metrics.compile(
                optimizer=keras.optimizers.SGD(name="none"),
                loss=_each(_loss_in(dtype), loss),
                loss_weights=weights,
                metrics=own._user_metrics if own else list(metrics or []),
                weighted_metrics=own._user_weighted_metrics if own else None,
                jit_compile=False,
            )
        self.name, self._loss = _name(loss), loss
        self._create_variables(batch)
        self.has_metrics = bool(self.results(self.first_states))

    def __call__(self, weights: Sequence[Any], states: States, batch: Batch) -> tuple[Any, Any, States]:
        """Return the loss on a batch, the model's outputs and the states after it."""
        held = [*self._metrics.metrics_variables, *self.changed]
        mapping = [*zip(self.model.trainable_variables, weights, strict=True), *zip(held, states, strict=True)]
        with keras.StatelessScope(mapping, collect_losses=True) as scope, precision(self._dtype):
            outputs, loss = self._outputs_and_loss(batch)
            self._metrics.compute_metrics(batch.x, batch.y, outputs, batch.weight)
        return loss, outputs, [scope.get_current_value(v) for v in held]

    def results(self, states: States) -> dict[str, Any]:
        """Return the values of the metrics after all batches, by name."""
        variables = self._metrics.metrics_variables
        with keras.StatelessScope(list(zip(variables, states[: len(variables)], strict=True))), precision(self._dtype):
            found = self._metrics.get_metrics_result()
        return {name: value for name, value in found.items() if name != "loss"}

    @property
    def first_states(self) -> States:
        """The states before the first batch."""
        with keras.StatelessScope([(v, v.value) for v in self._metrics.metrics_variables]) as scope:
            self._metrics.reset_metrics()
        return [
            *(scope.get_current_value(v) for v in self._metrics.metrics_variables),
            *(v.value for v in self.changed),
        ]

    def _outputs_and_loss(self, batch: Batch) -> tuple[Any, Any]:
        self.model._clear_losses()
        outputs = self.model(batch.x, **self._training)
        judge = self.model if self._own else self._metrics
        takes = {"training": False} if _takes_training(judge, "compute_loss") else {}
        loss = tf.reduce_mean(judge.compute_loss(batch.x, batch.y, outputs, batch.weight, **takes))
        penalties = [] if self._own else [tf.reduce_sum(penalty) for penalty in self.model.losses]
        return outputs, tf.add_n([tf.cast(part, self._dtype) for part in (loss, *penalties)])

    def _tried(self, batch: Batch) -> tuple[Any, Any]:
        """Return outputs and loss; what goes wrong in the model or the loss is an error with its own reason."""
        try:
            outputs = self.model(batch.x, **self._training)
        except Exception as error:  # layers may raise anything
            raise ValueError(
                f"model {self.model.name!r} cannot be called on x of shape {shapes(batch.x)}: {reason(error)}"
            ) from error
        if self._is_assumed and _are_classes(batch.y, outputs):
            raise ValueError(
                f"loss must be given, such as loss='sparse_categorical_crossentropy': model {self.model.name!r} was "
                f"compiled with none, and y of shape {shapes(batch.y)} holds class indices, which mean squared error "
                f"cannot compare with outputs of shape {shapes(outputs)}"
            )
        are_single = tf.is_tensor(outputs) and tf.is_tensor(batch.y)
        if are_single and _compares_outputs(self._loss) and _sizes(outputs) != _sizes(batch.y):
            raise ValueError(
                f"y must have the shape of the model's outputs, {shapes(outputs)}, for {self.name}; "
                f"got {shapes(batch.y)}"
            )
        try:
            return self._outputs_and_loss(batch)
        except Exception as error:  # losses may raise anything
            raise ValueError(
                f"loss {self.name} cannot be computed from y of shape {shapes(batch.y)} and outputs of shape "
                f"{shapes(outputs)}: {reason(error)}"
            ) from error

    def _create_variables(self, batch: Batch) -> None:
        """Evaluate one batch, so that metrics have their variables and it is known which variables a call changes."""
        model = self.model
        held = [(v, v.value) for v in model.variables]
        with _Recording(held, collect_losses=True) as scope, precision(self._dtype):
            outputs, _ = self._tried(batch)
            known = {id(v) for v in self._metrics.metrics_variables}
            self.changed = [v for v in scope.assigned.values() if id(v) not in known]
            self._metrics.compute_metrics(batch.x, batch.y, outputs, batch.weight)
        model._clear_losses()


class _Recording(keras.StatelessScope):  # type: ignore[misc]
    """A scope that keeps the variables which are assigned to in it."""

    def __init__(self, mapping: Any, **settings: Any) -> None:
        super().__init__(mapping, **settings)
        self.assigned: dict[int, Any] = {}

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Keep an assignment, and the variable."""
        self.assigned[id(update[0])] = update[0]
        super().add_update(update)


_one_thread = threading.RLock()
"""Keras' data type is one for all threads."""


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Let Keras create losses and metrics, and compute them, in a data type, and restore its own afterwards."""
    with _one_thread:
        before = keras.config.floatx()
        keras.config.set_floatx(dtype)
        try:
            yield
        finally:
            keras.config.set_floatx(before)


def _takes_training(owner: Any, method: str = "call") -> bool:
    """Return whether a method has an argument ``training``."""
    parameters = inspect.signature(getattr(owner, method)).parameters.values()
    return any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters)


def _each(function: Any, given: Any) -> Any:
    """Return a structure of losses or metrics with a function applied to each."""
    return None if given is None else keras.tree.map_structure(function, given)


def _loss_in(dtype: str) -> Any:
    """Return a function that lets a ``keras.losses.Loss`` compute in ``dtype``, and leaves all else as it is."""

    def converted(loss: Any) -> Any:
        if not isinstance(loss, keras.losses.Loss):
            return loss
        own = object.__new__(type(loss))  # copy.copy goes through get_config, which leaves out some settings
        own.__dict__.update(loss.__dict__)
        keras.losses.Loss.__init__(own, name=loss.name, reduction=loss.reduction, dtype=dtype)
        return own

    return converted


def _require_loss(loss: Any) -> None:
    """Refuse what is no loss."""
    if isinstance(loss, str):
        try:
            keras.losses.get(loss)
        except ValueError:
            raise ValueError(f"loss must be the name of a Keras loss, such as 'mse'; got {loss!r}") from None
    elif loss is not None and not callable(loss):
        raise TypeError(f"loss must be a Keras loss, its name, or a function of (y, outputs); got {loss!r}")


def _name(loss: Any) -> str:
    """Return the name of a loss; of several, joined by "+"."""
    functions = [keras.losses.get(part) if isinstance(part, str) else part for part in keras.tree.flatten(loss)]
    known = [f for f in functions if f is not None]
    return " + ".join(str(getattr(f, "__name__", None) or getattr(f, "name", type(f).__name__)) for f in known)


def _compares_outputs(loss: Any) -> bool:
    """Return whether a loss is one of Keras' own that compare each target with an output."""
    found = keras.losses.get(loss) if isinstance(loss, str) else loss
    kind = found if hasattr(found, "__name__") else type(found)
    return str(kind.__module__).startswith("keras.") and not kind.__name__.lower().startswith(("sparse", "ctc"))


def _are_classes(y: Any, outputs: Any) -> bool:
    """Return whether some targets are class indices: one integer for each vector of outputs."""
    pairs = zip(keras.tree.flatten(y), keras.tree.flatten(outputs), strict=False)
    return any(
        tf.is_tensor(target) and target.dtype.is_integer and _sizes(output)[:-1] == _sizes(target)
        for target, output in pairs
    )


def _sizes(tensor: Any) -> tuple[int, ...]:
    """Return a shape without trailing axes of length 1, which Keras adds and drops as needed."""
    sizes = tuple(tensor.shape)
    while len(sizes) > 1 and sizes[-1] == 1:
        sizes = sizes[:-1]
    return sizes
