"""Directions and planes: random, orthogonal, between points, along parameters, principal, of a unit's scaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.results import Settings, make_read_only
from landscape.networks.objective import Objective, require_objective
from landscape.networks.relu import ReluNetwork, require_relu_network
from landscape.planes.filter_normalization import BIAS_RULES, filter_normalize
from landscape.planes.plane import Plane
from landscape.planes.principal_components import axes_of, is_finite, triangle_of
from landscape.training.trajectories import Trajectories


@checks.known_arguments
def random_direction(net: Objective, *, rng: np.random.Generator) -> Array:
    """Return a direction with independent standard normal entries, shape (n,)."""
    return checks.generator(rng).standard_normal(require_objective(net).n_parameters)


@norms.may_underflow
def orthogonalize(direction: ArrayLike, against: ArrayLike) -> Array:
    """Return ``direction`` minus its projection onto ``against``, rescaled to its original length; shape (n,).

    Raises
    ------
    ValueError
        If the two are parallel, so that the difference is 0.
    """
    reference = checks.direction("against", against)
    given = checks.direction("direction", direction, reference.size)
    checks.not_parallel(given, reference)
    unit = norms.unit(reference)
    rest = norms.unit(given)
    for _ in range(2):  # two passes make them orthogonal up to rounding
        rest = rest - (rest @ unit) * unit
    return np.asarray(norms.unit(rest) * norms.norm(given))


@checks.known_arguments
def direction_between(start: ArrayLike, end: ArrayLike) -> Array:
    """Return ``end - start``, shape (n,), so that a line from ``start`` reaches ``end`` at alpha = 1."""
    a = checks.vector("start", start)
    return checks.direction("end - start", checks.vector("end", end, a.size) - a)


@checks.known_arguments
def coordinate_direction(net: Objective, *names: str) -> Array:
    """Return the direction with entry 1 for each named parameter and 0 elsewhere, shape (n,).

    Examples
    --------
    >>> from landscape import xor
    >>> coordinate_direction(xor.network(), "b1[0]").tolist()
    [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    require_objective(net)
    direction = np.zeros(net.n_parameters)
    for name in names:
        checks.choice("name", name, net.parameter_names)
        direction[net.parameter_names.index(name)] = 1.0
    return checks.direction("direction (no parameter named)", direction)


@checks.known_arguments
def coordinate_plane(net: Objective, origin: ArrayLike, first: str, second: str) -> Plane:
    """Return the plane through ``origin`` (n,) along two named parameters."""
    require_objective(net)
    d1, d2 = coordinate_direction(net, first), coordinate_direction(net, second)
    return Plane(checks.vector("origin", origin, net.n_parameters), d1, d2, {"directions": f"{first}, {second}"})


@checks.known_arguments
@norms.may_underflow
def plane_through(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Plane:
    """Return the plane through three points, each of shape (n,), on which a plot with equal axes shows true angles.

    Its origin is ``a``, d1 is ``b - a``, and d2 is the part of ``c - a`` that is orthogonal to d1, rescaled to the
    length of d1. So ``a`` is at (0, 0), ``b`` at (1, 0), and ``c`` at (``alpha_c``, ``beta_c``) of the settings.

    Raises
    ------
    ValueError
        If the points lie on one line.

    References
    ----------
    Garipov et al. (2018), arXiv:1802.10026, figure 1.

    Examples
    --------
    >>> plane = plane_through([0, 0, 0], [2, 0, 0], [1, 3, 0])
    >>> plane.d2.tolist(), plane.settings["alpha_c"], plane.settings["beta_c"]
    ([0.0, 2.0, 0.0], 0.5, 1.5)
    """
    a = checks.vector("a", a)
    with np.errstate(over="ignore"):
        d1 = checks.direction("b - a", checks.vector("b", b, a.size) - a)
        offset = checks.direction("c - a", checks.vector("c", c, a.size) - a)
    if (cosine := abs(norms.cosine(d1, offset))) > 1.0 - checks.PARALLEL:
        raise ValueError(f"a, b and c must not lie on one line; got |cosine| {cosine:.15g} of b - a and c - a")
    d2 = norms.unit(orthogonalize(offset, d1)) * norms.norm(d1)
    settings: dict[str, str | int | float | bool] = {"directions": "through three points"}
    settings |= {"alpha_a": 0.0, "beta_a": 0.0, "alpha_b": 1.0, "beta_b": 0.0}
    alpha, beta = Plane(np.zeros_like(a), d1, d2).coordinates(offset)
    return Plane(a, make_read_only(d1), make_read_only(d2), settings | {"alpha_c": float(alpha), "beta_c": float(beta)})


@checks.known_arguments
def random_plane(
    net: Objective,
    origin: ArrayLike,
    *,
    rng: np.random.Generator,
    normalize: bool = True,
    bias: str = "joint",
    orthogonal: bool = False,
) -> Plane:
    """Return a plane through ``origin`` (n,) along two random directions, with the seed in its settings.

    With ``normalize``, both directions are filter-normalized to ``origin`` under the ``bias`` rule. With
    ``orthogonal``, the second direction is then made orthogonal to the first without changing its length (its
    filters no longer have exactly the norms of the reference after that).
    """
    require_objective(net)
    origin = checks.vector("origin", origin, net.n_parameters)
    checks.choice("bias", bias, BIAS_RULES)
    settings: dict[str, str | int | float | bool] = {"directions": "random", "orthogonal": orthogonal, **seed_of(rng)}

    def drawn() -> Array:
        direction = random_direction(net, rng=rng)
        return filter_normalize(direction, origin, net, bias) if normalize else direction

    if normalize:
        settings |= {"directions": "filter-normalized", "bias": bias}
    d1, d2 = drawn(), drawn()
    if not d1.any():
        raise ValueError(f"origin must have a filter that is not 0 under bias={bias!r}; got zeros, use normalize=False")
    if orthogonal:
        d2 = orthogonalize(d2, d1)
    return Plane(origin, make_read_only(d1), make_read_only(d2), settings)


@checks.known_arguments
def principal_plane(paths: ArrayLike | Trajectories, *, origin: ArrayLike) -> Plane:
    """Return the plane through ``origin`` along the two principal components of a set of points.

    The points (..., n), or those of all runs of Trajectories, are centred on their *mean* to compute the components,
    but the plane passes through ``origin``, so that path and surface share one origin. d1 and d2 are orthonormal; the
    entry of each with the largest absolute value is positive. The fraction of the squared distance to the mean that
    each component explains is stored in the plane's settings.

    For fewer points than parameters this takes memory for a few vectors (n,) in float64 beside the points, which may
    have any data type and be mapped from a file.
    """
    if isinstance(paths, Trajectories):
        paths = paths.theta
    checks.not_masked("paths", paths)
    given = checks.real_numbers("paths", paths)
    if given.ndim < 2 or given.size == 0:
        raise ValueError(f"paths must have shape (..., points, n) and not be empty; got {given.shape}")
    return principal_plane_of([given.reshape(-1, given.shape[-1])], origin)


def principal_plane_of(parts: Sequence[NDArray[Any]], origin: ArrayLike) -> Plane:
    """Return :func:`principal_plane` of points in several arrays (k, n), at least one of which is not empty."""
    n = parts[0].shape[1]
    if has_few_parameters := n <= sum(map(len, parts)):
        points = checks.real_array("paths", parts[0] if len(parts) == 1 else np.concatenate(parts))
        # R of a QR decomposition has the same principal components and is n x n for any number of points.
        _, sizes, axes = np.linalg.svd(np.linalg.qr(points - points.mean(axis=0), mode="r"), full_matrices=False)
    else:
        for part in parts:
            if not (finite := is_finite(part)).all():
                checks.real_array("paths", part[~finite][0])  # which says what is not finite
        _, sizes, weights = np.linalg.svd(triangle_of(parts), full_matrices=False)
    if sizes.size < 2 or sizes[1] <= 1e-12 * sizes[0]:
        raise ValueError(f"paths must not lie on one line; got singular values {sizes[:2].tolist()}, use more points")
    relative = (sizes / sizes[0]) ** 2
    share = relative / np.sum(relative)
    axes = axes[:2] if has_few_parameters else axes_of(parts, weights[:2])
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(2), largest])
    d1, d2 = axes * signs[:, None]
    settings: Settings = {"directions": "principal", "share_1": float(share[0]), "share_2": float(share[1])}
    return Plane(checks.vector("origin", origin, n), d1, d2, settings)


@checks.known_arguments
def scaling_plane(net: ReluNetwork, theta: ArrayLike, unit: int) -> Plane:
    """Return the plane of (a, v): a scales a hidden unit's weights and bias, and v is its output weight.

    The loss is constant where a v is constant and a > 0: on one branch of a hyperbola, which is the curve of
    :func:`landscape.scaling_orbit` through ``theta``.

    Parameters
    ----------
    net : ReluNetwork
    theta : array_like of shape (n,)
        All parameters that are not the unit's own keep these values. ``theta`` itself is at a = 1, v = its output
        weight.
    unit : int

    Returns
    -------
    Plane
        d1 holds the unit's weights and bias in ``theta``, d2 is 1 at its output weight; the origin has zeros there.

    Raises
    ------
    ValueError
        If the unit's weights and bias are all 0.

    Examples
    --------
    >>> from landscape import xor
    >>> plane = scaling_plane(xor.network(), xor.TEXTBOOK, 1)
    >>> plane.point([1, 2], [-2, -1]).tolist()
    [[1.0, 1.0, 1.0, 1.0, 0.0, -1.0, 1.0, -2.0, 0.0], [1.0, 2.0, 1.0, 2.0, 0.0, -2.0, 1.0, -1.0, 0.0]]
    """
    require_relu_network(net)
    theta = checks.vector("theta", theta, net.n_parameters)
    d, h = net.n_inputs, net.hidden
    if not 0 <= checks.count("unit", unit) < h:
        raise ValueError(f"unit must be below {h}, the number of hidden units; got {unit}")
    incoming, outgoing = np.zeros(net.n_parameters), np.zeros(net.n_parameters)
    own = slice(unit, (d + 1) * h, h)  # the column of W1 and the entry of b1 that follows it
    incoming[own] = theta[own]
    outgoing[(d + 1) * h + unit] = 1.0
    if not incoming.any():
        raise ValueError(f"theta must not be 0 in all weights and the bias of unit {unit}; got zeros, nothing scales")
    origin = np.where((incoming != 0) | (outgoing != 0), 0.0, theta)
    return Plane(origin, incoming, outgoing, {"directions": "scaling"})


@checks.known_arguments
def scaling_direction(net: ReluNetwork, theta: ArrayLike, unit: int) -> Array:
    """Return the derivative of (a w, a b, v / a) with respect to a at a = 1, shape (n,).

    It is the tangent, at ``theta`` (n,), of the unit's :func:`landscape.scaling_orbit`: no output changes along it to
    first order. Errors are those of :func:`scaling_plane`.

    Examples
    --------
    >>> from landscape import xor
    >>> scaling_direction(xor.network(), xor.TEXTBOOK, 1).tolist()
    [0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 2.0, 0.0]
    """
    plane = scaling_plane(net, theta, unit)
    return np.asarray(plane.d1 - plane.d2 * (plane.d2 @ np.asarray(theta)))


def seed_of(rng: np.random.Generator) -> Settings:
    """Return the seed that ``rng`` was created from, as settings, as far as it can be determined."""
    sequence = getattr(checks.generator(rng).bit_generator, "seed_seq", None)
    entropy = getattr(sequence, "entropy", None)
    key = getattr(sequence, "spawn_key", ())
    seed = entropy if isinstance(entropy, int) and entropy < 2**63 else str(entropy)
    settings: dict[str, str | int | float | bool] = {"seed": seed}
    if key:
        settings["spawn_key"] = str(key)
    return settings
