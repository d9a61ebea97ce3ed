"""What the benchmark times: kernels of this project, the obvious competitors in their best form, and yardsticks.

Each function prepares a call and returns it with the amount of work it does: grid points, or steps times starts.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

import landscape as ls
from landscape import xor
from landscape.networks.relu import ReluNetwork
from landscape.parallel import threads
from landscape.planes import evaluation
from landscape.training import compiled_training

Call = Callable[[], object]
LEARNING_RATE, EPSILON, BETA_1, BETA_2 = 1e-2, 1e-7, 0.9, 0.999


@dataclass(frozen=True)
class Size:
    """Problem sizes: grid points per side, starts, steps, fewer steps for slow competitors, and so on."""

    side: int = 1001
    starts: int = 4000
    steps: int = 10_000
    slow_steps: int = 200
    evaluations: int = 5
    epochs: int = 20
    points: int = 200
    variants: int = 200
    map_side: int = 1000
    images: int = 512
    conv_side: int = 25
    slow_side: int = 9
    xor_side: int = 51


FULL = Size()
SMOKE = Size(
    side=101, starts=70, steps=20, slow_steps=10, evaluations=1, epochs=2, points=3, variants=4, map_side=20,
    images=8, conv_side=3, slow_side=3, xor_side=5,
)  # fmt: skip


def _plane(size: Size) -> tuple[ReluNetwork, ls.Plane, np.ndarray]:
    net = xor.network()
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(0))
    return net, plane, np.linspace(-1.0, 1.0, size.side)


def fill(size: Size) -> tuple[Call, int]:
    """One thread storing a constant."""
    out = np.empty((size.side, size.side))
    return lambda: out.fill(1.0), out.size


def copyto(size: Size) -> tuple[Call, int]:
    """One thread copying."""
    out, source = np.empty((size.side, size.side)), np.ones((size.side, size.side))
    return lambda: np.copyto(out, source), out.size


def grid_kernel(size: Size) -> tuple[Call, int]:
    """evaluate_plane, end to end, always through the compiled kernel."""
    return _evaluate_plane(size, kernel_pays_from=0)


def grid_numpy(size: Size) -> tuple[Call, int]:
    """The readable numpy definition, in blocks that stay in the cache."""
    return _evaluate_plane(size, kernel_pays_from=10**9)


def _evaluate_plane(size: Size, kernel_pays_from: int) -> tuple[Call, int]:
    evaluation.KERNEL_PAYS_FROM = kernel_pays_from
    net, plane, axis = _plane(size)
    return lambda: ls.evaluate_plane(net, plane, axis, axis), axis.size**2


def grid_xla(size: Size) -> tuple[Call, int]:
    """One jit-compiled TensorFlow function over all points, one vector per parameter."""
    from landscape.keras.reference_training import tf

    _, plane, axis = _plane(size)

    @tf.function(jit_compile=True)
    def losses(alpha: Any, beta: Any) -> Any:
        t = [o + alpha * a + beta * b for o, a, b in zip(plane.origin, plane.d1, plane.d2, strict=True)]
        total = 0.0
        for (x0, x1), y in zip(xor.X, xor.Y, strict=True):
            z = [x0 * t[u] + x1 * t[2 + u] + t[4 + u] for u in range(2)]
            total += tf.square(tf.nn.relu(z[0]) * t[6] + tf.nn.relu(z[1]) * t[7] + t[8] - y)
        return total / 4.0

    alpha, beta = tf.constant(axis[None, :]), tf.constant(axis[:, None])
    return lambda: losses(alpha, beta).numpy(), axis.size**2


def grid_evaluate(size: Size) -> tuple[Call, int]:
    """model.evaluate, point by point."""
    from landscape.keras.reference_training import exercise_model

    _, plane, axis = _plane(size)
    model = exercise_model()
    model.compile(loss="mse")
    y = xor.Y[:, None]

    def run() -> None:
        for alpha in axis[: size.evaluations]:
            xor.theta_to_keras(plane.point(alpha, 0.0), model)
            model.evaluate(xor.X, y, verbose=0)

    return run, size.evaluations


def _starts(size: Size) -> tuple[ReluNetwork, np.ndarray]:
    net = xor.network()
    return net, ls.glorot_starts(net, size.starts, rng=np.random.default_rng(0))


def train_kernel(size: Size) -> tuple[Call, int]:
    """The compiled training loop, last step recorded."""
    return _train(size, size.steps, record_every=size.steps)


def train_recorded(size: Size) -> tuple[Call, int]:
    """The compiled training loop, every tenth step recorded."""
    return _train(size, size.steps // 4, record_every=10)


def _train(size: Size, steps: int, record_every: int) -> tuple[Call, int]:
    net, starts = _starts(size)
    return lambda: ls.train(net, starts, ls.Adam(LEARNING_RATE), steps, record_every), size.starts * steps


def train_whole(size: Size) -> tuple[Call, int]:
    """The compiled training loop, running every step even of starts whose outcome is already proven."""
    net, starts = _starts(size)
    adam, last = ls.Adam(LEARNING_RATE), np.array([size.steps])
    return lambda: compiled_training.train_batches(net, starts, adam, last, early_stop=False), size.starts * size.steps


def roots(size: Size) -> tuple[Call, int]:
    """Only the nine square roots and divisions of a step, on all cores: the limit of the processor's divider."""

    @numba.njit(nogil=True, error_model="numpy")
    def divide(x: np.ndarray, steps: int) -> None:
        for _ in range(steps):
            for k in range(x.size):
                x[k] = 1.5 / math.sqrt(x[k])

    def job(block: np.ndarray) -> Iterator[int]:
        divide(block, size.steps)
        yield size.steps

    per_block = 64
    blocks = [np.linspace(0.5, 2.5, 9 * per_block) for _ in range(max(1, size.starts // per_block))]
    return lambda: threads.run_on_threads(job(block) for block in blocks), per_block * len(blocks) * size.steps


def _xor_gradient(maximum: Callable[[Any], Any], where: Any, theta: Any) -> list[Any]:
    """The gradient at theta (9, starts), without the multiplications by the inputs 0 and 1."""
    V, W, b1, v, b2 = theta[:2], theta[2:4], theta[4:6], theta[6:8], theta[8]
    hidden = [maximum(z) for z in (b1, W + b1, V + b1, V + W + b1)]
    out = [a[0] * v[0] + a[1] * v[1] + b2 for a in hidden]
    r = [0.5 * (o - y) for o, y in zip(out, (0.0, 1.0, 1.0, 0.0), strict=True)]
    delta = [where(a > 0.0, ri * v, 0.0) for a, ri in zip(hidden, r, strict=True)]
    by_v = hidden[0] * r[0] + hidden[1] * r[1] + hidden[2] * r[2] + hidden[3] * r[3]
    by_b1 = delta[0] + delta[1] + delta[2] + delta[3]
    return [delta[2] + delta[3], delta[1] + delta[3], by_b1, by_v, r[0] + r[1] + r[2] + r[3]]


def train_numpy(size: Size) -> tuple[Call, int]:
    """A batched numpy loop over parameters by starts, in blocks that stay in the cache, in place."""
    _, starts = _starts(size)
    rates = ls.Adam(LEARNING_RATE).rates(size.slow_steps)
    block = 500

    def run() -> list[np.ndarray]:
        ends = []
        for i in range(0, len(starts), block):
            theta = np.ascontiguousarray(starts[i : i + block].T)
            m, v, g, root = (np.zeros_like(theta) for _ in range(4))
            for rate in rates:
                parts = _xor_gradient(lambda z: np.maximum(z, 0.0), np.where, theta)
                g[:2], g[2:4], g[4:6], g[6:8], g[8] = parts
                np.subtract(g, m, out=root)
                m += np.multiply(root, 1.0 - BETA_1, out=root)
                np.multiply(g, g, out=root)
                root -= v
                v += np.multiply(root, 1.0 - BETA_2, out=root)
                np.sqrt(v, out=root)
                root += EPSILON
                np.divide(m, root, out=root)
                theta -= np.multiply(root, rate, out=root)
            ends.append(theta)
        return ends

    return run, size.starts * size.slow_steps


def train_xla(size: Size) -> tuple[Call, int]:
    """A tf.while_loop over steps in one jit-compiled function, parameters by starts."""
    from landscape.keras.reference_training import tf

    _, starts = _starts(size)
    steps = max(1, size.steps // 4)
    rates = tf.constant(ls.Adam(LEARNING_RATE).rates(steps))

    @tf.function(jit_compile=True)
    def run(theta: Any) -> Any:
        def step(t: Any, theta: Any, m: Any, v: Any) -> tuple[Any, ...]:
            parts = _xor_gradient(tf.nn.relu, tf.where, theta)
            g = tf.concat([*parts[:4], parts[4][None]], axis=0)
            m += (g - m) * (1.0 - BETA_1)
            v += (g * g - v) * (1.0 - BETA_2)
            return t + 1, theta - m * rates[t] / (tf.sqrt(v) + EPSILON), m, v

        zero = tf.zeros_like(theta)
        return tf.while_loop(lambda t, *_: t < steps, step, (0, theta, zero, zero))[1]

    theta = tf.constant(starts.T.copy())
    return lambda: run(theta).numpy(), size.starts * steps


def train_fit(size: Size) -> tuple[Call, int]:
    """model.fit, one start, one batch an epoch."""
    from landscape.keras.reference_training import exercise_model, keras

    model = exercise_model()
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="mse")
    data = {"x": xor.X, "y": xor.Y[:, None], "batch_size": len(xor.X), "verbose": 0}
    return lambda: model.fit(**data, epochs=size.epochs), size.epochs


GRIDS = [grid_kernel, fill, copyto, grid_xla, grid_numpy, grid_evaluate]
TRAININGS = [train_kernel, train_whole, train_recorded, roots, train_xla, train_numpy, train_fit]
