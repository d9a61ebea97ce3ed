"""What the page knows from Python: exact results, directions, and shares of many runs."""

from __future__ import annotations

from typing import Any

import numpy as np

import landscape as ls
from figures.lecture import fresh_runs
from figures.page import exact_tables, rounded_powers, start_presets
from figures.page.look import page_look
from figures.page.story_facts import story_facts
from figures.page.story_states import run_settings
from landscape import Outcomes, xor
from landscape.analysis.outcomes import outcome_name

SEEDS = 23
"""Random directions of seeds 0 to 22, and those of the figure of basins: as many as a menu can list, 24."""


def page_data(fresh: Outcomes | None = None) -> dict[str, Any]:
    """Return the data of the page, as plain lists, numbers and texts for JSON.

    Parameters
    ----------
    fresh : Outcomes, optional
        Of the lecture's runs from Keras-default starts, if they are known: those that
        ``figures.lecture.fresh_runs.train`` returns for the default settings.
    """
    net, how = xor.network(), fresh_runs.FreshRuns.model_validate({})
    fresh = fresh or fresh_runs.train(how)
    return {
        **core_data(),
        "presets": start_presets.presets(net),
        "known": _known(how, fresh),
        "look": page_look([level.value for level in ls.stationary_levels(net)]),
        "story": story_facts(fresh),
    }


def core_data() -> dict[str, Any]:
    """Return the part of the data that the modules in ``app/core`` use."""
    net, basins = xor.network(), start_presets.basins_plane()
    return {
        "textbook": xor.TEXTBOOK.tolist(),
        "levels": exact_tables.levels(net),
        "tables": exact_tables.level_tables(net),
        "zeroCells": exact_tables.zero_cells(net),
        "powers": rounded_powers.exceptions(),
        "seeds": {str(seed): _directions(seed) for seed in (*range(SEEDS), basins["plane"]["seed"])},
        "basins": basins,
    }


def _directions(seed: int) -> dict[str, list[float]]:
    """Return the two random directions that belong to a seed, before any normalization."""
    net, rng = xor.network(), np.random.default_rng(seed)
    return {name: ls.random_direction(net, rng=rng).tolist() for name in ("d1", "d2")}


def _known(how: fresh_runs.FreshRuns, found: Outcomes) -> dict[str, Any]:
    """Return the share of the runs that end on each level, and on none, with its interval; and the settings."""
    shares = {
        "n": int(found.level.size),
        "shares": [
            {"outcome": outcome_name(level), "share": float(part), "interval": interval.tolist()}
            for level, part, interval in zip(found.levels, found.fractions, found.interval, strict=True)
        ],
    }
    return {**shares, "settings": run_settings(how.steps, how.learning_rate)}
