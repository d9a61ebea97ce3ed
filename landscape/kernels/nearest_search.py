"""Branch and bound for the closest zero-loss parameters; :mod:`landscape.nearest` says what it computes and why.

Arrays and names as in :mod:`landscape.kernels.nearest_weights`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from landscape.kernels.nearest_dual import climb
from landscape.kernels.nearest_weights import (
    EXACT,
    POOR,
    best_faces,
    closest_weights,
    factor,
    polish,
    project,
    solve_factored,
)

ARMIJO = 1e-4

DEPTH = 256
"""Boxes that may wait at a time."""


@njit(cache=True, error_model="numpy")
def solve(matrix, right, shift, out):  # type: ignore[no-untyped-def]
    """Solve (matrix + shift D) out = right by Cholesky, D its diagonal; False when that is not positive definite.

    Rows and columns are scaled to a diagonal of ones first, since samples can differ by many orders of magnitude in
    what the weights do to them.
    """
    n = right.size
    low, scale = np.zeros((n, n)), np.ones(n)
    for i in range(n):
        if matrix[i, i] > 0.0:
            scale[i] = 1.0 / np.sqrt(matrix[i, i])
    for i in range(n):
        for j in range(i + 1):
            x = matrix[i, j] * scale[i] * scale[j] + (shift if i == j else 0.0)
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


@njit(cache=True, error_model="numpy")
def lower_model(task, tope, sign, p, p0, lam, w, face, total, low, high, g):  # type: ignore[no-untyped-def]
    """Bound the distance from below over a box of p; returns (bound, unit that lowers it most).

    Writes the slopes g at p. For each unit the model is g (x - p) + (1 - |l'|^2) (x - p)^2 / 2, where l' is the pull l
    of the multipliers without the part normal to the unit's face, as far as the cone's normals allow on the way from p
    to the end of the box.
    """
    active, faces, rays = task[0], task[1], task[7]
    h, m, k = p.size, lam.size, w.shape[1]
    pull, normal, kappa = np.empty(k), np.empty(k), np.empty(k)
    worst, most = 0, -1.0
    for u in range(h):
        t, f = tope[u], face[u]
        g[u] = p[u] - p0[u]
        for a in range(k):
            pull[a] = 0.0
            for i in range(m):
                pull[a] += lam[i] * active[t, i, a]
            pull[a] *= sign[u]
            kappa[a] = w[u, a] - task[5][u, a] + p[u] * pull[a]
            g[u] += pull[a] * w[u, a]
        along, across = 0.0, 0.0
        for a in range(k):
            kept = 0.0
            for b in range(k):
                kept += faces[t, f, a, b] * pull[b]
            normal[a] = pull[a] - kept
            along += kept * kept
            across += normal[a] * normal[a]
        least = 0.0
        for end in (low[u] - p[u], high[u] - p[u]):
            share = 1.0
            for j in range(rays.shape[1]):
                height, change, size = 0.0, 0.0, 0.0
                for a in range(k):
                    height += kappa[a] * rays[t, j, a]
                    change += end * normal[a] * rays[t, j, a]
                    size += abs(end * pull[a] * rays[t, j, a])
                if change < -1e-13 * size:
                    share = min(share, max(height, 0.0) / -change)
            curve = 1.0 - along - (1.0 - share) ** 2 * across
            least = min(least, g[u] * end + 0.5 * curve * end * end)
            if curve > 0.0:
                x = -g[u] / curve
                if (x < 0.0) == (end < 0.0) and abs(x) < abs(end):
                    least = min(least, 0.5 * g[u] * x)
        total += least
        if -least > most:
            worst, most = u, -least
    return total, worst


@njit(cache=True, error_model="numpy")
def newton_step(task, tope, sign, p, lam, w, face, g, free, step):  # type: ignore[no-untyped-def]
    """Write Newton's step in p for the true distance, with the pattern of faces kept.

    With C the derivative of the residuals by p and H as in :func:`factor`, the Hessian of the distance is
    diag(1 - l' P l) + C' H^-1 C, where l is the pull of the multipliers on a unit and P its face's projector.
    """
    active, faces = task[0], task[1]
    m, h, k = lam.size, tope.size, w.shape[1]
    C, Z, G = np.empty((h, m)), np.empty((h, m)), np.empty((m, h * k + 1 + m))
    R, order, scale = np.empty((m, m)), np.empty(m, dtype=np.int64), np.empty(m)
    hess = np.zeros((h, h))
    rank = factor(task, tope, sign, p, face, 0.0, G, R, order, scale)
    pull, kept = np.empty(k), np.empty(k)
    for u in range(h):
        t = tope[u]
        for a in range(k):
            pull[a] = 0.0
            for i in range(m):
                pull[a] += lam[i] * active[t, i, a]
        hess[u, u] = 1.0
        for a in range(k):
            kept[a] = 0.0
            for b in range(k):
                kept[a] += faces[t, face[u], a, b] * pull[b]
            hess[u, u] -= pull[a] * kept[a]
        for i in range(m):
            C[u, i] = 0.0
            for a in range(k):
                C[u, i] += active[t, i, a] * (sign[u] * w[u, a] - p[u] * kept[a])
        solve_factored(R, order, scale, rank, C[u], Z[u])
    for u in range(h):
        for x in range(h):
            hess[u, x] += (C[u] * Z[x]).sum()
    for u in range(h):
        if not free[u]:
            hess[u, :] = 0.0
            hess[:, u] = 0.0
            hess[u, u] = 1.0
    right = np.where(free, -g, 0.0)
    shift = 0.0
    while not solve(hess, right, shift, step):
        shift = max(2.0 * shift, 1e-3)


@njit(cache=True, error_model="numpy")
def descend(task, tope, sign, p, p0, low, high, best, lam, w, face, g):  # type: ignore[no-untyped-def]
    """Walk p to a local minimum of the distance within a box, or until the box's bound reaches ``best``.

    Returns (value and quality of the weights at p, lower bound over the box, unit that lowers the bound most).
    """
    h = p.size
    trial, trial_lam, trial_w, trial_face = np.empty(h), lam.copy(), w.copy(), face.copy()
    step, free = np.empty(h), np.empty(h, dtype=np.bool_)
    value, quality = closest_weights(task, tope, sign, p, lam, w, face)
    bound, unit = 0.0, 0
    for _ in range(60):
        total = value + 0.5 * ((p - p0) ** 2).sum()
        new_bound, new_unit = lower_model(task, tope, sign, p, p0, lam, w, face, total, low, high, g)
        if new_bound > bound:
            bound, unit = new_bound, new_unit
        if bound >= best or quality == POOR:
            break
        for u in range(h):
            free[u] = not ((p[u] <= low[u] and g[u] > 0.0) or (p[u] >= high[u] and g[u] < 0.0))
        newton_step(task, tope, sign, p, lam, w, face, g, free, step)
        t, moved = 1.0, False
        for _ in range(30):
            gain = 0.0
            for u in range(h):
                trial[u] = min(max(p[u] + t * step[u], low[u], 0.1 * p[u]), high[u])
                gain += g[u] * (trial[u] - p[u])
            if -gain <= 1e-14 * total:
                break
            trial_lam[:] = lam
            trial_value, good = closest_weights(task, tope, sign, trial, trial_lam, trial_w, trial_face)
            trial_total = trial_value + 0.5 * ((trial - p0) ** 2).sum()
            if good != POOR and trial_total < total and trial_total <= total + ARMIJO * gain:
                moved = True
                break
            t *= 0.5
        if not moved:
            break
        value, quality = trial_value, good
        p[:], lam[:], w[:], face[:] = trial, trial_lam, trial_w, trial_face
    return value, quality, bound, unit


@njit(cache=True, error_model="numpy")
def record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out):  # type: ignore[no-untyped-def]
    """Keep the zero at hand in ``out`` if it is the best so far; returns the best half squared distance."""
    h, k = w.shape
    away = 0.5 * ((p - p0) ** 2).sum()
    if value + away >= best:  # the value is a lower bound, so nothing better can be here
        return best
    kept_lam, kept_w, kept_face = lam.copy(), w.copy(), face.copy()
    if quality != EXACT:
        value = best_faces(task, tope, sign, p, kept_lam, kept_w, kept_face)
        if value + away >= best:
            return best
    c = polish(task, tope, sign, p, kept_face, kept_w, task[6] - kept_lam.sum())
    for u in range(h):
        out[u * k : (u + 1) * k] = kept_w[u]
        out[h * k + u] = sign[u] * p[u]
    out[h * k + h] = c
    return value + away


@njit(cache=True, nogil=True, error_model="numpy")
def search(active, faces, heights, n_faces, rays, cells, signs, y, W, v, b2, gap, max_boxes, out):  # type: ignore[no-untyped-def]
    """Find the zero-loss parameters closest to (W, v, b2); returns (half squared distance, lower bound, boxes).

    ``cells`` (c, h) and ``signs`` (c, h) are the closed cells with zeros. ``gap`` is the relative gap of the half
    squared distance at which a box is closed; max_boxes = 0 asks for the local answer only. Writes weights, output
    weights and b2 of the zero to ``out`` ((k + 1) h + 1).
    """
    n_cells, h = cells.shape
    m, k = y.size, W.shape[1]
    task = (active, faces, heights, n_faces, y, W, b2, rays)
    lam, w, face = np.zeros(m), np.zeros((h, k)), np.zeros(h, dtype=np.int64)
    p, g = np.zeros(h), np.zeros(h)
    low, high, middle = np.zeros(h), np.zeros(h), np.zeros(h)
    size = np.sqrt(np.abs(y).max() + 1e-300)

    quick = np.zeros(n_cells)  # half squared distance to the cell itself
    away = np.empty((active.shape[0], h))
    for t in range(active.shape[0]):
        for u in range(h):
            project(W[u], faces[t], heights[t], n_faces[t], w[u])
            away[t, u] = 0.5 * ((w[u] - W[u]) ** 2).sum()
    for c in range(n_cells):
        for u in range(h):
            quick[c] += away[cells[c, u], u] + 0.5 * min(signs[c, u] * v[u], 0.0) ** 2

    best = np.inf
    guess = np.full(n_cells, np.inf)
    p0, start, first = signs * v, np.empty((n_cells, h)), np.zeros((n_cells, m))
    for c in np.argsort(quick):
        if quick[c] >= best:
            break
        for u in range(h):
            start[c, u] = max(p0[c, u], 0.5 * size * size / max(size, np.sqrt((W[u] ** 2).sum())))
        value, quality = closest_weights(task, cells[c], signs[c], start[c], first[c], w, face)
        guess[c] = value + 0.5 * ((start[c] - p0[c]) ** 2).sum()
        best = record(task, cells[c], signs[c], start[c], p0[c], first[c], w, face, value, quality, best, out)

    bound = quick.copy()
    order = np.argsort(guess)
    for c in order:
        if quick[c] >= best:
            continue
        limits(p0[c], best, low, high)
        if (high <= low).any():
            bound[c] = best
            continue
        for u in range(h):
            p[u] = min(max(start[c, u], low[u]), high[u])
        lam[:] = first[c]
        target = best * (1.0 - gap)
        value, quality, bound[c], _ = descend(task, cells[c], signs[c], p, p0[c], low, high, target, lam, w, face, g)
        best = record(task, cells[c], signs[c], p, p0[c], lam, w, face, value, quality, best, out)
    if max_boxes == 0:
        return best, 0.0, 0

    lower, boxes = best, 0
    whole_low, whole_high, trial = np.empty(h), np.empty(h), np.empty(h)
    stack_low, stack_high, stack_lam = np.empty((DEPTH, h)), np.empty((DEPTH, h)), np.empty((DEPTH, m))
    for c in order:
        if max(bound[c], quick[c]) >= best * (1.0 - gap):
            lower = min(lower, max(bound[c], quick[c]))
            continue
        limits(p0[c], best, stack_low[0], stack_high[0])
        stack_lam[0] = first[c]
        depth = 1
        while depth > 0:
            depth -= 1
            boxes += 1
            low[:], high[:], lam[:] = stack_low[depth], stack_high[depth], stack_lam[depth]
            for u in range(h):  # towards p = 0 the distance grows as 1 / p^2, and only the far end tells
                middle[u] = 0.5 * (low[u] + high[u])
                p[u] = high[u] if low[u] < 0.25 * high[u] else middle[u]
            face[:] = 0
            value, quality = closest_weights(task, cells[c], signs[c], p, lam, w, face)
            total = value + 0.5 * ((p - p0[c]) ** 2).sum()
            least = climb(task, cells[c], signs[c], p0[c], low, high, lam, best * (1.0 - gap), trial)
            if least >= best * (1.0 - gap) or boxes >= max_boxes or depth + 2 > DEPTH:
                lower = min(lower, max(least, quick[c]))
                continue
            stack_lam[depth], stack_lam[depth + 1] = lam, lam
            if total < best:  # better than all so far: follow it down, out of the box
                limits(p0[c], best, whole_low, whole_high)
                value, quality, _, _ = descend(
                    task, cells[c], signs[c], p, p0[c], whole_low, whole_high, np.inf, lam, w, face, g
                )
                best = record(task, cells[c], signs[c], p, p0[c], lam, w, face, value, quality, best, out)
            unit, widest = 0, -1.0
            for u in range(h):
                width = (high[u] - low[u]) * (1.0 + pull_of(task, cells[c, u], stack_lam[depth]))
                if width > widest:
                    unit, widest = u, width
            for half in range(2):
                stack_low[depth], stack_high[depth] = low, high
                if half == 0:
                    stack_high[depth, unit] = middle[unit]
                else:
                    stack_low[depth, unit] = middle[unit]
                depth += 1
    return best, min(lower, best), boxes


@njit(cache=True, error_model="numpy")
def pull_of(task, tope, lam):  # type: ignore[no-untyped-def]
    """Return |l|: how far the weights of a unit move when p does."""
    active, total = task[0], 0.0
    for a in range(active.shape[2]):
        along = 0.0
        for i in range(lam.size):
            along += lam[i] * active[tope, i, a]
        total += along * along
    return np.sqrt(total)


@njit(cache=True, error_model="numpy")
def limits(p0, best, low, high):  # type: ignore[no-untyped-def]
    """Write the range of p that a zero at least as close as ``best`` must have."""
    radius = np.sqrt(2.0 * best)
    for u in range(p0.size):
        low[u], high[u] = max(p0[u] - radius, 0.0), p0[u] + radius
