"""Estimate of the time and the disk space that a recipe takes, from what its figures take with their defaults.

The numbers were measured on one machine, and work is assumed to grow in proportion to the settings in ``WORK``; so an
estimate can be wrong by a factor of two or three. Figures of Keras models are left out: their models decide.
"""

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from figures import lecture
from figures.output.formats import MOVING
from figures.recipes.recipe import Recipe, Variant
from figures.render.jobs import files_of
from landscape.parallel.threads import processors


class Cost(NamedTuple):
    """What a figure takes with its defaults."""

    seconds: float  # of one core, to compute it
    megabytes: float  # of its result, which is stored twice: as data of the figure, and for drawing


COSTS = {
    "network": Cost(0.1, 1.1),
    "directions": Cost(0.7, 1.2),
    "relief": Cost(0.5, 0.2),
    "seeds": Cost(2.5, 1.1),
    "sheet": Cost(0.3, 0.9),
    "kinks": Cost(0.4, 0.7),
    "leaving": Cost(1.1, 0.1),
    "trajectories": Cost(0.3, 1.7),
    "perturbation": Cost(6.6, 0.1),
    "traps": Cost(1.1, 2.2),
    "outcomes": Cost(11, 0.1),
    "signs": Cost(13, 0.1),
    "fates": Cost(6.7, 1.0),
    "basins": Cost(10, 1.7),
    "tree": Cost(1.2, 1.6),
    "barrier": Cost(0.2, 1.6),
    "curvature": Cost(0.6, 0.2),
    "spikes": Cost(0.6, 0.2),
    "remedies": Cost(156, 4.3),
    "story": Cost(0.6, 3.0),
}
PAGE = Cost(20, 0.5)
"""What the live page takes."""
WORK = {"starts": 1, "steps": 1, "planes": 1, "resolution": 2, "grid": 2}
"""Setting of figures -> the power of it that the work grows with."""
DRAWING, ANIMATING = 1.0, 5.0
"""Seconds of one core for one drawing in all formats, and for one animation."""
MEGABYTES = {"pdf": 0.09, "svg": 0.29, "png": 0.31, "gif": 0.9, "mp4": 0.3}
"""Size of one file in full size, on average."""
HALF = 0.5
"""Size of a file in half size, over that in full size."""


@dataclass(frozen=True)
class Estimate:
    """What rendering a recipe takes if nothing of it is up to date."""

    seconds: float
    megabytes: float
    left_out: tuple[str, ...]  # figures of which nothing is known


def estimate(recipe: Recipe) -> Estimate:
    """Return what a recipe takes on this machine."""
    computing = drawing = megabytes = 0.0
    for variant in recipe.variants:
        if variant.figure not in COSTS:
            continue
        cost = COSTS[variant.figure]
        factor = _work(variant)
        computing += cost.seconds * factor
        megabytes += cost.megabytes * (1 + len(recipe.styles))
        for _, size, files in files_of(variant.name, lecture.lecture_figure(variant.figure), recipe):
            endings = [file.rpartition(".")[2] for file in files]
            drawing += ANIMATING if endings[0] in MOVING else DRAWING
            megabytes += sum(MEGABYTES.get(ending, 0.0) for ending in endings) * (HALF if size == "half" else 1.0)
    if recipe.page:
        computing += PAGE.seconds
        megabytes += PAGE.megabytes
    shown = {variant.figure for variant in recipe.variants}
    return Estimate(
        seconds=computing / processors() + drawing / min(recipe.workers, processors()),
        megabytes=megabytes,
        left_out=tuple(name for name in (*lecture.NAMES, *lecture.MODEL_NAMES) if name in shown - COSTS.keys()),
    )


def _work(variant: Variant) -> float:
    """Return the work of a variant over that with the defaults."""
    default, given = type(variant.settings)().model_dump(), variant.settings.model_dump()
    keys = [key for key in WORK if isinstance(given.get(key), int) and isinstance(default.get(key), int)]
    return float(prod((given[key] / default[key]) ** WORK[key] for key in keys))
