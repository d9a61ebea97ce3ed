"""The gradient of the 2-2-1 ReLU network on XOR and Adam, written out for many runs, and the same network in Keras.

Arrays of thetas have shape (..., 9), in Keras order; ``relu'(0) = 0`` as in TensorFlow.
"""

import numpy as np
from referee_training import X, Y


def gradient(theta):
    """Return the gradient of the loss, shape (..., 9)."""
    theta = np.asarray(theta, dtype=float)
    return np.moveaxis(_gradient(np.moveaxis(theta, -1, 0)), 0, -1)


def _gradient(columns):
    """Return the gradient for parameters along the first axis, which is the fast layout for many runs."""
    result = np.empty_like(columns)
    units, output = [], np.broadcast_to(columns[8], (4, *columns.shape[1:])).copy()
    for u in (0, 1):
        first, second, bias = columns[u], columns[2 + u], columns[4 + u]
        z = np.stack([bias, second + bias, first + bias, first + second + bias])
        hidden = np.maximum(z, 0.0)
        output += columns[6 + u] * hidden
        units.append((z, hidden))
    output[1:3] -= 1.0
    output *= 0.5  # derivative of the mean over four squares
    for u, (z, hidden) in enumerate(units):
        through = output * columns[6 + u] * (z > 0)
        result[u], result[2 + u] = through[2] + through[3], through[1] + through[3]
        result[4 + u], result[6 + u] = through.sum(0), (output * hidden).sum(0)
    result[8] = output.sum(0)
    return result


def adam(starts, steps, rate, *, beta_1=0.9, beta_2=0.999, epsilon=1e-7, record=()):
    """Return thetas after ``steps`` updates of Adam by Keras' rule, and those after the steps in ``record``.

    m += (g - m) (1 - beta_1), s += (g^2 - s) (1 - beta_2),
    theta -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(s) + epsilon)

    where Keras' powers beta^t are those of betas rounded to float32, whatever the data type.
    """
    base_1, base_2 = float(np.float32(beta_1)), float(np.float32(beta_2))
    theta = np.moveaxis(np.array(starts, dtype=float), -1, 0).copy()
    m, s = np.zeros_like(theta), np.zeros_like(theta)
    wanted, kept = set(record), {}
    if 0 in wanted:
        kept[0] = np.moveaxis(theta, 0, -1).copy()
    for t in range(1, steps + 1):
        g = _gradient(theta)
        m += (g - m) * (1.0 - beta_1)
        g *= g
        g -= s
        g *= 1.0 - beta_2
        s += g
        np.sqrt(s, out=g)
        g += epsilon
        np.divide(m, g, out=g)
        g *= rate * np.sqrt(1.0 - base_2**t) / (1.0 - base_1**t)
        theta -= g
        if t in wanted:
            kept[t] = np.moveaxis(theta, 0, -1).copy()
    return np.moveaxis(theta, 0, -1).copy(), kept


def keras_model(theta, dtype="float64"):
    """Return the network as a Keras model with the given weights; only its layers are of that type."""
    import keras

    hidden = keras.layers.Dense(2, activation="relu", dtype=dtype)
    model = keras.Sequential([keras.Input((2,), dtype=dtype), hidden, keras.layers.Dense(1, dtype=dtype)])
    theta = np.asarray(theta)
    model.set_weights([theta[:4].reshape(2, 2), theta[4:6], theta[6:8].reshape(2, 1), theta[8:]])
    return model


def weights_of(model):
    """Return the parameters of a Keras model as one vector."""
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


def keras_adam(start, steps, rate, dtype="float64"):
    """Return the parameters after training by Keras itself: its layers, loss and Adam, in one compiled loop."""
    import keras
    import tensorflow as tf

    class Constant(keras.optimizers.schedules.LearningRateSchedule):
        """A rate that is not rounded to float32, as a number given to Keras is by default."""

        def __call__(self, step):
            return tf.constant(rate, dtype)

        def get_config(self):
            return {}

    model = keras_model(start, dtype)
    optimizer, mse = keras.optimizers.Adam(Constant()), keras.losses.MeanSquaredError(dtype=dtype)
    optimizer.build(model.trainable_variables)
    x, y = tf.constant(X, dtype), tf.constant(Y[:, None], dtype)

    @tf.function
    def train():
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                value = mse(y, model(x, training=True))
            optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)

    train()
    return weights_of(model)
