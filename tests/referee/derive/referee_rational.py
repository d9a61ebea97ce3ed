"""Systems of linear equations and polynomials in rational arithmetic."""

from fractions import Fraction
from functools import cache
from itertools import pairwise


def solve(rows):
    """Solve a square system, given as rows with the right side last; None if it is singular."""
    rows, size = [list(map(Fraction, row)) for row in rows], len(rows)
    for k in range(size):
        pivot = next((i for i in range(k, size) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(size):
            if i != k and rows[i][k]:
                factor = rows[i][k] / rows[k][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] / row[k] for k, row in enumerate(rows)]


def rank(rows):
    """Return the rank of a matrix in rational arithmetic."""
    rows, found = [list(map(Fraction, row)) for row in rows], 0
    for k in range(len(rows[0])):
        pivot = next((i for i in range(found, len(rows)) if rows[i][k]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][k] / rows[found][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def value(coefficients, t):
    """Return the value of a polynomial."""
    total = Fraction(0)
    for c in reversed(coefficients):
        total = total * t + c
    return total


def derivative(coefficients):
    """Return the coefficients of the derivative."""
    return tuple(k * c for k, c in enumerate(coefficients))[1:]


def is_never_negative(coefficients, low, high, depth=60):
    """Decide exactly whether a polynomial is at least 0 from ``low`` to ``high``.

    Its Bernstein coefficients bound it; the interval is halved until they are all at least 0 or a value is below 0.
    """
    bounds = _bernstein(coefficients, low, high)
    if all(b >= 0 for b in bounds):
        return True
    if bounds[0] < 0 or bounds[-1] < 0:
        return False
    assert depth, "undecided: a double root that halving does not separate"
    middle = (low + high) / 2
    return all(is_never_negative(coefficients, *ends, depth - 1) for ends in ((low, middle), (middle, high)))


def _bernstein(coefficients, low, high):
    shifted, width = list(coefficients), high - low
    degree = len(shifted) - 1
    for k in range(degree):  # Taylor shift to the left end
        for j in range(degree - 1, k - 1, -1):
            shifted[j] += low * shifted[j + 1]
    scaled = [c * width**k for k, c in enumerate(shifted)]
    choose = _binomials(degree)
    return [sum(Fraction(choose[j][k], choose[degree][k]) * scaled[k] for k in range(j + 1)) for j in range(degree + 1)]


@cache
def _binomials(degree):
    rows = [[1]]
    for _ in range(degree):
        rows.append([1, *(a + b for a, b in pairwise(rows[-1])), 1])
    return rows
