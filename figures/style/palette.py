"""One look per stationary level across all figures: colour, line style, marker and label together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_hex

from figures.style.style_sheets import is_dark
from landscape.exact.rational import as_text

# Lightness steps of about 15 between neighbours, so that the levels differ in grey as well.
_SOLVED = {False: "#00749A", True: "#2C9FC9"}
_TRAPS = {False: ("#F0B93C", "#E0662F", "#7A1535"), True: ("#FFE08A", "#FF9A5C", "#C4406F")}
_OTHER = {False: "#5E5E5E", True: "#C9CDD4"}
_CLIPPED = {False: ("#A6A6A6", "#8A8A8A"), True: ("#3C434E", "#5A6270")}


_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "*", "p")


@dataclass(frozen=True)
class LevelStyle:
    """How a level is drawn everywhere."""

    color: str
    linestyle: str
    marker: str
    label: str


def clipped() -> str:
    """Return the colour of what was cut off at the ceiling: a grey on no colour map, close to the ground's."""
    return _CLIPPED[is_dark()][0]


def clipped_hatch() -> str:
    """Return the colour of the hatching that tells it from the same brightness on a map."""
    return _CLIPPED[is_dark()][1]


def fraction_label(value: Fraction) -> str:
    """Return ``value`` as text, such as 0 or 1/8, a decimal if the fraction is a long one."""
    return as_text(value)


def level_styles(levels: Sequence[Fraction]) -> dict[Fraction | None, LevelStyle]:
    """Return the look of every level, ascending, and under ``None`` that of runs on no level.

    The lowest level has a colour of its own; the others run from light to dark, worst last.
    """
    dark = is_dark()
    ordered = sorted(levels)
    traps = LinearSegmentedColormap.from_list("traps", _TRAPS[dark])
    looks: dict[Fraction | None, LevelStyle] = {}
    for i, value in enumerate(ordered):
        position = (i - 1) / max(1, len(ordered) - 2)
        color = _SOLVED[dark] if i == 0 else to_hex(traps(position))
        label = "solved" if value == 0 else f"stuck at {fraction_label(value)}"
        looks[value] = LevelStyle(color, _LINES[i % len(_LINES)], _MARKERS[i % len(_MARKERS)], label)
    looks[None] = LevelStyle(_OTHER[dark], ":", "x", "on no level")
    return looks


def styles_of(marks: Iterable[Fraction] | Mapping[Any, LevelStyle]) -> dict[Fraction, LevelStyle]:
    """Return the look of every mark: the given ones (without that of no level), or as if these were all levels."""
    if isinstance(marks, Mapping):
        return {mark: look for mark, look in marks.items() if mark is not None}
    levels = list(marks)
    looks = level_styles([Fraction(0), *(m for m in levels if m)])
    return {mark: looks[mark] for mark in levels}
