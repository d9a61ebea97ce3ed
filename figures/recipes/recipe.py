"""What to render: a recipe, its variants of figures, which sweeps give, and the names of their files.

A variant's name consists of the figure's name and each swept setting with its value: ``leaving-learning-rate-0p01``. It
contains only letters, digits and hyphens, so it is safe in paths, URLs and LaTeX, and it does
not depend on what else a recipe renders. A value too long for a name, such as nine parameters, is replaced by its
position in the sweep, ``network-theta-no2``, which does not change when values are appended to the sweep.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures.lecture.settings import FigureSettings

LONGEST_VALUE, LONGEST_NAME = 24, 100
"""Characters. A longer value is replaced by its position and a longer name by a checksum: file names are limited."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A figure to render."""

    name: str  # stem of its file names, without the size
    figure: str  # lecture figure that it is a variant of; the same as ``name`` if nothing is swept
    settings: FigureSettings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to render: every variant in every style, format and size that its figure supports."""

    out: Path  # folder that all files are written to
    formats: tuple[str, ...]
    styles: tuple[str, ...]
    sizes: tuple[str, ...]
    decks: tuple[str, ...]  # kinds of deck, each made from all figures of a style
    builds: bool  # whether every step of a figure that is built up step by step is rendered as well
    half_slides: bool  # whether decks also show the half sizes, with words beside them
    page: bool  # whether the live page is written, to which the decks then link
    workers: int  # number of worker processes
    variants: tuple[Variant, ...]  # in the order of the lecture, those of one figure in the order of its sweeps
    skipped: tuple[str, ...] = ()  # figures that support none of the sizes, or none of the formats
    empty: tuple[str, ...] = field(default=(), compare=False)  # decks left out because they would show nothing

    @property
    def settings(self) -> Mapping[str, FigureSettings]:
        """The settings of each variant by its name."""
        return {variant.name: variant.settings for variant in self.variants}


def variant_name(figure: str, swept: Mapping[str, Any], places: Mapping[str, int]) -> str:
    """Return the name of a figure's variant.

    swept : setting -> its value in this variant, in the order of the figure's settings
    places : setting -> index of that value in its sweep

    >>> variant_name("directions", {"seeds": (0, 2), "reach": 0.5}, {"seeds": 0, "reach": 3})
    'directions-seeds-0and2-reach-0p5'
    >>> variant_name("leaving", {"offset": -1e-05}, {"offset": 0})
    'leaving-offset-m1em5'
    >>> variant_name("network", {"theta": (0.25,) * 9}, {"theta": 1})
    'network-theta-no2'
    >>> variant_name("network", {}, {})
    'network'
    """
    parts = [f"{key.replace('_', '-')}-{_short(value, places[key])}" for key, value in swept.items()]
    name = "-".join([figure, *parts])
    return name if len(name) <= LONGEST_NAME else f"{figure}-{_checksum(name)}{_checksum(name[::-1])}"


def _short(value: Any, place: int) -> str:
    """Return a value as letters and digits, or its position in the sweep, counted from 1."""
    text = _letters(value)
    return text if 0 < len(text) <= LONGEST_VALUE else f"no{place + 1}"


def _letters(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():  # 0.5 -> 0p5, -2.0 -> m2, 1e-05 -> 1em5
            digits = re.sub(r"e\+?(-?)0*", r"e\1", repr(value).removesuffix(".0"))
            return digits.replace(".", "p").replace("-", "m")
        case str():
            plain = re.sub(r"[^a-z0-9]", "", value.lower())
            return plain if value.replace("-", "") == plain else f"{plain}{_checksum(value)}"
        case tuple():
            return "and".join(_letters(v) for v in value)
    return ""


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
