"""Train the exercise's model with Keras itself from many starts, and save the end of each run.

Keras' layers, loss and optimizer in float64, the training loop inside one `tf.function`. The file was generated once;
tests compare the kernels' outcomes with it. The starts are split between two processes, which does not affect how a
run is computed.

    python tests/keras/record_outcomes.py                          a few minutes on two cores
    python tests/keras/record_outcomes.py --starts 4 --steps 50 FILE     a few seconds
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import landscape as ls
from landscape import xor

FILE = Path(__file__).parents[1] / "data" / "keras_outcomes.nc"
SEED, LEARNING_RATE, RECORDS = 0, 1e-2, 10


def runs(starts: NDArray[np.float64], optimizer: ls.Adam, steps: int, every: int) -> ls.Trajectories:
    """Train from ``starts``; this runs in a worker process, and only there is TensorFlow imported."""
    from landscape.keras.reference_training import train_with_keras

    return train_with_keras(starts, optimizer, steps, every)


def reference(count: int, steps: int, workers: int = 2) -> ls.Bundle:
    """Return starts, ends and losses of ``count`` runs, with everything needed to reproduce them."""
    starts = ls.glorot_starts(xor.network(), count, rng=np.random.default_rng(SEED))
    optimizer = ls.Adam(LEARNING_RATE)
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawning) as pool:
        futures = [
            pool.submit(runs, part, optimizer, steps, max(1, steps // RECORDS))
            for part in np.array_split(starts, workers)
            if len(part)
        ]
        done = [future.result() for future in futures]
    return ls.Bundle(
        start=starts,
        end=np.concatenate([part.end for part in done]),
        step=done[0].step,
        loss=np.concatenate([part.loss for part in done]),
        seed=SEED,
        starts="Keras default: Glorot-uniform kernels, zero biases; landscape.glorot_starts",
        adam=vars(optimizer),
        settings=dict(done[0].settings),
        versions=ls.versions("numpy", "tensorflow", "keras"),
    )


def main() -> None:
    """Compute the reference and write it to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="output file (tests/data/keras_outcomes.nc)")
    parser.add_argument("--starts", type=int, default=256, help="runs (256)")
    parser.add_argument("--steps", type=int, default=10_000, help="updates of each (10000)")
    chosen = parser.parse_args()
    ls.save(reference(chosen.starts, chosen.steps), chosen.file)
    print(f"{chosen.file}: {chosen.starts} runs of {chosen.steps} steps, {chosen.file.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
