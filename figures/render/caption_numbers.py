"""The numbers in a caption, and how each was obtained.

``member``    the value of a member of the result, such as ``surfaces[0].plane.angle`` in ``data/<name>.nc``
``computed``  an expression in members, with numpy as ``np``
``text``      part of a string that is a member
``wording``   part of the sentence itself, such as the 95 in "Wilson 95 % intervals"
``derived``   computed by the figure's own code from the members that the caption reads

The first two also record the format specification: the value formatted with it is the number in the caption.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from figures.lecture import LectureFigure
from figures.lecture.captions import Caption
from figures.render.traced_numbers import BEGIN, END, MIDDLE, Mark, Trace, traced
from landscape import Bundle

Entry = dict[str, Any]

AROUND = 32
"""Characters of context in the caption that are recorded on either side of a number."""
COMMON = 30
"""Shortest common substring, in characters, that two texts are not assumed to share by chance."""
SHORTEST = 4
"""Shortest string, in characters, that is searched for in a caption: shorter ones occur by chance."""

_MARK = re.compile(f"{BEGIN}([0-9]+){MIDDLE}([^{END}]*){END}")
_TOKEN = re.compile(
    r"[^\W\d]\w*(?:\[[\d, ]*\])?(?:\^-?\d+)?"  # a name with its index, which is not a number
    r"|(?P<number>(?:(?<![\w.])[-\N{MINUS SIGN}])?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?:/\d+)?)"
)
_MEMBER = re.compile(r"[\w.]+(?:\[[\d, -]*\][\w.]*)*")


def quoted(module: LectureFigure, result: Bundle, size: str) -> Entry:
    """Return the caption of a figure, the numbers in it, and the members of the result that the caption reads.

    Returns
    -------
    dict
        ``caption``; ``numbers``, in order, each with ``text``, ``at`` (its position in the caption), ``context``
        and ``how`` it was obtained; ``read``, the members read, with data type and shape.
    """
    caption = module.caption(result, size)
    if isinstance(caption, Caption):
        return {"caption": caption, "numbers": caption.numbers()}
    caption = _line(caption)
    trace, spans = _marks(module, result, size, caption)
    texts = [
        (start, end, name)
        for name, value in trace.read.items()
        for text in _texts(value)
        for start, end in _occurrences(text, caption)
    ]
    literals = _literals_with_imports(getattr(module, "__name__"))  # noqa: B009
    wording = [span for text in literals for span in _occurrences(text, caption)]
    numbers = []
    for token in _TOKEN.finditer(caption):
        if token["number"]:
            at, end = token.span()
            context = caption[max(0, at - AROUND) : end + AROUND]
            origin = _origin(at, end, spans, texts, wording)
            numbers.append({"text": token["number"], "at": at, "context": context, **origin})
    kinds = {name: _kind(value) for name, value in trace.read.items()}
    read = {name: kind for name, kind in kinds.items() if kind}
    return {"caption": caption, "numbers": numbers, "read": read}


def _marks(module: LectureFigure, result: Bundle, size: str, caption: str) -> tuple[Trace, list[tuple[int, int, Mark]]]:
    """Return the trace of what the caption reads, and the span in it of each traced number."""
    for has_exponents in (True, False):
        trace = Trace(has_exponents=has_exponents)
        try:
            text = _line(module.caption(traced(result, trace), size))
        except Exception:  # noqa: BLE001 - a caption may use numbers in ways that traced ones do not support
            continue
        break
    else:
        return trace, []
    spans: list[tuple[int, int, Mark]] = []
    plain, at = "", 0
    for mark in _MARK.finditer(text):
        plain += text[at : mark.start()]
        spans.append((len(plain), len(plain) + len(mark[2]), trace.marks[int(mark[1])]))
        plain, at = plain + mark[2], mark.end()
    return trace, list(_aligned(spans, plain + text[at:], caption))


def _aligned(spans: list[tuple[int, int, Mark]], plain: str, caption: str) -> Iterator[tuple[int, int, Mark]]:
    """Yield the spans of a traced text at their positions in the caption.

    A caption that depends on the length of a formatted number comes out differently when it is traced. Spans within
    a long substring that both texts share are kept; the others are dropped.
    """
    if plain == caption:
        yield from spans
        return
    for block in SequenceMatcher(None, plain, caption, autojunk=False).get_matching_blocks():
        for start, end, mark in spans:
            if block.size >= COMMON and block.a <= start and end <= block.a + block.size:
                yield start - block.a + block.b, end - block.a + block.b, mark


def _origin(
    at: int,
    end: int,
    spans: list[tuple[int, int, Mark]],
    texts: list[tuple[int, int, str]],
    wording: list[tuple[int, int]],
) -> Entry:
    """Return how the number between two positions of a caption was obtained."""
    for first, last, mark in spans:
        if first <= at and end <= last:
            how = "member" if _MEMBER.fullmatch(mark.expression) else "computed"
            is_whole, is_exact = isinstance(mark.value, int), isinstance(mark.value, Fraction)
            is_json_number = is_whole or (not is_exact and np.isfinite(mark.value))
            value = np.asarray(mark.value).item() if is_json_number else str(mark.value)
            return {"how": how, "from": mark.expression, "value": value, "format": mark.format}
    for first, last, name in texts:
        if first <= at and end <= last:
            return {"how": "text", "from": name}
    is_wording = any(first <= at and end <= last for first, last in wording)
    return {"how": "wording" if is_wording else "derived"}


def _occurrences(text: str, caption: str) -> Iterator[tuple[int, int]]:
    """Yield the span of each occurrence of a text in the caption."""
    at = caption.find(text)
    while at >= 0:
        yield at, at + len(text)
        at = caption.find(text, at + 1)


def _texts(value: Any) -> list[str]:
    """Return those strings of a member that contain a number."""
    items = value if isinstance(value, tuple) else (value,)
    return [_line(v) for v in items if isinstance(v, str) and len(v) >= SHORTEST and any(c.isdigit() for c in v)]


@cache
def _literals_with_imports(module: str) -> tuple[str, ...]:
    """Return the string literals with a number in a figure's code and in the modules of ``figures`` it imports from."""
    own = _source(module)
    imports = (node.module or "" for node in ast.walk(_tree(own)) if isinstance(node, ast.ImportFrom))
    sources = {own, *(_source(name) for name in imports if name.startswith("figures."))}
    return tuple(sorted({text for source in sources for text in _literals(source)}))


@cache
def _literals(source: Path) -> frozenset[str]:
    """Return the string literals with a number in a source file, except docstrings, which captions never contain."""
    nodes = list(ast.walk(_tree(source)))
    docs = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
    strings = (n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs)
    texts = {_line(str(n.value)) for n in strings}
    return frozenset(t for t in texts if len(t) >= SHORTEST and re.search(r"\d", t) and re.search(r"[^\W\d]", t))


def _source(module: str) -> Path:
    return Path(importlib.import_module(module).__file__ or "")


@cache
def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"))


def _kind(value: Any) -> str:
    """Return the data type and shape of a member, or an empty string for a container of other members."""
    match value:
        case np.ndarray():
            return f"{value.dtype.name} {value.shape}" if value.dtype.kind != "U" else f"text {value.shape}"
        case np.generic():
            return str(value.dtype.name)
        case Bundle():
            return ""
        case tuple() if any(isinstance(v, Bundle) or dataclasses.is_dataclass(v) for v in value):
            return ""
    return "" if dataclasses.is_dataclass(value) else type(value).__name__


def _line(text: str) -> str:
    return " ".join(text.split())
