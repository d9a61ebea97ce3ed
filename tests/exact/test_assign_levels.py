"""Levels of thetas: known traps, kinks, runs on their way, and runs that have arrived."""

from fractions import Fraction

import numpy as np
import pytest
from places import VECTORS

import landscape as ls
from landscape import Adam, glorot_starts, xor
from landscape.exact.assign_levels import Kind, assign_levels, level_value
from landscape.exact.local_minima import stationary_levels

NET = xor.network()


def values(net, theta):
    return [level_value(net, k) for k in np.atleast_1d(assign_levels(net, theta))]


def numbers(theta):
    return np.array([float(Fraction(str(x))) for x in theta])


@pytest.mark.parametrize("case", VECTORS["C05"]["cases"], ids=lambda case: case["loss"])
def test_known_traps(case):
    assert values(xor.network(), numbers(case["theta"])) == [Fraction(case["loss"])]


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
def test_rescaling_a_unit_changes_nothing(size):
    net = xor.network()
    for case in VECTORS["C05"]["cases"]:
        theta = numbers(case["theta"])
        theta[[0, 2, 4]] *= size
        theta[6] /= size
        assert values(net, theta) == [Fraction(case["loss"])]


def test_the_right_loss_in_the_wrong_place_is_no_level():
    net = xor.network()
    start = np.array([1.0, 1, 1, 1, 0, -1, 1, -2, 0.5])  # the textbook net with b2 off by 1/2: loss 1/4, and moving
    assert net.loss(start) == 0.25
    assert np.abs(net.gradient(start)).max() > 0.5
    assert values(net, start) == [None]


def test_a_saddle_is_no_level():
    net = xor.network()
    saddle = np.array([1.0, 1, 1, -1, -1.5, -0.5, 0, 0, 0.5])  # v = 0, but each unit could help on one corner
    assert values(net, saddle) == [None]


def test_zeros_at_kinks_are_solutions():
    net = xor.network()
    assert values(net, xor.TEXTBOOK) == [0]
    opposite = np.array([1.0, -1, -1, 1, 0, 0, 1, 1, 0])  # |x1 - x2|, both hinges through two samples
    assert net.loss(opposite) == 0
    assert values(net, opposite + 1e-5) == [0]


def test_batch_axes_and_empty_batches():
    net = xor.network()
    assert assign_levels(net, np.broadcast_to(xor.TEXTBOOK, (2, 3, 9))).tolist() == [[0] * 3] * 2
    assert assign_levels(net, np.empty((0, 9))).shape == (0,)
    assert assign_levels(net, xor.TEXTBOOK).shape == ()


def walk(net, theta, optimizer, *marks):
    theta, kept = theta.copy(), []
    state = [np.zeros_like(theta) for _ in range(optimizer.slots)]
    rates = optimizer.rates(marks[-1])
    for step in range(1, marks[-1] + 1):
        optimizer.update(theta, net.gradient(theta), state, rates[step - 1])
        if step in marks:
            kept.append(theta.copy())
    return kept


def test_runs_that_have_arrived_stay_on_their_level_and_others_are_on_none():
    net = xor.network()
    starts = glorot_starts(net, 150, rng=np.random.default_rng(2))
    early, middle, late = walk(net, starts, Adam(1e-2), 60, 300, 2500)
    first, second, last = (assign_levels(net, theta) for theta in (early, middle, late))
    assert (first == -1).mean() > 0.9
    assert 0.4 < (second >= 0).mean() < 0.95
    assert (last >= 0).mean() > 0.97
    assert (second == last)[second >= 0].all()
    exact = np.array([float(level.value) for level in stationary_levels(net)])
    np.testing.assert_allclose(net.loss(late)[last >= 0], exact[last[last >= 0]], atol=3e-5)


def test_other_data_have_their_own_levels():
    net = xor.network(targets=[0, 0, 0, 1])
    dead = np.array([-1.0, -1, -1, -1, -0.5, -0.25, 3, -5, 0.25])
    assert values(net, dead) == [Fraction(3, 16)]


@pytest.mark.parametrize(
    ("theta", "tolerance", "message"),
    [
        (np.zeros(8), 1e-2, "theta must have shape"),
        ([np.inf] * 9, 1e-2, "theta must be finite"),
        (np.zeros(9), 0.0, "tolerance must be above 0"),
    ],
)
def test_bad_input(theta, tolerance, message):
    with pytest.raises(ValueError, match=message):
        assign_levels(xor.network(), theta, tolerance)


def test_kinds_agree_with_describe_where_runs_have_settled():
    starts = ls.glorot_starts(NET, 300, rng=np.random.default_rng(6))
    ends = ls.train(NET, starts, ls.SGD(0.1), 60_000, record_every=60_000).end
    level = ls.assign_levels(NET, ends)
    kinds = ls.stationary_kinds(NET, ends, level)
    reports = [ls.describe(NET, theta) for theta in ends]
    settled = [k for k, report in enumerate(reports) if report.level is not None]
    assert len(settled) > 250
    for k in settled:
        assert (kinds[k] == Kind.LOCAL_MINIMUM) == reports[k].is_local_minimum
    assert set(kinds.tolist()) == {0, 2}


def test_a_run_that_is_held_leaves_when_its_bias_is_raised():
    starts = ls.glorot_starts(NET, 2000, rng=np.random.default_rng(6))
    ends = ls.outcomes(NET, starts, ls.Adam(1e-2), 5000).end
    level = ls.assign_levels(NET, ends)
    held = ends[ls.stationary_kinds(NET, ends, level) == Kind.HELD]
    assert len(held) > 100
    raised = held[:, None] + 1e-6 * np.eye(9)[4:6]  # one bias or the other
    assert (NET.loss(raised).min(axis=1) < NET.loss(held) - 1e-10).all()


def test_kinds_follow_the_shape_of_theta_and_need_a_level():
    thetas = np.array([[xor.TEXTBOOK, np.ones(9)]])
    kinds = ls.stationary_kinds(NET, thetas, ls.assign_levels(NET, thetas))
    assert kinds.tolist() == [[0, -1]]
