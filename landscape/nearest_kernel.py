"""Compiled search for the closest zero-loss parameters; :mod:`landscape.nearest` says what it computes and why.

All arrays are small: k = d + 1 weights per unit (bias last), m samples, h units. A *side* is a unit's
pattern with the sign s of its output weight; p = s v >= 0 is the size of that weight. Everything is
half squared distance, so that derivatives carry no factors of 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

OUTPUT_PRECISION = 4e-15
"""Residuals below this share of the outputs' size are rounding."""

ARMIJO = 1e-4

POOR, CLOSE, EXACT = 0, 1, 2


@njit(cache=True)
def project(q: Array, faces: Array, heights: Array, n_faces: int, out: Array) -> int:
    """Write the point of a cone nearest to ``q`` to ``out`` and return its face.

    The nearest point is the projection onto the span of one of the faces; of those that lie in the
    cone it is the longest, since |q - x|^2 = |q|^2 - |x|^2 for a projection. ``heights`` (f, m, k) tells of each
    such projection how far it is inside of the cone's walls.
    """
    k = q.size
    slack = -1e-14 * np.sqrt((q * q).sum())
    best, longest = n_faces - 1, -1.0
    for f in range(n_faces):
        length = 0.0
        for a in range(k):
            x = 0.0
            for b in range(k):
                x += faces[f, a, b] * q[b]
            length += x * x
        inside = length > longest
        for i in range(heights.shape[1]):
            if not inside:
                break
            height = 0.0
            for a in range(k):
                height += heights[f, i, a] * q[a]
            inside = height >= slack
        if inside:
            best, longest = f, length
    for a in range(k):
        out[a] = 0.0
        for b in range(k):
            out[a] += faces[best, a, b] * q[b]
    return best


@njit(cache=True)
def solve(matrix: Array, right: Array, shift: float, out: Array) -> bool:
    """Solve (matrix + shift I) out = right by Cholesky; False when that is not positive definite."""
    n = right.size
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            x = matrix[i, j] + (shift if i == j else 0.0)
            for c in range(j):
                x -= low[i, c] * low[j, c]
            if i == j:
                if x <= 1e-15 * (abs(matrix[i, i]) + shift):
                    return False
                low[i, i] = np.sqrt(x)
            else:
                low[i, j] = x / low[j, j]
    for i in range(n):
        x = right[i]
        for c in range(i):
            x -= low[i, c] * out[c]
        out[i] = x / low[i, i]
    for i in range(n - 1, -1, -1):
        x = out[i]
        for c in range(i + 1, n):
            x -= low[c, i] * out[c]
        out[i] = x / low[i, i]
    return True


@njit(cache=True)
def dual(task, tope, sign, p, lam, w, face, r):  # type: ignore[no-untyped-def]
    """Minimize the Lagrangian over the weights and b2 for fixed multipliers; returns (value, size of what is added up).

    Writes weights ``w`` (h, k), their faces and the residuals ``r`` (m,), the derivative of the value by ``lam``.
    """
    active, faces, heights, n_faces, y, w0, c0, _ = task
    h, k = w.shape
    c = c0 - lam.sum()
    value, size = 0.5 * (c - c0) ** 2, abs(c)
    for i in range(y.size):
        r[i] = c - y[i]
        size = max(size, abs(y[i]))
    q = np.empty(k)
    for u in range(h):
        t, weight = tope[u], sign[u] * p[u]
        for a in range(k):
            q[a] = w0[u, a]
            for i in range(y.size):
                q[a] -= weight * lam[i] * active[t, i, a]
        face[u] = project(q, faces[t], heights[t], n_faces[t], w[u])
        for a in range(k):
            value += 0.5 * (w[u, a] - w0[u, a]) ** 2
        for i in range(y.size):
            share, terms = 0.0, 0.0
            for a in range(k):
                share += active[t, i, a] * w[u, a]
                terms += abs(active[t, i, a] * w0[u, a])
            r[i] += weight * share
            size = max(size, abs(weight) * terms)
    for i in range(y.size):
        value += lam[i] * r[i]
    return value, size


@njit(cache=True)
def curvature(task, tope, p, face, out):  # type: ignore[no-untyped-def]
    """Write minus the second derivative of :func:`dual` by the multipliers, (m, m), to ``out``."""
    active, faces = task[0], task[1]
    m, k = out.shape[0], active.shape[2]
    out[:] = 1.0
    for u in range(tope.size):
        t = tope[u]
        for i in range(m):
            for a in range(k):
                x = 0.0
                for b in range(k):
                    x += faces[t, face[u], a, b] * active[t, i, b]
                for j in range(m):
                    out[i, j] += p[u] * p[u] * active[t, j, a] * x


@njit(cache=True)
def on_faces(task, tope, sign, p, face, lam, w, r, H):  # type: ignore[no-untyped-def]
    """Find the closest weights on the spans of given faces; returns (half squared distance, they are in the cones)."""
    active, faces, heights, _, y, w0, c0, _ = task
    h, k = w.shape
    m = y.size
    step, total = np.empty(m), np.zeros(m)
    curvature(task, tope, p, face, H)
    shift = 1e-13 * np.trace(H)
    for _ in range(3):  # the second and third time to remove what rounding and shift have left
        for i in range(m):
            r[i] = c0 - total.sum() - y[i]
        value, size = 0.5 * total.sum() ** 2, abs(c0)
        for u in range(h):
            t, weight = tope[u], sign[u] * p[u]
            for a in range(k):
                w[u, a] = 0.0
                for b in range(k):
                    q = w0[u, b]
                    for i in range(m):
                        q -= weight * total[i] * active[t, i, b]
                    w[u, a] += faces[t, face[u], a, b] * q
                value += 0.5 * (w[u, a] - w0[u, a]) ** 2
            for i in range(m):
                share, terms = 0.0, 0.0
                for a in range(k):
                    share += active[t, i, a] * w[u, a]
                    terms += abs(active[t, i, a] * w0[u, a])
                r[i] += weight * share
                size = max(size, abs(weight) * terms, abs(y[i]))
        solve(H, r, shift, step)
        total += step
    total -= step
    lam[:] = total
    inside = np.abs(r).max() <= 100.0 * OUTPUT_PRECISION * size
    for u in range(h):
        slack = -1e-13 * np.sqrt((w[u] ** 2).sum() + (w0[u] ** 2).sum())
        for i in range(m):
            height = 0.0
            for a in range(k):
                height += heights[tope[u], 0, i, a] * w[u, a]
            inside = inside and height >= slack
    return value, inside


@njit(cache=True)
def best_faces(task, tope, sign, p, lam, w, kept):  # type: ignore[no-untyped-def]
    """Find the closest weights by trying all combinations of faces, ``kept``; returns half their squared distance.

    For degenerate programmes, where Newton's method has the multipliers but no stable set of faces.
    """
    h, m = tope.size, lam.size
    n_faces = task[3]
    face, trial_lam, trial_w = np.zeros(h, dtype=np.int64), np.empty(m), np.empty_like(w)
    r, H = np.empty(m), np.empty((m, m))
    best = np.inf
    while True:
        value, inside = on_faces(task, tope, sign, p, face, trial_lam, trial_w, r, H)
        if inside and value < best:
            best = value
            w[:], lam[:], kept[:] = trial_w, trial_lam, face
        u = 0
        while u < h and face[u] == n_faces[tope[u]] - 1:
            face[u] = 0
            u += 1
        if u == h:
            return best
        face[u] += 1


@njit(cache=True)
def closest_weights(task, tope, sign, p, lam, w, face):  # type: ignore[no-untyped-def]
    """Minimize the distance over the weights and b2 for fixed output weights; returns (value, quality).

    A convex quadratic programme, by Newton's method on its concave dual, which is piecewise quadratic.
    ``lam`` holds a first guess and gets the multipliers. The value is a lower bound in any case. Quality EXACT: ``w``
    solves the programme; CLOSE: the value does, to many digits, but ``w`` is not quite feasible; else POOR.
    """
    m = lam.size
    r, trial_r, step, trial = np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    H = np.empty((m, m))
    trial_w, trial_face = np.empty_like(w), np.empty_like(face)
    value, size = dual(task, tope, sign, p, lam, w, face, r)
    for _ in range(40):
        norm = np.sqrt((r * r).sum())
        if norm <= OUTPUT_PRECISION * size:
            return value, EXACT
        curvature(task, tope, p, face, H)
        shift = np.trace(H) * max(1e-4 * min(1.0, norm / size), 1e-14)
        while not solve(H, r, shift, step):
            shift *= 100.0
        slope = (r * step).sum()
        t, below, above = 1.0, 0.0, np.inf
        for _ in range(30):  # to where the slope along the step vanishes; it only falls, the value being concave
            for i in range(m):
                trial[i] = lam[i] + t * step[i]
            trial_value, trial_size = dual(task, tope, sign, p, trial, trial_w, trial_face, trial_r)
            here = (trial_r * step).sum()
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
        w[:], face[:] = trial_w, trial_face
        if gain <= 1e-15 * value and (r * r).sum() > 0.01 * norm * norm:
            break
    norm = np.sqrt((r * r).sum())
    if norm <= OUTPUT_PRECISION * size:
        return value, EXACT
    return value, CLOSE if norm <= 1e-8 * size else POOR


@njit(cache=True)
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


@njit(cache=True)
def newton_step(task, tope, sign, p, lam, w, face, g, free, step):  # type: ignore[no-untyped-def]
    """Write Newton's step in p for the true distance, with the pattern of faces kept.

    With C the derivative of the residuals by p and H as in :func:`curvature`, the Hessian of the distance is
    diag(1 - l' P l) + C' H^-1 C, where l is the pull of the multipliers on a unit and P its face's projector.
    """
    active, faces = task[0], task[1]
    m, h, k = lam.size, tope.size, w.shape[1]
    C, Z, H = np.empty((h, m)), np.empty((h, m)), np.empty((m, m))
    hess = np.zeros((h, h))
    curvature(task, tope, p, face, H)
    shift = 1e-13 * np.trace(H)
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
        while not solve(H, C[u], shift, Z[u]):
            shift *= 100.0
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
        shift = max(2.0 * shift, 1e-3 * (1.0 + np.abs(hess).max()))


@njit(cache=True)
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


@njit(cache=True)
def polish(task, tope, sign, p, face, w, c, r, H):  # type: ignore[no-untyped-def]
    """Move weights within their faces, and b2, by the little that makes the outputs the targets; returns b2."""
    active, faces, y = task[0], task[1], task[4]
    h, k = w.shape
    m = y.size
    step, pull = np.empty(m), np.empty(k)
    curvature(task, tope, p, face, H)
    shift = 1e-14 * np.trace(H)
    while not solve(H, y, shift, step):
        shift *= 100.0
    for u in range(h):
        pull[:] = w[u]
        for a in range(k):
            w[u, a] = 0.0
            for b in range(k):
                w[u, a] += faces[tope[u], face[u], a, b] * pull[b]
    for _ in range(3):
        for i in range(m):
            r[i] = c - y[i]
            for u in range(h):
                for a in range(k):
                    r[i] += sign[u] * p[u] * active[tope[u], i, a] * w[u, a]
        solve(H, r, shift, step)
        c -= step.sum()
        for u in range(h):
            for a in range(k):
                pull[a] = 0.0
                for i in range(m):
                    pull[a] += sign[u] * p[u] * step[i] * active[tope[u], i, a]
            for a in range(k):
                for b in range(k):
                    w[u, a] -= faces[tope[u], face[u], a, b] * pull[b]
    return c


@njit(cache=True)
def record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out):  # type: ignore[no-untyped-def]
    """Keep the zero at hand in ``out`` if it is the best so far; returns the best half squared distance."""
    h, k = w.shape
    m = lam.size
    away = 0.5 * ((p - p0) ** 2).sum()
    if value + away >= best:  # the value is a lower bound, so nothing better can be here
        return best
    kept_lam, kept_w, kept_face = lam.copy(), w.copy(), face.copy()
    if quality != EXACT:
        value = best_faces(task, tope, sign, p, kept_lam, kept_w, kept_face)
        if value + away >= best:
            return best
    c = polish(task, tope, sign, p, kept_face, kept_w, task[6] - kept_lam.sum(), np.empty(m), np.empty((m, m)))
    for u in range(h):
        out[u * k : (u + 1) * k] = kept_w[u]
        out[h * k + u] = sign[u] * p[u]
    out[h * k + h] = c
    return value + away


@njit(cache=True, nogil=True)
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
    low, high = np.zeros(h), np.zeros(h)
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
            start[c, u] = max(p0[c, u], 0.5 * size)
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
    gentle, r = np.empty(m), np.empty(m)
    whole_low, whole_high = np.empty(h), np.empty(h)
    stack_low, stack_high = np.empty((128 * h, h)), np.empty((128 * h, h))
    for c in order:
        target = best * (1.0 - gap)
        if max(bound[c], quick[c]) >= target:
            lower = min(lower, max(bound[c], quick[c]))
            continue
        limits(p0[c], best, stack_low[0], stack_high[0])
        depth = 1
        while depth > 0:
            depth -= 1
            boxes += 1
            low[:], high[:] = stack_low[depth], stack_high[depth]
            for u in range(h):  # towards p = 0 the distance grows as 1 / p^2, and only the far end tells
                p[u] = high[u] if low[u] < 0.25 * high[u] else 0.5 * (low[u] + high[u])
            lam[:] = 0.0
            value, quality = closest_weights(task, cells[c], signs[c], p, lam, w, face)
            total = value + 0.5 * ((p - p0[c]) ** 2).sum()
            least, unit = lower_model(task, cells[c], signs[c], p, p0[c], lam, w, face, total, low, high, g)
            gentle[:] = lam
            for _ in range(8):  # smaller multipliers bound less at p but bend less on the way to the box's ends
                if least >= target or total < best:
                    break
                gentle *= 0.5
                value, _ = dual(task, cells[c], signs[c], p, gentle, w, face, r)
                value += 0.5 * ((p - p0[c]) ** 2).sum()
                other, _ = lower_model(task, cells[c], signs[c], p, p0[c], gentle, w, face, value, low, high, g)
                if other <= least:
                    break
                least = other
            if least >= target or boxes >= max_boxes or depth + 2 > stack_low.shape[0]:
                lower = min(lower, max(least, 0.0))
                continue
            if total < best:  # better than all local minima so far: follow it down, out of the box
                limits(p0[c], best, whole_low, whole_high)
                value, quality, _, _ = descend(
                    task, cells[c], signs[c], p, p0[c], whole_low, whole_high, np.inf, lam, w, face, g
                )
                best = record(task, cells[c], signs[c], p, p0[c], lam, w, face, value, quality, best, out)
                target = best * (1.0 - gap)
            middle = 0.5 * (low[unit] + high[unit])
            for half in range(2):
                stack_low[depth], stack_high[depth] = low, high
                if half == 0:
                    stack_high[depth, unit] = middle
                else:
                    stack_low[depth, unit] = middle
                depth += 1
    return best, min(lower, best), boxes


@njit(cache=True)
def limits(p0, best, low, high):  # type: ignore[no-untyped-def]
    """Write the range of p that a zero at least as close as ``best`` must have."""
    radius = np.sqrt(2.0 * best)
    for u in range(p0.size):
        low[u], high[u] = max(p0[u] - radius, 0.0), p0[u] + radius
