"""Outcomes of many runs against those of Keras itself, recorded once by record_outcomes.py.

256 Keras-default starts, trained by Keras' own layers, loss and optimizer in float64. Kernel and Keras agree to the
last bit in every run, so there is no disagreement to explain. One run is on no level, in both: it has been solved, and
the last step falls on one of its spikes.
"""

import subprocess
import sys

import numpy as np
import pytest
from places import ROOT

import landscape as ls
from landscape import xor
from landscape.training.train import train_in_numpy

pytestmark = pytest.mark.slow

NET = xor.network()
ON_A_SPIKE = 127


@pytest.fixture(scope="module")
def keras():
    return ls.load(ROOT / "tests" / "data" / "keras_outcomes.nc")


@pytest.fixture(scope="module")
def ours(keras):
    return ls.train(NET, keras.start, ls.Adam(**keras.adam), int(keras.step[-1]), record_every=1000)


def test_it_says_how_it_was_made(keras):
    assert len(keras.start) >= 200
    starts = ls.glorot_starts(NET, len(keras.start), rng=np.random.default_rng(keras.seed))
    np.testing.assert_array_equal(keras.start, starts)
    assert keras.adam == vars(ls.Adam(1e-2))
    assert keras.step.tolist() == list(range(0, 10_001, 1000))
    assert keras.settings["dtype"] == keras.end.dtype.name == "float64"
    assert keras.settings["computed by"].startswith(f"Keras {keras.versions['keras']}, TensorFlow ")
    assert set(keras.versions) == {"xorscape", "python", "numpy", "tensorflow", "keras"}


def test_what_is_kept_is_consistent(keras):
    np.testing.assert_array_equal(NET.loss(keras.start), keras.loss[:, 0])
    np.testing.assert_array_equal(NET.loss(keras.end), keras.loss[:, -1])


def test_every_run_ends_on_the_level_that_keras_ends_on(keras, ours):
    theirs = ls.assign_levels(NET, keras.end)
    assert (ls.assign_levels(NET, ours.end) == theirs).mean() >= 0.99
    counts = np.bincount(theirs[theirs >= 0], minlength=4)
    assert (counts > 10).all()  # every level is there to be compared
    assert np.flatnonzero(theirs < 0).tolist() == [ON_A_SPIKE]


def test_counts_are_those_of_keras_though_runs_are_stopped_early(keras):
    found = ls.outcomes(NET, keras.start, ls.Adam(**keras.adam), int(keras.step[-1]))
    assert (found.proven >= 0).any()
    np.testing.assert_array_equal(found.level, ls.assign_levels(NET, keras.end))
    assert found.status[ON_A_SPIKE] == "spiking"


def test_kernel_and_keras_agree_to_the_last_bit(keras, ours):
    same = (ours.end == keras.end).all(axis=1)
    assert same.sum() == len(keras.start), f"{same.sum()} of {len(keras.start)} runs agree exactly"
    np.testing.assert_array_equal(ours.loss, keras.loss)


def test_numpy_agrees_too(keras):
    path, _ = train_in_numpy(NET, keras.start, ls.Adam(**keras.adam), np.array([0, 1000]))
    np.testing.assert_array_equal(NET.loss(path[:, 1]), keras.loss[:, 1])


def test_the_run_on_no_level_is_on_a_spike_after_the_last_step(keras):
    end = int(keras.step[-1])
    run = ls.track_stability(NET, keras.start[ON_A_SPIKE], ls.Adam(**keras.adam), end + 1000)
    assert keras.loss[ON_A_SPIKE, -2] < 1e-12
    assert run.loss[end] == keras.loss[ON_A_SPIKE, -1] > 1e-6
    nearest = int(np.abs(run.peak - end).argmin())
    assert abs(int(run.peak[nearest]) - end) < 50
    assert 0 < run.crossing[nearest] < run.peak[nearest]
    later = ls.train(NET, keras.start[ON_A_SPIKE], ls.Adam(**keras.adam), end + 500, record_every=end + 500)
    assert ls.assign_levels(NET, later.end).tolist() == [0]


def test_keras_still_ends_where_it_did(keras):
    from landscape.keras.reference_training import train_with_keras

    levels = ls.assign_levels(NET, keras.end)
    some = [int(np.argmax(levels == level)) for level in range(4)]
    now = train_with_keras(keras.start[some], ls.Adam(**keras.adam), 3000, record_every=1000)
    np.testing.assert_allclose(now.loss[:, :2], keras.loss[some, :2], rtol=1e-9, atol=1e-13)
    assert ls.assign_levels(NET, now.end).tolist() == [0, 1, 2, 3]


@pytest.mark.heavy
def test_the_script_makes_such_a_file(tmp_path):
    script, file = ROOT / "tests" / "keras" / "record_outcomes.py", tmp_path / "small.nc"
    command = [sys.executable, script, "--starts", "3", "--steps", "40", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    assert "3 runs of 40 steps" in done.stdout
    small = ls.load(file)
    runs = ls.train(NET, small.start, ls.Adam(**small.adam), 40, record_every=4)
    np.testing.assert_allclose(runs.end, small.end, rtol=0, atol=1e-13)
    np.testing.assert_allclose(runs.loss, small.loss, rtol=0, atol=1e-13)
