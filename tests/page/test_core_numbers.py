"""Random starts, intervals, and distances to the nearest zero of the page are those of `landscape`."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.base.intervals import wilson
from landscape.exact.nearest_zero import search_nearest_zero

NET = xor.network()
DISTANCES = """Float64Array.from({ length: args[0].length / 9 }, (_, k) =>
  modules["core/zeros/zero_distance"].distanceToZero(args[0].subarray(9 * k, 9 * k + 9), args[1]))"""


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1, 2**32, 2**53 - 1])
def test_starts_are_those_of_the_list_of_a_seed(core, seed):
    wanted = ls.numbered_starts(NET, 600, seed=seed)
    assert core.call("core/random", "kerasStarts", 600, seed).tolist() == wanted.ravel().tolist()
    assert core.call("core/random", "kerasStarts", 300, seed, 250).tolist() == wanted[250:550].ravel().tolist()


def test_uniform_numbers_are_those_of_numpy(core):
    found = core.evaluate(
        '(() => { const next = modules["core/random"].uniformNumbers(7); return [next(), next(), next()]; })()'
    )
    assert found == np.random.default_rng(7).random(3).tolist()


@pytest.mark.parametrize("n", [1, 3, 20, 1000])
def test_wilson_intervals(core, n):
    for k in {0, 1, n // 3, n - 1, n}:
        assert core.call("core/intervals", "wilsonInterval", k, n) == pytest.approx(
            list(map(float, wilson(k, n))), rel=1e-15, abs=0
        )


@pytest.mark.slow
def test_distances_to_the_nearest_zero_are_those_proved_in_python(core, data):
    rng = np.random.default_rng(1)
    starts = ls.numbered_starts(NET, 12, seed=0)
    run = ls.train(NET, xor.offset_start(1e-2), ls.Adam(), 3000, record_every=300).theta[0]
    thetas = np.concatenate(
        [
            *(ls.perturbed_starts(xor.TEXTBOOK, sigma, 8, rng=rng) for sigma in (1e-3, 0.3, 3.0)),
            rng.standard_normal((8, 9)),
            starts,
            ls.train(NET, starts, ls.Adam(1e-2), 2000, record_every=2000).end,
            run,
            [xor.TEXTBOOK, np.zeros(9)],
        ]
    )
    wanted = search_nearest_zero(NET, thetas)
    assert (wanted.distance - wanted.lower_bound).max() < 1e-6
    found = core.evaluate(DISTANCES, thetas.ravel(), data)
    np.testing.assert_allclose(found, wanted.distance, rtol=0, atol=1e-9)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_distance_of_a_theta_that_is_not_finite_is_not_a_number(core, data, value):
    theta = np.where(np.arange(9) == 3, value, xor.TEXTBOOK)
    assert np.isnan(core.call("core/zeros/zero_distance", "distanceToZero", theta, data))
    assert core.call("core/zeros/zero_distance", "distanceToZero", xor.TEXTBOOK, data) == pytest.approx(0, abs=1e-9)
