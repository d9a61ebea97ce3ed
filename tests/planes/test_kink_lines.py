"""Kink lines of a plane against the signs of pre-activations on both sides of them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor

NET = xor.network()
OTHER = xor.network(hidden=3, inputs=[[0.3, -2], [1, 1], [4, 0], [0, 0], [1, 1]], targets=[0, 1, 2, 0, 1])


def sides(net, lines, alpha, beta):
    """What the segments say of every point of a grid: for each (unit, sample) the side it lies on, 0 on the line."""
    a, b = np.meshgrid(alpha, beta)
    found = np.zeros((net.hidden, net.n_samples, *a.shape))
    for u, i, ((a0, b0), (a1, b1)) in zip(lines.unit, lines.sample, lines.segments, strict=True):
        found[u, i] = (a1 - a0) * (b - b0) - (b1 - b0) * (a - a0)
    return found


def check(net, plane, alpha_range, beta_range):
    """Each pre-activation changes sign across its segment and nowhere else."""
    lines = ls.kink_lines(net, plane, alpha_range, beta_range)
    alpha, beta = (np.linspace(r[0], r[-1], 42) for r in (alpha_range, beta_range))
    z = net.preactivations(plane.point(alpha, beta[:, None]))
    side = sides(net, lines, alpha, beta)
    pairs = set(zip(lines.unit.tolist(), lines.sample.tolist(), strict=True))
    zero = set(map(tuple, lines.everywhere.tolist()))
    assert not pairs & zero
    for u in range(net.hidden):
        for i in range(net.n_samples):
            own = z[..., i, u]
            tiny = 1e-9 * (1 + np.abs(own).max())
            if (u, i) in zero:
                assert np.abs(own).max() <= tiny
                continue
            signs = np.sign(np.where(np.abs(own) <= tiny, 0, own))
            if (u, i) in pairs:
                away = np.abs(side[u, i]) > 1e-9 * np.abs(side[u, i]).max()
                product = (signs * np.sign(side[u, i]))[away & (signs != 0)]
                assert product.size
                assert len(set(product.tolist())) == 1
            else:
                assert not {-1.0, 1.0} <= set(signs.ravel().tolist())
    for u, i, ends in zip(lines.unit, lines.sample, lines.segments, strict=True):
        on = net.preactivations(plane.point(*ends.T))[:, i, u]
        np.testing.assert_allclose(on, 0, atol=1e-14 * (1 + np.abs(z).max()))
        for a, b in ends:
            assert a in lines.alpha or b in lines.beta
            assert lines.alpha[0] <= a <= lines.alpha[1]
            assert lines.beta[0] <= b <= lines.beta[1]
    return lines


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("net", [NET, OTHER], ids=["xor", "other"])
def test_lines_part_the_signs_of_the_preactivations(net, seed):
    rng = np.random.default_rng(seed)
    plane = ls.Plane(*rng.standard_normal((3, net.n_parameters)))
    assert len(check(net, plane, [-2, 2], [-1.5, 3]).unit) > 0
    check(net, plane, [-2e-3, 1e-3], [50, 90])
    check(net, plane, [-1e6, 1e6], [-1e6, 1e6])


@settings(max_examples=60)
@given(st.lists(st.integers(-2, 2), min_size=18, max_size=18))
def test_lines_of_planes_with_small_whole_numbers(entries):
    """Here lines run along edges, through corners and coincide, and pre-activations are constant."""
    d1, d2 = np.array(entries[:9]), np.array(entries[9:])
    if np.linalg.matrix_rank([d1, d2]) < 2:
        return
    check(NET, ls.Plane(xor.TEXTBOOK, d1, d2), [-1, 1], [-1, 1])


def test_three_lines_meet_at_the_textbook_optimum():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
    lines = ls.kink_lines(NET, plane, [-0.1, 0.1], [-0.1, 0.1])
    assert list(zip(lines.unit, lines.sample, strict=True)) == ls.kinks(NET, xor.TEXTBOOK)
    for (a0, b0), (a1, b1) in lines.segments:
        assert a0 * b1 - a1 * b0 == pytest.approx(0, abs=1e-16)
    assert lines.everywhere.shape == (0, 2)


def test_lines_follow_the_data():
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
    moved = xor.network(inputs=xor.X + 10)
    assert len(ls.kink_lines(moved, plane, [-0.1, 0.1], [-0.1, 0.1]).unit) == 0


def test_a_unit_that_does_not_move_has_no_lines():
    lines = check(NET, ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "W2[1,0]"), [-3, 3], [-3, 3])
    assert lines.unit.tolist() == [0, 0, 0, 0]
    assert lines.everywhere.tolist() == [[1, 1], [1, 2]]
    assert lines.segments[:, 0, 0].tolist() == lines.segments[:, 1, 0].tolist() == [0, -1, -1, -2]


def test_rounding_in_a_direction_makes_no_line():
    """As with principal components of runs whose second unit is dead: its entries are 1e-17 instead of 0."""
    d1, d2 = np.eye(9)[[4, 8]] + 1e-17 * np.random.default_rng(0).standard_normal((2, 9))
    lines = ls.kink_lines(NET, ls.Plane(xor.TEXTBOOK, d1, d2), [-0.5, 0.5], [-1, 1])
    assert lines.unit.tolist() == [0]
    assert lines.everywhere.tolist() == [[1, 1], [1, 2]]


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_lines_do_not_depend_on_the_size_of_theta(size):
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(3))
    scaled = ls.Plane(size * plane.origin, size * plane.d1, size * plane.d2)
    wanted, got = (ls.kink_lines(NET, p, [-1, 1], [-1, 1]) for p in (plane, scaled))
    assert len(wanted.unit) > 4
    np.testing.assert_allclose(got.segments, wanted.segments, rtol=1e-9, atol=1e-9)


def test_lines_are_kept(tmp_path):
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
    for lines in (ls.kink_lines(NET, plane, [-1, 2], [-1, 2]), ls.kink_lines(NET, plane, [5, 6], [5, 6])):
        ls.save(lines, tmp_path / "lines.nc")
        kept = ls.load(tmp_path / "lines.nc")
        for name in ("segments", "unit", "sample", "everywhere", "inputs", "alpha", "beta"):
            np.testing.assert_array_equal(getattr(kept, name), getattr(lines, name))
            assert getattr(kept, name).dtype == getattr(lines, name).dtype
            assert not getattr(kept, name).flags.writeable


@pytest.mark.parametrize(
    ("alpha", "beta", "message"),
    [
        ([1], [0, 1], r"alpha_range must have two ends; got \[1.0\] only"),
        ([0, 1], [1, 0], "beta_range must increase strictly"),
        ([0, np.inf], [0, 1], "alpha_range must be finite"),
        ([], [0, 1], "alpha_range must hold at least one value"),
    ],
)
def test_bad_views(alpha, beta, message):
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
    with pytest.raises(ValueError, match=message):
        ls.kink_lines(NET, plane, alpha, beta)
    with pytest.raises(ValueError, match=r"plane.origin must have shape \(13,\)"):
        ls.kink_lines(xor.network(3), plane, [0, 1], [0, 1])


@pytest.mark.parametrize("seed", range(8))
def test_sectors_hold_the_points_of_their_pattern(seed):
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(seed))
    middle, active = ls.sectors(NET, plane)
    assert len(middle) == len({pattern.tobytes() for pattern in active}) == 6
    around = np.linspace(0, 2 * np.pi, 5000)
    seen = ls.pattern(NET, plane.point(1e-6 * np.cos(around), 1e-6 * np.sin(around)))
    assert {pattern.tobytes() for pattern in seen} == {pattern.tobytes() for pattern in active}
    at_middle = ls.pattern(NET, plane.point(1e-6 * np.cos(middle), 1e-6 * np.sin(middle)))
    np.testing.assert_array_equal(at_middle, active)
    cones = {cone.active.tobytes() for cone in ls.one_sided_hessians(NET, xor.TEXTBOOK)}
    assert {pattern.tobytes() for pattern in active} <= cones


def test_lines_that_are_the_same_up_to_rounding_bound_no_sector():
    """The two directions change the pre-activations of unit 2 on samples 01 and 10 alike, up to rounding."""
    d1, d2 = np.zeros((2, 9))
    d1[[1, 3]], d2[[1, 3]] = [0.1 + 0.2, 0.3], [-0.7, -0.7 * (1 + 1e-15)]
    middle, active = ls.sectors(NET, ls.Plane(xor.TEXTBOOK, d1, d2 + 0.1 * np.eye(9)[5]))
    assert len(middle) == 2
    assert active[:, 1:3, 1].tolist() in ([[True] * 2, [False] * 2], [[False] * 2, [True] * 2])


def test_a_plane_without_kinks_at_its_origin_is_one_sector():
    theta = np.random.default_rng(4).normal(size=OTHER.n_parameters)
    plane = ls.random_plane(OTHER, theta, rng=np.random.default_rng(5))
    middle, active = ls.sectors(OTHER, plane)
    assert middle.tolist() == [0.0]
    np.testing.assert_array_equal(active, ls.pattern(OTHER, theta)[None])


def test_pattern_towards_a_direction_is_that_of_a_point_nearby():
    directions = np.random.default_rng(6).normal(size=(5, 40, 9))
    expected = ls.pattern(NET, xor.TEXTBOOK + 1e-7 * directions)
    np.testing.assert_array_equal(ls.pattern_towards(NET, xor.TEXTBOOK, directions), expected)
