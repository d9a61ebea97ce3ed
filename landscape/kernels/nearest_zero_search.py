"""Branch and bound for the closest zero-loss parameters; :mod:`landscape.exact.nearest_zero` explains the method.

Arrays and names are those of :mod:`landscape.kernels.nearest_zero_weights`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numba import njit

from landscape.kernels.nearest_zero_dual import climb
from landscape.kernels.nearest_zero_weights import (
    EXACT,
    POOR,
    best_faces,
    closest_weights,
    copy,
    copy_rows,
    dot,
    factor,
    largest,
    polish,
    project,
    solve_factored,
    squares,
    true_distance,
)
from landscape.kernels.small_arrays import extent, fetched, lent, matrix, row, vector, whole_vector

ARMIJO = 1e-4

DEPTH = 256
"""Largest number of boxes waiting to be opened."""


@njit(error_model="numpy")
def solve(units, hess, right, shift, out):  # type: ignore[no-untyped-def]
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


@njit(error_model="numpy")
def newton_step(task, tope, sign, p, lam, w, face, g, free, step):  # type: ignore[no-untyped-def]
    """Write the Newton step in p for the true distance, with the face of each unit held fixed.

    With C the derivative of the residuals with respect to p and H as in :func:`factor`, the Hessian of the distance is
    diag(1 - l' P l) + C' H^-1 C, where l is the pull of the multipliers on a unit and P its face's projector.
    """
    (units, weights, samples, columns, _), active, faces = fetched(task)[:3]
    h, k, m = extent(units), extent(weights), extent(samples)
    C, Z, G = matrix(units, samples), matrix(units, samples), matrix(samples, columns + samples)
    R, order, scale = matrix(samples, samples), whole_vector(samples), vector(samples)
    hess = matrix(units, units)
    for u in range(h):
        for x in range(h):
            hess[u, x] = 0.0
    rank = factor(task, tope, sign, p, face, 0.0, G, R, order, scale)
    pull, kept = vector(weights), vector(weights)
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
        solve_factored(samples, R, order, scale, rank, row(C, u, samples), row(Z, u, samples))
    for u in range(h):
        for x in range(h):
            hess[u, x] += dot(row(C, u, samples), row(Z, x, samples))
    right = vector(units)
    for u in range(h):
        right[u] = -g[u] if free[u] else 0.0
        for x in range(h):
            if not (free[u] and free[x]):
                hess[u, x] = 1.0 if u == x else 0.0
    shift = 0.0
    while not solve(units, hess, right, shift, step):
        shift = max(2.0 * shift, 1e-3)


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
    (units, weights, samples, _, _), active = fetched(task)[:2]
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
def record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out):  # type: ignore[no-untyped-def]
    """Write the current zero to ``out`` if it is the best so far; returns the best half squared distance.

    It is written only after it has been verified to be a zero, and its distance is measured, not taken from the
    multipliers.
    """
    units, weights, samples, _, _ = fetched(task)[0]
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
        c = fetched(task)[6]
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
    units, weights, _, _, _ = fetched(task)[0]
    h, k = extent(units), extent(weights)
    w, face = matrix(units, weights), whole_vector(units)
    for u in range(h):
        face[u] = 0
        for a in range(k):
            w[u, a] = 0.0
        p[u] = min(max(p[u], low[u], 0.1 * start[u]), high[u])
    value, quality = descend(task, tope, sign, p, p0, low, high, lam, w, face)
    return record(task, tope, sign, p, p0, lam, w, face, value, quality, best, out)


@njit(error_model="numpy")
def goal(best, gap, floor):  # type: ignore[no-untyped-def]
    """Return the bound that suffices for ``best``: less a relative gap of the distance, and ``floor`` for rounding."""
    return 0.5 * max(np.sqrt(2.0 * best) * (1.0 - gap) - floor, 0.0) ** 2


@njit(error_model="numpy")
def limits(p0, sign, spare, low, high):  # type: ignore[no-untyped-def]
    """Write the range of p at zeros whose output weights add at most ``spare`` to the least half squared distance.

    A muted unit, of sign 0, has p = 0.
    """
    for u in range(p0.size):
        low[u], high[u] = 0.0, 0.0
        if sign[u] != 0.0:
            radius = np.sqrt(2.0 * (max(spare, 0.0) + 0.5 * min(p0[u], 0.0) ** 2))
            low[u], high[u] = max(p0[u] - radius, 0.0), max(p0[u] + radius, 0.0)


@njit(error_model="numpy")
def pull_of(task, tope, lam):  # type: ignore[no-untyped-def]
    """Return |l|, the rate at which a unit's weights move with p."""
    sizes, active = fetched(task)[:2]
    total = 0.0
    for a in range(extent(sizes.weights)):
        along = 0.0
        for i in range(extent(sizes.samples)):
            along += lam[i] * active[tope, i, a]
        total += along * along
    return np.sqrt(total)


@njit(error_model="numpy")
def to_cones(task, v, cells, signs, quick, p0, start):  # type: ignore[no-untyped-def]
    """Write half the squared distance to every cell (less rounding), p at theta, and a p of suitable size to start.

    The output weight of a muted unit has to become 0, as if it had the wrong sign.
    """
    sizes, active, _, cones, y, W, _, _ = fetched(task)
    h, k = W.shape
    root = np.sqrt(largest(y) + 1e-300)
    w, away = np.empty(k), np.zeros((active.shape[0], h))
    for t in range(active.shape[0]):
        for u in range(h):
            project(row(W, u, sizes.weights), t, cones, 0, w)
            size = 0.0
            for a in range(k):
                size += abs(W[u, a])
            for a in range(k):
                away[t, u] += 0.5 * max(abs(w[a] - W[u, a]) - 1e-15 * size, 0.0) ** 2
    for c in range(quick.size):
        quick[c] = 0.0
        for u in range(h):
            p0[c, u] = signs[c, u] * v[u] if signs[c, u] != 0.0 else -abs(v[u])
            quick[c] += away[cells[c, u], u] + 0.5 * min(p0[c, u], 0.0) ** 2
            start[c, u] = 0.0
            if signs[c, u] != 0.0:
                start[c, u] = max(p0[c, u], 0.5 * root * root / max(root, np.sqrt(squares(row(W, u, sizes.weights)))))


def _search(edition: int) -> Any:
    """Return the compiled search; ``edition`` is part of the key of numba's cache on disk."""

    @njit(cache=True, nogil=True, error_model="numpy")
    def search(sizes, samples, active, cones, cells, signs, y, W, v, b2, gap, floor, starts, widely, max_boxes, out):  # type: ignore[no-untyped-def]
        """Find the zero-loss parameters closest to (W, v, b2); returns (half squared distance, lower bound, boxes).

        ``cells`` (c, h) and ``signs`` (c, h), 0 for a muted unit, are the closed cells that contain zeros. A box is
        closed when its bound is within the relative ``gap`` and the absolute ``floor`` of the distance. ``starts``:
        local searches in each of the ``widely`` best cells that the first bound does not close; the others get one.
        Writes weights, output weights and b2 of the zero to ``out`` ((k + 1) h + 1).
        """
        _ = edition
        n_cells, h = cells.shape
        m = y.size
        task = lent((sizes, active, cones.faces, cones, y, W, b2, samples))
        w, face = np.zeros(W.shape), np.zeros(h, dtype=np.int64)
        p, low, high = np.zeros(h), np.zeros(h), np.zeros(h)
        root = np.sqrt(largest(y) + 1e-300)
        quick, p0, start = np.empty(n_cells), np.empty((n_cells, h)), np.empty((n_cells, h))
        to_cones(task, v, cells, signs, quick, p0, start)

        best = np.inf
        bound, guess = quick.copy(), np.full(n_cells, np.inf)
        lam, likely, trial_lam = np.zeros((n_cells, m)), start.copy(), np.empty(m)
        for c in np.argsort(quick):
            if quick[c] < goal(best, gap, floor):
                value, quality = closest_weights(task, cells[c], signs[c], start[c], lam[c], w, face)
                guess[c] = value + half_square(start[c], p0[c])
                if quality == EXACT or best == np.inf:
                    best = record(task, cells[c], signs[c], start[c], p0[c], lam[c], w, face, value, quality, best, out)
        if best == np.inf:
            return best, 0.0, 0
        for c in np.argsort(guess):
            if quick[c] < goal(best, gap, floor):
                limits(p0[c], signs[c], best - quick[c], low, high)
                copy(lam[c], trial_lam)
                least = climb(task, cells[c], signs[c], p0[c], low, high, lam[c], goal(best, gap, floor), likely[c])
                bound[c] = max(bound[c], least)
                if bound[c] < goal(best, gap, floor):
                    copy(start[c], p)
                    best = follow(task, cells[c], signs[c], p, p0[c], low, high, start[c], trial_lam, best, out)
        for attempt in range(1, starts):
            walked = 0
            for c in np.argsort(bound):
                if walked < widely and bound[c] < goal(best, gap, floor):
                    walked += 1
                    limits(p0[c], signs[c], best - quick[c], low, high)
                    copy(likely[c] if attempt == 1 else low if attempt == 2 else high, p)
                    copy(lam[c], trial_lam)
                    best = follow(task, cells[c], signs[c], p, p0[c], low, high, start[c], trial_lam, best, out)
        if max_boxes == 0:
            return best, 0.0, 0

        lower, boxes = best, 0
        stack_low, stack_high, stack_lam = np.empty((DEPTH, h)), np.empty((DEPTH, h)), np.empty((DEPTH, m))
        for c in np.argsort(bound):
            if bound[c] >= goal(best, gap, floor):
                lower = min(lower, bound[c])
                continue
            limits(p0[c], signs[c], best - quick[c], stack_low[0], stack_high[0])
            copy(lam[c], stack_lam[0])
            depth = 1
            while depth > 0:
                depth -= 1
                boxes += 1
                copy(stack_low[depth], low)
                copy(stack_high[depth], high)
                copy(stack_lam[depth], trial_lam)
                for u in range(h):  # towards p = 0 the distance grows as 1 / p^2, so try the far end
                    p[u] = high[u] if low[u] < 0.25 * high[u] else 0.5 * (low[u] + high[u])
                value, quality = closest_weights(task, cells[c], signs[c], p, trial_lam, w, face)
                better = value + half_square(p, p0[c]) < best
                copy(trial_lam, lam[c])
                least = climb(task, cells[c], signs[c], p0[c], low, high, trial_lam, goal(best, gap, floor), likely[c])
                if least >= goal(best, gap, floor) or boxes >= max_boxes or depth + 2 > DEPTH:
                    lower = min(lower, max(least, bound[c]))
                    continue
                copy(trial_lam, stack_lam[depth])
                copy(trial_lam, stack_lam[depth + 1])
                unit, widest = 0, -1.0
                for u in range(h):
                    width = (high[u] - low[u]) * (1.0 + pull_of(task, cells[c, u], trial_lam))
                    if width > widest:
                        unit, widest = u, width
                least_p = max(low[unit], 0.1 * root * root / max(root, np.sqrt(squares(W[unit]))))
                middle = min(0.5 * (low[unit] + high[unit]), np.sqrt(least_p * high[unit]))
                for half in range(2):
                    copy(low, stack_low[depth])
                    copy(high, stack_high[depth])
                    if half == 0:
                        stack_high[depth, unit] = middle
                    else:
                        stack_low[depth, unit] = middle
                    depth += 1
                if better:  # than all so far: descend from it, not limited to the box
                    limits(p0[c], signs[c], best - quick[c], low, high)
                    best = follow(task, cells[c], signs[c], p, p0[c], low, high, start[c], lam[c], best, out)
        return best, min(lower, best), boxes

    return search


def _edition() -> int:
    """Return a checksum of the files that the search is compiled from: cached machine code must match them."""
    names = ("nearest_zero_search.py", "nearest_zero_dual.py", "nearest_zero_weights.py", "small_arrays.py")
    return crc32(b"".join((Path(__file__).parent / name).read_bytes() for name in names))


search = _search(_edition())
