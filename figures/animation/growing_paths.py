"""Paths and curves that are drawn in full once and then shown up to a given record of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray

from figures.animation.movie import Movie, durations


@dataclass(frozen=True)
class Growing:
    """Lines with one point per record, and marks at the current ends of the first ``len(marks)`` lines.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> (line,), (mark,) = axes.plot([0, 1, 2], [5, 6, 7]), axes.plot(2, 7, "o")
    >>> growing = Growing([line], [mark])
    >>> growing.show(1)
    >>> line.get_xydata().tolist(), mark.get_xydata().tolist()
    ([[0.0, 5.0], [1.0, 6.0]], [[1.0, 6.0]])
    """

    lines: list[Line2D]
    marks: list[Line2D]
    whole: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", [line.get_xydata().copy() for line in self.lines])  # type: ignore[union-attr]

    @property
    def artists(self) -> tuple[Line2D, ...]:
        """All lines and marks, in drawing order."""
        return (*self.lines, *self.marks)

    def show(self, record: int) -> None:
        """Show everything up to and including a record."""
        for line, points in zip(self.lines, self.whole, strict=True):
            line.set_data(*points[: record + 1].T)
        for mark, points in zip(self.marks, self.whole, strict=False):
            mark.set_data(*points[record : record + 1].T)


def growing_paths(ax: Axes, count: int) -> Growing:
    """Return the ``count`` paths that ``plot_trajectories`` has just drawn into ``ax``, each as path, start, end."""
    lines = list(ax.lines)[-3 * count :]
    return Growing(lines[::3], lines[2::3])


def growing_movie(
    figure: Figure, growing: Sequence[Growing], clock: Text, step: NDArray[Any], records: NDArray[Any]
) -> Movie:
    """Return the movie in which paths and curves grow and ``clock`` shows the step; the figure shows the last frame.

    step : (r,) the step of each record
    records : (frames,) the record of each frame, ending with the last one
    """

    def show(frame: int) -> None:
        for group in growing:
            group.show(int(records[frame]))
        clock.set_text(f"step {step[records[frame]]}")

    show(len(records) - 1)
    moving = (*(artist for group in growing for artist in group.artists), clock)
    return Movie(figure=figure, moving=moving, show=show, durations=durations(len(records)))
