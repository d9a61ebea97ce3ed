"""Paths of training runs, projected onto a plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle

from figures.output.latex_snippets import label_text
from figures.output.step_builds import appears
from figures.plots.contour import label_axes
from figures.style.axes import given_or_new_axes
from figures.style.loss_scales import THETA_STAR
from figures.style.palette import LevelStyle
from figures.style.special_values import LARGEST, Special, special_legend, special_marker
from figures.style.style_sheets import background_color, halo, path_style, text_color
from landscape.base import checks
from landscape.planes.paths.projection import Projection


def plot_trajectories(
    projection: Projection,
    *,
    ax: Axes | None = None,
    looks: Sequence[LevelStyle] | None = None,
    marker_at_end: bool = True,
    steps: tuple[int, int, int] = (1, 1, 1),
    **plot_kwargs: Any,
) -> Axes:
    """Draw projected paths, each from a small dot at its start to a marker at its end.

    A path that ends at infinity, beyond 1e200 or as NaN has a marker for that at its last point before, instead of the
    one at its end; a legend names and counts such paths.

    Parameters
    ----------
    projection : Projection
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels are kept.
    looks : sequence of LevelStyle, optional
        One per path: its colour and end marker show the level on which the run ends, in every style sheet. The
        style sheet decides whether there are dots on the line.
    marker_at_end : bool
    steps : three int
        Steps at which starts, paths and ends appear in a figure that is built up step by step.
    **plot_kwargs
        Passed to ``Axes.plot``.
    """
    checks.instance("projection", projection, Projection, "project")
    if looks is not None and len(looks) != len(projection.alpha):
        raise ValueError(f"looks must have one entry for each of the {len(projection.alpha)} paths; got {len(looks)}")
    ax = given_or_new_axes(ax)
    outline = halo(2.0)
    ends: Counter[Special] = Counter()
    for i, path in enumerate(np.stack([projection.alpha, projection.beta], axis=-1)):
        is_drawn = (np.abs(path) <= LARGEST).all(axis=1)  # not where a coordinate is NaN
        a, b = np.where(is_drawn[:, None], path, np.nan).T
        special = None
        if not is_drawn[-1]:
            special = Special.NAN if np.isnan(path[-1]).any() else Special.INFINITE
        look = looks[i] if looks else None
        style: dict[str, Any] = {"color": look.color if look else None, "linewidth": 1.0, **path_style()}
        (line,) = ax.plot(a, b, path_effects=outline, **(style | plot_kwargs))
        start = ax.plot(a[0], b[0], ".", color=line.get_color(), markersize=3, path_effects=outline)
        appears(start, steps[0])
        appears(line, steps[1])
        if marker_at_end:
            shape = look.marker if look else "o"
            last = int(np.flatnonzero(is_drawn)[-1]) if is_drawn.any() else -1
            (end,) = ax.plot(a[last], b[last], shape, color=line.get_color(), markersize=4.5)
            appears(end, steps[2])
            if special:
                end.set(**special_marker(special), path_effects=outline)
            elif MarkerStyle(shape).is_filled():
                end.set(markeredgecolor=background_color(), markeredgewidth=0.6)
            else:  # a cross has no face
                end.set(markeredgewidth=1.2, path_effects=outline)
        if special:
            ends[special] += 1
    if marker_at_end:
        special_legend(ax, ends, len(projection.alpha), markers=True)
    label_axes(ax, projection.plane)
    return ax


def mark_point(
    ax: Axes, alpha: float, beta: float, label: str = THETA_STAR, *, offset: tuple[float, float] = (4, 4)
) -> None:
    """Mark a point of the plane with an x and a label."""
    outline = halo(2.0)
    ax.plot(alpha, beta, "x", color=text_color(), markersize=5, markeredgewidth=1.3, path_effects=outline, zorder=5)
    if label:
        ax.annotate(
            label_text(label), (alpha, beta), offset, textcoords="offset points", path_effects=outline, zorder=5
        )
