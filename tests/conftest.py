"""Fixtures that several test files share."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
STUBS = ROOT / "tests" / "stubs"


WHOLE_RUN = (
    *("slides", "builds", "movie", "animation", "docs", "tutorial", "other_programs", "numbers"),
    *("inner_points", "plot_relief", "plot_basins", "stability", "run_outcomes", "remedies", "sign_patterns"),
    *("lecture", "batch", "manifest", "cli", "recipe", "export", "packaging", "storage", "sharing", "basins", "keras"),
    *("minima", "saddles", "zero", "nearest", "cell_graph", "connectivity", "passes", "curvature", "point_report"),
)
"""Files of tests, by how their names go on after test_, that draw whole figures, run commands or enumerate for long."""

EARLY = ("batch", "slides", "recipe", "manifest", "builds", "export", "connectivity", "other_programs")
"""Files that do without the kernels that take long to compile: the first of a whole run, which compiles meanwhile."""

LONG = ("tutorial", "docs", "benchmark", "lecture", "numbers", "kernels", "keras", "cli", "point_report")
"""Files that come next, so that no worker is left with one when the others are done."""


settings.register_profile("search", deadline=None)
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")
"""The same examples everywhere, however long one takes; ``--hypothesis-profile=search`` looks for new ones."""


def pytest_configure(config):
    """Register what also looks at the doctests of the packages, which are no neighbours of this file."""
    config.pluginmanager.register(Reading(config.option.markexpr), "reading")
    if config.args_source is config.ArgsSource.TESTPATHS and config.option.markexpr in {"", "not heavy"}:
        config.pluginmanager.register(Kernels(is_worker=hasattr(config, "workerinput")), "kernels")


def pytest_collection_modifyitems(items):
    """Leave heavy tests and those of some files out of ``-m "not slow"``, which should take less than a minute."""
    for item in items:
        if _is_one_of(item.path, WHOLE_RUN) or "heavy" in item.keywords:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: (not _is_one_of(item.path, EARLY), not _is_one_of(item.path, LONG)))


def _is_one_of(path, names):
    return path.name.removeprefix("test_").startswith(names)


class Reading:
    """Reads no file whose tests the marks leave out all the same: its imports may take longer than the tests.

    And reads files of tests once, not a second time for examples in their docstrings, of which there are none.
    """

    def __init__(self, marks):
        self.chosen = marks.split(" and ")

    def pytest_ignore_collect(self, collection_path):
        if collection_path.suffix != ".py":
            return None
        if "heavy" in self.chosen:
            return "mark.heavy" not in collection_path.read_text(encoding="utf-8") or None
        return ("not slow" in self.chosen and _is_one_of(collection_path, WHOLE_RUN)) or None

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path):
        is_test = file_path.is_relative_to(ROOT / "tests")
        return [found for found in (yield) if not is_test or type(found) is pytest.Module]


class Kernels:
    """Compiles the kernels once, beside the first tests; where each worker did so for itself, all would wait for it.

    The process that compiles holds a lock for as long as it lives.
    """

    LOCKED = ROOT / "landscape" / "compile_kernels.py"

    def __init__(self, *, is_worker):
        self.is_worker, self.are_ready, self.process = is_worker, False, None

    def pytest_sessionstart(self):
        if not self.is_worker:
            with self.LOCKED.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                command = [sys.executable, "-m", "landscape.compile_kernels"]
                self.process = subprocess.Popen(command, cwd=ROOT, pass_fds=[file.fileno()])

    def pytest_runtest_setup(self, item):
        if not self.are_ready and not _is_one_of(item.path, EARLY):
            with self.LOCKED.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH)
            self.are_ready = True

    def pytest_sessionfinish(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


@pytest.fixture
def stubs(monkeypatch):
    """The tiny lecture set of ``tests/stubs`` in place of the real one; gives its module."""
    monkeypatch.syspath_prepend(str(STUBS))
    import stub_lecture

    from figures import lecture

    monkeypatch.setattr(lecture, "NAMES", stub_lecture.NAMES)
    monkeypatch.setattr(lecture, "lecture_figure", stub_lecture.find)
    monkeypatch.setattr(lecture, "sizes_and_question", stub_lecture.sizes_and_question)
    return stub_lecture


@pytest.fixture
def work(monkeypatch):
    """The module of tasks in ``tests/stubs`` that other processes can import, too."""
    monkeypatch.syspath_prepend(str(STUBS))
    import stub_work

    return stub_work


@pytest.fixture(scope="session")
def looks():
    """The look of the decks of every style, by its name."""
    from figures.slides.look import deck_look
    from figures.style.style_sheets import STYLES

    return {style: deck_look(style) for style in STYLES}


@pytest.fixture(scope="session")
def local_cluster():
    """A client of a cluster of two processes on this machine, reached by its loopback address only."""
    import logging

    from dask.distributed import Client, LocalCluster

    how = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**how, silence_logs=logging.CRITICAL) as local, Client(local) as client:
        yield client


@pytest.fixture
def cluster(local_cluster):
    """A function of the number of deaths that a task may cause before it is given up; gives an executor."""

    def executor(allowed_failures):
        local_cluster.cluster.scheduler.allowed_failures = allowed_failures
        return local_cluster.get_executor()

    return executor


@pytest.fixture
def pool(request):
    """An executor of two other processes: ``"processes"`` of this machine, or those of a ``"cluster"``."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    if request.param == "cluster":
        executor = request.getfixturevalue("cluster")(0)
    else:
        executor = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    with executor as pool:
        yield pool


@pytest.fixture
def stub_environment(monkeypatch):
    """Environment variables for a subprocess that runs the command on the tiny lecture set."""
    import os

    path = os.pathsep.join([str(STUBS), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def laid_out():
    """A check that a drawn figure can be read: text of 8-9 pt, within the canvas, none over another or on a frame."""
    return _check_layout


@pytest.fixture
def drawn(request, laid_out):
    """A function that draws a result of the figure that ``test_lecture_<name>.py`` is about and checks its layout."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from figures.lecture import lecture_figure
    from figures.style.style_sheets import SIZES, style_context

    module = lecture_figure(request.path.stem.removeprefix("test_lecture_"))

    def draw(result, style, size, *, render=True):
        with style_context(style):
            figure = Figure(figsize=SIZES[size])
            FigureCanvasAgg(figure)
            module.draw(result, figure, size)
            assert not render or laid_out(figure)
        return figure

    return draw


def _check_layout(figure, *, slack=1.0):
    from itertools import combinations

    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    boxes = []
    for text in _drawn_texts(figure):
        words, reach = text.get_text(), Text.get_window_extent(text)
        assert 8 <= text.get_size() <= 9, f"{words!r} is set in {text.get_size()} pt"
        inside = Bbox.intersection(reach, figure.bbox.padded(slack))
        assert inside is not None, f"{words!r} is off the canvas"
        assert inside.width > reach.width - slack, f"{words!r} is cut off at the side"
        assert inside.height > reach.height - slack, f"{words!r} is cut off above or below"
        if text.get_rotation() % 90 == 0:  # the box of slanted words is mostly empty
            boxes.append((words, reach))
    for (one, a), (other, b) in combinations(boxes, 2):
        common = Bbox.intersection(a, b)
        apart = common is None or common.width <= 2 * slack or common.height <= 2 * slack
        assert apart, f"{one!r} and {other!r} overlap"
    for axes in figure.axes:
        for frame in _spines(axes):
            for text in axes.texts:
                if text.get_visible() and text.get_text().strip():
                    reach = Text.get_window_extent(text)
                    inner = Bbox.from_extents(reach.x0 + slack, reach.y0 + slack, reach.x1 - slack, reach.y1 - slack)
                    assert not inner.overlaps(frame), f"{text.get_text()!r} is crossed by the frame of its axes"
    return len(boxes)


def _spines(axes):
    """Return where the visible edges of the frame of flat axes run, as boxes without width."""
    if axes.name == "3d" or not axes.axison:
        return []
    return [spine.get_window_extent() for spine in axes.spines.values() if spine.get_visible()]


def _drawn_texts(figure):
    """Return the texts that drawing really draws: tick labels out of view and empty ones are not.

    As in a file that is saved, everything lies where the layout puts it at the first go.
    """
    from unittest import mock

    from matplotlib.text import Text

    layout = figure.get_layout_engine()
    if layout:
        layout.execute(figure)
    figure.set_layout_engine("none")
    texts, draw = {}, Text.draw

    def record(self, renderer):
        if self.get_visible() and self.get_text().strip():
            texts[id(self)] = self
        draw(self, renderer)

    with mock.patch.object(Text, "draw", record):
        figure.draw_without_rendering()
    if layout:
        figure.set_layout_engine(layout)
    return list(texts.values())
