"""Numbers as text: short, but never looking rounder than they are."""

import numpy as np

from landscape.base.arrays import Array


def numbers(values: Array, rounding: float = 1e-12) -> str:
    """Return these numbers, separated by commas."""
    return ", ".join(number(v, rounding) for v in values.tolist())


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


def rounded(theta: Array) -> Array:
    """Return ``theta`` with entries that differ from 0 only by rounding errors set to 0."""
    return np.where(np.abs(theta) > 1e-12 * np.abs(theta).max(), theta, 0.0)
