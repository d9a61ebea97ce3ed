"""What a render is told: every variant, and in which styles, formats and sizes it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from figures.lecture.settings import FigureSettings
from figures.recipes.variants import Variant


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to render: every variant in every style, format and size it is made for.

    out : folder that all files go to
    formats, styles, sizes : what is made of each figure
    decks : kinds of deck that are made of all figures of a style
    builds : whether every step of a figure that is built up is made, too
    workers : processes to share the work among
    variants : the figures, in the order of the lecture, with the variants of each in the order of its sweeps
    skipped : figures that are made for none of the sizes, or in none of the formats
    empty : decks that are left out, since they would show nothing
    """

    out: Path
    formats: tuple[str, ...]
    styles: tuple[str, ...]
    sizes: tuple[str, ...]
    decks: tuple[str, ...]
    builds: bool
    workers: int
    variants: tuple[Variant, ...]
    skipped: tuple[str, ...] = ()
    empty: tuple[str, ...] = field(default=(), compare=False)

    @property
    def settings(self) -> Mapping[str, FigureSettings]:
        """The settings of each variant by its name."""
        return {variant.name: variant.settings for variant in self.variants}
