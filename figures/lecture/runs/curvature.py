"""Curvature along a run that converges and then spikes: preconditioned sharpness and the stability limit of Adam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.runs.curvature_panels import loss_panel, share_panel, spectrum_panel, spike_panel
from figures.lecture.runs.curvature_run import (
    DECADES,
    DTYPES,
    descent,
    first_spike,
    steps_to_draw,
    thinned,
    which_spike,
)
from figures.lecture.settings import FigureSettings, SmallLearningRate, StartSeed
from landscape import Bundle, xor

TITLE = "Curvature and late spikes"
QUESTION = "Why do the last decades take so long?"
SIZES = ("full", "half")

FLOOR = 1e-34
"""Lower limit of the loss axes; values below, including 0, are drawn at the limit, as the caption states."""


class Settings(FigureSettings):
    """What a recipe can set."""

    learning_rate: SmallLearningRate = Field(1e-2, description="of Adam and of gradient descent, constant")
    steps: int = Field(12_000, ge=1000, le=100_000, description="updates")
    candidates: int = Field(
        256, ge=1, le=5000, description="Keras-default starts of its own, of which one that spikes is shown"
    )
    seed: StartSeed = 0
    handover: float = Field(1e-3, gt=0, le=1, description="loss of Adam's run at which gradient descent takes over")
    drawn: int = Field(300, ge=50, le=2000, description="intervals of steps that a curve is drawn from")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return curvature and stability along the first solved run that spikes, and how many runs spike in float64."""
    net, adam = xor.network(), ls.Adam(learning_rate=settings.learning_rate)
    # Not the starts of other figures: the first of those that spikes does so in float32 as well, without a contrast.
    starts = ls.glorot_starts(net, settings.candidates, rng=np.random.default_rng(settings.seed))
    # Every record counts: a run that is on a spike at the last step was on level 0 before.
    every = max(1, settings.steps // 20)
    all_runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    solved = np.flatnonzero((ls.assign_levels(net, all_runs.theta) == 0).any(axis=1))
    if not solved.size:
        raise ValueError(
            f"candidates must hold a solved one; got none among {settings.candidates}, use more of them or more steps"
        )
    spiking = which_spike(net, starts[solved], adam, settings.steps)
    shown = int(solved[spiking.argmax()])  # the first solved run if none spikes
    runs = {dtype: ls.train(net, starts[shown], adam, settings.steps, dtype=dtype) for dtype in DTYPES}
    both = {dtype: ls.track_stability(net, starts[shown], adam, settings.steps, dtype=dtype) for dtype in DTYPES}
    double, single = (thinned(both[dtype], settings.drawn) for dtype in DTYPES)
    curvature, rank = both["float64"].curvature, both["float64"].rank
    lowest = int(np.nanargmin(both["float64"].loss))
    flat = np.abs(curvature[:, :-rank]).max(axis=1, initial=0.0)
    kept = steps_to_draw(flat, settings.drawn)
    still_from = ls.constant_from(runs["float32"].theta[0])
    sgd = ls.SGD(learning_rate=settings.learning_rate)
    return Bundle(
        starts=settings.candidates,
        **settings.model_dump(exclude={"candidates"}),
        float64=double,
        float32=single,
        descent=descent(net, runs["float64"], sgd, settings.handover, settings.drawn),
        decades=DECADES,
        spike=first_spike(both["float64"], adam),
        later_spikes=max(0, double.spike_count - 1),
        spectrum_step=kept,
        spectrum=curvature[kept, -rank:],
        flat=flat[kept],
        settled=curvature[lowest, -rank:],
        settled_flat=float(flat[lowest]),
        steep_count=rank,
        flat_count=net.n_parameters - rank,
        limit=both["float64"].limit,
        shown=shown,
        stops_early=single.over_from is not None and still_from < single.over_from,
        solved=int(solved.size),
        spiking=ls.Share(int(spiking.sum()), solved.size),
        spike_decades=both["float64"].settings["spike_decades"],
        floor=FLOOR,
        optimizer=adam.describe(),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss above sharpness; beside them, at full size, the spectrum and the first spike."""
    if size == "half":
        upper, lower = figure.subplots(2, 1, sharex=True)
        loss_panel(result, upper)
        share_panel(result, lower, with_note=False)
        columns = 2
    else:
        (upper, right), (lower, last) = figure.subplots(2, 2)
        loss_panel(result, upper)
        share_panel(result, lower)
        spectrum_panel(result, right)
        spike_panel(result, last)
        columns = 3
    lower.set_xlabel("step")
    figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=columns)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    spikes = "; Adam's growing steps end in spikes" if result.spike is not None else ""
    return Caption(f"Steep directions limit the step size, so the loss falls slowly along gentle ones{spikes}.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    full = size == "full"
    spike = " Bottom right: the first spike; shaded: over the limit." if result.spike is not None else ""
    return Caption(
        "One run. {upper}: the loss under Adam, and under gradient descent from a small loss on (dotted). {lower}: its "
        "sharpness, the largest curvature after Adam's rescaling, over the limit of stability. {right}",
        result,
        upper="Top left" if full else "Above",
        lower="Bottom left" if full else "Below",
        right=f"Top right: the curvatures, eigenvalues of the Hessian; {{flat_count}} fall to 0.{spike}"
        if full
        else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the numbers behind pace and spikes, and the settings."""
    return Caption(
        "{pace}\n{spectrum_text}\n{sharpness_text}\n{float32_text}\nOf the {solved} starts solved (loss 0) within "
        "{steps} steps, {spiking.count} also spike within them in float64 (Wilson 95 % interval [{spiking.low:.0p}, "
        "{spiking.high:.0p}] %). When a run spikes depends on rounding, so step numbers hold for this implementation "
        "and data type only. Losses below {floor:g} lie on the lower axis.\nSettings: {optimizer}, full batch, from "
        "start {shown} of {starts} Keras-default ones (counted from 0; seed {seed}), the first that is "
        "solved{and_spikes}.",
        result,
        and_spikes=" and spikes in float64" if result.float64.spike_count else "",
        pace=_pace_text(result),
        spectrum_text=_spectrum_text(size),
        sharpness_text=_sharpness_text(result, size),
        float32_text=_float32_text(result),
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


def _spectrum_text(size: str) -> str:
    where, flattest = ("Top right: where", "; lowest curve: the largest") if size == "full" else ("Where", "")
    return (
        f"{where} the float64 loss is lowest, {{flat_count}} directions are flat (absolute eigenvalues of the "
        f"Hessian up to {{settled_flat:.1g}}{flattest}); the other {{steep_count}} eigenvalues lie between "
        "{settled[0]:.2g} and {settled[-1]:.3g}."
    )


def _sharpness_text(result: Bundle, size: str) -> str:
    run = result.float64
    seen = "Sharpness: largest eigenvalue of P^-1 H, with the Hessian H and the P of Adam's next step"
    if result.spike is None:
        return f"{seen}; at most {{float64.highest_share:.2g}} times the limit of {{limit:.4g}} in float64."
    shaded = " (bottom right; shaded: over the limit; dashed: predicted from the sharpness)" if size == "full" else ""
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
    run, settled = result.float64, result.settled
    leaps = "stays there"
    if run.peak.size:
        leaps = f"later leaps up {run.peak.size} times, first at step {run.peak[0]} to {run.peak_loss[0]:.1g}"
    parts = [
        f"Logarithmic curves against the step, up to {result.steps}. The loss under Adam falls to rounding level;",
        f"in float64 it {leaps}"
        + ("; in float32 it ends at exactly 0." if result.float32.zero_from is not None else "."),
        "Gradient descent falls on a straight, flatter line.",
        f"The sharpness climbs from {np.nanmin(run.share):.1g} to {np.nanmax(run.share):.2g} times the limit"
        + ("." if result.spike is None else f", which it passes at step {run.crossing[0]}, before the spike."),
    ]
    if size == "full":
        parts.append(
            f"Of the eigenvalues of the Hessian {settled.size} end between {settled[0]:.2g} and {settled[-1]:.3g}; the "
            f"other {result.flat_count} fall to {result.settled_flat:.0g} and follow the loss."
        )
        if result.spike is not None:
            parts.append("A close-up: the loss climbs along the predicted line while the sharpness is over the limit.")
    return " ".join(parts)
