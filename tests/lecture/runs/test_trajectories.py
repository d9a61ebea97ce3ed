"""The trajectories figure: its numbers counted again from the runs, its paths where the surface is."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from places import ROOT
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.runs import trajectories
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import SIZES, STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"steps": 3000, "learning_rate": 1e-2, "grid": 41}


def compute(**settings):
    return trajectories.compute(trajectories.Settings(**(SMALL | settings)))


@pytest.fixture(scope="module")
def result():
    return compute()


@pytest.fixture(scope="module")
def runs():
    """The runs of the figure, trained here once more, one at a time."""
    rng = np.random.default_rng(4)
    starts = np.concatenate([xor.TEXTBOOK + s * rng.standard_normal((3, 9)) for s in (0.1, 0.5, 1.0)])
    one_by_one = [ls.train(NET, start, ls.Adam(1e-2), 3000, record_every=3) for start in starts]
    return np.concatenate([run.theta for run in one_by_one]), np.concatenate([run.loss for run in one_by_one])


def drawn(result, style="lecture", size="full"):
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        trajectories.draw(result, figure, size)
    return figure


def test_paths_ends_and_distances_are_those_of_single_trainings(result, runs):
    theta, loss = runs
    view, plane = result.shared, result.surface.plane
    np.testing.assert_array_equal(view.loss, loss)
    basis = np.stack([plane.d1, plane.d2], axis=1)
    for k in range(9):
        flat, *_ = np.linalg.lstsq(basis, (theta[k] - xor.TEXTBOOK).T, rcond=None)
        np.testing.assert_allclose(np.stack([view.alpha[k], view.beta[k]]), flat, atol=1e-10)
    away = np.sqrt(np.sum((theta[:, -1] - xor.TEXTBOOK) ** 2, axis=1))
    np.testing.assert_allclose(result.to_textbook, away)
    values = [level.value for level in ls.stationary_levels(NET)]
    # another road than the level's rule: the last loss lies next to the value
    for end, last in zip(result.ends, loss[:, -1], strict=True):
        close = [value for value in values if abs(last - value) < 1e-3]
        assert close == ([] if end is None else [end])


def test_the_shared_plane_is_the_one_that_the_settings_name(result):
    plane = result.surface.plane
    rng = np.random.default_rng(5)
    for direction in (plane.d1, plane.d2):
        expected = ls.filter_normalize(ls.random_direction(NET, rng=rng), xor.TEXTBOOK, NET, "joint")
        np.testing.assert_array_equal(direction, expected)
    np.testing.assert_array_equal(plane.origin, xor.TEXTBOOK)


def test_all_paths_and_the_optimum_lie_within_the_surface(result):
    for surface, view in ((result.surface, result.shared), *zip(result.own_surfaces, result.own, strict=True)):
        for axis, values in ((surface.alpha, view.alpha), (surface.beta, view.beta)):
            assert axis[0] < values.min()
            assert values.max() < axis[-1]
    assert result.surface.alpha[0] < 0 < result.surface.alpha[-1]
    assert result.surface.beta[0] < 0 < result.surface.beta[-1]


def test_an_own_plane_goes_through_the_end_of_its_run_and_so_does_its_surface(result, runs):
    theta, _ = runs
    assert [result.ends[k] == 0 for k in result.shown] == [True, False]
    for k, view, surface in zip(result.shown, result.own, result.own_surfaces, strict=True):
        np.testing.assert_array_equal(view.plane.origin, theta[k, -1])
        np.testing.assert_array_equal(surface.plane.origin, theta[k, -1])
        np.testing.assert_array_equal(surface.plane.d1, view.plane.d1)
        assert (view.alpha[0, -1], view.beta[0, -1]) == pytest.approx((0, 0), abs=1e-12)
        centred = theta[k] - theta[k].mean(axis=0)
        sizes = np.linalg.svd(centred, compute_uv=False) ** 2
        assert view.share[0] == pytest.approx(sizes[:2].sum() / sizes.sum(), rel=1e-9)
        for j, i in ((0, 0), (5, 33), (40, 20)):
            there = theta[k, -1] + surface.alpha[i] * view.plane.d1 + surface.beta[j] * view.plane.d2
            assert surface.loss[j, i] == pytest.approx(NET.loss(there), rel=1e-10)


def test_caption_quotes_the_runs(result, runs):
    theta, _ = runs
    text, shared = Said(trajectories, result), result.shared
    looks = level_styles(result.levels)
    for level in (*result.levels, None):
        count = sum(end == level for end in result.ends)
        assert quotes(text, f"{count} {looks[level].label}") == (count > 0)
    solved = [k for k in range(9) if result.ends[k] == 0]
    away = np.linalg.norm(theta[solved, -1] - xor.TEXTBOOK, axis=1)
    assert quotes(text, "solved", listed=[f"{away.min():.2g}", f"{away.max():.2g}"])
    basis, _ = np.linalg.qr(np.stack([shared.plane.d1, shared.plane.d2], axis=1))
    centred = theta - theta.mean(axis=1, keepdims=True)
    share = np.sum((centred @ basis) ** 2, axis=(1, 2)) / np.sum(centred**2, axis=(1, 2))
    assert quotes(text, "variance", listed=[f"{100 * share.min():.0f}", f"{100 * share.max():.0f} %"])
    offset = theta - xor.TEXTBOOK
    distance = np.linalg.norm(offset - offset @ basis @ basis.T, axis=-1)
    assert quotes(text, "paths", "away", f"{distance.max():.2g}")
    cosine = shared.plane.d1 @ shared.plane.d2 / np.prod(shared.plane.norms)
    assert quotes(text, "angle", f"{np.degrees(np.arccos(cosine)):.0f} degrees", "seed 5", "joint")
    own = [
        (f"{100 * view.share[0]:.1f} %", f"{view.distance.max():.2g}", f"sigma {sigma:g}", looks[result.ends[k]].label)
        for k, view in zip(result.shown, result.own, strict=True)
        for sigma in [(0.1, 0.5, 1.0)[k // 3]]
    ]
    for kind in zip(*own, strict=True):
        assert quotes(text, "principal components", listed=kind), kind
    assert quotes(text, "9 runs", "float64", "3000 steps", "0.01", "seed 4", listed=["0.1", "0.5", 1])
    assert quotes(trajectories.alt_text(result), len(solved), "loss 0")


def test_captions_follow_the_settings():
    other = compute(run_seed=9, seed=8, bias="copy", sigmas=(0.25, 2.0), runs=2, steps=500, ceiling=0.75)
    text = Said(trajectories, other)
    assert quotes(text, "4 runs", "2 for each", "500 steps", "seed 9", listed=["0.25", 2])
    assert quotes(text, "copy", "seed 8")
    assert quotes(text, "grey", "0.75")
    assert other.sigma_of.tolist() == [0.25, 0.25, 2, 2]


@pytest.mark.parametrize(
    ("changed", "moves"),
    [
        ({"sigmas": (0.2, 0.5, 1.0)}, "shared"),
        ({"run_seed": 5}, "shared"),
        ({"learning_rate": 5e-3}, "shared"),
        ({"seed": 6}, "surface"),
        ({"bias": "ignore"}, "surface"),
        ({"bias": "copy"}, "surface"),
        ({"bias": "separate"}, "surface"),
    ],
)
def test_every_setting_has_an_effect(result, changed, moves):
    other = compute(**changed)
    if moves == "shared":
        assert not np.array_equal(other.shared.loss, result.shared.loss)
        np.testing.assert_array_equal(other.surface.plane.d1, result.surface.plane.d1)
    else:
        np.testing.assert_array_equal(other.shared.loss, result.shared.loss)
        assert not np.array_equal(other.surface.plane.d1, result.surface.plane.d1)


def test_sizes_in_the_settings(result):
    assert compute(runs=1).shared.alpha.shape[0] == 3
    assert compute(grid=11).surface.loss.shape == (11, 11)
    assert compute(steps=100).shared.step.tolist() == list(range(101))
    assert result.shared.step[-1] == 3000
    assert compute(ceiling=2.0).top == 2.0
    assert result.top == NET.loss(np.zeros(9)) == 0.5
    assert set(trajectories.Settings.model_fields) == {
        *("sigmas", "runs", "run_seed", "seed", "bias", "learning_rate", "steps", "grid", "ceiling", "kinks")
    }


def look_of(line):
    return line.get_color(), line.get_linestyle(), line.get_linewidth(), len(line.get_path_effects())


def test_artists_show_the_result(result):
    figure = drawn(result)
    with style_context("lecture"):
        looks = level_styles(result.levels)
    shared, *panels = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    drawn_paths = [line for line in shared.lines if line.get_label() != "_kink"]
    for k in range(9):
        path, _, end = drawn_paths[3 * k : 3 * k + 3]
        np.testing.assert_array_equal(path.get_xydata(), np.stack([result.shared.alpha[k], result.shared.beta[k]], 1))
        assert same_color(path.get_color(), looks[result.ends[k]].color)
        assert end.get_marker() == looks[result.ends[k]].marker
    assert shared.lines[-1].get_xydata().tolist() == [[0, 0]]
    assert "unit step" in shared.get_xlabel()
    assert "unit step" in shared.get_ylabel()
    assert f"{100 * np.median(result.shared.share):.0f} %" in shared.get_title()
    filled = shared.collections[0]
    assert isinstance(filled, QuadContourSet)
    assert filled.levels[-1] == result.top
    for row, k in enumerate(result.shown):
        plane, losses = panels[2 * row : 2 * row + 2]
        np.testing.assert_array_equal(plane.lines[0].get_xdata(), result.own[row].alpha[0])
        assert f"{100 * result.own[row].share[0]:.1f} %" in plane.get_title()
        assert plane.get_aspect() == 1.0
        true, own, seen = (line.get_ydata() for line in losses.lines)
        np.testing.assert_array_equal(true, np.maximum(result.shared.loss[k], trajectories.FLOOR))
        np.testing.assert_array_equal(own, np.maximum(result.own[row].loss_in_plane[0], trajectories.FLOOR))
        np.testing.assert_array_equal(seen, np.maximum(result.shared.loss_in_plane[k], trajectories.FLOOR))
        assert (losses.get_xscale(), losses.get_yscale()) == ("log", "log")
        assert losses.lines[0].get_xdata()[-1] == 3000
    (legend,) = figure.legends
    words = [t.get_text() for t in legend.get_texts()]
    assert words[:4] == [looks[level].label for level in result.levels]
    assert words[4:7] == ["start", "kinks of unit 1", "kinks of unit 2"]
    kinks = [line for line in shared.lines if line.get_label() == "_kink"]
    assert {look_of(line) for line in kinks} == {look_of(line) for line in legend.get_lines()[5:7]}
    assert not {line.get_color() for line in kinks} & {look.color for look in looks.values()}


def test_the_colour_bar_belongs_to_the_contours(result):
    bar = next(ax for ax in drawn(result).axes if ax.get_label() == "<colorbar>")
    assert [t.get_text() for t in bar.get_yticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]
    with style_context("lecture"):
        over = next(p for p in bar.patches if p.get_facecolor() is not None)
        assert same_color(over.get_facecolor(), clipped())


def test_high_losses_are_not_cut_off():
    far = compute(sigmas=(30.0,), runs=2, steps=100)
    assert far.shared.loss_in_plane.max() > 100
    for ax in drawn(far).axes:
        if ax.get_yscale() == "log":
            assert max(line.get_ydata().max() for line in ax.lines) < ax.get_ylim()[1]


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", trajectories.SIZES)
def test_layout(result, laid_out, style, size):
    figure = drawn(result, style, size)
    FigureCanvasAgg(figure)
    with style_context(style):
        assert laid_out(figure)
    assert len(figure.axes) == (6 if size == "full" else 2)


def test_one_kind_of_ending_has_one_row():
    easy = compute(sigmas=(0.05,), runs=2)
    assert easy.ends == (Fraction(0), Fraction(0))
    assert len(easy.own) == 1
    assert len(drawn(easy).axes) == 4
    assert quotes(Said(trajectories, easy), "2 solved")
    assert "no level" not in Said(trajectories, easy)
    stuck = compute(sigmas=(1.0,), runs=1, steps=100)
    assert stuck.ends == (None,)
    assert "solved" not in Said(trajectories, stuck)
    assert quotes(Said(trajectories, stuck), "1 on no level")
    assert len(drawn(stuck).axes) == 4


def test_drawing_from_a_file_needs_neither_keras_nor_compiled_kernels(result, tmp_path):
    ls.save(result, tmp_path / "result.nc")
    program = f"""
import sys
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
import landscape as ls
from figures.lecture.runs import trajectories
from figures.style.style_sheets import style_context
result = ls.load({str(tmp_path / "result.nc")!r})
with style_context("lecture"):
    figure = Figure(figsize=(5.6, 3.2))
    trajectories.draw(result, figure, "full")
    FigureCanvasAgg(figure).draw()
for text in (trajectories.takeaway, trajectories.caption, trajectories.notes, trajectories.alt_text):
    text(result)
assert figure.axes
loaded = sorted({{"tensorflow", "keras", "numba", "matplotlib.pyplot"}} & set(sys.modules))
assert not loaded, loaded
"""
    root = str(ROOT)
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"sigmas": ()}, "sigmas"),
        ({"sigmas": (0.1, 0.0)}, "sigmas"),
        ({"sigmas": (-1.0,)}, "sigmas"),
        ({"sigmas": (float("inf"),)}, "sigmas"),
        ({"runs": 0}, "runs"),
        ({"run_seed": -1}, "run_seed"),
        ({"seed": -1}, "seed"),
        ({"bias": "both"}, "bias"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"steps": 99}, "steps"),
        ({"grid": 10}, "grid"),
        ({"ceiling": 0.0}, "ceiling"),
        ({"sigma": 1.0}, "sigma"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        trajectories.Settings(**given)
