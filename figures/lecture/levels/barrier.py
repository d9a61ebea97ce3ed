"""The loss between a solution and its twin with swapped hidden units: on a straight line and over the lowest pass."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field, field_validator

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import exact
from figures.lecture.settings import FigureSettings, Theta
from figures.output.step_builds import appears, entries
from figures.plots.decision import THRESHOLD, plot_decision, plot_hinges
from figures.plots.profile import root_axis
from figures.style.palette import fraction_label, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, xor
from landscape.exact.low_paths import SLACK

TITLE = "The way to the twin"
QUESTION = "How far is it to the twin solution?"
SIZES = ("full", "half")
BUILD = {
    "full": (
        "the loss on the straight line",
        "that on a path over the lowest pass",
        "what the network computes on them",
    ),
    "half": ("the loss on the straight line", "that on a path over the lowest pass"),
}

OVER = "over the lowest pass"
"""Start of the label of the second path, by which its legend entry is found."""
SWAP = (1, 0, 3, 2, 5, 4, 7, 6, 8)
"""Indices that exchange the parameters of the two hidden units: ``theta[SWAP]`` is the twin of ``theta``."""

DUST = 1e-24
"""A loss up to this is rounding error."""


class Settings(FigureSettings):
    """What a recipe can set."""

    theta: Theta = Field(tuple(xor.TEXTBOOK.tolist()), description="the solution; its loss must be 0")
    points: int = Field(401, ge=11, le=10_001, description="places along each path, beside its corners")

    @field_validator("theta")
    @classmethod
    def _is_solution(cls, theta: tuple[float, ...]) -> tuple[float, ...]:
        loss = float(xor.network().loss(theta))
        if not loss <= DUST:
            raise ValueError(f"must be a solution, of loss 0; got one of loss {loss:g}")
        return theta


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the loss along both paths, their peaks, the exact level of the pass, and the network at four points."""
    net, theta = xor.network(), np.array(settings.theta)
    twin = theta[list(SWAP)]
    path, top = ls.lowest_pass(net, theta, twin), ls.straight_barrier(net, theta, twin)
    level = ls.merge_tree(net).barrier(theta, twin)
    length = path.length[-1]
    way = np.union1d(np.linspace(0.0, length, settings.points), path.length)
    share = np.union1d(np.linspace(0.0, 1.0, settings.points), float(top.position))
    on_pass = float(path.length[np.argmax(path.loss >= float(level) - SLACK)])
    places = {"A": theta, "B": theta + float(top.position) * (twin - theta), "C": path.points(on_pass), "D": twin}
    signs = np.sign(net.unpack(path.theta).W2)
    return Bundle(
        path=path,
        level=level,
        pass_share=way / (length or 1.0),
        pass_loss=net.loss(path.points(way)),
        pass_length=float(length),
        pieces=len(path.theta) - 1,
        line=ls.evaluate_line(net, theta, twin - theta, share),
        straight_length=float(np.linalg.norm(twin - theta)),
        starts_at_textbook=bool((theta == xor.TEXTBOOK).all()),
        top=top.value,
        top_share=float(top.position),
        top_is_exact=top.is_exact,
        on_pass=on_pass / (length or 1.0),
        turned=tuple(u + 1 for u in range(net.hidden) if len(set(signs[:, u].tolist())) > 1),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        places=tuple(places),
        surfaces=tuple(ls.decision_surface(net, place) for place in places.values()),
        losses=tuple(float(net.loss(place)) for place in places.values()),
        threshold=THRESHOLD,
        dtype=path.loss.dtype.name,
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the loss along both paths and the network at four points; at half size only the losses."""
    if size == "half":
        _plot_losses(result, figure.subplots())
    else:
        count = len(result.places)
        grid = figure.add_gridspec(2, count, height_ratios=(1.35, 1.0))
        _plot_losses(result, figure.add_subplot(grid[0, :]))
        for k, (name, surface) in enumerate(zip(result.places, result.surfaces, strict=True)):
            axes = figure.add_subplot(grid[1, k])
            axes.set(xlabel=" ", ylabel=" ")
            plot_decision(surface, ax=axes)
            plot_hinges(surface, ax=axes)
            axes.set(xticks=[], yticks=[], xlabel="", ylabel="", title=f"{name}:  loss {_loss_text(result, k)}")
            appears(axes, 3)
    legend = figure.legend(loc="outside lower center", ncols=1 if size == "half" else 2)
    appears(entries(legend, OVER), 2)


def _plot_losses(result: Bundle, axes: Axes) -> None:
    line = result.line
    label = f"straight, length {result.straight_length:.3g}"
    axes.plot(line.alpha, line.loss, color=text_color(), linestyle="--", label=label)
    label = f"{OVER}, length {result.pass_length:.3g}"
    appears(axes.plot(result.pass_share, result.pass_loss, color="C2", label=label), 2)
    looks = level_styles(result.levels)
    marks = {result.level: looks[result.level]} if result.level in looks else ()
    root_axis(axes, 1.3 * max(float(result.top), float(result.level)), marks)
    ticks = {Fraction(0): 0.0, result.level: float(result.level), result.top: float(result.top)}
    exact = {Fraction(0): True, result.level: True} | {result.top: result.top_is_exact}
    axes.set_yticks(list(ticks.values()), labels=[_as_text(value, exact[value]) for value in ticks])
    axes.set(xlim=(-0.08, 1.08), xlabel="fraction of the path", xticks=[0, 0.5, 1])
    halo = [patheffects.withStroke(linewidth=2.0, foreground=background_color())]
    for name, x, y in zip(result.places, (0, result.top_share, result.on_pass, 1), result.losses, strict=True):
        mark = axes.plot(x, y, "o", color=text_color(), markersize=4, clip_on=False, zorder=4)
        side = 1 if x == 1 else -1
        align = "left" if side > 0 else "right"
        note = axes.annotate(name, (x, y), (3 * side, 3), textcoords="offset points", ha=align, path_effects=halo)
        appears([*mark, note], 2 if name == "C" else 1)


def _loss_text(result: Bundle, k: int) -> str:
    exact = {1: _as_text(result.top, result.top_is_exact), 2: _as_text(result.level, is_exact=True)}
    return exact.get(k, "0")


def _as_text(value: Fraction, is_exact: bool) -> str:
    return fraction_label(value) if is_exact else f"{float(value):.3g}"


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if not result.level:
        return Caption("The twin can be reached without leaving loss 0.", result)
    return Caption(
        "Straight across, the loss climbs to {peak}; a detour stays at {lowest_pass} or below, and none stays lower.",
        result,
        peak=exact(result, "top") if result.top_is_exact else "{top:.3g}",
        lowest_pass=exact(result, "level"),
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    panels = (
        "Below: the output at {places[0]} to {places[-1]}; lines: where unit 1 (solid) or 2 (dashed) becomes active; "
        "thin line: output {threshold:g}."
    )
    return Caption(
        "The loss on two paths from {start} twin (D), the same network with the hidden units "
        "swapped: straight (dashed; highest at B) and over the lowest pass (C). {panels}",
        result,
        start="the textbook weights (A) to their" if result.starts_at_textbook else "a solution (A) to its",
        panels=panels if size == "full" else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return lengths and heights of the paths, and why no path is lower."""
    flat_stretches = (
        f"On flat stretches, units {listed('{turned[#]}', range(len(result.turned)), ' and ')} in turn have weights "
        "and bias 0, so their output weights can change sign at constant loss.\n"
    )
    lowest = (
        "No path stays lower: in the exact merge tree of the sublevel sets, the components of the two solutions join "
        "only at {lowest_pass}.\n"
    )
    panels = (
        "Panels: blue for output 1 or more, brown for 0 or less; filled samples: target 1; arrows point to a unit's "
        "active side; a unit with weights 0 has no line.\n"
    )
    return Caption(
        "On the straight path the loss climbs to {peak} at fraction {top_share:.3g} (B); on the path over the lowest "
        "pass, here of {pieces} straight pieces, it never exceeds {lowest_pass} (C), but the length is "
        "{pass_length:.3g} instead of {straight_length:.3g}.\n{lowest}{flat_stretches}{panels}Heights: square root of "
        "the loss ({dtype}; both peaks in rational arithmetic).",
        result,
        peak=exact(result, "top") if result.top_is_exact else "{top:.3g}",
        lowest_pass=exact(result, "level"),
        lowest=lowest if result.level else "",
        flat_stretches=flat_stretches if len(result.turned) > 1 else "",
        panels=panels if size == "full" else "",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    peak, level = _as_text(result.top, result.top_is_exact), _as_text(result.level, is_exact=True)
    both = (
        f"wo curves of the loss from 0 to 0: a high hump with its top {peak} at {result.top_share:.2g} of the path, "
        f"for the straight line; and a low one that climbs to {level}, stays there and comes down again at the end."
    )
    if size == "half":
        return f"T{both}"
    return (
        f"Top: t{both} Bottom: four input squares with hinge lines; the first and the last show the same decision with "
        "the units swapped, the second and the third other outputs."
    )
