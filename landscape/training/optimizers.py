"""Gradient methods as Keras computes them, operation by operation.

Each optimizer is a frozen dataclass of numbers; its state is kept in arrays that the caller owns. A step is implemented
in numpy here, and as a kernel in :mod:`landscape.kernels`; both follow Keras' order of operations, so all three agree
to the last bit wherever the gradients do.

References
----------
Kingma, Ba: Adam (2015), arXiv:1412.6980; Keras 3, ``keras.optimizers``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike, NDArray

from landscape.base import checks
from landscape.networks.objective import description

FloatArray = NDArray[np.floating[Any]]


@runtime_checkable
class Optimizer(Protocol):
    """The interface of a gradient method for :func:`landscape.train`."""

    @property
    def slots(self) -> int:
        """Number of state arrays, each with the shape of theta."""

    def rates(self, steps: int, dtype: DTypeLike) -> FloatArray:
        """Return the scalar step size of updates 1..steps, shape (steps,)."""

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one update of ``theta`` and ``state`` in place."""

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return an upper bound of how far each parameter moves while its gradient stays 0, and a ratio q < 1.

        ``rate`` is the largest of the remaining rates. After t such steps the bound is multiplied by q^t, so it also
        bounds each step. It is infinite where momentum would never come to rest.
        """

    def describe(self) -> str:
        """Return name and settings in one line."""


def require_optimizer(optimizer: Optimizer) -> Optimizer:
    """Return ``optimizer`` if it is one, and not a class of optimizers."""
    if isinstance(optimizer, type):
        raise TypeError(
            f"optimizer must be an instance; got the class {optimizer.__name__}, use {optimizer.__name__}()"
        )
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {optimizer!r}")
    return optimizer


def run_settings(net: object, optimizer: Optimizer, steps: int, kind: np.dtype[Any]) -> dict[str, str | int]:
    """Return how runs were computed, to be stored with their result."""
    how: dict[str, str | int] = {"optimizer": optimizer.describe(), "dtype": kind.name, "steps": steps}
    return {**how, "objective": description(net)}


@checks.known_arguments
@dataclass(frozen=True)
class Adam:
    """Adam with Keras' defaults::

        m <- m + (g - m)(1 - beta_1),  v <- v + (g^2 - v)(1 - beta_2)
        theta <- theta - m alpha_t / (sqrt(v) + epsilon),  alpha_t = lr sqrt(1 - beta_2^t) / (1 - beta_1^t)

    Keras rounds the betas through float32 in the powers beta^t, and only there.
    """

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    slots = 2
    """Two, the first and the second moment."""

    def __post_init__(self) -> None:
        checks.positive("learning_rate", self.learning_rate)
        checks.positive("beta_1", self.beta_1, zero=True, below=1.0)
        checks.positive("beta_2", self.beta_2, zero=True, below=1.0)
        checks.positive("epsilon", self.epsilon)

    def rates(self, steps: int, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return alpha_t for t = 1..steps, by scalar ``**``, since the array form differs in the last bit."""
        kind: Any = np.dtype(dtype).type
        t = np.arange(1, steps + 1, dtype=dtype)
        # Python's float and numpy's float32 both call the C library's power, as TensorFlow does.
        powers = []
        for beta in (self.beta_1, self.beta_2):
            base: Any = np.float32(beta) if kind is np.float32 else float(np.float32(beta))
            exponents = t if kind is np.float32 else map(float, range(1, steps + 1))
            powers.append(np.fromiter((base**e for e in exponents), dtype, steps))
        one = kind(1)
        return np.asarray(kind(self.learning_rate) * np.sqrt(one - powers[1]) / (one - powers[0]))

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one step in place."""
        m, v = state
        kind = theta.dtype.type
        m += (gradient - m) * kind(1 - self.beta_1)
        v += (gradient * gradient - v) * kind(1 - self.beta_2)
        theta -= (m * rate) / (np.sqrt(v) + kind(self.epsilon))

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return the bound ``|m| rate q / (1 - q) / (sqrt(v) + epsilon)`` with q = beta_1 / sqrt(beta_2), and q.

        After t steps m is beta_1^t m, and sqrt(v) + epsilon at least beta_2^(t/2) of what it was.
        """
        m, v = state
        if self.beta_1**2 >= self.beta_2:
            return np.where(m == 0, m, np.inf), 0.0
        q = self.beta_1 / self.beta_2**0.5
        return np.abs(m) * (rate * q / (1.0 - q)) / (np.sqrt(v) + self.epsilon), q

    def describe(self) -> str:
        """Return name and settings in one line."""
        return f"Adam, lr {self.learning_rate!r}, betas {self.beta_1!r}, {self.beta_2!r}, epsilon {self.epsilon!r}"


@checks.known_arguments
@dataclass(frozen=True)
class SGD:
    """Gradient descent with heavy-ball momentum: m <- momentum m - lr g, theta <- theta + m.

    Keras rounds the momentum through float32.
    """

    learning_rate: float = 1e-2
    momentum: float = 0.0

    slots = 1
    """One, the velocity."""

    def __post_init__(self) -> None:
        checks.positive("learning_rate", self.learning_rate)
        checks.positive("momentum", self.momentum, zero=True, below=1.0)

    def rates(self, steps: int, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return the learning rate, once per step."""
        return np.full(steps, self.learning_rate, dtype=dtype)

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one step in place."""
        (m,) = state
        m *= theta.dtype.type(np.float32(self.momentum))
        m -= gradient * rate
        theta += m

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return the bound ``|m| q / (1 - q)``, with q the momentum, and q."""
        q = float(np.float32(self.momentum))
        return np.abs(state[0]) * (q / (1.0 - q)), q

    def describe(self) -> str:
        """Return name and settings in one line."""
        return f"SGD, lr {self.learning_rate!r}, momentum {self.momentum!r}"


@checks.known_arguments
@dataclass(frozen=True)
class RMSprop:
    """RMSprop with Keras' defaults.

    v <- rho v + (1 - rho) g^2,  m <- momentum m + lr g / sqrt(v + epsilon),  theta <- theta - m

    Inside a graph, as in ``model.fit``, TensorFlow multiplies by the rounded reciprocal of the root.
    """

    learning_rate: float = 1e-3
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7

    slots = 2
    """Two, mean square and velocity."""

    def __post_init__(self) -> None:
        checks.positive("learning_rate", self.learning_rate)
        checks.positive("rho", self.rho, zero=True, below=1.0)
        checks.positive("momentum", self.momentum, zero=True, below=1.0)
        checks.positive("epsilon", self.epsilon)

    def rates(self, steps: int, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return the learning rate, once per step."""
        return np.full(steps, self.learning_rate, dtype=dtype)

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one step in place."""
        v, m = state
        kind = theta.dtype.type
        v[...] = v * kind(self.rho) + (gradient * gradient) * kind(1 - self.rho)
        m[...] = m * kind(self.momentum) + (gradient * rate) * (kind(1) / np.sqrt(v + kind(self.epsilon)))
        theta -= m

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return the bound ``|m| q / (1 - q)``, with q the momentum, and q."""
        return np.abs(state[1]) * (self.momentum / (1.0 - self.momentum)), self.momentum

    def describe(self) -> str:
        """Return name and settings in one line."""
        settings = f"rho {self.rho!r}, momentum {self.momentum!r}, epsilon {self.epsilon!r}"
        return f"RMSprop, lr {self.learning_rate!r}, {settings}"


@checks.known_arguments
@dataclass(frozen=True)
class CosineDecay:
    """An optimizer whose learning rate decays to 0 along half a cosine, as in Keras' schedule of that name::

        lr_t = lr (1 + cos(pi min(t, steps) / steps)) / 2,  t = 0 for the first update

    Keras computes it in the data type of the learning rate it is given: pass a float64 tensor, since a Python float
    becomes float32, whatever ``floatx`` is.
    """

    optimizer: Adam | SGD | RMSprop
    steps: int

    def __post_init__(self) -> None:
        if not isinstance(self.optimizer, Adam | SGD | RMSprop):
            raise TypeError(f"optimizer must be Adam, SGD or RMSprop; got {self.optimizer!r}")
        checks.count("steps", self.steps, least=1)

    @property
    def slots(self) -> int:
        """As many as the optimizer has."""
        return self.optimizer.slots

    def rates(self, steps: int, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return the optimizer's step sizes times the decay factor of each step."""
        elapsed = np.minimum(np.arange(steps), self.steps) / self.steps
        factor = 0.5 * (1.0 + np.cos(np.pi * elapsed))
        return np.asarray(self.optimizer.rates(steps, dtype) * factor.astype(dtype))

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one step in place."""
        self.optimizer.update(theta, gradient, state, rate)

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return the optimizer's bound and ratio, which only need ``rate`` to be the largest remaining rate."""
        return self.optimizer.remaining_drift(state, rate)

    def describe(self) -> str:
        """Return name and settings in one line."""
        return f"{self.optimizer.describe()}, cosine decay over {self.steps} steps"


def later_growth(optimizer: Optimizer, step: int) -> float:
    """Return a lower bound of the rate at ``step`` over every later one.

    Rates stay or fall, but for Adam's, which grow as long as the correction sqrt(1 - beta_2^t) does.
    """
    match optimizer:
        case CosineDecay():
            return later_growth(optimizer.optimizer, step)
        case Adam():
            return float(np.sqrt(1.0 - optimizer.beta_2**step))
    return 1.0
