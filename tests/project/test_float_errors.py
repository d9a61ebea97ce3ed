"""``np.seterr(all="raise")`` set by the user changes no result: numbers beyond the range of floats are no errors."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
TANH = ls.AlternativeNetwork(xor.X, xor.Y, hidden=2, activation="tanh", head="sigmoid")
D1, D2 = ls.filter_normalize(np.arange(-4.0, 5) + 0.5, xor.TEXTBOOK, NET), np.eye(9)[8]
GRID = np.linspace(-1, 1, 5)

THETAS = {
    "ordinary": xor.TEXTBOOK,
    "no product of entries is a float, one entry is large": [1e-200] * 8 + [1e100],
    "the smallest float": [5e-324] * 9,
    "squares underflow": [1e-160] * 9,
    "sizes of all kinds": [1e-160, 1e60, 1, 1, 0, 1e-300, 1e-200, 1, 0.5],
    "the loss overflows": [1e200] * 9,
    "a trap": [-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5],
}


def rng():
    return np.random.default_rng(0)


def spectrum(theta):
    trace, pairs = ls.hessian_trace(NET, theta, 4, rng=rng()), ls.top_eigenpairs(NET, theta, 2)
    return trace.value, pairs.values, ls.spectral_density(NET, theta, rng=rng()).density


def steps(theta):
    optimizers = ls.Adam(), ls.SGD(0.1), ls.SGD(0.1, 0.9), ls.RMSprop(0.01)
    runs = [ls.train(NET, [theta], optimizer, 100) for optimizer in optimizers]
    return [run.theta for run in runs], [run.loss for run in runs]


def coordinates(theta):
    plane = ls.Plane(theta, D1, D2)
    return plane.point(GRID, 1e-300 * GRID), plane.coordinates(theta + D1), plane.residual(xor.TEXTBOOK)


def paths(theta):
    bent = ls.Bezier([theta, D1, xor.TEXTBOOK])
    profile, plane = ls.evaluate_path(NET, bent, [0, 0.3, 1]), ls.plane_through(D2, theta, D1)
    return profile.loss, profile.length, profile.barrier, plane.d2, NET.match_units(theta, D1)


def report(theta):
    found = ls.describe(NET, theta)
    return found.to_json(), str(found)


FUNCTIONS = {
    "values": lambda t: (NET.loss(t), NET.gradient(t), NET.hessian(t), NET.predict(t), NET.jacobian(t)),
    "alternative": lambda t: (TANH.loss(t), TANH.gradient(t), TANH.predict(t)),
    "describe": report,
    "is_trapped": lambda t: ls.is_trapped(NET, t),
    "nearest_zero": lambda t: ls.nearest_zero(NET, t, "local"),
    "kinks": lambda t: ls.kinks(NET, t),
    "one_sided_hessians": lambda t: [cone.hessian for cone in ls.one_sided_hessians(NET, t)],
    "spectrum": spectrum,
    "filter_normalize": lambda t: ls.filter_normalize(D1 + 10, t, NET),
    "coordinates": coordinates,
    "paths": paths,
    "evaluate_plane": lambda t: ls.evaluate_plane(NET, ls.Plane(t, D1, D2), GRID, GRID).loss,
    "evaluate_line": lambda t: ls.evaluate_line(NET, t, D1, GRID).loss,
    "train": steps,
    "train in float32": lambda t: ls.train(NET, [t], ls.Adam(), 100, dtype="float32").theta,
    "outcomes": lambda t: ls.outcomes(NET, [t, xor.TEXTBOOK + 0.3], ls.Adam(), 100).counts,
    "assign_levels": lambda t: ls.assign_levels(NET, t),
    "project": lambda t: ls.project(NET, ls.train(NET, [t], ls.Adam(), 9), ls.Plane(xor.TEXTBOOK, D1, D2)).share,
    "kink_lines": lambda t: ls.kink_lines(NET, ls.Plane(t, D1, D2), GRID, GRID).segments,
    "decision_surface": lambda t: ls.decision_surface(NET, t).output,
    "track_stability": lambda t: ls.track_stability(NET, t, ls.Adam(), 9, record_every=3).sharpness,
    "exit_path": lambda t: ls.exit_path(NET, t).theta,
}


def answer(function, theta):
    """Return the result, or the error as text."""
    try:
        return function(np.array(theta, dtype=np.float64))
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("theta", THETAS.values(), ids=THETAS)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_strict_float_errors_change_no_result(function, theta):
    expected = answer(function, theta)
    with np.errstate(all="raise"):
        np.testing.assert_equal(answer(function, theta), expected)
