"""The panels of the figure leaving: loss and distances against the step, and how factors are written."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from figures.style.loss_scales import THETA_STAR
from figures.style.style_sheets import text_color
from landscape import Bundle

FLOOR = {"loss": 1e-34, "distance": 1e-18}
"""Lower limits of the logarithmic axes; values below, including 0, are drawn at the limit, as the caption states."""


def loss_panel(axes: Axes, run: Bundle) -> None:
    """Draw the loss, with its change in the first step, its spikes and from where it is exactly 0."""
    x, y = _shown(run.step, run.loss, FLOOR["loss"])
    axes.plot(x, y, color="C0", linewidth=0.9)
    axes.plot(x[0], y[0], "o", color="C0", markersize=3)
    _log_axes(axes, FLOOR["loss"], 1e5, 8)
    if run.zero_from == 0:
        axes.annotate("from the optimum itself: exactly 0", (0.5, 0.04), xycoords="axes fraction", ha="center")
        return
    _note(axes, f"{_factor(run.loss_factor)} in one step", (1.0, run.first_loss))
    if run.zero_from is not None:
        note = f"exactly 0\nfrom step {run.zero_from}"
        axes.annotate(note, (0.98, 0.78), xycoords="axes fraction", ha="right", va="top", linespacing=1.0)
        axes.plot(run.zero_from, FLOOR["loss"], "v", color="C0", clip_on=False)
    if run.spike is not None:
        axes.annotate("spikes", (1.0, 1.0), (-2, -2), "axes fraction", "offset points", ha="right", va="top")


def distance_panel(axes: Axes, run: Bundle) -> None:
    """Draw the distances to the textbook weights and to the nearest zero-loss point."""
    for values, color, style, label in (
        (run.to_textbook, "C3", "-", f"textbook weights {THETA_STAR}"),
        (run.to_zero, "C2", "--", "nearest zero-loss point"),
    ):
        x, y = _shown(run.step, values, FLOOR["distance"])
        axes.plot(x, y, color=color, linestyle=style, linewidth=0.9, label=label)
    _log_axes(axes, FLOOR["distance"], 1e3, 6)
    if run.zero_from == 0:
        return
    _note(axes, f"{_factor(run.first_factor)} at once", (1.0, run.first_distance))
    if run.peak_step > 1 and _factor(run.peak_factor) != _factor(run.first_factor):
        _note(
            axes, f"{_factor(run.peak_factor)} at step {run.peak_step}", (run.peak_step, run.peak_distance), right=True
        )


def _factor(factor: float) -> str:
    r"""Return a factor for the figure, as a change in percent if it is near 1.

    >>> _factor(71.2), _factor(1.029), _factor(0.98)
    ('$\\times$ 71', '+2.9 %', '−2 %')
    """
    if not 0.5 < factor < 2:
        return rf"$\times$ {times(factor, tex=True)}"
    return f"{percent(factor)} %".replace("-", "\N{MINUS SIGN}")


def percent(factor: float) -> str:
    """Return the change that a factor amounts to in percent, with its sign.

    >>> percent(1.0291), percent(0.98), percent(1.0)
    ('+2.9', '-2', '+0')
    """
    change = 100 * (factor - 1)
    return f"{change:+.2g}" if abs(change) < 99 else f"{change:+.0f}"


def _note(axes: Axes, text: str, point: tuple[float, float], *, right: bool = False) -> None:
    """Write ``text`` near the top of the axes, on the left or on the right, with a line to a point of a curve."""
    line = {"arrowstyle": "-", "color": text_color(), "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2}
    line["relpos"] = (0.0, 0.0)
    place, align = ((0.99, 0.95), "right") if right else ((0.06, 0.95), "left")
    axes.annotate(text, point, place, textcoords="axes fraction", ha=align, va="top", arrowprops=line, gid="note")


def _shown(step: NDArray[Any], values: NDArray[Any], floor: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return steps and values clipped for log-log axes: step 0 becomes 1/2, values below the floor become the floor."""
    return np.maximum(step, 0.5), np.maximum(values, floor)


def _log_axes(axes: Axes, low: float, high: float, every: int) -> None:
    axes.set(xscale="log", yscale="log", ylim=(low, high))
    exponents = np.arange(0, np.log10(low), -every)
    axes.set_yticks(10.0**exponents)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axhline(low, color=text_color(), linewidth=0.6)


def times(value: float, *, tex: bool = False) -> str:
    """Return a factor in two or three digits, as text or for mathtext."""
    if not np.isfinite(value):
        return r"$\infty$" if tex else "infinity"
    if 1e-2 <= value < 1e3:
        return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
    digits, exponent = f"{value:.1e}".split("e")
    return rf"${digits} \cdot 10^{{{int(exponent)}}}$" if tex else f"{digits}e{exponent}"
