"""Outcomes by the signs of the initial weights, and how many units are dead before training."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import FreshRuns, ended, fact, held, train
from figures.lecture.phrases import WHY_HELD, held_listed
from figures.lecture.settings import STARTS, DataType, FreshStarts, LearningRate
from figures.plots.kinks import unit_style
from figures.style.palette import held_handle, held_style, level_styles
from figures.style.style_sheets import background_color, text_color
from landscape import Bundle, Outcomes, Share, SignGroup, SignOutcomes, xor
from landscape.base.arrays import Array

TITLE = "Signs of the first weights"
QUESTION = "Is fate sealed at initialization?"
SIZES = ("full", "half")

SEALED = 0.95
"""A group determines the outcome if at least this share of its runs ends on one level."""
SLOPES = (Fraction(1, 2), Fraction(1))
"""Other values of relu'(0) that the caption compares with 0."""
PALE = 0.2
"""Opacity of the bars of negative weights."""
ROOM = (2.5, 14.0)
"""Least width and height of a segment, both in % of the axes, that a mark fits into."""


class Settings(FreshStarts):
    """What a recipe can set."""

    starts: int = Field(STARTS, ge=100, le=1_000_000, description="Keras-default starts, the first of the seed's list")
    learning_rate: LearningRate = 1e-3
    dtype: DataType = "float64"


def fresh_runs(settings: Settings) -> FreshRuns:
    """Return the settings of the runs."""
    return FreshRuns(**settings.model_dump())


def compute(
    settings: Settings, progress: Callable[[int, int], None] | None = None, fresh: Outcomes | None = None
) -> Bundle:
    """Return the outcomes of runs from Keras-default starts, by groups of sign patterns.

    fresh : the runs, if they are known
    """
    net = xor.network()
    starts = ls.numbered_starts(net, settings.starts, seed=settings.seed)
    adam = ls.Adam(learning_rate=settings.learning_rate)
    found = fresh or train(fresh_runs(settings), progress)
    facts = settings.model_dump(exclude={"learning_rate"})
    signs = ls.outcomes_by_signs(net, starts, found)
    other = []
    for slope in map(float, SLOPES):
        level = ls.levels_with_slope_at_zero(net, starts, adam, settings.steps, slope)
        of = fact("solved", adam.describe(), "float64", settings.steps, slope)
        other.append(ls.Share((level == 0).sum(), settings.starts, of))
    facts |= {"optimizer": found.settings["optimizer"], "held": held(found), "other_solved": tuple(other)}
    return result_of(signs, solved=ended(found)[0], **facts)


def result_of(signs: SignOutcomes, *, starts: int, solved: Share, **facts: Any) -> Bundle:
    """Return what is drawn and quoted of outcomes by signs; ``facts`` about the runs are kept."""
    total, with_dead, order = signs.counts.sum(axis=0), signs.dead_counts[1:].sum(axis=0), _order(signs)
    sealed = [i for i, row in enumerate(signs.counts) if row.any() and row.max() >= SEALED * row.sum()]
    left = signs.counts[order[0]]
    level_vote, solved_vote = signs.level_vote, signs.solved_vote
    return Bundle(
        starts=starts,
        **facts,
        signs=signs,
        levels=signs.levels[:-1],
        slopes=SLOPES,
        order=tuple(order),
        patterns=sum(len(group.patterns) for group in signs.groups),
        groups=len(signs.groups),
        dead_chance=1 - signs.dead[0],
        dead=ls.Share(with_dead.sum(), starts),
        dead_solved=int(with_dead[0]),
        solved=solved,
        left=ls.Share(left[0], left.sum()),
        sealed=len(sealed),
        sealed_chance=sum((signs.groups[i].probability for i in sealed), Fraction(0)),
        sealed_percent=100 * SEALED,
        level_told=ls.Share(level_vote.held_out, starts),
        level_guessed=level_vote.blind / starts,
        solved_told=ls.Share(solved_vote.held_out, starts),
        solved_guessed=solved_vote.blind / starts,
        lost=int(total[-1]),
    )


def _order(signs: SignOutcomes) -> list[int]:
    """Return the groups from left to right: fewest dead units first, then by share solved, then by mean level."""
    values = np.array([np.nan if v is None else float(v) for v in signs.levels])

    def key(i: int) -> tuple[float, float, float]:
        dead = sum(n * p for n, p in enumerate(signs.groups[i].dead))
        counts = signs.counts[i]
        middle = np.average(values[:-1], weights=counts[:-1]) if counts[:-1].any() else np.inf
        return float(dead), -counts[0] / max(1, counts.sum()), float(middle)

    return sorted(range(len(signs.groups)), key=key)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw a column for each group, as wide as the group is likely; at full size with one of its patterns below."""
    looks = level_styles(result.signs.levels[:-1])
    handles: list[Artist] = [
        Line2D([], [], color=look.color, marker=look.marker, linestyle="", label=look.label)
        for level, look in looks.items()
        if level is not None or result.lost
    ]
    if size == "half":
        top, bottom = figure.subplots(2, 1, height_ratios=(1.0, 1.1), sharex=True)
    else:
        top, bottom = figure.subplots(2, 1, height_ratios=(1.7, 1.0), sharex=True)
    _columns(result, top)
    top.tick_params(axis="x", length=0, labelbottom=False)
    _patterns(result, bottom, size)
    if size == "half":
        bottom.set_xticks([0, 25, 50, 75, 100])
    handles.append(Patch(color=text_color(), label="weight > 0"))
    handles.append(Patch(facecolor=text_color(), alpha=PALE, label="weight < 0"))
    if result.signs.held.any():
        handles.append(held_handle())
    figure.legend(handles=handles, loc="outside lower center", ncols=4 if size == "full" else 3)


def _edges(result: Bundle) -> Array:
    """Return where the columns begin and end, in % of all starts."""
    groups = result.signs.groups
    return np.cumsum([0.0, *(100 * float(groups[i].probability) for i in result.order)])


def _columns(result: Bundle, axes: Axes) -> None:
    looks, edges, counts = (
        level_styles(result.signs.levels[:-1]),
        _edges(result),
        result.signs.counts[list(result.order)],
    )
    n = np.maximum(counts.sum(axis=1), 1)
    share = 100 * counts / n[:, None]
    width, middle, top = np.diff(edges), 0.5 * (edges[1:] + edges[:-1]), share.cumsum(axis=1)
    for k, look in enumerate(looks.values()):
        bottom = top[:, k] - share[:, k]
        axes.bar(middle, share[:, k], width, bottom, color=look.color, edgecolor=background_color(), linewidth=0.4)
        if k < len(result.levels):
            held = 100 * result.signs.held[list(result.order), k] / n
            some = held > 0
            axes.bar(middle[some], held[some], width[some], (top[:, k] - held)[some], **held_style())
        for i in np.flatnonzero((share[:, k] >= ROOM[1]) & (width >= ROOM[0])):
            style: dict[str, Any] = {
                "color": background_color(),
                "markersize": 3,
                "markeredgecolor": text_color(),
                "markeredgewidth": 0.4,
            }
            axes.plot(middle[i], top[i, k] - share[i, k] / 2, look.marker, **style)
    low, high = (100 * limit for limit in ls.wilson(counts[:, 0], n))
    some = counts[:, 0] > 0
    error = np.maximum([share[:, 0] - low, high - share[:, 0]], 0.0)[:, some]
    bars = axes.errorbar(
        middle[some], share[some, 0], error, fmt="none", ecolor=text_color(), elinewidth=0.7, capsize=1.0
    )
    for part in (*bars.lines[1], *bars.lines[2]):
        part.set(clip_on=False, path_effects=[patheffects.withStroke(linewidth=1.6, foreground=background_color())])
    living = 100 * float(result.signs.dead[0])
    axes.axvline(living, 0, 1.1, color=text_color(), linewidth=0.9, clip_on=False)
    for words, x in (
        (f"no unit dead: {result.signs.dead[0]}", living / 2),
        (f"dead unit: {1 - result.signs.dead[0]}", (100 + living) / 2),
    ):
        axes.annotate(
            words,
            (x, 1.0),
            (0, 3),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )
    axes.set(xlim=(0, 100), ylim=(0, 100), ylabel="runs in %")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _patterns(result: Bundle, axes: Axes, size: str) -> None:
    """Draw the first pattern of every group as bars below its column: a row for each weight, pale where below 0."""
    edges = _edges(result)
    middle, width = 0.5 * (edges[1:] + edges[:-1]), 0.85 * np.diff(edges)
    shown = [result.signs.groups[i].patterns[0] for i in list(result.order)]
    names: list[str] = []
    for u, unit in enumerate(shown[0]):
        color = unit_style(u)["color"]
        for k in range(len(unit)):
            row = len(names)
            is_last = k == len(unit) - 1
            if size == "full":
                names.append(rf"unit {u + 1} $\to \hat y$" if is_last else rf"$x_{k + 1} \to$ unit {u + 1}")
            else:
                names.append("out" if is_last else f"$x_{k + 1}$")
            for is_positive in (True, False):
                chosen = np.array([(pattern[u][k] > 0) == is_positive for pattern in shown])
                bars = axes.bar(middle[chosen], 0.7, width[chosen], row - 0.35, color=color)
                for bar in bars:
                    bar.set(alpha=1.0 if is_positive else PALE, gid="positive" if is_positive else "negative")
        if size == "half":
            place = (0.0, len(names) - (len(unit) + 1) / 2), (-24, 0), axes.get_yaxis_transform(), "offset points"
            axes.annotate(f"unit {u + 1}", *place, color=color, rotation=90, ha="center", va="center")
    line = axes.axvline(100 * float(result.signs.dead[0]), 0, 1.2, color=text_color(), linewidth=0.9, clip_on=False)
    line.set_in_layout(False)
    axes.set_yticks(range(len(names)), labels=names)
    axes.tick_params(axis="y", length=0)
    label = "groups of sign patterns; width: % of the starts" if size == "full" else "groups, in % of the starts"
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=label)
    for spine in axes.spines.values():
        spine.set_visible(False)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    none = "none" if result.dead_solved == 0 else "only {dead_solved}"
    return Caption(
        f"Often: {{dead_chance}} of the starts have a dead unit from the beginning, and {none} of these reaches loss "
        f"0.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "{starts} random starts, grouped by the signs of their first weights; width: how likely a group is; colour: "
        "where its runs end (solved: loss 0). Dead: inactive on every sample, so without gradient. {held}Below: one "
        "sign pattern of each group (pale: negative). Error bars: 95 % intervals.",
        result,
        held="Dots: held at a kink, where raising a bias would lower the loss. " if result.signs.held.any() else "",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return what the signs tell, what they leave open, and the settings."""
    return Caption(
        "The {patterns} sign patterns of W1 and W2 are equally likely; up to exchange of hidden units or inputs they "
        "form {groups} groups, a column each; brackets: Wilson 95 % intervals.\nA unit with bias 0 and no positive "
        "input weight is dead: inactive on all samples, its gradient 0 since relu'(0) = 0. {dead_chance} of all starts "
        "have one ({dead:share} of these); too few units remain to reach {signs.levels[0]}. So with relu'(0) = 0 the "
        "expected share that any gradient method solves is at most {signs.ceiling}; solved here: {solved:share} in "
        "all, {dead_solved} of {dead.count} with a dead unit.\nLeft column, {left_signs}: solved {left.count} of "
        "{left.total}, {left:share}. In {sealed} groups, {sealed_chance} of all starts, at least {sealed_percent:g} % "
        "end alike.\nThe group predicts the level of {level_told:share} of the runs (fitted on one half, tested on the "
        "other), the commonest level that of {level_guessed:.1%}; solved or not: {solved_told:share} against "
        "{solved_guessed:.1%}. On no level: {lost} runs.\nDots: there {why_held} ({held_listed}). relu'(0) = 0 is "
        "TensorFlow's choice: {others}.\nSettings: {starts} Keras-default starts, {optimizer}, {dtype}, {steps} steps, "
        "seed {seed}.",
        result,
        why_held=WHY_HELD,
        held_listed=held_listed(result),
        others=listed("with relu'(0) = {slopes[#]}, {other_solved[#]:share} are solved", range(len(result.slopes))),
        left_signs=_signs_in_words(result.signs.groups[result.order[0]]),
    )


def _signs_in_words(group: SignGroup) -> str:
    """Return the signs of the first pattern of a group, such as (+ - to +) and (- + to +)."""
    named = {1: "+", -1: "-"}
    units = [f"({' '.join(named[s] for s in unit[:-1])} to {named[unit[-1]]})" for unit in group.patterns[0]]
    return " and ".join(units)


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    signs = result.signs
    solved = 100 * signs.counts[:, 0] / np.maximum(signs.counts.sum(axis=1), 1)
    shares = ", ".join(f"{solved[i]:.0f}" for i in result.order if signs.groups[i].dead[0])
    below = (
        " Below each column a bar for each weight of both units, in full colour where positive, else pale; in the "
        "columns on the right both weights into a unit are negative."
    )
    return (
        f"{len(signs.groups)} columns, split by where the runs end. A line at {signs.dead[0]} of the width separates "
        f"those without a dead unit from the others. The share of solved runs falls from left to right, in %: "
        f"{shares}; right of the line {signs.dead_counts[1:, 0].sum()} of {signs.dead_counts[1:].sum()} runs are "
        f"solved.{below}"
    )
