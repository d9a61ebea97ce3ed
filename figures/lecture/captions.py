"""Texts whose fields name members of a figure's result, so that the origin of every number is known.

Every figure has three of them, in a function each: its ``takeaway``, the point in one sentence of at most 20 words; its
``caption``, at most 60 words with which one can read the picture; and its ``notes``, all else, such as settings and
further numbers. The notes may have several lines, and tables with columns divided by " | ".

A field is written as in a format string: ``{surface.plane.angle:.1f}`` is the angle of the plane of the surface in the
result, and ``{losses[0][-1]:.3g}`` the last entry of row 0 of an array. Beside Python's format specifications there are

``.1%``     a fraction in percent, with a blank before the sign, such as 21.2 %
``.1p``     the same without the sign
``share``   a :class:`landscape.Share` with its interval, such as 21.2 % [20.6, 21.8]

Double braces stand for braces. A text contains no other numbers than those of members and those of its wording
("Wilson 95 % intervals"). What is derived from members has a name of its own in the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from landscape import Bundle, Share

TEXTS = ("takeaway", "caption", "notes")
"""The texts of a figure, in the order in which they are read."""
AROUND = 32
"""Characters of context in the text that are recorded on either side of a number."""

_FIELD = re.compile(r"(?<!{){(?P<name>[^{}:]+)(?::(?P<format>[^{}]*))?}(?!})")
_NUMBER = re.compile(
    r"[^\W\d]\w*(?:\[[\d, ]*\])?(?:\^-?\d+)?"  # a name with its index, which is not a number
    r"|(?P<number>(?:(?<![\w.])[-\N{MINUS SIGN}])?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?:/\d+(?!\.?\d))?)"
)


class Caption(str):
    """A text of a figure, filled with the members of its result; runs of blanks are one blank, line breaks are kept.

    template : its fields name members of the result, or parts
    **parts : templates of phrases or sentences that depend on the result; they may have fields, too, and may be empty

    >>> caption = Caption("{runs} runs, {solved:.1%} of them solved. {rest}", Bundle(runs=400, solved=0.215), rest="")
    >>> caption
    '400 runs, 21.5 % of them solved.'
    >>> [(number["text"], number["from"]) for number in caption.numbers()]
    [('400', 'runs'), ('21.5', 'solved')]
    """

    _result: Bundle
    _fields: tuple[tuple[int, int, str, str], ...]

    def __new__(cls, template: str, result: Bundle, **parts: str) -> Caption:
        """Fill the template."""
        text, at, fields = "", 0, []
        template = _tidy(_with_parts(template, parts))
        for field in _FIELD.finditer(template):
            name, spec = field["name"], field["format"] or ""
            filled = text + _with_braces(template[at : field.start()])
            text = filled + " ".join(_formatted(member(result, name), spec).split())
            fields.append((len(filled), len(text), name, spec))
            at = field.end()
        caption = super().__new__(cls, text + _with_braces(template[at:]))
        caption._result, caption._fields = result, tuple(fields)
        return caption

    def numbers(self) -> list[dict[str, Any]]:
        """Return the numbers in the text, each with ``text``, ``at`` (its position), ``context`` and ``how``.

        ``member``    the value of a member: ``from`` names it; ``value`` formatted with ``format`` is the number. For
                      a share, ``of`` is the fact that it estimates, the same in all figures that quote this fact
        ``text``      part of the text that is the member ``from``
        ``wording``   part of the sentence itself
        """
        numbers = []
        for token in _NUMBER.finditer(self):
            if token["number"]:
                at, end = token.span()
                context = self[max(0, at - AROUND) : end + AROUND]
                numbers.append({"text": token["number"], "at": at, "context": context, **self._origin(at, end)})
        return numbers

    def _origin(self, at: int, end: int) -> dict[str, Any]:
        """Return how the number between two positions was obtained."""
        for first, last, name, spec in self._fields:
            if first <= at and end <= last:
                value = member(self._result, name)
                if isinstance(value, str):
                    return {"how": "text", "from": name}
                is_whole, is_exact = isinstance(value, int), isinstance(value, Fraction)
                is_json_number = is_whole or (not is_exact and np.isfinite(value))
                value = np.asarray(value).item() if is_json_number else str(value)
                owner = member(self._result, name.rpartition(".")[0]) if "." in name else None
                of = {"of": owner.of} if isinstance(owner, Share) and owner.of else {}
                return {"how": "member", "from": name, "value": value, "format": spec, **of}
        return {"how": "wording"}


def member(result: Any, name: str) -> Any:
    """Return a member of a result, such as ``"surfaces[0].plane.angle"``.

    >>> member(Bundle(losses=np.array([[4.0, 2.0], [3.0, 1.0]])), "losses[0][-1]")
    np.float64(2.0)
    """
    for part in re.findall(r"[^.\[\]]+", name):
        result = result[int(part)] if re.fullmatch(r"-?\d+", part) else getattr(result, part)
    return result


def listed(template: str, indices: Iterable[int | str], separator: str = ", ") -> str:
    """Return the template once for each index, which takes the place of ``#`` in it.

    >>> listed("{names[#]}: {solved[#]:share}", [0, 2], "; ")
    '{names[0]}: {solved[0]:share}; {names[2]}: {solved[2]:share}'
    """
    return separator.join(template.replace("#", str(i)) for i in indices)


def _with_parts(template: str, parts: dict[str, str]) -> str:
    """Return the template with parts in the place of their names, and fields for the three numbers of each share."""

    def replaced(field: re.Match[str]) -> str:
        if field["name"] in parts:
            return _with_parts(parts[field["name"]], parts)
        if field["format"] == "share":
            name = field["name"]
            return f"{{{name}.fraction:.1%}} [{{{name}.low:.1p}}, {{{name}.high:.1p}}]"
        return field[0]

    return _FIELD.sub(replaced, template)


def _formatted(value: Any, spec: str) -> str:
    """Return a value in a format of Python, or in percent."""
    if spec.endswith(("%", "p")):
        return f"{100 * float(value):{spec[:-1]}f}{' %' * spec.endswith('%')}"
    return format(float(value) if spec and isinstance(value, Fraction) else value, spec)


def _tidy(text: str) -> str:
    """Return a text without superfluous blanks and empty lines."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _with_braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")
