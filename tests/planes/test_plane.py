"""The plane: its points, least-squares coordinates, distances, and what it says of itself."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from landscape import Plane, xor

QUICK = settings(max_examples=80)
numbers = st.floats(-10, 10)
vectors = arrays(np.float64, 9, elements=numbers)


def skew_plane(seed=0, *, skew=0.9, lengths=(1.0, 1.0), origin=xor.TEXTBOOK):
    """Return a plane whose axes have a given cosine and lengths."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(9, 2)))[0].T
    d2 = skew * q[0] + np.sqrt(1 - skew**2) * q[1]
    return Plane(origin, lengths[0] * q[0], lengths[1] * d2)


@QUICK
@given(vectors, vectors, vectors, numbers, numbers)
def test_coordinates_undo_point_for_skew_axes(origin, d1, d2, alpha, beta):
    assume(np.linalg.norm(d1) > 0.1)
    assume(np.linalg.norm(d2) > 0.1)
    assume(abs(d1 @ d2) < 0.999 * np.linalg.norm(d1) * np.linalg.norm(d2))
    plane = Plane(origin, d1, d2)
    point = plane.point(alpha, beta)
    got = plane.coordinates(point)
    assert got == (pytest.approx(alpha, abs=1e-9), pytest.approx(beta, abs=1e-9))
    assert plane.residual(point) == pytest.approx(0, abs=1e-11)


@QUICK
@given(vectors, st.integers(0, 50))
def test_coordinates_are_those_of_the_nearest_point(theta, seed):
    plane = skew_plane(seed)
    alpha, beta = plane.coordinates(theta)
    miss = theta - plane.point(alpha, beta)
    assert miss @ plane.d1 == pytest.approx(0, abs=1e-12)
    assert miss @ plane.d2 == pytest.approx(0, abs=1e-12)
    assert plane.residual(theta) == pytest.approx(np.linalg.norm(miss), rel=1e-14)
    wanted = np.linalg.lstsq(np.stack([plane.d1, plane.d2], 1), theta - plane.origin, rcond=None)[0]
    np.testing.assert_allclose([alpha, beta], wanted, atol=1e-11)


@pytest.mark.parametrize("skew", [0.0, -0.5, 0.999, 1 - 1e-9])
@pytest.mark.parametrize(
    "lengths", [(1, 1), (1e-6, 1e6), (1e-160, 1e-160), (1e-300, 1e-300), (1e300, 1e300), (1e-200, 1e200)]
)
def test_coordinates_hold_for_extreme_angles_and_lengths(skew, lengths):
    plane = skew_plane(skew=skew, lengths=lengths, origin=np.zeros(9))
    units = 1 / np.array(lengths)
    alpha, beta = plane.coordinates(plane.point(3 * units[0], -2 * units[1]))
    # The condition of the axes is (1 - skew)^(-1/2), here at most 3e4.
    np.testing.assert_allclose([alpha / units[0], beta / units[1]], [3, -2], rtol=1e-10)
    assert plane.cosine == pytest.approx(skew, abs=1e-15)


def test_point_broadcasts_alpha_against_beta():
    plane = skew_plane()
    alpha, beta = np.linspace(-1, 1, 5), np.linspace(0, 2, 3)
    grid = plane.point(alpha, beta[:, None])
    assert grid.shape == (3, 5, 9)
    for j, i in np.ndindex(3, 5):
        np.testing.assert_array_equal(grid[j, i], plane.point(alpha[i], beta[j]))
        np.testing.assert_array_equal(grid[j, i], plane.origin + alpha[i] * plane.d1 + beta[j] * plane.d2)
    assert plane.point(0, alpha).shape == (5, 9)
    assert plane.point([], 0).shape == (0, 9)
    np.testing.assert_array_equal(plane.point(0, 0), plane.origin)


def test_coordinates_and_residual_keep_leading_axes():
    plane = skew_plane()
    theta = np.random.default_rng(3).normal(size=(4, 5, 9))
    alpha, beta = plane.coordinates(theta)
    distance = plane.residual(theta)
    assert alpha.shape == beta.shape == distance.shape == (4, 5)
    one = plane.coordinates(theta[2, 3])
    assert (float(alpha[2, 3]), float(beta[2, 3])) == pytest.approx(tuple(map(float, one)), rel=1e-12)
    assert plane.residual(theta[2, 3]) == pytest.approx(distance[2, 3], rel=1e-12)
    assert plane.coordinates(np.zeros((0, 9)))[0].shape == (0,)


def test_distance_to_the_plane_by_hand():
    plane = Plane(np.zeros(3), [1, 0, 0], [1, 1, 0])
    assert plane.residual([5, -7, -2.5]) == 2.5
    alpha, beta = plane.coordinates([5, -7, -2.5])
    assert (alpha, beta) == (pytest.approx(12), pytest.approx(-7))


def test_angle_norms_and_frozen_parameters():
    plane = Plane(np.zeros(3), [2, 0, 0], [-3, 3, 0])
    assert plane.cosine == pytest.approx(-np.sqrt(0.5), rel=1e-15)
    assert plane.angle == pytest.approx(135, rel=1e-15)
    assert plane.norms == pytest.approx((2, np.sqrt(18)), rel=1e-15)
    assert plane.frozen.tolist() == [False, False, True]


def test_conformal_means_orthogonal_and_of_equal_length():
    x, y = np.eye(9)[:2]
    assert Plane(x, x, y).is_conformal
    assert Plane(x, 1e-6 * (x + y), 1e-6 * (x - y)).is_conformal
    assert Plane(x, 1e-200 * x, 1e-200 * y).is_conformal
    assert not Plane(x, x, 1.001 * y).is_conformal
    assert not Plane(x, x, np.cos(1.57) * x + np.sin(1.57) * y).is_conformal


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_parallel_directions_are_refused_at_any_scale(sign, scale):
    d = np.random.default_rng(1).normal(size=9)
    with pytest.raises(ValueError, match=r"d1 and d2 must not be parallel; got cosine .*, choose another second"):
        Plane(xor.TEXTBOOK, d, sign * scale * d)


def test_plane_keeps_read_only_copies_in_float64():
    origin, d1, d2 = np.zeros(2, dtype=int), [1, 0], np.array([0, 2], dtype=np.float32)
    how = {"seed": 3}
    plane = Plane(origin, d1, d2, how)
    origin[0], d2[0], how["seed"] = 5, 5, 4
    assert (plane.origin.tolist(), plane.d2.tolist(), plane.settings["seed"]) == ([0, 0], [0, 2], 3)
    for array in (plane.origin, plane.d1, plane.d2):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError, match="item assignment"):
        plane.settings["seed"] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        plane.d1 = d2


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_planes_can_be_copied_and_sent_to_another_process(again):
    plane = skew_plane()
    twin = again(Plane(plane.origin, plane.d1, plane.d2, {"seed": 3}))
    np.testing.assert_array_equal([twin.origin, twin.d1, twin.d2], [plane.origin, plane.d1, plane.d2])
    assert dict(twin.settings) == {"seed": 3}
    for array in (twin.origin, twin.d1, twin.d2):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError, match="item assignment"):
        twin.settings["seed"] = 5


def test_distances_of_any_size_are_right():
    plane = Plane(np.zeros(3), [1, 0, 0], [0, 1, 0])
    np.testing.assert_allclose(plane.residual([[1, 1, 3e200], [0, 0, 4e-200]]), [3e200, 4e-200], rtol=1e-15)
