"""The compiled walk of any network with one hidden layer: what it marks is what the readable definitions say."""

import numpy as np
import pytest

import landscape as ls
from landscape import AlternativeNetwork, xor
from landscape.networks.alternative_network import ACTIVATIONS, HEADS
from landscape.training import time_to_solution as module
from landscape.training.time_to_solution import milestones
from landscape.training.train import train_in_numpy
from landscape.training.trajectories import recorded_steps

STEPS = 60
OPTIMIZERS = [
    ls.Adam(0.05),
    ls.SGD(0.3),
    ls.SGD(0.05, momentum=0.9),
    ls.RMSprop(0.03, momentum=0.5),
    ls.CosineDecay(ls.Adam(0.1), 40),
]
KINDS = [(activation, head, hidden) for activation in ACTIVATIONS for head in HEADS for hidden in (1, 2, 5)]


def variant(activation="relu", head="linear", hidden=2):
    return AlternativeNetwork(xor.X, xor.Y, hidden=hidden, activation=activation, head=head)


def some_starts(net, count=70):
    return 1.5 * ls.glorot_starts(net, count, rng=np.random.default_rng(1))


def marked(net, path, limit):
    """Return what should be marked of paths (k, steps + 1, n), step by step."""
    right, below = [], []
    for losses, classes in zip(net.loss(path), net.is_right(path), strict=True):
        under = [t for t, loss in enumerate(losses) if loss < limit]
        end = under[0] if under else len(losses) - 1
        since = -1
        for t in range(end, -1, -1):
            if not classes[t]:
                break
            since = t
        right.append(since)
        below.append(under[0] if under else -1)
    return right, below


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_the_slope_at_a_kink_is_that_of_the_network(slope):
    net = AlternativeNetwork(xor.X, xor.Y, hidden=2, slope_at_zero=slope)
    starts = some_starts(net)  # all have a kink
    path, _ = train_in_numpy(net, starts, ls.Adam(0.05), recorded_steps(STEPS, 1))
    found = milestones(net, starts, ls.Adam(0.05), STEPS, 0.0)
    np.testing.assert_allclose(found.end, path[:, -1], rtol=0, atol=1e-12)
    plain = milestones(xor.network(), starts, ls.Adam(0.05), STEPS, 0.0)
    assert np.array_equal(found.end, plain.end) == (slope == 0)


@pytest.mark.parametrize(("activation", "head", "hidden"), KINDS)
def test_marks_and_ends_are_those_of_the_numpy_walk(activation, head, hidden):
    net = variant(activation, head, hidden)
    starts = some_starts(net)
    path, loss = train_in_numpy(net, starts, ls.Adam(0.05), recorded_steps(STEPS, 1))
    limit = float(np.median(loss))  # about half of the runs get there, some of them at once
    found = milestones(net, starts, ls.Adam(0.05), STEPS, limit)
    right, below = marked(net, path, limit)
    assert found.right.tolist() == right
    assert found.below.tolist() == below
    assert len(set(below)) > 10
    never = found.below < 0
    np.testing.assert_allclose(found.end[never], path[never, -1], rtol=0, atol=1e-11)
    assert np.isnan(found.end[~never]).all()
    np.testing.assert_allclose(milestones(net, starts, ls.Adam(0.05), STEPS, 0.0).end, path[:, -1], rtol=0, atol=1e-11)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.describe())
def test_every_optimizer_walks_as_in_numpy(optimizer):
    net = variant("leaky_relu")
    starts = some_starts(net, 20)
    path, _ = train_in_numpy(net, starts, optimizer, recorded_steps(STEPS, 1))
    np.testing.assert_allclose(milestones(net, starts, optimizer, STEPS, 0.0).end, path[:, -1], rtol=0, atol=1e-11)


def test_the_textbook_network_walks_as_its_own_kernel_does():
    net = xor.network()
    starts = some_starts(net)
    found = milestones(net, starts, ls.Adam(), 300, 0.0)
    np.testing.assert_allclose(found.end, ls.train(net, starts, ls.Adam(), 300).end, rtol=0, atol=1e-13)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_mini_batches_step_on_their_own_samples(batch, head):
    """Every update is one of the network on those samples alone; 3 leave a last batch of 1."""
    net = variant("tanh", head)
    starts, optimizer = some_starts(net, 3), ls.Adam(0.05)
    orders = np.random.default_rng(0).permuted(np.tile(np.arange(4, dtype=np.int8), (60, 3, 1)), axis=-1)
    found = milestones(net, starts, optimizer, STEPS, 0.0, orders=orders, batch=batch)
    rates = optimizer.rates(STEPS)
    for k, start in enumerate(starts):
        theta, state = start.copy(), [np.zeros(9), np.zeros(9)]
        batches = [order[i : i + batch] for order in orders[:, k] for i in range(0, 4, batch)]
        for rate, rows in zip(rates, batches, strict=False):
            part = AlternativeNetwork(xor.X[rows], xor.Y[rows], hidden=2, activation="tanh", head=head)
            optimizer.update(theta, part.gradient(theta), state, rate)
        np.testing.assert_allclose(found.end[k], theta, rtol=0, atol=1e-11)


def test_all_samples_in_one_batch_are_the_full_batch_in_any_order():
    net, orders = variant(), np.tile(np.array([2, 0, 3, 1], dtype=np.int8), (STEPS, 70, 1))
    full = milestones(net, some_starts(net), ls.Adam(), STEPS, 0.0)
    shuffled = milestones(net, some_starts(net), ls.Adam(), STEPS, 0.0, orders=orders, batch=4)
    assert np.array_equal(full.end, shuffled.end)


def test_nothing_depends_on_neighbours_threads_blocks_or_stretches(monkeypatch):
    net = variant("tanh", "sigmoid")
    starts = some_starts(net)
    orders = np.random.default_rng(0).permuted(np.tile(np.arange(4, dtype=np.int8), (30, 70, 1)), axis=-1)

    def run(chosen=slice(None), **how):
        return milestones(net, starts[chosen], ls.Adam(0.05), STEPS, 0.6, orders=orders[:, chosen], batch=2, **how)

    whole = run(threads=1)
    assert 0 < np.count_nonzero(whole.below >= 0) < 70
    for k in (0, 63, 69):
        for alone, together in zip(run(slice(k, k + 1)), whole, strict=True):
            np.testing.assert_array_equal(alone[0], together[k])
    for name, value in (("FIRST_INTERVAL", 1), ("FIRST_INTERVAL", 7), ("LANES", 5)):
        monkeypatch.setattr(module, name, value)
        for again, before in zip(run(threads=3), whole, strict=True):
            np.testing.assert_array_equal(again, before)


def test_no_steps_judge_the_starts():
    net = variant()
    found = milestones(net, np.stack([xor.TEXTBOOK, np.zeros(9)]), ls.Adam(), 0, 1e-6)
    assert found.right.tolist() == [0, -1]
    assert found.below.tolist() == [0, -1]
    assert found.end[1].tolist() == [0.0] * 9


def test_a_run_that_diverges_is_never_right():
    net = variant()
    starts = some_starts(net, 3)
    starts[1] = 1e200
    found = milestones(net, starts, ls.SGD(0.1), STEPS, 0.0)
    assert found.right[1] == -1
    assert not np.isfinite(found.end[1]).any()
    assert np.isfinite(found.end[[0, 2]]).all()


@pytest.mark.parametrize("limit", [0.0, 1e9], ids=["no run is done", "all are done at once"])
def test_progress_climbs_to_the_number_of_steps(monkeypatch, limit):
    monkeypatch.setattr(module, "FIRST_INTERVAL", 10)
    seen = []
    milestones(variant(), some_starts(variant()), ls.Adam(), 100, limit, progress=lambda *a: seen.append(a))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (100, 100)


def test_an_interrupted_walk_stops(monkeypatch):
    monkeypatch.setattr(module, "FIRST_INTERVAL", 1)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        milestones(variant(), some_starts(variant()), ls.Adam(), 100_000, 0.0, progress=interrupt)
