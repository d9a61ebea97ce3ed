"""The loss of the ReLU network on a grid over a plane, compiled.

Along a plane every pre-activation, output weight and bias is an affine function of (alpha, beta), so a
point costs its ReLUs and products only, whatever the number of inputs. Residuals are evaluated and then
squared: the quartic that the loss is between kinks, multiplied out, would lose all digits near loss 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numba.core import types
from numpy.typing import NDArray

from landscape.kernels.compiled import aligned_zeros, array_of, compiled
from landscape.kernels.crew import processors, share
from landscape.network import ReluNetwork
from landscape.plane import Plane

Array = NDArray[np.float64]

PIECES = 6
"""Pieces of work per thread: enough to even out threads that start late, few enough to cost nothing."""


def plane_loss(net: ReluNetwork, plane: Plane, alpha: Array, beta: Array, *, threads: int | None = None) -> Array:
    """Return the loss at ``plane.point(alpha, beta)``, shape (n_beta, n_alpha).

    Parameters
    ----------
    net : ReluNetwork
    plane : Plane
    alpha : ndarray of shape (n_alpha,)
    beta : ndarray of shape (n_beta,)
    threads : int, optional
        Default: one per processor. The result does not depend on it.
    """
    m, h = net.n_samples, net.hidden
    alpha, beta = np.ascontiguousarray(alpha), np.ascontiguousarray(beta)
    scale = 1.0 / np.sqrt(m)  # on the residuals, so that the sum of squares is the mean
    origin, by_alpha, by_beta = _affine(net, plane, scale)
    columns = aligned_zeros((h + 1) * alpha.size, np.float64)
    np.outer(by_alpha[: h + 1], alpha, out=columns.reshape(h + 1, -1))
    loss = np.empty((beta.size, alpha.size))
    rows = _kernel(m, h)
    targets = net.targets * scale
    threads = processors() if threads is None else threads
    step = -(-beta.size // (PIECES * threads))

    def piece(first: int) -> Iterator[int]:
        last = min(first + step, beta.size)
        rows(alpha, beta, origin, by_alpha, by_beta, targets, columns, loss, first, last)
        yield last - first

    share((piece(first) for first in range(0, beta.size, step)), threads)
    return loss


def _affine(net: ReluNetwork, plane: Plane, scale: float) -> Array:
    """Return bias, output weights (h) and pre-activations (h m) as affine functions: shape (3, 1 + h + h m).

    The rows are the values at the origin and the slopes along both directions; bias and output weights
    come times ``scale``.
    """
    thetas = np.stack([plane.origin, plane.d1, plane.d2])
    w = net.unpack(thetas)
    z = net.preactivations(thetas).transpose(0, 2, 1).reshape(3, -1)
    return np.concatenate([w.b2[:, None] * scale, w.W2 * scale, z], axis=1)


@cache
def _kernel(m: int, h: int) -> Callable[..., None]:
    """Compile the loss on rows ``first`` to ``last`` of a grid, for m samples and h hidden units."""
    Z = 1 + h
    size = 1 + h + h * m

    def rows(alpha, beta, origin, by_alpha, by_beta, targets, columns, loss, first, last):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        n = alpha.size
        at = np.empty(size)
        for j in range(first, last):
            for k in range(size):
                at[k] = origin[k] + beta[j] * by_beta[k]
            row = loss[j]
            for c in range(n):
                # The ReLUs keep the multipliers busy, so output weights and bias come by addition from a table.
                total = 0.0
                bias = at[0] + columns[c]
                for i in range(m):
                    r = bias - targets[i]
                    for u in range(h):
                        z = at[Z + u * m + i] + alpha[c] * by_alpha[Z + u * m + i]
                        r += (0.0 if z < 0.0 else z) * (at[1 + u] + columns[(1 + u) * n + c])
                    total += r * r
                row[c] = total

    vector, grid, index = array_of(np.float64), array_of(np.float64, 2, out=True), types.intp
    return compiled(rows, *[vector] * 7, grid, index, index, contract=True)
