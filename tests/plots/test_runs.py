"""Runs on a plane, and the sharpness along a run: the artists have the numbers of the results, in every style."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import figures
import landscape as ls
from figures.style.style_sheets import SIZES, STYLES, style_context
from landscape import xor

NET = xor.network()
START = xor.offset_start(0.3)
OPTIMIZERS = {"SGD": ls.SGD(0.1), "Adam": ls.Adam(0.01), "RMS$prop": ls.RMSprop(0.005)}
RUNS = {name: ls.train(NET, START, optimizer, 40) for name, optimizer in OPTIMIZERS.items()}
RESULT = ls.runs_on_plane(NET, {**RUNS, "two": ls.train(NET, [START, START + 0.1], ls.SGD(0.1), 20)}, resolution=9)


def axes():
    return Figure().add_subplot()


def test_every_path_is_drawn_with_its_start_and_its_end():
    ax = figures.plot_runs(RESULT, axes())
    paths = [line for line in ax.lines if len(line.get_xdata()) > 3]
    drawn = [(view.alpha[i], view.beta[i]) for view in RESULT.projections for i in range(len(view.alpha))]
    for line, (alpha, beta) in zip(paths, drawn, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), alpha)
        np.testing.assert_array_equal(line.get_ydata(), beta)
    single = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
    starts, ends = (
        [one for one in single if (one.get_markerfacecolor() == one.get_color()) == full] for full in (0, 1)
    )
    assert [float(line.get_xdata()[0]) for line in starts] == [float(alpha[0]) for alpha, _ in drawn]
    assert [float(line.get_xdata()[0]) for line in ends] == [float(alpha[-1]) for alpha, _ in drawn]


def test_legend_and_title_say_what_the_plane_leaves_out():
    ax = figures.plot_runs(RESULT, axes())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    shares = [100 * np.floor(1000 * share) / 1000 for share in RESULT.share]
    assert labels[0] == f"SGD: {shares[0][0]:.3g} %"
    assert labels[2].startswith(r"RMS\$prop: ")
    assert labels[3] == f"two: {shares[3].min():.3g} to {shares[3].max():.3g} % of 2 runs"
    assert labels[4:] == ["start", "end"]
    left_out = 100 * (1 - min(share.min() for share in RESULT.share))
    assert ax.get_title() == (
        f"The plane leaves out up to {left_out:.2g} % of the variance,\n"
        f"distances up to {RESULT.largest_distance:.2g}, loss differences up to {RESULT.largest_error:.2g}"
    )


@pytest.mark.parametrize("draw", [figures.plot_runs, figures.plot_sharpness])
def test_titles_and_labels_of_the_caller_are_kept(draw):
    ax = axes()
    ax.set(title="mine", xlabel="x", ylabel="y")
    draw(RESULT if draw is figures.plot_runs else ls.track_sharpness(NET, RUNS["SGD"]), ax)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("mine", "x", "y")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", SIZES)
def test_in_every_style_and_size_the_title_is_within_the_figure(style, size):
    with style_context(style):
        figure = Figure(figsize=SIZES[size], layout="constrained")
        ax = figures.plot_runs(RESULT, figure.add_subplot())
        figure.draw_without_rendering()
        box, whole = ax.title.get_window_extent(), figure.bbox
    assert box.x0 >= 0
    assert box.x1 <= whole.width
    assert box.y1 <= whole.height


@pytest.mark.parametrize("name", RUNS)
def test_the_sharpness_that_the_limit_concerns_is_drawn_beside_it(name):
    found = ls.track_sharpness(NET, RUNS[name], OPTIMIZERS[name], every=5)
    ax = figures.plot_sharpness(found, axes())
    sharpness, limit = ax.lines
    np.testing.assert_array_equal(sharpness.get_ydata(), found.preconditioned)
    np.testing.assert_array_equal(limit.get_ydata(), found.limit)
    assert sharpness.get_label() == ("sharpness of $H$" if name == "SGD" else "sharpness of $P^{-1} H$")
    drawn = np.concatenate([found.preconditioned, found.limit])
    assert ax.get_yscale() == ("log" if drawn.max() > 10 * drawn.min() else "linear")
    assert ax.get_title() == ""


def test_without_a_limit_the_sharpness_is_drawn_alone_and_the_title_says_why():
    found = ls.track_sharpness(NET, ls.train(NET, START, ls.Adam(0.01), 40, record_every=10), ls.Adam(0.01))
    ax = figures.plot_sharpness(found, axes())
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), found.sharpness)
    assert ax.get_title() == "P is unknown"


def test_only_their_own_results_are_drawn():
    with pytest.raises(TypeError, match=r"^result must be a RunsOnPlane, made by runs_on_plane; got Trajectories$"):
        figures.plot_runs(RUNS["SGD"])
    with pytest.raises(TypeError, match=r"^result must be a Sharpness, made by track_sharpness; got Trajectories$"):
        figures.plot_sharpness(RUNS["SGD"])
