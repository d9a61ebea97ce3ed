"""Decision surface of a network over the input plane, with the samples and the hinge lines of hidden units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

from figures.plots.colorbar import colorbar_beside
from figures.style.axes import given_or_new_axes
from figures.style.special_values import LARGEST, counts_of, draw_special_areas, special_legend, special_masks
from figures.style.style_sheets import background_color, halo, is_dark, text_color
from landscape import DecisionSurface
from landscape.base import checks

THRESHOLD = 0.5
"""Outputs of at least this value count as class 1."""
UNIT_COLORS = ("C0", "C3", "C2", "C4")
"""Colours of hidden units 1, 2, ... in all figures."""


def decision_norm() -> TwoSlopeNorm:
    """Return the colour norm of outputs: 0 and 1 at the ends, the threshold in the middle."""
    return TwoSlopeNorm(THRESHOLD, vmin=0.0, vmax=1.0)


def decision_cmap() -> LinearSegmentedColormap:
    """Return a pale diverging colour map, centred on the background colour, on which the units' colours stand out."""
    low, high = ("#6B4E22", "#2F5C94") if is_dark() else ("#E0BC85", "#92B8E0")
    return LinearSegmentedColormap.from_list("decision", [low, background_color(), high])


def plot_decision(
    surface: DecisionSurface, *, ax: Axes | None = None, colorbar: bool = False, **imshow_kwargs: Any
) -> Axes:
    """Draw the output over the input square, the decision line and the four samples; return the Axes.

    Cells with an output that is infinite or not a number are drawn as areas of their own, which a legend names and
    counts. Other outputs below 0 or above 1 have the colours of the ends. ``colorbar`` adds a colour bar;
    ``imshow_kwargs`` are passed to ``Axes.imshow``.
    """
    checks.instance("surface", surface, DecisionSurface, "decision_surface")
    ax = given_or_new_axes(ax)
    a = surface.axis
    half = (a[1] - a[0]) / 2
    edge = (a[0] - half, a[-1] + half)
    kwargs: dict[str, Any] = {"cmap": decision_cmap(), "norm": decision_norm(), "interpolation": "nearest"}
    masks = special_masks(surface.output, may_be_negative=True)
    output = np.where(np.isinf(surface.output), np.nan, np.clip(surface.output, -LARGEST, LARGEST))
    image = ax.imshow(output, origin="lower", extent=(*edge, *edge), **(kwargs | imshow_kwargs))
    draw_special_areas(ax, a, a, masks)
    if np.nanmin(output, initial=np.inf) < THRESHOLD < np.nanmax(output, initial=-np.inf):
        ax.contour(a, a, output, levels=[THRESHOLD], colors=[text_color()], linewidths=0.8)
    special_legend(ax, counts_of(masks), output.size)
    plot_samples(ax, surface.inputs, surface.targets)
    ax.set(xlim=(a[0], a[-1]), ylim=(a[0], a[-1]), aspect="equal")
    for old, set_label, k in ((ax.get_xlabel(), ax.set_xlabel, 1), (ax.get_ylabel(), ax.set_ylabel, 2)):
        if not old:
            set_label(rf"input $x_{k}$")
    if colorbar:
        ticks = None if "norm" in imshow_kwargs else {0.0: "0", THRESHOLD: "1/2", 1.0: "1"}
        colorbar_beside(ax, image, "output", ticks)
    return ax


def plot_samples(ax: Axes, points: Any, targets: Any) -> None:
    """Draw the samples: hollow circles for class 0, filled ones for class 1."""
    for (x, y), target in zip(points, targets, strict=True):
        face = text_color() if target >= THRESHOLD else background_color()
        ax.plot(
            x, y, "o", markersize=6, markerfacecolor=face, markeredgecolor=text_color(), markeredgewidth=1.0, zorder=4
        )


def plot_hinges(
    surface: DecisionSurface, *, ax: Axes, arrow: float = 0.16, arrows_at: Sequence[float] = (0.25, 0.75)
) -> Axes:
    """Draw each hidden unit's line z = 0 with arrows pointing to its active side; return the Axes.

    ``arrows_at`` are the places of the arrows, as fractions of the line's length.
    """
    for u, (ends, normal) in enumerate(zip(surface.hinges, surface.normals, strict=True)):
        if not np.isfinite(ends).all():
            continue
        color = UNIT_COLORS[u % len(UNIT_COLORS)]
        ax.plot(*ends.T, color=color, linewidth=1.6, linestyle=("-", "--")[u % 2], path_effects=halo(2.6))
        for place in arrows_at:
            foot = ends[0] + place * (ends[1] - ends[0])
            ax.annotate(
                "",
                foot + arrow * normal,
                foot,
                arrowprops={"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0},
                zorder=4.5,  # above the samples
            )
    return ax
