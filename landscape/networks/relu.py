"""The d-h-1 ReLU network with a linear output and mean squared error, as functions of theta.

This is the readable definition; the kernels of :mod:`landscape.kernels` and Keras agree with it.
With h units the parameters are, in Keras weight order, ``W1`` (d, h), ``b1`` (h), ``W2`` (h, 1) and
``b2`` (1), so n = (d + 2) h + 1. With samples x_i and targets y_i, i = 1..m::

    z_iu = sum_k x_ik W1[k, u] + b1[u]          pre-activations
    o_i  = sum_u W2[u] max(z_iu, 0) + b2        outputs
    loss = (1/m) sum_i (o_i - y_i)^2

and relu'(0) = 0, as in TensorFlow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array
from landscape.networks.one_hidden_layer import (
    DenseNetwork,
    Weights,
    may_overflow,
    output_slopes,
    output_sums,
    preactivations,
    pull_back,
    total,
)


class ForwardPass(NamedTuple):
    """What the network computes at theta (..., n).

    weights : theta split into weights and biases
    preactivations, activations : (..., m, h) z and max(z, 0)
    outputs, residuals : (..., m) o and o - y
    """

    weights: Weights
    preactivations: Array
    activations: Array
    outputs: Array
    residuals: Array


class ReluNetwork(DenseNetwork):
    """The d-h-1 ReLU network on a small data set: an :class:`~landscape.networks.objective.Objective`.

    Parameters
    ----------
    inputs : array_like of shape (m, d)
    targets : array_like of shape (m,)
    hidden : int
        Number h of hidden units.

    Examples
    --------
    >>> net = ReluNetwork([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=2)
    >>> float(net.loss([1, 1, 1, 1, 0, -1, 1, -2, 0]))
    0.0
    >>> net.predict([1, 1, 1, 1, 0, 0, 1, -2, 0]).tolist()
    [0.0, -1.0, -1.0, -2.0]
    """

    activation, head = "relu", "linear"

    @may_overflow
    def forward(self, theta: ArrayLike) -> ForwardPass:
        """Return what the network computes at ``theta`` (..., n)."""
        w = self.unpack(theta)
        z = preactivations(self.inputs, w)
        activations = np.maximum(z, 0.0)
        outputs = output_sums(w, activations)
        return ForwardPass(w, z, activations, outputs, np.asarray(outputs - self.targets))

    def predict(self, theta: ArrayLike) -> Array:
        """Return the network's outputs: (..., n) -> (..., m)."""
        return self.forward(theta).outputs

    def residuals(self, theta: ArrayLike) -> Array:
        """Return outputs minus targets: (..., n) -> (..., m)."""
        return self.forward(theta).residuals

    def loss(self, theta: ArrayLike) -> Array:
        """Return the mean squared error: (..., n) -> (...)."""
        return self.loss_of(self.forward(theta))

    @may_overflow
    def loss_of(self, forward: ForwardPass) -> Array:
        """Return the loss after a forward pass: (...)."""
        return np.asarray(total(np.square(forward.residuals)) / self.n_samples)

    @may_overflow
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss with relu'(0) = 0: (..., n) -> (..., n)."""
        forward = self.forward(theta)
        return self.gradient_of(forward, self.jacobian_of(forward))

    @may_overflow
    def gradient_of(self, forward: ForwardPass, jacobian: Array) -> Array:
        """Return the gradient after a forward pass, from the Jacobian of the outputs: (..., n)."""
        return np.asarray((2.0 / self.n_samples) * pull_back(forward.residuals, jacobian))

    def jacobian(self, theta: ArrayLike) -> Array:
        """Return the derivative of every output with respect to theta, with relu'(0) = 0: (..., n) -> (..., m, n)."""
        return self.jacobian_of(self.forward(theta))

    @may_overflow
    def jacobian_of(self, forward: ForwardPass) -> Array:
        """Return these derivatives after a forward pass: (..., m, n)."""
        return output_slopes(self.inputs, forward.weights, forward.activations, forward.preactivations > 0)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the Hessian of the loss with relu'(0) = 0: (..., n) -> (..., n, n).

        At a kink this is the Hessian in one cone only, the one that automatic differentiation uses; for the
        others see :func:`landscape.one_sided_hessians`.
        """
        return self.hessian_in(theta, self.preactivations(theta) > 0)

    @may_overflow
    def hessian_in(self, theta: ArrayLike, active: ArrayLike) -> Array:
        """Return the Hessian at ``theta`` (..., n) in the activation region with pattern ``active``: (..., n, n).

        ``active`` (..., m, h), bool, says which unit is active on which sample; the closure of the region contains
        ``theta``. For a fixed pattern the outputs are bilinear in (W1, b1) and W2, so

            H = (2/m) sum_i (grad o_i grad o_i^T + r_i hess o_i)

        where the mixed second derivatives of o_i are x_i for W2[u] and the incoming weights of unit u, and 1 for
        W2[u] and b1[u], if unit u is active on sample i; all others are 0.
        """
        size = 8 * np.size(theta) * self.n_parameters
        checks.memory("the Hessians would take", size, "pass fewer parameters, or use fewer hidden units")
        forward, active = self.forward(theta), np.asarray(active, dtype=bool)
        shape = forward.preactivations.shape
        if active.shape != shape:
            raise ValueError(f"active must have shape {shape}, one entry per sample and unit; got {active.shape}")
        r, jac = forward.residuals, output_slopes(self.inputs, forward.weights, forward.activations, active)
        hess = np.einsum("...ia,...ib->...ab", jac, jac)
        d, h = self.n_inputs, self.hidden
        for u in range(h):
            pull = r * active[..., u]
            v = (d + 1) * h + u
            for k in range(d):
                hess[..., k * h + u, v] += pull @ self.inputs[:, k]
            hess[..., d * h + u, v] += pull.sum(axis=-1)
            rows = [k * h + u for k in range(d)] + [d * h + u]
            hess[..., v, rows] = hess[..., rows, v]
        return np.asarray((2.0 / self.n_samples) * hess)


def require_relu_network(net: ReluNetwork) -> ReluNetwork:
    """Return ``net`` if it is a ReLU network."""
    return checks.instance("net", net, ReluNetwork, "xor.network()")
