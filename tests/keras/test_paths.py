"""Paths between Keras models: evaluated as point by point, trained without a change of the model, matched by units."""

from __future__ import annotations

import numpy as np
import pytest

import landscape as ls
from landscape.keras.model_objective import keras
from landscape.keras_objective import KerasObjective

pytestmark = pytest.mark.slow

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.sign(X[:, 0] * X[:, 1])[:, None] + 0.1 * RNG.normal(size=(40, 1))
T = np.linspace(0, 1, 13)


def objective_of(dtype, width=8):
    parts = [layers.Dense(width, "tanh", dtype=dtype), layers.Dense(1, dtype=dtype)]
    return KerasObjective(keras.Sequential([layers.Input((3,), dtype=dtype), *parts]), X.astype(dtype), Y.astype(dtype))


@pytest.fixture(scope="module", params=["float32", "float64"])
def objective(request):
    return objective_of(request.param)


@pytest.fixture(scope="module")
def trained():
    """An objective and two minima that its own gradient leads to, from independent starts."""
    objective = objective_of("float64")
    thetas, adam = np.random.default_rng(1).normal(size=(2, objective.n_parameters)) * 0.7, ls.Adam(0.05)
    state = [np.zeros_like(thetas), np.zeros_like(thetas)]
    for rate in adam.rates(100):
        adam.update(thetas, objective.gradient(thetas), state, rate)
    return objective, thetas


@pytest.mark.parametrize("count", [2, 3])
def test_a_path_is_evaluated_as_point_by_point(objective, count):
    path, done = ls.Bezier(np.random.default_rng(count).normal(size=(count, objective.n_parameters))), []
    before = objective.theta
    profile = ls.evaluate_path(objective, path, T, metrics=["mae"], progress=lambda *counts: done.append(counts))
    rtol = 1e-5 if objective.dtype == "float32" else 1e-12
    np.testing.assert_allclose(profile.loss, objective.loss(path.point(T)), rtol=rtol)
    mae = np.abs(objective.predict(path.point(T)) - Y).mean(axis=(1, 2))
    np.testing.assert_allclose(profile.metrics["mae"], mae, rtol=1e-5)
    np.testing.assert_allclose(profile.loss[[0, -1]], objective.loss(path.points[[0, -1]]), rtol=rtol)
    assert done[-1] == (T.size, T.size)
    assert objective.theta.tolist() == before.tolist()


def test_training_a_curve_lowers_the_mean_loss_along_it(trained):
    objective, (a, b) = trained
    straight, before = ls.straight_path(a, b), objective.theta
    rng = np.random.default_rng(2)
    bent = ls.train_bezier(objective, a, b, rng=rng, steps=60, learning_rate=0.1, points_per_step=4)
    t = np.linspace(0, 1, 101)
    profiles = [ls.evaluate_path(objective, path, t) for path in (straight, bent)]
    assert profiles[1].loss.mean() < 0.5 * profiles[0].loss.mean()
    assert profiles[1].barrier < profiles[0].barrier
    assert objective.theta.tolist() == before.tolist()
    np.testing.assert_array_equal(bent.points[[0, 2]], [a, b])


def test_a_matched_end_has_the_loss_of_the_end_and_is_nearer(trained):
    objective, (a, b) = trained
    matched = objective.match_units(b, a)
    assert np.linalg.norm(matched - a) < np.linalg.norm(b - a)
    assert objective.loss(matched) == pytest.approx(objective.loss(b), rel=1e-12)
    order = [0, 3, 1, 2, 5, 4, 7, 6]  # of the hidden units
    permuted = np.concatenate([b[:32].reshape(4, 8)[:, order].ravel(), b[32:40][order], b[40:]])
    assert objective.match_units(permuted, b).tolist() == b.tolist()


def test_a_plane_through_three_models_contains_them(trained):
    objective, (a, b) = trained
    plane = ls.plane_through(a, b, objective.match_units(b, a))
    place = [plane.settings[name] for name in ("alpha_c", "beta_c")]
    corners = plane.point([0, 1, place[0]], [0, 0, place[1]])
    np.testing.assert_allclose(objective.loss(corners), objective.loss([a, b, b]), rtol=1e-9)


def test_the_same_plane_and_path_of_the_numpy_network_and_of_keras():
    net = ls.xor.network(hidden=3)
    a, b = np.random.default_rng(3).normal(size=(2, 13))
    parts = [layers.Dense(3, "relu", dtype="float64"), layers.Dense(1, dtype="float64")]
    model = keras.Sequential([layers.Input((2,), dtype="float64"), *parts])
    objective = KerasObjective(model, ls.xor.X, ls.xor.Y[:, None])
    path = ls.Bezier([a, a - b, b])
    theirs, ours = (ls.evaluate_path(one, path, T) for one in (objective, net))
    np.testing.assert_allclose(theirs.loss, ours.loss, rtol=1e-11)
    assert theirs.length.tolist() == ours.length.tolist()
    np.testing.assert_array_equal(objective.match_units(b, a), net.match_units(b, a))
