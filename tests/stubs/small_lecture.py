"""The lecture set with settings that are quick to compute, each figure once for all tests of a process."""

import tempfile
from functools import cache
from pathlib import Path

import landscape as ls
from figures.lecture import lecture_figure

SMALL = {
    "network": {"points": 11},
    "directions": {"points": 21, "seeds": (3,)},
    "relief": {"steps": 500, "grid": 21},
    "seeds": {"planes": 20, "grid": 11, "points": 21},
    "sheet": {"points": 21},
    "kinks": {"points": 21},
    "leaving": {"steps": 300, "drawn": 50},
    "trajectories": {"steps": 500, "grid": 21},
    "perturbation": {"runs": 30, "starts": 30, "steps": 1500, "perturbed_steps": 1500},
    "traps": {"starts": 60, "steps": 2000, "points": 11},
    "outcomes": {"starts": 60, "steps": 1000},
    "signs": {"starts": 300, "steps": 2000},
    "fates": {"starts": 200, "steps": 2500, "tested": 30, "tests": 3, "copies": 2},
    "basins": {"resolution": 21, "steps": 1000, "points": 21, "others": 2},
    "barrier": {"points": 31},
    "tree": {"starts": 60, "steps": 3000},
    "curvature": {"candidates": 20, "steps": 6000},
    "spikes": {"candidates": 20, "steps": 6000},
    "remedies": {"starts": 20, "steps": 500},
    "story": {"frames": 5, "grid": 21, "points": 11, "steps": 1500},
}
"""Settings with which each figure is computed in a moment."""


@cache
def small_figure(name):
    """Return the module of a figure, and its result as loaded from a file."""
    module = lecture_figure(name)
    with tempfile.TemporaryDirectory() as folder:
        ls.save(module.compute(module.Settings(**SMALL[name])), Path(folder) / "result.nc")
        return module, ls.load(Path(folder) / "result.nc")
