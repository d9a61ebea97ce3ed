"""The lecture set: one module per figure, each answering one question.

Every module offers the same things, so that the batch needs to know nothing about any of them. A figure that is
built up step by step also has ``BUILD``: for a size, what each step adds (see :mod:`figures.builds`).
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from figures.lecture.settings import FigureSettings
    from landscape import Bundle

NAMES = (
    "network",
    "directions",
    "relief",
    "seeds",
    "sheet",
    "kinks",
    "leaving",
    "trajectories",
    "perturbation",
    "traps",
    "outcomes",
    "signs",
    "basins",
    "tree",
    "barrier",
    "curvature",
    "remedies",
)
"""The figures in the order of the lecture."""


class LectureFigure(Protocol):
    """What a module of this package offers."""

    TITLE: str
    """A few words, for metadata and lists."""
    QUESTION: str
    """The one question that the figure answers."""
    SIZES: tuple[str, ...]
    """The sizes it is made for: ``full``, ``half`` or both."""
    Settings: type[FigureSettings]
    """Everything a recipe can set, with defaults: a pydantic model that forbids other keys."""

    def compute(self, settings: Any, progress: Callable[[int, int], None] | None = None) -> Bundle:
        """Compute everything that is drawn or quoted; savable, and enough to draw from."""

    def draw(self, result: Bundle, figure: Figure, size: str) -> None:
        """Draw into an empty figure of that size, under the current style."""

    def caption(self, result: Bundle, size: str = "full") -> str:
        """Return the caption of the figure in that size; every number in it comes from ``result``."""

    def alt_text(self, result: Bundle, size: str = "full") -> str:
        """Return what a reader who cannot see the figure in that size needs to know."""


def lecture_figure(name: str) -> LectureFigure:
    """Return the module of the lecture figure ``name``."""
    if name not in NAMES:
        raise ValueError(f"no lecture figure {name!r}; choose from {', '.join(NAMES)}")
    return cast(LectureFigure, importlib.import_module(f"figures.lecture.{name}"))


def sizes_and_question(name: str) -> tuple[tuple[str, ...], str]:
    """Return SIZES and QUESTION of the lecture figure ``name``, read from its source: a list needs no imports."""
    tree = ast.parse((files(__name__) / f"{name}.py").read_text(encoding="utf-8"))
    given = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    return ast.literal_eval(given["SIZES"]), ast.literal_eval(given["QUESTION"])
