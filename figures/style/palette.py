"""One style per stationary level for all figures: colour, line style, marker and label together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Patch

from figures.style.style_sheets import background_color, is_dark
from landscape.exact.rational import as_text

# Neighbouring levels differ by about 15 in lightness, so they can be distinguished in greyscale as well.
_SOLVED = {False: "#00749A", True: "#2C9FC9"}
_TRAPS = {False: ("#F0B93C", "#E0662F", "#7A1535"), True: ("#FFE08A", "#FF9A5C", "#C4406F")}
_OTHER = {False: "#5E5E5E", True: "#C9CDD4"}
_CLIPPED = {False: ("#A6A6A6", "#8A8A8A"), True: ("#3C434E", "#5A6270")}
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "*", "p")


@dataclass(frozen=True)
class LevelStyle:
    """How a level is drawn in all figures."""

    color: str
    linestyle: str
    marker: str
    label: str


def held_style() -> dict[str, Any]:
    """Return the pattern over runs that are at no minimum and rest only because relu'(0) = 0."""
    return {"facecolor": "none", "edgecolor": background_color(), "hatch": "....", "linewidth": 0.0}


def held_handle() -> Patch:
    """Return the legend entry for the pattern of ``held_style``."""
    return Patch(**{**held_style(), "facecolor": _OTHER[is_dark()]}, label="at no minimum")


def clipped() -> str:
    """Return the colour for losses cut off at the ceiling: a grey that is in no colour map, close to the background."""
    return _CLIPPED[is_dark()][0]


def clipped_hatch() -> str:
    """Return the hatch colour that distinguishes cut-off losses from map colours of the same brightness."""
    return _CLIPPED[is_dark()][1]


def fraction_label(value: Fraction) -> str:
    """Return ``value`` as text, such as 0 or 1/8, as a decimal if the fraction or the number is long."""
    return as_text(value) if abs(value) < 10**6 else f"{float(value):.4g}"


def level_styles(levels: Sequence[Fraction]) -> dict[Fraction | None, LevelStyle]:
    """Return the style of each level, in ascending order, and under ``None`` the style of runs on no level.

    The lowest level has a colour of its own; the others go from light to dark with increasing loss.
    """
    dark = is_dark()
    ordered = sorted(levels)
    traps = LinearSegmentedColormap.from_list("traps", _TRAPS[dark])
    styles: dict[Fraction | None, LevelStyle] = {}
    for i, value in enumerate(ordered):
        position = (i - 1) / max(1, len(ordered) - 2)
        color = _SOLVED[dark] if i == 0 else to_hex(traps(position))
        label = "solved" if value == 0 else f"stuck at {fraction_label(value)}"
        styles[value] = LevelStyle(color, _LINES[i % len(_LINES)], _MARKERS[i % len(_MARKERS)], label)
    styles[None] = LevelStyle(_OTHER[dark], ":", "x", "on no level")
    return styles


def styles_of(marks: Iterable[Fraction] | Mapping[Any, LevelStyle]) -> dict[Fraction, LevelStyle]:
    """Return the style of each mark.

    For a mapping these are its own styles (except that of no level), otherwise those of ``level_styles`` for a
    network whose levels are 0 and the marks.
    """
    if isinstance(marks, Mapping):
        return {mark: style for mark, style in marks.items() if mark is not None}
    levels = list(marks)
    styles = level_styles([Fraction(0), *(m for m in levels if m)])
    return {mark: styles[mark] for mark in levels}
