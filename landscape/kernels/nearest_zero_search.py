"""Branch and bound for the closest zero-loss parameters; :mod:`landscape.exact.nearest_zero` explains the method.

Arrays and names are those of :mod:`landscape.kernels.nearest_zero_weights`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numba import njit

from landscape.kernels import small_arrays
from landscape.kernels.jit import compiled_on_first_call
from landscape.kernels.nearest_zero_algebra import copy, dot, largest
from landscape.kernels.nearest_zero_descent import follow, half_square, record
from landscape.kernels.nearest_zero_dual import climb
from landscape.kernels.nearest_zero_weights import EXACT, closest_weights, project
from landscape.kernels.small_arrays import by_reference, extent, referenced

DEPTH = 256
"""Largest number of boxes waiting to be opened."""


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
    sizes, _, active, _, _, _, _, _ = referenced(task)
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
    _, _, active, cones, y, W, _, _ = referenced(task)
    h, k = W.shape
    root = np.sqrt(largest(y) + 1e-300)
    w, away = np.empty(k), np.zeros((active.shape[0], h))
    for t in range(active.shape[0]):
        for u in range(h):
            project(W[u], t, cones, 0, w)
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
                start[c, u] = max(p0[c, u], 0.5 * root * root / max(root, np.sqrt(dot(W[u], W[u]))))


def _search(edition: int) -> Any:
    """Return the compiled search; ``edition`` is part of the key of numba's cache on disk."""

    @compiled_on_first_call
    def search(values, cells, signs, v, gap, floor, starts, widely, max_boxes, out):  # type: ignore[no-untyped-def]
        """Find the zero-loss parameters closest to (W, v, b2); returns (half squared distance, lower bound, boxes).

        ``values`` is the :class:`landscape.kernels.nearest_zero_arrays.Task`, v (h,) the output weights.
        ``cells`` (c, h) and ``signs`` (c, h), 0 for a muted unit, are the closed cells that contain zeros. A box is
        closed when its bound is within the relative ``gap`` and the absolute ``floor`` of the distance. ``starts``:
        local searches in each of the ``widely`` best cells that the first bound does not close; the others get one.
        Writes weights, output weights and b2 of the zero to ``out`` ((k + 1) h + 1).
        """
        _ = edition
        n_cells, h = cells.shape
        task, y, W = by_reference(values), values.y, values.W
        m = y.size
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
                least_p = max(low[unit], 0.1 * root * root / max(root, np.sqrt(dot(W[unit], W[unit]))))
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
    sources = [*sorted(Path(__file__).parent.glob("nearest_zero_*.py")), Path(small_arrays.__file__)]
    return crc32(b"".join(source.read_bytes() for source in sources))


search = _search(_edition())
