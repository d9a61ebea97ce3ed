"""The compiled inner loop of training: one block of starts, side by side in the vector registers.

The numbers of a block are stored in panels: rows with as many values as fill a register, one per start, at offsets
that are compile-time constants. Larger networks, whose steps are loops, have one panel with rows of LANES values. Lanes
never mix: a start's path does not depend on its neighbours, and is the same bit for bit in any lane.

The order of operations is TensorFlow's on the four XOR samples, so that the paths equal those of Keras. In float64 sums
over samples are sequential, except that the gradient of b2 and the loss add even and odd samples separately. In float32
all sums are sequential and the gradient of W2 is accumulated with fused multiply-adds, as TensorFlow does with oneDNN.
Without oneDNN, as on some processors, TensorFlow rounds these products before it adds them, and float32 paths from
starts far from the optimum differ in their last bits. As in TensorFlow subnormal numbers count as 0, which determines
when a float32 loss becomes exactly 0; the loss is also flushed explicitly, for processors that have no such mode.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from landscape.kernels import float_mode
from landscape.kernels.float_mode import flush_subnormals, restore
from landscape.kernels.jit import array_of, compiled
from landscape.kernels.step_emitter import BOTH, EDITION, GENERAL, PARAMETERS, STATES, advance, register_width, step

LANES = 64
"""Starts in a block."""

STRAIGHT_LIMIT = 256
"""Largest units x samples x (inputs + 2) that is written out; in larger networks loops cost little in comparison."""

FLUSH_EVERY = 32
"""Every so many steps float64 moments that are too small are set to 0: a tenth less work than at every step.

In float32, where residuals get that small and late spikes can grow from any value, it is done at every step.
"""


def input_bits(inputs: NDArray[np.float64]) -> int:
    """Return the inputs (m, d) as bits of a number, the first one lowest; ``GENERAL`` if over 60 or not all 0 or 1."""
    flat = inputs.ravel().tolist()
    if len(flat) > 60 or not set(flat) <= {0.0, 1.0}:
        return GENERAL
    return sum(1 << k for k, x in enumerate(flat) if x)


@intrinsic
def fma(_typing, a, b, c):  # type: ignore[no-untyped-def]
    """Return a * b + c with one rounding."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.fma(*arguments)

    return a(a, a, a), emit


@numba.njit
def flushed(value, least):  # type: ignore[no-untyped-def]
    """Return a value, or 0 where it is smaller than ``least`` in size; NaN stays NaN."""
    return value - value if abs(value) < least else value


@cache
def training_block(  # noqa: PLR0915, PLR0917
    d: int, h: int, m: int, method: int, single: bool, bits: int
) -> tuple[Callable[..., None], int]:
    """Compile the training of blocks of starts for d inputs, h hidden units and m samples.

    Parameters
    ----------
    method : int
        ADAM, SGD or RMSPROP of :mod:`landscape.kernels`.
    single : bool
        float32 instead of float64.
    bits : int
        The inputs, as returned by :func:`input_bits`.

    Returns
    -------
    walk : callable
        ``walk(inputs, targets, rates, rule, kept, scratch, values, who, first, place, path, loss, span)`` advances
        k starts from step ``span[0]`` to ``span[1]``; ``span[2]`` is the index of the next record. The c-th start has
        index ``who[c]`` in ``values`` (3, parameters, starts), which are theta and the two state values, and index
        ``first + who[c]`` in the records; its parameters have the indices ``place[c]``.
    size : int
        Minimum length of ``scratch``.
    """
    W = register_width(single)
    straight = h * m * (d + 2) <= STRAIGHT_LIMIT
    L = W if straight else LANES  # lanes of a panel
    n = (d + 2) * h + 1
    B, V, C = d * h, (d + 1) * h, n - 1  # rows of theta where b1, W2 and b2 begin
    FIRST, SECOND, ACTIVATION = n, 2 * n, 3 * n
    RESIDUAL = ACTIVATION + h * m
    DELTA = RESIDUAL + m
    PANEL = (DELTA + m) * L
    kind = np.float32 if single else np.float64
    TINY = float(np.finfo(kind).tiny)
    shape = (d, h, m, method, bits, W, PANEL)
    plain, flushing, often = (*shape, 0), (*shape, 1), 1 if single else FLUSH_EVERY
    edition = EDITION ^ float_mode.EDITION

    def walk(inputs, targets, rates, rule, kept, s, values, who, first, place, path, loss, span):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915, PLR0917
        _ = edition  # so that cached machine code matches the current emitters
        mode = flush_subnormals()
        zero, scale, mean, tiny, least = kind(0.0), kind(2.0 / m), kind(m), kind(TINY), kind(1e4 * TINY)
        constants = rule[0], rule[1], rule[2], rule[3]
        for head in range(0, who.size, LANES):
            count, record = min(who.size - head, LANES), span[2]
            lanes, end = min((count + W - 1) // W * W, L), (count + L - 1) // L * PANEL
            for q in range(3):
                for k in range(n):
                    for c in range(count):
                        s[c // L * PANEL + (q * n + k) * L + c % L] = values[q, place[head + c, k], who[head + c]]
            for t in range(span[0], span[1] + 1):
                due = record < kept.size and t == kept[record]
                if due or not straight:
                    for i in range(m):
                        for b in range(0, end, PANEL):
                            for c in range(b, b + lanes):
                                out = zero
                                for u in range(h):
                                    z = inputs[i * d] * s[u * L + c]
                                    for k in range(1, d):
                                        z += inputs[i * d + k] * s[(k * h + u) * L + c]
                                    z += s[(B + u) * L + c]
                                    a = zero if z <= zero else z
                                    s[(ACTIVATION + u * m + i) * L + c] = a
                                    term = a * s[(V + u) * L + c]
                                    out = term if u == 0 else out + term
                                s[(RESIDUAL + i) * L + c] = (out + s[C * L + c]) - targets[i]
                if due:
                    for c in range(count):
                        even, odd, base = zero, zero, c // L * PANEL + c % L
                        for i in range(m):
                            r = s[base + (RESIDUAL + i) * L]
                            square = flushed(r * r, tiny)
                            if single or i % 2 == 0:
                                even += square
                            else:
                                odd += square
                        loss[first + who[head + c], record] = flushed((even + odd) / mean, tiny)
                        for k in range(n):
                            path[first + who[head + c], record, place[head + c, k]] = s[base + k * L]
                    record += 1
                if t == span[1]:
                    break

                rate = rates[t]
                if straight:
                    data, how = (inputs, targets), (*constants, rate, scale, least)
                    if t % often:
                        advance(STATES, s, data, how, 0, plain)
                        for b in range(PANEL, end, PANEL):
                            advance(BOTH, s, data, how, b, plain)
                        advance(PARAMETERS, s, data, how, end, plain)
                    else:
                        advance(STATES, s, data, how, 0, flushing)
                        for b in range(PANEL, end, PANEL):
                            advance(BOTH, s, data, how, b, flushing)
                        advance(PARAMETERS, s, data, how, end, flushing)
                    continue
                for c in range(lanes):
                    even, odd = zero, zero
                    for i in range(m):
                        r = s[(RESIDUAL + i) * L + c] * scale
                        s[(RESIDUAL + i) * L + c] = r
                        if single or i % 2 == 0:
                            even += r
                        else:
                            odd += r
                    k = C * L + c
                    s[k], s[FIRST * L + k], s[SECOND * L + k] = step(
                        method, s[k], even + odd, s[FIRST * L + k], s[SECOND * L + k], rate, constants, least
                    )
                for u in range(h):
                    for i in range(m):
                        for c in range(lanes):
                            delta = s[(RESIDUAL + i) * L + c] * s[(V + u) * L + c]
                            active = s[(ACTIVATION + u * m + i) * L + c] > zero
                            s[(DELTA + i) * L + c] = delta if active else zero
                    for row in range(d + 2):  # column u of W1, then b1[u], and W2[u] last, since delta needs it
                        for c in range(lanes):
                            g = zero
                            for i in range(m):
                                if row < d:
                                    g += s[(DELTA + i) * L + c] * inputs[i * d + row]
                                elif row == d:
                                    g += s[(DELTA + i) * L + c]
                                else:
                                    a, r = s[(ACTIVATION + u * m + i) * L + c], s[(RESIDUAL + i) * L + c]
                                    g = fma(a, r, g) if single else g + a * r  # type: ignore[call-arg]
                            k = (row * h + u) * L + c
                            s[k], s[FIRST * L + k], s[SECOND * L + k] = step(
                                method, s[k], g, s[FIRST * L + k], s[SECOND * L + k], rate, constants, least
                            )

            for q in range(3):
                for k in range(n):
                    for c in range(count):
                        values[q, place[head + c, k], who[head + c]] = s[c // L * PANEL + (q * n + k) * L + c % L]
        restore(mode)

    value, numbers = array_of(kind), array_of(np.int64)
    scratch, values, loss = (array_of(kind, ndim, out=True) for ndim in (1, 3, 2))
    arrays = [*[value] * 4, numbers, scratch, values, numbers, types.int64, array_of(np.int64, 2), values, loss]
    return compiled(walk, *arrays, numbers), PANEL * (LANES // L)


@cache
def coasting_block(method: int, single: bool) -> Callable[..., None]:
    """Compile the updates of permanently inactive units, whose gradient is 0 and on which nothing else depends.

    ``fade(rates, rule, kept, values, who, place, steps, path, span)`` updates ``values`` (3, q, p), the p parameters
    of q units and their two state values, from step ``span[0]`` for ``steps`` (q,) steps, after which they stay
    constant. Records from index ``span[1]`` on are written to ``path[who, :, place]``, with who (q,) and place (q, p).
    """
    kind = np.float32 if single else np.float64
    TINY = float(np.finfo(kind).tiny)
    edition = EDITION ^ float_mode.EDITION

    def fade(rates, rule, kept, values, who, place, steps, path, span):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        _ = edition
        mode = flush_subnormals()
        least, constants = kind(1e4 * TINY), (rule[0], rule[1], rule[2], rule[3])
        for unit in range(who.size):
            record, last = span[1], span[0] + steps[unit]
            for t in range(span[0], last + 1):
                while record < kept.size and (kept[record] <= t or t == last):
                    for k in range(place.shape[1]):
                        path[who[unit], record, place[unit, k]] = values[0, unit, k]
                    record += 1
                if t < last:
                    for k in range(place.shape[1]):
                        theta, first, second = values[0, unit, k], values[1, unit, k], values[2, unit, k]
                        new = step(method, theta, kind(0.0), first, second, rates[t], constants, least)
                        values[0, unit, k], values[1, unit, k], values[2, unit, k] = new
        restore(mode)

    value, numbers, changed = array_of(kind), array_of(np.int64), array_of(kind, 3, out=True)
    return compiled(fade, value, value, numbers, changed, numbers, array_of(np.int64, 2), numbers, changed, numbers)
