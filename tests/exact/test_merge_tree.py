"""The merge tree: known counts, all pairs of cells in floats, walks that stay below a level, and symmetries."""

from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.sparse.csgraph import connected_components

import landscape as ls
from landscape import xor
from landscape.exact import merge_tree
from landscape.exact.activation_regions import arrangement, is_face, sides

pytestmark = pytest.mark.slow

F = Fraction
NET = xor.network()
SWAP = [1, 0, 3, 2, 5, 4, 7, 6, 8]
FOUR = np.array([1.0, -1, -1, 1, 0, 0, 1, 1, 0])  # |x1 - x2|, equal output signs


def tree(net=NET):
    return ls.merge_tree(net)


@pytest.mark.parametrize(
    ("level", "count"),
    [
        (-1, 0),
        (-1e-9, 0),
        (0, 12),
        (0.0, 12),
        (1e-13, 12),
        (F(1, 10), 12),
        (F(1, 8) - F(1, 10**30), 12),
        (F(1, 8), 6),
        (0.125, 6),
        (0.125 - 5e-13, 6),
        (0.125 - 2e-12, 12),
        (0.15, 6),
        (np.float64(1 / 6), 1),
        (1 / 6 - 5e-13, 1),
        (F(1, 6) - F(1, 10**30), 6),
        (F(1, 4), 1),
        (1, 1),
        (1e300, 1),
    ],
)
def test_components_of_xor(level, count):
    assert tree().components(level) == count


def test_families_and_merges_of_xor():
    t = tree()
    assert t.levels == (0, F(1, 8), F(1, 6))
    assert Counter(leaf.output_signs for leaf in t.leaves) == {
        frozenset([(-1, 1)]): 8,
        frozenset([(1, 1)]): 2,
        frozenset([(-1, -1)]): 2,
    }
    assert sum(leaf.n_cells for leaf in t.leaves) == ls.stationary_levels(NET)[0].n_cells
    assert {leaf.dimensions for leaf in t.leaves if leaf.n_cells == 8} == {frozenset([5])}
    assert {leaf.dimensions for leaf in t.leaves if leaf.n_cells == 18} == {frozenset([5, 6])}
    mixed = {k for k, leaf in enumerate(t.leaves) if leaf.output_signs == {(-1, 1)}}
    assert [(m.value, sorted(map(len, m.parts))) for m in t.merges] == [
        (F(1, 8), [1, 1, 1, 1]),
        (F(1, 8), [1, 1, 1, 1]),
        (F(1, 6), [1, 1, 1, 1, 4, 4]),
    ]
    assert t.merges[0].leaves | t.merges[1].leaves == mixed
    assert [sorted(map(len, t.partition(level))) for level in t.levels] == [[1] * 12, [1] * 4 + [4] * 2, [12]]


@pytest.mark.parametrize(
    ("net", "found"),
    [
        (xor.network(inputs=xor.X - 0.5), [(0, 12), (F(1, 8), 6), (F(1, 6), 1)]),
        (xor.network(inputs=2 * xor.X + [3, -7]), [(0, 12), (F(1, 8), 6), (F(1, 6), 1)]),
        (xor.network(targets=3 * xor.Y - 1), [(0, 12), (F(9, 8), 6), (F(3, 2), 1)]),
        (xor.network(targets=[0, 0, 0, 1]), [(0, 5), (F(1, 16), 1)]),
        (xor.network(hidden=1), [(F(1, 6), 4), (F(1, 4), 1)]),
        (xor.network(targets=np.zeros(4)), [(0, 1)]),
        (xor.network(inputs=[[0, 0], [0, 0]], targets=[0, 1]), [(F(1, 4), 1)]),
        (
            xor.network(inputs=[[0], [1], [2], [3]], targets=[0, 1, 0, 1]),
            [(F(1, 8), 6), (F(1, 6), 9), (F(1, 5), 1)],
        ),
    ],
    ids=["shifted", "scaled", "scaled targets", "AND", "one unit", "constant", "contradiction", "zigzag"],
)
def test_the_tree_follows_the_data(net, found):
    assert [(level, tree(net).components(level)) for level in tree(net).levels] == found
    assert components_by_all_pairs(net, [float(level) for level, _ in found]) == [count for _, count in found]


def components_by_all_pairs(net, levels):
    """Second route: whether any two closed cells share a point below a level, in floats, without doors or forests."""
    plane, every = arrangement(net.inputs), sides(net)

    def cone(a, b):  # what one unit can add to the outputs where two of its sides meet
        if a.output != b.output:
            return frozenset()
        rays = [r for s, r in plane.rays.items() if is_face(s, a.signs) and is_face(s, b.signs)]
        return frozenset(tuple(a.output * max(x, 0) for x in r) for r in rays) - {(0,) * net.n_samples}

    cones = list({cone(a, b) for a, b in product(every, repeat=2)})
    of_pair = np.array([[cones.index(cone(a, b)) for b in every] for a in every])
    value = np.empty((len(cones),) * net.hidden)
    kept = {}
    for index in product(range(len(cones)), repeat=net.hidden):
        rays = frozenset().union(*(cones[k] for k in index))
        if rays not in kept:
            columns = np.array([*sorted(rays), np.ones(net.n_samples), -np.ones(net.n_samples)]).T
            kept[rays] = nnls(columns, net.targets)[1] ** 2 / net.n_samples
        value[index] = kept[rays]
    n = len(every)
    if net.hidden == 1:
        shared = value[of_pair]
    else:
        shared = value[of_pair[:, None, :, None], of_pair[None, :, None, :]].reshape(n * n, n * n)
    counts = []
    for level in levels:
        inside = np.diag(shared) <= level + 1e-9
        counts.append(connected_components(shared[np.ix_(inside, inside)] <= level + 1e-9, directed=False)[0])
    return counts


def test_all_pairs_of_cells_of_xor():
    assert components_by_all_pairs(NET, [0.0, 0.12, 0.125, 0.16, 1 / 6, 0.25]) == [12, 12, 6, 6, 1, 1]


def wander(theta, level, steps, rng):
    """Walk at random while the loss stays below ``level``, also between one step and the next."""
    s = np.linspace(0, 1, 11)[1:, None, None]
    for _ in range(steps):
        size = 10.0 ** rng.uniform(-2, 0.3, size=(len(theta), 1))
        step = size * rng.standard_normal(theta.shape) * (rng.random(theta.shape) < 0.5)
        stays = NET.loss(theta + s * step).max(axis=0) <= level
        theta = np.where(stays[:, None], theta + step, theta)
    return theta


@pytest.mark.parametrize(("level", "escapes"), [(0.122, False), (0.16, False), (0.4, True)])
def test_walks_below_a_level_stay_in_their_component(level, escapes):
    t, rng = tree(), np.random.default_rng(1)
    starts = np.repeat([t.example(k) for k in range(12)], 16, axis=0)
    ends = wander(starts, level, 600, rng)
    assert np.median(np.linalg.norm(ends - starts, axis=1)) > 1
    assert [t.component(x, level) for x in ends] == [t.component(x, level) for x in starts]
    if escapes:  # such walks do find the passes where there are any
        low = ls.train(NET, ends, ls.SGD(0.02), 4000, record_every=4000).end
        changed = [
            t.component(end, 0.1) != t.component(start, 0.1)
            for start, end in zip(starts, low, strict=True)
            if NET.loss(end) < 0.1
        ]
        assert sum(changed) > 5


def test_slow_descent_keeps_to_its_component():
    t, rng = tree(), np.random.default_rng(3)
    theta = np.concatenate([t.example(k) + 0.12 * rng.standard_normal((40, 9)) for k in range(12)])
    theta = theta[NET.loss(theta) < 0.124]
    assert len(theta) > 200
    ends = ls.train(NET, theta, ls.SGD(2e-3), 20_000, record_every=20_000).end
    settled = NET.loss(ends) < 1e-4
    assert settled.mean() > 0.9
    for start, end in zip(theta[settled], ends[settled], strict=True):
        assert t.component(start, float(NET.loss(start))) == t.component(end, 0.0)


def images(theta):
    """Return the 16 copies of a theta under the symmetries of the square and the hidden swap."""
    found = []
    for flip0, flip1, turn, swap in product((False, True), repeat=4):
        w, b, v, b2 = theta[:4].reshape(2, 2).copy(), theta[4:6].copy(), theta[6:8].copy(), theta[8]
        for k, flip in enumerate((flip0, flip1)):
            if flip:  # x_k -> 1 - x_k turns XOR upside down: so do v -> -v, b2 -> 1 - b2
                b = b + w[k]
                w[k], v, b2 = -w[k], -v, 1 - b2
        w = w[::-1] if turn else w
        copy = np.concatenate([w.ravel(), b, v, [b2]])
        found.append(copy[SWAP] if swap else copy)
    return np.array(found)


def test_symmetries_carry_components_to_components():
    t = tree()
    for theta, family in ((xor.TEXTBOOK, 8), (FOUR, 4)):
        copies = images(theta)
        np.testing.assert_allclose(NET.loss(copies), 0.0, atol=1e-30)
        leaves = [t.solution("theta", copy) for copy in copies]
        assert len(set(leaves)) == family
        barriers = Counter(t.barrier(theta, copy) for copy in copies)
        assert barriers == ({0: 2, F(1, 8): 6, F(1, 6): 8} if family == 8 else {0: 4, F(1, 6): 12})
    assert len({t.solution("theta", x) for x in [*images(xor.TEXTBOOK), *images(FOUR)]}) == 12


def test_barriers():
    t = tree()
    assert t.barrier(xor.TEXTBOOK, xor.TEXTBOOK[SWAP]) == F(1, 6)
    assert t.barrier(xor.TEXTBOOK, xor.TEXTBOOK) == 0
    assert isinstance(t.barrier(xor.TEXTBOOK, xor.TEXTBOOK), Fraction)
    assert t.barrier(xor.TEXTBOOK, FOUR) == t.barrier(FOUR, xor.TEXTBOOK) == F(1, 6)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
def test_rescaled_solutions_are_of_the_same_component(size):
    theta = ls.scaling_orbit(NET, ls.scaling_orbit(NET, xor.TEXTBOOK, 0, size), 1, 1 / size)
    assert tree().barrier(xor.TEXTBOOK, theta) == 0
    assert tree().barrier(xor.TEXTBOOK[SWAP], theta) == F(1, 6)


@pytest.mark.parametrize("size", [1e3, 1e8, 1e12])
def test_solutions_with_large_terms_that_cancel(size):
    """Unit 1 is affine, x1 + x2 + size, and b2 takes size off again; that theta is rounded is no reason to refuse."""
    theta = np.array([1, 1, 1, 1, size, -1, 1, -2, -size])
    assert tree().barrier(theta, xor.TEXTBOOK) == 0
    third = theta + np.array([0, 0, 0, 0, 1 / 3, 0, 0, 0, -1 / 3])
    assert tree().barrier(third, theta) == 0
    with pytest.raises(ValueError, match="theta_a must lie on the zero set"):
        tree().barrier(theta + 0.1 * np.eye(9)[8], theta)


def test_solutions_that_runs_have_found():
    starts = ls.glorot_starts(NET, 150, rng=np.random.default_rng(0))
    ends = ls.train(NET, starts, ls.SGD(0.1), 20_000, record_every=20_000).end
    solved = ends[NET.loss(ends) < 1e-20]
    assert len(solved) > 15
    for theta in solved:
        twin = tree().barrier(theta, theta[SWAP])
        assert twin == F(1, 6)
        assert tree().solution("theta", theta) == min(tree().component(theta, 0.0))


def test_components_of_points_on_plateaus():
    t = tree()
    dead = np.array([-1.0, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
    assert t.component(dead, 0.25) == frozenset(range(12))
    with pytest.raises(ValueError, match="level must be at least 1/4, the lowest loss in the cell of theta; got 1/6"):
        t.component(dead, F(1, 6))
    eighth = np.array([1.0, -1, 1, 1, -1.5, -0.5, -1, 1, 0.5])
    assert len(t.component(eighth, F(1, 8))) == 4
    assert len(t.component(eighth + 1e-7, 0.125)) == 4


def test_examples_lie_on_their_leaves():
    t = tree()
    examples = [t.example(k) for k in range(len(t.leaves))]
    assert [t.solution("theta", theta) for theta in examples] == list(range(12))
    assert NET.loss(examples).max() < 1e-30
    one = ls.merge_tree(xor.network(hidden=1))
    assert xor.network(hidden=1).loss([one.example(k) for k in range(4)]) == pytest.approx(1 / 6)
    with pytest.raises(ValueError, match="leaf must be below 12"):
        t.example(12)
    with pytest.raises(TypeError, match="leaf must be a whole number"):
        t.example(0.5)


def test_three_units_connect_all_solutions():
    net = xor.network(hidden=3)
    t = tree(net)
    assert [(level, t.components(level)) for level in t.levels] == [(0, 1)]
    spare = np.array([1.0, 1, 9, 1, 1, 9, 0, -1, 9, 1, -2, 0, 0])  # the textbook's, and a unit that nobody listens to
    swapped = spare[[1, 0, 2, 4, 3, 5, 7, 6, 8, 10, 9, 11, 12]]
    assert t.barrier(spare, swapped) == 0


def test_the_tree_is_kept(monkeypatch):
    tree()
    monkeypatch.setattr(merge_tree, "cell_graph", None)
    assert ls.merge_tree(xor.network()) is tree()


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (xor.TEXTBOOK, xor.offset_start(1e-5), "theta_b must lie on the zero set; got loss"),
        (np.zeros(9), xor.TEXTBOOK, "theta_a must lie on the zero set; got loss 0.5"),
        (xor.TEXTBOOK, [1, 1, 1, 1, 1e8, -1, 1, -2, 0.3 - 1e8], "theta_b must lie on the zero set; got loss 0.09"),
        (xor.TEXTBOOK, [1, 1, 1, 1, 1e5, -1, 1, -2, 5e-4 - 1e5], "theta_b must lie on the zero set; got loss 2.5e-07"),
        (xor.TEXTBOOK, np.full(9, 1e160), "theta_b must lie on the zero set; got loss inf"),
        (np.zeros(8), xor.TEXTBOOK, r"theta_a must have shape \(9,\)"),
        (xor.TEXTBOOK, np.full(9, np.inf), "theta_b must be finite"),
    ],
)
def test_ends_off_the_zero_set_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        tree().barrier(a, b)


@pytest.mark.parametrize(
    ("level", "error"), [(float("nan"), ValueError), (np.inf, ValueError), ("1/8", TypeError), ([0.1], ValueError)]
)
def test_bad_levels(level, error):
    with pytest.raises(error, match="level must"):
        tree().components(level)


def test_too_many_cells_are_refused():
    with pytest.raises(ValueError, match="at most 100000 cells to be connected"):
        ls.merge_tree(xor.network(hidden=4))
