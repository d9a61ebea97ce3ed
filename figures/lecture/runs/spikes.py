"""Late spikes of the loss: preconditioned sharpness along a run of Adam, and the limit that it passes before each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.runs.curvature_run import DTYPES, RunSettings, chosen_run, first_spike, thinned
from figures.lecture.runs.panels.step_panels import LOOKS, decades, loss_curves, steps_up_to
from figures.output.step_builds import appears
from figures.style.loss_scales import LOSS_LABEL
from figures.style.style_sheets import halo, text_color
from landscape import Bundle, xor

TITLE = "Late spikes"
QUESTION = "Why does the loss spike after it has converged?"
SIZES = ("full", "half")
BUILD = {"full": ("loss and sharpness", "the first spike")}

FLOOR = 1e-34
"""Lower limit of the loss axes; values below, including 0, are drawn at the limit, as the notes state."""


class Settings(RunSettings):
    """What a recipe can set."""


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return loss and stability along the first solved run that spikes, and how many runs spike in float64."""
    net, adam = xor.network(), ls.Adam(learning_rate=settings.learning_rate)
    start, chosen = chosen_run(net, adam, settings, progress)
    both = {dtype: ls.track_stability(net, start, adam, settings.steps, dtype=dtype) for dtype in DTYPES}
    double, single = (thinned(both[dtype], settings.drawn) for dtype in DTYPES)
    still_from = ls.constant_from(ls.train(net, start, adam, settings.steps, dtype="float32").theta[0])
    return Bundle(
        **settings.model_dump(),
        **dict(chosen),
        float64=double,
        float32=single,
        spike=first_spike(both["float64"], adam),
        later_spikes=max(0, double.spike_count - 1),
        limit=both["float64"].limit,
        stops_early=single.over_from is not None and still_from < single.over_from,
        spike_decades=both["float64"].settings["spike_decades"],
        floor=FLOOR,
        optimizer=adam.describe(),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss above sharpness; beside them, at full size, the first spike."""
    if size == "half":
        upper, lower = figure.subplots(2, 1, sharex=True)
    else:
        grid = figure.add_gridspec(2, 2, width_ratios=(1.1, 1.0))
        upper = figure.add_subplot(grid[0, 0])
        lower = figure.add_subplot(grid[1, 0], sharex=upper)
        upper.tick_params(labelbottom=False)
        last = figure.add_subplot(grid[:, 1])
        _first_spike(result, last)
        appears(last, 2)
    loss_curves(result, upper, {dtype: f"Adam, {dtype}" for dtype in DTYPES})
    _exactly_zero(result, upper)
    _sharpness(result, lower, with_note=size == "full")
    steps_up_to(upper, result.steps)
    lower.set_xlabel("step")
    figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def _exactly_zero(result: Bundle, axes: Axes) -> None:
    """Mark from where the loss in float32 is exactly 0, with its name."""
    zero, color = result.float32.zero_from, LOOKS["float32"][0]
    if zero is None:
        return
    axes.plot(zero, result.floor, "v", color=color, clip_on=False, zorder=4, gid="beyond")
    axes.annotate(
        "float32:\nexactly 0",
        (zero, result.floor),
        (0.02 * result.steps + zero, 1e-19),
        arrowprops={"arrowstyle": "-", "color": text_color(), "linewidth": 0.6, "shrinkB": 3, "relpos": (0.0, 0.0)},
        linespacing=1.0,
        path_effects=halo(2.0),
        gid="float32",
    )


def _sharpness(result: Bundle, axes: Axes, *, with_note: bool) -> None:
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
    decades(axes, 0.5 * low, 30 * high, 2)
    if result.spike is not None:
        axes.plot([result.float64.crossing[0]] * 2, [0.5 * low, 1.0], color=text_color(), linestyle=":", linewidth=0.8)
    axes.set(ylabel="sharpness / limit", title="Sharpness that Adam sees")


def _first_spike(result: Bundle, axes: Axes) -> None:
    """Draw the loss around the first spike, and its predicted climb."""
    axes.set(xlabel="step", ylabel=LOSS_LABEL, title="The first spike, float64")
    spike = result.spike
    if spike is None:
        axes.text(0.5, 0.5, f"no spike\nin {result.steps} steps", ha="center", transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    shade: dict[str, Any] = {"color": text_color(), "alpha": 0.15, "linewidth": 0}
    axes.fill_between(spike.step, result.floor, 1e2, where=spike.over, step="post", label="over limit", **shade)
    axes.plot(spike.step, np.maximum(spike.loss, result.floor), color=LOOKS["float64"][0], linewidth=0.9)
    dashed: dict[str, Any] = {"color": text_color(), "linestyle": (0, (4, 3)), "linewidth": 1.0}
    axes.plot(spike.climb_step, spike.climb, label="predicted climb", **dashed)
    decades(axes, result.floor, 1e2, 12)
    axes.set_xlim(spike.step[0], spike.step[-1])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.legend(loc="lower right")


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if result.spike is None:
        return Caption(
            "In double precision the sharpness is at most {float64.highest_share:.2g} times the limit{no_spike}.",
            result,
            no_spike="" if result.float64.spike_count else ", and the loss has no spike",
        )
    return Caption(
        "The sharpness that Adam sees grows until it passes the limit of stability; there the loss begins to climb.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    full = size == "full"
    has_spike = result.spike is not None
    return Caption(
        "One run of Adam in double and in single precision (dashed). {upper}: the loss{zero}. {lower}: its sharpness, "
        "the largest curvature after Adam's rescaling, divided by the limit of stability{first}.{right}",
        result,
        upper="Top left" if full else "Above",
        lower="Bottom left" if full else "Below",
        zero=" (triangle: exactly 0 from there on)" if result.float32.zero_from is not None else "",
        first="; dotted: where it first passes" if has_spike else "",
        right=" Right: the first spike; shaded: over the limit; dashed: predicted from the sharpness."
        if full and has_spike
        else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the course of the run in both data types, how many others spike, and the settings."""
    return Caption(
        "{sharpness_text}\n{float32_text}\nOf the {solved} starts solved (loss 0) within {steps} steps, "
        "{spiking.count} also spike within them in float64 (Wilson 95 % interval [{spiking.low:.0p}, "
        "{spiking.high:.0p}] %). When a run spikes depends on rounding, so step numbers hold for this implementation "
        "and data type only. Losses below {floor:g} lie on the lower axis.\nSettings: {optimizer}, full batch, from "
        "start {shown} of {candidates} Keras-default ones (counted from 0; seed {seed}), the first that is "
        "solved{and_spikes}.",
        result,
        and_spikes=" and spikes in float64" if result.float64.spike_count else "",
        sharpness_text=_sharpness_text(result, size),
        float32_text=_float32_text(result),
    )


def _sharpness_text(result: Bundle, size: str) -> str:
    run = result.float64
    seen = (
        "Sharpness: largest eigenvalue of P^-1 H, with the Hessian H and the preconditioner P of Adam's next step, "
        "which decays as gradients vanish"
    )
    if result.spike is None:
        return f"{seen}; at most {{float64.highest_share:.2g}} times the limit of {{limit:.4g}} in float64."
    shaded = " (right; shaded: over the limit; dashed: predicted from the sharpness)" if size == "full" else ""
    others = ""
    if result.later_spikes:
        follow = "follows" if result.later_spikes == 1 else "follow"
        again = ", each after the limit is passed again" if (run.crossing > 0).all() else ""
        others = f"; {{later_spikes}} more {follow}{again}"
    return (
        f"{seen}. In float64 it passes the stability limit 2 (1 + beta_1) / ((1 - beta_1) lr) = {{limit:.4g}} at step "
        "{float64.crossing[0]}, and in {spike.climb_steps} steps rounding error grows to a spike of "
        f"{{float64.peak_loss[0]:.1g}}{shaded}{others}. (Spikes rise at least {{spike_decades:g}} orders of magnitude "
        "above the loss before and after.)"
    )


def _float32_text(result: Bundle) -> str:
    run, parts = result.float32, []
    if run.spike_count:
        parts.append("the run has {float32.spike_count} spike" + "s" * (run.spike_count > 1))
    if run.zero_from is not None:
        parts.append("the loss is exactly 0 from step {float32.zero_from} on")
    if result.stops_early:
        parts.append(
            "no parameter moves any more when the sharpness passes the limit at step {float32.over_from}, so nothing "
            "grows"
        )
    return f"In float32 {' and '.join(parts) or 'the run has no spike'}."


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    run = result.float64
    leaps = "has no spike"
    if run.peak.size:
        leaps = f"later leaps up {run.peak.size} times, first at step {run.peak[0]} to {run.peak_loss[0]:.1g}"
    parts = [
        f"Logarithmic curves against the step, up to {result.steps}. The loss under Adam falls to "
        f"{run.loss.min():.0e}; in float64 it {leaps}"
        + ("; in float32 it ends at exactly 0." if result.float32.zero_from is not None else "."),
        f"The sharpness climbs from {np.nanmin(run.share):.1g} to {np.nanmax(run.share):.2g} times the limit"
        + ("." if result.spike is None else f", which it passes at step {run.crossing[0]}, before the spike."),
    ]
    if size == "full" and result.spike is not None:
        parts.append("A close-up: the loss climbs along the predicted line while the sharpness is over the limit.")
    return " ".join(parts)
