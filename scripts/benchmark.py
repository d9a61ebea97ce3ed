"""Time grids and training against the obvious competitors, each in its best form, then single descriptions and a batch.

Every competitor runs in a process of its own, so that thread pools do not interfere. They run one after the other, in
a new random order in every round, together with the yardsticks (`fill`, `copyto`, `roots`); ratios are medians of the
ratios within a round. Slow competitors do less work; rates are compared.

    python scripts/benchmark.py            about two minutes
    python scripts/benchmark.py --batch N  N variants of a figure, with one and two workers
    python scripts/benchmark.py --smoke    a few seconds, at sizes too small for meaningful rates
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np

import landscape as ls
from landscape import xor
from landscape.networks.relu import ReluNetwork
from landscape.parallel import threads
from landscape.training import compiled_training

Call = Callable[[], object]
LEARNING_RATE, EPSILON, BETA_1, BETA_2 = 1e-2, 1e-7, 0.9, 0.999


@dataclass(frozen=True)
class Size:
    """Problem sizes: grid points per side, starts, steps, fewer steps for slow competitors, and so on."""

    side: int
    starts: int
    steps: int
    slow_steps: int
    evaluations: int
    epochs: int
    points: int
    variants: int
    map_side: int


FULL = Size(
    side=1001,
    starts=4000,
    steps=10_000,
    slow_steps=200,
    evaluations=5,
    epochs=20,
    points=200,
    variants=200,
    map_side=1000,
)
SMOKE = Size(side=101, starts=70, steps=20, slow_steps=10, evaluations=1, epochs=2, points=3, variants=4, map_side=20)


# -- grids: each returns a call and the number of points it evaluates ----------------------------------------


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
    import landscape.planes.surface

    landscape.planes.surface.KERNEL_PAYS_FROM = 0
    net, plane, axis = _plane(size)
    return lambda: ls.evaluate_plane(net, plane, axis, axis), axis.size**2


def grid_numpy(size: Size) -> tuple[Call, int]:
    """The readable numpy definition, in blocks that stay in the cache."""
    import landscape.planes.surface

    landscape.planes.surface.KERNEL_PAYS_FROM = 10**9
    net, plane, axis = _plane(size)
    return lambda: ls.evaluate_plane(net, plane, axis, axis), axis.size**2


def grid_einsum(size: Size) -> tuple[Call, int]:
    """Batched einsum over blocks of points."""
    _, plane, axis = _plane(size)
    rows = max(1, 8192 // axis.size)

    def run() -> np.ndarray:
        parts = []
        for i in range(0, axis.size, rows):
            theta = plane.point(axis, axis[i : i + rows, None]).reshape(-1, 9)
            W1, b1, W2, b2 = theta[:, :4].reshape(-1, 2, 2), theta[:, 4:6], theta[:, 6:8], theta[:, 8:]
            hidden = np.maximum(np.einsum("id,ndu->niu", xor.X, W1) + b1[:, None], 0.0)
            outputs = np.einsum("niu,nu->ni", hidden, W2) + b2
            parts.append(np.square(outputs - xor.Y).mean(axis=1))
        return np.concatenate(parts)

    return run, axis.size**2


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


# -- training: each returns a call and its number of steps times starts ----------------------------------------


def _starts(size: Size) -> tuple[ReluNetwork, np.ndarray]:
    net = xor.network()
    return net, ls.glorot_starts(net, size.starts, rng=np.random.default_rng(0))


def train_kernel(size: Size) -> tuple[Call, int]:
    """The compiled training loop, last step recorded."""
    net, starts = _starts(size)
    run = lambda: ls.train(net, starts, ls.Adam(LEARNING_RATE), size.steps, size.steps)  # noqa: E731
    return run, size.starts * size.steps


def train_whole(size: Size) -> tuple[Call, int]:
    """The compiled training loop, running every step even of starts whose outcome is already proven."""
    net, starts = _starts(size)
    adam, last = ls.Adam(LEARNING_RATE), np.array([size.steps])
    return lambda: compiled_training.train_batches(net, starts, adam, last, early_stop=False), size.starts * size.steps


def train_recorded(size: Size) -> tuple[Call, int]:
    """The compiled training loop, every tenth step recorded."""
    net, starts = _starts(size)
    run = lambda: ls.train(net, starts, ls.Adam(LEARNING_RATE), size.steps // 4, 10)  # noqa: E731
    return run, size.starts * (size.steps // 4)


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


GRIDS = [grid_kernel, fill, copyto, grid_xla, grid_numpy, grid_einsum, grid_evaluate]
TRAININGS = [train_kernel, train_whole, train_recorded, roots, train_xla, train_numpy, train_fit]
ROUNDS_PER_RUN = 3  # calls of a competitor in a round; the fastest counts


# -- the rounds ------------------------------------------------------------------------------------------------


def serve(link: Connection, prepare: Callable[[Size], tuple[Call, int]], size: Size) -> None:
    """Prepare and warm up a competitor in its own process, then time it at every request and send the rate back."""
    call, work = prepare(size)
    call()
    link.send(None)
    while link.recv():
        seconds = []
        for _ in range(ROUNDS_PER_RUN):
            begin = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - begin)
        link.send(work / min(seconds))


def measure(competitors: list[Callable[[Size], tuple[Call, int]]], size: Size, rounds: int) -> dict[str, list[float]]:
    """Return the rates of every competitor, one per round."""
    context = multiprocessing.get_context("spawn")
    links: dict[str, Connection] = {}
    for prepare in competitors:
        links[prepare.__name__], theirs = context.Pipe()
        context.Process(target=serve, args=(theirs, prepare, size), daemon=True).start()
        theirs.close()
        links[prepare.__name__].recv()
    rates: dict[str, list[float]] = {name: [] for name in links}
    for _ in range(rounds):
        for name in random.sample(list(links), len(links)):
            links[name].send(True)
            rates[name].append(links[name].recv())
    for link in links.values():
        link.send(False)
    return rates


def show(title: str, unit: str, rates: dict[str, list[float]], ours: str, yardstick: str | None = None) -> None:
    """Print one table: the median rate, and how many times as fast ours is (median of ratios)."""
    print(f"\n{title:<18}{unit:>14}{'ours is':>14}" + (f"{'per ' + yardstick:>14}" if yardstick else ""))
    for name, own in rates.items():
        times = median(a / b for a, b in zip(rates[ours], own, strict=True))
        line = f"{name:<18}{median(own):>14.4g}{times:>13.3g}x"
        if yardstick:
            line += f"{median(a / b for a, b in zip(own, rates[yardstick], strict=True)):>14.3g}"
        print(line)


# -- single calls ---------------------------------------------------------------------------------------------


def latencies(points: int) -> None:
    """Print how long ``describe`` takes, warm, at points of several kinds."""
    net, rng = xor.network(), np.random.default_rng(0)
    kinds = {
        "near the optimum": ls.perturbed_starts(xor.TEXTBOOK, 0.3, points, rng=rng),
        "Keras starts": ls.glorot_starts(net, points, rng=rng),
        "anywhere, sigma 1": ls.perturbed_starts(np.zeros(9), 1.0, points, rng=rng),
        "anywhere, sigma 10": ls.perturbed_starts(np.zeros(9), 10.0, points, rng=rng),
    }
    kinds["ends of Adam"] = ls.train(net, kinds["Keras starts"], ls.Adam(1e-2), 10_000, record_every=10_000).end
    for theta in (*kinds["ends of Adam"], np.eye(9)[8] / 2):  # warm up: the first call enumerates the saddles
        ls.describe(net, theta)
    print(f"\n{'describe':<20}{'median ms':>12}{'95 %':>10}{'longest':>10}")
    for kind, thetas in kinds.items():
        seconds = []
        for theta in thetas:
            begin = time.perf_counter()
            ls.describe(net, theta)
            seconds.append(time.perf_counter() - begin)
        quantiles = 1e3 * np.quantile(seconds, [0.5, 0.95, 1.0])
        print(f"{kind:<20}{quantiles[0]:>12.3g}{quantiles[1]:>10.3g}{quantiles[2]:>10.3g}")


def maps(side: int) -> None:
    """Print how long the map of the figure ``basins`` takes at this size, in double and single precision."""
    from figures.lecture.levels import basins  # here, so that competitors do not import matplotlib

    net, how = xor.network(), basins.Settings()
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(how.seed), orthogonal=True)
    print(f"\n{f'basins {side} x {side}':<20}{'seconds':>10}")
    for kind in ("float64", "float32"):
        for points in (2, side):  # the first call compiles
            axis = np.linspace(-how.half_width, how.half_width, points)
            begin = time.perf_counter()
            ls.basin_map(net, plane, axis, axis, ls.Adam(how.learning_rate), how.steps, dtype=kind)
        print(f"{kind:<20}{time.perf_counter() - begin:>10.3g}")


def batches(variants: int) -> None:
    """Print how long variants of a figure take with one and two workers, and the memory at the middle and the end."""
    from figures.recipes.validation import recipe
    from figures.render import batch

    print(f"\n{f'{variants} variants':<20}{'seconds':>10}{'ratio':>8}   peak MiB of program + workers, middle -> end")
    seconds, made = [], []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            keys = {"only": ["sheet"], "formats": ["png"], "sizes": ["half"], "decks": [], "workers": workers}
            ceilings = [1.0 + k / variants for k in range(variants)]
            table = {**keys, "out": folder, "figures": {"sheet": {"points": 41, "ceiling": ceilings}}}
            peaks: list[str] = []

            def progress(done: float, count: int, what: str, peaks: list[str] = peaks) -> None:
                if not peaks and done >= count / 2:
                    peaks.append(_peaks())
                elif peaks and what != "done":  # "done" is reported after the workers have exited
                    peaks[1:] = [_peaks()]

            begin = time.perf_counter()
            batch.render(recipe(table), progress)
            seconds.append(time.perf_counter() - begin)
            pictures = sorted(Path(folder).glob("lecture/*"))
            made.append([(path.name, sha256(path.read_bytes()).digest()) for path in pictures])
        ratio = seconds[0] / seconds[-1]
        print(f"{workers} worker{'s' * (workers > 1):<13}{seconds[-1]:>10.3g}{ratio:>8.3g}   {' -> '.join(peaks)}")
    print("same bytes" if made[0] == made[1] else "DIFFERENT BYTES", f"in {len(made[0])} files")


def _peaks() -> str:
    """Return the largest resident memory so far of this process and of each of its workers, in MiB."""
    found = []
    for pid in ("self", *(str(child.pid) for child in multiprocessing.active_children())):
        status = Path(f"/proc/{pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        found += [f"{int(line.split()[1]) / 1024:.0f}" for line in lines if line.startswith("VmHWM:")]
    return " + ".join(found) or "unknown"


def main() -> None:
    """Run all rounds and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes and one round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch", type=int, metavar="N", help="only a batch of N variants, with one and two workers")
    chosen = parser.parse_args()
    size, rounds = (SMOKE, 1) if chosen.smoke else (FULL, chosen.rounds)
    if chosen.batch:
        batches(chosen.batch)
        return
    show(f"grid {size.side} x {size.side}", "points/s", measure(GRIDS, size, rounds), "grid_kernel", "fill")
    show(f"{size.starts} starts", "steps/s", measure(TRAININGS, size, rounds), "train_kernel", "roots")
    maps(size.map_side)
    latencies(size.points)
    batches(size.variants)


if __name__ == "__main__":
    main()
