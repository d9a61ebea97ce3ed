"""The two ways to the twin: their heights by sampling, other solutions, and what is drawn and said of them."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import same_color
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.levels import barrier
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context, text_color
from landscape import xor
from landscape.io.storage import load, save

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"points": 51}
FOUR = (1.0, -1.0, -1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0)
LONG = (1.0, 1.1, 1.0, 1.1, 0.0, -1.1, 1.0, -2 / 1.1, 0.0)  # the textbook's with its second unit rescaled


@pytest.fixture(scope="module")
def result():
    return barrier.compute(barrier.Settings(**SMALL))


def test_heights_by_sampling(result):
    s = np.linspace(0, 1, 1001)[:, None]
    a, b = result.path.theta[[0, -1]]
    np.testing.assert_array_equal(NET.predict(a), NET.predict(b))
    np.testing.assert_array_equal(a.reshape(-1)[[1, 0, 3, 2, 5, 4, 7, 6, 8]], b)
    assert NET.loss(a + s * (b - a)).max() == pytest.approx(float(result.top), abs=1e-12)
    assert (result.top, result.level) == (Fraction(27, 16), Fraction(1, 6))
    along = np.concatenate([p + s * (q - p) for p, q in pairwise(result.path.theta)])
    assert NET.loss(along).max() == pytest.approx(float(result.level), abs=1e-12)
    assert result.line.loss.max() == result.top
    assert result.pass_loss.max() == pytest.approx(float(result.level), abs=1e-12)
    np.testing.assert_allclose([surface.theta for surface in result.surfaces][::3], [a, b])
    assert result.losses == tuple(float(NET.loss(surface.theta)) for surface in result.surfaces)
    assert result.losses[1:3] == pytest.approx([27 / 16, 1 / 6])


@pytest.mark.parametrize("theta", [FOUR, LONG], ids=["equal signs", "rescaled"])
def test_other_solutions_have_other_ways(result, drawn, theta):
    other = barrier.compute(barrier.Settings(theta=theta, **SMALL))
    assert other.top != result.top
    text = Said(barrier, other)
    assert "27/16" not in text
    assert "textbook" not in text
    straight = np.linalg.norm(np.subtract(*other.path.theta[[-1, 0]]))
    assert quotes(text, f"{other.path.length[-1]:.3g}", f"{straight:.3g}")
    drawn(other, "lecture", "full")


def test_artists_show_both_ways(result, drawn):
    figure = drawn(result, "lecture", "full")
    ways, close, *squares = figure.axes
    assert ways.get_yscale() == close.get_yscale() == "linear", "the pass is a tenth as high as the peak, and looks it"
    lines = {line.get_label(): line for line in ways.lines}
    straight = next(line for name, line in lines.items() if name.startswith("straight"))
    low = next(line for name, line in lines.items() if name.startswith("over"))
    np.testing.assert_array_equal(straight.get_xydata(), np.c_[result.line.alpha, result.line.loss])
    np.testing.assert_array_equal(low.get_xydata(), np.c_[result.pass_share, result.pass_loss])
    assert straight.get_linestyle() != low.get_linestyle()
    assert [t.get_text() for t in ways.get_yticklabels()] == ["0", "1/6", "27/16"]
    assert [t.get_text() for t in ways.texts] == ["A", "B", "C: 1/6", "D"], "whether the tick has room or not"
    assert [t.xy for t in ways.texts][1] == (0.5, 27 / 16)
    assert [a.get_title() for a in squares] == ["A:  loss 0", "B:  loss 27/16", "C:  loss 1/6", "D:  loss 0"]


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", barrier.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == (6 if size == "full" else 2)


def test_the_pass_is_a_trap_from_whose_edges_a_way_leads_down(result):
    path = result.path
    assert result.traps.tolist() == [[2, 3]]
    assert result.ways_down == (2, 3)
    for share in (0.01, 0.25, 0.5, 0.75, 0.99):
        inside = path.theta[2] + share * (path.theta[3] - path.theta[2])
        report = ls.describe(NET, inside)
        assert (report.level, report.is_local_minimum) == (Fraction(1, 6), True)
        near = inside + 1e-4 * np.random.default_rng(0).standard_normal((2000, 9))
        assert NET.loss(near).min() >= 1 / 6 - 1e-12, "no step of 2000 leads down"
        assert NET.loss(inside) == pytest.approx(1 / 6, abs=1e-12)
    for corner in result.ways_down:
        way = ls.exit_path(NET, path.theta[corner])
        assert NET.loss(way.points(0.01 * way.length[-1])) < 1 / 6 - 1e-6
        assert way.loss[-1] == pytest.approx(0, abs=1e-12)
    between = ls.describe(NET, path.points(path.length[1:3].mean()))
    assert not between.is_local_minimum


@pytest.mark.parametrize("style", ["lecture-dark", "ddasp"])
@pytest.mark.parametrize("size", barrier.SIZES)
def test_the_close_up_shows_where_the_pass_is_a_trap(result, drawn, style, size):
    close = drawn(result, style, size).axes[1]
    (thick,) = [line for line in close.lines if line.get_gid() == "local minima"]
    np.testing.assert_allclose(thick.get_xydata(), [[2, 1 / 6], [3, 1 / 6]])
    with style_context(style):
        assert same_color(thick.get_color(), level_styles(result.levels)[Fraction(1, 6)].color)
    edges = [line.get_xydata()[0].tolist() for line in close.lines if line.get_gid() == "edge"]
    np.testing.assert_allclose(edges, [[2, 1 / 6], [3, 1 / 6]])
    curve = close.lines[0]
    np.testing.assert_array_equal(curve.get_xydata(), np.c_[result.pass_piece, result.pass_loss])
    words = [t.get_text().replace("\n", " ") for t in close.texts]
    arrows = [t.arrow_patch for t in close.texts if t.arrow_patch]
    assert len(arrows) == 2
    with style_context(style):
        assert all(same_color(arrow.get_edgecolor(), text_color()) for arrow in arrows), "seen on the background"
    assert {"local minima: no way down", "from here on a way down", "A", "C", "D"} <= set(words)
    assert "B" not in words
    top = close.get_ylim()[1]
    assert result.pass_loss.max() < top < 2.5 * result.pass_loss.max()
    for words in ("local minima, where training can get stuck", "no direction leads down", "also a pass"):
        assert words in Said(barrier, result, size)
    assert "root" not in Said(barrier, result, size)


def test_words(result):
    for size in barrier.SIZES:
        text = Said(barrier, result, size)
        for parts in (("27/16", "0.5", "straight"), ("1/6", "pass"), ("10.7", "4.47"), ("flat", "units 1 and 2")):
            assert quotes(text, *parts), parts
        assert "textbook" in text
        assert ("Below" in text) == ("Bottom" in barrier.alt_text(result, size)) == (size == "full")
        assert quotes(barrier.alt_text(result, size), "27/16", "0.5")


def test_a_saved_result_draws_alike(result, drawn, tmp_path):
    save(result, tmp_path / "b.nc")
    kept = load(tmp_path / "b.nc")
    assert Said(barrier, kept) == Said(barrier, result)
    drawn(kept, "lecture", "half")


def test_bad_settings():
    with pytest.raises(ValidationError, match="theta"):
        barrier.Settings(theta=(1.0,))


def test_a_start_that_is_no_solution_is_told_before_anything_is_computed():
    with pytest.raises(ValidationError, match=r"must be a solution, of loss 0; got one of loss 0\.5"):
        barrier.Settings(theta=(0.0,) * 9)
    assert barrier.Settings(theta=(2.0, 1.0, 2.0, 1.0, 0.0, -1.0, 0.5, -2.0, 0.0)).theta[0] == 2
