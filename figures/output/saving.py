"""Saves figures reproducibly: the same figure gives the same bytes, and each file describes its content.

No file contains a date. Title, alt text, seed, versions and recipe hash are stored in the metadata:
``Title``, ``Subject`` and ``Keywords`` of a PDF, text chunks of a PNG, Dublin Core terms of an SVG,
which also gets ``role="img"`` with ``<title>`` and ``<desc>`` for screen readers.

Call these functions inside the style's context: fonts and colours are resolved when a figure is saved.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, unescape

import numpy as np

from figures.output.formats import FORMATS
from landscape.base.atomic_files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure, FigureBase

DIGITS = 6
"""Decimals kept in a frozen layout, in fractions of the figure: far below a pixel, far above rounding errors."""


@dataclass(frozen=True, kw_only=True)
class About:
    """Description that is stored in a figure file.

    title : a few words
    alt_text : the content of the figure, for readers who cannot see it
    facts : how it was made, by name: seed, versions, recipe hash
    """

    title: str
    alt_text: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def keywords(self) -> str:
        """The facts on one line."""
        return "; ".join(f"{name} {value}" for name, value in self.facts.items())


def freeze_layout(figure: Figure) -> None:
    """Compute the layout of ``figure`` once and keep it for every file saved from it.

    Otherwise the layout engine would run again for each format, with slightly different results. The last bits
    of its result depend on memory addresses, so positions are rounded.
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
    """Round the positions of figure-level titles and labels and of subfigures, recursively."""
    for text in figure.texts:  # includes the title and labels of the whole figure
        x, y = np.round(text.get_position(), DIGITS)
        text.set_position((x, y))
    for part in figure.subfigs:
        part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), DIGITS))
        _round_parts(part)


def figure_bytes(figure: Figure, format: str, about: About) -> bytes:  # noqa: A002 - matplotlib's name for it
    """Return the contents of a file of ``figure`` at its native size."""
    import matplotlib as mpl

    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}; got {format!r}")
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "xorscape"}), _without_font_dates():
        figure.savefig(buffer, format=format, metadata=_metadata(format, about), bbox_inches=None)
    data = buffer.getvalue()
    return _accessible(_with_valid_ids(data.decode()), about).encode() if format == "svg" else data


def save_figure(figure: Figure, path: str | os.PathLike[str], about: About) -> None:
    """Save ``figure`` atomically, at its native size, in the format given by the extension of ``path``."""
    write_bytes(path, figure_bytes(figure, Path(path).suffix.removeprefix("."), about))


def _metadata(format: str, about: About) -> dict[str, Any]:  # noqa: A002
    match format:
        case "pdf":
            known = {"Title": about.title, "Subject": about.alt_text, "Keywords": about.keywords}
            return {**known, "CreationDate": None}
        case "svg":
            return {"Title": about.title, "Description": about.alt_text, "Keywords": [about.keywords], "Date": None}
    return {"Title": about.title, "Description": about.alt_text, "Keywords": about.keywords}


def _with_valid_ids(svg: str) -> str:
    """Return ``svg`` with ids that are XML names and occur once.

    Several artists may share a gid, and equal images have equal ids. Only groups and images are renamed: nothing refers
    to them. The ids that matplotlib refers to are valid and unique.
    """
    taken = set(re.findall(r'<(?!g |image )[^<>]* id="([^"]*)"', svg))

    def renamed(match: re.Match[str]) -> str:
        name = re.sub(r"[^\w.-]+", "-", unescape(match[2][1:-1]), flags=re.ASCII)
        stem = name if re.match(r"[A-Za-z_]", name) else f"_{name}"
        candidates = (f"{stem}-{n}" if n > 1 else stem for n in itertools.count(1))
        new = next(candidate for candidate in candidates if candidate not in taken)
        taken.add(new)
        return f'{match[1]}"{new}"'

    return re.sub(r"""(<(?:g|image) (?:[^<>]* )?id=)("[^"]*"|'[^']*')""", renamed, svg)


def _accessible(svg: str, about: About) -> str:
    """Return ``svg`` with title and alt text in the elements that screen readers use."""
    head, _, rest = svg.partition("<title>")
    _, end, rest = rest.partition("</title>")
    before, tag, attributes = head.rpartition("<svg ")
    suffix = hashlib.sha256(f"{about.title}\n{about.alt_text}".encode()).hexdigest()[
        :8
    ]  # keeps ids unique when a page has several figures
    opening = f'{before}{tag}role="img" aria-labelledby="title-{suffix} desc-{suffix}" {attributes}'
    return (
        f'{opening}<title id="title-{suffix}">{escape(about.title)}{end}\n'
        f' <desc id="desc-{suffix}">{escape(about.alt_text)}</desc>{rest}'
    )


@contextlib.contextmanager
def _without_font_dates() -> Iterator[None]:
    """Suppress the warnings of fontTools, which embeds the fonts, about timestamps in matplotlib's STIX fonts."""
    log = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")

    def is_not_about_timestamps(record: logging.LogRecord) -> bool:
        return "timestamp" not in record.msg

    log.addFilter(is_not_about_timestamps)
    try:
        yield
    finally:
        log.removeFilter(is_not_about_timestamps)
