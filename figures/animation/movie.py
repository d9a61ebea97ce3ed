"""Figures that change from frame to frame, and the pictures of their frames.

The static artists are drawn once, and only the moving ones are drawn on top for each frame. A picture therefore
takes a fraction of the time of a full drawing. Only one picture is in memory at a time.
"""

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
"""Default duration of a frame in milliseconds: 12.5 frames per second."""
LOOK, HOLD = 800, 2400
"""Durations of the first and the last frame in milliseconds, long enough to read them."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Movie:
    """A figure with a sequence of frames."""

    figure: Figure  # showing its last frame
    moving: tuple[Artist, ...]  # what differs between frames, possibly whole axes; drawn on top, in this order
    show: Callable[[int], None]  # puts the figure into the state of frame k
    durations: tuple[int, ...]  # milliseconds of each frame, multiples of 10: a GIF stores hundredths of a second

    def __post_init__(self) -> None:
        if not self.durations:
            raise ValueError("durations must have one entry for each frame; got none")
        for duration in self.durations:
            if checks.count("durations", duration, least=10) % 10:
                raise ValueError(f"durations must be multiples of 10 milliseconds; got {duration}")

    def __len__(self) -> int:
        return len(self.durations)


def durations(frames: int) -> tuple[int, ...]:
    """Return the duration of each of ``frames`` frames in milliseconds; the first and the last are long enough to read.

    >>> durations(4)
    (800, 80, 80, 2400)
    """
    milliseconds = [FRAME] * frames
    if milliseconds:
        milliseconds[0] = LOOK
        milliseconds[-1] = HOLD  # also if it is the only frame
    return tuple(milliseconds)


def pictures(movie: Movie, which: Iterable[int] | None = None) -> Iterator[Picture]:
    """Yield the pictures of all frames, or of the frames ``which``: RGB arrays (height, width, 3) at the figure's dpi.

    Each picture overwrites the array of the previous one. Afterwards the figure shows its last frame again.
    """
    canvas: Any = FigureCanvasAgg(movie.figure)
    for artist in movie.moving:
        artist.set_animated(True)
    try:
        canvas.draw()  # without the animated artists
        background = canvas.copy_from_bbox(movie.figure.bbox)
        renderer = canvas.get_renderer()
        rgb = np.asarray(canvas.buffer_rgba())[..., :3]
        picture = np.empty(rgb.shape, dtype=np.uint8)
        for k in range(len(movie)) if which is None else which:
            movie.show(k)
            canvas.restore_region(background)
            for artist in movie.moving:
                artist.draw(renderer)
            picture[:] = rgb
            yield picture
    finally:
        for artist in movie.moving:
            artist.set_animated(False)
        movie.show(len(movie) - 1)
