"""Phrases that several captions share, as templates whose fields name members of the figure's result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from figures.lecture.captions import Caption, member
from figures.plots.kinks import unit_style
from landscape import Bundle, KinkLines, Profile, Surface

_IN_WORDS = {"-": "solid", "--": "dashed", "-.": "dash-dotted", ":": "dotted"}


def outcome(levels: Sequence[Fraction], i: int) -> str:
    """Return the outcome of runs on level ``i`` of the member ``levels``, or on none if there is no such level.

    Examples
    --------
    >>> levels = [Fraction(0), Fraction(1, 8)]
    >>> [outcome(levels, i) for i in range(3)]
    ['solved', 'stuck at {levels[1]}', 'on no level']
    """
    if i == len(levels):
        return "on no level"
    return "solved" if levels[i] == 0 else f"stuck at {{levels[{i}]}}"


def outcomes_counted(result: Bundle) -> str:
    """Return how many runs have each outcome, such as "6 solved, 3 stuck at 1/8".

    ``result.counts`` are the numbers of runs on each of ``result.levels`` and, last, on none.
    """
    reached = [i for i, count in enumerate(result.counts) if count]
    return ", ".join(f"{{counts[{i}]}} {outcome(result.levels, i)}" for i in reached)


def beyond_ceiling(
    result: Bundle, ceiling: str, surfaces: Iterable[Surface] = (), profiles: Iterable[Profile] = ()
) -> str:
    """Return the key for losses above the member named ``ceiling``, such as "; grey, and triangles: above 0.5".

    The text is empty if none of the surfaces and profiles has a loss above it.
    """
    signs: dict[str, Iterable[Surface | Profile]] = {"grey": surfaces, "triangles": profiles}
    highest = member(result, ceiling)
    used = [sign for sign, drawn in signs.items() if any(float(one.loss.max()) > highest for one in drawn)]
    return f"; {', and '.join(used)}: above {{{ceiling}:g}}" if used else ""


def units_of(lines: Iterable[KinkLines]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the hidden units that have kink lines in one or several planes."""
    return tuple(sorted({unit + 1 for plane in lines for unit in plane.unit.tolist()}))


def kinks_explained(result: Bundle) -> str:
    """Return the sentence for a figure with the kink lines of ``result.kink_units``."""
    styles = [_IN_WORDS[unit_style(unit - 1)["linestyle"]] for unit in result.kink_units]
    named = " and ".join(f"{{kink_units[{i}]}} ({style})" for i, style in enumerate(styles))
    return f"Straight lines: where hidden unit {named} switches on a sample." if named else "No unit switches here."


def span(result: Bundle, low: str, high: str, spec: str) -> str:
    """Return the range between two members in that format, as one number if both read the same."""
    low, high = f"{{{low}:{spec}}}", f"{{{high}:{spec}}}"
    return low if Caption(low, result) == Caption(high, result) else f"{low} to {high}"
