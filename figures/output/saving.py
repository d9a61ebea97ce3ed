"""Saving a figure so that the same figure gives the same bytes, and a file says what it shows.

No file holds a date. Title, alt text, seed, versions and recipe hash are in the metadata of each:
``Title``, ``Subject`` and ``Keywords`` of a PDF, text chunks of a PNG, Dublin Core terms of an SVG,
which also gets ``role="img"`` with ``<title>`` and ``<desc>`` for screen readers.

Call inside the style's context: fonts and colours are settled when a figure is saved.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np

from figures.output.formats import FORMATS
from landscape.base.atomic_files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure, FigureBase

DIGITS = 6
"""Decimals of a frozen layout, in shares of the figure: far below a pixel, far above rounding errors."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a figure file says about itself.

    title : a few words
    alt_text : what a reader who cannot see the figure needs to know
    facts : how it came about, by name: seed, versions, recipe hash
    """

    title: str
    alt_text: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def keywords(self) -> str:
        """The facts in one line."""
        return "; ".join(f"{name} {value}" for name, value in self.facts.items())


def freeze_layout(figure: Figure) -> None:
    """Lay ``figure`` out once and keep that layout for every file that is saved from it.

    A layout engine would otherwise run anew for every format, each time a little different. The last bits
    of what it finds depend on where objects happen to lie in memory, so they are rounded off.
    """
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        for which in ("original", "active"):
            box = np.round(axes.get_position(original=which == "original").bounds, DIGITS)
            axes.set_position(box.tolist(), which=which)
    _round_parts(figure)


def _round_parts(figure: FigureBase) -> None:
    """Round where titles and labels of a whole figure stand, and its subfigures, in the same way."""
    for text in figure.texts:  # the titles and labels of the whole figure are among them
        x, y = np.round(text.get_position(), DIGITS)
        text.set_position((x, y))
    for part in figure.subfigs:
        part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), DIGITS))
        _round_parts(part)


def figure_bytes(figure: Figure, format: str, about: About) -> bytes:  # noqa: A002 - matplotlib's word
    """Return the contents of a file of ``figure`` at its native size."""
    import matplotlib as mpl

    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}; got {format!r}")
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "xorscape"}), _without_font_dates():
        figure.savefig(buffer, format=format, metadata=_metadata(format, about), bbox_inches=None)
    data = buffer.getvalue()
    return _accessible(data.decode(), about).encode() if format == "svg" else data


def save_figure(figure: Figure, path: str | os.PathLike[str], about: About) -> None:
    """Save ``figure`` at its native size in the format that ``path`` ends in, whole or not at all."""
    write_bytes(path, figure_bytes(figure, Path(path).suffix.removeprefix("."), about))


def _metadata(format: str, about: About) -> dict[str, Any]:  # noqa: A002
    match format:
        case "pdf":
            known = {"Title": about.title, "Subject": about.alt_text, "Keywords": about.keywords}
            return {**known, "CreationDate": None}
        case "svg":
            return {"Title": about.title, "Description": about.alt_text, "Keywords": [about.keywords], "Date": None}
    return {"Title": about.title, "Description": about.alt_text, "Keywords": about.keywords}


def _accessible(svg: str, about: About) -> str:
    """Return ``svg`` with the alt text where screen readers look for it, beside the title."""
    head, _, rest = svg.partition("<title>")
    _, end, rest = rest.partition("</title>")
    before, tag, attributes = head.rpartition("<svg ")
    own = hashlib.sha256(f"{about.title}\n{about.alt_text}".encode()).hexdigest()[:8]  # for several on one page
    described = f'{before}{tag}role="img" aria-labelledby="title-{own} desc-{own}" {attributes}'
    return (
        f'{described}<title id="title-{own}">{escape(about.title)}{end}\n'
        f' <desc id="desc-{own}">{escape(about.alt_text)}</desc>{rest}'
    )


@contextlib.contextmanager
def _without_font_dates() -> Iterator[None]:
    """Keep fontTools, which embeds the fonts, from remarking on the dates in matplotlib's STIX fonts."""
    log = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")

    def is_other(record: logging.LogRecord) -> bool:
        return "timestamp" not in record.msg

    log.addFilter(is_other)
    try:
        yield
    finally:
        log.removeFilter(is_other)
