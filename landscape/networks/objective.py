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
