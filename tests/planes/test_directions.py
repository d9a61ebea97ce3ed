"""Random, filter-normalized, orthogonal, principal directions: norms, angles, invariances, frozen entries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import landscape as ls
from landscape import xor
from landscape.networks.objective import Filter
from landscape.planes.filter_normalization import BIAS_RULES

NET = xor.network()
QUICK = settings(max_examples=60)
COLUMNS = {"unit 0": [0, 2], "unit 1": [1, 3], "output": [6, 7]}
BIAS_OF = {"unit 0": 4, "unit 1": 5, "output": 8}
vectors = arrays(np.float64, 9, elements=st.floats(0.01, 3) | st.floats(-3, -0.01))
factors = st.floats(1e-6, 1e6) | st.sampled_from([1e-300, 1e-160, 1e160, 1e300])


def pairs(count, *, seed, normalize=None):
    """Return ``count`` pairs of random directions, shape (count, 2, 9)."""
    drawn = np.random.default_rng(seed).normal(size=(count, 2, 9))
    if normalize is None:
        return drawn
    return np.array([[ls.filter_normalize(d, xor.TEXTBOOK, NET, normalize) for d in two] for two in drawn])


def cosines(two):
    return np.einsum("kn,kn->k", two[:, 0], two[:, 1]) / np.prod(np.linalg.norm(two, axis=2), axis=1)


def test_random_direction_is_standard_normal_and_comes_from_rng_alone():
    np.random.seed(0)  # noqa: NPY002 - the global state must not matter
    first = ls.random_direction(NET, rng=np.random.default_rng(5))
    again = ls.random_direction(NET, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(first, again)
    assert ls.random_direction(xor.network(3), rng=np.random.default_rng(5)).shape == (13,)
    rng = np.random.default_rng(6)
    many = np.array([ls.random_direction(NET, rng=rng) for _ in range(4000)])
    # 36 000 numbers: standard errors 0.005 of the mean and 0.004 of the deviation; 5 of each.
    assert abs(many.mean()) < 0.027
    assert abs(many.std() - 1) < 0.02
    assert abs((np.abs(many) < 1).mean() - 0.6827) < 0.013


def test_random_directions_in_nine_dimensions_are_not_nearly_orthogonal():
    # E|cos| = Gamma(9/2) / (sqrt(pi) Gamma(5)) = 35/128; deviation of |cos| about 0.2, so 0.003 here.
    assert np.abs(cosines(pairs(5000, seed=1))).mean() == pytest.approx(35 / 128, abs=0.012)


@pytest.mark.parametrize(("bias", "mean"), [("joint", 0.29), ("ignore", 0.38)])
def test_filter_normalized_directions_are_even_less_orthogonal(bias, mean):
    assert np.abs(cosines(pairs(1500, seed=2, normalize=bias))).mean() == pytest.approx(mean, abs=0.02)


@QUICK
@given(vectors, vectors)
def test_every_filter_gets_the_norm_of_the_reference(direction, reference):
    norm = np.linalg.norm
    results = {bias: ls.filter_normalize(direction, reference, NET, bias) for bias in BIAS_RULES}
    for unit, columns in COLUMNS.items():
        joint = [*columns, BIAS_OF[unit]]
        assert norm(results["joint"][joint]) == pytest.approx(norm(reference[joint]), rel=1e-12)
        for bias in ("ignore", "copy", "separate"):
            assert norm(results[bias][columns]) == pytest.approx(norm(reference[columns]), rel=1e-12)
    biases = list(BIAS_OF.values())
    np.testing.assert_array_equal(results["ignore"][biases], 0)
    np.testing.assert_array_equal(results["copy"][biases], reference[biases])
    assert norm(results["separate"][4:6]) == pytest.approx(norm(reference[4:6]), rel=1e-12)
    assert abs(results["separate"][8]) == pytest.approx(abs(reference[8]), rel=1e-12)


@QUICK
@given(vectors, vectors, st.lists(factors, min_size=3, max_size=3))
def test_joint_normalization_forgets_the_length_of_every_filter(direction, reference, scales):
    stretched = direction.copy()
    for scale, (unit, columns) in zip(scales, COLUMNS.items(), strict=True):
        stretched[[*columns, BIAS_OF[unit]]] *= scale
    np.testing.assert_allclose(
        ls.filter_normalize(stretched, reference, NET), ls.filter_normalize(direction, reference, NET), rtol=1e-12
    )


@QUICK
@given(vectors, vectors, factors, st.sampled_from(BIAS_RULES))
def test_normalization_scales_with_the_reference_only_and_keeps_orientation(direction, reference, factor, bias):
    result = ls.filter_normalize(direction, reference, NET, bias)
    np.testing.assert_allclose(ls.filter_normalize(factor * direction, reference, NET, bias), result, rtol=1e-12)
    np.testing.assert_allclose(
        ls.filter_normalize(direction, factor * reference, NET, bias), factor * result, rtol=1e-12
    )
    np.testing.assert_allclose(ls.filter_normalize(result, reference, NET, bias), result, rtol=1e-12)
    moved = (0, 1, 2, 3, 6, 7) if bias in {"ignore", "copy"} else range(9)
    assert all(result[i] * direction[i] > 0 for i in moved)


def test_norms_at_the_textbook_point():
    joint = pairs(20, seed=3, normalize="joint")
    for columns, unit in ((COLUMNS[u], u) for u in COLUMNS):
        wanted = {"unit 0": 2, "unit 1": 3, "output": 5}[unit]
        np.testing.assert_allclose((joint[..., [*columns, BIAS_OF[unit]]] ** 2).sum(-1), wanted, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(joint, axis=-1), np.sqrt(10), rtol=1e-12)
    assert (joint != 0).all()
    ignoring = pairs(20, seed=3, normalize="ignore")
    np.testing.assert_allclose(np.linalg.norm(ignoring, axis=-1), 3, rtol=1e-12)
    for columns, wanted in (([0, 2], 2), ([1, 3], 2), ([6, 7], 5)):
        np.testing.assert_allclose((ignoring[..., columns] ** 2).sum(-1), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("bias", "frozen"),
    [("joint", ""), ("ignore", "b1[0] b1[1] b2[0]"), ("copy", "b1[0] b2[0]"), ("separate", "b2[0]")],
)
def test_frozen_parameters_at_the_textbook_point_are_reported(bias, frozen):
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(4), bias=bias)
    assert [n for n, f in zip(NET.parameter_names, plane.frozen, strict=True) if f] == frozen.split()


def test_a_filter_that_is_zero_in_the_reference_stays_frozen():
    reference = np.array([0, 1, 0, 1, 0, -1, 1, -2, 0.0])  # unit 0 is all zero
    result = ls.filter_normalize(np.ones(9), reference, NET)
    np.testing.assert_array_equal(result == 0, [1, 0, 1, 0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize("bias", BIAS_RULES)
def test_a_filter_that_is_zero_in_the_direction_is_refused_by_name(bias):
    direction = np.ones(9)
    direction[[1, 3, 5]] = 0
    with pytest.raises(ValueError, match=r"filter \(W1\[0,1\], W1\[1,1\](, b1\[1\])?\); got zeros, draw another"):
        ls.filter_normalize(direction, xor.TEXTBOOK, NET, bias)


def test_a_layer_without_bias_and_a_filter_without_kernel_are_normalized_too():
    class Net:
        n_parameters = 4
        parameter_names = ("k0", "k1", "gain", "shift")
        filters = (Filter("dense", (0, 1), None), Filter("norm", (), 2), Filter("norm", (), 3))

    reference, direction = np.array([3.0, 4.0, 0.5, 2.0]), np.ones(4)
    dense = [5 / np.sqrt(2)] * 2
    for bias, rest in {
        "joint": [0.5, 2.0],
        "ignore": [0.0, 0.0],
        "copy": [0.5, 2.0],
        "separate": [np.sqrt(4.25 / 2)] * 2,
    }.items():
        np.testing.assert_allclose(ls.filter_normalize(direction, reference, Net(), bias), [*dense, *rest], rtol=1e-14)


def rescale(theta, factors_):
    """Rescale unit u by factors_[u], which leaves the network's function as it is."""
    a = np.asarray(factors_)
    return np.concatenate([(theta[:4].reshape(2, 2) * a).ravel(), theta[4:6] * a, theta[6:8] / a, theta[8:]])


@pytest.mark.parametrize("bias", BIAS_RULES)
def test_profiles_survive_a_common_rescaling_of_the_units_except_under_joint(bias):
    rng = np.random.default_rng(8)
    alpha = np.linspace(-1, 1, 21)
    same, one_unit = [], []
    for _ in range(10):
        direction = rng.normal(size=9)

        def profile(theta, direction=direction):
            step = ls.filter_normalize(direction, theta, NET, bias)
            return ls.evaluate_line(NET, theta, step, alpha).loss

        usual = profile(xor.TEXTBOOK)
        same.append(np.allclose(profile(rescale(xor.TEXTBOOK, (4, 4))), usual, rtol=1e-9, atol=1e-12))
        one_unit.append(np.allclose(profile(rescale(xor.TEXTBOOK, (4, 1))), usual, rtol=1e-9, atol=1e-12))
    assert all(same) if bias != "joint" else not any(same)
    assert not any(one_unit)


@QUICK
@given(vectors, vectors, factors, factors)
def test_orthogonalize_is_orthogonal_keeps_length_and_stays_in_the_plane(a, b, stretch_a, stretch_b):
    assume(abs(_cos(a, b)) < 1 - 1e-6)
    result = ls.orthogonalize(stretch_a * a, stretch_b * b) / stretch_a
    assert _cos(result, b) == pytest.approx(0, abs=1e-15 * 9)
    assert np.linalg.norm(result) == pytest.approx(np.linalg.norm(a), rel=1e-12)
    assert ls.Plane(np.zeros(9), a, b).residual(result) <= 1e-9 * np.linalg.norm(a) / (1 - abs(_cos(a, b)))
    assert result @ a > 0


def _cos(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def test_orthogonalize_reaches_rounding_level_even_for_almost_parallel_directions():
    rng = np.random.default_rng(9)
    for _ in range(50):
        a, b = rng.normal(size=(2, 9))
        assert abs(_cos(ls.orthogonalize(a + 1e-5 * b, a), a)) < 1e-15


def test_direction_between_reaches_the_end_at_one():
    start, end = np.random.default_rng(10).normal(size=(2, 9))
    np.testing.assert_allclose(start + ls.direction_between(start, end), end, rtol=1e-15)


def test_coordinate_directions_move_what_they_name():
    for i, name in enumerate(NET.parameter_names):
        np.testing.assert_array_equal(ls.coordinate_direction(NET, name), np.eye(9)[i])
    both = ls.coordinate_direction(NET, "b1[0]", "b2[0]")
    np.testing.assert_array_equal(np.flatnonzero(both), [4, 8])
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
    np.testing.assert_array_equal(plane.point(0.5, -2.0) - xor.TEXTBOOK, [0, 0, 0, 0, 0.5, -2, 0, 0, 0])
    assert plane.settings["directions"] == "b1[0], b1[1]"
    assert plane.is_conformal


def test_random_plane_draws_two_directions_from_one_generator():
    rng = np.random.default_rng(11)
    raw = [rng.normal(size=9) for _ in range(2)]
    plain = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(11), normalize=False)
    np.testing.assert_array_equal([plain.d1, plain.d2], raw)
    normalized = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(11))
    np.testing.assert_array_equal(normalized.d1, ls.filter_normalize(raw[0], xor.TEXTBOOK, NET))
    np.testing.assert_array_equal(normalized.d2, ls.filter_normalize(raw[1], xor.TEXTBOOK, NET))
    upright = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(11), orthogonal=True)
    np.testing.assert_array_equal(upright.d1, normalized.d1)
    assert upright.is_conformal  # both have norm sqrt(10)
    assert not normalized.is_conformal
    np.testing.assert_array_equal(upright.origin, xor.TEXTBOOK)


def test_random_plane_remembers_how_it_was_made():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(12), bias="separate", orthogonal=True)
    assert dict(plane.settings) == {
        "directions": "filter-normalized",
        "orthogonal": True,
        "bias": "separate",
        "seed": 12,
    }
    assert ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(), normalize=False).settings["seed"] != "None"
    (child,) = np.random.SeedSequence(12).spawn(1)
    spawned = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(child), normalize=False)
    assert (spawned.settings["seed"], spawned.settings["spawn_key"]) == (12, "(0,)")
    assert "bias" not in spawned.settings


def test_principal_plane_finds_the_directions_of_largest_spread():
    rng = np.random.default_rng(13)
    basis = np.linalg.qr(rng.normal(size=(9, 9)))[0]
    spread = np.array([5.0, 2.0, 0.3, 0.1, 0, 0, 0, 0, 0])
    points = 7 + (rng.normal(size=(3, 400, 9)) * spread) @ basis.T
    plane = ls.principal_plane(points, origin=xor.TEXTBOOK)
    assert abs(plane.d1 @ basis[:, 0]) > 0.999
    assert abs(plane.d2 @ basis[:, 1]) > 0.99
    assert plane.norms == pytest.approx((1, 1), rel=1e-14)
    assert plane.cosine == pytest.approx(0, abs=1e-14)
    assert plane.d1[np.abs(plane.d1).argmax()] > 0
    assert plane.d2[np.abs(plane.d2).argmax()] > 0
    flat = points.reshape(-1, 9) - points.reshape(-1, 9).mean(axis=0)
    total = (flat**2).sum()
    for axis, key in ((plane.d1, "share_1"), (plane.d2, "share_2")):
        assert plane.settings[key] == pytest.approx(((flat @ axis) ** 2).sum() / total, rel=1e-12)


def test_principal_plane_of_a_planar_path_contains_it():
    a, b, centre = np.random.default_rng(14).normal(size=(3, 9))
    t = np.linspace(0, 3, 50)[:, None]
    path = centre + np.cos(t) * a + t * b
    plane = ls.principal_plane(path, origin=path[-1])
    np.testing.assert_allclose(plane.residual(path), 0, atol=1e-12)
    assert plane.settings["share_1"] + plane.settings["share_2"] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("points", [np.zeros((5, 9)), np.arange(5)[:, None] * np.ones(9), np.ones((1, 9))])
def test_points_on_one_line_have_no_principal_plane(points):
    with pytest.raises(ValueError, match=r"must not lie on one line; got singular values \[.*use more points"):
        ls.principal_plane(points, origin=xor.TEXTBOOK)
