"""The sheet figure shows all zeros of its planes and quotes what was computed."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.surface import sheet
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import SIZES, STYLES, background_color, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()


@pytest.fixture(scope="module")
def result():
    return sheet.compute(sheet.Settings(points=41))


def drawn(result, size="full"):
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    sheet.draw(result, figure, size)
    figure.canvas.draw()
    return figure


def test_planes_and_their_zeros(result):
    """Against the outputs worked out by hand: with b1[0] = t > 0 all four rise by t, so b2 = -t restores them."""
    assert result.point_zeros.tolist() == [[0, 0]]
    assert result.ray_zeros.tolist() == [[0, 0], [1, -1]]
    for name, (i, j) in (("point", (4, 5)), ("ray", (4, 8))):
        surface = result[name]
        theta = np.tile(xor.TEXTBOOK, (41, 41, 1))
        theta[..., i] += surface.alpha
        theta[..., j] += surface.beta[:, None]
        np.testing.assert_allclose(surface.loss, NET.loss(theta), rtol=1e-12, atol=1e-15)
    zero = np.argwhere(result.ray.loss < 1e-30)
    assert zero.tolist() == [[20 - k, 20 + k] for k in range(20, -1, -1)]
    assert np.argwhere(result.point.loss < 1e-30).tolist() == [[20, 20]]
    np.testing.assert_array_equal(result.ray_line.loss < 1e-30, result.ray_line.alpha >= 0)


def test_scaling_plane_is_what_its_axes_say(result):
    plane = result.scaling.plane
    np.testing.assert_array_equal(plane.point(1, 1), xor.TEXTBOOK)
    theta = plane.point(0.5, 3.0)
    assert theta[[0, 2, 4, 6]].tolist() == [0.5, 0.5, 0.0, 3.0]
    moved = np.flatnonzero(theta != xor.TEXTBOOK)
    assert moved.tolist() == [0, 2, 6]
    # outputs a v (0, 1, 1, 2) - (0, 0, 0, 2), so the loss is 6/4 (a v - 1)^2
    a, v = np.meshgrid(result.scaling.alpha, result.scaling.beta)
    np.testing.assert_allclose(result.scaling.loss, 1.5 * (a * v - 1) ** 2, atol=1e-13)
    np.testing.assert_allclose(result.orbit.prod(axis=1), 1.0)
    assert result.orbit[0] == pytest.approx([1 / 3, 3])
    assert result.between_loss.max() < 1e-28
    assert result.chord.loss[20] == pytest.approx(1.5 * (1.25**2 - 1) ** 2)


def test_dimension_agrees_with_automatic_differentiation(result):
    assert result.dimensions == (9 - result.autodiff_rank,) == (5,)
    assert (result.n_cells, result.orbit_dimension) == (8, 2)
    eigenvalues = np.linalg.eigvalsh(NET.hessian(xor.TEXTBOOK))
    assert np.count_nonzero(eigenvalues > 1e-9) == result.autodiff_rank


def test_caption_quotes_the_result(result):
    other = sheet.compute(sheet.Settings(points=41, reach=0.5, factor=3.0, ceiling=1.0))
    for r, end, scales, chord in (
        (result, "(1, -1)", ("0.5", "2"), "0.475"),
        (other, "(0.5, -0.5)", ("0.333", "3"), "4.74"),
    ):
        text = Said(sheet, r)
        assert quotes(text, "valley", end)
        assert quotes(text, "curve", f"{r.between_loss.max():.1g}", chord, listed=scales)
        assert quotes(text, "8 activation regions", "dimension 5", 9, "rank 4")
        assert quotes(text, "rescalings", 2, "dimensions")
        assert quotes(text, "float64", listed=["1/8", "1/6", "1/4"])
        assert quotes(sheet.alt_text(r), f"{r.chord.loss.max():.3g}")
    assert quotes(Said(sheet, result), "above", "0.5")
    assert quotes(Said(sheet, other), "above", 1)


def test_zeros_are_drawn_over_the_planes(result):
    with style_context("lecture"):
        solved = level_styles(result.levels)[result.levels[0]].color
        figure = drawn(result)
        point, ray, orbit, _, flat, path, bar = figure.axes
        for ax, data in ((point, result.point_zeros), (ray, result.ray_zeros), (orbit, result.orbit)):
            (line,) = [line for line in ax.lines if same_color(line.get_color(), solved)]
            np.testing.assert_array_equal(line.get_xydata(), data)
        for ax in (flat, path):
            (line,) = [line for line in ax.lines if same_color(line.get_color(), solved)]
            assert line.get_ydata().max() < 1e-28
        assert [ax.get_title() for ax in (point, ray)] == ["one zero", "a ray of zeros"]
        assert ray.get_xlabel() == "shift of bias of unit 1"
        assert ray.get_ylabel() == "shift of output bias"
        assert [t.get_text() for t in bar.get_yticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]
        assert quotes(figure.get_suptitle(), "dimension 5", 9)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", sheet.SIZES)
def test_kinks_and_zeros_look_different(result, style, size):
    with style_context(style):
        solved = level_styles(result.levels)[result.levels[0]].color
        planes = [ax for ax in drawn(result, size).axes if any(line.get_label() == "_kink" for line in ax.lines)]
        assert planes
        for ax in planes:
            kinks = {to_hex(line.get_color()) for line in ax.lines if line.get_label() == "_kink"}
            assert kinks == {to_hex(background_color())} != {to_hex(solved)}
        assert "kink" in {text.get_text() for ax in planes for text in ax.texts}


def test_parabolas_look_like_parabolas(result):
    with style_context("lecture"):
        for ax in drawn(result).axes[3:6]:
            assert ax.get_yscale() == "linear"
            assert ax.get_ylim() == (0.0, result.ceiling)


def test_what_is_cut_off_is_grey_and_marked(result):
    with style_context("lecture"):
        figure = drawn(result)
        filled, _ = [c for c in figure.axes[0].collections if getattr(c, "filled", False)]
        assert same_color(filled.cmap(2.0), clipped())
        assert filled.extend == "max"
        profiles = figure.axes[3]
        marks = [line.get_xydata() for line in profiles.lines if line.get_marker() == "^"]
        np.testing.assert_allclose(marks[0], [[-np.sqrt(2 / 3), 0.5], [np.sqrt(0.5), 0.5]], atol=2e-3)
        assert not [line for line in figure.axes[4].lines if line.get_marker() == "^"]


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", sheet.SIZES)
def test_text_fits(result, style, size, laid_out):
    with style_context(style):
        assert laid_out(drawn(result, size)) > 15


@pytest.mark.parametrize("wrong", [{"reach": 0}, {"factor": 1}, {"ceiling": 0.1}, {"points": 3}, {"seed": 1}])
def test_bad_settings(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        sheet.Settings(**wrong)


def test_result_survives_the_file(result, tmp_path):
    ls.save(result, tmp_path / "sheet.nc")
    again = ls.load(tmp_path / "sheet.nc")
    assert Said(sheet, again) == Said(sheet, result)
    with style_context("lecture"):
        a, b = (np.asarray(drawn(r, "half").canvas.buffer_rgba()) for r in (result, again))
    np.testing.assert_array_equal(a, b)
