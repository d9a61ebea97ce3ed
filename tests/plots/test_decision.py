"""The input square is drawn the right way round, with samples, decision line and hinges where they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.decision import UNIT_COLORS, decision_cmap, decision_norm, plot_decision, plot_hinges
from figures.style.style_sheets import STYLES, background_color, style_context, text_color
from landscape import xor

SIDEWAYS = [1, 0, 0, 0, 1, 0, 1, 0, -0.75]  # the output x1 + 1/4: 1/2 at x1 = 1/4


def axes():
    return Figure().add_subplot()


def decision(theta=xor.TEXTBOOK, hidden=2, **kwargs):
    return ls.decision_surface(xor.network(hidden=hidden), theta, **({"points": 21} | kwargs))


def lines_of(ax):
    (found,) = [c for c in ax.collections if isinstance(c, QuadContourSet)]
    return found


def test_pixels_are_centred_on_their_inputs_with_the_first_input_to_the_right():
    surface = decision(SIDEWAYS, margin=0.5, points=5)
    (image,) = plot_decision(surface, ax=axes()).images
    np.testing.assert_array_equal(image.get_array(), surface.output)
    assert image.origin == "lower"
    assert image.get_extent() == [-0.75, 1.75, -0.75, 1.75]
    assert (np.diff(image.get_array(), axis=1) > 0).all()
    assert not np.diff(image.get_array(), axis=0).any()


def test_the_decision_line_is_where_the_output_is_one_half():
    line = lines_of(plot_decision(decision(SIDEWAYS), ax=axes()))
    assert line.levels.tolist() == [0.5]
    vertices = line.get_paths()[0].vertices
    np.testing.assert_allclose(vertices[:, 0], 0.25)
    assert np.ptp(vertices[:, 1]) == pytest.approx(1.7)


def test_a_constant_output_has_no_decision_line():
    ax = plot_decision(decision([-1, -1, -1, -1, -9, -9, 1, 1, 0.5]), ax=axes())
    assert not ax.collections


@pytest.mark.parametrize("style", STYLES)
def test_samples_are_filled_for_class_one_and_hollow_for_class_zero(style):
    with style_context(style):
        samples = plot_decision(decision(), ax=axes()).lines
        assert [line.get_xydata()[0].tolist() for line in samples] == xor.X.tolist()
        for line, target in zip(samples, xor.Y, strict=True):
            assert same_color(line.get_markerfacecolor(), text_color() if target else background_color())
            assert same_color(line.get_markeredgecolor(), text_color())


@pytest.mark.parametrize("style", STYLES)
def test_outputs_of_one_half_have_the_colour_of_the_ground(style):
    with style_context(style):
        cmap, norm = decision_cmap(), decision_norm()
        assert np.abs(np.subtract(cmap(norm(0.5)), cmap(0.5))).max() < 0.01
        assert same_color(np.round(cmap(norm(0.5)), 1), np.round(lines_ground(), 1))
        np.testing.assert_allclose(norm([0.0, 0.25, 0.5, 1.0]), [0, 0.25, 0.5, 1])
        low, high = cmap(norm(0.0)), cmap(norm(1.0))
        assert low[0] > low[2]
        assert high[2] > high[0]


def lines_ground():
    from matplotlib.colors import to_rgba

    return to_rgba(background_color())


def test_limits_labels_and_aspect():
    ax = plot_decision(decision(margin=0.5), ax=axes())
    assert ax.get_xlim() == ax.get_ylim() == (-0.5, 1.5)
    assert ax.get_aspect() == 1.0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input $x_1$", "input $x_2$")
    ax = axes()
    ax.set(ylabel="mine")
    plot_decision(decision(), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input $x_1$", "mine")


def test_hinges_are_drawn_in_the_units_colours_with_arrows_to_the_active_side():
    surface = decision(margin=0.5)
    ax = plot_hinges(surface, ax=axes(), arrow=0.2)
    assert [line.get_color() for line in ax.lines] == ["C0", "C3"]
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    for line, ends in zip(ax.lines, surface.hinges, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), ends)
    assert len(ax.texts) == 4
    weights = xor.network().unpack(xor.TEXTBOOK)
    for i, arrow in enumerate(ax.texts):
        unit = i // 2
        foot, tip = np.array(arrow.xyann), np.array(arrow.xy)
        assert foot @ weights.W1[:, unit] + weights.b1[unit] == pytest.approx(0, abs=1e-14)
        assert tip @ weights.W1[:, unit] + weights.b1[unit] > 0
        assert np.hypot(*(tip - foot)) == pytest.approx(0.2)
        assert arrow.arrowprops["color"] == UNIT_COLORS[unit]


def test_a_unit_without_a_line_keeps_the_colours_of_the_others():
    ax = plot_hinges(decision([0, 1, 0, 1, 1, -1, 1, -2, 0]), ax=axes())
    (line,) = ax.lines
    assert line.get_color() == "C3"


def test_three_hidden_units_have_three_colours():
    theta = [1, 1, 1, 1, 1, 0, 0, -1, 0, 1, 1, 1, 0]
    ax = plot_hinges(decision(theta, hidden=3), ax=axes())
    assert [line.get_color() for line in ax.lines] == list(UNIT_COLORS[:3])


def test_options_reach_matplotlib():
    (image,) = plot_decision(decision(), ax=axes(), cmap="gray", alpha=0.5).images
    assert (image.get_cmap().name, image.get_alpha()) == ("gray", 0.5)
