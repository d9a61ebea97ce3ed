"""The panels of the figure trajectories: the shared plane, planes of single runs, and losses."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from figures.animation.growing_paths import Growing, growing_paths
from figures.output.step_builds import appears
from figures.plots.contour import plot_contour
from figures.plots.kinks import kink_handles, outline_style, plot_kinks
from figures.plots.trajectories import mark_point, plot_trajectories, start_style
from figures.style.loss_scales import LOSS_LABEL, loss_bar
from figures.style.palette import LevelStyle, level_styles
from figures.style.style_sheets import halo, text_color
from landscape import Bundle
from landscape.base.arrays import Array

FLOOR = 1e-12
"""Lower limit of the loss axis; smaller losses, including 0, are drawn at the limit."""

NAMED = "ab"
"""Names of the runs with panels of their own."""


def looks_of(result: Bundle) -> list[LevelStyle]:
    """Return the style of each run: that of the level that it ends on."""
    looks = level_styles(result.levels)
    return [looks[end] for end in result.ends]


def shared_panel(result: Bundle, figure: Figure, axes: Axes) -> Growing:
    """Draw all paths on the shared plane."""
    plot_contour(result.surface, ax=axes, ceiling=result.top)
    if result.lines is not None:
        plot_kinks(result.lines, ax=axes, **outline_style())
    plot_trajectories(result.shared, ax=axes, looks=looks_of(result), steps=(2, 3, 4))
    growing = growing_paths(axes, len(result.ends))
    mark_point(axes, 0.0, 0.0)
    axes.set_aspect("equal")
    axes.set_title(f"shared plane: {100 * np.median(result.shared.share):.0f} % of variance (median)")
    appears(axes.title, 3)
    loss_bar(figure, [axes], result.levels, result.top, lines=False)
    return growing


def name_shown(result: Bundle, axes: Axes) -> None:
    """Label the starts of the runs that have panels of their own with the names of these panels, beside all lines."""
    width = float(np.ptp(result.surface.alpha))
    paths = np.stack([result.shared.alpha.ravel(), result.shared.beta.ravel()], axis=-1)
    lines = [np.zeros((1, 2)), paths]
    if result.lines is not None:
        ends = result.lines.segments
        lines += [a + np.linspace(0, 1, 50)[:, None] * (b - a) for a, b in ends]
    taken = np.concatenate(lines)
    for name, k in zip(NAMED, result.shown, strict=False):
        start = np.array([result.shared.alpha[k, 0], result.shared.beta[k, 0]])
        place = _free_place(start, taken, 0.11 * width, result.surface.alpha, result.surface.beta)
        taken = np.concatenate([taken, place[None]])
        axes.annotate(
            name,
            (start[0], start[1]),
            (place[0], place[1]),
            ha="center",
            va="center",
            path_effects=halo(2.0),
            zorder=6,
            arrowprops={"arrowstyle": "-", "color": text_color(), "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2},
            gid="named",
        )


def _free_place(point: Array, taken: Array, away: float, alpha: Array, beta: Array) -> Array:
    """Return the place at that distance from a point, within the axes, that is farthest from the points ``taken``."""
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    around = point + away * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    low, high = (np.array([alpha[end], beta[end]]) for end in (0, -1))
    margin = 0.04 * (high - low)
    inside = ((around > low + margin) & (around < high - margin)).all(axis=1)
    candidates = around[inside] if inside.any() else around
    distance = np.linalg.norm(candidates[:, None] - taken, axis=-1).min(axis=1)
    return np.asarray(candidates[distance.argmax()])


def own_panel(result: Bundle, row: int, axes: Axes, look: LevelStyle) -> Growing:
    """Draw a run on the plane of its own."""
    view = result.own[row]
    axes.set(xlabel=r"$\alpha$  (unit step = 1)", ylabel=r"$\beta$")
    plot_contour(result.own_surfaces[row], ax=axes, ceiling=result.top)
    axes.xaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_locator(MaxNLocator(2))
    plot_trajectories(view, ax=axes, looks=[look])
    axes.set_title(f"run {NAMED[row]}, own plane:\n{100 * view.share[0]:.1f} % of its variance", linespacing=0.95)
    return growing_paths(axes, 1)


def loss_panel(result: Bundle, row: int, axes: Axes, look: LevelStyle) -> Growing:
    """Draw the loss of a run, and that under its path on both planes."""
    k, own = result.shown[row], result.own[row]
    step = np.maximum(result.shared.step, 1)
    curves: list[tuple[Any, dict[str, Any]]] = [
        (result.shared.loss[k], {"color": look.color, "linewidth": 2.2, "alpha": 0.6}),
        (own.loss_in_plane[0], {"color": text_color(), "linestyle": "--", "linewidth": 0.9}),
        (result.shared.loss_in_plane[k], {"color": text_color(), "linestyle": ":", "linewidth": 0.9}),
    ]
    lines = [line for loss, style in curves for line in axes.plot(step, np.maximum(loss, FLOOR), **style)]
    top = max(1e2, 2 * max(loss.max() for loss, _ in curves))
    axes.set(xscale="log", yscale="log", ylim=(FLOOR, top))
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.set_yticks([1e-12, 1e-8, 1e-4, 1.0])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set_title(f"run {NAMED[row]}: {LOSS_LABEL}")
    return Growing(lines, [])


def add_legend(result: Bundle, figure: Figure) -> None:
    """Add a legend of the outcomes that occur, and of the lines of the loss panels if there are any."""
    looks = level_styles(result.levels)
    present = [value for value in (*result.levels, None) if value in result.ends]
    entries = [
        Line2D([], [], color=looks[v].color, marker=looks[v].marker, markersize=4, label=looks[v].label)
        for v in present
    ]
    entries.append(Line2D([], [], linestyle="none", color=text_color(), label="start", **start_style()))
    if result.lines is not None:
        entries += kink_handles([*dict.fromkeys(result.lines.unit.tolist())], **outline_style())
    if len(figure.axes) > 2:
        entries += [
            Line2D([], [], color=text_color(), linewidth=2.2, alpha=0.5, label="loss of the run"),
            Line2D([], [], color=text_color(), linestyle="--", label="loss on own plane"),
            Line2D([], [], color=text_color(), linestyle=":", label="loss on shared plane"),
        ]
    figure.legend(handles=entries, loc="outside lower center", ncols=5 if len(figure.axes) > 2 else 2)
