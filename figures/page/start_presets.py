"""The starts that the page offers by name: the exercise's, and those of the lecture figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import landscape as ls
from figures.lecture.levels import basins
from figures.lecture.runs import leaving, spikes, story, trajectories
from figures.lecture.runs.curvature_run import chosen_run
from figures.page.story_states import run_settings
from landscape import xor
from landscape.networks.relu import ReluNetwork

OFFSETS = (0.0, 1e-5, 1e-2)
"""The exercise's offsets from the textbook weights."""


def presets(net: ReluNetwork) -> list[dict[str, Any]]:
    """Return the starts with the keys of their texts, and the settings of the runs that figures draw from them.

    ``moves`` says whether training moves from there, so that the run has a principal plane.
    """
    found = [_preset("offset", xor.offset_start(offset), value=offset) for offset in OFFSETS]
    found.append(_preset("keras", ls.numbered_starts(net, 1, seed=0)[0]))
    left = leaving.Settings.model_validate({})
    for dtype in ("float64", "float32"):
        found.append(_preset("leaving", xor.offset_start(left.offset), left, dtype, value=dtype))
    spiking = spikes.Settings.model_validate({})
    start, _ = chosen_run(net, ls.Adam(spiking.learning_rate), spiking, None)
    found.append(_preset("spikes", start, spiking))
    told = story.Settings.model_validate({})
    choice = story.choose(told)
    found += [
        _preset(f"story.{name}", choice.starts[k], told)
        for name, k in zip(("solved", "trapped"), choice.shown, strict=True)
    ]
    around = trajectories.Settings.model_validate({})
    rng = np.random.default_rng(around.run_seed)
    for sigma in around.sigmas:
        theta = ls.perturbed_starts(xor.TEXTBOOK, sigma, around.runs, rng=rng)[0]
        found.append(_preset("trajectories", theta, around, value=sigma))
    return found


def basins_plane() -> dict[str, Any]:
    """Return the plane and the settings of the figure of basins, as the page's state holds them."""
    how = basins.Settings.model_validate({})
    half = how.half_width
    return {
        "plane": {"kind": "normalized", "seed": how.seed, "biasRule": "joint", "orthogonal": True},
        "range": [-half, half, -half, half],
        "settings": run_settings(how.steps, how.learning_rate),
    }


def _preset(
    key: str, theta: ArrayLike, figure: Any = None, precision: str = "float64", *, value: float | str = ""
) -> dict[str, Any]:
    """Return a start, the key and value of its text and, if a figure's settings are given, those of its runs."""
    moves = bool(np.any(xor.network().gradient(theta)))
    found: dict[str, Any] = {"key": key, "value": value, "theta": np.asarray(theta).tolist(), "moves": moves}
    if figure is None:
        return found
    return found | {"settings": run_settings(figure.steps, figure.learning_rate, precision=precision)}
