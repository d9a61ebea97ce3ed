"""Loss of the ReLU network on a grid over a plane, evaluated by a compiled kernel on all processors."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from landscape.base.arrays import Array
from landscape.kernels.jit import aligned_zeros
from landscape.kernels.plane_loss import plane_loss_rows
from landscape.networks.relu import ReluNetwork
from landscape.parallel.threads import processors, run_on_threads
from landscape.planes.plane import Plane

PIECES = 10
"""Pieces of work per thread: enough to balance threads that start late, few enough for negligible overhead."""


def plane_loss(net: ReluNetwork, plane: Plane, alpha: Array, beta: Array, *, threads: int | None = None) -> Array:
    """Return the loss at ``plane.point(alpha, beta)``, (n_beta, n_alpha), for any number of threads."""
    m, h = net.n_samples, net.hidden
    alpha, beta = np.ascontiguousarray(alpha), np.ascontiguousarray(beta)
    origin, by_alpha, by_beta = np.stack([plane.origin, plane.d1, plane.d2]) @ _features(net)
    origin[:m] -= net.targets / np.sqrt(m)
    columns = aligned_zeros((h + 1) * alpha.size, np.float64)
    np.outer(by_alpha[m - 1 : m + h], alpha, out=columns.reshape(h + 1, -1))
    loss = np.empty((beta.size, alpha.size))
    evaluate_rows = plane_loss_rows(m, h)
    threads = processors() if threads is None else threads
    rows_per_piece = -(-beta.size // (PIECES * threads))  # rounded up

    def piece(first: int) -> Iterator[int]:
        end = min(first + rows_per_piece, beta.size)
        evaluate_rows(alpha, beta, origin, by_alpha, by_beta, columns, loss, first, end)
        yield end - first

    run_on_threads((piece(first) for first in range(0, beta.size, rows_per_piece)), threads)
    return loss


@lru_cache(maxsize=16)
def _features(net: ReluNetwork) -> Array:
    """Return the matrix (n, m + h + h m) that maps theta to the terms of the outputs that are linear in theta.

    These are the output bias, once per sample; the h output weights; and the pre-activations, grouped by unit. The
    output bias and weights, and therefore the residuals, are divided by sqrt(m), so that the sum of squared residuals
    is the loss.
    """
    m, h = net.n_samples, net.hidden
    w = net.unpack(np.eye(net.n_parameters))
    z = net.preactivations(np.eye(net.n_parameters)).transpose(0, 2, 1).reshape(-1, h * m)
    bias = np.repeat(w.b2[:, None], m, axis=1)
    return np.concatenate([bias / np.sqrt(m), w.W2 / np.sqrt(m), z], axis=1)
