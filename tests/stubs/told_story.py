"""The facts of the page's story, with shares of fewer starts than in the lecture, computed once for several tests."""

from functools import lru_cache

from figures.lecture.fresh_runs import FreshRuns, train
from figures.page.story_facts import story_facts

STARTS = 2000


@lru_cache(maxsize=1)
def facts():
    """Return the facts of every step."""
    return story_facts(train(FreshRuns.model_validate({"starts": STARTS})))
