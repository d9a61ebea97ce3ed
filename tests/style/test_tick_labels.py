"""Tick labels of root and logarithmic scales never overlap, whatever the range and the size of the figure."""

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import landscape as ls
from figures.plots.profile import plot_profile, thin_ticks
from figures.plots.relief import plot_relief
from figures.style.height_scale import HeightScale
from figures.style.loss_scales import label_colorbar, loss_bar, mappable, root_norm
from figures.style.style_sheets import SIZES, STYLES, style_context
from figures.style.tick_labels import set_tick_labels
from landscape import xor

CANVASES = {**SIZES, "small": (1.6, 1.4)}
PLANE = ls.coordinate_plane(xor.network(), xor.TEXTBOOK, "b1[0]", "b2[0]")
MANY = [Fraction(k, 15) for k in range(16)]


@pytest.fixture(params=CANVASES)
def figure(request):
    with style_context("lecture"):
        figure = Figure(figsize=CANVASES[request.param])
        FigureCanvasAgg(figure)
        yield figure


def shown(axis):
    """Return the labels of an axis that are drawn, none of which overlaps another."""
    axis.get_figure(root=True).canvas.draw()
    labels = [label for label in axis.get_ticklabels() if label.get_text()]
    boxes = [Text.get_window_extent(label) for label in labels]
    for i, box in enumerate(boxes):
        for k, other in enumerate(boxes[:i]):
            assert not box.padded(-0.5).overlaps(other.padded(-0.5)), (labels[i].get_text(), labels[k].get_text())
    return [label.get_text() for label in labels]


@pytest.mark.parametrize(
    ("decades", "view"), [(0.5, None), (2.5, (70, 20)), (17, None), (17, (65, -135)), (500, (10, 95))]
)
def test_terrain_of_any_number_of_decades(figure, decades, view):
    top = 1e199 if decades > 300 else 2.0
    floor = top * 10.0**-decades if decades < 300 else 10.0 ** (199 - decades)
    x = np.linspace(0, 1, 3)
    loss = np.geomspace(floor, top, 9).reshape(3, 3)
    surface = ls.Surface(alpha=x, beta=x, loss=loss, plane=PLANE)
    ax = plot_relief(surface, ax=figure.add_subplot(projection="3d"), height="log", floor=floor, view=view)
    assert 1 <= len(shown(ax.zaxis)) <= 10


def test_decades_have_equal_steps_and_less_than_two_give_the_ends():
    def ticks(floor, ceiling):
        return HeightScale.of([floor, ceiling], "log", floor, ceiling).ticks()

    assert ticks(2.0, 5.0) == {2.0: "2", 5.0: "5"}
    assert list(ticks(0.5, 5.0).values()) == ["0.5", "5"]
    assert list(ticks(1e-3, 1.0)) == [1e-3, 1e-2, 1e-1, 1.0]
    assert list(ticks(1e-17, 1.0).values()) == [f"$10^{{{d}}}$" for d in range(-17, 1, 2)]
    assert len(ticks(1e-300, 1e199)) == 10


@pytest.mark.parametrize("ceiling", [1e-150, 1.0, 1e150])
def test_profile_with_many_levels(figure, ceiling):
    x = np.linspace(0, 1, 11)
    profile = ls.Profile(alpha=x, loss=ceiling * x, origin=np.zeros(2), direction=np.ones(2))
    marks = [Fraction(ceiling) * m for m in MANY]
    ax = plot_profile(profile, ax=figure.subplots(), marks=marks)
    labels = shown(ax.yaxis)
    assert labels[0] == "0"
    assert labels[-1] == f"{ceiling:g}"
    assert 2 <= len(labels) <= len(MANY)
    thin_ticks(ax, marks, ceiling)
    assert len(shown(ax.yaxis)) == 2


@pytest.mark.parametrize("location", ["right", "top"])
def test_colour_bar_with_many_levels(figure, location):
    bar = figure.colorbar(mappable(root_norm(1.0)), ax=[figure.subplots()], location=location)
    label_colorbar(bar, {float(m): f"$10^{{{k}}}$ of all" for k, m in enumerate(MANY)})
    labels = shown(bar.long_axis)
    assert (labels[0], labels[-1]) == ("$10^{0}$ of all", "$10^{15}$ of all")


def test_shared_colour_bar(figure):
    bar = loss_bar(figure, [figure.subplots()], MANY[:4], 0.2)
    assert {"0", "1/5"} <= set(shown(bar.ax.yaxis))


@pytest.mark.parametrize("style", STYLES)
def test_labels_return_where_there_is_room(style):
    with style_context(style):
        figure = Figure(figsize=(3, 0.5), layout="none")
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.3, 0.0, 0.7, 1.0))
        set_tick_labels(ax.yaxis, {k: str(k) for k in range(10)})
        few = shown(ax.yaxis)
        assert few[:1] + few[-1:] == ["0", "9"]
        assert len(few) < 6
        figure.set_size_inches(3, 5)
        assert shown(ax.yaxis) == [str(k) for k in range(10)]
