"""Every level has one look everywhere, which tells it in colour, in grey and in shape."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, same_color, to_rgb

import landscape as ls
from figures.style.palette import clipped, clipped_hatch, level_styles, styles_of
from figures.style.style_sheets import STYLES, background_color, style_context
from landscape import xor

XOR_LEVELS = [level.value for level in ls.stationary_levels(xor.network())]


def lightness(color):
    """Return CIE L* of an sRGB colour, 0 to 100: what is left of it in grey."""
    rgb = np.array(to_rgb(color))
    y = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def hue(color):
    return 360 * rgb_to_hsv(to_rgb(color))[0]


def looks_in(style, levels):
    with style_context(style):
        return level_styles(levels)


@pytest.mark.parametrize("style", STYLES)
def test_levels_differ_in_hue_and_in_grey(style):
    colors = [look.color for level, look in looks_in(style, XOR_LEVELS).items() if level is not None]
    assert len(colors) == 4
    for a, b in combinations(colors, 2):
        apart = abs(hue(a) - hue(b))
        assert min(apart, 360 - apart) > 15, (a, b)
        assert abs(lightness(a) - lightness(b)) > 10, (a, b)
    with style_context(style):
        assert min(abs(lightness(c) - lightness(background_color())) for c in colors) > 20


@pytest.mark.parametrize("style", STYLES)
def test_colour_is_never_alone(style):
    looks = list(looks_in(style, XOR_LEVELS).values())
    assert len({look.marker for look in looks}) == 5
    assert len({look.label for look in looks}) == 5
    named = looks[:-1]
    assert len({look.linestyle for look in named}) == 4


@pytest.mark.parametrize("style", STYLES)
def test_traps_run_from_light_to_dark_and_the_worst_is_last(style):
    for count in (2, 3, 4, 5, 6):
        looks = looks_in(style, [Fraction(i, 8) for i in range(count)])
        traps = [lightness(looks[Fraction(i, 8)].color) for i in range(1, count)]
        assert all(a > b + 5 for a, b in pairwise(traps))


def test_labels_are_exact():
    labels = [look.label for look in looks_in("lecture", XOR_LEVELS).values()]
    assert labels == ["solved", "stuck at 1/8", "stuck at 1/6", "stuck at 1/4", "on no level"]


def test_the_look_depends_on_the_levels_and_not_on_their_order():
    assert looks_in("lecture", XOR_LEVELS[::-1]) == looks_in("lecture", XOR_LEVELS)
    assert list(looks_in("lecture", XOR_LEVELS[::-1])) == [*XOR_LEVELS, None]


def test_styles_on_white_share_one_palette_and_the_dark_one_has_its_own():
    light, dark, course = (looks_in(style, XOR_LEVELS) for style in STYLES)
    assert light == course
    for level in light:
        assert light[level].color != dark[level].color
        assert light[level].marker == dark[level].marker
        assert light[level].label == dark[level].label


@pytest.mark.parametrize(
    ("targets", "least"),
    [([0, 0, 0, 1], 3), ([1, 1, 1, 1], 1), ([0, 1, 1, 0.5], 3)],
)
def test_other_problems_have_looks_too(targets, least):
    levels = [level.value for level in ls.stationary_levels(xor.network(targets=targets))]
    looks = looks_in("lecture", levels)
    assert len(levels) >= least
    assert list(looks) == [*levels, None]
    assert len({look.color for look in looks.values()}) == len(levels) + 1
    assert looks[min(levels)].color == looks_in("lecture", XOR_LEVELS)[Fraction(0)].color


@pytest.mark.parametrize("count", [0, 1, 2, 3, 6, 9])
def test_any_number_of_levels_has_as_many_colours_and_labels(count):
    levels = [Fraction(i, 16) for i in range(count)]
    looks = looks_in("lecture-dark", levels)
    assert list(looks) == [*levels, None]
    assert len({look.color for look in looks.values()}) == count + 1
    assert len({look.label for look in looks.values()}) == count + 1
    assert len({look.marker for look in looks.values()}) == min(count, 8) + 1


def test_a_lowest_level_above_zero_is_not_called_solved():
    looks = looks_in("lecture", [Fraction(1, 3), Fraction(1, 2)])
    assert [look.label for look in looks.values()] == ["stuck at 1/3", "stuck at 1/2", "on no level"]


def test_looks_of_marks():
    every = level_styles(XOR_LEVELS)
    assert styles_of(every) == {level: every[level] for level in XOR_LEVELS}
    assert styles_of(XOR_LEVELS) == styles_of(iter(XOR_LEVELS)) == styles_of(every)
    assert styles_of(()) == styles_of({}) == {}
    (only,) = styles_of([Fraction(1, 8)]).values()
    assert only == level_styles([Fraction(0), Fraction(1, 8)])[Fraction(1, 8)]
    assert styles_of({Fraction(1, 8): every[Fraction(1, 8)]}) == {Fraction(1, 8): every[Fraction(1, 8)]}


def test_what_is_clipped_is_a_grey_on_no_map():
    import matplotlib as mpl

    for style in STYLES:
        with style_context(style):
            r, g, b = to_rgb(clipped())
            assert max(r, g, b) - min(r, g, b) < 0.08
            assert not same_color(clipped(), clipped_hatch())
            on_map = mpl.colormaps[mpl.rcParams["image.cmap"]](np.linspace(0, 1, 256))[:, :3]
        assert np.abs(on_map - [r, g, b]).max(axis=1).min() > 0.05


def test_long_fractions_are_labelled_by_decimals():
    levels = [level.value for level in ls.stationary_levels(xor.network(targets=0.1 + 0.8 * xor.Y))]
    labels = [look.label for look in level_styles(levels).values()]
    assert labels == ["solved", "stuck at 0.08", "stuck at 0.1067", "stuck at 0.16", "on no level"]
