"""Decks of slides: all figures of a style as one LaTeX, HTML or PowerPoint file.

==============  =====================================================================
``slide``       what a slide shows, and which slides a render makes
``deck_style``  the colours of a style, for decks in which a lecturer draws more
``plain_text``  captions as plain text, and what of them fits on a slide
==============  =====================================================================

``lecture_tex``, ``html_deck`` and ``pptx_deck`` write the decks; :mod:`figures.render.decks` keeps them up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec

DECKS = ("tex", "html", "pptx")
"""The kinds of deck, by the ending of their files."""
DEFAULT_DECKS = ("tex", "html")
"""Those that need nothing installed: the same recipe makes the same files on every machine."""
SHOWS = {"tex": ("pdf", "png"), "html": ("svg", "png"), "pptx": ("png",)}
"""The formats of figures that each kind of deck can show; without one of them it would be empty."""


def deck_file(style: str, deck: str) -> str:
    """Return the name of a deck in the output folder."""
    return f"{style}/lecture.{deck}"


def missing(decks: Iterable[str]) -> Iterator[str]:
    """Yield what must be installed before these kinds of deck can be made, in one line each."""
    if "pptx" in decks and find_spec("pptx") is None:
        yield "'pptx' needs the package python-pptx; pip install \"xorscape[slides]\", or leave it out"
