"""Lower bounds of the distance to the zeros of a cell, by Lagrangian duality.

For multipliers lam of outputs = targets the Lagrangian separates into one term per unit. Each is quadratic in the
unit's weights w, which lie in the cone of its pattern, and the size p of its output weight, which lies in an interval:

    1/2 |w - w0|^2 + 1/2 (p - p0)^2 + p pull.w,    pull = +-sum_{i active} lam_i (x_i, 1).

The sum of the minima over w and p, and over b2, is D(lam), a concave function and, for every lam, a lower bound of
half the squared distance. In floating point it is reduced by the possible rounding error of its terms: large
multipliers that nearly cancel, as they occur where samples hardly differ, weaken a bound but never make it false.

:func:`climb` increases D by Newton's method, damped where faces or p change. Where D is differentiable at its maximum,
the minimizer satisfies the constraints, so the bound is the distance itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.nearest_zero_algebra import absolute, copy, dot, factor_rows, solve_factored
from landscape.kernels.nearest_zero_weights import fits, on_face, project
from landscape.kernels.small_arrays import extent, matrix, referenced, vector, whole_vector

LOST = 4e-15
"""Fraction of the absolute terms of D that is subtracted for rounding."""

SLACK = 1e-9
"""Tolerance, relative to a unit's terms, for accepting a face where the slope vanishes; the value there is exact."""

TURNS = 30
"""Newton steps after which :func:`climb` returns the bound it has reached."""


@njit(error_model="numpy", forceinline=True)
def unit_minimum(w0, p0, low, high, pull, t, cones, hint, w, q):  # type: ignore[no-untyped-def]
    """Minimize 1/2 |w - w0|^2 + 1/2 (p - p0)^2 + p pull.w over w in cone ``t`` and p in [low, high].

    With the best w for each p this is a function of p alone, quadratic with curvature 1 - |pull projected onto the
    face|^2 as long as the face does not change. So its minimum is at an end of the interval or where the slope on one
    of the faces vanishes. There w must be on that face, which rules out most faces; the test has the tolerance
    :data:`SLACK`, and is skipped where the curvature is too small to determine p accurately. If |pull| < 1 the function
    is convex, and the first such point is the minimum. ``hint``: the face to try first. Writes w; returns (value, p,
    face, curvature), with curvature 0 at an end.
    """
    k, n_faces = extent(cones.axis), cones.n_faces[t]
    best, best_p, best_f, bend = np.inf, low, 0, 0.0
    size, terms, strength = absolute(w0), absolute(pull), dot(pull, pull)
    for turn in range(-1, n_faces + 2):
        # First the face of the hint, then all other faces, then the ends of the interval.
        f, curve = hint if turn == -1 else turn, 0.0
        if turn >= n_faces:
            p, f = low if turn == n_faces else high, hint
        elif f >= n_faces or turn == hint:
            continue
        else:
            slope, curve = -p0, 1.0
            for a in range(k):
                kept = on_face(pull, t, f, cones, a)
                slope += kept * w0[a]
                curve -= kept * pull[a]
            if curve <= 1e-14 or not curve * low < -slope < curve * high:
                continue
            p = -slope / curve
        for a in range(k):
            q[a] = w0[a] - p * pull[a]
        # The rounding errors of p and q are relative to the terms they are computed from; q may be far smaller.
        slack = SLACK * (size + (p + abs(p0) + size) * terms)
        if curve > 1e-3 and not fits(q, t, f, cones, slack, slack):
            continue
        face = project(q, t, cones, f, w)
        value = 0.5 * (p - p0) ** 2
        for a in range(k):
            value += 0.5 * (w[a] - w0[a]) ** 2 + p * pull[a] * w[a]
        if value < best:
            best, best_p, best_f, bend = value, p, face, curve
        if curve > 1e-3 and face == f and strength < 1.0:  # convex
            break
    for a in range(k):
        q[a] = w0[a] - best_p * pull[a]
    for a in range(k):
        w[a] = on_face(q, t, best_f, cones, a)
    return best, best_p, best_f, bend


@njit(error_model="numpy")
def lagrangian(task, tope, sign, p0, low, high, lam, p, w, face, curve, r):  # type: ignore[no-untyped-def]
    """Return D(lam) minus what rounding may have added to it; -inf when that is not finite.

    Writes the minimizer p, w, its faces and curvatures, and the residuals r, which are the derivative of D.
    """
    sizes, _, active, cones, y, w0, c0, _ = referenced(task)
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    start, nearest, pull, q = vector(sizes.weights), vector(sizes.weights), vector(sizes.weights), vector(sizes.weights)
    total = 0.0
    for i in range(m):
        total += lam[i]
    value, size = total * c0 - 0.5 * total * total, 0.5 * total * total
    for i in range(m):
        value -= lam[i] * y[i]
        size += abs(lam[i]) * (abs(c0) + abs(total) + abs(y[i]))
        r[i] = c0 - total - y[i]
    for u in range(h):
        t = tope[u]
        for a in range(k):
            start[a], pull[a] = w0[u, a], 0.0
            for i in range(m):
                pull[a] += sign[u] * lam[i] * active[t, i, a]
        part, p[u], face[u], curve[u] = unit_minimum(start, p0[u], low[u], high[u], pull, t, cones, face[u], nearest, q)
        value += part
        far, terms, away = 0.0, 0.0, 0.0
        for a in range(k):
            w[u, a], strength = nearest[a], 0.0
            for i in range(m):
                strength += abs(lam[i] * active[t, i, a])
            far += strength * high[u]
            terms += abs(w0[u, a])
            away += abs(w[u, a] - w0[u, a])
        size += far * (far + terms) + away * (far + terms) + (p[u] - p0[u]) ** 2
        for i in range(m):
            share = 0.0
            for a in range(k):
                share += active[t, i, a] * w[u, a]
            r[i] += sign[u] * p[u] * share
    value -= LOST * size
    return value if np.isfinite(value) else -np.inf


@njit(error_model="numpy")
def slopes(task, tope, sign, lam, p, w, face, curve):  # type: ignore[no-untyped-def]
    """Write G, where G G' is minus the second derivative of D; row i is the effect of multiplier i on w, p and b2."""
    sizes, _, active, cones, _, _, _, factors = referenced(task)
    G = factors.G
    h, k, m = extent(sizes.units), extent(sizes.weights), extent(sizes.samples)
    for i in range(m):
        G[i, 0] = 1.0
        for u in range(h):
            t, at = tope[u], 1 + u * (k + 1)
            pull, kept = 0.0, 0.0
            for a in range(k):
                x = 0.0
                for b in range(k):
                    x += cones.faces[t, face[u], a, b] * active[t, i, b]
                G[i, at + a] = p[u] * x
                pull += active[t, i, a] * w[u, a]
                for j in range(m):
                    kept += x * lam[j] * active[t, j, a]
            G[i, at + k] = (pull - p[u] * kept) / np.sqrt(curve[u]) if curve[u] > 0.0 else 0.0


@njit(error_model="numpy")
def climb(task, tope, sign, p0, low, high, lam, target, p):  # type: ignore[no-untyped-def]
    """Increase D from ``lam`` until it reaches ``target`` or stops increasing; returns the bound.

    Writes the best multipliers to ``lam`` and their minimizer's p to ``p``.
    """
    (units, weights, samples, _, columns), factors = referenced(task).sizes, referenced(task).factors
    m = extent(samples)
    w, face, curve, r = matrix(units, weights), whole_vector(units), vector(units), vector(samples)
    trial, step, trial_p = vector(samples), vector(samples), vector(units)
    for u in range(extent(units)):
        face[u] = 0
    value = lagrangian(task, tope, sign, p0, low, high, lam, p, w, face, curve, r)
    for _ in range(40):  # if multipliers are too large for the interval, smaller ones are better
        if value >= target:
            break
        for i in range(m):
            trial[i] = 0.25 * lam[i]
        new = lagrangian(task, tope, sign, p0, low, high, trial, trial_p, w, face, curve, r)
        if new <= value:
            break
        value = new
        copy(trial, lam)
        copy(trial_p, p)
    lagrangian(task, tope, sign, p0, low, high, lam, p, w, face, curve, r)
    shift, rest = 1e-3, 0
    for _ in range(TURNS):
        if value >= target or rest == 2:
            break
        slopes(task, tope, sign, lam, p, w, face, curve)
        rank = factor_rows(samples, columns, shift, factors)
        solve_factored(samples, factors, rank, r, step)
        gain = dot(r, step)
        t, moved = 1.0, False
        for _ in range(5):
            for i in range(m):
                trial[i] = lam[i] + t * step[i]
            new = lagrangian(task, tope, sign, p0, low, high, trial, trial_p, w, face, curve, r)
            if new > value + 1e-3 * t * gain:
                moved = True
                break
            t *= 0.2
        if moved:
            rest = rest + 1 if new - value <= 1e-9 * new else 0
            value = new
            copy(trial, lam)
            copy(trial_p, p)
            shift = max(0.03 * shift, 1e-18) if t == 1.0 else shift
        else:
            shift *= 1e3
            if shift > 1.0:
                break
            lagrangian(task, tope, sign, p0, low, high, lam, p, w, face, curve, r)
    return value
