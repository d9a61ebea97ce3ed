"""The gallery shows the planes of its seeds, and the bands hold the profiles that they claim to hold."""

from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.surface import seeds
from figures.style.style_sheets import STYLES
from landscape import xor

pytestmark = pytest.mark.slow

SMALL = {"planes": 40, "rows": 2, "columns": 3, "grid": 21, "points": 20, "seed": 7}
NET = xor.network()


@pytest.fixture(scope="module")
def result():
    return seeds.compute(seeds.Settings(**SMALL))


def planes(count, **how):
    return [ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(7 + i), **how) for i in range(count)]


def test_gallery_is_that_of_its_seeds(result):
    assert len(result.gallery) == 6
    for surface, plane in zip(result.gallery, planes(6), strict=True):
        np.testing.assert_array_equal(surface.plane.d1, plane.d1)
        np.testing.assert_array_equal(surface.plane.d2, plane.d2)
        np.testing.assert_array_equal(surface.alpha[[0, -1]], result.alpha[[0, -1]])
        point = xor.TEXTBOOK + surface.alpha[3] * plane.d1 + surface.beta[18] * plane.d2
        assert surface.loss[18, 3] == pytest.approx(float(NET.loss(point)))
        assert surface.loss[10, 10] == 0.0


def test_window_is_a_multiple_of_the_median_range(result):
    ranges = sorted(ls.automatic_range(NET, plane) for plane in planes(6))
    assert result.alpha[-1] == pytest.approx(1.6 * (ranges[2] + ranges[3]) / 2)
    assert result.alpha[20] == 0.0
    assert result.ceiling == 0.5


def test_bands_hold_as_many_profiles_as_they_say(result):
    """By counting: 80 profiles, of which 8 lie below the lower edge and 8 above the upper one, give or take one."""
    directions = [d for plane in planes(40) for d in (plane.d1, plane.d2)]
    losses = np.stack([NET.loss(xor.TEXTBOOK + result.alpha[:, None] * d) for d in directions])
    lowest, low, median, high, highest = result.bands
    np.testing.assert_allclose(lowest, losses.min(axis=0), rtol=1e-9)
    np.testing.assert_allclose(highest, losses.max(axis=0), rtol=1e-9)
    for i in (0, 9, 31, 40):
        assert (losses[:, i] < low[i] * (1 - 1e-9)).sum() == 8
        assert (losses[:, i] > high[i] * (1 + 1e-9)).sum() == 8
        assert (losses[:, i] < median[i]).sum() == 40

    def falls(side):
        return any(after < before for before, after in pairwise(side))

    falling = sum(falls(loss[20:].tolist()) or falls(loss[20::-1].tolist()) for loss in losses)
    assert result.rising == 80 - falling


def test_a_direction_not_drawn_at_random_stays_at_zero(result):
    flat = result.flat
    assert np.linalg.norm(flat.direction) == pytest.approx(np.sqrt(10))  # that of every joint direction: 2 + 3 + 5
    assert flat.loss[20:].max() < 1e-28
    assert flat.loss[0] > 0.01
    assert result.bands[0, -1] > 1e6 * flat.loss[-1]


def test_artists_show_the_result(result, drawn):
    figure = drawn(result, "lecture", "full")
    *panes, bar, curves = figure.axes
    assert len(panes) == 6
    assert [a.get_title() for a in panes] == [f"angle {s.plane.angle:.0f}°" for s in result.gallery]
    filled = panes[0].collections[0]
    assert (filled.norm.vmin, filled.norm.vmax) == (0.0, result.ceiling)
    assert filled.extend == "max"
    np.testing.assert_allclose(bar.get_xticks(), [0, 1 / 8, 1 / 6, 1 / 4, 1 / 2])
    assert [t.get_text() for t in bar.get_xticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]
    assert curves.get_ylim() == (0.0, result.ceiling)
    assert curves.get_yticklabels()[-1].get_text().startswith("≥ ")
    lines = {line.get_label(): line for line in curves.lines}
    np.testing.assert_array_equal(lines["median"].get_ydata(), result.bands[2])
    np.testing.assert_array_equal(lines["bias of unit 1 up,\noutput bias down"].get_ydata(), result.flat.loss)
    wide, middle = (band.get_paths()[0].vertices for band in curves.collections)
    for vertices, low, high in ((wide, *result.bands[[0, 4]]), (middle, *result.bands[[1, 3]])):
        at_edge = vertices[vertices[:, 0] == result.alpha[-1], 1]
        assert (at_edge.min(), at_edge.max()) == (low[-1], high[-1])


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", seeds.SIZES)
def test_layout(drawn, style, size):
    figure = drawn(seeds.compute(seeds.Settings(planes=10)), style, size)
    assert len(figure.axes) == (14 if size == "full" else 1)


def test_caption_quotes_the_result(result):
    text = Said(seeds, result)
    _, low, _, high, _ = result.bands[:, 30]
    assert quotes(text, "6 planes", "seeds", listed=[7, 12])
    assert quotes(text, "bias rule joint")
    assert quotes(text, "seeds", listed=[7, 46])
    assert quotes(text, "unit steps", "3.16", "no parameter", "float64")
    assert quotes(text, f"{result.rising} of 80", "profiles")
    numbers = f"{result.alpha[30]:.2g}", "80 %", f"{high / low:.2g}"
    assert quotes(text, "middle", *numbers, listed=[f"{low:.2g}", f"{high:.2g}"])
    assert quotes(text, f"{result.bands[0, [0, -1]].min():.2g}", "edge")


def test_caption_follows_the_settings():
    still = seeds.compute(seeds.Settings(**(SMALL | {"bias": "ignore", "spread": 0.5, "ceiling": 0.75})))
    text = Said(seeds, still)
    assert quotes(text, "frozen", "bias of unit 1", "bias of unit 2", "output bias")
    assert quotes(text, "middle", "50 %")
    assert quotes(text, "cut off", "0.75")
    assert quotes(text, "unit steps", 3)
    free = seeds.compute(seeds.Settings(**(SMALL | {"directions": "random"})))
    text = Said(seeds, free)
    assert quotes(text, "random directions", "seeds")
    assert "rule" not in text
    assert quotes(text, "unit steps", listed=[f"{norm:.2g}" for norm in free.norms])


def test_gallery_may_be_larger_than_the_sample(drawn):
    few = seeds.compute(seeds.Settings(**(SMALL | {"planes": 2})))
    assert len(few.gallery) == 6
    assert few.angles.shape == (2,)
    drawn(few, "lecture", "full")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"planes": 1}, "planes"),
        ({"rows": 0}, "rows"),
        ({"grid": 302}, "grid"),
        ({"spread": 0.0}, "spread"),
        ({"ceiling": -1.0}, "ceiling"),
        ({"bias": "none"}, "bias"),
        ({"sigma": 1.0}, "sigma"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        seeds.Settings(**given)
