"""Colour bar of the loss, with the exact levels marked."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure

from figures.style.loss_scales import label_colorbar, loss_ticks, mappable, root_norm
from figures.style.palette import level_styles
from figures.style.style_sheets import halo


def loss_bar(
    figure: Figure,
    axes: Sequence[Axes],
    levels: Sequence[Fraction],
    ceiling: float,
    *,
    lines: bool = True,
    **colorbar_kwargs: Any,
) -> Colorbar:
    """Add one colour bar shared by ``axes``, with a tick and a line in the style of each level.

    The grey arrow stands for losses above ``ceiling``. Pass ``lines=False`` if the levels are not drawn in the map.
    """
    kwargs: dict[str, Any] = {"extend": "max", "aspect": 30, "fraction": 0.05, "pad": 0.015} | colorbar_kwargs
    bar = figure.colorbar(mappable(root_norm(ceiling)), ax=list(axes), **kwargs)
    styles = level_styles(levels)
    draw_line = bar.ax.axhline if bar.orientation == "vertical" else bar.ax.axvline
    for level in levels:
        if lines and 0 < level <= ceiling:
            style = styles[level]
            line = draw_line(float(level), color=style.color, linestyle=style.linestyle, linewidth=1.0)
            line.set_path_effects(halo(2.0, alpha=0.7))
    return label_colorbar(bar, loss_ticks(levels, ceiling, (ceiling,)))
