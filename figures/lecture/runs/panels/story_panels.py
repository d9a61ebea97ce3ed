"""The panels of one run in the figure story: its path, its decision surface and its loss."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from figures.animation.growing_paths import Growing, growing_paths
from figures.plots.contour import plot_contour
from figures.plots.decision_square import decision_square
from figures.plots.kinks import FINE, plot_kinks
from figures.plots.trajectories import plot_trajectories
from figures.style.axes import root_scale
from figures.style.loss_scales import loss_cmap, loss_ticks, root_levels, root_norm
from figures.style.palette import LevelStyle, fraction_label, level_styles
from figures.style.style_sheets import halo, text_color
from landscape import Bundle, DecisionSurface

ARROW = 0.2
"""Length of the arrows at hinge lines over the width of their panel; panels are small."""
LABEL_GAP = {"full": 0.15, "half": 0.2}
"""Distance between names of levels over the height of the loss panel, at least."""
BANDS = 64
"""Number of colours along the loss axis."""


class Row:
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
        decision_square(
            _decision(self.run, frame),
            self.square,
            arrow=ARROW,
            write=short_output,
            is_moving=True,
            interpolation="bilinear",
        )


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
    axes.autoscale(False)
    if run.lines is not None:
        plot_kinks(run.lines, ax=axes, **(FINE | {"zorder": 1.5}))  # under the path
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3))
    plot_trajectories(run.path, ax=axes, looks=[look])
    axes.set(xlabel=rf"$\alpha$ ({100 * run.path.share[0]:.1f} % of its variance)", ylabel=r"$\beta$")
    return growing_paths(axes, 1)


def _curve(result: Bundle, run: Bundle, look: LevelStyle, axes: Axes, *, with_plane: bool) -> Growing:
    """Draw the loss against the step; beside a plane also the loss under its path, and an axis in its colours."""
    step, looks = np.maximum(result.step, 1), level_styles(result.levels)
    root_scale(axes)
    axes.set(xscale="log", xlim=(1, step[-1]), ylim=(0, result.top), yticks=[])
    axes.xaxis.set_major_locator(LogLocator(numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    for level in result.levels:
        if 0 < level <= result.top:
            axes.axhline(float(level), color=looks[level].color, linestyle=looks[level].linestyle, linewidth=0.9)
    _name_levels(result, axes, LABEL_GAP["full" if with_plane else "half"])
    loss = np.minimum(run.path.loss[0], result.top)
    lines = axes.plot(step, loss, color=text_color(), linewidth=1.2, clip_on=False, path_effects=halo(2.6))
    marks = axes.plot(step[-1:], loss[-1:], look.marker, color=look.color, clip_on=False, markersize=4.5, zorder=5)
    ticks = loss_ticks(result.levels[:1], result.top, (result.top,))
    ruled = axes
    if with_plane:
        under = np.minimum(run.path.loss_in_plane[0], result.top)
        lines += axes.plot(step, under, color=text_color(), linestyle=":", linewidth=1.0, clip_on=False)
        ruled = _colored_axis(axes, result.top)
        root_scale(ruled)
        ruled.set(ylim=(0, result.top), xticks=[])
    ruled.set_yticks(list(ticks), labels=list(ticks.values()))
    ruled.yaxis.set_minor_locator(NullLocator())
    return Growing(lines, marks)


def _name_levels(result: Bundle, axes: Axes, gap: float) -> None:
    """Name the lines of the levels on the right, in their order, moved apart where they would overlap."""
    named = [level for level in result.levels if 0 < level <= result.top]
    if not named:
        return
    at = np.sqrt(np.array([float(level) for level in named]) / result.top)
    steps = gap * np.arange(len(named))
    apart = np.maximum.accumulate(at - steps) + steps
    apart -= (apart - at).mean()
    leader = {"arrowstyle": "-", "color": text_color(), "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0}
    for level, height in zip(named, apart.tolist(), strict=True):
        ends = (1.01, float(level)), (1.04, height)
        line = axes.annotate("", *ends, axes.get_yaxis_transform(), "axes fraction", arrowprops=leader)
        line.set_in_layout(False)  # its length follows that of the axes, whose size the layout would then depend on
        name = axes.annotate(fraction_label(level), (1.0, height), (7, 0), "axes fraction", "offset points")
        name.set(va="center", gid="level")


def _colored_axis(axes: Axes, top: float) -> Axes:
    """Return new axes that show the colours of the plane along the left edge of ``axes``."""
    strip = axes.inset_axes((-0.09, 0.0, 0.07, 1.0))
    edges = root_levels(top, BANDS)
    middles = (edges[1:] + edges[:-1]) / 2
    strip.pcolormesh([0, 1], edges, middles[:, None], cmap=loss_cmap(), norm=root_norm(top), rasterized=True)
    return strip


def short_output(value: float) -> str:
    """Return an output with two digits and a minus sign, never as -0.00."""
    return f"{round(float(value), 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
