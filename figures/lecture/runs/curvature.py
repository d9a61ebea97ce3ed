"""Curvature along a run that converges and then spikes: preconditioned sharpness and the stability limit of Adam."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.settings import FigureSettings, SmallLearningRate, StartSeed
from figures.plots.envelope import envelope
from figures.style.loss_scales import LOSS_LABEL
from figures.style.style_sheets import text_color
from landscape import Bundle, ReluNetwork, Stability, xor
from landscape.analysis.stability import rounding_floor

TITLE = "Curvature and late spikes"
QUESTION = "Why do the last decades take so long?"
SIZES = ("full", "half")

DTYPES = ("float64", "float32")
LOOKS = {"float64": ("C0", "-"), "float32": ("C1", "--"), "descent": ("C2", ":")}
FLOOR = 1e-34
"""Lower limit of the loss axes; values below, including 0, are drawn at the limit, as the caption states."""
FLATTEST = 1e-18
"""Lower limit of the eigenvalue axis, applied in the same way."""
DECADES = (1e-6, 1e-12)
"""Losses between which steps per decade are counted: after the bends of the path, well above rounding error."""
AROUND = 140
"""Steps shown before the sharpness passes the limit, and after the spike."""

Array = NDArray[np.float64]


class Settings(FigureSettings):
    """What a recipe can set."""

    learning_rate: SmallLearningRate = Field(1e-2, description="of Adam and of gradient descent, constant")
    steps: int = Field(12_000, ge=1000, le=100_000, description="updates")
    starts: int = Field(256, ge=1, le=5000, description="Keras-default starts, of which one that spikes is shown")
    seed: StartSeed = 0
    handover: float = Field(1e-3, gt=0, le=1, description="loss of Adam's run at which gradient descent takes over")
    drawn: int = Field(300, ge=50, le=2000, description="intervals of steps that a curve is drawn from")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return curvature and stability along the first solved run that spikes, in both data types, and how many spike."""
    net, adam = xor.network(), ls.Adam(learning_rate=settings.learning_rate)
    starts = ls.glorot_starts(net, settings.starts, rng=np.random.default_rng(settings.seed))
    # Every record counts: a run that is on a spike at the last step was on level 0 before.
    every = max(1, settings.steps // 20)
    runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    solved = np.flatnonzero((ls.assign_levels(net, runs.theta) == 0).any(axis=1))
    if not solved.size:
        raise ValueError(f"starts must hold a solved one; got none among {settings.starts}, use more starts or steps")
    spiking = {dtype: _spiking(net, starts[solved], adam, settings.steps, dtype) for dtype in DTYPES}
    shown = int(solved[spiking["float64"].argmax()])  # the first solved run if none spikes
    both = {dtype: ls.track_stability(net, starts[shown], adam, settings.steps, dtype=dtype) for dtype in DTYPES}
    double = both["float64"]
    lowest = int(np.nanargmin(double.loss))
    flat = np.abs(double.curvature[:, : -double.rank]).max(axis=1, initial=0.0)
    kept = _steps_to_draw(flat, settings.drawn)
    return Bundle(
        **settings.model_dump(),
        **{dtype: _thinned(run, settings.drawn) for dtype, run in both.items()},
        descent=_descent(net, starts[shown], adam, settings),
        spike=_first_spike(double, adam),
        spectrum_step=kept,
        spectrum=double.curvature[kept, -double.rank :],
        flat=flat[kept],
        settled=double.curvature[lowest, -double.rank :],
        settled_flat=float(flat[lowest]),
        flat_count=net.n_parameters - double.rank,
        limit=double.limit,
        shown=shown,
        still_from=_still_from(net, starts[shown], adam, settings.steps),
        solved=int(solved.size),
        spiking=tuple(int(spiking[dtype].sum()) for dtype in DTYPES),
        spike_decades=double.settings["spike_decades"],
        optimizer=adam.describe(),
    )


def _spiking(net: ReluNetwork, starts: Array, adam: ls.Adam, steps: int, dtype: str) -> NDArray[np.bool_]:
    """Return which of the runs from starts (k, n) have a spike."""
    floor = rounding_floor(net, dtype)
    found = []
    batches = ceil(len(starts) / 32)  # of at most 32 runs
    for part in np.array_split(starts, batches):
        run = ls.train(net, part, adam, steps, dtype=dtype)
        found += [ls.spikes(loss, floor).size > 0 for loss in run.loss]
    return np.array(found)


def _still_from(net: ReluNetwork, start: Array, adam: ls.Adam, steps: int) -> int | None:
    """Return the step from which the parameters of a float32 run are constant, None if they change until the end."""
    path = ls.train(net, start, adam, steps, dtype="float32").theta[0]
    moves = np.flatnonzero((path[1:] != path[:-1]).any(axis=1))
    last = int(moves[-1]) + 1 if moves.size else 0
    return last if last < steps else None


def _descent(net: ReluNetwork, start: Array, adam: ls.Adam, settings: Settings) -> Bundle:
    """Return gradient descent from where Adam's loss falls below ``handover``, and both numbers of steps per decade."""
    path = ls.train(net, start, adam, settings.steps)
    handover = int(np.argmax(path.loss[0] < settings.handover))
    sgd = ls.SGD(learning_rate=settings.learning_rate)
    run = ls.train(net, path.theta[0, handover], sgd, settings.steps - handover)
    kept = _steps_to_draw(run.loss[0], settings.drawn)
    return Bundle(
        step=kept + handover,
        loss=run.loss[0, kept],
        adam=_steps_per_decade(net, path.theta[0], path.loss[0], None),
        sgd=_steps_per_decade(net, run.theta[0], run.loss[0], sgd),
        optimizer=sgd.describe(),
    )


def _steps_per_decade(net: ReluNetwork, path: Array, loss: Array, sgd: ls.SGD | None) -> Bundle | None:
    """Return how many steps a run (r, n) needs per decade of the loss; None if its loss stays above ``DECADES[1]``.

    For gradient descent also the number that the curvature along its path predicts. This is d^T H d / d^T d with d
    from the first to the last point of these decades, and H averaged over all steps between: at a kink a run jumps
    back and forth between activation regions, each with its own Hessian.
    """
    below = [np.flatnonzero(loss < value) for value in DECADES]
    if not below[1].size:
        return None
    first, last = (int(steps[0]) for steps in below)
    measured = (last - first) / float(np.log10(loss[first] / loss[last]))
    if sgd is None:
        return Bundle(steps=measured)
    active = net.preactivations(path[first : last + 1]) > 0
    displacement, hessian = path[first] - path[last], net.hessian(path[first:last])
    curvature = float(displacement @ hessian.mean(axis=0) @ displacement / (displacement @ displacement))
    largest = float(ls.sharpness(hessian).max())
    return Bundle(
        steps=measured,
        predicted=_predicted_steps_per_decade(sgd, curvature),
        curvature=curvature,
        hops=float((active[1:] != active[:-1]).any(axis=(1, 2)).mean()),
        largest=largest,
        largest_rate=2 / largest,
        least=_predicted_steps_per_decade(ls.SGD(learning_rate=2 / largest), curvature),
    )


def _predicted_steps_per_decade(sgd: ls.SGD, curvature: float) -> float:
    """Return the number of steps in which the loss falls by a factor of 10 along a direction of that curvature."""
    return -0.5 / float(np.log10(ls.growth_factor(sgd, curvature)))


def _steps_to_draw(values: Array, intervals: int) -> NDArray[np.int64]:
    return envelope(values, np.linspace(0, values.size, intervals + 1))


def _thinned(run: Stability, intervals: int) -> Bundle:
    """Return what is drawn or quoted of a run."""
    share = run.sharpness / run.limit
    kept = np.union1d(_steps_to_draw(run.loss, intervals), _steps_to_draw(share, intervals))
    nonzero = np.flatnonzero(run.loss)
    over = np.flatnonzero(share > 1)
    return Bundle(
        step=run.step[kept],
        loss=run.loss[kept],
        share=share[kept],
        peak=run.peak,
        peak_loss=run.peak_loss,
        crossing=run.crossing,
        over_from=int(over[0]) if over.size else None,
        zero_from=int(nonzero[-1]) + 1 if run.loss[-1] == 0 else None,
    )


def _first_spike(run: Stability, adam: ls.Adam) -> Bundle | None:
    """Return the steps around the first spike, and the growth of the loss predicted by the sharpness at each step."""
    if not run.peak.size or run.crossing[0] < 0:
        return None
    crossing, peak = int(run.crossing[0]), int(run.peak[0])
    seen = slice(max(0, crossing - AROUND), peak + AROUND)
    middle = (crossing + peak) // 2
    climb = np.cumsum(2 * np.log10(ls.growth_factor(adam, run.sharpness[crossing:peak])))
    climb -= climb[middle - crossing]
    return Bundle(
        step=run.step[seen],
        loss=run.loss[seen],
        over=run.sharpness[seen] > run.limit,
        climb_step=np.arange(crossing + 1, peak + 1),
        climb=run.loss[middle + 1] * 10.0**climb,
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss above sharpness; beside them, at full size, the spectrum and the first spike."""
    if size == "half":
        upper, lower = figure.subplots(2, 1, sharex=True)
        _loss(result, upper)
        _share(result, lower, with_note=False)
        columns = 2
    else:
        (upper, right), (lower, last) = figure.subplots(2, 2)
        _loss(result, upper)
        _share(result, lower)
        _spectrum(result, right)
        _spike(result, last)
        columns = 3
    lower.set_xlabel("step")
    figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=columns)


def _loss(result: Bundle, axes: Axes) -> None:
    for name, label in (("float64", "Adam, float64"), ("float32", "Adam, float32"), ("descent", "gradient descent")):
        run, (color, style) = result[name], LOOKS[name]
        axes.plot(run.step, np.maximum(run.loss, FLOOR), color=color, linestyle=style, linewidth=0.9, label=label)
    zero = result.float32.zero_from
    if zero is not None:
        axes.plot(zero, FLOOR, "v", color=LOOKS["float32"][0], clip_on=False)
        axes.annotate("exactly 0", (zero, 1e-21), (2, 0), textcoords="offset points", va="center")
    _decades(axes, FLOOR, 1e2, 12)
    _steps(result, axes)
    axes.set(ylabel=LOSS_LABEL, title="Loss")


def _share(result: Bundle, axes: Axes, *, with_note: bool = True) -> None:
    for dtype in DTYPES:
        run, (color, style) = result[dtype], LOOKS[dtype]
        axes.plot(run.step, run.share, color=color, linestyle=style, linewidth=0.9)
    axes.axhline(1.0, color=text_color(), linewidth=0.8)
    axes.annotate("limit", (0.0, 1.0), (2, 2), ("axes fraction", "data"), "offset points", va="bottom")
    if with_note and _stops_before_limit(result):
        note = "float32 passes it, too,\nbut moves no more"
        axes.annotate(note, (0.0, 1.0), (2, -2), "axes fraction", "offset points", va="top", linespacing=0.9)
    low, high = (np.nanmin(result.float64.share), max(np.nanmax(result[dtype].share) for dtype in DTYPES))
    _decades(axes, 0.5 * low, 30 * high, 2)
    _steps(result, axes)
    if result.spike is not None:
        axes.plot([result.float64.crossing[0]] * 2, [0.5 * low, 1.0], color=text_color(), linestyle=":", linewidth=0.8)
    axes.set(ylabel="sharpness / limit", title="Sharpness as Adam sees it")


def _steps(result: Bundle, axes: Axes) -> None:
    """End the step axis at the last step."""
    axes.set_xlim(0, result.steps)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 4, 5, 10]))


def _spectrum(result: Bundle, axes: Axes) -> None:
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


def _spike(result: Bundle, axes: Axes) -> None:
    axes.set(xlabel="step", ylabel=LOSS_LABEL, title="The first spike, float64")
    spike = result.spike
    if spike is None:
        axes.text(0.5, 0.5, f"no spike\nin {result.steps} steps", ha="center", transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    axes.fill_between(
        spike.step,
        FLOOR,
        1e2,
        where=spike.over,
        step="post",
        color=text_color(),
        alpha=0.15,
        linewidth=0,
        label="over limit",
    )
    axes.plot(spike.step, np.maximum(spike.loss, FLOOR), color="C0", linewidth=0.9)
    axes.plot(
        spike.climb_step, spike.climb, color=text_color(), linestyle=(0, (4, 3)), linewidth=1.0, label="predicted climb"
    )
    _decades(axes, FLOOR, 1e2, 12)
    axes.set_xlim(spike.step[0], spike.step[-1])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.legend(loc="lower right")


def _decades(axes: Axes, low: float, high: float, every: int) -> None:
    axes.set(yscale="log", ylim=(low, high))
    axes.set_yticks(10.0 ** (every * np.arange(np.ceil(np.log10(low) / every), np.floor(np.log10(high) / every) + 1)))
    axes.yaxis.set_minor_locator(NullLocator())


def caption(result: Bundle, size: str = "full") -> str:
    """Return the caption of the figure in that size."""
    chosen = "the first that is solved" + (", and spikes in float64" if result.float64.peak.size else "")
    parts = [
        f"{result.optimizer}, full batch, from start {result.shown} (from 0) of {result.starts} Keras-default ones "
        f"(seed {result.seed}), {chosen}.",
        _pace_text(result),
        _spectrum_text(result, size),
        _spikes_text(result, size),
        _float32_text(result),
        _spiking_text(result),
        "When a run spikes depends on rounding, so step numbers hold for this implementation and data type only. "
        f"Losses below {FLOOR:g}, also 0, lie on the lower axis.",
    ]
    return " ".join(parts)


def _pace_text(result: Bundle) -> str:
    adam, sgd, (high, low) = result.descent.adam, result.descent.sgd, DECADES
    if sgd is None or adam is None:
        return f"Dotted: gradient descent from where Adam's loss falls below {result.handover:g}."
    return (
        "Small curvature sets the pace, large curvature limits the step. Gradient descent with the same learning rate "
        f"(dotted, from where Adam's loss falls below {result.handover:g}) needs {sgd.steps:.0f} steps for a factor of "
        f"10, on average from {high:g} to {low:g}. The curvature along its way, {sgd.curvature:.3g} (mean over the "
        f"activation regions; it hops to another one in {100 * sgd.hops:.0f} % of these steps), predicts "
        f"{sgd.predicted:.0f}; with the largest learning rate that the largest curvature there admits, "
        f"2/{sgd.largest:.3g}, it would be {sgd.least:.0f}. Adam needs {adam.steps:.0f}, as it divides the gradient by "
        "P, which decays when gradients vanish."
    )


def _spectrum_text(result: Bundle, size: str) -> str:
    largest, smallest = result.settled[-1], result.settled[0]
    where, gray = ("Right, top: where", "; gray: the largest of them") if size == "full" else ("Where", "")
    return (
        f"{where} the loss is lowest in float64, {result.flat_count} directions are flat (absolute eigenvalues of the "
        f"Hessian up to {result.settled_flat:.1g}{gray}), the other {result.settled.size} eigenvalues lie between "
        f"{smallest:.2g} and {largest:.3g}."
    )


def _spikes_text(result: Bundle, size: str) -> str:
    run = result.float64
    seen = "Sharpness: largest eigenvalue of P^-1 H, with Adam's own P of the next step and the Hessian H"
    if result.spike is None:
        return f"{seen}; at most {np.nanmax(run.share):.2g} times the limit of {result.limit:.4g} in float64."
    rest = run.peak.size - 1
    shaded = " (right, bottom, shaded; dashed: as the sharpness predicts)" if size == "full" else ""
    again = ", each after the limit has been passed again" if (run.crossing > 0).all() else ""
    others = f"; {rest} more follow{'s' if rest == 1 else ''}{again}" if rest else ""
    return (
        f"{seen}. In float64 it passes the limit 2 (1 + beta_1) / ((1 - beta_1) lr) = {result.limit:.4g} at step "
        f"{run.crossing[0]}, and in {run.peak[0] - run.crossing[0]} steps what rounding has left grows to a spike of "
        f"{run.peak_loss[0]:.1g}{shaded}{others}. (A spike: at least {result.spike_decades:g} orders of magnitude "
        "above what lies before and after.)"
    )


def _float32_text(result: Bundle) -> str:
    run, parts = result.float32, []
    if run.peak.size:
        parts.append(f"the run has {run.peak.size} spike{'s' if run.peak.size > 1 else ''}")
    if run.zero_from is not None:
        parts.append(f"the loss is exactly 0 from step {run.zero_from} on")
    if _stops_before_limit(result):
        parts.append(
            f"no parameter moves from step {result.still_from} on, and nothing grows when the sharpness passes the "
            f"limit at step {run.over_from}"
        )
    return f"In float32 {', '.join(parts) or 'the run has no spike'}."


def _stops_before_limit(result: Bundle) -> bool:
    """Return whether the float32 run no longer moves when its sharpness passes the limit."""
    over, still = result.float32.over_from, result.still_from
    return over is not None and still is not None and still < over


def _spiking_text(result: Bundle) -> str:
    counts = []
    for dtype, count in zip(DTYPES, result.spiking, strict=True):
        low, high = ls.wilson(count, result.solved)
        counts.append(f"{count} in {dtype} ({100 * low:.0f} to {100 * high:.0f} %)")
    return (
        f"Of the {result.solved} starts that are solved within {result.steps} steps, {' and '.join(counts)} spike in "
        "these steps (brackets: Wilson 95 % intervals)."
    )


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
