"""Vectors, and systems of a few linear equations, whose matrices may be singular or scaled very unevenly."""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.small_arrays import extent, matrix, vector

PIVOT = 1e-12
"""Rows of length 1 that are linear combinations of others up to a remainder of this length count as dependent.

The remainder is rounding error; dividing by it would produce a zero made of noise.
"""


@njit(error_model="numpy", forceinline=True)
def copy(source, target):  # type: ignore[no-untyped-def]
    """Copy a vector; numba takes ten times as long to compile the assignment of a slice."""
    for i in range(source.size):
        target[i] = source[i]


@njit(error_model="numpy")
def copy_rows(source, target):  # type: ignore[no-untyped-def]
    """Copy a matrix."""
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]


@njit(error_model="numpy", forceinline=True)
def largest(values):  # type: ignore[no-untyped-def]
    """Return the largest absolute value."""
    most = 0.0
    for x in values:
        most = max(most, abs(x))
    return most


@njit(error_model="numpy", forceinline=True)
def absolute(values):  # type: ignore[no-untyped-def]
    """Return the sum of absolute values."""
    total = 0.0
    for x in values:
        total += abs(x)
    return total


@njit(error_model="numpy", forceinline=True)
def dot(x, y):  # type: ignore[no-untyped-def]
    """Return the scalar product."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@njit(error_model="numpy", forceinline=True)
def row_product(G, i, j, width):  # type: ignore[no-untyped-def]
    """Return the scalar product of the first ``width`` entries of rows i and j."""
    total = 0.0
    for a in range(width):
        total += G[i, a] * G[j, a]
    return total


@njit(error_model="numpy", forceinline=True)
def factor_rows(samples, columns, shift, factors):  # type: ignore[no-untyped-def]
    """Factor H = G G' + shift D, with D the diagonal of G G'; returns the rank.

    G (m, n + m) has a row for each sample and m spare columns, and is overwritten. Its rows, scaled to length 1, are
    orthogonalized by Gram-Schmidt with pivoting. H is never formed: its condition number is the square of G's, which is
    large when a unit is rescaled. Writes R (m, m), the order of the rows in it and their scales.
    """
    G, R, order, scale = factors
    m, n = extent(samples), extent(columns)
    width = n + m
    for i in range(m):
        length = row_product(G, i, i, n)
        scale[i] = 1.0 / np.sqrt(length) if length > 0.0 else 1.0
        for a in range(n):
            G[i, a] *= scale[i]
        for a in range(n, width):
            G[i, a] = 0.0
        G[i, n + i] = np.sqrt(shift)
        order[i] = i
    for i in range(m):
        for j in range(m):
            R[i, j] = 0.0
    for j in range(m):
        pivot, longest = j, -1.0
        for i in range(j, m):
            length = row_product(G, order[i], order[i], width)
            if length > longest:
                pivot, longest = i, length
        if longest <= PIVOT * PIVOT:
            return j
        order[j], order[pivot] = order[pivot], order[j]
        for c in range(j):
            R[c, j], R[c, pivot] = R[c, pivot], R[c, j]
        row = order[j]
        for c in range(j):  # orthogonalize once more, to remove the rounding errors of the first pass
            again = row_product(G, row, order[c], width)
            for a in range(width):
                G[row, a] -= again * G[order[c], a]
            R[c, j] += again
        length = row_product(G, row, row, width)
        if length <= PIVOT * PIVOT:
            return j
        R[j, j] = np.sqrt(length)
        for a in range(width):
            G[row, a] /= R[j, j]
        for i in range(j + 1, m):
            along = row_product(G, row, order[i], width)
            for a in range(width):
                G[order[i], a] -= along * G[row, a]
            R[j, i] = along
    return m


@njit(error_model="numpy", forceinline=True)
def combination_of_rows(factors, rank, right, x):  # type: ignore[no-untyped-def]
    """Write the coefficients x of a combination of the orthonormal rows of G that changes the outputs by ``right``."""
    _, R, order, scale = factors
    for i in range(rank):
        x[i] = right[order[i]] * scale[order[i]]
        for c in range(i):
            x[i] -= R[c, i] * x[c]
        x[i] /= R[i, i]


@njit(error_model="numpy", forceinline=True)
def solve_factored(samples, factors, rank, right, out):  # type: ignore[no-untyped-def]
    """Solve H out = right with the factors of :func:`factor_rows`; components outside of its range are ignored."""
    _, R, order, scale = factors
    for i in range(extent(samples)):
        out[i] = 0.0
    x = vector(samples)
    combination_of_rows(factors, rank, right, x)
    for i in range(rank - 1, -1, -1):
        for c in range(i + 1, rank):
            x[i] -= R[i, c] * x[c]
        x[i] /= R[i, i]
    for i in range(rank):
        out[order[i]] = x[i] * scale[order[i]]


@njit(error_model="numpy")
def solve_by_cholesky(units, hess, right, shift, out):  # type: ignore[no-untyped-def]
    """Solve (hess + shift D) out = right by Cholesky, D the diagonal of hess; False if not positive definite.

    Rows and columns are first scaled to a unit diagonal, since the effect of the weights can differ by many orders of
    magnitude between samples.
    """
    n = extent(units)
    low, scale = matrix(units, units), vector(units)
    for i in range(n):
        scale[i] = 1.0
        if hess[i, i] > 0.0:
            scale[i] = 1.0 / np.sqrt(hess[i, i])
    for i in range(n):
        for j in range(i + 1):
            x = hess[i, j] * scale[i] * scale[j] + (shift if i == j else 0.0)
            for c in range(j):
                x -= low[i, c] * low[j, c]
            if i == j:
                if x <= 1e-15 * (1.0 + shift):
                    return False
                low[i, i] = np.sqrt(x)
            else:
                low[i, j] = x / low[j, j]
    for i in range(n):
        x = right[i] * scale[i]
        for c in range(i):
            x -= low[i, c] * out[c]
        out[i] = x / low[i, i]
    for i in range(n - 1, -1, -1):
        x = out[i]
        for c in range(i + 1, n):
            x -= low[c, i] * out[c]
        out[i] = x / low[i, i]
    for i in range(n):
        out[i] *= scale[i]
    return True
