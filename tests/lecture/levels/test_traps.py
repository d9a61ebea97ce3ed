"""The figure on traps: exact minima are minima, runs are where they are said to be, and other data change it all."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.levels import traps
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"starts": 60, "points": 31, "learning_rate": 1e-2, "steps": 4000, "seed": 3}


@pytest.fixture(scope="module")
def result():
    return traps.compute(traps.Settings(**SMALL))


def test_exact_minima_have_the_value_of_their_level_and_nothing_nearby_is_better(result):
    for level, surface, report in zip(result.levels, result.exact, result.exact_reports, strict=True):
        assert report.level == level
        assert report.is_local_minimum
        np.testing.assert_array_equal(report.theta, surface.theta)
        around = surface.theta + 1e-3 * np.random.default_rng(0).standard_normal((500, 9))
        assert NET.loss(around).min() >= float(level) - 1e-12
        assert NET.loss(surface.theta) == pytest.approx(float(level), abs=1e-12)


def test_runs_shown_are_the_first_that_end_on_their_level(result):
    """By training one start at a time, and going on from the end: the loss stays as it is."""
    starts = ls.numbered_starts(NET, 60, seed=3)
    losses = [float(ls.train(NET, s, ls.Adam(1e-2), 4000, record_every=4000).loss[0, -1]) for s in starts]
    settled = 0
    for k, level in enumerate(result.levels):
        close = np.flatnonzero(np.abs(np.array(losses) - float(level)) < 1e-9)
        assert result.first[k] == close[0]
        settled += close.size
        assert result.stuck_reports[k].loss == losses[close[0]]
        assert result.stuck_reports[k].is_trapped == (level > 0)
        on = ls.train(NET, result.stuck[k].theta, ls.SGD(1e-2), 500, record_every=500)
        assert on.loss[0, -1] == pytest.approx(float(level), abs=1e-9)
    assert result.counts.sum() - result.approaching == settled


def test_runs_that_only_relu_0_holds_are_those_with_a_way_down():
    settings = traps.Settings(**(SMALL | {"starts": 300, "steps": 20_000}))
    found = traps.compute(settings)
    starts = ls.numbered_starts(NET, 300, seed=3)
    ends = ls.train(NET, starts, ls.Adam(1e-2), 20_000, record_every=20_000).end
    reports = [ls.describe(NET, end, tolerance=1e-6) for end in ends]
    held = [sum(r.level == level and not r.is_local_minimum for r in reports) for level in found.levels]
    on_level = np.count_nonzero(ls.assign_levels(NET, ends) >= 0)
    assert found.approaching == on_level - sum(report.level is not None for report in reports)
    assert sum(held) <= sum(found.held) <= sum(held) + found.approaching
    assert held[:2] == [0, 0]
    assert min(held[2:]) > 10
    for k in np.flatnonzero(found.held):
        assert quotes(Said(traps, found), f"{found.held[k]} of {found.counts[k]} only because relu'(0) = 0")


def test_dimensions_are_those_of_the_flat_directions(result):
    """By singular values: at a minimum inside a cell, n minus the rank of the outputs' Jacobian."""
    for dimensions, surface in zip(result.dimensions, result.exact, strict=True):
        assert 9 - np.linalg.matrix_rank(NET.jacobian(surface.theta), tol=1e-9) in dimensions


def test_artists_show_the_result(result, drawn):
    figure = drawn(result, "lecture", "full")
    *panes, bar = figure.axes
    assert len(panes) == 8
    assert bar.get_label() == "<colorbar>"
    with style_context("lecture"):
        looks = level_styles(result.levels)
    for k, level in enumerate(result.levels):
        title = panes[k].get_title()
        assert title.startswith(looks[level].label)
        assert all(str(d) in title for d in result.dimensions[k])
        for axes, surface in ((panes[k], result.exact[k]), (panes[4 + k], result.stuck[k])):
            image = axes.images[0].get_array()
            np.testing.assert_allclose(image, surface.output, atol=1e-6)
            told = [float(t.get_text().replace("\N{MINUS SIGN}", "-")) for t in axes.texts if t.get_text()]
            np.testing.assert_allclose(told, surface.outputs, atol=0.006)
            assert to_hex(axes.spines["left"].get_edgecolor()) == looks[level].color.lower()
            lines = [line for line in axes.lines if line.get_linewidth() == 1.6]
            assert len(lines) == np.isfinite(surface.hinges).all(axis=(1, 2)).sum()


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", traps.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == (9 if size == "full" else 5)


def test_a_plateau_at_the_threshold_has_no_decision_line_on_it(result, drawn):
    worst = drawn(result, "lecture", "full").axes[3 + 4]
    middle = [0.2, 0.8]
    for contour in worst.collections:
        for path in contour.get_paths():
            inside = ((path.vertices > middle[0]) & (path.vertices < middle[1])).all(axis=1)
            assert not inside.any()


def test_texts_quote_the_result(result):
    for size in traps.SIZES:
        text = Said(traps, result, size)
        for k, level in enumerate(result.levels):
            low, high = ls.wilson(int(result.counts[k]), 60)
            share = [f"{100 * result.counts[k] / 60:.1f} %", f"{100 * low:.1f}", f"{100 * high:.1f}"]
            assert quotes(text, f"MSE {level}", "dimension", *result.dimensions[k], listed=share)
        assert quotes(text, f"{60 - result.counts.sum()} of 60", "no level")
        assert quotes(text, "Adam", "0.01", "4000 steps", "float64", "seed 3")
        assert quotes(text, "gradient", 0, listed=[3, 3])
    assert "exact" in traps.alt_text(result).lower()
    assert "exact" not in traps.alt_text(result, "half").lower()


def test_other_targets_change_levels_panels_and_words(drawn):
    other = traps.compute(traps.Settings(**(SMALL | {"targets": (0, 0, 0, 1)})))
    assert [str(level) for level in other.levels] == ["0", "1/16", "1/8", "1/6", "3/16"]
    assert len(drawn(other, "lecture", "full").axes) == 2 * len(other.levels) + 1
    assert quotes(Said(traps, other), "MSE 3/16")
    assert not quotes(Said(traps, other), "MSE", "1/4")


def test_a_level_that_no_run_reaches_says_so(drawn):
    one = traps.compute(traps.Settings(**(SMALL | {"starts": 1})))
    assert one.stuck.count(None) == 3
    assert one.first.count(None) == 3
    for size in traps.SIZES:
        texts = [t.get_text() for axes in drawn(one, "lecture", size).axes for t in axes.texts]
        assert texts.count("no run\nof 1") == 3
    assert quotes(traps.alt_text(one), "no run")


def test_saved_and_loaded(result, tmp_path):
    ls.save(result, tmp_path / "traps.nc")
    assert Said(traps, ls.load(tmp_path / "traps.nc")) == Said(traps, result)


@pytest.mark.parametrize(
    ("given", "key"),
    [({"starts": 0}, "starts"), ({"targets": (0, 1)}, "targets"), ({"points": 5}, "points"), ({"sigma": 1}, "sigma")],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        traps.Settings(**given)
