"""Whether Adam stays at the optimum when it starts next to it, in float64 and in float32."""

from collections.abc import Callable
from typing import Annotated

import numpy as np
from matplotlib.figure import Figure
from pydantic import AfterValidator, Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.phrases import span
from figures.lecture.runs.leaving_run import DTYPES, SETTLED, measured, spread
from figures.lecture.runs.panels.leaving_panels import FLOOR, distance_panel, loss_panel
from figures.lecture.settings import FigureSettings, SmallLearningRate
from figures.output.step_builds import appears, contents
from figures.style.loss_scales import LOSS_LABEL
from landscape import Bundle, xor
from landscape.analysis.stability import SPIKE_DECADES

TITLE = "Leaving the optimum"
QUESTION = "Does Adam stay at the optimum, as one would expect?"
SIZES = ("full", "half")
BUILD = {
    "full": ("the loss in float64", "the distances in float64", "both in float32"),
    "half": ("the loss in float64", "the distances"),
}

LEAST_OFFSET = 1e-15
"""Smaller offsets than this, except 0, are lost in rounding."""


def _offset(value: float) -> float:
    """Return the offset if it is 0 or not lost in rounding, raise ValueError otherwise."""
    if 0 < value < LEAST_OFFSET:
        raise ValueError(f"must be 0 or at least {LEAST_OFFSET:g}, since less is lost in rounding; got {value:g}")
    return value


class Settings(FigureSettings):
    """What a recipe can set."""

    offset: Annotated[float, AfterValidator(_offset)] = Field(
        1e-5, ge=0, le=1, description="added to W1, b1 and W2 of the textbook optimum, not to b2"
    )
    learning_rate: SmallLearningRate = Field(1e-3, description="of Adam, constant")
    steps: int = Field(20_000, ge=300, le=200_000, description="updates")
    drawn: int = Field(300, ge=50, le=2000, description="intervals of log(step) that a curve is drawn from")
    variants: int = Field(32, ge=2, le=1000, description="runs in float64 from starts that differ in the last bit")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return loss and both distances along the run from the offset start, in float64 and in float32."""
    net, start = xor.network(), xor.offset_start(settings.offset)
    adam = ls.Adam(learning_rate=settings.learning_rate)
    runs = {dtype: ls.train(net, start, adam, settings.steps, dtype=dtype, progress=progress) for dtype in DTYPES}
    size = {"steps": settings.steps, "drawn": settings.drawn}
    return Bundle(
        **{dtype: measured(net, run, rate=settings.learning_rate, **size) for dtype, run in runs.items()},
        spread=spread(net, start, adam, variants=settings.variants, **size),
        first_gradient=float(np.abs(net.gradient(start)).max()),
        optimizer=adam.describe(),
        early_steps=settings.steps // 20,
        settled=SETTLED["float64"],
        stays=not any(runs[dtype].theta.std(axis=1).any() for dtype in DTYPES),
        spike_decades=SPIKE_DECADES,
        floor=Bundle(**FLOOR),
        **settings.model_dump(),
    )


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw loss above distances, float64 beside float32; float64 alone at half size."""
    dtypes = DTYPES if size == "full" else DTYPES[:1]
    axes = figure.subplots(2, len(dtypes), sharex=True, sharey="row", squeeze=False)
    for column, dtype in enumerate(dtypes):
        run = result[dtype]
        if dtype == "float64":
            spread = result.spread
            for ax, name, color in ((axes[0, column], "loss", "C0"), (axes[1, column], "distance", "C3")):
                low, high = (np.maximum(spread[f"{name}_{end}"], FLOOR[name]) for end in ("low", "high"))
                ax.fill_between(spread.step, low, high, color=color, alpha=0.25, linewidth=0, step="post")
            if result.stays:
                note = "starts that differ in the last bit"
                axes[0, column].annotate(note, (0.5, 0.95), xycoords="axes fraction", ha="center", va="top")
        loss_panel(axes[0, column], run)
        distance_panel(axes[1, column], run)
        appears(contents(*axes[:, column]), 3 if column else 1)
        axes[0, column].set_title(dtype)
        axes[1, column].set_xlabel("step (0 drawn at 1/2)")
    axes[0, 0].set_ylabel(LOSS_LABEL)
    axes[1, 0].set_ylabel("distance to")
    appears(contents(axes[1, 0]), 2)
    appears(axes[1, -1].legend(loc="lower left", bbox_to_anchor=(0.0, 0.0)), 2)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    run = result.float64
    if result.stays:
        return Caption(
            "Exactly at the optimum, yes: the gradient there is 0, so no step changes anything{beside}.",
            result,
            beside="; starts beside it can leave" if result.spread.left else "",
        )
    first = "No: from right beside it, Adam's first step {loss_change}"
    if run.loss_factor < 1:
        first = "From right beside it, Adam's first step lowers the loss"
    return Caption(
        f"{first}{{elsewhere}}.",
        result,
        loss_change=_change(run.loss_factor, "the loss", "loss"),
        elsewhere=", and the run heads for another solution" if _is_another(run) else "",
    )


def _is_another(run: Bundle) -> bool:
    """Return whether the zero-loss point that the run comes nearest to is not the textbook optimum."""
    return bool(run.nearest_zero < 1e-3 * run.textbook_then)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    is_full = size == "full"
    shown = DTYPES if is_full else DTYPES[:1]
    return Caption(
        "{runs} of Adam from {start}{types}. Above: the loss{rounded}. Below: the distance to these weights "
        "(solid) and to the nearest point of loss 0 (dashed). Bands: {variants} starts that differ in "
        "the last digit{spikes}.{floors}",
        result,
        runs="Two runs" if is_full else "A run",
        rounded=" (single precision: 0 by rounding, off any solution)"
        if is_full and result.float32.zero_from is not None and 0 < result.float32.to_zero[-1] < result.float32.spacing
        else "",
        start="the textbook weights themselves" if result.stays else "right beside the textbook weights",
        types=", in double and single precision" if is_full else ", in double precision",
        spikes="; rounding decides when spikes come" if any(result[d].spike is not None for d in shown) else "",
        floors=" Values below an axis lie on it." if _below_the_axes(result, size) else "",
    )


def _below_the_axes(result: Bundle, size: str) -> list[str]:
    """Return which axes, loss or distance, have values below their lower limit."""
    shown = DTYPES if size == "full" else DTYPES[:1]
    lowest = {
        "loss": min(result[dtype].loss.min() for dtype in shown),
        "distance": min(result[dtype][key].min() for dtype in shown for key in ("to_textbook", "to_zero")),
    }
    return [name for name, value in lowest.items() if value < result.floor[name]]


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the course of each run, and the settings; statements about a run all come from values along it."""
    if result.stays:
        return Caption(
            "The gradient at the textbook optimum is exactly 0, so no step changes anything: loss and distances are "
            "exactly 0 throughout, in float64 and in float32 (on the lower axis).\nOf {variants} float64 runs from "
            "starts that differ from it in the last bit (bands) {spread.left} leave it by more than a learning rate; "
            "they end {ends} from the textbook weights.\nSettings: {optimizer}, full batch, {steps} steps, from the "
            "textbook optimum itself (offset {offset:g}).",
            result,
            ends=span(result, "spread.end_distance", ".2g"),
        )
    shown = DTYPES if size == "full" else DTYPES[:1]
    rounding = (
        "Adam divides by a running mean of the gradient's size; as it decays, the same gradient gives ever longer "
        "steps. When and how high the loss spikes and where the run ends depend on rounding: {variants} float64 runs "
        "from starts that differ in the last bit (bands) have highest spikes of {highest} and end {ends} from the "
        "textbook weights, so numbers of a single run hold for this implementation and data type only.\n"
    )
    hidden = _below_the_axes(result, size)
    return Caption(
        "First step: at the start the largest entry of the gradient is {first_gradient:.1g}; the step changes weights "
        "by up to {float64.first_rates:.2g} learning rates (float64), {loss_change} and {first_change}. "
        "{peak}\n{runs}\n{rounding}The nearest zero-loss point is certified. {floors}\nSettings: {optimizer}, full "
        "batch, {steps} steps, from the textbook optimum with {offset:g} added to W1, b1 and W2.",
        result,
        loss_change=_change(result.float64.loss_factor, "the loss", "loss"),
        first_change=_change(result.float64.first_factor, "the distance to the textbook weights", "first"),
        peak=_peak(result),
        runs="\n".join(f"In {dtype} {_course(result, dtype)}" for dtype in shown),
        highest=span(result, "spread.highest", ".1g"),
        ends=span(result, "spread.end_distance", ".2g"),
        rounding=rounding if any(result[dtype].spike is not None for dtype in shown) else "",
        floors=f"Values below {listed('{floor.#:g} (#)', hidden, ' and ')} lie on the lower axis." if hidden else "",
    )


def _change(factor: float, what: str, member: str) -> str:
    """Return how the first step in float64 changes something, as a template; in percent if the factor is near 1."""
    if 0.5 < factor < 2:
        return f"changes {what} by {{float64.{member}_percent}} %"
    return f"multiplies {what} by {{float64.{member}_times}}"


def _peak(result: Bundle) -> str:
    """Return the sentence on the largest distance to the textbook weights at first."""
    run = result.float64
    if run.peak_step == 0:
        return "In the first {early_steps} steps that distance is never longer than at the start."
    if run.peak_factor < 2:
        return (
            "In the first {early_steps} steps that distance is at most {float64.peak_percent} % more than at the "
            "start (step {float64.peak_step})."
        )
    return (
        "In the first {early_steps} steps that distance is at most {float64.peak_times} times that at the start (step "
        "{float64.peak_step})."
    )


def _course(result: Bundle, dtype: str) -> str:
    """Return the outcome of the run in that data type, as the rest of a sentence that begins "In <dtype>"."""
    run = result[dtype]
    text = (
        "the run comes nearest to a zero-loss point at step {#.nearest_step}, at distance {#.nearest_zero:.1g}; "
        "{another}{#.textbook_then:.2g} from the textbook weights. It ends {#.end_distance:.2g} ({rates} "
        "learning rates) from them, with loss "
    )
    text = text.replace("{rates}", "{#.end_rates:.0f}" if run.end_rates >= 10 else "{#.end_rates:.2g}")
    text = text.replace("{another}", "this is another zero, " if _is_another(run) else "it is then ")
    text += "{#.loss[-1]:.1g}" if run.zero_from is None else "exactly 0 from step {#.zero_from} on"
    if run.zero_from is not None and 0 < run.to_zero[-1] < run.spacing:
        text += (
            ": {#.to_zero[-1]:.1g} from a zero-loss point is less than the spacing {#.spacing:.1g} of # at 1, so the "
            "outputs round to the targets"
        )
    if run.spike is not None:
        text += ". After falling below {settled} the loss spikes, to at most {#.spike:.1g} at step {#.spike_step}"
    text = text.replace("{settled}", "{settled:g}" if dtype == "float64" else "{#.settled:g}")
    return listed(f"{text}.", [dtype])


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    double = result.float64
    types = "float64 beside float32" if size == "full" else "float64"
    if result.stays:
        return (
            f"Logarithmic axes, {types}: loss and distances are exactly 0 at all of "
            f"{result.steps} steps; bands show runs from starts that differ in the last bit, of which "
            f"{result.spread.left} leave."
        )
    spikes = (
        f", with spikes up to {double.spike:.1g} after it was below {result.settled:g}"
        if double.spike is not None
        else ""
    )
    first = Caption(
        f"{_change(double.loss_factor, 'the loss', 'loss')} and "
        f"{_change(double.first_factor, 'the distance to the textbook weights', 'first')}",
        result,
    )
    return (
        f"Logarithmic curves against the step, {types}. In float64 the first step {first}. The lowest loss is "
        f"{double.loss.min():.1g}, the last {double.loss[-1]:.1g}{spikes}. {Caption(_peak(result), result)} At the end "
        f"it is {double.end_distance:.1g}; the distance to the nearest zero-loss point is at least "
        f"{double.nearest_zero:.1g} and ends at {double.to_zero[-1]:.1g}."
    )
