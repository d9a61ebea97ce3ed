"""Step-by-step builds of figures: the step at which each artist appears, and a picture of each step.

A lecture figure lists what each step adds in ``BUILD`` and, while drawing, tags the artists that appear after
the first step. The layout is that of the whole figure, so nothing moves from one step to the next, and the
last step is the figure itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

_STEP = "_xorscape_step"
"""Attribute of an artist that holds the step at which it appears."""


def steps(module: object, size: str) -> tuple[str, ...]:
    """Return what each step of a lecture figure in one size adds; empty for a figure without a build."""
    build: dict[str, tuple[str, ...]] = getattr(module, "BUILD", {})
    return build.get(size, ())


def appears(artists: Artist | Iterable[Artist], step: int) -> None:
    """Make artists appear at a step, counted from 1; if set several times, the highest step applies."""
    for artist in [artists] if hasattr(artists, "set_visible") else artists:
        setattr(artist, _STEP, max(step, _step_of(artist)))


@contextmanager
def appearing(figure: Figure, step: int) -> Iterator[None]:
    """Make everything that is added to ``figure`` within the block appear at a step.

    New axes appear together with their contents. Titles and labels set on existing axes do not count as new:
    pass them to :func:`appears`.
    """
    before = set(_parts(figure))
    yield
    appears([part for part in _parts(figure) if part not in before], step)


def contents(*axes: Axes) -> list[Artist]:
    """Return the artists drawn in axes, so that they can appear later than the frames of the axes."""
    return [a for ax in axes for a in (*ax.lines, *ax.collections, *ax.patches, *ax.images, *ax.texts)]


def entries(legend: Legend, *labels: str) -> list[Artist]:
    """Return handles and texts of the legend entries whose labels start with one of ``labels``."""
    pairs = zip(legend.legend_handles, legend.get_texts(), strict=True)
    chosen = [(handle, text) for handle, text in pairs if text.get_text().startswith(labels)]
    return [artist for pair in chosen for artist in pair if artist]


@contextmanager
def shown_until(figure: Figure, step: int) -> Iterator[None]:
    """Hide the artists that appear after ``step`` while the block runs."""
    later = [a for a in figure.findobj() if _step_of(a) > step and a.get_visible()]
    for artist in later:
        artist.set_visible(False)
    try:
        yield
    finally:
        for artist in later:
            artist.set_visible(True)


def step_alt_text(title: str, added: tuple[str, ...], step: int) -> str:
    """Return the alt text of a step, which names only what is visible at that step.

    >>> step_alt_text("Relief", ("the terrain", "a path"), 1)
    'Step 1 of 2 of the figure Relief. Shown: the terrain.'
    """
    return f"Step {step} of {len(added)} of the figure {title}. Shown: {', '.join(added[:step])}."


def _parts(figure: Figure) -> Iterator[Artist]:
    """Yield the artists of a figure: those of the whole figure, the axes, and the children of the axes."""
    yield from figure.get_children()
    for axes in figure.axes:
        yield axes
        yield from axes.get_children()


def _step_of(artist: Any) -> int:
    return int(getattr(artist, _STEP, 1))
