"""Where Python's powers of Adam's betas are not rounded correctly, so that the page can round them in the same way.

The page computes ``beta**t`` to twice the digits and rounds it correctly. Python calls the C library's power, which is
one unit in the last place off at a few t.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from landscape import Adam

NEGLIGIBLE = 2.0**-60
"""Powers below this change nothing in ``1 - beta**t``."""

DIGITS = 200
"""Binary digits to which the powers are computed here."""


def exceptions() -> dict[str, dict[str, list[int]]]:
    """Return by precision and beta the t at which Python's power is the next number above, and -t for those below."""
    adam = Adam()
    return {
        kind.__name__: {str(beta): _exceptions(beta, kind) for beta in (adam.beta_1, adam.beta_2)}
        for kind in (np.float64, np.float32)
    }


def _exceptions(beta: float, kind: Any) -> list[int]:
    base = kind(np.float32(beta))
    factor, unit = int(float(base) * 2**53), 1 << DIGITS
    power, found, t = unit, list[int](), 0
    while True:
        t += 1
        power = power * factor >> 53
        nearest = power / unit  # Python rounds the quotient of two whole numbers correctly
        if nearest < NEGLIGIBLE:
            return found
        ours, theirs = kind(nearest), kind(float(base) ** t if kind is np.float64 else base ** kind(t))
        if theirs != ours:
            if theirs not in (np.nextafter(ours, kind(2)), np.nextafter(ours, kind(0))):
                raise ValueError(f"{beta}**{t} must be within one unit in the last place; got {theirs!r}, not {ours!r}")
            found.append(t if theirs > ours else -t)
