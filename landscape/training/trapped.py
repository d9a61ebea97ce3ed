"""Points that trap gradient methods: positive loss, but gradient 0 as TensorFlow computes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.exact.assign_levels import target_scale
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network

POINT_TOLERANCE = 1e-6
"""Tolerance for "on a level" and "gradient 0": well above rounding errors, well below the change of a training step."""


@may_overflow
def is_trapped(net: ReluNetwork, theta: ArrayLike, *, tolerance: float = POINT_TOLERANCE) -> bool:
    """Return whether the loss at ``theta`` is above 0 and its gradient is 0, so that no gradient method leaves it.

    With relu'(0) = 0, as in TensorFlow, these are local minima, but also saddles, and kinks whose descent directions
    are hidden by that rule.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,)
    tolerance : float
        Relative. The loss counts as 0 if the root mean square residual is at most ``tolerance`` standard deviations of
        the targets, the gradient if ``relative_gradient`` in this module is at most ``tolerance``.

    Examples
    --------
    >>> from landscape import xor
    >>> is_trapped(xor.network(), [0, 0, 0, 0, 0, 0, 0, 0, 0.5]), is_trapped(xor.network(), xor.TEXTBOOK)
    (True, False)
    """
    require_relu_network(net)
    forward = net.forward(checks.vector("theta", theta, net.n_parameters))
    return traps(net, forward.residuals, net.jacobian_of(forward), tolerance)


def traps(net: ReluNetwork, residuals: Array, jacobian: Array, tolerance: float) -> bool:
    """Return the same from the residuals (m,) and the derivatives (m, n) of the outputs."""
    is_wrong = norms.norm(residuals) > tolerance * target_scale(net) * np.sqrt(net.n_samples)
    return bool(is_wrong and relative_gradient(residuals, jacobian) <= tolerance)


@may_overflow
def relative_gradient(residuals: Array, jacobian: Array) -> float:
    """Return the largest |cos| of the angles between residuals (m,) and derivatives of the outputs (m, n).

    0 at a stationary point in the sense of relu'(0) = 0; at most 1. Unchanged if a hidden unit is rescaled.
    """
    unit_residuals = residuals / (norms.norm(residuals) or 1.0)
    size = norms.norm(jacobian.T)
    unit_rows = jacobian.T / np.where(size > 0, size, 1.0)[:, None]
    return float(np.abs(unit_rows @ unit_residuals).max())
