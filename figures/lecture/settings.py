"""The base of what a recipe can set on a figure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FigureSettings(BaseModel):
    """Settings of one figure: frozen, with defaults, refusing keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
