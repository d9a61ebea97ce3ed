"""What ``describe`` says: of other networks, as text, of any theta, and when it is saved or copied."""

import copy
import json
import re
import sys
from fractions import Fraction

import numpy as np
import pytest

import landscape as ls
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
UNIT = "measure them in another unit"
SQUARE = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
DEAD = np.array([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
ALL_ZERO = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.5])


def kind(report):
    return report.level, report.is_local_minimum, report.is_trapped


def test_other_targets_have_other_levels():
    net = xor.network(targets=[0, 0, 0, 1])
    theta = DEAD.copy()
    theta[-1] = 0.25
    assert kind(ls.describe(net, theta)) == (Fraction(3, 16), True, True)
    assert ls.describe(NET, theta).level is None
    one_corner = np.array([1, -1, 1, -1, -1, -1, 1, 1, 0], dtype=float)
    assert kind(ls.describe(net, one_corner)) == (0, True, False)


def test_levels_of_long_fractions_are_told_as_decimals():
    net = xor.network(targets=0.1 + 0.8 * xor.Y)  # not binary fractions: exact levels have 50 digits
    report = ls.describe(net, DEAD)
    assert report.level.denominator > 10**20
    assert report.verdict == "trapped: a local minimum, level 0.16"
    assert json.loads(report.to_json())["level"] == str(report.level)


def test_other_inputs():
    net = xor.network(inputs=SQUARE)
    assert kind(ls.describe(net, DEAD * [1, 1, 1, 1, 9, 9, 1, 1, 1])) == (Fraction(1, 4), True, True)
    assert "(-1, 1): 0.5" in str(ls.describe(net, DEAD * [1, 1, 1, 1, 9, 9, 1, 1, 1]))


def test_one_unit_cannot_reach_zero():
    net = xor.network(1)
    report = ls.describe(net, [-1, -1, -0.5, 3, 0.5])
    assert kind(report) == (Fraction(1, 4), True, True)
    assert report.nearest_zero is None
    assert report.distance_to_zero is None
    assert "out of reach" in str(report)


def test_three_units():
    net = xor.network(3)
    report = ls.describe(net, np.r_[-np.ones(9), 3, -5, 1, 0.5])
    assert kind(report) == (Fraction(1, 4), True, True)
    assert report.roles == "off, off, off"
    assert report.gradient.shape == (13,)


def test_the_text_of_many_units_asks_for_the_dead_ones_as_often_as_that_of_two(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "landscape.analysis.point_report.dead_units", lambda active: asked.append(active.shape[1]) or []
    )
    for hidden in (2, 500):
        net = xor.network(hidden)
        str(ls.describe(net, np.random.default_rng(0).normal(size=net.n_parameters)))
    assert asked.count(500) <= asked.count(2)


def test_text_tells_the_essentials():
    text = str(ls.describe(NET, xor.offset_start(1e-2)))
    assert text.startswith("on a slope\n")
    assert "unit 1    active on 00, 01, 10, 11\n" in text
    text = str(ls.describe(NET, xor.TEXTBOOK))
    for part in (
        "a solution: zero loss",
        "theta     1, 1, 1, 1, 0, -1, 1, -2, 0",
        "00: 0, 01: 1, 10: 1, 11: 0  (4 of 4 classified right)",
        "active on 11; kink on 01, 10",
        "in the 8 cones that meet here 0 to 0",
        "+ on 3 of 4, - on 1 of 4",
        "output signs +-; leaf ",
    ):
        assert part in text


@pytest.mark.parametrize("theta", [xor.TEXTBOOK, DEAD, ALL_ZERO, np.ones(9)])
def test_saved_loaded_and_copied(theta, tmp_path):
    report = ls.describe(NET, theta)
    ls.save(report, tmp_path / "report.nc")
    for other in (ls.load(tmp_path / "report.nc"), copy.deepcopy(report)):
        assert str(other) == str(report)
        assert other.kinks == report.kinks
        assert kind(other) == kind(report)
        np.testing.assert_array_equal(other.one_sided_gradients, report.one_sided_gradients)
        assert other.cones.dtype == report.cones.dtype
        assert not other.theta.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        report.gradient[0] = 1.0


def caches():
    """Everything that the package keeps in memory, by name."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("landscape.")]
    return {f"{m.__name__}.{k}": v for m in modules for k, v in vars(m).items() if hasattr(v, "cache_info")}


def test_nothing_about_the_network_is_computed_twice():
    points = xor.TEXTBOOK, DEAD, [0, 0, 0, 0, 0, 0, 0, 0, 0.5]  # with kinks, a trap, a saddle
    for theta in points:
        ls.describe(NET, theta)
    before = {name: cache.cache_info().misses for name, cache in caches().items()}
    assert {"landscape.exact.nearest_zero._zero_cells", "landscape.exact.local_minima.cell_fits"} <= set(before)
    for theta in (*points, xor.offset_start(1e-5)):
        ls.describe(xor.network(), theta)
    assert {name: cache.cache_info().misses for name, cache in caches().items()} == before


@pytest.mark.parametrize(
    ("theta", "tolerance", "error", "message"),
    [
        (np.zeros(8), 1e-6, ValueError, "theta must have shape"),
        (np.zeros((2, 9)), 1e-6, ValueError, "theta must have shape"),
        ([np.nan] * 9, 1e-6, ValueError, "theta must be finite; got nan"),
        (["1"] * 9, 1e-6, TypeError, "theta must hold real numbers"),
        (
            1e100 * np.ones(9),
            1e-6,
            ValueError,
            r"theta must be small enough for a finite loss; got an entry of 1e\+100",
        ),
        (np.zeros(9), 0.0, ValueError, "tolerance must be above 0"),
    ],
)
def test_bad_input(theta, tolerance, error, message):
    with pytest.raises(error, match=message):
        ls.describe(NET, theta, tolerance=tolerance)


def test_a_small_offset_can_be_seen():
    told = str(ls.describe(NET, xor.offset_start(1e-5)))
    assert "1.00001, 1.00001, 1.00001, 1.00001, 1e-05, -0.99999, 1.00001, -1.99999, 0" in told
    assert "at 1, 1" not in told


@pytest.mark.parametrize("seed", range(4))
def test_every_theta_is_described_or_refused_in_one_line_and_at_once(seed):
    """Entries from 5e-324 to 1e300, mixed: no warning, no search without end, valid JSON, lengths that are finite."""
    rng, refusals = np.random.default_rng(seed), []
    for k in range(100):
        size = rng.uniform(-323, 300, 9) if k % 2 else rng.choice([-323, -154, -16, 0, 16, 100, 154, 300], 9)
        theta = rng.choice([-1, 0, 1], 9) * 10.0**size
        try:
            report = ls.describe(NET, theta)
        except ValueError as error:
            refusals.append(str(error))
            continue
        assert json.loads(report.to_json(), parse_constant=pytest.fail)["verdict"] == report.verdict
        assert not re.search(r"\b(inf|nan)\b", str(report))
    assert len(refusals) < 90
    for line in refusals:
        assert re.fullmatch(r"theta must be small enough for .*", line)


@pytest.mark.parametrize(
    ("net", "theta", "named"),
    [
        (
            NET,
            [1e-111, 1e50, 0, 0, 0, 0, 0, 1e-50, 0],
            "theta must have a size {}; got an entry of 1e-111, rescale its hidden units",
        ),
        (
            NET,
            [0, 0, 0, 1e96, 0, 1e-69, 1e-181, 0, 0],
            "theta must have a size {}; got an entry of 1e-181, rescale its hidden units",
        ),
        (xor.network(inputs=1e-200 * xor.X), np.ones(9), "inputs must have a size {}; got an entry of 1e-200, " + UNIT),
        (
            xor.network(targets=1e-200 * xor.Y),
            np.zeros(9),
            "targets must have a size {}; got an entry of 1e-200, " + UNIT,
        ),
    ],
)
def test_a_search_out_of_range_leaves_the_rest_of_the_report(net, theta, named, tmp_path):
    reason = named.format("at which zeros can be computed to rounding")
    report = ls.describe(net, theta)
    assert report.unknown == f"nearest solution: {reason}"
    assert (report.nearest_zero, report.distance_to_zero, report.distance_lower_bound) == (None, None, 0.0)
    assert report.loss == net.loss(theta)
    assert report.is_local_minimum is not None
    assert str(report).splitlines()[-1] == f"  not known {report.unknown}"
    assert "zero loss  " not in str(report)
    written = json.loads(report.to_json(), parse_constant=pytest.fail)
    assert (written["nearest_zero"], written["unknown"]) == (None, report.unknown)
    ls.save(report, tmp_path / "report.nc")
    assert ls.load(tmp_path / "report.nc").to_json() == report.to_json()
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        ls.nearest_zero(net, theta)


@pytest.mark.parametrize(
    ("inputs", "targets", "theta", "message"),
    [
        (1, 1e200, 0, "targets must be small enough for a finite loss; got an entry of 1e+200, " + UNIT),
        (1e200, 1, 1, "inputs must be small enough for a finite loss; got an entry of 1e+200, " + UNIT),
        (1e160, 1e153, 1e-4, "inputs must be small enough for finite gradients; got an entry of 1e+160, " + UNIT),
        (1e100, 1e100, 1e80, "theta must be small enough for a finite loss; got an entry of 1e+80, rescale it"),
    ],
)
def test_an_infinite_loss_names_what_is_too_large(inputs, targets, theta, message):
    net = xor.network(inputs=inputs * xor.X, targets=targets * xor.Y)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ls.describe(net, np.full(9, float(theta)))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (0.0, "a solution: zero loss"),
        (1e-15, "a solution within rounding"),
        (5e-7, "near a solution, 1.356e-07 away"),
    ],
)
def test_the_verdict_on_a_solution_agrees_with_loss_and_distance(change, verdict):
    report = ls.describe(NET, xor.TEXTBOOK - change * np.eye(9)[7])
    assert (report.loss == 0) == ("zero loss" in report.verdict)
    assert report.verdict == verdict
