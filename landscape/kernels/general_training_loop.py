"""The compiled inner loop that trains any network with one hidden layer, on a block of starts side by side.

As in :mod:`.training_loop`, the innermost loops run over lanes, one per start, and lanes never mix. But one
function serves all sizes, activations, heads and optimizers, since compiling one for each row of a table of remedies
would take longer than running it; it is about half as fast.

Paths are not recorded, only two steps of every start: the first at which the loss was below a limit, and the last one
before that at which a sample was misclassified.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numba
import numpy as np
from numba.core import types

from landscape.kernels import ADAM, RMSPROP, SGD
from landscape.kernels.jit import array_of, compiled
from landscape.kernels.step_emitter import EDITION, step

LANES = 64
"""Starts in a block."""

LAST_WRONG, FIRST_BELOW = 0, 1
"""Rows of ``marks``."""

LEAST = 1e4 * float(np.finfo(np.float64).tiny)
"""Moments below this are set to 0, as in :mod:`.training_loop`."""


@numba.njit(error_model="numpy")
def sum_inputs(inputs, theta, z):  # type: ignore[no-untyped-def]
    """Write the pre-activations of the hidden units (h, m, L)."""
    h, m, lanes = z.shape
    d = inputs.shape[1]
    for u in range(h):
        for i in range(m):
            row = z[u, i]
            for c in range(lanes):
                row[c] = inputs[i, 0] * theta[u, c]
            for k in range(1, d):
                for c in range(lanes):
                    row[c] += inputs[i, k] * theta[k * h + u, c]
            for c in range(lanes):
                row[c] += theta[d * h + u, c]


@numba.njit(error_model="numpy")
def activate(tanh, slopes, z, slope):  # type: ignore[no-untyped-def]
    """Replace pre-activations by activations, and write their slopes."""
    leak, at_zero = slopes[0], slopes[1]
    flat, flat_slope = z.reshape(-1), slope.reshape(-1)
    if tanh:
        for k in range(flat.size):
            e = math.exp(-2.0 * abs(flat[k]))  # takes half as long as math.tanh, differs in last bits near 0
            a = math.copysign((1.0 - e) / (1.0 + e), flat[k])
            flat[k], flat_slope[k] = a, 1.0 - a * a
    else:
        for k in range(flat.size):
            flat_slope[k] = 1.0 if flat[k] > 0.0 else (leak if flat[k] < 0.0 else at_zero)
            flat[k] = flat[k] if flat[k] > 0.0 else leak * flat[k]


@numba.njit(error_model="numpy")
def sum_outputs(a, theta, out):  # type: ignore[no-untyped-def]
    """Write the pre-activations of the output unit (m, L)."""
    h, m, lanes = a.shape
    n = theta.shape[0]
    for i in range(m):
        row = out[i]
        for c in range(lanes):
            row[c] = a[0, i, c] * theta[n - 1 - h, c]
        for u in range(1, h):
            for c in range(lanes):
                row[c] += a[u, i, c] * theta[n - 1 - h + u, c]
        for c in range(lanes):
            row[c] += theta[n - 1, c]


@numba.njit(error_model="numpy")
def judge(sigmoid, t, limit, targets, out, r, marks):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Mark lanes that misclassify a sample or whose loss is below the limit at step t; write the residuals (m, L)."""
    m, lanes = out.shape
    threshold = 0.0 if sigmoid else 0.5
    loss, wrong = np.zeros(lanes), np.zeros(lanes, dtype=np.bool_)
    for i in range(m):
        y = targets[i]
        wanted = y >= 0.5
        for c in range(lanes):
            wrong[c] |= (out[i, c] >= threshold) != wanted
        if sigmoid:
            for c in range(lanes):
                e = math.exp(-abs(out[i, c]))
                r[i, c] = (1.0 - y) - e / (1.0 + e) if out[i, c] >= 0.0 else e / (1.0 + e) - y
                loss[c] += abs(r[i, c])  # a lower bound of the cross-entropy, without a logarithm
        else:
            for c in range(lanes):
                r[i, c] = out[i, c] - y
                loss[c] += r[i, c] * r[i, c]
    for c in range(lanes):
        if marks[FIRST_BELOW, c] < 0:
            if wrong[c]:
                marks[LAST_WRONG, c] = t
            if loss[c] < m * limit and (not sigmoid or cross_entropy(targets, out, c) < m * limit):
                marks[FIRST_BELOW, c] = t


@numba.njit(error_model="numpy")
def cross_entropy(targets, out, c):  # type: ignore[no-untyped-def]
    """Return the binary cross-entropy of one lane, summed over the samples."""
    loss = 0.0
    for i in range(targets.size):
        o = out[i, c]
        loss += max(o, 0.0) - o * targets[i] + math.log1p(math.exp(-abs(o)))
    return loss


@numba.njit(error_model="numpy")
def pick(j, batch, weights, order, share, r):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Weight the residuals of the samples used by update j of an epoch, and set the others to 0."""
    m, lanes = r.shape
    share[:] = weights[0] if weights.size == 1 else 0.0
    if weights.size > 1:
        for p in range(j * batch, min((j + 1) * batch, m)):
            for c in range(lanes):
                share[order[p, c], c] = weights[j]
    for i in range(m):
        for c in range(lanes):
            r[i, c] *= share[i, c]


@numba.njit(error_model="numpy")
def pull_back(inputs, theta, a, slope, r, delta, g):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Write the gradient (n, L) by backpropagation, from residuals (m, L) that already include all factors."""
    h, m, lanes = a.shape
    n, d = theta.shape[0], inputs.shape[1]
    g[:] = 0.0
    for i in range(m):
        for c in range(lanes):
            g[n - 1, c] += r[i, c]
        for u in range(h):
            v = n - 1 - h + u
            for c in range(lanes):
                g[v, c] += a[u, i, c] * r[i, c]
                delta[c] = r[i, c] * theta[v, c] * slope[u, i, c]
            for k in range(d):
                for c in range(lanes):
                    g[k * h + u, c] += delta[c] * inputs[i, k]
            for c in range(lanes):
                g[d * h + u, c] += delta[c]


@numba.njit(error_model="numpy")
def update(method, theta, g, first, second, rate, rule):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Do one optimizer step on flat arrays."""
    if method == ADAM:
        for k in range(theta.size):
            theta[k], first[k], second[k] = step(ADAM, theta[k], g[k], first[k], second[k], rate, rule, LEAST)
    elif method == SGD:
        for k in range(theta.size):
            theta[k], first[k], second[k] = step(SGD, theta[k], g[k], first[k], second[k], rate, rule, LEAST)
    else:
        for k in range(theta.size):
            theta[k], first[k], second[k] = step(RMSPROP, theta[k], g[k], first[k], second[k], rate, rule, LEAST)


@cache
def training_block() -> Callable[..., None]:
    """Compile the training of one block.

    Returns
    -------
    walk : callable
        ``walk(method, tanh, sigmoid, slopes, limit, inputs, targets, batch, weights, orders, rates, rule, state, marks,
        span)`` advances ``state`` (3, n, L), theta and the two optimizer states, from step ``span[0]`` to ``span[1]``.
        ``slopes`` are those below 0 and at 0 of activations other than tanh. With u the length of ``weights``, step t
        is update j = t mod u of epoch t // u: it uses the j-th ``batch`` of ``orders[epoch]`` (m, L), with weight
        ``weights[j]`` for each sample. ``orders`` is repeated as often as needed, and is not used if u = 1.
    """
    edition = EDITION

    def walk(  # type: ignore[no-untyped-def]  # noqa: PLR0917
        method, tanh, sigmoid, slopes, limit, inputs, targets, batch, weights, orders, rates, rule, state, marks, span
    ):
        _ = edition  # so that cached machine code matches the current step emitter
        theta, first, second = state[0], state[1], state[2]
        n, lanes = theta.shape
        m, d = inputs.shape
        h = (n - 1) // (d + 2)
        a, slope = np.empty((h, m, lanes)), np.empty((h, m, lanes))
        out, r, share = np.empty((m, lanes)), np.empty((m, lanes)), np.empty((m, lanes))
        g, delta = np.empty((n, lanes)), np.empty(lanes)
        constants = rule[0], rule[1], rule[2], rule[3]
        for t in range(span[0], span[1] + 1):
            sum_inputs(inputs, theta, a)
            activate(tanh, slopes, a, slope)
            sum_outputs(a, theta, out)
            judge(sigmoid, t, limit, targets, out, r, marks)
            if t == span[1]:
                return
            j, epoch = t % weights.size, t // weights.size % orders.shape[0]
            pick(j, batch, weights, orders[epoch], share, r)
            pull_back(inputs, theta, a, slope, r, delta, g)
            flat = theta.reshape(-1), g.reshape(-1), first.reshape(-1), second.reshape(-1)
            update(method, *flat, rates[t], constants)

    values = array_of(np.float64)
    return compiled(
        walk,
        types.int64,
        *[types.boolean] * 2,
        values,
        types.float64,
        array_of(np.float64, 2),
        values,
        types.int64,
        values,
        array_of(np.int8, 3),
        *[values] * 2,
        array_of(np.float64, 3, out=True),
        array_of(np.int64, 2, out=True),
        array_of(np.int64),
    )
