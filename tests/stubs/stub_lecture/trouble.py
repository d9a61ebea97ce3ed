"""A figure that fails at the place and in the way that its settings specify."""

import os
import signal
import time
from typing import Literal

import landscape as ls
from figures.lecture.captions import Caption
from figures.lecture.settings import FigureSettings

TITLE = "Trouble"
QUESTION = "What can go wrong?"
SIZES = ("full",)


class Settings(FigureSettings):
    where: Literal["nowhere", "compute", "draw", "caption"] = "compute"
    how: Literal["raise", "die", "unpicklable", "unsavable", "dawdle"] = "raise"


class Awkward(Exception):  # noqa: N818
    def __init__(self, first, second):
        super().__init__(f"{first}\n{second}")
        self.lock = lambda: None  # cannot be pickled


def fail(where, chosen, how):
    if where == chosen:
        if how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "unpicklable":
            raise Awkward("two", "lines")
        raise ValueError("no such luck")


def compute(settings, progress=None):
    if settings.how == "unsavable":
        return ls.Bundle(function=len)
    if settings.how == "dawdle":
        for done in range(1, 5):
            time.sleep(0.25)
            progress(done, 4)
        return ls.Bundle(where="nowhere", how="raise")
    fail("compute", settings.where, settings.how)
    return ls.Bundle(where=settings.where, how=settings.how)


def draw(result, figure, size):
    fail("draw", result.where, result.how)
    figure.subplots(subplot_kw={"xticks": [], "yticks": []})


def takeaway(result, size="full"):
    return Caption("Much.", result)


def caption(result, size="full"):
    fail("caption", result.where, result.how)
    return Caption("Trouble.", result)


def notes(result, size="full"):
    return Caption("None.", result)


def alt_text(result, size="full"):
    return "Trouble."
