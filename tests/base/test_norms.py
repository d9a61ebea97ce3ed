"""Lengths and angles over the whole range of floats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from landscape.base import norms

QUICK = settings(max_examples=60)
vectors = st.lists(st.integers(-50, 50), min_size=3, max_size=3).filter(any).map(np.array)


@QUICK
@given(vectors, st.integers(-1000, 1000))
def test_norm_and_unit_do_not_care_for_powers_of_two(vector, exponent):
    usual = np.sqrt(float((vector**2).sum()))
    stretched = np.ldexp(vector.astype(float), exponent)
    assert norms.norm(stretched) == np.ldexp(norms.norm(vector), exponent)
    assert norms.norm(vector) == pytest.approx(usual, rel=1e-15)
    np.testing.assert_array_equal(norms.unit(stretched), norms.unit(vector))
    np.testing.assert_allclose(norms.unit(vector), vector / usual, rtol=1e-15)


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-160, 1.0, 1e160, 1e308])
def test_unit_vectors_have_length_one_even_from_subnormal_numbers(size):
    unit = norms.unit(np.array([size, 0.0, -size]))
    np.testing.assert_allclose(unit, np.array([1, 0, -1]) / np.sqrt(2), rtol=1e-15)
    assert norms.cosine(np.array([size, 0.0]), np.array([1.0, 1.0])) == pytest.approx(np.sqrt(0.5), rel=1e-15)


def test_norm_is_taken_along_the_last_axis():
    batch = np.array([[3e200, 4e200], [3e-200, -4e-200], [0, 0]])
    np.testing.assert_allclose(norms.norm(batch), [5e200, 5e-200, 0], rtol=1e-15)
    assert norms.norm(np.zeros((0, 3))).shape == (0,)
