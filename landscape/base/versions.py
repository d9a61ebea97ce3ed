"""The version of this package and those of the packages that it computes with."""

from __future__ import annotations

import sys
from functools import cache

__version__ = "0.2.0"


def versions(*distributions: str) -> dict[str, str]:
    """Return the versions of xorscape, Python and ``distributions``; ``absent`` for what is not installed.

    Examples
    --------
    >>> list(versions("numpy"))
    ['xorscape', 'python', 'numpy']
    """
    from importlib.metadata import PackageNotFoundError  # imported on first use, so that ``import landscape`` is quick

    found = {"xorscape": __version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for name in distributions or ("numpy", "scipy", "numba"):
        try:
            found[name] = _version(name)
        except PackageNotFoundError:  # not cached: it may be installed later
            found[name] = "absent"
    return found


@cache
def _version(distribution: str) -> str:
    """Return the version of a distribution; cached, since this takes milliseconds and loaded code does not change."""
    from importlib import metadata

    return metadata.version(distribution)
