"""How fast a run proceeds, and how fast the curvature along its path lets it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from landscape.analysis.curvature import curvature_along, growth_factor
from landscape.base import checks
from landscape.base.arrays import Array
from landscape.exact.activation_regions import pattern
from landscape.networks.objective import CurvedObjective, Objective
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.training.optimizers import SGD, Adam, RMSprop


def steps_per_decade(optimizer: Adam | SGD | RMSprop | float, curvature: ArrayLike) -> Array:
    """Return in how many steps the loss falls by a factor of 10 along a direction of that curvature: (...) -> (...).

    With g the :func:`growth_factor`, the loss of a quadratic is multiplied by g^2 in each step, so the number is
    -1 / (2 log10 g): infinite where g = 1, and negative where the loss grows, by a factor of 10 in that many steps.

    Parameters
    ----------
    optimizer : Adam, SGD, RMSprop or float
        A number is the learning rate of gradient descent.
    curvature : array_like of shape (...)
        Eigenvalue of the Hessian H, or of P^-1 H, or the :func:`mean_curvature` along a path.

    Examples
    --------
    >>> steps_per_decade(0.5, [1.8, 1, 0.01]).round(1).tolist()
    [0.5, 1.7, 229.7]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-0.5 / np.log10(growth_factor(optimizer, curvature)))


@may_overflow
def mean_curvature(net: CurvedObjective, path: ArrayLike) -> float:
    """Return the curvature of the loss along the way from the first to the last point of a path.

    It is d^T H d / d^T d with d from the first point to the last, and H the mean of the Hessians at all points but the
    last, from which no step is taken. At a kink a run jumps back and forth between activation regions, each with its
    own Hessian, so what acts on it in many steps is their mean.

    Parameters
    ----------
    net : CurvedObjective
        An objective with a Hessian, such as the ReLU network.
    path : array_like of shape (r, n), r >= 2
        Parameters after every step.

    Raises
    ------
    ValueError
        If the path ends where it begins.

    Examples
    --------
    Gradient descent near the textbook optimum needs as many steps as that curvature predicts:

    >>> import landscape as ls
    >>> from landscape import xor
    >>> net, sgd = xor.network(), ls.SGD(0.02)
    >>> run = ls.train(net, xor.offset_start(1e-2), sgd, 2000)
    >>> path, loss = run.theta[0, 1000:], run.loss[0, 1000:]
    >>> predicted = steps_per_decade(sgd, mean_curvature(net, path))
    >>> round(float(predicted)), round(1000 / float(np.log10(loss[0] / loss[-1])))
    (119, 119)
    """
    path = _path(net, path)
    if (path[-1] == path[0]).all():
        raise ValueError("path must lead to another point; got one that ends where it begins")
    d, hessian = path[-1] - path[0], net.hessian(path[:-1]).mean(axis=0)
    return curvature_along(checks.vector("the way from the first to the last point of path", d), hessian)


def region_changes(net: ReluNetwork, path: ArrayLike) -> float:
    """Return the share of the steps of a path that end in another activation region than they begin in.

    Parameters
    ----------
    net : ReluNetwork
    path : array_like of shape (r, n), r >= 2
        Parameters after every step.

    Examples
    --------
    >>> from landscape import xor
    >>> region_changes(xor.network(), [xor.offset_start(offset) for offset in (-0.1, 0.1, 0.2)])
    0.5
    """
    require_relu_network(net)
    active = pattern(net, _path(net, path))
    return float((active[1:] != active[:-1]).any(axis=(1, 2)).mean())


def constant_from(values: ArrayLike) -> int:
    """Return the first step from which a quantity stays what it is at the last step.

    Parameters
    ----------
    values : array_like of shape (r, ...)
        The quantity after every step, such as the parameters (r, n) or the loss (r,).

    Examples
    --------
    >>> constant_from([3.0, 1.0, 0.0, 0.0]), constant_from([3.0, 1.0])
    (2, 1)
    """
    values = np.asarray(values)
    if not values.size:
        raise ValueError(f"values must not be empty; got shape {values.shape}")
    other = np.flatnonzero((values != values[-1]).reshape(len(values), -1).any(axis=1))
    return int(other[-1]) + 1 if other.size else 0


def _path(net: Objective, path: ArrayLike) -> Array:
    path = checks.parameters("path", path, net.n_parameters)
    if path.ndim != 2 or len(path) < 2:
        raise ValueError(f"path must have shape (r, {net.n_parameters}) with r >= 2; got {path.shape}")
    return path
