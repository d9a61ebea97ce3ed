"""The figure of basins: the map and its comparison as counted without it, the bowl as checked in another way."""

from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.levels import basins
from figures.style.style_sheets import STYLES
from landscape import xor
from landscape.analysis.run_states import State

pytestmark = pytest.mark.slow

SMALL = {"resolution": 41, "points": 41, "others": 3, "other_resolution": 5, "steps": 4000}
NET = xor.network()


def plane_of(seed):
    return ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(seed), orthogonal=True)


@pytest.fixture(scope="module")
def result():
    return basins.compute(basins.Settings(**SMALL))


def test_the_result_is_that_of_single_calls(result):
    axis = np.linspace(-1.5, 1.5, 41)
    alone = ls.basin_map(NET, plane_of(110), axis, axis, ls.Adam(1e-2), 4000)
    np.testing.assert_array_equal(result.basins.level, alone.level)
    assert result.surface.loss[20, 20] == 0
    np.testing.assert_allclose(result.surface.loss[3, 5], NET.loss(plane_of(110).point(axis[5], axis[3])))
    coarse = np.linspace(-1.5, 1.5, 5)
    for k, solved in enumerate(result.others_solved):
        starts = plane_of(111 + k).point(coarse, coarse[:, None]).reshape(-1, 9)
        run = ls.train(NET, starts, ls.Adam(1e-2), 4000, record_every=4000)
        assert solved == np.count_nonzero(ls.assign_levels(NET, run.end) == 0)


def test_the_picture_of_the_lecture(result):
    """What the default seed is picked for: one bowl, more than half of it in traps, all levels to be seen."""
    assert result.rising == basins.RAYS
    share = result.basins.fractions
    assert share[0] < 0.35
    assert share[1:4].min() > 0.12
    assert share[4] < 0.03
    assert result.basins.outcome[20, 20] == 0


def test_rays_on_which_the_loss_falls_are_counted():
    plane, by_hand = plane_of(1), 0
    for k in range(basins.RAYS):
        a, b = np.cos(np.radians(k)), np.sin(np.radians(k))
        reach = 2.0 / max(abs(a), abs(b))
        loss = ls.evaluate_line(NET, xor.TEXTBOOK, a * plane.d1 + b * plane.d2, np.linspace(0, reach, 301)).loss
        by_hand += all(after >= before - 1e-9 for before, after in pairwise(loss))
    assert 100 < by_hand < 350
    assert ls.rising_rays(NET, plane, 2.0, basins.RAYS) == by_hand


def test_progress_ends_at_the_number_of_starts():
    seen = []
    small = SMALL | {"steps": 5, "resolution": 21}
    basins.compute(basins.Settings(**small), progress=lambda *now: seen.append(now))
    assert seen[0][0] in {256, 441 - 256}  # the map is trained in two blocks
    assert seen[1:] == [(441 + 25 * k, 516) for k in range(4)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", basins.SIZES)
def test_layout(result, drawn, style, size):
    figure = drawn(result, style, size)
    assert len(figure.axes) == 2
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels[0] == f"solved: {100 * result.basins.fractions[0]:.1f} %"
    assert "kinks of unit 2" in labels


def test_artists_show_the_result(result, drawn):
    left, right = drawn(result, "lecture", "full").axes
    (image,) = right.images
    on_level = ~np.isnan(result.basins.level)
    np.testing.assert_array_equal(image.get_array()[on_level], result.basins.outcome[on_level])
    lines = [line for line in right.lines if line.get_label() == "_kink"]
    np.testing.assert_array_equal([line.get_xydata() for line in lines], result.lines.segments)
    assert {line.get_linestyle() for line in lines} == {"-", "--"}
    assert "bowl" in left.get_title()
    trapped = 100 * np.isin(result.basins.outcome, (1, 2, 3)).mean()
    assert quotes(right.get_title(), f"{trapped:.1f} %", "stuck")
    assert left.get_xlim() == right.get_xlim() == (-1.5, 1.5)


def test_a_plane_that_is_no_bowl_is_not_called_one(drawn):
    other = basins.compute(basins.Settings(**(SMALL | {"seed": 1, "half_width": 2.0})))
    assert other.rising < basins.RAYS
    assert "bowl" not in drawn(other, "lecture", "full").axes[0].get_title()
    assert quotes(Said(basins, other), f"{other.rising} of 360", "lines")
    assert "bowl" not in basins.alt_text(other)


def test_caption_quotes_the_result(result):
    text = Said(basins, result)
    assert quotes(text, "seed 110", "\N{PLUS-MINUS SIGN}1.5")
    assert quotes(text, "loss", "none of 360", "lines")
    assert quotes(text, "41 x 41", "Adam", "0.01", "float64", "4000 steps")
    shares = [f"{100 * share:.1f} %" for share in result.basins.fractions[:3]]
    assert quotes(text, listed=shares)
    assert quotes(text, shares[0], listed=["solved", "1/8", "1/6"])
    fewer = int((result.others_solved < 12.5).sum())
    ci = binomtest(fewer, 3).proportion_ci(method="wilson")
    assert quotes(text, "half", f"{fewer} of 3", listed=[f"{100 * ci.low:.0f}", f"{100 * ci.high:.0f}"])
    assert quotes(text, "median", f"{100 * np.median(result.others_solved) / 25:.0f} %")
    assert quotes(text, "3 seeds", "5 x 5")
    lost = {State(k).words: np.count_nonzero(result.basins.state == k) for k in (1, 2)}
    assert quotes(text, "striped", *(f"{count} {state}" for state, count in lost.items() if count))
    assert quotes(basins.alt_text(result, "half"), "solved", shares[0])


@pytest.mark.parametrize("top", [1e-3, 0.3, 1.0, 7.0, 146.0, 2e5])
def test_ticks_of_the_loss_are_round_and_apart(top):
    ticks = basins.round_losses(top)
    assert ticks[0] == 0
    assert 4 <= len(ticks) <= 7
    assert ticks[-1] > top / 3
    assert (np.diff(np.sqrt(ticks)) >= 0.1199 * np.sqrt(top)).all()
    assert all(f"{tick:.0e}"[0] in "0125" and float(f"{tick:.0e}") == tick for tick in ticks)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"resolution": 3}, "resolution"),
        ({"half_width": 0.0}, "half_width"),
        ({"steps": 0}, "steps"),
        ({"others": 0}, "others"),
        ({"reach": 1.0}, "reach"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        basins.Settings(**given)
