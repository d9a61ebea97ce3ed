"""How many fresh starts end on which level, for several gradient methods, and how long that takes."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import FIRST, FreshRuns, counted_steps, ended, held
from figures.lecture.levels.outcomes_bars import draw_bars, outlined
from figures.lecture.phrases import WHY_HELD, any_trap, held_listed
from figures.lecture.settings import FRESH_STEPS, DataType, FreshStarts, Once
from figures.output.step_builds import appears
from figures.plots.profile import crossings
from figures.style.loss_scales import LOSS_LABEL
from figures.style.palette import LevelStyle, fraction_label, held_handle, level_styles
from figures.style.style_sheets import text_color
from landscape import Bundle, Outcomes, xor
from landscape.base.arrays import Array
from landscape.training.optimizers import Optimizer

TITLE = "Outcomes of fresh starts"
QUESTION = "How often does a fresh start succeed?"
SIZES = ("full", "half")
BUILD = {"full": ("where the starts end", "the loss of single runs", "the share solved by step")}

_COLORS = {"Adam": "C2", "RMSprop": "C4"}
_LINES = ("-", "--", ":", "-.")
Method = tuple[Literal["Adam", "RMSprop", "SGD", "momentum"], Annotated[float, Field(gt=0, le=1e6)]]


class Settings(FreshStarts):
    """What a recipe can set."""

    methods: Annotated[tuple[Method, ...], Once] = Field(
        (("Adam", 1e-3), ("Adam", 1e-2), ("Adam", 0.1), ("RMSprop", 1e-3), ("SGD", 0.1), ("momentum", 0.1)),
        min_length=1,
        max_length=8,
        description="gradient methods and their learning rates; the first one's losses are drawn",
    )
    momentum: float = Field(0.9, gt=0, lt=1, description="of SGD where the method is momentum")
    steps: int = Field(FRESH_STEPS, ge=20, le=10_000_000, description="updates of every run")
    epochs: int = Field(
        256, ge=1, le=10_000_000, description="of the exercise, marked where the share of solved runs is drawn"
    )
    dtype: DataType = "float64"
    curves: int = Field(60, ge=1, le=1000, description="runs whose loss is drawn")
    points: int = Field(60, ge=10, le=1000, description="numbers of steps at which curves are drawn and runs counted")


def fresh_runs(settings: Settings) -> FreshRuns | None:
    """Return the settings of the runs of the first method, which other figures quote, too; None if it is not Adam."""
    name, rate = settings.methods[0]
    chosen = settings.model_dump(include={"starts", "seed", "steps", "dtype", "epochs", "points"})
    return FreshRuns(**chosen, learning_rate=rate) if name == "Adam" else None


def compute(
    settings: Settings, progress: Callable[[int, int], None] | None = None, fresh: Outcomes | None = None
) -> Bundle:
    """Return the outcomes of the same starts under every method, and loss curves of some runs of the first method.

    fresh : the runs of the first method, if they are known
    """
    net = xor.network()
    starts = ls.numbered_starts(net, settings.starts, seed=settings.seed)
    at = counted_steps(settings.steps, settings.epochs, settings.points)
    optimizers = [_optimizer(name, rate, settings.momentum) for name, rate in settings.methods]
    found = [] if fresh is None else [fresh]
    for k, optimizer in enumerate(optimizers):
        if k < len(found):
            continue

        def report(done: int, total: int, before: int = k) -> None:
            if progress:
                progress(before * total + done, len(optimizers) * total)

        found.append(ls.outcomes(net, starts, optimizer, settings.steps, dtype=settings.dtype, at=at, progress=report))
    shown = min(settings.curves, settings.starts)
    every = max(1, settings.steps // 5000)
    runs = ls.train(net, starts[:shown], optimizers[0], settings.steps, every, settings.dtype)
    drawn = np.unique(np.searchsorted(runs.step, at))
    counts = np.stack([one.counts_at for one in found])
    states = Counter(state for one in found for state in one.status[one.level < 0].tolist())
    after_epochs = ended(found[0], int(np.searchsorted(found[0].step, min(settings.epochs, settings.steps))))[0]
    return Bundle(
        **settings.model_dump(exclude={"methods", "curves"}),
        names=tuple(_name(name, rate, settings.momentum) for name, rate in settings.methods),
        kinds=tuple(name for name, _ in settings.methods),
        optimizers=tuple(optimizer.describe() for optimizer in optimizers),
        levels=tuple(level for level in found[0].levels if level is not None),
        step=found[0].step,
        counts=counts,
        held_counts=np.stack([one.held_counts for one in found]),
        held=held(found[0]),
        solved=tuple(ended(one)[0] for one in found),
        solved_after_epochs=after_epochs if settings.epochs < settings.steps else None,
        right_after_epochs=_right_after(net, starts, optimizers, settings),
        states=tuple(sorted(states.items())),
        lost_runs=states.total(),
        runs=len(found) * settings.starts,
        shown=shown,
        curve_step=runs.step[drawn],
        curves=runs.loss[:, drawn].astype(np.float64),
        curve_level=found[0].level[:shown],
    )


def _right_after(
    net: ls.ReluNetwork, starts: Array, optimizers: Sequence[Optimizer], settings: Settings
) -> tuple[ls.Share, ...] | None:
    """Return how many starts classify all samples correctly after the exercise's epochs, for each method.

    None if the runs end before.
    """
    if settings.epochs >= settings.steps:
        return None
    wanted, shares = xor.classify(net.targets), []
    for optimizer in optimizers:
        end = ls.train(net, starts, optimizer, settings.epochs, settings.epochs, settings.dtype).end
        right = (xor.classify(net.predict(end)) == wanted).all(axis=-1)
        shares.append(ls.Share(int(right.sum()), len(starts)))
    return tuple(shares)


def _name(name: str, rate: float, momentum: float) -> str:
    """Return a method with its learning rate, and its momentum if it has any."""
    return f"SGD {rate:g}, momentum {momentum:g}" if name == "momentum" else f"{name} {rate:g}"


def _optimizer(name: str, rate: float, momentum: float) -> Optimizer:
    if name in ("SGD", "momentum"):
        return ls.SGD(rate, momentum if name == "momentum" else 0.0)
    return ls.Adam(rate) if name == "Adam" else ls.RMSprop(rate)


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the shares as bars; beside them losses of runs above the share solved by step. Half size: only the bars."""
    looks = level_styles(result.levels)
    if size == "half":
        draw_bars(result, figure.subplots())
    else:
        grid = figure.add_gridspec(2, 2, width_ratios=(1.0, 1.05))
        left = figure.add_subplot(grid[:, 0])
        draw_bars(result, left)
        _samples(result, left)
        top = figure.add_subplot(grid[0, 1])
        appears(top, 2)
        _curves(result, top, looks)
        bottom = figure.add_subplot(grid[1, 1], sharex=top)
        appears(bottom, 3)
        _solved(result, bottom)
        top.tick_params(labelbottom=False)
    handles: list[Artist] = [
        Line2D([], [], **_line(look), marker=look.marker, label=look.label) for look in looks.values()
    ]
    if result.held_counts.any():
        handles.append(held_handle())
    if result.right_after_epochs is not None:
        handles.append(Patch(**outlined(), label=f"all 4 right after {result.epochs} epochs"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4 if size == "full" else 2)


def _line(look: LevelStyle) -> dict[str, Any]:
    return {"color": look.color, "linestyle": look.linestyle}


def _samples(result: Bundle, axes: Axes) -> None:
    """Draw the line style of each method beside its name."""
    axes.tick_params(axis="y", pad=20)
    outside: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "clip_on": False}
    for row, style in enumerate(_styles(result)):
        axes.plot([-0.12, -0.02], [row, row], **style, **outside)


def _styles(result: Bundle) -> list[dict[str, Any]]:
    """Return a style for each method: one colour per kind of method, line styles distinguish methods of one colour."""
    colors = [_COLORS.get(kind, text_color()) for kind in result.kinds]
    styles: list[dict[str, Any]] = []
    for i, color in enumerate(colors):
        earlier = colors[:i].count(color)
        styles.append({"color": color, "linestyle": _LINES[earlier % len(_LINES)]})
    return styles


def _curves(result: Bundle, axes: Axes, looks: dict[Any, LevelStyle]) -> None:
    """Draw losses in the style of the level that the run ends on; triangles mark crossings of the upper limit."""
    ceiling = 1.4 * float(result.levels[-1])
    by_index = [*looks.values()]
    for level, loss in zip(result.curve_level, result.curves, strict=True):
        style = _line(by_index[level])
        axes.plot(result.curve_step, loss, **style, linewidth=0.6, alpha=0.8)
        above = np.where(np.isfinite(loss), loss, 2 * ceiling)
        out = crossings(result.curve_step.astype(np.float64), above, ceiling)
        if out.size:
            axes.plot(
                out, np.full(out.size, ceiling), "^", color=style["color"], markersize=2, clip_on=False, gid="beyond"
            )
    axes.set(xscale="log", xlim=(FIRST, result.steps), ylim=(0, ceiling), ylabel=LOSS_LABEL)
    axes.set_yticks([float(v) for v in result.levels], labels=[fraction_label(v) for v in result.levels])
    axes.set_title(f"Loss of {len(result.curves)} runs, {result.names[0]}")


def _solved(result: Bundle, axes: Axes) -> None:
    """Draw the share of solved runs against the number of steps, with a band for the interval."""
    for counts, style in zip(result.counts[..., 0], _styles(result), strict=True):
        low, high = (100 * limit for limit in ls.wilson(counts, result.starts))
        axes.fill_between(result.step, low, high, color=style["color"], alpha=0.2, linewidth=0)
        axes.plot(result.step, 100 * counts / result.starts, **style)
    if FIRST < result.epochs < result.steps:
        axes.axvline(result.epochs, color=text_color(), linewidth=0.6, linestyle=":")
        axes.annotate(
            f"exercise:\n{result.epochs} epochs",
            (result.epochs, 1.0),
            (-2, -1),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="right",
            va="top",
        )
    axes.set(xscale="log", xlim=(FIRST, result.steps), ylim=(0, None), xlabel="step", ylabel="solved in %")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    ranked = sorted(range(len(result.solved)), key=lambda k: result.solved[k].fraction)
    if len(ranked) == 1:
        return Caption("Of all fresh starts, {solved[0].fraction:.0%} solve XOR.", result)
    low, high = (f"{{solved[{k}].fraction:.0p}}" for k in (ranked[0], ranked[-1]))
    between = "" if Caption(low, result) == Caption(high, result) else f"{low} to "
    return Caption(
        f"These optimizers solve XOR from only {between}{{solved[{ranked[-1]}].fraction:.0%}} of fresh starts; most "
        "others get stuck.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    return Caption(
        "{bars}where {starts} random starts end: solved (level 0: at or near loss 0), stuck, or on no level; numbers: "
        "% solved. "
        "{held}{outlined}Error bars: 95 % intervals. {beside}",
        result,
        bars="Left: " if size == "full" else "Shown: ",
        held="Dots: held at a kink. " if result.held_counts.any() else "",
        outlined=""
        if result.right_after_epochs is None
        else "Outlined: right after the exercise's epochs (1 epoch = 1 step), {right_after_epochs[0]:share} with "
        "{names[0]}. ",
        beside="" if size == "half" else "Top right: {runs_shown}. Bottom right: share solved.",
        runs_shown="{shown} runs" if result.shown > 1 else "one run",
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return the shares of every method with their intervals, and the settings."""
    states = listed("{states[#][1]} {states[#][0]}", range(len(result.states)))
    beside = (
        "Top right: losses of {first} of {names[0]}, by final level; triangles: crossings of the upper edge. Bottom "
        "right: bands are 95 % intervals.\n"
    )
    return Caption(
        "Solved, that is on level {levels[0]} after {steps} steps{nearly}, % [Wilson 95 %]:\n{methods}\nThe others are "
        "stuck at {stuck}{may_spike}, or on no level: {lost_runs} of {runs} runs{lost}, "
        "including those in a spike at the last step. Markers in the bars: the level; dots: {not_minima}. Error bars "
        "at the end of each segment: Wilson 95 % intervals of its share.\n{right}{beside}Settings: {steps} steps from "
        "{starts} Keras-default starts (seed {seed}) in {dtype}, the same for every method and learning "
        "rate (the number beside its name).",
        result,
        nearly=" (at or near loss 0: RMSprop keeps jumping by its step size, which leaves it a little above)"
        if "RMSprop" in result.kinds
        else "",
        methods=listed("{names[#]}: {solved[#]:share}", range(len(result.names)), "\n"),
        stuck=any_trap(result),
        may_spike=" (a late spike of Adam may still free one)" if "Adam" in result.kinds else "",
        lost=f" ({states})" if states else "",
        not_minima=f"there {WHY_HELD} (with {{names[0]}}, {{held_listed}})",
        held_listed=held_listed(result),
        beside="" if size == "half" else beside,
        first="the first {shown} runs" if result.shown > 1 else "the first run",
        right=""
        if result.right_after_epochs is None or result.solved_after_epochs is None
        else "Outlined: all four samples classified correctly after {epochs} steps, as many as the exercise's epochs; "
        "with {names[0]} that is {right_after_epochs[0]:share} of the starts, and {solved_after_epochs:share} are on "
        "level {levels[0]}.\n",
    )


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    names = [*(look.label for look in level_styles(result.levels).values())]
    share = 100 * result.counts[:, -1] / result.starts
    rows = "; ".join(
        f"{method}: {', '.join(f'{s:.0f} % {name}' for name, s in zip(names, row, strict=True))}"
        for method, row in zip(result.names, share, strict=True)
    )
    bars = f"One bar for each method, split by where the starts end. {rows}."
    if result.right_after_epochs is not None:
        right = ", ".join(f"{100 * one.fraction:.0f} %" for one in result.right_after_epochs)
        bars += f" Below each, the starts that classify all samples correctly after {result.epochs} steps: {right}."
    if size == "half":
        return bars
    best = int(share[:, 0].argmax())
    return (
        f"Left: {bars} Top right: {len(result.curves)} loss curve{'s' * (result.shown > 1)}, with "
        f"the levels {', '.join(map(str, result.levels))}. Bottom right: the share of solved runs against the step; "
        f"at the end it is {share[best, 0]:.0f} % for {result.names[best]}, the highest."
    )
