"""The compiled inner loop of loss grids: the loss on rows of a grid over a plane.

On a plane every pre-activation, output weight and bias is an affine function of (alpha, beta), so a point
costs only its ReLUs and products, whatever the number of inputs. Residuals are evaluated and then squared:
between kinks the loss is a quartic, but its expanded form would lose all digits near loss 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numba.core import types

from landscape.kernels.jit import array_of, compiled


@cache
def plane_loss_rows(m: int, h: int) -> Callable[..., None]:
    """Compile the loss on rows ``first`` to ``last`` of a grid, for m samples and h hidden units."""
    V, Z = m, m + h
    size = m + h + h * m

    def rows(alpha, beta, origin, by_alpha, by_beta, columns, loss, first, last):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        n = alpha.size
        at = np.empty(size)
        for j in range(first, last):
            for k in range(size):
                at[k] = origin[k] + beta[j] * by_beta[k]
            row = loss[j]
            for c in range(n):
                # Multiplication is the bottleneck, so the contribution of alpha to bias and weights comes from a table.
                total = 0.0
                for i in range(m):
                    r = at[i] + columns[c]
                    for u in range(h):
                        z = at[Z + u * m + i] + alpha[c] * by_alpha[Z + u * m + i]
                        r += (0.0 if z < 0.0 else z) * (at[V + u] + columns[(1 + u) * n + c])
                    total += r * r
                row[c] = total

    vector, grid, index = array_of(np.float64), array_of(np.float64, 2, out=True), types.intp
    return compiled(rows, *[vector] * 6, grid, index, index, contract=True)
