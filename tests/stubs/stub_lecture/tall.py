"""A relief, in the half size only."""

import numpy as np

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.settings import FigureSettings

TITLE = "Tall"
QUESTION = "How tall is it?"
SIZES = ("half",)


class Settings(FigureSettings):
    height: float = 1.0


def compute(settings, progress=None):
    return ls.Bundle(z=settings.height * np.hypot(*np.mgrid[-1:1:9j, -1:1:9j]))


def draw(result, figure, size):
    ax = figure.add_subplot(projection="3d")
    ax.set(xticks=[], yticks=[], zticks=[])
    ax.plot_surface(*np.mgrid[-1:1:9j, -1:1:9j], result.z)


def takeaway(result, size="full"):
    return Caption("It is tall.", result)


def caption(result, size="full"):
    return Caption("Tall.", result)


def notes(result, size="full"):
    return Caption("None.", result)


def alt_text(result, size="full"):
    return "Tall."
