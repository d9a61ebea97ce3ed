"""The bars of the figure outcomes: where the starts end, and how many classify correctly after the exercise."""

from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes

import landscape as ls
from figures.style.palette import held_style, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle

NARROW = 7.0
"""Bar segments below this share, in %, are too narrow for a mark."""


def outlined() -> dict[str, Any]:
    """Return the style of the bars of starts that classify correctly after the exercise's epochs."""
    return {"facecolor": background_color(), "edgecolor": text_color(), "linewidth": 0.8}


def _right_bars(result: Bundle, axes: Axes) -> None:
    """Draw below each bar an outlined one: the starts that classify all samples correctly after the exercise."""
    rows = np.arange(len(result.names)) + 0.35
    share, low, high = (
        100 * np.array([getattr(one, name) for one in result.right_after_epochs])
        for name in ("fraction", "low", "high")
    )
    axes.barh(rows, share, height=0.16, gid="right", **outlined())
    axes.errorbar(share, rows, xerr=[share - low, high - share], fmt="none", ecolor=text_color(), elinewidth=0.8)


def draw_bars(result: Bundle, axes: Axes) -> None:
    """Draw one stacked bar for each method: a segment for each share, with its interval at the end of the segment."""
    looks, rows = level_styles(result.levels), np.arange(len(result.names))
    counts = result.counts[:, -1]
    share, (low, high) = 100 * counts / result.starts, ls.wilson(counts, result.starts)
    end = share.cumsum(axis=1)
    for k, look in enumerate(looks.values()):
        width = share[:, k]
        axes.barh(
            rows,
            width,
            left=end[:, k] - width,
            height=0.5,
            color=look.color,
            edgecolor=background_color(),
            linewidth=0.4,
        )
        if k < len(result.levels):
            held = 100 * result.held_counts[:, k] / result.starts
            axes.barh(rows[held > 0], held[held > 0], left=(end[:, k] - held)[held > 0], height=0.5, **held_style())
        error = np.maximum([width - 100 * low[:, k], 100 * high[:, k] - width], 0.0)
        if k < counts.shape[1] - 1:
            drawn = axes.errorbar(end[:, k], rows, xerr=error, fmt="none", ecolor=text_color(), elinewidth=1.0)
            for part in drawn.lines[2]:
                part.set(
                    clip_on=False, path_effects=[patheffects.withStroke(linewidth=2.0, foreground=background_color())]
                )
        for row in np.flatnonzero(width >= NARROW).tolist():
            middle = end[row, k] - width[row] / 2
            if k == 0:
                axes.text(middle, row, f"{width[row]:.0f}", color=background_color(), ha="center", va="center_baseline")
            else:
                axes.plot(
                    middle,
                    row,
                    look.marker,
                    markersize=4,
                    color=background_color(),
                    markeredgecolor=text_color(),
                    markeredgewidth=0.5,
                )
    if result.right_after_epochs is not None:
        _right_bars(result, axes)
    axes.set_yticks(rows, labels=[name.replace(", ", "\n") for name in result.names])
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5), xlabel="share of the starts in %")
    axes.spines.left.set_visible(False)
    axes.set_title(f"Where {result.starts} starts end")
