"""The closest weights for given output weights: a small convex quadratic programme over the cones of a cell.

All arrays are small: k = d + 1 weights per unit (bias last), m samples, h units. A *side* is a unit's
pattern with the sign s of its output weight; p = s v >= 0 is the size of that weight. Distances are
halved squares, so that derivatives have no factors of 2. ``task`` is a reference to a
:class:`landscape.kernels.nearest_zero_arrays.Task`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.nearest_zero_algebra import (
    absolute,
    combination_of_rows,
    copy,
    copy_rows,
    dot,
    factor_rows,
    largest,
    solve_factored,
)
from landscape.kernels.small_arrays import extent, matrix, referenced, vector, whole_vector

OUTPUT_PRECISION = 4e-15
"""Residuals below this fraction of the outputs' size are rounding errors."""

POOR, CLOSE, EXACT = 0, 1, 2


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
def on_face(q, t, f, cones, a):  # type: ignore[no-untyped-def]
    """Return component ``a`` of the projection of q onto the span of face ``f`` of cone ``t``."""
    total = 0.0
    for b in range(extent(cones.axis)):
        total += cones.faces[t, f, a, b] * q[b]
    return total


@njit(error_model="numpy", forceinline=True)
def project(q, t, cones, hint, out):  # type: ignore[no-untyped-def]
    """Write the point of cone ``t`` nearest to ``q`` to ``out`` and return its face; ``hint`` is tried first.

    If no face :func:`fits` because of rounding, the nearest point is the longest of the projections that lie in the
    cone, since |q - x|^2 = |q|^2 - |x|^2 for a projection. A point that is outside only by rounding is accepted: this
    makes the cone larger, and a bound over it smaller.
    """
    n_faces, k, best = cones.n_faces, extent(cones.axis), -1
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
                    length += on_face(q, t, f, cones, a) ** 2
                if length > longest:
                    best, longest = f, length
    for a in range(k):
        out[a] = on_face(q, t, best, cones, a)
    return best


@njit(error_model="numpy")
def factor(task, tope, sign, p, face, shift):  # type: ignore[no-untyped-def]
    """Factor minus the second derivative of :func:`dual` with respect to the multipliers; see :func:`factor_rows`.

    Row i of G is the effect of the weights on their faces, and of b2, on output i. Returns the rank.
    """
    sizes, _, active, cones, _, _, _, factors = referenced(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    for i in range(m):
        factors.G[i, h * k] = 1.0
        for u in range(h):
            for a in range(k):
                x = 0.0
                for b in range(k):
                    x += cones.faces[tope[u], face[u], a, b] * active[tope[u], i, b]
                factors.G[i, u * k + a] = sign[u] * p[u] * x
    return factor_rows(sizes.samples, sizes.columns, shift, factors)


@njit(error_model="numpy")
def dual(task, tope, sign, p, lam, w, face, r):  # type: ignore[no-untyped-def]
    """Minimize the Lagrangian over the weights and b2 for fixed multipliers; returns (value, size of the terms).

    Writes weights ``w`` (h, k), their faces and the residuals ``r`` (m,), which are the derivative of the value with
    respect to ``lam``.
    """
    sizes, _, active, cones, y, w0, c0, _ = referenced(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    c = c0
    for i in range(m):
        c -= lam[i]
    value, size = 0.5 * (c - c0) ** 2, abs(c)
    for i in range(m):
        r[i] = c - y[i]
        size = max(size, abs(y[i]))
    q, nearest = vector(sizes.weights), vector(sizes.weights)
    for u in range(h):
        t, weight = tope[u], sign[u] * p[u]
        for a in range(k):
            q[a] = w0[u, a]
            for i in range(m):
                q[a] -= weight * lam[i] * active[t, i, a]
        face[u] = project(q, t, cones, face[u], nearest)
        for a in range(k):
            w[u, a] = nearest[a]
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
def project_onto_faces(task, tope, face, source, w):  # type: ignore[no-untyped-def]
    """Write the projections of the weights ``source`` onto the spans of given faces to w; both (h, k)."""
    sizes, _, _, cones, _, _, _, _ = referenced(task)
    q = vector(sizes.weights)
    for u in range(extent(sizes.units)):
        for a in range(extent(sizes.weights)):
            q[a] = source[u, a]
        for a in range(extent(sizes.weights)):
            w[u, a] = on_face(q, tope[u], face[u], cones, a)


@njit(error_model="numpy")
def correct(task, tope, sign, p, w, c, rank, r):  # type: ignore[no-untyped-def]
    """Make outputs = targets by the smallest change of w, on their faces, and b2 = c; returns (b2, size of the terms).

    Uses the factors of :func:`factor`. The step is a combination of the orthonormal rows that it leaves in G, which is
    accurate even where multipliers are not, being large and nearly cancelling. Writes the residuals before the last
    step to r.
    """
    sizes, _, active, _, y, _, _, factors = referenced(task)
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
        combination_of_rows(factors, rank, r, z)
        for j in range(rank):
            row = factors.order[j]
            c -= z[j] * factors.G[row, h * k]
            for u in range(h):
                for a in range(k):
                    w[u, a] -= z[j] * factors.G[row, u * k + a]
    return c, size


@njit(error_model="numpy")
def weights_on_faces(task, tope, sign, p, face, lam, w, r):  # type: ignore[no-untyped-def]
    """Find the closest weights on the spans of given faces; returns (half squared distance, whether feasible)."""
    sizes, _, active, cones, y, w0, c0, factors = referenced(task)
    walls, n_walls = cones.walls, cones.n_walls
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    rank = factor(task, tope, sign, p, face, 0.0)
    for i in range(m):
        r[i] = c0 - y[i]
    project_onto_faces(task, tope, face, w0, w)
    for u in range(h):
        for i in range(m):
            for a in range(k):
                r[i] += sign[u] * p[u] * active[tope[u], i, a] * w[u, a]
    solve_factored(sizes.samples, factors, rank, r, lam)
    c, size = correct(task, tope, sign, p, w, c0, rank, r)
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
    (units, weights, samples, _, _), n_faces = referenced(task).sizes, referenced(task).cones.n_faces
    h = extent(units)
    face, trial_lam, trial_w, r = whole_vector(units), vector(samples), matrix(units, weights), vector(samples)
    for u in range(h):
        face[u] = 0
    best = np.inf
    while True:
        value, inside = weights_on_faces(task, tope, sign, p, face, trial_lam, trial_w, r)
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
    (units, weights, samples, _, _), factors = referenced(task).sizes, referenced(task).factors
    m = extent(samples)
    r, trial_r, step, trial = vector(samples), vector(samples), vector(samples), vector(samples)
    trial_w, trial_face = matrix(units, weights), whole_vector(units)
    copy(face, trial_face)
    weights_on_faces(task, tope, sign, p, face, trial, trial_w, r)
    trial_value, trial_size = dual(task, tope, sign, p, trial, trial_w, trial_face, trial_r)
    value, size = dual(task, tope, sign, p, lam, w, face, r)
    if trial_value >= value:
        value, size = trial_value, trial_size
        copy(trial, lam)
        copy(trial_r, r)
        copy_rows(trial_w, w)
        copy(trial_face, face)
    for turn in range(40):
        norm = np.sqrt(dot(r, r))
        if norm <= OUTPUT_PRECISION * size:
            return value, EXACT
        damping = 1e-16 if turn % 2 else 1e-4 * min(1.0, norm / size)
        rank = factor(task, tope, sign, p, face, damping)
        solve_factored(samples, factors, rank, r, step)
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
        copy(trial, lam)
        copy(trial_r, r)
        copy_rows(trial_w, w)
        copy(trial_face, face)
        if gain <= 1e-15 * value and dot(r, r) > 0.01 * norm * norm:
            break
    norm = np.sqrt(dot(r, r))
    if norm <= OUTPUT_PRECISION * size:
        return value, EXACT
    trial_value, inside = weights_on_faces(task, tope, sign, p, face, trial, trial_w, trial_r)
    if inside and trial_value <= value * (1.0 + 1e-9):  # no further than the bound, so the faces are right
        copy_rows(trial_w, w)
        copy(trial, lam)
        return trial_value, EXACT
    return value, CLOSE if norm <= 1e-8 * size else POOR
