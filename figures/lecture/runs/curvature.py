"""Curvature along a run that converges, and the pace that it allows gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.runs.curvature_run import DECADES, RunSettings, chosen_run, descent, steps_to_draw
from figures.lecture.runs.panels.step_panels import decades, loss_curves, steps_up_to
from figures.style.style_sheets import text_color
from landscape import Bundle, xor

TITLE = "Curvature"
QUESTION = "Why do the last decades take so long?"
SIZES = ("full", "half")

FLOOR = 1e-34
"""Lower limit of the loss axis; values below, including 0, are drawn at the limit, as the notes state."""
FLATTEST = 1e-3
"""Lower limit of the eigenvalue axis; values below are drawn at the limit, as the figure states."""


class Settings(RunSettings):
    """What a recipe can set."""

    handover: float = Field(1e-3, gt=0, le=1, description="loss of Adam's run at which gradient descent takes over")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return loss and curvature along the first solved run that spikes, until then, and the pace of descent."""
    net, adam = xor.network(), ls.Adam(learning_rate=settings.learning_rate)
    start, chosen = chosen_run(net, adam, settings, progress)
    run = ls.train(net, start, adam, settings.steps)
    tracked = ls.track_stability(net, start, adam, settings.steps)
    until = int(tracked.crossing[0]) if tracked.peak.size and tracked.crossing[0] > 0 else settings.steps
    curvature, rank = tracked.curvature[: until + 1], tracked.rank
    lowest = int(np.nanargmin(tracked.loss[: until + 1]))
    flat = np.abs(curvature[:, :-rank]).max(axis=1, initial=0.0)
    kept, spectrum_step = (steps_to_draw(values, settings.drawn) for values in (tracked.loss[: until + 1], flat))
    sgd = ls.SGD(learning_rate=settings.learning_rate)
    return Bundle(
        **settings.model_dump(),
        **dict(chosen),
        until=until,
        spikes_later=until < settings.steps,
        adam=Bundle(step=kept, loss=tracked.loss[kept]),
        descent=descent(net, run, sgd, settings.handover, settings.drawn),
        decades=DECADES,
        spectrum_step=spectrum_step,
        spectrum=curvature[spectrum_step, -rank:],
        flat=flat[spectrum_step],
        settled=curvature[lowest, -rank:],
        settled_flat=float(flat[lowest]),
        steep_count=rank,
        flat_count=net.n_parameters - rank,
        floor=FLOOR,
        optimizer=adam.describe(),
        dtype=run.theta.dtype.name,
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the loss beside the eigenvalues of the Hessian, at half size above them."""
    if size == "half":
        left, right = figure.subplots(2, 1, sharex=True)
    else:
        left, right = figure.subplots(1, 2)
        left.set_xlabel("step")
    loss_curves(result, left, {"adam": "Adam", "descent": "gradient descent"})
    steps_up_to(left, result.until)
    if result.descent.sgd is not None:
        _paces(result, left, size)
    _spectrum(result, right, size)
    right.set_xlabel("step")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)


def _paces(result: Bundle, axes: Axes, size: str) -> None:
    """Write the steps per factor of 10 beside both curves, where they pass the middle of the decades of the mean.

    For gradient descent also those at the largest learning rate that the curvature allows; at half size only these.
    """
    middle = np.sqrt(result.decades[0] * result.decades[1])
    sgd = result.descent.sgd
    most = "at most " if size == "full" else r"$\leq$ "
    fastest = f"\nlr {most}{sgd.largest_rate:.2g}: {sgd.least:.0f} steps"
    for name, label, steps, more in (
        ("descent", f"lr {result.learning_rate:g}", sgd.steps, fastest),
        ("adam", "Adam", result.descent.adam_steps, ""),
    ):
        if steps is not None and (size == "full" or name == "descent"):
            at = int(np.argmax(result[name].loss < (middle if name == "descent" else middle**2)))
            point = result[name].step[at], result[name].loss[at]
            unit = "\nper factor of 10" if size == "full" else ""
            text = f"{label}: {steps:.0f} steps{unit}{more}"
            place: dict[str, Any] = (
                {"ha": "center", "va": "bottom"} if name == "descent" else {"ha": "left", "va": "center"}
            )
            offset = (0, 18) if name == "descent" else (8, 0)
            if size == "half":
                offset, place["va"] = (0, -6), "top"
            axes.annotate(text, point, offset, textcoords="offset points", linespacing=1.0, gid="pace", **place)


def _spectrum(result: Bundle, axes: Axes, size: str) -> None:
    """Draw the eigenvalues of the Hessian along the run, each named beside its end."""
    beside = axes.get_yaxis_transform()
    step, values = result.spectrum_step, np.maximum(np.abs(result.spectrum), FLATTEST)
    thin: dict[str, Any] = {"color": text_color(), "linewidth": 0.7}
    axes.plot(step, values[:, -1], color="C3", linewidth=1.2)
    for row in values[:, 1:-1].T:
        axes.plot(step, row, linestyle="--", alpha=0.6, **thin)
    axes.plot(step, values[:, 0], color="C4", linewidth=1.2)
    axes.plot(step, np.maximum(result.flat, FLATTEST), linestyle=":", clip_on=False, **thin)
    decades(axes, FLATTEST, 1e2, 1)
    steps_up_to(axes, result.until)
    names = {-1: "largest: limits\nthe step size", 0: "smallest:\nsets the pace"}
    if result.steep_count > 2:
        names[-2] = f"{result.steep_count - 2} between"
    for row, name in names.items():
        text = name if size == "full" else name.partition(":")[0]
        axes.annotate(text, (1.0, values[-1, row]), (4, 0), beside, "offset points", va="center", linespacing=1.0)
    flat = f"{result.flat_count} flat:\nbelow {_power_above(result.settled_flat)}"
    axes.annotate(flat, (1.0, FLATTEST), (4, 0), beside, "offset points", linespacing=1.0)
    axes.set_title("Eigenvalues of the Hessian")


def _power_above(value: float) -> str:
    """Return the next power of 10 above a value, as mathtext.

    >>> _power_above(3e-15)
    '$10^{-14}$'
    """
    return f"$10^{{{int(np.ceil(np.log10(max(value, FLOOR))))}}}$"


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    pace = ""
    if result.descent.sgd is not None:
        pace = ": gradient descent takes at best {descent.sgd.least:.0f} steps per factor of 10"
    return Caption("Steep directions limit the step size{pace}.", result, pace=pace)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    full = size == "full"
    return Caption(
        "One run{until}. {first}: the loss under Adam, and under gradient descent from a small loss on "
        "(dotted){limit}. {second}: curvatures along Adam's path, the eigenvalues of the Hessian in absolute value; "
        "{flat_count} directions become flat (dotted: the largest of these).",
        result,
        until=", until its first spike begins" if result.spikes_later else "",
        limit=""
        if result.descent.sgd is None
        else "; steps: per factor of 10, also at the largest possible learning rate",
        first="Left" if full else "Above",
        second="Right" if full else "Below",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers behind the pace and the eigenvalues, and the settings."""
    return Caption(
        "{pace}\nWhere the loss is lowest, {flat_count} directions are flat (absolute eigenvalues of the Hessian up to "
        "{settled_flat:.1g}); the other {steep_count} eigenvalues lie between {settled[0]:.2g} and "
        "{settled[-1]:.3g}.\nLosses below {floor:g} lie on the lower axis.\nSettings: {optimizer}, full batch, "
        "{dtype}, {steps} steps, from start {shown} of {candidates} Keras-default ones (counted from 0; seed {seed}), "
        "the first that is solved (loss 0){and_spikes}.",
        result,
        and_spikes=" and spikes later: shown until step {until}, before the first spike" if result.spikes_later else "",
        pace=_pace_text(result),
    )


def _pace_text(result: Bundle) -> str:
    if result.descent.sgd is None or result.descent.adam_steps is None:
        return "Dotted: gradient descent from where Adam's loss falls below {handover:g}."
    return (
        "Small curvatures slow descent; large ones limit the step size. Gradient descent at the same learning rate "
        "(dotted, from where Adam's loss falls below {handover:g}) takes {descent.sgd.steps:.0f} steps per factor of "
        "10 (mean from {decades[0]:g} to {decades[1]:g}). The curvature along its path, {descent.sgd.curvature:.3g} "
        "(mean over activation regions; {descent.sgd.region_changes:.0%} of these steps enter another one), amounts "
        "to {descent.sgd.predicted:.0f}; the largest curvature on the path limits the learning rate to "
        "2/{descent.sgd.largest:.3g}, which would give {descent.sgd.least:.0f}. Adam takes {descent.adam_steps:.0f}: "
        "it divides the gradient by P, its preconditioner, which decays as gradients vanish."
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    settled = result.settled
    return (
        f"Logarithmic curves against the step, up to {result.until}. The loss under Adam falls to "
        f"{result.adam.loss.min():.0e}; gradient descent falls on a straight, flatter line. Of the eigenvalues of the "
        f"Hessian {settled.size} end between {settled[0]:.2g} and {settled[-1]:.3g}; the other {result.flat_count} "
        f"fall to {result.settled_flat:.0g}."
    )
