"""The loss between a solution and its twin with swapped hidden units: on a straight line and over the lowest pass.

The lowest pass can be a trap as well: where the path over it is level, some of its points are local minima.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import Field, field_validator

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import exact
from figures.lecture.settings import FigureSettings, Theta
from figures.output.step_builds import appears, entries
from figures.plots.decision import THRESHOLD, plot_decision, plot_hinges
from figures.plots.profile import linear_axis
from figures.style.palette import fraction_label, level_styles
from figures.style.style_sheets import background_color, halo, text_color
from figures.style.tick_labels import set_tick_labels
from landscape import Bundle, ReluNetwork, xor
from landscape.exact.low_paths import SLACK

TITLE = "The way to the twin"
QUESTION = "How far is it to the twin solution?"
SIZES = ("full", "half")
BUILD = {
    "full": (
        "the loss on the straight line",
        "that on a path over the lowest pass, also in close-up",
        "what the network computes on them",
    ),
    "half": ("the loss on the straight line", "that on a path over the lowest pass, also in close-up"),
}

OVER = "over the lowest pass"
"""Start of the label of the second path, by which its legend entry is found."""
SWAP = (1, 0, 3, 2, 5, 4, 7, 6, 8)
"""Indices that exchange the parameters of the two hidden units: ``theta[SWAP]`` is the twin of ``theta``."""

DUST = 1e-24
"""A loss up to this is rounding error."""
NOTE: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "linespacing": 1.1}
"""How the words in the close-up are placed."""
INSIDE = 3
"""Points of a level piece of the path that are checked for being local minima."""


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
    traps = _traps(net, path)
    top_piece = traps[0].mean() if len(traps) else float(np.argmax(path.loss >= float(level) - SLACK))
    on_pass = float(np.interp(top_piece, np.arange(len(path.theta)), path.length))
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
        pass_piece=np.interp(way, path.length, np.arange(len(path.theta))),
        traps=traps,
        ways_down=tuple(k for k in traps.ravel().tolist() if not ls.describe(net, path.theta[k]).is_local_minimum),
        top_piece=top_piece,
        turned=tuple(u + 1 for u in range(net.hidden) if len(set(signs[:, u].tolist())) > 1),
        levels=tuple(level.value for level in ls.stationary_levels(net)),
        places=tuple(places),
        surfaces=tuple(ls.decision_surface(net, place) for place in places.values()),
        losses=tuple(float(net.loss(place)) for place in places.values()),
        threshold=THRESHOLD,
        dtype=path.loss.dtype.name,
    )


def _traps(net: ReluNetwork, path: ls.Path) -> NDArray[np.int64]:
    """Return the corners (m, 2) of a path between which it runs through local minima above 0."""
    stretches: list[list[int]] = []
    for k, (begin, end) in enumerate(pairwise(path.length)):
        inner = path.points(np.linspace(begin, end, INSIDE + 2)[1:-1])
        reports = [ls.describe(net, theta) for theta in inner]
        if not all(report.level and report.is_local_minimum for report in reports):
            continue
        if stretches and stretches[-1][1] == k:
            stretches[-1][1] = k + 1
        else:
            stretches.append([k, k + 1])
    return np.array(stretches, dtype=np.int64).reshape(-1, 2)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the loss along both paths, that over the pass in close-up too; at full size the network at four points."""
    if size == "half":
        both, close = figure.subplots(2, 1)
    else:
        count = len(result.places)
        grid = figure.add_gridspec(2, count, height_ratios=(1.5, 1.0))
        both, close = figure.add_subplot(grid[0, : count // 2]), figure.add_subplot(grid[0, count // 2 :])
    _plot_losses(result, both, room=1.15 if size == "full" else 1.25)
    _close_up(result, close)
    appears(close, 2)
    for note in both.texts:  # the tick of this level can be too near to that of 0 for a label
        if note.get_text() == "C":
            note.set_text(f"C: {_as_text(result.level, is_exact=True)}")
    if size == "half":
        both.set(xlabel="", xticklabels=[])
    else:
        both.set_title("both ways")
        close.set(ylabel="", title="the lowest pass in close-up")
        for k, (name, surface) in enumerate(zip(result.places, result.surfaces, strict=True)):
            axes = figure.add_subplot(grid[1, k])
            axes.set(xlabel=" ", ylabel=" ")
            plot_decision(surface, ax=axes)
            plot_hinges(surface, ax=axes)
            axes.set(xticks=[], yticks=[], xlabel="", ylabel="", title=f"{name}:  loss {_loss_text(result, k)}")
            appears(axes, 3)
    handles = both.get_legend_handles_labels()[0]
    legend = figure.legend(handles=handles, loc="outside lower center", ncols=1 if size == "half" else 2)
    appears(entries(legend, OVER), 2)


def _plot_losses(result: Bundle, axes: Axes, *, room: float) -> None:
    """Draw the loss along both paths on an axis that ends at ``room`` times the higher peak."""
    line = result.line
    label = f"straight, length {result.straight_length:.3g}"
    axes.plot(line.alpha, line.loss, color=text_color(), linestyle="--", label=label)
    label = f"{OVER}, length {result.pass_length:.3g}"
    appears(axes.plot(result.pass_share, result.pass_loss, color="C2", label=label), 2)
    linear_axis(axes, room * max(float(result.top), float(result.level)))
    values = {Fraction(0): True, result.level: True} | {result.top: result.top_is_exact}
    set_tick_labels(axes.yaxis, {float(v): _as_text(v, is_exact) for v, is_exact in values.items()})
    axes.set(xlim=(-0.08, 1.08), xlabel="fraction of the path", xticks=[0, 0.5, 1])
    _mark_places(result, axes, (0.0, result.top_share, result.on_pass, 1.0))


def _close_up(result: Bundle, axes: Axes) -> None:
    """Draw the loss over the pass, its pieces equally wide, and where they consist of local minima."""
    level, end = float(result.level), float(result.pieces)
    axes.plot(result.pass_piece, result.pass_loss, color="C2")
    linear_axis(axes, 2.0 * level or 1.0)
    axes.set_yticks([0.0, level], labels=["0", _as_text(result.level, is_exact=True)])
    axes.set(xlim=(-0.08 * end, 1.08 * end), xticks=[], xlabel="straight pieces of the path, equally wide")
    for begin, stop in result.traps.tolist():
        style: dict[str, Any] = {"solid_capstyle": "butt", "linewidth": 3.0, "path_effects": halo(4.5), "zorder": 3}
        color = level_styles(result.levels)[result.level].color
        axes.plot([begin, stop], [level, level], color=color, gid="local minima", **style)
        middle = (begin + stop) / 2
        axes.annotate("local minima:\nno way down", (middle, level), (0, 11), va="bottom", **NOTE)
        edges = [corner for corner in (begin, stop) if corner in result.ways_down]
        for edge in edges:
            arrow = {"arrowstyle": "->", "color": text_color(), "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (edge, 0.6 * level), (edge, level), arrowprops=arrow, zorder=3.5)
            face: dict[str, Any] = {"markerfacecolor": background_color(), "markeredgecolor": text_color()}
            axes.plot(edge, level, "o", markersize=4, zorder=4, gid="edge", **face)
        if edges:
            axes.annotate("from here on\na way down", (middle, 0.6 * level), (0, -2), va="top", **NOTE)
    _mark_places(result, axes, (0.0, None, result.top_piece, end))


def _mark_places(result: Bundle, axes: Axes, xs: Sequence[float | None]) -> None:
    """Mark the places at these positions on the curves; None leaves one out."""
    for name, x, y in zip(result.places, xs, result.losses, strict=True):
        if x is None:
            continue
        mark = axes.plot(x, y, "o", color=text_color(), markersize=4, clip_on=False, zorder=4)
        side = 1 if x == xs[-1] else -1
        align = "left" if side > 0 else "right"
        note = axes.annotate(name, (x, y), (3 * side, 3), textcoords="offset points", ha=align, path_effects=halo(2.0))
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
        "Straight across, the loss climbs to {peak}; over the lowest pass, to {lowest_pass}.",
        result,
        peak=exact(result, "top") if result.top_is_exact else "{top:.3g}",
        lowest_pass=exact(result, "level"),
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    trap = "Thick: local minima, a trap; at the circles a way down opens. "
    panels = "Below: the output; lines: where unit 1 (solid) or 2 (dashed) becomes active."
    return Caption(
        "The loss on two paths from {start} twin (D), which has the hidden units swapped: straight (dashed; highest at "
        "B) and over the lowest pass (C). {trap}{panels}",
        result,
        start="the textbook weights (A) to their" if result.starts_at_textbook else "a solution (A) to its",
        trap=trap if len(result.traps) else "",
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
    trap = (
        "In close-up, thick: local minima, where training can get stuck, since no direction leads down. From there one "
        "walks on level to points (circles) from which one does: a flat trap is also a pass.\n"
    )
    panels = (
        "Panels: blue for output 1 or more, brown for 0 or less; filled samples: target 1; arrows point to a unit's "
        "active side; a unit with weights 0 has no line; thin line: output {threshold:g}.\n"
    )
    return Caption(
        "On the straight path the loss climbs to {peak} at fraction {top_share:.3g} (B); on the path over the lowest "
        "pass, here of {pieces} straight pieces, it never exceeds {lowest_pass} (C), but the length is "
        "{pass_length:.3g} instead of {straight_length:.3g}.\n{lowest}{flat_stretches}{trap}{panels}Thin line: output "
        "{threshold:g}. Both peaks: rational arithmetic; curves: {dtype}.",
        result,
        peak=exact(result, "top") if result.top_is_exact else "{top:.3g}",
        lowest_pass=exact(result, "level"),
        lowest=lowest if result.level else "",
        flat_stretches=flat_stretches if len(result.turned) > 1 else "",
        trap=trap if len(result.traps) else "",
        panels=panels if size == "full" else "",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    peak, level = _as_text(result.top, result.top_is_exact), _as_text(result.level, is_exact=True)
    both = (
        f"wo curves of the loss from 0 to 0: a high hump with its top {peak} at {result.top_share:.2g} of the path, "
        f"for the straight line; and a low one that climbs to {level}, stays there and comes down again at the end."
    )
    if len(result.traps):
        both += (
            " In close-up a stretch of the level part is marked as local minima with no way down; at both of its ends "
            "arrows point down."
        )
    if size == "half":
        return f"T{both}"
    return (
        f"Top: t{both} Bottom: four input squares with hinge lines; the first and the last show the same decision with "
        "the units swapped, the second and the third other outputs."
    )
