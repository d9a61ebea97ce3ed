"""A tiny lecture set for tests of the production line: quick figures of every kind, and some that fail."""

import importlib

NAMES = ("dots", "wave", "tall")
ALL = (*NAMES, "trouble")


def find(name):
    """Stand in for ``figures.lecture.lecture_figure``."""
    return importlib.import_module(f"stub_lecture.{name}")


def sizes_and_question(name):
    """Stand in for ``figures.lecture.sizes_and_question``."""
    return find(name).SIZES, find(name).QUESTION


def install(names=NAMES):
    """Put this set in the place of the lecture set, in this process."""
    from figures import lecture

    lecture.NAMES = tuple(names)
    lecture.lecture_figure = find
