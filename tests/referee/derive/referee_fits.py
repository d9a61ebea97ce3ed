"""Exact least squares in rationals, and the cells of the landscape by linear programming.

For given activation patterns A_u and signs of the output weights the outputs are linear in (b2, t_1, t_2), where
t_u = v_u (w_u x + b_u) is an affine function that counts on A_u only. It must have the sign of v_u on A_u and the
opposite one elsewhere.
"""

from fractions import Fraction
from itertools import product

import numpy as np
from scipy.optimize import linprog

POINTS = ((0, 0), (0, 1), (1, 0), (1, 1))
TARGETS = (0, 1, 1, 0)
PATTERNS = tuple(a for a in product((0, 1), repeat=4) if a not in {(1, 0, 0, 1), (0, 1, 1, 0)})
"""Subsets of the four samples that a line can cut off: all but the two diagonals."""


def solve(matrix, right):
    """Return a solution of a linear system in rationals and its rank; None for the solution if there is none."""
    rows = [[Fraction(a) for a in row] + [Fraction(b)] for row, b in zip(matrix, right, strict=True)]
    unknowns, pivots = len(matrix[0]), []
    for column in range(unknowns):
        top = len(pivots)
        pivot = next((i for i in range(top, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        rows[top] = [a / rows[top][column] for a in rows[top]]
        for i in range(len(rows)):
            if i != top and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[top], strict=True)]
        pivots.append(column)
    if any(row[-1] for row in rows[len(pivots) :]):
        return None, len(pivots)
    solution = [Fraction(0)] * unknowns
    for row, column in zip(rows, pivots, strict=False):
        solution[column] = row[-1]
    return solution, len(pivots)


def fit(columns):
    """Return the least-squares outputs onto the span of columns (each of 4 numbers), and the rank."""
    normal = [[sum(a * b for a, b in zip(c, d, strict=True)) for d in columns] for c in columns]
    right = [sum(a * b for a, b in zip(c, TARGETS, strict=True)) for c in columns]
    weights, rank = solve(normal, right)
    return tuple(sum(w * c[i] for w, c in zip(weights, columns, strict=True)) for i in range(4)), rank


def mse(out):
    """Return the mean squared error of exact outputs."""
    return sum((o - t) ** 2 for o, t in zip(out, TARGETS, strict=True)) / Fraction(4)


def affine_on(pattern):
    """Return the columns of the affine functions restricted to a pattern."""
    basis = [[1] * 4, [x for x, _ in POINTS], [y for _, y in POINTS]]
    return [[a * f for a, f in zip(pattern, values, strict=True)] for values in basis]


def least_loss_of_one_unit():
    """Return the smallest loss of a network with one hidden unit, exactly.

    For each pattern and sign: a convex quadratic under the inequalities. Its optimal set has a vertex, which is the
    only stationary point where some of the inequalities are equations; so all sets of equations are tried (KKT).
    """
    best = Fraction(1)
    for pattern, sign in product(PATTERNS, (1, -1)):
        columns = [[1] * 4, *affine_on(pattern)]
        for tight in product((0, 1), repeat=4):
            bounds = [(0, 1, *POINTS[i]) for i in range(4) if tight[i]]
            n = 4 + len(bounds)
            matrix = [[0] * n for _ in range(n)]
            for i, c in enumerate(columns):
                for j, d in enumerate(columns):
                    matrix[i][j] = sum(a * b for a, b in zip(c, d, strict=True))
            for k, bound in enumerate(bounds):
                for i in range(4):
                    matrix[4 + k][i] = matrix[i][4 + k] = bound[i]
            right = [sum(a * b for a, b in zip(c, TARGETS, strict=True)) for c in columns] + [0] * len(bounds)
            found, _ = solve(matrix, right)
            if found is None:
                continue
            t = [found[1] + found[2] * p[0] + found[3] * p[1] for p in POINTS]
            if all(sign * (t[i] if pattern[i] else -t[i]) >= 0 for i in range(4)):
                best = min(best, mse([found[0] + a * value for a, value in zip(pattern, t, strict=True)]))
    return best


def open_cells_with_minima():
    """Return {value: set of dimensions} of the local minima inside open cells, and an example of each.

    A minimum inside a cell is a least-squares fit. The fit fixes as many linear functions of (b2, t_1, t_2) as the
    columns have rank, and each t_u is v_u (w_u, b_u) with one more parameter, so the dimension is 9 - rank. Whether the
    cell attains its fit is a linear program: the largest margin of the signs must be positive.
    """
    found = {}
    for first, second in product(PATTERNS, PATTERNS):
        if first > second:
            continue  # the same with the units exchanged
        columns = [[1] * 4, *affine_on(first), *affine_on(second)]
        out, rank = fit(columns)
        for signs in product((1, -1), repeat=2):
            margin = _margin(columns, out, (first, second), signs)
            if margin > 1e-6:
                found.setdefault(mse(out), {}).setdefault(9 - rank, []).append((first, second, signs, out))
    return found


def _margin(columns, out, patterns, signs):
    """Return the largest margin by which (b2, t_1, t_2) with these outputs can have the signs of the cell."""
    equations = np.column_stack([*np.array(columns, dtype=float), np.zeros(4)])
    bounds = []
    for u, (pattern, sign) in enumerate(zip(patterns, signs, strict=True)):
        for inside, point in zip(pattern, POINTS, strict=True):
            row = np.zeros(8)
            row[1 + 3 * u : 4 + 3 * u] = (1, *point)
            row *= -sign * (1 if inside else -1)
            row[7] = 1
            bounds.append(row)
    done = linprog(
        -np.eye(8)[7], A_ub=np.array(bounds), b_ub=np.zeros(8), A_eq=equations, b_eq=[float(o) for o in out],
        bounds=[(-50, 50)] * 7 + [(-1, 1)],
    )  # fmt: skip
    return done.x[7] if done.status == 0 else -1.0
