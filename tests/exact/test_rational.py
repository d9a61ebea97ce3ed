"""Exact linear algebra against floating point and against cones built to contain a point or not."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from landscape.exact import rational
from landscape.exact.rational import Place


def whole(rng, *shape):
    return rng.integers(-4, 5, size=shape)


def as_rows(array):
    return [tuple(map(Fraction, row)) for row in array.tolist()]


@pytest.mark.parametrize("seed", range(20))
def test_rank_null_space_and_remainder_agree_with_floats(seed):
    rng = np.random.default_rng(seed)
    a = whole(rng, 4, 2) @ whole(rng, 2, 5)
    rows = as_rows(a)
    reduced = rational.row_reduce(rows)
    assert len(reduced) == np.linalg.matrix_rank(a)
    null = rational.null_space(rows, 5)
    assert len(null) == 5 - len(reduced)
    assert all(rational.dot(n, row) == 0 for n in null for row in rows)
    y = as_rows(whole(rng, 1, 5))[0]
    rest = rational.remainder(y, rows)
    assert all(rational.dot(rest, row) == 0 for row in rows)
    fit = np.linalg.lstsq(a.T.astype(float), np.array(y, dtype=float), rcond=None)[0] @ a
    np.testing.assert_allclose(np.array(rest, dtype=float), np.array(y, dtype=float) - fit, atol=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_place_in_cone_agrees_with_a_floating_point_programme(seed):
    rng = np.random.default_rng(seed)
    generators = whole(rng, 5, 3)
    point = whole(rng, 3) if seed % 2 else rng.integers(0, 3, 5) @ generators
    place = rational.place_in_cone(generators.tolist(), as_rows(point[None])[0])
    # maximize t in  sum_j (c_j + t) g_j = point, t <= 1
    a = np.c_[generators.T, generators.sum(axis=0)]
    result = linprog([0] * 5 + [-1], A_eq=a, b_eq=point, bounds=[(0, None)] * 5 + [(0, 1)])
    expected = Place.OUTSIDE if result.status == 2 else Place.INSIDE if -result.fun > 1e-9 else Place.BOUNDARY
    assert place == expected


@pytest.mark.parametrize(
    ("generators", "point", "place"),
    [
        ([(1, 0), (0, 1)], (0, 0), Place.BOUNDARY),
        ([(1, 0), (-1, 0)], (0, 0), Place.INSIDE),
        ([(1, 0), (-1, 0)], (7, 0), Place.INSIDE),
        ([(1, 0), (-1, 0)], (0, 1), Place.OUTSIDE),
        ([(1, 0), (1, 0), (0, 0)], (3, 0), Place.INSIDE),
        ([], (0, 0), Place.INSIDE),
        ([], (0, 1), Place.OUTSIDE),
        ([(1, 1, 0), (1, -1, 0)], (1, 0, 0), Place.INSIDE),
        ([(1, 1, 0), (1, -1, 0)], (1, 1, 0), Place.BOUNDARY),
    ],
)
def test_place_in_small_cones(generators, point, place):
    assert rational.place_in_cone(generators, tuple(map(Fraction, point))) == place


def test_primitive_keeps_the_direction():
    assert rational.primitive((Fraction(-4, 3), Fraction(0), Fraction(2))) == (-2, 0, 3)
    assert rational.primitive((Fraction(0), Fraction(0))) == (0, 0)
