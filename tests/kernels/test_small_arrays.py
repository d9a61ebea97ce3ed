"""Arrays on the stack or the heap: what a kernel makes of them is the same."""

import numpy as np
import pytest
from numba import njit

from landscape.kernels.small_arrays import by_reference, extent, matrix, referenced, vector, whole_vector


@njit
def turned(rows, columns, source, numbers):
    """Return the transpose of ``source``, and the sums of its rows by row and by number."""
    out, sums, order = matrix(columns, rows), vector(rows), whole_vector(rows)
    for i in range(extent(rows)):
        order[numbers[i]], sums[i] = i, 0.0
        for j in range(extent(columns)):
            out[j, i] = source[i, j]
            sums[i] += source[i, j]
    return out.copy(), sums.copy(), sums[order[0]]


@njit
def weighted(place, weight):
    (scale, numbers), shift = referenced(place)
    return weight * scale * numbers.sum() + shift


@njit
def through_a_frame(scale, numbers, shift):
    place = by_reference(((scale, numbers), shift))
    return weighted(place, 1.0) + weighted(place, 2.0)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize("known", [True, False])
def test_arrays_hold_what_is_written_to_them(rows, columns, known):
    source, numbers = np.random.default_rng(0).normal(size=(rows, columns)), np.arange(rows)[::-1].copy()
    axes = ((0,) * rows, (0,) * columns) if known else (rows, columns)
    out, sums, first = turned(*axes, source, numbers)
    np.testing.assert_array_equal(out, source.T)
    np.testing.assert_allclose(sums, source.sum(axis=1), rtol=1e-15, atol=1e-15)
    assert first == sums[-1]


def test_a_tuple_is_read_where_it_lies():
    numbers = np.arange(4.0)
    assert through_a_frame(2.0, numbers, 0.5) == 3 * 2 * 6 + 2 * 0.5
