"""Basins of attraction of the levels, on a plane of starts on which the loss looks like one bowl."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import bias_rule, kinks_explained, outcome, span, units_of
from figures.lecture.settings import FigureSettings, GridPoints, LearningRate, PlaneSeed, Steps
from figures.output.step_builds import appears
from figures.plots.basins import basin_handles, plot_basins
from figures.plots.contour import plot_contour
from figures.plots.kinks import kink_handles, outline_style, plot_kinks
from figures.plots.trajectories import mark_point
from figures.style.loss_scales import LOSS_LABEL, label_colorbar, mappable, root_norm
from figures.style.palette import level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, xor
from landscape.analysis.run_states import State
from landscape.base.arrays import Array

TITLE = "Basins"
QUESTION = "What do the basins look like?"
SIZES = ("full", "half")
BUILD = {"full": ("the loss", "where a run from each point ends")}


RAYS = 360
"""Number of straight lines from the optimum along which the loss is checked for rising."""


class Settings(FigureSettings):
    """What a recipe can set: the plane, its extent and resolution, and the training."""

    seed: PlaneSeed = 110
    half_width: float = Field(1.5, gt=0, le=100, description="of the plane; 1 moves each unit by its norm")
    resolution: int = Field(360, ge=11, le=4001, description="starts per axis")
    learning_rate: LearningRate = 1e-2
    steps: Steps = 4000
    points: GridPoints = Field(201, description="grid points per axis of the loss")
    others: int = Field(40, ge=1, le=10_000, description="planes, of the next seeds, that this one is compared with")
    other_resolution: int = Field(16, ge=2, le=1001, description="starts per axis of each of them")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the basins and the loss on the plane, and the number of solved starts on each of the other planes."""
    net = xor.network()
    adam = ls.Adam(learning_rate=settings.learning_rate)
    plane, *others = (
        ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(settings.seed + k), orthogonal=True)
        for k in range(settings.others + 1)
    )

    def axis(points: int) -> Array:
        return np.linspace(-settings.half_width, settings.half_width, points)

    fine, coarse, surface = map(axis, (settings.resolution, settings.other_resolution, settings.points))
    starts = fine.size**2 + len(others) * coarse.size**2

    def report(done: int, points: int) -> None:
        if progress:
            progress(done, starts)

    found = ls.basin_map(net, plane, fine, fine, adam, settings.steps, progress=report)
    status = found.status[np.isnan(found.level)].tolist()
    off_level = {state.words: status.count(state.words) for state in State}
    solved = []
    for other in others:
        solved.append(ls.basin_map(net, other, coarse, coarse, adam, settings.steps).counts[0])
        report(fine.size**2 + len(solved) * coarse.size**2, starts)
    percent = 100 * np.array(solved) / coarse.size**2
    drawn, lines = ls.evaluate_plane(net, plane, surface, surface), ls.kink_lines(net, plane, fine, fine)
    return Bundle(
        **settings.model_dump(),
        basins=found,
        levels=tuple(level for level in found.levels if level is not None),
        stuck=int(found.counts[1:-1].sum()),
        held=int(found.held.sum()),
        states=tuple((state, count) for state, count in off_level.items() if count),
        optimizer=found.settings["optimizer"],
        dtype=found.settings["dtype"],
        surface=drawn,
        highest=float(drawn.loss.max()),
        lines=lines,
        kink_units=units_of([lines]),
        rising=ls.rising_rays(net, plane, settings.half_width, RAYS),
        rays=RAYS,
        others_median=float(np.median(percent)),
        others_range=(float(percent.min()), float(percent.max())),
        others_failing=ls.Share(int((percent < 50).sum()), len(solved)),
        others_rising=sum(ls.is_bowl(net, other, settings.half_width, RAYS) for other in others),
        others_solved=np.array(solved),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the loss and the basins side by side."""
    full = size == "full"
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08 if full else 0.02})
    _loss(result, figure, left, with_bar=full)
    _basins(result, right)
    stuck = f"{_trapped(result):.1f} %"
    bowl = result.rising == result.rays
    if full:
        dotted = f" (dotted: {result.levels[-1]})" if _shows_level(result) else ""
        left.set_title(f"{LOSS_LABEL}{': one bowl' if bowl else ''} {dotted}")
        right.set_title(f"{'yet ' if bowl else ''}{stuck} of the starts get stuck")
    else:
        for axes in (left, right):
            axes.set_aspect("equal")
        left.set_title("loss: one bowl" if bowl else "loss")
        right.set_title(f"{stuck} get stuck")
    right.set_ylabel("")
    right.tick_params(labelleft=False)
    appears(right, 2)
    handles = [*basin_handles(result.basins), *_spiking_handle(result), *_line_handles(result, size)]
    appears(figure.legend(handles=handles, loc="outside lower center", ncols=4 if full else 2), 2)


def _loss(result: Bundle, figure: Figure, axes: Axes, *, with_bar: bool) -> None:
    top = float(result.surface.loss.max())
    levels = list(result.levels)
    worst = levels[-1]
    plot_contour(result.surface, ax=axes, ceiling=top, marks={worst: level_styles(levels)[worst]}, lines=16)
    mark_point(axes, 0.0, 0.0)
    _few_ticks(axes)
    if with_bar:
        bar = figure.colorbar(mappable(root_norm(top)), cax=axes.inset_axes((1.03, 0.0, 0.04, 1.0)))
        label_colorbar(bar, {tick: f"{tick:g}" for tick in round_losses(top)}, label="")
    else:  # the unit step is that of the other panel
        axes.set_xlabel(axes.get_xlabel().partition("  ")[0])


def _basins(result: Bundle, axes: Axes) -> None:
    plot_basins(result.basins, ax=axes, marked=[(0.0, 0.0)])
    plot_kinks(result.lines, ax=axes, **outline_style())
    row, column = np.nonzero(_spiking(result))
    if row.size:
        spiking = axes.plot(result.basins.alpha[column], result.basins.beta[row], **_spiking_style(1.6))
        spiking[0].set(rasterized=True, gid="spiking")
    mark_point(axes, 0.0, 0.0)
    _few_ticks(axes)


def _spiking(result: Bundle) -> NDArray[np.bool_]:
    """Return which runs are in a spike at the last step, shape (n_beta, n_alpha)."""
    return np.asarray(result.basins.status == State.SPIKING.words)


def _spiking_style(size: float) -> dict[str, Any]:
    """Return the style of single starts whose runs are in a spike."""
    edge = {"markeredgecolor": text_color(), "markeredgewidth": 0.3}
    return {"linestyle": "none", "marker": "o", "markersize": size, "color": background_color(), **edge}


def _spiking_handle(result: Bundle) -> list[Line2D]:
    """Return the legend entry of starts whose runs are in a spike, if there are any."""
    count = int(_spiking(result).sum())
    return [Line2D([], [], label=f"in a spike: {count}", **_spiking_style(3.0))] if count else []


def _few_ticks(axes: Axes) -> None:
    for along in (axes.xaxis, axes.yaxis):
        along.set_major_locator(MaxNLocator(3))


def round_losses(top: float, apart: float = 0.12) -> list[float]:
    """Return 0 and some of the numbers 1, 2, 5, 10, ... up to ``top``, well separated in the root of the loss.

    Their roots differ by at least ``apart`` times the root of ``top``.

    >>> round_losses(146.0)
    [0.0, 5.0, 20.0, 50.0, 100.0]
    """
    highest = int(np.floor(np.log10(top)))
    candidates = [float(f"{digit}e{decade}") for decade in range(highest, highest - 4, -1) for digit in (5, 2, 1)]
    kept = [top * (1.0 + apart) ** 2]  # a sentinel, as far above top as ticks must be apart
    for value in candidates:
        to_next_above, to_zero = np.sqrt(kept[-1]) - np.sqrt(value), np.sqrt(value)
        if value <= top and min(to_next_above, to_zero) >= apart * np.sqrt(top):
            kept.append(value)
    return [0.0, *reversed(kept[1:])]


def _line_handles(result: Bundle, size: str) -> list[Line2D]:
    """Return legend entries for the kinks, at half size also for the contour that the title at full size explains."""
    kinks = kink_handles([*dict.fromkeys(result.lines.unit.tolist())], **outline_style())
    if size == "full":
        return kinks
    if not _shows_level(result):
        return kinks
    levels = list(result.levels)
    look = level_styles(levels)[levels[-1]]
    worst: dict[str, Any] = {"color": look.color, "linestyle": look.linestyle, "linewidth": 1.0}
    return [Line2D([], [], **worst, label=f"loss {levels[-1]}"), *kinks]


def _shows_level(result: Bundle) -> bool:
    """Return whether the loss on the plane passes the highest level, so that its contour is drawn."""
    return bool(result.highest > result.levels[-1])


def _trapped(result: Bundle) -> float:
    """Return the percentage of starts that end on a level above the lowest."""
    return float(100 * result.basins.fractions[1:-1].sum())


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    only = "only " if result.basins.fractions[0] < 1 else ""
    so = f"{'yet' if only else 'and'} {only}"
    bowl = f"The loss looks like one bowl, {so}" if result.rising == result.rays else f"On this plane {only}"
    return Caption(f"{bowl}{{basins.fractions[0]:.0%}} of the starts on it solve XOR.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "Left: the loss on a plane through the textbook weights (cross). Right: "
        "{basins.alpha.size} x {basins.beta.size} starts, coloured by where training ends (solved: loss "
        "0{off_level}). {held}{kinks} On {others_solve} % are solved.",
        result,
        off_level=("; striped: on no level" if result.states else "")
        + ("; circles: in a spike, a brief rise" if _spiking(result).any() else ""),
        held="Dots: held at a kink. " if result.held else "",
        kinks=kinks_explained(result),
        others_solve=("{others} planes" if result.others > 1 else "a plane")
        + f" not selected, {span(result, 'others_range', '.0f')}",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the shares of all levels, how typical this plane is, and the settings."""
    return Caption(
        "Outcomes: {outcomes}.{minima}\nThe loss {falls_on} straight lines from the optimum to the border; it is at "
        "most {highest:.3g} (colours: its square root{dotted}; {surface.loss.dtype.name}).\n"
        "This plane was selected. On {planes} ({other_resolution} x {other_resolution} "
        "starts each) {others_solve} % are solved, in the median {others_median:.0f} "
        "%; fewer than half on {others_failing.count} of {others} (Wilson 95 % interval "
        "[{others_failing.low:.0p}, {others_failing.high:.0p}] %). On {others_rising} of them the loss falls on none "
        "of the lines.\nPlane: two random filter-normalized directions (seed {seed}), the second made orthogonal to "
        "the first; {rule}; a unit step along the first moves each unit by its norm; shown to "
        "\N{PLUS-MINUS SIGN}{half_width:g}.\nSettings: {steps} steps of {optimizer}, {dtype}, from "
        "{basins.alpha.size} x {basins.beta.size} starts.",
        result,
        outcomes=_outcomes_in_words(result),
        minima=""
        if not result.stuck
        else " All {stuck} stuck runs are at local minima."
        if not result.held
        else " Of {stuck} stuck runs {held} (dots) are at no minimum: they stay only because relu'(0) = 0.",
        falls_on="falls on none of {rays}" if result.rising == result.rays else "never falls on {rising} of {rays}",
        dotted="; dotted: {levels[-1]}, the highest level of local minima" if _shows_level(result) else "",
        planes="the planes of the next {others} seeds" if result.others > 1 else "the plane of the next seed",
        others_solve=span(result, "others_range", ".0f"),
        rule=bias_rule("joint"),
    )


def _outcomes_in_words(result: Bundle) -> str:
    """Return the outcomes of the runs with their shares, as a template."""
    ends = (*result.levels, None)
    shares = []
    for i, fraction in enumerate(result.basins.fractions.tolist()):
        if fraction:
            share = (
                "< 0.1 %"
                if fraction < 1e-3
                else "> 99.9 %"
                if 0.999 < fraction < 1
                else f"{{basins.fractions[{i}]:.1%}}"
            )
            shares.append(f"{share} {outcome(result.levels, ends[i])}")
    states = listed("{states[#][1]} {states[#][0]}", range(len(result.states)))
    circles = "; small circles: in a spike" if _spiking(result).any() else ""
    return f"{', '.join(shares)} (striped: {states}{circles})" if states else ", ".join(shares)


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    ends = Caption(_outcomes_in_words(result), result)
    drawn = f"map of starts in the colour of the level on which training ends, under straight kink lines: {ends}."
    is_bowl = result.rising == result.rays
    shape = "one bowl with its bottom at the optimum" if is_bowl else "lowest at the optimum"
    return f"Left: contours of the loss, {shape}. Right: a {drawn}"
