"""Basin map: each start is coloured by the level on which training from it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap, to_rgb
from matplotlib.patches import Patch
from numpy.typing import NDArray

from figures.output.latex_snippets import label_text
from figures.plots.colorbar import colorbar_beside
from figures.plots.contour import label_axes, pick, pixel_edges
from figures.style.axes import given_or_new_axes
from figures.style.palette import LevelStyle, fraction_label, held_handle, level_styles
from figures.style.quantities import loss_label
from figures.style.style_sheets import background_color, halo, text_color
from landscape import BasinMap

NAMED_FROM = 0.05
"""Least radius, as a fraction of the view, of the largest circle inside a basin for the basin to be named."""


def plot_basins(
    found: BasinMap,
    *,
    ax: Axes | None = None,
    names: bool = True,
    marked: Sequence[tuple[float, float]] = (),
    colorbar: bool = False,
    **image_kwargs: Any,
) -> Axes:
    """Draw a basin map in the colours of the levels; return the Axes.

    Starts of runs that end on no level are striped, those of runs that are held by relu'(0) = 0 are dotted. The view
    ends at the outermost starts.

    Parameters
    ----------
    found : BasinMap
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels are kept.
    names : bool
        Write each level into its widest basin if there is room.
    marked : sequence of (alpha, beta)
        Points that the names must not cover.
    colorbar : bool
        Whether to add a colour bar with the name of each level.
    **image_kwargs
        Passed to ``Axes.pcolorfast``.
    """
    ax = given_or_new_axes(ax)
    styles = list(outcome_styles(found).values())
    colors = [*(style.color for style in styles), background_color()]
    drawn = np.where(_stripes(found) | _dots(found), len(styles), found.outcome)
    kwargs: dict[str, Any] = {
        "cmap": ListedColormap(colors),
        "norm": BoundaryNorm(np.arange(len(colors) + 1) - 0.5, len(colors)),
    }
    image = ax.pcolorfast(pixel_edges(found.alpha), pixel_edges(found.beta), drawn, **(kwargs | image_kwargs))
    image.set_rasterized(True)
    if min(drawn.shape) > 1:
        ax.set(xlim=found.alpha[[0, -1]], ylim=found.beta[[0, -1]])
    if names:
        for k, at in named_places(found, marked):
            text = ax.text(*at, label_text(basin_name(found.levels[k])), color=contrast(styles[k].color))
            text.set(ha="center", va="center", zorder=4, path_effects=halo(3.0, foreground=styles[k].color))
    label_axes(ax, found.plane)
    if colorbar:
        count = len(styles)
        norm = BoundaryNorm(np.arange(count + 1) - 0.5, count)
        names_at = {float(k): basin_name(level) for k, level in enumerate(found.levels)}
        label = f"{loss_label(found.settings)} at the end of training"
        colorbar_beside(ax, ScalarMappable(norm, ListedColormap(colors[:count])), label, names_at)
    return ax


def outcome_styles(found: BasinMap) -> dict[Fraction | None, LevelStyle]:
    """Return the style of each outcome of a map, in the order of the outcomes."""
    styles = level_styles([level for level in found.levels if level is not None])
    return {level: styles[level] for level in found.levels}


def basin_handles(found: BasinMap) -> list[Patch]:
    """Return a legend entry for each outcome that occurs in a map, with its share of the starts."""
    handles = []
    for (level, style), count in zip(outcome_styles(found).items(), found.counts.tolist(), strict=True):
        if not count:
            continue
        label = label_text(f"{style.label}: {share_text(count, found.level.size)}")
        edge: dict[str, Any] = {"edgecolor": text_color()}
        if level is None:
            edge = {"hatch": "/////", "edgecolor": background_color()}
        handles.append(Patch(facecolor=style.color, linewidth=0.4, label=label, **edge))
    if found.held.any():
        handles.append(held_handle())
    return handles


def share_text(count: int, total: int) -> str:
    """Return ``count / total`` as a percentage, such as 29.1 %.

    >>> share_text(1, 100_000), share_text(291, 1000), share_text(999_999, 1_000_000)
    ('< 0.1 %', '29.1 %', '> 99.9 %')
    """
    percent = 100 * count / total
    if 0 < percent < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"


def basin_name(level: Fraction | None) -> str:
    """Return the text that is written into the basin of a level."""
    if level is None:
        return "on no level"
    return "solved" if level == 0 else fraction_label(level)


def named_places(
    found: BasinMap, marked: Sequence[tuple[float, float]] = ()
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield (outcome, (alpha, beta)): the centre of the largest circle inside the basins of each level.

    Levels whose largest circle has a radius below ``NAMED_FROM`` are left out. No circle contains a point of
    ``marked``.
    """
    from scipy.ndimage import binary_closing, distance_transform_edt

    rows, columns = pick(found.beta.size, 201), pick(found.alpha.size, 201)
    outcome = found.outcome[np.ix_(rows, columns)]
    for k, level in enumerate(found.levels):
        # A name may cover single starts with another outcome.
        filled = binary_closing(np.pad(outcome == k, 3), np.ones((3, 3)))
        for a, b in marked:
            i, j = np.abs(found.beta[rows] - b).argmin(), np.abs(found.alpha[columns] - a).argmin()
            filled[i + 3, j + 3] = False
        distance = distance_transform_edt(filled, sampling=[1 / n for n in outcome.shape])[3:-3, 3:-3]
        i, j = np.unravel_index(distance.argmax(), distance.shape)
        if level is not None and distance[i, j] >= NAMED_FROM:
            yield k, (float(found.alpha[columns[j]]), float(found.beta[rows[i]]))


def contrast(color: str) -> str:
    """Return black or white, whichever has more contrast to ``color``.

    >>> contrast("#F0B93C"), contrast("#7A1535")
    ('black', 'white')
    """
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)])
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def _dots(found: BasinMap) -> NDArray[np.bool_]:
    """Return the mask of the dots over starts of runs that are held by relu'(0) = 0, shape (n_beta, n_alpha)."""
    width = max(1, max(found.level.shape) // 120)
    row, column = np.ogrid[: found.beta.size, : found.alpha.size]
    return np.asarray(found.held & (row // width % 3 == 0) & (column // width % 3 == 0))


def _stripes(found: BasinMap) -> NDArray[np.bool_]:
    """Return the mask of the diagonal stripes over starts of runs on no level, shape (n_beta, n_alpha)."""
    width = max(found.level.shape) // 90
    if width == 0:
        return np.zeros_like(found.state, bool)
    row, column = np.ogrid[: found.beta.size, : found.alpha.size]
    stripe = (row + column) // width
    return np.asarray(np.isnan(found.level) & (stripe % 2 == 1))
