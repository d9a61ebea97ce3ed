"""The lecture as one self-contained HTML file: no network, no other file, readable even without scripts.

Pictures are data URLs in ``<img>``, so that ids in one picture cannot clash with those in another. The script
shows one slide at a time; without it, and in print, the slides follow each other.
"""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from figures.slides.deck_style import DeckStyle, bare
from figures.slides.plain_text import plain
from figures.slides.slide import DECK_SUBTITLE, DECK_TITLE, FRAME, PAGE_LINK, Frame, Slide, frame_of
from figures.style.palette import LevelStyle

HEAVY = 2_000_000
"""Size in bytes above which an SVG is replaced by its PNG, if there is one, so that the page loads quickly."""

_EM = 56 / FRAME[0]
"""em per inch, as in ``deck.css``."""
_KINDS = {"svg": "svg+xml", "png": "png", "gif": "gif"}
_DASHES = {"-": "", "--": "5 2", "-.": "6 2 1 2", ":": "1 2"}
_KEYS = (
    ("arrows, space", "next and previous"),
    ("Home, End", "first and last"),
    ("N", "caption and notes"),
    ("F", "full screen"),
    ("P", "pause animations"),
)


def html_deck(slides: Sequence[Slide], look: DeckStyle, folder: Path, page: str = "") -> Iterator[str]:
    """Yield the contents of ``lecture.html``, slide by slide, so that only one is in memory.

    Only slides that have an SVG or a PNG, in ``folder``, are shown.

    page : relative address of the live page, for a link on the first slide
    """
    shown = [slide for slide in slides if slide.whole.files.keys() & {"svg", "png"}]
    yield from _head(look, frame_of(shown))
    yield from _title(look, len(shown) + 1, page)
    for number, slide in enumerate(shown, start=2):
        yield from _slide(slide, folder, number, len(shown) + 1)
    yield "</main>\n"
    yield '<nav class="controls" aria-label="Slides">\n'
    for action, name, sign in (
        ("previous", "Previous", "\N{BLACK LEFT-POINTING SMALL TRIANGLE}"),
        ("next", "Next", "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"),
        ("notes", "Caption and notes", "notes"),
        ("fullscreen", "Full screen", "full screen"),
        ("pause", "Pause animations", "pause"),
    ):
        pressed = ' aria-pressed="false"' if action == "pause" else ""
        yield f'<button type="button" data-action="{action}" aria-label="{name}"{pressed}>{sign}</button>\n'
    yield '</nav>\n<p class="told unseen" role="status"></p>\n'
    yield f"<script>\n{_asset('deck.js')}</script>\n</body>\n</html>\n"


def _head(look: DeckStyle, frame: tuple[float, float]) -> Iterator[str]:
    scheme = "dark" if look.is_dark else "light"
    width, height = (f"{25.4 * inches:g}mm" for inches in frame)
    colors = {"ground": look.ground, "ink": look.ink, **look.units}
    named = " ".join(f"--{name}: #{color};" for name, color in colors.items())
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f'<meta name="color-scheme" content="{scheme}">\n<title>{escape(DECK_TITLE)}</title>\n'
    yield f"<style>\n:root {{ {named} --shape: {frame[0] / frame[1]:.6g}; }}\n{_asset('deck.css')}"
    yield f"@page {{ size: {width} {height}; margin: 0; }}\n</style>\n</head>\n<body>\n<main>\n"


def _title(look: DeckStyle, count: int, page: str) -> Iterator[str]:
    yield f'<section class="slide" id="lecture" aria-roledescription="slide" aria-label="1 of {count}">\n'
    yield f'<h1 tabindex="-1">{escape(DECK_TITLE)}</h1>\n<p class="lead">{escape(DECK_SUBTITLE)}</p>\n'
    yield '<ul class="levels" aria-label="Colours and lines of where a run ends">\n'
    yield from (f"<li>{_sample(level)}{escape(level.label)}</li>\n" for level in look.levels)
    keys = " &emsp; ".join(f"<kbd>{escape(key)}</kbd> {escape(does)}" for key, does in _KEYS)
    link = f'<p class="page"><a href="{escape(page)}">{escape(PAGE_LINK)}</a></p>\n' if page else ""
    yield f'</ul>\n{link}<p class="keys">{keys}</p>\n</section>\n'


def _sample(level: LevelStyle) -> str:
    """Return a short line in the style of a level."""
    attributes = f'stroke="#{bare(level.color)}" stroke-width="2" stroke-dasharray="{_DASHES[level.linestyle]}"'
    return f'<svg viewBox="0 0 24 6" aria-hidden="true"><path d="M0 3h24" {attributes}/></svg>'


def _slide(slide: Slide, folder: Path, number: int, count: int) -> Iterator[str]:
    place = f'aria-roledescription="slide" aria-label="{number} of {count}"'
    yield f'<section class="slide" id="{escape(slide.name)}" {place}>\n'
    yield f'<h2 tabindex="-1">{escape(plain(slide.heading))}</h2>\n'
    yield f'<p class="takeaway">{escape(plain(slide.takeaway))}</p>\n<div class="shown">\n'
    size = f"width: {_EM * slide.width:.2f}em; height: {_EM * slide.height:.2f}em"
    yield f'<figure class="frames" style="{size}">\n'
    for frame, _ in slide.built_from("svg", "png"):
        yield _picture(frame, folder)
    if slide.movie and "gif" in slide.movie.files:
        yield _moving(slide.movie, slide.whole, folder)
    yield "</figure>\n"
    if slide.beside_words:
        yield f'<p class="words">{escape(plain(slide.caption))}</p>\n'
    yield f'</div>\n<p class="number" aria-hidden="true">{number}</p>\n</section>\n'
    yield '<aside class="notes" tabindex="0" aria-label="Caption and notes">\n'
    yield from (f"<p>{escape(plain(line))}</p>\n" for line in slide.spoken)
    yield "</aside>\n"


def _picture(frame: Frame, folder: Path) -> str:
    return f'<img src="{_data(_still(frame, folder))}" alt="{_alt(frame)}">\n'


def _moving(movie: Frame, whole: Frame, folder: Path) -> str:
    """Return an animated image, replaced by a still one if the reader prefers reduced motion."""
    reduced = f'<source media="(prefers-reduced-motion: reduce)" srcset="{_data(_still(whole, folder))}">'
    return f'<picture>{reduced}<img src="{_data(folder / movie.files["gif"])}" alt="{_alt(movie)}"></picture>\n'


def _still(frame: Frame, folder: Path) -> Path:
    """Return the SVG of a frame, or its PNG if there is no SVG or the SVG is larger than ``HEAVY``."""
    still = folder / (frame.file("svg", "png") or "")
    if "png" in frame.files and still.suffix == ".svg" and still.stat().st_size > HEAVY:
        return folder / frame.files["png"]
    return still


def _alt(frame: Frame) -> str:
    return escape(" ".join(plain(frame.alt_text).split()))


def _data(path: Path) -> str:
    return f"data:image/{_KINDS[path.suffix[1:]]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _asset(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
