"""A cloud of points, in both sizes."""

import numpy as np
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.settings import FigureSettings
from figures.output.step_builds import appears

TITLE = "Dots & <dashes>"
QUESTION = "Where are the dots?"
SIZES = ("full", "half")
BUILD = {"full": ("axes", "the dots", "the legend")}


class Settings(FigureSettings):
    seed: int = Field(0, ge=0, description="Seed of the points.")
    points: int = Field(5, ge=1, le=1000, description="Number of points.")
    radii: tuple[float, ...] = (0.5, 1.0)
    label: str | None = None


def compute(settings, progress=None):
    rng = np.random.default_rng(settings.seed)
    return ls.Bundle(points=rng.standard_normal((settings.points, 2)), seed=settings.seed)


def draw(result, figure, size):
    ax = figure.subplots()
    appears(ax.plot(*result.points.T, "o", label=r"$\theta$"), 2)
    ax.set(title=size, xlabel="alpha", ylabel="beta", xticks=[], yticks=[])
    appears(ax.legend(), 3)


def takeaway(result, size="full"):
    return Caption("100 % of $\\mathcal{{R}}$ is dots.", result)


def caption(result, size="full"):
    return Caption("{points.shape[0]} dots at 100 % of $\\mathcal{{R}}$,  seed {seed}.", result)


def notes(result, size="full"):
    return Caption("Settings:\nseed {seed}.", result)


def alt_text(result, size="full"):
    return f"{len(result.points)} dots & nothing else, θ < 1."
