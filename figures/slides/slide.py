"""Content of a slide: one figure in one size, whole or built up step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DECK_TITLE = "The loss landscape of XOR"
DECK_SUBTITLE = "Two ReLU units solve it with weights from a textbook. Why does training hardly ever find them?"

PAGE_LINK = "The live page: drag a start, and watch Adam run"
"""Words of the link to the live page."""

FRAME = (160.0 / 25.4, 100.0 / 25.4)
"""Width and height of a slide in inches: those of a 16:10 beamer frame, for which the figures are sized."""
WIDE_FRAME = (160.0 / 25.4, 90.0 / 25.4)
"""The same of a 16:9 frame, for figures of the size ``wide``."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture on a slide."""

    files: Mapping[str, str]  # extension -> file name, in the folder of the deck
    alt_text: str  # the content of the picture, for readers who cannot see it

    def file(self, *endings: str) -> str | None:
        """Return the file of the first of these extensions that exists."""
        return next((self.files[ending] for ending in endings if ending in self.files), None)


@dataclass(frozen=True, kw_only=True)
class Slide:
    """One figure in one size, with its texts, in which formulas are ``$...$``."""

    name: str  # of the figure's files without extension, such as ``network-half``
    width: float  # of the pictures, in inches; they are never scaled up
    height: float
    title: str
    question: str
    takeaway: str  # the point of the figure, on the slide
    caption: str  # what one needs to read the picture: on the slide if there is room, and in its notes
    notes: str  # all else, in lines
    frames: tuple[Frame, ...]  # steps of its build, ending with the whole figure
    movie: Frame | None = None  # the animation of the figure, if one was rendered
    variant: str = ""  # settings in which it differs from other variants of the same figure
    size: str = "full"
    beside_words: bool = False  # whether there is room for text beside the picture
    is_extra: bool = False  # whether the figure is already on another slide, in full size

    @property
    def heading(self) -> str:
        """Heading above the picture."""
        return f"{self.question} ({self.variant})" if self.variant else self.question

    @property
    def spoken(self) -> tuple[str, ...]:
        """The lines of the speaker notes: the caption, then the notes."""
        return tuple(line for text in (self.caption, self.notes) for line in text.splitlines() if line.strip())

    @property
    def whole(self) -> Frame:
        """The whole figure."""
        return self.frames[-1]

    def animation(self, *endings: str) -> str | None:
        """Return the file of the animation with the first of these extensions that exists."""
        return self.movie.file(*endings) if self.movie else None

    def built_from(self, *endings: str) -> list[tuple[Frame, str]]:
        """Return each frame with its file of the first of these extensions; empty if the whole figure has none."""
        if not self.whole.file(*endings):
            return []
        files = [(frame, frame.file(*endings)) for frame in self.frames]
        return [(frame, file) for frame, file in files if file]


def frame_of(slides: Iterable[Slide]) -> tuple[float, float]:
    """Return width and height, in inches, of the slides of a deck: 16:9 if all its figures are made for that."""
    return WIDE_FRAME if {slide.size for slide in slides if not slide.is_extra} == {"wide"} else FRAME
