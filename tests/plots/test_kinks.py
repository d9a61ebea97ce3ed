"""Kink lines on axes: what is drawn, how it looks, what it is called; and over other figures."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from telling import Said

import landscape as ls
from figures.lecture.runs import trajectories
from figures.lecture.surface import directions
from figures.plots.contour import plot_contour
from figures.plots.kinks import distinct_lines, kink_handles, plot_kinks, sample_name
from figures.style.style_sheets import SIZES, style_context
from landscape import xor

NET = xor.network()


def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


def test_lines_are_drawn_in_the_look_of_their_unit_and_leave_the_view_alone():
    ax, grid = axes(), np.linspace(-1, 1, 11)
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
    lines = ls.kink_lines(NET, plane, grid, grid)
    plot_contour(ls.evaluate_plane(NET, plane, grid, grid), ax=ax)
    view = ax.get_xlim(), ax.get_ylim()
    assert plot_kinks(lines, ax=ax, linewidth=3) is ax
    assert (ax.get_xlim(), ax.get_ylim()) == view
    np.testing.assert_array_equal([line.get_xydata() for line in ax.lines], lines.segments)
    looks = [(line.get_color(), line.get_linestyle(), line.get_linewidth()) for line in ax.lines]
    assert looks == [[("C0", "-", 3), ("C3", "--", 3)][u] for u in lines.unit]
    assert not ax.texts


def test_lines_that_coincide_are_drawn_once_and_named_together():
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
    lines = ls.kink_lines(NET, plane, [-1.5, 1.5], [-1.5, 1.5])
    found = {(unit, tuple(samples)) for unit, samples, _ in distinct_lines(lines)}
    assert found == {(0, (0,)), (0, (1, 2)), (1, (0,)), (1, (1, 2)), (1, (3,))}
    ax = plot_kinks(lines, ax=axes(), labels=True)
    assert sorted(t.get_text() for t in ax.texts) == ["00", "00", "01, 10", "01, 10", "11"]
    assert {t.get_text(): t.get_color() for t in ax.texts}["11"] == "C3"


def test_lines_of_two_units_that_coincide_are_both_drawn():
    theta = np.array([1.0, 1, 1, 1, -0.5, -0.5, 1, -1, 0])
    plane = ls.coordinate_plane(NET, theta, "W1[0,0]", "W2[0,0]")
    twin = ls.Plane(theta, plane.d1 + np.eye(9)[1], plane.d2)
    lines = ls.kink_lines(NET, twin, [-1, 1], [-1, 1])
    assert [unit for unit, _, _ in distinct_lines(lines)] == [0, 1]


def test_nothing_in_view_draws_nothing():
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b2[0]", "W2[0,0]")
    lines = ls.kink_lines(NET, plane, [-1, 1], [-1, 1])
    assert not plot_kinks(lines, ax=axes()).lines


def test_names():
    assert sample_name(np.array([0.0, 1.0])) == "01"
    assert sample_name(np.array([0.5, -2.0])) == "(0.5, -2)"
    assert [h.get_label() for h in kink_handles([0, 1])] == ["kinks of unit 1", "kinks of unit 2"]
    assert [h.get_color() for h in kink_handles([0, 1], color="k")] == ["k", "k"]


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        (directions, {"seeds": (0,), "points": 21}),
        (trajectories, {"sigmas": (0.1,), "steps": 100, "grid": 21}),
    ],
    ids=["directions", "trajectories"],
)
def test_kinks_over_other_figures_are_asked_for(module, settings):
    drawn = {}
    for wanted in (False, True):
        result = module.compute(module.Settings(**settings, kinks=wanted))
        assert ("Straight lines: kinks" in Said(module, result)) == wanted
        with style_context("lecture"):
            figure = Figure(figsize=SIZES["full"])
            FigureCanvasAgg(figure)
            module.draw(result, figure, "full")
        drawn[wanted] = [line for line in figure.axes[0].lines if line.get_label() == "_kink"]
    assert not drawn[False]
    lines = (result.kinks[0] if module is directions else result.lines).segments
    np.testing.assert_array_equal([line.get_xydata() for line in drawn[True]], lines)
