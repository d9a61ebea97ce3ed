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
from landscape.networks.one_hidden_layer import Array, DenseNetwork, may_overflow, pull_back, total


class ForwardPass(NamedTuple):
    """What the network computes on its data.

    preactivations : (..., m, h)
    outputs : (..., m)
    residuals : (..., m)    outputs minus targets
    jacobian : (..., m, n)    derivative of every output with respect to theta, with relu'(0) = 0
    """

    preactivations: Array
    outputs: Array
    residuals: Array
    jacobian: Array

    def loss(self) -> Array:
        """Return the mean squared error: (...)."""
        return np.asarray(total(np.square(self.residuals)) / self.residuals.shape[-1])

    def gradient(self) -> Array:
        """Return the gradient of the loss with relu'(0) = 0: (..., n)."""
        return np.asarray((2.0 / self.residuals.shape[-1]) * pull_back(self.residuals, self.jacobian))


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
        """Return all that the network computes at theta (..., n), in one pass."""
        z = self.preactivations(theta)
        activations = np.maximum(z, 0.0)
        outputs = self._output_sums(theta, activations)
        return ForwardPass(z, outputs, outputs - self.targets, self._output_slopes(theta, activations, z > 0))

    @may_overflow
    def predict(self, theta: ArrayLike) -> Array:
        """Return the network's outputs: (..., n) -> (..., m)."""
        return self._output_sums(theta, np.maximum(self.preactivations(theta), 0.0))

    @may_overflow
    def residuals(self, theta: ArrayLike) -> Array:
        """Return outputs minus targets: (..., n) -> (..., m)."""
        return np.asarray(self.predict(theta) - self.targets)

    @may_overflow
    def loss(self, theta: ArrayLike) -> Array:
        """Return the mean squared error: (..., n) -> (...)."""
        return np.asarray(total(np.square(self.residuals(theta))) / self.n_samples)

    @may_overflow
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss with relu'(0) = 0: (..., n) -> (..., n)."""
        return self.forward(theta).gradient()

    @may_overflow
    def jacobian(self, theta: ArrayLike) -> Array:
        """Return the derivative of every output with respect to theta, with relu'(0) = 0: (..., n) -> (..., m, n)."""
        return self.forward(theta).jacobian

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
        theta, active = checks.parameters("theta", theta, self.n_parameters), np.asarray(active, dtype=bool)
        shape = (*theta.shape[:-1], self.n_samples, self.hidden)
        if active.shape != shape:
            raise ValueError(f"active must have shape {shape}, one entry per sample and unit; got {active.shape}")
        r, activations = self.residuals(theta), np.maximum(self.preactivations(theta), 0.0)
        jac = self._output_slopes(theta, activations, active)
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
