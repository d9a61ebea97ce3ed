"""A point of a set of minima: simple weights well inside one cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from landscape.exact.local_minima import Cell, cell_fits
from landscape.exact.rational import Place
from landscape.networks.relu import ReluNetwork, require_relu_network

Array = NDArray[np.float64]

MARGIN = 0.25
"""How far from 0 all pre-activations are kept, where the cell has room for that."""


def minimum_in_cell(net: ReluNetwork, cell: Cell) -> Array | None:
    """Return a local minimum in an open cell, shape (n,); None if there is none.

    Output weights are +-1. The others solve a linear programme: the outputs are the cell's least-squares fit, every
    pre-activation is at least ``MARGIN`` or as far as possible on its side of 0, and the sum of |weights| and |biases|
    is then the smallest. A unit that is off everywhere would have weights 0; it is given a hinge line
    beside the samples instead, w = -(1, .., 1) for the first unit, (1, .., 1) for the second, and so on.

    Examples
    --------
    >>> from landscape import xor
    >>> from landscape.exact.activation_regions import Side
    >>> net = xor.network()
    >>> cell = (Side((-1, -1, -1, -1), 1), Side((-1, -1, -1, -1), 1))
    >>> minimum_in_cell(net, cell).tolist()
    [-1.0, 1.0, -1.0, 1.0, -0.25, -2.25, 1.0, 1.0, 0.5]
    """
    require_relu_network(net)
    fit = cell_fits(net)[cell]
    if fit.place != Place.INSIDE:
        return None
    from scipy.optimize import linprog

    d, h, m = net.n_inputs, net.hidden, net.n_samples
    samples, k = np.c_[net.inputs, np.ones(m)], (d + 1) * h + 1  # unknowns: (w, b) of each unit, b2, then the margin
    outputs, walls = np.zeros((m, k + 1)), np.zeros((h * m, k + 1))
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * k + [(0.0, MARGIN)]
    outputs[:, k - 1], walls[:, k] = 1.0, 1.0
    for u, side in enumerate(cell):
        own, sign = slice(u * (d + 1), (u + 1) * (d + 1)), np.array(side.signs, dtype=np.float64)
        outputs[:, own] = side.output * (sign > 0)[:, None] * samples
        walls[u * m : (u + 1) * m, own] = -sign[:, None] * samples
        if not (sign > 0).any():
            bounds[own.start : own.stop - 1] = [(float((-1) ** (u + 1)),) * 2] * d
    # |x| <= a for each unknown but the margin; the margin counts more than any saving of a.
    one, none = np.eye(k, k + 1), np.zeros((len(walls), k))
    limits = np.block([[walls, none], [one, -np.eye(k)], [-one, -np.eye(k)]])
    found = linprog(
        np.concatenate([np.zeros(k), [-1e3], np.ones(k)]),
        limits,
        np.zeros(len(limits)),
        np.hstack([outputs, np.zeros((m, k))]),
        [float(o) for o in fit.outputs],
        bounds + [(0.0, None)] * k,
    )
    if found.status != 0 or found.x[k] < 1e-9:
        raise ArithmeticError(f"the linear programme must find the minimum that the cell has; got {found.message}")
    units = found.x[: k - 1].reshape(h, d + 1).T
    return np.concatenate([units.ravel(), [side.output for side in cell], found.x[k - 1 : k]]) + 0.0
