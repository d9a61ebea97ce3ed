"""NaN, infinite and negative values: each has a look and a legend entry of its own, and hides nothing else."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_rgb
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.contour import DRAWN_AT_MOST, plot_contour
from figures.plots.decision import plot_decision, plot_hinges
from figures.plots.kinks import plot_kinks
from figures.plots.profile import crossings, plot_profile
from figures.plots.relief import Mark, plot_relief
from figures.plots.terrain.mesh import cells_around
from figures.plots.trajectories import plot_trajectories
from figures.style.palette import clipped
from figures.style.special_values import Special, special_area, special_colors, special_masks
from figures.style.style_sheets import STYLES, background_color, style_context
from landscape import xor

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
AXIS = np.linspace(-1.0, 1.0, 21)
X, Y = np.meshgrid(AXIS, AXIS)
MARKS = [Fraction(1, 4), Fraction(1, 2)]
VALUES = {Special.NAN: np.nan, Special.INFINITE: np.inf, Special.NEGATIVE: -0.5}
ALL = pytest.mark.parametrize("kind", VALUES)


def surface(loss, axis=AXIS):
    return ls.Surface(alpha=axis, beta=axis, loss=loss, plane=PLANE)


def with_one(kind, at=(10, 12), axis=AXIS):
    loss = np.hypot(*np.meshgrid(axis, axis)) + 0.1
    loss[at] = VALUES[kind]
    return surface(loss, axis)


def profile(loss):
    return ls.Profile(alpha=np.arange(len(loss)), loss=loss, origin=np.zeros(2), direction=np.ones(2))


def decision(output):
    return replace(ls.decision_surface(NET, xor.TEXTBOOK, points=len(output)), output=output)


def projection(alpha):
    alpha = np.array(alpha)
    rest = dict.fromkeys(("loss", "loss_in_plane", "distance"), np.zeros(alpha.shape))
    share, step = np.ones(len(alpha)), np.arange(alpha.shape[1])
    return ls.Projection(alpha=alpha, beta=np.ones(alpha.shape), share=share, step=step, plane=PLANE, **rest)


def axes(**how):
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_subplot(**how)


def legend(ax):
    return [text.get_text() for artist in ax.artists for text in artist.get_texts()]


def areas(ax):
    """Return the paths of the areas of special values, by kind."""
    return {c.get_gid(): c.get_paths()[0] for c in ax.collections if c.get_gid() in list(Special)}


@ALL
def test_one_value_takes_neither_lines_nor_levels_from_the_rest(kind):
    sets = [
        [c.levels.tolist() for c in plot_contour(s, ax=axes(), ceiling=1.0, marks=MARKS).collections if not c.filled]
        for s in (surface(np.hypot(X, Y) + 0.1), with_one(kind))
    ]
    assert sets[0] == sets[1]
    assert sets[0][1:] == [[0.25], [0.5]]


@ALL
def test_the_area_is_at_the_value_and_the_legend_counts_it(kind):
    ax = plot_contour(with_one(kind), ax=axes(), ceiling=1.0)
    assert legend(ax) == [f"{kind}: 1 of 441"]
    (area,) = areas(ax).values()
    assert area.contains_point((AXIS[12] + 0.01, AXIS[10] + 0.01))
    for far in ((AXIS[14], AXIS[10]), (AXIS[10], AXIS[12]), (-AXIS[12], 0)):
        assert not area.contains_point(far)


@ALL
def test_one_value_of_a_fine_grid_is_not_thinned_away(kind):
    axis = np.linspace(-1, 1, 2 * DRAWN_AT_MOST - 1)
    ax = plot_contour(with_one(kind, (211, 413), axis), ax=axes(), ceiling=1.0)
    (area,) = areas(ax).values()
    box = area.get_extents()
    centre = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    np.testing.assert_allclose(centre, (axis[413], axis[211]), atol=2 / (DRAWN_AT_MOST - 1))


def test_losses_below_0_end_where_the_loss_is_0():
    ax = plot_contour(surface(X), ax=axes())
    assert areas(ax)["below 0"].get_extents().bounds == pytest.approx((-1, -1, 1, 2))
    assert legend(ax) == ["below 0: 210 of 441"]


def test_losses_below_0_are_in_colours_of_the_callers_scale():
    ax = plot_contour(surface(X), ax=axes(), levels=np.linspace(-1, 1, 5), norm=None)
    assert not areas(ax)
    assert not legend(ax)


@ALL
def test_a_profile_has_a_band_there(kind):
    loss = np.array([0.5, 0.2, VALUES[kind], VALUES[kind], 0.3, 0.4, VALUES[kind]])
    ax = plot_profile(profile(loss), ax=axes(), ceiling=1.0)
    assert [(p.get_x(), p.get_width()) for p in ax.patches] == [(1.5, 2), (5.5, 1)]
    assert {p.get_hatch() for p in ax.patches} == {special_area(kind)["hatch"]}
    assert legend(ax) == [f"{kind}: 3 of 7"]


def test_two_profiles_share_a_legend():
    ax = plot_profile(profile([1.0, np.nan]), ax=axes(), ceiling=1.0)
    plot_profile(profile([1.0, -1.0, np.inf, -np.inf]), ax=ax, ceiling=1.0)
    assert legend(ax) == ["not a number: 1 of 2", "below 0: 2 of 4", "infinite: 1 of 4"]


def test_a_curve_that_jumps_to_infinity_crosses_the_ceiling_at_its_last_point():
    x, y = np.arange(6.0), np.array([0.0, np.inf, 0.0, np.nan, 2.0, 0.0])
    np.testing.assert_allclose(crossings(x, y, 1.0), [0, 2, 4.5], atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_decision_surface_keeps_its_line(value):
    output = np.repeat(np.linspace(-0.2, 1.2, 11)[:, None], 11, axis=1)
    output[1, 1] = value
    ax = plot_decision(decision(output), ax=axes())
    assert legend(ax) == [f"{Special.NAN if np.isnan(value) else Special.INFINITE}: 1 of 121"]
    assert [c.levels.tolist() for c in ax.collections if isinstance(c, QuadContourSet) and not c.filled] == [[0.5]]


def test_runs_that_leave_have_a_marker_at_their_last_point_in_view():
    runs = projection([[0, 1, 2, 3], [0, 1, np.inf, np.nan], [0, 1, -1e250, -np.inf], [np.nan] * 4])
    ax = plot_trajectories(runs, ax=axes())
    ends = ax.lines[2::3]
    assert [end.get_marker() for end in ends] == ["o", "d", ">", "d"]
    assert [end.get_xdata().tolist() for end in ends[:3]] == [[3], [1], [1]]
    assert legend(ax) == ["not a number: 2 of 4", "over 1e200 or infinite: 1 of 4"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_kinks_and_hinges_that_lie_nowhere(value):
    lines = ls.kink_lines(NET, PLANE, AXIS, AXIS)
    with pytest.raises(ValueError, match=f"^segments must be finite; got {value} in it, remove or replace it$"):
        plot_kinks(replace(lines, segments=np.full_like(lines.segments, value)), ax=axes())
    surface = ls.decision_surface(NET, xor.TEXTBOOK, points=3)
    assert not plot_hinges(replace(surface, hinges=np.full_like(surface.hinges, value)), ax=axes()).lines


def test_a_terrain_draws_them_flat_in_their_colours():
    loss = np.hypot(X, Y)
    loss[:4, :4], loss[-4:, -4:], loss[10:13, 10:13] = np.nan, np.inf, -1.0
    ax = axes(projection="3d")
    plot_relief(surface(loss), ax=ax, ceiling=1.0, view=(60, -130), paths=[[[-1, -1], [0.9, -1]]])
    assert legend(ax) == ["below 0: 9 of 441", "infinite: 16 of 441", "not a number: 16 of 441"]
    (mesh,) = [c for c in ax.collections if c.get_gid() == "ground"]
    faces, colors = np.asarray(mesh._faces), mesh._facecolor3d
    for kind, height, cells in ((Special.NEGATIVE, 0, 4), (Special.INFINITE, 1, 16), (Special.NAN, 0, 16)):
        own = [any(same_color(color, c) for c in special_colors(kind)) for color in colors]
        assert np.unique(faces[own][..., 2]).tolist() == [height]
        assert np.count_nonzero(own) == 4 * cells  # each cell in 2 x 2 pieces
    (path,) = [line for line in ax.lines if line.get_gid() == "path seen"]
    assert path.get_data_3d()[0].min() == pytest.approx(AXIS[4], abs=0.04)


def test_a_mark_may_stand_on_them():
    ax = plot_relief(with_one(Special.NAN), ax=axes(projection="3d"), ceiling=1.0, points=[Mark(AXIS[12], AXIS[10])])
    (mark,) = [line for line in ax.lines if str(line.get_gid()).startswith("mark")]
    assert mark.get_data_3d()[2].tolist() == [0.0]


def test_cells_on_the_slope_to_values_below_0_are_terrain_unless_a_node_has_no_other():
    mask = np.zeros((6, 6), bool)
    mask[:2, :2] = mask[4, 4] = True
    expected = np.zeros((5, 5), bool)
    expected[0, 0] = expected[3, 3] = expected[3, 4] = expected[4, 3] = expected[4, 4] = True
    np.testing.assert_array_equal(cells_around({Special.NEGATIVE: mask})[Special.NEGATIVE], expected)


@pytest.mark.parametrize("plot", [plot_contour, plot_relief])
@pytest.mark.parametrize("value", [*VALUES.values(), -np.inf])
def test_a_surface_of_nothing_else_is_drawn(plot, value):
    ax = plot(surface(np.full_like(X, value)), ax=axes(projection="3d" if plot is plot_relief else None), ceiling=1.0)
    ax.figure.canvas.draw()
    kind = "below 0" if value < 0 else "infinite" if value > 0 else "not a number"
    assert legend(ax) == [f"{kind}: 441 of 441"]


@pytest.mark.parametrize("plot", [plot_contour, plot_relief])
@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (0 * X - 1, "highest loss must be above 0 and finite to end the scale; got -1, give a ceiling"),
        (0 * X + 5e-324, "highest loss must be between 1e-200 and 1e200 to end the scale; got 4.94066e-324, give a"),
        (0 * X + 1e308, "highest loss must be between 1e-200 and 1e200 to end the scale; got 1e+308, give a ceiling"),
    ],
)
def test_what_gives_no_scale_is_refused(plot, loss, said):
    with pytest.raises(ValueError, match="^" + said.replace("+", r"\+")):
        plot(surface(loss), ax=axes(projection="3d" if plot is plot_relief else None))
    with pytest.raises(
        ValueError, match=r"^ceiling must be between 1e-200 and 1e200 .* got 1e\+250, rescale the loss$"
    ):
        plot(surface(loss), ax=axes(projection="3d" if plot is plot_relief else None), ceiling=1e250)


@pytest.mark.parametrize("plot", [plot_contour, plot_relief])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_without_a_ceiling_the_scale_ends_at_the_highest_finite_loss(plot, value):
    loss = np.where((X > 0.5) & (Y > 0.5), value, X**2 + Y**2)
    drawn = [
        plot(surface(loss), ax=axes(projection="3d" if plot is plot_relief else None), ceiling=ceiling)
        for ceiling in (None, float(loss[np.isfinite(loss)].max()))
    ]
    one, two = (fig_bytes(ax) for ax in drawn)
    assert one == two


def fig_bytes(ax):
    ax.figure.canvas.draw()
    return bytes(ax.figure.canvas.buffer_rgba())


def test_a_constant_loss_is_drawn_without_a_warning():
    ax = plot_contour(surface(0 * X + 1.5), ax=axes(), ceiling=4.0, lines=2)
    assert [c.filled for c in ax.collections] == [True]


def test_masks_are_exclusive_and_only_of_what_occurs():
    values = np.array([np.nan, np.inf, -np.inf, -1.0, -0.0, 0.0, 1e308])
    assert {k: np.flatnonzero(m).tolist() for k, m in special_masks(values).items()} == {
        Special.NEGATIVE: [2, 3],
        Special.INFINITE: [1],
        Special.NAN: [0],
    }
    signed = special_masks(values, may_be_negative=True)
    assert {k: np.flatnonzero(m).tolist() for k, m in signed.items()} == {Special.INFINITE: [1, 2], Special.NAN: [0]}
    assert not special_masks(np.array([0.0, 1.0]))


@pytest.mark.parametrize("style", STYLES)
def test_looks_differ_with_and_without_colour(style):
    with style_context(style):
        looks = [special_area(kind) for kind in Special]
        assert len({look["hatch"] for look in looks} | {"/////"}) == 4
        faces = [to_rgb(look["facecolor"]) for look in looks]
        for i, face in enumerate([*faces, to_rgb(clipped())]):
            assert all(np.abs(np.subtract(face, other)).max() > 0.1 for other in faces[:i])
        assert special_area(Special.NAN)["facecolor"] == background_color()
        for look in looks:
            grey = [np.dot(to_rgb(look[part]), (0.2126, 0.7152, 0.0722)) for part in ("facecolor", "edgecolor")]
            assert abs(grey[0] - grey[1]) > 0.2
