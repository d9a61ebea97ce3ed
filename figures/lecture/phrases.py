"""Phrases that texts of several figures share, as templates whose fields name members of the figure's result."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from figures.lecture.captions import Caption, listed, member
from figures.plots.kinks import unit_style
from figures.style.palette import fraction_label
from figures.style.quantities import parameter_words
from landscape import Bundle, KinkLines, Profile, Surface
from landscape.base.wording import alternatives

_IN_WORDS = {"-": "solid", "--": "dashed", "-.": "dash-dotted", ":": "dotted"}


def outcome(levels: Sequence[Fraction], end: Fraction | None) -> str:
    """Return the outcome of a run that ends on that one of the member ``levels``, or on none.

    >>> levels = [Fraction(0), Fraction(1, 8)]
    >>> [outcome(levels, end) for end in (*levels, None)]
    ['solved', 'stuck at {levels[1]}', 'on no level']
    """
    if end is None:
        return "on no level"
    return "solved" if end == 0 else f"stuck at {{levels[{levels.index(end)}]}}"


def outcomes_counted(result: Bundle) -> str:
    """Return how many runs have each outcome, such as "6 solved, 3 stuck at 1/8".

    ``result.counts`` are the numbers of runs on each of ``result.levels`` and, last, on none.
    """
    ends = [*result.levels, None]
    reached = [i for i, count in enumerate(result.counts) if count]
    return ", ".join(f"{{counts[{i}]}} {outcome(result.levels, ends[i])}" for i in reached)


def beyond_ceiling(
    result: Bundle, ceiling: str, surfaces: Iterable[Surface] = (), profiles: Iterable[Profile] = ()
) -> str:
    """Return the key for losses above the member named ``ceiling``, such as "; grey and triangles: above 0.5".

    The text is empty if none of the surfaces and profiles has a loss above it.
    """
    signs: dict[str, Iterable[Surface | Profile]] = {"grey": surfaces, "triangles": profiles}
    highest = member(result, ceiling)
    used = [sign for sign, drawn in signs.items() if any(float(one.loss.max()) > highest for one in drawn)]
    return f"; {' and '.join(used)}: above {{{ceiling}:g}}" if used else ""


def units_of(lines: Iterable[KinkLines]) -> tuple[int, ...]:
    """Return the numbers, from 1, of the hidden units that have kink lines in one or several planes."""
    return tuple(sorted({unit + 1 for plane in lines for unit in plane.unit.tolist()}))


def kinks_explained(result: Bundle, units: str = "kink_units") -> str:
    """Return the sentence for a figure with the kink lines of the hidden units in the member named ``units``."""
    styles = [_IN_WORDS[unit_style(unit - 1)["linestyle"]] for unit in member(result, units)]
    named = " and ".join(f"{{{units}[{i}]}} ({style})" for i, style in enumerate(styles))
    plural, es = ("s", "") if len(styles) > 1 else ("", "es")
    return f"Straight lines: kinks, where unit{plural} {named} switch{es} on." if named else "No kinks here."


def extremes(values: ArrayLike) -> tuple[float, float] | None:
    """Return the smallest and the largest of the values that are not NaN, or None if there is no such value."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return (float(known.min()), float(known.max())) if known.size else None


def span(result: Bundle, name: str, spec: str) -> str:
    """Return the range from the first to the second entry of a member, as one number if both read the same."""
    low, high = (f"{{{name}[{i}]:{spec}}}" for i in range(2))
    return low if Caption(low, result) == Caption(high, result) else f"{low} to {high}"


def exact(result: Bundle, name: str) -> str:
    """Return the field for a Fraction: as a fraction, or as a decimal if that is long.

    >>> exact(Bundle(top=Fraction(27, 16)), "top"), exact(Bundle(top=Fraction(0.1)), "top")
    ('{top}', '{top:.4g}')
    """
    value = member(result, name)
    return f"{{{name}}}" if fraction_label(value) == str(value) else f"{{{name}:.4g}}"


def entries(result: Bundle, name: str, separator: str = ", ") -> str:
    """Return all entries of the member of that name, such as "4 or 5"."""
    return listed(f"{{{name}[#]}}", range(len(member(result, name))), separator)


def any_of(result: Bundle, name: str) -> str:
    """Return all entries of the member of that name as alternatives, such as "6, 7 or 8"."""
    return alternatives([f"{{{name}[{i}]}}" for i in range(len(member(result, name)))])


def traps_listed(result: Bundle) -> str:
    """Return the members of ``result.levels`` above the lowest, and what they are."""
    traps = listed("{levels[#]}", range(1, len(result.levels)))
    return f"{traps}, losses at which training gets stuck"


def any_trap(result: Bundle) -> str:
    """Return the members of ``result.levels`` above the lowest as alternatives, such as "1/8, 1/6 or 1/4"."""
    return alternatives([f"{{levels[{i}]}}" for i in range(1, len(result.levels))])


WHY_HELD = "only because relu'(0) = 0, at a kink where raising a bias would lower the loss"
"""Why runs stay on a level that are at no minimum of it."""


def held_listed(result: Bundle) -> str:
    """Return the shares of runs on each of ``result.levels`` that stay only because relu'(0) = 0, in ``result.held``.

    Such as "42.5 % [41.1, 43.9] of those at 1/4", or "none".
    """
    levels = [i for i, share in enumerate(result.held) if share is not None]
    return listed("{held[#]:share} of those at {levels[#]}", levels) or "none"


BIAS_RULES = {
    "joint": "a unit's bias is rescaled together with its weights",
    "ignore": "biases do not move",
    "copy": "biases move along themselves",
    "separate": "a layer's biases are rescaled on their own",
}
"""What each bias rule of filter normalization does with biases."""


def bias_rule(rule: str) -> str:
    """Return the name of a bias rule with its meaning.

    >>> bias_rule("ignore")
    'bias rule ignore: biases do not move'
    """
    return f"bias rule {rule}: {BIAS_RULES[rule]}"


def frozen_listed(result: Bundle) -> str:
    """Return which parameters are constant on a plane: those named in ``result.frozen``."""
    return f"frozen: {', '.join(map(parameter_words, result.frozen))}" if result.frozen else "no parameter frozen"
