"""The compiled kernels: the same numbers as the numpy definition, whatever the threads and the chunks."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.kernels import jit, training_loop
from landscape.networks.relu import ReluNetwork
from landscape.parallel import threads
from landscape.planes import compiled_grid
from landscape.training import batch_of_starts, compiled_training
from landscape.training.train import train_in_numpy
from landscape.training.trajectories import recorded_steps

AXIS = np.linspace(-1.0, 1.0, 37)
OPTIMIZERS = [
    ls.Adam(),
    ls.Adam(0.05, beta_1=0.5, beta_2=0.9, epsilon=1e-4),
    ls.SGD(0.05),
    ls.SGD(0.05, momentum=0.9),
    ls.RMSprop(),
    ls.RMSprop(0.01, rho=0.5, momentum=0.5),
    ls.CosineDecay(ls.Adam(0.05), 100),
]


def train(*args, **how):
    return compiled_training.train_batches(*args, **how)[:2]


def some_net(d, h, m, seed=0):
    rng = np.random.default_rng(seed)
    return ReluNetwork(rng.normal(size=(m, d)), rng.normal(size=m), hidden=h)


def some_plane(net, seed=0):
    rng = np.random.default_rng(seed)
    return ls.random_plane(net, rng.normal(size=net.n_parameters), rng=rng)


@pytest.fixture
def net():
    return xor.network()


@pytest.fixture
def starts(net):
    return ls.glorot_starts(net, 70, rng=np.random.default_rng(1))  # a full block of lanes and a short one


# -- grids --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "net", [xor.network(), xor.network(1), xor.network(5), some_net(1, 1, 1), some_net(3, 2, 7)], ids=repr
)
def test_a_grid_agrees_with_the_numpy_definition(net):
    plane = some_plane(net)
    loss = compiled_grid.plane_loss(net, plane, AXIS, AXIS[:11])
    expected = net.loss(plane.point(AXIS, AXIS[:11, None]))
    np.testing.assert_allclose(loss, expected, rtol=0, atol=1e-14 * expected.max())


@pytest.mark.parametrize("columns", [1, 2, 7, 8, 9, 63, 64, 65])
def test_a_grid_of_any_width_is_complete(net, columns):
    plane, alpha = some_plane(net), np.linspace(-3.0, 2.0, columns)
    expected = net.loss(plane.point(alpha, AXIS[:, None]))
    np.testing.assert_allclose(
        compiled_grid.plane_loss(net, plane, alpha, AXIS), expected, rtol=0, atol=1e-14 * expected.max()
    )


@pytest.mark.parametrize("seed", range(5))
def test_loss_is_exactly_zero_at_the_textbook_point_and_as_the_definition_beside_it(net, seed):
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(seed))
    near = np.array([-1e-9, 0.0, 1e-9])
    loss = compiled_grid.plane_loss(net, plane, near, near)
    assert loss[1, 1] == 0.0
    # 1e-18 is the size of these losses: the expanded quartic would be off by 1e-16
    np.testing.assert_allclose(loss, net.loss(plane.point(near, near[:, None])), rtol=1e-5, atol=0)


def test_a_grid_does_not_depend_on_threads_or_on_the_rows_beside_it(net, monkeypatch):
    plane = some_plane(net)
    whole = compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=1)
    for count in (2, 3, 8):
        assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=count), whole)
    monkeypatch.setattr(compiled_grid, "PIECES", 37)
    assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS, threads=2), whole)
    assert np.array_equal(compiled_grid.plane_loss(net, plane, AXIS, AXIS[5:9]), whole[5:9])


def test_a_grid_takes_strided_and_read_only_axes(net):
    plane = some_plane(net)
    axis = np.repeat(AXIS, 2)[::2]
    axis.flags.writeable = False
    assert np.array_equal(
        compiled_grid.plane_loss(net, plane, axis, axis), compiled_grid.plane_loss(net, plane, AXIS, AXIS)
    )


def test_a_large_surface_goes_through_the_kernel(net, monkeypatch):
    called = []
    kernel = compiled_grid.plane_loss
    monkeypatch.setattr(compiled_grid, "plane_loss", lambda *a: called.append(1) or kernel(*a))
    axis = np.linspace(-1.0, 1.0, 1001)
    surface = ls.evaluate_plane(net, ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(0)), axis, axis)
    assert called
    assert surface.loss[500, 500] == 0.0
    assert surface.loss.shape == (1001, 1001)


# -- walks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.describe())
def test_a_walk_is_the_numpy_walk_to_the_last_bit(net, starts, optimizer):
    kept = recorded_steps(150, 7)
    path, loss = train(net, starts, optimizer, kept)
    expected_path, expected_loss = train_in_numpy(net, starts, optimizer, kept)
    assert np.array_equal(path, expected_path)
    assert np.array_equal(loss, expected_loss)


@pytest.mark.parametrize("net", [xor.network(1), xor.network(3), some_net(1, 2, 3), some_net(3, 2, 7)], ids=repr)
def test_a_walk_of_another_network_is_the_numpy_walk_to_rounding(net, monkeypatch):
    monkeypatch.setattr(
        batch_of_starts, "LARGEST_SHRINKABLE", 0
    )  # training/test_batch_of_starts.py has networks that shrink
    starts = 0.5 * np.random.default_rng(2).normal(size=(5, net.n_parameters))
    kept = recorded_steps(60, 20)
    path, loss = train(net, starts, ls.Adam(0.01), kept)
    expected_path, expected_loss = train_in_numpy(net, starts, ls.Adam(0.01), kept)
    np.testing.assert_allclose(path, expected_path, rtol=0, atol=1e-9)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_path_does_not_depend_on_neighbours_threads_stretches_or_records(net, starts, monkeypatch, dtype):
    starts, every = starts.astype(dtype), recorded_steps(100, 1)
    path, loss = train(net, starts, ls.Adam(), every, threads=1)
    assert path.dtype == loss.dtype == dtype
    for k in (0, 63, 69):
        alone, _ = train(net, starts[k : k + 1], ls.Adam(), every)
        assert np.array_equal(alone[0], path[k])
    assert np.array_equal(train(net, starts, ls.Adam(), every, threads=3)[0], path)
    monkeypatch.setattr(batch_of_starts, "FIRST_INTERVAL", 7)
    assert np.array_equal(train(net, starts, ls.Adam(), every)[0], path)
    sparse = recorded_steps(100, 30)
    some_path, some_loss = train(net, starts, ls.Adam(), sparse)
    assert np.array_equal(some_path, path[:, sparse])
    assert np.array_equal(some_loss, loss[:, sparse])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS[1::2], ids=lambda o: o.describe())
def test_code_written_out_is_the_loops_and_known_inputs_are_numbers_in_memory(
    net, starts, monkeypatch, optimizer, dtype
):
    if (optimizer, dtype) != (OPTIMIZERS[1], "float64"):  # of one, networks without some of the units, too
        monkeypatch.setattr(batch_of_starts, "LARGEST_SHRINKABLE", 0)
    starts, kept = starts.astype(dtype), recorded_steps(100, 40)
    known = train(net, starts, optimizer, kept)
    monkeypatch.setattr(batch_of_starts, "input_bits", lambda inputs: -1)
    from_memory = train(net, starts, optimizer, kept)
    monkeypatch.setattr(training_loop, "STRAIGHT_LIMIT", 0)
    monkeypatch.setattr(batch_of_starts, "training_block", cache(training_loop.training_block.__wrapped__))
    loops = train(net, starts, optimizer, kept)
    for other in (from_memory, loops):
        assert np.array_equal(other[0], known[0])
        assert np.array_equal(other[1], known[1])


def test_recorded_losses_are_those_of_the_recorded_parameters(net, starts):
    path, loss = train(net, starts, ls.Adam(0.01), recorded_steps(50, 10))
    assert np.array_equal(loss, net.loss(path))


def test_a_float32_loss_flushes_subnormal_squares_to_zero(net):
    start = xor.TEXTBOOK.astype(np.float32)[None].copy()
    start[0, 8] = 1e-20  # its square, 1e-40, is subnormal
    _, loss = train(net, start, ls.SGD(1e-3), np.array([0]))
    assert loss[0, 0] == 0.0
    start[0, 8] = 2e-19
    _, loss = train(net, start, ls.SGD(1e-3), np.array([0]))
    assert loss[0, 0] == pytest.approx(4e-38, rel=1e-6)


@pytest.mark.parametrize("optimizer", [ls.Adam(1e-2), ls.SGD(0.5), ls.RMSprop(1e-3)], ids=lambda o: o.describe())
def test_numbers_whose_squares_underflow_change_no_parameter(net, optimizer):
    solved = np.tile(xor.TEXTBOOK, (9, 1))
    solved[:, 8] = 10.0 ** -np.arange(100, 280, 20)  # b2, which all residuals consist of
    kept = recorded_steps(200, 5)
    path, loss = train(net, solved, optimizer, kept)
    expected, losses = train_in_numpy(net, solved, optimizer, kept)
    least = np.finfo(np.float64).tiny
    small = 1e20 * least  # parameters that can tell: a moment is flushed below 1e4 least, and divided by 1e-7
    assert (losses < least).any()
    assert np.array_equal(np.where(losses < least, 0.0, losses), loss)
    assert np.array_equal(path[abs(expected) > small], expected[abs(expected) > small])
    assert (abs(path[abs(expected) <= small]) <= 2 * small).all()


def test_a_walk_leaves_the_floating_point_mode_as_it_was(net, starts):
    train(net, starts, ls.Adam(0.01), recorded_steps(10, 10), threads=1)
    subnormal = np.array([1e-310])
    assert (subnormal / 2 > 0).all()


def test_walks_of_one_thread_are_those_of_all(net, starts):
    """``settling`` is what others share out; it returns what ``settle`` does, and tells of every step."""
    kept = recorded_steps(40, 1)
    found = []

    def walked():
        found.extend((yield from compiled_training.train_batch_stepwise(net, starts, ls.RMSprop(), kept)))

    assert sum(walked()) == 40 * len(starts)
    for one, other in zip(found, compiled_training.train_batches(net, starts, ls.RMSprop(), kept), strict=True):
        assert np.array_equal(one, other)


def test_no_steps_give_the_starts(net, starts):
    path, loss = train(net, starts, ls.Adam(), np.array([0]))
    assert np.array_equal(path[:, 0], starts)
    assert np.array_equal(loss[:, 0], net.loss(starts))


def test_a_diverging_run_says_so_and_leaves_its_neighbours_alone(net, starts):
    calm, _ = train(net, starts, ls.SGD(0.5), np.array([400]))
    wild = starts.copy()
    wild[3] = 1e200
    path, loss = train(net, wild, ls.SGD(0.5), np.array([400]))
    assert not np.isfinite(loss[3, 0])
    assert not np.isfinite(path[3, 0]).all()
    others = np.arange(len(starts)) != 3
    assert np.array_equal(path[others], calm[others])


def test_progress_climbs_to_the_number_of_steps(net, starts, monkeypatch):
    monkeypatch.setattr(batch_of_starts, "LONGEST_INTERVAL", 10)
    seen = []
    train(net, starts, ls.Adam(), np.array([100]), lambda done, total: seen.append((done, total)))
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (100, 100)
    assert len(seen) > 5


def test_an_interrupted_walk_stops_and_the_next_one_runs(net, starts, monkeypatch):
    monkeypatch.setattr(batch_of_starts, "LONGEST_INTERVAL", 1)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(net, starts, ls.Adam(), np.array([200_000]), interrupt)
    assert np.isfinite(train(net, starts, ls.Adam(), np.array([10]))[1]).all()


def test_an_unknown_optimizer_is_refused(net, starts):
    with pytest.raises(TypeError, match=r"optimizer must be Adam, SGD or RMSprop; got 'adam'"):
        train(net, starts, "adam", np.array([1]))


# -- threads, processes and the cache ---------------------------------------------------------------------


def test_kernels_may_be_called_from_several_threads_at_once(net, starts):
    plane, kept = some_plane(net), np.array([500])
    expected = (
        compiled_grid.plane_loss(net, plane, AXIS, AXIS),
        train(net, starts, ls.Adam(), kept)[0],
    )
    with ThreadPoolExecutor(8) as pool:
        grids = [pool.submit(compiled_grid.plane_loss, net, plane, AXIS, AXIS, threads=3) for _ in range(40)]
        walks = [pool.submit(train, net, starts, ls.Adam(), kept, threads=2) for _ in range(10)]
        assert all(np.array_equal(g.result(), expected[0]) for g in grids)
        assert all(np.array_equal(w.result()[0], expected[1]) for w in walks)


def test_share_runs_every_job_once_and_reports_the_sum():
    done, seen = [], []

    def job(i):
        for part in range(3):
            done.append((i, part))
            yield 2

    threads.run_on_threads((job(i) for i in range(10)), threads=4, report=seen.append)
    assert sorted(done) == [(i, part) for i in range(10) for part in range(3)]
    assert seen == sorted(seen)
    assert seen[-1] == 60


@pytest.mark.parametrize("count", [1, 3])
def test_share_raises_what_a_job_raised(count):
    def job(i):
        yield 1
        if i == 7:
            raise ZeroDivisionError("job 7")

    with pytest.raises(ZeroDivisionError, match="job 7"):
        threads.run_on_threads((job(i) for i in range(10)), threads=count)


def test_an_error_on_a_helper_stops_the_calling_thread():
    """Its own job would take long; the error comes from a job that only a helper takes."""
    caller, begun, ended = threading.current_thread(), threading.Event(), []

    def job(i):
        if threading.current_thread() is not caller:
            begun.wait(60)
            raise ZeroDivisionError("on a helper")
        for _ in range(200_000_000):
            begun.set()
            yield 1
        ended.append(i)

    with pytest.raises(ZeroDivisionError, match="on a helper"):
        threads.run_on_threads((job(i) for i in range(2)), threads=2)
    assert not ended


def test_an_interrupt_while_helpers_are_asked_leaves_none_at_work(monkeypatch):
    asked = []

    class Pool:
        def __init__(self, process, count):
            self.pool = ThreadPoolExecutor(1)

        def submit(self, function):
            asked.append(self.pool.submit(function))
            raise KeyboardInterrupt

    def job():
        while True:
            yield 1

    monkeypatch.setattr(threads, "_helpers", Pool)
    with pytest.raises(KeyboardInterrupt):
        threads.run_on_threads((job() for _ in range(2)), threads=2)
    assert asked[0].result(timeout=60) is None  # it has stopped


def test_share_of_nothing_does_nothing():
    threads.run_on_threads(iter(()), threads=3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_aligned_zeros_begin_on_a_cache_line(dtype):
    for size in (1, 7, 1000):
        array = jit.aligned_zeros(size, dtype)
        assert array.ctypes.data % jit.CACHE_LINE == 0
        assert array.shape == (size,)
        assert array.dtype == dtype
        assert not array.any()


AFTER_A_FORK = """
import os, warnings
import numpy as np
import landscape as ls
from landscape import xor
from landscape.training import compiled_training
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons: a fork with threads about
net = xor.network()
starts = ls.glorot_starts(net, 300, rng=np.random.default_rng(0))
run = lambda: compiled_training.train_batches(net, starts, ls.Adam(), np.array([200]), threads=2)[0]
expected = run()
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(run(), expected) else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.slow
def test_a_forked_child_has_helpers_of_its_own():
    done = subprocess.run([sys.executable, "-c", AFTER_A_FORK], timeout=60, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_machine_code_is_found_again_by_the_next_process(tmp_path):
    """A closure over something that is not a number would be compiled anew by every process."""
    code = (
        "from landscape.kernels import plane_loss, training_loop; "
        "plane_loss.plane_loss_rows(4, 2); training_loop.training_block(2, 2, 4, 0, False, -1)"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    kept = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], env=env, timeout=60, check=True)
        kept.append(sorted((p.name, p.stat().st_mtime_ns) for p in tmp_path.rglob("*.nbc")))
    assert len(kept[0]) == 2
    assert kept[0] == kept[1]
