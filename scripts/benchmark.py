"""Time grids and training against the obvious competitors, each in its best form, then single descriptions and a batch.

Every competitor runs in a process of its own, so that thread pools do not interfere. They run one after the other, in
a new random order in every round, together with the yardsticks (`fill`, `copyto`, `roots`); ratios are medians of the
ratios within a round. Slow competitors do less work; rates are compared.

    python scripts/benchmark.py            about two minutes
    python scripts/benchmark.py --batch N  N variants of a figure, with one and two workers
    python scripts/benchmark.py --keras    surfaces of Keras models, loops, and the torch packages if installed
    python scripts/benchmark.py --smoke    a few seconds, at sizes too small for meaningful rates
"""

import argparse
import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

import keras_competitors as models
import numpy as np
from competitors import FULL, GRIDS, SMOKE, TRAININGS, Call, Size

import landscape as ls
from landscape import xor

Competitor = Callable[[Size], tuple[Call, int]]

CALLS_PER_ROUND = 3
"""Calls of a competitor in a round; the fastest counts."""

prepared: list[Any] = []
"""In a competitor's own process: its call, and the work this does."""


def warm_up(prepare: Competitor, size: Size) -> None:
    """Prepare a competitor in its own process and call it once."""
    prepared[:] = prepare(size)
    prepared[0]()


def rate() -> float:
    """Return the work per second of the competitor of this process."""
    call, work = prepared
    seconds = []
    for _ in range(CALLS_PER_ROUND):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return work / min(seconds)


def measure(competitors: list[Competitor], size: Size, rounds: int) -> dict[str, list[float]]:
    """Return the rates of every competitor, one per round."""
    context = multiprocessing.get_context("spawn")
    processes: dict[str, ProcessPoolExecutor] = {}
    with ExitStack() as stack:
        for prepare in competitors:
            process = stack.enter_context(ProcessPoolExecutor(1, context, warm_up, (prepare, size)))
            process.submit(rate).result()  # it is warm before the next one starts
            processes[prepare.__name__] = process
        rates: dict[str, list[float]] = {name: [] for name in processes}
        for _ in range(rounds):
            for name in random.sample(list(processes), len(processes)):
                rates[name].append(processes[name].submit(rate).result())
    return rates


def show(title: str, unit: str, rates: dict[str, list[float]], ours: str, yardstick: str | None = None) -> None:
    """Print one table: the median rate, and how many times as fast ours is (median of ratios)."""
    print(f"\n{title:<24}{unit:>14}{'ours is':>14}" + (f"{'per ' + yardstick:>14}" if yardstick else ""))
    for name, own in rates.items():
        times = median(a / b for a, b in zip(rates[ours], own, strict=True))
        line = f"{name:<24}{median(own):>14.4g}{times:>13.3g}x"
        if yardstick:
            line += f"{median(a / b for a, b in zip(own, rates[yardstick], strict=True)):>14.3g}"
        print(line)


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

            def progress(_done: float, _count: int, what: str, peaks: list[str] = peaks) -> None:
                if what != "done":  # which is reported after the workers have exited
                    peaks.append(_peaks())

            begin = time.perf_counter()
            batch.render(recipe(table), progress)
            seconds.append(time.perf_counter() - begin)
            pictures = sorted(Path(folder).glob("lecture/*"))
            made.append([(path.name, sha256(path.read_bytes()).digest()) for path in pictures])
        ratio, middle, end = seconds[0] / seconds[-1], peaks[len(peaks) // 2], peaks[-1]
        print(f"{workers} worker{'s' * (workers > 1):<13}{seconds[-1]:>10.3g}{ratio:>8.3g}   {middle} -> {end}")
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
    parser.add_argument("--keras", action="store_true", help="only surfaces of Keras models")
    chosen = parser.parse_args()
    size, rounds = (SMOKE, 1) if chosen.smoke else (FULL, chosen.rounds)
    if chosen.keras:
        for title, competitors in (
            (f"conv {size.conv_side} x {size.conv_side}", models.CONV),
            (f"XOR {size.xor_side} x {size.xor_side}", models.XOR),
            ("1e6 parameters", models.MILLION),
        ):
            found = models.installed(competitors)
            show(title, "points/s", measure(found, size, rounds), found[0].__name__)
        return
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
