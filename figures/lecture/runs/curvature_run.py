"""The run of the figures curvature and spikes: which one is shown, its pace, its thinned curves and its first spike."""

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.settings import FigureSettings, SmallLearningRate, StartSeed
from figures.plots.envelope import envelope
from landscape import Bundle, ReluNetwork, Stability, Trajectories
from landscape.analysis.stability import rounding_floor
from landscape.base.arrays import Array

DTYPES = ("float64", "float32")
DECADES = (1e-6, 1e-12)
"""Losses between which steps per decade are counted: after the bends of the path, well above rounding error."""
AROUND = 140
"""Steps shown before the sharpness passes the limit, and after the spike."""


class RunSettings(FigureSettings):
    """What a recipe can set of the run."""

    learning_rate: SmallLearningRate = Field(1e-2, description="constant")
    steps: int = Field(12_000, ge=1000, le=100_000, description="updates")
    candidates: int = Field(
        256, ge=1, le=5000, description="Keras-default starts of its own, of which one that spikes is shown"
    )
    seed: StartSeed = 0
    drawn: int = Field(300, ge=50, le=2000, description="intervals of steps that a curve is drawn from")


def chosen_run(
    net: ReluNetwork, adam: ls.Adam, settings: RunSettings, progress: Callable[[int, int], None] | None
) -> tuple[Array, Bundle]:
    """Return the first start that is solved and spikes, the first solved one if none does, and how many do."""
    # Not the starts of other figures: the first of those that spikes does so in float32 as well, without a contrast.
    starts = ls.glorot_starts(net, settings.candidates, rng=np.random.default_rng(settings.seed))
    # Every record counts: a run that is on a spike at the last step was on level 0 before.
    every = max(1, settings.steps // 20)
    runs = ls.train(net, starts, adam, settings.steps, record_every=every, progress=progress)
    solved = np.flatnonzero((ls.assign_levels(net, runs.theta) == 0).any(axis=1))
    if not solved.size:
        raise ValueError(
            f"candidates must hold a solved one; got none among {settings.candidates}, use more of them or more steps"
        )
    spiking = which_spike(net, starts[solved], adam, settings.steps)
    shown = int(solved[spiking.argmax()])  # the first solved run if none spikes
    return starts[shown], Bundle(
        shown=shown, solved=int(solved.size), spiking=ls.Share(int(spiking.sum()), solved.size)
    )


def which_spike(net: ReluNetwork, starts: Array, adam: ls.Adam, steps: int) -> NDArray[np.bool_]:
    """Return which of the runs from starts (k, n) have a spike in float64."""
    floor = rounding_floor(net, np.float64)
    found = []
    batches = ceil(len(starts) / 32)  # of at most 32 runs
    for part in np.array_split(starts, batches):
        run = ls.train(net, part, adam, steps)
        found += [ls.spikes(loss, floor).size > 0 for loss in run.loss]
    return np.array(found)


def descent(net: ReluNetwork, adam_run: Trajectories, sgd: ls.SGD, handover_loss: float, intervals: int) -> Bundle:
    """Return gradient descent from where Adam's loss falls below ``handover_loss``, and steps per decade of both."""
    handover = int(np.argmax(adam_run.loss[0] < handover_loss))
    run = ls.train(net, adam_run.theta[0, handover], sgd, int(adam_run.step[-1]) - handover)
    kept = steps_to_draw(run.loss[0], intervals)
    adam_fall = _fall(adam_run.loss[0])
    return Bundle(
        step=kept + handover,
        loss=run.loss[0, kept],
        adam_steps=None if adam_fall is None else _steps_per_decade(adam_run.loss[0], *adam_fall),
        sgd=_pace(net, run, sgd),
        optimizer=sgd.describe(),
    )


def _pace(net: ReluNetwork, run: Trajectories, sgd: ls.SGD) -> Bundle | None:
    """Return the steps per decade that gradient descent takes, and those that the curvature along its path predicts."""
    fall = _fall(run.loss[0])
    if fall is None:
        return None
    first, last = fall
    path = run.theta[0, first : last + 1]
    curvature = ls.mean_curvature(net, path)
    largest = float(ls.sharpness(net.hessian(path[:-1])).max())
    return Bundle(
        steps=_steps_per_decade(run.loss[0], first, last),
        predicted=float(ls.steps_per_decade(sgd, curvature)),
        curvature=curvature,
        region_changes=ls.region_changes(net, path),
        largest=largest,
        largest_rate=2 / largest,
        least=float(ls.steps_per_decade(2 / largest, curvature)),
    )


def _fall(loss: Array) -> tuple[int, int] | None:
    """Return the first steps with losses below each of ``DECADES``, None if the loss stays above the lower one."""
    if not (loss < DECADES[1]).any():
        return None
    first, last = (int(np.argmax(loss < value)) for value in DECADES)
    return first, last


def _steps_per_decade(loss: Array, first: int, last: int) -> float:
    return (last - first) / float(np.log10(loss[first] / loss[last]))


def steps_to_draw(values: Array, intervals: int) -> NDArray[np.int64]:
    """Return the steps at which a curve is drawn."""
    return envelope(values, np.linspace(0, values.size, intervals + 1))


def thinned(run: Stability, intervals: int) -> Bundle:
    """Return what is drawn or quoted of a run."""
    share = run.sharpness / run.limit
    kept = np.union1d(steps_to_draw(run.loss, intervals), steps_to_draw(share, intervals))
    over = np.flatnonzero(share > 1)
    return Bundle(
        step=run.step[kept],
        loss=run.loss[kept],
        share=share[kept],
        highest_share=float(np.nanmax(share)),
        peak=run.peak,
        spike_count=run.peak.size,
        peak_loss=run.peak_loss,
        crossing=run.crossing,
        over_from=int(over[0]) if over.size else None,
        zero_from=ls.constant_from(run.loss) if run.loss[-1] == 0 else None,
    )


def first_spike(run: Stability, adam: ls.Adam) -> Bundle | None:
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
        climb_steps=peak - crossing,
        climb_step=np.arange(crossing + 1, peak + 1),
        climb=run.loss[middle + 1] * 10.0**climb,
    )
