"""The compiled inner loop of training: one block of starts, side by side in the vector registers.

Every number of a block is a row of LANES values, one per start, and all rows lie in one flat array, so
each innermost loop runs over lanes at distances known to the compiler. Lanes never mix: a start's path
does not depend on its neighbours, and is the same bit for bit wherever it is placed.

The order of operations is TensorFlow's on the four XOR samples, so that the paths are Keras' own. In
float64 sums over samples are sequential, but the gradient of b2 and the loss add even and odd samples
apart. In float32 all are sequential and the gradient of W2 is accumulated with fused multiply-adds. TensorFlow
flushes subnormal numbers to 0, which decides when a float32 loss becomes exactly 0, so the loss does too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numba
import numpy as np
from numba.extending import intrinsic

from landscape.kernels.compiled import array_of, compiled

LANES = 64
"""Starts in a block. Shorter rows are unrolled into scalars by the compiler, longer ones leave the cache."""

ADAM, SGD, RMSPROP = 0, 1, 2


@intrinsic
def fma(_typing, a, b, c):  # type: ignore[no-untyped-def]
    """Return a * b + c with one rounding."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.fma(*arguments)

    return a(a, a, a), emit


@numba.njit
def flushed(value, least):  # type: ignore[no-untyped-def]
    """Return a value, or 0 where it is smaller than ``least``; NaN stays."""
    return value - value if abs(value) < least else value


@numba.njit(error_model="numpy")
def step(method, theta, g, first, second, rate, rule, least):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Update one parameter and its two state values; ``rule`` holds the optimizer's constants.

    Where the gradient is 0 a moment decays to subnormal numbers, on which processors are slow. It is set to
    0 a little before: no parameter can tell.
    """
    if method == ADAM:
        first = flushed(first + (g - first) * rule[0], least)
        second += (g * g - second) * rule[1]
        theta -= (first * rate) / (math.sqrt(second) + rule[2])
    elif method == SGD:
        first = flushed(first * rule[0] - g * rate, least)
        theta += first
    else:
        second = flushed(second * rule[0] + (g * g) * rule[1], least)
        first = flushed(first * rule[2] + (g * rate) * (rule[4] / math.sqrt(second + rule[3])), least)
        theta -= first
    return theta, first, second


@cache
def walk_block(d: int, h: int, m: int, method: int, single: bool) -> tuple[Callable[..., None], int]:  # noqa: PLR0915
    """Compile the walk of one block for d inputs, h hidden units and m samples.

    Returns
    -------
    walk : callable
        ``walk(inputs, targets, rates, rule, kept, state, path, loss, span)`` advances ``state`` from step
        ``span[0]`` to ``span[1]``. ``span[2]`` is the next record to be written and is moved on.
    size : int
        Length of ``state``: rows of LANES for theta, the two state values, and scratch.
    """
    L = LANES
    n = (d + 2) * h + 1
    B, V, C = d * h, (d + 1) * h, n - 1  # rows of theta where b1, W2 and b2 begin
    FIRST, SECOND, ACTIVATION = n, 2 * n, 3 * n
    RESIDUAL = ACTIVATION + h * m
    DELTA = RESIDUAL + m
    size = (DELTA + m) * L
    kind = np.float32 if single else np.float64
    TINY = float(np.finfo(kind).tiny)

    def walk(inputs, targets, rates, rule, kept, s, path, loss, span):  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0917
        zero, scale, mean, tiny, least = kind(0.0), kind(2.0 / m), kind(m), kind(TINY), kind(1e4 * TINY)
        for t in range(span[0], span[1] + 1):
            for i in range(m):
                for c in range(L):
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

            if span[2] < kept.size and t == kept[span[2]]:
                for c in range(path.shape[0]):
                    even, odd = zero, zero
                    for i in range(m):
                        r = s[(RESIDUAL + i) * L + c]
                        square = flushed(r * r, tiny)
                        if single or i % 2 == 0:
                            even += square
                        else:
                            odd += square
                    loss[c, span[2]] = flushed((even + odd) / mean, tiny)
                    for k in range(n):
                        path[c, span[2], k] = s[k * L + c]
                span[2] += 1
            if t == span[1]:
                break

            rate = rates[t]
            for c in range(L):
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
                    method, s[k], even + odd, s[FIRST * L + k], s[SECOND * L + k], rate, rule, least
                )
            for u in range(h):
                for i in range(m):
                    for c in range(L):
                        delta = s[(RESIDUAL + i) * L + c] * s[(V + u) * L + c]
                        active = s[(ACTIVATION + u * m + i) * L + c] > zero
                        s[(DELTA + i) * L + c] = delta if active else zero
                for row in range(d + 2):  # column u of W1, then b1[u], and W2[u] last: delta needed it
                    for c in range(L):
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
                            method, s[k], g, s[FIRST * L + k], s[SECOND * L + k], rate, rule, least
                        )

    values, steps = array_of(kind), array_of(np.int64)
    written = [array_of(kind, ndim, out=True) for ndim in (1, 3, 2)]
    return compiled(walk, *[values] * 4, steps, *written, array_of(np.int64, out=True)), size
