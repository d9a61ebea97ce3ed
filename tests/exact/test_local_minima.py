"""The atlas of minima: expected values, random points inside cells, and other data."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from places import VECTORS

import landscape as ls
from landscape import xor
from landscape.exact import local_minima
from landscape.exact.activation_regions import Side
from landscape.exact.local_minima import cell_fits, minima_on_faces, stationary_levels
from landscape.exact.rational import Place

pytestmark = pytest.mark.slow

F = Fraction


def test_levels_of_xor():
    levels = stationary_levels(xor.network())
    assert [str(level.value) for level in levels] == VECTORS["C05"]["levels"]
    assert [level.value for level in levels] == [0, F(1, 8), F(1, 6), F(1, 4)]
    assert [level.dimensions for level in levels] == [{5, 6}, {6}, {7}, {6, 7, 8}]
    assert levels[0].n_cells == 136
    assert all(isinstance(level.value, Fraction) for level in levels)


def test_cells_of_each_dimension():
    net = xor.network()
    solved = [fit for fit in cell_fits(net).values() if fit.place == Place.INSIDE and fit.value == 0]
    assert len(cell_fits(net)) == 784
    assert [9 - fit.rank for fit in solved].count(6) == 4
    dead = [cell for cell, fit in cell_fits(net).items() if fit.place == Place.INSIDE and fit.rank == 1]
    assert all(side.signs == (-1,) * 4 for cell in dead for side in cell)
    assert len(dead) == 4


def test_outputs_of_every_level():
    """1/8: two adjacent samples fitted, others at 1/2; 1/6: one fitted, others at their mean; 1/4: all at 1/2."""
    outputs = {level.value: level.outputs for level in stationary_levels(xor.network())}
    half, targets = F(1, 2), [F(int(y)) for y in xor.Y]
    adjacent = [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert outputs[F(0)] == {tuple(targets)}
    assert outputs[F(1, 8)] == {tuple(targets[i] if i in pair else half for i in range(4)) for pair in adjacent}
    assert outputs[F(1, 6)] == {
        tuple(targets[i] if i == k else (sum(targets) - targets[k]) / 3 for i in range(4)) for k in range(4)
    }
    assert outputs[F(1, 4)] == {(half,) * 4}


def test_the_constant_has_dimension_8_where_both_units_are_dead_and_6_where_one_is_affine():
    fits = {cell: fit for cell, fit in cell_fits(xor.network()).items() if fit.place == Place.INSIDE}
    off, on = (-1,) * 4, (1,) * 4
    found = {}
    for cell, fit in fits.items():
        if fit.value == F(1, 4):
            found.setdefault(9 - fit.rank, set()).add(tuple(sorted(side.signs for side in cell)))
    assert found == {8: {(off, off)}, 6: {(off, on), (on, on)}}


@pytest.mark.parametrize("value", [F(1, 8), F(1, 6), F(1, 4)], ids=str)
def test_descent_from_beside_a_plateau_comes_back_to_it(value):
    net, rng = xor.network(), np.random.default_rng(9)
    cells = [cell for cell, fit in cell_fits(net).items() if fit.value == value and fit.place == Place.INSIDE]
    starts = np.array([ls.minimum_in_cell(net, cells[k]) for k in rng.choice(len(cells), 16)])
    starts = starts + 1e-2 * rng.standard_normal(starts.shape)
    assert np.abs(net.loss(starts) - float(value)).max() > 1e-6
    run = ls.train(net, starts, ls.SGD(0.1), 6000, record_every=200)
    np.testing.assert_allclose(run.loss[:, -1], float(value), rtol=1e-9)
    assert (run.loss >= float(value) - 1e-12).all()
    assert np.linalg.norm(run.end - starts, axis=1).max() < 0.2


@pytest.mark.parametrize("optimizer", [ls.SGD(0.1), ls.Adam(1e-2)], ids=["SGD", "Adam"])
def test_the_all_zeros_start_runs_to_a_quarter_and_stays(optimizer):
    run = ls.train(xor.network(), np.zeros(9), optimizer, 6000, record_every=2000)
    assert run.loss[0, 0] == 0.5
    np.testing.assert_allclose(run.loss[0, 1:], 0.25, rtol=1e-9)
    np.testing.assert_allclose(run.theta[0, 1:], np.tile([0] * 8 + [0.5], (3, 1)), atol=1e-6)
    assert not run.theta[..., :8].any()


def test_the_atlas_from_cold(record_property):
    """In a new process, with nothing kept; how long it took is reported, not judged."""
    code = (
        "import time, landscape as ls; from landscape import xor; net = xor.network(); began = time.process_time()\n"
        "print(*(v.value for v in ls.stationary_levels(net)), *(v.value for v in ls.stationary_values(net)))\n"
        "print(*(ls.merge_tree(net).components(v) for v in (0, .125, 1 / 6)), f'{time.process_time() - began:.2f} s')"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    record_property("cold atlas", said.split()[-2])
    assert said.startswith("0 1/8 1/6 1/4 0 1/8 1/6 1/4\n12 6 1 ")


def test_no_kink_brings_a_new_value():
    """The certificate that the list is complete: minima on faces have values of open cells, in fewer dimensions."""
    net = xor.network()
    of_faces = {}
    for minima in minima_on_faces(net):
        of_faces.setdefault(minima.value, set()).add(minima.dimension)
    levels = {level.value: level for level in stationary_levels(net)}
    assert set(of_faces) == {F(1, 8), F(1, 6), F(1, 4)}
    assert all(max(found) < max(levels[value].dimensions) for value, found in of_faces.items())


@pytest.mark.parametrize(
    ("net", "values"),
    [
        (xor.network(hidden=1), ["1/6", "1/4"]),
        (xor.network(targets=[0, 0, 0, 1]), ["0", "1/16", "1/8", "1/6", "3/16"]),
        (xor.network(inputs=xor.X - 0.5), ["0", "1/8", "1/6", "1/4"]),
        (xor.network(inputs=2 * xor.X + [3, -7]), ["0", "1/8", "1/6", "1/4"]),
        (xor.network(targets=3 * xor.Y - 1), ["0", "9/8", "3/2", "9/4"]),
        (xor.network(targets=np.ones(4)), ["0"]),
        (xor.network(inputs=[[0], [1]], targets=[0, 1], hidden=1), ["0", "1/4"]),
        (xor.network(hidden=1, inputs=[[0, 0], [0, 0]], targets=[0, 1]), ["1/4"]),
    ],
    ids=["one unit", "AND", "shifted", "scaled", "scaled targets", "constant", "a step", "contradiction"],
)
def test_levels_follow_the_data(net, values):
    assert [str(level.value) for level in stationary_levels(net)] == values


def test_floats_are_taken_as_they_are():
    """Tenths are not quite equally spaced, so a value may split; in whole units, or in any binary ones, it does not."""
    tenths, whole, binary = (
        [level.value for level in stationary_levels(xor.network(inputs=np.array(x)[:, None], targets=[0, 1, 0, 1]))]
        for x in ([0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4], [0.25, 0.5, 0.75, 1.0])
    )
    assert whole == binary
    assert len(tenths) > len(whole)
    assert {round(float(value), 12) for value in tenths} == {round(float(value), 12) for value in whole}


def test_three_units_have_the_same_levels_in_more_dimensions():
    levels = stationary_levels(xor.network(hidden=3))
    assert [level.value for level in levels] == [0, F(1, 8), F(1, 6), F(1, 4)]
    assert [max(level.dimensions) for level in levels] == [10, 10, 11, 12]


def inside(cell, rng):
    """Return a random theta in the open cell."""
    x = np.c_[xor.X, np.ones(4)]
    units = []
    for side in cell:
        while True:
            g = rng.standard_normal((4096, 3))
            g[::2, 2] = -(g[::2, :2] * (xor.X[rng.integers(4, size=2048)] + 0.3 * rng.standard_normal((2048, 2)))).sum(
                1
            )
            hit = g[(np.sign(g @ x.T) == side.signs).all(axis=1)]
            if len(hit):
                units.append(hit[0])
                break
    w = np.array(units)
    v = [side.output * (0.5 + rng.random()) for side in cell]
    return np.concatenate([w[:, :2].T.ravel(), w[:, 2], v, rng.standard_normal(1)])


def test_descent_in_a_cell_ends_at_its_fit_or_leaves_it():
    """Least squares over the cell from random points: the loss never falls below the exact value of the cell's fit."""
    net, rng = xor.network(), np.random.default_rng(4)
    cells = list(cell_fits(net).items())
    for k in rng.choice(len(cells), 60, replace=False):
        cell, fit = cells[k]
        theta = inside(cell, rng)
        jacobian = net.jacobian(theta)
        assert np.linalg.matrix_rank(jacobian, tol=1e-9) == fit.rank
        best = (
            net.targets - np.linalg.lstsq(jacobian.T @ jacobian, jacobian.T @ net.targets, rcond=None)[0] @ jacobian.T
        )
        assert np.mean(best**2) == pytest.approx(float(fit.value), abs=1e-12)
        assert net.loss(theta) >= float(fit.value) - 1e-12


def minimum_in(net, cell, fit):
    """Return a theta in the open cell whose outputs are the fit, by a programme in floats; None if there is none."""
    from scipy.optimize import linprog

    x = np.c_[xor.X, np.ones(4)]
    h = net.hidden
    outputs = np.zeros((4, 3 * h + 2))
    outputs[:, 3 * h] = 1.0
    rows = []
    for u, side in enumerate(cell):
        s = np.array(side.signs)
        outputs[:, 3 * u : 3 * u + 3] = side.output * (s > 0)[:, None] * x
        row = np.zeros((4, 3 * h + 2))
        row[:, 3 * u : 3 * u + 3] = -s[:, None] * x
        row[:, -1] = 1.0
        rows.append(row)
    target = np.array([float(o) for o in fit.outputs])
    bounds = [(None, None)] * (3 * h + 1) + [(0, 1)]
    best = linprog(np.eye(3 * h + 2)[-1] * -1, np.vstack(rows), np.zeros(4 * h), outputs, target, bounds)
    if best.status != 0 or best.x[-1] < 1e-9:
        return None
    g = best.x[: 3 * h].reshape(h, 3)
    return np.concatenate([g[:, :2].T.ravel(), g[:, 2], [side.output for side in cell], best.x[3 * h : 3 * h + 1]])


def test_attainment_agrees_with_floating_point_and_points_there_are_minima():
    """Second route: a linear programme in floats; each minimum found has gradient 0 and nothing nearby is better."""
    net, rng = xor.network(), np.random.default_rng(5)
    kept = 0
    for cell, fit in list(cell_fits(net).items())[::3]:
        theta = minimum_in(net, cell, fit)
        assert (theta is not None) == (fit.place == Place.INSIDE)
        if theta is not None:
            kept += 1
            assert net.loss(theta) == pytest.approx(float(fit.value), abs=1e-12)
            assert np.abs(net.gradient(theta)).max() < 1e-9
            near = theta + 1e-4 * rng.standard_normal((200, 9))
            assert net.loss(near).min() >= float(fit.value) - 1e-12
    assert kept > 40


@pytest.mark.parametrize("case", VECTORS["C05"]["cases"], ids=lambda case: case["loss"])
def test_known_traps_lie_in_cells_that_attain_their_value(case):
    net = xor.network()
    theta = np.array([float(F(x)) for x in map(str, case["theta"])])
    z, v = net.preactivations(theta), net.unpack(theta).W2
    cell = tuple(Side(tuple(np.sign(z[:, u]).astype(int).tolist()), int(np.sign(v[u]))) for u in range(2))
    fit = cell_fits(net)[cell]
    assert fit.place == Place.INSIDE
    assert fit.value == F(case["loss"])
    assert [str(o) for o in fit.outputs] == case["pred"]


def test_results_are_kept(monkeypatch):
    stationary_levels(xor.network())
    monkeypatch.setattr(local_minima, "Geometry", None)
    assert len(stationary_levels(xor.network())) == 4


def test_too_many_cells_are_refused():
    with pytest.raises(ValueError, match="at most 100000 cells to be enumerated; got 614656"):
        stationary_levels(xor.network(hidden=4))
