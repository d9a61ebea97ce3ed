"""The problem of the exercise: XOR, the textbook's solution, and conversion from and to Keras weights.

References
----------
Goodfellow, Bengio, Courville: Deep Learning (2016), section 6.1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.results import read_only
from landscape.networks.relu import ReluNetwork

X = read_only([[0, 0], [0, 1], [1, 0], [1, 1]])
"""The four inputs, in the order 00, 01, 10, 11; shape (4, 2)."""
Y = read_only([0, 1, 1, 0])
"""The four targets; shape (4,)."""
TEXTBOOK = read_only([1, 1, 1, 1, 0, -1, 1, -2, 0])
"""The textbook optimum theta*; shape (9,)."""


def network(hidden: int = 2, *, inputs: ArrayLike | None = None, targets: ArrayLike | None = None) -> ReluNetwork:
    """Return the 2-h-1 ReLU network as an objective; XOR unless other ``inputs`` or ``targets`` are given.

    Examples
    --------
    >>> float(network().loss(TEXTBOOK))
    0.0
    >>> network(hidden=3).n_parameters
    13
    """
    return ReluNetwork(X if inputs is None else inputs, Y if targets is None else targets, hidden=hidden)


def offset_start(offset: float) -> NDArray[np.float64]:
    """Return the exercise's start: theta* with ``offset`` added to W1, b1 and W2, but not to b2; shape (9,)."""
    start = TEXTBOOK + checks.scalar("offset", offset)
    start[-1] = TEXTBOOK[-1]
    return start


def classify(outputs: ArrayLike) -> NDArray[np.int_]:
    """Return 1 where an output is at least 0.5 and 0 elsewhere, as in the exercise."""
    return np.asarray(checks.real_array("outputs", outputs) >= 0.5).astype(int)


def theta_from_keras(model: Any) -> NDArray[np.float64]:
    """Return the weights of a 2-2-1 Keras model as theta, shape (9,); the model is not changed."""
    if isinstance(model, type) or not hasattr(model, "get_weights"):
        raise TypeError(f"model must be a Keras model, such as exercise_model(); got {type(model).__name__}")
    weights = [np.asarray(w, dtype=np.float64) for w in model.get_weights()]
    shapes = [w.shape for w in weights]
    if shapes != [(2, 2), (2,), (2, 1), (1,)]:
        raise ValueError(f"model must have weights of shapes (2, 2), (2,), (2, 1), (1,); got {shapes}")
    return np.concatenate([w.ravel() for w in weights])


def theta_to_keras(theta: ArrayLike, model: Any) -> None:
    """Set the weights of a 2-2-1 Keras model to ``theta``, shape (9,), in the model's own data type."""
    theta_from_keras(model)
    theta = checks.vector("theta", theta, TEXTBOOK.size)
    model.set_weights([theta[:4].reshape(2, 2), theta[4:6], theta[6:8].reshape(2, 1), theta[8:]])


class TruthTable(NamedTuple):
    """The forward pass that the exercise does by hand, one row per sample.

    inputs (m, d), hidden (m, h) activations, outputs (m,), classes (m,) 0 or 1, correct (m,) bool
    """

    inputs: NDArray[np.float64]
    hidden: NDArray[np.float64]
    outputs: NDArray[np.float64]
    classes: NDArray[np.int_]
    correct: NDArray[np.bool_]


def truth_table(theta: ArrayLike, net: ReluNetwork | None = None) -> TruthTable:
    """Return the forward pass of one theta (n,) and whether each sample is classified correctly.

    Examples
    --------
    >>> truth_table(TEXTBOOK).classes.tolist()
    [0, 1, 1, 0]
    """
    net = network() if net is None else net
    theta = checks.vector("theta", theta, net.n_parameters)
    outputs = net.predict(theta)
    classes = classify(outputs)
    hidden = np.maximum(net.preactivations(theta), 0.0)
    return TruthTable(net.inputs, hidden, outputs, classes, classes == classify(net.targets))
