"""The closest weights for given output weights: a small convex quadratic programme over the cones of a cell.

All arrays are small: k = d + 1 weights per unit (bias last), m samples, h units. A *side* is a unit's
pattern with the sign s of its output weight; p = s v >= 0 is the size of that weight. Distances are
halved squares, so that derivatives have no factors of 2.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.small_arrays import extent, fetched, matrix, row, vector, whole_vector

OUTPUT_PRECISION = 4e-15
"""Residuals below this fraction of the outputs' size are rounding errors."""

ROUNDING = 4e-14
"""Largest residuals of a zero, relative to the sum of the absolute terms of its outputs."""

PIVOT = 1e-12
"""Rows of length 1 that are linear combinations of others up to a remainder of this length count as dependent.

The remainder is rounding error; dividing by it would produce a zero made of noise.
"""

POOR, CLOSE, EXACT = 0, 1, 2


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
def squares(values):  # type: ignore[no-untyped-def]
    """Return the sum of squares."""
    total = 0.0
    for x in values:
        total += x * x
    return total


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
def fits(q, t, f, cones, inside, beyond):  # type: ignore[no-untyped-def]
    """Return whether the point of cone ``t`` nearest to ``q`` is the projection of q onto the span of face ``f``.

    It is if the projection lies in the cone and the remainder of q points away from the rays that span the cone. Both
    conditions are linear in q: the products of q with the face's rows of ``walls`` must be at least -``inside`` for the
    rows of the first condition, ``n_walls[t, f, 0]`` of them, and at least -``beyond`` for those of the second.
    """
    walls, n_walls = cones.walls, cones.n_walls
    for i in range(n_walls[t, f, 1]):
        height = 0.0
        for a in range(extent(cones.axis)):
            height += walls[t, f, i, a] * q[a]
        if not height >= -(inside if i < n_walls[t, f, 0] else beyond):
            return False
    return True


@njit(error_model="numpy", forceinline=True)
def project(q, t, cones, hint, out):  # type: ignore[no-untyped-def]
    """Write the point of cone ``t`` nearest to ``q`` to ``out`` and return its face; ``hint`` is tried first.

    If no face :func:`fits` because of rounding, the nearest point is the longest of the projections that lie in the
    cone, since |q - x|^2 = |q|^2 - |x|^2 for a projection. A point that is outside only by rounding is accepted: this
    makes the cone larger, and a bound over it smaller.
    """
    faces, n_faces, k, best = cones.faces, cones.n_faces, extent(cones.axis), -1
    slack = 1e-14 * absolute(q)
    if hint < n_faces[t] and fits(q, t, hint, cones, slack, 0.0):  # a hint may come from another cone
        best = hint
    else:
        for f in range(n_faces[t]):
            if f != hint and fits(q, t, f, cones, slack, 0.0):
                best = f
                break
    if best == -1:
        best, longest = n_faces[t] - 1, -1.0
        for f in range(n_faces[t]):
            if fits(q, t, f, cones, slack, np.inf):
                length = 0.0
                for a in range(k):
                    x = 0.0
                    for b in range(k):
                        x += faces[t, f, a, b] * q[b]
                    length += x * x
                if length > longest:
                    best, longest = f, length
    for a in range(k):
        x = 0.0
        for b in range(k):
            x += faces[t, best, a, b] * q[b]
        out[a] = x
    return best


@njit(error_model="numpy", forceinline=True)
def factor_rows(samples, columns, G, shift, R, order, scale):  # type: ignore[no-untyped-def]
    """Factor H = G G' + shift D, with D the diagonal of G G'; returns the rank.

    G (m, n + m) has a row for each sample and m spare columns, and is overwritten. Its rows, scaled to length 1, are
    orthogonalized by Gram-Schmidt with pivoting. H is never formed: its condition number is the square of G's, which is
    large when a unit is rescaled. Writes R (m, m), the order of the rows in it and their scales.
    """
    m, width = extent(samples), extent(columns) + extent(samples)
    for i in range(m):
        length = 0.0
        for a in range(width - m):
            length += G[i, a] * G[i, a]
        scale[i] = 1.0 / np.sqrt(length) if length > 0.0 else 1.0
        for a in range(width - m):
            G[i, a] *= scale[i]
        for a in range(width - m, width):
            G[i, a] = 0.0
        G[i, width - m + i] = np.sqrt(shift)
        order[i] = i
    for i in range(m):
        for j in range(m):
            R[i, j] = 0.0
    for j in range(m):
        pivot, longest = j, -1.0
        for i in range(j, m):
            length = 0.0
            for a in range(width):
                length += G[order[i], a] * G[order[i], a]
            if length > longest:
                pivot, longest = i, length
        if longest <= PIVOT * PIVOT:
            return j
        order[j], order[pivot] = order[pivot], order[j]
        for c in range(j):
            R[c, j], R[c, pivot] = R[c, pivot], R[c, j]
        row = order[j]
        for c in range(j):  # orthogonalize once more, to remove the rounding errors of the first pass
            again = 0.0
            for a in range(width):
                again += G[row, a] * G[order[c], a]
            for a in range(width):
                G[row, a] -= again * G[order[c], a]
            R[c, j] += again
        length = 0.0
        for a in range(width):
            length += G[row, a] * G[row, a]
        if length <= PIVOT * PIVOT:
            return j
        R[j, j] = np.sqrt(length)
        for a in range(width):
            G[row, a] /= R[j, j]
        for i in range(j + 1, m):
            along = 0.0
            for a in range(width):
                along += G[row, a] * G[order[i], a]
            for a in range(width):
                G[order[i], a] -= along * G[row, a]
            R[j, i] = along
    return m


@njit(error_model="numpy")
def factor(task, tope, sign, p, face, shift, G, R, order, scale):  # type: ignore[no-untyped-def]
    """Factor minus the second derivative of :func:`dual` with respect to the multipliers; see :func:`factor_rows`.

    Row i of G (m, h k + 1 + m) is the effect of the weights on their faces, and of b2, on output i.
    """
    sizes, active, faces = fetched(task)[:3]
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    for i in range(m):
        G[i, h * k] = 1.0
        for u in range(h):
            for a in range(k):
                x = 0.0
                for b in range(k):
                    x += faces[tope[u], face[u], a, b] * active[tope[u], i, b]
                G[i, u * k + a] = sign[u] * p[u] * x
    return factor_rows(sizes.samples, sizes.columns, G, shift, R, order, scale)


@njit(error_model="numpy", forceinline=True)
def solve_factored(samples, R, order, scale, rank, right, out):  # type: ignore[no-untyped-def]
    """Solve H out = right with the factors of :func:`factor`; components outside of its range are ignored."""
    for i in range(extent(samples)):
        out[i] = 0.0
    x = vector(samples)
    for i in range(rank):
        x[i] = right[order[i]] * scale[order[i]]
        for c in range(i):
            x[i] -= R[c, i] * x[c]
        x[i] /= R[i, i]
    for i in range(rank - 1, -1, -1):
        for c in range(i + 1, rank):
            x[i] -= R[i, c] * x[c]
        x[i] /= R[i, i]
    for i in range(rank):
        out[order[i]] = x[i] * scale[order[i]]


@njit(error_model="numpy")
def dual(task, tope, sign, p, lam, w, face, r):  # type: ignore[no-untyped-def]
    """Minimize the Lagrangian over the weights and b2 for fixed multipliers; returns (value, size of the terms).

    Writes weights ``w`` (h, k), their faces and the residuals ``r`` (m,), which are the derivative of the value with
    respect to ``lam``.
    """
    sizes, active, _, cones, y, w0, c0, _ = fetched(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    c = c0
    for i in range(m):
        c -= lam[i]
    value, size = 0.5 * (c - c0) ** 2, abs(c)
    for i in range(m):
        r[i] = c - y[i]
        size = max(size, abs(y[i]))
    q = vector(sizes.weights)
    for u in range(h):
        t, weight = tope[u], sign[u] * p[u]
        for a in range(k):
            q[a] = w0[u, a]
            for i in range(m):
                q[a] -= weight * lam[i] * active[t, i, a]
        face[u] = project(q, t, cones, face[u], row(w, u, sizes.weights))
        for a in range(k):
            value += 0.5 * (w[u, a] - w0[u, a]) ** 2
        for i in range(m):
            share, terms = 0.0, 0.0
            for a in range(k):
                share += active[t, i, a] * w[u, a]
                terms += abs(active[t, i, a] * w0[u, a])
            r[i] += weight * share
            size = max(size, abs(weight) * terms)
    for i in range(m):
        value += lam[i] * r[i]
    return value, size


@njit(error_model="numpy")
def correct(task, tope, sign, p, w, c, G, R, order, scale, rank, r):  # type: ignore[no-untyped-def]
    """Make outputs = targets by the smallest change of w, on their faces, and b2 = c; returns (b2, size of the terms).

    Uses the factors of :func:`factor`. The step is a combination of the orthonormal rows that it leaves in G, which is
    accurate even where multipliers are not, being large and nearly cancelling. Writes the residuals before the last
    step to r.
    """
    sizes, active, _, _, y, _, _, _ = fetched(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    z = vector(sizes.samples)
    size = abs(c)
    for _ in range(3):  # passes after the first remove rounding errors
        for i in range(m):
            r[i] = c - y[i]
            size = max(size, abs(y[i]))
            for u in range(h):
                share, terms = 0.0, 0.0
                for a in range(k):
                    share += active[tope[u], i, a] * w[u, a]
                    terms += abs(active[tope[u], i, a] * w[u, a])
                r[i] += sign[u] * p[u] * share
                size = max(size, p[u] * terms)
        for j in range(rank):
            z[j] = r[order[j]] * scale[order[j]]
            for c_ in range(j):
                z[j] -= R[c_, j] * z[c_]
            z[j] /= R[j, j]
        for j in range(rank):
            row = order[j]
            c -= z[j] * G[row, h * k]
            for u in range(h):
                for a in range(k):
                    w[u, a] -= z[j] * G[row, u * k + a]
    return c, size


@njit(error_model="numpy")
def on_faces(task, tope, sign, p, face, lam, w, r, G, R, order, scale):  # type: ignore[no-untyped-def]
    """Find the closest weights on the spans of given faces; returns (half squared distance, whether feasible)."""
    sizes, active, faces, cones, y, w0, c0, _ = fetched(task)
    walls, n_walls = cones.walls, cones.n_walls
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    rank = factor(task, tope, sign, p, face, 0.0, G, R, order, scale)
    for i in range(m):
        r[i] = c0 - y[i]
    for u in range(h):
        for a in range(k):
            w[u, a] = 0.0
            for b in range(k):
                w[u, a] += faces[tope[u], face[u], a, b] * w0[u, b]
        for i in range(m):
            for a in range(k):
                r[i] += sign[u] * p[u] * active[tope[u], i, a] * w[u, a]
    solve_factored(sizes.samples, R, order, scale, rank, r, lam)
    c, size = correct(task, tope, sign, p, w, c0, G, R, order, scale, rank, r)
    value = 0.5 * (c - c0) ** 2
    inside = largest(r) <= 100.0 * OUTPUT_PRECISION * size
    for u in range(h):
        for a in range(k):
            value += 0.5 * (w[u, a] - w0[u, a]) ** 2
        for i in range(n_walls[tope[u], 0, 0]):
            height, terms = 0.0, 0.0
            for a in range(k):
                height += walls[tope[u], 0, i, a] * w[u, a]
                terms += abs(walls[tope[u], 0, i, a]) * (abs(w[u, a]) + abs(w0[u, a]))
            inside = inside and height >= -1e-13 * terms
    return value, inside


@njit(error_model="numpy")
def best_faces(task, tope, sign, p, lam, w, kept):  # type: ignore[no-untyped-def]
    """Find the closest weights by trying all combinations of faces; returns half their squared distance.

    Writes the weights, their multipliers and, to ``kept``, their faces. For degenerate programmes, where Newton's
    method finds the multipliers but no stable set of faces.
    """
    units, weights, samples, columns, _ = fetched(task)[0]
    h, n_faces = extent(units), fetched(task)[3].n_faces
    face, trial_lam, trial_w = whole_vector(units), vector(samples), matrix(units, weights)
    for u in range(h):
        face[u] = 0
    G, r = matrix(samples, columns + samples), vector(samples)
    R, order, scale = matrix(samples, samples), whole_vector(samples), vector(samples)
    best = np.inf
    while True:
        value, inside = on_faces(task, tope, sign, p, face, trial_lam, trial_w, r, G, R, order, scale)
        if inside and value < best:
            best = value
            copy_rows(trial_w, w)
            copy(trial_lam, lam)
            copy(face, kept)
        u = 0
        while u < h and face[u] == n_faces[tope[u]] - 1:
            face[u] = 0
            u += 1
        if u == h:
            return best
        face[u] += 1


@njit(error_model="numpy")
def closest_weights(task, tope, sign, p, lam, w, face):  # type: ignore[no-untyped-def]
    """Minimize the distance over the weights and b2 for fixed output weights; returns (value, quality).

    This is a convex quadratic programme, solved by Newton's method on its concave, piecewise quadratic dual. ``lam``
    and ``face`` hold initial guesses and are overwritten with the solution. The value is a lower bound up to rounding.
    Quality EXACT: ``w`` solves the programme; CLOSE: the value is correct to many digits, but ``w`` is not quite
    feasible; POOR: neither.
    """
    sizes = fetched(task)[0]
    units, weights, samples, columns, _ = sizes
    m = extent(samples)
    r, trial_r, step, trial = vector(samples), vector(samples), vector(samples), vector(samples)
    G, R, order, scale = (
        matrix(samples, columns + samples),
        matrix(samples, samples),
        whole_vector(samples),
        vector(samples),
    )
    trial_w, trial_face = matrix(units, weights), whole_vector(units)
    copy(face, trial_face)
    _, _ = on_faces(task, tope, sign, p, face, trial, trial_w, r, G, R, order, scale)
    trial_value, trial_size = dual(task, tope, sign, p, trial, trial_w, trial_face, trial_r)
    value, size = dual(task, tope, sign, p, lam, w, face, r)
    if trial_value >= value:
        value, size = trial_value, trial_size
        copy(trial, lam)
        copy(trial_r, r)
        copy_rows(trial_w, w)
        copy(trial_face, face)
    for turn in range(40):
        norm = np.sqrt(squares(r))
        if norm <= OUTPUT_PRECISION * size:
            return value, EXACT
        damping = 1e-16 if turn % 2 else 1e-4 * min(1.0, norm / size)
        rank = factor(task, tope, sign, p, face, damping, G, R, order, scale)
        solve_factored(sizes.samples, R, order, scale, rank, r, step)
        slope = dot(r, step)
        t, below, above = 1.0, 0.0, np.inf
        for _ in range(30):  # find where the slope along the step vanishes; it decreases, since the value is concave
            for i in range(m):
                trial[i] = lam[i] + t * step[i]
            trial_value, trial_size = dual(task, tope, sign, p, trial, trial_w, trial_face, trial_r)
            here = dot(trial_r, step)
            if abs(here) <= 0.5 * slope and (here >= -0.01 * slope or trial_value > value):
                break
            if here > 0.0:
                below = t
            else:
                above = t
            if above == np.inf:
                t *= 4.0
            elif here > 0.0:
                t = 0.5 * (below + above)
            else:
                t = min(max(t * slope / (slope - here), 0.9 * below + 0.1 * above), 0.5 * (below + above))
        if not trial_value > value - 1e-14 * (abs(value) + size * norm):
            break
        gain = trial_value - value
        value, size = trial_value, trial_size
        for i in range(m):
            lam[i], r[i] = trial[i], trial_r[i]
        copy_rows(trial_w, w)
        copy(trial_face, face)
        if gain <= 1e-15 * value and squares(r) > 0.01 * norm * norm:
            break
    norm = np.sqrt(squares(r))
    if norm <= OUTPUT_PRECISION * size:
        return value, EXACT
    trial_value, inside = on_faces(task, tope, sign, p, face, trial, trial_w, trial_r, G, R, order, scale)
    if inside and trial_value <= value * (1.0 + 1e-9):  # no further than the bound, so the faces are right
        copy_rows(trial_w, w)
        copy(trial, lam)
        return trial_value, EXACT
    return value, CLOSE if norm <= 1e-8 * size else POOR


@njit(error_model="numpy")
def polish(task, tope, sign, p, face, w, c):  # type: ignore[no-untyped-def]
    """Project the weights onto their faces and make outputs = targets; returns b2."""
    units, weights, samples, columns, _ = fetched(task)[0]
    faces, h, k = fetched(task)[2], extent(units), extent(weights)
    G, r = matrix(samples, columns + samples), vector(samples)
    R, order, scale = matrix(samples, samples), whole_vector(samples), vector(samples)
    rank = factor(task, tope, sign, p, face, 0.0, G, R, order, scale)
    off = vector(weights)
    for u in range(h):
        copy(row(w, u, weights), off)
        for a in range(k):
            w[u, a] = 0.0
            for b in range(k):
                w[u, a] += faces[tope[u], face[u], a, b] * off[b]
    c, _ = correct(task, tope, sign, p, w, c, G, R, order, scale, rank, r)
    return c


@njit(error_model="numpy")
def true_distance(task, sign, p, p0, w, c):  # type: ignore[no-untyped-def]
    """Return half the squared distance of these weights; infinite unless they have zero loss.

    The network is evaluated by its definition, with max(z, 0) for every sample, regardless of the cell that was
    searched. Each residual must be 0 within the rounding errors of its terms.
    """
    sizes, _, _, _, y, w0, c0, samples = fetched(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    value = 0.5 * (c - c0) ** 2
    for u in range(h):
        value += 0.5 * (p[u] - p0[u]) ** 2
        for a in range(k):
            value += 0.5 * (w[u, a] - w0[u, a]) ** 2
    for i in range(m):
        residual, size = c - y[i], abs(c) + abs(y[i])
        for u in range(h):
            z, terms = 0.0, 0.0
            for a in range(k):
                z += samples[i, a] * w[u, a]
                terms += abs(samples[i, a] * w[u, a])
            residual += sign[u] * p[u] * max(z, 0.0)
            size += p[u] * terms
        if not abs(residual) <= ROUNDING * size:
            return np.inf
    return value
