"""The pace of runs: counted from their steps, and predicted from the curvature along their path."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()


@pytest.mark.parametrize("optimizer", [ls.SGD(0.02), ls.SGD(0.02, momentum=0.5), 0.02])
def test_steps_per_decade_are_those_of_a_quadratic(optimizer):
    """Above the critical damping of momentum, so that x shrinks by the same factor in every step."""
    curvature = np.array([0.5, 2.0])
    rate, momentum = (optimizer, 0.0) if isinstance(optimizer, float) else (optimizer.learning_rate, optimizer.momentum)
    x, velocity, loss = np.ones(2), np.zeros(2), []
    for _ in range(1000):
        velocity = momentum * velocity - rate * curvature * x
        x = x + velocity
        loss.append(curvature * x**2 / 2)
    needed = 500 / np.log10(loss[499] / loss[999])
    np.testing.assert_allclose(ls.steps_per_decade(optimizer, curvature), needed, rtol=1e-9)


def test_a_loss_that_stays_or_grows_has_an_infinite_or_negative_number_of_steps():
    stays, grows = ls.steps_per_decade(0.5, [4.0, 5.0])
    assert np.isinf(stays)
    assert grows == pytest.approx(-0.5 / np.log10(1.5))


def test_mean_curvature_is_that_of_the_mean_hessian_along_the_displacement():
    rng = np.random.default_rng(0)
    path = rng.standard_normal((5, 9))
    unit = (path[4] - path[0]) / np.linalg.norm(path[4] - path[0])
    expected = np.mean([unit @ NET.hessian(theta) @ unit for theta in path[:4]])
    assert ls.mean_curvature(NET, path) == pytest.approx(expected, rel=1e-12)


def test_a_run_that_changes_regions_in_every_step_keeps_the_pace_of_the_mean_curvature():
    """Where the run of the lecture figure ``curvature`` is: no single Hessian on its way predicts its pace."""
    start = ls.glorot_starts(NET, 7, rng=np.random.default_rng(0))[6]
    adam = ls.train(NET, start, ls.Adam(1e-2), 400)
    sgd = ls.SGD(1e-2)
    run = ls.train(NET, adam.theta[0, np.argmax(adam.loss[0] < 1e-3)], sgd, 3000)
    path, loss = run.theta[0, 1000:], run.loss[0, 1000:]
    needed = 2000 / np.log10(loss[0] / loss[-1])
    assert ls.region_changes(NET, path) > 0.9
    assert float(ls.steps_per_decade(sgd, ls.mean_curvature(NET, path))) == pytest.approx(needed, rel=0.01)


def test_region_changes_are_counted_by_step():
    inside, outside = xor.offset_start(0.1), xor.offset_start(-0.1)
    assert ls.region_changes(NET, [inside, inside, outside, inside, inside]) == 0.5
    assert ls.region_changes(NET, [inside, inside]) == 0.0


def test_what_is_constant_is_found_in_a_run_that_stops():
    path = ls.train(NET, xor.offset_start(1e-5), ls.Adam(1e-3), 3000, dtype="float32").theta[0]
    still = ls.constant_from(path)
    assert 0 < still < 3000
    assert (path[still:] == path[-1]).all()
    assert (path[still - 1] != path[-1]).any()


@pytest.mark.parametrize(("values", "step"), [([2.0, 2.0], 0), ([2.0], 0), ([1, 2, 1], 2), ([[1, 2], [1, 3]], 1)])
def test_constant_from(values, step):
    assert ls.constant_from(values) == step


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ls.mean_curvature(NET, xor.TEXTBOOK), r"path must have shape \(r, 9\) with r >= 2; got \(9,\)"),
        (lambda: ls.mean_curvature(NET, np.zeros((1, 9))), r"path must have shape \(r, 9\) with r >= 2; got \(1, 9\)"),
        (lambda: ls.mean_curvature(NET, np.zeros((2, 9))), "path must lead to another point"),
        (lambda: ls.region_changes(NET, np.full((2, 9), np.nan)), "path must be finite; got nan"),
        (lambda: ls.constant_from([]), r"values must not be empty; got shape \(0,\)"),
        (lambda: ls.steps_per_decade(0.1, np.nan), "curvature must be finite; got nan"),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()
