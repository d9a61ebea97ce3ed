"""A representative of a set of minima: a point with simple weights, well inside one cell."""

from __future__ import annotations

import numpy as np

from landscape.base.arrays import Array
from landscape.exact.families import Cell
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place
from landscape.networks.relu import ReluNetwork, require_relu_network

MARGIN = 0.25
"""Distance from 0 that all pre-activations keep, where the cell has room for that."""


def minimum_in_cell(net: ReluNetwork, cell: Cell) -> Array | None:
    """Return a local minimum in an open cell, shape (n,); None if there is none.

    Output weights are +-1. The other parameters solve a linear programme: the outputs are the cell's least-squares fit;
    every pre-activation is on its side of 0, at a distance of at least ``MARGIN`` or as far as possible; and under
    these conditions the sum of the absolute weights and biases is smallest. A unit that is inactive on all samples
    would get weights 0. Instead its hinge line is placed beside the samples, with w = -(1, .., 1) for the first unit,
    (1, .., 1) for the second, and so on.

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
            fixed = float((-1) ** (u + 1))
            bounds[own.start : own.stop - 1] = [(fixed, fixed)] * d
    # |x| <= a for each unknown except the margin; a larger margin outweighs any reduction of a.
    identity, zeros = np.eye(k, k + 1), np.zeros((len(walls), k))
    limits = np.block([[walls, zeros], [identity, -np.eye(k)], [-identity, -np.eye(k)]])
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
