"""Curvature where the loss has no Hessian: one Hessian per activation region, and stability limits of optimizers.

At a kink several activation regions meet. Near that point each open region is a cone of directions, in which the loss
is a polynomial with its own Hessian.

References
----------
Cohen, Ghorbani, Krishnan, Agarwal et al.: Adaptive Gradient Methods at the Edge of Stability (2022),
arXiv:2207.14484, section 2, for the stability of preconditioned gradient descent with momentum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.results import Result, array
from landscape.exact.activation_regions import KINK_TOLERANCE, patterns_around
from landscape.networks.extreme_sizes import too_large
from landscape.networks.one_hidden_layer import may_overflow
from landscape.networks.relu import ForwardPass, ReluNetwork, require_relu_network
from landscape.planes.kink_lines import pattern_towards
from landscape.training.optimizers import SGD, Adam, RMSprop

SMALLEST_RATE = 1e-300
"""Smallest learning rate for which a stability limit is computed; the limit of smaller ones may exceed all floats."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cone(Result):
    """One open activation region that touches a point, and the Hessian of the loss in it."""

    active: NDArray[np.bool_] = array(
        "sample", "unit", meaning="activation pattern: which unit is active on which sample", dtype=np.bool_
    )
    hessian: Array = array(
        "row", "eigenvalue", meaning="limit of the Hessian at the point, from within the region; square"
    )
    eigenvalues: Array = array("eigenvalue", meaning="eigenvalues of the Hessian, ascending")

    def __post_init__(self) -> None:
        super().__post_init__()
        n = self.eigenvalues.size
        if self.hessian.shape != (n, n):
            raise ValueError(f"hessian must have shape (n, n) = {(n, n)}; got {self.hessian.shape}")


def one_sided_hessians(net: ReluNetwork, theta: ArrayLike, tolerance: float = KINK_TOLERANCE) -> list[Cone]:
    """Return the Hessian in every open activation region that touches ``theta`` (n,).

    The regions are those of :func:`landscape.exact.activation_regions.patterns_around`.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,)
    tolerance : float
        Size below which pre-activations count as 0, relative to weights and sample; see :func:`landscape.kinks`.

    Returns
    -------
    list of Cone
        Sorted by largest eigenvalue, ascending. A single one, with ``net.hessian(theta)``, if theta has no kink.
        Automatic differentiation uses the cone in which units are inactive on all samples on which they have a kink.

    Raises
    ------
    ValueError
        If the Hessian overflows, or if too many regions meet.

    Examples
    --------
    >>> from landscape import xor
    >>> cones = one_sided_hessians(xor.network(), xor.TEXTBOOK)
    >>> [round(float(cone.eigenvalues[-1]), 1) for cone in cones]
    [12.0, 12.2, 15.8, 15.8, 15.9, 15.9, 19.2, 19.4]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    active = patterns_around(net, theta, tolerance)
    count = len(active)
    hessians = net.hessian_in(np.broadcast_to(theta, (count, theta.size)), active)
    if not np.isfinite(hessians).all():
        raise too_large(net, theta, "a finite Hessian", net.hessian)
    spectra = np.linalg.eigvalsh(hessians)
    # Symmetric cones have equal spectra; their order must not depend on rounding.
    rounded = [float(f"{largest:.10g}") for largest in spectra[:, -1]]
    order = sorted(range(count), key=lambda k: (rounded[k], active[k].T.tolist()))
    return [Cone(active=active[k], hessian=hessians[k], eigenvalues=spectra[k]) for k in order]


def one_sided_curvatures(net: ReluNetwork, theta: ArrayLike, direction: ArrayLike) -> tuple[float, float]:
    """Return the second derivatives of the loss, by length, behind and ahead of ``theta`` (n,) along a direction (n,).

    Each is d^T H d / d^T d with d the direction and H the Hessian in the activation region that the line runs through
    on that side. The two differ at a kink; ``net.hessian(theta)``, with relu'(0) = 0, gives one number for both.

    References
    ----------
    Goodfellow, Bengio & Courville: Deep Learning (2016), section 4.3.1.

    Examples
    --------
    >>> from landscape import coordinate_direction, xor
    >>> net = xor.network()
    >>> one_sided_curvatures(net, xor.TEXTBOOK, coordinate_direction(net, "b1[0]"))
    (1.5, 2.0)
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    d = checks.direction("direction", direction, net.n_parameters)
    both = np.stack([theta, theta])
    behind, ahead = net.hessian_in(both, pattern_towards(net, theta, [-d, d]))
    return curvature_along(d, behind), curvature_along(d, ahead)


@may_overflow
def curvature_along(d: Array, hessian: Array) -> float:
    """Return d^T H d / d^T d for a direction d (n,) other than 0."""
    d = d / norms.magnitude(d)  # by a power of two, so that squares neither overflow nor underflow
    curvature = float(d @ hessian @ d / (d @ d))
    if not np.isfinite(curvature):
        raise ValueError(f"theta must be small enough for a finite curvature; got {curvature}, rescale it")
    return curvature


def preconditioned(hessian: ArrayLike, scale: ArrayLike) -> Array:
    """Return P^-1/2 H P^-1/2, P = diag(scale): symmetric, with the eigenvalues of P^-1 H: (..., n, n) -> (..., n, n).

    Parameters
    ----------
    hessian : array_like of shape (..., n, n), symmetric
    scale : array_like of shape (..., n), above 0
        What an optimizer divides each entry of the gradient by: sqrt(v) + epsilon for Adam, after bias
        correction.

    Examples
    --------
    >>> preconditioned([[2, 1], [1, 6]], [0.25, 1]).tolist()
    [[8.0, 2.0], [2.0, 6.0]]
    """
    hessian = _square(hessian)
    scale = checks.parameters("scale", scale, hessian.shape[-1])
    if not (scale > 0).all():
        raise ValueError(f"scale must be above 0; got {scale.min():g}, add the optimizer's epsilon")
    root = np.sqrt(scale)
    return np.asarray(hessian / root[..., :, None] / root[..., None, :])


def sharpness(hessian: ArrayLike, scale: ArrayLike | None = None) -> Array:
    """Return the largest eigenvalue of P^-1 H, with P = diag(scale): (..., n, n) -> (...).

    Parameters
    ----------
    hessian : array_like of shape (..., n, n), symmetric
    scale : array_like of shape (..., n), above 0, optional
        As for :func:`preconditioned`. Default: all 1, which gives the plain sharpness.

    Examples
    --------
    >>> float(sharpness([[2, 0], [0, 6]])), float(sharpness([[2, 0], [0, 6]], [0.25, 1]))
    (6.0, 8.0)
    """
    matrix = _square(hessian) if scale is None else preconditioned(hessian, scale)
    return np.asarray(np.linalg.eigvalsh(matrix)[..., -1])


def _square(hessian: ArrayLike) -> Array:
    hessian = checks.real_array("hessian", hessian)
    if hessian.ndim < 2 or hessian.shape[-1] != hessian.shape[-2]:
        raise ValueError(f"hessian must have shape (..., n, n); got {hessian.shape}")
    return hessian


def stability_limit(optimizer: Adam | SGD | RMSprop | float) -> float:
    """Return the sharpness above which ``optimizer`` diverges from the minimum of a quadratic.

    Along an eigenvector with eigenvalue s > 0 of H (of P^-1 H for an optimizer that divides the gradient by
    a slowly changing P), with learning rate lr and momentum b::

        gradient descent           x' = x - lr s x                       stable iff s < 2 / lr
        heavy ball (SGD, RMSprop)  x'' = (1 + b - lr s) x' - b x         stable iff s < 2 (1 + b) / lr
        averaged gradient (Adam)   x'' = (1 + b - (1 - b) lr s) x' - b x  stable iff s < 2 (1 + b) / ((1 - b) lr)

    since the roots of t^2 - p t + b, 0 <= b < 1, lie within the unit circle iff ``|p| < 1 + b``. Compare it
    with :func:`sharpness`; :func:`growth_factor` gives the rate at which x grows or shrinks.

    Parameters
    ----------
    optimizer : Adam, SGD, RMSprop or float
        A number is the learning rate of gradient descent. (Conversely, 2 / lambda_max is the
        largest stable learning rate.)

    References
    ----------
    arXiv:2207.14484, section 2: 38 / lr for Adam's default beta_1 = 0.9.

    Examples
    --------
    >>> from landscape import SGD, Adam
    >>> stability_limit(0.5), stability_limit(SGD(0.5, momentum=0.5)), round(stability_limit(Adam(1e-3)))
    (4.0, 6.0, 38000)
    """
    momentum, rate = _recursion(optimizer)
    if rate < SMALLEST_RATE:
        raise ValueError(f"learning_rate must be at least {SMALLEST_RATE:g} for a finite limit; got {rate:g}")
    return 2.0 * (1.0 + momentum) / rate


@may_overflow
def growth_factor(optimizer: Adam | SGD | RMSprop | float, curvature: ArrayLike) -> Array:
    """Return the factor per step by which ``optimizer`` moves away from the minimum of a quadratic: (...) -> (...).

    This is the asymptotic growth of the x of :func:`stability_limit`, the larger modulus of the two roots: below 1
    for 0 < s < limit. The loss changes by its square.

    Parameters
    ----------
    optimizer : Adam, SGD, RMSprop or float
        A number is the learning rate of gradient descent.
    curvature : array_like of shape (...)
        Eigenvalues s of H, or of P^-1 H.

    Examples
    --------
    >>> from landscape import Adam
    >>> growth_factor(0.5, [1, 4, 5]).tolist()
    [0.5, 1.0, 1.5]
    >>> growth_factor(Adam(1e-3), [100.0, 38000.0, 40000.0]).round(3).tolist()
    [0.949, 1.0, 1.5]
    """
    momentum, rate = _recursion(optimizer)
    curvature = checks.real_array("curvature", curvature)
    p = 1.0 + momentum - rate * curvature
    discriminant = p * p - 4.0 * momentum
    larger_real_root = (np.abs(p) + np.sqrt(np.maximum(discriminant, 0.0))) / 2.0
    larger_real_root = np.where(np.isinf(discriminant), np.abs(p), larger_real_root)
    return np.asarray(np.where(discriminant < 0, np.sqrt(momentum), larger_real_root))


def _recursion(optimizer: Adam | SGD | RMSprop | float) -> tuple[float, float]:
    """Return b and c of the recursion x'' = (1 + b - c s) x' - b x."""
    match optimizer:
        case Adam():
            return optimizer.beta_1, (1.0 - optimizer.beta_1) * optimizer.learning_rate
        case SGD() | RMSprop():
            return optimizer.momentum, optimizer.learning_rate
        case int() | float() | np.integer() | np.floating():
            return 0.0, checks.positive("learning_rate", optimizer)
    raise TypeError(f"optimizer must be Adam, SGD, RMSprop or a learning rate; got {optimizer!r}")


def gradients_in(net: ReluNetwork, forward: ForwardPass, active: NDArray[np.bool_]) -> Array:
    """Return the gradients of the loss at a theta (n,) in cones with activation patterns (c, m, h): -> (c, n).

    Each is the limit from within the cone: the usual formula with the cone's pattern in place of z > 0.
    """
    patterns, v = active.astype(np.float64), forward.weights.W2
    r = (2.0 / net.n_samples) * forward.residuals
    active_r = r[:, None] * patterns
    by_w1 = np.einsum("ik,ciu->cku", net.inputs, active_r) * v
    by_b1 = active_r.sum(axis=1) * v
    by_w2 = (active_r * forward.preactivations).sum(axis=1)
    by_b2 = np.full((len(patterns), 1), r.sum())
    return np.concatenate([by_w1.reshape(len(patterns), v.size * net.n_inputs), by_b1, by_w2, by_b2], axis=1)
