"""The base of what a recipe can set on a figure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

import landscape as ls
from landscape import xor


def above_the_levels(ceiling: float) -> float:
    """Return a ceiling that leaves every stationary level of the XOR network in view."""
    highest = ls.stationary_levels(xor.network())[-1].value
    if ceiling <= highest:
        raise ValueError(f"must be above {highest}, the highest level; got {ceiling:g}")
    return ceiling


Ceiling = Annotated[float, AfterValidator(above_the_levels)]
"""A loss at which colours or a terrain end, with all levels below it."""


class FigureSettings(BaseModel):
    """Settings of one figure: frozen, with defaults, refusing keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
