"""Runs from Keras-default starts that several figures draw or quote: the same runs, so that one fact has one number.

A figure that uses them has a function ``fresh_runs``, which returns their settings, and its ``compute`` takes them as
``fresh``, or trains them itself if there are none. A render trains them once for all figures
(:mod:`figures.render.variant_work`). What belongs to a few runs only, such as a path, is computed from the same starts.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

import landscape as ls
from figures.lecture.settings import DataType, FreshStarts, LearningRate, Moderate
from landscape import Outcomes, Share, xor
from landscape.analysis.outcomes import outcome_name

FIRST = 10
"""First number of steps, beside 0, after which the runs are counted."""


class FreshRuns(FreshStarts):
    """What the runs depend on."""

    learning_rate: LearningRate = 1e-3
    dtype: DataType = "float64"
    targets: tuple[Moderate, Moderate, Moderate, Moderate] = tuple(xor.Y.tolist())
    epochs: int = Field(256, ge=1, le=10_000_000)
    points: int = Field(60, ge=10, le=1000)


def train(settings: FreshRuns, progress: Callable[[int, int], None] | None = None) -> Outcomes:
    """Train from the first starts of the seed's list."""
    net = xor.network(targets=settings.targets)
    starts = ls.numbered_starts(net, settings.starts, seed=settings.seed)
    adam = ls.Adam(learning_rate=settings.learning_rate)
    at = counted_steps(settings.steps, settings.epochs, settings.points)
    return ls.outcomes(net, starts, adam, settings.steps, dtype=settings.dtype, at=at, progress=progress)


def counted_steps(steps: int, epochs: int, points: int) -> NDArray[np.int64]:
    """Return the numbers of steps after which runs are counted: ``points`` on a log scale, and ``epochs``."""
    spread = np.geomspace(min(FIRST, steps), steps, points).round().astype(np.int64)
    return np.union1d(spread, [min(epochs, steps)])


def ended(found: Outcomes, index: int = -1) -> tuple[Share, ...]:
    """Return the share of the runs that are on each level after ``found.step[index]`` steps."""
    how = str(found.settings["optimizer"]), str(found.settings["dtype"]), int(found.step[index])
    return tuple(
        Share(count, found.level.size, fact(outcome_name(level), *how))
        for level, count in zip(found.levels, found.counts_at[index].tolist(), strict=True)
        if level is not None
    )


def held(found: Outcomes) -> tuple[Share | None, ...]:
    """Return the share of the runs on each level that are held there by relu'(0) = 0; None where there are none."""
    return tuple(
        share and replace(share, of=f"held among: {on_level.of}")
        for share, on_level in zip(found.held, ended(found), strict=True)
    )


def fact(outcome: str, optimizer: str, dtype: str, steps: int, slope: float = 0.0) -> str:
    """Return in words what a share of runs estimates, whatever their number and seed; ``slope`` is relu'(0)."""
    return f"{outcome} after {steps} steps of {optimizer}, {dtype}, relu'(0) = {slope:g}, from Keras-default starts"
