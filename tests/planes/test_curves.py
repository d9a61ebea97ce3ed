"""Paths against point by point evaluation, lengths against known curves, training lowers the mean loss, planes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor
from landscape.planes import evaluation

NET, A = xor.network(), xor.TEXTBOOK
SWAPPED = A[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
T = np.linspace(0, 1, 21)
QUICK = settings(max_examples=25)


def rng(seed=0):
    return np.random.default_rng(seed)


def control_points(seed, count=3, n=9):
    return rng(seed).normal(size=(count, n)) * 10.0 ** rng(seed).integers(-3, 4)


def test_a_quadratic_curve_is_that_of_repeated_interpolation():
    a, c, b = points = control_points(1)
    curve = ls.Bezier(points)
    for t in T:
        first, second = a + t * (c - a), c + t * (b - c)
        np.testing.assert_allclose(curve.point(t), first + t * (second - first), rtol=1e-12, atol=1e-12)
    assert curve.point(T[:, None]).shape == (21, 1, 9)


@QUICK
@given(st.integers(0, 10**6), st.sampled_from([2, 3]))
def test_the_ends_are_the_given_points_to_the_bit(seed, count):
    points = control_points(seed, count)
    np.testing.assert_array_equal(ls.Bezier(points).point([0.0, 1.0]), points[[0, -1]])


@pytest.mark.parametrize("count", [2, 3])
def test_the_profile_is_the_loss_at_every_point(count, monkeypatch):
    path, done = ls.Bezier(control_points(2, count), {"curve": "mine"}), []
    monkeypatch.setattr(evaluation, "BLOCK", 8)
    profile = ls.evaluate_path(NET, path, T, progress=lambda *counts: done.append(counts))
    np.testing.assert_array_equal(profile.loss, [NET.loss(path.point(t)) for t in T])
    np.testing.assert_array_equal(profile.t, T)
    assert profile.path is path
    assert profile.settings == {"objective": NET.describe()}
    assert done == [(8, 21), (16, 21), (21, 21)]


def polyline(path, t, pieces=20_000):
    corners = path.point(np.linspace(0, t, pieces))
    return np.linalg.norm(np.diff(corners, axis=0), axis=1).sum()


LENGTHS = {
    "straight": [[0, 0], [3, 4]],
    "bent": [[0, 0], [1, 2], [3, 0]],
    "straight, unequal speed": [[0, 0], [1, 1], [3, 3]],
    "back again": [[0, 0], [1, 1], [0, 0]],
    "sharp turn": [[0, 0], [1, 1e-5], [0, 1e-5]],
    "end points alike": [[1, 2, 3], [0, 0, 5], [1, 2, 3]],
    "one parameter": [[0], [5], [1]],
    "nowhere": [[1, 2], [1, 2]],
}


@pytest.mark.parametrize("points", LENGTHS.values(), ids=LENGTHS)
def test_the_length_is_that_of_a_fine_polyline(points):
    path, t = ls.Bezier(points), [0.0, 0.1, 0.5, 0.7, 1.0]
    np.testing.assert_allclose(path.length(t), [polyline(path, end) for end in t], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_lengths_have_no_overflow(scale):
    path = ls.straight_path([0, 0], np.array([3, 4]) * scale)
    np.testing.assert_allclose(path.length(1.0), 5 * scale, rtol=1e-14)
    assert path.length([[1.0], [0.0]]).shape == (2, 1)


def profile_of(loss, t=None):
    t = np.linspace(0, 1, len(loss)) if t is None else t
    return ls.PathProfile(t=t, length=t, loss=loss, path=ls.straight_path(A, SWAPPED))


@pytest.mark.parametrize(
    ("loss", "barrier"),
    [
        ([1, 2, 3], 0),
        ([1, 5, 3], 3),
        ([2, 1, 0], 0),
        ([0, 0.5, 0.75, 0], 0.75),
        ([3, 0, 1], 0),
        ([1, np.inf, 1], np.inf),
    ],
)
def test_the_barrier_is_measured_from_the_line_between_the_ends(loss, barrier):
    assert profile_of(loss).barrier == barrier


@pytest.mark.parametrize("count", [8, 64])
def test_the_barrier_between_two_solutions_is_at_least_that_of_the_merge_tree(count):
    bent = ls.train_bezier(NET, A, SWAPPED, rng=rng(), steps=400, learning_rate=0.02, points_per_step=count)
    least = float(ls.merge_tree(NET).barrier(A, SWAPPED))
    found = ls.evaluate_path(NET, bent, np.linspace(0, 1, 401)).barrier
    assert least <= found < least + 0.04
    exact = float(ls.straight_barrier(NET, A, SWAPPED).value)
    assert ls.evaluate_path(NET, ls.straight_path(A, SWAPPED), np.linspace(0, 1, 401)).barrier == pytest.approx(exact)


def trained(seed, hidden):
    net = xor.network(hidden=hidden)
    starts = ls.glorot_starts(net, 2, rng=rng(seed))
    return net, ls.train(net, starts, ls.Adam(0.05), 200).theta[:, -1]


@pytest.mark.parametrize(("seed", "hidden"), [(0, 2), (1, 3), (2, 4)])
def test_training_lowers_the_mean_loss_along_the_curve_between_two_trained_networks(seed, hidden):
    net, (a, b) = trained(seed, hidden)
    bent = ls.train_bezier(net, a, b, rng=rng(), steps=200, learning_rate=0.05, points_per_step=8)
    means = [ls.evaluate_path(net, path, np.linspace(0, 1, 201)).loss.mean() for path in (ls.straight_path(a, b), bent)]
    assert means[1] < 0.8 * means[0]
    np.testing.assert_array_equal(bent.points[[0, 2]], [a, b])


def test_training_is_reproducible_and_says_how_it_was_done():
    how, done = {"steps": 20, "learning_rate": 0.01}, []
    first, second = (ls.train_bezier(NET, A, SWAPPED, rng=rng(3), **how) for _ in range(2))
    other = ls.train_bezier(NET, A, SWAPPED, rng=rng(4), **how, progress=lambda *counts: done.append(counts))
    np.testing.assert_array_equal(first.points, second.points)
    assert (first.points[1] != other.points[1]).any()
    assert done == [(i, 20) for i in range(1, 21)]
    assert dict(first.settings) == {
        "curve": "quadratic, trained",
        "seed": 3,
        "optimizer": ls.Adam(0.01).describe(),
        "steps": 20,
        "points_per_step": 1,
        "objective": NET.describe(),
    }
    at_once = ls.train_bezier(NET, A, SWAPPED, rng=rng(), steps=0, learning_rate=0.01)
    np.testing.assert_array_equal(at_once.points[1], (A + SWAPPED) / 2)


def test_one_step_is_one_of_adam_along_the_estimated_gradient():
    t = rng(5).uniform(size=3)
    middle, adam = (A + SWAPPED) / 2, ls.Adam(0.1)
    at_points = [NET.gradient(ls.Bezier([A, middle, SWAPPED]).point(one)) for one in t]
    gradient = sum(2 * one * (1 - one) * g for one, g in zip(t, at_points, strict=True)) / 3
    expected, state = middle.copy(), [np.zeros(9), np.zeros(9)]
    adam.update(expected, gradient, state, adam.rates(1)[0])
    found = ls.train_bezier(NET, A, SWAPPED, rng=rng(5), steps=1, learning_rate=0.1, points_per_step=3)
    np.testing.assert_allclose(found.points[1], expected, rtol=1e-9)


@pytest.mark.parametrize("made", [lambda: ls.Bezier(control_points(3), {"seed": 1}), lambda: profile_of([0, 1, 0])])
def test_results_are_saved_and_loaded(made, tmp_path):
    result = made()
    ls.save(result, tmp_path / "result.nc")
    loaded = ls.load(tmp_path / "result.nc")
    for one, other in ((result, loaded), (getattr(result, "path", result), getattr(loaded, "path", loaded))):
        assert type(one) is type(other)
        assert one.settings == other.settings
    np.testing.assert_array_equal(getattr(result, "path", result).points, getattr(loaded, "path", loaded).points)


def test_a_profile_is_a_table_and_a_dataset(tmp_path):
    profile = ls.evaluate_path(NET, ls.straight_path(A, np.zeros(9)), [0, 0.5, 1])
    ls.to_csv(profile, tmp_path / "path.csv")
    length = float(np.linalg.norm(A))
    rows = (tmp_path / "path.csv").read_text().splitlines()
    assert rows[0] == "t,length,loss"
    found = np.array([row.split(",") for row in rows[1:]], dtype=float)
    np.testing.assert_allclose(found, [[0, 0, 0], [0.5, length / 2, 0.28125], [1, length, 0.5]], rtol=1e-12)
    dataset = pytest.importorskip("xarray") and profile.to_xarray()
    assert dataset.points.dims == ("control_point", "parameter")
    assert dataset.attrs["path_curve"] == "straight"


# -- planes through three points -----------------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10**6))
def test_three_points_lie_on_their_plane_at_the_stated_coordinates(seed):
    points = control_points(seed)
    plane = ls.plane_through(*points)
    size = np.abs(points).max()
    stated = [(plane.settings[f"alpha_{name}"], plane.settings[f"beta_{name}"]) for name in "abc"]
    np.testing.assert_allclose(plane.residual(points), 0, atol=1e-13 * size)
    np.testing.assert_allclose(np.transpose(plane.coordinates(points)), stated, atol=1e-12)
    np.testing.assert_allclose([plane.point(*place) for place in stated], points, atol=1e-13 * size)
    assert plane.is_conformal
    assert plane.settings["beta_c"] > 0
    np.testing.assert_array_equal(plane.origin, points[0])


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_a_plane_through_points_of_any_size(scale):
    plane = ls.plane_through(*(np.array([[0, 0, 0], [2, 0, 0], [1, 3, 0]]) * scale))
    np.testing.assert_allclose([plane.settings["alpha_c"], plane.settings["beta_c"]], [0.5, 1.5], rtol=1e-12)


# -- bad input -------------------------------------------------------------------------------------------------

TRAIN = {"rng": rng(), "steps": 1, "learning_rate": 0.1}
PATH, LARGE = ls.straight_path(A, SWAPPED), ls.straight_path(np.zeros(10**5), np.ones(10**5))
BAD = [
    (lambda: ls.Bezier(A), ValueError, "points must have shape (2, n) or (3, n), ends first and last; got (9,)"),
    (
        lambda: ls.Bezier([A] * 4),
        ValueError,
        "points must have shape (2, n) or (3, n), ends first and last; got (4, 9)",
    ),
    (lambda: ls.Bezier(np.zeros((2, 0))), ValueError, "ends first and last; got (2, 0)"),
    (lambda: ls.Bezier([A, A * np.nan]), ValueError, "points must be finite; got nan in it, remove or replace it"),
    (
        lambda: ls.straight_path([1e308], [-1e308]),
        ValueError,
        "points must differ by less than 4e307, a quarter of the largest float; rescale them",
    ),
    (lambda: ls.straight_path(A, A[:4]), ValueError, "b must have shape (9,); got shape (4,)"),
    (lambda: PATH.point(1.5), ValueError, "t must be from 0 to 1; got 1.5"),
    (lambda: PATH.length([0, -0.25]), ValueError, "t must be from 0 to 1; got -0.25"),
    (lambda: LARGE.point(np.zeros(10**4)), ValueError, "10000 points would take 7.5 GiB, over the limit of 4 GiB"),
    (lambda: ls.evaluate_path(NET, PATH, [0, 2]), ValueError, "t must be from 0 to 1; got 2"),
    (lambda: ls.evaluate_path(NET, PATH, [1, 0]), ValueError, "t must increase strictly; got 1 then 0 at index 1"),
    (
        lambda: ls.evaluate_path(NET, [A, A], T),
        TypeError,
        "path must be a Bezier, made by straight_path or train_bezier",
    ),
    (lambda: ls.evaluate_path(A, PATH, T), TypeError, "net must be an Objective, such as xor.network()"),
    (
        lambda: ls.evaluate_path(xor.network(3), PATH, T),
        ValueError,
        "path.points[0] must have shape (13,); got shape (9,)",
    ),
    (lambda: ls.evaluate_path(NET, PATH, T, metrics=["mae"]), ValueError, "metrics must be empty, but for a KerasObj"),
    (
        lambda: profile_of([0, 1], [0, 0.5]).barrier,
        ValueError,
        "t must run from 0 to 1 to give a barrier; got 0 to 0.5",
    ),
    (lambda: ls.train_bezier(NET, A, A[:3], **TRAIN), ValueError, "b must have shape (9,); got shape (3,)"),
    (lambda: ls.train_bezier(NET, A, A, **TRAIN | {"rng": 0}), TypeError, "rng must be a numpy.random.Generator"),
    (lambda: ls.train_bezier(NET, A, A, **TRAIN | {"steps": -1}), ValueError, "steps must be at least 0; got -1"),
    (lambda: ls.train_bezier(NET, A, A, **TRAIN | {"steps": 10**12}), ValueError, "steps=1000000000000 would take"),
    (lambda: ls.train_bezier(NET, A, A, **TRAIN | {"learning_rate": 0}), ValueError, "learning_rate must be above 0"),
    (lambda: ls.train_bezier(NET, A, A, **TRAIN, points_per_step=0), ValueError, "points_per_step must be at least 1"),
    (
        lambda: ls.train_bezier(NET, A, A, **TRAIN | {"learning_rate": 1e200, "steps": 9}),
        ValueError,
        "the control point must stay finite; got nan in step 4, use a lower learning_rate, or ends with smaller grad",
    ),
    (
        lambda: ls.train_bezier(NET, A * 1e160, A, **TRAIN),
        ValueError,
        "the control point must stay finite; got nan in step 1, use a lower learning_rate, or ends with smaller grad",
    ),
    (lambda: ls.plane_through(A, A, SWAPPED), ValueError, "b - a must not be the zero vector"),
    (lambda: ls.plane_through(A, SWAPPED, A), ValueError, "c - a must not be the zero vector"),
    (
        lambda: ls.plane_through(A, SWAPPED, SWAPPED),
        ValueError,
        "a, b and c must not lie on one line; got |cosine| 1 of b - a and c - a",
    ),
    (lambda: ls.plane_through(A, SWAPPED, 2 * A - SWAPPED), ValueError, "must not lie on one line; got |cosine| 1 of"),
    (lambda: ls.plane_through(A, SWAPPED, A[:3]), ValueError, "c must have shape (9,); got shape (3,)"),
    (lambda: ls.plane_through([1e308], [-1e308], [0]), ValueError, "b - a must be finite; got -inf"),
]


@pytest.mark.parametrize(("call", "kind", "message"), BAD, ids=[message[:60] for _, _, message in BAD])
def test_bad_input_gives_one_line(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
