"""Phrases of captions: they name the members of a result, and only what occurs in it."""

from fractions import Fraction

import numpy as np
import pytest

import landscape as ls
from figures.lecture import phrases
from figures.lecture.captions import Caption
from landscape import xor

NET = xor.network()
PLANE = ls.Plane(xor.TEXTBOOK, np.eye(9)[0], np.eye(9)[5])
LEVELS = tuple(level.value for level in ls.stationary_levels(NET))


def test_outcomes_that_occur_are_counted():
    result = ls.Bundle(levels=LEVELS, counts=(6, 0, 1, 0, 2))
    caption = Caption(phrases.outcomes_counted(result), result)
    assert caption == "6 solved, 1 stuck at 1/6, 2 on no level"
    assert [number["from"] for number in caption.numbers()] == ["counts[0]", "counts[2]", "levels[2]", "counts[4]"]
    assert result.levels[2] == Fraction(1, 6)


@pytest.mark.parametrize(
    ("top", "said"), [(0.25, "; grey and triangles: above 0.25"), (50, "; grey: above 50"), (1e9, "")]
)
def test_the_key_names_what_is_above_the_ceiling(top, said):
    surface = ls.evaluate_plane(NET, PLANE, np.linspace(-9, 9, 5), np.linspace(-9, 9, 5))
    profile = ls.evaluate_line(NET, xor.TEXTBOOK, np.eye(9)[0], np.linspace(-1, 1, 5))
    result = ls.Bundle(top=top)
    assert Caption(phrases.beyond_ceiling(result, "top", [surface], [profile]), result) == said


def test_units_with_kink_lines_are_named_with_the_look_of_their_lines():
    lines = ls.kink_lines(NET, PLANE, np.linspace(-2, 2, 5), np.linspace(-2, 2, 5))
    result = ls.Bundle(kink_units=phrases.units_of([lines, lines]))
    assert set(result.kink_units) == {unit + 1 for unit in lines.unit}
    caption = Caption(phrases.kinks_explained(ls.Bundle(kink_units=(1, 2))), ls.Bundle(kink_units=(1, 2)))
    assert caption == "Straight lines: kinks, where units 1 (solid) and 2 (dashed) switch on."
    assert phrases.kinks_explained(ls.Bundle(kink_units=())) == "No kinks here."
    half = ls.Bundle(kink_units=ls.Bundle(half=(2,)))
    caption = Caption(phrases.kinks_explained(half, "kink_units.half"), half)
    assert caption == "Straight lines: kinks, where unit 2 (dashed) switches on."


@pytest.mark.parametrize(("high", "said"), [(0.214, "0.21"), (0.3, "0.21 to 0.3")])
def test_a_range_whose_ends_read_the_same_is_one_number(high, said):
    result = ls.Bundle(distance=phrases.extremes([high, np.nan, 0.21]))
    assert result.distance == (0.21, high)
    assert Caption(phrases.span(result, "distance", ".2g"), result) == said


def test_no_values_have_no_extremes():
    assert phrases.extremes([np.nan]) is None
    assert phrases.extremes([]) is None


def test_all_entries_of_a_member_are_named():
    result = ls.Bundle(dimensions=(4, 5), one=(7,), levels=LEVELS)
    assert Caption(phrases.entries(result, "dimensions", " or "), result) == "4 or 5"
    assert Caption(phrases.entries(result, "one"), result) == "7"
    assert Caption(phrases.traps_listed(result), result).startswith(
        "1/8, 1/6, 1/4, losses at which training gets stuck"
    )
    assert Caption(phrases.any_trap(result), result) == "1/8, 1/6 or 1/4"


@pytest.mark.parametrize(
    ("frozen", "said"), [((), "no parameter frozen"), (("b1[0]", "b2[0]"), "frozen: bias of unit 1, output bias")]
)
def test_frozen_parameters_are_named(frozen, said):
    result = ls.Bundle(frozen=frozen)
    assert Caption(phrases.frozen_listed(result), result) == said
