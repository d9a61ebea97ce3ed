"""The runs that the story of the page shows, chosen by rules from the lecture's list of starts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import landscape as ls
from figures.lecture.settings import FRESH_STEPS
from landscape import Fates, xor
from landscape.base.arrays import Array
from landscape.exact.assign_levels import Kind

OFFERED = 1000
"""The story's starts are among the first ones of the list, which the page offers as random starts."""
CLEARLY = 0.2
"""How far below 0 both incoming weights of a dead unit are at least, so that the page shows it."""
RAISED = 0.1
"""By how much the bias of a unit at a kink is raised to show that the run rests at no minimum."""


class Offered(NamedTuple):
    """What becomes of the starts that the page offers."""

    starts: Array
    runs: Fates

    @property
    def complete(self) -> Any:
        """Which runs begin without a dead unit, shape (k,)."""
        return (self.runs.died != 0).all(axis=1)

    @property
    def is_minimum(self) -> Any:
        """Which runs end at a local minimum, shape (k,)."""
        return self.runs.kind_code == Kind.LOCAL_MINIMUM

    def on(self, level: str) -> Any:
        """Return which runs end on a level, given as text such as "1/6", shape (k,)."""
        return self.runs.level == [str(value) for value in self.runs.levels].index(level)


@lru_cache(maxsize=1)
def offered() -> Offered:
    """Return the runs of Adam, trained as those whose shares the lecture quotes."""
    starts = ls.numbered_starts(xor.network(), OFFERED, seed=0)
    return Offered(starts, ls.fates(xor.network(), starts, ls.Adam(), FRESH_STEPS))


def sealed_start() -> int:
    """Return the first start of the list with exactly one, clearly dead unit that ends at a minimum of value 1/6."""
    runs = offered().runs
    one_dead = ((runs.died == 0).sum(axis=1) == 1) & (runs.died <= 0).all(axis=1)
    W1 = offered().starts[:, :4].reshape(-1, 2, 2)
    clearly = ((W1 < -CLEARLY).all(axis=1) & (runs.died == 0)).any(axis=1)
    return _first(one_dead & clearly & offered().is_minimum & offered().on("1/6"))


def dying_start() -> int:
    """Return a start of which a unit dies on the way, about as late as in most such runs, ending at a minimum."""
    died = offered().runs.died.max(axis=1)
    dying = np.flatnonzero(offered().complete & offered().is_minimum & offered().on("1/6") & (died > 0))
    return int(dying[np.abs(died[dying] - np.median(died[dying])).argmin()])


def stuck_start() -> int:
    """Return the first start that ends at a minimum of value 1/8 with both units alive."""
    alive = (offered().runs.died < 0).all(axis=1)
    return _first(alive & offered().is_minimum & offered().on("1/8"))


def flat_start() -> int:
    """Return the first start that ends at a minimum of value 1/4."""
    return _first(offered().is_minimum & offered().on("1/4"))


def solved_start() -> int:
    """Return the first start that ends at loss 0."""
    return _first(offered().on("0"))


class Release(NamedTuple):
    """A run that is held at a kink, and its end with the bias of that unit raised: loss falls, training solves XOR."""

    number: int
    unit: int
    raised: Array
    solution: Array


@lru_cache(maxsize=1)
def held_start() -> Release:
    """Return the first held run with one unit at a kink from whose end, with that bias raised, XOR is solved."""
    net, runs = xor.network(), offered().runs
    for number in np.flatnonzero((runs.kind_code == Kind.HELD) & offered().on("1/6")).tolist():
        end = runs.end[number]
        units = {unit for unit, _ in ls.kinks(net, end)}
        raised = [end + RAISED * ls.coordinate_direction(net, f"b1[{unit}]") for unit in sorted(units)]
        path = ls.train(net, raised, ls.Adam(), FRESH_STEPS, record_every=FRESH_STEPS)
        solves = int(ls.assign_levels(net, path.end[0])) == 0
        if len(units) == 1 and solves and net.loss(raised[0]) < net.loss(end):
            return Release(number, units.pop(), raised[0], path.end[0])
    raise ValueError(f"none of {OFFERED} starts is held at a kink that a raised bias releases; use more")


def _first(chosen: Any) -> int:
    """Return the number of the first start that is chosen."""
    return int(np.flatnonzero(chosen)[0])


def deaths(number: int) -> list[tuple[int, int]]:
    """Return (unit, step) of the units of a run that die, units counted from 1."""
    return [(unit + 1, int(step)) for unit, step in enumerate(offered().runs.died[number]) if step >= 0]
