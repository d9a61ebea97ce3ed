"""Exact results that would take too long, or too much memory, are refused; repeated samples cost little."""

from fractions import Fraction

import numpy as np
import pytest
from counted_calls import at_most

import landscape as ls
from landscape import xor
from landscape.base import limits
from landscape.base.limits import TooLargeError, require_affordable

RNG = np.random.default_rng(0)
CUBE = np.array(list(np.ndindex(2, 2, 2)))
RANDOM = ls.ReluNetwork(RNG.normal(size=(12, 2)), RNG.normal(size=12), hidden=2)
TOO_LARGE = {
    "12 random samples": RANDOM,
    "3-bit parity": ls.ReluNetwork(CUBE, CUBE.sum(axis=1) % 2, hidden=2),
    "5 bits": ls.ReluNetwork(np.array(list(np.ndindex(2, 2, 2, 2, 2))), np.arange(32) % 2, hidden=1),
    "4 units": xor.network(4),
    "100 000 units": xor.network(100_000),
    "40 samples": ls.ReluNetwork(np.arange(40)[:, None], np.arange(40) % 3, hidden=1),
}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (
            60_000_001,
            "60000001 things would take about 60 s, over the limit of 60 s; use fewer hidden units or samples",
        ),
        (10**9, "1000000000 things would take about 17 minutes, over the limit of 60 s"),
        (10**300, "would take about 3.2e+186 years, over the limit of 60 s"),
        (10**5000, "about 1e5000 things would take"),
    ],
    ids=["a minute", "minutes", "years", "5001 digits"],
)
def test_a_count_is_refused_with_its_time(count, said):
    with pytest.raises(TooLargeError, match=r"^net is too large for exact results: ") as caught:
        require_affordable("things", count, 1.0)
    assert said in str(caught.value)


def test_what_fits_is_not_refused():
    require_affordable("things", 60_000_000, 1.0, 35.0)
    with pytest.raises(TooLargeError, match=r"60000000 things would take about 2.01 GiB, over the limit of 2 GiB"):
        require_affordable("things", 60_000_000, 1.0, 36.0)


@pytest.mark.parametrize("name", ["12 random samples", "5 bits", "4 units", "100 000 units"])
@pytest.mark.parametrize("function", [ls.stationary_levels, ls.stationary_values, ls.merge_tree])
def test_a_large_network_is_refused_at_once(function, name):
    with at_most(10_000_000), pytest.raises(TooLargeError) as caught:
        function(TOO_LARGE[name])
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(("use fewer units", "use fewer hidden units or samples"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TOO_LARGE)
def test_describe_reports_the_rest_of_a_large_network(name):
    net = TOO_LARGE[name]
    theta = np.random.default_rng(1).normal(size=net.n_parameters)
    report = ls.describe(net, theta)
    assert report.loss == net.loss(theta)
    assert (report.gradient == net.gradient(theta)).all()
    assert (report.pattern == ls.pattern(net, theta)).all()
    assert (report.level, report.is_local_minimum, report.is_trapped) == (None, None, False)
    assert report.unknown.startswith("level, local minimum")
    assert "not known level, local minimum" in str(report)
    assert report.verdict == "not trapped; whether on a level is not known"
    if name != "40 samples":  # the zeros are known: there are none
        assert "out of reach" not in str(report)
        assert (report.nearest_zero, report.distance_lower_bound) == (None, 0.0)


def test_a_solution_and_a_trap_of_a_large_network_are_known(tmp_path):
    net = xor.network(4)
    solution = np.zeros((4, 4))  # one column for each unit
    solution[:, :2] = [[1, 1], [1, 1], [0, -1], [1, -2]]
    assert ls.describe(net, [*solution.ravel(), 0]).verdict == "a solution: zero loss"
    dead = ls.describe(net, [*[-1.0] * 8, *[-0.5] * 4, *[1.0] * 4, 0.5])
    assert dead.verdict == "trapped: the gradient is 0; whether at a local minimum is not known"
    ls.save(dead, tmp_path / "report.nc")
    again = ls.load(tmp_path / "report.nc")
    assert (again.is_local_minimum, again.unknown) == (None, dead.unknown)
    many_cones = ls.describe(net, np.zeros(17))
    assert len(many_cones.cones) == 0
    assert many_cones.unknown.endswith(
        "cones: theta must touch at most 20000 activation regions; got 38416 (16 kinks), move it off some kinks"
    )


def test_just_below_the_limit_runs_and_just_above_is_refused(monkeypatch):
    """Another network each time, since results are kept."""
    square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    monkeypatch.setattr(limits, "SECONDS", 0.3)  # 3416 faces at 81 us
    assert len(ls.stationary_levels(ls.ReluNetwork(square, [0, 2, 2, 0], hidden=2))) == 4
    monkeypatch.setattr(limits, "SECONDS", 0.19)  # 406 cells at 60 us for each sample and unit
    with pytest.raises(TooLargeError, match=r"406 cells would take about 0.2 s, over the limit of 0.19 s"):
        ls.stationary_levels(ls.ReluNetwork(square, [0, 3, 3, 0], hidden=2))


@pytest.mark.slow
def test_repeated_samples_change_no_exact_value():
    once, often = xor.network(), xor.network(inputs=np.tile(xor.X, (2, 1)), targets=np.tile(xor.Y, 2))
    for function in (ls.stationary_levels, ls.stationary_values):
        for one, other in zip(function(once), function(often), strict=True):
            assert one.value == other.value
            assert {row * 2 for row in one.outputs} == other.outputs
            assert [(f.kind, f.dimension, f.n_sets) for f in one.families] == [
                (f.kind, f.dimension, f.n_sets) for f in other.families
            ]
    assert ls.merge_tree(once).births == ls.merge_tree(often).births
    assert ls.merge_tree(once).levels == ls.merge_tree(often).levels
    thetas = RNG.normal(size=(50, 9))
    assert (ls.assign_levels(once, thetas) == ls.assign_levels(often, thetas)).all()
    assert ls.nearest_zero(once, thetas[0])[1] == pytest.approx(ls.nearest_zero(often, thetas[0])[1], rel=1e-7)


def test_twenty_samples_need_no_table_of_all_sign_vectors():
    often = xor.network(hidden=1, inputs=np.tile(xor.X, (5, 1)), targets=np.tile(xor.Y, 5))
    report = ls.describe(often, [-1, -1, -1, 1, 0.5])
    assert report.verdict == "trapped: a local minimum, level 1/4"


def test_contradictory_samples_add_their_variance():
    """Targets 0 and 1 at one input: their mean with weight 2, and the variance 1/4 of two samples of three."""
    net = ls.ReluNetwork([[0], [0], [1]], [0, 1, 2], hidden=1)
    assert [level.value for level in ls.stationary_levels(net)] == [Fraction(1, 6), Fraction(2, 3)]
    constant = Fraction(1)  # the one that fits both inputs best
    fits_badly = (2 * (Fraction(1, 2) - constant) ** 2 + (2 - constant) ** 2) / 3 + Fraction(1, 6)
    assert fits_badly == Fraction(2, 3)
    with pytest.raises(ValueError, match="net must be able to reach loss 0"):
        ls.nearest_zero(net, [1, 1, 1, 1])


def test_the_zeros_of_a_plane_are_refused_where_there_are_too_many_regions():
    net = xor.network(hidden=6)
    plane = ls.coordinate_plane(net, np.ones(25), "b1[0]", "b2[0]")
    said = "7529536 activation regions would take about 60 minutes, over the limit of 60 s; use fewer hidden units"
    with pytest.raises(TooLargeError, match=said):
        ls.zeros_in_plane(net, plane, [-1, 1], [-1, 1])
