"""The panels of the figure ``fates``: dead units by step, losses of single runs, and the share of decided runs."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

import landscape as ls
from figures.plots.profile import crossings
from figures.style.loss_scales import LOSS_LABEL
from figures.style.palette import LevelStyle, fraction_label, held_style, level_styles
from figures.style.style_sheets import background_color, halo, text_color
from figures.style.tick_labels import set_tick_labels
from landscape import Bundle
from landscape.base.arrays import Array

START = 0.5
"""Where step 0 is drawn on a logarithmic axis."""
NARROW = 3.5
"""Bands below this share of the starts, in %, are too narrow for a mark."""
TALL = 6.0
"""Distance of the numbers of two shares, in %, below which one of them is left out."""
DIES, DECIDED = "X", "*"
"""Markers of the step at which a unit dies and of the one from which the end is decided."""
LIFT = 9 / 72
"""How far a star is drawn above its curve, in inches, if the same run also has a cross."""
LINES = ("--", "-", "-.")


def flows(result: Bundle, axes: Axes) -> None:
    """Draw the share of the runs by number of dead units, one above the other, each divided by final level."""
    looks = list(level_styles(result.levels).values())
    share = 100 * result.flows / result.starts  # (r, h + 1, m)
    top = share.reshape(len(share), -1).cumsum(axis=1).reshape(share.shape)
    x, end, shares = place(result.step), end_of(result), dict[float, str]()
    for dead in range(share.shape[1]):
        for k, look in enumerate(looks):
            high, low = top[:, dead, k], top[:, dead, k] - share[:, dead, k]
            axes.fill_between([*x, end], [*low, low[-1]], [*high, high[-1]], color=look.color, linewidth=0)
            if high[-1] - low[-1] >= NARROW:
                _mark_end(axes, look, (low[-1] + high[-1]) / 2, (x[-1], end))
            wide, height = high[-1] - low[-1], (low[-1] + high[-1]) / 2
            if wide >= NARROW or (wide >= 0.5 and all(abs(height - other) > TALL for other in shares)):
                shares = {other: text for other, text in shares.items() if abs(height - other) > TALL or wide < NARROW}
                shares[height] = f"{wide:.0f}"
        held = 100 * result.held_counts[dead] / result.starts
        rows = np.flatnonzero(held)
        axes.bar(x[-1], held[rows], end - x[-1], (top[-1, dead, :-1] - held)[rows], align="edge", **held_style())
    axes.axvline(x[-1], color=background_color(), linewidth=0.8)
    for dead in range(share.shape[1]):
        low, high = (top[:, dead - 1, -1] if dead else np.zeros(len(x))), top[:, dead, -1]
        if dead:
            axes.plot([*x, end], [*low, low[-1]], color=text_color(), linewidth=1.4, path_effects=halo(2.6))
        axes.annotate(
            f"{dead} dead: {high[0] - low[0]:.0f}$\\,\\to\\,${high[-1] - low[-1]:.0f} %",
            (x[-1], high[-1]),
            (-4, -1.5),
            textcoords="offset points",
            ha="right",
            va="top",
            path_effects=halo(2.2),
        )
    _step_axis(result, axes, end)
    right = axes.secondary_yaxis("right")
    right.set_yticks(list(shares), labels=list(shares.values()))
    right.tick_params(length=0)
    right.spines.right.set_visible(False)
    axes.set(ylim=(0, 100), ylabel="share of the starts in %")
    axes.set_title("Dead units by step; colours: the end")


def _mark_end(axes: Axes, look: LevelStyle, height: float, sides: tuple[float, float]) -> None:
    """Draw the marker of a level where its band ends."""
    style: dict[str, Any] = {"markersize": 4, "color": background_color(), "markeredgecolor": text_color()}
    axes.plot(np.sqrt(sides[0] * sides[1]), height, look.marker, markeredgewidth=0.5, **style)


def examples(result: Bundle, axes: Axes) -> None:
    """Draw the losses of single runs, with a cross where a unit dies and a star where the end is decided."""
    looks, x = list(level_styles(result.levels).values()), place(result.shown_step)
    ceiling = min(4 * float(result.levels[-1]), 1.05 * float(result.shown_loss.max(initial=0.1)))
    marked: dict[str, Any] = {"markersize": 5.5, "markeredgecolor": text_color(), "markeredgewidth": 0.6, "zorder": 3}
    for level, loss, died, decided in zip(
        result.shown_level, result.shown_loss, result.shown_died, result.shown_decided, strict=True
    ):
        color = looks[level].color
        axes.plot(x, loss, color=color, linestyle=looks[level].linestyle)
        out = crossings(x, loss, ceiling)
        if out.size:
            axes.plot(out, np.full(out.size, ceiling), "^", color=color, markersize=3, clip_on=False, gid="beyond")
        for step, marker in ((died, DIES), (decided, DECIDED)):
            if step >= 0:
                height = min(loss[np.searchsorted(result.shown_step, step)], ceiling)
                raised: dict[str, Any] = {
                    "transform": axes.transData + ScaledTranslation(0, LIFT, axes.figure.dpi_scale_trans)
                }
                lifted = raised if marker == DECIDED and died >= 0 else {}
                axes.plot(place(step), height, marker, color=color, clip_on=False, **marked, **lifted)
    empty = {"linestyle": "", "color": background_color(), **marked}
    handles = [
        Line2D([], [], marker=DIES, label="a unit dies", **empty),
        Line2D([], [], marker=DECIDED, label="end decided", **empty),
    ]
    axes.legend(handles=handles, loc="upper right", borderaxespad=0.0)
    axes.set(ylim=(0, ceiling), ylabel=LOSS_LABEL)
    reached = sorted({result.levels[k] for k in result.shown_level})
    set_tick_labels(axes.yaxis, {float(v): fraction_label(v) for v in reached})
    axes.set_title("Loss of three runs")


def decided(result: Bundle, axes: Axes) -> None:
    """Draw the share of runs whose end is decided, for each size of perturbation, and the share of proven ends."""
    for line, sigma, shares in zip(LINES, result.sigmas, result.decided, strict=False):
        value = np.array([share.fraction for share in shares])
        low, high = np.array([[share.low, share.high] for share in shares]).T
        x = place(result.test_step)
        axes.fill_between(x, 100 * low, 100 * high, color=text_color(), alpha=0.2, linewidth=0)
        axes.plot(x, 100 * value, color=text_color(), linestyle=line, marker=".", markersize=3)
        words = rf"$\sigma$ = {sigma:g}"
        axes.annotate(words, (x[0], 100 * value[0]), (1, -3), textcoords="offset points", va="top")
    low, high = ls.wilson(result.proven, result.starts)
    x = place(result.step)
    axes.fill_between(x, 100 * low, 100 * high, color=text_color(), alpha=0.2, linewidth=0)
    axes.plot(x, 100 * result.proven / result.starts, color=text_color(), linestyle=":")
    last = (x[-1], 100 * result.proven[-1] / result.starts)
    axes.annotate("proven", last, (0, 3), textcoords="offset points", ha="right")
    _step_axis(result, axes, float(result.steps))
    axes.set(ylim=(0, 104), ylabel="runs in %")
    axes.set_title("Runs whose end is decided")


def _step_axis(result: Bundle, axes: Axes, end: float) -> None:
    powers = 10 ** np.arange(int(np.log10(result.steps)) + 1)
    axes.set(xscale="log", xlim=(START, end), xlabel="step")
    names = [str(10**k) if k < 2 else f"$10^{k}$" for k in range(len(powers))]
    axes.set_xticks([START, *powers], labels=["0", *names])
    axes.set_xticks([], minor=True)


def place(step: Any) -> Array:
    """Return where steps are drawn on a logarithmic axis that also shows step 0."""
    return np.maximum(np.asarray(step, dtype=np.float64), START)


def end_of(result: Bundle) -> float:
    """Return where the column of the ends is drawn: the axis is a tenth longer for it."""
    return float(result.steps * (result.steps / START) ** 0.1)
