"""Profiles end at the ceiling with a sign that they go on, and levels keep their looks."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.profile import crossings, plot_profile, thin_ticks
from figures.style.loss_scales import LOSS_LABEL, loss_ticks
from figures.style.palette import level_styles
from landscape import Profile, xor

LEVELS = [Fraction(0), Fraction(1, 8), Fraction(1, 6), Fraction(1, 4)]
X = np.linspace(-1, 1, 201)


def profile(loss):
    return Profile(alpha=X, loss=loss, origin=np.zeros(3), direction=np.ones(3))


def axes():
    return Figure().add_subplot()


@pytest.mark.parametrize(
    ("y", "expected"),
    [([0, 2, 0], [0.5, 1.5]), ([2, 2], []), ([0, 1, 0], []), ([1, 2], [0.0]), ([0, 4], [0.25]), ([3], [])],
)
def test_crossings(y, expected):
    """Of the polyline through (0, y0), (1, y1), .. with the height 1."""
    np.testing.assert_allclose(crossings(np.arange(len(y)), np.array(y, dtype=float), 1.0), expected)


def test_triangles_where_the_profile_goes_on():
    ax = plot_profile(profile(X**2), ax=axes(), ceiling=0.25)
    (marks,) = [line for line in ax.lines if line.get_marker() == "^"]
    np.testing.assert_allclose(marks.get_xydata(), [[-0.5, 0.25], [0.5, 0.25]], atol=1e-12)
    assert not marks.get_clip_on()


def test_no_triangle_and_no_empty_line_where_it_does_not():
    assert len(plot_profile(profile(X**2), ax=axes()).lines) == 1


def test_height_is_linear_in_the_root():
    ax = plot_profile(profile(X**2), ax=axes(), ceiling=1.0)
    pixels = ax.transData.transform([[0, 0], [0, 0.25], [0, 1]])[:, 1]
    assert pixels[1] - pixels[0] == pytest.approx((pixels[2] - pixels[0]) / 2)


def test_levels_keep_the_looks_that_they_are_given():
    looks = level_styles(LEVELS)
    few = {level: looks[level] for level in (LEVELS[0], LEVELS[-1])}
    ax = plot_profile(profile(X**2), ax=axes(), marks=few)
    (rule,) = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert (rule.get_color(), rule.get_linestyle()) == (looks[LEVELS[-1]].color, looks[LEVELS[-1]].linestyle)
    assert rule.get_ydata()[0] == 0.25


def test_few_ticks_on_a_low_axis():
    ax = plot_profile(profile(X**2), ax=axes(), ceiling=0.5, marks=LEVELS)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]
    thin_ticks(ax, LEVELS, 0.5)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1/4", "1/2"]


@pytest.mark.parametrize(
    ("ceiling", "label"), [(0.5, "1/2"), (0.75, "3/4"), (1.0, "1"), (4.0, "4"), (0.3, "0.3"), (1.5, "1.5")]
)
def test_label_of_the_ceiling(ceiling, label):
    assert loss_ticks(LEVELS, ceiling, (ceiling,))[ceiling] == label


def test_the_curve_is_the_profile():
    net = xor.network()
    found = ls.evaluate_line(net, xor.TEXTBOOK, ls.coordinate_direction(net, "b2[0]"), X)
    (curve,) = plot_profile(found, ax=axes()).lines
    np.testing.assert_array_equal(curve.get_xdata(), X)
    np.testing.assert_allclose(curve.get_ydata(), X**2, atol=1e-15)


def test_the_curve_is_whole_and_only_the_axis_ends_at_the_ceiling():
    ax = plot_profile(profile(X**2), ax=axes(), ceiling=0.25, color="C2")
    curve, triangles = ax.lines
    assert ax.get_ylim() == (0.0, 0.25)
    assert curve.get_ydata().max() == 1.0
    assert triangles.get_color() == curve.get_color() == "C2"


@pytest.mark.parametrize("marks", [iter(LEVELS), level_styles(LEVELS), tuple(LEVELS)])
def test_levels_come_in_any_form(marks):
    ax = plot_profile(profile(X**2), ax=axes(), ceiling=0.2, marks=marks)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1/8", "1/6", "0.2"]
    rules = [line for line in ax.lines if line.get_zorder() == 0]
    assert [line.get_ydata()[0] for line in rules] == [1 / 8, 1 / 6]


def test_levels_are_marked_on_a_linear_axis_too():
    ax = plot_profile(profile(X**2), ax=axes(), scale="linear", ceiling=0.2, marks=[Fraction(1, 8), Fraction(1, 6)])
    assert ax.get_yscale() == "linear"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1/8", "1/6", "0.2"]
    rules = [line for line in ax.lines if line.get_zorder() == 0]
    assert [line.get_ydata()[0] for line in rules] == [1 / 8, 1 / 6]


def test_labels_of_the_caller_are_left_alone():
    ax = plot_profile(ls.evaluate_line(xor.network(), xor.TEXTBOOK, np.ones(9), X), ax=axes())
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"$\alpha$", f"{LOSS_LABEL} (root scale)")
    ax = axes()
    ax.set(xlabel="share of the way", ylabel="loss")
    plot_profile(profile(X**2), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("share of the way", "loss")


@given(arrays(np.float64, 12, elements=st.floats(0, 4)), st.floats(0.5, 3))
@settings(max_examples=60)
def test_crossings_are_where_the_curve_is_at_the_level(y, level):
    x = np.linspace(0, 1, y.size)
    found = crossings(x, y, level)
    assert len(found) == np.count_nonzero(np.diff(y > level))
    np.testing.assert_allclose(np.interp(found, x, y), level, rtol=1e-9)


@pytest.mark.parametrize("ceiling", [0.0, -1.0, np.nan])
def test_bad_ceiling(ceiling):
    with pytest.raises(ValueError, match="ceiling must be above 0 and finite; got"):
        plot_profile(profile(X**2), ax=axes(), ceiling=ceiling)


def test_a_profile_that_is_zero_needs_a_ceiling():
    with pytest.raises(ValueError, match=r"highest loss must be above 0 and finite to end the scale; got 0, give"):
        plot_profile(profile(0 * X), ax=axes())
    assert plot_profile(profile(0 * X), ax=axes(), ceiling=1.0).get_ylim() == (0.0, 1.0)


def path_profile(loss, scale=1.0):
    path = ls.straight_path([0.0, 0.0], [3.0, 4.0])
    t = np.linspace(0, 1, len(loss))
    settings = {"objective": ls.xor.network().describe()}
    return ls.PathProfile(t=t, length=5 * t, loss=scale * np.array(loss), path=path, settings=settings)


def test_the_loss_along_a_path_is_drawn_over_t():
    ax = plot_profile(path_profile([0, 0.25, 1, 0]), ax=axes(), label="straight")
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xydata(), [[0, 0], [1 / 3, 0.25], [2 / 3, 1], [1, 0]])
    assert (ax.get_xlabel(), ax.get_ylabel(), line.get_label()) == ("$t$", f"{LOSS_LABEL} (root scale)", "straight")


@pytest.mark.parametrize(("scales", "top"), [((1, 0.25), 1.0), ((0.25, 1), 1.0), ((0.5, 2, 1), 2.0), ((3,), 3.0)])
def test_paths_in_the_same_axes_share_a_scale_on_which_each_fits(scales, top):
    ax = axes()
    for scale in scales:
        plot_profile(path_profile([0, 0.5, 1, 0], scale), ax=ax)
    assert ax.get_ylim() == (0.0, top)
    assert len(ax.lines) == len(scales)  # no triangles: nothing is above


def test_a_given_ceiling_holds_whatever_was_drawn_before():
    ax = plot_profile(path_profile([0, 2, 0]), ax=axes())
    assert plot_profile(path_profile([0, 1, 0]), ax=ax, ceiling=0.5).get_ylim() == (0.0, 0.5)


def test_only_profiles_are_drawn():
    with pytest.raises(TypeError, match=r"^profile must be a Profile, made by evaluate_line; got Bezier$"):
        plot_profile(ls.straight_path([0.0], [1.0]))
