"""Where training starts: spread, limits, reproducibility, dead units."""

from __future__ import annotations

import re

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()


def test_perturbed_starts_surround_the_center():
    starts = ls.perturbed_starts(xor.TEXTBOOK, 0.2, 5000, rng=np.random.default_rng(0))
    assert (starts.shape, starts.dtype) == ((5000, 9), np.float64)
    # Standard errors: mean 0.0028 per column, deviation 0.002 per column; 5 of each.
    np.testing.assert_allclose(starts.mean(axis=0), xor.TEXTBOOK, atol=0.015)
    np.testing.assert_allclose(starts.std(axis=0), 0.2, atol=0.01)
    assert np.abs(np.corrcoef(starts.T) - np.eye(9)).max() < 0.08


@pytest.mark.parametrize(
    ("center", "sigma"), [(xor.TEXTBOOK, 1e308), (np.full(9, 1.7e308), 1e307), (np.zeros(9), 1.7e308)]
)
def test_infinite_starts_are_refused(center, sigma):
    said = f"sigma must be small enough for finite starts; got {sigma:g}, decrease it or center"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        ls.perturbed_starts(center, sigma, 1000, rng=np.random.default_rng(0))


def test_perturbed_starts_scale_with_sigma():
    one = ls.perturbed_starts(xor.TEXTBOOK, 1.0, 7, rng=np.random.default_rng(1)) - xor.TEXTBOOK
    small = ls.perturbed_starts(xor.TEXTBOOK, 1e-3, 7, rng=np.random.default_rng(1)) - xor.TEXTBOOK
    np.testing.assert_allclose(small, 1e-3 * one, atol=1e-15)
    still = ls.perturbed_starts(xor.TEXTBOOK, 0, 7, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(still, np.tile(xor.TEXTBOOK, (7, 1)))


@pytest.mark.parametrize("count", [1, 255, 256, 257, 700])
@pytest.mark.parametrize("hidden", [2, 4])
def test_numbered_starts_are_the_first_ones_of_a_list(count, hidden):
    net = xor.network(hidden)
    whole = ls.numbered_starts(net, 1000, seed=3)
    np.testing.assert_array_equal(ls.numbered_starts(net, count, seed=3), whole[:count])
    assert np.unique(whole, axis=0).shape == whole.shape


def test_numbered_starts_of_a_seed_are_those_of_remedies_and_no_other_seed():
    from landscape.analysis.remedies import draw

    starts = ls.numbered_starts(NET, 600, seed=3)
    drawn = np.concatenate([draw(ls.Remedy(), 1, seed=3, tile=tile)[0] for tile in range(3)])
    np.testing.assert_array_equal(starts, drawn[:600])
    for other in (ls.numbered_starts(NET, 600, seed=4), ls.numbered_starts(NET, 600, seed=3, attempt=1)):
        assert not np.isin(other[:, :4], starts[:, :4]).any()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seed": -1}, "seed must be at least 0; got -1"),
        ({"seed": 0.5}, "seed must be a whole number; got 0.5"),
        ({"count": 0, "seed": 0}, "count must be at least 1; got 0"),
        ({"attempt": -1, "seed": 0}, "attempt must be at least 0; got -1"),
    ],
)
def test_numbered_starts_name_what_is_wrong(given, says):
    with pytest.raises((ValueError, TypeError), match=f"^{re.escape(says)}"):
        ls.numbered_starts(NET, **{"count": 3, **given})


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_glorot_starts_fill_the_limits_of_every_kernel_and_leave_biases_zero(hidden):
    net = xor.network(hidden)
    starts = ls.glorot_starts(net, 4000, rng=np.random.default_rng(2))
    assert (starts.shape, starts.dtype) == ((4000, net.n_parameters), np.float64)
    weights = net.unpack(starts)
    np.testing.assert_array_equal(weights.b1, 0)
    np.testing.assert_array_equal(weights.b2, 0)
    for kernel, fans in ((weights.W1, 2 + hidden), (weights.W2, hidden + 1)):
        limit = np.sqrt(6 / fans)
        flat = kernel.reshape(4000, -1)
        assert np.abs(flat).max() <= limit
        # The largest of 4000 uniform numbers misses the limit by 1/4000 on average.
        assert (flat.max(axis=0) > 0.997 * limit).all()
        assert (flat.min(axis=0) < -0.997 * limit).all()
        np.testing.assert_allclose(flat.std(axis=0), limit / np.sqrt(3), rtol=0.04)
        np.testing.assert_allclose(flat.mean(axis=0), 0, atol=5 * limit / np.sqrt(3 * 4000))


def test_seven_sixteenths_of_the_glorot_starts_have_a_dead_unit():
    starts = ls.glorot_starts(NET, 20_000, rng=np.random.default_rng(3))
    dead = ~(NET.preactivations(starts) > 0).any(axis=-2)  # on no sample active: (k, unit)
    np.testing.assert_array_equal(dead, (NET.unpack(starts).W1 <= 0).all(axis=-2))
    # Binomial: standard error sqrt(p (1 - p) / 20 000) = 0.0035.
    assert dead.any(axis=1).mean() == pytest.approx(7 / 16, abs=0.0175)
    # A dead unit gets no gradient, so it stays dead.
    gradient = NET.gradient(starts)
    for unit in range(2):
        assert not gradient[dead[:, unit]][:, [unit, 2 + unit, 4 + unit, 6 + unit]].any()


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: ls.perturbed_starts(xor.TEXTBOOK, 0.5, 4, rng=rng),
        lambda rng: ls.glorot_starts(NET, 4, rng=rng),
    ],
)
def test_starts_come_from_rng_alone(draw):
    first = draw(np.random.default_rng(4))
    np.testing.assert_array_equal(first, draw(np.random.default_rng(4)))
    assert (first != draw(np.random.default_rng(5))).any()
    rng = np.random.default_rng(4)
    draw(rng)
    assert (first != draw(rng)).any()
    assert first.flags.writeable
