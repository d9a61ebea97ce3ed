"""Tick labels at given values, of which those that would overlap are left out when the figure is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axis import Axis
from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import Formatter
from numpy.typing import NDArray

GAP = 0.8
"""Least distance between labels, in points; hinting makes text up to that much higher than measured here."""


def set_tick_labels(axis: Axis, labels: Mapping[float, str]) -> None:
    """Set ticks at the keys of ``labels``; an axis too short for all labels shows the outermost and what fits."""
    axis.set_ticks(list(labels))
    axis.set_major_formatter(FittingLabels(labels))


class FittingLabels(Formatter):
    """Labels of fixed ticks, empty where they would overlap those kept: the outermost first, then in order."""

    def __init__(self, labels: Mapping[float, str]) -> None:
        self.labels = {float(value): label for value, label in labels.items()}

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        return self.labels.get(float(x), "")

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the label of each tick, empty where there is no room."""
        texts = [self(value) for value in values]
        if len(texts) < 2:
            return texts
        axis: Any = self.axis
        centres = _positions(axis, np.asarray(values, dtype=np.float64))
        if np.ptp(centres, axis=0).max() < GAP:  # 3-D axes seen end-on
            return texts
        font = axis.majorTicks[0].label1.get_fontproperties()
        sizes = np.array([_size(text, font) for text in texts]) + GAP
        kept: list[int] = []
        for i in (0, len(texts) - 1, *range(1, len(texts) - 1)):
            apart = np.abs(centres[kept] - centres[i]) >= (sizes[kept] + sizes[i]) / 2
            if i not in kept and apart.any(axis=1).all():
                kept.append(i)
        return [text if i in kept else "" for i, text in enumerate(texts)]


def _positions(axis: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the ticks lie on the canvas, shape (m, 2) in points."""
    ax, zero = axis.axes, np.zeros_like(values)
    if axis.axis_name == "x":
        pixels = ax.get_xaxis_transform().transform(np.column_stack([values, zero]))
    elif hasattr(ax, "get_proj"):
        pixels = _shorter_side(ax, values)
    else:
        pixels = ax.get_yaxis_transform().transform(np.column_stack([zero, values]))
    return np.asarray(pixels * 72.0 / ax.get_figure(root=True).dpi)


def _shorter_side(ax: Any, heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pixels (m, 2) of heights on the outermost vertical edges, at one of which a z axis stands."""
    from mpl_toolkits.mplot3d.proj3d import proj_transform

    edges = []
    for x, y in product(ax.get_xlim(), ax.get_ylim()):
        projected = proj_transform(np.full_like(heights, x), np.full_like(heights, y), heights, ax.get_proj())
        edges.append(ax.transData.transform(np.column_stack(projected[:2])))
    edges.sort(key=lambda edge: float(edge[:, 0].mean()))
    return min(edges[0], edges[-1], key=lambda edge: float(np.hypot(*(edge[-1] - edge[0]))))


def _size(text: str, font: FontProperties) -> tuple[float, float]:
    """Return width and height of a label in points; matplotlib gives it at least the ascent and descent of "lp"."""
    if not text:
        return -np.inf, -np.inf
    kinds: tuple[Any, Any] = ("TeX", "TeX") if mpl.rcParams["text.usetex"] else (is_math_text(text), False)
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, kinds[0])
    _, least_height, least_descent = text_to_path.get_text_width_height_descent("lp", font, kinds[1])
    ascent = max(height - descent, least_height - least_descent)
    return float(width), float(ascent + max(descent, least_descent))
