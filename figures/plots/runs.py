"""Runs: their paths on one plane with what the plane leaves out, and the sharpness along one."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from figures.output.latex_snippets import label_text
from figures.plots.contour import plot_contour
from figures.plots.trajectories import plot_trajectories, start_style
from figures.style.axes import given_or_new_axes
from figures.style.style_sheets import halo, text_color
from landscape.analysis.run_sharpness import Sharpness
from landscape.base import checks
from landscape.base.arrays import Array
from landscape.planes.paths.runs_on_plane import RunsOnPlane

LINE_STYLES = ("-", "--", "-.", (0, (1, 1)))


def plot_runs(result: RunsOnPlane, ax: Axes | None = None, *, colorbar: bool = False) -> Axes:
    """Draw the loss on a plane and the paths of runs over it, each from a square to a circle; return the Axes.

    The legend gives, for each name, the share of its variance that the plane captures. The title, unless there is one,
    says what the plane leaves out: the rest of the variance, the largest distance of a path to the plane, and the
    largest difference between the loss on a path and the loss that the plane shows.

    Parameters
    ----------
    result : RunsOnPlane
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels and titles are kept.
    colorbar : bool
        Whether to add a colour bar, labelled with the name of the loss.
    """
    checks.instance("result", result, RunsOnPlane, "runs_on_plane")
    ax = given_or_new_axes(ax)
    plot_contour(result.surface, ax=ax, colorbar=colorbar)
    handles = [
        Line2D([], [], linestyle="none", color=text_color(), label="start", **start_style()),
        Line2D([], [], linestyle="none", color=text_color(), label="end", marker="o", markersize=4.5),
    ]
    for i, (name, view, dashes) in enumerate(zip(result.names, result.projections, cycle(LINE_STYLES), strict=False)):
        look: dict[str, Any] = {"color": f"C{i % 10}", "linestyle": dashes, "linewidth": 1.2}
        plot_trajectories(view, ax=ax, **look)
        label = label_text(name.replace("$", r"\$"))
        handles.append(Line2D([], [], path_effects=halo(2.2), label=f"{label}: {_percent(view.share)}", **look))
    kwargs: dict[str, Any] = {"title": "variance in the plane", "fontsize": "small", "title_fontsize": "small"}
    legend = ax.legend(handles=[*handles[2:], *handles[:2]], loc="best", frameon=True, framealpha=0.85, **kwargs)
    legend.set_zorder(30)
    if not ax.get_title():
        ax.set_title(_left_out(result), fontsize="small")
    return ax


def plot_sharpness(result: Sharpness, ax: Axes | None = None) -> Axes:
    """Draw the sharpness that the stability limit concerns and that limit, over the number of updates; return the Axes.

    That is the sharpness of P^-1 H for Adam and RMSprop, and that of H for SGD, for which P = 1. If P or the limit are
    unknown, the sharpness of H is drawn alone, and the title, unless there is one, says why. The axis is logarithmic if
    all is above 0 and extends over more than a decade.

    Parameters
    ----------
    result : Sharpness
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels and titles are kept.
    """
    checks.instance("result", result, Sharpness, "track_sharpness")
    ax = given_or_new_axes(ax)
    values, name = result.sharpness, "sharpness of $H$"
    if result.preconditioned is not None:
        is_plain = np.array_equal(result.preconditioned, values, equal_nan=True)
        values, name = result.preconditioned, name if is_plain else "sharpness of $P^{-1} H$"
    drawn = [values]
    ax.plot(result.step, values, label=name)
    if result.preconditioned is not None and np.isfinite(result.limit).any():
        ax.plot(result.step, result.limit, "--", color=text_color(), linewidth=1.0, label="stability limit")
        drawn.append(result.limit)
    low, high = np.nanmin(drawn, initial=np.inf), np.nanmax(drawn, initial=-np.inf)
    if low > 0 and high > 10 * low:
        ax.set_yscale("log")
    if not ax.get_xlabel():
        ax.set_xlabel("updates")
    if not ax.get_ylabel():
        ax.set_ylabel("largest eigenvalue")
    if result.unknown and not ax.get_title():
        ax.set_title(label_text(result.unknown.partition(":")[0]), fontsize="small")
    ax.legend(loc="best")
    return ax


def _left_out(result: RunsOnPlane) -> str:
    """Return what the plane leaves out, in two lines."""
    left_out = 1.0 - min(float(share.min()) for share in result.share)
    return (
        f"The plane leaves out up to {label_text(f'{100 * left_out:.2g} %')} of the variance,\n"
        f"distances up to {result.largest_distance:.2g}, loss differences up to {result.largest_error:.2g}"
    )


def _percent(shares: Array) -> str:
    """Return shares as text, the lowest and the highest of several runs."""
    low, high = (f"{100 * np.floor(1000 * value) / 1000:.3g}" for value in (shares.min(), shares.max()))
    return label_text(f"{low} %" if low == high else f"{low} to {high} % of {shares.size} runs")
