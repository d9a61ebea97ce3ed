"""What all networks with one hidden layer share: their data and the layout of theta.

With d inputs and h hidden units the parameters are, in Keras weight order, ``W1`` (d, h), ``b1`` (h),
``W2`` (h, 1) and ``b2`` (1), so n = (d + 2) h + 1. With samples x_i, i = 1..m, and activation f

    z_iu = sum_k x_ik W1[k, u] + b1[u]          pre-activations
    o_i  = sum_u W2[u] f(z_iu) + b2             pre-activation of the output unit

Sums are computed in the order in which TensorFlow computes them on the four XOR samples.
"""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.results import read_only
from landscape.networks.objective import Filter

may_overflow = np.errstate(over="ignore", under="ignore", invalid="ignore")
"""For finite parameters of size 1e150 the loss exceeds the range of floats, which is not an error.

It is returned as inf, or as nan where infinite contributions of two units cancel. At the other end of the range,
products are rounded to 0, whatever ``np.seterr`` says.
"""


MOST_PARAMETERS = 10**7
"""Most parameters of a network with one hidden layer; lists of their names take about a gigabyte."""

_DESCRIPTIONS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "tanh": "tanh",
    "linear": "linear output, MSE",
    "sigmoid": "sigmoid output, binary cross-entropy",
}


class Weights(NamedTuple):
    """theta split into W1 (..., d, h), b1 (..., h), W2 (..., h), b2 (...)."""

    W1: Array
    b1: Array
    W2: Array
    b2: Array


class DenseNetwork:
    """The data, ``inputs`` (m, d) and ``targets`` (m,), and the parameters of a d-h-1 network with h = ``hidden``.

    Subclasses define what it computes.
    """

    activation: str
    """Activation of the hidden units, which is "relu", "leaky_relu" or "tanh"."""
    head: str
    """"linear" output with mean squared error, or "sigmoid" output with binary cross-entropy."""

    def __init__(self, inputs: ArrayLike, targets: ArrayLike, *, hidden: int) -> None:
        x = checks.real_array("inputs", inputs)
        if x.ndim != 2 or 0 in x.shape:
            raise ValueError(f"inputs must have shape (samples, features), both at least 1; got {x.shape}")
        self.inputs = read_only(x)
        self.targets = read_only(checks.vector("targets", targets, len(x)))
        self.hidden = checks.count("hidden", hidden, least=1)
        if self.n_parameters > MOST_PARAMETERS:
            most = (MOST_PARAMETERS - 1) // (self.n_inputs + 2)
            raise ValueError(f"hidden must be at most {most} with {self.n_inputs} inputs; got {self.hidden}")

    def _options(self) -> dict[str, Any]:
        """Return the keyword arguments that this network was constructed with."""
        return {"hidden": self.hidden}

    def __reduce__(self) -> tuple[Any, ...]:
        # Copying and unpickling construct the network again, so that its data are read-only in the copy, too.
        return partial(type(self), **self._options()), (self.inputs, self.targets)

    def _key(self) -> tuple[object, ...]:
        return type(self), self.inputs.shape, self.inputs.tobytes(), self.targets.tobytes(), *self._options().values()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DenseNetwork) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options().items())
        return f"{type(self).__name__}({self.inputs.tolist()}, {self.targets.tolist()}, {options})"

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
        """Return the network and its data as one line of JSON, to be stored with a result."""
        kind = f"{self.n_inputs}-{self.hidden}-1 {_DESCRIPTIONS[self.activation]}, {_DESCRIPTIONS[self.head]}"
        return json.dumps({"model": kind, "inputs": self.inputs.tolist(), "targets": self.targets.tolist()})

    def unpack(self, theta: ArrayLike) -> Weights:
        """Return views of ``theta`` (..., n) as weights and biases."""
        theta = checks.parameters("theta", theta, self.n_parameters)
        d, h = self.n_inputs, self.hidden
        W1 = theta[..., : d * h].reshape(*theta.shape[:-1], d, h)
        return Weights(W1, theta[..., d * h : (d + 1) * h], theta[..., (d + 1) * h : -1], theta[..., -1])

    @may_overflow
    def match_units(self, theta: ArrayLike, reference: ArrayLike) -> Array:
        """Return ``theta`` (n,) with its hidden units in the order that brings it nearest to ``reference`` (n,).

        Examples
        --------
        >>> from landscape import xor
        >>> net, swapped = xor.network(), xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
        >>> net.match_units(swapped, xor.TEXTBOOK).tolist() == xor.TEXTBOOK.tolist()
        True
        """
        from scipy.optimize import linear_sum_assignment  # takes 0.2 s to import

        theta, reference = (
            checks.vector(name, value, self.n_parameters)
            for name, value in (("theta", theta), ("reference", reference))
        )
        ours, theirs = (v[:-1].reshape(-1, self.hidden) for v in (theta, reference))  # a column for each unit
        overlap = (theirs / norms.magnitude(reference)).T @ (ours / norms.magnitude(theta))
        order = linear_sum_assignment(overlap, maximize=True)[1]
        return np.append(ours[:, order], theta[-1])

    def preactivations(self, theta: ArrayLike) -> Array:
        """Return the pre-activations of every hidden unit: (..., n) -> (..., m, h)."""
        return preactivations(self.inputs, self.unpack(theta))


@may_overflow
def preactivations(inputs: Array, w: Weights) -> Array:
    """Return the pre-activations of every hidden unit on inputs (m, d): (..., m, h)."""
    z = np.multiply(inputs[:, 0, None], w.W1[..., None, 0, :])
    for k in range(1, inputs.shape[1]):
        z += inputs[:, k, None] * w.W1[..., None, k, :]
    z += w.b1[..., None, :]
    return np.asarray(z)


def output_sums(w: Weights, activations: Array) -> Array:
    """Return the pre-activation of the output unit for ``activations`` (..., m, h): (..., m)."""
    out = activations[..., 0] * w.W2[..., None, 0]
    for u in range(1, activations.shape[-1]):
        out += activations[..., u] * w.W2[..., None, u]
    return np.asarray(out + w.b2[..., None])


def output_slopes(inputs: Array, w: Weights, activations: Array, slopes: NDArray[Any]) -> Array:
    """Return the derivative of these sums with respect to theta, from f(z) and f'(z) (..., m, h): (..., m, n)."""
    slope = slopes * w.W2[..., None, :]
    by_W1 = inputs[:, :, None] * slope[..., None, :]
    *shape, h = activations.shape
    parts = (by_W1.reshape(*shape, inputs.shape[1] * h), slope, activations, np.ones((*shape, 1)))
    return np.asarray(np.concatenate(parts, axis=-1))


def pull_back(residuals: Array, slopes: Array) -> Array:
    """Return sum_i r_i do_i/dtheta of residuals (..., m) and slopes (..., m, n): (..., n)."""
    by_theta: Array = np.einsum("...i,...in->...n", residuals, slopes)
    by_theta[..., -1] = total(residuals)
    return by_theta


def total(terms: Array) -> Array:
    """Return the sum over samples: (..., m) -> (...); even and odd samples are summed separately, as in TensorFlow."""
    return np.asarray(terms[..., 0::2].sum(axis=-1) + terms[..., 1::2].sum(axis=-1))
