"""Nearest points of cones against scipy's in floats, and the conditions that prove them."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import nnls

from landscape.exact import rational
from landscape.exact.rational import nearest_in_cone

F = Fraction


@pytest.mark.parametrize("seed", range(40))
def test_against_floats_and_the_conditions_of_a_nearest_point(seed):
    rng = np.random.default_rng(seed)
    rays = rng.integers(-3, 4, size=(int(rng.integers(1, 9)), int(rng.integers(1, 5))))
    point = tuple(F(int(x), 7) for x in rng.integers(-20, 20, size=rays.shape[1]))
    near = nearest_in_cone([tuple(map(int, ray)) for ray in rays], point)
    _, distance = nnls(rays.T.astype(float), np.array(point, dtype=float))
    assert float(rational.dot(near.rest, near.rest)) ** 0.5 == pytest.approx(distance, abs=1e-9)
    for c, ray in zip(near.coefficients, rays.tolist(), strict=True):
        assert c >= 0
        assert rational.dot(near.rest, ray) <= 0
        assert not (c and rational.dot(near.rest, ray))
    found = [sum(c * int(x) for c, x in zip(near.coefficients, column, strict=True)) for column in rays.T]
    assert tuple(p - f for p, f in zip(point, found, strict=True)) == near.rest
    assert sum(c > 0 for c in near.coefficients) <= np.linalg.matrix_rank(rays)


def test_without_rays_the_nearest_point_is_0():
    assert nearest_in_cone([], (F(1), F(-2))) == ((), (F(1), F(-2)))


def test_a_ray_given_twice_and_a_ray_that_must_leave_again():
    assert nearest_in_cone([(1, 1), (1, 1)], (F(2), F(2))).rest == (0, 0)
    assert nearest_in_cone([(4, 3), (1, 0), (0, 1)], (F(0), F(5))).coefficients == (0, 0, 5)
