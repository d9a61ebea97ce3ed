"""The relief of the lecture: the caption, the marks, and everything inside the figure."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from quoting import quotes
from telling import Said

from figures.lecture.surface import relief
from figures.style.loss_scales import LOSS_LABEL, THETA_STAR
from figures.style.style_sheets import SIZES, STYLES, background_color, style_context, text_color
from landscape import xor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result():
    return relief.compute(relief.Settings(steps=2000, learning_rate=0.005, grid=41))


def test_lecture_figure_shows_what_its_caption_says(result):
    path = result.path
    assert result.surface.loss.shape == result.path_surface.loss.shape == (41, 41)
    assert result.surface.loss[20, 20] == 0.0
    own = result.path_surface.plane
    assert own.norms == pytest.approx((1, 1))
    assert path.share[0] > 0.99
    assert path.loss[0, -1] < 1e-12
    text = Said(relief, result)
    gap = np.abs(path.loss - path.loss_in_plane).max()
    assert quotes(text, "variance", f"{100 * path.share[0]:.1f} %")
    assert quotes(text, "plane", f"{path.distance.max():.2g}", "loss", f"{gap:.2g}")
    assert quotes(text, "float64", "2000 steps", "seed 1")
    assert quotes(text, "seed 5", "no parameter")
    assert quotes(text, "1/4", "gets stuck")
    assert quotes(relief.alt_text(result), "loss", f"{path.loss[0, 0]:.2g}")


def test_frozen_parameters_are_named():
    still = relief.compute(relief.Settings(bias="ignore", steps=10, grid=5))
    assert quotes(Said(relief, still), "frozen", "bias of unit 1", "bias of unit 2", "output bias")
    free = relief.compute(relief.Settings(directions="random", steps=10, grid=5))
    assert quotes(Said(relief, free), "random directions")
    assert "bias rule" not in Said(relief, free)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", relief.SIZES)
def test_everything_is_inside_the_figure(result, style, size):
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        relief.draw(result, figure, size)
        *terrains, bar = figure.axes
        assert len(terrains) == (2 if size == "full" else 1)
        figure.canvas.draw()
        page = figure.bbox
        texts = [t for t in figure.texts if t.get_text()]
        for ax in figure.axes:
            texts += [t for t in ax.texts if t.get_text()]
            for axis in (ax.xaxis, ax.yaxis, ax.zaxis) if ax is not bar else (ax.yaxis,):
                reach = axis.get_tightbbox()
                assert page.x0 <= reach.x0
                assert reach.x1 <= page.x1
                assert page.y0 <= reach.y0
                assert reach.y1 <= page.y1
                assert 8 <= axis.label.get_size() <= 9
        for text in texts:
            reach = text.get_window_extent()
            assert page.x0 <= reach.x0 < reach.x1 <= page.x1
            assert 8 <= text.get_size() <= 9
        ends = [t.get_text() for t in terrains[-1].texts]
        assert ends == ["start", "end"]
        (legend,) = figure.legends
        labels = [t.get_text() for t in legend.get_texts()]
        assert ("cut at 4" in labels) == (size == "full")
        assert "Adam's path" in labels
        named = dict(zip(labels, legend.legend_handles, strict=True))
        end = named[f"end, {result.end_to_textbook:.2f} from {THETA_STAR}"]
        foot = named[f"nearest to {THETA_STAR}, {result.textbook_to_plane:.2f} off"]
        marks = [line for line in terrains[-1].lines if str(line.get_gid()).startswith("mark")]
        assert [mark.get_marker() for mark in marks] == ["o", end.get_marker(), foot.get_marker()]
        assert [same_color(mark.get_markerfacecolor(), text_color()) for mark in marks] == [False, True, False]
        assert same_color(foot.get_markerfacecolor(), background_color())
        at = [np.ravel(mark.get_data_3d()[:2]) for mark in marks]
        np.testing.assert_allclose(at[1:], [[result.path.alpha[0, -1], result.path.beta[0, -1]], result.textbook_at])
        assert bar.get_ylabel() == f"{LOSS_LABEL} (root scale)"
        assert [t.get_text() for t in bar.get_yticklabels()] == ["0", "1/4", "1", "4"]
        assert terrains[-1].get_zlabel() == bar.get_ylabel()


def test_the_textbook_weights_are_marked_where_they_are_nearest(result):
    plane = result.path_surface.plane
    np.testing.assert_allclose(plane.coordinates(xor.TEXTBOOK), result.textbook_at)
    gap = np.linalg.norm(plane.point(*result.textbook_at) - xor.TEXTBOOK)
    assert gap == pytest.approx(result.textbook_to_plane)
    assert gap > 0.1, "otherwise the mark is theta* itself"
    assert quotes(Said(relief, result), "away from the textbook weights", f"{result.end_to_textbook:.2g}")
    assert quotes(Said(relief, result), "not the optimum", f"{result.textbook_to_plane:.2g}")


def test_drawing_twice_draws_the_same(result):
    def picture():
        figure = Figure(figsize=(2.7, 2.6), dpi=50)
        canvas = FigureCanvasAgg(figure)
        relief.draw(result, figure, "half")
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())

    with style_context("lecture"):
        np.testing.assert_array_equal(picture(), picture())
