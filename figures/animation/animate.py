"""Saves movies as GIF or, if ffmpeg is found, as MP4; builds the movie of a trajectory on a plane."""

from __future__ import annotations

import os
from collections.abc import Sequence
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
from landscape.base.progress import Progress


def save_movie(movie: Movie, path: str | os.PathLike[str], about: About, *, progress: Progress | None = None) -> None:
    """Save ``movie`` atomically as GIF or MP4, as given by the extension of ``path``.

    Title, alt text and facts are stored in the comment of a GIF, or in title and comment of an MP4, which needs ffmpeg.
    """
    target = Path(path)
    kind = target.suffix.removeprefix(".")
    if kind not in MOVING:
        raise ValueError(f"path must end in {' or '.join(f'.{m}' for m in MOVING)}; got {target.name!r}")
    comment = "\n".join(part for part in (about.alt_text, about.keywords) if part)
    with replacing(target) as new:
        if kind == "mp4":
            write_mp4(new, movie, about.title, comment, progress=progress)
        else:
            with new.open("wb") as file:
                write_gif(file, movie, f"{about.title}\n{comment}", progress=progress)


def trajectory_movie(
    projection: Projection,
    surface: Surface,
    *,
    ax: Axes | None = None,
    looks: Sequence[LevelStyle] | None = None,
    ceiling: float | None = None,
    frames: int = 80,
) -> Movie:
    """Draw paths on their plane and return the movie in which they grow; the title of ``ax`` shows the step.

    Call this and save the movie inside the style's context.

    surface : the loss on the same plane; part of a path must lie on it
    ax : Axes of a new figure of half size if not given
    looks, ceiling : as for ``plot_trajectories`` and ``plot_contour``
    frames : maximum number of frames, evenly spaced in progress (see :func:`figures.animation.pacing.paced`)
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
    """Save a movie of paths growing on their plane as GIF or MP4, at half size.

    Parameters
    ----------
    projection, surface, looks, ceiling, frames
        As for :func:`trajectory_movie`.
    path : name of the file, with the extension .gif or .mp4
    about : About, optional
        Description stored in the file; by default from the settings of the projection, such as steps and optimizer.
    progress : callable, optional
        Called with (frames done, total frames) as frames are written.

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
        steps, settings = int(projection.step[-1]), projection.settings
        alt_text = f"{len(projection.alpha)} paths over {steps} steps on loss contours of a plane."
        about = About(title="Trajectory", alt_text=alt_text, facts={k: str(v) for k, v in sorted(settings.items())})
    save_movie(movie, path, about, progress=progress)


def _check_fit(projection: Projection, surface: Surface) -> None:
    """Check that paths and surface lie on the same plane and that part of a path is visible."""
    if projection.step.size < 2:
        raise ValueError(f"projection must have at least 2 records to move; got {projection.step.size}, record more")
    plane, other = projection.plane, surface.plane
    if any(not np.array_equal(getattr(plane, n), getattr(other, n)) for n in ("origin", "d1", "d2")):
        raise ValueError("surface must lie on the plane of the projection; evaluate it on projection.plane")
    checks.real_array("projection.alpha", projection.alpha)
    checks.real_array("projection.beta", projection.beta)
    a, b = surface.alpha, surface.beta
    is_inside = (
        (a[0] <= projection.alpha)
        & (projection.alpha <= a[-1])
        & (b[0] <= projection.beta)
        & (projection.beta <= b[-1])
    )
    if not is_inside.any():
        raise ValueError(
            f"surface must hold part of a path: alpha {a[0]:.3g} to {a[-1]:.3g}, beta {b[0]:.3g} to {b[-1]:.3g}; "
            f"got paths over alpha {projection.alpha.min():.3g} to {projection.alpha.max():.3g}, "
            f"beta {projection.beta.min():.3g} to {projection.beta.max():.3g}"
        )
