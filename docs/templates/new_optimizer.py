"""An optimizer to copy to landscape/training/optimizers.py: numbers, and a step written in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from landscape.base import checks
from landscape.training.optimizers import FloatArray


@dataclass(frozen=True)
class SignDescent:
    """Sign descent: theta <- theta - lr sign(g), a step of the same length along every parameter.

    References
    ----------
    Bernstein, Wang, Azizzadenesheli, Anandkumar: signSGD (2018), arXiv:1802.04434.
    """

    learning_rate: float = 1e-3

    slots = 0
    """None: it keeps no state."""

    def __post_init__(self) -> None:
        checks.positive("learning_rate", self.learning_rate)

    def rates(self, steps: int, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return the learning rate, once per step."""
        return np.full(steps, self.learning_rate, dtype=dtype)

    def update(self, theta: FloatArray, gradient: FloatArray, state: list[FloatArray], rate: Any) -> None:
        """Do one step in place."""
        theta -= rate * np.sign(gradient)

    def remaining_drift(self, state: list[FloatArray], rate: Any) -> tuple[FloatArray, float]:
        """Return that nothing moves while the gradient stays 0: there is no momentum."""
        return np.zeros(1), 0.0

    def describe(self) -> str:
        """Return name and settings in one line."""
        return f"sign descent, lr {self.learning_rate!r}"
