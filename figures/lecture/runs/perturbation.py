"""How far from the textbook optimum training may start and still solve XOR."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import FreshRuns, ended, train
from figures.lecture.phrases import any_trap, extremes
from figures.lecture.settings import FRESH_STEPS, FreshStarts, LearningRate, Once, Starts, Steps
from figures.output.step_builds import appears
from figures.style.loss_scales import THETA_STAR
from figures.style.palette import level_styles
from figures.style.style_sheets import text_color
from landscape import Bundle, Outcomes, xor
from landscape.base.arrays import Array

TITLE = "Perturbed starts"
QUESTION = "How far may I start from the optimum?"
SIZES = ("full", "half")
BUILD = {"full": ("how many runs are solved", "how far from the textbook weights they end")}

SAFE = 0.99
"""At least this share of solved runs is called "nearly every start"."""
SIGMA_LABEL = r"$\sigma$ of every parameter of the start"


class Settings(FreshStarts):
    sigmas: Annotated[tuple[Annotated[float, Field(gt=0, le=1e6)], ...], Once] = Field(
        (1e-3, 1e-2, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0),
        min_length=2,
        max_length=100,
        description="standard deviations of every parameter of the start about the optimum",
    )
    steps: Steps = Field(FRESH_STEPS, description="updates of the runs from Keras-default starts")
    runs: Starts = Field(4000, description="runs at each sigma")
    perturbed_steps: Steps = Field(15_000, description="updates of these runs, of which some take longer to settle")
    learning_rate: LearningRate = 1e-3
    spread: float = Field(0.8, gt=0, lt=1, description="share of the solved runs that the band of distances holds")


def fresh_runs(settings: Settings) -> FreshRuns:
    """Return the settings of the runs from Keras-default starts."""
    return FreshRuns(**settings.model_dump(include={"starts", "seed", "steps", "learning_rate"}))


def compute(
    settings: Settings, progress: Callable[[int, int], None] | None = None, fresh: Outcomes | None = None
) -> Bundle:
    """Return how many runs end on each level, and how far from the textbook weights.

    fresh : the runs from Keras-default starts, if they are known
    """
    net = xor.network()
    sigmas = np.unique(settings.sigmas)
    streams = np.random.default_rng(settings.seed).spawn(sigmas.size)
    near = [
        ls.perturbed_starts(xor.TEXTBOOK, sigma, settings.runs, rng=rng)
        for sigma, rng in zip(sigmas.tolist(), streams, strict=True)
    ]
    starts = np.concatenate(near)
    adam = ls.Adam(learning_rate=settings.learning_rate)
    found = ls.outcomes(net, starts, adam, settings.perturbed_steps, progress=progress)
    *levels, _ = found.levels
    random = fresh or train(fresh_runs(settings))
    level = found.level.reshape(sigmas.size, settings.runs)
    start, end = (np.linalg.norm(t - xor.TEXTBOOK, axis=1) for t in (starts, found.end))
    chances = 0.5 + 0.5 * settings.spread * np.array([-1.0, 0.0, 1.0])
    counts = np.stack([_counts(row, len(levels)) for row in level])
    states = Counter(found.status[found.level < 0].tolist())
    start_distance = _quantiles(start.reshape(level.shape), level == 0, chances)
    end_distance = _quantiles(end.reshape(level.shape), level == 0, chances)
    return Bundle(
        **settings.model_dump(exclude={"sigmas", "starts", "runs", "steps", "perturbed_steps"}),
        sigmas=sigmas,
        sigma_count=sigmas.size,
        levels=tuple(levels),
        counts=counts,
        solved=tuple(ls.Share(count, settings.runs) for count in counts[:, 0]),
        steps=settings.perturbed_steps,
        per_sigma=settings.runs,
        random_starts=settings.starts,
        random_steps=settings.steps,
        random_counts=random.counts,
        random_solved=ended(random)[0],
        runs=level.size,
        lost=tuple(sorted(states.items())),
        lost_runs=states.total(),
        start_distance=start_distance,
        end_distance=end_distance,
        median_ratio=extremes(end_distance[:, 1] / start_distance[:, 1]),
        nearest_end=float(np.nanmin(end)),
        spread_percent=100 * settings.spread,
        optimizer=found.settings["optimizer"],
        dtype=found.settings["dtype"],
    )


def _counts(level: NDArray[np.int64], levels: int) -> NDArray[np.int64]:
    """Return how many runs end on each level and, last, on none."""
    return np.bincount(np.where(level < 0, levels, level), minlength=levels + 1)


def _quantiles(values: Array, chosen: NDArray[np.bool_], chances: Array) -> Array:
    """Return the quantiles of the chosen values of each row, NaN for a row without any: (rows, quantiles)."""
    result = np.full((len(values), chances.size), np.nan)
    for row, of_row, is_chosen in zip(result, values, chosen, strict=True):
        if is_chosen.any():
            row[:] = np.quantile(of_row[is_chosen], chances)
    return result


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the success rate and the distance at the end; at half size only the success rate."""
    if size == "half":
        _success(result, figure.subplots())
        return
    left, right = figure.subplots(1, 2)
    _success(result, left)
    _distance(result, right)
    appears(right, 2)


def _success(result: Bundle, axes: Axes) -> None:
    looks = level_styles(result.levels)
    solved, off_level = looks[result.levels[0]], looks[None]
    low, high = ([100 * getattr(share, end) for share in result.solved] for end in ("low", "high"))
    share, random = 100 * result.counts / result.per_sigma, result.random_solved
    axes.fill_between(result.sigmas, low, high, color=solved.color, alpha=0.3, linewidth=0)
    axes.plot(result.sigmas, share[:, 0], color=solved.color, marker=solved.marker, label="solved", clip_on=False)
    axes.axhspan(100 * random.low, 100 * random.high, color=text_color(), alpha=0.2, linewidth=0)
    axes.axhline(100 * random.fraction, color=text_color(), linestyle="--", label="Keras-default start")
    style: dict[str, Any] = {"color": off_level.color, "linestyle": off_level.linestyle, "marker": off_level.marker}
    axes.plot(result.sigmas, share[:, -1], **style, label=off_level.label, clip_on=False)
    _sigma_axis(result, axes)
    axes.set(ylim=(-3, 103), yticks=[0, 25, 50, 75, 100], ylabel="runs in %", title="How many solve XOR")
    axes.legend(loc="center left")


def _distance(result: Bundle, axes: Axes) -> None:
    solved = level_styles(result.levels)[result.levels[0]]
    low, median, high = result.end_distance.T
    axes.set(ylabel=f"distance to {THETA_STAR}", title="How far away solved runs end")
    if np.isnan(median).all():  # no value to scale a log axis by
        axes.text(0.5, 0.5, "no run is solved", ha="center", transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    middle = f"middle {result.spread_percent:g} %"
    axes.fill_between(result.sigmas, low, high, color=solved.color, alpha=0.3, linewidth=0, label=middle)
    axes.plot(result.sigmas, median, color=solved.color, marker=solved.marker, label="at the end, median")
    axes.plot(
        result.sigmas, result.start_distance[:, 1], color=text_color(), linestyle=":", label="at the start, median"
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    _sigma_axis(result, axes)
    axes.legend(loc="upper left")


def _sigma_axis(result: Bundle, axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.set_xlabel(SIGMA_LABEL)


def _plain(value: float, position: int | None = None) -> str:
    return f"{value:g}"


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    share = np.array([one.fraction for one in result.solved])
    safe = np.flatnonzero(np.logical_and.accumulate(share >= SAFE))
    if not safe.size:
        return Caption("At no sigma drawn here do nearly all runs solve XOR.", result)
    further = "; farther ones fail more often" if safe[-1] + 1 < share.size else ""
    return Caption(
        f"Up to sigma {{sigmas[{safe[-1]}]:g}} per parameter around the textbook weights, nearly every start solves "
        f"XOR{further}.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    distance = (
        "Right: the distance of solved runs to these weights, at the end and at the start; band: the middle "
        "{spread_percent:g} %."
    )
    return Caption(
        "{left}the share solved (loss 0) of {per_sigma} runs at each sigma, the standard deviation of every parameter "
        "of the start around the textbook weights. Dashed: {random_starts} random starts. Bands: 95 % intervals. "
        "{distance}",
        result,
        left="Left: " if size == "full" else "Shown: ",
        distance=distance if size == "full" and result.median_ratio is not None else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the shares with their intervals, what became of the other runs, and the settings."""
    states = listed("{lost[#][1]} {lost[#][0]}", range(len(result.lost)))
    is_stuck = result.counts[:, 1:-1].any() or result.random_counts[1:-1].any()
    if size == "half":
        distance = ""
    elif result.median_ratio is None:
        distance = "No run is solved, so there is no distance to show.\n"
    else:
        distance = (
            "Solved runs do not return to the textbook weights: their median distance to them is {median_ratio[0]:.2g} "
            "to {median_ratio[1]:.2g} times that at their start (dotted), depending on sigma (at small sigma on late "
            "spikes, and so on rounding, too); no run at all ends nearer than {nearest_end:.1g}.\n"
        )
    return Caption(
        "Solved (on level {levels[0]} at the end): {quoted} (brackets and bands: Wilson 95 % intervals). Dashed: "
        "{random_solved:share} of {random_starts} Keras-default starts after {random_steps} steps.\n{lost_runs} of "
        "{runs} runs (crosses{states}) and {random_counts[-1]} of the Keras-default ones end on no level and do not "
        "count as solved{others}.\n{distance}Settings: {optimizer}, {dtype}, {steps} steps, from the textbook weights "
        "plus sigma N(0, I), {per_sigma} runs at each of {sigma_count} sigmas (seed {seed}).",
        result,
        distance=distance,
        quoted=listed("{solved[#]:share} at sigma {sigmas[#]:g}", _points_to_quote(result.solved), "; "),
        states=f"; {states}" if states else "",
        others=f"; all other unsolved runs are stuck at {any_trap(result)}" if is_stuck else "",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    share, sigma = 100 * result.counts[:, 0] / result.per_sigma, result.sigmas
    known = result.end_distance[~np.isnan(result.end_distance[:, 1]), 1]
    ends = f"from {known[0]:.1g} to {known[-1]:.1g}" if known.size else ""
    rate = (
        f"he share of solved runs against sigma, from {share[0]:.0f} % at {sigma[0]:g} to {share[-1]:.0f} % at "
        f"{sigma[-1]:g}, and a horizontal line at {100 * result.random_solved.fraction:.0f} % for "
        "Keras-default starts."
    )
    if size == "half":
        return f"T{rate}"
    if not known.size:
        return f"Left: t{rate} Right: no run is solved, so there is no distance."
    return (
        f"Left: t{rate} Right, on log axes: the median distance of the solved runs to the textbook weights at "
        f"the end, {ends}, beside the line of the distance at their start."
    )


def _points_to_quote(solved: Sequence[ls.Share]) -> list[int]:
    """Return the points to quote: the last one with at least 99 %, the first below 9/10 and 1/2, and the end."""
    share = np.array([one.fraction for one in solved])
    places = {share.size - 1, *np.flatnonzero(share >= 0.99)[-1:].tolist()}
    for bound in (0.9, 0.5):
        places.update(np.flatnonzero(share < bound)[:1].tolist())
    return sorted(places)
