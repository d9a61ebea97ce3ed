"""The families of local minima: a known one that open cells miss, random points of each, and where descents end."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

import landscape as ls
from landscape import xor
from landscape.exact.local_minima import minima_on_faces, stationary_levels

pytestmark = pytest.mark.slow

F = Fraction
DATA = {"XOR": [0, 1, 1, 0], "AND": [0, 0, 0, 1], "shifted XOR": [-1, 1, 1, -1]}

WITNESS = np.array([0.313, -1.142, 0.232, -0.794, 0.332, -0.1, 0, -1.394, 0.5])
"""Unit 1 is on for all samples and has output weight 0, unit 2 is off."""


def jacobian(net, theta):
    """Return z (k, m, h) and the derivatives (k, m, n) of the outputs, without the network's own code."""
    h, d = net.hidden, net.n_inputs
    w1 = theta[:, : d * h].reshape(-1, d, h)
    b1, v = theta[:, None, d * h : (d + 1) * h], theta[:, None, (d + 1) * h : -1]
    z = np.einsum("mi,kih->kmh", net.inputs, w1) + b1
    slopes = (z > 0) * v
    parts = [net.inputs[None, :, i, None] * slopes for i in range(d)]
    return z, np.concatenate([*parts, slopes, np.maximum(z, 0), np.ones((*z.shape[:2], 1))], axis=2)


def local_dimension(net, theta):
    """Return the dimension of the set of points with the same outputs, where the outputs' rank is constant."""
    values = np.linalg.svd(jacobian(net, theta)[1], compute_uv=False)
    return net.n_parameters - (values > 1e-4).sum(axis=1)


def test_one_unit_on_everywhere_with_output_weight_0():
    net = xor.network()
    assert net.loss(WITNESS) == 0.25
    assert not net.gradient(WITNESS).any()
    assert ls.describe(net, WITNESS).is_local_minimum
    assert local_dimension(net, WITNESS[None]) == 7
    near = WITNESS + 1e-3 * np.random.default_rng(0).standard_normal((10_000, 9))
    assert net.loss(near).min() >= 0.25
    families = stationary_levels(net)[-1].families
    assert [(f.kind, f.dimension, f.n_sets) for f in families] == [
        ("cell", 8, 4), ("zero weight", 7, 4), ("zero weight", 6, 1), ("cell", 6, 12),
    ]  # fmt: skip


def test_families_of_xor_and_of_and():
    found = {
        name: {str(level.value): {(f.kind, f.dimension) for f in level.families} for level in stationary_levels(net)}
        for name, net in ((name, xor.network(targets=targets)) for name, targets in DATA.items())
    }
    quarter = {("cell", 8), ("zero weight", 7), ("zero weight", 6), ("cell", 6)}
    assert found["XOR"] == {
        "0": {("cell", 5), ("cell", 6)}, "1/8": {("cell", 6)}, "1/6": {("cell", 7)}, "1/4": quarter,
    }  # fmt: skip
    assert list(found["shifted XOR"].values()) == list(found["XOR"].values())
    assert found["AND"]["0"] == {("cell", 5), ("cell", 6), ("cell", 7), ("zero weight", 6)}


@pytest.mark.parametrize("hidden", [2, 3])
@pytest.mark.parametrize("name", DATA)
def test_dimensions_are_those_of_the_families(name, hidden):
    for level in stationary_levels(xor.network(hidden=hidden, targets=DATA[name])):
        assert level.dimensions == {family.dimension for family in level.families}
        assert all(family.n_sets for family in level.families)


def random_point(net, minima, rng):
    """Return a random theta in the interior of a cell or face with minima, with the outputs that it has there.

    A linear programme with a random objective gives the units that contribute, an average of several an inner point.
    """
    d, h = net.n_inputs, net.hidden
    x = np.c_[net.inputs, np.ones(net.n_samples)]
    k = (d + 1) * h + 1
    equal, walls, bounds = np.zeros((net.n_samples, k)), [], [(-4, 4)] * (k - 1) + [(None, None)]
    equal[:, -1] = 1
    for u, side in enumerate(minima.sides):
        own, sign = slice(u * (d + 1), (u + 1) * (d + 1)), np.array(side.signs)
        equal[:, own] = side.output * (sign > 0)[:, None] * x
        rows = np.zeros((net.n_samples, k))
        rows[:, own] = -sign[:, None] * x
        walls.append(rows)
    outputs, margins = [float(o) for o in minima.outputs], np.full(net.n_samples * h, -0.01)
    vertices = []
    for _ in range(12):
        found = linprog(rng.standard_normal(k), np.vstack(walls), margins, equal, outputs, bounds)
        assert found.status == 0
        vertices.append(found.x)
    inner = rng.dirichlet(np.ones(12)) @ np.array(vertices)
    g, v = inner[:-1].reshape(h, d + 1), np.array([side.output for side in minima.sides], dtype=float)
    size = np.exp(rng.uniform(-1, 1, h))
    g[v != 0] /= size[v != 0, None]
    return np.concatenate([g[:, :d].T.ravel(), g[:, d], v * size, inner[-1:]])


@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize("name", DATA)
def test_random_points_of_each_family_are_minima_of_its_value_and_dimension(name, hidden):
    net, rng = xor.network(hidden=hidden, targets=DATA[name]), np.random.default_rng(3)
    on_faces = {minima.sides: minima for minima in minima_on_faces(net)}
    for level in stationary_levels(net):
        for family in level.families:
            if family.kind != "zero weight":  # cells are visited in test_local_minima.py
                continue
            points = np.array([random_point(net, on_faces[family.sides], rng) for _ in range(20)])
            np.testing.assert_allclose(net.loss(points), float(level.value), atol=1e-12)
            np.testing.assert_allclose(net.gradient(points), 0, atol=1e-10)
            assert (local_dimension(net, points) == family.dimension).all()
            near = points[:, None] + 1e-5 * rng.standard_normal((20, 500, net.n_parameters))
            assert net.loss(near).min() >= float(level.value) - 1e-14


@pytest.mark.heavy
@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("name", DATA)
def test_no_descent_ends_on_a_family_that_is_not_listed(name, hidden):
    """10 000 descents; judged where they end away from kinks, where the rank of the outputs gives the dimension."""
    net, rng = xor.network(hidden=hidden, targets=DATA[name]), np.random.default_rng(1)
    starts = ls.glorot_starts(net, 10_000, rng=rng) + 0.3 * rng.standard_normal((10_000, net.n_parameters))
    run = ls.train(net, starts, ls.SGD(0.05), 40_000, record_every=40_000)
    levels = stationary_levels(net)
    gap = np.abs(run.loss[:, -1:] - [float(level.value) for level in levels])
    assert (gap.min(axis=1) < 1e-9).mean() > 0.99
    away = (np.abs(jacobian(net, run.end)[0]) > 1e-3).all(axis=(1, 2)) & (gap.min(axis=1) < 1e-9)
    ends = {
        (int(k), int(d)) for k, d in zip(gap[away].argmin(axis=1), local_dimension(net, run.end[away]), strict=True)
    }
    assert ends <= {(k, d) for k, level in enumerate(levels) for d in level.dimensions}
    if name != "AND" and hidden == 2:
        assert ends >= {(3, 6), (3, 7), (3, 8)}


def test_levels_with_their_families_are_saved_and_loaded(tmp_path):
    level = stationary_levels(xor.network())[-1]
    ls.save(level, tmp_path / "level.nc")
    assert ls.load(tmp_path / "level.nc") == level
    value = ls.stationary_values(xor.network())[-1]
    ls.save(value, tmp_path / "value.nc")
    assert ls.load(tmp_path / "value.nc") == value
