"""One-sided Hessians against random directions, differences and rationals; stability limits against real steps."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor
from landscape.analysis.curvature import one_sided_hessians, sharpness, stability_limit
from landscape.exact import activation_regions
from landscape.exact.rational import row_reduce

pytestmark = pytest.mark.slow

NET = xor.network()
AND = xor.network(targets=[0, 0, 0, 1])
THREE = xor.network(hidden=3)


def patterns_nearby(net, theta, count, rng):
    """Activation patterns of random points as close to theta as floats allow."""
    step = 1e-7 * max(1.0, np.abs(theta).max()) * rng.standard_normal((count, theta.size))
    return {p.tobytes() for p in net.preactivations(theta + step) > 0}


POINTS = {
    "textbook": (NET, xor.TEXTBOOK, 8),
    "smooth": (NET, np.array([1.0, -0.3, 0.4, 0.8, 0.1, -0.2, 1.0, -2.0, 0.3]), 1),
    "one kink": (NET, np.array([1.0, -0.3, 0.4, 0.8, 0.0, -0.2, 1.0, -2.0, 0.3]), 2),
    "a dead unit": (NET, np.array([-1.0, 1, -1, 1, -0.5, -1, 1, -2, 0.5]), 4),
    "v = 0": (NET, np.array([1.0, 1, 1, 1, 0, -1, 0, 0, 0.5]), 8),
    "a unit that is 0": (NET, np.array([0.0, 1, 0, 1, 0, -0.5, 1, 1, 0.5]), 14),
    "all 0": (NET, np.r_[np.zeros(8), 0.5], 14**2),
    "AND": (AND, np.array([1.0, 1, 1, 1, -1, -1, 1, 0, 0]), 16),
    "three units": (THREE, np.array([1.0, 1, -1, 1, 1, 1, 0, -1, 0, 1, -2, 1, 0]), 2 * 4 * 4),
}


@pytest.mark.parametrize("name", POINTS)
def test_cones_are_the_regions_that_random_points_nearby_lie_in(name):
    net, theta, count = POINTS[name]
    cones = one_sided_hessians(net, theta)
    found = {cone.active.tobytes() for cone in cones}
    assert len(found) == len(cones) == count
    assert found == patterns_nearby(net, theta, 100_000, np.random.default_rng(0))
    largest = [cone.eigenvalues[-1] for cone in cones]
    assert all(b >= a - 1e-8 * abs(a) for a, b in pairwise(largest))


@pytest.mark.parametrize("name", POINTS)
def test_hessians_are_the_limits_from_within(name):
    net, theta, _ = POINTS[name]
    rng = np.random.default_rng(1)
    inside = {}
    for step in 1e-6 * rng.standard_normal((20_000, theta.size)):
        inside.setdefault((net.preactivations(theta + step) > 0).tobytes(), theta + step)
    for cone in one_sided_hessians(net, theta)[:20]:
        np.testing.assert_allclose(cone.hessian, net.hessian(inside[cone.active.tobytes()]), atol=3e-4)
        np.testing.assert_array_equal(cone.hessian, cone.hessian.T)
        np.testing.assert_allclose(cone.eigenvalues, np.linalg.eigvalsh(cone.hessian), atol=1e-12)


def exact_hessian(theta, active):
    """Hessian of one polynomial piece at a point with loss 0 and rational entries: 2/m J^T J, J by Fractions."""
    w1, b1, w2 = [theta[:2], theta[2:4]], theta[4:6], theta[6:8]
    rows = []
    for i, x in enumerate(xor.X.astype(int).tolist()):
        z = [sum(x[k] * w1[k][u] for k in range(2)) + b1[u] for u in range(2)]
        on = [bool(active[i, u]) for u in range(2)]
        by_w1 = [w2[u] * x[k] * on[u] for k in range(2) for u in range(2)]
        rows.append([*by_w1, *(w2[u] * on[u] for u in range(2)), *(z[u] * on[u] for u in range(2)), 1])
    return [[Fraction(1, 2) * sum(r[a] * r[b] for r in rows) for b in range(9)] for a in range(9)]


def test_eight_cones_of_rank_four_at_the_textbook_optimum():
    theta = [Fraction(x) for x in xor.TEXTBOOK.tolist()]
    cones = one_sided_hessians(NET, xor.TEXTBOOK)
    assert len(cones) == 8
    for cone in cones:
        exact = exact_hessian(theta, cone.active)
        np.testing.assert_array_equal(cone.hessian, np.array(exact, dtype=float))
        assert len(row_reduce(exact)) == np.linalg.matrix_rank(cone.hessian, hermitian=True) == 4
        assert np.abs(cone.eigenvalues[:5]).max() < 1e-14
    assert cones[0].eigenvalues[-1] == pytest.approx(12.0, abs=0.1)
    assert cones[-1].eigenvalues[-1] == pytest.approx(19.4, abs=0.1)


def test_automatic_differentiation_sees_the_flattest_cone_at_the_textbook_optimum():
    seen = NET.hessian(xor.TEXTBOOK)
    same = [np.array_equal(cone.hessian, seen) for cone in one_sided_hessians(NET, xor.TEXTBOOK)]
    assert same == [True] + [False] * 7


@settings(max_examples=60)
@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]), min_size=9, max_size=9))
def test_one_cone_is_that_of_the_network_and_all_have_the_loss_to_second_order(entries):
    """Along any direction d the loss is L + t g.d + t^2/2 d.H d + O(t^3), with the H of the cone that d lies in."""
    theta = np.array(entries)
    cones = {cone.active.tobytes(): cone for cone in one_sided_hessians(NET, theta)}
    at = (NET.preactivations(theta) > 0).tobytes()
    np.testing.assert_array_equal(cones[at].hessian, NET.hessian(theta))
    d, t = np.random.default_rng(0).standard_normal(9), 1e-3
    cone = cones[(NET.preactivations(theta + 1e-7 * d) > 0).tobytes()]
    first, second, third = (float(NET.loss(theta + k * t * d)) for k in (1, 2, 3))
    if all(np.array_equal(NET.preactivations(theta + k * t * d) > 0, cone.active) for k in (1, 2, 3)):
        curvature = (2 * NET.loss(theta) - 5 * first + 4 * second - third) / t**2
        assert curvature == pytest.approx(d @ cone.hessian @ d, abs=0.05 * (1 + np.abs(cone.hessian).max()))


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_cones_do_not_depend_on_the_scale_of_a_unit(size):
    """(w, b, v) -> (a w, a b, v / a) leaves outputs and regions; the Hessian changes by the chain rule."""
    factor = np.array([size, 1, size, 1, size, 1, 1 / size, 1, 1])
    cones = {c.active.tobytes(): c for c in one_sided_hessians(NET, xor.TEXTBOOK)}
    scaled = one_sided_hessians(NET, factor * xor.TEXTBOOK)
    assert {c.active.tobytes() for c in scaled} == set(cones)
    for cone in scaled:
        back = factor[:, None] * cone.hessian * factor
        np.testing.assert_allclose(back, cones[cone.active.tobytes()].hessian, rtol=1e-9, atol=1e-12)
        assert cone.eigenvalues[-1] == pytest.approx(np.linalg.norm(cone.hessian, 2))


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_cones_at_every_scale_of_theta(size):
    for name in ("textbook", "a unit that is 0", "v = 0"):
        net, theta, count = POINTS[name]
        cones = one_sided_hessians(net, size * theta)
        assert {c.active.tobytes() for c in cones} == {c.active.tobytes() for c in one_sided_hessians(net, theta)}
        assert len(cones) == count


def test_off_a_kink_by_less_than_the_tolerance_counts_as_on_it():
    near = xor.TEXTBOOK + np.eye(9)[4] * 1e-12
    assert len(one_sided_hessians(NET, near)) == 8
    assert len(one_sided_hessians(NET, near, tolerance=0.0)) == 4


def test_cones_are_kept(tmp_path):
    cones = one_sided_hessians(NET, xor.TEXTBOOK)
    ls.save(cones, tmp_path / "cones.nc")
    for kept, cone in zip(ls.load(tmp_path / "cones.nc"), cones, strict=True):
        assert kept.active.dtype == bool
        for name in ("active", "hessian", "eigenvalues"):
            np.testing.assert_array_equal(getattr(kept, name), getattr(cone, name))
            assert not getattr(kept, name).flags.writeable


def test_tensorflow_sees_the_first_cone():
    tf = pytest.importorskip("tensorflow")
    x, y, theta = tf.constant(xor.X), tf.constant(xor.Y), tf.Variable(xor.TEXTBOOK)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            w1, b1, w2, b2 = tf.reshape(theta[:4], (2, 2)), theta[4:6], theta[6:8], theta[8]
            out = tf.linalg.matvec(tf.nn.relu(x @ w1 + b1), w2) + b2
            loss = tf.reduce_mean((out - y) ** 2)
        gradient = inner.gradient(loss, theta)
    seen = outer.jacobian(gradient, theta).numpy()
    np.testing.assert_allclose(seen, one_sided_hessians(NET, xor.TEXTBOOK)[0].hessian, atol=1e-14)


# -- stability ------------------------------------------------------------------------------------------


def grows(optimizer, curvature, *, squares=1.0, steps=4000):
    """Whether steps of ``optimizer`` on curvature x^2 / 2 run away while its mean square stays at ``squares``."""
    x = np.array([1.0])
    state = [np.zeros(1) for _ in range(optimizer.slots)]
    for s in {"Adam": state[1:], "RMSprop": state[:1]}.get(type(optimizer).__name__, []):
        s[:] = squares
    for _ in range(steps):
        optimizer.update(x, curvature * x, state, optimizer.learning_rate)
        if abs(x[0]) > 10:
            return True
    assert abs(x[0]) < 1
    return False


FROZEN = float(np.nextafter(1.0, 0.0))  # an average that does not move any more


@pytest.mark.parametrize(
    ("optimizer", "scale"),
    [
        (ls.SGD(0.01), 1.0),
        (ls.SGD(0.01, momentum=0.5), 1.0),
        (ls.SGD(1e-3, momentum=float(np.float32(0.9))), 1.0),
        (ls.RMSprop(0.01, rho=FROZEN, epsilon=1e-30), 0.5),
        (ls.RMSprop(0.01, rho=FROZEN, momentum=0.8, epsilon=1e-30), 0.5),
        (ls.Adam(1e-3, beta_2=FROZEN), 0.5 + 1e-7),
        (ls.Adam(1e-2, beta_1=0.5, beta_2=FROZEN), 0.5 + 1e-7),
        (ls.Adam(1e-2, beta_1=0.0, beta_2=FROZEN), 0.5 + 1e-7),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else "",
)
def test_steps_are_stable_just_below_the_limit_and_not_above(optimizer, scale):
    limit = stability_limit(optimizer)
    assert float(sharpness([[limit * scale]], [scale])) == pytest.approx(limit)
    assert not grows(optimizer, 0.99 * limit * scale, squares=0.25)
    assert grows(optimizer, 1.01 * limit * scale, squares=0.25)


def test_limits_in_words():
    assert stability_limit(0.1) == stability_limit(ls.SGD(0.1)) == 20.0
    assert stability_limit(ls.Adam(2e-3)) == pytest.approx(38 / 2e-3)


@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
def test_sharpness_is_that_of_the_preconditioned_matrix(shape):
    rng = np.random.default_rng(2)
    a = rng.standard_normal((*shape, 5, 5))
    hessian, scale = a + np.swapaxes(a, -1, -2), rng.uniform(0.1, 2.0, (*shape, 5))
    wanted = np.linalg.eigvals(hessian / scale[..., None]).real.max(axis=-1)
    assert sharpness(hessian, scale).shape == shape
    np.testing.assert_allclose(sharpness(hessian, scale), wanted)
    np.testing.assert_allclose(sharpness(hessian), np.linalg.eigvals(hessian).real.max(axis=-1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: one_sided_hessians(NET, np.zeros((2, 9))), ValueError, r"theta must have shape \(9,\)"),
        (lambda: one_sided_hessians(NET, np.full(9, 1e200)), ValueError, "small enough for a finite Hessian; got an"),
        (lambda: one_sided_hessians(NET, xor.TEXTBOOK, -1.0), ValueError, "tolerance must be at least 0"),
        (
            lambda: one_sided_hessians(xor.network(hidden=4), np.zeros(17)),
            ValueError,
            r"theta must touch at most 20000 activation regions; got 38416 \(16 kinks\)",
        ),
        (lambda: NET.hessian_in(xor.TEXTBOOK, [True]), ValueError, r"active must have shape \(4, 2\)"),
        (lambda: sharpness(np.zeros((2, 3))), ValueError, r"hessian must have shape \(..., n, n\); got \(2, 3\)"),
        (lambda: sharpness(np.eye(2), [1.0, 0.0]), ValueError, "scale must be above 0; got 0"),
        (lambda: sharpness(np.eye(2), [1.0]), ValueError, r"scale must have shape \(..., 2\)"),
        (lambda: stability_limit(0.0), ValueError, "learning_rate must be above 0"),
        (lambda: stability_limit("Adam"), TypeError, "optimizer must be Adam, SGD, RMSprop or a learning rate"),
        (
            lambda: ls.Cone(active=np.ones((4, 2)), hessian=np.eye(3), eigenvalues=np.ones(4)),
            ValueError,
            r"eigenvalues must have shape \(n_eigenvalue,\) = \(3,\); got \(4,\)",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_patterns_of_kinks_are_found_for_many_samples():
    """A unit with kinks at collinear samples: only the patterns that a hinge through the line allows."""
    net = xor.network(inputs=[[0, 0], [1, 1], [2, 2], [0, 1]], targets=[0, 1, 0, 1], hidden=1)
    theta = [1, -1, 0, 1, 0]
    assert activation_regions.kinks(net, theta) == [(0, 0), (0, 1), (0, 2)]
    assert len(one_sided_hessians(net, theta)) == 6


@pytest.mark.parametrize("name", POINTS)
def test_one_sided_curvatures_are_second_differences_on_either_side(name):
    """On either side the loss is smooth, and its gradient is exact."""
    net, theta, _ = POINTS[name]
    rng = np.random.default_rng(20)
    for _ in range(5):
        d = rng.standard_normal(theta.size)
        found = ls.one_sided_curvatures(net, theta, d)
        for curvature, side in zip(found, (-d, d), strict=True):
            near, far = (net.gradient(theta + step * side) @ side for step in (1e-6, 2e-6))
            assert curvature == pytest.approx((far - near) / 1e-6 / (d @ d), rel=1e-3, abs=1e-4)
        assert ls.one_sided_curvatures(net, theta, -3 * d) == pytest.approx(found[::-1], rel=1e-12)


def test_where_the_loss_is_smooth_both_sides_are_those_of_the_hessian():
    net, theta, _ = POINTS["smooth"]
    d = np.arange(1.0, 10.0)
    expected = float(d @ net.hessian(theta) @ d / (d @ d))
    assert ls.one_sided_curvatures(net, theta, d) == pytest.approx((expected, expected), rel=1e-12)
    with pytest.raises(ValueError, match="direction must not be the zero vector"):
        ls.one_sided_curvatures(net, theta, np.zeros(9))
