"""The panels of the figure curvature: loss, sharpness, spectrum and first spike."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from figures.lecture.runs.curvature_run import DTYPES
from figures.style.loss_scales import LOSS_LABEL
from figures.style.style_sheets import text_color
from landscape import Bundle

LOOKS = {"float64": ("C0", "-"), "float32": ("C1", "--"), "descent": ("C2", ":")}
FLATTEST = 1e-18
"""Lower limit of the eigenvalue axis; values below are drawn at the limit."""


def loss_panel(result: Bundle, axes: Axes) -> None:
    """Draw the loss of Adam in both data types and of gradient descent."""
    for name, label in (("float64", "Adam, float64"), ("float32", "Adam, float32"), ("descent", "gradient descent")):
        run, (color, style) = result[name], LOOKS[name]
        axes.plot(
            run.step, np.maximum(run.loss, result.floor), color=color, linestyle=style, linewidth=0.9, label=label
        )
    zero = result.float32.zero_from
    if zero is not None:
        axes.plot(zero, result.floor, "v", color=LOOKS["float32"][0], clip_on=False)
        axes.annotate("exactly 0", (zero, 1e-21), (2, 0), textcoords="offset points", va="center")
    _decades(axes, result.floor, 1e2, 12)
    _steps(result, axes)
    axes.set(ylabel=LOSS_LABEL, title="Loss")


def share_panel(result: Bundle, axes: Axes, *, with_note: bool = True) -> None:
    """Draw the sharpness over the stability limit in both data types."""
    for dtype in DTYPES:
        run, (color, style) = result[dtype], LOOKS[dtype]
        axes.plot(run.step, run.share, color=color, linestyle=style, linewidth=0.9)
    axes.axhline(1.0, color=text_color(), linewidth=0.8)
    axes.annotate("limit", (0.0, 1.0), (2, 2), ("axes fraction", "data"), "offset points", va="bottom")
    if with_note and result.stops_early:
        note = "float32 passes it, too,\nbut no longer moves"
        axes.annotate(note, (0.0, 1.0), (2, -2), "axes fraction", "offset points", va="top", linespacing=0.9)
    low, high = (np.nanmin(result.float64.share), max(np.nanmax(result[dtype].share) for dtype in DTYPES))
    _decades(axes, 0.5 * low, 30 * high, 2)
    _steps(result, axes)
    if result.spike is not None:
        axes.plot([result.float64.crossing[0]] * 2, [0.5 * low, 1.0], color=text_color(), linestyle=":", linewidth=0.8)
    axes.set(ylabel="sharpness / limit", title="Preconditioned sharpness")


def _steps(result: Bundle, axes: Axes) -> None:
    """End the step axis at the last step."""
    axes.set_xlim(0, result.steps)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 4, 5, 10]))


def spectrum_panel(result: Bundle, axes: Axes) -> None:
    """Draw the eigenvalues of the Hessian along the run in float64."""
    for row in result.spectrum[:, 1:-1].T:
        axes.plot(result.spectrum_step, np.abs(row), color="C4", linewidth=0.5, alpha=0.6)
    axes.plot(result.spectrum_step, result.spectrum[:, -1], color="C3", linewidth=1.0)
    axes.plot(result.spectrum_step, np.abs(result.spectrum[:, 0]), color="C4", linestyle="-.", linewidth=1.0)
    axes.plot(result.spectrum_step, np.maximum(result.flat, FLATTEST), color=text_color(), linewidth=0.6, alpha=0.6)
    _decades(axes, FLATTEST, 1e5, 6)
    _steps(result, axes)
    x = 0.16 * result.steps
    axes.text(x, 60, f"largest: {result.settled[-1]:.2g}", va="bottom")
    axes.text(x, 0.05, f"smallest: {result.settled[0]:.2g}", va="top")
    axes.text(x, np.clip(10 * result.settled_flat, 10 * FLATTEST, 1e-10), f"{result.flat_count} flat", va="bottom")
    axes.set(ylabel="absolute eigenvalue", title="Curvature of the loss, float64")


def spike_panel(result: Bundle, axes: Axes) -> None:
    """Draw the loss around the first spike, and its predicted climb."""
    axes.set(xlabel="step", ylabel=LOSS_LABEL, title="The first spike, float64")
    spike = result.spike
    if spike is None:
        axes.text(0.5, 0.5, f"no spike\nin {result.steps} steps", ha="center", transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    shade: dict[str, Any] = {"color": text_color(), "alpha": 0.15, "linewidth": 0}
    axes.fill_between(spike.step, result.floor, 1e2, where=spike.over, step="post", label="over limit", **shade)
    axes.plot(spike.step, np.maximum(spike.loss, result.floor), color="C0", linewidth=0.9)
    dashed: dict[str, Any] = {"color": text_color(), "linestyle": (0, (4, 3)), "linewidth": 1.0}
    axes.plot(spike.climb_step, spike.climb, label="predicted climb", **dashed)
    _decades(axes, result.floor, 1e2, 12)
    axes.set_xlim(spike.step[0], spike.step[-1])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.legend(loc="lower right")


def _decades(axes: Axes, low: float, high: float, every: int) -> None:
    axes.set(yscale="log", ylim=(low, high))
    axes.set_yticks(10.0 ** (every * np.arange(np.ceil(np.log10(low) / every), np.floor(np.log10(high) / every) + 1)))
    axes.yaxis.set_minor_locator(NullLocator())
