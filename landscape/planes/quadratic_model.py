"""The loss as automatic differentiation sees it at one point: a quadratic polynomial."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.networks.objective import CurvedObjective
from landscape.planes.plane import Plane, require_plane
from landscape.planes.surface import Surface


def quadratic_model(net: CurvedObjective, plane: Plane, alpha: ArrayLike, beta: ArrayLike) -> Surface:
    """Return the second-order Taylor polynomial of the loss at the plane's origin, on a grid over the plane.

    It is L + g^T s + s^T H s / 2 with the step s = alpha d1 + beta d2, and L, g and H the loss, gradient and Hessian
    of ``net`` at the origin, where relu'(0) = 0. At a kink it holds in one activation region at most; compare it with
    :func:`landscape.evaluate_plane`.

    Parameters
    ----------
    net : CurvedObjective
        An objective with a Hessian, such as the ReLU network.
    plane : Plane
    alpha : array_like of shape (n_alpha,), strictly increasing
    beta : array_like of shape (n_beta,), strictly increasing

    Returns
    -------
    Surface
        ``loss`` is the polynomial. It can be negative.

    References
    ----------
    Goodfellow, Bengio & Courville: Deep Learning (2016), section 4.3.1.

    Examples
    --------
    >>> import landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> plane = ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]")
    >>> model, loss = (f(net, plane, [-1, 0, 1], [0]).loss for f in (quadratic_model, ls.evaluate_plane))
    >>> model.tolist(), loss.tolist()  # unit 1 has a kink on sample 00 at alpha = 0, and is inactive on the left
    ([[0.75, 0.0, 0.75]], [[0.75, 0.0, 1.0]])
    """
    if not isinstance(net, CurvedObjective):
        raise TypeError(f"net must have a Hessian, as the ReLU network has; got {type(net).__name__}")
    require_plane(plane, net.n_parameters)
    alpha, beta = checks.axis("alpha", alpha), checks.axis("beta", beta)
    a, b = alpha, beta[:, None]
    axes = np.stack([plane.d1, plane.d2])
    slope = axes @ net.gradient(plane.origin)
    hessian = net.hessian(plane.origin)
    form = np.array([[d @ hessian @ e for d in axes] for e in axes])
    linear = slope[0] * a + slope[1] * b
    quadratic = 0.5 * (form[0, 0] * a**2 + 2 * form[0, 1] * a * b + form[1, 1] * b**2)
    return Surface(alpha=alpha, beta=beta, loss=net.loss(plane.origin) + linear + quadratic, plane=plane)
