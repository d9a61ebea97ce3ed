"""A second implementation of the network, its gradient and the optimizers, in plain numpy, many runs at once.

It shares no code with the packages under test. Arrays are laid out with the run as last axis, (parameter, run), and the
samples are written out (x is 00, 01, 10, 11), so that also the order of summation is another one than in the kernels:
what depends on the last bit differs, everything else must not.

References
----------
Kingma, Ba: Adam (2015); Glorot, Bengio (2010), eq. 16; the update rules in the documentation of keras.optimizers.
"""

from dataclasses import dataclass, field

import numpy as np

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
TEXTBOOK = np.array([1.0, 1.0, 1.0, 1.0, 0.0, -1.0, 1.0, -2.0, 0.0])


@dataclass(frozen=True)
class Model:
    """A 2-h-1 network: ``negative`` is the slope of the ReLU below 0, ``at_zero`` its derivative at 0."""

    hidden: int = 2
    activation: str = "relu"
    head: str = "linear"
    negative: float = 0.0
    at_zero: float = 0.0

    @property
    def size(self):
        """Number of parameters."""
        return 4 * self.hidden + 1

    def split(self, columns):
        """Return views of W1 (2, h, k), b1 (h, k), W2 (h, k) and b2 (k) into ``columns`` (n, k)."""
        h = self.hidden
        return columns[: 2 * h].reshape(2, h, -1), columns[2 * h : 3 * h], columns[3 * h : 4 * h], columns[4 * h]

    def forward(self, columns):
        """Return pre-activations (4, h, k), activities (4, h, k) and outputs before the head (4, k)."""
        W1, b1, W2, b2 = self.split(columns)
        z = np.empty((4, *b1.shape))
        z[0] = b1
        np.add(W1[1], b1, out=z[1])
        np.add(W1[0], b1, out=z[2])
        np.add(z[2], W1[1], out=z[3])
        if self.activation == "tanh":
            a = np.tanh(z)
        elif self.negative:
            a = np.where(z > 0, z, self.negative * z)
        else:
            a = np.maximum(z, 0.0)
        out = a[:, 0] * W2[0]
        for u in range(1, self.hidden):
            out += a[:, u] * W2[u]
        out += b2
        return z, a, out

    def slopes(self, z, a):
        """Return the derivatives of the activation, shape (4, h, k)."""
        if self.activation == "tanh":
            return 1.0 - a * a
        if self.at_zero == self.negative:
            return np.where(z > 0, 1.0, self.negative) if self.negative else (z > 0).astype(float)
        return np.where(z > 0, 1.0, np.where(z == 0, self.at_zero, self.negative))

    def losses(self, out):
        """Return the loss of every sample (4, k), from the outputs before the head."""
        if self.head == "linear":
            return (out - Y[:, None]) ** 2
        return np.logaddexp(0.0, np.where(Y[:, None] > 0, -out, out))

    def backward(self, columns, weights=None):
        """Return the gradient (n, k) and the outputs before the head (4, k); ``weights`` (4, k) of samples sum to 1."""
        z, a, out = self.forward(columns)
        _, _, W2, _ = self.split(columns)
        if self.head == "linear":
            d = 2.0 * (out - Y[:, None])
        else:
            d = 1.0 / (1.0 + np.exp(-np.clip(out, -500, 500))) - Y[:, None]
        d *= 0.25 if weights is None else weights
        into = d[:, None] * self.slopes(z, a) * W2
        gradient = np.empty_like(columns)
        gW1, gb1, gW2, _ = self.split(gradient)
        np.add(into[2], into[3], out=gW1[0])
        np.add(into[1], into[3], out=gW1[1])
        np.add(into[0] + into[1], gW1[0], out=gb1)
        np.einsum("sk,suk->uk", d, a, out=gW2)
        gradient[-1] = d.sum(axis=0)
        return gradient, out


RELU = Model()


def outputs(theta, model=RELU):
    """Return the outputs of thetas: (..., n) -> (..., 4)."""
    theta = np.asarray(theta, dtype=float)
    columns = np.ascontiguousarray(theta.reshape(-1, theta.shape[-1]).T)
    return model.forward(columns)[2].T.reshape(*theta.shape[:-1], 4)


def preactivations(theta, model=RELU):
    """Return the pre-activations of thetas: (..., n) -> (..., 4, h)."""
    theta = np.asarray(theta, dtype=float)
    columns = np.ascontiguousarray(theta.reshape(-1, theta.shape[-1]).T)
    return np.moveaxis(model.forward(columns)[0], -1, 0).reshape(*theta.shape[:-1], 4, model.hidden)


def loss(theta, model=RELU):
    """Return the mean loss of thetas: (..., n) -> (...)."""
    out = outputs(theta, model)
    return model.losses(out.reshape(-1, 4).T).mean(axis=0).reshape(out.shape[:-1])


def gradient(theta, model=RELU):
    """Return the gradient: (..., n) -> (..., n)."""
    theta = np.asarray(theta, dtype=float)
    columns = np.ascontiguousarray(theta.reshape(-1, theta.shape[-1]).T)
    return model.backward(columns)[0].T.reshape(theta.shape)


def hessian(theta):
    """Return the Hessian of the MSE of one theta of the 2-2-1 network, from f = b2 + sum_u v_u a_us (w_u x_s + b_u)."""
    W1, b1, W2 = theta[:4].reshape(2, 2), theta[4:6], theta[6:8]
    total = np.zeros((9, 9))
    for x, y in zip(X, Y, strict=True):
        z = x @ W1 + b1
        on = (z > 0).astype(float)
        # weights of unit u: entries u, 2 + u, 4 + u and 6 + u
        f = theta[8] + (W2 * on * z).sum()
        slope, bend = np.zeros(9), np.zeros((9, 9))
        slope[8] = 1.0
        for u in range(2):
            inputs = {u: x[0], 2 + u: x[1], 4 + u: 1.0}
            slope[6 + u] = on[u] * z[u]
            for i, value in inputs.items():
                slope[i] = W2[u] * on[u] * value
                bend[i, 6 + u] = bend[6 + u, i] = on[u] * value
        total += 0.5 * (np.outer(slope, slope) + (f - y) * bend)
    return total


@dataclass(frozen=True)
class Adam:
    """Adam as in Keras: epsilon is added to the root, outside of the bias correction. ``rate`` may be (k,).

    Keras takes the powers of the betas of the bias correction from betas in float32, also where all else is in float64.
    """

    rate: object = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    slots = 2

    def update(self, columns, gradient, state, t, factor=1.0):
        """Do update ``t`` (from 1) in place."""
        m, v = state
        m += (gradient - m) * (1 - self.beta_1)
        v += (gradient * gradient - v) * (1 - self.beta_2)
        first, second = (float(np.float32(beta)) ** t for beta in (self.beta_1, self.beta_2))
        step = self.rate * factor * (np.sqrt(1 - second) / (1 - first))
        divisor = np.sqrt(v)
        divisor += self.epsilon
        np.divide(m, divisor, out=divisor)
        divisor *= step
        columns -= divisor


@dataclass(frozen=True)
class RMSprop:
    """RMSprop as in Keras: epsilon is added under the root."""

    rate: object = 1e-3
    rho: float = 0.9
    epsilon: float = 1e-7
    slots = 1

    def update(self, columns, gradient, state, t, factor=1.0):
        """Do one update in place."""
        (v,) = state
        v += (gradient * gradient - v) * (1 - self.rho)
        columns -= (self.rate * factor) * gradient / np.sqrt(v + self.epsilon)


@dataclass(frozen=True)
class SGD:
    """Gradient descent, with momentum as in Keras."""

    rate: object = 1e-2
    momentum: object = 0.0
    slots = 1

    def update(self, columns, gradient, state, t, factor=1.0):
        """Do one update in place."""
        (velocity,) = state
        velocity *= self.momentum
        velocity -= (self.rate * factor) * gradient
        columns += velocity


@dataclass(frozen=True)
class Decay:
    """Another rule with a rate that falls to 0 along half a cosine."""

    rule: object
    steps: int
    slots: int = field(default=2)

    def update(self, columns, gradient, state, t, factor=1.0):
        """Do update ``t`` (from 1) in place."""
        done = min(t - 1, self.steps) / self.steps
        self.rule.update(columns, gradient, state, t, 0.5 * (1 + np.cos(np.pi * done)))


def train(starts, rule, steps, *, model=RELU, watch=None, weights=None):
    """Return the ends (k, n) of ``steps`` updates from ``starts`` (k, n).

    watch : callable, optional
        Called as ``watch(t, columns, out)`` after every t updates, 0 and ``steps`` included, with the parameters
        (n, k) and the outputs before the head (4, k); both are only lent. If it returns True the runs end.
    weights : callable, optional
        Given t, the weights (4, k) of the samples in the update after t.
    """
    columns = np.array(np.asarray(starts, dtype=float).T, order="C")  # a copy, as it is changed in place
    state = np.zeros((getattr(rule, "rule", rule).slots, *columns.shape))
    for t in range(steps + 1):
        g, out = model.backward(columns, weights(t) if weights and t < steps else None)
        if (watch and watch(t, columns, out)) or t == steps:
            break
        rule.update(columns, g, state, t + 1)
    return columns.T.copy()


class Recorder:
    """Keep the parameters (r, k, n) and losses (r, k) after the steps that are a multiple of ``every``."""

    def __init__(self, every=1, model=RELU, *, thetas=True):
        self.every, self.model, self.thetas = every, model, thetas
        self.step, self._theta, self._loss = [], [], []

    def __call__(self, t, columns, out):
        """Record step t."""
        if t % self.every == 0:
            self.step.append(t)
            self._loss.append(self.model.losses(out).mean(axis=0))
            if self.thetas:
                self._theta.append(columns.T.copy())

    @property
    def theta(self):
        """Parameters (r, k, n)."""
        return np.array(self._theta)

    @property
    def loss(self):
        """Losses (r, k)."""
        return np.array(self._loss)


def glorot(count, rng, hidden=2, bias=0.0):
    """Return starts (count, n): first all kernels of the hidden layer are drawn, then all of the output layer."""
    theta = np.zeros((count, 4 * hidden + 1))
    limit = (6 / (2 + hidden)) ** 0.5
    theta[:, : 2 * hidden] = rng.uniform(-limit, limit, (count, 2 * hidden))
    theta[:, 2 * hidden : 3 * hidden] = bias
    limit = (6 / (hidden + 1)) ** 0.5
    theta[:, 3 * hidden : 4 * hidden] = rng.uniform(-limit, limit, (count, hidden))
    return theta


def numbered(count, seed):
    """Return the first starts (count, n) of a seed's list: 256 starts share a random stream."""
    streams = (np.random.SeedSequence(seed, spawn_key=(tile, 0)) for tile in range(-(-count // 256)))
    return np.concatenate([glorot(256, np.random.default_rng(stream)) for stream in streams])[:count]


def two_sample_z(hits, runs, other_hits, other_runs):
    """Return the z of the difference of two shares, with the pooled variance (at least that of one hit)."""
    share = (hits + other_hits) / (runs + other_runs)
    variance = max(share * (1 - share), 1 / (runs + other_runs)) * (1 / runs + 1 / other_runs)
    return (hits / runs - other_hits / other_runs) / variance**0.5


def wilson(hits, runs, z=1.959963984540054):
    """Return the ends of the Wilson interval, as the roots of (p - hits/runs)^2 = z^2 p (1 - p) / runs."""
    p = hits / runs
    roots = np.roots([1 + z * z / runs, -2 * p - z * z / runs, p * p])
    return tuple(np.sort(roots.real))


def newton_zero(theta, rounds=60):
    """Return a zero of the loss near theta and its distance, by minimum-norm Gauss-Newton steps; None if it fails."""
    at = np.array(theta, dtype=float)
    for _ in range(rounds):
        residual = outputs(at) - Y
        if np.abs(residual).max() < 1e-15:
            break
        z = preactivations(at)
        on = (z > 0).astype(float)
        jacobian = np.zeros((4, 9))
        for u in range(2):
            jacobian[:, [u, 2 + u]] = at[6 + u] * on[:, [u]] * X
            jacobian[:, 4 + u] = at[6 + u] * on[:, u]
            jacobian[:, 6 + u] = on[:, u] * z[:, u]
        jacobian[:, 8] = 1.0
        at = at - np.linalg.lstsq(jacobian, residual, rcond=None)[0]
    return (at, float(np.linalg.norm(at - theta))) if np.abs(outputs(at) - Y).max() < 1e-12 else None
