"""Sharpness along recorded runs: held against dense Hessians, and against runs that are tracked as they are made."""

from __future__ import annotations

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.training.recording import Recording

NET = xor.network()
START = xor.offset_start(0.3)
ADAM = ls.Adam(0.01)
OPTIMIZERS = [ls.SGD(0.02, 0.5), ADAM, ls.Adam(0.02, 0.8, 0.95, 1e-3), ls.RMSprop(0.005, momentum=0.3)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_agrees_with_a_run_that_is_tracked_as_it_is_made(optimizer, dtype):
    tracked = ls.track_stability(NET, START, optimizer, 100, record_every=15, dtype=dtype)
    found = ls.track_sharpness(NET, ls.train(NET, START, optimizer, 100, dtype=dtype), optimizer, every=15)
    assert found.step.tolist() == tracked.step.tolist()
    np.testing.assert_allclose(found.sharpness, tracked.curvature[:, -1], rtol=1e-12)
    np.testing.assert_allclose(found.preconditioned, tracked.sharpness, rtol=1e-6 if dtype == "float64" else 1e-5)
    np.testing.assert_allclose(found.limit, tracked.limit, rtol=1e-15)
    assert found.residual.max() < 1e-10 * found.sharpness.max()
    assert found.unknown == ""


class GradientOnly:
    """The network without its Hessian."""

    n_parameters, parameter_names, filters = NET.n_parameters, NET.parameter_names, NET.filters
    loss, gradient = staticmethod(NET.loss), staticmethod(NET.gradient)


def test_products_are_differences_of_the_gradient_if_there_is_nothing_else():
    run = ls.train(NET, START, ADAM, 40)
    found, exact = (ls.track_sharpness(net, run, ADAM, every=10) for net in (GradientOnly(), NET))
    np.testing.assert_allclose(found.sharpness, exact.sharpness, rtol=1e-7)
    np.testing.assert_allclose(found.preconditioned, exact.preconditioned, rtol=1e-7)


def recording(path, optimizer, moments, about, rate=0.01):
    """Record every third step of a run, with the second moments of its optimizer."""
    run = ls.train(NET, START, optimizer, 30)
    file = Recording(path, 9, "float64", about, moments=moments)
    state = np.zeros(9)
    for step, theta in enumerate(run.theta[0]):
        if step % 3 == 0:
            file.append(step, 0.0, [theta, state] if moments else [theta], rate / (1 + step))
        state = 0.999 * state + 0.001 * NET.gradient(theta) ** 2
    file.close()
    return ls.load(path), run


ABOUT = {"optimizer": "Adam", "learning_rate": 0.5, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}


def test_moments_and_rates_of_a_recording_are_used(tmp_path):
    recorded, run = recording(tmp_path / "run.rec", ADAM, True, ABOUT)
    found, exact = ls.track_sharpness(NET, recorded), ls.track_sharpness(NET, run, ADAM, every=3)
    np.testing.assert_allclose(found.preconditioned, exact.preconditioned, rtol=1e-9)
    np.testing.assert_allclose(found.limit, 38 * (1 + found.step) / 0.01, rtol=1e-12)
    np.testing.assert_array_equal(ls.track_sharpness(NET, recorded, ADAM).limit, exact.limit)


@pytest.mark.parametrize(
    ("about", "moments", "unknown"),
    [
        (ABOUT, False, "P is unknown: record second moments, by TrajectoryRecorder(..., moments=True), or every step"),
        ({"optimizer": "Lion"}, False, "no limit is known for Lion"),
        ({}, False, "no limit is known for an optimizer that was not recorded"),
        ({**ABOUT, "amsgrad": True}, True, "no limit is known for Adam with amsgrad"),
        ({**ABOUT, "weight_decay": 0.1}, True, "no limit is known for Adam with weight_decay"),
        ({"optimizer": "SGD", "momentum": 0.9, "nesterov": True}, False, "no limit is known for SGD with nesterov"),
        ({"optimizer": "SGD", "learning_rate": 0.1}, False, "momentum of SGD was not recorded; pass optimizer"),
    ],
)
def test_what_is_unknown_is_said(about, moments, unknown, tmp_path):
    recorded, _ = recording(tmp_path / "run.rec", ADAM, moments, about)
    found = ls.track_sharpness(NET, recorded)
    assert found.unknown == unknown
    assert found.preconditioned is None
    assert np.isnan(found.limit).all() == (about is not ABOUT)
    expected = np.linalg.eigvalsh(NET.hessian(recorded.theta[0]))[:, -1]
    np.testing.assert_allclose(found.sharpness, expected, rtol=1e-12)


def test_the_limit_follows_a_decaying_rate_and_the_run_is_one_of_several():
    schedule = ls.CosineDecay(ls.SGD(0.1, 0.5), 20)
    run = ls.train(NET, [START, START + 0.1], schedule, 20)
    found = ls.track_sharpness(NET, run, schedule, run=1, every=8)
    assert found.step.tolist() == [0, 8, 16, 20]
    rates = 0.05 * (1 + np.cos(np.pi * found.step[:3] / 20))
    np.testing.assert_allclose(found.limit[:3], 3 / rates, rtol=1e-12)
    np.testing.assert_allclose(found.sharpness, np.linalg.eigvalsh(NET.hessian(run.theta[1, found.step]))[:, -1])


def test_where_a_run_has_left_to_infinity_there_is_no_sharpness(tmp_path):
    lost = ls.train(NET, START, ls.SGD(3.0), 600)
    found = ls.track_sharpness(NET, lost, ls.SGD(3.0), every=50)
    assert np.isfinite(found.sharpness[0])
    assert np.isnan([found.sharpness[-1], found.preconditioned[-1]]).all()
    ls.save(found, tmp_path / "sharpness.nc")
    np.testing.assert_array_equal(ls.load(tmp_path / "sharpness.nc").sharpness, found.sharpness)
    assert ls.to_csv(found, tmp_path / "sharpness.csv") is None


RUN = ls.train(NET, START, ls.SGD(0.1), 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ls.track_sharpness(NET, RUN, run=1), ValueError, "run must be below 1, the number of runs; got 1"),
        (lambda: ls.track_sharpness(NET, RUN, every=0), ValueError, "every must be at least 1; got 0"),
        (
            lambda: ls.track_sharpness(NET, RUN, "adam"),
            TypeError,
            "optimizer must be Adam, SGD, RMSprop or CosineDecay",
        ),
        (lambda: ls.track_sharpness(NET, 3), TypeError, "trajectories must be a Trajectories, made by train; got int"),
        (lambda: ls.track_sharpness(xor.network(3), RUN), ValueError, "must have 13 parameters, as net has; got 9"),
        (lambda: ls.top_eigenpairs(NET, START, 1, scale=np.zeros(9)), ValueError, "scale must be above 0; got 0, add"),
        (lambda: ls.top_eigenpairs(NET, START, 1, scale=np.ones(3)), ValueError, "scale must have shape (9,)"),
    ],
)
def test_bad_arguments_are_one_line(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
