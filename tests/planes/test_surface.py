"""Profiles and surfaces against the loss point by point; the automatic range."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor
from landscape.planes import evaluation as evaluation_module

NET = xor.network()
QUICK = settings(max_examples=25)


class Counted:
    """An objective that is no ReluNetwork: the sum of |theta|^power, with the batch sizes it was asked for."""

    def __init__(self, n=3, *, power=2.0, lift=0.0):
        self.n_parameters = n
        self.parameter_names = tuple(f"p{i}" for i in range(n))
        self.filters = ()
        self.power, self.lift, self.asked = power, lift, []

    def loss(self, theta):
        theta = np.asarray(theta)
        self.asked.append(theta.shape[:-1])
        return (np.abs(theta) ** self.power).sum(axis=-1) + self.lift

    def gradient(self, theta):
        return self.power * np.sign(theta) * np.abs(theta) ** (self.power - 1)


def plane_of(seed, origin=xor.TEXTBOOK, **kwargs):
    return ls.random_plane(NET, origin, rng=np.random.default_rng(seed), **kwargs)


@QUICK
@given(st.integers(0, 100), st.integers(1, 9), st.integers(1, 9))
def test_surface_is_the_loss_at_every_point_of_the_grid(seed, n_alpha, n_beta):
    plane = plane_of(seed)
    rng = np.random.default_rng(seed)
    alpha, beta = np.sort(rng.uniform(-2, 2, n_alpha)), np.sort(rng.uniform(-1, 3, n_beta))
    surface = ls.evaluate_plane(NET, plane, alpha, beta)
    assert surface.loss.shape == (n_beta, n_alpha)
    assert surface.plane is plane
    np.testing.assert_array_equal(surface.alpha, alpha)
    np.testing.assert_array_equal(surface.beta, beta)
    for j, i in np.ndindex(n_beta, n_alpha):
        theta = plane.origin + alpha[i] * plane.d1 + beta[j] * plane.d2
        assert surface.loss[j, i] == pytest.approx(NET.loss(theta), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("n_alpha", [1, 5, 600])
def test_blocks_do_not_change_the_surface(monkeypatch, n_alpha):
    plane, alpha, beta = plane_of(1), np.linspace(-1, 1, n_alpha), np.linspace(-1, 2, 23)
    whole = ls.evaluate_plane(NET, plane, alpha, beta).loss
    monkeypatch.setattr(evaluation_module, "BLOCK", 50)
    np.testing.assert_array_equal(ls.evaluate_plane(NET, plane, alpha, beta).loss, whole)


def test_any_objective_is_evaluated_once_per_point_in_bounded_blocks():
    net = Counted()
    plane = ls.Plane([0, 0, 1], [1, 0, 0], [0, 1, 0])
    alpha, beta = np.linspace(-1, 1, 500), np.linspace(-1, 1, 300)
    surface = ls.evaluate_plane(net, plane, alpha, beta)
    assert sum(np.prod(s) for s in net.asked) == surface.loss.size
    assert max(np.prod(s) for s in net.asked) <= evaluation_module.BLOCK
    np.testing.assert_allclose(surface.loss, alpha**2 + beta[:, None] ** 2 + 1, rtol=1e-14)


def test_the_optimum_of_the_textbook_is_exactly_zero_on_the_grid():
    surface = ls.evaluate_plane(NET, plane_of(2), [-1, 0, 1], [-1, 0, 1])
    assert surface.loss[1, 1] == 0.0
    assert (np.delete(surface.loss.ravel(), 4) > 0).all()


def test_a_filter_normalized_plane_reaches_far_above_the_story():
    axis = np.linspace(-1, 1, 21)
    tops = [ls.evaluate_plane(NET, plane_of(seed), axis, axis).loss.max() for seed in range(600)]
    low, middle, high = np.quantile(tops, [0.1, 0.5, 0.9])
    # Sampling error of the median of 600 is about 4 %, of the outer quantiles 7 %.
    assert middle == pytest.approx(65, rel=0.15)
    assert low == pytest.approx(21, rel=0.25)
    assert high == pytest.approx(190, rel=0.25)


@QUICK
@given(st.integers(0, 100), st.integers(1, 30))
def test_profile_is_the_loss_at_every_point_of_the_line(seed, n_alpha):
    rng = np.random.default_rng(seed)
    origin, direction = rng.normal(size=(2, 9))
    alpha = np.sort(rng.uniform(-2, 2, n_alpha))
    profile = ls.evaluate_line(NET, origin, direction, alpha)
    assert profile.loss.shape == (n_alpha,)
    wanted = [NET.loss(origin + a * direction) for a in alpha]
    np.testing.assert_allclose(profile.loss, wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(profile.origin, origin)
    np.testing.assert_array_equal(profile.direction, direction)


def test_a_long_profile_is_evaluated_in_blocks_without_a_seam():
    net = Counted()
    alpha = np.linspace(-1, 1, 3 * evaluation_module.BLOCK + 7)
    profile = ls.evaluate_line(net, np.zeros(3), [1, 0, 0], alpha)
    np.testing.assert_allclose(profile.loss, alpha**2, rtol=1e-14)
    assert max(np.prod(s) for s in net.asked) <= evaluation_module.BLOCK


def test_a_surface_and_the_profile_on_its_axis_agree():
    plane, alpha = plane_of(3), np.linspace(-1, 1, 31)
    surface = ls.evaluate_plane(NET, plane, alpha, [0.0])
    np.testing.assert_array_equal(surface.loss[0], ls.evaluate_line(NET, plane.origin, plane.d1, alpha).loss)


def test_results_say_what_was_evaluated():
    for result in (
        ls.evaluate_plane(NET, plane_of(4), [0, 1], [0, 1]),
        ls.evaluate_line(NET, xor.TEXTBOOK, np.ones(9), [0, 1]),
    ):
        assert result.settings["objective"] == NET.describe()
    nameless = ls.evaluate_line(Counted(), np.zeros(3), np.ones(3), [0, 1])
    assert "Counted" in nameless.settings["objective"]


def test_results_are_read_only_and_check_their_shapes():
    plane = plane_of(5)
    alpha, loss = np.array([0.0, 1.0]), np.zeros((3, 2))
    surface = ls.Surface(alpha=alpha, beta=[0, 1, 2], loss=loss, plane=plane)
    alpha[0], loss[0, 0] = 9, 9
    assert (surface.alpha[0], surface.loss[0, 0]) == (0, 0)
    profile = ls.evaluate_line(NET, xor.TEXTBOOK, np.ones(9), [0, 1])
    for array in (surface.alpha, surface.beta, surface.loss, profile.alpha, profile.loss, profile.origin):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        surface.loss = loss
    with pytest.raises(ValueError, match=r"loss must have shape \(n_beta, n_alpha\) = \(3, 2\); got \(2, 3\)"):
        ls.Surface(alpha=[0, 1], beta=[0, 1, 2], loss=np.zeros((2, 3)), plane=plane)
    with pytest.raises(ValueError, match=r"loss must have shape \(n_alpha,\) = \(2,\); got \(3,\)"):
        ls.Profile(alpha=[0, 1], loss=np.zeros(3), origin=np.zeros(9), direction=np.ones(9))


def test_surfaces_and_profiles_can_be_sent_to_another_process():
    surface = ls.evaluate_plane(NET, plane_of(5), [0, 1], [0, 1, 2])
    profile = ls.evaluate_line(NET, xor.TEXTBOOK, np.ones(9), [0, 1])
    for result in (surface, profile):
        twin = pickle.loads(pickle.dumps(result))
        assert type(twin) is type(result)
        np.testing.assert_array_equal(twin.loss, result.loss)
        assert dict(twin.settings) == dict(result.settings)
        with pytest.raises(ValueError, match="read-only"):
            twin.loss[0] = 1
    assert dict(pickle.loads(pickle.dumps(surface)).plane.settings) == dict(surface.plane.settings)


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("length", [1e-4, 1.0, 100.0])
def test_automatic_range_is_the_radius_where_the_loss_reaches_the_ceiling(power, length):
    # loss = |alpha length|^p + |beta length|^p; at p = 2 every direction climbs alike: r = sqrt(ceiling) / length.
    plane = ls.Plane([0, 0], [length, 0], [0, length])
    radius = ls.automatic_range(Counted(2, power=power), plane, 2.0)
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    factor = np.median(np.abs(np.cos(t)) ** power + np.abs(np.sin(t)) ** power)
    assert radius == pytest.approx((2 / factor) ** (1 / power) / length, rel=1e-9)


@QUICK
@given(st.integers(0, 1000), st.floats(0.01, 10))
def test_automatic_range_works_at_an_exact_zero(seed, ceiling):
    plane = plane_of(seed)
    radius = ls.automatic_range(NET, plane, ceiling)
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)

    def median(r):
        return np.median(NET.loss(plane.point(r * np.cos(t), r * np.sin(t))))

    assert NET.loss(plane.origin) == 0
    assert median(radius * (1 - 1e-6)) < ceiling <= median(radius * (1 + 1e-6))


def test_automatic_range_ends_the_story_where_the_output_is_constant():
    plane = plane_of(6)
    assert ls.automatic_range(NET, plane) == ls.automatic_range(NET, plane, float(NET.loss(np.zeros(9))))
    lifted = Counted(2, lift=3.0)  # loss 3 at the origin and at theta = 0, so the ceiling is 6
    unit = ls.Plane([0, 0], [1, 0], [0, 1])
    assert ls.automatic_range(lifted, unit) == pytest.approx(np.sqrt(3), rel=1e-9)
    assert ls.automatic_range(Counted(2), unit) == pytest.approx(1, rel=1e-9)  # a scale of 0 counts as 1


def test_automatic_range_scales_inversely_with_the_directions():
    plane = plane_of(7)
    usual = ls.automatic_range(NET, plane)
    for factor in (1e-200, 1e-3, 10.0, 1e8, 1e200):
        stretched = ls.Plane(plane.origin, factor * plane.d1, factor * plane.d2)
        assert ls.automatic_range(NET, stretched) * factor == pytest.approx(usual, rel=1e-6)


@pytest.mark.parametrize("size", [(3, 5), (300, 700), (500, 600)])
def test_progress_is_told_up_to_the_end_and_changes_nothing(size):
    alpha, beta = (np.linspace(-1, 1, n) for n in size)
    along = np.linspace(-1, 1, 20_000)
    for net in (NET, Counted(9)):
        plane = ls.Plane(xor.TEXTBOOK, *np.eye(9)[:2])
        rows, points = [], []
        found = ls.evaluate_plane(net, plane, alpha, beta, progress=lambda *news, to=rows: to.append(news))
        assert found.loss.tobytes() == ls.evaluate_plane(net, plane, alpha, beta).loss.tobytes()
        line = ls.evaluate_line(net, plane.origin, plane.d1, along, progress=lambda *news, to=points: to.append(news))
        assert line.loss.tobytes() == ls.evaluate_line(net, plane.origin, plane.d1, along).loss.tobytes()
        for told, total in ((rows, beta.size), (points, along.size)):
            assert told == sorted(set(told))
            assert told[-1] == (total, total)
        assert len(points) == 3


def test_low_regions_are_the_pieces_of_the_grid_below_a_level():
    loss = np.array([[0, 0, 5, 3, 0], [0, 9, 5, 9, 0], [5, 5, 1, 5, 5], [0, 5, 5, 1, 2]], dtype=float)
    beta = np.arange(4.0)
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
    surface = ls.Surface(alpha=np.arange(5.0), beta=beta, loss=loss, plane=plane)
    assert ls.low_regions(surface, [0.0, 1.0, 2.0, 4.0, 6.0, 10.0]).tolist() == [0, 3, 5, 5, 1, 1]
    assert ls.low_regions(surface, [[1.0, 2.0]]).tolist() == [[3, 5]]
    assert ls.low_regions(surface, 2.0) == 5
    with pytest.raises(TypeError, match="surface must be a Surface, made by evaluate_plane; got ndarray"):
        ls.low_regions(loss, [1.0])
    with pytest.raises(ValueError, match="levels must be finite; got nan"):
        ls.low_regions(surface, [np.nan])


def test_rays_on_which_the_loss_never_falls_are_counted_up_to_the_border_of_a_square():
    net = xor.network()
    plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(1), orthogonal=True)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    reach = 1.7 / np.maximum(abs(np.cos(angle)), abs(np.sin(angle)))
    ends = plane.point(reach * np.cos(angle), reach * np.sin(angle))
    line = np.linspace(0, 1, 5001)[:, None, None]
    loss = net.loss(xor.TEXTBOOK + line * (ends - xor.TEXTBOOK))
    expected = (np.diff(loss, axis=0) >= -1e-13).all(axis=0).sum()
    assert 0 < expected < 24
    assert ls.rising_rays(net, plane, 1.7, 24) == expected
    assert not ls.is_bowl(net, plane, 1.7, 24)
    assert ls.is_bowl(net, plane, 0.1, 24)
    for arguments, message in (
        ((net, plane, 0.0), "half_width must be above 0"),
        ((net, plane, 1.0, 0), "rays must be"),
    ):
        with pytest.raises(ValueError, match=message):
            ls.rising_rays(*arguments)
    with pytest.raises(TypeError, match="plane must be a Plane"):
        ls.rising_rays(net, xor.TEXTBOOK, 1.0)
