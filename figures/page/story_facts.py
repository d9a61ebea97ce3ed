"""What the story of the page says: every number of its texts, and the states that it shows, computed by ``landscape``.

Each step has ``values`` (numbers of its texts; fractions as text such as "27/16"), and what it shows: a plane, a start,
settings of a run, ``ends``, the level on which that run ends, and ``trace``, a line that the answer speaks of.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

import landscape as ls
from figures.lecture.fresh_runs import FreshRuns, ended, held, train
from figures.lecture.settings import FRESH_STEPS
from figures.page import story_runs, story_surface
from figures.page.story_states import end_level, plain, plane_spec, run_settings, shown, through_spec, weights_of
from landscape import Outcomes, Share, xor

TRIALS = 2000
"""Starts of each remedy."""
REMEDIES = {"units": "8 units", "tanh": "tanh"}
"""Rows of the lecture's table that are quoted."""
FASTER = ls.Adam(1e-2)
OTHERS: dict[str, ls.Adam | ls.SGD] = {"SGD": ls.SGD(1e-2), "Adam": FASTER}
"""Optimizers that are tried from the start with a dead unit."""


def story_facts(fresh: Outcomes | None = None) -> dict[str, Any]:
    """Return the facts of every step, for JSON.

    fresh : the runs whose shares the lecture quotes, if they are known; else they are trained here
    """
    found = fresh or train(FreshRuns.model_validate({}))
    return {
        "leave": story_surface.leave(),
        "valley": story_surface.valley(),
        "planes": story_surface.planes(),
        "cones": story_surface.cones(),
        "sealed": _sealed(found),
        "death": _death(found),
        "stuck": _stuck(),
        "held": _held(found),
        "success": _success(found),
        "basins": story_surface.basins(),
        "remedies": _remedies(found),
        "twin": story_surface.twin(),
    }


def _sealed(found: Outcomes) -> dict[str, Any]:
    """Return how many starts have a dead unit, and a run from one of them."""
    is_dead = _dead_at_start(found)
    with_dead, number = is_dead.any(axis=1), story_runs.sealed_start()
    run = shown(number)
    values = {
        "deadUnit": int(is_dead[number].argmax()) + 1,
        "withDead": int(with_dead.sum()),
        "solvedWithDead": int((found.level[with_dead] == 0).sum()),
        "runs": found.level.size,
        "probability": str(1 - _none_dead()),
        "level": run["ends"],
    }
    return {"values": plain(values), **run, "weights": weights_of(values["deadUnit"], run["start"])}


def _death(found: Outcomes) -> dict[str, Any]:
    """Return a run of which a unit dies, and how often XOR is solved from starts without a dead unit."""
    complete, number = ~_dead_at_start(found).any(axis=1), story_runs.dying_start()
    run = shown(number)
    ((unit, step),) = run["deaths"]
    share = Share(int((found.level[complete] == 0).sum()), int(complete.sum()))
    values = {"unit": unit, "step": step, "level": run["ends"], "share": share.fraction, "n": share.total}
    values |= {"low": share.low, "high": share.high}
    return {"values": plain(values), **run, "weights": weights_of(unit, run["start"])}


def _stuck() -> dict[str, Any]:
    """Return the levels of local minima, their largest dimensions, and a run on each of those above 0."""
    net = xor.network()
    values: dict[str, Any] = {"parameters": net.n_parameters}
    for i, level in enumerate(ls.stationary_levels(net)):
        values |= {f"level{i}": str(level.value), f"dimension{i}": max(level.dimensions)}
    numbers = [story_runs.stuck_start(), story_runs.sealed_start(), story_runs.flat_start()]
    ends = through_spec(*(story_runs.offered().runs.end[number] for number in numbers))
    others = [shown(number) for number in numbers[1:]]
    runs = [{"name": other["ends"], "start": other["start"], "settings": other["settings"]} for other in others]
    return {"values": plain(values), **shown(numbers[0]), "runs": runs, "throughEnds": ends}


def _held(found: Outcomes) -> dict[str, Any]:
    """Return a run that is held at a kink, the run that a raised bias releases, and how many runs are held."""
    net, release = xor.network(), story_runs.held_start()
    run, end = shown(release.number), story_runs.offered().runs.end[release.number]
    values = {
        "unit": release.unit + 1,
        "level": run["ends"],
        "raise": story_runs.RAISED,
        "lossHeld": net.loss(end),
        "lossRaised": net.loss(release.raised),
    }
    for name, share in zip(("sixth", "quarter"), held(found)[2:], strict=True):
        if share is None:
            raise ValueError("some runs on each of the two highest levels must be held at a kink; none is")
        values |= {name: share.fraction, f"{name}Runs": share.total}
    return {
        "values": plain(values),
        "held": run,
        "plane": through_spec(release.raised, release.solution, end),
        "start": release.raised.tolist(),
        "settings": run_settings(FRESH_STEPS),
        "ends": "0",
    }


def _success(found: Outcomes) -> dict[str, Any]:
    """Return how many fresh starts end on each level, and the first run that solves XOR."""
    shares = dict(zip(("solved", "eighth", "sixth", "quarter"), ended(found), strict=True))
    values = {"runs": found.level.size, "steps": int(found.step[-1]), "ceiling": str(_none_dead())}
    values |= {name: share.fraction for name, share in shares.items()}
    interval = {"low": shares["solved"].low, "high": shares["solved"].high}
    run = shown(story_runs.solved_start())
    return {"values": plain({**values, **interval}), **run, "weights": weights_of(1, run["start"])}


def _remedies(found: Outcomes) -> dict[str, Any]:
    """Return how many starts are classified right with other networks and training, and two runs that get stuck."""
    table = {remedy.name: remedy for remedy in ls.standard_remedies(FRESH_STEPS)}
    rows = [table[name] for name in REMEDIES.values()]
    trials = ls.try_remedies(rows, TRIALS, FRESH_STEPS, seed=0)
    run = shown(story_runs.sealed_start())
    values = {"trials": TRIALS, "solved": ended(found)[0].fraction, "level": run["ends"]}
    values |= {"many": table[REMEDIES["units"]].hidden, "rate": FASTER.learning_rate}
    for name, count in zip(REMEDIES, trials.summary("right").counts.tolist(), strict=True):
        share = Share(count, TRIALS)
        values |= {name: share.fraction, f"{name}Low": share.low, f"{name}High": share.high}
    others = [(name, optimizer, end_level(run["start"], optimizer, FRESH_STEPS)) for name, optimizer in OTHERS.items()]
    runs = [
        {
            "name": name,
            "start": run["start"],
            "settings": run_settings(FRESH_STEPS, optimizer.learning_rate, name),
            "ends": end,
        }
        for name, optimizer, end in others
    ]
    of_runs = plane_spec("principal", centre=run["start"])
    return {"values": plain(values), **run, "runs": runs, "ofRuns": of_runs}


def _dead_at_start(found: Outcomes) -> NDArray[np.bool_]:
    """Return which units of the starts of these runs are dead, shape (k, 2)."""
    net = xor.network()
    starts = ls.numbered_starts(net, found.level.size, seed=0)
    return np.asarray(~(net.preactivations(starts) > 0).any(axis=1))


def _none_dead() -> Fraction:
    """Return the probability that no unit of a Keras-default start is dead."""
    return sum((group.probability * group.dead[0] for group in ls.sign_groups(xor.network())), Fraction(0))
