"""Basin maps: every point as if trained alone, however the map is divided, distributed, stopped and resumed."""

import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.analysis import basin_map, run_states
from landscape.parallel import threads

pytestmark = pytest.mark.slow

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
ALPHA, BETA = np.linspace(-2, 2, 40), np.linspace(-3, 3, 31)


def small_map(**options):
    return ls.basin_map(NET, PLANE, ALPHA, BETA, ls.Adam(1e-2), 800, **options)


@pytest.fixture(scope="module")
def whole():
    return small_map()


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(run_states, "BLOCK_STEPS", 1)


@pytest.fixture
def counted(monkeypatch):
    """The first points of the blocks that are trained, as they are."""
    trained, train = [], basin_map._train_block

    def count(work, points):
        trained.append(points.start)
        return train(work, points)

    monkeypatch.setattr(basin_map, "_train_block", count)
    return trained


def stop_at_two_blocks(done, points):
    """Progress that interrupts: of 5 small blocks, the last one has 216 points and the others 256."""
    if 400 <= done < points:
        raise KeyboardInterrupt


def steps_of(progress):
    """How many points were done between two calls of progress, sorted, as threads finish blocks in any order."""
    return sorted(np.diff([0, *(done for done, _ in progress)]).tolist())


def assert_same(one, other):
    for name in ("alpha", "beta", "level", "state", "kind_code"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    assert one.levels == other.levels
    assert one.settings == other.settings


def test_it_says_which_runs_are_held_by_the_slope_at_zero():
    dead = np.array([-0.5, 0.5, -0.5, 0.2, 0, 0, -0.5, 0.5, 0])  # unit 1 is dead, with a bias of 0
    plane = ls.coordinate_plane(NET, dead, "W2[0,0]", "W2[1,0]")
    found = ls.basin_map(NET, plane, np.linspace(-1, 1, 9), np.linspace(-1, 1, 7), ls.Adam(1e-2), 4000)
    starts = plane.point(found.alpha, found.beta[:, None]).reshape(-1, 9)
    same = ls.outcomes(NET, starts, ls.Adam(1e-2), 4000)
    assert found.kind.ravel().tolist() == same.kind.tolist()
    assert 0 < found.held.sum() == same.held_counts.sum() < found.held.size
    words = found.labels().variables["kind"].values
    assert set(words[found.held].tolist()) == {"held by relu'(0) = 0"}


@pytest.mark.parametrize(
    ("optimizer", "steps", "dtype"),
    [
        (ls.Adam(1e-2), 800, "float64"),
        (ls.SGD(0.1, 0.9), 300, "float64"),
        (ls.RMSprop(2e-3), 2000, "float32"),
        (ls.Adam(1e-2), 800, "float32"),
    ],
    ids=["adam", "sgd", "rmsprop", "float32"],
)
def test_every_point_ends_as_if_trained_alone(optimizer, steps, dtype):
    alpha, beta = np.linspace(-2, 1, 13), np.linspace(-1, 3, 9)
    found = ls.basin_map(NET, PLANE, alpha, beta, optimizer, steps, dtype=dtype)
    values = [*(float(level.value) for level in ls.stationary_levels(NET)), np.nan]
    for i, b in enumerate(beta):
        for j, a in enumerate(alpha):
            start = xor.TEXTBOOK + a * PLANE.d1 + b * PLANE.d2
            run = ls.train(NET, start, optimizer, steps, record_every=max(steps, 1), dtype=dtype)
            assert np.isfinite(run.loss[0, -1])
            assert found.level[i, j] == pytest.approx(values[ls.assign_levels(NET, run.end)[0]], nan_ok=True)
    assert len(np.unique(found.level)) >= 4
    assert found.settings["optimizer"] == optimizer.describe()
    assert (found.settings["dtype"], found.settings["steps"]) == (dtype, steps)
    assert found.plane is PLANE


def test_counts_and_states_follow_from_the_levels(whole):
    assert whole.levels == (0, Fraction(1, 8), Fraction(1, 6), Fraction(1, 4), None)
    assert whole.level.shape == whole.state.shape == whole.outcome.shape == (31, 40)
    by_hand = [np.count_nonzero(whole.level == float(level)) for level in whole.levels[:-1]]
    assert whole.counts.tolist() == [*by_hand, np.count_nonzero(np.isnan(whole.level))]
    assert whole.fractions.sum() == pytest.approx(1)
    assert min(whole.counts) > 10
    assert ((whole.status == "on a level") == ~np.isnan(whole.level)).all()
    assert set(whole.status.ravel().tolist()) == {"on a level", "moving"}


def test_levels_and_states_are_those_of_outcomes(whole):
    runs = ls.outcomes(NET, PLANE.point(ALPHA, BETA[:, None]).reshape(-1, 9), ls.Adam(1e-2), 800)
    np.testing.assert_array_equal(whole.outcome.ravel(), runs.level % len(runs.levels))
    np.testing.assert_array_equal(whole.state.ravel(), runs.state)
    assert whole.levels == runs.levels
    assert whole.settings == runs.settings


def test_zero_steps_tell_which_starts_lie_on_a_level():
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
    found = ls.basin_map(NET, plane, [0.0, 0.25], [-0.25, 0.0], ls.Adam(), 0)
    assert np.nan_to_num(found.level, nan=9).tolist() == [[9, 0], [0, 9]]  # FACTS: a flat valley begins at theta*
    assert found.status.tolist() == [["moving", "on a level"], ["on a level", "moving"]]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_runs_that_diverge_are_on_no_level_and_disturb_nobody(dtype):
    found = ls.basin_map(NET, PLANE, [0.0, 5.0, 50.0], [0.0, 30.0], ls.SGD(3.0), 1000, dtype=dtype)
    assert found.level[0, 0] == 0
    assert np.isnan(found.level[1]).all()
    assert (found.status == [["on a level", "diverged", "diverged"], ["diverged"] * 3]).all()


@pytest.mark.usefixtures("small_blocks")
def test_blocks_and_threads_change_nothing(whole, counted):
    seen, callers = [], set()

    def progress(*now):
        seen.append(now)
        callers.add(threading.current_thread())

    assert_same(small_map(progress=progress), whole)
    assert callers == {threading.current_thread()}
    assert sorted(counted) == [0, 256, 512, 768, 1024]
    assert steps_of(seen) == [216, 256, 256, 256, 256]
    with ThreadPoolExecutor(3) as pool:
        assert_same(small_map(executor=pool), whole)


@pytest.mark.parametrize("count", [1, 2, 16])
def test_the_number_of_processors_changes_nothing(monkeypatch, whole, counted, count):
    monkeypatch.setattr(threads, "processors", lambda: count)
    monkeypatch.setattr(run_states, "SMALLEST_BLOCK", 64)
    seen = []
    assert_same(small_map(progress=lambda *now: seen.append(now)), whole)
    assert sorted(counted) == [0, 320, 640, 960]
    assert seen[-1] == (1240, 1240)
    assert steps_of(seen) == [280, 320, 320, 320]


@pytest.mark.usefixtures("small_blocks")
def test_a_map_that_was_stopped_goes_on_where_it_was(monkeypatch, whole, counted, tmp_path):
    monkeypatch.setattr(threads, "processors", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        small_map(checkpoint=tmp_path, progress=stop_at_two_blocks)
    assert counted == [0, 256, 512]  # while the third one is trained, the second one is kept
    counted.clear()
    seen = []
    assert_same(small_map(checkpoint=tmp_path, progress=lambda *now: seen.append(now)), whole)
    assert len(counted) == 3
    assert len(seen) == 4
    assert 400 < seen[0][0] <= 512
    counted.clear()
    assert_same(small_map(checkpoint=tmp_path), whole)
    assert not counted


@pytest.mark.usefixtures("small_blocks")
def test_damaged_blocks_are_computed_again(whole, counted, tmp_path):
    small_map(checkpoint=tmp_path)
    files = sorted(tmp_path.glob("*/*"))
    assert len(files) == 5
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"\x07")
    files[3].write_bytes(files[2].read_bytes())
    files[4].unlink()
    counted.clear()
    assert_same(small_map(checkpoint=tmp_path), whole)
    assert sorted(counted) == [256, 768, 1024]


OTHERS = {
    "net": {"net": xor.network(targets=[0, 1, 1, 1])},
    "origin": {"plane": ls.Plane(xor.TEXTBOOK + 1e-15, PLANE.d1, PLANE.d2)},
    "direction": {"plane": ls.Plane(xor.TEXTBOOK, PLANE.d1, np.nextafter(PLANE.d2, 9))},
    "alpha": {"alpha": ALPHA + 1e-15},
    "beta": {"beta": BETA[:-1]},
    "optimizer": {"optimizer": ls.Adam(1e-2, epsilon=1e-8)},
    "steps": {"steps": 4},
    "dtype": {"dtype": "float32"},
}


@pytest.mark.parametrize("other", OTHERS)
def test_maps_that_differ_in_anything_share_a_folder_and_no_blocks(counted, tmp_path, other):
    usual = {"net": NET, "plane": PLANE, "alpha": ALPHA, "beta": BETA, "optimizer": ls.Adam(1e-2), "steps": 3}
    for changed in ({}, OTHERS[other], {}):
        ls.basin_map(**(usual | changed), checkpoint=tmp_path)
    assert counted.count(0) == 2


def test_saved_and_loaded(whole, tmp_path):
    ls.save(whole, tmp_path / "map.nc")
    again = ls.load(tmp_path / "map.nc")
    assert_same(again, whole)
    np.testing.assert_array_equal(again.plane.d2, PLANE.d2)
    assert not again.level.flags.writeable
    assert not again.state.flags.writeable


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"net": "xor"}, TypeError, "net must be a ReluNetwork, whose levels are known; got str"),
        ({"plane": xor.TEXTBOOK}, TypeError, r"plane must be a Plane, made by Plane\(origin, d1, d2\); got ndarray"),
        (
            {"plane": ls.Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1])},
            ValueError,
            r"plane.origin must have shape \(9,\)",
        ),
        ({"alpha": [1, 0]}, ValueError, "alpha must increase strictly"),
        ({"beta": []}, ValueError, "beta must hold at least one value"),
        ({"optimizer": "adam"}, TypeError, "optimizer must be Adam, SGD or RMSprop; got 'adam'"),
        ({"steps": -1}, ValueError, "steps must be at least 0; got -1"),
        ({"dtype": "float16"}, ValueError, "dtype must be one of 'float64', 'float32'; got 'float16'"),
        ({"executor": 2}, TypeError, "executor must be a concurrent.futures.Executor"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_bad_input(given, error, words):
    call = {"net": NET, "plane": PLANE, "alpha": ALPHA, "beta": BETA, "optimizer": ls.Adam(), "steps": 1} | given
    with pytest.raises(error, match=words):
        ls.basin_map(**call)


def test_a_map_checks_its_shapes():
    good = {"alpha": [0, 1], "beta": [0], "level": [[0, 0]], "state": [[0, 0]], "levels": (Fraction(0), None)}
    assert ls.BasinMap(**good, plane=PLANE).fractions.tolist() == [1, 0]
    for name, bad in (("level", [[0], [0]]), ("state", [0, 0])):
        with pytest.raises(ValueError, match=r"must have shape \(n_beta, n_alpha\) = \(1, 2\)"):
            ls.BasinMap(**(good | {name: bad}), plane=PLANE)


def test_a_large_map_takes_little_memory():
    axis = np.linspace(-1, 1, 700)
    ls.basin_map(NET, PLANE, axis[:5], axis[:5], ls.Adam(), 0)
    tracemalloc.start()
    ls.basin_map(NET, PLANE, axis, axis, ls.Adam(), 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * axis.size**2


@pytest.mark.heavy
@pytest.mark.parametrize("pool", ["processes", "cluster"], indirect=True)
@pytest.mark.usefixtures("small_blocks")
def test_workers_that_are_killed_change_nothing(monkeypatch, work, tmp_path, whole, pool):
    monkeypatch.setattr(basin_map, "_train_block", partial(work.train_points_fatal_once, str(tmp_path / "killed")))
    assert_same(small_map(executor=pool), whole)
    assert (tmp_path / "killed").exists()


KILLED = """
import sys
import numpy as np
import landscape as ls
from landscape.analysis import run_states; from landscape import xor
run_states.BLOCK_STEPS = 1
net = xor.network()
plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(0))
alpha, beta = np.linspace(-2, 2, 40), np.linspace(-3, 3, 31)
def progress(done, points):
    print(done, flush=True)
    if done >= 400:
        sys.stdin.read()
found = ls.basin_map(net, plane, alpha, beta, ls.Adam(1e-2), 800, progress=progress, checkpoint=sys.argv[1])
"""


@pytest.mark.heavy
@pytest.mark.usefixtures("small_blocks")
def test_a_killed_process_goes_on_where_it_was(whole, counted, tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert 400 < [int(process.stdout.readline()) for _ in range(2)][1] <= 512
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert_same(small_map(checkpoint=tmp_path), whole)
    assert len(counted) == 3
