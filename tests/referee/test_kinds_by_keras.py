"""What holds runs on their levels, counted in real Keras runs by a rule of the referee's own.

512 Keras-default starts are trained by Keras' own layers, loss and optimizer in float64, all in one model of 512
networks (``referee_keras``), of which single ones are compared with the exercise's own model.
"""

from functools import lru_cache

import numpy as np
import pytest
import referee_keras as rk
import referee_plateaus as plateaus
import referee_training as rt

import landscape as ls
from landscape import xor

pytestmark = pytest.mark.heavy

RUNS, STEPS, RATE = 512, 10_000, 1e-3
KINDS = ("local minimum", "saddle", "held by relu'(0) = 0")


def adam():
    """The exercise's optimizer, of which every training needs a new one."""
    return rk.keras.optimizers.Adam(RATE)


def starts():
    """Keras-default starts."""
    return rt.glorot(RUNS, np.random.default_rng(0))


@lru_cache
def by_keras():
    """Ends of the runs in Keras."""
    path, _ = rk.train(starts(), adam, STEPS)
    return path[-1]


@lru_cache
def by_package():
    """Outcomes of the same starts."""
    return ls.outcomes(xor.network(), starts(), ls.Adam(RATE), STEPS)


def test_one_model_of_many_networks_trains_each_as_the_exercises_own_model_does():
    some = starts()[:3]
    together, losses = rk.train(some, adam, 600, every=200)
    for k, start in enumerate(some):
        alone, loss = rk.train(start[None], adam, 600, every=200)
        np.testing.assert_allclose(together[:, k], alone[:, 0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(losses[:, k], loss[:, 0], rtol=1e-9, atol=1e-15)


def test_levels_are_those_of_keras():
    assert (plateaus.level_of(by_keras()) == by_package().level).all()


def test_kinds_are_those_of_keras():
    found, end = by_package(), by_keras()
    level, held = plateaus.level_of(end), plateaus.held(end)
    np.testing.assert_array_equal(held & (level > 0), found.kind == KINDS[2])
    counts = [[(~held & (level == i)).sum(), 0, (held & (level == i)).sum()] for i in range(4)]
    counts[0] = [(level == 0).sum(), 0, 0]
    assert found.counts_by_kind.tolist() == counts
    assert counts[2][2] > 20  # there is something to compare
    assert counts[3][2] > 20


def escapes(theta, value):
    """Whether plain descent from within 1e-8 of theta falls below its level; relu'(0) = 1/2, so kinks hide nothing.

    With small steps, as the next kink may be near, and with large ones, as the way may begin flat.
    """
    rng = np.random.default_rng(5)
    shift = 1e-8 * rng.standard_normal((4, *theta.shape))
    shift[0, :, 4:6], shift[1, :, 4:6] = np.abs(shift[0, :, 4:6]), -np.abs(shift[1, :, 4:6])
    near, smooth = np.concatenate(theta + shift), rt.Model(at_zero=0.5)
    lowest = [rt.loss(rt.train(near, rt.SGD(rate), steps, model=smooth)) for rate, steps in ((1e-4, 300), (0.02, 5000))]
    return (np.minimum(*lowest).reshape(4, -1) < value - 1e-7).any(axis=0)


def test_only_runs_said_to_be_held_can_fall_below_their_level_at_once():
    found, end = by_package(), by_keras()
    stuck = np.flatnonzero(found.level > 0)
    value = np.array([float(v) for v in plateaus.LEVELS])[found.level[stuck]]
    free = escapes(end[stuck], value)
    np.testing.assert_array_equal(free, found.kind[stuck] == KINDS[2])


def test_the_runs_that_are_held_stop_at_a_bias_that_never_moved():
    end = by_keras()
    held = np.flatnonzero(by_package().kind == KINDS[2])
    assert (end[held][:, 4:6] == 0).any(axis=1).all()


@lru_cache
def own_levels(slope):
    """Levels that the referee's runs end on with that derivative at 0."""
    return plateaus.level_of(rt.train(starts(), rt.Adam(RATE), STEPS, model=rt.Model(at_zero=slope)))


@pytest.mark.parametrize("slope", [0.5, 1.0])
def test_levels_with_another_derivative_at_zero(slope):
    ours = ls.levels_with_slope_at_zero(xor.network(), starts(), ls.Adam(RATE), STEPS, slope)
    assert (own_levels(slope) != ours).sum() <= 1
    assert (ours == 0).sum() > (by_package().level == 0).sum()


def test_levels_with_another_derivative_at_zero_in_keras():
    """The derivative of (z + abs(z)) / 2 at 0 is 1/2 in TensorFlow."""
    path, _ = rk.train(starts()[:256], adam, STEPS, activation=lambda z: (z + rk.keras.ops.abs(z)) / 2)
    assert (plateaus.level_of(path[-1]) != own_levels(0.5)[:256]).sum() <= 1
