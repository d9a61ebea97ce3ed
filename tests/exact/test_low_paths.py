"""Paths over the lowest pass and out of plateaus: what they promise, measured exactly or densely on every segment."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.exact import low_paths
from landscape.exact.cell_graph import cell_graph, cheapest_way

pytestmark = pytest.mark.slow

F = Fraction
NET = xor.network()
SWAP = [1, 0, 3, 2, 5, 4, 7, 6, 8]
FOUR = np.array([1.0, -1, -1, 1, 0, 0, 1, 1, 0])
AND = xor.network(targets=[0, 0, 0, 1])


def dense(path, each=12):
    """Return points on every segment, ends included."""
    s = np.linspace(0, 1, each)[:, None]
    return np.concatenate([path.theta[:1], *(a + s * (b - a) for a, b in pairwise(path.theta))])


def solutions(net, count, seed):
    starts = ls.glorot_starts(net, count, rng=np.random.default_rng(seed))
    ends = ls.train(net, starts, ls.SGD(0.1), 20_000, record_every=20_000).end
    return ends[net.loss(ends) < 1e-20]


def test_from_the_textbook_to_its_twin():
    path = ls.lowest_pass(NET, xor.TEXTBOOK, xor.TEXTBOOK[SWAP])
    highest = [ls.straight_barrier(NET, a, b).value for a, b in pairwise(path.theta)]
    assert path.level == F(1, 6)
    assert float(max(highest)) == pytest.approx(1 / 6, abs=1e-15)
    np.testing.assert_array_equal(path.theta[[0, -1]], [xor.TEXTBOOK, xor.TEXTBOOK[SWAP]])
    np.testing.assert_array_equal(path.loss, NET.loss(path.theta))


@pytest.mark.parametrize("net", [NET, AND], ids=["XOR", "AND"])
def test_between_solutions_that_runs_have_found(net):
    rng = np.random.default_rng(8)
    found = solutions(net, 150, 1)
    tree = ls.merge_tree(net)
    levels = set()
    for _ in range(25):
        a, b = found[rng.integers(len(found), size=2)]
        a = ls.scaling_orbit(net, a, int(rng.integers(2)), 10.0 ** rng.uniform(-3, 3))
        path = ls.lowest_pass(net, a, b)
        levels.add(path.level)
        assert path.level == tree.barrier(a, b)
        np.testing.assert_array_equal(path.theta[[0, -1]], [a, b])
        assert net.loss(dense(path)).max() <= float(path.level) + 1e-12
    assert len(levels) > 1


def test_within_a_component_the_loss_stays_0():
    a = ls.scaling_orbit(NET, FOUR, 0, 50.0)
    path = ls.lowest_pass(NET, a, FOUR)
    assert path.level == 0
    assert NET.loss(dense(path)).max() <= 1e-12
    assert ls.lowest_pass(NET, FOUR, FOUR).theta.shape == (1, 9)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_at_extreme_scales(size):
    a = ls.scaling_orbit(NET, xor.TEXTBOOK, 1, size)
    path = ls.lowest_pass(NET, a, xor.TEXTBOOK[SWAP])
    assert NET.loss(dense(path)).max() <= 1 / 6 + 1e-12
    np.testing.assert_array_equal(path.theta[[0, -1]], [a, xor.TEXTBOOK[SWAP]])


def test_a_large_unit_is_rescaled_where_it_is_small():
    """In an exact balance of large terms only tiny chords would keep the outputs: 400 000 of them."""
    large = np.array([1.0, 1, 1, 1, 1e4, -1, 1, -2, -1e4])  # x1 + x2 + 1e4, taken off again by b2
    for a, b in ((large, ls.scaling_orbit(NET, large, 0, 1e3)), (ls.scaling_orbit(NET, large, 1, 1e-3), large)):
        path = ls.lowest_pass(NET, a, b)
        assert path.level == 0
        assert len(path.theta) <= low_paths.DETOUR
        assert NET.loss(dense(path, 4)).max() <= 1e-12
        np.testing.assert_array_equal(path.theta[[0, -1]], [a, b])


def test_targets_that_are_all_zero():
    net = xor.network(targets=np.zeros(4))
    a = np.array([1.0, 1, 1, 1, 2, 2, 1, -1, 0])
    path = ls.lowest_pass(net, a, ls.scaling_orbit(net, a, 0, 3.0))
    assert net.loss(dense(path)).max() <= 1e-12


@pytest.mark.parametrize("v", [-1e-310, 5e-324])
def test_output_weights_at_the_edge_of_floats(v):
    for size in (1.0, 1e300):
        theta = np.array([size, 1, size, 1, 0, -1, v, -2, 0])
        path = ls.exit_path(NET, theta)
        np.testing.assert_array_equal(path.theta[0], theta)
        loss = NET.loss(dense(path))
        assert (np.diff(loss) <= 1e-12 * (1 + loss[:-1])).all()
        assert loss[-1] < 1e-28
    net = xor.network(targets=NET.predict(np.array([0, 1, 0, 1, 0, -1, v, -2, 0])))
    end = np.array([0, 1, 0, 1, 0, -1, v, -2, 0])
    start = np.array([0, 1, 0, 1, 0, -1, 1.0, -2, 0])
    path = ls.lowest_pass(net, start, end)
    np.testing.assert_array_equal(path.theta[[0, -1]], [start, end])
    assert net.loss(dense(path)).max() <= 1e-12


def test_units_that_nobody_listens_to():
    net = xor.network(hidden=3)
    dead = np.array([1.0, 1, -1, 1, 1, -1, 0, -1, -9, 1, -2, 5, 0])  # the third unit never active
    mute = np.array([1.0, 1, 9, 1, 1, 9, 0, -1, 9, 1, -2, 0, 0])  # the third unit with output weight 0
    none = np.array([1.0, 1, 0, 1, 1, 0, 0, -1, 0, 1, -2, -4, 0])  # the third unit with weights 0
    for a, b in ((dead, mute), (mute, none), (none, dead), (mute, mute[[1, 0, 2, 4, 3, 5, 7, 6, 8, 10, 9, 11, 12]])):
        path = ls.lowest_pass(net, a, b)
        assert path.level == 0
        assert net.loss(dense(path)).max() <= 1e-12
        np.testing.assert_array_equal(path.theta[[0, -1]], [a, b])


def plateaus():
    """Points of every kind: minima of cells, ends of runs, saddles, kinks, dead units, far away."""
    graph, rng = cell_graph(NET), np.random.default_rng(2)
    starts = ls.glorot_starts(NET, 40, rng=rng)
    rows = [
        np.zeros(9),
        np.array([-1.0, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5]),
        np.array([1.0, 1, 1, -1, -1.5, -0.5, 0, 0, 0.5]),
        np.array([1.0, -1, 1, 1, -1.5, -0.5, -1, 1, 0.5]),
        *ls.train(NET, starts, ls.Adam(1e-2), 6000, record_every=6000).end,
        *(100 * starts[:10]),
        *(1e-3 * starts[:10]),
    ]
    for cell in graph.cells[::40]:
        point = graph.lowest(cell)
        w = np.array(point.functions, dtype=float)
        rows.append(np.r_[w[:, :2].T.ravel(), w[:, 2], [side.output for side in cell], float(point.bias)])
    return rows


def test_no_trap_is_strict():
    ends = []
    for theta in plateaus():
        path = ls.exit_path(NET, theta)
        np.testing.assert_array_equal(path.theta[0], theta)
        loss = NET.loss(dense(path))
        assert (np.diff(loss) <= 1e-12 * (1 + loss[:-1])).all()
        ends.append(path.loss[-1])
    assert max(ends) < 1e-28
    assert all(leaf.value == 0 for leaf in ls.merge_tree(NET).leaves)


def test_out_of_a_plateau_it_is_constant_first_and_downhill_then():
    dead = np.array([-1.0, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
    loss = NET.loss(dense(ls.exit_path(NET, dead)))
    assert (np.abs(loss - 0.25) < 1e-15).sum() > 12
    assert loss[-1] < 1e-28


@pytest.mark.parametrize(
    ("net", "start", "end"),
    [
        (AND, np.zeros(9), [0]),
        (xor.network(hidden=1), np.array([-1.0, -1, -1, 3, 0.5]), [F(1, 6)]),
        (xor.network(targets=np.ones(4)), np.arange(9.0), [0]),
        (xor.network(inputs=[[0], [1], [2], [3]], targets=[0, 1, 0, 1]), np.zeros(7), [F(1, 8), F(1, 6)]),
    ],
    ids=["AND", "one unit", "constant", "zigzag"],
)
def test_exits_end_on_leaves_of_the_tree(net, start, end):
    path = ls.exit_path(net, start)
    assert min(abs(path.loss[-1] - float(value)) for value in end) < 1e-15
    assert set(end) <= {leaf.value for leaf in ls.merge_tree(net).leaves}
    loss = net.loss(dense(path))
    assert (np.diff(loss) <= 1e-12 * (1 + loss[:-1])).all()


def test_scaling_orbit():
    factor = np.geomspace(1e-3, 1e3, 7)
    orbit = ls.scaling_orbit(NET, xor.TEXTBOOK, 0, factor)
    assert orbit.shape == (7, 9)
    np.testing.assert_allclose(NET.loss(orbit), 0, atol=1e-28)
    np.testing.assert_allclose(orbit[:, 0] * orbit[:, 6], 1.0)
    np.testing.assert_array_equal(orbit[:, [1, 3, 5, 7, 8]], np.tile(xor.TEXTBOOK[[1, 3, 5, 7, 8]], (7, 1)))
    three = np.random.default_rng(0).standard_normal(13)
    net = xor.network(hidden=3)
    assert net.loss(ls.scaling_orbit(net, three, 2, 7.0)) == pytest.approx(float(net.loss(three)), rel=1e-12)


def test_points_of_a_path():
    path = ls.Path(theta=[[0.0, 0], [3, 4], [3, 5]], loss=[1, 2, 3])
    assert path.length.tolist() == [0, 5, 6]
    np.testing.assert_allclose(path.points([0, 2.5, 5.5, 6]), [[0, 0], [1.5, 2], [3, 4.5], [3, 5]])
    assert not path.theta.flags.writeable
    with pytest.raises(ValueError, match=r"loss must have shape \(n_corner,\) = \(3,\); got \(2,\)"):
        ls.Path(theta=np.zeros((3, 2)), loss=np.zeros(2))


def test_the_way_is_one_of_least_cost():
    """Second route: relaxing all doors again and again (Bellman and Ford) finds no cheaper way."""
    graph = cell_graph(NET)
    start, goal = graph.cell_of(xor.TEXTBOOK), graph.cell_of(FOUR)
    way = cheapest_way(graph, start, lambda cell: cell == goal, F(1, 6))
    assert way[-1][0] == goal
    cost = {graph.number[start]: F(0)}
    doors = [(door.cells, graph.value(door.face)) for door in graph.shared_faces()]
    changed = True
    while changed:
        changed = False
        for pair, value in doors:
            for i, j in (pair, pair[::-1]):
                if i in cost and value <= F(1, 6) and cost[i] + value < cost.get(j, F(99)):
                    cost[j], changed = cost[i] + value, True
    assert sum(graph.value(face) for _, face in way) == cost[graph.number[goal]]
    assert cheapest_way(graph, start, lambda cell: cell == goal, F(1, 7)) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ls.lowest_pass(NET, np.zeros(9), xor.TEXTBOOK), "theta_a must lie on the zero set"),
        (lambda: ls.exit_path(NET, np.zeros(8)), r"theta must have shape \(9,\)"),
        (lambda: ls.scaling_orbit(NET, xor.TEXTBOOK, 0, -1.0), "factor must be above 0; got -1"),
        (lambda: ls.scaling_orbit(NET, xor.TEXTBOOK, 2, 1.0), "unit must be below 2"),
        (lambda: ls.scaling_orbit(NET, xor.TEXTBOOK, 0, [1.0, 0.0]), "factor must be above 0; got 0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
