"""Directions in parameter space: random, orthogonal, between points, along parameters, principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.results import Settings
from landscape.networks.objective import Objective, require_objective
from landscape.planes.filter_normalization import BIAS_RULES, filter_normalize
from landscape.planes.plane import Plane
from landscape.training.trajectories import Trajectories

Array = NDArray[np.float64]


def random_direction(net: Objective, *, rng: np.random.Generator) -> Array:
    """Return a direction with independent standard normal entries, shape (n,)."""
    return checks.generator(rng).standard_normal(require_objective(net).n_parameters)


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


def direction_between(start: ArrayLike, end: ArrayLike) -> Array:
    """Return ``end - start``, shape (n,), so that a line from ``start`` reaches ``end`` at alpha = 1."""
    a = checks.vector("start", start)
    return checks.direction("end - start", checks.vector("end", end, a.size) - a)


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


def coordinate_plane(net: Objective, origin: ArrayLike, first: str, second: str) -> Plane:
    """Return the plane through ``origin`` (n,) along two named parameters."""
    require_objective(net)
    d1, d2 = coordinate_direction(net, first), coordinate_direction(net, second)
    return Plane(checks.vector("origin", origin, net.n_parameters), d1, d2, {"directions": f"{first}, {second}"})


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
    settings: dict[str, str | int | float | bool] = {"directions": "random", "orthogonal": orthogonal, **_seed_of(rng)}
    d1, d2 = random_direction(net, rng=rng), random_direction(net, rng=rng)
    if normalize:
        settings |= {"directions": "filter-normalized", "bias": bias}
        d1, d2 = (filter_normalize(d, origin, net, bias) for d in (d1, d2))
        if not d1.any():
            raise ValueError(
                f"origin must have a filter that is not 0 under bias={bias!r}; got zeros, use normalize=False"
            )
    if orthogonal:
        d2 = orthogonalize(d2, d1)
    return Plane(origin, d1, d2, settings)


def principal_plane(paths: ArrayLike, *, origin: ArrayLike) -> Plane:
    """Return the plane through ``origin`` along the two principal components of a set of points.

    The points (..., n), such as ``trajectories.theta``, are centred on their *mean* to compute the components, but
    the plane passes through ``origin``, so that path and surface share one origin. d1 and d2 are orthonormal; the
    entry of each with the largest absolute value is positive. The fraction of the squared distance to the mean that
    each component explains is stored in the plane's settings.
    """
    if isinstance(paths, Trajectories):
        raise TypeError("paths must be an array of points; got Trajectories, use their theta")
    given = checks.real_array("paths", paths)
    if given.ndim < 2 or given.size == 0:
        raise ValueError(f"paths must have shape (..., points, n) and not be empty; got {given.shape}")
    points = given.reshape(-1, given.shape[-1])
    centred = points - points.mean(axis=0)
    # R of a QR decomposition has the same principal components and is n x n for any number of points.
    _, sizes, axes = np.linalg.svd(np.linalg.qr(centred, mode="r"), full_matrices=False)
    if sizes.size < 2 or sizes[1] <= 1e-12 * sizes[0]:
        raise ValueError(f"paths must not lie on one line; got singular values {sizes[:2].tolist()}, use more points")
    relative = (sizes / sizes[0]) ** 2
    share = relative / np.sum(relative)
    largest = np.abs(axes[:2]).argmax(axis=1)
    signs = np.sign(axes[np.arange(2), largest])
    d1, d2 = axes[:2] * signs[:, None]
    settings: Settings = {"directions": "principal", "share_1": float(share[0]), "share_2": float(share[1])}
    return Plane(checks.vector("origin", origin, points.shape[1]), d1, d2, settings)


def _seed_of(rng: np.random.Generator) -> Settings:
    """Return the seed that ``rng`` was created from, as settings, as far as it can be determined."""
    sequence = getattr(checks.generator(rng).bit_generator, "seed_seq", None)
    entropy = getattr(sequence, "entropy", None)
    key = getattr(sequence, "spawn_key", ())
    seed = entropy if isinstance(entropy, int) and entropy < 2**63 else str(entropy)
    settings: dict[str, str | int | float | bool] = {"seed": seed}
    if key:
        settings["spawn_key"] = str(key)
    return settings
