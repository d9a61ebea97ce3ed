"""Small Keras models of every kind, each with data: what the tests of ``KerasObjective`` run through."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from landscape.keras.quiet_import import quiet_import

with quiet_import():
    import keras
    import tensorflow as tf

layers = keras.layers
MSE = {"loss": "mse", "metrics": ["mae"]}
CLASSES = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
EAGER = {"run_eagerly": True}
"""How the referee runs: tracing a graph takes longer than evaluating these models."""


class Case(NamedTuple):
    """A model that is compiled, with its data and further arguments."""

    model: Any
    x: Any
    y: Any
    more: dict[str, Any]
    batch_size: int = 4


def real(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


def ids(*shape, below=7):
    return np.random.default_rng(1).integers(1, below, size=shape)


def stack(x, *parts, compiled=MSE, y=None, **more):
    """A sequential model with a dense layer of two outputs at its end."""
    model = keras.Sequential([layers.Input(x.shape[1:], dtype=x.dtype), *parts, layers.Dense(2)])
    model.compile(**compiled, **EAGER)
    outputs = model.compute_output_shape(x.shape)
    return Case(model, x, real(*outputs) if y is None else y, more)


def image(*parts):
    return stack(real(6, 8, 8, 2), *parts, layers.GlobalAveragePooling2D())


def text(*parts):
    return stack(ids(6, 5), layers.Embedding(7, 4), *parts)


def built(inputs, outputs, x, y, *, compiled=MSE, batch_size=4, **more):
    model = keras.Model(inputs, outputs)
    model.compile(**compiled, **EAGER)
    return Case(model, x, y, more, batch_size)


class OwnCall(keras.Model):
    """A subclassed model whose ``call`` has no argument ``training``."""

    def __init__(self):
        super().__init__()
        self.first, self.last = layers.Dense(3, "tanh"), layers.Dense(2)

    def call(self, x):
        return self.last(self.first(x))


class OwnLoss(OwnCall):
    """A subclassed model with a loss of its own."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean(keras.ops.abs(y - y_pred)) + 0.1 * keras.ops.mean(y_pred**2)


class AddsLoss(layers.Layer):
    """A layer that adds a loss."""

    def call(self, x):
        self.add_loss(0.1 * keras.ops.mean(x**2))
        return x


class TwoWeights(layers.Layer):
    """A custom layer: x w + b, without a rule."""

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 3), name="w")
        self.b = self.add_weight(shape=(3,), name="b")

    def call(self, x):
        return x @ self.w + self.b


class WithCall(keras.losses.Loss):
    """A loss with a ``__call__`` of its own."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return keras.ops.sum(keras.ops.abs(y_true - y_pred))


def subclassed(kind):
    model, x = kind(), real(6, 3)
    model(x)
    model.compile(**MSE, **EAGER)
    return Case(model, x, real(6, 2), {})


def two_inputs(as_dict):
    a, b = layers.Input((3,), name="a"), layers.Input((2,), name="b")
    outputs = layers.Dense(2)(layers.Concatenate()([layers.Dense(3, "tanh")(a), b]))
    x = {"a": real(6, 3), "b": real(6, 2)} if as_dict else [real(6, 3), real(6, 2)]
    return built({"a": a, "b": b} if as_dict else [a, b], outputs, x, real(6, 2))


def two_outputs(as_dict, **compiled):
    start = layers.Input((3,))
    one, two = layers.Dense(2, name="one")(start), layers.Dense(3, "softmax", name="two")(start)
    y = {"one": real(6, 2), "two": ids(6, below=3)} if as_dict else [real(6, 2), ids(6, below=3)]
    losses = {"one": "mse", "two": "sparse_categorical_crossentropy"}
    given = {"loss": losses if as_dict else list(losses.values()), **compiled}
    return built(
        start, {"one": one, "two": two} if as_dict else [one, two], real(6, 3), y, compiled=given, batch_size=3
    )


def masked(per_step):
    start = layers.Input((5,), dtype="int32")
    inner = layers.LSTM(3, return_sequences=per_step)(layers.Embedding(7, 4, mask_zero=True)(start))
    x = np.where(np.arange(5) < np.array([5, 3, 1, 4, 2, 5])[:, None], ids(6, 5), 0)
    return built(start, layers.Dense(2)(inner), x, real(*((6, 5, 2) if per_step else (6, 2))))


def shared_layer():
    a, b, dense = layers.Input((3,)), layers.Input((3,)), layers.Dense(3, "tanh")
    return built(
        [a, b], layers.Dense(2)(layers.Add()([dense(a), dense(b)])), [real(6, 3), real(6, 3)[::-1]], real(6, 2)
    )


def frozen_layer():
    case = stack(real(6, 3), layers.Dense(4, "tanh"), layers.Dense(3, "tanh"))
    case.model.layers[0].trainable = False
    case.model.compile(**MSE, **EAGER)
    return case


def stateful():
    start = layers.Input(batch_shape=(2, 5, 3))
    return built(start, layers.Dense(2)(layers.LSTM(3, stateful=True)(start)), real(6, 5, 3), real(6, 2), batch_size=2)


def mixed():
    policy = keras.DTypePolicy("mixed_float16")
    return stack(real(6, 3), layers.Dense(4, "tanh", dtype=policy))


def words():
    vocabulary = layers.StringLookup(vocabulary=["a", "b", "c"])
    start = layers.Input((4,), dtype="string")
    inner = layers.Flatten()(layers.Embedding(4, 2)(vocabulary(start)))
    return built(start, layers.Dense(2)(inner), tf.reshape(tf.constant(list("abcabdabcaaabbbc")), (4, 4)), real(4, 2))


def big_ids():
    x = (np.arange(6).reshape(6, 1) + 2**24 + 1).astype("int64")
    start = layers.Input((1,), dtype="int64")
    inner = layers.Flatten()(layers.Embedding(3, 2)(layers.Lambda(lambda i: i % 3)(start)))
    return built(start, layers.Dense(2)(inner), x, real(6, 2))


def attention(kind):
    start = layers.Input((5, 6))
    if kind == "heads":
        inner = layers.MultiHeadAttention(2, 3)(start, start)
    elif kind == "grouped":
        inner = layers.GroupQueryAttention(4, 4, 2)(start, start)
    elif kind == "scaled":
        inner = layers.Attention(use_scale=True, score_mode="concat")([start, start])
    else:
        inner = layers.AdditiveAttention()([start, start])
    return built(start, layers.Dense(2)(layers.Flatten()(inner)), real(6, 5, 6), real(6, 2))


def low_rank():
    case = stack(real(6, 5), layers.Dense(4, "tanh"))
    case.model.layers[0].enable_lora(2)
    case.model.compile(**MSE, **EAGER)
    return case


def weighted(**more):
    case = stack(real(6, 3), layers.Dense(3, "tanh"), compiled={"loss": "mse", "weighted_metrics": ["mae"]})
    return case._replace(more=more)


def application(name, size, **settings):
    model = getattr(keras.applications, name)(weights=None, classes=3, input_shape=(size, size, 3), **settings)
    model.compile(**CLASSES, **EAGER)
    return Case(model, real(3, size, size, 3), ids(3, below=3), {})


ZOO = {
    "dense": lambda: stack(real(6, 3), layers.Dense(4, "tanh")),
    "no bias": lambda: stack(real(6, 3), layers.Dense(4, "tanh", use_bias=False)),
    "classes": lambda: Case(*stack(real(6, 3), layers.Softmax(), compiled=CLASSES)[:2], ids(6, below=2), {}),
    "einsum": lambda: stack(real(6, 4, 3), layers.EinsumDense("abc,cd->abd", (4, 5), bias_axes="d"), layers.Flatten()),
    "einsum, two axes": lambda: stack(
        real(6, 4, 3), layers.EinsumDense("abc,cde->abde", (4, 2, 5), bias_axes="de"), layers.Flatten()
    ),
    "einsum, biases of another shape": lambda: stack(
        real(6, 4, 3), layers.EinsumDense("abc,cd->abd", (4, 5), bias_axes="b"), layers.Flatten()
    ),
    "convolution 1": lambda: stack(real(6, 8, 2), layers.Conv1D(3, 3), layers.Flatten()),
    "convolution 2": lambda: image(layers.Conv2D(3, 3, activation="relu")),
    "convolution 3": lambda: stack(real(3, 4, 4, 4, 2), layers.Conv3D(3, 2), layers.Flatten()),
    "convolution in groups": lambda: image(layers.Conv2D(4, 3, groups=2)),
    "transposed 1": lambda: stack(real(6, 8, 2), layers.Conv1DTranspose(3, 3), layers.Flatten()),
    "transposed 2": lambda: image(layers.Conv2DTranspose(3, 3, strides=2)),
    "transposed 3": lambda: stack(real(3, 3, 3, 3, 2), layers.Conv3DTranspose(3, 2), layers.Flatten()),
    "depthwise 1": lambda: stack(real(6, 8, 2), layers.DepthwiseConv1D(3, depth_multiplier=2), layers.Flatten()),
    "depthwise 2": lambda: image(layers.DepthwiseConv2D(3, depth_multiplier=2)),
    "depthwise, no bias": lambda: image(layers.DepthwiseConv2D(3, use_bias=False)),
    "separable 1": lambda: stack(real(6, 8, 2), layers.SeparableConv1D(3, 3, depth_multiplier=2), layers.Flatten()),
    "separable 2": lambda: image(layers.SeparableConv2D(3, 3)),
    "simple recurrent": lambda: stack(real(6, 5, 3), layers.SimpleRNN(4)),
    "LSTM": lambda: stack(real(6, 5, 3), layers.LSTM(4)),
    "GRU": lambda: stack(real(6, 5, 3), layers.GRU(4)),
    "GRU, reset before": lambda: stack(real(6, 5, 3), layers.GRU(4, reset_after=False)),
    "both directions": lambda: stack(real(6, 5, 3), layers.Bidirectional(layers.LSTM(2))),
    "convolutional LSTM": lambda: stack(real(4, 3, 6, 2), layers.ConvLSTM1D(2, 3), layers.Flatten()),
    "distributed over time": lambda: stack(real(6, 5, 3), layers.TimeDistributed(layers.Dense(2)), layers.Flatten()),
    "embedding": lambda: text(layers.Flatten()),
    "batch normalization": lambda: stack(real(6, 3), layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5)),
    "layer normalization": lambda: stack(real(6, 3), layers.Dense(4), layers.LayerNormalization()),
    "group normalization": lambda: image(layers.Conv2D(4, 3), layers.GroupNormalization(2)),
    "RMS normalization": lambda: stack(real(6, 3), layers.Dense(4), layers.RMSNormalization()),
    "spectral normalization": lambda: stack(real(6, 3), layers.SpectralNormalization(layers.Dense(4))),
    "PReLU": lambda: stack(real(6, 3), layers.Dense(4), layers.PReLU()),
    "attention by heads": lambda: attention("heads"),
    "attention in groups": lambda: attention("grouped"),
    "attention with a scale": lambda: attention("scaled"),
    "additive attention": lambda: attention("additive"),
    "low rank": low_rank,
    "frozen layer": frozen_layer,
    "subclassed, no training argument": lambda: subclassed(OwnCall),
    "loss of its own": lambda: subclassed(OwnLoss),
    "added loss": lambda: stack(real(6, 3), layers.Dense(4), AddsLoss()),
    "penalties": lambda: stack(real(6, 3), layers.Dense(4, kernel_regularizer="l2", activity_regularizer="l1")),
    "loss with a call of its own": lambda: stack(real(6, 3), layers.Dense(4), compiled={"loss": WithCall()}),
    "sum of losses": lambda: stack(
        real(6, 3), layers.Dense(4), compiled={"loss": keras.losses.Huber(0.5, reduction="sum")}
    ),
    "two inputs": lambda: two_inputs(False),
    "inputs by name": lambda: two_inputs(True),
    "two outputs": lambda: two_outputs(False, loss_weights=[0.3, 2.0], metrics=[["mae"], ["accuracy"]]),
    "outputs by name": lambda: two_outputs(True, loss_weights={"one": 0.3, "two": 2.0}, metrics={"two": ["accuracy"]}),
    "masked steps": lambda: masked(True),
    "masked": lambda: masked(False),
    "shared layer": shared_layer,
    "stateful, fixed batch": stateful,
    "mixed precision": mixed,
    "strings": words,
    "large integers": big_ids,
    "sample weights": lambda: weighted(sample_weight=np.array([0.5, 1, 2, 0, 1, 3])),
    "MobileNetV3Small": lambda: application("MobileNetV3Small", 32),
    "EfficientNetB0": lambda: application("EfficientNetB0", 32),
    "ResNet50": lambda: application("ResNet50", 32),
}
