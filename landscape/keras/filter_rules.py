"""Which weights of a Keras layer form one filter: a rule for each class of layers.

A filter is what produces one output: of a unit, a channel, a gate, an attention head; or one row of an embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from landscape.keras.quiet_import import quiet_import

with quiet_import():
    from keras import layers

Axes = int | tuple[int, ...]


class Rule(NamedTuple):
    """The filters of those weights of a layer that share their number of outputs.

    kernels : name of a weight -> the axes that number its filters; what differs along other axes belongs together
    bias : name of the weight that holds the biases of these filters; without kernels, each of its entries is a filter
    bias_axes : the axes that number the filters in the bias; default: all
    bias_row : the row of the bias that belongs to these filters; default: all
    """

    kernels: Mapping[str, Axes]
    bias: str | None = None
    bias_axes: Axes | None = None
    bias_row: int | None = None


Rules = Iterable[Rule]
LayerRules = Rules | Callable[[Any], Rules]
"""The rules of a class of layers, or a function that returns those of one layer."""

LOW_RANK = (Rule({"lora_kernel_a": -1}), Rule({"lora_kernel_b": -1}))
"""The two factors of a LoRA addition: a filter for each rank, and one for each output."""

COLUMNS = (Rule({"kernel": -1}, "bias"), *LOW_RANK)
"""A filter for each index of the kernel's last axis."""

RECURRENT = (Rule({"kernel": -1, "recurrent_kernel": -1}, "bias"),)
"""A filter for each unit and gate: what it receives from the input and from the state."""


def entries(*names: str) -> tuple[Rule, ...]:
    """Return rules by which every entry of the named weights is a bias that is a filter of its own."""
    return tuple(Rule({}, name) for name in names)


def of_einsum(layer: Any) -> Rules:
    """Return the rules of an EinsumDense layer: a filter for each index of the axes that kernel and output share."""
    inputs, _, output = layer.equation.replace(" ", "").partition("->")
    kernel = inputs.partition(",")[2]
    own = [letter for letter in kernel if letter in output]
    rule = Rule({"kernel": tuple(kernel.index(letter) for letter in own)})
    biased = layer.bias_axes or ""
    if set(own) <= set(biased):
        in_bias = output[min(output.index(letter) for letter in biased) :]
        return (rule._replace(bias="bias", bias_axes=tuple(in_bias.index(letter) for letter in own)), *LOW_RANK)
    return (rule, *entries("bias"), *LOW_RANK)


def of_heads(layer: Any) -> Rules:
    """Return the rules of the projection to queries, keys or values in an attention layer: a filter for each head."""
    return (Rule({"kernel": -2}, "bias", bias_axes=0), *LOW_RANK)


def of_gru(layer: Any) -> Rules:
    """Return the rules of a GRU cell; with ``reset_after``, input and state have biases and filters of their own."""
    if layer.reset_after:
        return (Rule({"kernel": -1}, "bias", bias_row=0), Rule({"recurrent_kernel": -1}, "bias", bias_row=1))
    return RECURRENT


RULES: dict[type, LayerRules] = {
    **dict.fromkeys((layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D), COLUMNS),
    **dict.fromkeys(
        (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose), (Rule({"kernel": -2}, "bias"),)
    ),
    **dict.fromkeys((layers.DepthwiseConv1D, layers.DepthwiseConv2D), (Rule({"kernel": (-2, -1)}, "bias"),)),
    **dict.fromkeys(
        (layers.SeparableConv1D, layers.SeparableConv2D),
        (Rule({"depthwise_kernel": (-2, -1)}), Rule({"pointwise_kernel": -1}, "bias")),
    ),
    layers.EinsumDense: of_einsum,
    **dict.fromkeys((layers.SimpleRNNCell, layers.LSTMCell, type(layers.ConvLSTM1D(1, 1).cell)), RECURRENT),
    layers.GRUCell: of_gru,
    **dict.fromkeys(
        (layers.Embedding, layers.ReversibleEmbedding),
        (
            *(Rule({name: 0}) for name in ("embeddings", "lora_embeddings_a")),
            *(Rule({name: -1}) for name in ("lora_embeddings_b", "reverse_embeddings")),
        ),
    ),
    **dict.fromkeys(
        (layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization), entries("gamma", "beta")
    ),
    layers.RMSNormalization: entries("scale"),
    layers.PReLU: entries("alpha"),
    **dict.fromkeys((layers.Attention, layers.AdditiveAttention), entries("scale", "concat_score_weight")),
}
"""The rules of Keras' layers. A layer that only contains others, such as a wrapper, needs none: theirs apply."""


def rules_of(layer: Any, added: Mapping[type, LayerRules]) -> Rules | None:
    """Return the rules of a layer's class, or of its nearest base class with rules; those in ``added`` come first."""
    for kind in type(layer).__mro__:
        for known in (added, RULES):
            if kind in known:
                found = known[kind]
                return found(layer) if callable(found) else found
    return None


def projections(model: Any) -> set[int]:
    """Return the identities of the layers that project to queries, keys and values inside attention layers."""
    attention = (layers.MultiHeadAttention, layers.GroupQueryAttention)
    return {
        id(inner)
        for layer in model._flatten_layers()
        if isinstance(layer, attention)
        for inner in layer._flatten_layers(include_self=False)
        if inner.name in ("query", "key", "value")
    }
