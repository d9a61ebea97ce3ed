"""The caption of ``basins`` again: lines out as exact quartics, runs by plain numpy and by Keras, start by start."""

from functools import cache

import numpy as np
import pytest
import referee_exact as exact
from referee_descent import adam, keras_adam
from referee_ends import LEVELS, kind_of, level_of
from referee_lines import never_falls
from referee_planes import (
    KERNELS,
    drawn as normal_directions,
    filters,
    normalized,
    orthogonal,
    steepest_fall,
    to_border,
)
from referee_quotes import assert_says, figure, quotes, settings_of_adam, written
from referee_training import TEXTBOOK, loss, wilson

import landscape as ls
from landscape import xor

pytestmark = pytest.mark.heavy

RESOLUTION = 45
"""Starts per axis of the plane: fewer than by default, each of which is compared."""


@pytest.fixture(scope="module")
def drawn():
    return figure("basins", resolution=RESOLUTION)


@cache
def axes_of_plane(seed):
    """Return the two directions of the plane of a seed: normalized, then made orthogonal."""
    first, second = (normalized(d, TEXTBOOK, "joint") for d in normal_directions(seed))
    return first, orthogonal(second, first)


def grid(seed, half, points):
    """Return the starts on a plane, shape (beta, alpha, 9)."""
    first, second = axes_of_plane(seed)
    axis = np.linspace(-half, half, points)
    return TEXTBOOK + axis[None, :, None] * first + axis[:, None, None] * second


@pytest.fixture(scope="module")
def starts(drawn):
    """The starts on the plane of the figure, then those on the planes that it is compared with, by row.

    They are the figure's own, once ours have been found the same but for rounding, by which a run that spikes decides.
    """
    result, _ = drawn
    ours = grid(result.seed, result.half_width, result.basins.alpha.size).reshape(-1, 9)
    seeds = range(result.seed + 1, result.seed + 1 + result.others)
    others = [grid(seed, result.half_width, result.other_resolution).reshape(-1, 9) for seed in seeds]
    own = np.concatenate([ours, *others])
    axis = np.linspace(-result.half_width, result.half_width, result.other_resolution)
    planes = [ls.random_plane(xor.network(), TEXTBOOK, rng=np.random.default_rng(s), orthogonal=True) for s in seeds]
    grids = [(result.basins.plane, result.basins.alpha, result.basins.beta), *((one, axis, axis) for one in planes)]
    drawn_from = np.concatenate([one.point(*np.meshgrid(a, b)).reshape(-1, 9) for one, a, b in grids])
    np.testing.assert_allclose(drawn_from, own, rtol=0, atol=1e-12)
    return drawn_from, len(ours)


@pytest.fixture(scope="module")
def ends(drawn, starts):
    result, caption = drawn
    return adam(starts[0], result.steps, **settings_of_adam(caption))[0]


def test_the_directions_are_orthogonal_and_a_unit_step_moves_every_unit_by_its_own_size(drawn):
    result, caption = drawn
    first, second = axes_of_plane(result.seed)
    assert_says(caption, "seed", result.seed)
    assert_says(caption, "half_width", result.basins.alpha[-1])
    np.testing.assert_allclose(result.basins.plane.d1, first, rtol=1e-12)
    np.testing.assert_allclose(result.basins.plane.d2, second, rtol=1e-10)
    assert abs(first @ second) < 1e-12
    for part in filters("joint"):
        assert np.linalg.norm(first[part]) == pytest.approx(np.linalg.norm(TEXTBOOK[part]))
    assert len(KERNELS) == 3


def test_the_loss_never_falls_on_the_lines_of_the_caption_in_rational_arithmetic(drawn):
    result, caption = drawn
    angles = np.linspace(0.0, 2.0 * np.pi, int(written(caption, "rays")), endpoint=False)
    out = to_border(angles, result.half_width) @ np.stack(axes_of_plane(result.seed))
    falling = [k for k, direction in enumerate(out) if not never_falls(exact.TEXTBOOK, direction, 1)]
    assert len(out) - len(falling) == result.rising


def test_no_line_out_is_found_on_which_the_loss_falls(drawn):
    """A hundred times as many lines; the highest loss at their ends is the one quoted."""
    result, caption = drawn
    out = _lines(result.seed, result.half_width, 100 * result.rays)
    fall, highest = steepest_fall(TEXTBOOK, out, 1.0)
    assert result.rising == result.rays
    assert fall.max() < 1e-12 * highest.max()
    assert_says(caption, "highest", loss(TEXTBOOK + out).max())
    assert loss(TEXTBOOK + out).max() == pytest.approx(highest.max())


def test_on_as_many_other_planes_the_loss_never_falls_on_twenty_times_as_many_lines(drawn):
    result, caption = drawn
    never = 0
    for seed in range(result.seed + 1, result.seed + 1 + result.others):
        for count in (60, 20 * result.rays):
            fall, highest = steepest_fall(TEXTBOOK, _lines(seed, result.half_width, count), 1.0)
            falls = fall.max() > 1e-12 * highest.max()
            if falls:
                break
        never += not falls
    assert_says(caption, "others_rising", never)


def _lines(seed, half, count):
    return to_border(np.linspace(0.0, 2.0 * np.pi, count, endpoint=False), half) @ np.stack(axes_of_plane(seed))


def test_every_start_ends_on_the_level_that_is_drawn(drawn, starts, ends):
    """A run whose loss is near no level, or that spikes, may be judged differently; there are few of them."""
    result, caption = drawn
    ours, theirs = level_of(ends[: starts[1]]), np.searchsorted(LEVELS, result.basins.level.ravel())
    settled = ~np.isnan(result.basins.level.ravel())
    different = settled & (ours != theirs)
    assert np.count_nonzero(different) <= np.count_nonzero(~settled)
    assert (ours[different] == -1).all()
    share_of_different = np.count_nonzero(different | (~settled & (ours >= 0))) / len(ours)
    for i, value in enumerate(LEVELS):
        for number in quotes(caption, f"basins.fractions[{i}]"):
            rounding = 5e-3 if number["format"] == ".0%" else 5e-4
            quoted = float(number["text"]) / 100
            assert quoted == pytest.approx((ours == i).mean(), abs=share_of_different + rounding + 1e-9), value
    unsettled = sum(int(q["text"]) for k in range(len(result.states)) for q in quotes(caption, f"states[{k}][1]"))
    assert unsettled == np.count_nonzero(~settled)


def test_what_holds_the_stuck_runs_is_what_the_cells_around_their_ends_say(drawn, starts, ends):
    result, caption = drawn
    rate = settings_of_adam(caption)["rate"]
    found = ls.outcomes(xor.network(), starts[0][: starts[1]], ls.Adam(rate), result.steps)
    assert found.kind.tolist() == result.basins.kind.ravel().tolist()
    ours = level_of(ends[: starts[1]])
    for k in np.flatnonzero((found.level >= 0) & (found.level == ours)):
        assert kind_of(ends[k], ours[k]) == found.kind[k], (k, ends[k])
    assert_says(caption, "stuck", np.count_nonzero(found.level > 0))
    assert "at local minima" in caption


def test_the_other_planes_are_solved_as_often_as_quoted(drawn, starts, ends):
    """Bounds from the runs on no level: the caption lies between counting none and all of them as solved."""
    result, caption = drawn
    size = result.other_resolution**2
    ours = level_of(ends[starts[1] :]).reshape(result.others, size)
    least, most = (100 * (count / size) for count in ((ours == 0).sum(1), (ours <= 0).sum(1)))
    assert np.abs((ours == 0).sum(1) - result.others_solved).max() <= (ours < 0).sum(1).max()
    rounding = 0.5
    for name, statistic in (
        ("others_median", np.median),
        ("others_range[0]", np.min),
        ("others_range[1]", np.max),
    ):
        quoted = float(written(caption, name))
        assert statistic(least) - rounding <= quoted <= statistic(most) + rounding, name
    failing = int(written(caption, "others_failing.count"))
    assert (most < 50).sum() <= failing <= (least < 50).sum()
    low, high = wilson(failing, result.others)
    assert_says(caption, "others_failing.low", low)
    assert_says(caption, "others_failing.high", high)


def test_keras_itself_ends_on_the_same_levels(drawn, starts, ends):
    """Two starts by Keras' layers and optimizer in float64: one that is solved and one that is stuck."""
    result, caption = drawn
    ours = level_of(ends[: starts[1]])
    chosen = [int(np.flatnonzero(ours == i)[0]) for i in (0, 2)]
    rate = settings_of_adam(caption)["rate"]
    for k in chosen:
        end = keras_adam(starts[0][k], result.steps, rate)
        assert level_of(end) == ours[k]
        assert LEVELS[ours[k]] == pytest.approx(result.basins.level.ravel()[k])
