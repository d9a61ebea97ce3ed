"""When units die and what runs end on: held against a training of its own, recorded after every step."""

from fractions import Fraction

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.analysis.ends import deaths
from landscape.analysis.ends.configurations import configuration_in_words, configurations, reachable_levels
from landscape.training import compiled_training
from landscape.training.batch_of_starts import LARGEST_SHRINKABLE

NET = xor.network()
STARTS = ls.glorot_starts(NET, 400, rng=np.random.default_rng(3))


def adam_by_hand(theta, rate, steps):
    """Return the parameters after every step, by Adam as textbooks print it, without the package: (k, r, 9)."""
    x, y, m, v, path = xor.X, xor.Y, np.zeros_like(theta), np.zeros_like(theta), [theta]
    for t in range(1, steps + 1):
        W1, b1, W2, b2 = theta[:, :4].reshape(-1, 2, 2), theta[:, 4:6], theta[:, 6:8], theta[:, 8]
        z = x @ W1 + b1[:, None]
        h = np.maximum(z, 0)
        r = 0.5 * ((h * W2[:, None]).sum(axis=2) + b2[:, None] - y)
        back = r[:, :, None] * W2[:, None] * (z > 0)
        by_w1 = np.einsum("ij,kiu->kju", x, back).reshape(-1, 4)
        g = np.concatenate([by_w1, back.sum(axis=1), (h * r[:, :, None]).sum(axis=1), r.sum(axis=1)[:, None]], axis=1)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        path.append(theta)
    return np.stack(path, axis=1)


def deaths_in(path):
    """Return the step from which each unit is inactive until the end of recorded paths, -1 for one active there."""
    w, b = path[..., :4].reshape(*path.shape[:2], 2, 2), path[..., 4:6]
    active = ((xor.X @ w + b[:, :, None]) > 0).any(axis=2)
    after = np.where(active.any(axis=1), path.shape[1] - active[:, ::-1].argmax(axis=1), 0)
    return np.where(after == path.shape[1], -1, after)


@pytest.mark.slow
def test_units_die_when_they_do_in_plain_numpy():
    starts, steps = STARTS[:50], 900
    found = ls.fates(NET, starts, ls.Adam(1e-2), steps, at=range(0, 900, 50))
    path = adam_by_hand(starts, 1e-2, steps)
    assert found.died.tolist() == deaths_in(path).tolist()
    assert (found.died > 0).sum() > 10
    inactive = ~((NET.preactivations(path[:, found.step]) > 0).any(axis=2))
    assert (found.dead <= inactive.sum(axis=2)).all()
    level = ls.assign_levels(NET, path[:, -1])
    assert found.level.tolist() == level.tolist()
    outputs = np.array([[float(y) for y in row] for row in found.configurations])[found.configuration[level >= 0]]
    assert np.abs(outputs - NET.predict(path[level >= 0, -1])).max() < 0.01


@pytest.mark.parametrize(
    ("optimizer", "dtype"),
    [
        (ls.Adam(1e-2), "float32"),
        (ls.Adam(0.1), "float64"),
        (ls.SGD(0.3, 0.9), "float64"),
        (ls.RMSprop(1e-2), "float64"),
    ],
)
def test_units_die_when_they_do_in_recorded_runs(optimizer, dtype):
    found = ls.fates(NET, STARTS[:60], optimizer, 900, dtype=dtype)
    path = ls.train(NET, STARTS[:60], optimizer, 900, dtype=dtype).theta.astype(np.float64)
    dead = found.died >= 0
    assert found.died[dead].tolist() == deaths_in(path)[dead].tolist()
    assert dead.sum() > 40
    assert (deaths_in(path)[~dead] != 0).all()


def test_a_unit_that_momentum_activates_again_is_not_dead_before():
    start = np.random.default_rng(0)
    ls.glorot_starts(NET, 3000, rng=start), start.standard_normal((3000, 9)), ls.glorot_starts(NET, 3000, rng=start)
    theta = start.standard_normal((3000, 9))[685]
    active = (NET.preactivations(ls.train(NET, theta, ls.Adam(0.1), 300).theta[0]) > 0).any(axis=1)[:, 0]
    assert active[9:11].tolist() == [False, True]
    assert active[:9].any()
    died = ls.fates(NET, theta, ls.Adam(0.1), 300).died[0, 0]
    assert died == -1 or died > 10


@pytest.mark.parametrize("window", [7, 250])
def test_deaths_do_not_depend_on_how_many_steps_are_in_memory(window, monkeypatch):
    expected = ls.fates(NET, STARTS[:80], ls.Adam(1e-2), 600).died
    monkeypatch.setattr(deaths, "WINDOW", window)
    monkeypatch.setattr(deaths, "BYTES", 72 * window * 3)
    assert ls.fates(NET, STARTS[:80], ls.Adam(1e-2), 600).died.tolist() == expected.tolist()


def test_shares_are_those_of_outcomes():
    at = [0, 100, 1000]
    found = ls.fates(NET, STARTS, ls.Adam(1e-2), 2000, at=at)
    other = ls.outcomes(NET, STARTS, ls.Adam(1e-2), 2000, at=at)
    assert found.counts.tolist() == other.counts.tolist()
    assert found.status.tolist() == other.status.tolist()
    assert found.kind.tolist() == other.kind.tolist()
    counted = [np.bincount(column % 5, minlength=5).tolist() for column in found.level_at.T.astype(int)]
    assert counted == other.counts_at.tolist()
    assert found.dead_counts.sum(axis=1).tolist() == [other.counts.tolist()] * 4
    assert found.dead_counts.sum(axis=2)[0, 1:].sum() == (found.died == 0).any(axis=1).sum()


@pytest.mark.slow
def test_what_is_proven_stays_true():
    found = ls.fates(NET, STARTS, ls.Adam(1e-2), 3000)
    later = ls.outcomes(NET, STARTS, ls.Adam(1e-2), 12_000)
    sure = found.proven >= 0
    assert sure.sum() > 50
    assert later.level[sure].tolist() == found.level[sure].tolist()
    lost = found.zero_lost >= 0
    assert (later.level[lost] != 0).all()
    assert (found.level[~lost] <= found.level.max()).all()
    assert (later.level == 0).any()
    dead = found.died >= 0
    active = (NET.preactivations(later.end) > 0).any(axis=1)
    assert not active[dead].any()
    restarted = ls.outcomes(NET, found.end[sure], ls.Adam(1e-2), 3000)
    assert restarted.level[sure[sure]].tolist() == found.level[sure].tolist()


def test_zero_is_lost_with_the_first_unit_and_the_level_certain_with_the_last():
    found = ls.fates(NET, STARTS, ls.Adam(1e-2), 2000)
    died = np.where(found.died < 0, 10**9, found.died)
    first = died.min(axis=1)
    assert found.zero_lost.tolist() == np.where(first == 10**9, -1, first).tolist()
    both = (found.died >= 0).all(axis=1)
    assert found.proven[both].tolist() == found.died[both].max(axis=1).tolist()
    assert (found.level[both] == 3).all()


def test_one_unit_cannot_reach_zero():
    net = xor.network(hidden=1)
    starts = ls.glorot_starts(net, 30, rng=np.random.default_rng(1))
    found = ls.fates(net, starts, ls.Adam(1e-2), 700)
    assert (found.died[:, 0] == 0).tolist() == (starts[:, :2] <= 0).all(axis=1).tolist()
    assert (found.zero_lost == 0).all()


def test_units_die_in_networks_too_large_to_be_shrunk():
    net, kept = xor.network(hidden=LARGEST_SHRINKABLE + 1), np.arange(701)
    starts = ls.glorot_starts(net, 30, rng=np.random.default_rng(1))
    run = compiled_training.train_batches(net, starts, ls.Adam(1e-2), kept)
    found = []

    def search():
        found.append((yield from deaths.steps_of_death(net, ls.Adam(1e-2), starts, run.inactive)))

    assert sum(search()) > 0
    died, active = found[0], (net.preactivations(run.path) > 0).any(axis=2)
    dead = died >= 0
    assert dead.tolist() == (run.inactive >= 0).tolist()
    assert (died > 0).any()
    for i, u in np.argwhere(dead):
        assert not active[i, died[i, u] :, u].any()
        assert died[i, u] == 0 or active[i, died[i, u] - 1, u]


def test_configurations_in_words():
    words = [configuration_in_words(xor.X, xor.Y, one) for one in configurations(NET)]
    assert words[0] == "all right"
    assert words[-1] == "all at their mean 1/2"
    assert "11 right, the others at their mean 2/3" in words
    odd = (Fraction(0), Fraction(1, 4), Fraction(1), Fraction(0))
    assert configuration_in_words(xor.X, xor.Y, odd) == "00, 10, 11 right, 01 at 1/4"


@pytest.mark.parametrize(
    ("theta", "dead", "reachable", "configuration"),
    [
        (xor.TEXTBOOK, [], ["0"], "all right"),
        (xor.offset_start(0.1), [], ["0", "1/8", "1/6", "1/4"], None),
        ([1, -1, 1, -1, 0, -0.5, 1, 1, 0], [1], ["1/6", "1/4"], None),
        (np.zeros(9), [0, 1], ["1/4"], None),
        ([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5], [0, 1], ["1/4"], "all at their mean 1/2"),
        ([1, -1, 1, -1, -1, -0.5, 2, 1, 1 / 3], [1], ["1/6", "1/4"], None),
    ],
)
def test_describe_tells_dead_units_and_what_is_left(theta, dead, reachable, configuration):
    report = ls.describe(NET, theta)
    assert report.dead_units == dead
    assert [str(level) for level in report.reachable] == reachable
    assert report.configuration == configuration
    assert report.certain_level == (Fraction(reachable[0]) if len(reachable) == 1 else None)
    assert ("dead, only momentum can move it" in str(report)) == bool(dead)


def test_describe_agrees_with_the_fates_of_the_runs_it_describes():
    found = ls.fates(NET, STARTS[:40], ls.Adam(1e-2), 3000)
    for k in np.flatnonzero(found.level >= 0)[:12]:
        report = ls.describe(NET, found.end[k], tolerance=1e-2)
        assert report.dead_units == np.flatnonzero(found.died[k] >= 0).tolist()
        assert report.configuration == found.configurations_in_words[found.configuration[k]]
        assert found.levels[found.level[k]] in report.reachable


def test_levels_of_fewer_units_are_those_of_smaller_networks():
    assert [str(level) for level in reachable_levels(NET, 0)] == ["1/4"]
    assert reachable_levels(NET, 2) == tuple(level.value for level in ls.stationary_levels(NET))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"at": [5000]}, r"at must hold whole numbers from 0 to steps = 2000; got 5000"),
        ({"starts": np.empty((0, 9))}, r"starts must hold at least one start; got shape \(0, 9\)"),
        ({"dtype": "float16"}, r"dtype must be .*float16"),
    ],
)
def test_bad_input(change, error):
    given = {"starts": STARTS[:2], "optimizer": ls.Adam(), "steps": 2000} | change
    with pytest.raises(ValueError, match=error):
        ls.fates(NET, **given)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [ls.Adam(0.5), ls.Adam(1.0, beta_1=0.95), ls.Adam(0.3, beta_2=0.9)], ids=str)
def test_a_unit_that_is_dead_at_the_end_of_a_short_run_stays_dead_in_a_longer_one(optimizer):
    starts = xor.TEXTBOOK + 1.5 * np.random.default_rng(1).normal(size=(20_000, 9))
    short, long = (ls.fates(NET, starts, optimizer, steps).died for steps in (10, 500))
    dead = short >= 0
    assert dead.sum() > 1000
    np.testing.assert_array_equal(long[dead], short[dead])
