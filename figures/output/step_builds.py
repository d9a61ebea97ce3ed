"""Figures that are built up step by step: which of their artists appear when, and pictures of every step.

A lecture figure names what each step adds in ``BUILD`` and tags, while it draws, what is not there from the
beginning. The layout is that of the whole figure, so nothing moves from one step to the next, and the last
step is the figure itself.
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
"""The attribute of an artist that says at which step it appears."""


def steps(module: object, size: str) -> tuple[str, ...]:
    """Return what each step of a lecture figure in one size adds; nothing for one that is not built up."""
    build: dict[str, tuple[str, ...]] = getattr(module, "BUILD", {})
    return build.get(size, ())


def counts(module: object, sizes: Iterable[str]) -> dict[str, int]:
    """Return how many steps a lecture figure is built up in, by size; 0 for a size that has none."""
    return {size: len(steps(module, size)) for size in sizes}


def appears(artists: Artist | Iterable[Artist], step: int) -> None:
    """Have artists appear at a step, counted from 1; in nested calls and blocks the latest step holds."""
    for artist in [artists] if hasattr(artists, "set_visible") else artists:
        setattr(artist, _STEP, max(step, _step_of(artist)))


@contextmanager
def appearing(figure: Figure, step: int) -> Iterator[None]:
    """Have all that is added to ``figure`` within the block appear at a step.

    New axes appear with all that is in them. Titles and labels set on axes that were there are not new: name
    them in :func:`appears`.
    """
    before = set(_parts(figure))
    yield
    appears([part for part in _parts(figure) if part not in before], step)


def contents(*axes: Axes) -> list[Artist]:
    """Return what is drawn in axes, which may appear later than their frames."""
    return [a for ax in axes for a in (*ax.lines, *ax.collections, *ax.patches, *ax.images, *ax.texts)]


def entries(legend: Legend, *labels: str) -> list[Artist]:
    """Return the samples and labels of the entries of a legend whose labels begin so."""
    found = zip(legend.legend_handles, legend.get_texts(), strict=True)
    return [part for sample, text in found if text.get_text().startswith(labels) for part in (sample, text) if part]


@contextmanager
def shown_until(figure: Figure, step: int) -> Iterator[None]:
    """Hide what appears after ``step`` while the block runs."""
    later = [a for a in figure.findobj() if _step_of(a) > step and a.get_visible()]
    for artist in later:
        artist.set_visible(False)
    try:
        yield
    finally:
        for artist in later:
            artist.set_visible(True)


def last_step(figure: Figure) -> int:
    """Return the step at which the last artist appears; 1 if all are there from the beginning."""
    return max(map(_step_of, figure.findobj()))


def step_alt_text(title: str, added: tuple[str, ...], step: int) -> str:
    """Return the alt text of a step, which says no more than can be seen.

    >>> step_alt_text("Relief", ("the terrain", "a path"), 1)
    'Step 1 of 2 of the figure Relief. Shown: the terrain.'
    """
    return f"Step {step} of {len(added)} of the figure {title}. Shown: {', '.join(added[:step])}."


def _parts(figure: Figure) -> Iterator[Artist]:
    """Yield what is added to a figure one by one: axes, what is in them, and what belongs to the whole figure."""
    yield from figure.get_children()
    for axes in figure.axes:
        yield axes
        yield from axes.get_children()


def _step_of(artist: Any) -> int:
    return int(getattr(artist, _STEP, 1))
