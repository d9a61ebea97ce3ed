"""A tiny lecture set for tests of rendering: fast figures of every kind, and one that fails on request."""

import importlib
import sys
import types

from figures.lecture import Entry

FIGURES = {
    "dots": Entry("", "Where are the dots?"),
    "wave": Entry("", "How high is the wave?", sizes=("full", "wide")),
    "tall": Entry("", "How tall is it?", sizes=("half",)),
}
NAMES = tuple(FIGURES)
ALL = (*NAMES, "trouble")


def find(name):
    """Stand in for ``figures.lecture.lecture_figure``."""
    return importlib.import_module(f"stub_lecture.{name}")


def install(names=NAMES):
    """Replace the lecture set by this one in the current process."""
    from figures import lecture

    tiny = types.ModuleType("figures.page.page_data")  # without an import of the real one, which needs matplotlib
    tiny.page_data = lambda: {"version": "tiny"}
    sys.modules[tiny.__name__] = tiny
    lecture.NAMES = tuple(names)
    lecture.lecture_figure = find
