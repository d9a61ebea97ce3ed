"""The plane and the direction in which one hidden unit is rescaled: they hold its orbit and change no output."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()


OTHER = xor.network(hidden=3, inputs=[[0.3, -2], [1, 1], [4, 0], [0, 0], [1, 1]], targets=[0, 1, 2, 0, 1])


@pytest.mark.parametrize("unit", range(3))
def test_scaling_plane_holds_the_scaling_orbit_and_is_what_its_axes_say(unit):
    theta = np.random.default_rng(15).normal(size=OTHER.n_parameters)
    plane = ls.scaling_plane(OTHER, theta, unit)
    w = OTHER.unpack(theta)
    np.testing.assert_array_equal(plane.point(1.0, w.W2[unit]), theta)
    own = [unit, 3 + unit, 6 + unit, 9 + unit]
    moved = theta.copy()
    moved[own] = *(0.5 * theta[own[:3]]), 3.0
    np.testing.assert_array_equal(plane.point(0.5, 3.0), moved)
    factor = np.geomspace(0.1, 10, 9)
    orbit = ls.scaling_orbit(OTHER, theta, unit, factor)
    np.testing.assert_allclose(plane.residual(orbit), 0, atol=1e-12)
    np.testing.assert_allclose(plane.coordinates(orbit), [factor, w.W2[unit] / factor], rtol=1e-12)


@pytest.mark.parametrize("unit", range(3))
def test_scaling_direction_is_the_tangent_of_the_orbit_and_changes_no_output(unit):
    theta = np.random.default_rng(16).normal(size=OTHER.n_parameters)
    tangent = ls.scaling_direction(OTHER, theta, unit)
    down, up = ls.scaling_orbit(OTHER, theta, unit, [1 - 1e-5, 1 + 1e-5])
    np.testing.assert_allclose(tangent, (up - down) / 2e-5, atol=1e-8)
    np.testing.assert_allclose(OTHER.jacobian(theta) @ tangent, 0, atol=1e-13)


def test_scaling_directions_of_the_textbook_are_exact():
    w = NET.unpack(xor.TEXTBOOK)
    for unit in range(2):
        tangent = ls.scaling_direction(NET, xor.TEXTBOOK, unit)
        expected = np.zeros(9)
        expected[[unit, 2 + unit, 4 + unit, 6 + unit]] = *w.W1[:, unit], w.b1[unit], -w.W2[unit]
        np.testing.assert_array_equal(tangent, expected)
        assert not (NET.jacobian(xor.TEXTBOOK) @ tangent).any()


def test_only_a_unit_with_weights_can_be_scaled():
    for scaling in (ls.scaling_plane, ls.scaling_direction):
        with pytest.raises(ValueError, match="unit must be below 2, the number of hidden units; got 2"):
            scaling(NET, xor.TEXTBOOK, 2)
        with pytest.raises(ValueError, match="theta must not be 0 in all weights and the bias of unit 0; got zeros"):
            scaling(NET, np.zeros(9), 0)
