"""Colours of a style, defined once per deck, so that a lecturer's own drawings match the figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.colors import to_hex

import landscape as ls
from figures.plots.decision import UNIT_COLORS
from figures.plots.network import OUTPUT_COLOR
from figures.style.palette import LevelStyle, level_styles
from figures.style.style_sheets import background_color, is_dark, style_context, text_color
from landscape import xor


@dataclass(frozen=True, kw_only=True)
class DeckStyle:
    """Colours of a deck, as ``RRGGBB``."""

    is_dark: bool
    ground: str  # background colour of the slides
    ink: str  # colour of their text
    units: Mapping[str, str]  # colours of the hidden units and the output, by name
    levels: tuple[LevelStyle, ...]  # style of each level, from the lowest up, and last that of runs on no level


UNITS = {"unit1": UNIT_COLORS[0], "unit2": UNIT_COLORS[1], "output": OUTPUT_COLOR}
"""Colours of the hidden units and the output, from the style's colour cycle."""


def style_of_deck(style: str) -> DeckStyle:
    """Return the colours of a style."""
    levels = [level.value for level in ls.stationary_levels(xor.network())]
    with style_context(style):
        return DeckStyle(
            is_dark=is_dark(),
            ground=bare(background_color()),
            ink=bare(text_color()),
            units={unit: bare(color) for unit, color in UNITS.items()},
            levels=tuple(level_styles(levels).values()),
        )


def bare(color: str) -> str:
    """Return a colour as six hexadecimal digits without "#".

    >>> bare("white")
    'FFFFFF'
    """
    return to_hex(color).removeprefix("#").upper()
