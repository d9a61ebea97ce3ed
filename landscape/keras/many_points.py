"""What a Keras model computes at many points: compiled graphs that move the weights themselves.

A point is given by its own weights, or by its coordinates on a line or plane; the points of a plane are never in memory
together. Small models are evaluated at many points at once, others at one after another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import numpy as np

from landscape.base.arrays import Array
from landscape.keras.batches import Batch, Data, Stack, mapped
from landscape.keras.compiled_loss import CompiledLoss, States
from landscape.keras.filters import Variable
from landscape.keras.graph_size import size_at_once
from landscape.keras.moving import moved, split, weights_at
from landscape.keras.quiet_import import quiet_import
from landscape.keras.refusals import tensorflow_errors

with quiet_import():
    import tensorflow as tf

AT_ONCE = 2**26
"""Bytes of temporaries that points which are evaluated at once may take."""
SMALL_MODEL = 2**16
"""Parameters of a model that may be small."""
FEW = 16
"""Points for which the data are read once if points are evaluated one after another."""
PIECE = 2**22
"""Values in the weights that are passed to the graph together."""
SAME = 1e-3
"""Largest relative difference that rounding makes between a point by itself and among others."""


class ManyPoints:
    """Loss, metrics, outputs and derivatives of a compiled loss on all data, at many points.

    Parameters
    ----------
    compiled : CompiledLoss
    data : Data
    variables : the variables of theta, in its order
    dtype : data type of the weights
    """

    def __init__(self, compiled: CompiledLoss, data: Data, variables: Sequence[Variable], dtype: str) -> None:
        self.compiled, self._data, self._variables, self._dtype = compiled, data, tuple(variables), dtype
        self._n = sum(v.size for v in variables)
        self._graphs: dict[tuple[str, str], Any] = {}
        self._compared: set[str] = set()

    def at(self, thetas: Array) -> Iterator[tuple[Array, dict[str, Array]]]:
        """Yield loss (k,) and metrics {name: (k, ...)} of k points after another; ``thetas`` has shape (points, n)."""
        for part in self._pieces(thetas):
            yield self._losses(self._weights(part), [], len(part))

    def on(self, vectors: Sequence[Array], coordinates: Array) -> Iterator[tuple[Array, dict[str, Array]]]:
        """Yield the same at ``vectors[0] + coordinates @ vectors[1:]``; ``coordinates`` has shape (points, 1 or 2)."""
        in_graph = [split(vector, self._variables, "float64") for vector in vectors] if self._at_once else []
        start = 0
        while start < len(coordinates):
            part = coordinates[start : start + self.points_at_once]
            if self._at_once:
                yield self._losses(tf.constant(part, tf.float64), in_graph, len(part))
            else:
                yield self._losses(
                    [partial(weights_at, point, vectors, self._variables, self._dtype) for point in part], [], len(part)
                )
            start += len(part)

    def outputs(self, thetas: Array) -> Array:
        """Return the model's outputs on all samples, shape (points, samples, ...)."""
        found = []
        for part in self._pieces(thetas):
            by_batch = [result.numpy() for _, result, _ in self._batches("outputs", self._weights(part), [], len(part))]
            found.append(np.concatenate(by_batch, axis=1))
        return np.concatenate(found).astype(np.float64)

    def gradient(self, thetas: Array) -> Array:
        """Return the gradient of the loss, shape (points, n)."""
        parts = [self._mean("gradient", self._weights(part), [], len(part)) for part in self._pieces(thetas)]
        return np.concatenate(parts)

    def hessian_vector_product(self, theta: Array, direction: Array) -> Array:
        """Return the Hessian of the loss at ``theta`` times ``direction``, both of shape (n,)."""
        along = split(direction, self._variables, self._dtype)
        return np.asarray(self._mean("curvature", self._weights(theta[None]), [along], 1)[0])

    def adopt(self, points_at_once: int) -> None:
        """Evaluate so many points together, as another process found that they may be."""
        self.points_at_once = points_at_once
        self._compared.add("loss")

    def _losses(self, points: Any, vectors: list[Any], k: int) -> tuple[Array, dict[str, Array]]:
        total, samples, left = np.zeros(k), 0, []
        for size, loss, states in self._batches("loss", points, vectors, k):
            total += loss.numpy().astype(np.float64) * size
            samples, left = samples + size, states
        if not self.compiled.has_metrics:
            return total / samples, {}
        found = self._graph("results", self._results, (left,), left)(left)
        return total / samples, {name: value.numpy().astype(np.float64) for name, value in found.items()}

    def _mean(self, what: str, points: Any, vectors: list[Any], k: int) -> Array:
        """Return the mean over all samples of a quantity that has the shape of theta, shape (k, n)."""
        total, samples = np.zeros((k, self._n)), 0
        for size, parts, _ in self._batches(what, points, vectors, k):
            for v, part in zip(self._variables, parts, strict=True):
                total[:, v.start : v.start + v.size] += part.numpy().reshape(k, -1).astype(np.float64) * size
            samples += size
        return total / samples

    def _batches(self, what: str, points: Any, vectors: list[Any], k: int) -> Iterator[tuple[int, Any, States]]:
        """Yield the number of some samples, a mean over them at all points, and the states after them; then of others.

        Each batch starts with the states that the last one left.
        """
        first = self.compiled.first_states
        if self._at_once and what not in self._compared:
            self._compare(what, points, vectors)
        if self._at_once:
            states = [tf.repeat(state[None], k, axis=0) for state in first]
            for batch in self._data:
                found, states = self._together(what, points, vectors, states, batch)
                yield batch.samples, found, states
            return
        left = [first] * k
        alone = (Stack(*mapped(lambda part: part[None], tuple(batch))) for batch in self._data)
        for stack in alone if what == "outputs" else self._data.stacks():
            results = [self._alone(what, _item(i, points), vectors, states, stack) for i, states in enumerate(left)]
            left = [states for _, states in results]
            yield stack.samples, _stacked([found for found, _ in results]), _stacked(left)

    @tensorflow_errors()
    def _alone(self, what: str, point: Any, vectors: Any, states: States, stack: Batch) -> Any:
        """Return what is asked for at one point, as a mean over equally large batches, and the states after them."""
        if callable(point):
            point = point()
        weights, along = (moved(point, vectors, self._dtype), []) if tf.is_tensor(point) else (point, vectors)
        given = (weights, along, states, *stack)
        return self._graph(what, partial(self._one_by_one, what), given)(*given)

    @tensorflow_errors()
    def _together(self, what: str, points: Any, vectors: Any, states: States, batch: Batch) -> Any:
        """Return what is asked for at many points at once, on one batch, and the states after it."""
        given = (points, vectors, states, *batch)
        return self._graph(f"{what} at once", partial(self._all_at_once, what), given, (points, states))(*given)

    def _compare(self, what: str, points: Any, vectors: Any) -> None:
        """Evaluate three points one by one and at once; if that differs, evaluate points one by one from now on.

        TensorFlow's ``vectorized_map`` does not do all operations right, and refuses some.
        """
        self._compared.add(what)
        batch, states = self._data.first(), self.compiled.first_states
        stack = mapped(lambda part: part[None], tuple(batch))
        several = [tf.nest.map_structure(lambda part, f=f: part[0] * f, points) for f in (0.9, 1.0, 1.1)]
        expected = _stacked([self._alone(what, point, vectors, states, Stack(*stack))[0] for point in several])
        try:
            repeated = [tf.repeat(state[None], 3, axis=0) for state in states]
            found, _ = self._together(what, _stacked(several), vectors, repeated, batch)
        except Exception:  # noqa: BLE001 - TensorFlow may raise anything
            self.points_at_once = FEW
            return
        for one, many in zip(tf.nest.flatten(expected), tf.nest.flatten(found), strict=True):
            finite = np.isfinite(one)
            error = np.abs(many - one)[finite].max(initial=0.0)
            if error > SAME * np.abs(one)[finite].max(initial=1e-30):
                self.points_at_once = FEW

    def _graph(self, name: str, function: Any, given: Any, any_number: Any = ()) -> Any:
        """Return a graph of a function for arguments of these shapes; it is traced once.

        The first axis of tensors in ``any_number`` may have any length: it numbers points.
        """
        free = {id(part) for part in tf.nest.flatten(any_number)}

        def spec(part: Any) -> Any:
            if not isinstance(part, tf.Tensor):
                return tf.type_spec_from_value(part)
            return tf.TensorSpec([None, *part.shape[1:]] if id(part) in free else part.shape, part.dtype)

        specs = mapped(spec, given)
        key = (name, str(specs))
        if key not in self._graphs:
            with _quietly():
                self._graphs[key] = tf.function(function, autograph=False).get_concrete_function(*specs)
        return self._graphs[key]

    def _all_at_once(self, what: str, points: Any, vectors: Any, states: States, *batch: Any) -> Any:
        """Return what is asked for on one batch, at many points at once."""
        return tf.vectorized_map(
            lambda item: self._one(what, moved(item[0], vectors, self._dtype), vectors, item[1], Batch(*batch)),
            (points, states),
        )

    def _one_by_one(self, what: str, weights: list[Any], vectors: Any, states: States, *stack: Any) -> Any:
        """Return the mean over equally large batches, stacked along a first axis, of what is asked for at one point."""

        def on(i: Any, states: States) -> tuple[Any, States]:
            return self._one(what, weights, vectors, states, Batch(*mapped(lambda part: part[i], stack)))

        def added(i: Any, total: Any, states: States) -> tuple[Any, Any, States]:
            found, states = on(i, states)
            return i + 1, tf.nest.map_structure(lambda a, b: a + b, total, found), states

        found, states = on(0, states)
        count = next(part.shape[0] for part in tf.nest.flatten(stack) if part is not None)
        if count == 1:
            return found, states
        start = (1, found, states)
        _, found, states = tf.while_loop(lambda i, *_: i < count, added, start, parallel_iterations=1)
        return tf.nest.map_structure(lambda total: total / count, found), states

    def _one(self, what: str, weights: list[Any], vectors: Any, states: States, batch: Batch) -> tuple[Any, States]:
        """Return what is asked for at one point, on one batch, and the states after it."""
        if what == "loss":
            loss, _, states = self.compiled(weights, states, batch)
            return loss, states
        if what == "outputs":
            _, outputs, states = self.compiled(weights, states, batch)
            return outputs, states
        if what == "gradient":
            return self._gradient(weights, states, batch)
        with tf.autodiff.ForwardAccumulator(weights, vectors[0]) as forward:
            gradient, states = self._gradient(weights, states, batch)
        tangents = [forward.jvp(g, tf.UnconnectedGradients.ZERO) for g in gradient]
        return [tf.convert_to_tensor(tangent) for tangent in tangents], states  # those of an embedding may be sparse

    def _gradient(self, weights: Any, states: States, batch: Batch) -> tuple[list[Any], States]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            loss, _, states = self.compiled(weights, states, batch)
        return [tf.convert_to_tensor(g) for g in tape.gradient(loss, weights, unconnected_gradients="zero")], states

    def _results(self, states: States) -> dict[str, Any]:
        """Return the metrics at many points from the states that the last batch left."""
        of_one = self.compiled.results(self.compiled.first_states)
        kinds = {name: tf.TensorSpec(value.shape, value.dtype) for name, value in of_one.items()}
        found: dict[str, Any] = tf.map_fn(self.compiled.results, states, fn_output_signature=kinds)
        return found

    def _weights(self, thetas: Array) -> list[Any]:
        """Return points (k, n) as one tensor for each variable, each of shape (k, ...)."""
        parts = (thetas[:, v.start : v.start + v.size].reshape(-1, *v.shape) for v in self._variables)
        return [tf.constant(part, self._dtype) for part in parts]

    def _pieces(self, thetas: Array) -> Iterator[Array]:
        """Yield points in pieces that are evaluated together."""
        size = min(self.points_at_once, max(1, PIECE // self._n))
        for start in range(0, len(thetas), size):
            yield thetas[start : start + size]

    @property
    def _at_once(self) -> bool:
        return self.points_at_once > FEW

    @cached_property
    def points_at_once(self) -> int:
        """The number of points to evaluate together: above ``FEW`` if they are evaluated in one go."""
        if self._n > SMALL_MODEL:
            return FEW
        batch, states = self._data.first(), self.compiled.first_states
        weights = [tf.zeros(v.shape, self._dtype) for v in self._variables]
        graph = tf.function(lambda w, s, *batch: self._one("loss", w, [], s, Batch(*batch)), autograph=False)
        size = size_at_once(graph.get_concrete_function(weights, states, *batch).graph.get_operations())
        return FEW if size is None else max(FEW + 1, AT_ONCE // size)


@contextmanager
def _quietly() -> Iterator[None]:
    """Hold back TensorFlow's remarks on operations that it evaluates point by point."""
    log = tf.get_logger()
    before = log.level
    log.setLevel("CRITICAL")
    try:
        yield
    finally:
        log.setLevel(before)


def _stacked(parts: list[Any]) -> Any:
    """Return equal structures of tensors as one, stacked along a new first axis."""
    return tf.nest.map_structure(lambda *each: tf.stack(each), *parts)


def _item(i: int, stacked: Any) -> Any:
    """Return entry ``i`` of every tensor of a structure, or of a list of functions that return weights."""
    if isinstance(stacked, list) and callable(stacked[0]):
        return stacked[i]
    return tf.nest.map_structure(lambda part: part[i], stacked)
