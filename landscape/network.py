"""The d-h-1 ReLU network with a linear output and mean squared error, as functions of theta.

This is the readable definition; the kernels of :mod:`landscape.kernels` and Keras agree with it.
With h units the parameters are, in Keras weight order, ``W1`` (d, h), ``b1`` (h), ``W2`` (h, 1) and
``b2`` (1), so n = (d + 2) h + 1. With samples x_i and targets y_i, i = 1..m,

    z_iu = sum_k x_ik W1[k, u] + b1[u]          pre-activations
    o_i  = sum_u W2[u] max(z_iu, 0) + b2        outputs
    loss = (1/m) sum_i (o_i - y_i)^2

and relu'(0) = 0, as TensorFlow has it.
"""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape import guards
from landscape.frozen import read_only
from landscape.objective import Filter

Array = NDArray[np.float64]

may_overflow = np.errstate(over="ignore", invalid="ignore")
"""Finite parameters of size 1e150 have an infinite loss, which is a value and not a fault."""


class Weights(NamedTuple):
    """theta taken apart: W1 (..., d, h), b1 (..., h), W2 (..., h), b2 (...)."""

    W1: Array
    b1: Array
    W2: Array
    b2: Array


class ReluNetwork:
    """The d-h-1 ReLU network on a small data set: an :class:`~landscape.objective.Objective`.

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

    def __init__(self, inputs: ArrayLike, targets: ArrayLike, *, hidden: int) -> None:
        x = guards.real_array("inputs", inputs)
        if x.ndim != 2 or 0 in x.shape:
            raise ValueError(f"inputs must have shape (samples, features), both at least 1; got {x.shape}")
        self.inputs = read_only(x)
        self.targets = read_only(guards.vector("targets", targets, len(x)))
        self.hidden = guards.count("hidden", hidden, least=1)

    def __reduce__(self) -> tuple[Any, ...]:
        # Built anew in a copy or another process, so that its data are read-only there too.
        return partial(ReluNetwork, hidden=self.hidden), (self.inputs, self.targets)

    def _key(self) -> tuple[object, ...]:
        return self.inputs.shape, self.inputs.tobytes(), self.targets.tobytes(), self.hidden

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReluNetwork) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"ReluNetwork({self.inputs.tolist()}, {self.targets.tolist()}, hidden={self.hidden})"

    @property
    def n_inputs(self) -> int:
        """Number d of input features."""
        return int(self.inputs.shape[1])

    @property
    def n_samples(self) -> int:
        """Number m of samples."""
        return int(self.inputs.shape[0])

    @property
    def n_parameters(self) -> int:
        """Length n = (d + 2) h + 1 of theta."""
        return (self.n_inputs + 2) * self.hidden + 1

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta; ``W1[input,unit]`` as in a Keras kernel."""
        d, h = self.n_inputs, self.hidden
        return (
            *(f"W1[{k},{u}]" for k in range(d) for u in range(h)),
            *(f"b1[{u}]" for u in range(h)),
            *(f"W2[{u},0]" for u in range(h)),
            "b2[0]",
        )

    @cached_property
    def filters(self) -> tuple[Filter, ...]:
        """One filter per hidden unit (a column of W1 and its bias) and one for the output unit."""
        d, h = self.n_inputs, self.hidden
        hidden = tuple(Filter("hidden", tuple(k * h + u for k in range(d)), d * h + u) for u in range(h))
        output = Filter("output", tuple(range((d + 1) * h, (d + 2) * h)), (d + 2) * h)
        return (*hidden, output)

    def describe(self) -> str:
        """Return the network and its data as one line of JSON, for keeping beside a result."""
        kind = f"{self.n_inputs}-{self.hidden}-1 ReLU, linear output, MSE"
        return json.dumps({"model": kind, "inputs": self.inputs.tolist(), "targets": self.targets.tolist()})

    def unpack(self, theta: ArrayLike) -> Weights:
        """Return views of ``theta`` (..., n) as weights and biases."""
        theta = guards.parameters("theta", theta, self.n_parameters)
        d, h = self.n_inputs, self.hidden
        W1 = theta[..., : d * h].reshape(*theta.shape[:-1], d, h)
        return Weights(W1, theta[..., d * h : (d + 1) * h], theta[..., (d + 1) * h : -1], theta[..., -1])

    @may_overflow
    def preactivations(self, theta: ArrayLike) -> Array:
        """Return the pre-activations of every hidden unit: (..., n) -> (..., m, h)."""
        w = self.unpack(theta)
        z = np.multiply(self.inputs[:, 0, None], w.W1[..., None, 0, :])
        for k in range(1, self.n_inputs):
            z += self.inputs[:, k, None] * w.W1[..., None, k, :]
        z += w.b1[..., None, :]
        return np.asarray(z)

    @may_overflow
    def predict(self, theta: ArrayLike) -> Array:
        """Return the network's outputs: (..., n) -> (..., m)."""
        w = self.unpack(theta)
        a = np.maximum(self.preactivations(theta), 0.0)
        out = a[..., 0] * w.W2[..., None, 0]
        for u in range(1, self.hidden):
            out += a[..., u] * w.W2[..., None, u]
        return np.asarray(out + w.b2[..., None])

    @may_overflow
    def residuals(self, theta: ArrayLike) -> Array:
        """Return outputs minus targets: (..., n) -> (..., m)."""
        return np.asarray(self.predict(theta) - self.targets)

    @may_overflow
    def loss(self, theta: ArrayLike) -> Array:
        """Return the mean squared error: (..., n) -> (...)."""
        return np.asarray(_total(np.square(self.residuals(theta))) / self.n_samples)

    @may_overflow
    def gradient(self, theta: ArrayLike) -> Array:
        """Return the gradient of the loss with relu'(0) = 0: (..., n) -> (..., n)."""
        r = self.residuals(theta)
        by_theta = np.einsum("...i,...in->...n", r, self.jacobian(theta))
        by_theta[..., -1] = _total(r)
        return np.asarray((2.0 / self.n_samples) * by_theta)

    @may_overflow
    def jacobian(self, theta: ArrayLike) -> Array:
        """Return the derivative of every output by theta, with relu'(0) = 0: (..., n) -> (..., m, n)."""
        return self._jacobian(theta, self.preactivations(theta) > 0)

    def _jacobian(self, theta: ArrayLike, active: NDArray[np.bool_]) -> Array:
        w = self.unpack(theta)
        z = self.preactivations(theta)
        slope = active * w.W2[..., None, :]
        by_W1 = self.inputs[:, :, None] * slope[..., None, :]
        shape = z.shape[:-1]
        parts = (by_W1.reshape(*shape, self.n_inputs * self.hidden), slope, np.maximum(z, 0.0), np.ones((*shape, 1)))
        return np.concatenate(parts, axis=-1)

    def hessian(self, theta: ArrayLike) -> Array:
        """Return the Hessian of the loss with relu'(0) = 0: (..., n) -> (..., n, n).

        At a kink this is the Hessian of one cone only, the one automatic differentiation sees; for the
        others see :func:`landscape.one_sided_hessians`.
        """
        return self.hessian_in(theta, self.preactivations(theta) > 0)

    @may_overflow
    def hessian_in(self, theta: ArrayLike, active: ArrayLike) -> Array:
        """Return the Hessian in the activation region ``active`` (..., m, h), bool, which ``theta`` (..., n) touches.

        Where the pattern is fixed the outputs are bilinear in (W1, b1) and W2, so

            H = (2/m) sum_i (grad o_i grad o_i^T + r_i hess o_i)

        where hess o_i couples W2[u] with unit u's weights by x_i and with its bias by 1, wherever unit u
        is active on sample i.
        """
        theta, active = guards.parameters("theta", theta, self.n_parameters), np.asarray(active, dtype=bool)
        shape = (*theta.shape[:-1], self.n_samples, self.hidden)
        if active.shape != shape:
            raise ValueError(f"active must have shape {shape}, one entry per sample and unit; got {active.shape}")
        r, jac = self.residuals(theta), self._jacobian(theta, active)
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


def _total(terms: Array) -> Array:
    """Return the sum over samples: (..., m) -> (...), even and odd samples apart, as TensorFlow adds them."""
    return np.asarray(terms[..., 0::2].sum(axis=-1) + terms[..., 1::2].sum(axis=-1))
