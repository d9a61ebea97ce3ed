"""The XOR landscape in rational arithmetic, derived anew: cells, their minima, components.

Within a closed cell (for each hidden unit a set of active samples and a sign of its output weight) the outputs are
``b2 + s1 relu(g1) + s2 relu(g2)`` with ``g = |v| (w, b)`` in a pointed cone, so the loss is convex there and its
minimum is a least-squares fit with weights that are not negative. A floating-point solver only guesses which weights
are positive; that the guess is right is then checked in rational arithmetic, by the conditions of Karush, Kuhn and
Tucker.
"""

from fractions import Fraction
from functools import cache
from itertools import combinations, product

import numpy as np
from referee_rational import solve
from scipy.optimize import nnls

X = ((0, 0), (0, 1), (1, 0), (1, 1))
Y = (0, 1, 1, 0)
TEXTBOOK = tuple(map(Fraction, (1, 1, 1, 1, 0, -1, 1, -2, 0)))
UNITS = (0, 1)
CONSTANT = (1, 1, 1, 1)


def unit(theta, u):
    """Return (weights, bias, output weight) of hidden unit ``u`` in Keras order."""
    return (theta[u], theta[2 + u]), theta[4 + u], theta[6 + u]


def preactivations(theta):
    """Return the pre-activations as tuples over the samples, one for each unit."""
    found = []
    for u in UNITS:
        (w1, w2), b, _ = unit(theta, u)
        found.append(tuple(w1 * x1 + w2 * x2 + b for x1, x2 in X))
    return found


def outputs(theta):
    """Return the outputs on the four samples."""
    hidden = preactivations(theta)
    return tuple(sum(max(hidden[u][i], 0) * theta[6 + u] for u in UNITS) + theta[8] for i in range(4))


def loss(theta):
    """Return the mean squared error."""
    return sum((f - y) ** 2 for f, y in zip(outputs(theta), Y, strict=True)) / Fraction(4)


def sign(value):
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


@cache
def faces():
    """Return the sign vectors of affine functions on the samples, by trying all those with small coefficients."""
    size = range(-4, 5)
    found = {tuple(sign(2 * (a * x1 + b * x2) + c) for x1, x2 in X) for a, b, c in product(size, size, range(-9, 10))}
    return tuple(sorted(found))


@cache
def patterns():
    """Return the sets of samples on which one unit can be active, from sign vectors without 0."""
    return tuple(frozenset(i for i in range(4) if signs[i] > 0) for signs in faces() if 0 not in signs)


@cache
def rays():
    """Return the affine functions, up to scale, that vanish on two samples, by their values on all four."""
    found = set()
    for i, j in combinations(range(4), 2):
        dx, dy = X[j][0] - X[i][0], X[j][1] - X[i][1]
        values = tuple(dx * (y - X[i][1]) - dy * (x - X[i][0]) for x, y in X)
        found |= {values, tuple(-v for v in values)}
    return tuple(sorted(found))


@cache
def closure(pattern):
    """Return the rays of the closed cone of affine functions with that set of active samples."""
    inside = [r for r in rays() if all((v >= 0 if i in pattern else v <= 0) for i, v in enumerate(r))]
    return frozenset(inside)


def contributions(cone, output_sign):
    """Return what the rays of a cone add to the outputs, without those that add nothing."""
    added = {tuple(output_sign * max(v, 0) for v in ray) for ray in cone}
    return added - {(0, 0, 0, 0)}


def lowest(*parts):
    """Return the exact lowest loss of ``b2`` plus a combination of all columns with weights that are not negative."""
    return best_fit(frozenset().union(*parts))[0]


@cache
def best_fit(columns, targets=Y):
    """Return (loss, outputs, weights by column) of the fit to ``targets``; the minimizing outputs are unique."""
    columns = sorted(columns)
    target = _centred(targets)
    spread = [_centred(column) for column in columns]
    if not columns:
        return _with_outputs(_fit_of(target, spread, (), ()), targets, {})
    weights, _ = nnls(np.array(spread, dtype=float).T, np.array(target, dtype=float))
    guess = tuple(np.flatnonzero(weights > 1e-9).tolist())
    others = (s for size in range(4) for s in combinations(range(len(columns)), size))
    for support in (guess, *others):
        solved = _solve_normal(spread, support, target)
        if solved is not None and all(weight >= 0 for weight in solved):
            found = _fit_of(target, spread, support, solved)
            if found:
                return _with_outputs(found, targets, {columns[j]: w for j, w in zip(support, solved, strict=True)})
    raise AssertionError("no support satisfies the conditions of optimality")


def _centred(values):
    mean = Fraction(sum(values), 4)
    return [Fraction(v) - mean for v in values]


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def _solve_normal(spread, support, target):
    """Return the least-squares weights of the columns in ``support``; None if these are linearly dependent."""
    rows = [[*(_dot(spread[i], spread[j]) for j in support), _dot(spread[i], target)] for i in support]
    return solve(rows)


def _fit_of(target, spread, support, weights):
    """Return (loss, outputs around their mean) if no column with weight 0 would lower the loss."""
    fitted = [sum(w * spread[j][i] for w, j in zip(weights, support, strict=True)) for i in range(4)]
    residual = [t - f for t, f in zip(target, fitted, strict=True)]
    if any(_dot(column, residual) > 0 for column in spread):
        return None
    return _dot(residual, residual) / 4, tuple(fitted)


def _with_outputs(found, targets, weights):
    value, fitted = found
    mean = Fraction(sum(targets), 4)
    return value, tuple(f + mean for f in fitted), weights


Side = tuple[frozenset, int]
"""Set of active samples and sign of the output weight of one unit."""


@cache
def sides():
    """Return the possible (pattern, sign of the output weight) of one unit."""
    return tuple(product(patterns(), (-1, 1)))


def cell_minimum(cell):
    """Return the exact lowest loss in a closed cell, a pair of sides."""
    return lowest(*(contributions(closure(pattern), s) for pattern, s in cell))


@cache
def graph():
    """Return the closed cells with their lowest losses, and the edges with those of the common faces.

    The cells cover parameter space, and a sublevel set meets each in a connected set. So its components are those of
    the graph of cells that it meets, joined where it meets both at once. Cells that differ in one unit suffice: the
    face that two cells have in common lies in one that they have in common with a cell between them.
    """
    cells = {cell: cell_minimum(cell) for cell in product(sides(), sides())}
    edges = []
    for (pattern, s), other in product(sides(), sides()):
        still = contributions(closure(other[0]), other[1])
        ends = [((pattern, -s), lowest(still))]  # the output weight is 0 between the signs: the unit adds nothing
        for changed in patterns():
            common = closure(pattern) & closure(changed)
            ends.append(((changed, s), lowest(still, contributions(common, s))))
        for end, value in ends:
            edges += [(((pattern, s), other), (end, other), value), ((other, (pattern, s)), (other, end), value)]
    return cells, edges


@cache
def thresholds():
    """Return all losses at which the graph of cells changes, ascending."""
    cells, edges = graph()
    return tuple(sorted({*cells.values(), *(value for *_, value in edges)}))


@cache
def components(level):
    """Return the component of each cell that the set {loss <= level} meets, as a dictionary of cell to a number."""
    cells, edges = graph()
    parent = {cell: cell for cell, value in cells.items() if value <= level}

    def root(cell):
        while parent[cell] != cell:
            parent[cell] = parent[parent[cell]]
            cell = parent[cell]
        return cell

    for a, b, value in edges:
        if value <= level:
            parent[root(a)] = root(b)
    roots = {cell: root(cell) for cell in parent}
    number = {cell: k for k, cell in enumerate(dict.fromkeys(roots.values()))}
    return {cell: number[top] for cell, top in roots.items()}


def count(level):
    """Return the number of components of {loss <= level}."""
    return len(set(components(level).values()))


def lowest_pass(cell, other):
    """Return the lowest level at which two cells are in one component."""
    for level in thresholds():
        found = components(level)
        if cell in found and other in found and found[cell] == found[other]:
            return level
    raise AssertionError("every two cells are connected at the highest threshold")


def cells_at(theta, tolerance=0):
    """Return the closed cells that contain ``theta``; values within ``tolerance`` of 0 count as 0.

    A pre-activation is measured against the length of (w, b), so that rescaling a unit changes nothing.
    """
    choices = []
    for u, values in enumerate(preactivations(theta)):
        (w1, w2), b, v = unit(theta, u)
        small = tolerance * float(w1 * w1 + w2 * w2 + b * b) ** 0.5
        here = []
        for pattern in patterns():
            if all((z >= -small if i in pattern else z <= small) for i, z in enumerate(values)):
                here += [(pattern, s) for s in (-1, 1) if s * v >= 0]
        choices.append(here)
    return tuple(product(*choices))


def interior_minimum(cell, share=Fraction(1, 1000)):
    """Return a theta in the open cell that attains the minimum of the closed one, or None if there is none.

    A cone's interior consists of the combinations of all its rays with positive weights. So ``share`` of every ray is
    added first, and the rest of the minimizing outputs must be a combination with weights that are not negative.
    """
    cones = [sorted(closure(pattern)) for pattern, _ in cell]
    columns = [contributions(cone, s) for cone, (_, s) in zip(cones, cell, strict=True)]
    _, outputs_there, _ = best_fit(frozenset().union(*columns))
    first = [
        [share * s * sum(max(ray[i], 0) for ray in cone) for i in range(4)]
        for cone, (_, s) in zip(cones, cell, strict=True)
    ]
    rest = tuple(outputs_there[i] - first[0][i] - first[1][i] for i in range(4))
    missing, _, weights = best_fit(frozenset().union(*columns), rest)
    if missing:
        return None
    weights = dict(weights)  # a copy: what is kept of earlier fits must not change
    theta = [Fraction(0)] * 9
    for u, (cone, (_, s)) in enumerate(zip(cones, cell, strict=True)):
        combined = [share * sum(ray[i] for ray in cone) for i in range(4)]
        for ray in cone:
            weight = weights.pop(tuple(s * max(z, 0) for z in ray), 0)
            combined = [c + weight * z for c, z in zip(combined, ray, strict=True)]
        theta[u], theta[2 + u] = combined[2] - combined[0], combined[1] - combined[0]
        theta[4 + u], theta[6 + u] = combined[0], Fraction(s)
    theta[8] = outputs_there[0] - outputs(theta)[0]
    return tuple(theta)


def is_inside(theta, cell):
    """Return whether a theta lies in the open cell."""
    for u, z in enumerate(preactivations(theta)):
        pattern, s = cell[u]
        if s * theta[6 + u] <= 0 or any((z[i] > 0) != (i in pattern) or z[i] == 0 for i in range(4)):
            return False
    return True


def jacobian(theta, cell):
    """Return the derivatives of the outputs with the activation patterns of ``cell``, one row a sample."""
    rows = []
    for i, (x1, x2) in enumerate(X):
        row = [Fraction(0)] * 9
        for u in UNITS:
            if i in cell[u][0]:
                (w1, w2), b, v = unit(theta, u)
                row[u], row[2 + u], row[4 + u], row[6 + u] = v * x1, v * x2, v, w1 * x1 + w2 * x2 + b
        row[8] = Fraction(1)
        rows.append(row)
    return rows
