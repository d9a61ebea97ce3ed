"""The story shows runs picked by their outcome, and in each frame what they are and compute at that step."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.animation.movie import pictures
from figures.lecture.runs import story
from figures.style.style_sheets import SIZES, style_context
from landscape import xor
from landscape.exact.assign_levels import level_value

pytestmark = pytest.mark.slow

NET = xor.network()
FEW = {"frames": 7, "grid": 31, "points": 21}


@pytest.fixture(scope="module")
def result():
    return story.compute(story.Settings(**FEW))


@pytest.fixture(scope="module")
def walked():
    """The runs of the default recipe, walked here, and where they end."""
    setting = story.Settings()
    starts = ls.numbered_starts(NET, setting.candidates, seed=setting.seed)
    runs = ls.train(NET, starts, ls.Adam(setting.learning_rate), setting.steps)
    return runs, [level_value(NET, int(i)) for i in ls.assign_levels(NET, runs.end)]


def drawn(result, size="full", style="lecture"):
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        return figure, story.movie(result, figure, size)


def test_the_runs_are_the_longest_of_their_outcome(result, walked):
    runs, ends = walked
    length = np.linalg.norm(np.diff(runs.theta, axis=1), axis=-1).sum(axis=1)
    solved, trapped = result.shown
    assert result.ends == tuple(ends)
    assert ends[solved] == 0
    assert ends[trapped] > 0
    assert length[solved] == max(length[k] for k, end in enumerate(ends) if end == 0)
    assert length[trapped] == max(length[k] for k, end in enumerate(ends) if end)


def test_each_frame_keeps_what_the_network_computes_at_its_step(result, walked):
    runs, _ = walked
    step = result.step[result.shown_records]
    assert (step[0], step[-1]) == (0, story.Settings().steps)
    assert (np.diff(step) > 0).all()
    for run, k in zip(result.runs, result.shown, strict=True):
        theta = runs.theta[k, step]
        np.testing.assert_array_equal(run.theta, theta)
        np.testing.assert_allclose(run.outputs, NET.predict(theta), atol=1e-15)
        np.testing.assert_array_equal(run.path.loss[0], runs.loss[k, result.step])
        axis, middle = run.square.axis, len(run.square.axis) // 2
        everywhere = xor.network(inputs=[[axis[3], axis[5]], [axis[0], axis[middle]]], targets=[0, 1])
        for frame in (0, len(step) // 2):
            expected = everywhere.predict(theta[frame])
            np.testing.assert_allclose(run.output[frame, [5, middle], [3, 0]], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", story.SIZES)
def test_every_panel_shows_the_step_of_the_frame(result, size):
    figure, movie = drawn(result, size)
    columns = len(figure.axes) // 2
    assert columns == (3 if size == "full" else 2)
    assert movie.durations == (800, *[80] * (len(result.shown_records) - 2), 2400)
    for frame in (0, 3, len(movie) - 1):
        movie.show(frame)
        record = int(result.shown_records[frame])
        assert figure.get_suptitle() == f"step {result.step[record]}"
        for row, run in enumerate(result.runs):
            *plane, square, loss = figure.axes[columns * row : columns * (row + 1)]
            for axes in plane:
                path = np.stack([run.path.alpha[0], run.path.beta[0]], axis=1)
                line, _, end = axes.lines[-3:]
                np.testing.assert_array_equal(line.get_xydata(), path[: record + 1])
                np.testing.assert_array_equal(end.get_xydata(), path[record : record + 1])
            np.testing.assert_array_equal(square.images[0].get_array(), np.round(run.output[frame].astype(float), 6))
            assert len(square.images) == 1
            wanted = [
                f"{abs(o) if round(o, 2) == 0 else o:.2f}".replace("-", "\N{MINUS SIGN}") for o in run.outputs[frame]
            ]
            assert [t.get_text() for t in square.texts if t.get_text()] == wanted
            curves = [
                line for line in loss.lines if len(line.get_xdata()) == record + 1 and line.get_color() == "black"
            ]
            np.testing.assert_array_equal(curves[0].get_ydata(), run.path.loss[0, : record + 1])
            if size == "full":
                np.testing.assert_array_equal(curves[1].get_ydata(), run.path.loss_in_plane[0, : record + 1])
                assert curves[1].get_linestyle() == ":"


def test_after_the_last_frame_the_movie_shows_the_still(result):
    figure, movie = drawn(result, "half")
    with style_context("lecture"):
        moved = [picture.copy() for picture in pictures(movie)]
        still = Figure(figsize=SIZES["half"])
        story.draw(result, still, "half")
        for one in (figure, still):
            FigureCanvasAgg(one)
            one.canvas.draw()
    one, other = (np.asarray(f.canvas.buffer_rgba())[..., :3] for f in (figure, still))
    np.testing.assert_array_equal(one, other)
    # On the way, what moves is drawn over the frames of the axes, which is all that may differ.
    assert (np.abs(moved[-1].astype(int) - other).max(axis=-1) > 8).mean() < 1e-3


def test_each_frame_differs_from_the_one_before(result):
    _, movie = drawn(result)
    seen = [picture.copy() for picture in pictures(movie)]
    for one, other in itertools.pairwise(seen):
        assert (one != other).any(axis=-1).mean() > 1e-3


@pytest.mark.parametrize("size", story.SIZES)
def test_every_frame_can_be_read(result, laid_out, size):
    figure, movie = drawn(result, size)
    FigureCanvasAgg(figure)
    with style_context("lecture"):
        for frame in range(0, len(movie), 2):
            movie.show(frame)
            laid_out(figure)


def test_texts_quote_what_was_computed(result):
    text, alt = Said(story, result), story.alt_text(result)
    assert quotes(text, f"{result.ends.count(0)} solved", "seed 0", "float64")
    assert quotes(text, len(result.shown_records), "frames")
    for run, k in zip(result.runs, result.shown, strict=True):
        assert quotes(text, f"start {k}", "loss", listed=[f"{run.path.loss[0, i]:.3g}" for i in (0, -1)])
        assert quotes(alt, listed=[f"{o + 0:.2f}".replace("-0.00", "0.00") for o in run.outputs[-1]])
    assert quotes(text, "variance", listed=[f"{100 * run.path.share[0]:.1f}" for run in result.runs])
    half = Said(story, result, "half")
    assert "variance" not in half
    assert "plane" not in half


def test_lines_on_which_a_unit_switches_can_be_left_out(result):
    plain = story.compute(story.Settings(kinks=False, **FEW))
    assert [len(drawn(one)[0].axes[0].lines) == 3 for one in (plain, result)] == [True, False]
    assert ["kinks" in Said(story, one) for one in (plain, result)] == [False, True]


def chosen_from(text):
    """Return of which runs a caption says that it shows the longest."""
    return {outcome for outcome in ("solved", "stuck", "no level") if quotes(text, "furthest", outcome)}


def test_what_was_not_found_is_not_shown(laid_out):
    alone = story.compute(story.Settings(candidates=1, seed=7, steps=1500, **FEW))
    assert alone.ends[0] != 0
    figure, _ = drawn(alone)
    assert len(figure.axes) == 3
    FigureCanvasAgg(figure)
    laid_out(figure)
    text = Said(story, alone)
    assert "Top" not in text
    assert chosen_from(text) == {"stuck"}


def test_the_caption_names_the_runs_that_were_chosen_from():
    early = story.compute(story.Settings(seed=7, steps=1500, **FEW))
    ends = [early.ends[k] for k in early.shown]
    assert None in early.ends, "some runs are on no level yet, and one of them travels further"
    assert any(ends)
    assert chosen_from(Said(story, early)) == {"solved" if end == 0 else "stuck" for end in ends}


def test_runs_without_a_level_are_said_to_have_none():
    early = story.compute(story.Settings(candidates=3, steps=20, **FEW))
    assert set(early.ends) == {None}
    assert all(quotes(Said(story, early), f"start {k}", "no level", "loss") for k in early.shown)
    assert chosen_from(Said(story, early)) == {"no level"}


def test_losses_above_the_ceiling_are_said_to_be_cut(result):
    low = story.compute(story.Settings(ceiling=0.3, **FEW))
    assert result.top > max(run.path.loss.max() for run in result.runs)
    assert "upper edge" not in Said(story, result)
    assert quotes(Said(story, low), "0.3", "upper edge")
    figure, _ = drawn(low, "half")
    assert max(np.max(line.get_ydata()) for line in figure.axes[1].lines) == 0.3


def test_starts_that_move_one_weight_only_cannot_be_drawn():
    seed = next(s for s in range(200) if not (NET.preactivations(_start(s)) > 0).any())
    with pytest.raises(
        ValueError, match="candidates must hold a run that leaves a line to be drawn; got 1 that do not"
    ):
        story.compute(story.Settings(candidates=1, seed=seed, **FEW))


def _start(seed):
    return ls.numbered_starts(NET, 1, seed=seed)[0]


@pytest.mark.parametrize(
    "bad", [{"frames": 1}, {"candidates": 0}, {"steps": 5}, {"points": 10}, {"ceiling": 0}, {"fps": 3}]
)
def test_bad_settings(bad):
    with pytest.raises(ValidationError):
        story.Settings(**bad)
