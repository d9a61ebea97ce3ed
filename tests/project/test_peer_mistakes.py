"""One test per mistake that loss-landscape code is known to make; each fails if the mistake is made here."""

from __future__ import annotations

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.training.train import train_in_numpy

NET = xor.network()
# A reference whose columns, rows and biases all differ in norm, so that no mix-up goes unseen.
REFERENCE = np.array([3.0, 0.5, 4.0, -1.0, 2.0, -0.25, 1.5, -2.0, 0.75])
UNITS = (([0, 2], 4), ([1, 3], 5), ([6, 7], 8))  # kernel column and bias of each unit


def directions(count, seed):
    rng = np.random.default_rng(seed)
    return [ls.random_direction(NET, rng=rng) for _ in range(count)]


def test_normalization_is_per_unit_and_not_per_input():
    for d in directions(5, 0):
        result = ls.filter_normalize(d, REFERENCE, NET, "ignore")
        for kernel, _ in UNITS:
            assert np.linalg.norm(result[kernel]) == pytest.approx(np.linalg.norm(REFERENCE[kernel]))
        # The wrong axis takes each output weight for a filter of its own: its mark is (+-|v_0|, +-|v_1|).
        assert np.abs(result[6:8]) != pytest.approx(np.abs(REFERENCE[6:8]), rel=1e-3)


def test_normalization_is_used_and_not_thrown_away():
    rng = np.random.default_rng(1)
    plane = ls.random_plane(NET, REFERENCE, rng=rng)
    rng = np.random.default_rng(1)
    raw = [ls.random_direction(NET, rng=rng) for _ in range(2)]
    for used, drawn in zip((plane.d1, plane.d2), raw, strict=True):
        for kernel, bias in UNITS:
            f = [*kernel, bias]
            assert np.linalg.norm(used[f]) == pytest.approx(np.linalg.norm(REFERENCE[f]))
            assert np.linalg.norm(used[f]) != pytest.approx(np.linalg.norm(drawn[f]), rel=1e-3)


def test_a_filter_is_one_unit_and_not_a_whole_tensor():
    for bias in ("joint", "ignore", "copy", "separate"):
        result = ls.filter_normalize(directions(1, 2)[0], REFERENCE, NET, bias)
        for kernel, b in UNITS[:2]:
            f = [*kernel, b] if bias == "joint" else kernel
            assert np.linalg.norm(result[f]) == pytest.approx(np.linalg.norm(REFERENCE[f]))


@pytest.mark.parametrize("bias", ["joint", "separate"])
def test_biases_are_rescaled_once_so_two_directions_differ_in_them(bias):
    one, other = (ls.filter_normalize(d, REFERENCE, NET, bias) for d in directions(2, 3))
    assert np.abs(one[4:6]) != pytest.approx(np.abs(other[4:6]), rel=1e-3)
    # Rescaled filter by filter a second time, every bias would have the size of the reference's.
    assert np.abs(one[4:6]) != pytest.approx(np.abs(REFERENCE[4:6]), rel=1e-3)


def test_an_output_bias_of_zero_is_not_frozen_silently():
    for seed in range(5):
        joint = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(seed))
        assert not joint.frozen.any()
        separate = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(seed), bias="separate")
        assert separate.frozen.tolist() == [False] * 8 + [True]


def test_directions_are_normal_and_not_uniform_on_zero_to_one():
    two = np.array(directions(2000, 4)).reshape(1000, 2, 9)
    cosine = np.einsum("kn,kn->k", two[:, 0], two[:, 1]) / np.prod(np.linalg.norm(two, axis=2), axis=1)
    assert abs(cosine.mean()) < 0.06  # standard error 1 / (3 sqrt(1000)) = 0.0105; uniform ones give about 0.8
    assert (two < 0).mean() == pytest.approx(0.5, abs=0.02)
    assert np.abs(two).max() > 2


@pytest.mark.parametrize("length", [0.1, 7.0])
def test_orthogonal_means_a_projection_divided_by_the_squared_length(length):
    a, b = directions(2, 5)
    result = ls.orthogonalize(b, length * a)
    assert abs(ls.Plane(xor.TEXTBOOK, length * a, result).cosine) < 1e-15


def test_coordinates_are_least_squares_and_not_dot_products():
    d1, d2 = directions(2, 6)
    plane = ls.Plane(xor.TEXTBOOK, d1, d2)
    assert abs(plane.cosine) > 0.05
    alpha, beta = plane.coordinates(plane.point(0.5, -0.25))
    assert (float(alpha), float(beta)) == pytest.approx((0.5, -0.25), rel=1e-12)
    # Unit vectors at 60 degrees: dot products would say (1/2, 1) for the end of d2.
    slanted = ls.Plane([0, 0], [1, 0], [0.5, np.sqrt(0.75)])
    assert slanted.coordinates(slanted.d2) == (pytest.approx(0, abs=1e-15), pytest.approx(1))


def test_a_principal_plane_and_the_path_drawn_on_it_share_one_origin():
    rng = np.random.default_rng(7)
    path = np.cumsum(rng.normal(size=(60, 9)), axis=0)
    plane = ls.principal_plane(path, origin=path[-1])
    np.testing.assert_array_equal(plane.origin, path[-1])
    alpha, beta = plane.coordinates(path)
    assert (float(alpha[-1]), float(beta[-1])) == (0.0, 0.0)
    assert abs(alpha.mean()) > 1  # drawn around its mean, this would be 0
    surface = ls.evaluate_plane(NET, plane, [-1, 0, 1], [-1, 0, 1])
    assert surface.loss[1, 1] == NET.loss(path[-1])


def test_principal_components_are_those_of_the_path_around_its_mean():
    # A path far from the origin whose mean is no component of its spread.
    t = np.linspace(0, 2 * np.pi, 50)[:, None]
    path = 100 * np.eye(9)[8] + 3 * np.cos(t) * np.eye(9)[0] + np.sin(t) * np.eye(9)[1]
    plane = ls.principal_plane(path, origin=path[0])
    assert abs(plane.d1[0]) == pytest.approx(1)
    assert abs(plane.d2[1]) == pytest.approx(1)


def test_no_row_or_column_of_the_grid_is_shifted_or_reversed():
    plane = ls.random_plane(NET, REFERENCE, rng=np.random.default_rng(8))
    alpha, beta = np.array([-1.0, -0.2, 0.3, 0.7, 1.9]), np.array([-0.6, 0.1, 0.4, 1.1])
    surface = ls.evaluate_plane(NET, plane, alpha, beta)
    for j, i in np.ndindex(4, 5):
        theta = REFERENCE + alpha[i] * plane.d1 + beta[j] * plane.d2
        assert surface.loss[j, i] == pytest.approx(NET.loss(theta), rel=1e-12)


def test_rows_are_beta_and_columns_are_alpha():
    # The loss along b2 alone at the optimum is t^2 exactly; along b1[0], 1 t^2 for t > 0.
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "W2[1,0]", "b2[0]")
    surface = ls.evaluate_plane(NET, plane, [0.0, 0.5, 1.0], [0.0, 0.25])
    assert surface.loss.shape == (2, 3)
    np.testing.assert_array_equal(surface.loss[:, 0], [0, 1 / 16])
    np.testing.assert_array_equal(surface.loss[0], [0, 1 / 16, 1 / 4])


def test_axes_carry_coordinates_and_not_indices():
    plane = ls.random_plane(NET, REFERENCE, rng=np.random.default_rng(9))
    surface = ls.evaluate_plane(NET, plane, [-0.5, 0.25], [1.5, 2.5, 4.0])
    assert surface.alpha.tolist() == [-0.5, 0.25]
    assert surface.beta.tolist() == [1.5, 2.5, 4.0]
    assert ls.evaluate_line(NET, REFERENCE, plane.d1, [-2.0, 3.5]).alpha.tolist() == [-2.0, 3.5]


def test_an_interpolation_evaluates_its_start_and_its_end():
    rng = np.random.default_rng(10)
    start, end = rng.integers(-4, 5, size=(2, 9)) / 4
    profile = ls.evaluate_line(NET, start, ls.direction_between(start, end), np.linspace(0, 1, 11))
    assert profile.loss[0] == NET.loss(start)
    assert profile.loss[-1] == NET.loss(end)
    assert NET.loss(start) != NET.loss(end)


def test_nothing_the_caller_hands_in_is_moved():
    theta, d1, d2 = np.random.default_rng(11).normal(size=(3, 9))
    starts = np.array([theta, d1])
    kept = [a.copy() for a in (theta, d1, d2, starts)]
    ls.filter_normalize(d1, theta, NET)
    ls.orthogonalize(d1, d2)
    plane = ls.Plane(theta, d1, d2)
    plane.residual(starts)
    ls.evaluate_plane(NET, plane, [-1, 0, 1], [0, 2])
    ls.evaluate_line(NET, theta, d1, [0, 1])
    ls.automatic_range(NET, plane, float(NET.loss(theta)) + 1)
    ls.principal_plane(np.array([theta, d1, d2]), origin=theta)
    ls.perturbed_starts(theta, 0.1, 2, rng=np.random.default_rng(0))
    train_in_numpy(NET, starts, ls.Adam(), np.array([0, 5]))
    NET.hessian(starts)
    for now, was in zip((theta, d1, d2, starts), kept, strict=True):
        np.testing.assert_array_equal(now, was)


class Model:
    """Hands out its own weights, as a Keras model with NumPy weights could."""

    def __init__(self):
        self.own = [np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1)]

    def get_weights(self):
        return self.own


def test_theta_read_from_a_model_can_be_changed_without_moving_the_model():
    model = Model()
    theta = xor.theta_from_keras(model)
    theta += 5
    assert xor.theta_from_keras(model).tolist() == [1, 1, 1, 1, 0, 0, 1, 1, 0]


class Holed:
    """An objective that has no value at alpha = 1 and overflows at alpha = 2."""

    n_parameters = 2
    parameter_names = ("x", "y")
    filters = ()

    def loss(self, theta):
        x = np.asarray(theta)[..., 0]
        return np.where(x == 1, np.nan, np.where(x == 2, np.inf, x))

    def gradient(self, theta):
        return np.zeros_like(theta)


def test_a_missing_value_stays_missing():
    plane = ls.Plane([0, 0], [1, 0], [0, 1])
    surface = ls.evaluate_plane(Holed(), plane, [0, 1, 2, 3], [0, 1])
    np.testing.assert_array_equal(surface.loss, [[0, np.nan, np.inf, 3]] * 2)
    profile = ls.evaluate_line(Holed(), [0, 0], [1, 0], [0, 1, 2, 3])
    np.testing.assert_array_equal(profile.loss, [0, np.nan, np.inf, 3])


def test_results_carry_seed_and_directions():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(12), bias="separate")
    surface = ls.evaluate_plane(NET, plane, [0, 1], [0, 1])
    assert surface.plane.settings["seed"] == 12
    assert surface.plane.settings["bias"] == "separate"
    again = ls.random_plane(
        NET, xor.TEXTBOOK, rng=np.random.default_rng(surface.plane.settings["seed"]), bias="separate"
    )
    np.testing.assert_array_equal(again.d1, surface.plane.d1)
    np.testing.assert_array_equal(again.d2, surface.plane.d2)
    np.testing.assert_array_equal(ls.evaluate_plane(NET, again, surface.alpha, surface.beta).loss, surface.loss)
