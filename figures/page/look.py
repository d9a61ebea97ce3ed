"""Colours and markers of the page, those of the lecture's light and dark slides."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, to_hex

from figures.plots.decision import UNIT_COLORS, decision_cmap
from figures.style.loss_scales import loss_cmap
from figures.style.palette import LevelStyle, clipped, fraction_label, level_styles
from figures.style.style_sheets import background_color, style_context, text_color

THEMES = {"light": "lecture", "dark": "lecture-dark"}
"""Themes of the page -> styles of the slides."""
_MARKERS = {
    "o": "circle",
    "s": "square",
    "^": "up",
    "D": "diamond",
    "v": "down",
    "P": "plus",
    "*": "star",
    "p": "pentagon",
    "x": "cross",
}
_DASHES: dict[str, list[float]] = {"-": [], "--": [6, 3], "-.": [7, 3, 1.5, 3], ":": [1.5, 2.5]}


def page_look(levels: Sequence[Fraction]) -> dict[str, Any]:
    """Return colours, markers and dashes of both themes, as plain values for JSON.

    ``losses`` and ``outputs`` are colour maps from the lowest value to the highest: 256 colours of 6 hexadecimal
    digits, joined.

    >>> sorted(page_look([Fraction(0)])), page_look([Fraction(0)])["dark"]["background"]
    (['dark', 'light'], '#14181f')
    """
    return {theme: _look(style, sorted(levels)) for theme, style in THEMES.items()}


def _look(style: str, levels: Sequence[Fraction]) -> dict[str, Any]:
    with style_context(style):
        styles = level_styles(levels)
        return {
            "background": to_hex(background_color()),
            "text": to_hex(text_color()),
            "axis": to_hex(mpl.rcParams["axes.edgecolor"]),
            "grid": to_hex(mpl.rcParams["grid.color"]),
            "clipped": to_hex(clipped()),
            "levels": [
                _level(styles[value]) | {"value": float(value), "label": fraction_label(value)} for value in levels
            ],
            "noLevel": _level(styles[None]),
            "units": [to_hex(color) for color in UNIT_COLORS[:2]],
            "losses": _table(loss_cmap()),
            "outputs": _table(decision_cmap()),
        }


def _level(style: LevelStyle) -> dict[str, Any]:
    return {"color": to_hex(style.color), "marker": _MARKERS[style.marker], "dash": _DASHES[style.linestyle]}


def _table(colors: Colormap) -> str:
    return "".join(to_hex(color)[1:] for color in colors(np.linspace(0.0, 1.0, 256)))
