"""The caption of ``seeds`` again: all profiles from directions drawn anew, and exactly whether they only rise."""

from fractions import Fraction

import numpy as np
import pytest
import referee_exact as exact
from referee_lines import never_falls, pieces
from referee_planes import angle, drawn as normal_directions, normalized, steepest_fall
from referee_quotes import assert_says, figure, written
from referee_training import TEXTBOOK, loss

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def drawn():
    return figure("seeds")


@pytest.fixture(scope="module")
def pairs(drawn):
    """The two directions of every plane, shape (planes, 2, 9)."""
    result, _ = drawn
    seeds = range(result.seed, result.seed + result.planes)
    return np.array([[normalized(d, TEXTBOOK, result.bias) for d in normal_directions(seed)] for seed in seeds])


def test_angles_and_unit_steps_of_all_planes(drawn, pairs):
    result, caption = drawn
    angles = [angle(*pair) for pair in pairs]
    assert_says(caption, "smallest_angle", min(angles))
    assert_says(caption, "largest_angle", max(angles))
    for k, axes in enumerate(pairs[: result.shown]):
        assert result.gallery[k].plane.angle == pytest.approx(angle(*axes))
    lengths = np.linalg.norm(pairs, axis=-1)
    assert np.ptp(lengths) < 1e-12
    assert_says(caption, "norms[0]", lengths.max())
    assert pairs.all(), "a parameter is frozen"
    assert_says(caption, "shown", len(result.gallery))
    assert_says(caption, "last_shown_seed", result.seed + len(result.gallery) - 1)
    assert_says(caption, "last_seed", result.seed + len(pairs) - 1)


def test_the_spread_of_the_losses_at_the_quoted_distance(drawn, pairs):
    """Quantiles by counting: the quoted band leaves out equally many of the smallest and of the largest losses."""
    result, caption = drawn
    at = result.spread_at
    assert_says(caption, "spread_at", at)
    losses = np.sort(loss(TEXTBOOK + at * pairs).ravel())
    outside = (1.0 - float(written(caption, "spread_percent")) / 100.0) / 2.0
    place = outside * (len(losses) - 1)
    rank, rest = int(place), place % 1.0
    low = (1.0 - rest) * losses[rank] + rest * losses[rank + 1]
    high = (1.0 - rest) * losses[-1 - rank] + rest * losses[-2 - rank]
    assert_says(caption, "spread_low", low)
    assert_says(caption, "spread_high", high)
    assert_says(caption, "spread_factor", high / low)


def test_along_every_axis_the_loss_at_the_edge_is_at_least_as_quoted(drawn, pairs):
    result, caption = drawn
    edges = [loss(TEXTBOOK + side * pairs) for side in result.alpha[[0, -1]]]
    assert_says(caption, "least_at_edge", np.min(edges))
    assert_says(caption, "profiles", pairs.shape[0] * pairs.shape[1])


def test_along_the_flat_direction_the_loss_stays_exactly_zero(drawn):
    """b1[0] up and b2[0] down by as much: the polynomial on the line has no coefficient but 0, as far as one likes."""
    _, caption = drawn
    up_and_down = (0, 0, 0, 0, 1, 0, 0, 0, -1)
    for _, _, coefficients in pieces(exact.TEXTBOOK, up_and_down, 1000):
        assert not any(coefficients)
    assert float(written(caption, "flat_highest")) < 1e-30
    assert_says(caption, "loss_at_optimum", exact.loss(exact.TEXTBOOK))


@pytest.fixture(scope="module")
def rises(drawn, pairs):
    """Whether the loss never falls on either side, for every axis, decided exactly."""
    half = Fraction(float(drawn[0].alpha[-1]))
    axes = pairs.reshape(-1, 9)
    return np.array([all(never_falls(exact.TEXTBOOK, side * axis, half) for side in (1, -1)) for axis in axes])


def test_the_exact_decision_agrees_with_extremes_by_eigenvalues(drawn, pairs, rises):
    axes = pairs.reshape(-1, 9)
    fall, _ = steepest_fall(TEXTBOOK, np.concatenate([axes, -axes]), drawn[0].alpha[-1])
    np.testing.assert_array_equal(fall.reshape(2, -1).max(0) < 1e-12, rises)


def test_as_many_profiles_only_rise_as_quoted(drawn, rises):
    assert_says(drawn[1], "rising", np.count_nonzero(rises))


def test_a_profile_that_only_rises_rises_from_point_to_point(drawn, pairs, rises):
    result, _ = drawn
    axes = pairs.reshape(-1, 9)
    along = loss(TEXTBOOK + result.alpha[:, None, None] * axes)
    middle = result.alpha.size // 2
    outwards = np.concatenate([np.diff(along[middle:], axis=0), np.diff(along[middle::-1], axis=0)])
    seems = (outwards >= 0).all(0)
    assert not (rises & ~seems).any()
