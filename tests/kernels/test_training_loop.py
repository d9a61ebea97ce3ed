"""Compiled training: the paths of the numpy definition, whatever the threads, the stretches and the records."""

from functools import cache

import numpy as np
import pytest
from kernel_inputs import some_net, train

import landscape as ls
from landscape import xor
from landscape.kernels import jit, training_loop
from landscape.training import batch_of_starts, compiled_training
from landscape.training.train import train_in_numpy
from landscape.training.trajectories import recorded_steps

OPTIMIZERS = [
    ls.Adam(),
    ls.Adam(0.05, beta_1=0.5, beta_2=0.9, epsilon=1e-4),
    ls.SGD(0.05),
    ls.SGD(0.05, momentum=0.9),
    ls.RMSprop(),
    ls.RMSprop(0.01, rho=0.5, momentum=0.5),
    ls.CosineDecay(ls.Adam(0.05), 100),
]


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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_aligned_zeros_begin_on_a_cache_line(dtype):
    for size in (1, 7, 1000):
        array = jit.aligned_zeros(size, dtype)
        assert array.ctypes.data % jit.CACHE_LINE == 0
        assert array.shape == (size,)
        assert array.dtype == dtype
        assert not array.any()
