"""The data of a Keras objective, batch by batch: arrays, a ``tf.data.Dataset`` or a ``keras.utils.PyDataset``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from landscape.base import checks
from landscape.keras.quiet_import import quiet_import

with quiet_import():
    import keras
    import tensorflow as tf

BATCH_SIZE = 32
"""Samples in a batch unless the caller says otherwise, as in ``model.evaluate``."""
KEEP_BELOW = 2**26
"""Bytes of arrays up to which their batches are kept as tensors."""


class Batch(NamedTuple):
    """Inputs, targets and sample weights (or None) of some samples, as tensors; or several batches, stacked."""

    x: Any
    y: Any
    weight: Any

    @property
    def samples(self) -> int:
        """Number of samples in a batch."""
        return int(keras.tree.flatten(self.x)[0].shape[0])


class Stack(Batch):
    """Batches of equal size, stacked along a first axis."""

    __slots__ = ()

    @property
    def samples(self) -> int:
        """Number of samples in all batches."""
        return int(np.prod(keras.tree.flatten(self.x)[0].shape[:2]))


class Data:
    """Batches that can be read any number of times, always in the same order.

    Parameters
    ----------
    x, y, sample_weight, class_weight, batch_size : see :class:`landscape.keras_objective.KerasObjective`
    dtype : data type of real inputs and targets; integers, truth values and strings stay what they are
    inputs, outputs : how many arrays the model takes and returns, or None if that is unknown
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any,
        class_weight: Any,
        batch_size: int | None,
        dtype: str,
        inputs: int | None,
        outputs: int | None,
    ) -> None:
        self._dtype, self._class_weight = dtype, _class_weights(class_weight, sample_weight)
        self._is_set = isinstance(x, tf.data.Dataset | keras.utils.PyDataset)
        self._batch_size = checks.count("batch_size", BATCH_SIZE if batch_size is None else batch_size, least=1)
        self._is_kept = False
        self._kept: list[Batch] | None = None
        self._stacks: list[Stack] | None = None
        if self._is_set:
            for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", batch_size)):
                if value is not None:
                    raise ValueError(
                        f"{name} must not be given with a {type(x).__name__}, which brings its own; got {value!r:.60}"
                    )
            self._set = x
            return
        if not isinstance(x, np.ndarray | list | tuple | Mapping) and not tf.is_tensor(x) and hasattr(x, "__next__"):
            raise TypeError(
                f"x must be arrays, a tf.data.Dataset or a PyDataset, to be read repeatedly; got {type(x).__name__}"
            )
        if y is None:
            raise ValueError("y must be given, unless x is a tf.data.Dataset or PyDataset that brings it")
        self._x, self._y = _arrays("x", x, inputs, dtype), _arrays("y", y, outputs, dtype)
        self._weight = None if sample_weight is None else _arrays("sample_weight", sample_weight, outputs, dtype)
        shapes = [
            tuple(a.shape)
            for part in (self._x, self._y, self._weight)
            for a in keras.tree.flatten(part)
            if a is not None
        ]
        if len({shape[:1] for shape in shapes}) > 1 or not all(shapes) or not shapes[0][0]:
            raise ValueError(
                f"x and y must hold the same samples, at least one; got shapes {' and '.join(map(str, shapes))}"
            )
        self.samples: int = shapes[0][0]
        self._is_kept = (
            sum(getattr(a, "nbytes", KEEP_BELOW) for a in keras.tree.flatten((self._x, self._y))) < KEEP_BELOW
        )

    def __repr__(self) -> str:
        """Return what the samples are, and the shapes of the first batch."""
        x, y, weight = (shapes(part) for part in self.first())
        source = f"batches of a {type(self._set).__name__}" if self._is_set else f"{self.samples} samples in batches"
        return f"{source}, the first with x {x} and y {y}{', weighted' if weight else ''}"

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches."""
        if self._is_kept and self._kept is None:
            self._kept = list(self._of_arrays())
        yield from self._kept or (self._of_set() if self._is_set else self._of_arrays())

    def stacks(self) -> Iterator[Stack]:
        """Yield the same as stacks: of all batches of one size, if they are kept, and else of one batch each."""
        if self._stacks is not None:
            yield from self._stacks
            return
        if self._is_kept and not any(isinstance(part, tf.RaggedTensor) for part in keras.tree.flatten(self.first())):
            batches = list(self)
            full = [batch for batch in batches if batch.samples == batches[0].samples]
            groups = [full, *([batch] for batch in batches[len(full) :])]
            self._stacks = [Stack(*mapped(lambda *parts: tf.stack(parts), *map(tuple, group))) for group in groups]
            yield from self._stacks
            return
        for batch in self:
            yield Stack(*mapped(lambda part: part[None], tuple(batch)))

    def digest(self) -> str:
        """Return a digest of all values in all batches."""
        found = hashlib.sha256()
        for batch in self:
            for part in keras.tree.flatten(tuple(batch)):
                tensor = part.to_tensor() if isinstance(part, tf.RaggedTensor) else part
                found.update(b"none" if tensor is None else tf.io.serialize_tensor(tensor).numpy())
        return found.hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is sent to other processes: not the tensors of batches."""
        if self._is_set and not isinstance(self._set, keras.utils.PyDataset):
            raise ValueError(
                f"x must be arrays or a PyDataset to be sent to workers; got a {type(self._set).__name__}, "
                f"pass executor=None"
            )
        return {**self.__dict__, "_kept": None, "_stacks": None}

    def first(self) -> Batch:
        """Return the first batch.

        Raises
        ------
        ValueError
            If there is none.
        """
        for batch in self:
            return batch
        raise ValueError("x must hold at least one batch; got an empty data set")

    def _of_arrays(self) -> Iterator[Batch]:
        for start in range(0, self.samples, self._batch_size):
            part = slice(start, min(start + self._batch_size, self.samples))
            yield self._batch(
                *(mapped(lambda a, part=part: a[part], given) for given in (self._x, self._y, self._weight))
            )

    def _of_set(self) -> Iterator[Batch]:
        found = (
            (self._set[i] for i in range(_length(self._set)))
            if isinstance(self._set, keras.utils.PyDataset)
            else self._set
        )
        for item in found:
            if not isinstance(item, tuple) or len(item) not in (2, 3):
                raise ValueError(
                    f"x must yield (inputs, targets) or (inputs, targets, sample weights); got {type(item).__name__}"
                )
            yield self._batch(*item, *([None] if len(item) == 2 else []))

    def _batch(self, x: Any, y: Any, weight: Any) -> Batch:
        if self._class_weight is not None:
            if weight is not None:
                raise ValueError("class_weight must not be given with sample weights; got both, multiply them yourself")
            weight = _weights_of_classes(y, self._class_weight)
        tensors = [mapped(lambda a: _tensor(a, self._dtype), part) for part in (x, y, weight)]
        return Batch(*tensors)


def _arrays(name: str, value: Any, count: int | None, dtype: str) -> Any:
    """Return a value with every array in it checked; a list is one array unless the model takes or returns several."""
    if isinstance(value, Mapping):
        return {key: _arrays(f"{name}[{key!r}]", part, 1, dtype) for key, part in value.items()}
    if isinstance(value, list | tuple) and count != 1 and all(hasattr(part, "shape") for part in value):
        return type(value)(_arrays(f"{name}[{i}]", part, 1, dtype) for i, part in enumerate(value))
    if isinstance(value, tf.RaggedTensor):
        return value
    array = np.asarray(value)
    if array.dtype.kind in "US" or (array.dtype == object and all(isinstance(v, str | bytes) for v in array.flat)):
        return array
    checks.not_masked(name, value)
    if array.dtype.kind in "bui":
        return array
    return checks.real_array(name, value).astype(dtype, copy=False)


def mapped(function: Callable[..., Any], *structures: Any) -> Any:
    """Return a function's values on the arrays of equal structures, in such a structure; None stays None."""
    return keras.tree.map_structure(lambda *parts: None if parts[0] is None else function(*parts), *structures)


def shapes(structure: Any) -> str:
    """Return the shapes of the arrays of a structure."""
    return ", ".join(str(tuple(part.shape)) for part in keras.tree.flatten(structure) if part is not None)


def _tensor(array: Any, dtype: str) -> Any:
    """Return an array as a tensor, real numbers in the given data type."""
    if tf.is_tensor(array):
        return tf.cast(array, dtype) if array.dtype.is_floating else array
    array = np.asarray(array)
    return tf.constant(array, dtype if array.dtype.kind == "f" else None)


def _length(data: Any) -> int:
    """Return the number of batches of a PyDataset."""
    length = data.num_batches if hasattr(data, "num_batches") else len(data)
    if length is None:
        raise ValueError(f"x must have an end; got a {type(data).__name__} of unknown length, define __len__")
    return int(length)


def _class_weights(class_weight: Any, sample_weight: Any) -> dict[int, float] | None:
    """Return class weights as numbers."""
    if class_weight is None:
        return None
    if sample_weight is not None:
        raise ValueError("class_weight must not be given with sample weights; got both, multiply them yourself")
    if not isinstance(class_weight, Mapping):
        raise TypeError(f"class_weight must map classes to weights, such as {{0: 1.0, 1: 2.0}}; got {class_weight!r}")
    return {int(key): float(checks.scalar(f"class_weight[{key!r}]", value)) for key, value in class_weight.items()}


def _weights_of_classes(y: Any, weights: Mapping[int, float]) -> Any:
    """Return the weight of each sample by its class; a class without one has weight 1, as in ``model.fit``."""
    if keras.tree.is_nested(y):
        raise ValueError(f"class_weight must be given for one output only; got targets of {len(y)}")
    numbers = np.asarray(y)
    if numbers.ndim > 1:
        numbers = numbers.argmax(axis=-1) if numbers.shape[-1] > 1 else numbers[..., 0]
    return np.vectorize(lambda c: weights.get(int(c), 1.0), otypes=[float])(np.round(numbers))
