"""The nearest zero of weights and inputs of huge, tiny or uneven sizes, and of points at a zero but for rounding."""

import numpy as np
import pytest

from landscape import Adam, nearest_zero, xor
from landscape.exact import nearest_zero as module
from landscape.exact.nearest_zero import search_nearest_zero

pytestmark = pytest.mark.slow

NET = xor.network()


@pytest.mark.parametrize("size", [1e-6, 1e3, 1e6])
def test_huge_and_tiny_scales(size):
    """Rescaled zeros are zeros still; a theta of any size gets an answer."""
    theta = xor.TEXTBOOK.copy()
    theta[[0, 2, 4]] *= size
    theta[6] /= size
    zero, distance = nearest_zero(NET, theta)
    assert distance <= 1e-12 * np.linalg.norm(theta)
    assert NET.loss(zero) < 1e-18
    far = size * np.array([1.0, -2, 3, 1, -1, 2, 1, 1, -3])
    found = search_nearest_zero(NET, far, "local")
    assert NET.loss(found.theta)[0] < 1e-24 * max(1.0, size**4)


# zeros with exact coordinates: residuals at them are 0 to the last bit
SCALED = np.array([-1 / 32, 8, -1 / 32, 8, 1 / 32, -12, -32, -1 / 4, 1])
UNEVEN = np.array([1 / 256, 512, 1 / 256, 512, 0, -512, 256, -2 / 512, 0])


def shifted(shift):
    return xor.network(inputs=xor.X + shift), np.array([1, 1, 1, 1, -2 * shift, -2 * shift - 1, 1, -2, 0.0])


@pytest.mark.parametrize("sigma", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize(
    ("net", "zero"),
    [
        (NET, SCALED),
        (NET, UNEVEN),
        shifted(50),
        (xor.network(inputs=256 * xor.X), UNEVEN / np.repeat([256, 1], [4, 5])),
    ],
    ids=["units scaled by 32 and 1/4", "units scaled by 256 and 512", "inputs + 50", "inputs * 256"],
)
def test_near_a_zero_where_the_network_is_badly_scaled(net, zero, sigma):
    """What rounding makes of nearly dependent samples is no zero, and no proof either."""
    assert net.loss(zero) == 0
    theta = zero + sigma * np.random.default_rng(8).normal(size=(6, 9))
    away = np.linalg.norm(theta - zero, axis=1)
    found = search_nearest_zero(net, theta, max_boxes=20)
    assert (found.distance <= away * (1 + 1e-9)).all()
    assert (found.lower_bound <= away * (1 + 1e-12)).all()
    size = np.abs(found.theta).max(axis=1) * (1 + np.abs(net.inputs).max())
    assert (np.abs(net.residuals(found.theta)).max(axis=1) <= 1e-12 * size**2).all()


def test_no_bound_is_above_the_distance_to_a_zero_of_shifted_inputs():
    net, zero = shifted(50)
    theta = zero + 1e-4 * np.random.default_rng(8).standard_normal(9)
    found = search_nearest_zero(net, theta, max_boxes=20)
    assert found.lower_bound[0] <= np.linalg.norm(theta - zero)


def test_a_run_that_has_reached_the_zero_set_to_rounding():
    """Adam from the offset start, float64: the distance falls to 1e-15, below which no proof can tell."""
    theta = xor.offset_start(1e-5)[None].copy()
    adam, kept = Adam(), []
    state = [np.zeros_like(theta) for _ in range(2)]
    for step, rate in enumerate(adam.rates(1600)):
        adam.update(theta, NET.gradient(theta), state, rate)
        if step % 10 == 9:
            kept.append(theta[0].copy())
    zeros, distance = nearest_zero(NET, kept)
    assert NET.loss(zeros).max() < 1e-28
    assert distance.min() < 1e-14
    assert (distance <= np.linalg.norm(zeros - kept, axis=1) * (1 + 1e-12)).all()


@pytest.mark.parametrize("scale", [10.0, 30.0])
def test_the_local_answer_far_away_is_the_global_one(scale):
    theta = scale * np.random.default_rng(4).normal(size=(6, 9))
    theta[0] = [10.841, -24.484, 22.039, -35.45, 33.849, 36.179, -17.189, -18.837, 5.295]
    local = search_nearest_zero(NET, theta, "local")
    found = search_nearest_zero(NET, theta, max_boxes=1000)
    np.testing.assert_allclose(local.distance, found.distance, rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 30.0])
def test_the_proof_closes_at_other_scales(scale):
    theta = scale * np.random.default_rng(11).normal(size=(4, 9))
    zeros, distance = nearest_zero(NET, theta)
    every = np.linalg.norm(theta[:, None] - zeros[None], axis=-1)
    assert (every >= distance[:, None] * (1 - 1e-8)).all()


def test_units_scaled_out_of_all_proportion():
    theta = xor.TEXTBOOK.copy()
    theta[[0, 2, 4]] *= 2.0**-800
    theta[6] *= 2.0**800
    found = search_nearest_zero(NET, theta, "local")
    assert np.isfinite(found.distance).all()
    assert NET.loss(found.theta)[0] < 1e-26


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sizes", [(1e60, 1e-60), (1e-60, 1e60), (1e70, 1e-70)])
def test_inputs_of_extreme_sizes_do_not_underflow(sizes):
    net = module.ReluNetwork(xor.X * sizes, xor.Y, hidden=2)
    theta = xor.TEXTBOOK / np.array([sizes[0]] * 2 + [sizes[1]] * 2 + [1] * 5)
    assert search_nearest_zero(net, theta + 1e-3 * np.eye(9)[8]).distance <= 1e-3 * (1 + 1e-9)
