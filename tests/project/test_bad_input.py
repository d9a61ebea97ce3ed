"""A table of bad input: each gives its own exception and one line that names the value and the way out."""

from __future__ import annotations

import re

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
T = xor.TEXTBOOK
D1, D2 = np.random.default_rng(0).normal(size=(2, 9))
PLANE = ls.Plane(T, D1, D2)


def rng():
    return np.random.default_rng(0)


def with_entry(value):
    theta = np.array(T)
    theta[3] = value
    return theta


NET_CALLS = {name: getattr(NET, name) for name in ("loss", "predict", "preactivations", "gradient", "hessian")}
THETA_FAULTS = [
    (np.zeros(8), ValueError, "theta must have shape (..., 9), one entry per parameter; got (8,)"),
    (np.zeros((9, 4)), ValueError, "theta must have shape (..., 9), one entry per parameter; got (9, 4)"),
    (1.5, ValueError, "theta must have shape (..., 9), one entry per parameter; got ()"),
    ([], ValueError, "theta must have shape (..., 9), one entry per parameter; got (0,)"),
    (with_entry(np.nan), ValueError, "theta must be finite; got nan in it, remove or replace it"),
    (with_entry(-np.inf), ValueError, "theta must be finite; got -inf in it, remove or replace it"),
    ([[1, 2], [3]], ValueError, "theta must be a rectangular array of numbers; got rows of unequal length"),
    (T * 1j, TypeError, "theta must hold real numbers; got dtype complex128"),
    (["1"] * 9, TypeError, "theta must hold real numbers; got dtype <U1"),
    (None, TypeError, "theta must hold real numbers; got dtype object"),
]

AN_OBJECTIVE = "net must be an Objective, such as xor.network() or KerasObjective(model, x, y); got"
A_PLANE = "plane must be a Plane, made by Plane(origin, d1, d2); got"
RUN = ls.train(NET, T, ls.SGD(0.1), 2)
NO_NETWORK = [
    lambda: ls.stationary_levels(T),
    lambda: ls.assign_levels(T, NET),
    lambda: ls.describe(T, NET),
    lambda: ls.one_sided_hessians(T, NET),
    lambda: ls.one_sided_curvatures(T, NET, T),
    lambda: ls.decision_surface(T, NET),
    lambda: ls.nearest_zero(T, NET),
    lambda: ls.search_nearest_zero(T, NET),
    lambda: ls.merge_tree(T),
    lambda: ls.lowest_pass(T, NET, NET),
    lambda: ls.exit_path(T, NET),
    lambda: ls.scaling_orbit(T, NET, 1, 2.0),
    lambda: ls.scaling_plane(T, NET, 1),
    lambda: ls.kinks(T, NET),
    lambda: ls.pattern(T, NET),
    lambda: ls.kink_lines(T, PLANE, [0, 1], [0, 1]),
    lambda: ls.pattern_towards(T, NET, D1),
    lambda: ls.sectors(T, PLANE),
    lambda: ls.zeros_in_plane(T, PLANE, [0, 1], [0, 1]),
    lambda: ls.solved_cells(T, NET),
    lambda: ls.sign_groups(T),
    lambda: ls.straight_barrier(T, T, T),
    lambda: ls.minimum_in_cell(T, ()),
    lambda: ls.outcomes(T, T, ls.Adam(), 1),
    lambda: ls.region_changes(T, [T, T]),
    lambda: ls.minima_by_component(T),
    lambda: ls.ends_by_component(T, NET),
]

TABLE = [
    # the problem
    (lambda: xor.network(0), ValueError, "hidden must be at least 1; got 0"),
    (lambda: xor.network(-2), ValueError, "hidden must be at least 1; got -2"),
    (lambda: xor.network(2.0), TypeError, "hidden must be a whole number; got 2.0"),
    (lambda: xor.network(True), TypeError, "hidden must be a whole number; got True"),
    (lambda: xor.network(targets=[0, 1]), ValueError, "targets must have shape (4,); got shape (2,)"),
    (lambda: xor.network(targets=[[0], [1], [1], [0]]), ValueError, "targets must have shape (4,); got shape (4, 1)"),
    (lambda: xor.network(targets=[0, 1, 1, np.nan]), ValueError, "targets must be finite; got nan"),
    (lambda: xor.network(inputs=[0, 1]), ValueError, "inputs must have shape (samples, features), both at least 1"),
    (lambda: xor.network(inputs=np.zeros((0, 2)), targets=[]), ValueError, "both at least 1; got (0, 2)"),
    (lambda: xor.network(inputs="ab"), TypeError, "inputs must hold real numbers; got dtype <U2"),
    (lambda: xor.offset_start(np.nan), ValueError, "offset must be finite; got nan"),
    (lambda: xor.offset_start([0.1, 0.2]), ValueError, "offset must be one number; got shape (2,)"),
    (lambda: xor.offset_start("0.1"), TypeError, "offset must hold real numbers; got dtype <U3"),
    (lambda: xor.classify([0.2, np.nan]), ValueError, "outputs must be finite; got nan"),
    (lambda: xor.classify("yes"), TypeError, "outputs must hold real numbers"),
    (lambda: xor.truth_table(np.zeros((4, 9))), ValueError, "theta must have shape (9,); got shape (4, 9)"),
    # directions
    (lambda: ls.random_direction(NET, rng=0), TypeError, "rng must be a numpy.random.Generator, such as"),
    (lambda: ls.random_direction(NET, rng=None), TypeError, "numpy.random.default_rng(0); got None"),
    (
        lambda: ls.filter_normalize(D1, T, NET, "Joint"),
        ValueError,
        "bias must be one of 'joint', 'ignore', 'copy', 'separate'; got 'Joint'",
    ),
    (lambda: ls.filter_normalize(D1, T, NET, None), ValueError, "'copy', 'separate'; got None"),
    (lambda: ls.filter_normalize(D1, T, NET, np.array(["joint", "copy"])), ValueError, "'separate'; got array("),
    (lambda: ls.filter_normalize(D1[:8], T, NET), ValueError, "direction must have shape (9,); got shape (8,)"),
    (lambda: ls.filter_normalize(D1, T[:4], NET), ValueError, "reference must have shape (9,); got shape (4,)"),
    (lambda: ls.filter_normalize(with_entry(np.inf), T, NET), ValueError, "direction must be finite; got inf"),
    (lambda: ls.filter_normalize(D1, with_entry(np.nan), NET), ValueError, "reference must be finite; got nan"),
    (
        lambda: ls.filter_normalize(np.zeros(9), T, NET),
        ValueError,
        "direction must not be 0 on the whole filter (W1[0,0], W1[1,0], b1[0]); got zeros, draw another direction",
    ),
    (lambda: ls.orthogonalize(D1, np.zeros(9)), ValueError, "against must not be the zero vector; choose a direction"),
    (lambda: ls.orthogonalize(np.zeros(9), D1), ValueError, "direction must not be the zero vector"),
    (lambda: ls.orthogonalize(D1, -2 * D1), ValueError, "must not be parallel; got cosine -1"),
    (lambda: ls.orthogonalize(D1, D2[:5]), ValueError, "direction must have shape (5,); got shape (9,)"),
    (lambda: ls.direction_between(T, T), ValueError, "end - start must not be the zero vector"),
    (lambda: ls.direction_between(T, T[:4]), ValueError, "end must have shape (9,); got shape (4,)"),
    (lambda: ls.coordinate_direction(NET, "b3"), ValueError, "'W2[1,0]', 'b2[0]'; got 'b3'"),
    (lambda: ls.coordinate_direction(NET), ValueError, "must not be the zero vector"),
    (lambda: ls.coordinate_plane(NET, T, "b2[0]", "b2[0]"), ValueError, "must not be parallel; got cosine 1"),
    (lambda: ls.coordinate_plane(NET, T[:3], "b1[0]", "b2[0]"), ValueError, "origin must have shape (9,)"),
    (lambda: ls.random_plane(NET, T, rng=7), TypeError, "rng must be a numpy.random.Generator"),
    (lambda: ls.random_plane(NET, T, rng=rng(), bias="none"), ValueError, "'separate'; got 'none'"),
    (
        lambda: ls.random_plane(NET, np.zeros(9), rng=rng()),
        ValueError,
        "origin must have a filter that is not 0 under bias='joint'; got zeros, use normalize=False",
    ),
    (lambda: ls.random_plane(NET, with_entry(np.nan), rng=rng()), ValueError, "origin must be finite; got nan"),
    (lambda: ls.principal_plane(np.zeros(9), origin=T), ValueError, "paths must have shape (..., points, n) and"),
    (lambda: ls.principal_plane(np.zeros((0, 9)), origin=T), ValueError, "not be empty; got (0, 9)"),
    (lambda: ls.principal_plane(np.zeros((4, 9)), origin=T), ValueError, "must not lie on one line"),
    (lambda: ls.principal_plane(np.eye(9)[:4], origin=T[:3]), ValueError, "origin must have shape (9,)"),
    (lambda: ls.principal_plane([[np.nan] * 9] * 3, origin=T), ValueError, "paths must be finite; got nan"),
    # planes
    (lambda: ls.Plane(T, np.zeros(9), D2), ValueError, "d1 must not be the zero vector; choose a direction"),
    (lambda: ls.Plane(T, D1, np.zeros(9)), ValueError, "d2 must not be the zero vector; choose a direction"),
    (lambda: ls.Plane(T, D1, D1), ValueError, "must not be parallel; got cosine 1, choose another second direction"),
    (lambda: ls.Plane(T, D1, -3 * D1), ValueError, "must not be parallel; got cosine -1"),
    (lambda: ls.Plane(T, D1[:8], D2), ValueError, "d1 must have shape (9,); got shape (8,)"),
    (lambda: ls.Plane(T, D1, D2[None]), ValueError, "d2 must have shape (9,); got shape (1, 9)"),
    (lambda: ls.Plane([T], D1, D2), ValueError, "origin must have one axis; got shape (1, 9)"),
    (lambda: ls.Plane(with_entry(np.nan), D1, D2), ValueError, "origin must be finite; got nan"),
    (lambda: ls.Plane(T, with_entry(np.inf), D2), ValueError, "d1 must be finite; got inf"),
    (lambda: ls.Plane(T, "d1", D2), TypeError, "d1 must hold real numbers"),
    (lambda: PLANE.point(np.nan, 0), ValueError, "alpha must be finite; got nan"),
    (lambda: PLANE.point(0, "b"), TypeError, "beta must hold real numbers"),
    (
        lambda: PLANE.point([1, 2], [1, 2, 3]),
        ValueError,
        "alpha and beta must broadcast against each other; got shapes (2,) and (3,), use beta[:, None] for a grid",
    ),
    (lambda: PLANE.coordinates(T[:5]), ValueError, "theta must have shape (..., 9)"),
    (lambda: PLANE.residual(with_entry(np.inf)), ValueError, "theta must be finite; got inf"),
    # surfaces and profiles
    (lambda: ls.evaluate_plane(NET, PLANE, [], [0]), ValueError, "alpha must hold at least one value; got none"),
    (lambda: ls.evaluate_plane(NET, PLANE, [0], []), ValueError, "beta must hold at least one value; got none"),
    (
        lambda: ls.evaluate_plane(NET, PLANE, [0, 2, 1], [0]),
        ValueError,
        "alpha must increase strictly; got 2 then 1 at index 2, sort it",
    ),
    (lambda: ls.evaluate_plane(NET, PLANE, [0], [1, 1]), ValueError, "beta must increase strictly; got 1 then 1"),
    (lambda: ls.evaluate_plane(NET, PLANE, 0.5, [0]), ValueError, "alpha must have one axis; got shape ()"),
    (lambda: ls.evaluate_plane(NET, PLANE, [[0, 1]], [0]), ValueError, "alpha must have one axis; got shape (1, 2)"),
    (lambda: ls.evaluate_plane(NET, PLANE, [0, np.nan], [0]), ValueError, "alpha must be finite; got nan"),
    (lambda: ls.evaluate_plane(xor.network(3), PLANE, [0], [0]), ValueError, "plane.origin must have shape (13,)"),
    (
        lambda: ls.evaluate_plane(NET, T, [0], [0]),
        TypeError,
        "plane must be a Plane, made by Plane(origin, d1, d2); got ndarray",
    ),
    (lambda: ls.evaluate_line(NET, T, np.zeros(9), [0]), ValueError, "direction must not be the zero vector"),
    (lambda: ls.evaluate_line(NET, T[:8], D1, [0]), ValueError, "origin must have shape (9,); got shape (8,)"),
    (lambda: ls.evaluate_line(NET, T, D1[:8], [0]), ValueError, "direction must have shape (9,); got shape (8,)"),
    (lambda: ls.evaluate_line(NET, T, D1, [1, 0]), ValueError, "alpha must increase strictly; got 1 then 0"),
    (lambda: ls.evaluate_line(NET, T, D1, []), ValueError, "alpha must hold at least one value"),
    (
        lambda: ls.automatic_range(NET, PLANE, 0.0),
        ValueError,
        "ceiling must be above the loss at the origin, 0; got 0",
    ),
    (lambda: ls.automatic_range(NET, PLANE, -1.0), ValueError, "above the loss at the origin, 0; got -1"),
    (lambda: ls.automatic_range(NET, PLANE, np.nan), ValueError, "ceiling must be finite; got nan"),
    (lambda: ls.automatic_range(NET, PLANE, "high"), TypeError, "ceiling must hold real numbers"),
    (lambda: ls.automatic_range(NET, PLANE, [1, 2]), ValueError, "ceiling must be one number; got shape (2,)"),
    (
        lambda: ls.automatic_range(NET, ls.Plane(1e14 * D1, D1, D2), 2 * float(NET.loss(1e14 * D1))),
        ValueError,
        "is not reached in this plane",
    ),
    (
        # Both units dead: the output weights move nothing.
        lambda: ls.automatic_range(NET, ls.coordinate_plane(NET, [-1] * 6 + [0] * 3, "W2[0,0]", "W2[1,0]")),
        ValueError,
        "ceiling 1 is not reached in this plane; choose a lower one",
    ),
    (lambda: ls.Bundle(items=1), ValueError, "names must not be private or those of Mapping; got 'items', rename it"),
    (lambda: ls.Bundle(_seed=1), ValueError, "got '_seed', rename it"),
    # starts
    (lambda: ls.perturbed_starts(T, -0.1, 3, rng=rng()), ValueError, "sigma must be at least 0 and finite; got -0.1"),
    (lambda: ls.perturbed_starts(T, np.nan, 3, rng=rng()), ValueError, "sigma must be at least 0 and finite; got nan"),
    (lambda: ls.perturbed_starts(T, "1", 3, rng=rng()), TypeError, "sigma must be a number; got '1'"),
    (lambda: ls.perturbed_starts(T, 0.1, 0, rng=rng()), ValueError, "count must be at least 1; got 0"),
    (lambda: ls.perturbed_starts(T, 0.1, 2.5, rng=rng()), TypeError, "count must be a whole number; got 2.5"),
    (lambda: ls.perturbed_starts(T, 0.1, 3, rng=1), TypeError, "rng must be a numpy.random.Generator"),
    (lambda: ls.perturbed_starts([T], 0.1, 3, rng=rng()), ValueError, "center must have one axis; got shape (1, 9)"),
    (lambda: ls.perturbed_starts(with_entry(np.nan), 1, 3, rng=rng()), ValueError, "center must be finite; got nan"),
    (lambda: ls.glorot_starts(T, 3, rng=rng()), TypeError, "net must be a DenseNetwork, made by xor.network(); got nd"),
    (lambda: ls.glorot_starts(NET, 0, rng=rng()), ValueError, "count must be at least 1; got 0"),
    (lambda: ls.glorot_starts(NET, "4", rng=rng()), TypeError, "count must be a whole number; got '4'"),
    (lambda: ls.glorot_starts(NET, 4, rng=np.random), TypeError, "rng must be a numpy.random.Generator"),
    # training
    (lambda: ls.train(NET, T, ls.Adam(), -1), ValueError, "steps must be at least 0; got -1"),
    (lambda: ls.train(NET, T, ls.Adam(), 1.5), TypeError, "steps must be a whole number; got 1.5"),
    (lambda: ls.train(NET, T, ls.Adam(), 1, 0), ValueError, "record_every must be at least 1; got 0"),
    (lambda: ls.train(NET, T[:8], ls.Adam(), 1), ValueError, "starts must have shape (..., 9)"),
    (lambda: ls.train(NET, T[None, None], ls.Adam(), 1), ValueError, "starts must have shape (k, 9) or (9,)"),
    (lambda: ls.train(NET, with_entry(np.nan), ls.Adam(), 1), ValueError, "starts must be finite; got nan"),
    (lambda: ls.train(NET, T, ls.Adam(), 1, dtype="float16"), ValueError, "dtype must be one of 'float64', 'float32'"),
    (
        lambda: ls.train(NET, np.zeros((1000, 9)), ls.Adam(), 10**6),
        ValueError,
        "record_every=1 would record 74.5 GiB, over the limit of 1 GiB; use record_every=",
    ),
    (lambda: ls.Adam(0), ValueError, "learning_rate must be above 0 and finite; got 0"),
    (lambda: ls.Adam(beta_1=1.0), ValueError, "beta_1 must be at least 0 and below 1; got 1.0"),
    (lambda: ls.SGD(0.1, momentum=-0.5), ValueError, "momentum must be at least 0 and below 1; got -0.5"),
    (lambda: ls.SGD("fast"), TypeError, "learning_rate must be a number; got 'fast'"),
    (
        lambda: ls.train(NET, with_entry(1e200), ls.Adam(), 1, dtype="float32"),
        ValueError,
        "starts must be at most 3.4e+38 for float32; got 1e+200, use float64",
    ),
    (lambda: ls.outcomes(NET, with_entry(1e200), ls.Adam(), 1, dtype="float32"), ValueError, "got 1e+200, use float64"),
    (lambda: ls.RMSprop(rho=np.nan), ValueError, "rho must be at least 0 and below 1; got nan"),
    # numbers of any size
    (lambda: ls.Plane(T, 1e-300 * D1, D2).coordinates(1e10 * T), ValueError, "theta must have finite coordinates; got"),
    (lambda: ls.Plane(T, D1, 1e-300 * D2).residual(1e10 * T), ValueError, "theta must have finite coordinates; got"),
    (lambda: ls.SGD(10**400), ValueError, "learning_rate must be above 0 and finite; got about 1e400"),
    (lambda: ls.train(NET, T, ls.SGD(), np.arange(2000)), TypeError, "steps must be a whole number; got array([ 0,"),
    (lambda: ls.train(NET, T, ls.SGD(), -(10**5000)), ValueError, "steps must be at least 0; got about -1e5000"),
    (
        lambda: ls.stability_limit(ls.SGD(5e-324)),
        ValueError,
        "learning_rate must be at least 1e-300 for a finite limit",
    ),
    (lambda: ls.track_stability(NET, T, ls.Adam(5e-324), 3), ValueError, "learning_rate must be at least 1e-300"),
    (lambda: ls.mean_curvature(NET, [1e200 * T, T]), ValueError, "theta must be small enough for a finite curvature"),
    (
        lambda: ls.mean_curvature(NET, 1e308 * np.outer([-1, 1], np.ones(9))),
        ValueError,
        "the way from the first to the last point of",
    ),
    (lambda: ls.one_sided_curvatures(NET, 1e200 * T, D1), ValueError, "small enough for a finite curvature; got"),
    (
        lambda: ls.rising_rays(NET, PLANE, 1e200, 4),
        ValueError,
        "half_width must be small enough for a finite loss; got",
    ),
    (lambda: ls.exit_path(NET, 1e150 * T - D1), ValueError, "theta must have a loss below 1e+100; got"),
    (lambda: ls.scaling_orbit(NET, T, 0, 5e-324), ValueError, "factor must keep theta finite; got factors from 4.9"),
    (
        lambda: ls.try_remedies([ls.Remedy(restarts=9)], 2, 5, seed=0),
        ValueError,
        "restarts must be below steps = 5, wh",
    ),
]

FINE = {
    "a huge rate": (lambda: ls.growth_factor(ls.SGD(1e160), [1e60, 1.0]), [1e220, 1e160]),
    "beyond all floats": (lambda: ls.growth_factor(ls.SGD(1e200), [1e200]), [np.inf]),
    "a tiny direction": (lambda: ls.one_sided_curvatures(NET, T, 1e-200 * np.eye(9)[4]), [1.5, 2.0]),
    "a huge direction": (lambda: ls.one_sided_curvatures(NET, T, 1e200 * np.eye(9)[4]), [1.5, 2.0]),
}


@pytest.mark.parametrize("call", NET_CALLS)
@pytest.mark.parametrize(("theta", "error", "said"), THETA_FAULTS, ids=[said[:40] for *_, said in THETA_FAULTS])
def test_bad_theta_is_refused_by_every_function_of_theta(call, theta, error, said):
    with pytest.raises(error, match=f"^{re.escape(said)}$"):
        NET_CALLS[call](theta)


@pytest.mark.parametrize(("call", "error", "said"), TABLE, ids=[said[:60] for *_, said in TABLE])
def test_bad_input_gives_one_clear_line(call, error, said):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FINE)
def test_numbers_of_any_size_give_no_warning(name):
    call, wanted = FINE[name]
    assert np.asarray(call()).tolist() == pytest.approx(wanted, rel=1e-12)
