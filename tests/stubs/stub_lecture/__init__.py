"""A tiny lecture set for tests of rendering: fast figures of every kind, and one that fails on request."""

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
    """Replace the lecture set by this one in the current process."""
    from figures import lecture

    lecture.NAMES = tuple(names)
    lecture.lecture_figure = find
