"""Mapping from loss to height in a terrain plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.colors import FuncNorm
from numpy.typing import ArrayLike

from figures.style.loss_scales import ceiling_of
from landscape.base import checks
from landscape.base.arrays import Array

HEIGHTS = ("power", "log", "linear")
"""Height is the square root of the loss (the RMS error), its decimal logarithm, or the loss itself."""


@dataclass(frozen=True)
class HeightScale:
    """Heights for losses between a floor and a ceiling.

    kind : one of :data:`HEIGHTS`
    floor, ceiling : float    losses outside this range are clipped to it
    fills, cuts : bool    whether any loss lies below the floor (fills) or above the ceiling (cuts)

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
        """Return the scale for these losses; the defaults are floor 0 and the highest finite loss as ceiling."""
        checks.choice("height", kind, HEIGHTS)
        loss = checks.real_numbers("loss", loss).astype(np.float64)
        if kind == "log" and not (floor is not None and floor > 0):
            raise ValueError(f"floor must be above 0 for height='log', since 0 has no logarithm; got {floor}")
        low = checks.positive("floor", 0.0 if floor is None else floor, zero=True)
        high = ceiling_of(loss, ceiling)
        if not low < high:
            raise ValueError(f"ceiling must be above the floor {low:g}; got {high:g}")
        return cls(kind, low, high, fills=bool((loss < low).any()), cuts=bool((loss > high).any()))

    @classmethod
    def linear(cls, values: ArrayLike, floor: float, ceiling: float) -> HeightScale:
        """Return the scale of a metric, which may be negative."""
        given = np.asarray(values, dtype=np.float64)
        if not checks.scalar("floor", floor) < ceiling:
            raise ValueError(f"ceiling must be above the floor {floor:g}; got {ceiling:g}")
        return cls("linear", floor, ceiling, fills=bool((given < floor).any()), cuts=bool((given > ceiling).any()))

    def height(self, loss: ArrayLike) -> Array:
        """Return the height at which a loss is drawn."""
        return self.uncut(np.minimum(np.asarray(loss, dtype=np.float64), self.ceiling))

    def uncut(self, loss: ArrayLike) -> Array:
        """Return the height of a loss without clipping at the ceiling."""
        filled = np.maximum(np.asarray(loss, dtype=np.float64), self.floor)
        if self.kind == "power":
            return np.asarray(np.sqrt(filled))
        return np.asarray(np.log10(filled)) if self.kind == "log" else filled

    def norm(self) -> FuncNorm:
        """Return the colour norm that is linear in the height."""
        loss_at: dict[str, Callable[..., Any]] = {
            "power": np.square,
            "log": partial(np.power, 10.0),
            "linear": np.asarray,
        }
        return FuncNorm((self.uncut, loss_at[self.kind]), self.floor, self.ceiling)

    @property
    def bottom(self) -> float:
        """Height of the floor."""
        return float(self.height(self.floor))

    @property
    def top(self) -> float:
        """Height of the ceiling."""
        return float(self.height(self.ceiling))

    def ticks(self, wanted: Mapping[float, str] | None = None) -> dict[float, str]:
        """Return tick positions (losses) and labels: those of ``wanted`` within the scale, or default ticks.

        If losses are clipped, the ceiling or floor gets a tick of its own, marked with "≥" or "≤".
        """
        ticks = {v: t for v, t in (wanted or self._default_ticks()).items() if self.floor <= v <= self.ceiling}
        for bound, is_clipped, sign in ((self.ceiling, self.cuts, "≥"), (self.floor, self.fills, "≤")):
            if is_clipped:
                same = [v for v in ticks if math.isclose(v, bound, rel_tol=1e-9)]
                label = ticks.pop(same[0]) if same else f"{bound:g}"
                ticks[bound] = f"{sign} {label}"
        return dict(sorted(ticks.items()))

    def _default_ticks(self) -> dict[float, str]:
        """Return ticks at decades for "log", the ends if there are fewer than two; else at equal steps in height."""
        if self.kind == "log":
            decades = range(math.ceil(self.bottom), math.floor(self.top) + 1)
            if len(decades) < 2:
                return {bound: f"{bound:.3g}" for bound in (self.floor, self.ceiling)}
            step = math.ceil(len(decades) / 10)
            return {10.0**d: f"$10^{{{d}}}$" for d in decades[::step]}
        fraction = np.linspace(0.0, 1.0, 4) ** (2 if self.kind == "power" else 1)
        return {float(v): f"{v:.2g}" for v in self.floor + (self.ceiling - self.floor) * fraction}
