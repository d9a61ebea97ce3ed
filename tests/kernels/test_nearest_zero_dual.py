"""Lower bounds of the distance to the zeros of a cell: never above what is there, also where terms cancel."""

import numpy as np
import pytest
from numba import njit
from scipy.optimize import nnls

from landscape import xor
from landscape.exact.activation_regions import arrangement
from landscape.exact.nearest_zero import _zero_cells, search_nearest_zero
from landscape.kernels.nearest_zero_arrays import Task, work_arrays
from landscape.kernels.nearest_zero_dual import climb, lagrangian, unit_minimum
from landscape.kernels.nearest_zero_weights import project
from landscape.kernels.small_arrays import by_reference

pytestmark = pytest.mark.slow

NET = xor.network()
KEPT = _zero_cells(NET)
CONES = KEPT.cones
SAMPLES = np.c_[xor.X, np.ones(4)]
N_CONES = len(KEPT.cones.n_faces) - 1
LEAST = [0.0, 1e-16, 1e-14, 1e-13, 1e-12, 1e-9, 1e-3, 1.0]
"""How far weights are from where the pull takes all of them away, relative to their size."""


def rays_of(t):
    """Return weights that span cone ``t``: (r, 3)."""
    on = KEPT.active[t].any(axis=1)
    (pattern,) = [p for p in arrangement(xor.X).patterns() if (np.array(p) > 0).tolist() == on.tolist()]
    return [np.linalg.pinv(SAMPLES) @ values for values in arrangement(xor.X).rays_of(pattern)]


RAYS = [np.array(rays_of(t)) for t in range(N_CONES)]


def nearest_by_rays(q, t):
    """The point of a cone nearest to q, as a combination of its rays with weights that are not negative."""
    return RAYS[t].T @ nnls(RAYS[t].T, q)[0]


def test_projections_are_those_onto_the_span_of_rays():
    rng = np.random.default_rng(0)
    for _ in range(400):
        t, q, out = int(rng.integers(N_CONES)), rng.normal(size=3), np.empty(3)
        face = project(q, t, CONES, int(rng.integers(10)), out)
        np.testing.assert_allclose(out, nearest_by_rays(q, t), atol=1e-12)
        np.testing.assert_allclose(KEPT.cones.faces[t, face] @ q, out, atol=1e-15)


@pytest.mark.parametrize("least", LEAST)
def test_the_minimum_of_a_unit_is_not_above_any_point_of_it(least):
    rng = np.random.default_rng(1)
    for _ in range(60):
        t, p0, high = int(rng.integers(N_CONES)), rng.normal(), 2.5
        pull = rng.normal(size=3) * 10 ** rng.uniform(-2, 1)
        w0 = rng.uniform(0, high) * pull + least * np.abs(pull).max() * rng.normal(size=3)
        w, q = np.empty(3), np.empty(3)
        value, p, _, _ = unit_minimum(w0, p0, 0.0, high, pull, t, CONES, int(rng.integers(10)), w, q)

        def at(p, t=t, w0=w0, p0=p0, pull=pull):
            w = nearest_by_rays(w0 - p * pull, t)
            return 0.5 * ((w - w0) @ (w - w0) + (p - p0) ** 2) + p * pull @ w

        size = 1 + np.square(w0).sum() + p0**2 + high**2 * (pull @ pull)
        grid = [at(p) for p in np.linspace(0, high, 101)]
        kinks = [at(w0 @ pull / (pull @ pull))] if 0 <= w0 @ pull / (pull @ pull) <= high else []
        assert value <= min(*grid, *kinks) + 1e-13 * size
        assert value == pytest.approx(at(p), abs=1e-13 * size)


def points_with_a_known_zero():
    """Thetas that a zero of a cell is the closest point of the cell to, where unit 2 is 0 and the pull all it has.

    Yields (cells, cell, weights, output weights, b2, multipliers, half the squared distance).
    """
    w1 = np.array([1.0, 0.5, 0.25])
    net = xor.network(inputs=xor.X, targets=np.maximum(SAMPLES @ w1, 0))
    kept = _zero_cells(net)
    all_on = [
        c for c, signs in enumerate(kept.signs) if signs[0] == 1 and (kept.active[kept.cells[c, 0]] > 0).any(1).all()
    ]
    rng = np.random.default_rng(2)
    for _ in range(150):
        c = all_on[int(rng.integers(len(all_on)))]
        if kept.signs[c, 1] == 0:
            continue
        lam, p2 = rng.normal(size=4) * 10 ** rng.uniform(-1.5, -0.3), rng.uniform(0.3, 2)
        first = lam @ kept.active[kept.cells[c, 0]]
        second = kept.signs[c, 1] * (lam @ kept.active[kept.cells[c, 1]])
        weights, outer = np.stack([w1 + first, p2 * second]), np.array([1 + first @ w1, kept.signs[c, 1] * p2])
        half = 0.5 * (first @ first + p2**2 * second @ second + (first @ w1) ** 2 + lam.sum() ** 2)
        if outer[0] > 0:
            yield net, c, weights, outer, lam.sum(), lam, half


@njit
def lagrangian_of(task, *rest):
    return lagrangian(by_reference(task), *rest)


@njit
def climb_of(task, *rest):
    return climb(by_reference(task), *rest)


def test_bounds_stay_below_the_distance_of_a_zero_that_is_known():
    thetas, known = [], []
    for net, c, weights, outer, b2, lam, half in points_with_a_known_zero():
        kept = _zero_cells(net)
        task = Task(*kept[:4], net.targets, weights, np.float64(b2), work_arrays(2, 3, 4))
        p0, low = np.abs(outer), np.zeros(2)
        high = p0 + 1.2 * np.sqrt(2 * half)
        at = task, kept.cells[c], kept.signs[c], p0, low, high
        empty = np.empty(2), np.empty((2, 3)), np.zeros(2, dtype=np.int64), np.empty(2), np.empty(4)
        assert lagrangian_of(*at, lam, *empty) <= half * (1 + 1e-12)
        assert climb_of(*at, 1.03 * lam, np.inf, np.empty(2)) <= half * (1 + 1e-12)
        thetas.append(np.concatenate([weights[:, :2].T.ravel(), weights[:, 2], outer, [b2]]))
        known.append(np.sqrt(2 * half))
    assert len(known) > 100
    found = search_nearest_zero(net, np.array(thetas), max_boxes=100)
    assert (found.distance <= np.array(known) * (1 + 1e-9)).all()
    assert (found.lower_bound <= np.array(known) * (1 + 1e-9)).all()
