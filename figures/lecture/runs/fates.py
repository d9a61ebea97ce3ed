"""What becomes of starts on their way: units that die, levels that are proven, ends that withstand perturbations."""

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption, listed
from figures.lecture.fresh_runs import fact
from figures.lecture.phrases import WHY_HELD, held_listed
from figures.lecture.runs.panels import fates_panels
from figures.lecture.settings import STARTS, FreshStarts, LearningRate, Once
from figures.output.step_builds import appears
from figures.style.palette import held_handle, level_styles
from landscape import Bundle, Fates, xor
from landscape.analysis.outcomes import outcome_name
from landscape.base.arrays import Array, IntArray
from landscape.exact.assign_levels import Kind

TITLE = "Fates of fresh starts"
QUESTION = "What happens to the starts that have no dead unit, yet do not solve XOR?"
SIZES = ("full", "half")
BUILD = {"full": ("how many units are dead", "three runs", "when the end is decided")}

Sigma = Annotated[float, Field(gt=0, le=1e3)]


class Settings(FreshStarts):
    """What a recipe can set."""

    starts: int = Field(STARTS, ge=100, le=1_000_000, description="Keras-default starts, the first of the seed's list")
    learning_rate: LearningRate = 1e-3
    points: int = Field(60, ge=10, le=1000, description="numbers of steps at which dead units are counted")
    tested: int = Field(1000, ge=1, le=1_000_000, description="runs that are perturbed: those from the first starts")
    tests: int = Field(8, ge=2, le=100, description="numbers of steps after which they are perturbed, including 0")
    sigmas: Annotated[tuple[Sigma, ...], Once] = Field(
        (0.01, 0.1), min_length=1, max_length=3, description="sizes of the perturbation of each parameter, ascending"
    )
    copies: int = Field(3, ge=1, le=100, description="perturbed copies of a run at each of these steps")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return the fates of runs from Keras-default starts, decisions of some of them, and three runs."""
    net, adam = xor.network(), ls.Adam(settings.learning_rate)
    starts = ls.numbered_starts(net, settings.starts, seed=settings.seed)
    tested = starts[: settings.tested]
    at = np.union1d([0], np.geomspace(1, settings.steps, settings.points).round().astype(np.int64))
    runs = ls.fates(net, starts, adam, settings.steps, at=at, progress=progress)
    perturbed = np.union1d(
        [0], np.geomspace(1, max(1, settings.steps / 3), settings.tests - 1).round().astype(np.int64)
    )
    found = []
    for sigma in settings.sigmas:
        (rng,) = np.random.default_rng(settings.seed).spawn(1)  # the same noise for each sigma, of another size
        how: dict[str, Any] = {"at": perturbed, "sigma": sigma, "copies": settings.copies, "rng": rng}
        found.append(ls.decisions(net, tested, adam, settings.steps, **how))
    decided = found[-1].decided
    shown = _examples(runs, decided, net.loss(tested))
    path = ls.train(net, starts[shown], adam, settings.steps)
    drawn = np.unique(np.concatenate([at, *runs.died[shown][runs.died[shown] >= 0, None], decided[shown]]))
    drawn = drawn[drawn >= 0]
    return Bundle(
        **settings.model_dump(exclude={"learning_rate", "tested"}),
        **_facts(runs),
        tested=len(tested),
        dtype=runs.settings["dtype"],
        optimizer=runs.settings["optimizer"],
        none_dead=sum((group.probability * group.dead[0] for group in ls.sign_groups(net)), Fraction(0)),
        test_step=perturbed,
        decided=tuple(one.decided_by for one in found),
        wrong=tuple(one.wrong for one in found),
        largest=max(settings.sigmas),
        shown=tuple(shown),
        shown_level=runs.level[shown],
        shown_died=runs.died[shown].max(axis=1),
        shown_decided=decided[shown],
        shown_step=drawn,
        shown_loss=path.loss[:, drawn],
    )


def _examples(runs: Fates, decided: IntArray, loss: Array) -> list[int]:
    """Return three of the tested runs that begin without a dead unit, one for each thing that can become of them.

    The first one is solved, and is decided from the earliest step on. A unit of the second dies nearest to the median
    step of such deaths. The third is stuck with all units alive, and is decided last. Among equals, the loss at the
    start is nearest to the median of those losses.

    loss : (k,) at the starts of the tested runs
    """
    level, died = runs.level[: len(decided)], runs.died[: len(decided)].max(axis=1)
    known = (runs.died != 0).all(axis=1)[: len(decided)] & (decided >= 0) & (level >= 0)
    dying, typical = known & (died > 0), np.abs(loss - np.median(loss))
    off_median = np.abs(died - (np.median(died[dying]) if dying.any() else 0.0))
    kinds = ((known & (level == 0), decided), (dying, off_median), (known & (died < 0) & (level > 0), -decided))
    return [int(np.lexsort((typical, rank, ~kind))[0]) for kind, rank in kinds if kind.any()]


def _facts(runs: Fates) -> dict[str, Any]:
    """Return what is drawn and quoted of all runs."""
    total, level = len(runs.died), runs.level
    complete = (runs.died != 0).all(axis=1)
    later = complete & (runs.died > 0).any(axis=1)
    held = runs.kind_code == Kind.HELD
    units, ends = runs.died.shape[1] + 1, len(runs.levels) - 1
    at_end = runs.dead[:, -1] * ends + level
    how = str(runs.settings["optimizer"]), str(runs.settings["dtype"]), int(runs.step[-1])
    on_level = np.bincount(level[level >= 0], minlength=ends)
    held_on_level = np.bincount(level[held], minlength=ends)
    steps = runs.died[later].max(axis=1)
    n = max(1, int(complete.sum()))
    where = np.bincount(runs.configuration[runs.configuration >= 0], minlength=len(runs.configurations))
    return {
        "levels": runs.levels[:-1],
        "step": runs.step,
        "flows": runs.dead_counts,
        "held_counts": np.bincount(at_end[held], minlength=units * ends).reshape(units, ends),
        "held": tuple(
            ls.Share(part, count, f"held among: {fact(outcome_name(value), *how)}") if part else None
            for part, count, value in zip(held_on_level.tolist(), on_level.tolist(), runs.levels, strict=False)
        ),
        "solved": ls.Share(int(on_level[0]), total, fact("solved", *how)),
        "complete": ls.Share(n, total),
        "complete_solved": ls.Share(int((complete & (level == 0)).sum()), n),
        "complete_dying": ls.Share(int(later.sum()), n),
        "complete_stuck": ls.Share(int((complete & ~later & (level > 0)).sum()), n),
        "complete_held": int((complete & held).sum()),
        "dying_solved": int((later & (level == 0)).sum()),
        "death_steps": tuple(np.quantile(steps, (0.5, 0.9)).round().astype(int).tolist()) if steps.size else (),
        "proven": np.array([((runs.proven >= 0) & (runs.proven <= t)).sum() for t in runs.step]),
        "proven_dead": ls.Share(int((runs.died >= 0).all(axis=1).sum()), total),
        "lost": int((level < 0).sum()),
        "configurations": runs.configurations_in_words,
        "configuration_shares": tuple(ls.Share(int(count), total) for count in where),
    }


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw the shares by dead units and end; beside them losses of three runs above the share decided by step."""
    looks = level_styles(result.levels)
    if size == "half":
        fates_panels.flows(result, figure.subplots())
    else:
        grid = figure.add_gridspec(2, 2, width_ratios=(1.35, 1.0), height_ratios=(1.35, 1.0))
        fates_panels.flows(result, figure.add_subplot(grid[:, 0]))
        top = figure.add_subplot(grid[0, 1])
        appears(top, 2)
        fates_panels.examples(result, top)
        bottom = figure.add_subplot(grid[1, 1], sharex=top)
        appears(bottom, 3)
        fates_panels.decided(result, bottom)
        top.tick_params(labelbottom=False)
    drawn: list[Any] = [look for end, look in looks.items() if end is not None or result.lost]
    handles: list[Artist] = [
        Line2D([], [], color=look.color, linestyle=look.linestyle, marker=look.marker, label=look.label)
        for look in drawn
    ]
    if result.held_counts.any():
        handles.append(held_handle())
    figure.legend(handles=handles, loc="outside lower center", ncols=6 if size == "full" else 3)


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point of the figure in one sentence."""
    return Caption(
        "Of starts without dead units, {complete_solved.fraction:.0%} solve XOR, {complete_dying.fraction:.0%} lose a "
        "unit, {complete_stuck.fraction:.0%} get stuck with both.",
        result,
    )


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture."""
    beside = (
        " Right: three runs; below, runs whose end is decided: perturbations of size sigma no longer change it; "
        "proven: nothing can move the run."
    )
    return Caption(
        "Shares of all {starts} random starts by number of dead units and step, coloured by final level (solved: loss "
        "0; {solved.fraction:.0%} of all, {complete_solved.fraction:.0%} of those beginning without dead "
        "units){dots}.{beside}",
        result,
        dots="; dots: at no minimum" if result.held_counts.any() else "",
        beside=beside if size == "full" else "",
    )


RULE = "With sigma = {sigmas[#]:g}, {decided[#][0]:share} are decided at the start{wrong_#}"


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return what becomes of the starts, what is proven or decided of the runs, and the settings."""
    rows = range(len(result.sigmas))
    parts = {f"wrong_{i}": _wrong(result, i) for i in rows}
    ends = [i for i, share in enumerate(result.configuration_shares) if share.count]
    return Caption(
        "A unit is dead from the step on after which it is never active on any sample again, whatever momentum is "
        "left. {none_dead} of all starts have no dead unit, here {complete:share}. Of these {complete_solved:share} "
        "are solved, {complete_dying:share} lose a unit later{when} ({dying_solved} of them are solved), and "
        "{complete_stuck:share} get stuck with both units alive.\nEnds of all starts: {ends}; on no level: "
        "{lost}.\nAt no minimum, {why_held}: {held_listed}; {complete_held} of them began without a dead unit.\nAn end "
        "is proven once all units are dead ({proven_dead:share}) or the run is at rest. Otherwise a run is decided "
        "from one of {tests} steps on if, at it and all later ones, all {copies} copies end on its level: a copy is "
        "the run with normal noise of deviation sigma on all parameters except those of dead units, trained anew for "
        "{steps} steps (the first {tested} runs). {rules}.{examples}\nBrackets and bands: Wilson 95 % "
        "intervals.\nSettings: {starts} Keras-default starts, {optimizer}, {dtype}, {steps} steps, seed {seed}.",
        result,
        when=" (half of them by step {death_steps[0]}, nine tenths by step {death_steps[1]})"
        if result.death_steps
        else "",
        ends=listed("{configurations[#]} ({configuration_shares[#]:share})", ends, "; "),
        why_held=WHY_HELD,
        held_listed=held_listed(result),
        rules=listed(RULE, rows, ". "),
        examples=_runs_in_words(result) if size == "full" else "",
        **parts,
    )


def _wrong(result: Bundle, i: int) -> str:
    """Return how often the rule of decisions is wrong for one size of perturbation."""
    if result.wrong[i] is None:
        return ""
    return f", and a further copy of a decided run ends elsewhere in {{wrong[{i}]:share}}"


def _runs_in_words(result: Bundle) -> str:
    """Return what the marks on the three runs stand for."""
    runs = []
    for i, (level, died) in enumerate(zip(result.shown_level, result.shown_died, strict=True)):
        death = f", a unit dies at step {{shown_died[{i}]}}" if died > 0 else ""
        runs.append(f"level {{levels[{level}]}}{death}, decided by step {{shown_decided[{i}]}}")
    if not runs:
        return ""
    return " The runs shown (stars: sigma = {largest:g}): " + "; ".join(runs) + "."


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return a description of the picture in that size."""
    dead = 100 * result.flows.sum(axis=2) / result.starts
    rows = [f"{_DEAD[i]} {dead[0, i]:.0f} % at the start and {dead[-1, i]:.0f} % at the end" for i in range(3)]
    ends = 100 * result.flows[-1].sum(axis=0) / result.starts
    names = [look.label for look in level_styles(result.levels).values()]
    shares = ", ".join(f"{name} {share:.0f} %" for name, share in zip(names, ends, strict=True))
    flows = (
        f"Bands of shares of the starts over logarithmic steps, by number of dead units: {', '.join(rows)}. The "
        f"colours are the ends: {shares}."
    )
    if size == "half":
        return flows
    at_start = ", ".join(
        f"{100 * one[0].fraction:.0f} % for sigma {sigma:g}"
        for sigma, one in zip(result.sigmas, result.decided, strict=True)
    )
    return (
        f"{flows} Right, top: losses of {len(result.shown)} runs that end on "
        f"{', '.join(str(result.levels[k]) for k in result.shown_level)}. Below: the share of decided runs rises with "
        f"the step from {at_start}; that of proven ends is much lower."
    )


_DEAD = ("none", "one", "two")
