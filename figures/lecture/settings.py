"""Base class and field types of the settings that a recipe can change on a figure."""

from collections.abc import Hashable
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

import landscape as ls
from landscape import xor
from landscape.base.wording import short_repr

Entries = TypeVar("Entries", bound=tuple[Hashable, ...])


def above_the_levels(ceiling: float) -> float:
    """Return ``ceiling`` if it is above every stationary level of the XOR network, raise ValueError otherwise."""
    highest = ls.stationary_levels(xor.network())[-1].value
    if ceiling <= highest:
        raise ValueError(f"must be above {highest}, the highest level; got {ceiling:g}")
    return ceiling


def each_once(entries: Entries) -> Entries:
    """Return ``entries`` if they are all different: each is one panel or row, and none should be drawn twice."""
    seen = set[Hashable]()
    for entry in entries:
        if entry in seen:
            raise ValueError(f"must have each entry once; got {short_repr(entry)} again, leave it out")
        seen.add(entry)
    return entries


Once = AfterValidator(each_once)
"""Validator of lists in which each entry is one panel or row."""
Moderate = Annotated[float, Field(ge=-1e6, le=1e6)]
"""A weight or a target, bounded so that the loss and all intermediate results are finite."""

# Settings of runs. A figure can give another description with its default, but no other limits.
Seed = Annotated[int, Field(ge=0)]
"""Seed of a random generator."""
StartSeed = Annotated[Seed, Field(description="of the starts")]
"""Seed of the starts."""
STARTS = 20_000
"""Number of Keras-default starts whose outcomes figures quote, by default."""
FRESH_STEPS = 10_000
"""Number of updates after which they are counted, by default: then all runs of Adam have settled, or nearly so."""
Starts = Annotated[int, Field(ge=1, le=1_000_000, description="Keras-default starts")]
"""Number of starts."""
LearningRate = Annotated[float, Field(gt=0, le=1e6, description="of Adam")]
"""Learning rate of an optimizer."""
SmallLearningRate = Annotated[float, Field(gt=0, le=1, description="of Adam")]
"""Learning rate of an optimizer whose path is drawn."""
Steps = Annotated[int, Field(ge=1, le=10_000_000, description="updates of every run")]
"""Number of updates."""
DataType = Annotated[Literal["float64", "float32"], Field(description="data type of the training")]
"""Data type of weights, gradients and the optimizer's state."""

# Settings of planes, and of drawn inputs.
Directions = Literal["filter-normalized", "random"]
"""How the two random directions of a plane are used: normalized, or as drawn."""
BiasRule = Annotated[
    Literal["joint", "ignore", "copy", "separate"], Field(description="what filter normalization does with biases")
]
"""Bias rule of filter-normalized directions."""
PlaneSeed = Annotated[Seed, Field(description="of the two filter-normalized directions (bias rule joint)")]
"""Seed of a plane."""
Reach = Annotated[float, Field(ge=1e-3, le=100)]
"""Half-width of a plane over its automatic range."""
GridPoints = Annotated[int, Field(ge=11, le=2001, description="grid points per axis")]
"""Number of grid points along each axis."""
Ceiling = Annotated[float, Field(gt=0, le=1e6)]
"""The loss at which the colour scale or the terrain is cut off."""
HighCeiling = Annotated[Ceiling, AfterValidator(above_the_levels)]
"""The same, above all levels."""
Kinks = Annotated[bool, Field(description="draw the kinks: lines on which a pre-activation is 0")]
"""Whether kink lines are drawn."""
Margin = Annotated[float, Field(ge=1e-3, le=5, description="how far the drawn inputs reach beyond the samples")]
"""Margin of the square of inputs around the samples."""
Theta = Annotated[tuple[Moderate, ...], Field(min_length=9, max_length=9)]
"""Parameters of the XOR network."""


class FigureSettings(BaseModel):
    """Settings of one figure: frozen, with defaults; unknown keys are rejected.

    FILES : settings that name a file, in a recipe relative to the recipe's folder
    """

    FILES: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FreshStarts(FigureSettings):
    """Settings of figures that quote what becomes of Keras-default starts: by default the same runs in all of them.

    In every figure, the starts are the first ones of the same list (:func:`landscape.numbered_starts`).
    """

    starts: Starts = Field(STARTS, description="Keras-default starts, the first of the seed's list")
    seed: StartSeed = 0
    steps: Steps = FRESH_STEPS
