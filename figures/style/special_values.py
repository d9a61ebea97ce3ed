"""How values without a place on the scale of the loss are drawn and named: NaN, infinite, and below 0.

A map shows them as areas with a colour and a hatching of their own, a curve as bands, a path by a marker at its last
point before them. A legend lists those that occur, with their number. A loss below 0 has no place on a root or
logarithmic scale; minus infinity counts as below 0 there.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from figures.style.style_sheets import background_color, is_dark, text_color
from landscape.base.arrays import Array

LARGEST = 1e200
"""Values are drawn up to this size: matplotlib loses those above 1e250 and overflows in differences."""


class Special(StrEnum):
    """Kinds of values, named as in legends; the later ones are drawn over the others."""

    NEGATIVE = "below 0"
    INFINITE = "infinite"
    NAN = "not a number"


Masks = dict[Special, NDArray[np.bool_]]
"""Where the values of each kind are; kinds that do not occur are left out."""

_HATCHES = {Special.NEGATIVE: "-----", Special.INFINITE: "xxxxx", Special.NAN: "...."}
_MARKERS = {Special.INFINITE: ">", Special.NAN: "d"}
_COLORS = {
    False: {Special.NEGATIVE: ("#BDEBF2", "#2E7F91"), Special.INFINITE: ("#5E5E5E", "#C8C8C8")},
    True: {Special.NEGATIVE: ("#12404C", "#67B8C8"), Special.INFINITE: ("#8B93A1", "#2A303A")},
}
_DOTS = {False: "#707070", True: "#9AA3B2"}
_ENTRIES = "_xorscape_special_values"
"""Attribute of a legend of special values that holds its entries."""


def special_masks(values: Array, *, may_be_negative: bool = False) -> Masks:
    """Return where ``values`` are special; with ``may_be_negative``, minus infinity counts as infinite."""
    infinite = np.isinf(values) if may_be_negative else values == np.inf
    negative = np.zeros(values.shape, bool) if may_be_negative else values < 0
    masks = {Special.NEGATIVE: negative, Special.INFINITE: infinite, Special.NAN: np.isnan(values)}
    return {kind: mask for kind, mask in masks.items() if mask.any()}


def counts_of(masks: Masks) -> dict[Special, int]:
    """Return how many values of each kind there are."""
    return {kind: int(mask.sum()) for kind, mask in masks.items()}


def special_colors(kind: Special) -> tuple[str, str]:
    """Return the colours of the area and of the hatching of a kind."""
    dark = is_dark()
    return (background_color(), _DOTS[dark]) if kind is Special.NAN else _COLORS[dark][kind]


def special_area(kind: Special) -> dict[str, Any]:
    """Return the style of areas of a kind."""
    face, hatching = special_colors(kind)
    return {"facecolor": face, "edgecolor": hatching, "hatch": _HATCHES[kind], "linewidth": 0.0}


def special_marker(kind: Special) -> dict[str, Any]:
    """Return the style of the last point of a path before values of a kind."""
    face, edge = background_color(), text_color()
    return {"marker": _MARKERS[kind], "markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": 0.8}


def draw_special_areas(ax: Axes, x: Array, y: Array, areas: Mapping[Special, NDArray[Any]]) -> None:
    """Fill for each kind the area where its values (ny, nx), interpolated on the grid, are above 0.

    A mask fills all cells around its points, which is what ``contourf`` leaves empty around values not finite.
    """
    for kind, values in areas.items():
        style = special_area(kind)
        levels, colors, hatches = [np.nextafter(0.0, 1.0), 2 * LARGEST], [style["facecolor"]], [style["hatch"]]
        area = ax.contourf(x, y, values.astype(float), levels=levels, colors=colors, hatches=hatches)
        area.set(edgecolor=style["edgecolor"], linewidth=0.0, rasterized=True, gid=kind.value)


def special_legend(ax: Axes, counts: Mapping[Special, int], total: int, *, markers: bool = False) -> None:
    """Add a legend with the number of special values to ``ax``; it also keeps the entries of an earlier one.

    It is an artist of its own, so ``ax.legend()`` adds another one.
    """
    handles: list[Artist] = []
    for kind, count in counts.items():
        name = "over 1e200 or infinite" if markers and kind is Special.INFINITE else kind
        label = f"{name}: {count} of {total}"
        if markers:
            handles.append(Line2D([], [], linestyle="none", label=label, **special_marker(kind)))
        else:
            handles.append(Patch(**special_area(kind), label=label))
    if not handles:
        return
    for earlier in [artist for artist in ax.artists if hasattr(artist, _ENTRIES)]:
        handles = getattr(earlier, _ENTRIES) + handles
        earlier.remove()
    labels = [str(handle.get_label()) for handle in handles]
    legend = Legend(ax, handles, labels, loc="upper right", frameon=True, framealpha=0.9)
    legend.set_zorder(40)
    setattr(legend, _ENTRIES, handles)
    ax.add_artist(legend)
