"""A plane in parameter space: an origin and two directions, which need not be orthogonal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks, norms
from landscape.base.arrays import Array
from landscape.base.norms import may_underflow
from landscape.base.results import Result, Settings, array, settings_of


@checks.known_arguments
@dataclass(frozen=True, eq=False)
class Plane(Result):
    """All points ``origin + alpha d1 + beta d2``."""

    origin: Array = array("parameter", meaning="parameters at alpha = beta = 0")
    d1: Array = array("parameter", meaning="direction along alpha, not 0")
    d2: Array = array("parameter", meaning="direction along beta, not 0 and not parallel to d1")
    settings: Settings = settings_of("how the directions were chosen (seed, rule, bias rule); stored with every result")

    def __post_init__(self) -> None:
        n = checks.vector("origin", self.origin).size
        checks.direction("d1", self.d1, n)
        checks.direction("d2", self.d2, n)
        super().__post_init__()
        checks.not_parallel(self.d1, self.d2)

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
        """Euclidean norms of d1 and d2, which are the distances covered by a unit step along each axis."""
        return float(norms.norm(self.d1)), float(norms.norm(self.d2))

    @property
    def frozen(self) -> NDArray[np.bool_]:
        """Mask of the parameters that are constant on the plane, shape (n,)."""
        return np.asarray((self.d1 == 0) & (self.d2 == 0))

    @cached_property
    def is_conformal(self) -> bool:
        """Whether the axes are orthogonal and of equal length, so that equal axis scales show true shapes."""
        n1, n2 = self.norms
        return abs(self.cosine) < 1e-9 and abs(n1 - n2) < 1e-9 * max(n1, n2)

    @may_underflow
    def point(self, alpha: ArrayLike, beta: ArrayLike) -> Array:
        """Return the parameters at ``(alpha, beta)``, broadcast against each other: -> (..., n)."""
        alpha, beta = checks.real_array("alpha", alpha), checks.real_array("beta", beta)
        try:
            shape = np.broadcast_shapes(alpha.shape, beta.shape)
        except ValueError:
            raise ValueError(
                f"alpha and beta must broadcast against each other; got shapes {alpha.shape} and {beta.shape}, "
                f"use beta[:, None] for a grid"
            ) from None
        checks.memory(f"{prod(shape)} points would take", 8 * prod(shape) * self.origin.size, "pass them in parts")
        return np.asarray(self.origin + alpha[..., None] * self.d1 + beta[..., None] * self.d2)

    @may_underflow
    def coordinates(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Return (alpha, beta) of the point of the plane nearest to theta: (..., n) -> two arrays (...).

        Computed by least squares: dot products with the axes would be correct only for orthonormal axes, and random
        directions are not orthonormal.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            offset = checks.parameters("theta", theta, self.origin.size) - self.origin
            solution = offset @ self._pseudo_inverse / self.norms
        if not np.isfinite(solution).all():
            raise ValueError(
                f"theta must have finite coordinates; got {solution[~np.isfinite(solution)][0]}, rescale d1, d2"
            )
        return solution[..., 0], solution[..., 1]

    @may_underflow
    def residual(self, theta: ArrayLike) -> Array:
        """Return the Euclidean distance of theta to the plane: (..., n) -> (...)."""
        theta = checks.parameters("theta", theta, self.origin.size)
        return np.asarray(norms.norm(theta - self.point(*self.coordinates(theta))))

    @cached_property
    @may_underflow
    def _pseudo_inverse(self) -> Array:
        """The (n, 2) matrix that maps an offset from the origin to its coordinates times the norms of d1 and d2."""
        q, r = np.linalg.qr(np.stack([norms.unit(self.d1), norms.unit(self.d2)], axis=1))
        return np.asarray(q @ np.linalg.inv(r).T)


def require_small_grid(alpha: Array, beta: Array, size: int = 8) -> None:
    """Refuse a grid whose points, at ``size`` bytes each, would take more memory than one array may."""
    demand = f"a grid of {alpha.size} x {beta.size} points would take"
    checks.memory(demand, size * alpha.size * beta.size, "use fewer points")


def require_plane(plane: Plane, n: int) -> Plane:
    """Return ``plane`` if it is one, in a space of n parameters."""
    checks.instance("plane", plane, Plane, "Plane(origin, d1, d2)")
    checks.vector("plane.origin", plane.origin, n)
    return plane
