"""The specification of a render: all variants, and the styles, formats and sizes to render them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from figures.lecture.settings import FigureSettings
from figures.recipes.variants import Variant


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to render: every variant in every style, format and size that its figure supports.

    out : folder that all files are written to
    formats, styles, sizes : what each figure is rendered in
    decks : kinds of deck, each made from all figures of a style
    builds : whether every step of a figure that is built up step by step is rendered as well
    workers : number of worker processes
    variants : the figures, in the order of the lecture, with the variants of each in the order of its sweeps
    skipped : figures that support none of the sizes, or none of the formats
    empty : decks that are left out because they would show nothing
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
