"""Networks with one hidden layer and an activation or loss other than the textbook's, for comparison.

The layout of theta is that of :mod:`landscape.networks.one_hidden_layer`; o_i is the pre-activation of the output unit.
Activations f as in Keras::

    relu        max(z, 0)
    leaky_relu  z where z > 0, else z / 5 (1/5 as a float32)
    tanh        tanh(z)

Heads, each an output with its loss::

    linear      output o,                    loss = (1/m) sum_i (o_i - y_i)^2
    sigmoid     output 1 / (1 + exp(-o)),    loss = (1/m) sum_i (max(o_i, 0) - o_i y_i + log(1 + exp(-|o_i|)))

The second loss is binary cross-entropy, computed from o rather than from the output, as Keras does after a sigmoid
layer, too: it does not overflow and is not clipped.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.networks.one_hidden_layer import DenseNetwork, may_overflow, output_slopes, output_sums, pull_back, total

ACTIVATIONS = ("relu", "leaky_relu", "tanh")
HEADS = ("linear", "sigmoid")
LEAK = float(np.float32(0.2))
"""Slope of leaky_relu for z < 0: that of ``activation="leaky_relu"`` (the layer ``LeakyReLU`` has 0.3).

TensorFlow stores it as a float32 for every data type.
"""


class AlternativeNetwork(DenseNetwork):
    """A d-h-1 network with another activation or head: an :class:`~landscape.networks.objective.Objective`.

    Parameters
    ----------
    inputs : array_like of shape (m, d)
    targets : array_like of shape (m,)
        Between 0 and 1 for the head "sigmoid".
    hidden : int
        Number h of hidden units.
    activation : "relu", "leaky_relu" or "tanh"
    head : "linear" or "sigmoid"
    slope_at_zero : float, optional
        f'(0) of a piecewise linear activation in the gradient, from 0 to 1; the loss does not depend on it. Default:
        the slope for z < 0, as in TensorFlow.

    Examples
    --------
    >>> net = AlternativeNetwork([[0], [1]], [0, 1], hidden=1, activation="leaky_relu", head="sigmoid")
    >>> net.predict([5, 0, -1, 0]).round(3).tolist()
    [0.5, 0.007]
    >>> round(float(net.loss([0, 0, 0, 0])), 3)  # log 2, for an output of 1/2
    0.693
    """

    def __init__(
        self,
        inputs: ArrayLike,
        targets: ArrayLike,
        *,
        hidden: int,
        activation: str = "relu",
        head: str = "linear",
        slope_at_zero: float | None = None,
    ) -> None:
        super().__init__(inputs, targets, hidden=hidden)
        self.activation = checks.choice("activation", activation, ACTIVATIONS)
        self.head = checks.choice("head", head, HEADS)
        outside = (self.targets < 0) | (self.targets > 1)
        if head == "sigmoid" and outside.any():
            raise ValueError(f"targets must be between 0 and 1 for a sigmoid; got {self.targets[outside][0]:g}")
        self.slope_at_zero = slope_at_zero if slope_at_zero is None else self._checked_slope(slope_at_zero)

    def _checked_slope(self, given: float) -> float:
        slope = checks.scalar("slope_at_zero", given)
        if self.activation == "tanh":
            raise ValueError(f"slope_at_zero must be None for tanh, which is smooth; got {slope:g}")
        if not 0 <= slope <= 1:
            raise ValueError(f"slope_at_zero must be between 0 and 1; got {slope:g}")
        return slope

    def _options(self) -> dict[str, Any]:
        options = {"hidden": self.hidden, "activation": self.activation, "head": self.head}
        return options if self.slope_at_zero is None else {**options, "slope_at_zero": self.slope_at_zero}

    def describe(self) -> str:
        """Return the network and its data as one line of JSON, to be stored with a result."""
        described = super().describe()
        if self.slope_at_zero is None:
            return described
        return json.dumps({**json.loads(described), "slope_at_zero": self.slope_at_zero})

    @may_overflow
    def output_sums(self, theta: ArrayLike) -> Array:
        """Return o, the pre-activation of the output unit: (..., n) -> (..., m)."""
        return output_sums(self.unpack(theta), self._activations(theta)[0])

    @may_overflow
    def predict(self, theta: ArrayLike) -> Array:
        """Return the network's outputs: (..., n) -> (..., m)."""
        o = self.output_sums(theta)
        return o if self.head == "linear" else np.asarray(np.where(o >= 0, 1.0, np.exp(-abs(o))) / _one_plus_exp(o))

    def is_right(self, theta: ArrayLike) -> NDArray[np.bool_]:
        """Return whether all samples are classified correctly at threshold 1/2: (..., n) -> (...)."""
        threshold = 0.5 if self.head == "linear" else 0.0
        return np.asarray(((self.output_sums(theta) >= threshold) == (self.targets >= 0.5)).all(axis=-1))

    @may_overflow
    def loss(self, theta: ArrayLike) -> Array:
        """Return the mean squared error or the binary cross-entropy: (..., n) -> (...)."""
        o = self.output_sums(theta)
        if self.head == "linear":
            return np.asarray(total(np.square(o - self.targets)) / self.n_samples)
        return np.asarray(total(np.maximum(o, 0) - o * self.targets + np.log1p(np.exp(-abs(o)))) / self.n_samples)

    @may_overflow
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss, with f'(0) = ``slope_at_zero``: (..., n) -> (..., n)."""
        a, slopes = self._activations(theta)
        w = self.unpack(theta)
        o = output_sums(w, a)
        if self.head == "linear":
            scale, r = 2.0 / self.n_samples, o - self.targets
        else:  # sigmoid(o) - y, to full precision even where it is tiny
            scale, r = (
                1.0 / self.n_samples,
                (o >= 0) - self.targets - np.copysign(np.exp(-abs(o)), o) / _one_plus_exp(o),
            )
        return np.asarray(scale * pull_back(r, output_slopes(self.inputs, w, a, slopes)))

    def _activations(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Return f(z) and f'(z): (..., n) -> (..., m, h) each."""
        z = self.preactivations(theta)
        if self.activation == "tanh":
            a = np.tanh(z)
            return a, 1.0 - np.square(a)
        leak, at_zero = slopes_of(self)
        return np.where(z > 0, z, leak * z), np.where(z > 0, 1.0, np.where(z == 0, at_zero, leak))


def _one_plus_exp(o: Array) -> Array:
    """Return 1 + exp(-|o|)."""
    return np.asarray(1.0 + np.exp(-abs(o)))


def slopes_of(net: DenseNetwork) -> tuple[float, float]:
    """Return the slopes for z < 0 and at z = 0 of a piecewise linear activation."""
    leak = LEAK if net.activation == "leaky_relu" else 0.0
    at_zero = getattr(net, "slope_at_zero", None)
    return leak, leak if at_zero is None else at_zero
