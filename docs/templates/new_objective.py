"""An objective of your own: what planes, directions and training need to know of a loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.base import checks
from landscape.networks.objective import Filter


class Valley:
    """Rosenbrock's valley, loss = (1 - x)^2 + 100 (y - x^2)^2, with x and y as one filter.

    References
    ----------
    Rosenbrock: An automatic method for finding the greatest or least value of a function (1960).
    """

    n_parameters = 2
    parameter_names = ("x", "y")
    filters = (Filter("valley", (0, 1), None),)

    def loss(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the loss of every theta: (..., 2) -> (...)."""
        x, y = np.moveaxis(checks.parameters("theta", theta, 2), -1, 0)
        return np.asarray((1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2)

    def gradient(self, theta: ArrayLike) -> NDArray[np.float64]:
        """Return the gradient of the loss: (..., 2) -> (..., 2)."""
        x, y = np.moveaxis(checks.parameters("theta", theta, 2), -1, 0)
        by_y = 200.0 * (y - x**2)
        return np.stack([-2.0 * (1.0 - x) - 2.0 * x * by_y, by_y], axis=-1)
