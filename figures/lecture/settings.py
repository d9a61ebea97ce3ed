"""The base of what a recipe can set on a figure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

import landscape as ls
from figures.style.wording import short_repr
from landscape import xor

Entries = TypeVar("Entries", bound=tuple[Hashable, ...])


def above_the_levels(ceiling: float) -> float:
    """Return a ceiling that leaves every stationary level of the XOR network in view."""
    highest = ls.stationary_levels(xor.network())[-1].value
    if ceiling <= highest:
        raise ValueError(f"must be above {highest}, the highest level; got {ceiling:g}")
    return ceiling


def each_once(entries: Entries) -> Entries:
    """Return the entries of a list of which each is a panel or a row, so that the same is not drawn twice."""
    for place, entry in enumerate(entries):
        if entry in entries[:place]:
            raise ValueError(f"must have each entry once; got {short_repr(entry)} again, leave it out")
    return entries


Ceiling = Annotated[float, AfterValidator(above_the_levels)]
"""A loss at which colours or a terrain end, with all levels below it."""
Once = AfterValidator(each_once)
"""For lists of which each entry is a panel or a row."""
Moderate = Annotated[float, Field(ge=-1e6, le=1e6)]
"""A weight or a target whose loss, and all that is computed on the way to it, is finite."""


class FigureSettings(BaseModel):
    """Settings of one figure: frozen, with defaults, refusing keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
