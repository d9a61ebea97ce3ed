"""One run that succeeds beside one that is trapped: path, decision surface and loss in the course of training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.animation.growing_paths import Growing, growing_movie, growing_paths
from figures.animation.movie import Movie
from figures.animation.pacing import paced
from figures.lecture.settings import FigureSettings, SmallLearningRate, StartSeed
from figures.plots.contour import plot_contour
from figures.plots.decision import THRESHOLD
from figures.plots.decision_square import decision_square
from figures.plots.kinks import FINE, kinks_in_words, plot_kinks
from figures.plots.trajectories import plot_trajectories
from figures.style.loss_scales import LOSS_LABEL, beyond_in_words, loss_cmap, loss_ticks, root_levels, root_norm
from figures.style.palette import LevelStyle, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, DecisionSurface, ReluNetwork, Trajectories, xor
from landscape.exact.assign_levels import level_value
from landscape.networks.objective import loss_scale

TITLE = "One run"
QUESTION = "How does one run succeed, and how is another trapped?"
SIZES = ("full", "half")

ARROW = 0.2
"""Length of the arrows at hinge lines over the width of their panel; panels are small."""
RECORDS = 2000
"""Every ``steps // RECORDS``-th step of a run is recorded, or every step of a run shorter than that."""
BANDS = 64
"""Number of colours along the loss axis."""

Array = NDArray[np.float64]


class Settings(FigureSettings):
    """What a recipe can set."""

    starts: int = Field(12, ge=1, le=10_000, description="Keras-default starts that the two runs are chosen from")
    seed: StartSeed = 7
    learning_rate: SmallLearningRate = 1e-3
    steps: int = Field(6000, ge=10, le=1_000_000, description="updates of every run")
    frames: int = Field(100, ge=2, le=1000, description="frames of the animation at most")
    margin: float = Field(0.5, ge=1e-3, le=5, description="how far the drawn inputs reach beyond the samples")
    points: int = Field(51, ge=11, le=201, description="grid points along each axis of a decision surface")
    grid: int = Field(151, ge=11, le=2001, description="grid points along each axis of a plane")
    ceiling: float | None = Field(
        None, gt=0, le=1e6, description="loss at which the colours end; default: all that the runs pass fits"
    )
    kinks: bool = Field(True, description="draw the lines of each plane on which a unit switches on a sample")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return a run that is solved and one that is not, on a plane each, with the decision surface of every frame."""
    net = xor.network()
    starts = ls.glorot_starts(net, settings.starts, rng=np.random.default_rng(settings.seed))
    adam = ls.Adam(learning_rate=settings.learning_rate)
    every = max(1, settings.steps // RECORDS)
    runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    ends = [level_value(net, int(i)) for i in ls.assign_levels(net, runs.end)]
    shown = _chosen(ends, runs)
    frames = paced(runs.step, *runs.theta[shown], frames=settings.frames)
    views = [_view(net, runs, k, frames, settings) for k in shown]
    return Bundle(
        runs=tuple(views),
        shown=tuple(shown),
        ends=tuple(ends),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        step=runs.step,
        shown_records=frames,
        top=settings.ceiling or _round_up(max(float(v.path.loss.max()) for v in views), loss_scale(net)),
        optimizer=adam.describe(),
        dtype=runs.theta.dtype.name,
        **settings.model_dump(exclude={"frames", "ceiling", "kinks"}),
    )


def _chosen(ends: Sequence[Fraction | None], runs: Trajectories) -> list[int]:
    """Return the solved and the trapped run with the longest paths; if none is trapped, one that is on no level yet."""
    length = np.linalg.norm(np.diff(runs.theta, axis=1), axis=-1).sum(axis=1)
    plane = [k for k in range(len(ends)) if _spans_a_plane(runs.theta[k])]
    solved = [k for k in plane if ends[k] == 0]
    trapped = [k for k in plane if ends[k]] or [k for k in plane if ends[k] is None]
    found = [max(group, key=lambda k: length[k]) for group in (solved, trapped) if group]
    if not found:
        raise ValueError(
            f"starts must hold a run that leaves a line to be drawn; got {len(ends)} that do not, use more"
        )
    return found


def _spans_a_plane(path: Array) -> bool:
    """Return whether a path is not on one line; it is if both units are dead and only the output's bias changes."""
    sizes = np.linalg.svd(path - path.mean(axis=0), compute_uv=False)
    return bool(sizes[1] > 1e-9 * sizes[0])


def _view(net: ReluNetwork, runs: Trajectories, k: int, frames: NDArray[np.int64], settings: Settings) -> Bundle:
    """Return run ``k`` on the plane of its own two principal components, the loss there, and its frames."""
    run = Trajectories(theta=runs.theta[k : k + 1], loss=runs.loss[k : k + 1], step=runs.step, settings=runs.settings)
    plane = ls.principal_plane(run.theta, origin=run.end[0])
    path = ls.project(net, run, plane)
    squares = [
        ls.decision_surface(net, theta, margin=settings.margin, points=settings.points)
        for theta in run.theta[0, frames]
    ]
    half = 0.62 * max(np.ptp(path.alpha), np.ptp(path.beta))
    a, b = ((v.min() + v.max()) / 2 + np.linspace(-half, half, settings.grid) for v in (path.alpha, path.beta))
    return Bundle(
        path=path,
        surface=ls.evaluate_plane(net, plane, a, b),
        lines=ls.kink_lines(net, plane, a, b) if settings.kinks else None,
        theta=run.theta[0, frames],
        square=squares[-1],
        output=np.array([square.output for square in squares], dtype=np.float32),  # precise enough for pictures
        **{name: np.array([getattr(s, name) for s in squares]) for name in ("hinges", "normals", "outputs")},
        gradient=float(np.abs(net.gradient(run.end[0])).max()),
    )


def _round_up(value: float, least: float) -> float:
    """Return ``value`` rounded up to one significant digit, but at least ``least``.

    Examples
    --------
    >>> _round_up(0.3, 0.5), _round_up(0.73, 0.5), _round_up(1.2, 0.5)
    (0.5, 0.8, 2.0)
    """
    unit = 10.0 ** np.floor(np.log10(max(value, least)))
    return max(least, float(np.round(np.ceil(value / unit) * unit, 12)))


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the last frame: complete paths, decision surfaces at the end, complete loss curves."""
    movie(result, figure, size)


def movie(result: Bundle, figure: Figure, size: str) -> Movie:
    """Draw the last frame into an empty figure, and return the movie from the starts to that frame.

    One row for each run: its path on its plane (full size only), the decision surface, and the loss.
    """
    wide = size == "full"
    ratios = (1.0, 1.0, 1.5) if wide else (1.0, 1.2)
    axes = figure.subplots(len(result.runs), len(ratios), squeeze=False, width_ratios=ratios)
    clock = figure.suptitle("")
    rows = [_Row(result, k, axes[k]) for k in range(len(result.runs))]
    axes[0, -1].set_title(LOSS_LABEL)
    axes[-1, -1].set_xlabel("step")
    if wide:
        axes[0, 1].set_title(r"output $\hat y$")

    growing = [one for row in rows for one in row.growing]
    paths = growing_movie(figure, growing, clock, result.step, result.shown_records)

    def show(frame: int) -> None:
        paths.show(frame)
        for row in rows:
            row.show(frame)

    show(len(paths) - 1)
    return replace(paths, moving=(*paths.moving, *(row.square for row in rows)), show=show)


class _Row:
    """The panels of one run."""

    def __init__(self, result: Bundle, k: int, axes: Sequence[Axes]) -> None:
        self.run, look = result.runs[k], _looks(result)[k]
        *plane, self.square, loss = axes
        self.growing = [_path(result, self.run, look, ax) for ax in plane]
        self.growing.append(_curve(result, self.run, look, loss, with_plane=bool(plane)))
        axes[0].set_title(look.label)

    def show(self, frame: int) -> None:
        """Show the decision surface in a frame."""
        for artist in [*self.square.images, *self.square.collections, *self.square.lines, *self.square.texts]:
            artist.remove()
        decision_square(_decision(self.run, frame), self.square, arrow=ARROW, write=_short, interpolation="bilinear")


def _looks(result: Bundle) -> list[LevelStyle]:
    looks = level_styles(result.levels)
    return [looks[result.ends[k]] for k in result.shown]


def _decision(run: Bundle, frame: int) -> DecisionSurface:
    """Return the decision surface in a frame, without the hidden activations, which are neither kept nor drawn."""
    none = np.empty((len(run.square.axis),) * 2 + (0,))
    kept = {name: run[name][frame] for name in ("theta", "output", "hinges", "normals", "outputs")}
    end: DecisionSurface = run.square
    return replace(end, **kept, hidden=none, activations=np.empty((len(end.inputs), 0)))


def _path(result: Bundle, run: Bundle, look: LevelStyle, axes: Axes) -> Growing:
    plot_contour(run.surface, ax=axes, ceiling=result.top)
    axes.set(xlabel="", ylabel="")
    axes.autoscale(False)
    if run.lines is not None:
        plot_kinks(run.lines, ax=axes, **(FINE | {"zorder": 1.5}))  # under the path
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3))
    plot_trajectories(run.path, ax=axes, looks=[look])
    axes.set_xlabel(f"own plane: {100 * run.path.share[0]:.1f} %")
    return growing_paths(axes, 1)


def _curve(result: Bundle, run: Bundle, look: LevelStyle, axes: Axes, *, with_plane: bool) -> Growing:
    """Draw the loss against the step; beside a plane also the loss under its path, and an axis in its colours."""
    step, looks = np.maximum(result.step, 1), level_styles(result.levels)
    root = {"functions": (lambda y: np.sqrt(np.maximum(y, 0.0)), np.square)}
    axes.set_yscale("function", **root)
    axes.set(xscale="log", xlim=(1, step[-1]), ylim=(0, result.top), yticks=[])
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    for level in result.levels:
        if 0 < level <= result.top:
            axes.axhline(float(level), color=looks[level].color, linestyle=looks[level].linestyle, linewidth=0.9)
    for value, name in loss_ticks(result.levels[1::2], result.top).items():
        axes.annotate(name, (1.0, value), (5, 0), axes.get_yaxis_transform(), "offset points", va="center")
    halo = [patheffects.withStroke(linewidth=2.6, foreground=background_color())]
    loss = np.minimum(run.path.loss[0], result.top)
    lines = axes.plot(step, loss, color=text_color(), linewidth=1.2, clip_on=False, path_effects=halo)
    marks = axes.plot(step[-1:], loss[-1:], look.marker, color=look.color, clip_on=False, markersize=4.5, zorder=5)
    ticks = loss_ticks(result.levels[::2], result.top, (result.top,))  # on one side all would overlap
    ruled = axes
    if with_plane:
        under = np.minimum(run.path.loss_in_plane[0], result.top)
        lines += axes.plot(step, under, color=text_color(), linestyle=":", linewidth=1.0, clip_on=False)
        ruled = _colored_axis(axes, result.top)
        ruled.set_yscale("function", **root)
        ruled.set(ylim=(0, result.top), xticks=[])
    ruled.set_yticks(list(ticks), labels=list(ticks.values()))
    ruled.yaxis.set_minor_locator(NullLocator())
    return Growing(lines, marks)


def _colored_axis(axes: Axes, top: float) -> Axes:
    """Return new axes that show the colours of the plane along the left edge of ``axes``."""
    strip = axes.inset_axes((-0.09, 0.0, 0.07, 1.0))
    edges = root_levels(top, BANDS)
    middles = (edges[1:] + edges[:-1]) / 2
    strip.pcolormesh([0, 1], edges, middles[:, None], cmap=loss_cmap(), norm=root_norm(top), rasterized=True)
    return strip


def caption(result: Bundle, size: str = "full") -> str:
    """Return the caption of the figure in that size; every number in it comes from ``result``."""
    counts, looks = Counter(result.ends), level_styles(result.levels)
    ended = ", ".join(f"{counts[v]} {looks[v].label}" for v in (*result.levels, None) if counts[v])
    of = " and ".join(_group(result.ends[k]) for k in result.shown)
    places = ("Top: ", "Bottom: ") if len(result.runs) > 1 else ("It is ",)
    rows = " ".join(f"{place}{_course(result, k)}." for k, place in enumerate(places))
    top, clipped = result.top, any(float(run.path.loss.max()) > result.top for run in result.runs)
    return (
        f"{result.starts} run{'s' * (result.starts > 1)} from Keras-default starts (seed {result.seed}), "
        f"{result.optimizer}, {result.dtype}, "
        f"{result.steps} steps: {ended}. Shown of {of}: the run that travels furthest, if not along one straight line. "
        f"{rows} {_planes_in_words(result) if size == 'full' else 'Left'}: the network's output over the inputs "
        "x1 (to the right) and x2 (up), brown at 0, blue at 1; numbers are outputs on the samples (filled: target 1, "
        f"hollow: target 0), thin line: output at the threshold {THRESHOLD:g}; each hidden unit is 0 on one side of "
        "its line (solid: unit 1, dashed: unit 2; arrows point to the active side). Right: the loss, on a scale linear "
        f"in its root, step 0 drawn at 1{', dotted: under the path' if size == 'full' else ''}; horizontal lines: the "
        f"levels {', '.join(str(v) for v in result.levels if 0 < v <= top)} of local minima"
        f"{f'; losses above {top:g} lie on the upper edge' if clipped else ''}. The animation has "
        f"{len(result.shown_records)} frames, spaced by the lengths of the paths and the logarithm of the step."
    )


def _group(end: Fraction | None) -> str:
    """Return the name of the group from which a run with that end was chosen.

    If no run is trapped, one on no level is shown instead.

    Examples
    --------
    >>> _group(Fraction(0)), _group(Fraction(1, 4)), _group(None)
    ('the solved ones', 'the trapped ones', 'those on no level yet')
    """
    if end is None:
        return "those on no level yet"
    return "the trapped ones" if end else "the solved ones"


def _planes_in_words(result: Bundle) -> str:
    """Return what the left panels show and how accurate that is; ends with the word that begins the next sentence."""
    paths = [run.path for run in result.runs]
    shares = " and ".join(f"{100 * path.share[0]:.1f}" for path in paths)
    differ = max(float(np.abs(path.loss - path.loss_in_plane).max()) for path in paths)
    beyond = beyond_in_words(result.top, [run.surface for run in result.runs])
    lines = [run.lines for run in result.runs if run.lines is not None]
    kinks = f"{kinks_in_words(*lines)} " if lines else ""
    away = max(path.distance.max() for path in paths)
    return (
        "Left: its path on the plane through its end along the path's own two principal components (unit step 1), "
        f"which holds {shares} % of the path's variance; the path is up to {away:.2g} away from it, and the loss under "
        f"it differs from the true one by at most {differ:.2g}; colours end at loss {result.top:g}{beyond}. {kinks}"
        "Middle"
    )


def _course(result: Bundle, k: int) -> str:
    """Return the outcome of a run, in words."""
    run, end = result.runs[k], result.ends[result.shown[k]]
    where = "at 0" if end == 0 else f"on level {end}"
    if end is None:
        where = "on no level yet"
    return (
        f"start {result.shown[k]}, which ends {where}: loss {run.path.loss[0, 0]:.3g} at the start and "
        f"{run.path.loss[0, -1]:.3g} at the end, where the largest entry of the gradient is {run.gradient:.1g}"
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    rows = []
    for k, run in enumerate(result.runs):
        label = level_styles(result.levels)[result.ends[result.shown[k]]].label
        outputs = ", ".join(_short(o) for o in run.outputs[-1])
        rows.append(
            f"{label}: the loss goes from {run.path.loss[0, 0]:.3g} to {run.path.loss[0, -1]:.3g} in {result.step[-1]} "
            f"steps, and the outputs on 00, 01, 10, 11 end at {outputs}"
        )
    first = "the path over loss contours of its plane, " if size == "full" else ""
    return f"A row for each run: {first}the output over the input square, the loss against the step. {'. '.join(rows)}."


def _short(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
