"""A figure that changes from frame to frame, and its pictures.

What stays the same is drawn once; for each frame, only what moves is drawn over it. So a picture
takes a fraction of the time of a whole drawing, and no more than one is held at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from landscape.base import checks

FRAME = 80
"""Milliseconds of a frame unless said otherwise: 12.5 pictures a second."""
LOOK, HOLD = 800, 2400
"""Milliseconds that the first and the last frame stay, to be looked at."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Movie:
    """A figure that shows one frame after another.

    figure : Figure, showing its last frame
    moving : artists that differ between frames, whole axes among them; drawn in this order, over all that stays
    show : callable that gives the figure the state of frame k
    durations : milliseconds of each frame, multiples of 10, as a GIF counts hundredths of a second
    """

    figure: Figure
    moving: tuple[Artist, ...]
    show: Callable[[int], None]
    durations: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.durations:
            raise ValueError("durations must be one for each frame; got none")
        for duration in self.durations:
            if checks.count("durations", duration, least=10) % 10:
                raise ValueError(f"durations must be multiples of 10 milliseconds; got {duration}")

    def __len__(self) -> int:
        return len(self.durations)


def durations(frames: int) -> tuple[int, ...]:
    """Return how long each of ``frames`` frames stays, in milliseconds: the first and the last long enough to read.

    Examples
    --------
    >>> durations(4)
    (800, 80, 80, 2400)
    """
    return tuple(HOLD if k == frames - 1 else LOOK if k == 0 else FRAME for k in range(frames))


def pictures(movie: Movie, which: Iterable[int] | None = None) -> Iterator[Picture]:
    """Yield the pictures of ``movie``, or of the frames ``which``: arrays (height, width, 3), RGB, at the figure's dpi.

    An array is overwritten by the next picture. The figure shows its last frame again afterwards.
    """
    canvas: Any = FigureCanvasAgg(movie.figure)
    for artist in movie.moving:
        artist.set_animated(True)
    try:
        canvas.draw()  # without what is animated
        ground = canvas.copy_from_bbox(movie.figure.bbox)
        renderer = canvas.get_renderer()
        rgb = np.asarray(canvas.buffer_rgba())[..., :3]
        picture = np.empty(rgb.shape, dtype=np.uint8)
        for k in range(len(movie)) if which is None else which:
            movie.show(k)
            canvas.restore_region(ground)
            for artist in movie.moving:
                artist.draw(renderer)
            picture[:] = rgb
            yield picture
    finally:
        for artist in movie.moving:
            artist.set_animated(False)
        movie.show(len(movie) - 1)
