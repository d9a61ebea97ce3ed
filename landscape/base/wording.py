"""How values, text and lists are written in messages and reports: on one line, and short."""

from collections.abc import Iterable, Sequence
from math import log10
from typing import Any


def short_repr(value: Any) -> str:
    """Return a value as Python writes it, on one line of bounded length."""
    try:
        return truncated(repr(value), 80)
    except (ValueError, RecursionError):  # a number with thousands of digits, lists nested thousands of levels deep
        return f"a value of type {type(value).__name__} that is too long to show"


def truncated(text: str, length: int) -> str:
    """Return ``text`` on one line of at most ``length`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."


def alternatives(words: Sequence[str]) -> str:
    """Return words as a list of alternatives.

    >>> alternatives(["6", "7", "8"]), alternatives(["5"])
    ('6, 7 or 8', '5')
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def whole_number(value: int) -> str:
    """Return a whole number as text, rounded to a power of 10 if it has more than 30 digits.

    >>> whole_number(12), whole_number(-(10**5000))
    ('12', 'about -1e5000')
    """
    if abs(value) < 10**30:
        return str(value)
    return f"about {'-' * (value < 0)}1e{round(log10(2) * abs(value).bit_length())}"


def numbers(values: Iterable[float], rounding: float = 1e-12) -> str:
    """Return numbers separated by commas, each as :func:`number` writes it."""
    return ", ".join(number(float(value), rounding) for value in values)


def number(value: float, rounding: float = 1e-12) -> str:
    """Return ``value`` with four digits, or more if these would show a multiple of 1/8 that it does not equal.

    Values are equal if their relative distance is at most ``rounding``.
    """
    short = f"{value + 0.0:.4g}"
    eighths, error = 8.0 * float(short), abs(value - float(short))
    if not eighths or not eighths.is_integer() or error <= rounding * abs(value):
        return short
    texts = (f"{value:.{digits}g}" for digits in range(5, 18))
    return next(text for text in texts if abs(value - float(text)) <= 0.1 * error)
