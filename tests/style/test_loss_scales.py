"""The scales of the loss: exactly 0 stays visible, and the story below 1/4 has room."""

from __future__ import annotations

from fractions import Fraction

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from figures.style.loss_scales import (
    LOSS_LABEL,
    THETA_STAR,
    loss_bar,
    loss_cmap,
    loss_ticks,
    mappable,
    root_label,
    root_levels,
    root_norm,
)
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import STYLES, style_context

LEVELS = [Fraction(0), Fraction(1, 8), Fraction(1, 6), Fraction(1, 4)]


def test_root_norm_is_linear_in_the_root_and_has_zero():
    norm = root_norm(4.0)
    np.testing.assert_allclose(norm([0.0, 0.25, 1.0, 4.0]), [0, 0.25, 0.5, 1], atol=1e-15)
    assert norm(9.0) > 1
    assert norm(0.0) == 0.0


@pytest.mark.parametrize(("ceiling", "bands"), [(0.5, 32), (65.0, 8), (1e-9, 3)])
def test_root_levels_end_exactly_and_are_even_in_the_root(ceiling, bands):
    levels = root_levels(ceiling, bands)
    assert levels.shape == (bands + 1,)
    assert (levels[0], levels[-1]) == (0.0, ceiling)
    np.testing.assert_allclose(np.diff(np.sqrt(levels)), np.sqrt(ceiling) / bands, rtol=1e-9)


def test_the_story_below_a_quarter_has_most_of_the_bands():
    """Fixed levels from 0.1 to 10 would show nothing of it."""
    levels = root_levels(0.5, 32)
    assert np.mean(levels <= 0.25) > 0.6
    assert np.count_nonzero(levels <= 0.1) > 10
    assert np.count_nonzero(root_levels(10.0, 32) < 0.25) >= 5
    edges = np.searchsorted(levels, [float(level) for level in LEVELS])
    assert len(set(edges)) == 4


def test_ticks_stand_at_the_exact_levels():
    assert loss_ticks(LEVELS, 0.5, (0.5,)) == {0.0: "0", 1 / 8: "1/8", 1 / 6: "1/6", 1 / 4: "1/4", 0.5: "1/2"}
    assert loss_ticks(LEVELS, 0.15) == {0.0: "0", 1 / 8: "1/8"}
    assert loss_ticks(LEVELS, 0.25, (0.25,))[0.25] == "1/4"
    assert loss_ticks((), 65.3, (65.3, 70.0)) == {65.3: "65.3"}
    assert loss_ticks((), 0.3, (0.3,)) == {0.3: "0.3"}
    assert list(loss_ticks(LEVELS[::-1], 1.0, (0.01,))) == sorted([*map(float, LEVELS), 0.01])


@pytest.mark.parametrize("style", STYLES)
def test_the_map_is_the_styles_with_grey_above(style):
    with style_context(style):
        cmap = loss_cmap()
        plain = mpl.colormaps[mpl.rcParams["image.cmap"]]
        np.testing.assert_array_equal(cmap(np.linspace(0, 1, 9)), plain(np.linspace(0, 1, 9)))
        assert same_color(cmap(1.01), clipped())
        assert not same_color(plain(1.01), clipped())
        shared = mappable(root_norm(0.5))
        assert same_color(shared.to_rgba(0.51), clipped())
        assert same_color(shared.to_rgba(0.0), plain(0.0))


def test_the_bar_names_the_levels_in_their_looks():
    figure = Figure()
    axes = figure.subplots(1, 2)
    bar = loss_bar(figure, axes, LEVELS, 0.5)
    axis = bar.ax.yaxis
    assert [t.get_text() for t in axis.get_ticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]
    assert axis.label.get_text() == root_label() == f"{LOSS_LABEL} (root scale)"
    assert not axis.get_minorticklocs().size
    np.testing.assert_allclose(bar.get_ticks(), [*map(float, LEVELS), 0.5])
    looks = level_styles(LEVELS)
    rules = {line.get_ydata()[0]: line for line in bar.ax.lines}
    assert sorted(rules) == [float(level) for level in LEVELS[1:]]
    for level in LEVELS[1:]:
        assert rules[float(level)].get_color() == looks[level].color
        assert rules[float(level)].get_linestyle() == looks[level].linestyle
    assert bar.extend == "max"
    assert same_color(bar.cmap(2.0), to_rgba(clipped()))


@pytest.mark.parametrize("style", STYLES)
def test_the_star_stands_beside_the_letter(style):
    with style_context(style):
        font = FontProperties(size=8)

        def size_of(text):
            return np.array(text_to_path.get_text_width_height_descent(text, font, ismath=True)[:2])

        letter, together = size_of(r"$\theta$"), size_of(THETA_STAR)
        assert together[1] < 1.2 * letter[1], "not above the letter"
        assert together[0] < 2.3 * letter[0], "not away from it"
        assert (size_of(r"$\theta^*$") > together).any()


def test_the_bar_leaves_out_what_is_above_its_end():
    figure = Figure()
    bar = loss_bar(figure, [figure.subplots()], LEVELS, 0.15)
    assert [t.get_text() for t in bar.ax.get_yticklabels()] == ["0", "1/8", "0.15"]
    assert len(bar.ax.lines) == 1


@pytest.mark.parametrize("name", ["coolwarm", "twilight", "tab10", "RdBu", "jet"])
def test_maps_with_similar_ends_are_drawn_as_they_are(name):
    with mpl.rc_context({"image.cmap": name}):
        np.testing.assert_array_equal(loss_cmap()([0.0, 0.3, 1.0]), mpl.colormaps[name]([0.0, 0.3, 1.0]))
