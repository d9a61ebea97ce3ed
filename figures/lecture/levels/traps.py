"""What the network computes where training gets stuck: on every level, at an exact minimum and at the end of a run."""

from collections import Counter
from collections.abc import Callable
from math import ceil, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import FreshRuns, ended, train
from figures.lecture.phrases import any_of
from figures.lecture.settings import FreshStarts, LearningRate, Margin, Moderate
from figures.output.step_builds import appears
from figures.plots.decision import THRESHOLD, decision_cmap, decision_norm
from figures.plots.decision_square import decision_square
from figures.style.palette import level_styles
from landscape import Bundle, DecisionSurface, Outcomes, PointReport, ReluNetwork, xor
from landscape.base.arrays import Array
from landscape.base.wording import alternatives
from landscape.exact.activation_regions import Side
from landscape.exact.families import Cell
from landscape.exact.local_minima import cell_fits
from landscape.training.trapped import POINT_TOLERANCE

TITLE = "Traps"
QUESTION = "Where does training get stuck?"
SIZES = ("full", "half")
BUILD = {"full": ("an exact minimum of every level", "a run that ends on each")}

ARROW = 0.17
"""Length of the arrows at hinge lines over the width of their panel; panels are small."""


class Settings(FreshStarts):
    """What a recipe can set."""

    targets: tuple[Moderate, Moderate, Moderate, Moderate] = Field(
        tuple(xor.Y.tolist()), description="outputs wanted on 00, 01, 10, 11"
    )
    learning_rate: LearningRate = 1e-3
    margin: Margin = 0.5
    points: int = Field(91, ge=11, le=1001, description="grid points along each axis of a panel")


def fresh_runs(settings: Settings) -> FreshRuns:
    """Return the settings of the runs."""
    return FreshRuns(**settings.model_dump(include={"starts", "seed", "steps", "learning_rate", "targets"}))


def compute(
    settings: Settings, progress: Callable[[int, int], None] | None = None, fresh: Outcomes | None = None
) -> Bundle:
    """Return for every level an exact minimum, the first run that ends there, and the decision surface of each.

    fresh : the runs, if they are known
    """
    net = xor.network(targets=settings.targets)
    levels = ls.stationary_levels(net)
    runs = fresh or train(fresh_runs(settings), progress)
    settled = ls.assign_levels(net, runs.end, POINT_TOLERANCE)
    exact, stuck, first = [], [], []
    for k in range(len(levels)):
        there = np.flatnonzero(settled == k)
        exact.append(_exact_minimum(net, k, runs.end[there]))
        stuck.append(runs.end[there[0]] if there.size else None)
        first.append(int(there[0]) if there.size else None)

    def surface(theta: Array | None) -> DecisionSurface | None:
        if theta is None:
            return None
        return ls.decision_surface(net, theta, margin=settings.margin, points=settings.points)

    stuck_reports = tuple(None if theta is None else ls.describe(net, theta) for theta in stuck)
    unsolved = [report for report in stuck_reports if report is not None and report.loss > POINT_TOLERANCE]
    return Bundle(
        **settings.model_dump(),
        levels=tuple(level.value for level in levels),
        level_count=len(levels),
        dimensions=tuple(tuple(sorted(level.dimensions)) for level in levels),
        exact=tuple(map(surface, exact)),
        parameters=net.n_parameters,
        exact_reports=tuple(ls.describe(net, theta) for theta in exact),
        outputs=tuple(tuple(map(_short, net.predict(theta).tolist())) for theta in exact),
        stuck=tuple(map(surface, stuck)),
        stuck_reports=stuck_reports,
        unsolved=len(unsolved),
        trapped=sum(report.is_trapped for report in unsolved),
        tolerance=POINT_TOLERANCE,
        first=tuple(first),
        counts=runs.counts[:-1],
        runs=settings.starts,
        shares=ended(runs),
        held=tuple(runs.held_counts.tolist()),
        approaching=int(np.count_nonzero((runs.level >= 0) & (settled != runs.level))),
        away=int(runs.counts[-1]),
        optimizer=runs.settings["optimizer"],
        dtype=runs.settings["dtype"],
    )


def _exact_minimum(net: ReluNetwork, level: int, ends: Array) -> Array:
    """Return an exact minimum of a level, in the open cell with most of the ``ends``, else in any cell with one."""
    value, fits = ls.stationary_levels(net)[level].value, cell_fits(net)
    seen = Counter(_cell(net, theta) for theta in ends)
    ranked = [cell for cell, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))]
    for cell in [*ranked, *fits]:
        theta = ls.minimum_in_cell(net, cell) if fits[cell].value == value else None
        if theta is not None:
            return theta
    raise ValueError(f"targets must have their minima inside of cells to be drawn; got level {value} at kinks only")


def _cell(net: ReluNetwork, theta: Array) -> Cell:
    """Return the open cell of theta, its units sorted; a kink counts as inactive, an output weight of 0 as negative."""
    active, v = ls.pattern(net, theta), net.unpack(theta).W2
    sides = []
    for u in range(net.hidden):
        signs_on_samples = tuple(1 if a else -1 for a in active[:, u])
        sides.append(Side(signs_on_samples, 1 if v[u] > 0 else -1))
    return tuple(sorted(sides))


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw exact minima above ends of runs, a column for each level; at half size only the ends of runs."""
    count = len(result.levels)
    if size == "half":
        columns = ceil(sqrt(count))
        panes = figure.subplots(ceil(count / columns), columns, squeeze=False)
        for axes in panes.flat[count:]:
            axes.remove()
        for k, axes in enumerate(panes.flat[:count]):
            _panel(result, k, result.stuck[k], axes)
            axes.set_title(f"MSE {result.levels[k]}, dim. {alternatives([*map(str, result.dimensions[k])])}")
        shown = list(panes.flat[:count])
    else:
        panes = figure.subplots(2, count, squeeze=False)
        for k in range(count):
            _panel(result, k, result.exact[k], panes[0, k])
            _panel(result, k, result.stuck[k], panes[1, k])
            label = level_styles(result.levels)[result.levels[k]].label
            panes[0, k].set_title(
                f"{label}\ndimension {alternatives([*map(str, result.dimensions[k])])}", linespacing=0.9
            )
        panes[0, 0].set_ylabel("exact minimum")
        panes[1, 0].set_ylabel("end of a run")
        appears(panes[1], 2)
        shown = list(panes.flat)
    mappable = ScalarMappable(norm=decision_norm(), cmap=decision_cmap())
    bar = figure.colorbar(
        mappable, ax=shown, orientation="horizontal", extend="both", aspect=40, fraction=0.05, pad=0.03
    )
    bar.set_ticks([0.0, THRESHOLD, 1.0], labels=["0", f"{THRESHOLD:g}", "1"])
    bar.set_label(r"output $\hat y$")


def _panel(result: Bundle, k: int, surface: DecisionSurface | None, axes: Axes) -> None:
    look = level_styles(result.levels)[result.levels[k]]
    if surface is None:
        axes.set(xticks=[], yticks=[], aspect="equal", xlim=(0, 1), ylim=(0, 1))
        axes.text(0.5, 0.5, f"no run\nof {result.runs}", ha="center", va="center")
        return
    decision_square(surface, axes, arrow=ARROW, write=_short)
    for spine in axes.spines.values():
        spine.set(visible=True, color=look.color, linestyle=look.linestyle, linewidth=1.6)


def _short(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "\N{MINUS SIGN}")


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    if result.targets != tuple(xor.Y.tolist()):
        return Caption("Runs end at each of {level_count} levels of local minima, the solution being only one.", result)
    return Caption("Stuck networks fit two samples, one or none, and give the others one common mean.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    rows = "above, an exact minimum; below, a run's end"
    return Caption(
        "The output over the inputs at each level of local minima: {rows}. Dimension: of the set of such minima. "
        "Numbers: outputs on the samples (filled: target 1, hollow: target 0). Lines: where unit 1 (solid) or 2 "
        "(dashed) becomes active; arrows: its active side; thin: output at the "
        "threshold. Solved: loss 0.",
        result,
        rows="a run's end" if size == "half" else rows,
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return how many runs end on each level, at minima or not, and the settings."""
    outputs = "" if size == "half" else "outputs {outputs_#} (top row); "
    of_level = (
        "MSE {levels[#]}, sets of dimension {dimensions_#} of {parameters}: " + outputs + "{shares[#]:share} of the "
        "runs end there{held_#}."
    )
    gradient = (
        "The gradient is 0 (relative to residuals and slopes: below {tolerance:g}) in {trapped} of the {unsolved} "
        "unsolved runs shown, so their training cannot go on.\n"
    )
    some_held = (
        "Not every stuck run is at a minimum: some are held at a kink where raising a bias would lower the loss, but "
        "with relu'(0) = 0 the gradient does not show it.\n"
    )
    held = " ({held[#]} of {counts[#]} only because relu'(0) = 0)"
    numbers = range(len(result.levels))
    rows = (
        "the first run that settled on each level"
        if size == "half"
        else "top: a minimum with simple weights, in the activation region where the most runs end; bottom: the first "
        "run that settled there"
    )
    return Caption(
        "{every_level}\nOn no level: {away} of {runs}; {approaching} have not settled on theirs. Brackets: Wilson 95 % "
        "intervals.\n{some_held}{gradient}Shown: {rows}. Inputs x1 to the right, x2 up; a unit without a line "
        "in view is active or inactive throughout.\nSettings: {optimizer}, "
        "{steps} steps, {dtype}, {counted}, seed {seed}.",
        result,
        rows=rows,
        counted="{runs} Keras-default starts" if result.runs > 1 else "one Keras-default start",
        gradient=gradient if result.trapped else "",
        some_held=some_held if any(result.held) else "",
        every_level=listed(of_level, numbers, "\n"),
        **{f"dimensions_{k}": any_of(result, f"dimensions[{k}]") for k in numbers},
        **{f"held_{k}": held.replace("#", str(k)) if result.held[k] else "" for k in numbers},
        **{f"outputs_{k}": _outputs_in_words(result, k) for k in numbers},
    )


def _outputs_in_words(result: Bundle, level: int) -> str:
    """Return the outputs of the exact minimum of a level, with a proper minus sign."""
    return listed(f"{{outputs[{level}][#]}}", range(len(result.outputs[level])))


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture."""
    rows = [("End of a run", result.stuck_reports)]
    if size != "half":
        rows.insert(0, ("Exact minimum", result.exact_reports))
    parts = []
    for title, reports in rows:
        described = "; ".join(f"{v}: {_in_words(report)}" for v, report in zip(result.levels, reports, strict=True))
        parts.append(f"{title}, by level of the MSE: {described}.")
    return "Input squares coloured by the output, with the hinge lines of both hidden units. " + " ".join(parts)


def _in_words(report: PointReport | None) -> str:
    if report is None:
        return "no run"
    return f"outputs {', '.join(_short(o) for o in report.outputs)}, output weights and active samples {report.roles}"
