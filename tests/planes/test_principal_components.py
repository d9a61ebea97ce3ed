"""Principal components of few points with many parameters, held against a singular value decomposition of all."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import landscape as ls
from landscape.planes import principal_components
from landscape.planes.principal_components import axes_of, is_finite, triangle_of


def expected(points):
    _, sizes, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    return sizes, axes[:2]


@pytest.mark.parametrize("n", [12, 100, 1003])
@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e150])
def test_sizes_and_axes_are_those_of_a_full_decomposition(n, parts, scale, monkeypatch):
    monkeypatch.setattr(principal_components, "BLOCK", 200)  # so that there are many blocks
    points = np.random.default_rng(n).normal(size=(9, n)).cumsum(axis=0) * scale
    given = np.split(points, parts)
    sizes, axes = expected(points)
    _, found, weights = np.linalg.svd(triangle_of(given), full_matrices=False)
    np.testing.assert_allclose(found[:8], sizes[:8], rtol=1e-12)
    np.testing.assert_allclose(np.abs(axes_of(given, weights[:2]) @ axes.T), np.eye(2), atol=1e-12)


@pytest.mark.parametrize("ratio", [1e-3, 1e-6, 1e-9])
def test_a_second_component_that_a_gram_matrix_would_not_resolve_is_found(ratio):
    """The Gram matrix has the square of the ratio, 1e-18, which is lost in rounding."""
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(5000, 2)))[0]
    points = rng.normal(size=(20, 2)) * [1.0, ratio] @ basis.T
    plane = ls.principal_plane(points, origin=points[-1])
    assert abs(plane.d2 @ expected(points)[1][1]) == pytest.approx(1, abs=1e-12)
    assert (plane.cosine, *plane.norms) == pytest.approx((0, 1, 1), abs=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_many_parameters_of_any_type_take_memory_for_a_few_vectors(dtype, monkeypatch):
    monkeypatch.setattr(principal_components, "BLOCK", 2**17)
    n = 40_000
    points = (100 * np.random.default_rng(2).normal(size=(40, n)).cumsum(axis=0)).astype(dtype)
    tracemalloc.start()
    plane = ls.principal_plane(points[None], origin=points[-1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 8 * n  # of 40 x n in float64, which a copy of the points would take
    centred = points - points.mean(axis=0, dtype=float)
    share = ((centred @ plane.d1) ** 2).sum() / (centred**2).sum()
    assert plane.settings["share_1"] == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.outer(np.arange(5.0), np.ones(50)), "paths must not lie on one line; got singular values"),
        (np.ones((5, 50)), "paths must not lie on one line; got singular values"),
        (np.ones((1, 50)), "paths must not lie on one line; got singular values"),
        (np.where(np.eye(5, 50) > 0, -np.inf, 0.0), "paths must be finite; got -inf in it"),
    ],
)
def test_what_has_no_principal_plane_is_refused(points, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        ls.principal_plane(points, origin=np.zeros(50))


def test_finite_points_are_found_in_blocks(monkeypatch):
    monkeypatch.setattr(principal_components, "BLOCK", 20)
    points = np.random.default_rng(3).normal(size=(2, 31, 7))
    points[1, 4, 3], points[0, 30, 6] = np.nan, np.inf
    assert np.argwhere(~is_finite(points)).tolist() == [[0, 30], [1, 4]]


def test_trajectories_stand_for_the_points_of_all_their_runs():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(2, 4, 9)).astype("float32")
    runs = ls.Trajectories(theta=theta, loss=np.zeros((2, 4)), step=np.arange(4))
    found, expected = (ls.principal_plane(points, origin=np.zeros(9)) for points in (runs, theta))
    assert found.d1.tobytes() == expected.d1.tobytes()
    assert found.d2.tobytes() == expected.d2.tobytes()
