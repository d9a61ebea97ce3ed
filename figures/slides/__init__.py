"""Slide decks: all figures of a style in one LaTeX, HTML or PowerPoint file.

==============  =====================================================================
``slide``       the content of one slide
``deck_style``  the colours of a style, also for a lecturer's own drawings in a deck
``plain_text``  captions as plain text, shortened to fit on a slide
==============  =====================================================================

``lecture_tex``, ``html_deck`` and ``pptx_deck`` write the decks; :mod:`figures.render.decks` keeps them up to date.
"""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec

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
