"""Styles and sizes of the lecture figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files
from typing import Any

import matplotlib as mpl
from matplotlib.colors import to_rgb
from matplotlib.patheffects import AbstractPathEffect, withStroke

STYLES = ("lecture", "lecture-dark", "ddasp")
"""Light slides, dark slides, and the style of the course.

After ``import figures`` they are "xorscape", "xorscape-dark" and "xorscape-ddasp" for ``matplotlib.pyplot.style.use``.
"""

SIZES = {"half": (2.7, 2.6), "full": (5.6, 3.2)}
"""Width and height in inches, at native size on a 16:10 beamer frame, so text is never scaled."""

View = tuple[float, float]

_VIEWS: dict[str, tuple[View, View]] = {
    "lecture": ((40.0, -130.0), (40.0, -160.0)),
    "ddasp": ((60.0, -40.0), (65.0, -135.0)),
}
_current: ContextVar[str] = ContextVar("style", default=STYLES[0])


@contextmanager
def style_context(name: str) -> Iterator[None]:
    """Draw in the style ``name`` on top of matplotlib's defaults, ignoring the user's settings.

    The caller's settings and backend are restored afterwards.
    """
    if name not in STYLES:
        raise ValueError(f"no style {name!r}; choose from {', '.join(STYLES)}")
    sheet = str(files(__package__) / f"{name}.mplstyle")
    style = mpl.rc_params_from_file(sheet, use_default_template=False)
    with mpl.rc_context():
        mpl.rcParams.update({k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith("backend")})
        mpl.rcParams.update(style)
        token = _current.set(name)
        try:
            yield
        finally:
            _current.reset(token)


def views() -> tuple[View, View]:
    """Return elevation and azimuth, in degrees, of the two terrains of a figure in the current style."""
    return _VIEWS.get(_current.get(), _VIEWS[STYLES[0]])


def path_style() -> dict[str, Any]:
    """Return the line style of a path in the current style: that of the course has dots on the line, as in ``C0 .-``.

    The dots are evenly spaced along the line, regardless of its points. The figure sets the colour.
    """
    if _current.get() != "ddasp":
        return {}
    return {"marker": ".", "markersize": 3.0, "markevery": 0.05}


def point_marker() -> str:
    """Return the marker for a point on a terrain in the current style."""
    return "x" if _current.get() == "ddasp" else "X"


def is_dark() -> bool:
    """Whether the current style has a dark background."""
    return brightness(background_color()) < 0.5


def brightness(color: Any) -> float:
    """Return how bright a colour is, from 0 for black to 1 for white."""
    r, g, b = to_rgb(color)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def text_color() -> str:
    """Colour of text and marks on the current background."""
    return str(mpl.rcParams["text.color"])


def background_color() -> str:
    """Colour of the current background."""
    return str(mpl.rcParams["axes.facecolor"])


def halo(linewidth: float, foreground: str | None = None, **stroke: Any) -> list[AbstractPathEffect]:
    """Return path effects that outline lines or text, by default in the colour of the background."""
    return [withStroke(linewidth=linewidth, foreground=foreground or background_color(), **stroke)]
