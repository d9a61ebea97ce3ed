"""Many copies of the exercise's network as one Keras model: Keras' own layers, loss and optimizer.

The hidden and the output layer of k networks are two EinsumDense layers, whose kernels hold one more axis for the
network. The loss is k times Keras' mean over samples and networks, which is the sum over networks of their own losses.
So each network's gradient, and each update of an optimizer that treats every weight by itself, is that of its own.
"""

import os
import warnings

import numpy as np
from referee_training import X, Y

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    import tensorflow as tf

L = keras.layers


def many(k, hidden=2, activation="relu", head=None, dtype="float64"):
    """Return the model of k networks; its weights are W1 (k, 2, h), b1 (k, h), W2 (k, h) and b2 (k,)."""
    return keras.Sequential(
        [
            L.Input((2,), dtype=dtype),
            L.EinsumDense("bi,kij->bkj", (k, hidden), activation=activation, bias_axes="kj", dtype=dtype),
            L.EinsumDense("bkj,kj->bk", (k,), activation=head, bias_axes="k", dtype=dtype),
        ]
    )


def single(dtype="float64"):
    """Return the exercise's own model."""
    return keras.Sequential(
        [
            L.Input((2,), dtype=dtype),
            L.Dense(2, activation="relu", dtype=dtype),
            L.Dense(1, dtype=dtype),
        ]
    )


def train(starts, optimizer, steps, *, every=None, activation="relu", head=None, dtype="float64"):
    """Return the parameters (r, k, n) and losses (r, k) after every ``every`` updates (default: only after the last).

    ``optimizer`` is a function without arguments that makes one. Losses are those that Keras computes, per network.
    """
    starts = np.asarray(starts, dtype=float)
    k, n = starts.shape
    h = (n - 1) // 4
    every = steps if every is None else every
    model = single(dtype) if k == 1 else many(k, h, activation, head, dtype)
    lead = () if k == 1 else (k,)
    W1, b1, W2, b2 = np.split(starts, [2 * h, 3 * h, 4 * h], axis=1)
    out = (h, 1) if k == 1 else (h,)
    last = (1,) if k == 1 else ()
    model.set_weights(
        [W1.reshape(*lead, 2, h), b1.reshape(*lead, h), W2.reshape(*lead, *out), b2.reshape(*lead, *last)]
    )
    criterion = (keras.losses.MeanSquaredError if head is None else keras.losses.BinaryCrossentropy)(dtype=dtype)
    x, y = tf.constant(X, dtype), tf.constant(np.repeat(Y[:, None], k, axis=1), dtype)
    variables = model.trainable_variables
    optimizer = made_in(dtype, optimizer, variables)

    def advance(count):
        for _ in tf.range(count):
            with tf.GradientTape() as tape:
                value = criterion(y, model(x, training=True)) * k
            optimizer.apply(tape.gradient(value, variables), variables)

    def own_losses():
        predicted = model(x)
        return tf.reduce_mean((predicted - y) ** 2, axis=0) if k > 1 else criterion(y, predicted)[None]

    def recorded(count):
        thetas = tf.TensorArray(x.dtype, size=count, element_shape=[k, n])
        values = tf.TensorArray(x.dtype, size=count, element_shape=[k])
        for i in tf.range(count):
            advance(tf.constant(every))
            flat = [tf.reshape(w, [k, -1]) for w in variables]
            thetas = thetas.write(i, tf.concat(flat, axis=1))
            values = values.write(i, own_losses())
        return thetas.stack(), values.stack()

    first = float_array(own_losses())
    theta, value = tf.function(recorded)(tf.constant(steps // every))
    theta = np.concatenate([np.asarray(starts, dtype=dtype)[None].astype(float), float_array(theta)])
    return theta, np.concatenate([first[None], float_array(value)]) if head is None else None


def float_array(tensor):
    """Return a tensor as float64."""
    return tensor.numpy().astype(float)


def made_in(dtype, make, variables):
    """Return an optimizer with its rate and its state in ``dtype``: Keras takes that from floatx, set back at once."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        optimizer = make()
        optimizer.build(variables)
    finally:
        keras.config.set_floatx(before)
    return optimizer
