"""What stands in a picture is beside what it names: starts and ends, names of curves, notes, numbers over lines."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import landscape as ls
from figures.lecture import lecture_figure
from figures.style.style_sheets import SIZES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

SMALL = {
    "directions": {"points": 21},
    "seeds": {"planes": 4, "grid": 11, "points": 21, "rows": 1},
    "leaving": {"steps": 3000},
    "trajectories": {"steps": 3000, "grid": 31},
    "traps": {"starts": 60, "steps": 8000, "points": 31},
    "outcomes": {"starts": 100, "steps": 1000},
    "basins": {"resolution": 61, "steps": 3000, "points": 21, "others": 1, "other_resolution": 4},
    "spikes": {"candidates": 30, "steps": 7000},
    "remedies": {"starts": 100, "steps": 4000},
    "story": {"frames": 5, "grid": 21, "points": 31, "steps": 6000},
}
RESULTS = {}


def drawn(name, size="full"):
    """Return the result of the figure and the figure, laid out."""
    module = lecture_figure(name)
    if name not in RESULTS:
        RESULTS[name] = module.compute(module.Settings(**SMALL[name]))
    with style_context("lecture"):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        module.draw(RESULTS[name], figure, size)
        figure.canvas.draw()
    return RESULTS[name], figure


@pytest.mark.parametrize("name", ["trajectories", "story"])
def test_every_path_begins_with_a_hollow_circle_and_ends_with_a_filled_marker(name):
    result, figure = drawn(name)
    views = [result.shared, *result.own] if name == "trajectories" else [run.path for run in result.runs]
    points = {}
    drawn_in = (
        figure.axes[:6] if name == "trajectories" else [a for a in figure.axes if "of its variance" in a.get_xlabel()]
    )
    for axes in drawn_in:
        for line in axes.lines:
            if len(line.get_xdata()) == 1:
                points[tuple(map(float, line.get_xydata()[0]))] = line
    for view in views:
        for alpha, beta in zip(view.alpha, view.beta, strict=True):
            start, end = (points[float(alpha[at]), float(beta[at])] for at in (0, -1))
            assert start.get_marker() == "o"
            assert start.get_markerfacecolor() == "white"
            assert end.get_markerfacecolor() != "white"
            assert end.get_markersize() > start.get_markersize()
    if name == "trajectories":
        words = [text.get_text() for text in figure.legends[0].get_texts()]
        assert "start" in words


def test_the_names_of_runs_stand_free_of_paths_and_point_at_their_starts():
    result, figure = drawn("trajectories")
    shared = figure.axes[0]
    names = [text for text in shared.texts if text.get_gid() == "named"]
    assert [text.get_text() for text in names] == ["a", "b"]
    for text, k in zip(names, result.shown, strict=True):
        assert text.xy == (result.shared.alpha[k, 0], result.shared.beta[k, 0])
        assert text.arrow_patch is not None
        box = Text.get_window_extent(text)
        for line in shared.lines:
            if line.get_label() != "_kink":
                assert not box.count_contains(shared.transData.transform(line.get_xydata()))


def test_the_title_is_the_sum_of_the_legend_and_specks_are_named():
    for size in ("full", "half"):
        result, figure = drawn("basins", size)
        words = [text.get_text() for text in figure.legends[0].get_texts()]
        stuck = sum(float(word.split()[-2]) for word in words if word.startswith("stuck"))
        title = figure.axes[1].get_title()
        assert float(re.search(r"([\d.]+) %", title)[1]) == pytest.approx(stuck, abs=0.16)
        assert figure.axes[0].get_title().endswith(("one bowl", "(dotted: 1/4)"))
        spiking = int((result.basins.status == "spiking").sum())
        specks = [line for line in figure.axes[1].lines if line.get_gid() == "spiking"]
        assert sum(len(line.get_xdata()) for line in specks) == spiking > 0
        assert f"in a spike: {spiking}" in words


def test_exactly_0_points_at_the_curve_that_is_0():
    result, figure = drawn("spikes")
    (note,) = [text for text in figure.axes[0].texts if "exactly 0" in text.get_text()]
    assert note.get_text().startswith("float32")
    assert note.xy == (result.float32.zero_from, result.floor)
    assert result.float32.loss[result.float32.step >= result.float32.zero_from].max() == 0


def test_notes_point_at_the_values_they_name():
    result, figure = drawn("leaving")
    for axes, dtype in zip(figure.axes[2:], ("float64", "float32"), strict=True):
        run = result[dtype]
        first, peak = [text for text in axes.texts if text.get_gid() == "note"]
        assert first.xy == (1.0, run.first_distance)
        assert peak.xy == (run.peak_step, run.peak_distance)
        assert run.peak_step > 1
        assert peak.get_text() == rf"$\times$ {run.peak_factor:.0f} at step {run.peak_step}"


def test_levels_are_named_on_one_side_in_their_order():
    for size in ("full", "half"):
        result, figure = drawn("story", size)
        named = [[text for text in axes.texts if text.get_gid() == "level"] for axes in figure.axes]
        named = [texts for texts in named if texts]
        assert len(named) == len(result.runs)
        for texts in named:
            assert [text.get_text() for text in texts] == ["1/8", "1/6", "1/4"]
            boxes = [Text.get_window_extent(text) for text in texts]
            assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
            left = [label.get_text() for label in texts[0].axes.get_yticklabels()]
            assert not set(left) & {"1/8", "1/6", "1/4"}


def test_angles_are_called_angles():
    _, figure = drawn("seeds")
    titles = [axes.get_title() for axes in figure.axes if "°" in axes.get_title()]
    assert titles
    assert all(title.startswith("angle ") for title in titles)
    panes = [axes for axes in figure.axes if "°" in axes.get_title()]
    assert not any(axes.get_xlabel() or axes.get_ylabel() for axes in panes), "all panes share one label"


def test_the_optimum_is_labelled_with_its_loss_where_none_is_lower():
    result, figure = drawn("directions")
    for axes, surface in zip(figure.axes[:4], result.surfaces, strict=True):
        assert surface.loss.min() == 0
        assert "loss 0" in [text.get_text() for text in axes.texts]


def test_steps_have_three_ticks_or_more_and_few_squares_are_explained():
    result, figure = drawn("remedies")
    steps = [axes for axes in figure.axes if axes.get_xlabel() == "steps"]
    for axes in steps:
        low, high = axes.get_xlim()
        assert np.count_nonzero((axes.get_xticks() >= low) & (axes.get_xticks() <= high)) >= 2 + (high > 1e4)
    notes = {text.get_text() for axes in figure.axes for text in axes.texts if text.get_gid() == "note"}
    assert "loss > 0" in notes
    names = [remedy.name for remedy in result.trials.remedies]
    rare = names.index("RMSprop")
    if result.below[rare].high < result.right[rare].low:
        assert "at a constant learning rate it keeps jumping by its step size" in lecture_figure("remedies").notes(
            result
        )


@pytest.mark.parametrize("size", ["full", "half"])
def test_how_many_classify_right_after_the_exercise_is_drawn_beside_how_many_are_solved(size):
    result, figure = drawn("outcomes", size)
    bars = [patch.get_width() for patch in figure.axes[0].patches if patch.get_gid() == "right"]
    assert bars == [100 * share.fraction for share in result.right_after_epochs]
    net = xor.network()
    starts = ls.numbered_starts(net, result.starts, seed=result.seed)
    end = ls.train(net, starts, ls.Adam(1e-3), 256, record_every=256).end
    right = np.all((net.predict(end) >= 0.5) == (xor.Y == 1), axis=1)
    assert result.right_after_epochs[0] == ls.Share(int(right.sum()), result.starts)
    assert "all 4 right after 256 epochs" in [text.get_text() for text in figure.legends[0].get_texts()]
    text = lecture_figure("outcomes").notes(result, size)
    assert f"with Adam 0.001 that is {result.right_after_epochs[0]} of the starts" in text
