"""What kind of point a theta is: traps, saddles, kinks, solutions and slopes, at every scale and for other data."""

import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from places import VECTORS

import landscape as ls
from landscape import xor
from landscape.analysis.curvature import gradients_in
from landscape.exact.activation_regions import patterns_around, unit_patterns
from landscape.exact.cell_graph import cell_graph
from landscape.training.trapped import POINT_TOLERANCE, relative_gradient

pytestmark = pytest.mark.slow

NET = xor.network()
SQUARE = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
TRAPS = [(np.array([float(Fraction(str(x))) for x in c["theta"]]), c["loss"]) for c in VECTORS["C05"]["cases"]]
CORNERS = np.array([1.0, -1, -1, 1, 0, 0, 1, 1, 0])  # each unit owns one corner
DEAD = np.array([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
ALL_ZERO = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.5])
FLAT_SADDLE = np.array([0, 0, 1, 1, -0.5, -0.5, 0, 0, 0.5])  # v = 0; each unit is on 01 and 11 alike
HELD_BY_A_KINK = np.array([1, -1, 1, -1, 0, 2, 1, 1, -1.5])  # outputs x1 + x2 + (2 - x1 - x2) - 3/2


def near(theta, size, count=4000):
    return theta + size * np.random.default_rng(3).standard_normal((count, theta.size))


def slope(theta):
    return relative_gradient(NET.residuals(theta), NET.jacobian(theta))


def kind(report):
    return report.level, report.is_local_minimum, report.is_trapped


@pytest.mark.parametrize(("theta", "value"), TRAPS, ids=[v for _, v in TRAPS])
def test_known_traps_and_nothing_nearby_is_better(theta, value):
    report = ls.describe(NET, theta)
    assert kind(report) == (Fraction(value), True, True)
    assert report.verdict == f"trapped: a local minimum, level {value}"
    assert report.loss == pytest.approx(float(Fraction(value)))
    assert NET.loss(near(theta, 1e-4)).min() >= report.loss - 1e-15


def test_the_textbook_optimum():
    report = ls.describe(NET, xor.TEXTBOOK)
    assert kind(report) == (0, True, False)
    assert report.kinks == [(0, 0), (1, 1), (1, 2)]
    assert report.outputs.tolist() == [0, 1, 1, 0]
    assert report.classes.tolist() == [0, 1, 1, 0]
    assert report.correct.all()
    assert report.pattern.T.tolist() == [[False, True, True, True], [False, False, False, True]]
    assert report.roles == "+ on 3 of 4, - on 1 of 4"
    assert report.family == "+-"
    assert report.leaf == ls.merge_tree(NET).solution("theta", xor.TEXTBOOK)
    assert report.distance_to_zero == 0
    assert len(report.cones) == 8
    assert not report.one_sided_gradients.any()
    assert not report.gradient.any()


@pytest.mark.parametrize("theta", [ALL_ZERO, FLAT_SADDLE], ids=["all weights 0", "v = 0"])
def test_trapped_where_there_is_a_way_down(theta):
    report = ls.describe(NET, theta)
    assert report.is_trapped
    assert not report.is_local_minimum
    assert not report.gradient.any()
    assert NET.loss(near(theta, 0.05)).min() < report.loss - 1e-6
    assert report.saddle == Fraction(1, 4)
    assert "there is a way down (a saddle of value 1/4)" in str(report)
    assert json.loads(report.to_json())["saddle"] == "1/4"


def test_saddles_are_named_by_their_value():
    corner = ls.describe(NET, [-1, 0, 1, 0, -0.5, 1, 4 / 3, 0, 1 / 3])  # 01 is fitted; unit 2 is on, and nobody listens
    assert kind(corner) == (None, False, True)
    assert corner.saddle == Fraction(1, 6)
    assert ls.describe(NET, DEAD).saddle is None
    assert ls.describe(NET, xor.TEXTBOOK).saddle is None
    hidden = xor.network(hidden=1, inputs=[[0], [1], [2], [3]], targets=[0, 2, 2, 3])
    report = ls.describe(hidden, [1, -1, 1, 1])  # a kink hides the way down
    assert (report.level, report.is_trapped, report.saddle) == (None, True, Fraction(1, 2))


def test_a_saddle_is_on_no_level_but_the_boundary_of_minima_is():
    assert ls.describe(NET, FLAT_SADDLE).level is None
    assert ls.describe(NET, ALL_ZERO).level == Fraction(1, 4)
    shut = ALL_ZERO.copy()
    shut[4:6] = -1e-3  # the same outputs from units that are off: minima arbitrarily close
    assert kind(ls.describe(NET, shut)) == (Fraction(1, 4), True, True)


def test_a_minimum_at_a_kink_that_the_usual_gradient_does_not_see():
    report = ls.describe(NET, HELD_BY_A_KINK)
    assert kind(report) == (Fraction(1, 4), True, False)
    assert NET.loss(near(HELD_BY_A_KINK, 1e-3)).min() >= 0.25 - 1e-15
    assert np.abs(report.gradient).max() > 0.1
    assert np.linalg.norm(report.one_sided_gradients, axis=1).min() < 1e-15
    assert report.verdict == "a local minimum, level 1/4, at a kink with slopes on its sides"


def test_the_right_loss_is_not_enough():
    moving = xor.TEXTBOOK + 0.5 * np.eye(9)[8]
    assert NET.loss(moving) == 0.25
    assert kind(ls.describe(NET, moving)) == (None, False, False)
    assert (ls.describe(NET, moving).roles, ls.describe(NET, moving).leaf) == (None, None)
    for theta, value in TRAPS:
        if value != "1/4":
            shifted = theta + 1e-3 * np.ones(9)
            assert kind(ls.describe(NET, shifted)) == (None, False, False)


@pytest.mark.parametrize(("theta", "value"), TRAPS, ids=[v for _, v in TRAPS])
def test_the_tolerance_is_what_it_says(theta, value):
    """Along b2 the outputs leave the level by the step itself, in standard deviations of the targets, 1/2."""
    b2 = np.eye(9)[8]
    assert ls.describe(NET, theta + 0.9 * POINT_TOLERANCE / 2 * b2).level == Fraction(value)
    assert ls.describe(NET, theta + 1.1 * POINT_TOLERANCE / 2 * b2).level is None
    assert ls.describe(NET, theta + 0.004 * b2, tolerance=1e-2).level == Fraction(value)


@pytest.fixture
def no_search(monkeypatch):
    """Leave out the nearest zero, the one answer that rescaling a unit does change."""

    def found(net, theta, **_):
        return ls.NearestZero(theta=theta[None], distance=[0.0], lower_bound=[0.0], boxes=[0])

    monkeypatch.setattr("landscape.exact.nearest_zero.search_nearest_zero", found)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("unit", [0, 1])
def test_rescaling_a_unit_changes_no_answer(no_search, size, unit):
    points = [t for t, _ in TRAPS] + [DEAD, ALL_ZERO, FLAT_SADDLE, HELD_BY_A_KINK, xor.TEXTBOOK, xor.offset_start(0.1)]
    for theta in points:
        scaled = theta.copy()
        scaled[[unit, 2 + unit, 4 + unit]] *= size
        scaled[6 + unit] /= size
        one, other = ls.describe(NET, theta), ls.describe(NET, scaled)
        assert kind(one) == kind(other)
        assert one.kinks == other.kinks
        assert (one.roles, one.leaf, one.family) == (other.roles, other.leaf, other.family)
        np.testing.assert_array_equal(one.cones, other.cones)
        assert slope(scaled) == pytest.approx(slope(theta), abs=1e-12)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_huge_and_tiny_points_are_on_slopes(size):
    for theta in (xor.TEXTBOOK, np.ones(9), np.random.default_rng(1).standard_normal(9)):
        report = ls.describe(NET, size * theta)
        assert kind(report) == (None, False, False)
        assert NET.loss(report.nearest_zero) ** 0.5 <= 1e-14 * max(size, 1.0) ** 2  # rounding of products of weights
        away = np.linalg.norm(report.nearest_zero - size * theta)
        assert report.distance_to_zero == pytest.approx(away)
        assert 0 <= report.distance_lower_bound <= report.distance_to_zero
    dead = DEAD.copy()
    dead[:8] *= size
    assert kind(ls.describe(NET, dead)) == (Fraction(1, 4), True, True)


def test_swapping_the_units_changes_nothing_but_their_order():
    swap = [1, 0, 3, 2, 5, 4, 7, 6, 8]
    for theta, _ in TRAPS:
        one, other = ls.describe(NET, theta), ls.describe(NET, theta[swap])
        assert kind(one) == kind(other)
        assert (one.roles, one.family) == (other.roles, other.family)
        np.testing.assert_array_equal(one.gradient[swap], other.gradient)
        assert one.distance_to_zero == pytest.approx(other.distance_to_zero)


def test_one_sided_gradients_are_limits_from_within_the_cones():
    theta = np.array([1.0, -1, -1, 1, 0, 0.5, 1, 2, 0.25])  # unit 1 has kinks on 00 and 11
    report = ls.describe(NET, theta)
    assert len(report.cones) == 4
    found = set()
    for point in near(theta, 1e-9, 200):
        where = [i for i, cone in enumerate(report.cones) if (cone == ls.pattern(NET, point)).all()]
        assert len(where) == 1
        np.testing.assert_allclose(NET.gradient(point), report.one_sided_gradients[where[0]], atol=1e-7)
        found.add(where[0])
    assert found == set(range(4))


def test_away_from_kinks_the_one_sided_gradient_is_the_gradient():
    for theta in near(np.zeros(9), 1.0, 50):
        active = ls.pattern(NET, theta)[None]
        np.testing.assert_array_equal(patterns_around(NET, theta), active)
        np.testing.assert_allclose(
            gradients_in(NET, NET.forward(theta), active)[0], NET.gradient(theta), rtol=1e-12, atol=1e-14
        )


def test_every_pattern_meets_where_all_weights_are_zero():
    cones = patterns_around(NET, ALL_ZERO)
    every = unit_patterns(NET.inputs)
    assert len(cones) == len(every) ** 2
    assert {cone[:, 1].tobytes() for cone in cones} == {p.tobytes() for p in every}


def test_nearest_zero_and_its_distance():
    report = ls.describe(NET, DEAD)
    assert NET.loss(report.nearest_zero) < 1e-24
    assert np.linalg.norm(report.nearest_zero - DEAD) == pytest.approx(report.distance_to_zero)
    tried = DEAD + report.distance_to_zero * 0.99 * (v := near(np.zeros(9), 1.0)) / np.linalg.norm(v, axis=1)[:, None]
    assert NET.loss(tried).min() > 1e-6
    assert report.distance_lower_bound == pytest.approx(report.distance_to_zero)


def test_relative_gradient_is_a_cosine():
    theta = near(np.zeros(9), 1.0, 1)[0]
    step = np.array([NET.predict(theta + 1e-6 * e) - NET.predict(theta - 1e-6 * e) for e in np.eye(9)])
    r = NET.predict(theta) - NET.targets
    moving = np.linalg.norm(step, axis=1) > 0
    cosines = step[moving] @ r / np.linalg.norm(step[moving], axis=1) / np.linalg.norm(r)
    assert slope(theta) == pytest.approx(np.abs(cosines).max(), rel=1e-6)
    assert slope(xor.TEXTBOOK) == 0


def test_roles_come_from_the_signs_and_patterns():
    assert ls.describe(NET, CORNERS).roles == "+ on 1 of 4, + on 1 of 4"
    assert ls.describe(NET, DEAD).roles == "off, off"
    half = DEAD.copy()
    half[[0, 2, 4, 6]] = [1, 1, -0.5, 0]  # on three samples, and unheard
    assert ls.describe(NET, half).level is None


def test_the_family_is_that_of_the_component(no_search):
    """Along a path of solutions roles change and the family does not; traps belong to no family of solutions."""
    rng, tree = np.random.default_rng(6), ls.merge_tree(NET)
    roles = {}
    for k, leaf in enumerate(tree.leaves):
        start = tree.example(k)
        path = ls.lowest_pass(NET, start, ls.scaling_orbit(NET, start, 0, 2.0))
        others = [cell_graph(NET).lowest_theta(cell_graph(NET).cells[n]) for n in rng.permutation(leaf.cells)[:3]]
        for theta in [*path.theta[:4], *others]:
            report = ls.describe(NET, theta)
            assert (report.leaf, report.family) == (k, leaf.family)
            roles.setdefault(k, set()).add(report.roles)
    assert Counter(leaf.family for leaf in tree.leaves) == {"+-": 8, "++": 2, "--": 2}
    assert max(map(len, roles.values())) > 1
    assert all(ls.describe(NET, theta).leaf is None for theta, value in TRAPS if value != "0")


@pytest.mark.parametrize("size", [1e-15, 1e-11, 1e-8])
def test_the_family_of_solutions_beside_a_kink(no_search, size):
    for theta, family in ((xor.TEXTBOOK, "+-"), (CORNERS, "++")):
        leaf = ls.describe(NET, theta).leaf
        for point in near(theta, size, 5):
            report = ls.describe(NET, point)
            assert (report.level, report.leaf, report.family) == (0, leaf, family)


def test_runs_end_on_the_level_that_is_reported():
    runs = ls.train(NET, ls.glorot_starts(NET, 40, rng=np.random.default_rng(2)), ls.Adam(1e-2), 3000)
    reports = [ls.describe(NET, theta) for theta in runs.end]
    known = [r for r in reports if r.level is not None]
    assert len(known) > 35
    assert len({r.level for r in known}) > 2
    for report in known:
        assert report.loss == pytest.approx(float(report.level), abs=1e-6)
        assert report.is_trapped == (report.level > 0)


def test_keras_finds_gradient_zero_on_traps_and_agrees_elsewhere():
    import keras

    from landscape.keras_objective import KerasObjective

    model = keras.Sequential(
        [
            keras.layers.Input((2,), dtype="float64"),
            keras.layers.Dense(2, activation="relu", dtype="float64"),
            keras.layers.Dense(1, dtype="float64"),
        ]
    )
    referee = KerasObjective(model, xor.X, xor.Y[:, None])
    thirds = [theta for theta, value in TRAPS if value == "1/6"]  # no float is 1/3
    for theta in thirds:
        assert np.abs(referee.gradient(theta)).max() < 1e-15
    exact = [theta for theta, value in TRAPS if value != "1/6"]
    assert len(exact) >= 2
    for theta in [*exact, DEAD, ALL_ZERO, FLAT_SADDLE]:
        assert not referee.gradient(theta).any()
    for theta in [*thirds, *exact, DEAD, ALL_ZERO, FLAT_SADDLE]:
        assert ls.describe(NET, theta).is_trapped
    for theta in (HELD_BY_A_KINK, xor.offset_start(1e-2)):
        np.testing.assert_allclose(referee.gradient(theta), ls.describe(NET, theta).gradient, atol=1e-12)
