"""A basin map: every start in the colour of the level that training from it ends on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgb
from matplotlib.patches import Patch
from numpy.typing import NDArray

from figures.plots.contour import label_axes, pick
from figures.style.new_axes import new_axes
from figures.style.palette import LevelStyle, fraction_label, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import BasinMap

NAMED_FROM = 0.05
"""Radius of the largest circle within a basin from which on there is room for its name, as a share of the view."""

Array = NDArray[np.float64]


def plot_basins(
    found: BasinMap,
    *,
    ax: Axes | None = None,
    names: bool = True,
    marked: Sequence[tuple[float, float]] = (),
    **image_kwargs: Any,
) -> Axes:
    """Draw a basin map in the looks of the levels; return the Axes.

    Runs on no level are striped. The view ends at the outermost starts.

    Parameters
    ----------
    found : BasinMap
    ax : Axes, optional
        A new figure's, if not given. Labels that are set already are left alone.
    names : bool
        Write the level into its widest basin, where there is room.
    marked : sequence of (alpha, beta)
        Points that names keep away from.
    **image_kwargs
        Passed to ``Axes.pcolorfast``.
    """
    if ax is None:
        ax = new_axes()
    looks = list(outcome_styles(found).values())
    colors = [*(look.color for look in looks), background_color()]
    drawn = np.where(_stripes(found), len(looks), found.outcome)
    kwargs: dict[str, Any] = {
        "cmap": ListedColormap(colors),
        "norm": BoundaryNorm(np.arange(len(colors) + 1) - 0.5, len(colors)),
    }
    image = ax.pcolorfast(_edges(found.alpha), _edges(found.beta), drawn, **(kwargs | image_kwargs))
    image.set_rasterized(True)
    if min(drawn.shape) > 1:
        ax.set(xlim=found.alpha[[0, -1]], ylim=found.beta[[0, -1]])
    if names:
        for k, at in named_places(found, marked):
            halo = [patheffects.withStroke(linewidth=3.0, foreground=looks[k].color)]
            text = ax.text(*at, basin_name(found.levels[k]), color=contrast(looks[k].color), path_effects=halo)
            text.set(ha="center", va="center", zorder=4)
    label_axes(ax, found.plane)
    return ax


def outcome_styles(found: BasinMap) -> dict[Fraction | None, LevelStyle]:
    """Return the look of every outcome of a map, in their order."""
    looks = level_styles([level for level in found.levels if level is not None])
    return {level: looks[level] for level in found.levels}


def basin_handles(found: BasinMap) -> list[Patch]:
    """Return a legend entry for every outcome that a map has, with its share of the starts."""
    handles = []
    for (level, look), count in zip(outcome_styles(found).items(), found.counts.tolist(), strict=True):
        label = f"{look.label}: {share_text(count, found.level.size)}"
        lost: dict[str, Any] = (
            {"hatch": "/////", "edgecolor": background_color()} if level is None else {"edgecolor": text_color()}
        )
        if count:
            handles.append(Patch(facecolor=look.color, linewidth=0.4, label=label, **lost))
    return handles


def share_text(count: int, total: int) -> str:
    """Return a share as text, such as 29.1 %.

    >>> share_text(1, 100_000), share_text(291, 1000), share_text(999_999, 1_000_000)
    ('< 0.1 %', '29.1 %', '> 99.9 %')
    """
    share = 100 * count / total
    if 0 < share < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.9 < share < 100 else f"{share:.1f} %"


def basin_name(level: Fraction | None) -> str:
    """Return what is written into the basin of a level."""
    return "solved" if level == 0 else "on no level" if level is None else fraction_label(level)


def named_places(
    found: BasinMap, marked: Sequence[tuple[float, float]] = ()
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield (outcome, (alpha, beta)) of the centre of the largest circle in each level's basins, if it is large.

    No point of ``marked`` is inside of a circle.
    """
    from scipy.ndimage import binary_closing, distance_transform_edt

    rows, columns = pick(found.beta.size, 201), pick(found.alpha.size, 201)
    outcome = found.outcome[np.ix_(rows, columns)]
    for k, level in enumerate(found.levels):
        filled = binary_closing(np.pad(outcome == k, 3), np.ones((3, 3)))  # a name may stand on single runs that differ
        for a, b in marked:
            i, j = np.abs(found.beta[rows] - b).argmin(), np.abs(found.alpha[columns] - a).argmin()
            filled[i + 3, j + 3] = False
        away = distance_transform_edt(filled, sampling=[1 / n for n in outcome.shape])[3:-3, 3:-3]
        i, j = np.unravel_index(away.argmax(), away.shape)
        if level is not None and away[i, j] >= NAMED_FROM:
            yield k, (float(found.alpha[columns[j]]), float(found.beta[rows[i]]))


def contrast(color: str) -> str:
    """Return black or white, whichever reads better on ``color``.

    >>> contrast("#F0B93C"), contrast("#7A1535")
    ('black', 'white')
    """
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)])
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def _stripes(found: BasinMap) -> NDArray[np.bool_]:
    """Return where runs on no level are painted over, shape (n_beta, n_alpha)."""
    row, column = np.ogrid[: found.beta.size, : found.alpha.size]
    width = max(found.level.shape) // 90
    return np.isnan(found.level) & ((row + column) // width % 2 == 1) if width else np.zeros_like(found.state, bool)


def _edges(centres: Array) -> Array:
    """Return the borders of the cells around grid points, one more than there are points."""
    if centres.size == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    between = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])
