"""A plane in parameter space: an origin and two directions, which need not be orthogonal."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.labels import Variable, parameter_axis
from landscape.base.results import Result, Settings, read_only, settings

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane(Result):
    """All points ``origin + alpha d1 + beta d2``.

    origin : ndarray of shape (n,)
    d1, d2 : ndarrays of shape (n,)    neither 0 nor parallel
    settings : how the directions came about (seed, rule, bias rule); kept with every result
    """

    origin: Array
    d1: Array
    d2: Array
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        origin = checks.vector("origin", self.origin)
        d1 = checks.direction("d1", self.d1, origin.size)
        d2 = checks.direction("d2", self.d2, origin.size)
        checks.not_parallel(d1, d2)
        for name, array in (("origin", origin), ("d1", d1), ("d2", d2)):
            object.__setattr__(self, name, read_only(array))
        object.__setattr__(self, "settings", settings(self.settings))

    @property
    def cosine(self) -> float:
        """Cosine of the angle between d1 and d2."""
        return norms.cosine(self.d1, self.d2)

    @property
    def angle(self) -> float:
        """Angle between d1 and d2 in degrees, 0 to 180."""
        return float(np.degrees(np.arccos(self.cosine)))

    @property
    def norms(self) -> tuple[float, float]:
        """Euclidean lengths of d1 and d2: what a unit step along each axis moves."""
        return float(norms.norm(self.d1)), float(norms.norm(self.d2))

    @property
    def frozen(self) -> NDArray[np.bool_]:
        """Which parameters no point of the plane moves, shape (n,)."""
        return np.asarray((self.d1 == 0) & (self.d2 == 0))

    @cached_property
    def is_conformal(self) -> bool:
        """Whether the axes are orthogonal and of equal length, so that equal axis scales show true shapes."""
        n1, n2 = self.norms
        return abs(self.cosine) < 1e-9 and abs(n1 - n2) < 1e-9 * max(n1, n2)

    def point(self, alpha: ArrayLike, beta: ArrayLike) -> Array:
        """Return the parameters at ``(alpha, beta)``, broadcast against each other: -> (..., n)."""
        alpha, beta = checks.real_array("alpha", alpha), checks.real_array("beta", beta)
        try:
            np.broadcast_shapes(alpha.shape, beta.shape)
        except ValueError:
            raise ValueError(
                f"alpha and beta must broadcast against each other; got shapes {alpha.shape} and {beta.shape}, "
                f"use beta[:, None] for a grid"
            ) from None
        return np.asarray(self.origin + alpha[..., None] * self.d1 + beta[..., None] * self.d2)

    def coordinates(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Return (alpha, beta) of the point of the plane nearest to theta: (..., n) -> two (...).

        Least squares, not dot products with the axes: those misplace points unless the axes are
        orthonormal, and random directions are not.
        """
        offset = checks.parameters("theta", theta, self.origin.size) - self.origin
        solution = offset @ self._pseudo_inverse / self.norms
        return solution[..., 0], solution[..., 1]

    def residual(self, theta: ArrayLike) -> Array:
        """Return the Euclidean distance of theta to the plane: (..., n) -> (...)."""
        theta = checks.parameters("theta", theta, self.origin.size)
        return np.asarray(norms.norm(theta - self.point(*self.coordinates(theta))))

    @cached_property
    def _pseudo_inverse(self) -> Array:
        """The (n, 2) matrix that takes an offset from the origin to its coordinates times the axes' lengths."""
        q, r = np.linalg.qr(np.stack([norms.unit(self.d1), norms.unit(self.d2)], axis=1))
        return np.asarray(q @ np.linalg.inv(r).T)


def grid_axes(alpha: Array, beta: Array) -> dict[str, Variable]:
    """Return the named axes of a grid over a plane."""
    return {
        "alpha": Variable(("alpha",), alpha, "coordinate along d1", "d1"),
        "beta": Variable(("beta",), beta, "coordinate along d2", "d2"),
    }


def plane_labels(plane: Plane, settings: Settings) -> tuple[dict[str, Variable], dict[str, Variable], Settings]:
    """Return the axis, the variables and the attributes that a plane adds to what lies on it."""
    variables = {
        "origin": Variable(("parameter",), plane.origin, "parameters at alpha = beta = 0"),
        "d1": Variable(("parameter",), plane.d1, "direction of alpha"),
        "d2": Variable(("parameter",), plane.d2, "direction of beta"),
    }
    how = {f"plane_{key}": value for key, value in plane.settings.items()}
    return {"parameter": parameter_axis(plane.origin.size, settings)}, variables, {**settings, **how}
