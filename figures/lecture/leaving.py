"""Whether Adam stays at the optimum when it starts next to it, in both data types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.envelope import envelope
from figures.lecture.settings import FigureSettings
from figures.look import ink
from figures.scales import LOSS_LABEL
from landscape import Bundle, xor

TITLE = "Leaving the optimum"
QUESTION = "Does Adam stay at the optimum, as one would expect?"
SIZES = ("full", "half")

DTYPES = ("float64", "float32")
FLOOR = {"loss": 1e-34, "distance": 1e-18}
"""Lower ends of the logarithmic axes; what lies below, also exactly 0, is drawn on them and said to be."""


class Settings(FigureSettings):
    """What a recipe can set."""

    offset: float = Field(1e-5, gt=0, le=1, description="added to W1, b1 and W2 of the textbook optimum, not to b2")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="of Adam, constant")
    steps: int = Field(20_000, ge=300, le=200_000, description="updates")
    drawn: int = Field(300, ge=50, le=2000, description="intervals of log(step) that a curve is drawn from")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return loss and both distances along the run from the offset start, in float64 and in float32."""
    net, start = xor.network(), xor.offset_start(settings.offset)
    adam = ls.Adam(learning_rate=settings.learning_rate)
    runs: dict[str, Any] = {}
    for dtype in DTYPES:
        run = ls.train(net, start, adam, settings.steps, dtype=dtype, progress=progress)
        theta, loss = run.theta[0].astype(np.float64), run.loss[0].astype(np.float64)
        to_textbook = np.linalg.norm(theta - xor.TEXTBOOK, axis=1)
        kept = envelope(loss, np.geomspace(1, loss.size, settings.drawn + 1))
        nonzero = np.flatnonzero(loss)
        settled = int(nonzero[-1]) + 1 if loss[-1] == 0 else None
        early = slice(0, settings.steps // 20)
        first_below = int(np.argmax(loss < loss[0])) if (loss < loss[0]).any() else None
        later = loss[first_below:] if first_below is not None else loss[:0]
        runs[dtype] = Bundle(
            step=run.step[kept],
            loss=loss[kept],
            to_textbook=to_textbook[kept],
            to_zero=ls.nearest_zero(net, theta[kept])[1],
            loss_factor=float(loss[1] / loss[0]),
            first_factor=float(to_textbook[1] / to_textbook[0]),
            peak_factor=float(to_textbook[early].max() / to_textbook[0]),
            peak_step=int(to_textbook[early].argmax()),
            end_distance=float(to_textbook[-1]),
            zero_from=settled,
            below_start_from=first_below,
            later_peak=float(later.max()) if later.size else None,
            later_peak_step=int(first_below + later.argmax()) if first_below is not None else None,
        )
    return Bundle(
        float64=runs["float64"],
        float32=runs["float32"],
        optimizer=adam.describe(),
        **settings.model_dump(),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss above distances, float64 beside float32; float64 alone at half size."""
    dtypes = DTYPES if size == "full" else DTYPES[:1]
    axes = figure.subplots(2, len(dtypes), sharex=True, sharey="row", squeeze=False)
    for column, dtype in enumerate(dtypes):
        run = result[dtype]
        _loss(axes[0, column], run)
        _distances(axes[1, column], run)
        axes[0, column].set_title(dtype)
        axes[1, column].set_xlabel("step (0 drawn at 1/2)")
    axes[0, 0].set_ylabel(LOSS_LABEL)
    axes[1, 0].set_ylabel("distance to")
    axes[1, -1].legend(loc="lower left", bbox_to_anchor=(0.0, 0.0))


def _loss(axes: Axes, run: Bundle) -> None:
    x, y = _shown(run.step, run.loss, FLOOR["loss"])
    axes.plot(x, y, color="C0", linewidth=0.9)
    axes.plot(x[0], y[0], "o", color="C0", markersize=3)
    _log_axes(axes, FLOOR["loss"], 1e2, 8)
    text = rf"$\times$ {_power(run.loss_factor)} in one step"
    axes.annotate(text, (1.0, run.loss[1]), (10, 4), textcoords="offset points", va="bottom")
    if run.zero_from is not None:
        note = f"exactly 0\nfrom step {run.zero_from}"
        axes.annotate(
            note,
            (run.zero_from, FLOOR["loss"]),
            (0, 12),
            textcoords="offset points",
            ha="left",
            va="bottom",
            multialignment="left",
        )
        axes.plot(run.zero_from, FLOOR["loss"], "v", color="C0", clip_on=False)
    elif run.later_peak is not None and run.later_peak > run.loss[0]:
        axes.annotate("spikes", (1.0, 1.0), (-2, -2), "axes fraction", "offset points", ha="right", va="top")


def _distances(axes: Axes, run: Bundle) -> None:
    for values, color, style, label in (
        (run.to_textbook, "C3", "-", r"textbook weights $\theta^*$"),
        (run.to_zero, "C2", "--", "nearest zero-loss point"),
    ):
        x, y = _shown(run.step, values, FLOOR["distance"])
        axes.plot(x, y, color=color, linestyle=style, linewidth=0.9, label=label)
    _log_axes(axes, FLOOR["distance"], 1e1, 6)
    text = rf"$\times$ {run.first_factor:.0f} at once, $\times$ {run.peak_factor:.0f} at the peak"
    axes.annotate(text, (1.0, run.to_textbook[1]), (-4, 8), textcoords="offset points", va="bottom")


def _shown(step: NDArray[Any], values: NDArray[Any], floor: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what a log-log axis can show: step 0 at 1/2, values no lower than the floor."""
    return np.maximum(step, 0.5), np.maximum(values, floor)


def _log_axes(axes: Axes, low: float, high: float, every: int) -> None:
    axes.set(xscale="log", yscale="log", ylim=(low, high))
    exponents = np.arange(0, np.log10(low), -every)
    axes.set_yticks(10.0**exponents)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axhline(low, color=ink(), linewidth=0.6)


def _power(value: float) -> str:
    exponent = int(np.floor(np.log10(value)))
    return rf"${value / 10.0**exponent:.1f} \cdot 10^{{{exponent}}}$"


def caption(result: Bundle, size: str = "full") -> str:
    """Return the caption of the figure in that size."""
    double, single = result.float64, result.float32
    both = size == "full"
    ends = f"{double.end_distance:.2g}, {double.end_distance / result.learning_rate:.1f} learning rates (float64)"
    if both:
        ends += f", and {single.end_distance:.2g}, {single.end_distance / result.learning_rate:.1f} (float32)"
    frozen = (
        f"In float32 the loss is exactly 0 from step {single.zero_from} on and nothing moves any more. "
        if single.zero_from is not None
        else f"In float32 the loss is {single.loss[-1]:.1g} after {result.steps} steps. "
    )
    spikes = (
        f"In float64 the loss climbs back to {double.later_peak:.1g} at step {double.later_peak_step}: at a vanishing "
        "gradient Adam's preconditioner decays until a step of constant length is unstable. "
        if double.later_peak is not None
        else ""
    )
    return (
        f"{result.optimizer}, full batch, from the textbook optimum with {result.offset:g} added to W1, b1 and W2. "
        f"The first step multiplies the loss by {_power(double.loss_factor)} and the distance to the textbook weights "
        f"by {double.first_factor:.0f} (float64), since Adam steps about its learning rate per coordinate however "
        f"small the gradient; at its early peak (step {double.peak_step}) the distance is {double.peak_factor:.0f} "
        "times that of the start. The run settles on another zero of the loss: the distance to the nearest zero-loss "
        "point (global, certified) falls to rounding level while that to the textbook weights ends at "
        f"{ends}. {frozen if both else ''}{spikes}"
        "When it spikes depends on rounding, so step numbers hold for this implementation and data type only. "
        f"Values below {FLOOR['loss']:g} (loss) and {FLOOR['distance']:g} (distance) lie on the lower axis."
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    double = result.float64
    types = "float64 beside float32" if size == "full" else "float64"
    return (
        f"Logarithmic curves against the step, {types}. The loss jumps up at the first step, by a factor of "
        f"{double.loss_factor:.1g} in float64, then falls by many orders of magnitude. The distance to the textbook "
        f"weights jumps by a factor of {double.first_factor:.0f}, peaks at {double.peak_factor:.0f} and stays near "
        f"{double.end_distance:.1g}, while the distance to the nearest zero-loss point falls to rounding level."
    )
