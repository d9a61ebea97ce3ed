"""The starts that the page offers by name: the exercise's, and those of the lecture figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import landscape as ls
from figures.lecture.levels import basins
from figures.lecture.runs import leaving, spikes, story, trajectories
from figures.lecture.runs.curvature_run import chosen_run
from landscape import xor
from landscape.networks.relu import ReluNetwork

OFFSETS = (0.0, 1e-5, 1e-2)
"""The exercise's offsets from the textbook weights."""


def presets(net: ReluNetwork) -> list[dict[str, Any]]:
    """Return the starts with their names, and the settings of the runs that figures draw from them."""
    found = [_preset(f"offset {offset:g}", xor.offset_start(offset)) for offset in OFFSETS]
    found.append(_preset("keras", ls.numbered_starts(net, 1, seed=0)[0]))
    left = leaving.Settings.model_validate({})
    for dtype in ("float64", "float32"):
        how = run_settings(left, dtype=dtype)
        found.append(_preset(f"leaving {dtype}", xor.offset_start(left.offset), how))
    spiking = spikes.Settings.model_validate({})
    start, _ = chosen_run(net, ls.Adam(spiking.learning_rate), spiking, None)
    found.append(_preset("spikes", start, run_settings(spiking)))
    told = story.Settings.model_validate({})
    candidates = ls.numbered_starts(net, told.candidates, seed=told.seed)
    runs = story.compute(told.model_copy(update={"frames": 2, "points": 11, "grid": 11, "kinks": False}))
    found += [
        _preset(f"story {name}", candidates[k], run_settings(told))
        for name, k in zip(("solved", "trapped"), runs.shown, strict=False)
    ]
    around = trajectories.Settings.model_validate({})
    rng = np.random.default_rng(around.run_seed)
    for sigma in around.sigmas:
        theta = ls.perturbed_starts(xor.TEXTBOOK, sigma, around.runs, rng=rng)[0]
        found.append(_preset(f"trajectories {sigma:g}", theta, run_settings(around)))
    return found


def basins_plane() -> dict[str, Any]:
    """Return the plane and the settings of the figure of basins, as the page's state holds them."""
    how = basins.Settings.model_validate({})
    half = how.half_width
    return {
        "plane": {"kind": "normalized", "seed": how.seed, "biasRule": "joint", "orthogonal": True},
        "range": [-half, half, -half, half],
        "settings": run_settings(how),
    }


def run_settings(of_figure: Any, *, dtype: str = "float64") -> dict[str, Any]:
    """Return the settings of a figure's runs as the page's state holds them."""
    return {
        "optimizer": "Adam",
        "learningRate": of_figure.learning_rate,
        "momentum": 0,
        "precision": dtype,
        "steps": of_figure.steps,
    }


def _preset(name: str, theta: ArrayLike, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "theta": np.asarray(theta).tolist()}
    return found | ({"settings": settings} if settings else {})
