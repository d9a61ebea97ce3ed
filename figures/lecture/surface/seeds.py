"""Whether one random plane is representative: a gallery of planes, and the spread of many profiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import beyond_ceiling, bias_rule, frozen_listed, kinks_explained, traps_listed, units_of
from figures.lecture.settings import BiasRule, Ceiling, Directions, FigureSettings, Kinks, Reach, Seed
from figures.plots.contour import plot_contour
from figures.plots.kinks import FINE, plot_kinks
from figures.plots.profile import root_axis
from figures.plots.trajectories import mark_point
from figures.style.loss_scales import label_colorbar, loss_ticks
from figures.style.quantities import parameter_words
from landscape import Bundle, Profile, ReluNetwork, xor
from landscape.networks.objective import loss_scale

TITLE = "Many random planes"
QUESTION = "Is one random plane representative?"
SIZES = ("full", "half")

NAMED_COLUMNS = 4
"""Columns up to which each angle has room to be called one; with more, the label of the axis says what they are."""
FLAT = ("b1[0]", "b2[0]")
"""Raising the first and lowering the second by the same amount leaves the textbook network's outputs unchanged."""


class Settings(FigureSettings):
    """What a recipe can set."""

    directions: Directions = Field("filter-normalized", description="of every plane")
    bias: BiasRule = "joint"
    seed: Seed = Field(0, description="of the first plane; the next ones count up")
    planes: int = Field(500, ge=2, le=100_000, description="planes whose two profiles each make the bands")
    rows: int = Field(3, ge=1, le=6, description="of the gallery, which shows the first planes")
    columns: int = Field(4, ge=1, le=8, description="of the gallery")
    grid: int = Field(61, ge=11, le=301, description="points along each axis of a plane of the gallery")
    points: int = Field(100, ge=5, le=2000, description="points of a profile on either side of the optimum")
    reach: Reach = Field(1.6, description="half-width of the window over the median automatic range")
    spread: float = Field(0.8, gt=0, lt=1, description="share of the profiles that the inner band holds")
    ceiling: Ceiling | None = Field(
        None, description="loss at which the scale ends; that of a constant output when left out"
    )
    kinks: Kinks = True


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the surfaces of the gallery and, at every alpha, quantiles of the loss over all profiles."""
    net = xor.network()
    shown = settings.rows * settings.columns
    planes = []
    for seed in range(settings.seed, settings.seed + max(settings.planes, shown)):
        normalize = settings.directions == "filter-normalized"
        rng = np.random.default_rng(seed)
        planes.append(ls.random_plane(net, xor.TEXTBOOK, rng=rng, normalize=normalize, bias=settings.bias))
    ceiling = loss_scale(net) if settings.ceiling is None else settings.ceiling
    half = settings.reach * float(np.median([ls.automatic_range(net, plane, ceiling) for plane in planes[:shown]]))
    window = np.linspace(-half, half, settings.grid)
    alpha = half * np.arange(-settings.points, settings.points + 1) / settings.points  # 0 in the middle, exactly
    counted = planes[: settings.planes]
    axes = [direction for plane in counted for direction in (plane.d1, plane.d2)]
    profiles = [ls.evaluate_line(net, xor.TEXTBOOK, direction, alpha) for direction in axes]
    norms = np.array([plane.norms for plane in counted])
    flat = ls.coordinate_direction(net, FLAT[0]) - ls.coordinate_direction(net, FLAT[1])
    flat *= np.median(norms) / np.linalg.norm(flat)
    flat_profile = ls.evaluate_line(net, xor.TEXTBOOK, flat, alpha)
    frozen = np.all([plane.frozen for plane in counted], axis=0)
    angles = [plane.angle for plane in counted]
    gallery = planes[:shown]
    lines = tuple(ls.kink_lines(net, plane, window, window) for plane in gallery) if settings.kinks else ()
    return Bundle(
        **settings.model_dump(exclude={"ceiling"}),
        ceiling=ceiling,
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        gallery=tuple(ls.evaluate_plane(net, plane, window, window) for plane in gallery),
        shown=shown,
        last_shown_seed=settings.seed + shown - 1,
        last_seed=settings.seed + settings.planes - 1,
        lines=lines,
        kink_units=units_of(lines),
        alpha=alpha,
        **_spread(profiles, settings.spread),
        rising=sum(_rises(net, direction, half) for direction in axes),
        angles=np.array(angles),
        smallest_angle=min(angles),
        largest_angle=max(angles),
        norms=np.array([norms.min(), norms.max()]),
        frozen=tuple(name for name, still in zip(net.parameter_names, frozen, strict=True) if still),
        flat=flat_profile,
        flat_highest=float(flat_profile.loss[settings.points :].max()),
        dtype=flat_profile.loss.dtype.name,
    )


def _rises(net: ReluNetwork, direction: NDArray[np.float64], half: float) -> bool:
    """Return whether the loss nowhere decreases on the way out from the optimum, on either side."""
    return all(ls.never_falls(net, xor.TEXTBOOK, xor.TEXTBOOK + side * half * direction) for side in (-1, 1))


def _spread(profiles: list[Profile], spread: float) -> dict[str, Any]:
    """Return quantiles of the loss over all profiles, and what the caption quotes of them."""
    bands = np.quantile([p.loss for p in profiles], 0.5 + 0.5 * np.array([-1.0, -spread, 0.0, spread, 1.0]), axis=0)
    alpha = profiles[0].alpha
    middle = alpha.size // 2
    quoted = middle + (middle + 1) // 2
    _, low, _, high, _ = bands[:, quoted]
    return {
        "bands": bands,
        "loss_at_optimum": float(bands[-1, middle]),
        "least_at_edge": float(bands[0, [0, -1]].min()),
        "spread_percent": 100 * spread,
        "spread_at": float(alpha[quoted]),
        "spread_low": float(low),
        "spread_high": float(high),
        "spread_factor": float(high / low),
        "profiles": len(profiles),
    }


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the gallery beside the bands of the profiles; at half size only the bands."""
    if size == "half":
        _bands(result, figure, columns=2)
        return
    halves: Any = figure.subfigures(1, 2, width_ratios=(1.5, 1.0))
    left, right = halves
    _gallery(result, left)
    _bands(result, right, columns=1)


def _gallery(result: Bundle, figure: SubFigure) -> None:
    small = mpl.rcParams["axes.labelsize"]
    panes = figure.subplots(result.rows, result.columns, sharex=True, sharey=True, squeeze=False)
    for i, (axes, surface) in enumerate(zip(panes.flat, result.gallery, strict=True)):
        axes.set(xlabel=" ", ylabel=" ")  # all panes share one label
        plot_contour(surface, ax=axes, ceiling=result.ceiling, marks=result.levels, bands=16, lines=0)
        if result.lines:
            plot_kinks(result.lines[i], ax=axes, **FINE)
        axes.set(xlabel="", ylabel="")
        mark_point(axes, 0.0, 0.0, "")
        angle = f"{surface.plane.angle:.0f}°"
        axes.set_title(f"angle {angle}" if result.columns <= NAMED_COLUMNS else angle, fontsize=small, pad=1.5)
    tick = float(f"{0.7 * result.alpha[-1]:.0e}")
    axes.set(xticks=[-tick, tick], yticks=[-tick, 0, tick])
    axes.set(xlim=result.alpha[[0, -1]], ylim=result.alpha[[0, -1]])
    step = Caption(_step(result), result)
    figure.supxlabel(rf"$\alpha$  (unit step = {step})", fontsize=small)
    figure.supylabel(rf"$\beta$  (unit step = {step})", fontsize=small)
    filled = panes[0, 0].collections[0]  # all panes have the same colours
    bar = figure.colorbar(filled, ax=panes, location="top", aspect=30, pad=0.02)
    label_colorbar(bar, loss_ticks(result.levels, result.ceiling, (result.ceiling,)))


def _step(result: Bundle) -> str:
    """Return the template of the length of a unit step."""
    low, high = result.norms
    return "{norms[0]:.3g}" if high - low < 1e-9 * high else "{norms[0]:.2g} to {norms[1]:.2g}"


def _bands(result: Bundle, figure: Figure | SubFigure, columns: int) -> None:
    axes = figure.subplots()
    lowest, low, median, high, highest = result.bands
    band: dict[str, Any] = {"color": "C0", "linewidth": 0}
    axes.fill_between(result.alpha, lowest, highest, alpha=0.18, label="all profiles", **band)
    axes.fill_between(result.alpha, low, high, alpha=0.4, label=f"middle {result.spread_percent:g} %", **band)
    axes.plot(result.alpha, median, color="C0", label="median")
    name = f"{parameter_words(FLAT[0])} up,\n{parameter_words(FLAT[1])} down"
    axes.plot(result.alpha, result.flat.loss, color="C3", linestyle="--", label=name, clip_on=False, zorder=3)
    root_axis(axes, result.ceiling, result.levels)
    ticks = loss_ticks(result.levels, result.ceiling, (result.ceiling,))
    axes.set_yticks(list(ticks), labels=[f"≥ {t}" if v == result.ceiling else t for v, t in ticks.items()])
    axes.set(xlim=result.alpha[[0, -1]], xlabel=rf"$\alpha$  (unit step = {Caption(_step(result), result)})")
    axes.set_title(f"Along {result.profiles} axes")
    figure.legend(loc="outside lower center", ncols=columns)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption(
        "Random slices show bowls of very different widths; none shows the flat valley of solutions.", result
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    gallery = (
        "Left: the loss on {shown_planes} through the textbook weights (x); {above}, the angle between its "
        "axes{grey}. {kinks} Right: the loss along both axes of {planes} such planes. Dashed: chosen, loss 0 to the "
        "right. Coloured: {levels}, where training gets stuck."
    )
    alone = (
        "The loss along both axes of {planes} random planes through the textbook weights (alpha = 0). Dashed: a chosen "
        "direction; to the right of the textbook weights the loss stays 0. Horizontal lines: {traps}."
    )
    return Caption(
        gallery if size == "full" else alone,
        result,
        shown_planes="{shown} random planes" if result.shown > 1 else "one random plane",
        above="above each" if result.shown > 1 else "above it",
        grey=beyond_ceiling(result, "ceiling", result.gallery),
        kinks=kinks_explained(result) if result.lines else "",
        traps=traps_listed(result),
        levels=listed("{levels[#]}", range(1, len(result.levels))),
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return settings of the planes, and the numbers behind shape and scale."""
    shown = "{shown} planes of seeds {seed} to {last_shown_seed}" if result.shown > 1 else "one plane of seed {seed}"
    return Caption(
        "Shape: {rising} of {profiles} profiles only rise outwards.\nScale: at alpha = {spread_at:.2g} the middle "
        "{spread_percent:g} % of the losses range from {spread_low:.2g} to {spread_high:.2g}, a factor of "
        "{spread_factor:.2g}.\nNo profile shows that the optimum (loss {loss_at_optimum:g}) is not isolated: as the "
        "{up} rises and the {down} falls equally (dashed, same unit step), the loss stays 0 (computed: at most "
        "{flat_highest:.0e}); along every random axis it is at least {least_at_edge:.2g} at the edge.\nPlanes: "
        "{directions} directions, {shown_seeds}seeds {seed} to {last_seed} for the bands, none left out; angles "
        "{smallest_angle:.0f} to {largest_angle:.0f} degrees, unit steps {step}, {frozen}; {dtype}.\n{rule}Colours "
        "and heights: square root of the loss, cut off at {ceiling:g}.",
        result,
        shown_seeds=f"{shown} on the left, " if size == "full" else "",
        rule=f"Normalized under {bias_rule(result.bias)}.\n" if result.directions == "filter-normalized" else "",
        up=parameter_words(FLAT[0]),
        down=parameter_words(FLAT[1]),
        step=_step(result),
        frozen=frozen_listed(result),
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    bands = (
        f"ands of the loss along {result.profiles} random axes, a V that widens away from the optimum, and a dashed "
        "line, a direction not drawn at random, that stays at loss 0 to the right."
    )
    if size == "half":
        return f"B{bands}"
    return (
        f"Left: {len(result.gallery)} small contour map{'s' * (result.shown > 1)} with the textbook "
        f"optimum in the middle; around it lie bowls, some round, some long and narrow, at all angles. Right: b{bands}"
    )
