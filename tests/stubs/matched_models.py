"""Small Keras models whose units can be matched: what the tests of ``match_units`` run through."""

from __future__ import annotations

from landscape.keras.quiet_import import quiet_import

with quiet_import():
    import keras

layers = keras.layers
DTYPE = "float64"


def layer(kind, *args, **settings):
    return getattr(layers, kind)(*args, dtype=DTYPE, **settings)


def sequence(shape, *parts):
    return keras.Sequential([layers.Input(shape, dtype=DTYPE), *parts, layer("Dense", 2)])


def residual():
    start = layers.Input((5,), dtype=DTYPE)
    x = layer("Dense", 6, activation="tanh")(start)
    for _ in range(2):
        x = layer("Add")([x, layer("Dense", 6)(layer("Dense", 7, activation="relu")(layer("LayerNormalization")(x)))])
    return keras.Model(start, layer("Dense", 2)(x))


def residual_convolutions():
    start = layers.Input((6, 6, 2), dtype=DTYPE)
    x = layer("Conv2D", 4, 3, padding="same")(start)
    y = layer("ReLU")(layer("BatchNormalization")(x))
    y = layer("BatchNormalization")(layer("Conv2D", 4, 3, padding="same", use_bias=False)(y))
    x = keras.ops.relu(x + 0.5 * y)
    return keras.Model(start, layer("Dense", 2)(layer("GlobalAveragePooling2D")(x)))


def same_width():
    """A dense layer whose rows and columns number the same units."""
    start = layers.Input((3,), dtype=DTYPE)
    x = layer("Dense", 5, activation="tanh")(start)
    return keras.Model(start, layer("Dense", 2)(layer("Add")([x, layer("Dense", 5, activation="tanh")(x)])))


def joined():
    """Concatenated branches, one of which an input joins, added to a third of their joint width."""
    start = layers.Input((3,), dtype=DTYPE)
    one, two, three = (layer("Dense", n, activation="tanh")(start) for n in (4, 3, 10))
    both = layer("Concatenate")([one, start, two])
    return keras.Model(start, layer("Dense", 2)(layer("Activation", "tanh")(layer("Add")([both, three]))))


def nested():
    start, inner_start = layers.Input((3,), dtype=DTYPE), layers.Input((5,), dtype=DTYPE)
    inner = keras.Model(
        inner_start, layer("Dense", 4, activation="elu")(layer("Dense", 6, activation="gelu")(inner_start))
    )
    return keras.Model(start, layer("Dense", 2)(inner(layer("Dense", 5, activation="tanh")(start))))


def shared():
    start, twice = layers.Input((4,), dtype=DTYPE), layer("Dense", 5, activation="tanh")
    halves = [layer("Dense", 6, activation="tanh")(start) for _ in range(2)]
    return keras.Model(start, layer("Dense", 2)(layer("Maximum")([twice(half) for half in halves])))


def scaled_channels():
    """Squeeze and excitation: channels multiplied by numbers that are computed from their means."""
    start = layers.Input((5, 5, 2), dtype=DTYPE)
    x = layer("Conv2D", 6, 3)(start)
    means = layer("GlobalAveragePooling2D", keepdims=True)(x)
    scale = layer("Dense", 6, activation="sigmoid")(layer("Dense", 3, activation="relu")(means))
    return keras.Model(start, layer("Dense", 2)(layer("Flatten")(layer("Multiply")([x, scale]))))


def own_activation(x):
    return keras.ops.tanh(x) + 0.1 * x


MODELS = {
    "dense": lambda: sequence((3,), layer("Dense", 5, activation="relu"), layer("Dense", 4, activation="tanh")),
    "dense, deep": lambda: sequence((3,), *(layer("Dense", 6, activation="tanh") for _ in range(5))),
    "dense, no bias, own activation": lambda: sequence(
        (3,), layer("Dense", 5, activation=own_activation, use_bias=False), layer("Softmax"), layer("Dropout", 0.5)
    ),
    "convolution and flatten": lambda: sequence(
        (8, 8, 2),
        layer("Conv2D", 4, 3, activation="relu"),
        layer("MaxPooling2D", 2),
        layer("ZeroPadding2D", 1),
        layer("Conv2D", 5, 3),
        layer("LeakyReLU"),
        layer("Flatten"),
        layer("Dense", 6, activation="relu"),
    ),
    "convolution 1": lambda: sequence(
        (9, 2), layer("Conv1D", 4, 3, activation="tanh"), layer("UpSampling1D", 2), layer("PReLU"), layer("Flatten")
    ),
    "convolution 3": lambda: sequence((4, 4, 4, 1), layer("Conv3D", 3, 2, activation="tanh"), layer("Flatten")),
    "transposed": lambda: sequence(
        (3, 3, 2), layer("Conv2DTranspose", 4, 3, activation="tanh"), layer("Conv2D", 3, 3), layer("Flatten")
    ),
    "depthwise": lambda: sequence(
        (6, 6, 2),
        layer("Conv2D", 4, 3, activation="tanh"),
        layer("DepthwiseConv2D", 2, depth_multiplier=3, activation="relu"),
        layer("BatchNormalization"),
        layer("Conv2D", 5, 1),
        layer("GlobalMaxPooling2D"),
    ),
    "separable": lambda: sequence(
        (6, 6, 2),
        layer("Conv2D", 4, 1, activation="tanh"),
        layer("SeparableConv2D", 5, 3, depth_multiplier=2, activation="tanh"),
        layer("GlobalAveragePooling2D"),
    ),
    "batch normalization": lambda: sequence(
        (3,),
        layer("Dense", 5),
        layer("BatchNormalization"),
        layer("ReLU"),
        layer("Dense", 6),
        layer("BatchNormalization"),
    ),
    "batch normalization of pixels": lambda: sequence(
        (4, 4, 2), layer("Conv2D", 3, 2), layer("Flatten"), layer("BatchNormalization")
    ),
    "other normalizations": lambda: sequence(
        (4, 4, 2),
        layer("Conv2D", 6, 2),
        layer("GroupNormalization", 1),
        layer("Conv2D", 5, 2),
        layer("LayerNormalization", axis=(1, 2, 3)),
        layer("RMSNormalization"),
        layer("UnitNormalization"),
        layer("Flatten"),
    ),
    "residual": residual,
    "residual convolutions": residual_convolutions,
    "same width": same_width,
    "joined": joined,
    "nested": nested,
    "shared": shared,
    "scaled channels": scaled_channels,
}
