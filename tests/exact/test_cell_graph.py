"""Cells and doors: every lowest point lies where it should, has the loss it should, and nothing sampled is lower."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

from landscape import xor
from landscape.exact.activation_regions import is_face
from landscape.exact.cell_graph import CellGraph, cell_graph
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place

pytestmark = pytest.mark.slow

NET = xor.network()
NETS = [NET, xor.network(targets=[0, 0, 0, 1]), xor.network(inputs=xor.X - 0.5), xor.network(hidden=1)]
IDS = ["XOR", "AND", "shifted", "one unit"]


def theta_of(net, point, cell):
    w = np.array([[float(x) for x in g] for g in point.functions])
    v = [side.output for side in cell]
    return np.concatenate([w[:, :-1].T.ravel(), w[:, -1], v, [float(point.bias)]])


def lies_in(net, theta, cell):
    z, v = net.preactivations(theta), net.unpack(theta).W2
    return all(
        (np.sign(np.where(np.abs(z[:, u]) < 1e-12, 0, z[:, u])) * side.signs >= 0).all() and v[u] * side.output >= 0
        for u, side in enumerate(cell)
    )


@pytest.mark.parametrize("net", NETS, ids=IDS)
def test_cells_agree_with_the_atlas_of_minima(net):
    graph = cell_graph(net)
    for cell, fit in cell_fits(net).items():
        value = graph.value(cell)
        assert value == fit.value if fit.place != Place.OUTSIDE else value > fit.value


@pytest.mark.parametrize("net", NETS, ids=IDS)
def test_lowest_points_lie_in_their_cells_and_doors_in_both(net):
    graph = cell_graph(net)
    doors = list(graph.shared_faces())
    for door in doors[:: max(1, len(doors) // 300)]:
        one, other = (graph.cells[k] for k in door.cells)
        assert sum(a != b for a, b in zip(one, other, strict=True)) == 1
        point = graph.lowest(door.face)
        assert point.value == graph.value(door.face) >= max(graph.value(one), graph.value(other))
        for cell in (one, other):
            theta = theta_of(net, point, cell)
            assert lies_in(net, theta, cell)
            assert net.loss(theta) == pytest.approx(float(point.value), abs=1e-15)
    for cell in graph.cells[:: max(1, len(graph.cells) // 100)]:
        assert lies_in(net, theta_of(net, graph.lowest(cell), cell), cell)


def test_nothing_sampled_is_lower_than_its_cell():
    graph, rng = cell_graph(NET), np.random.default_rng(0)
    theta = rng.standard_normal((4000, 9)) * 10.0 ** rng.uniform(-1, 0.5, size=(4000, 1))
    theta[:, 8] += 0.5
    seen = Counter()
    for row, loss in zip(theta, NET.loss(theta), strict=True):
        cell = graph.cell_of(row)
        seen[cell] += 1
        assert lies_in(NET, row, cell)
        assert loss >= float(graph.value(cell)) - 1e-12
    assert len(seen) > 500


def test_doors_are_counted_by_hand():
    """For one unit 24 walls, with both signs, and 14 patterns to change sign in; for the other 28 sides."""
    graph = cell_graph(NET)
    assert sum(1 for _ in graph.shared_faces()) == 2 * 28 * (24 * 2 + 14)
    cell = graph.cells[100]
    ways = list(graph.neighbours(cell))
    assert {graph.number[other] for other, _ in ways} == {
        sum(door.cells) - 100 for door in graph.shared_faces() if 100 in door.cells
    }


def test_cell_of_is_exact_at_kinks_and_takes_v_0_as_it_comes():
    graph = cell_graph(NET)
    assert lies_in(NET, xor.TEXTBOOK, graph.cell_of(xor.TEXTBOOK))
    nudged = xor.TEXTBOOK.copy()
    nudged[4] = -1e-300
    assert graph.cell_of(nudged)[0].signs[0] == -1
    flat = xor.TEXTBOOK.copy()
    flat[6:8] = 0.0
    assert {side.output for side in graph.cell_of(flat)} == {1}
    assert len(graph.cell_of(np.zeros(9))) == 2


def test_small_and_degenerate_data():
    step = CellGraph(xor.network(hidden=1, inputs=[[0], [1]], targets=[0, 1]))
    assert min(step.value(cell) for cell in step.cells) == 0
    same = CellGraph(xor.network(hidden=1, inputs=[[0, 0], [0, 0]], targets=[0, 1]))
    assert {same.value(cell) for cell in same.cells} == {Fraction(1, 4)}
    assert sum(1 for _ in same.shared_faces()) == 2 + 2
    single = CellGraph(xor.network(hidden=1, inputs=[[3.0]], targets=[0.1]))
    assert {single.value(cell) for cell in single.cells} == {0}


def test_sides_of_a_door_share_all_of_their_common_cone():
    """The walls of one pattern, by a second route: no pattern lies between two that share a wall."""
    graph = cell_graph(NET)
    patterns = graph.plane.patterns()
    walls = {(a.signs, b.signs) for a, b, face in graph._steps() if any(face.signs)}
    for one, other in product(patterns, repeat=2):
        shared = [f for f in graph.plane.faces if is_face(f, one) and is_face(f, other)]
        lifted = [r for f in shared for r in graph.plane.rays_of(f)]
        rank = np.linalg.matrix_rank(np.array(lifted)) if lifted else 0
        assert ((one, other) in walls or (other, one) in walls) == (rank == 2), (one, other)


def test_too_many_cells_are_refused():
    with pytest.raises(ValueError, match="at most 100000 cells to be connected; got 614656"):
        cell_graph(xor.network(hidden=4))


def test_a_cell_holds_the_straight_way_between_its_points():
    """Claim 2 of `merge_tree.py`: in (b2, g) the loss is convex on a closed cell."""
    rng, graph = np.random.default_rng(5), cell_graph(NET)
    theta = rng.standard_normal((3000, 9))
    by_cell = {}
    for row in theta:
        by_cell.setdefault(graph.cell_of(row), []).append(row)
    pairs = 0
    for rows in by_cell.values():
        for a, b in pairwise(map(canonical, rows)):
            pairs += 1
            s = np.linspace(0, 1, 9)[:, None]
            chord = (1 - s[:, 0]) * NET.loss(a) + s[:, 0] * NET.loss(b)
            assert (NET.loss(a + s * (b - a)) <= chord + 1e-12).all()
    assert pairs > 1500


def canonical(theta):
    """Return theta with output weights of size 1 and the same outputs."""
    theta = theta.copy()
    for u in (0, 1):
        theta[[u, 2 + u, 4 + u]] *= abs(theta[6 + u])
        theta[6 + u] = np.sign(theta[6 + u])
    return theta
