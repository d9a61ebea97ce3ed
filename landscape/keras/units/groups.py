"""Which axes of a model's weights number the same hidden units, found by walking the graph of the model.

The last axis of every tensor has a *layout*: for each entry, the number of the unit that it belongs to, or 0 if it must
stay where it is, as inputs and outputs must. Layers pass layouts on. Where a layer combines tensors entry by entry, as
Add does, their units are tied: they can only be permuted together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.base.arrays import Array
from landscape.keras.filters import Variable
from landscape.keras.quiet_import import quiet_import

with quiet_import():
    import keras
    from keras import layers

Layout = NDArray[np.int64]

KERNEL, TRANSPOSED = {"kernel": "io", "bias": "o"}, {"kernel": "oi", "bias": "o"}
DEPTHWISE = {"kernel": "i-", "bias": "d"}
SEPARABLE = {"depthwise_kernel": "i-", "pointwise_kernel": "do", "bias": "o"}
SCALED = {"gamma": "i", "beta": "i"}
AXES: Mapping[type, Mapping[str, str]] = {
    **dict.fromkeys((layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D), KERNEL),
    **dict.fromkeys((layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose), TRANSPOSED),
    **dict.fromkeys((layers.DepthwiseConv1D, layers.DepthwiseConv2D), DEPTHWISE),
    **dict.fromkeys((layers.SeparableConv1D, layers.SeparableConv2D), SEPARABLE),
    **dict.fromkeys((layers.LayerNormalization, layers.GroupNormalization), SCALED),
    layers.BatchNormalization: {**SCALED, "moving_mean": "i", "moving_variance": "i"},
    layers.RMSNormalization: {"scale": "i"},
    layers.PReLU: {"alpha": "i"},
}
"""What the last axes of each weight number: (i)nputs, (o)utputs, (d)epthwise outputs, several for each input."""


class Weight(NamedTuple):
    """A variable of theta with the layout of each of its axes, None where an axis numbers no units."""

    variable: Variable
    layouts: tuple[Layout | None, ...]


class Statistics(NamedTuple):
    """A batch normalization: its scale and shift in theta, and the moving statistics, which are not."""

    gamma: Variable
    beta: Variable
    layout: Layout
    mean: Array
    deviation: Array


class UnitGroups:
    """The hidden units of a sequential or functional model.

    Parameters
    ----------
    model : keras.Model
    place : the variable of theta for the identity of each Keras variable in it
    """

    def __init__(self, model: Any, place: Mapping[int, Variable]) -> None:
        self.weights: list[Weight] = []
        self.statistics: list[Statistics] = []
        self._place = place
        self._layers = [np.zeros(1, np.int64)]  # the layer that each unit belongs to; unit 0 stands for what is fixed
        self._ties = [np.zeros((2, 1), np.int64)]
        self._passed: dict[int, tuple[Layout, Layout]] = {}
        for layout in self._walk(model, None):
            self._tie(layout, np.zeros_like(layout))

    @property
    def count(self) -> int:
        """Number of units, with unit 0."""
        return sum(map(len, self._layers))

    def blocks(self) -> list[Layout]:
        """Return arrays (rows, units tied together), first layers first; the rows of each may be permuted.

        Rows belong to the same block if they have one unit in each of the same layers.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        layer, ties = np.concatenate(self._layers), np.concatenate(self._ties, axis=1)
        graph = coo_array((np.ones(ties.shape[1]), tuple(ties)), shape=(layer.size, layer.size))
        _, tied = connected_components(graph, directed=False)
        order = np.lexsort((layer, tied))
        found: dict[tuple[int, ...], list[Layout]] = {}
        for row in np.split(order, np.flatnonzero(np.diff(tied[order])) + 1):
            kind = tuple(layer[row].tolist())
            if 0 not in kind and len(set(kind)) == len(kind):
                found.setdefault(kind, []).append(row)
        return [np.array(rows) for rows in found.values() if len(rows) > 1]

    def _walk(self, model: Any, given: Sequence[Layout] | None) -> list[Layout]:
        """Return the layouts of a model's outputs for those of its inputs, by default fixed ones."""
        graph = getattr(model, "_functional", model)  # of a sequential model
        nodes = getattr(graph, "_nodes_by_depth", None)
        if nodes is None:
            raise ValueError(
                f"model must be sequential or functional to match units; got {type(model).__name__} {model.name!r}, "
                "which does not say how its layers are connected"
            )
        given = [_fixed(tensor) for tensor in graph.inputs] if given is None else given
        found = {id(tensor): layout for tensor, layout in zip(graph.inputs, given, strict=True)}
        for depth in sorted(nodes, reverse=True):
            for node in nodes[depth]:
                if not node.is_input:
                    passed = self._through(node, [found[id(tensor)] for tensor in node.arguments.keras_tensors])
                    found.update((id(tensor), layout) for tensor, layout in zip(node.outputs, passed, strict=True))
        return [found[id(tensor)] for tensor in graph.outputs]

    def _through(self, node: Any, given: list[Layout]) -> list[Layout]:
        """Return the layouts of the outputs of one node of the graph."""
        layer = node.operation
        if isinstance(layer, keras.Model):
            return self._walk(layer, given)
        weights = getattr(layer, "weights", [])
        if not any(layout.any() for layout in given) and not any(id(v) in self._place for v in weights):
            return [_fixed(tensor) for tensor in node.outputs]
        if weights:
            return [self._weighted(node, given)]
        size = node.outputs[0].shape[-1] if node.outputs[0].shape else None
        if isinstance(layer, layers.Flatten) and layer.data_format == "channels_last" and size:
            return [np.tile(given[0], size // len(given[0]))]
        if type(layer).__name__ == "Concatenate" and layer.axis in {-1, len(node.outputs[0].shape) - 1}:
            return [np.concatenate(given)]
        widest = max(given, key=len)
        if not _treats_alike(lambda *inputs: _called(node, inputs), *map(_sample, node.arguments.keras_tensors)):
            raise _no_rule(layer)
        for layout in given:
            if len(layout) == len(widest):
                self._tie(layout, widest)
        return [widest for _ in node.outputs]

    def _weighted(self, node: Any, given: list[Layout]) -> Layout:
        """Return the layout of the output of a layer with weights, whose axes it records."""
        layer, layout = node.operation, given[0]
        if id(layer) in self._passed:  # the layer is shared
            self._tie(self._passed[id(layer)][0], layout)
            return self._passed[id(layer)][1]
        axes = AXES.get(type(layer), {})
        if not {v.name for v in layer.weights} <= set(axes) or len(given) > 1 or not _is_usual(layer, node):
            raise _no_rule(layer)
        letters = "".join(axes.values())
        of_letter: dict[str, Any] = {
            "-": None,
            "i": layout,
            "d": np.repeat(layout, getattr(layer, "depth_multiplier", 1)),
        }
        if "o" in letters:
            of_letter["o"] = self._new_units(node.outputs[0].shape[-1])
        for v in layer.weights:
            last = [of_letter[letter] for letter in axes[v.name]]
            of_axes = [None] * (len(v.shape) - len(last)) + last
            sizes = zip(of_axes, v.shape, strict=True)
            self._record(layer, v, tuple(own if own is not None and len(own) == size else None for own, size in sizes))
        output: Layout = of_letter["o" if "o" in letters else "d" if "d" in letters else "i"]
        self._passed[id(layer)] = layout, output
        return output

    def _record(self, layer: Any, v: Any, layouts: tuple[Layout | None, ...]) -> None:
        """Record the layouts of a variable; units among which one that is not in theta differs are fixed."""
        place = self._place.get(id(v))
        if isinstance(layer, layers.BatchNormalization) and (statistics := self._statistics(layer, layouts[0])):
            if v.name == "gamma":
                self.statistics.append(statistics)
        elif place:
            self.weights.append(Weight(place, layouts))
        else:
            for axis, layout in enumerate(layouts):
                if layout is not None and np.ptp(np.asarray(v, np.float64), axis=axis).any():
                    self._tie(layout, np.zeros_like(layout))

    def _statistics(self, layer: Any, layout: Any) -> Statistics | None:
        """Return the moving statistics of a batch normalization whose scale and shift are both in theta."""
        gamma, beta = (self._place.get(id(v)) for v in (layer.gamma, layer.beta))
        if not gamma or not beta:
            return None
        mean, variance = (np.asarray(v, np.float64) for v in (layer.moving_mean, layer.moving_variance))
        return Statistics(gamma, beta, layout, mean, np.sqrt(variance + layer.epsilon))

    def _new_units(self, count: int) -> Layout:
        """Return the numbers of new units of a layer."""
        first = self.count
        self._layers.append(np.full(count, len(self._layers)))
        return np.arange(first, first + count)

    def _tie(self, one: Layout, other: Layout) -> None:
        self._ties.append(np.stack([one, other]))


def _fixed(tensor: Any) -> Layout:
    """Return the layout of a tensor whose entries stay where they are."""
    return np.zeros((tensor.shape[-1] if tensor.shape else 0) or 0, np.int64)


def _no_rule(layer: Any) -> ValueError:
    return ValueError(
        f"units cannot be matched through {type(layer).__name__} {layer.name!r}; possible are Dense, convolutions "
        "without groups, depthwise and separable ones, normalization and PReLU, all with channels last, Flatten, "
        "Concatenate, and layers without weights that treat all channels alike"
    )


def _is_usual(layer: Any, node: Any) -> bool:
    """Return whether channels are last and not in groups, and the activation treats all alike."""
    (tensor,), (output,) = node.arguments.keras_tensors, node.outputs
    axis = getattr(layer, "axis", -1)
    last = max(axis, key=lambda a: a % len(tensor.shape)) if isinstance(axis, list | tuple) else axis
    groups = {1, tensor.shape[-1]} if isinstance(layer, layers.GroupNormalization) else {1}
    return (
        getattr(layer, "data_format", "channels_last") == "channels_last"
        and last % len(tensor.shape) == len(tensor.shape) - 1
        and getattr(layer, "groups", 1) in groups
        and (getattr(layer, "activation", None) is None or _treats_alike(layer.activation, _sample(output)))
    )


def _treats_alike(function: Callable[..., Any], *inputs: Array) -> bool:
    """Return whether a function's outputs are permuted along their last axis as its inputs are.

    A swap of two entries and a rotation of all generate every permutation. An axis of length 1 is not permuted.
    """
    n = max(x.shape[-1] for x in inputs)
    swapped = np.arange(n)
    swapped[:2] = swapped[:2][::-1]
    expected = keras.tree.flatten(function(*inputs))
    for order in (swapped, np.roll(np.arange(n), 1)):
        found = keras.tree.flatten(function(*(x[..., order] if x.shape[-1] == n else x for x in inputs)))
        for one, other in zip(found, map(np.asarray, expected), strict=True):
            if other.shape[-1:] != (n,) or not np.allclose(one, other[..., order], rtol=1e-2, atol=1e-2):
                return False
    return all(x.shape[-1] in {1, n} for x in inputs)


def _called(node: Any, inputs: Sequence[Array]) -> Any:
    """Return the outputs of one node of the graph for values of its tensors."""
    values = {id(tensor): x for tensor, x in zip(node.arguments.keras_tensors, inputs, strict=True)}
    args, kwargs = node.arguments.fill_in(values)
    return node.operation(*args, **kwargs)


def _sample(tensor: Any) -> Array:
    """Return random values in the shape of a tensor."""
    shape = [size or 2 for size in tensor.shape]
    return np.random.default_rng(0).normal(size=shape).astype(tensor.dtype)
