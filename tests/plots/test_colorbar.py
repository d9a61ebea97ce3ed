"""Colours: their direction in every style, and the bars that say what they mean."""

import numpy as np
import pytest
from matplotlib import colormaps, style
from matplotlib.colors import same_color
from matplotlib.figure import Figure

import figures
import landscape as ls
from figures.style.loss_scales import LOSS_LABEL
from figures.style.style_sheets import background_color, brightness
from landscape import xor

NET = xor.network()
PLANE = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
AXIS = np.linspace(-1.0, 1.0, 5)
RUNS = ls.train(NET, xor.offset_start(0.1), ls.Adam(1e-2), 5)
SURFACE = ls.evaluate_plane(NET, PLANE, AXIS, AXIS)
HUBER = '{"model": "Keras net", "loss": "huber"}'


def axes(**kwargs):
    return Figure(figsize=(8, 6)).add_subplot(**kwargs)


def lowest_and_highest(surface, **kwargs):
    """Return the colours of the lowest and the highest value, in contours and on a terrain."""
    ax = figures.plot_contour(surface, ax=axes(), **kwargs)
    filled = ax.collections[0]
    yield filled.to_rgba(filled.norm.vmin), filled.to_rgba(filled.norm.vmax)
    relief = figures.plot_relief(surface, ax=axes(projection="3d"), **kwargs)
    polygons = next(c for c in relief.collections if c.get_gid() == "ground")
    height = np.nanmean(np.asarray(polygons._faces)[..., 2], axis=1)
    yield polygons._facecolor3d[height.argmin()], polygons._facecolor3d[height.argmax()]  # not yet sorted by depth


@pytest.mark.parametrize(
    "sheet", ["default", "dark_background", "ggplot", "xorscape", "xorscape-dark", "xorscape-ddasp"]
)
@pytest.mark.parametrize("metric", [None, "accuracy"])
def test_in_every_style_low_values_are_as_bright_as_the_background(sheet, metric):
    values = np.outer(np.linspace(0, 1, 21), np.linspace(0, 1, 21))
    axis = np.linspace(0, 1, 21)
    surface = ls.Surface(alpha=axis, beta=axis, loss=values, plane=PLANE, metrics={"accuracy": values})
    with style.context(sheet, after_reset=True):
        for low, high in lowest_and_highest(surface, metric=metric):
            background = brightness(background_color())
            assert abs(brightness(low[:3]) - background) + 0.2 < abs(brightness(high[:3]) - background)


def test_a_map_that_is_passed_is_drawn_as_it_is_also_on_the_bar():
    ax = figures.plot_contour(SURFACE, ax=axes(), cmap="viridis", colorbar=True)
    (bar,) = ax.child_axes
    for drawn in (ax.collections[0], bar.collections[-1]):
        assert same_color(drawn.cmap(0.0), colormaps["viridis"](0.0))


def a_map():
    level = np.array([[0.0, 0.25], [0.125, np.nan]])
    return ls.BasinMap(
        alpha=[0, 1], beta=[0, 1], level=level, state=np.isnan(level), kind_code=None, plane=PLANE,
        levels=(*(level.value for level in ls.stationary_levels(NET)), None), settings={"objective": NET.describe()},
    )  # fmt: skip


BARS = {
    "contour": (lambda **bar: figures.plot_contour(SURFACE, ax=axes(), **bar), LOSS_LABEL, "0"),
    "relief": (lambda **bar: figures.plot_relief(SURFACE, ax=axes(projection="3d"), **bar), LOSS_LABEL, "0"),
    "runs": (lambda **bar: figures.plot_runs(ls.runs_on_plane(NET, RUNS), axes(), **bar), LOSS_LABEL, "0"),
    "decision": (
        lambda **bar: figures.plot_decision(ls.decision_surface(NET, xor.TEXTBOOK, points=5), ax=axes(), **bar),
        "output",
        "0",
    ),
    "basins": (
        lambda **bar: figures.plot_basins(a_map(), ax=axes(), **bar),
        f"{LOSS_LABEL} at the end of training",
        "solved",
    ),
}


@pytest.mark.parametrize("plot", BARS)
def test_every_plot_with_colours_has_a_bar_that_names_them(plot):
    draw, label, lowest = BARS[plot]
    (bar,) = draw(colorbar=True).child_axes
    assert bar.get_ylabel() in {label, f"{label} (root scale)"}
    assert bar.get_ylabel().endswith("(root scale)") == (plot in {"contour", "relief", "runs"})
    assert bar.get_yticklabels()[0].get_text() == lowest
    assert not draw().child_axes


def test_bars_are_named_by_the_objective():
    surface = ls.Surface(alpha=AXIS, beta=AXIS, loss=SURFACE.loss, plane=PLANE, settings={"objective": HUBER})
    for draw, ax in ((figures.plot_contour, axes()), (figures.plot_relief, axes(projection="3d"))):
        assert draw(surface, ax=ax, colorbar=True).child_axes[0].get_ylabel() == "Huber loss (root scale)"


@pytest.mark.parametrize("height", ["power", "log", "linear"])
def test_the_bar_of_a_terrain_has_the_scale_of_its_heights(height):
    ax = figures.plot_relief(SURFACE, ax=axes(projection="3d"), height=height, floor=0.5, ceiling=2.0, colorbar=True)
    norm = ax.child_axes[0].collections[-1].norm
    middle = {"power": ((0.5**0.5 + 2.0**0.5) / 2) ** 2, "log": 1.0, "linear": 1.25}[height]
    np.testing.assert_allclose(norm([0.5, middle, 2.0]), [0.0, 0.5, 1.0], atol=1e-12)


def test_a_scale_of_the_callers_own_has_ticks_of_its_own():
    from matplotlib.colors import Normalize

    ax = figures.plot_contour(SURFACE, ax=axes(), norm=Normalize(-1.0, 3.0), levels=[-1, 0, 1, 2, 3], colorbar=True)
    (bar,) = ax.child_axes
    assert {-1.0, 0.0, 3.0} <= set(np.round(bar.get_yticks(), 9))
    assert bar.get_ylim()[0] == -1.0


DRAW = {
    "contour": lambda: figures.plot_contour(SURFACE, ax=axes()),
    "relief": lambda: figures.plot_relief(SURFACE, ax=axes(projection="3d")),
    "profile": lambda: figures.plot_profile(ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, AXIS), ax=axes()),
    "trajectories": lambda: figures.plot_trajectories(ls.project(NET, RUNS, PLANE), ax=axes()),
    "kinks": lambda: figures.plot_kinks(ls.kink_lines(NET, PLANE, AXIS, AXIS), ax=axes()),
    "basins": lambda: figures.plot_basins(a_map(), ax=axes()),
    "decision": lambda: figures.plot_decision(ls.decision_surface(NET, xor.TEXTBOOK, points=5), ax=axes()),
    "spectrum": lambda: figures.plot_spectrum(
        ls.spectral_density(NET, xor.TEXTBOOK, rng=np.random.default_rng(0), samples=2, steps=3), ax=axes()
    ),
    "sharpness": lambda: figures.plot_sharpness(ls.track_sharpness(NET, RUNS), axes()),
    "runs": lambda: figures.plot_runs(ls.runs_on_plane(NET, RUNS), axes()),
}


@pytest.mark.parametrize("plot", DRAW)
def test_every_axis_of_every_plot_has_a_label(plot):
    ax = DRAW[plot]()
    for name in "xyz" if plot == "relief" else "xy":
        assert getattr(ax, f"get_{name}label")(), name


@pytest.mark.parametrize("plot", ["relief", "trajectories", "kinks"])
def test_axes_of_a_plane_are_named_by_its_directions_unless_they_have_a_name(plot):
    ax = DRAW[plot]()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("shift of bias of unit 1", "shift of output bias")
    given = axes(projection="3d") if plot == "relief" else axes()
    given.set(xlabel="mine", ylabel="yours")
    draws = {
        "relief": lambda: figures.plot_relief(SURFACE, ax=given),
        "trajectories": lambda: figures.plot_trajectories(ls.project(NET, RUNS, PLANE), ax=given),
        "kinks": lambda: figures.plot_kinks(ls.kink_lines(NET, PLANE, AXIS, AXIS), ax=given),
    }
    draws[plot]()
    assert (given.get_xlabel(), given.get_ylabel()) == ("mine", "yours")
