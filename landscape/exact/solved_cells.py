"""The cells that the zero-loss set enters arbitrarily close to a point, and its dimension there, exactly."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.exact.activation_regions import Side, is_face, signs
from landscape.exact.local_minima import cell_fits
from landscape.exact.rational import Place
from landscape.networks.relu import ReluNetwork, require_relu_network


class SolvedCell(NamedTuple):
    """An open cell that has zero-loss points arbitrarily close to a given point, in it or on its boundary.

    Parameters
    ----------
    cell : tuple of Side
        One for each unit.
    dimension : int
        Dimension of the zero-loss set in the cell.
    """

    cell: tuple[Side, ...]
    dimension: int


def solved_cells(net: ReluNetwork, theta: ArrayLike) -> list[SolvedCell]:
    """Return the open cells that contain zero-loss points arbitrarily close to the zero ``theta`` (n,).

    In a closed cell with v != 0 the outputs are linear in ``g = (b2, |v_u| (w_u, b_u))``, so its zeros form
    a convex set in g. Hence, if an open cell around theta has any zeros, the segment in g from theta to one
    of them consists, except possibly for theta itself, of zeros of the open cell. These come arbitrarily close to
    theta. There the zero-loss set is smooth, of dimension n minus the rank of the outputs' Jacobian. All of this is
    computed in rational arithmetic.

    Raises
    ------
    ValueError
        If theta has a loss above 1e-24 or an output weight of 0.

    Examples
    --------
    >>> from landscape import xor
    >>> [cell.dimension for cell in solved_cells(xor.network(), xor.TEXTBOOK)]
    [5, 5, 5, 5, 5, 5, 5, 5]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    loss, v = float(net.loss(theta)), net.unpack(theta).W2
    if loss > 1e-24:
        raise ValueError(f"theta must have zero loss; got {loss:g}, start from a solution")
    if not v.all():
        raise ValueError(f"theta must have output weights other than 0; got {v.tolist()}")
    faces = [Side(tuple(map(int, s)), 1 if w > 0 else -1) for s, w in zip(signs(net, theta).T, v, strict=True)]
    found = []
    for cell, fit in cell_fits(net).items():
        near = all(
            is_face(face.signs, side.signs) and face.output == side.output
            for face, side in zip(faces, cell, strict=True)
        )
        if near and not fit.value and fit.place == Place.INSIDE:
            found.append(SolvedCell(cell, net.n_parameters - fit.rank))
    return found
