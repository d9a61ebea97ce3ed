"""``describe`` for 20 000 thetas of all magnitudes, near special points and exactly there, without a warning."""

import json
from fractions import Fraction

import numpy as np
import pytest
from counted_calls import at_most
from places import VECTORS

import landscape as ls
from landscape import xor

pytestmark = pytest.mark.heavy  # about a minute of processor time in all

NET = xor.network()
CHUNKS, CHUNK = 8, 2500
POINTS = np.array([
    xor.TEXTBOOK,
    xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]],
    [1, -1, -1, 1, 0, 0, 1, 1, 0],  # a solution whose units own a corner each
    [0, 0, 0, 0, 0, 0, 0, 0, 0.5],  # a saddle
    [0, 0, 1, 1, -0.5, -0.5, 0, 0, 0.5],  # a saddle with output weights 0
    [-1, 0, 1, 0, -0.5, 1, 4 / 3, 0, 1 / 3],  # a saddle of value 1/6
    [1, -1, 1, -1, 0, 2, 1, 1, -1.5],  # a minimum at kinks
    [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5],  # both units dead
    *([float(Fraction(str(x))) for x in case["theta"]] for case in VECTORS["C05"]["cases"]),
])  # fmt: skip


def thetas(chunk):
    """Return the thetas of a chunk: each is drawn from one of five kinds."""
    rng = np.random.default_rng(chunk)
    for _ in range(CHUNK):
        match rng.integers(5):
            case 0:  # mixed magnitudes, some entries exactly 0
                size = np.maximum(10.0 ** rng.uniform(-320, 145, 9), 5e-324)
                yield rng.choice([-1, 1], 9) * size * (rng.random(9) > 0.2)
            case 1:  # one magnitude
                yield rng.standard_normal(9) * 10.0 ** rng.integers(-300, 140)
            case 2:  # small numbers: kinks, zeros and ties
                yield rng.choice([-2, -1, -0.5, 0, 0, 0.5, 1, 2], 9)
            case 3:  # a special point, and its neighbours by one unit in the last place
                point = POINTS[rng.integers(len(POINTS))]
                yield np.nextafter(point, point + rng.integers(-1, 2, 9))
            case _:  # near a special point, at any distance
                point = POINTS[rng.integers(len(POINTS))]
                yield point + 10.0 ** rng.uniform(-17, 0) * rng.standard_normal(9) * (rng.random(9) > 0.5)


def check(theta, report):
    """Compare the verdict with the numbers beside it."""
    assert (report.verdict == "a solution: zero loss") == (report.loss == 0)
    assert report.verdict.startswith("trapped") == report.is_trapped
    if report.is_trapped:
        assert report.loss > 0
    if report.level == 0:
        assert report.verdict.startswith(("a solution", "near a solution"))
        assert report.loss < 1e-6
    if report.level is not None and report.loss > 1e-6:
        assert abs(report.loss - float(report.level)) <= 1e-5
    if report.unknown is not None:  # sizes with which the search for the nearest zero cannot compute
        assert report.unknown.startswith("nearest solution: theta must have a size at which zeros can be computed")
        assert (report.nearest_zero, report.distance_to_zero, report.distance_lower_bound) == (None, None, 0.0)
    written = json.loads(report.to_json())  # which refuses NaN and infinity
    assert written["theta"] == theta.tolist()
    assert written["verdict"] == report.verdict == str(report).splitlines()[0]
    if report.nearest_zero is None:
        return
    assert 0 <= report.distance_lower_bound <= report.distance_to_zero
    size = 1.0 + np.abs(report.nearest_zero).max()
    assert np.abs(NET.residuals(report.nearest_zero)).max() <= 1e-12 * size * size
    if report.loss == 0:
        assert report.distance_to_zero <= 1e-12 * (1 + np.abs(theta).max())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_theta_is_described_or_refused_in_one_line(chunk, monkeypatch):
    if chunk % 2:  # without the search, which takes half of the time
        unknown = {"nearest_zero": None, "distance_to_zero": None, "distance_lower_bound": None}
        monkeypatch.setattr("landscape.analysis.point_report._nearest", lambda net, theta: unknown)
    ls.describe(NET, xor.TEXTBOOK)  # compiles
    refusals = []
    for theta in thetas(chunk):
        try:
            with at_most(10_000_000):
                report = ls.describe(NET, theta)
        except ValueError as error:
            refusals.append(str(error))
        else:
            check(theta, report)
    assert all(said.startswith("theta must be small enough for ") and "\n" not in said for said in refusals)
    assert len(refusals) < CHUNK / 4
