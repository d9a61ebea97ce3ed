"""Kink lines over contours: the boundaries between activation regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from figures.output.latex_snippets import label_text
from figures.plots.contour import label_axes
from figures.plots.decision import UNIT_COLORS
from figures.style.axes import given_or_new_axes
from figures.style.style_sheets import background_color, halo, text_color
from landscape import KinkLines
from landscape.base import checks

UNIT_LINES = ("-", "--", "-.", ":")
"""Line styles of hidden units 1, 2, ..., as for their hinge lines in the input square."""

FINE: dict[str, Any] = {"linewidth": 0.6, "path_effects": []}
"""Style of kink lines where they are not the subject of the figure: thin, without a halo."""


def plot_kinks(lines: KinkLines, *, ax: Axes | None = None, labels: bool = False, **plot_kwargs: Any) -> Axes:
    """Draw kink lines in the colour and line style of their hidden unit; return the Axes.

    Coinciding lines of one unit are drawn once and labelled with all their samples. The axis limits are not
    changed.

    Parameters
    ----------
    lines : KinkLines
    ax : Axes, optional
        Axes of a new figure if not given.
    labels : bool
        Label one end of each line with its samples.
    **plot_kwargs
        Passed to ``Axes.plot``.
    """
    checks.instance("lines", lines, KinkLines, "kink_lines")
    checks.real_array("segments", lines.segments)
    is_new = ax is None
    ax = given_or_new_axes(ax)
    if is_new:
        ax.set(xlim=lines.alpha, ylim=lines.beta)
    for unit, samples, ends in distinct_lines(lines):
        style = {**unit_style(unit), "linewidth": 1.1, "path_effects": halo(2.4, alpha=0.7), "zorder": 2.5}
        ax.plot(*ends.T, scalex=False, scaley=False, label="_kink", **(style | plot_kwargs))
        if labels:
            _label_end(ax, lines, ends, ", ".join(sample_name(lines.inputs[i]) for i in samples), style["color"])
    label_axes(ax, lines.plane)
    return ax


def distinct_lines(lines: KinkLines) -> Iterator[tuple[int, list[int], NDArray[np.float64]]]:
    """Yield (unit, samples, ends (2, 2)) for each distinct line of each unit."""
    size = np.array([np.ptp(lines.alpha), np.ptp(lines.beta)])
    remaining = list(zip(lines.unit.tolist(), lines.sample.tolist(), lines.segments, strict=True))
    while remaining:
        unit, _, ends = remaining[0]
        same = [u == unit and bool(np.all(np.abs(e - ends) <= 1e-9 * size)) for u, _, e in remaining]
        yield unit, [i for (_, i, _), is_same in zip(remaining, same, strict=True) if is_same], ends
        remaining = [line for line, is_same in zip(remaining, same, strict=True) if not is_same]


def unit_style(unit: int) -> dict[str, Any]:
    """Return colour and line style of a hidden unit, counted from 0."""
    return {"color": UNIT_COLORS[unit % len(UNIT_COLORS)], "linestyle": UNIT_LINES[unit % len(UNIT_LINES)]}


def outline_style() -> dict[str, Any]:
    """Return the style of kink lines on a map of outcomes: thin, in background colour with an edge in text colour."""
    return FINE | {"color": background_color(), "path_effects": halo(1.4, foreground=text_color(), alpha=0.8)}


def kink_handles(units: Sequence[int], **plot_kwargs: Any) -> list[Line2D]:
    """Return legend entries for the kinks of hidden units, counted from 0, drawn with ``plot_kwargs``."""
    styles = [{**unit_style(u), "linewidth": 1.1} | plot_kwargs for u in units]
    return [Line2D([], [], label=f"kinks of unit {u + 1}", **style) for u, style in zip(units, styles, strict=True)]


def sample_name(x: NDArray[np.float64]) -> str:
    """Return a sample as text: 01 if all inputs are one-digit integers, otherwise such as (0.5, 2)."""
    digits = [f"{v:g}" for v in x]
    return "".join(digits) if all(len(d) == 1 for d in digits) else f"({', '.join(digits)})"


def _label_end(ax: Axes, lines: KinkLines, ends: NDArray[np.float64], name: str, color: str) -> None:
    """Write ``name`` inside the view, next to the upper end of the line."""
    end = max(ends.tolist(), key=lambda p: (p[1], p[0]))
    right, top = end[0] >= lines.alpha[1], end[1] >= lines.beta[1]
    ax.annotate(
        label_text(name),
        end,
        (-3 if right else 3, -3 if top else 3),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top" if top else "bottom",
        color=color,
        path_effects=halo(2.0),
        zorder=5,
    )
