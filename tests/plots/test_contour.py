"""Contours are drawn the right way round, at the true levels, on axes that say what a step is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_rgb
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.path import Path

import landscape as ls
from figures.plots.contour import DRAWN_AT_MOST, axis_label, plot_contour, thinned
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import STYLES, style_context
from landscape import Plane, Surface, xor

NET = xor.network()
ALPHA = np.linspace(-1.0, 2.0, 31)
BETA = np.linspace(-4.0, 1.0, 41)
A, B = np.meshgrid(ALPHA, BETA)
LEVELS = [level.value for level in ls.stationary_levels(NET)]
SKEW = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(3))
NAMED = ls.coordinate_plane(NET, xor.TEXTBOOK, "W1[0,1]", "b2[0]")


def surface(loss, plane=SKEW, alpha=ALPHA, beta=BETA):
    return Surface(alpha=alpha, beta=beta, loss=loss, plane=plane)


def axes():
    return Figure().add_subplot()


def contour_sets(ax):
    return [c for c in ax.collections if isinstance(c, QuadContourSet)]


def mark_lines(ax):
    """Return the line sets of single levels, by level."""
    return {float(c.levels[0]): c for c in contour_sets(ax) if not c.filled and len(c.levels) == 1}


def band_at(ax, alpha, beta):
    """Return which filled band holds the point, last for the one above the ceiling."""
    filled = contour_sets(ax)[0]
    inside = [[Path(ring).contains_point((alpha, beta)) for ring in band.to_polygons()] for band in filled.get_paths()]
    (found,) = np.flatnonzero([sum(rings) % 2 for rings in inside])  # an even number: in a hole
    return found


def test_the_bottom_of_a_bowl_is_drawn_where_it_lies():
    """At alpha = 1.5, beta = -3; drawn transposed or upside down, it would be elsewhere."""
    ax = plot_contour(surface((A - 1.5) ** 2 + 0.1 * (B + 3.0) ** 2), ax=axes())
    assert band_at(ax, 1.51, -3.02) == 0
    for wrong in ((1.5, 0.5), (-0.5, -3.0), (-0.5, 0.5)):
        assert band_at(ax, *wrong) > 5


def test_a_level_of_beta_alone_is_a_horizontal_line_at_its_height():
    ax = plot_contour(surface((B + 4.0) / 16), ax=axes(), marks=LEVELS)
    for level in LEVELS[1:]:
        line = mark_lines(ax)[float(level)].get_paths()[0].vertices
        np.testing.assert_allclose(line[:, 1], 16 * float(level) - 4.0)
        assert (line[:, 0].min(), line[:, 0].max()) == (-1.0, 2.0)


def test_every_line_runs_where_the_loss_has_its_level():
    ax = plot_contour(surface((A + 1) / 10 + (B + 4) / 16), ax=axes(), marks=LEVELS)
    lines = contour_sets(ax)[1:]
    assert len(lines) == 4
    for line in lines:
        for level, path in zip(line.levels, line.get_paths(), strict=True):
            a, b = path.vertices.T
            np.testing.assert_allclose((a + 1) / 10 + (b + 4) / 16, level, atol=1e-12)


def test_axes_carry_coordinates_and_not_indices():
    ax = plot_contour(surface(A**2 + B**2), ax=axes())
    assert ax.get_xlim() == (-1.0, 2.0)
    assert ax.get_ylim() == (-4.0, 1.0)


def test_default_levels_follow_the_loss_and_start_at_zero():
    ax = plot_contour(surface(A**2), ax=axes(), bands=20, lines=5)
    filled, lines = contour_sets(ax)
    assert filled.levels[0] == 0.0
    assert filled.levels[-1] == 4.0
    assert len(filled.levels) == 21
    np.testing.assert_allclose(np.sqrt(lines.levels), [0.4, 0.8, 1.2, 1.6, 2.0])


def test_the_story_is_visible_on_a_plane_that_climbs_to_its_end():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(1))
    axis = np.linspace(-1, 1, 81)
    found = ls.evaluate_plane(NET, plane, axis, axis)
    assert found.loss.max() > 10
    ax = plot_contour(found, ax=axes(), marks=LEVELS)
    assert sorted(mark_lines(ax)) == [float(level) for level in LEVELS[1:]]
    assert contour_sets(ax)[0].levels[1] < 0.1
    ax = plot_contour(found, ax=axes(), ceiling=0.5)
    assert np.count_nonzero(contour_sets(ax)[0].levels <= 0.25) > 20


def test_an_exact_zero_is_no_hole():
    """Half of the surface is exactly 0: it has the map's lowest colour and not the ground's."""
    with style_context("lecture"):
        figure = Figure(figsize=(2, 2), dpi=100, layout="none")
        canvas = FigureCanvasAgg(figure)
        ax = figure.add_axes((0, 0, 1, 1))
        plot_contour(surface(np.maximum(A - 0.5, 0.0)), ax=ax, ceiling=1.0, cmap="viridis")
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())
    left = pixels[100, 30, :3] / 255
    assert np.abs(left - [0.27, 0.0, 0.33]).max() < 0.06
    assert not same_color(left, "white")


def test_what_lies_above_the_ceiling_is_grey_and_the_colours_end_there():
    ax = plot_contour(surface(A + 1.0), ax=axes(), ceiling=1.0)
    filled = contour_sets(ax)[0]
    assert filled.extend == "max"
    assert (filled.norm.vmin, filled.norm.vmax) == (0.0, 1.0)
    assert filled.levels[-1] == 1.0
    colors = filled.get_facecolor()
    assert same_color(colors[band_at(ax, 0.5, 0.0)], clipped())
    below = band_at(ax, -0.02, 0.0)
    assert below == len(colors) - 2
    assert not same_color(colors[below], clipped())


def test_levels_have_the_same_look_whatever_the_style():
    for style in STYLES:
        with style_context(style):
            looks = level_styles(LEVELS)
            ax = plot_contour(surface(A**2), ax=axes(), marks=LEVELS)
            for level in LEVELS[1:]:
                line = mark_lines(ax)[float(level)]
                assert same_color(line.get_edgecolor()[0], to_rgb(looks[level].color))
                assert line.linestyles == [looks[level].linestyle]


def test_a_part_of_the_levels_keeps_its_look_when_the_looks_are_given():
    looks = level_styles(LEVELS)
    ax = plot_contour(surface(A**2), ax=axes(), marks={LEVELS[1]: looks[LEVELS[1]]})
    (line,) = mark_lines(ax).values()
    assert same_color(line.get_edgecolor()[0], looks[LEVELS[1]].color)
    ax = plot_contour(surface(A**2), ax=axes(), marks=looks)
    assert sorted(mark_lines(ax)) == [float(level) for level in LEVELS[1:]]
    ax = plot_contour(surface(A**2), ax=axes(), marks=iter(LEVELS))
    assert sorted(mark_lines(ax)) == [float(level) for level in LEVELS[1:]]


def test_levels_that_the_surface_does_not_cross_are_not_drawn():
    assert mark_lines(plot_contour(surface(A**2 + 0.13), ax=axes(), marks=LEVELS)).keys() == {1 / 6, 1 / 4}
    assert len(contour_sets(plot_contour(surface(A**2), ax=axes(), lines=0))) == 1
    flat = plot_contour(surface(0 * A + 3.0), ax=axes(), ceiling=1.0, marks=LEVELS)
    assert [c.get_gid() for c in contour_sets(flat)] == [None, "clipped"], "all of it is above the colours"


def test_axes_say_how_long_a_unit_step_is():
    stretched = Plane(SKEW.origin, 2 * SKEW.d1 / SKEW.norms[0], 0.5 * SKEW.d2 / SKEW.norms[1])
    ax = plot_contour(surface(A**2, stretched), ax=axes())
    assert ax.get_xlabel() == r"$\alpha$  (unit step = 2)"
    assert ax.get_ylabel() == r"$\beta$  (unit step = 0.5)"


def test_axes_name_the_parameter_that_they_move():
    ax = plot_contour(surface(A**2, NAMED), ax=axes())
    assert ax.get_xlabel() == "shift of weight from x1 to unit 2"
    assert ax.get_ylabel() == "shift of output bias"
    turned = Plane(NAMED.origin, NAMED.d1 + NAMED.d2, NAMED.d2, NAMED.settings)
    assert "unit step = 1.41" in axis_label(turned, "d1", r"\alpha", turned.norms[0])


def test_labels_of_the_caller_are_left_alone():
    ax = axes()
    ax.set(xlabel="mine")
    plot_contour(surface(A**2), ax=ax)
    assert ax.get_xlabel() == "mine"
    assert "unit step" in ax.get_ylabel()


def test_shapes_are_true_only_on_orthogonal_axes_of_equal_length():
    assert plot_contour(surface(A**2, NAMED), ax=axes()).get_aspect() == 1.0
    assert plot_contour(surface(A**2, SKEW), ax=axes()).get_aspect() == "auto"
    longer = Plane(NAMED.origin, NAMED.d1, 2 * NAMED.d2)
    assert plot_contour(surface(A**2, longer), ax=axes()).get_aspect() == "auto"


def test_fine_grids_are_thinned_with_ends_and_centre_and_the_right_way_round():
    alpha, beta = np.linspace(-1, 1, 1001), np.linspace(-1, 1, 401)
    loss = beta[:, None] ** 2 + 3 * alpha
    a, b, thin = thinned(surface(loss + 3, alpha=alpha, beta=beta))
    assert thin.shape == (DRAWN_AT_MOST, DRAWN_AT_MOST)
    for axis in (a, b):
        assert (axis[0], axis[150], axis[-1]) == (-1, 0, 1)
    np.testing.assert_allclose(thin, b[:, None] ** 2 + 3 * a + 3)
    few = surface(A**2)
    np.testing.assert_array_equal(thinned(few)[2], few.loss)


def test_options_reach_matplotlib():
    ax = plot_contour(surface(A**2), ax=axes(), lines=0, levels=[0.0, 1.0, 2.0], alpha=0.5, extend="neither")
    (filled,) = contour_sets(ax)
    assert filled.levels.tolist() == [0.0, 1.0, 2.0]
    assert filled.get_alpha() == 0.5
    assert filled.extend == "neither"


def test_the_fill_is_rasterized_and_the_lines_are_not():
    filled, *lines = contour_sets(plot_contour(surface(A**2), ax=axes(), marks=[Fraction(1, 8)]))
    assert filled.get_rasterized()
    assert len(lines) == 2
    assert not any(line.get_rasterized() for line in lines)


@pytest.mark.parametrize(
    "loss", [0 * A, np.full_like(A, np.nan), np.where(A > 1, np.inf, 0.0), np.full_like(A, np.inf)]
)
def test_a_surface_without_a_highest_loss_above_zero_needs_a_ceiling(loss):
    with pytest.raises(ValueError, match=r"highest loss must be above 0 and finite .*; got .*, give a ceiling"):
        plot_contour(surface(loss), ax=axes())


@pytest.mark.parametrize("ceiling", [0, -1.0, np.nan, np.inf])
def test_bad_ceiling(ceiling):
    with pytest.raises(ValueError, match="ceiling must be above 0"):
        plot_contour(surface(A**2), ax=axes(), ceiling=ceiling)


def test_a_missing_value_is_a_gap_and_not_an_average():
    ax = plot_contour(surface(np.where(A > 1, np.nan, 0.5)), ax=axes(), ceiling=1.0)
    paths = contour_sets(ax)[0].get_paths()
    assert not any(path.contains_point((1.5, 0.0)) for path in paths)
    assert any(path.contains_point((0.5, 0.0)) for path in paths)
