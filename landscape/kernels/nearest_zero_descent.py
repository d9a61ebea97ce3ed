"""Local descent to a zero, by Newton's method in the output weights, and its verification.

Arrays and names are those of :mod:`landscape.kernels.nearest_zero_weights`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.nearest_zero_algebra import copy, copy_rows, solve_by_cholesky, solve_factored
from landscape.kernels.nearest_zero_weights import (
    POOR,
    best_faces,
    closest_weights,
    correct,
    factor,
    on_face,
    project_onto_faces,
)
from landscape.kernels.small_arrays import extent, matrix, referenced, vector, whole_vector

ROUNDING = 4e-14
"""Largest residuals of a zero, relative to the sum of the absolute terms of its outputs."""

ARMIJO = 1e-4

SHIFTS = 64
"""Number of shifts, each twice the last, after which a Hessian that is not finite gives no step."""


@njit(error_model="numpy")
def newton_step(task, tope, sign, p, lam, w, face, g, free, step):  # type: ignore[no-untyped-def]
    """Write the Newton step in p for the true distance, with the face of each unit held fixed.

    With C the derivative of the residuals with respect to p and H as in :func:`factor`, the Hessian of the distance is
    diag(1 - l' P l) + C' H^-1 C, where l is the pull of the multipliers on a unit and P its face's projector.
    """
    (units, weights, samples, _, _), _, active, cones, _, _, _, factors = referenced(task)
    h, k, m = extent(units), extent(weights), extent(samples)
    C, hess, rank = matrix(units, samples), matrix(units, units), factor(task, tope, sign, p, face, 0.0)
    pull, kept, by_p, solved = vector(weights), vector(weights), vector(samples), vector(samples)
    for u in range(h):
        t = tope[u]
        for a in range(k):
            pull[a] = 0.0
            for i in range(m):
                pull[a] += lam[i] * active[t, i, a]
        for x in range(h):
            hess[u, x] = 1.0 if u == x else 0.0
        for a in range(k):
            kept[a] = on_face(pull, t, face[u], cones, a)
            hess[u, u] -= pull[a] * kept[a]
        for i in range(m):
            C[u, i] = 0.0
            for a in range(k):
                C[u, i] += active[t, i, a] * (sign[u] * w[u, a] - p[u] * kept[a])
    for x in range(h):
        for i in range(m):
            by_p[i] = C[x, i]
        solve_factored(samples, factors, rank, by_p, solved)
        for u in range(h):
            product = 0.0
            for i in range(m):
                product += C[u, i] * solved[i]
            hess[u, x] += product
    right = vector(units)
    for u in range(h):
        right[u] = -g[u] if free[u] else 0.0
        for x in range(h):
            if not (free[u] and free[x]):
                hess[u, x] = 1.0 if u == x else 0.0
    shift = 0.0
    for _ in range(SHIFTS):
        if solve_by_cholesky(units, hess, right, shift, step):
            return
        shift = max(2.0 * shift, 1e-3)
    for u in range(h):
        step[u] = 0.0


@njit(error_model="numpy")
def half_square(p, p0):  # type: ignore[no-untyped-def]
    """Return half the squared distance of the output weights from p0."""
    total = 0.0
    for u in range(p.size):
        total += 0.5 * (p[u] - p0[u]) ** 2
    return total


@njit(error_model="numpy")
def descend(task, tope, sign, p, p0, low, high, lam, w, face):  # type: ignore[no-untyped-def]
    """Move p to a local minimum of the distance within a box; returns (value, quality) of the weights there."""
    (units, weights, samples, _, _), _, active, _, _, _, _, _ = referenced(task)
    h, k, m = extent(units), extent(weights), extent(samples)
    trial, trial_lam, trial_w, trial_face = vector(units), vector(samples), matrix(units, weights), whole_vector(units)
    copy(p, trial)
    copy(lam, trial_lam)
    copy_rows(w, trial_w)
    copy(face, trial_face)
    g, step, free = vector(units), vector(units), whole_vector(units)
    for u in range(h):
        g[u] = 0.0
    value, quality, total = 0.0, POOR, np.inf
    for _ in range(60):
        t, gain, moved = 1.0, 0.0, False
        for _ in range(30):
            copy(lam, trial_lam)
            trial_value, good = closest_weights(task, tope, sign, trial, trial_lam, trial_w, trial_face)
            new = trial_value + half_square(trial, p0)
            if total == np.inf or (good != POOR and new < total and new <= total + ARMIJO * gain):
                moved = True
                break
            t *= 0.5
            gain = 0.0
            for u in range(h):
                trial[u] = min(max(p[u] + t * step[u], low[u], 0.1 * p[u]), high[u])
                gain += g[u] * (trial[u] - p[u])
            if -gain <= 1e-14 * total:
                break
        if not moved:
            break
        value, quality, total = trial_value, good, new
        copy(trial, p)
        copy(trial_lam, lam)
        copy_rows(trial_w, w)
        copy(trial_face, face)
        if quality == POOR:
            break
        for u in range(h):
            g[u] = p[u] - p0[u]
            for i in range(m):
                for a in range(k):
                    g[u] += sign[u] * lam[i] * active[tope[u], i, a] * w[u, a]
            held = (p[u] <= low[u] and g[u] > 0.0) or (p[u] >= high[u] and g[u] < 0.0)
            free[u] = 1 if low[u] < high[u] and not held else 0
        newton_step(task, tope, sign, p, lam, w, face, g, free, step)
        gain = 0.0
        for u in range(h):
            trial[u] = min(max(p[u] + step[u], low[u], 0.1 * p[u]), high[u])
            gain += g[u] * (trial[u] - p[u])
        if -gain <= 1e-14 * total:
            break
    return value, quality


@njit(error_model="numpy")
def polish(task, tope, sign, p, face, w, c):  # type: ignore[no-untyped-def]
    """Project the weights onto their faces and make outputs = targets; returns b2."""
    sizes = referenced(task).sizes
    off, r = matrix(sizes.units, sizes.weights), vector(sizes.samples)
    rank = factor(task, tope, sign, p, face, 0.0)
    copy_rows(w, off)
    project_onto_faces(task, tope, face, off, w)
    c, _ = correct(task, tope, sign, p, w, c, rank, r)
    return c


@njit(error_model="numpy")
def true_distance(task, sign, p, p0, w, c):  # type: ignore[no-untyped-def]
    """Return half the squared distance of these weights; infinite unless they have zero loss.

    The network is evaluated by its definition, with max(z, 0) for every sample, regardless of the cell that was
    searched. Each residual must be 0 within the rounding errors of its terms.
    """
    sizes, samples, _, _, y, w0, c0, _ = referenced(task)
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


@njit(error_model="numpy")
def record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out):  # type: ignore[no-untyped-def]
    """Write the current zero to ``out`` if it is the best so far; returns the best half squared distance.

    It is written only after it has been verified to be a zero, and its distance is measured, not taken from the
    multipliers.
    """
    units, weights, samples, _, _ = referenced(task).sizes
    h, k = extent(units), extent(weights)
    claim = value + half_square(p, p0)
    if not claim < best:
        return best
    kept_lam, kept_w, kept_face = vector(samples), matrix(units, weights), whole_vector(units)
    copy(lam, kept_lam)
    copy_rows(w, kept_w)
    copy(face, kept_face)
    for turn in range(2):
        if turn == 1:
            best_faces(task, tope, sign, p, kept_lam, kept_w, kept_face)
        elif quality == POOR:
            continue
        c = referenced(task).b2
        for i in range(extent(samples)):
            c -= kept_lam[i]
        c = polish(task, tope, sign, p, kept_face, kept_w, c)
        found = true_distance(task, sign, p, p0, kept_w, c)
        if found < best:
            best = found
            for u in range(h):
                for a in range(k):
                    out[u * k + a] = kept_w[u, a]
                out[h * k + u] = sign[u] * p[u]
            out[h * k + h] = c
        if found <= claim * (1.0 + 1e-9):
            break
    return best


@njit(error_model="numpy")
def follow(task, tope, sign, p, p0, low, high, start, lam, best, out):  # type: ignore[no-untyped-def]
    """Descend from p to a locally closest zero and record it; returns the best half squared distance."""
    units, weights, _, _, _ = referenced(task).sizes
    h, k = extent(units), extent(weights)
    w, face = matrix(units, weights), whole_vector(units)
    for u in range(h):
        face[u] = 0
        for a in range(k):
            w[u, a] = 0.0
        p[u] = min(max(p[u], low[u], 0.1 * start[u]), high[u])
    value, quality = descend(task, tope, sign, p, p0, low, high, lam, w, face)
    return record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out)
