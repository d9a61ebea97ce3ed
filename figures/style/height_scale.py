"""From loss to the height at which a terrain shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figures.style.loss_scales import ceiling_of
from landscape.base import checks

Array = NDArray[np.float64]

HEIGHTS = ("power", "log", "linear")
"""Height is the square root of the loss (that is, RMS error), its decimal logarithm, or the loss itself."""


@dataclass(frozen=True)
class HeightScale:
    """Heights of losses between a floor and a ceiling.

    kind : one of :data:`HEIGHTS`
    floor, ceiling : float    losses beyond are drawn as these
    fills, cuts : bool    whether something lies below the floor, above the ceiling

    Examples
    --------
    >>> HeightScale.of(np.array([0.0, 9.0]), "power", None, 4.0).height([1.0, 9.0]).tolist()
    [1.0, 2.0]
    """

    kind: str
    floor: float
    ceiling: float
    fills: bool
    cuts: bool

    @classmethod
    def of(cls, loss: ArrayLike, kind: str, floor: float | None, ceiling: float | None) -> HeightScale:
        """Return the scale for these losses; floor 0 and the highest loss when not given."""
        checks.choice("height", kind, HEIGHTS)
        loss = checks.real_array("loss", loss)
        if kind == "log" and not (floor is not None and floor > 0):
            raise ValueError(f"floor must be above 0 for height='log', since 0 has no logarithm; got {floor}")
        low = checks.positive("floor", 0.0 if floor is None else floor, zero=True)
        high = ceiling_of(loss, ceiling)
        if not low < high:
            raise ValueError(f"ceiling must be above the floor {low:g}; got {high:g}")
        return cls(kind, low, high, fills=bool((loss < low).any()), cuts=bool((loss > high).any()))

    def height(self, loss: ArrayLike) -> Array:
        """Return the height at which a loss is drawn."""
        return self.uncut(np.minimum(np.asarray(loss, dtype=np.float64), self.ceiling))

    def uncut(self, loss: ArrayLike) -> Array:
        """Return the height that a loss would have without a ceiling."""
        filled = np.maximum(np.asarray(loss, dtype=np.float64), self.floor)
        if self.kind == "power":
            return np.asarray(np.sqrt(filled))
        return np.asarray(np.log10(filled)) if self.kind == "log" else filled

    @property
    def bottom(self) -> float:
        """Height of the floor."""
        return float(self.height(self.floor))

    @property
    def top(self) -> float:
        """Height of the ceiling."""
        return float(self.height(self.ceiling))

    def ticks(self, wanted: Mapping[float, str] | None = None) -> dict[float, str]:
        """Return losses to be ticked and their labels, those on the scale of ``wanted`` when given.

        Where something is cut off or filled up, ceiling and floor are among them, with a sign for it.
        """
        ticks = {v: t for v, t in (wanted or self._usual_ticks()).items() if self.floor <= v <= self.ceiling}
        for bound, beyond, sign in ((self.ceiling, self.cuts, "≥"), (self.floor, self.fills, "≤")):
            if beyond:
                same = [v for v in ticks if math.isclose(v, bound, rel_tol=1e-9)]
                ticks[bound] = f"{sign} " + (ticks.pop(same[0]) if same else f"{bound:g}")
        return dict(sorted(ticks.items()))

    def _usual_ticks(self) -> dict[float, str]:
        """Decades, or equal steps of height."""
        if self.kind == "log":
            decades = range(math.ceil(self.bottom), math.floor(self.top) + 1)
            return {10.0**d: f"$10^{{{d}}}$" for d in decades}
        share = np.linspace(0.0, 1.0, 4) ** (2 if self.kind == "power" else 1)
        return {float(v): f"{v:.2g}" for v in self.floor + (self.ceiling - self.floor) * share}
