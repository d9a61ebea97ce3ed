"""What a plane keeps of a path, held against least squares done point by point."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import Plane, Trajectories, xor

NET = xor.network()
QUICK = settings(max_examples=40)


def paths(theta, **kwargs):
    theta = np.asarray(theta)
    return Trajectories(theta=theta, loss=NET.loss(theta.astype(float)), step=np.arange(theta.shape[1]), **kwargs)


def random_case(seed, k=3, r=12):
    rng = np.random.default_rng(seed)
    plane = Plane(rng.normal(size=9), rng.normal(size=9) * 10 ** rng.uniform(-3, 3), rng.normal(size=9))
    return paths(rng.normal(size=(k, r, 9)).cumsum(axis=1)), plane


@given(st.integers(0, 10_000))
@QUICK
def test_against_least_squares_point_by_point(seed):
    runs, plane = random_case(seed)
    view = ls.project(NET, runs, plane)
    basis = np.stack([plane.d1, plane.d2], axis=1)
    for i, j in np.ndindex(view.alpha.shape):
        offset = runs.theta[i, j] - plane.origin
        (a, b), *_ = np.linalg.lstsq(basis, offset, rcond=None)
        assert view.alpha[i, j] == pytest.approx(a, rel=1e-8, abs=1e-10)
        assert view.beta[i, j] == pytest.approx(b, rel=1e-8, abs=1e-10)
        assert view.distance[i, j] == pytest.approx(np.linalg.norm(offset - basis @ (a, b)), rel=1e-9)
        nearest = plane.origin + basis @ (a, b)
        assert view.loss[i, j] == pytest.approx(NET.loss(runs.theta[i, j]), rel=1e-12)
        assert view.loss_in_plane[i, j] == pytest.approx(NET.loss(nearest), rel=1e-7, abs=1e-10)
        assert view.error[i, j] == pytest.approx(
            abs(NET.loss(runs.theta[i, j]) - NET.loss(nearest)), rel=1e-7, abs=1e-10
        )


@given(st.integers(0, 10_000))
@QUICK
def test_share_is_the_variance_of_the_projected_path(seed):
    runs, plane = random_case(seed)
    view = ls.project(NET, runs, plane)
    for i in range(3):
        seen = plane.point(view.alpha[i], view.beta[i])
        expected = seen.var(axis=0).sum() / runs.theta[i].var(axis=0).sum()
        assert view.share[i] == pytest.approx(expected, rel=1e-8, abs=1e-12)
        assert 0 <= view.share[i] <= 1


def test_share_does_not_depend_on_where_the_plane_lies_or_how_long_its_axes_are():
    runs, plane = random_case(4)
    moved = Plane(plane.origin + 7.0, 30 * plane.d1, plane.d2 - 2 * plane.d1 / plane.norms[0])
    np.testing.assert_allclose(ls.project(NET, runs, moved).share, ls.project(NET, runs, plane).share, rtol=1e-9)


def test_share_of_a_tiny_path_far_from_zero_is_still_right():
    """A late part of a run: it moves by 1e-9 around weights of size 1."""
    runs, plane = random_case(5)
    tiny = paths(xor.TEXTBOOK + 1e-9 * runs.theta)
    np.testing.assert_allclose(ls.project(NET, tiny, plane).share, ls.project(NET, runs, plane).share, atol=1e-5)


def test_a_planar_path_is_held_whole_by_its_principal_plane():
    rng = np.random.default_rng(1)
    d1, d2, origin = rng.normal(size=(3, 9))
    a, b = rng.normal(size=(2, 20)).cumsum(axis=1)
    runs = paths(Plane(origin, d1, d2).point(a, b)[None])
    view = ls.project(NET, runs, ls.principal_plane(runs.theta, origin=runs.end[0]))
    assert view.share[0] == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(view.distance, 0, atol=1e-13)
    np.testing.assert_allclose(view.loss_in_plane, view.loss, rtol=1e-10)
    assert (view.alpha[0, -1], view.beta[0, -1]) == pytest.approx((0, 0), abs=1e-13)


def test_share_of_a_principal_plane_is_that_of_its_two_components():
    runs = ls.train(NET, xor.offset_start(0.3), ls.Adam(1e-2), 300)
    plane = ls.principal_plane(runs.theta, origin=runs.end[0])
    view = ls.project(NET, runs, plane)
    assert view.share[0] == pytest.approx(plane.settings["share_1"] + plane.settings["share_2"], rel=1e-10)
    random = ls.random_plane(NET, runs.end[0], rng=np.random.default_rng(0))
    assert ls.project(NET, runs, random).share[0] < view.share[0]


def test_a_path_orthogonal_to_the_plane_is_seen_as_a_point():
    theta = xor.TEXTBOOK + np.linspace(0, 2, 5)[:, None] * np.eye(9)[8]
    view = ls.project(NET, paths(theta[None]), Plane(xor.TEXTBOOK, np.eye(9)[0], np.eye(9)[3]))
    assert not view.alpha.any()
    assert not view.beta.any()
    assert view.distance.tolist() == [[0, 0.5, 1, 1.5, 2]]
    assert view.share.tolist() == [0]
    # b2 alone is off by t: the true loss is t^2, the loss under the picture stays 0
    np.testing.assert_allclose(view.loss, [[0, 0.25, 1, 2.25, 4]])
    assert not view.loss_in_plane.any()


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e6 / 3])
def test_a_still_path_lies_in_the_plane_or_not(value):
    """The mean of three 0.1 is not 0.1: rounding must not pass for movement."""
    inside = Plane(np.full(9, value), np.eye(9)[0], np.eye(9)[1])
    outside = Plane(np.full(9, value) + np.eye(9)[2], np.eye(9)[0], np.eye(9)[1])
    still = paths(np.full((2, 3, 9), value))
    assert ls.project(NET, still, inside).share.tolist() == [1, 1]
    assert ls.project(NET, still, outside).share.tolist() == [0, 0]


def test_a_still_path_off_the_origin_of_a_skew_plane_is_in_it_up_to_rounding():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(1))
    still = paths(np.broadcast_to(plane.point(0.3, 0.7), (1, 5, 9)))
    assert ls.project(NET, still, plane).share.tolist() == [1]


def test_single_precision_runs_are_projected_in_double():
    runs = ls.train(NET, xor.offset_start(0.1), ls.Adam(), 5, dtype="float32")
    view = ls.project(NET, runs, ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0)))
    assert view.alpha.dtype == view.loss.dtype == np.float64
    np.testing.assert_array_equal(view.loss, NET.loss(runs.theta.astype(np.float64)))
    assert view.settings["dtype"] == "float32"


def test_the_view_carries_plane_steps_and_settings(tmp_path):
    runs = ls.train(NET, xor.offset_start(0.1), ls.Adam(), 7, record_every=3)
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(8))
    view = ls.project(NET, runs, plane)
    ls.save(view, tmp_path / "view.nc")
    again = ls.load(tmp_path / "view.nc")
    for one in (view, again, pickle.loads(pickle.dumps(view)), copy.deepcopy(view)):
        assert one.step.tolist() == [0, 3, 6, 7]
        assert one.plane.settings["seed"] == 8
        assert one.settings == runs.settings
        for name in ("alpha", "beta", "distance", "share", "loss", "loss_in_plane", "step"):
            array = getattr(one, name)
            np.testing.assert_array_equal(array, getattr(view, name))
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_a_plane_of_another_network_is_refused():
    runs = paths(np.zeros((1, 2, 9)))
    with pytest.raises(ValueError, match=r"plane.origin must have shape \(9,\); got shape \(13,\)"):
        ls.project(NET, runs, Plane(np.zeros(13), np.eye(13)[0], np.eye(13)[1]))


@pytest.mark.parametrize("rate", [1e200, 1e30])
def test_a_run_that_diverges_is_projected_as_long_as_it_is_finite(rate):
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
    runs = ls.train(NET, np.stack([xor.TEXTBOOK + 1.0, xor.TEXTBOOK]), ls.SGD(rate), 30)
    finite = np.isfinite(runs.theta[0]).all(axis=-1)
    assert not finite.all()
    found = ls.project(NET, runs, plane)
    alone = ls.Trajectories(theta=runs.theta[:1, finite], loss=runs.loss[:1, finite], step=runs.step[finite])
    expected = ls.project(NET, alone, plane)
    for name in ("alpha", "beta", "distance", "loss_in_plane"):
        values = getattr(found, name)
        np.testing.assert_array_equal(values[0, finite], getattr(expected, name)[0])
        assert np.isnan(values[0, ~finite]).all()
        assert np.isfinite(values[1]).all()  # the other run stays at the textbook weights
    np.testing.assert_array_equal(found.loss[0, ~finite], runs.loss[0, ~finite])
    assert found.share.tolist() == [expected.share[0], 1.0]
    assert 0 <= found.share[0] <= 1


def test_the_own_plane_of_a_run_that_diverges_goes_through_its_last_finite_point():
    theta = np.random.default_rng(0).normal(size=(1, 5, 9))
    theta[0, 3:] = np.nan
    runs = ls.Trajectories(theta=theta, loss=np.zeros((1, 5)), step=np.arange(5))
    path = ls.project_on_own_plane(NET, runs)
    assert path.plane.origin.tolist() == theta[0, 2].tolist()
    assert np.isnan(path.alpha[0]).tolist() == [False, False, False, True, True]
    assert path.share[0] == pytest.approx(1.0)  # three points lie in a plane


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_run_on_its_own_plane_is_that_run_projected_onto_its_principal_plane(dtype):
    starts = ls.perturbed_starts(xor.TEXTBOOK, 0.5, 3, rng=np.random.default_rng(2))
    runs = ls.train(NET, starts, ls.Adam(1e-2), 50, dtype=dtype)
    path = ls.project_on_own_plane(NET, runs, 1)
    plane = ls.principal_plane(runs.theta[1], origin=runs.end[1])
    for name in ("origin", "d1", "d2"):
        np.testing.assert_array_equal(getattr(path.plane, name), getattr(plane, name))
    assert path.plane.settings == plane.settings
    assert path.settings == runs.settings
    among_others = ls.project(NET, runs, plane)
    for name in ("alpha", "beta", "loss", "loss_in_plane", "distance", "share"):
        np.testing.assert_allclose(getattr(path, name)[0], getattr(among_others, name)[1], rtol=1e-12, atol=1e-14)
    assert path.share[0] == pytest.approx(plane.settings["share_1"] + plane.settings["share_2"], rel=1e-12)


def test_one_of_the_runs_must_be_chosen():
    runs = ls.train(NET, xor.TEXTBOOK, ls.Adam(), 2)
    with pytest.raises(ValueError, match="run must be below 1, the number of runs; got 1"):
        ls.project_on_own_plane(NET, runs, 1)
    with pytest.raises(TypeError, match="trajectories must be a Trajectories, made by train; got ndarray"):
        ls.project_on_own_plane(NET, runs.theta)


@pytest.mark.parametrize("numbers", [9, 40, 10_000])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_long_runs_are_projected_in_parts_with_the_same_result(numbers, offset, monkeypatch):
    runs, plane = random_case(7, k=2, r=30)
    runs = paths(runs.theta + offset)
    whole = ls.project(NET, runs, plane)
    monkeypatch.setattr("landscape.planes.paths.projection.AT_ONCE", 0)
    monkeypatch.setattr("landscape.planes.paths.projection.BLOCK", numbers)
    parts = ls.project(NET, runs, plane)
    for name in ("alpha", "beta", "distance", "loss", "loss_in_plane", "share"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9, atol=1e-9 * (1 + offset))


def test_a_long_run_that_does_not_move_or_leaves_to_infinity_has_its_share(monkeypatch):
    runs, plane = random_case(8, k=2, r=6)
    theta = np.array(runs.theta)
    theta[0] = plane.origin
    theta[1, 4:] = np.nan
    runs = Trajectories(theta=theta, loss=np.ones((2, 6)), step=np.arange(6))
    whole = ls.project(NET, runs, plane)
    monkeypatch.setattr("landscape.planes.paths.projection.AT_ONCE", 0)
    parts = ls.project(NET, runs, plane)
    assert parts.share[0] == 1
    np.testing.assert_allclose(parts.share, whole.share, rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(parts.alpha), np.isnan(whole.alpha))
