"""The loss along a line or a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from figures.output.latex_snippets import label_text
from figures.plots.contour import pixel_edges
from figures.style.axes import given_or_new_axes, root_scale
from figures.style.loss_scales import LOSS_LABEL, loss_ticks, root_label
from figures.style.palette import LevelStyle, styles_of
from figures.style.quantities import Quantity, quantity
from figures.style.special_values import LARGEST, counts_of, special_area, special_legend, special_masks
from figures.style.tick_labels import set_tick_labels
from landscape import PathProfile, Profile
from landscape.base import checks


def plot_profile(
    profile: Profile | PathProfile,
    *,
    ax: Axes | None = None,
    metric: str | None = None,
    scale: str | None = None,
    ceiling: float | None = None,
    marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle] = (),
    **plot_kwargs: Any,
) -> Axes:
    """Draw ``profile`` on a loss axis that is linear in the square root of the loss, and says so, and starts at 0.

    A metric has a linear axis, from 0 to 1 if it is a share such as an accuracy. Small triangles mark where it
    crosses the ceiling. Losses that are infinite, not a number or below 0, which have no
    root, are shown by hatched bands, which a legend names and counts.

    Several profiles may be drawn into the same Axes, such as straight and bent paths between two models: name each by
    ``label=`` and call ``ax.legend()``.

    Parameters
    ----------
    profile : Profile or PathProfile
    ax : Axes, optional
        Axes of a new figure if not given. Existing axis labels are kept.
    metric : str, optional
        Name of the metric to draw instead of the loss.
    scale : {"root", "log", "linear"}, optional
        Scale of the axis. Default: "root" for the loss, "linear" for a metric.
    ceiling : float, optional
        Upper end of the loss axis. Default: the profile's highest loss, or that of profiles drawn before if it is
        higher.
    marks : iterable of Fraction, or mapping from Fraction to LevelStyle
        Exact levels, labelled on the loss axis and drawn as thin lines.
    **plot_kwargs
        Passed to ``Axes.plot``.
    """
    if isinstance(profile, PathProfile):
        x, x_label = profile.t, "$t$"
    else:
        x, x_label = checks.instance("profile", profile, Profile, "evaluate_line").alpha, r"$\alpha$"
    drawn = quantity(profile, metric, scale, ceiling)
    ax = given_or_new_axes(ax)
    if ceiling is None and ax.lines:  # a profile has been drawn before
        drawn = replace(drawn, low=min(drawn.low, ax.get_ylim()[0]), high=max(drawn.high, ax.get_ylim()[1]))
    (line,) = ax.plot(x, drawn.values, **plot_kwargs)
    out = crossings(x, drawn.values, drawn.high)
    if out.size:  # even an empty line would affect the layout
        ax.plot(
            out, np.full(out.size, drawn.high), "^", color=line.get_color(), markersize=3, clip_on=False, gid="beyond"
        )
    value_axis(ax, drawn, marks)
    masks = special_masks(drawn.values, may_be_negative=drawn.may_be_negative)
    edges = pixel_edges(x)
    for kind, mask in masks.items():
        for begin, end in np.flatnonzero(np.diff(mask, prepend=False, append=False)).reshape(-1, 2).tolist():
            ax.axvspan(edges[begin], edges[end], zorder=0, gid=kind.value, **special_area(kind))
    special_legend(ax, counts_of(masks), profile.loss.size)
    if not ax.get_xlabel():
        ax.set_xlabel(x_label)
    return ax


def crossings(x: NDArray[np.float64], y: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return where the polyline through (x, y) crosses ``level``; touching it does not count, nor do gaps at NaN."""
    y = np.clip(y, -LARGEST, LARGEST)
    i = np.flatnonzero(((y[:-1] > level) != (y[1:] > level)) & ~np.isnan(y[:-1] + y[1:]))
    fraction = (level - y[i]) / (y[i + 1] - y[i])
    return np.asarray(x[i] + fraction * (x[i + 1] - x[i]))


def value_axis(ax: Axes, drawn: Quantity, marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle] = ()) -> None:
    """Give the y axis the scale and the label of what is drawn."""
    label = label_text(drawn.label)
    if drawn.scale == "root":
        styles = styles_of(marks)
        root_axis(ax, drawn.high, styles, label)
        if not styles and drawn.label != LOSS_LABEL:  # the lecture's axes name exact levels only
            set_tick_labels(ax.yaxis, drawn.ticks())
        return
    ax.set_yscale(drawn.scale)
    ax.set_ylim(drawn.low, drawn.high)
    if marked := styles_of(marks):
        _mark_levels(ax, marked, drawn.high)
    if not ax.get_ylabel():
        ax.set_ylabel(label)


def root_axis(
    ax: Axes,
    ceiling: float,
    marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle] = (),
    label: str = LOSS_LABEL,
) -> None:
    """Make the y axis linear in the square root of the loss, from 0 to ``ceiling``, with ticks at the exact levels.

    label : of the axis, unless it has one; "(root scale)" is added to it
    """
    root_scale(ax)
    _level_axis(ax, ceiling, marks, root_label(label))


def linear_axis(ax: Axes, ceiling: float, marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle] = ()) -> None:
    """Make the y axis linear in the loss, from 0 to ``ceiling``, with ticks at the exact levels."""
    ax.set_yscale("linear")
    _level_axis(ax, ceiling, marks, LOSS_LABEL)


def _level_axis(
    ax: Axes, ceiling: float, marks: Iterable[Fraction] | Mapping[Fraction, LevelStyle], label: str
) -> None:
    ax.set_ylim(0.0, ceiling)
    _mark_levels(ax, styles_of(marks), ceiling)
    if not ax.get_ylabel():
        ax.set_ylabel(label)


def _mark_levels(ax: Axes, styles: Mapping[Fraction, LevelStyle], ceiling: float) -> None:
    """Draw a thin line at each level up to the ceiling, with ticks there and at the ceiling."""
    set_tick_labels(ax.yaxis, loss_ticks(styles, ceiling, (ceiling,)))
    ax.minorticks_off()
    for mark, style in styles.items():
        if 0 < float(mark) <= ceiling:
            ax.axhline(float(mark), color=style.color, linestyle=style.linestyle, linewidth=0.7, zorder=0)


def thin_ticks(ax: Axes, levels: Sequence[Fraction], ceiling: float) -> None:
    """Label only the lowest level, the highest level and ``ceiling``: a short axis has no room for more."""
    set_tick_labels(ax.yaxis, loss_ticks((levels[0], levels[-1]), ceiling, (ceiling,)))
