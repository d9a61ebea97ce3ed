"""The lecture as a PowerPoint file, by python-pptx: one slide per figure or step, with caption and notes as its notes.

Slides have the size of a beamer frame and pictures have their native size, so text in them is never scaled. No
date is stored in the properties of the file or in its zip archive.
"""

import datetime
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from figures.slides.deck_style import DeckStyle, bare
from figures.slides.plain_text import plain
from figures.slides.slide import DECK_SUBTITLE, DECK_TITLE, PAGE_LINK, Frame, Slide, frame_of

LONG = 60
"""Characters of a heading that fit on one line."""

_EPOCH = datetime.datetime(1980, 1, 1)
"""The earliest date that a zip archive can store, used instead of the current date."""
_MARGIN, _TITLE_HEIGHT, _TAKEAWAY_HEIGHT = 0.25, 0.32, 0.25
_LAYOUT = "Title Only"


def pptx_deck(slides: Sequence[Slide], look: DeckStyle, folder: Path, target: Path, page: str = "") -> None:
    """Write ``lecture.pptx`` to ``target``; only one entry of the archive is in memory at a time.

    Only slides that have a PNG, in ``folder``, are shown; those that also have a GIF get one more slide.

    page : relative address of the live page, for a link on the first slide
    """
    frame_size = frame_of(slides)
    deck = _empty(look, frame_size)
    _title(deck, look, frame_size, page)
    for slide in slides:
        shown = slide.built_from("png")
        if shown and slide.movie and "gif" in slide.movie.files:
            shown.append((slide.movie, slide.movie.files["gif"]))
        for frame, file in shown:
            _add(deck, look, slide, frame, folder / file, frame_size=frame_size)
    with tempfile.TemporaryFile() as saved, target.open("wb") as new:
        deck.save(saved)
        _without_dates(saved, new)


def _empty(look: DeckStyle, frame_size: tuple[float, float]) -> Any:
    """Return a deck without slides, with one layout, in the size and colours of the figures."""
    from pptx import Presentation
    from pptx.util import Inches

    deck: Any = Presentation()
    old = deck.slide_width
    deck.slide_width, deck.slide_height = map(Inches, frame_size)
    for layout in [layout for layout in deck.slide_layouts if layout.name != _LAYOUT]:
        deck.slide_layouts.remove(layout)
    (layout,) = deck.slide_layouts
    for part in (deck.slide_master, layout):
        for shape in part.placeholders:
            if shape.placeholder_format.type == 1:
                _place(shape, _MARGIN, 0.04, frame_size[0] - 2 * _MARGIN, _TITLE_HEIGHT)
            else:
                shape.left, shape.width = (round(x * deck.slide_width / old) for x in (shape.left, shape.width))
                shape.top, shape.height = (round(x * deck.slide_width / old) for x in (shape.top, shape.height))
    fill = deck.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = _rgb(look.ground)
    properties = deck.core_properties
    properties.title, properties.subject = DECK_TITLE, DECK_SUBTITLE
    properties.author = properties.last_modified_by = "xorscape"
    properties.created = properties.modified = _EPOCH
    properties.revision = 1
    return deck


def _title(deck: Any, look: DeckStyle, frame_size: tuple[float, float], page: str) -> None:
    """Add the title slide, with a key to the colours of the levels."""
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    _place(slide.shapes.title, 0.5, 1.0, frame_size[0] - 1.0, 0.7)
    _write(slide.shapes.title, DECK_TITLE, 24, look.ink, bold=True, centred=True)
    _text(slide, (0.6, 1.7, frame_size[0] - 1.2, 0.6), DECK_SUBTITLE, 12, look.ink, centred=True)
    width = (frame_size[0] - 0.8) / len(look.levels)
    for k, level in enumerate(look.levels):
        where = (0.4 + k * width, 2.7, width, 0.3)
        box = _text(slide, where, f"\N{BLACK SQUARE} {level.label}", 10, look.ink, centred=True)
        _color_first_sign(box, bare(level.color))
    if page:
        link = _text(slide, (0.6, 3.2, frame_size[0] - 1.2, 0.3), PAGE_LINK, 11, look.ink, centred=True)
        link.text_frame.paragraphs[0].runs[0].hyperlink.address = page


def _add(
    deck: Any, look: DeckStyle, slide: Slide, frame: Frame, picture: Path, *, frame_size: tuple[float, float]
) -> None:
    from pptx.util import Inches

    new = deck.slides.add_slide(deck.slide_layouts[0])
    heading = plain(slide.heading)
    _write(new.shapes.title, heading, 13 if len(heading) <= LONG else 11, look.ink, bold=True)
    above = 0.04 + _TITLE_HEIGHT + _TAKEAWAY_HEIGHT
    room = frame_size[1] - above
    left = _MARGIN if slide.beside_words else (frame_size[0] - slide.width) / 2
    top = above + max(0.0, room - slide.height) / 2
    shape = new.shapes.add_picture(str(picture), *map(Inches, (left, top, slide.width, slide.height)))
    shape.name = slide.name
    shape._element.nvPicPr.cNvPr.set("descr", " ".join(plain(frame.alt_text).split()))
    takeaway = (_MARGIN, 0.04 + _TITLE_HEIGHT, frame_size[0] - 2 * _MARGIN, _TAKEAWAY_HEIGHT)
    _text(new, takeaway, plain(slide.takeaway), 9, look.ink)
    if slide.beside_words:
        beside = left + slide.width + 0.1
        where = (beside, above, frame_size[0] - beside - 0.15, room - 0.1)
        _text(new, where, plain(slide.caption), 9, look.ink)
    new.notes_slide.notes_text_frame.text = "\n".join(map(plain, slide.spoken))


def _text(slide: Any, where: tuple[float, ...], words: str, size: float, color: str, *, centred: bool = False) -> Any:
    from pptx.util import Inches

    box = slide.shapes.add_textbox(*map(Inches, where))
    _write(box, words, size, color, centred=centred)
    return box


def _color_first_sign(shape: Any, color: str) -> None:
    """Give the first character of a text a colour of its own."""
    (line,) = shape.text_frame.paragraphs
    (words,) = line.runs
    rest = line.add_run()
    words.text, rest.text = words.text[0], words.text[1:]
    rest.font.size, rest.font.color.rgb = words.font.size, words.font.color.rgb
    words.font.color.rgb = _rgb(color)


def _write(shape: Any, words: str, size: float, color: str, *, bold: bool = False, centred: bool = False) -> None:
    """Write text into a shape, vertically centred."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = Inches(0.05)
    frame.margin_top = frame.margin_bottom = 0
    frame.text = words
    (line,) = frame.paragraphs
    line.alignment = PP_ALIGN.CENTER if centred else PP_ALIGN.LEFT
    for run in line.runs:
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = _rgb(color)


def _place(shape: Any, *inches: float) -> None:
    from pptx.util import Inches

    shape.left, shape.top, shape.width, shape.height = map(Inches, inches)


def _rgb(color: str) -> Any:
    from pptx.dml.color import RGBColor

    make: Any = RGBColor  # python-pptx has no type hints
    return make(*bytes.fromhex(color))


def _without_dates(saved: IO[bytes], file: IO[bytes]) -> None:
    """Copy a zip archive entry by entry, with the same fixed date for all entries."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".png", ".gif")) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name))
