"""Texts of figures as plain text, for decks without LaTeX."""

import re

from figures.output.latex_snippets import LOWERED, MATH, RAISED, SIGNS

_COMMANDS = {command: sign for sign, command in SIGNS.items() if command.startswith("\\")}
_COMMAND = re.compile("|".join(rf"{re.escape(c)}(?![A-Za-z])" for c in sorted(_COMMANDS, key=len, reverse=True)))
_SCRIPT = re.compile(r"([\^_])(?:\{([0-9\-\N{MINUS SIGN}]+)\}|([0-9]))")


def plain(text: str) -> str:
    r"""Return ``text`` with the LaTeX commands in its formulas replaced by Unicode signs.

    >>> plain(r"50 % of $\mathcal{R}(\theta^*) \leq 10^{-3}$, \$ 5")
    '50 % of ℛ(θ*) ≤ 10⁻³, $ 5'
    """
    return MATH.sub(lambda formula: _signs(formula.group()[1:-1]), text).replace(r"\$", "$")


def _signs(formula: str) -> str:
    """Return a formula in Unicode: signs, superscript and subscript digits, no braces."""
    text = _COMMAND.sub(lambda command: _COMMANDS[command.group()], formula.replace(r"\ast", "*"))
    text = _SCRIPT.sub(_script, text)
    text = re.sub(r"\\[,;!:> ]|[{}]", "", re.sub(r"\\(?:math|text)\w+", "", text))
    return re.sub(r"[\^\\](?=\S)", "", text)


def _script(found: re.Match[str]) -> str:
    signs = RAISED if found[1] == "^" else LOWERED
    return (found[2] or found[3]).translate(str.maketrans("0123456789-\N{MINUS SIGN}", signs + signs[-1]))
