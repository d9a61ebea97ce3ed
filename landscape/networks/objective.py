"""The small protocol that all code for evaluating or minimizing a loss relies on.

An objective is a function of one flat parameter vector. The 2-h-1 ReLU network of
:mod:`landscape.networks.relu` is one, and :class:`landscape.keras_objective.KerasObjective` wraps any
built Keras model as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Filter:
    """The incoming weights of one unit, the group that filter normalization rescales.

    layer : name of the layer that the unit belongs to
    kernel : indices into theta of the unit's incoming weights (one column of a Keras dense kernel)
    bias : index into theta of the unit's bias, several if it has several (an attention head), or None
    """

    layer: str
    kernel: tuple[int, ...]
    bias: int | tuple[int, ...] | None


@runtime_checkable
class Objective(Protocol):
    """A loss as a function of a flat float64 parameter vector ``theta``."""

    @property
    def n_parameters(self) -> int:
        """Length n of theta."""

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each entry of theta, such as ``W1[0,1]``."""

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters, in the order of theta; every kernel and bias entry is in exactly one."""

    def loss(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the loss of every theta: (..., n) -> (...)."""

    def gradient(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the gradient of the loss: (..., n) -> (..., n)."""


@runtime_checkable
class CurvedObjective(Objective, Protocol):
    """An objective with a Hessian."""

    def hessian(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the Hessian of the loss: (..., n) -> (..., n, n)."""


def loss_scale(net: Objective) -> float:
    """Return a loss that counts as large: that at theta = 0, where the output of a network is constant."""
    return float(net.loss(np.zeros(net.n_parameters)))


def description(net: object) -> str:
    """Return what an objective says of itself, to be stored with a result."""
    describe = getattr(net, "describe", None)
    return str(describe() if describe else repr(net))


def require_objective(net: Objective) -> Objective:
    """Return ``net`` if it has a number of parameters, as every objective has."""
    if not isinstance(getattr(net, "n_parameters", None), int | np.integer):
        raise TypeError(
            f"net must be an Objective, such as xor.network() or KerasObjective(model, x, y); got {type(net).__name__}"
        )
    return net


def for_many_points(net: Objective) -> Objective:
    """Return an objective whose methods take many thetas, though those of ``net`` may take one only."""
    require_objective(net)
    return net if type(net).__module__.startswith("landscape.") else _ForMany(net)


class _ForMany:
    """An objective that calls the methods of another with one theta at a time if they do not take many."""

    def __init__(self, net: Objective) -> None:
        self.net = net
        self.n_parameters = net.n_parameters
        self._takes_one: set[str] = set()

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return self.net.parameter_names

    @property
    def filters(self) -> tuple[Filter, ...]:
        return self.net.filters

    def loss(self, theta: ArrayLike) -> NDArray[np.float64]:
        given = np.asarray(theta, dtype=np.float64)
        return self._values("loss", given, given.shape[:-1])

    def gradient(self, theta: ArrayLike) -> NDArray[np.float64]:
        given = np.asarray(theta, dtype=np.float64)
        return self._values("gradient", given, given.shape)

    def describe(self) -> str:
        return description(self.net)

    def _values(self, method: str, given: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        function, n = getattr(self.net, method), self.n_parameters
        if given.size == n or not given.size or method in self._takes_one:
            return self._one_by_one(method, given, shape)
        try:
            found = np.asarray(function(given), dtype=np.float64)
        except Exception:  # noqa: BLE001 - code for one theta may raise anything, given many
            found = np.empty(())
        if found.shape == shape and self._are_of_rows(method, given, found):
            return found
        self._takes_one.add(method)
        return self._one_by_one(method, given, shape)

    def _are_of_rows(self, method: str, given: NDArray[np.float64], found: NDArray[np.float64]) -> bool:
        """Return whether values of the right shape are those of the single thetas.

        Code for one theta may mix them up, but returns another shape then, unless one of the first axes has length n.
        """
        n, of_one = self.n_parameters, found.shape[given.ndim - 1 :]
        if n not in given.shape[:-1]:
            return True
        expected = self._one_by_one(method, given.reshape(-1, n)[[0, -1]], (2, *of_one))
        return np.allclose(found.reshape(-1, *of_one)[[0, -1]], expected, equal_nan=True)

    def _one_by_one(self, method: str, given: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
        function, of_one = getattr(self.net, method), shape[given.ndim - 1 :]
        rows = [np.asarray(function(theta), dtype=np.float64) for theta in given.reshape(-1, self.n_parameters)]
        if wrong := [row.shape for row in rows if row.size != np.prod(of_one, dtype=int)]:
            raise ValueError(
                f"net.{method} must return shape {of_one} for a theta of shape ({self.n_parameters},); got {wrong[0]}"
            )
        return np.array(rows).reshape(shape)
