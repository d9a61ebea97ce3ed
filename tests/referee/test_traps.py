"""The claims of the figure "traps": levels by exact least squares, shares by own runs, and attempts to escape."""

from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure
from referee_fits import open_cells_with_minima

pytestmark = pytest.mark.heavy

SMOOTH = rt.Model(at_zero=0.5)
VALUES = np.array([float(v) for v in plateaus.LEVELS])


@lru_cache
def runs():
    """What the caption says of fewer runs, and the ends of these runs in the referee's own training."""
    said = figure("traps", starts=400)
    starts = rt.numbered(said["runs"], said["seed"])
    return said, rt.train(starts, rt.Adam(), said["steps"])


def test_levels_and_dimensions_are_those_of_exact_least_squares():
    said, found = figure("traps"), open_cells_with_minima()
    levels = sorted(found)
    assert levels == list(plateaus.LEVELS) == list(said.result.levels)
    for i, value in enumerate(levels):
        assert Fraction(said[f"levels[{i}]"]) == value
        # On a face: one unit dead (4 free parameters), one on everywhere with output weight 0 (3), and b2 fixed.
        on_face = {7} if value == levels[-1] else set()
        assert sorted({*found[value], *on_face}) == list(said.result.dimensions[i])
        assert [said[f"dimensions[{i}][{k}]"] for k in range(len(said.result.dimensions[i]))] == sorted(
            {*found[value], *on_face}
        )


def face_points(rng, pattern_is_all):
    """Points at 1/4: unit 1 dead, unit 2 on everywhere, or on a part of the samples only, with output weight 0."""
    count = 300
    theta = np.zeros((count, 9))
    theta[:, [0, 2, 4]] = -rng.uniform(0.3, 1, (count, 3))
    theta[:, 6] = rng.normal(0, 1, count)
    w = rng.uniform(0.3, 1, (count, 2))
    theta[:, [1, 3]] = w
    theta[:, 5] = (
        rng.uniform(0.3, 1, count) if pattern_is_all else -w.min(axis=1) - 0.5 * (w.max(axis=1) - w.min(axis=1))
    )
    if not pattern_is_all:
        theta[:, 5] = -0.5 * w.min(axis=1)  # on for 01, 10 and 11
    theta[:, 8] = 0.5
    return theta


def test_the_family_of_dimension_7_at_one_quarter_consists_of_minima_and_its_neighbours_do_not():
    rng = np.random.default_rng(1)
    for pattern_is_all in (True, False):
        theta = face_points(rng, pattern_is_all)
        assert rt.loss(theta) == pytest.approx(0.25)
        near = theta + 1e-4 * rng.standard_normal(theta.shape)
        lowest = rt.loss(rt.train(near, rt.SGD(0.05), 3000, model=SMOOTH))
        assert (lowest > 0.25 - 1e-9).all() == pattern_is_all
        if not pattern_is_all:
            assert (lowest < 0.249).mean() > 0.9


def test_no_descent_from_random_points_rests_at_another_value():
    """Refutation of "all levels": descents with relu'(0) = 1/2 and decaying steps, kicked off from saddles."""
    rng = np.random.default_rng(2)
    theta = rng.normal(0, 1, (3000, 9)) * rng.choice([0.5, 1, 2], (3000, 1))
    for kick in (0.0, 1e-3, 1e-3):
        start = theta + kick * rng.standard_normal(theta.shape)
        theta = rt.train(start, rt.Decay(rt.Adam(0.02), 2500), 2500, model=SMOOTH)
    value = rt.loss(theta)
    away = np.abs(value[:, None] - VALUES).min(axis=1) > 1e-5
    assert away.mean() < 0.02
    # What is left still moves: more of the same descent brings it to one of the levels.
    for _ in range(4):
        theta = theta[away]
        start = theta + 1e-3 * rng.standard_normal(theta.shape)
        theta = rt.train(start, rt.Decay(rt.Adam(0.02), 10_000), 10_000, model=SMOOTH)
        away = np.abs(rt.loss(theta)[:, None] - VALUES).min(axis=1) > 1e-5
        if not away.any():
            break
    assert not away.any(), (theta[away], rt.loss(theta[away]))


def test_outputs_in_the_top_row_are_fits_of_that_level():
    said = figure("traps")
    for i, rows in enumerate(plateaus.PLATEAUS.values()):
        text = said.caption.split(f"MSE {plateaus.LEVELS[i]},")[1].split("outputs ")[1].split(" (top row)")[0]
        shown = [float(number) for number in text.split(", ")]
        assert any(np.abs(row - shown).max() <= 0.005 for row in rows)
        assert rt.loss(said.result.exact_reports[i].theta) == pytest.approx(VALUES[i], abs=1e-12)


def test_counts_and_what_holds_the_runs():
    said, end = runs()
    level, held = plateaus.level_of(end), plateaus.held(end)
    for i in range(4):
        there = level == i
        assert said[f"shares[{i}].fraction"] == there.mean()
        assert said.share(f"shares[{i}]")[1:] == pytest.approx(rt.wilson(there.sum(), there.size))
        if i > 1:
            assert (said[f"counts[{i}]"], said[f"held[{i}]"]) == (there.sum(), (held & there).sum())
        elif i:
            assert said.result.held[i] == (held & there).sum() == 0
    assert said["away"] == (level < 0).sum()


def test_hardly_any_run_still_approaches_its_level():
    """Their outputs are near those of a plateau, but not as near as the tolerance of points on one.

    Which of the runs that swing about their level by some 1e-6 are seen beyond that tolerance at the last step depends
    on rounding, so the number itself does, too.
    """
    said, end = runs()
    out = rt.outputs(end)
    far = np.min(
        [((out - row) ** 2).mean(axis=1) ** 0.5 for rows in plateaus.PLATEAUS.values() for row in rows], axis=0
    )
    near = far < 5e-3
    assert abs(said["approaching"] - (near & (far > 0.5 * said["tolerance"])).sum()) <= 0.01 * said["runs"]
    assert (near & (far > 1e-4)).sum() <= said["approaching"]


def test_shares_of_other_starts_agree():
    said = figure("traps")
    starts = rt.glorot(2000, np.random.default_rng(77))
    level = plateaus.level_of(rt.train(starts, rt.Adam(), said["steps"]))
    for i in range(4):
        hits = round(said[f"shares[{i}].fraction"] * said["runs"])
        assert abs(rt.two_sample_z(hits, said["runs"], (level == i).sum(), level.size)) < 4


def test_training_cannot_go_on_from_the_runs_shown():
    """Refutation: other rules and rates, from the ends shown; none may get lower."""
    said = figure("traps")
    shown = np.array([report.theta for report in said.result.stuck_reports if report.loss > 1e-3])
    assert len(shown) == said["trapped"] == said["unsolved"]
    assert np.abs(rt.gradient(shown)).max() < 10 * said["tolerance"]
    before = rt.loss(shown)
    for rule in (rt.Adam(1e-3), rt.SGD(0.1), rt.SGD(0.1, 0.9), rt.RMSprop(1e-3)):
        recorder = rt.Recorder(thetas=False)
        rt.train(shown, rule, 10_000, watch=recorder)
        assert recorder.loss.min(axis=0) == pytest.approx(before, abs=1e-6)
