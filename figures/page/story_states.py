"""The parts of the page's state that the story sets: planes, settings of runs, and runs of the list of starts."""

from __future__ import annotations

from typing import Any

import landscape as ls
from figures.lecture.settings import FRESH_STEPS
from figures.page import story_runs
from landscape import xor
from landscape.base.arrays import Array


def run_settings(steps: int, rate: float = 1e-3, optimizer: str = "Adam", precision: str = "float64") -> dict[str, Any]:
    """Return the settings of a run as the page has them."""
    return {"optimizer": optimizer, "learningRate": rate, "momentum": 0, "precision": precision, "steps": steps}


def plane_spec(kind: str, half: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a plane as the page has it; without ``half`` the page chooses the window."""
    window = None if half is None else [-half, half, -half, half]
    return {"kind": kind, "centre": xor.TEXTBOOK.tolist(), "range": window, **more}


def random_spec(seed: int, half: float) -> dict[str, Any]:
    """Return a filter-normalized plane through the textbook weights."""
    return plane_spec("normalized", half, seed=seed, biasRule="joint")


def through_spec(*points: Array) -> dict[str, Any]:
    """Return the plane through three points."""
    return plane_spec("points", points=[point.tolist() for point in points])


def weights_of(unit: int, start: list[float]) -> dict[str, Any]:
    """Return the plane of the two incoming weights of a unit, counted from 1, through a start."""
    return plane_spec("coordinates", centre=start, axes=[unit - 1, unit + 1])


def shown(number: int) -> dict[str, Any]:
    """Return a run from a start of the list: its plane, start, settings, end and deaths."""
    net, (starts, runs) = xor.network(), story_runs.offered()
    start, end = starts[number], runs.end[number]
    level = int(runs.level[number])
    return {
        "plane": through_spec(start, end, ls.nearest_zero(net, end)[0] if level else xor.TEXTBOOK),
        "start": start.tolist(),
        "settings": run_settings(FRESH_STEPS),
        "ends": str(runs.levels[level]),
        "deaths": [list(one) for one in story_runs.deaths(number)],
    }


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as numbers and texts of JSON."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}


def end_level(start: Array, optimizer: ls.Adam | ls.SGD, steps: int) -> str:
    """Return the level on which a run ends, as text; ValueError if it ends on none."""
    net = xor.network()
    end = ls.train(net, start, optimizer, steps, record_every=steps).end[0]
    index = int(ls.assign_levels(net, end))
    if index < 0:
        raise ValueError(f"the run must end on a level; it is on none after {steps} steps")
    return str(ls.stationary_levels(net)[index].value)
