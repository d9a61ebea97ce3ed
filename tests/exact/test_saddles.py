"""Stationary points: exact points of every kind, a search of a lattice for ones that are missing, and other data."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import least_squares, linprog

import landscape as ls
from landscape import xor
from landscape.exact import rational
from landscape.exact.activation_regions import arrangement, is_face, signs
from landscape.exact.assign_levels import minimum_levels
from landscape.exact.saddles import stationary_faces

pytestmark = pytest.mark.slow

F = Fraction
NET = xor.network()
AND = xor.network(targets=[0, 0, 0, 1])
SHIFTED = xor.network(inputs=2 * xor.X - 1)
HIDDEN = xor.network(hidden=1, inputs=[[0], [1], [2], [3]], targets=[0, 2, 2, 3])  # the fit of 2, 3 has its kink on 1
DATA = pytest.mark.parametrize("net", [NET, AND, SHIFTED, HIDDEN], ids=["XOR", "AND", "shifted", "a kink that hides"])


def is_minimum(net, theta):
    return minimum_levels(net, net.forward(theta), signs(net, theta, 1e-9), 1e-9) >= 0


def values(net):
    return [str(found.value) for found in ls.stationary_values(net)]


def test_xor_has_saddles_at_the_values_of_its_traps_and_at_no_other():
    found = ls.stationary_values(NET)
    assert [s.value for s in found] == [level.value for level in ls.stationary_levels(NET)]
    assert F(3, 16) not in [s.value for s in found]
    assert [s.n_saddles > 0 for s in found] == [False, True, True, True]
    assert [max(s.minimum_dimensions) for s in found] == [6, 6, 7, 8]
    assert all(max(s.saddle_dimensions) < max(s.minimum_dimensions) for s in found[1:])


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        (SHIFTED, ["0", "1/8", "1/6", "1/4"]),
        (xor.network(targets=3 * xor.Y - 1), ["0", "9/8", "3/2", "9/4"]),
        (AND, ["0", "1/16", "1/8", "1/6", "3/16"]),
        (xor.network(hidden=1), ["1/6", "1/4"]),
        (xor.network(targets=np.ones(4)), ["0"]),
        (xor.network(hidden=1, inputs=[[0, 0], [0, 0]], targets=[0, 1]), ["1/4"]),
    ],
    ids=["shifted", "scaled targets", "AND", "one unit", "constant", "contradiction"],
)
def test_values_follow_the_data(net, expected):
    assert values(net) == expected


def test_a_value_that_only_saddles_have():
    """v max(x - 1, 0) + 1 fits 2 and 3, leaves -1 on 0 and, at its kink, 1 on 1: a pull that relu'(0) = 0 hides."""
    levels = [level.value for level in ls.stationary_levels(HIDDEN)]
    saddles = [s for s in ls.stationary_values(HIDDEN) if not s.n_minima]
    assert [s.value for s in saddles] == [F(1, 2)]
    assert F(1, 2) not in levels
    theta = np.array([1.0, -1, 1, 1])
    assert not HIDDEN.gradient(theta).any()
    assert HIDDEN.loss(theta) == 0.5
    assert HIDDEN.loss(theta + 0.1 * np.eye(4)[1]) < 0.5


def lift(net, value):
    """Return (w, b) of an affine function with these values on the samples, as fractions."""
    rows = [[*map(F, x), F(1), F(y)] for x, y in zip(net.inputs.tolist(), value, strict=True)]
    function = [F(0)] * (net.n_inputs + 1)
    for row in rational.row_reduce(rows):
        function[next(j for j, x in enumerate(row) if x)] = row[-1]
    return function


def point_on(net, face, rng):
    """Return units [(w, b), v] and b2 of a random point of a stationary face, as fractions.

    A linear programme in floats finds positive coefficients of the rays; those that the equations leave free are
    then taken as the fractions that they are, and the equations are solved for the others.
    """
    m, plane = net.n_samples, arrangement(net.inputs)
    rest = [F(y) - o for y, o in zip(net.targets.tolist(), face.outputs, strict=True)]
    rays = [(u, ray) for u, side in enumerate(face.sides) for ray in plane.rays_of(side.signs)]
    columns = []
    for u, ray in rays:
        s, image = face.sides[u].output, [F(max(x, 0)) for x in ray]
        own = [rational.dot(rest, image) if k == u and not s else F(0) for k in range(net.hidden)]
        columns.append([s * a for a in image] + own)
    columns.append([F(1)] * m + [F(0)] * net.hidden)
    goal = [*face.outputs, *[F(0)] * net.hidden]
    matrix = np.array(columns, dtype=float).T
    k = len(rays)
    least = np.c_[-np.eye(k), np.zeros(k), np.ones(k)]  # every coefficient at least t
    cost = np.r_[rng.random(k) / (10 * k), 0, -1]
    found = linprog(
        cost, least, np.zeros(k), np.c_[matrix, np.zeros(len(goal))], [float(g) for g in goal],
        [(0, None)] * k + [(None, None), (0, 1)],
    )  # fmt: skip
    assert found.status == 0
    assert found.x[-1] > 1e-6
    solution = [F(x).limit_denominator(1000) for x in found.x[: k + 1]]
    for row in rational.row_reduce([[*row, g] for *row, g in zip(*columns, goal, strict=True)]):
        lead = next(j for j, x in enumerate(row) if x)
        solution[lead] = row[-1] - sum(c * solution[j] for j, c in enumerate(row[:-1]) if j > lead)
    assert all(c > 0 for c in solution[:k])
    units = []
    for u, side in enumerate(face.sides):
        size = F(int(rng.integers(1, 5)), 2)
        z = [sum((c * ray[i] for c, (w, ray) in zip(solution, rays, strict=False) if w == u), F(0)) for i in range(m)]
        units.append([lift(net, [x / size for x in z]), side.output * size])
    return units, solution[k]


def residuals(net, units, b2):
    rows = [[*map(F, x), F(1)] for x in net.inputs.tolist()]
    z = [[rational.dot(function, row) for row in rows] for function, _ in units]
    r = [
        b2 + sum(v * max(z[u][i], 0) for u, (_, v) in enumerate(units)) - F(y)
        for i, y in enumerate(net.targets.tolist())
    ]
    return rows, z, r


def gradient(net, units, b2):
    """Return m / 2 times the gradient with relu'(0) = 0, in fractions."""
    rows, z, r = residuals(net, units, b2)
    found = [sum(r)]
    for own, (_, v) in zip(z, units, strict=True):
        found += [v * sum(x * e for row, e, a in zip(rows, r, own, strict=True) if a > 0 for x in (row[j],)) for j in
                  range(len(rows[0]))]  # fmt: skip
        found.append(sum(e * max(a, F(0)) for e, a in zip(r, own, strict=True)))
    return found


def loss(net, units, b2):
    return sum(e * e for e in residuals(net, units, b2)[2]) / net.n_samples


def lower(net, face, units, b2):
    """Return the lowest loss that one unit finds by a step along a ray of a pattern around it."""
    plane, step = arrangement(net.inputs), F(1, 10**4)
    lowest = loss(net, units, b2)
    for u, side in enumerate(face.sides):
        around = [p for p in plane.patterns() if is_face(side.signs, p)]
        for ray in {ray for p in around for ray in plane.rays_of(p)}:
            for s in (-1, 1):
                function, v = units[u]
                moved = [f + step * g for f, g in zip(function, lift(net, ray), strict=True)]
                changed = [*units[:u], [moved, v or s * step**2], *units[u + 1 :]]
                lowest = min(lowest, loss(net, changed, b2))
    return lowest


def as_theta(units, b2):
    w = np.array([[float(x) for x in function] for function, _ in units])
    return np.concatenate([w[:, :-1].T.ravel(), w[:, -1], [float(v) for _, v in units], [float(b2)]])


@DATA
def test_points_of_every_kind_are_stationary_and_only_saddles_have_a_way_down(net):
    """In fractions: the gradient is 0, and one step of one unit descends from saddles, no random step from minima."""
    rng = np.random.default_rng(12)
    faces = stationary_faces(net)
    chosen = rng.choice(len(faces), min(len(faces), 40), replace=False)
    seen = set()
    for face in (faces[k] for k in chosen):
        units, b2 = point_on(net, face, rng)
        theta = as_theta(units, b2)
        assert not any(gradient(net, units, b2))
        assert loss(net, units, b2) == face.value
        np.testing.assert_array_equal(signs(net, theta).T, [side.signs for side in face.sides])
        assert (lower(net, face, units, b2) < face.value) is not face.is_minimum
        if face.is_minimum:
            near = theta + 1e-4 * rng.standard_normal((300, net.n_parameters))
            assert net.loss(near).min() >= float(face.value) - 1e-12
        assert bool(is_minimum(net, theta)) is face.is_minimum
        seen.add(face.is_minimum)
    assert seen == {False, True}


@pytest.mark.parametrize(
    "net",
    [xor.network(targets=3 * xor.Y), AND, xor.network(inputs=2 * xor.X - 1, targets=3 * xor.Y)],
    ids=["XOR", "AND", "shifted"],
)
def test_no_stationary_point_of_a_lattice_is_missing(net):
    """Second route: of all small whole weights, with the best b2, those with gradient 0 lie on faces that are listed.

    Their numbers are exact in binary, kinks and v = 0 among them.
    """
    grid = [(-1.0, 0.0, 1.0)] * 4 + [(-2.0, -1.0, 0.0, 1.0)] * 2 + [(-1.0, 0.0, 2.0)] * 2
    theta = np.array([[*t, 0.0] for t in product(*grid)])
    theta[:, 8] = -net.residuals(theta).mean(axis=1)
    theta = theta[~net.gradient(theta).any(axis=1)]
    assert len(theta) > 500
    known = {face.sides: face for face in stationary_faces(net)}
    kinds = set()
    side = signs(net, theta).transpose(0, 2, 1).tolist()
    v = np.sign(net.unpack(theta).W2).astype(int).tolist()
    keys = [tuple(sorted((tuple(f), s) for f, s in zip(*units, strict=True))) for units in zip(side, v, strict=True)]
    for key, value, minimal in zip(keys, net.loss(theta), is_minimum(net, theta), strict=True):
        assert known[key].value == pytest.approx(value, abs=1e-13)
        assert known[key].is_minimum == minimal
        kinds.add((known[key].value, known[key].is_minimum))
    assert len(kinds) >= 3


@DATA
def test_roots_of_the_gradient_have_these_values(net):
    rng = np.random.default_rng(3)
    listed = np.array([float(s.value) for s in ls.stationary_values(net)])
    hits = set()
    for start in 1.5 * rng.standard_normal((40, net.n_parameters)):
        root = least_squares(net.gradient, start, net.hessian, method="lm", max_nfev=200)
        if np.abs(root.fun).max() < 1e-10:
            off = np.abs(listed - net.loss(root.x))
            assert off.min() < 1e-6
            hits.add(int(off.argmin()))
    assert len(hits) > 1


def test_all_weights_zero_is_a_trapped_saddle():
    dead = (0, 0, 0, 0)
    faces = {face.sides: face for face in stationary_faces(NET)}
    face = faces[(dead, 0), (dead, 0)]
    assert (face.value, face.is_minimum, face.dimension) == (F(1, 4), False, 0)


def test_dimension_is_that_of_the_tangent_space():
    """Second route: the rank of what holds a point in its set, its outputs, kinks and equations, in floats."""
    rng, faces = np.random.default_rng(7), stationary_faces(NET)
    for k in rng.choice(len(faces), 60, replace=False):
        face = faces[k]
        units, b2 = point_on(NET, face, rng)
        theta = as_theta(units, b2)
        rest = NET.targets - NET.predict(theta)
        rows = [*NET.jacobian(theta)]
        for u, side in enumerate(face.sides):
            x = np.c_[xor.X, np.ones(4)]
            held = [x[i] for i, s in enumerate(side.signs) if s == 0]
            held += [] if side.output else [(rest * (np.array(side.signs) > 0)) @ x]
            for function in held:
                row = np.zeros(9)
                row[[u, 2 + u, 4 + u]] = function
                rows.append(row)
            if not side.output:
                rows.append(np.eye(9)[6 + u])
        assert face.dimension == 9 - np.linalg.matrix_rank(np.array(rows), tol=1e-9)


def test_a_third_unit_brings_saddles_and_no_value():
    two, three = (xor.network(hidden=h, inputs=[[0], [1], [2]], targets=[0, 1, 0]) for h in (2, 3))
    assert values(three) == values(two) == [str(level.value) for level in ls.stationary_levels(three)]
    assert sum(s.n_saddles for s in ls.stationary_values(three)) > sum(s.n_saddles for s in ls.stationary_values(two))


def test_too_many_cells_are_refused():
    with pytest.raises(ValueError, match="at most 100000 cells to be enumerated"):
        ls.stationary_values(xor.network(hidden=4))
