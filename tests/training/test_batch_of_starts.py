"""Starts that need not be trained to the end: no number changes, and what is reported as proven is true."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.networks.relu import ReluNetwork
from landscape.training import batch_of_starts, compiled_training
from landscape.training.trajectories import recorded_steps

NET = xor.network()
STARTS = ls.glorot_starts(NET, 100, rng=np.random.default_rng(3))
DEAD = np.array([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.3])  # both units inactive, b2 converges to 1/2
SHIFTED = ReluNetwork([[-1, -1], [-1, 1], [1, -1], [1, 1]], [0, 1, 1, 0], hidden=2)

CASES = {
    "Adam": (NET, STARTS, ls.Adam(1e-2), "float64"),
    "float32": (NET, STARTS, ls.Adam(1e-2), "float32"),
    "momentum": (NET, STARTS, ls.SGD(0.1, momentum=0.9), "float64"),
    "no momentum": (NET, STARTS, ls.SGD(0.1), "float32"),
    "RMSprop": (NET, STARTS, ls.RMSprop(1e-2, momentum=0.5), "float64"),
    "decay": (NET, STARTS, ls.CosineDecay(ls.Adam(1e-2), 600), "float64"),
    "never at rest": (NET, STARTS, ls.Adam(1e-2, beta_1=0.9, beta_2=0.5), "float64"),
    "three units": (
        xor.network(3),
        ls.glorot_starts(xor.network(3), 70, rng=np.random.default_rng(0)),
        ls.Adam(1e-2),
        "float64",
    ),
    "five units": (
        xor.network(5),
        ls.glorot_starts(xor.network(5), 10, rng=np.random.default_rng(0)),
        ls.Adam(1e-2),
        "float32",
    ),
    "other inputs": (SHIFTED, STARTS, ls.SGD(0.1, momentum=0.5), "float64"),
    "far off": (NET, 1e3 * STARTS, ls.Adam(1e-2), "float64"),
    "diverging": (NET, 5.0 * STARTS, ls.SGD(2.0, momentum=0.5), "float64"),
}


@pytest.mark.parametrize("record_every", [1, 700])
@pytest.mark.parametrize(
    "case", [case if case in ("Adam", "momentum") else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
def test_stopping_early_changes_no_number(case, record_every):
    net, starts, optimizer, dtype = CASES[case]
    starts, kept = starts.astype(dtype), recorded_steps(700 if record_every == 1 else 3000, record_every)
    early = compiled_training.train_batches(net, starts, optimizer, kept)
    whole = compiled_training.train_batches(net, starts, optimizer, kept, early_stop=False)
    finite = np.isfinite(whole.path).all(axis=2)
    assert np.array_equal(np.isfinite(early.path).all(axis=2), finite)
    assert np.array_equal(early.path[finite], whole.path[finite])
    assert np.array_equal(early.loss[finite], whole.loss[finite])
    assert (whole.proven == -1).all()


@pytest.mark.parametrize("case", ["Adam", "momentum", "RMSprop"])
def test_what_is_proven_has_constant_outputs_or_rests(case):
    net, starts, optimizer, _ = CASES[case]
    kept = recorded_steps(3000, 50)
    done = compiled_training.train_batches(net, starts, optimizer, kept)
    assert 10 < (done.proven >= 0).sum() < len(starts)
    for path, step in zip(done.path, done.proven, strict=True):
        if step >= 0:
            later = path[kept >= step]
            assert np.ptp(net.predict(later), axis=1).max() == 0 or (later == later[0]).all()


def test_a_start_without_a_live_unit_is_proven_at_once_and_its_bias_still_finds_the_mean():
    done = compiled_training.train_batches(NET, DEAD[None], ls.Adam(1e-2), np.array([0, 5000]))
    assert done.proven.tolist() == [0]
    assert np.array_equal(done.path[0, 1, :8], DEAD[:8])
    assert done.path[0, 1, 8] == pytest.approx(0.5, abs=1e-6)


def test_a_start_whose_gradient_is_exactly_zero_is_at_rest():
    done = compiled_training.train_batches(NET, xor.TEXTBOOK[None], ls.Adam(), np.array([0, 700, 5000]))
    assert done.proven.tolist() == [batch_of_starts.FIRST_INTERVAL]
    assert np.array_equal(done.path[0], [xor.TEXTBOOK] * 3)
    assert (done.loss == 0).all()


def test_a_float32_run_whose_parameters_no_longer_change_is_at_rest():
    start = xor.offset_start(1e-5).astype(np.float32)[None]
    done = compiled_training.train_batches(NET, start, ls.Adam(), np.array([20_000]))
    assert 0 < done.proven[0] < 5000
    assert done.loss[0, 0] == 0


def test_a_unit_that_momentum_will_activate_again_is_not_permanently_inactive():
    # One large step of SGD makes the unit inactive on all samples; the momentum of earlier steps brings it back.
    start = np.array([1, 1, 1, 1, 0, -1, 1, -2, 0.0])[None] + 0.3
    optimizer = ls.SGD(0.25, momentum=0.9)
    kept = recorded_steps(2 * batch_of_starts.FIRST_INTERVAL, 1)
    early, whole = (
        compiled_training.train_batches(NET, start, optimizer, kept, early_stop=stop) for stop in (True, False)
    )
    assert np.array_equal(early.path, whole.path)


def test_threads_and_the_size_of_batches_do_not_matter(monkeypatch):
    kept = recorded_steps(2000, 300)
    expected = compiled_training.train_batches(NET, STARTS, ls.Adam(1e-2), kept, threads=1)
    monkeypatch.setattr(compiled_training, "LARGEST_BATCH", 7)
    monkeypatch.setattr(compiled_training, "LANES", 7)
    for threads in (1, 3):
        other = compiled_training.train_batches(NET, STARTS, ls.Adam(1e-2), kept, threads=threads)
        for one, two in zip(other, expected, strict=True):
            assert np.array_equal(one, two)


@pytest.mark.parametrize(
    "optimizer",
    [
        ls.Adam(),
        ls.Adam(0.1, beta_1=0.5, beta_2=0.9),
        ls.SGD(0.1),
        ls.SGD(0.1, 0.9),
        ls.RMSprop(),
        ls.RMSprop(momentum=0.7),
    ],
    ids=lambda o: o.describe(),
)
def test_parameters_coast_no_further_than_their_bound(optimizer):
    rng = np.random.default_rng(0)
    rates = optimizer.rates(500)
    theta, state = rng.normal(size=50), [np.zeros(50) for _ in range(optimizer.slots)]
    for t in range(20):
        optimizer.update(theta, rng.normal(size=50) * 10.0 ** rng.uniform(-9, 1, 50), state, rates[t])
    bound, ratio = optimizer.remaining_drift(state, rates[20:].max())
    begin, left = theta.copy(), bound
    for t in range(20, 500):
        before = theta.copy()
        optimizer.update(theta, np.zeros(50), state, rates[t])
        assert (np.abs(theta - before) <= left * (1 + 1e-9) + 1e-15).all()
        assert (np.abs(theta - begin) <= bound * (1 + 1e-9) + 1e-12).all()
        left = left * ratio
    assert (np.abs(theta - begin) > 0.1 * bound).any() or not bound.any()
