"""A filled contour with a rasterized layer and a colour bar, in the full size only; it can be animated."""

import numpy as np

import landscape as ls
from figures.animation.growing_paths import Growing, growing_movie
from figures.lecture.captions import Caption
from figures.lecture.settings import FigureSettings

TITLE = "Wave"
QUESTION = "How high is the wave?"
SIZES = ("full",)


class Settings(FigureSettings):
    frequency: float = 2.0


def compute(settings, progress=None):
    x = np.linspace(-1, 1, 31)
    return ls.Bundle(x=x, height=np.sin(settings.frequency * x) * np.cos(x[:, None]), frequency=settings.frequency)


def draw(result, figure, size):
    movie(result, figure, size)


def movie(result, figure, size):
    ax = figure.subplots()
    filled = ax.contourf(result.x, result.x, result.height)
    filled.set_rasterized(True)
    figure.colorbar(filled, label="height", ticks=[])
    ax.set(xlabel="x", ylabel="y", xticks=[], yticks=[])
    growing = Growing(ax.plot(result.x, result.x, "k"), [])
    step = np.arange(len(result.x))
    return growing_movie(figure, [growing], figure.suptitle(""), step, step[::10])


def takeaway(result, size="full"):
    return Caption("The wave is high.", result)


def caption(result, size="full"):
    return Caption("A wave of frequency {frequency:g}.", result)


def notes(result, size="full"):
    return Caption("Frequency {frequency:g}.", result)


def alt_text(result, size="full"):
    return "A wave."
