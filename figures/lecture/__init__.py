"""The lecture set: one module per figure, each answering one question.

All modules have the same interface, so that rendering needs no code for a particular figure. A figure that is built
up step by step also defines ``BUILD``: for each size, what each step adds (see :mod:`figures.output.step_builds`). One
that quotes what becomes of Keras-default starts also defines ``fresh_runs`` (see :mod:`figures.lecture.fresh_runs`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from figures.output.formats import FORMATS, MOVING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from figures.animation.movie import Movie
    from figures.lecture.captions import Caption
    from figures.lecture.settings import FigureSettings
    from landscape import Bundle


class Entry(NamedTuple):
    """A figure in the list of figures, which ``xorscape list`` prints without importing the modules (1.5 s for all)."""

    folder: str  # of its module
    question: str  # the same as ``QUESTION`` there, and the next as :func:`sizes_of`
    sizes: tuple[str, ...] = ("full", "half", "wide")


FIGURES = {
    "network": Entry("surface", "What does the textbook solution compute?"),
    "directions": Entry("surface", "What does the surface look like, and how much depends on how I slice?"),
    "relief": Entry("surface", "How does the surface look as terrain, and where does Adam's path run on it?"),
    "seeds": Entry("surface", "Is one random plane representative?"),
    "sheet": Entry("surface", "Is the minimum a point?"),
    "kinks": Entry("surface", "Why is there no Hessian at the optimum?"),
    "leaving": Entry("runs", "Does Adam stay at the optimum, as one would expect?"),
    "trajectories": Entry("runs", "Where do perturbed starts go?"),
    "perturbation": Entry("runs", "How far may I start from the optimum?"),
    "traps": Entry("levels", "Where does training get stuck?"),
    "outcomes": Entry("levels", "How often does a fresh start succeed?"),
    "signs": Entry("levels", "Is fate sealed at initialization?"),
    "fates": Entry("runs", "What happens to the starts that have no dead unit, yet do not solve XOR?"),
    "basins": Entry("levels", "What do the basins look like?"),
    "tree": Entry("levels", "How are the minima connected?"),
    "barrier": Entry("levels", "How far is it to the twin solution?"),
    "curvature": Entry("runs", "Why do the last decades take so long?"),
    "spikes": Entry("runs", "Why does the loss spike after it has converged?"),
    "remedies": Entry("runs", "What would help?"),
    "story": Entry("runs", "How does one run succeed, and how is another trapped?"),
}
"""The lecture figures by name, in the order of the lecture."""

NAMES = tuple(FIGURES)
"""The names of the figures in the order of the lecture."""
MODEL_FIGURES = {
    "surface": Entry("models", "What does the loss look like around a Keras model?"),
    "compare": Entry(
        "models", "What lies between two Keras models, and how sharp is the loss around each?", ("full", "wide")
    ),
    "spectrum": Entry("models", "How curved is the loss at a Keras model?"),
}
"""Figures of Keras models in files, which a recipe renders only if it has a table for them."""
MODEL_NAMES = tuple(MODEL_FIGURES)
"""Their names."""
LAYOUTS = {"wide": "full"}
"""Size -> the one whose panels and texts a figure also has in it, on a canvas of another shape."""


class LectureFigure(Protocol):
    """Interface of a module of this package."""

    TITLE: str
    """A few words, for metadata and lists."""
    QUESTION: str
    """The one question that the figure answers."""
    SIZES: tuple[str, ...]
    """The sizes it draws: ``full``, ``half`` or both; see also :data:`LAYOUTS`."""
    Settings: type[FigureSettings]
    """Everything a recipe can set, with defaults: a pydantic model that forbids other keys."""

    def compute(self, settings: Any, progress: Callable[[int, int], None] | None = None) -> Bundle:
        """Compute everything that is drawn or quoted; the result can be saved, and drawing needs nothing else."""

    def draw(self, result: Bundle, figure: Figure, size: str) -> None:
        """Draw into an empty figure of that size, under the current style."""

    def takeaway(self, result: Bundle, size: str = "full") -> Caption:
        """Return the point of the figure in one sentence of at most 20 words; every number comes from ``result``."""

    def caption(self, result: Bundle, size: str = "full") -> Caption:
        """Return what one needs to read the picture in that size, in at most 60 words, without settings."""

    def notes(self, result: Bundle, size: str = "full") -> Caption:
        """Return all else, in any length: further numbers and, last, the settings."""

    def alt_text(self, result: Bundle, size: str = "full") -> str:
        """Return a description for readers who cannot see the figure in that size."""


class MovingFigure(LectureFigure, Protocol):
    """Interface of a module of this package whose figure can be animated."""

    def movie(self, result: Bundle, figure: Figure, size: str) -> Movie:
        """Draw into an empty figure of that size, under the current style, and return its animation."""


def lecture_figure(name: str) -> LectureFigure:
    """Return the module of the lecture figure, or figure of a model, ``name``."""
    entry = (FIGURES | MODEL_FIGURES).get(name)
    if entry is None:
        raise ValueError(f"no lecture figure {name!r}; choose from {', '.join(NAMES)}")
    return cast(LectureFigure, importlib.import_module(f"figures.lecture.{entry.folder}.{name}"))


def layout(size: str) -> str:
    """Return the size that a figure is asked to draw, and to describe, for a size."""
    return LAYOUTS.get(size, size)


def sizes_of(figure: LectureFigure) -> tuple[str, ...]:
    """Return the sizes in which a lecture figure can be rendered."""
    return (*figure.SIZES, *(size for size, same in LAYOUTS.items() if same in figure.SIZES))


def sizes_in_words(figure: LectureFigure) -> str:
    """Return the sizes of a lecture figure as text, such as ``full, half and wide``."""
    *others, last = sizes_of(figure)
    return f"{', '.join(others)} and {last}" if others else last


def formats_of(figure: LectureFigure) -> tuple[str, ...]:
    """Return the formats in which a lecture figure can be saved; those of animations only if it can be animated."""
    return (*FORMATS, *MOVING) if hasattr(figure, "movie") else FORMATS


def unsupported(name: str, sizes: Collection[str], formats: Collection[str]) -> tuple[str, str] | None:
    """Return which of "sizes" and "formats" holds none that a lecture figure supports, and what it supports.

    The result is None if the figure supports at least one of each.

    >>> unsupported("network", ["full"], ["gif"])
    ('formats', 'does not move, it is made as pdf, svg and png')
    >>> unsupported("network", ["full"], ["gif", "png"]) is None
    True
    """
    figure = lecture_figure(name)
    if not set(sizes_of(figure)) & set(sizes):
        return "sizes", f"is made for {sizes_in_words(figure)}"
    if not set(formats_of(figure)) & set(formats):
        return "formats", f"does not move, it is made as {', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
    return None
