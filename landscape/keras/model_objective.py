"""A built Keras 3 model, with its data and loss, as an objective.

Importing this module imports TensorFlow, which takes a few seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.base.versions import versions
from landscape.keras.batches import Data
from landscape.keras.compiled_loss import CompiledLoss, data_type_of, metrics_as_tuple
from landscape.keras.files.packing import PackedObjective, digest_of_held, packed_loss, packed_model, require_no_fork
from landscape.keras.filter_rules import LayerRules
from landscape.keras.filters import FiltersOfLayer, Indices, Variable, filters_of, table, variables_of
from landscape.keras.many_points import ManyPoints
from landscape.keras.quiet_import import quiet_import
from landscape.keras.units.groups import UnitGroups
from landscape.keras.units.matching import match
from landscape.networks.objective import Filter

with quiet_import():
    import keras

__all__ = ["KerasObjective"]

Loss = Callable[[Any, Any], Any]


class KerasObjective:
    """The loss of a Keras model on a data set as a function of its trainable weights, as ``model.evaluate`` reports it.

    theta is the concatenation of the model's ``trainable_variables``, each in C order; they are read at each call. The
    model is called as in inference (no dropout, stored batch statistics) and never changed: weights, optimizer, metrics
    and global settings keep their values. Keras computes the loss: masks, sample weights, loss weights, penalties and
    losses that layers add count as they do there. Results are float64 arrays.

    Parameters
    ----------
    model : keras.Model
        Built, on the TensorFlow backend: sequential, functional or subclassed, with any number of inputs and outputs.
    x : array_like, list or dict of them, tf.data.Dataset or keras.utils.PyDataset
        Inputs of the m samples, or batches of (inputs, targets) or (inputs, targets, sample weights), in a fixed order.
    y : array_like, list or dict of them, optional
        Targets, one array for each output. For Keras' own losses they have the shape of the outputs, up to trailing
        axes of length 1 and except for class indices, as in ``sparse_categorical_crossentropy``.
    loss : keras.losses.Loss, str, callable, or a list or dict of them, optional
        As in ``model.compile``. Default: what the model was compiled with, or else mean squared error, which is
        refused if targets are class indices.
        It is computed in float64 if the weights are float64, else in float32, whatever ``keras.config.floatx()`` says.
    sample_weight : array_like, optional
        As in ``model.evaluate``.
    class_weight : dict of int to float, optional
        As in ``model.fit``: the weight of a sample is that of its class.
    batch_size : int, optional
        Samples in a batch of arrays; default 32. As in ``model.evaluate``, the loss is the mean over batches, weighted
        by their size; it depends on the division into batches only with masks, sample weights and the like.
    filters : "tensor" or dict, optional
        Rules for layers of further classes, ``{MyLayer: [Rule({"kernel": -1}, "bias")]}``, or one filter for each
        variable.

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

    def __init__(
        self,
        model: Any,
        x: Any,
        y: Any = None,
        loss: Loss | str | Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        batch_size: int | None = None,
        filters: str | Mapping[type, LayerRules] | None = None,
    ) -> None:
        self.model, self.dtype = model, data_type_of(model)
        if filters is not None and filters != "tensor" and not isinstance(filters, Mapping):
            raise ValueError(f"filters must be 'tensor' or map classes of layers to rules; got {filters!r}")
        inputs, outputs = (len(found) if (found := getattr(model, n, None)) else None for n in ("inputs", "outputs"))
        self._data = Data(
            x,
            y,
            sample_weight=sample_weight,
            class_weight=class_weight,
            batch_size=batch_size,
            dtype=self.dtype,
            inputs=inputs,
            outputs=outputs,
        )
        self._loss, self._filters = loss, filters
        self._compiled: dict[Any, ManyPoints] = {}
        self._many(())

    @classmethod
    def _of_data(cls, model: Any, data: Data, loss: Any, filters: Any) -> KerasObjective:
        """Return an objective from data that are batches already."""
        made = cls.__new__(cls)
        made.model, made.dtype = model, model.trainable_variables[0].dtype
        made._data, made._loss, made._filters, made._compiled = data, loss, filters, {}
        made._many(())
        return made

    def __repr__(self) -> str:
        """Return model and loss on one line, and the data on another."""
        about = f"model {self.model.name!r}, {self.n_parameters} parameters in {self.dtype}"
        return f"KerasObjective({about}, loss {self._many(()).compiled.name}\n               on {self._data})"

    @property
    def n_parameters(self) -> int:
        """Length n of theta."""
        return sum(v.size for v in self._variables)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta, made of the path of its Keras variable and its index there."""
        return tuple(v.entry(v.start + i) for v in self._variables for i in range(v.size))

    def parameter_name(self, index: int) -> str:
        """Return the name of one entry of theta."""
        return next(v for v in self._variables if v.start <= index < v.start + v.size).entry(index)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters one by one; see :meth:`filters_table`."""
        return tuple(
            Filter(block.layer, tuple(kernel), None if not bias else bias[0] if len(bias) == 1 else tuple(bias))
            for block in self._blocks
            for kernel, bias in zip(block.kernel().tolist(), block.bias().tolist(), strict=True)
        )

    def filter_blocks(self) -> Iterator[tuple[int, Indices, Indices]]:
        """Yield a few filters after another: what tells their layer from others, indices of weights and of biases."""
        return ((block.identity, *piece) for block in self._blocks for piece in block.pieces())

    def filters_table(self) -> str:
        """Return which weights form a filter, which biases belong to it, and which variables are not in theta, as text.

        An axis in brackets numbers the filters; the entries along all others belong together.
        """
        return table(self._blocks, self.model)

    @property
    def theta(self) -> Array:
        """The current weights of the model, shape (n,)."""
        return np.concatenate([np.asarray(v, dtype=np.float64).ravel() for v in self.model.trainable_variables])

    def loss(self, theta: ArrayLike) -> Array:
        """Return the loss of every theta: (..., n) -> (...)."""
        given, flat = self._points(theta)
        found = [loss for loss, _ in self._many(()).at(flat)] if flat.size else [np.empty(0)]
        return _joined(found, given.shape[:-1])

    def metrics(self, theta: ArrayLike, metrics: Sequence[Any] | None = None) -> dict[str, Array]:
        """Return metrics of every theta by name: (..., n) -> {name: (...)}.

        Parameters
        ----------
        theta : array_like of shape (..., n)
        metrics : sequence of metrics, optional
            As in ``model.compile``. Default: those that the model was compiled with.
        """
        given, flat = self._points(theta)
        found = [one for _, one in self._many(metrics_as_tuple(metrics)).at(flat)]
        return {name: _joined([one[name] for one in found], given.shape[:-1]) for name in found[0]}

    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss as TensorFlow computes it: (..., n) -> (..., n)."""
        given, flat = self._points(theta)
        return self._many(()).gradient(flat).reshape(given.shape) if flat.size else np.empty(given.shape)

    def hessian_vector_product(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """Return the Hessian of the loss at ``theta`` times a vector ``v``, both of shape (n,): shape (n,)."""
        theta, v = (checks.vector(name, value, self.n_parameters) for name, value in (("theta", theta), ("v", v)))
        return self._many(()).hessian_vector_product(theta, v)

    def predict(self, theta: ArrayLike) -> Array:
        """Return the model's outputs on x: (..., n) -> (..., m, ...)."""
        given, flat = self._points(theta)
        values = self._many(()).outputs(flat)
        return values.reshape(given.shape[:-1] + values.shape[1:])

    def moved(
        self,
        vectors: Sequence[Array],
        coordinates: Array,
        metrics: Sequence[Any] | None,
        *,
        at_once: int | None = None,
    ) -> Iterator[tuple[Array, dict[str, Array]]]:
        """Yield loss and metrics of some points after another, at ``vectors[0] + coordinates @ vectors[1:]``.

        Parameters
        ----------
        vectors : origin and one or two directions, each of shape (n,)
        coordinates : ndarray of shape (points, 1 or 2)
        metrics : as in :meth:`metrics`
        at_once : points to evaluate together, as another process found them; default: see :meth:`points_at_once`

        Yields
        ------
        (loss, metrics), arrays of shape (k,)
        """
        many = self._many(metrics_as_tuple(metrics))
        if at_once is not None:
            many.adopt(at_once)
        return many.on(vectors, coordinates)

    def points_at_once(self, metrics: Sequence[Any] | None) -> int:
        """Return how many points :meth:`moved` evaluates together, once it has evaluated some."""
        return self._many(metrics_as_tuple(metrics)).points_at_once

    def fingerprint(self) -> str:
        """Return a text that tells model, weights that are not trained, loss and data from others."""
        return f"{self.describe()} {digest_of_held(self.model)} {self._data.digest()} {versions('tensorflow', 'keras')}"

    def packed(self) -> PackedObjective:
        """Return this objective in a form that can be pickled without Keras losing settings."""
        model, loss = packed_model(self.model), packed_loss(self._loss)
        return PackedObjective(self.fingerprint(), self._of_data, model, self._data, loss, self._filters)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the model as a ``.keras`` file, with its data and loss."""
        return PackedObjective.unpacked, (self.packed(),)

    def match_units(self, theta: ArrayLike, reference: ArrayLike) -> Array:
        """Return ``theta`` with its hidden units in the order that brings it nearest to ``reference``, both (n,).

        Outputs stay the same: everything that belongs to a unit or channel moves with it. Units are assigned block by
        block, as in the weight matching of Git Re-Basin, from the order as it is and from one in which each layer is
        assigned by the layers before it. The distance never grows, and a permuted copy of the reference becomes the
        reference, if no two units of a layer receive equal weights. In general a nearer order may exist.

        Inputs and outputs keep their order, and so do units between which weights that are not in theta differ, as in
        a frozen layer. The moving statistics of a batch normalization are the model's own for every theta, and keep
        their order: its scale and shift are permuted *and* changed such that the outputs stay the same. Without both
        of them in theta, and with statistics that differ between channels, these channels keep their order.

        The model must be sequential or functional, of dense, convolutional and normalization layers with channels
        last, and layers without weights that treat all channels alike, as activations, pooling, Dropout and Add do.

        Raises
        ------
        ValueError
            For any other layer, which is named, and for subclassed models.

        References
        ----------
        Ainsworth, Hayase, Srinivasa (2023), arXiv:2209.04836, section 3.2.

        Examples
        --------
        >>> parts = [keras.layers.Dense(2, "relu", dtype="float64"), keras.layers.Dense(1, dtype="float64")]
        >>> objective = KerasObjective(keras.Sequential([keras.layers.Input((1,)), *parts]), [[1.0]], [[0.0]])
        >>> reference, swapped = [1.0, 2.0, 0.1, 0.2, 3.0, 4.0, 0.5], [2.0, 1.0, 0.2, 0.1, 4.0, 3.0, 0.5]
        >>> objective.match_units(swapped, reference).tolist()
        [1.0, 2.0, 0.1, 0.2, 3.0, 4.0, 0.5]
        """
        theta = checks.vector("theta", theta, self.n_parameters)
        reference = checks.vector("reference", reference, self.n_parameters)
        place = dict(zip(map(id, self.model.trainable_variables), self._variables, strict=True))
        return match(UnitGroups(self.model, place), theta, reference)

    def describe(self) -> str:
        """Return model, loss and data as one line of JSON, to be stored with a result."""
        inputs = [list(part.shape) for part in keras.tree.flatten(self._data.first().x)]
        sizes = {
            "parameters": self.n_parameters,
            "inputs": inputs[0] if len(inputs) == 1 else inputs,
            "dtype": self.dtype,
            **({"penalties": len(penalties)} if (penalties := self.model.losses) else {}),
        }
        return json.dumps({"model": f"Keras {self.model.name}", "loss": self._many(()).compiled.name, **sizes})

    @property
    def _variables(self) -> tuple[Variable, ...]:
        return variables_of(self.model)

    @property
    def _blocks(self) -> tuple[FiltersOfLayer, ...]:
        return filters_of(self.model, self._variables, self._filters)

    def _many(self, metrics: tuple[Any, ...] | None) -> ManyPoints:
        """Return what evaluates the loss and these metrics; it is made anew when a layer has been frozen or freed."""
        require_no_fork()
        key = (*(id(v) for v in self.model.trainable_variables), metrics and tuple(map(str, metrics)), metrics is None)
        if key not in self._compiled:
            compiled = CompiledLoss(self.model, self._loss, metrics, self._data.first(), self.dtype)
            self._compiled[key] = ManyPoints(compiled, self._data, self._variables, self.dtype)
        return self._compiled[key]

    def _points(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Return theta as an array, and as rows."""
        given = checks.parameters("theta", theta, self.n_parameters)
        return given, given.reshape(-1, given.shape[-1])


def _joined(parts: list[Array], shape: tuple[int, ...]) -> Array:
    """Return pieces in one array whose first axes are those of theta."""
    values = np.concatenate(parts)
    return values.reshape(shape + values.shape[1:])
