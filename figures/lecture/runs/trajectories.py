"""Runs of Adam from perturbed starts, on a filter-normalized plane and on planes of single runs."""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.animation.growing_paths import Growing, growing_movie
from figures.animation.movie import Movie
from figures.animation.pacing import paced
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import (
    beyond_ceiling,
    bias_rule,
    extremes,
    kinks_explained,
    outcome,
    outcomes_counted,
    span,
    units_of,
)
from figures.lecture.runs.panels.trajectories_panels import (
    FLOOR,
    NAMED,
    add_legend,
    looks_of,
    loss_panel,
    name_shown,
    own_panel,
    shared_panel,
)
from figures.lecture.settings import (
    BiasRule,
    Ceiling,
    FigureSettings,
    GridPoints,
    Once,
    Seed,
    SmallLearningRate,
    StartSeed,
)
from figures.output.step_builds import appearing
from landscape import Bundle, Projection, xor
from landscape.exact.assign_levels import level_value
from landscape.networks.objective import loss_scale

TITLE = "Trajectories"
QUESTION = "Where do perturbed starts go?"
SIZES = ("full", "half")
BUILD = dict.fromkeys(SIZES, ("the loss on the plane", "where the runs start", "their paths", "where they end"))

FRAMES = 80
"""Largest number of frames of the animation."""


class Settings(FigureSettings):
    sigmas: Annotated[tuple[Annotated[float, Field(gt=0, le=100)], ...], Once] = Field(
        (0.1, 0.5, 1.0), min_length=1, max_length=20, description="radii of the starts"
    )
    runs: int = Field(3, ge=1, le=20, description="starts at each radius")
    run_seed: StartSeed = 4
    seed: Seed = Field(5, description="of the two random directions of the shared plane")
    bias: BiasRule = Field("joint", description="bias rule of that plane")
    learning_rate: SmallLearningRate = 1e-3
    steps: int = Field(10_000, ge=100, le=1_000_000, description="updates of every run")
    grid: GridPoints = Field(201, description="points along each axis")
    ceiling: Ceiling | None = Field(None, description="loss at which the colours end; default: that of theta = 0")
    kinks: bool = Field(True, description="draw the kinks on the shared plane: lines on which a pre-activation is 0")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the runs on the shared plane, and a solved and an unsolved run each on a plane of its own."""
    net, center = xor.network(), xor.TEXTBOOK
    rng = np.random.default_rng(settings.run_seed)
    starts = np.concatenate([ls.perturbed_starts(center, s, settings.runs, rng=rng) for s in settings.sigmas])
    adam = ls.Adam(learning_rate=settings.learning_rate)
    every = max(1, settings.steps // 1000)
    runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    ends = [level_value(net, int(i)) for i in ls.assign_levels(net, runs.end)]
    levels = tuple(level.value for level in ls.stationary_levels(net))
    plane = ls.random_plane(net, center, rng=np.random.default_rng(settings.seed), bias=settings.bias)
    shared = ls.project(net, runs, plane)
    alpha, beta = _axes_around(shared, settings.grid, with_origin=True)
    lines = ls.kink_lines(net, plane, alpha, beta) if settings.kinks else None
    shown = _chosen(ends, shared)
    own = tuple(ls.project_on_own_plane(net, runs, k) for k in shown)
    to_textbook = np.linalg.norm(runs.end - center, axis=1)
    return Bundle(
        surface=ls.evaluate_plane(net, plane, alpha, beta),
        lines=lines,
        kink_units=None if lines is None else units_of([lines]),
        shared=shared,
        share_range=extremes(shared.share),
        farthest=float(shared.distance.max()),
        ends=tuple(ends),
        levels=levels,
        counts=tuple(ends.count(value) for value in (*levels, None)),
        shown=tuple(shown),
        own=own,
        own_surfaces=tuple(
            ls.evaluate_plane(net, view.plane, *_axes_around(view, settings.grid, with_origin=False)) for view in own
        ),
        own_farthest=tuple(float(view.distance.max()) for view in own),
        own_error=max(float(view.error.max()) for view in own),
        shared_error=float(shared.error.max()),
        sigma_of=np.repeat(settings.sigmas, settings.runs),
        to_textbook=to_textbook,
        solved_distance=extremes(to_textbook[[end == 0 for end in ends]]),
        top=settings.ceiling if settings.ceiling is not None else loss_scale(net),
        floor=FLOOR,
        run_count=len(ends),
        optimizer=adam.describe(),
        dtype=runs.theta.dtype.name,
        **settings.model_dump(exclude={"ceiling"}),
    )


def _chosen(ends: list[Fraction | None], shared: Projection) -> list[int]:
    """Return up to two runs for panels of their own: the solved and the unsolved one that extend furthest."""
    reach = np.hypot(np.ptp(shared.alpha, axis=1), np.ptp(shared.beta, axis=1))
    solved = [k for k, end in enumerate(ends) if end == 0]
    others = [k for k, end in enumerate(ends) if end != 0]
    return [max(group, key=lambda k: reach[k]) for group in (solved, others) if group]


def _axes_around(view: Projection, grid: int, *, with_origin: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the axes of a square that holds all paths, with a margin."""
    zero = [0.0] if with_origin else []
    spans = [np.append(values.ravel(), zero) for values in (view.alpha, view.beta)]
    middles = [(s.min() + s.max()) / 2 for s in spans]
    half = 0.58 * max(np.ptp(s) for s in spans)
    alpha, beta = (m + np.linspace(-half, half, grid) for m in middles)
    return alpha, beta


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the shared plane, and a row per chosen run: its own plane and its losses. Half size: the shared plane."""
    _panels(result, figure, size)


def movie(result: Bundle, figure: Figure, size: str) -> Movie:
    """Draw into an empty figure, with the step above it, and return the movie in which paths and losses grow."""
    growing = _panels(result, figure, size)
    paths = np.stack([result.shared.alpha, result.shared.beta], axis=-1)
    records = paced(result.shared.step, *paths, frames=FRAMES)
    return growing_movie(figure, growing, figure.suptitle(""), result.shared.step, records)


def _panels(result: Bundle, figure: Figure, size: str) -> list[Growing]:
    """Draw everything and return the artists that grow in the animation."""
    if size == "half":
        axes = figure.subplots()
        growing = [shared_panel(result, figure, axes)]
        with appearing(figure, 4):
            add_legend(result, figure)
        return growing
    rows = len(result.shown)
    grid = figure.add_gridspec(2 * rows, 3, width_ratios=(2.3, 0.9, 1.0))
    shared = figure.add_subplot(grid[:, 0])
    growing = [shared_panel(result, figure, shared)]
    with appearing(figure, 4):
        name_shown(result, shared)
        for row, k in enumerate(result.shown):
            cell = slice(2 * row, 2 * row + 2)
            look = looks_of(result)[k]
            plane, losses = figure.add_subplot(grid[cell, 1]), figure.add_subplot(grid[cell, 2])
            growing += [own_panel(result, row, plane, look), loss_panel(result, row, losses, look)]
            if row == rows - 1:
                losses.set_xlabel("step")
            else:
                plane.set_xlabel("")
        add_legend(result, figure)
    return growing


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    solved, stuck = result.counts[0], sum(result.counts[1:-1])
    is_one = result.run_count == 1
    if not solved:
        none = "The run does not reach loss 0." if is_one else "None of {run_count} runs reaches loss 0."
        return Caption(none, result)
    return Caption(
        "{who} loss 0, but not at the textbook weights {started} near{others}.",
        result,
        who="The run reaches" if is_one else f"{{counts[0]}} of {{run_count}} runs reach{'es' * (solved == 1)}",
        started="it started" if is_one else "they started",
        others="; others get stuck" if stuck else "",
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    is_full = size == "full"
    most = "Most" if result.share_range is not None and result.share_range[1] < 0.5 else "Part"
    own = "Middle: {runs_shown}. Right: their losses; those read off the random plane (dotted) mislead."
    return Caption(
        "{left}aths of Adam on a random plane through the textbook weights (x), coloured by outcome{solved}{beyond}. "
        "{own} {kinks}",
        result,
        left="Left: p" if is_full else "P",
        solved=" (solved: loss 0)" if result.counts[0] else "",
        own=own if is_full else f"{most} of each path lies outside this plane, so the loss drawn under it misleads.",
        runs_shown="runs a and b, each on the plane of its path"
        if len(result.shown) > 1
        else "run a on the plane of its path",
        beyond=beyond_ceiling(result, "top", [result.surface, *(result.own_surfaces if is_full else ())]),
        kinks="" if result.kink_units is None else kinks_explained(result),
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return settings, outcomes, and how much of the paths the planes show."""
    solved = result.ends.count(Fraction(0))
    moved = f"The solved run{' ends' if solved == 1 else 's end'} {{moved_by}} away from the textbook weights."
    has_solved = result.solved_distance is not None
    on_own_planes = (
        "Own planes: {runs_shown} on the plane through its end along its first two principal components, which explain "
        "{own_planes}; there the loss on the plane (dashed) differs from the run's by at most {own_error:.2g}.\nLosses "
        "below {floor:g} lie on the lower axis, step 0 is drawn at 1.\n"
    )
    return Caption(
        "Outcomes of {run_count} run{plural}: {outcomes}. {moved}\nShared plane: it explains {shares} % of the paths' "
        "variance (title: the median), and the paths are up to {farthest:.2g} away from it, so the loss on the plane "
        "is not that of the run. It is filter-normalized, seed {seed}, angle {surface.plane.angle:.0f} degrees; "
        "{rule}.\n{own}Settings: {run_count} run{plural} of {optimizer}, {dtype}, {steps} steps, from the textbook "
        "optimum + sigma N(0, I), {runs} for each sigma = {every_sigma} (seed {run_seed}).",
        result,
        plural="s" * (result.run_count > 1),
        outcomes=outcomes_counted(result),
        moved=moved if has_solved else "",
        moved_by=span(result, "solved_distance", ".2g") if has_solved else "",
        shares=span(result, "share_range", ".0p"),
        rule=bias_rule(result.bias),
        own=on_own_planes if size == "full" else "",
        runs_shown="two runs, each" if len(result.shown) > 1 else "one run",
        own_planes=" and ".join(_own_plane(result, row) for row in range(len(result.shown))),
        every_sigma=listed("{sigmas[#]:g}", range(len(result.sigmas))),
    )


def _own_plane(result: Bundle, row: int) -> str:
    """Return how much of its path the plane of a run explains, and which run that is."""
    k = result.shown[row]
    end = outcome(result.levels, result.ends[k])
    plane = (
        f"{{own[#].share[0]:.1%}} ({NAMED[row]}: sigma {{sigma_of[{k}]:g}}, {end}; at most {{own_farthest[#]:.2g}} "
        "off the plane)"
    )
    return listed(plane, [row])


def alt_text(result: Bundle, size: str = "full") -> str:
    solved = result.ends.count(Fraction(0))
    others = "" if solved == len(result.ends) else ", the others elsewhere"
    paths = (
        f"{len(result.ends)} Adam path{'s' * (len(result.ends) > 1)} over loss contours of one "
        f"filter-normalized plane, from starts around the textbook optimum; {solved} "
        f"end{'s' * (solved == 1)} at loss 0{others}; the closest end to the optimum is "
        f"{result.to_textbook.min():.2g} away from it."
    )
    if size == "half":
        return paths
    return (
        f"Left: {paths} Middle: single runs on the plane of their own principal components, sliding down the contours. "
        "Right: the loss of these runs against the step, and the loss on the plane, which differs from it by at "
        f"most {result.own_error:.2g} on the run's own plane and {result.shared_error:.2g} on the shared one."
    )
