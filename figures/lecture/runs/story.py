"""One run that succeeds beside one that is trapped: path, decision surface and loss in the course of training."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.animation.growing_paths import growing_movie
from figures.animation.movie import Movie
from figures.animation.pacing import paced
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import beyond_ceiling, kinks_explained, outcomes_counted, units_of
from figures.lecture.runs.panels.story_panels import Row, short_output
from figures.lecture.settings import Ceiling, FigureSettings, GridPoints, Margin, SmallLearningRate, StartSeed
from figures.plots.decision import THRESHOLD
from figures.style.loss_scales import root_label
from figures.style.palette import level_styles
from landscape import Bundle, ReluNetwork, Trajectories, xor
from landscape.base.arrays import Array
from landscape.exact.assign_levels import level_value
from landscape.networks.objective import loss_scale

TITLE = "One run"
QUESTION = "How does one run succeed, and how is another trapped?"
SIZES = ("full", "half")

RECORDS = 2000
"""Every ``steps // RECORDS``-th step of a run is recorded, or every step of a run shorter than that."""


class Settings(FigureSettings):
    candidates: int = Field(
        12, ge=1, le=10_000, description="Keras-default starts that the two runs are chosen from, the first of the list"
    )
    seed: StartSeed = 0
    learning_rate: SmallLearningRate = 1e-3
    steps: int = Field(6000, ge=10, le=1_000_000, description="updates of every run")
    frames: int = Field(100, ge=2, le=1000, description="frames of the animation at most")
    margin: Margin = 0.5
    points: int = Field(51, ge=11, le=201, description="grid points along each axis of a decision surface")
    grid: GridPoints = Field(151, description="grid points along each axis of a plane")
    ceiling: Ceiling | None = Field(
        None, description="loss at which the colours end; default: all that the runs pass fits"
    )
    kinks: bool = Field(True, description="draw the kinks on each plane: lines on which a pre-activation is 0")


class Choice(NamedTuple):
    """The candidates, and which of them are shown: one that is solved and one that is not."""

    starts: Array
    runs: Trajectories
    ends: list[Fraction | None]
    shown: list[int]


def choose(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Choice:
    """Train all candidates and return them with the two that are shown."""
    net, adam = xor.network(), ls.Adam(learning_rate=settings.learning_rate)
    starts = ls.numbered_starts(net, settings.candidates, seed=settings.seed)
    every = max(1, settings.steps // RECORDS)
    runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    ends = [level_value(net, int(i)) for i in ls.assign_levels(net, runs.end)]
    return Choice(starts, runs, ends, _chosen(ends, runs))


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return a run that is solved and one that is not, on a plane each, with the decision surface of every frame."""
    net = xor.network()
    _, runs, ends, shown = choose(settings, progress)
    levels = tuple(level.value for level in ls.stationary_levels(net))
    frames = paced(runs.step, *runs.theta[shown], frames=settings.frames)
    views = [_view(net, runs, k, frames, settings) for k in shown]
    paths = [view.path for view in views]
    return Bundle(
        runs=tuple(views),
        kink_units=units_of(view.lines for view in views) if settings.kinks else None,
        farthest=max(float(path.distance.max()) for path in paths),
        largest_error=max(float(path.error.max()) for path in paths),
        shown=tuple(shown),
        ends=tuple(ends),
        levels=levels,
        counts=tuple(ends.count(value) for value in (*levels, None)),
        step=runs.step,
        shown_records=frames,
        frame_count=len(frames),
        top=settings.ceiling or _round_up(max(float(path.loss.max()) for path in paths), loss_scale(net)),
        threshold=THRESHOLD,
        optimizer=ls.Adam(learning_rate=settings.learning_rate).describe(),
        dtype=runs.theta.dtype.name,
        starts=settings.candidates,
        **settings.model_dump(exclude={"candidates", "frames", "ceiling", "kinks"}),
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
            f"candidates must hold a run that leaves a line to be drawn; got {len(ends)} that do not, use more"
        )
    return found


def _spans_a_plane(path: Array) -> bool:
    """Return whether a path is not on one line; it is if both units are dead and only the output's bias changes."""
    sizes = np.linalg.svd(path - path.mean(axis=0), compute_uv=False)
    return bool(sizes[1] > 1e-9 * sizes[0])


def _view(net: ReluNetwork, runs: Trajectories, k: int, frames: NDArray[np.int64], settings: Settings) -> Bundle:
    """Return run ``k`` on the plane of its own two principal components, the loss there, and its frames."""
    theta, path = runs.theta[k, frames], ls.project_on_own_plane(net, runs, k)
    squares = [ls.decision_surface(net, at, margin=settings.margin, points=settings.points) for at in theta]
    half = 0.62 * max(np.ptp(path.alpha), np.ptp(path.beta))
    a, b = ((v.min() + v.max()) / 2 + np.linspace(-half, half, settings.grid) for v in (path.alpha, path.beta))
    return Bundle(
        path=path,
        surface=ls.evaluate_plane(net, path.plane, a, b),
        lines=ls.kink_lines(net, path.plane, a, b) if settings.kinks else None,
        theta=theta,
        square=squares[-1],
        output=np.array([square.output for square in squares], dtype=np.float32),  # precise enough for pictures
        **{name: np.array([getattr(s, name) for s in squares]) for name in ("hinges", "normals", "outputs")},
        gradient=float(np.abs(net.gradient(runs.end[k])).max()),
    )


def _round_up(value: float, least: float) -> float:
    """Return ``value`` rounded up to one significant digit, but at least ``least``.

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
    rows = [Row(result, k, axes[k]) for k in range(len(result.runs))]
    axes[0, -1].set_title(root_label())
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


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    both = [result.ends[k] for k in result.shown]
    if both[0] == 0 and len(both) > 1 and both[1]:
        stuck = f"{{ends[{result.shown[1]}]}}"
        return Caption(f"One run reaches loss 0; the other gets stuck at loss {stuck}.", result)
    ends = listed("{runs[#].path.loss[0][-1]:.2g}", range(len(both)), " and ")
    return Caption(f"The training shown here ends at loss {ends}.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    is_full = size == "full"
    path = "Left: the path on a plane of its own. {kinks} Middle"
    lines = (
        "lines: where unit 1 (solid) or 2 (dashed) switches on"
        if not (is_full and result.kink_units)
        else "lines alike"
    )
    low_levels = [i for i, level in enumerate(result.levels) if 0 < level <= result.top]
    return Caption(
        "{before}: the output over the inputs; {lines}; numbers: outputs on the samples (filled: target 1). Right: the "
        "loss (root scale){dotted}; {level_lines}.",
        result,
        before=path if is_full else "Left",
        lines=lines,
        kinks="" if result.kink_units is None else kinks_explained(result),
        dotted="; dotted: on the plane" if is_full else "",
        level_lines=f"horizontal: {listed('{levels[#]}', low_levels)}, losses at which training gets stuck"
        if low_levels
        else "no level of local minima is in view",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return how the runs were chosen, their course, and the settings."""
    is_full = size == "full"
    places = ("Top: ", "Bottom: ") if len(result.runs) > 1 else ("It is ",)
    is_clipped = any(float(run.path.loss.max()) > result.top for run in result.runs)
    planes = (
        "Left: {each} path on the plane through its end along its first two principal components (unit step 1), which "
        "explain {variance} % of its variance; it is up to {farthest:.2g} off the plane, where the loss differs from "
        "the run's by at most {largest_error:.2g}{beyond}.\n"
    )
    return Caption(
        "Shown: of {groups}, the one that travels furthest among those whose path is not straight.\n{courses}\n{planes}"
        "Output: brown at 0, blue at 1; x1 to the right, x2 up; hollow samples: target 0; thin line: output at the "
        "threshold {threshold:g}; arrows point to the active side. Loss: step 0 drawn at 1{clipped}.\nThe animation "
        "has {frame_count} frames, spaced by path length and by the logarithm of the step.\nSettings: {starts} "
        "run{plural} from Keras-default starts (seed {seed}), {optimizer}, {dtype}, {steps} steps: {outcomes}.",
        result,
        plural="s" * (result.starts > 1),
        outcomes=outcomes_counted(result),
        each="each" if len(result.runs) > 1 else "its",
        groups=" and of ".join(_group(result.ends[k]) for k in result.shown),
        courses="\n".join(f"{place}{_course(result, row)}." for row, place in enumerate(places)),
        planes=planes if is_full else "",
        variance=listed("{runs[#].path.share[0]:.1p}", range(len(result.runs)), " and "),
        beyond=beyond_ceiling(result, "top", [run.surface for run in result.runs]),
        clipped="; losses above {top:g} lie on the upper edge" if is_clipped else "",
    )


def _group(end: Fraction | None) -> str:
    """Return the name of the group from which a run with that end was chosen.

    If no run is stuck, one on no level is shown instead.

    >>> _group(Fraction(0)), _group(Fraction(1, 4)), _group(None)
    ('the solved runs (loss 0)', 'the stuck runs', 'those on no level yet')
    """
    if end is None:
        return "those on no level yet"
    return "the stuck runs" if end else "the solved runs (loss 0)"


def _course(result: Bundle, row: int) -> str:
    k = result.shown[row]
    end = result.ends[k]
    where = f"on level {{ends[{k}]}}"
    if end is None:
        where = "on no level yet"
    elif end == 0:
        where = "at 0"
    course = (
        f"start {{shown[#]}}, which ends {where}: loss {{runs[#].path.loss[0][0]:.3g}} at the start and "
        "{runs[#].path.loss[0][-1]:.3g} at the end, where the largest entry of the gradient is {runs[#].gradient:.1g}"
    )
    return listed(course, [row])


def alt_text(result: Bundle, size: str = "full") -> str:
    rows = []
    for k, run in enumerate(result.runs):
        label = level_styles(result.levels)[result.ends[result.shown[k]]].label
        outputs = ", ".join(short_output(o) for o in run.outputs[-1])
        rows.append(
            f"{label}: the loss goes from {run.path.loss[0, 0]:.3g} to {run.path.loss[0, -1]:.3g} in {result.step[-1]} "
            f"steps, and the outputs on 00, 01, 10, 11 end at {outputs}"
        )
    first = "the path over loss contours of its plane, " if size == "full" else ""
    return f"A row for each run: {first}the output over the input square, the loss against the step. {'. '.join(rows)}."
