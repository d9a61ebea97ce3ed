"""The surface along random and along filter-normalized directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Annotated, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field, model_validator

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import (
    BIAS_RULES,
    any_of,
    beyond_ceiling,
    bias_rule,
    kinks_explained,
    traps_listed,
    units_of,
)
from figures.lecture.settings import FigureSettings, HighCeiling, Kinks, Once, Reach
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour, thinned
from figures.plots.kinks import FINE, plot_kinks
from figures.plots.profile import plot_profile, thin_ticks
from figures.plots.trajectories import mark_point
from figures.style.loss_scales import THETA_STAR, loss_bar, root_levels
from figures.style.quantities import parameter_words
from figures.style.style_sheets import text_color
from landscape import Bundle, Plane, xor
from landscape.networks.objective import loss_scale

TITLE = "Two ways to slice"
QUESTION = "What does the surface look like, and how much depends on how I slice?"
SIZES = ("full", "half")
BUILD = dict.fromkeys(SIZES, ("the loss on every plane", "the loss along the first direction of each"))

COLUMNS = 4
"""Number of panels that fit side by side with text of 8 points."""

Slice = Literal["random", "joint", "ignore", "copy", "separate"]


class Settings(FigureSettings):
    """What a recipe can set: the directions, and the range and the ceiling of the slices."""

    seeds: Annotated[tuple[int, ...], Once] = Field(
        (0, 2), min_length=1, max_length=2, description="one for each pair of directions"
    )
    slices: Annotated[tuple[Slice, ...], Once] = Field(
        ("random", "ignore"),
        min_length=1,
        max_length=4,
        description="what is done with the pair: left random, or filter-normalized under this bias rule",
    )
    orthogonal: bool = Field(False, description="make the second direction orthogonal to the first")
    reach: Reach = Field(1.25, description="half-width of the planes over the widest automatic range")
    ceiling: HighCeiling | None = Field(None, description="loss at which the colours end; 1/2 by default")
    points: int = Field(161, ge=3, le=2001, description="grid points per axis")
    kinks: Kinks = True

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if len(self.seeds) * len(self.slices) > COLUMNS:
            raise ValueError(
                f"seeds x slices must be at most {COLUMNS} panels; "
                f"got {len(self.seeds)} x {len(self.slices)}, leave some out"
            )
        if min(self.seeds) < 0:
            raise ValueError(f"seeds must be at least 0; got {min(self.seeds)}")
        return self


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return a slice of the loss through the optimum for each seed and each treatment of its directions."""
    net = xor.network()
    ceiling = settings.ceiling or loss_scale(net)
    panels = [(seed, slicing) for seed in settings.seeds for slicing in settings.slices]
    planes, surfaces, profiles, ranges = [], [], [], []
    for seed, slicing in panels:
        rule = {"normalize": False} if slicing == "random" else {"bias": slicing}
        rng = np.random.default_rng(seed)
        planes.append(ls.random_plane(net, xor.TEXTBOOK, rng=rng, orthogonal=settings.orthogonal, **rule))
    distance = settings.reach * max(ls.automatic_range(net, plane, ceiling) * max(plane.norms) for plane in planes)
    for plane in planes:
        alpha, beta = (np.linspace(-distance, distance, settings.points) / norm for norm in plane.norms)
        fine = np.linspace(-distance, distance, 2 * settings.points - 1) / plane.norms[0]
        ranges.append((alpha[-1], beta[-1]))
        surfaces.append(ls.evaluate_plane(net, plane, alpha, beta))
        profiles.append(ls.evaluate_line(net, plane.origin, plane.d1, fine))
    seeds = tuple(seed for seed, _ in panels)
    kinks = tuple(ls.kink_lines(net, s.plane, s.alpha, s.beta) for s in surfaces) if settings.kinks else ()
    zeros = [int(np.count_nonzero(surface.loss == 0)) for surface in surfaces]
    return Bundle(
        surfaces=tuple(surfaces),
        profiles=tuple(profiles),
        seeds=seeds,
        slices=tuple(slicing for _, slicing in panels),
        distance=distance,
        ranges=np.array(ranges),
        highest_losses=tuple(float(surface.loss.max()) for surface in surfaces),
        zeros=(min(zeros), max(zeros)),
        kinks=kinks,
        kink_units=Bundle(**{size: units_of(kinks[i] for i in _shown(seeds, size)) for size in SIZES})
        if kinks
        else None,
        frozen=tuple(frozen_parameters(net, surface.plane) for surface in surfaces),
        low_regions=tuple(_low_regions(surface, ceiling) for surface in surfaces),
        dimensions=tuple(sorted({cell.dimension for cell in ls.solved_cells(net, xor.TEXTBOOK)})),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        ceiling=ceiling,
        orthogonal=settings.orthogonal,
    )


def frozen_parameters(net: ls.ReluNetwork, plane: Plane) -> str:
    """Return the names of the parameters that are constant on a plane, or of the tensor where all of it is constant."""
    is_frozen = dict(zip(net.parameter_names, plane.frozen, strict=True))
    shortest: list[str] = []
    for tensor, group in groupby(net.parameter_names, key=lambda name: name.partition("[")[0]):
        names = list(group)
        frozen = [name for name in names if is_frozen[name]]
        shortest += [tensor] if frozen == names else frozen
    return ", ".join(shortest) or "none"


def _low_regions(surface: ls.Surface, ceiling: float) -> int:
    """Return the number of separate regions of low loss: the largest number of them below any edge of a colour band."""
    alpha, beta, loss = thinned(surface)
    drawn = replace(surface, alpha=alpha, beta=beta, loss=loss)
    return int(ls.low_regions(drawn, root_levels(ceiling, 32)[1:]).max())


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw contours above profiles, a column for each slice; at half size the first seed's first and last one."""
    shown = _shown(result.seeds, size)
    axes = figure.subplots(2, len(shown), squeeze=False, height_ratios=(1.35, 1.0))
    for column, i in enumerate(shown):
        above, below = axes[:, column]
        _slice(result, i, above, below, size)
        if column:
            above.set_ylabel("")
            below.set_ylabel("")
            above.tick_params(labelleft=False)
            below.tick_params(labelleft=False)
    appears(axes[1], 2)
    loss_bar(figure, axes.ravel().tolist(), result.levels, result.ceiling)


def _shown(seeds: Sequence[int], size: str) -> list[int]:
    """Return the indices of the slices shown at that size; ``seeds`` holds the seed of each slice."""
    first = [i for i, seed in enumerate(seeds) if seed == seeds[0]]
    return list(range(len(seeds))) if size == "full" else sorted({first[0], first[-1]})


def _slice(result: Bundle, i: int, above: Axes, below: Axes, size: str) -> None:
    """Draw one slice, and below it the profile along the first direction, which is the middle row of the slice."""
    surface, plane = result.surfaces[i], result.surfaces[i].plane
    plot_contour(surface, ax=above, ceiling=result.ceiling, marks=result.levels)
    if result.kinks:
        plot_kinks(result.kinks[i], ax=above, **FINE)
    mark_point(above, 0.0, 0.0, _optimum(surface, size))
    above.axhline(0.0, color=text_color(), linewidth=0.6, linestyle=":")
    plot_profile(result.profiles[i], ax=below, ceiling=result.ceiling, marks=result.levels, color=text_color())
    thin_ticks(below, result.levels, result.ceiling)
    ticks = _round_ticks(result.distance)
    across, up = (np.array([*ticks]) / norm for norm in plane.norms)  # axes are labelled with distances
    above.set(xlabel="", ylabel=r"distance along $\beta$")
    above.set_title("\n".join(_name(result, i, short=size == "half")), linespacing=1.0)
    above.set_xticks(across, labels=[])
    above.set_yticks(up, labels=list(ticks.values()))
    below.set_xlim(above.get_xlim())
    below.set_xticks(across, labels=list(ticks.values()))
    angle = f"{plane.angle:.0f}" + r"$\degree$"
    frozen = result.frozen[i] if result.frozen[i] == "none" else _math(result.frozen[i])
    below.set_xlabel(
        r"distance along $\alpha$"
        "\n"
        f"angle {angle}\nfrozen: {frozen}",
        linespacing=1.0,
    )


def _optimum(surface: ls.Surface, size: str) -> str:
    """Return the label of the middle of a slice: at full size its loss if none is lower."""
    at = surface.loss[surface.beta.size // 2, surface.alpha.size // 2]
    is_lowest = size == "full" and at == surface.loss.min()
    return f"loss {at:.2g}" if is_lowest else THETA_STAR


def _math(names: str) -> str:
    """Return what parameters are called, and names of tensors as mathtext."""
    return ", ".join(parameter_words(n) if "[" in n else f"${n[0]}_{{{n[1:]}}}$" for n in names.split(", "))


def _name(result: Bundle, i: int, *, short: bool) -> tuple[str, str]:
    """Return the two lines that name a slice, in short without the seed, which all slices then share."""
    kind, seed = result.slices[i], f"seed {result.seeds[i]}"
    if kind == "random":
        return "random", "directions" if short else seed
    return "filter-normalized", f"bias {kind}" if short else f"{seed}, bias {kind}"


def _round_ticks(half: float) -> dict[float, str]:
    """Return a tick at 0 and one on either side, at the highest one-digit number well inside of ``half``."""
    decade = int(np.floor(np.log10(0.8 * half)))
    digit = int(0.8 * half / 10.0**decade)
    tick = float(f"{digit}e{decade}")
    return {value: f"{value:g}".replace("-", "\N{MINUS SIGN}") for value in (-tick, 0.0, tick)}


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption(
        "The same point seems to lie in a narrow, wide or tilted bowl, depending on the slice.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    shown = _shown(result.seeds, size)
    slices, lines = [result.surfaces[i] for i in shown], [result.profiles[i] for i in shown]
    return Caption(
        "The loss around the textbook weights (x) along two random directions, as drawn or filter-normalized (each "
        "unit's part as long as its weights); axes: distances. Below: the loss along the dotted line. Coloured "
        "lines: {traps}{beyond}. {kinks}",
        result,
        traps=traps_listed(result),
        beyond=beyond_ceiling(result, "ceiling", slices, lines),
        kinks=kinks_explained(result, f"kink_units.{size}") if result.kink_units else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the facts about each plane, and what the lowest point in it means."""
    rules = dict.fromkeys(slicing for slicing in result.slices if slicing in BIAS_RULES)
    fewest, most = result.zeros
    return Caption(
        "Planes:\n{panels}.\n{rules}Each seed gives one pair of directions. {orthogonal} A unit step is the length of "
        "a direction; all planes extend to the distance {distance:.3g} along both.\n"
        "Grid points with loss 0: {counted} of {surfaces[0].loss.size} on each plane. The single lowest point is an "
        "effect of the slice: the optimum lies in a set of zeros of dimension {dimension} in the "
        "{surfaces[0].plane.origin.size} parameters (exact rank; see figure sheet){only}.\n"
        "Heights and colours: square root of the loss; float64.",
        result,
        panels="\n".join(_in_words(result, i) for i in _shown(result.seeds, size)),
        rules="".join(f"Normalized under {bias_rule(rule)}.\n" for rule in rules),
        orthogonal="The second direction is made orthogonal to the first." if result.orthogonal else "",
        counted="{zeros[0]}" if fewest == most else "{zeros[0]} to {zeros[1]}",
        dimension=any_of(result, "dimensions"),
        only=", which these grids meet only at the optimum" if fewest == most == 1 else "",
    )


def _in_words(result: Bundle, i: int) -> str:
    kind = "random, seed {seeds[#]}"
    if result.slices[i] != "random":
        kind = "filter-normalized, bias {slices[#]}, seed {seeds[#]}"
    facts = [
        kind + ": angle {surfaces[#].plane.angle:.0f} degrees",
        "unit steps {surfaces[#].plane.norms[0]:.3g} and {surfaces[#].plane.norms[1]:.3g}",
        "no parameter frozen" if result.frozen[i] == "none" else f"frozen: {_frozen_in_words(result.frozen[i])}",
        "range \N{PLUS-MINUS SIGN}{ranges[#][0]:.2g} and \N{PLUS-MINUS SIGN}{ranges[#][1]:.2g} unit steps",
        "highest loss {highest_losses[#]:.2g}",
    ]
    return listed(", ".join(facts), [i])


def _frozen_in_words(names: str) -> str:
    """Return what parameters are called; names of tensors stay as they are."""
    return ", ".join(map(parameter_words, names.split(", ")))


def alt_text(result: Bundle, size: str = "full") -> str:
    shown = _shown(result.seeds, size)
    angles = ", ".join(f"{result.surfaces[i].plane.angle:.0f}" for i in shown)
    parts = []
    for i in shown:
        low, least = result.low_regions[i], result.surfaces[i].loss.min()
        where = "one region of low loss" if low == 1 else f"{low} separate regions of low loss"
        parts.append(f"{', '.join(_name(result, i, short=False))}: {where}, lowest loss {least:.1g}")
    plots = "One contour plot" if len(shown) == 1 else f"{len(shown)} contour plots, one for each plane,"
    plural, each = ("an angle of", "it") if len(shown) == 1 else ("angles of", "each")
    return (
        f"{plots} of the loss around the textbook optimum, "
        f"with {plural} {angles} degrees between the directions. {'; '.join(parts)}. Below {each}, the profile "
        "of the square root of the loss along the first direction."
    )
