"""Filled contours of a surface, with the exact levels drawn as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures.output.latex_snippets import label_text
from figures.plots.colorbar import colorbar_beside
from figures.style.axes import given_or_new_axes
from figures.style.loss_scales import loss_cmap
from figures.style.palette import LevelStyle, clipped_hatch, styles_of
from figures.style.quantities import parameter_words, quantity
from figures.style.special_values import (
    LARGEST,
    Masks,
    Special,
    counts_of,
    draw_special_areas,
    special_legend,
    special_masks,
)
from figures.style.style_sheets import halo, text_color
from landscape import Plane, Surface
from landscape.base import checks
from landscape.base.arrays import Array

DRAWN_AT_MOST = 301
"""Maximum number of grid points per axis for drawing contours; finer grids are thinned."""


def plot_contour(
    surface: Surface,
    *,
    ax: Axes | None = None,
    metric: str | None = None,
    scale: str | None = None,
    ceiling: float | None = None,
    marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle] = (),
    bands: int = 32,
    lines: int = 8,
    colorbar: bool = False,
    **contourf_kwargs: Any,
) -> Axes:
    """Draw ``surface`` as filled contours, equally spaced in the square root of the loss; return the Axes.

    Low values have the brightness of the background and higher ones stand out from it, in every style, for losses and
    for metrics: see :func:`figures.style.loss_scales.loss_cmap`.

    A metric is drawn on a linear scale, from 0 to 1 if it is a share such as an accuracy. Grid cells with a loss
    that is infinite or not a number, and losses below 0, which have no root, are drawn as areas
    of their own, and a legend names and counts them. To see shapes below 0, pass ``levels`` and a linear ``norm``.

    Parameters
    ----------
    surface : Surface
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels are kept.
    metric : str, optional
        Name of the metric to draw instead of the loss.
    scale : {"root", "log", "linear"}, optional
        Scale of the colours. Default: "root" for the loss, "linear" for a metric.
    ceiling : float, optional
        Upper end of the colours; higher losses are grey (use ``extend="max"`` for the colour
        bar). Default: the highest loss of the surface.
    marks : iterable of Fraction, or mapping from Fraction to LevelStyle
        Exact levels, drawn as lines in their own colours: those of the given styles, or those
        of a network whose levels are 0 and the marks.
    bands, lines : int
        Number of colour bands and of thin contour lines between 0 and ``ceiling``.
    colorbar : bool
        Whether to add a colour bar, labelled with the name of the loss or the metric, and with its scale if that is
        the root.
    **contourf_kwargs
        Passed to ``Axes.contourf``, such as another ``cmap``.

    Raises
    ------
    ValueError
        If there are fewer than 2 x 2 points, or if no finite loss is above 0 and no ceiling is given.
    """
    checks.instance("surface", surface, Surface, "evaluate_plane")
    if min(surface.loss.shape) < 2:
        raise ValueError(f"surface must have at least 2 x 2 points; got {surface.loss.shape}, evaluate a finer grid")
    drawn = quantity(surface, metric, scale, ceiling)
    top = drawn.high
    bands, lines = checks.count("bands", bands, least=1), checks.count("lines", lines)
    ax = given_or_new_axes(ax)
    may_be_negative = drawn.may_be_negative or "levels" in contourf_kwargs or "norm" in contourf_kwargs
    masks = special_masks(drawn.values, may_be_negative=may_be_negative)
    a, b, loss, thin_masks = thinned_with_special(surface, masks, values=drawn.values)
    if drawn.scale == "log":
        loss = np.maximum(loss, drawn.low)
    low, high = np.nanmin(loss, initial=np.inf), np.nanmax(loss, initial=-np.inf)
    kwargs: dict[str, Any] = {
        "norm": drawn.norm(),
        "cmap": loss_cmap(),
        "levels": drawn.levels(bands),
        "extend": "max",
    }
    filled = ax.contourf(a, b, loss, **(kwargs | contourf_kwargs))
    filled.set_rasterized(True)
    _hatch_clipped(ax, a, b, loss, top)
    draw_special_areas(ax, a, b, {k: -loss if k is Special.NEGATIVE else mask for k, mask in thin_masks.items()})
    thin = drawn.levels(lines)[1:]
    if ((low < thin) & (thin < high)).any():
        ax.contour(a, b, loss, levels=thin, colors=[text_color()], linewidths=0.35, alpha=0.55)
    for mark, style in styles_of(marks).items():
        if low < float(mark) < high:
            line = ax.contour(
                a, b, loss, levels=[float(mark)], colors=[style.color], linestyles=[style.linestyle], linewidths=1.0
            )
            line.set_path_effects(halo(1.5, alpha=0.5))
    label_axes(ax, surface.plane)
    special_legend(ax, counts_of(masks), surface.loss.size)
    if colorbar:
        ticks = None if "norm" in contourf_kwargs else drawn.ticks()
        colorbar_beside(ax, filled, drawn.label, ticks, higher=bool((drawn.values > drawn.high).any()))
    return ax


def _hatch_clipped(ax: Axes, a: Any, b: Any, loss: Any, top: float) -> None:
    """Hatch losses above ``top``: in greyscale print they would look like a loss of the same brightness."""
    above = loss[loss > top]
    if not above.size:
        return
    over = ax.contourf(a, b, loss, levels=[top, np.nextafter(above.max(), np.inf)], colors="none", hatches=["/////"])
    over.set(edgecolor=clipped_hatch(), linewidth=0.0, rasterized=True, gid="clipped")


def thinned(surface: Surface, most: int = DRAWN_AT_MOST, values: Array | None = None) -> tuple[Any, Any, Any]:
    """Return alpha, beta and loss, or ``values``, with at most ``most`` points per axis; ends and centre are kept."""
    values = surface.loss if values is None else values
    pick_a, pick_b = (pick(size, most) for size in (surface.alpha.size, surface.beta.size))
    return surface.alpha[pick_a], surface.beta[pick_b], values[np.ix_(pick_b, pick_a)]


def thinned_with_special(
    surface: Surface, masks: Masks, most: int = DRAWN_AT_MOST, values: Array | None = None
) -> tuple[Array, Array, Array, Masks]:
    """Return :func:`thinned`, without special values being thinned away, and the masks of the thinned grid.

    Losses are limited to what can be drawn; those that are infinite or not a number become NaN.
    """
    values = surface.loss if values is None else values
    alpha, beta, loss = thinned(surface, most, values)
    rows, columns = pick(surface.beta.size, most), pick(surface.alpha.size, most)

    def in_blocks(combine: np.ufunc, values: Any) -> Any:
        return combine.reduceat(combine.reduceat(values, rows, axis=0), columns, axis=1)

    thin_masks = {kind: in_blocks(np.logical_or, mask) for kind, mask in masks.items()}
    for kind, mask in thin_masks.items():
        lowest = in_blocks(np.fmin, values) if kind is Special.NEGATIVE else np.nan
        loss = np.where(mask, lowest, loss)
    return alpha, beta, np.clip(loss, -LARGEST, LARGEST), thin_masks


def pick(size: int, most: int) -> Any:
    """Return at most ``most`` evenly spaced indices below ``size``, including the ends and the centre."""
    if size <= most:
        return np.arange(size)
    return np.unique(np.round(np.linspace(0, size - 1, most)).astype(int))


def pixel_edges(centres: Array) -> Array:
    """Return the edges of the pixels around grid points, one more than there are points."""
    if centres.size == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    between = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])


def label_axes(ax: Axes, plane: Plane) -> None:
    """Label each axis with its unit step, unless it has a label, and set equal aspect on a conformal plane."""
    for name, set_label, old, symbol, length in (
        ("d1", ax.set_xlabel, ax.get_xlabel(), r"\alpha", plane.norms[0]),
        ("d2", ax.set_ylabel, ax.get_ylabel(), r"\beta", plane.norms[1]),
    ):
        if not old:
            set_label(axis_label(plane, name, symbol, length))
    if plane.is_conformal and not hasattr(ax, "get_zlim"):
        ax.set_aspect("equal", adjustable="box")


def axis_label(plane: Plane, name: str, symbol: str, length: float) -> str:
    """Return the label of one axis: the parameter that it shifts, or the length of its direction."""
    parameters = [p.strip() for p in str(plane.settings.get("directions", "")).split(", ")]
    k, direction = (0, plane.d1) if name == "d1" else (1, plane.d2)
    if len(parameters) == 2 and np.count_nonzero(direction) == 1:
        return f"shift of {label_text(parameter_words(parameters[k]))}"
    rounded = f"{length:.3g}"
    return rf"${symbol}$  (unit step = {rounded})"
