"""Peak memory of a surface of a Keras model, beyond the model, its data and one forward pass, in vectors of float64.

    python scripts/keras_memory.py --parameters 1000000 --side 25

Run in a process of its own: the peak of a process never falls.
"""

import argparse
import resource
import sys

import numpy as np

import landscape as ls
from landscape.keras.reference_training import keras, tf
from landscape.keras_objective import KerasObjective

INPUTS, CLASSES, SAMPLES = 500, 10, 64


def peak() -> int:
    """Return the largest memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parameters", type=int, default=1_000_000, help="about so many weights")
    parser.add_argument("--side", type=int, default=25, help="grid points along each side")
    chosen = parser.parse_args()
    # INPUTS h + h^2 = parameters: the middle one of three layers holds most of the weights
    hidden = round((np.sqrt(INPUTS**2 + 4 * chosen.parameters) - INPUTS) / 2)
    parts = [keras.layers.Dense(hidden, "relu"), keras.layers.Dense(hidden, "relu"), keras.layers.Dense(CLASSES)]
    model = keras.Sequential([keras.layers.Input((INPUTS,)), *parts])
    rng = np.random.default_rng(0)
    x, y = rng.random((SAMPLES, INPUTS), dtype=np.float32), rng.integers(0, CLASSES, SAMPLES)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    objective = KerasObjective(model, x, y, loss, batch_size=SAMPLES)
    inputs, targets = tf.constant(x), tf.constant(y)
    forward = tf.function(lambda: loss(targets, model(inputs, training=False)))
    for _ in range(3):
        forward()
    before, vector = peak(), 8 * objective.n_parameters
    theta = objective.theta
    plane = ls.random_plane(objective, theta, rng=np.random.default_rng(0))
    made = peak()
    axis = np.linspace(-1.0, 1.0, chosen.side)
    ls.evaluate_plane(objective, plane, axis, axis)
    print(
        f"{objective.n_parameters} parameters, {chosen.side} x {chosen.side} points: "
        f"{(peak() - before) / vector:.2f} vectors, {(made - before) / vector:.2f} before the surface"
    )


if __name__ == "__main__":
    main()
