"""Slide decks: all figures of a style in one LaTeX, HTML or PowerPoint file.

==============  =====================================================================
``slide``       the content of one slide
``deck_style``  the colours of a style, also for a lecturer's own drawings in a deck
``plain_text``  texts of figures as plain text
==============  =====================================================================

``lecture_tex``, ``html_deck`` and ``pptx_deck`` each write one kind of deck; :mod:`figures.render.decks` keeps them up
to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from figures.slides.slide import Slide

DECKS = ("tex", "html", "pptx")
"""The kinds of deck, by file extension."""
DEFAULT_DECKS = ("tex", "html")
"""Decks that need no optional package, so the same recipe gives the same files on every machine."""
SHOWS = {"tex": ("pdf", "png"), "html": ("svg", "png"), "pptx": ("png",)}
"""Figure formats that each kind of deck can show; at least one is needed, or the deck would be empty."""


def deck_file(style: str, deck: str) -> str:
    """Return the name of a deck in the output folder."""
    return f"{style}/lecture.{deck}"


def missing(decks: Iterable[str]) -> Iterator[str]:
    """Yield one line for each package that these kinds of deck need and that is not installed."""
    if "pptx" in decks and find_spec("pptx") is None:
        yield "'pptx' needs the package python-pptx; pip install \"xorscape[slides]\", or leave it out"


def write_deck(deck: str, slides: Sequence[Slide], style: str, folder: Path, target: Path, *, page: str = "") -> None:
    """Write a deck of one kind and style to ``target``; ``folder`` holds the files of the slides.

    page : address of the live page, relative to the deck, to which its first slide then links
    """
    from figures.slides.deck_style import style_of_deck

    deck_style = style_of_deck(style)
    if deck == "tex":
        from figures.slides.lecture_tex import lecture_tex

        target.write_text(lecture_tex(slides, deck_style, page), encoding="utf-8", newline="\n")
    elif deck == "html":
        from figures.slides.html_deck import html_deck

        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(html_deck(slides, deck_style, folder, page))
    else:
        from figures.slides.pptx_deck import pptx_deck

        pptx_deck(slides, deck_style, folder, target, page)
