r"""The snippet that drops a figure into a beamer slide.

It goes into a frame with ``\input``; the figure stands at its native size, so its text is never
scaled. The caption goes to the speaker notes, or wherever ``\xorscapecaption`` is defined to put it.
"""

# ruff: noqa: RUF001 - the signs themselves are meant

from __future__ import annotations

import re

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\char34{}",
}  # fmt: skip
SIGNS = {
    "×": r"\times", "·": r"\cdot", "±": r"\pm", "−": "-", "≤": r"\leq", "≥": r"\geq", "≈": r"\approx", "≠": r"\neq",
    "→": r"\to", "∞": r"\infty", "∈": r"\in", "√": r"\surd", "∂": r"\partial", "∇": r"\nabla", "∝": r"\propto",
    "∼": r"\sim", "°": r"{}^\circ", "½": r"\tfrac{1}{2}", "¼": r"\tfrac{1}{4}",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta",
    "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "φ": r"\varphi",
    "Δ": r"\Delta", "Σ": r"\Sigma", "‖": r"\Vert", "ℛ": r"\mathcal{R}",
}  # fmt: skip
PUNCTUATION = {"–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\dots{}", "\u00a0": "~"}
RAISED, LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉₋"
"""Digits and minus as exponents and indices."""

_LEVEL = str.maketrans(RAISED + LOWERED, "0123456789-" * 2)
_PIECE = re.compile(f"[{RAISED}]+|[{LOWERED}]+|.", re.DOTALL)
MATH = re.compile(r"(?<!\\)\$(?:[^$\\]|\\.)*\$", re.DOTALL)
"""A formula in a text."""


def tex(text: str) -> str:
    r"""Return ``text`` as LaTeX: special characters escaped, ``$...$`` kept as it is.

    Examples
    --------
    >>> tex(r"50 % of $\mathcal{R}$, W1[0,1]_a")
    '50 \\% of $\\mathcal{R}$, W1[0,1]\\_a'
    """
    parts, at = [], 0
    for formula in MATH.finditer(text):
        parts += [_words(text[at : formula.start()]), _formula(formula.group())]
        at = formula.end()
    return "".join([*parts, _words(text[at:])])


def snippet(file: str, width: float, title: str, caption: str) -> str:
    """Return the contents of the ``.tex`` file of a figure.

    Parameters
    ----------
    file : name of the figure's file without its ending; LaTeX finds the PDF
    width : native width in inches
    title, caption : text, with formulas as ``$...$``
    """
    return rf"""% {_line(title)}
% In the preamble: \graphicspath{{{{path/to/this/folder/}}}}; in a frame: \input{{path/to/this/folder/{file}}}
% The caption goes to the speaker notes; \newcommand\xorscapecaption[1]{{...}} before this puts it elsewhere.
\providecommand\xorscapecaption{{\note}}
\begin{{center}}
  \makebox[\linewidth]{{\includegraphics[width={width:g}in]{{{file}}}}}
\end{{center}}
\xorscapecaption{{{tex(_line(caption))}}}
"""


def _words(text: str) -> str:
    """Escape text outside formulas."""
    text = text.replace(r"\$", "$")  # a dollar that begins no formula
    pieces = _PIECE.findall(text)
    return "".join(SPECIAL.get(p) or PUNCTUATION.get(p) or (f"${sign}$" if (sign := _sign(p)) else p) for p in pieces)


def _formula(text: str) -> str:
    """Spell the signs of a formula as commands."""
    return "".join(f"{sign} " if (sign := _sign(p)) else p for p in _PIECE.findall(text))


def _sign(piece: str) -> str | None:
    """Return the command for a sign, or for a run of raised or lowered digits."""
    if piece[0] in RAISED + LOWERED:
        return f"{'^' if piece[0] in RAISED else '_'}{{{piece.translate(_LEVEL)}}}"
    return SIGNS.get(piece)


def _line(text: str) -> str:
    """Return ``text`` on one line: an empty line would end a paragraph inside a command."""
    return " ".join(text.split())
