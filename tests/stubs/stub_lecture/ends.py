"""A figure of runs that its variants share."""

from figures.lecture.captions import Caption
from figures.lecture.fresh_runs import FreshRuns, ended, train
from figures.lecture.settings import FreshStarts
from landscape import Bundle

TITLE = "Ends"
QUESTION = "Where do runs end?"
SIZES = ("half",)


class Settings(FreshStarts):
    starts: int = 40
    steps: int = 300
    width: int = 1


def fresh_runs(settings):
    return FreshRuns(**settings.model_dump(exclude={"width"}))


def compute(settings, progress=None, fresh=None):
    runs = fresh or train(fresh_runs(settings), progress)
    return Bundle(**settings.model_dump(), solved=ended(runs)[0], was_given=fresh is not None)


def draw(result, figure, size):
    figure.subplots().barh([0], [result.solved.fraction], height=result.width)


def takeaway(result, size="full"):
    return Caption("They end.", result)


def caption(result, size="full"):
    return Caption("{solved:share} of {starts} runs.", result)


def notes(result, size="full"):
    return Caption("None.", result)


def alt_text(result, size="full"):
    return "Ends."
