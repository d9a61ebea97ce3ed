"""Movies as files: GIF always, MP4 where ffmpeg is found; and a movie of any trajectory on a plane."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.animation.gif import write_gif
from figures.animation.growing_paths import growing_movie, growing_paths
from figures.animation.movie import Movie
from figures.animation.mp4 import write_mp4
from figures.animation.pacing import paced
from figures.output.formats import MOVING
from figures.output.saving import About, freeze_layout
from figures.plots.contour import plot_contour
from figures.plots.trajectories import plot_trajectories
from figures.style.palette import LevelStyle
from figures.style.style_sheets import SIZES
from landscape import Projection, Surface
from landscape.base import checks
from landscape.base.atomic_files import replacing

Progress = Callable[[int, int], None]
"""Called with (frames done, frames) now and then."""


def save_movie(movie: Movie, path: str | os.PathLike[str], about: About, *, progress: Progress | None = None) -> None:
    """Save ``movie`` as the GIF or MP4 that ``path`` ends in, whole or not at all.

    Title, alt text and facts are in the comment of a GIF, in title and comment of an MP4.

    Raises
    ------
    ValueError
        If ``path`` ends in neither.
    OSError
        If the file cannot be written, or there is no ffmpeg for an MP4.
    """
    target = Path(path)
    kind = target.suffix.removeprefix(".")
    if kind not in MOVING:
        raise ValueError(f"path must end in {' or '.join(f'.{m}' for m in MOVING)}; got {target.name!r}")
    said = "\n".join(part for part in (about.alt_text, about.keywords) if part)
    with replacing(target) as new:
        if kind == "mp4":
            write_mp4(new, movie, about.title, said, progress=progress)
        else:
            with new.open("wb") as file:
                write_gif(file, movie, f"{about.title}\n{said}", progress=progress)


def trajectory_movie(
    projection: Projection,
    surface: Surface,
    *,
    ax: Axes | None = None,
    looks: Sequence[LevelStyle] | None = None,
    ceiling: float | None = None,
    frames: int = 80,
) -> Movie:
    """Draw paths on their plane and return the movie in which they grow; the step is in the title of ``ax``.

    Call inside the style's context, and save inside it.

    Parameters
    ----------
    projection : Projection
    surface : Surface
        The loss on the same plane.
    ax : Axes, optional
        A new figure's, of the half size, if not given.
    looks : sequence of LevelStyle, optional
        One per path, as for ``plot_trajectories``.
    ceiling : float, optional
        Loss at which the colours end, as for ``plot_contour``.
    frames : int, at least 2
        Frames at most, evenly spaced in the progress of the paths (see :func:`figures.animation.pacing.paced`).

    Raises
    ------
    ValueError
        If the plane of the surface is another one, no point of a path lies on the surface, or there
        are fewer than two records.
    """
    checks.instance("projection", projection, Projection, "project")
    checks.instance("surface", surface, Surface, "evaluate_plane")
    checks.count("frames", frames, least=2)
    _check_fit(projection, surface)
    if ax is None:
        ax = Figure(figsize=SIZES["half"]).subplots()
    figure = cast(Figure, ax.get_figure(root=True))
    plot_contour(surface, ax=ax, ceiling=ceiling)
    ax.autoscale(False)
    plot_trajectories(projection, ax=ax, looks=looks)
    growing = growing_paths(ax, len(projection.alpha))
    paths = np.stack([projection.alpha, projection.beta], axis=-1)
    records = paced(projection.step, *paths, frames=frames)
    movie = growing_movie(figure, [growing], ax.set_title(""), projection.step, records)
    freeze_layout(figure)
    return movie


def animate_trajectory(
    projection: Projection,
    surface: Surface,
    path: str | os.PathLike[str],
    *,
    looks: Sequence[LevelStyle] | None = None,
    ceiling: float | None = None,
    frames: int = 80,
    about: About | None = None,
    progress: Progress | None = None,
) -> None:
    """Save paths growing on their plane as a GIF or an MP4, in the half size.

    Parameters
    ----------
    projection, surface, looks, ceiling, frames
        As for :func:`trajectory_movie`.
    path : name of the file, ending in .gif or .mp4
    about : About, optional
        What the file says about itself; its steps and optimizer, if not given.
    progress : callable, optional
        Called with (frames done, frames) now and then.

    Examples
    --------
    >>> import tempfile
    >>> import landscape as ls
    >>> from figures.style.style_sheets import style_context
    >>> from landscape import xor
    >>> net = xor.network()
    >>> start = ls.perturbed_starts(xor.TEXTBOOK, 0.5, 1, rng=np.random.default_rng(0))
    >>> run = ls.train(net, start, ls.Adam(1e-2), 300)
    >>> plane = ls.principal_plane(run.theta, origin=run.end[0])
    >>> axis = np.linspace(-1.5, 1.5, 41)
    >>> with tempfile.TemporaryDirectory() as folder, style_context("lecture-dark"):
    ...     gif = Path(folder) / "run.gif"
    ...     animate_trajectory(ls.project(net, run, plane), ls.evaluate_plane(net, plane, axis, axis), gif, frames=5)
    ...     gif.read_bytes()[:6]
    b'GIF89a'
    """
    movie = trajectory_movie(projection, surface, looks=looks, ceiling=ceiling, frames=frames)
    if about is None:
        steps, how = int(projection.step[-1]), projection.settings
        told = f"{len(projection.alpha)} paths over {steps} steps on loss contours of a plane."
        about = About(title="Trajectory", alt_text=told, facts={k: str(v) for k, v in sorted(how.items())})
    save_movie(movie, path, about, progress=progress)


def _check_fit(projection: Projection, surface: Surface) -> None:
    """Check that paths and surface belong together and that there is something to see."""
    if projection.step.size < 2:
        raise ValueError(f"projection must have at least 2 records to move; got {projection.step.size}, record more")
    one, other = projection.plane, surface.plane
    if any(not np.array_equal(getattr(one, n), getattr(other, n)) for n in ("origin", "d1", "d2")):
        raise ValueError("surface must lie on the plane of the projection; evaluate it on projection.plane")
    checks.real_array("projection.alpha", projection.alpha)
    checks.real_array("projection.beta", projection.beta)
    a, b = surface.alpha, surface.beta
    seen = (
        (a[0] <= projection.alpha)
        & (projection.alpha <= a[-1])
        & (b[0] <= projection.beta)
        & (projection.beta <= b[-1])
    )
    if not seen.any():
        raise ValueError(
            f"surface must hold part of a path: alpha {a[0]:.3g} to {a[-1]:.3g}, beta {b[0]:.3g} to {b[-1]:.3g}; "
            f"got paths over alpha {projection.alpha.min():.3g} to {projection.alpha.max():.3g}, "
            f"beta {projection.beta.min():.3g} to {projection.beta.max():.3g}"
        )
