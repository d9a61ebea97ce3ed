"""Groups of sign patterns and dead units: exact numbers, other roads to them, and counts that agree."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.analysis.sign_patterns import units_needed
from landscape.training.sign_groups import data_symmetries, dead_share

pytestmark = pytest.mark.slow

NET = xor.network()
BIPOLAR = 2 * xor.X - 1
SIGNED = xor.network(inputs=BIPOLAR, targets=2 * xor.Y - 1)


@pytest.fixture(scope="module")
def starts():
    return ls.glorot_starts(NET, 3000, rng=np.random.default_rng(7))


@pytest.fixture(scope="module")
def found(starts):
    return ls.outcomes(NET, starts, ls.Adam(1e-2), 2500)


@pytest.fixture(scope="module")
def result(starts, found):
    return ls.outcomes_by_signs(NET, starts, found)


def orbit(pattern):
    """The patterns of XOR that exchanging units and exchanging inputs lead to, by hand."""
    one, other = pattern
    swapped = tuple((b, a, v) for a, b, v in pattern)
    return {(one, other), (other, one), swapped, swapped[::-1]}


def test_groups_of_xor_are_the_orbits_of_two_exchanges():
    units = list(product((1, -1), repeat=3))
    orbits = {frozenset(orbit(pattern)) for pattern in product(units, repeat=2)}
    groups = ls.sign_groups(NET)
    assert {frozenset(group.patterns) for group in groups} == orbits
    assert len(groups) == 24
    for group in groups:
        assert group.probability == Fraction(len(group.patterns), 64)
        dead = [sum(unit[:2] == (-1, -1) for unit in pattern) for pattern in group.patterns]
        assert len(set(dead)) == 1
        assert group.dead == tuple(Fraction(n == dead[0]) for n in range(3))


@pytest.mark.parametrize(
    ("net", "symmetries", "groups"),
    [
        (NET, 2, 24),
        (xor.network(targets=[0, 0, 0, 1]), 2, 24),
        (xor.network(targets=[0, 1, 0, 1]), 1, 36),  # y = x2: the inputs are not alike; (64 + 8) / 2
        (SIGNED, 8, None),  # 4 of the 8 symmetries of the square keep y, 4 turn it to -y
        (xor.network(inputs=BIPOLAR), 4, None),
        (xor.network(hidden=1), 2, 6),
        (xor.network(hidden=1, inputs=[[0], [1]], targets=[0, 1]), 1, 4),
    ],
)
def test_symmetries_leave_the_loss_as_it_is(net, symmetries, groups):
    theta = np.random.default_rng(0).normal(size=(20, net.n_parameters))
    w = net.unpack(theta)
    every = data_symmetries(net)
    assert len(every) == symmetries
    for order, signs, sign in every:
        turned = np.array(signs)[:, None] * w.W1[:, list(order)]
        image = [turned.reshape(20, -1), w.b1, sign * w.W2, sign * w.b2[:, None]]
        np.testing.assert_allclose(net.loss(np.concatenate(image, axis=1)), net.loss(theta), rtol=1e-12)
    listed = ls.sign_groups(net)
    assert sum(group.probability for group in listed) == 1
    assert sum(len(group.patterns) for group in listed) == 2 ** ((net.n_inputs + 1) * net.hidden)
    assert groups in {None, len(listed)}


def test_mirrored_starts_have_the_same_group_and_the_same_end(starts, found):
    some, level = starts[:200], found.level[:200]
    units, inputs = [1, 0, 3, 2, 5, 4, 7, 6, 8], [2, 3, 0, 1, 4, 5, 6, 7, 8]
    for order in (units, inputs):
        mirrored = some[:, order]
        ends = ls.outcomes(NET, mirrored, ls.Adam(1e-2), 2500)
        assert (ends.level != level).sum() <= 1  # the order of summation differs
        a = ls.outcomes_by_signs(NET, some, ls.outcomes(NET, some, ls.Adam(), 0))
        b = ls.outcomes_by_signs(NET, mirrored, ls.outcomes(NET, mirrored, ls.Adam(), 0))
        assert a.counts.sum(axis=1).tolist() == b.counts.sum(axis=1).tolist()


def test_dead_unit_arithmetic(result, starts):
    """A quarter of all units are dead: both weights negative. 1 - (3/4)^2 = 7/16."""
    assert result.dead == (Fraction(9, 16), Fraction(6, 16), Fraction(1, 16))
    assert result.ceiling == Fraction(9, 16) == 1 - Fraction(7, 16)
    both = (starts[:, [0, 1]] < 0) & (starts[:, [2, 3]] < 0)
    counted = np.bincount(both.sum(axis=1), minlength=3)
    assert result.dead_counts.sum(axis=1).tolist() == counted.tolist()
    for count, p in zip(counted, result.dead, strict=True):
        assert abs(count - 3000 * p) < 4 * float(3000 * p * (1 - p)) ** 0.5
    assert result.dead_counts[1:, 0].tolist() == [0, 0]
    assert result.dead_counts[2].tolist() == [0, 0, 0, counted[2], 0]  # only b2 is left, and it goes to 1/2


@pytest.mark.parametrize(
    ("net", "needed", "ceiling"),
    [
        (xor.network(hidden=1), None, 0),
        (NET, 2, Fraction(9, 16)),
        (xor.network(targets=[0, 0, 0, 1]), 1, Fraction(15, 16)),  # AND needs one unit: not both may be dead
        (xor.network(targets=[2, 2, 2, 2]), 0, 1),
        pytest.param(xor.network(inputs=BIPOLAR), 2, 1, marks=pytest.mark.slow),  # opposite corners: no unit is dead
        pytest.param(xor.network(hidden=3), 2, Fraction(27, 64) + Fraction(27, 64), marks=pytest.mark.slow),
    ],
)
def test_the_ceiling_of_other_networks(net, needed, ceiling):
    start = ls.glorot_starts(net, 50, rng=np.random.default_rng(1))
    result = ls.outcomes_by_signs(net, start, ls.outcomes(net, start, ls.Adam(), 0))
    assert units_needed(net) == result.units_needed == needed
    assert result.ceiling == ceiling
    assert sum(result.dead) == 1


def test_a_dead_unit_stays_where_it_is_and_the_rest_is_a_smaller_network(starts):
    w = NET.unpack(starts)
    second = starts[(w.W1[:, :, 1] < 0).all(axis=1) & (w.W1[:, :, 0] > 0).any(axis=1)][:40]
    living, dead = [0, 2, 4, 6, 8], [1, 3, 5, 7]
    for optimizer in (ls.Adam(1e-2), ls.SGD(0.1, momentum=0.9), ls.RMSprop(1e-3)):
        path = ls.train(NET, second, optimizer, 300, record_every=100).theta
        assert (path[..., dead] == second[:, None, dead]).all()
    path = ls.train(NET, second, ls.Adam(1e-2), 300, record_every=100).theta
    one = ls.train(xor.network(hidden=1), second[:, living], ls.Adam(1e-2), 300, record_every=100).theta
    np.testing.assert_array_equal(path[..., living], one)


@pytest.mark.parametrize("seed", range(6))
def test_dead_shares_against_chance(seed):
    rng = np.random.default_rng(seed)
    net = ls.ReluNetwork(rng.integers(-3, 4, size=(2, 2)), [0, 1], hidden=1)
    for signs in product((1, -1), repeat=2):
        w = rng.uniform(size=(40_000, 2)) * signs
        share = ((w @ net.inputs.T) <= 0).all(axis=1).mean()
        exact = float(dead_share(net, signs))
        assert abs(share - exact) <= 4 * np.sqrt(exact * (1 - exact) / 40_000)


def test_a_group_may_leave_open_how_many_units_are_dead():
    """x = (1, 2) and (-1, 1): in the quarter w1 < 0 < w2 no unit is dead, in w2 < 0 < w1 those with w1 <= 2 |w2|."""
    net = ls.ReluNetwork([[1, 2], [-1, 1]], [0, 1], hidden=2)
    shares = [dead_share(net, signs) for signs in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    assert shares == [0, 0, Fraction(3, 4), Fraction(1, 2)]
    group = next(g for g in ls.sign_groups(net) if ((1, -1, 1), (-1, -1, 1)) in g.patterns)
    assert group.dead == (Fraction(1, 8), Fraction(1, 2), Fraction(3, 8))


def test_counts_and_votes_by_hand(result, starts, found):
    number = {pattern: i for i, group in enumerate(result.groups) for pattern in group.patterns}
    group = []
    for s in np.where(starts > 0, 1, -1).tolist():
        group.append(number[(s[0], s[2], s[6]), (s[1], s[3], s[7])])
    outcome = [4 if level < 0 else level for level in found.level.tolist()]
    counts = np.zeros((24, 5), dtype=int)
    halves = np.zeros((2, 24, 5), dtype=int)
    for k, (g, o) in enumerate(zip(group, outcome, strict=True)):
        counts[g, o] += 1
        halves[k % 2, g, o] += 1
    np.testing.assert_array_equal(result.counts, counts)
    np.testing.assert_array_equal(result.halves, halves)
    guess = counts.argmax(axis=1)
    assert result.level_vote.hits == sum(guess[g] == o for g, o in zip(group, outcome, strict=True))
    fair = [halves[(k + 1) % 2, g].argmax() == o for k, (g, o) in enumerate(zip(group, outcome, strict=True))]
    assert result.level_vote.held_out == sum(fair)
    assert result.level_vote.blind == counts.sum(axis=0).max()
    solved = counts[:, 0] > counts[:, 1:].sum(axis=1)
    assert result.solved_vote.hits == sum(solved[g] == (o == 0) for g, o in zip(group, outcome, strict=True))
    assert result.solved_vote.blind == 3000 - counts[:, 0].sum()


def test_signs_tell_much_of_the_end(result):
    """Other programs found 77 % against 42 % for the level, 91 % against 79 % for solved or not."""
    level, solved = result.level_vote, result.solved_vote
    assert level.held_out / 3000 == pytest.approx(0.775, abs=0.03)
    assert level.blind / 3000 == pytest.approx(0.41, abs=0.03)
    assert solved.held_out / 3000 == pytest.approx(0.91, abs=0.02)
    assert solved.blind / 3000 == pytest.approx(0.79, abs=0.03)
    assert level.held_out <= level.hits
    opposite = next(i for i, g in enumerate(result.groups) if ((1, -1, 1), (-1, 1, 1)) in g.patterns)
    assert result.counts[opposite, 0] >= 0.97 * result.counts[opposite].sum()


def test_where_nothing_is_solved_solved_or_not_is_no_question():
    net = xor.network(hidden=1)
    start = ls.glorot_starts(net, 60, rng=np.random.default_rng(1))
    result = ls.outcomes_by_signs(net, start, ls.outcomes(net, start, ls.Adam(1e-2), 300))
    assert result.solved_vote == (60, 60, 60)


def test_saved_and_loaded(result, tmp_path):
    ls.save(result, tmp_path / "signs.nc")
    again = ls.load(tmp_path / "signs.nc")
    assert (again.groups, again.levels, again.units_needed) == (result.groups, result.levels, 2)
    assert (again.level_vote, again.ceiling) == (result.level_vote, result.ceiling)


def test_bad_input(starts, found, result):
    moved = starts.copy()
    moved[5, 8] = 0.5
    with pytest.raises(ValueError, match="starts must have biases 0, as Keras' defaults do; start 5 has not"):
        ls.outcomes_by_signs(NET, moved, found)
    with pytest.raises(ValueError, match="found must hold the outcomes of these 10 starts on 4 levels; got 3000 on 4"):
        ls.outcomes_by_signs(NET, starts[:10], found)
    with pytest.raises(ValueError, match="of these 3000 starts on 5 levels; got 3000 on 4"):
        ls.outcomes_by_signs(xor.network(targets=[0, 0, 0, 1]), starts, found)
    with pytest.raises(ValueError, match=r"at most 65536 sign patterns to be listed; got 2\*\*18 \(6 hidden units"):
        ls.sign_groups(xor.network(hidden=6))
    with pytest.raises(ValueError, match="net must have at most 6 inputs to search for symmetries; got 7"):
        ls.sign_groups(ls.ReluNetwork(np.eye(7), np.ones(7), hidden=1))
    with pytest.raises(ValueError, match=r"net must have 2 inputs, or samples whose signs determine .*; got 3"):
        ls.sign_groups(ls.ReluNetwork([[1, 2, -1]], [1], hidden=1))
    fields = {name: getattr(result, name) for name in result.__dataclass_fields__}
    with pytest.raises(
        ValueError, match=r"halves must have shape \(2, n_group, n_outcome\) = \(2, 24, 4\); got \(2, 24, 5\)"
    ):
        ls.SignOutcomes(**(fields | {"counts": result.counts[:, :4]}))
