"""A lecture figure to copy to a folder of figures/lecture/: compute, draw, and its texts."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from pydantic import Field

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.settings import FigureSettings
from figures.style.loss_scales import LOSS_LABEL
from landscape import Bundle, xor

TITLE = "Losses of random parameters"
QUESTION = "How large is the loss where one would start?"
SIZES = ("full", "half")


class Settings(FigureSettings):
    starts: int = Field(1000, ge=1, le=1_000_000, description="parameters that Keras would start from")
    seed: int = Field(0, ge=0, description="of the starts")


def compute(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Return everything that is drawn or quoted; it is saved, and drawn from the file."""
    net = xor.network()
    starts = ls.numbered_starts(net, settings.starts, seed=settings.seed)  # those of all other figures
    loss = net.loss(starts)
    return Bundle(**settings.model_dump(), loss=loss, median=float(np.median(loss)), highest=float(loss.max()))


def draw(result: Bundle, figure: Figure, size: str) -> None:
    """Draw into an empty figure of that size, under the current style; nothing is computed here."""
    ax = figure.subplots()
    ax.hist(result.loss, bins=40 if size == "full" else 20)
    ax.axvline(result.median, linestyle="--", color="C1", label="median")
    ax.set(xlabel=LOSS_LABEL, ylabel="starts")
    ax.legend()


def takeaway(result: Bundle, size: str = "full") -> Caption:
    """Return the point in one sentence of at most 20 words; the fields in braces name members of ``result``."""
    return Caption("Half of all fresh starts have a loss below {median:.2g}.", result)


def caption(result: Bundle, size: str = "full") -> Caption:
    """Return what one needs to read the picture, in at most 60 words without settings."""
    return Caption(
        "The loss at {starts} random starts of training; the dashed line divides them in two halves.", result
    )


def notes(result: Bundle, size: str = "full") -> Caption:
    """Return all else: further numbers and, last, the settings."""
    return Caption("Highest loss: {highest:.2g}.\nSettings: Keras-default starts, seed {seed}.", result)


def alt_text(result: Bundle, size: str = "full") -> str:
    """Return what a reader who cannot see the figure needs to know."""
    return f"Histogram of the loss at {result.starts} starts, with its median at {result.median:.2g}."
