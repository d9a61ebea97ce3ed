"""Limits of the exact enumerations: what would take too long, or too much memory, is refused before it begins.

An enumeration estimates its own cost as a number of items times a cost per item, which was measured on one core at
small sizes. So an estimate is rough, within a factor of about three, but it is the same on every machine.
"""

from collections.abc import Callable
from math import comb
from typing import Any, TypeVar

from landscape.base.wording import whole_number

T = TypeVar("T")

SECONDS = 60.0
"""Longest enumeration that is begun."""

MEMORY = 2**31
"""Most memory in bytes that an enumeration may need, 2 GiB."""


class TooLargeError(ValueError):
    """The exact enumeration of a network would exceed a limit."""


class OutOfRangeError(ValueError):
    """A result cannot be computed in floating point, because a size is too far from 1."""


def choices(kinds: int, units: int) -> int:
    """Return the number of ways to give each of some interchangeable units one of several kinds."""
    return comb(kinds + units - 1, units)


def require_affordable(what: str, count: int, microseconds: float, size: float = 0.0) -> None:
    """Refuse an enumeration of ``count`` items that each take ``microseconds`` and ``size`` bytes.

    >>> try:
    ...     require_affordable("cells", 10**9, 100.0)
    ... except TooLargeError as error:
    ...     print(str(error)[:82])
    net is too large for exact results: 1000000000 cells would take about 28 hours, ov
    """
    shown, count = whole_number(count), min(count, 10**200)  # so that products are floats
    seconds, memory = 1e-6 * microseconds * count, size * count
    if memory > MEMORY:
        over = f"{memory / 2**30:.3g} GiB, over the limit of {MEMORY / 2**30:g} GiB"
    elif seconds > SECONDS:
        over = f"{_duration(seconds)}, over the limit of {SECONDS:g} s"
    else:
        return
    raise TooLargeError(
        f"net is too large for exact results: {shown} {what} would take about {over}; use fewer hidden units or samples"
    )


def _duration(seconds: float) -> str:
    for name, length in (("years", 365 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {name}"
    return f"{seconds:.2g} s"


def if_possible(refused: dict[str, str], what: str, compute: Callable[[], T], otherwise: Any = None) -> T | Any:
    """Return what ``compute`` returns, or ``otherwise`` if it exceeds a limit; then note ``what`` and the reason."""
    try:
        return compute()
    except (TooLargeError, OutOfRangeError) as error:
        refused[what] = str(error)
        return otherwise


def reasons(refused: dict[str, str]) -> str | None:
    """Return what :func:`if_possible` noted as one line, with each reason once; None for nothing."""
    by_reason: dict[str, list[str]] = {}
    for what, reason in refused.items():
        by_reason.setdefault(reason, []).append(what)
    return "; ".join(f"{', '.join(parts)}: {reason}" for reason, parts in by_reason.items()) or None
