"""Paths are drawn at their coordinates on the plane, from start to end, in the look of their ending."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.contour import plot_contour
from figures.plots.trajectories import mark_point, plot_trajectories
from figures.style.loss_scales import THETA_STAR
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context, text_color
from landscape import Plane, xor

NET = xor.network()
LEVELS = [Fraction(0), Fraction(1, 8)]


def axes():
    return Figure().add_subplot()


@pytest.fixture(scope="module")
def runs():
    starts = ls.perturbed_starts(xor.TEXTBOOK, 0.3, 2, rng=np.random.default_rng(2))
    return ls.train(NET, starts, ls.Adam(1e-2), 40)


@pytest.fixture(scope="module")
def view(runs):
    return ls.project(NET, runs, ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0)))


def test_each_path_has_its_coordinates_a_dot_at_its_start_and_a_marker_at_its_end(view):
    lines = plot_trajectories(view, ax=axes()).lines
    assert len(lines) == 6
    for i in range(2):
        path, start, end = lines[3 * i : 3 * i + 3]
        np.testing.assert_array_equal(path.get_xydata(), np.stack([view.alpha[i], view.beta[i]], axis=1))
        assert start.get_xydata().tolist() == [[view.alpha[i, 0], view.beta[i, 0]]]
        assert end.get_xydata().tolist() == [[view.alpha[i, -1], view.beta[i, -1]]]
        assert (start.get_marker(), end.get_marker()) == (".", "o")
        assert path.get_color() == start.get_color() == end.get_color()
    assert lines[0].get_color() != lines[3].get_color()


@pytest.mark.parametrize("style", STYLES)
def test_the_course_style_has_dots_on_the_paths_and_outcome_colours(view, style):
    with style_context(style):
        looks = list(level_styles(LEVELS).values())[:2]
        lines = plot_trajectories(view, ax=axes(), looks=looks).lines
    for path, look in zip(lines[::3], looks, strict=True):
        assert path.get_marker() == ("." if style == "ddasp" else "None")
        assert path.get_linestyle() == "-"
        assert same_color(path.get_color(), look.color)


def test_coordinates_are_least_squares_ones_on_a_skew_plane(view, runs):
    lines = plot_trajectories(view, ax=axes()).lines
    basis = np.stack([view.plane.d1, view.plane.d2], axis=1)
    expected = np.linalg.lstsq(basis, (runs.theta[0] - view.plane.origin).T, rcond=None)[0]
    np.testing.assert_allclose(lines[0].get_xydata(), expected.T, atol=1e-12)
    dots = (runs.theta[0] - view.plane.origin) @ basis
    assert np.abs(dots - expected.T).max() > 0.1


@pytest.mark.parametrize("style", STYLES)
def test_looks_say_where_a_run_ends(view, style):
    with style_context(style):
        looks = level_styles(LEVELS)
        lines = plot_trajectories(view, ax=axes(), looks=[looks[Fraction(1, 8)], looks[None]]).lines
    for i, key in ((0, Fraction(1, 8)), (1, None)):
        assert lines[3 * i].get_color() == looks[key].color
        assert lines[3 * i + 2].get_marker() == looks[key].marker
        assert lines[3 * i + 2].get_color() == looks[key].color
    disc, cross = lines[2], lines[5]
    assert same_color(disc.get_markerfacecolor(), looks[Fraction(1, 8)].color)
    assert cross.get_marker() == "x"
    assert same_color(cross.get_markeredgecolor(), looks[None].color)


def test_options(view):
    lines = plot_trajectories(view, ax=axes(), marker_at_end=False, color="C4", linewidth=3.0).lines
    assert len(lines) == 4
    assert {line.get_color() for line in lines} == {"C4"}
    assert lines[0].get_linewidth() == 3.0
    assert lines[0].get_path_effects()


def test_a_path_on_its_principal_plane_ends_at_the_origin_of_the_surface_under_it(runs):
    """Drawn around the mean of the path on a surface around its end, it would lie beside its own losses."""
    run = ls.Trajectories(theta=runs.theta[:1], loss=runs.loss[:1], step=runs.step)
    plane = ls.principal_plane(run.theta, origin=run.end[0])
    view = ls.project(NET, run, plane)
    axis = np.linspace(-3, 3, 601)
    ax = plot_contour(ls.evaluate_plane(NET, plane, axis, axis))
    path = plot_trajectories(view, ax=ax).lines[0].get_xydata()
    np.testing.assert_allclose(path[-1], 0.0, atol=1e-12)
    assert np.abs(path.mean(axis=0)).max() > 0.05
    for (a, b), true in zip(path[[0, 20, -1]], view.loss_in_plane[0, [0, 20, -1]], strict=True):
        assert NET.loss(plane.point(a, b)) == pytest.approx(true, abs=1e-12)
    from matplotlib import pyplot as plt

    plt.close(ax.figure)


def test_marks_have_a_name_beside_them():
    ax = axes()
    mark_point(ax, 0.25, -0.5)
    mark_point(ax, 1.0, 2.0, "")
    (first, second), (name,) = ax.lines, ax.texts
    assert first.get_xydata().tolist() == [[0.25, -0.5]]
    assert second.get_xydata().tolist() == [[1.0, 2.0]]
    assert first.get_marker() == "x"
    assert same_color(first.get_color(), text_color())
    assert name.get_text() == THETA_STAR
    assert name.xy == (0.25, -0.5)


def test_a_run_of_no_step_is_a_dot():
    still = ls.train(NET, xor.TEXTBOOK, ls.Adam(), 0)
    plane = Plane(xor.TEXTBOOK, np.eye(9)[0], np.eye(9)[1])
    path, start, end = plot_trajectories(ls.project(NET, still, plane), ax=axes()).lines
    assert path.get_xydata().tolist() == start.get_xydata().tolist() == end.get_xydata().tolist() == [[0, 0]]
