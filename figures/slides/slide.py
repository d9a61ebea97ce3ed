"""What a slide shows: one figure in one size, whole or built up step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DECK_TITLE = "The loss landscape of XOR"
DECK_SUBTITLE = "Two ReLU units solve it with weights from a textbook. Why does training hardly ever find them?"

FRAME = (160.0 / 25.4, 100.0 / 25.4)
"""Width and height of a slide in inches: those of a 16:10 beamer frame, for which the figures are made."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture on a slide.

    files : ending -> name of the file, in the folder that the deck is in
    alt_text : what a reader who cannot see it needs to know
    """

    files: Mapping[str, str]
    alt_text: str

    def file(self, *endings: str) -> str | None:
        """Return the first of the files with these endings that is there."""
        return next((self.files[ending] for ending in endings if ending in self.files), None)


@dataclass(frozen=True, kw_only=True)
class Slide:
    """One figure in one size, with its words.

    name : name of the figure's files without their ending, such as ``network-half``
    width, height : of the pictures, in inches; they are never scaled
    title, question, caption : text of the figure, with formulas as ``$...$``
    variant : in which settings it differs from others of the same figure
    frames : steps of its build, the last of them the whole figure
    movie : the figure moving, where that was made
    beside_words : whether the picture leaves room for words beside it
    is_extra : whether the figure is on another slide already, in its full size
    """

    name: str
    width: float
    height: float
    title: str
    question: str
    caption: str
    frames: tuple[Frame, ...]
    movie: Frame | None = None
    variant: str = ""
    beside_words: bool = False
    is_extra: bool = False

    @property
    def heading(self) -> str:
        """What stands above the picture."""
        return f"{self.question} ({self.variant})" if self.variant else self.question

    @property
    def whole(self) -> Frame:
        """The whole figure."""
        return self.frames[-1]

    def built_from(self, *endings: str) -> list[tuple[Frame, str]]:
        """Return the frames with the first file of these endings that is there; none without the whole figure."""
        found = [(frame, file) for frame in self.frames if (file := frame.file(*endings))]
        return found if self.whole.file(*endings) else []
