"""What would help: how many runs succeed, and when, with other networks, losses, starts and optimizers."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import groupby, pairwise, product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, LogLocator, NullLocator
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import fact
from figures.lecture.settings import FRESH_STEPS, STARTS, FreshStarts, Seed, Starts, Steps
from figures.style.palette import level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, Remedy, RemedyTrials
from landscape.networks.alternative_network import LEAK

TITLE = "Remedies"
QUESTION = "What would help?"
SIZES = ("full", "half")

ALL_CORRECT = "all correct"
"""Outcome of runs at whose end all samples are classified correctly."""
GAP = 0.6
"""Extra space between groups, in rows."""
NOTES = {"steps": "keeps jumping", "cross-entropy": "loss > 0"}
"""Notes in the figure on why few trials of a row reach the loss."""


class Settings(FreshStarts):
    starts: Starts = Field(STARTS, description="trials of every row, the same for all of one width")
    seed: Seed = Field(0, description="of starts and mini-batches")
    steps: Steps = Field(FRESH_STEPS, description="updates that a trial may take, restarts included")
    limit: float = Field(1e-6, gt=0, le=1, description="loss below which a run has arrived")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Run every row of the standard table."""
    trials = ls.try_remedies(
        ls.standard_remedies(settings.steps),
        settings.starts,
        settings.steps,
        seed=settings.seed,
        limit=settings.limit,
        progress=progress,
    )
    return result_of(settings, trials)


def result_of(settings: Settings, trials: RemedyTrials) -> Bundle:
    """Return the result of the figure for these trials."""
    right, below = trials.summary("right"), trials.summary("below")
    dtype = str(trials.settings["dtype"])
    return Bundle(
        below=tuple(ls.Share(count, settings.starts) for count in below.counts),
        **settings.model_dump(),
        trials=trials,
        right=tuple(
            ls.Share(count, settings.starts, _fact(remedy, dtype, settings.steps))
            for remedy, count in zip(trials.remedies, right.counts.tolist(), strict=True)
        ),
        change=trials.paired("right"),
        leaky_slope=LEAK,
        right_steps=right.steps,
        below_steps=below.steps,
        dtype=dtype,
    )


def _fact(remedy: Remedy, dtype: str, steps: int) -> str:
    """Return what the share of correct trials of a row estimates if other figures quote it, too; else nothing.

    They do for the exercise's network and training: of runs that have settled, those on level 0 are correct, no others.
    """
    exercise = Remedy(group=remedy.group, name=remedy.name, slope_at_zero=remedy.slope_at_zero)
    if remedy != exercise:
        return ""
    return fact(ALL_CORRECT, remedy.optimizer.describe(), dtype, steps, remedy.slope_at_zero or 0.0)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw shares and steps in two columns of rows; at half size only the shares, of the last row of each group."""
    columns = _columns(result.trials.remedies, size)
    kinds = [(_shares, 2.1), (_steps, 1.25)] if size == "full" else [(_shares, 1.0)]
    wide = [width for _, width in kinds] * len(columns)
    panes = figure.subplots(1, len(wide), squeeze=False, width_ratios=wide)[0]
    for axes, (rows, (kind, _)) in zip(panes, product(columns, kinds), strict=True):
        kind(result, axes, rows)
    deepest = max(_places(result.trials.remedies, rows)[-1] for rows in columns)
    for axes in panes:
        axes.set_ylim(deepest + 0.7, -0.7)
    handles, labels = panes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels) if size == "full" else 2)


def _columns(remedies: tuple[Remedy, ...], size: str) -> list[list[int]]:
    """Return the rows of each column.

    At full size two columns of about the same length that do not split groups, at half size one column with the last
    row of each group.
    """
    groups = [[i for i, _ in rows] for _, rows in groupby(enumerate(remedies), key=lambda row: row[1].group)]
    if size == "half":
        return [[rows[-1] for rows in groups]]
    first_rows = [rows[0] for rows in groups[1:]]
    cut = min(first_rows, key=lambda first: abs(2 * first - len(remedies)))  # the one nearest to the middle
    return [list(range(cut)), list(range(cut, len(remedies)))]


def _places(remedies: tuple[Remedy, ...], rows: list[int]) -> NDArray[np.float64]:
    """Return the y position of each row, with a gap between groups unless each group is one row."""
    groups = [remedies[i].group for i in rows]
    gap = GAP if len(set(groups)) < len(groups) else 0.0
    return np.cumsum([0.0, *(1.0 if a == b else 1.0 + gap for a, b in pairwise(groups))])


def _criteria(result: Bundle) -> Iterator[tuple[str, str, float, dict[str, Any]]]:
    """Yield the name, label, offset from the middle of a row, and style of each criterion."""
    power = np.log10(result.limit)
    limit = f"$10^{{{power:.0f}}}$" if power == round(power) else f"{result.limit:g}"
    style = {"linestyle": "", "elinewidth": 0.9}
    blue = level_styles([Fraction(0)])[Fraction(0)].color
    yield "right", "all correct", -0.18, {**style, "color": blue, "marker": "o", "markersize": 3.5}
    hollow = {"markerfacecolor": background_color(), "markeredgewidth": 0.8}
    yield "below", f"loss < {limit}", 0.18, {**style, **hollow, "color": text_color(), "marker": "s", "markersize": 3.2}


def _shares(result: Bundle, axes: Axes, rows: list[int]) -> None:
    places = _places(result.trials.remedies, rows)
    base = result.trials.summary("right")
    axes.axvspan(100 * base.low[0], 100 * base.high[0], color=text_color(), alpha=0.15, linewidth=0)
    axes.axvline(100 * base.share[0], color=text_color(), linestyle="--", linewidth=0.8, label="all correct, row 1")
    for name, label, shift, look in _criteria(result):
        s = result.trials.summary(name)
        share, low, high = (100 * values[rows] for values in (s.share, s.low, s.high))
        axes.errorbar(share, places + shift, xerr=[share - low, high - share], label=label, **look)
    for place, i in zip(places, rows, strict=True):
        if note := NOTES.get(_why_short(result, i)):
            x = 100 * result.right[i].fraction + 8
            axes.annotate(note, (x, place), va="center", gid="note")
    axes.set(xlim=(-3, 103), xticks=[0, 50, 100], xlabel="runs in %", yticks=places)
    axes.set_yticklabels([result.trials.remedies[i].name for i in rows])
    axes.tick_params(axis="y", length=0)


def _why_short(result: Bundle, row: int) -> str:
    """Return why far fewer trials of a row reach the loss than are right: "steps", "cross-entropy" or nothing."""
    below, remedy = result.trials.summary("below"), result.trials.remedies[row]
    if below.high[row] >= result.right[row].low:
        return ""
    if remedy.head == "sigmoid":
        return "cross-entropy"
    return "steps" if isinstance(remedy.optimizer, ls.RMSprop) else ""


def _steps(result: Bundle, axes: Axes, rows: list[int]) -> None:
    places = _places(result.trials.remedies, rows)
    for name, _, shift, look in _criteria(result):
        low, median, high = result.trials.summary(name).steps[rows].T
        axes.errorbar(median, places + shift, xerr=[median - low, high - median], **look)
    axes.set_xscale("log")
    needed = np.concatenate([result.trials.summary(name).steps[:, 0] for name in ("right", "below")])
    least = np.nanmin(needed, initial=result.steps)  # of all rows, so that both columns have the same axis
    axes.set(xlim=(min(60.0, 0.6 * least), 1.6 * result.steps), xlabel="steps", yticks=[])
    axes.xaxis.set_major_locator(LogLocator(10, numticks=9))
    axes.xaxis.set_major_formatter(LogFormatterMathtext())
    axes.xaxis.set_minor_locator(NullLocator())


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    best = max(_shown(result, size), key=lambda i: result.right[i].fraction)
    if best == 0:
        return Caption("No row does better than the first, with {right[0].fraction:.0%} of its runs correct.", result)
    best_row = (
        "Best: {trials.remedies[#].name}, with {right[#].fraction:.0%} of the runs correct at the end, instead "
        "of {right[0].fraction:.0%}."
    )
    return Caption(listed(best_row, [best]), result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "Each row changes the first in what its name says. Dots: share of {starts} runs from random starts that end "
        "with all four samples correct; dashed: the first row. Squares: the row's own loss fell below {limit:g} (not "
        "comparable for cross-entropy). Bars: 95 % intervals. {beside}",
        result,
        beside="Beside: steps needed, median and quartiles." if size == "full" else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return a table with the shares, what they show, and the settings."""
    beside = (
        "Steps that successful runs of the first row needed, median and quartiles: {right_needed} until correct to "
        "the end and {below_needed} for the loss.\n"
    )
    return Caption(
        "row | correct at the end, % [Wilson 95 %] | change on the same starts, points [paired 95 %]\n{table}\n"
        "Networks with more units have other starts, so their intervals are to be compared with the first row's.\n"
        "{beside}Correct: all four samples when the run ends; a loss below {limit:g} ends it. A run has {steps} "
        "steps (updates on one batch each), which restarts share evenly. Decay: of the learning rate to 0 along half a "
        "cosine. Leaky ReLU has the slope {leaky_slope:.2g} below 0. relu'(0) is the derivative taken at a kink, 0 in "
        "TensorFlow. Cross-entropy nears 0 only as weights grow without bound.\n{hover}\nSettings: {starts} runs per "
        "row from Keras-default starts (seed {seed}, {dtype}), the same for networks of equal width; learning rates "
        "are Keras' defaults unless given{rates}.",
        result,
        hover=_hover_text(result, size),
        rates=_rates(result, size),
        table="\n".join(_table_row(result, i) for i in _shown(result, size)),
        beside="" if size == "half" else beside,
        right_needed=_needed("right_steps", result.right_steps),
        below_needed=_needed("below_steps", result.below_steps),
    )


def _hover_text(result: Bundle, size: str) -> str:
    """Return why RMSprop reaches the loss so rarely, if it is shown and does."""
    rows = [i for i in _shown(result, size) if _why_short(result, i) == "steps"]
    if not rows:
        return ""
    decayed = [
        i
        for i, remedy in enumerate(result.trials.remedies)
        if isinstance(remedy.optimizer, ls.CosineDecay) and isinstance(remedy.optimizer.optimizer, ls.RMSprop)
    ]
    text = (
        "{trials.remedies[#].name} gets below that loss in only {below[#].fraction:.1%}: at a constant learning rate "
        "it keeps jumping by its step size, so its loss stays above, but near 0"
    )
    with_decay = listed("; with decay it is {below[#].fraction:.1%}", decayed[:1])
    return f"{listed(text, rows)}{with_decay}."


def _rates(result: Bundle, size: str) -> str:
    """Return the optimizers of the rows whose learning rate differs from the first row's and is not in their name."""
    remedies = result.trials.remedies
    rates = {i: getattr(remedies[i].optimizer, "learning_rate", None) for i in (0, *_shown(result, size))}
    other = [i for i, rate in rates.items() if rate not in (None, rates[0]) and "lr " not in remedies[i].name]
    each = listed("{trials.remedies[#].optimizer.learning_rate:g} ({trials.remedies[#].name})", other)
    return f"; not {{trials.remedies[0].optimizer.learning_rate:g}} but {each}" if other else ""


def _table_row(result: Bundle, i: int) -> str:
    """Return the template of a row of the table: share correct, and its change, with a verdict, against the first."""
    row = "{trials.remedies[#].name} | {right[#].fraction:.1p} [{right[#].low:.1p}, {right[#].high:.1p}] | "
    change, base = result.change[i], result.right[0]
    if i == 0:
        row += "first row"
    elif change is not None:
        row += "{change[#].fraction:+.1p} [{change[#].low:+.1p}, {change[#].high:+.1p}] "
        row += "better" if change.low > 0 else "worse" if change.high < 0 else "no clear difference"
    else:
        own = result.right[i]
        row += "other starts: "
        row += "better" if own.low > base.high else "worse" if own.high < base.low else "no clear difference"
    return listed(row, [i])


def alt_text(result: Bundle, size: str = "full") -> str:
    right, below = (100 * result.trials.summary(name).share for name in ("right", "below"))
    rows = [f"{result.trials.remedies[i].name} {right[i]:.0f} and {below[i]:.0f}" for i in _shown(result, size)]
    beside = "" if size == "half" else " Beside each row, on a log axis, the steps needed: median and quartiles."
    return (
        "One row for each way to train, with the percentage of trials with all samples correct and of those "
        f"with a loss below {result.limit:g}: {'; '.join(rows)}. A vertical dashed line continues the first "
        f"row.{beside}"
    )


def _shown(result: Bundle, size: str) -> list[int]:
    return [row for column in _columns(result.trials.remedies, size) for row in column]


def _needed(name: str, quartiles: NDArray[np.float64]) -> str:
    """Return quartiles of steps of the first row, such as 636 (336 to 1024)."""
    if np.isnan(quartiles[0]).any():
        return "(no trial succeeded)"
    return listed("{#[0][1]:.0f} ({#[0][0]:.0f} to {#[0][2]:.0f})", [name])
