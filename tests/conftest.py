"""Fixtures shared by several test files; ``tests/README.md`` lists which tests check what."""

from collections import Counter

import pytest
from hypothesis import settings
from places import ROOT

STUBS = ROOT / "tests" / "stubs"

settings.register_profile("search", deadline=None)
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")
"""The same examples everywhere, without a deadline; ``--hypothesis-profile=search`` generates new ones."""


def pytest_addoption(parser):
    """Add an option that makes skipped tests an error, as in CI."""
    parser.addoption("--no-skips", action="store_true", help="fail when a test is skipped")


def pytest_terminal_summary(terminalreporter):
    """List at the end how many tests were skipped, and why."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"not checked: {count} test{'s' * (count > 1)}: {reason}", yellow=True)


def pytest_sessionfinish(session):
    """Fail a run with skipped tests if ``--no-skips`` is given."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.config.option.no_skips:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def stubs(monkeypatch):
    """Replace the lecture set by the tiny one in ``tests/stubs``; return its module."""
    monkeypatch.syspath_prepend(str(STUBS))
    import stub_lecture

    from figures import lecture

    monkeypatch.setattr(lecture, "FIGURES", stub_lecture.FIGURES)
    monkeypatch.setattr(lecture, "NAMES", stub_lecture.NAMES)
    monkeypatch.setattr(lecture, "MODEL_NAMES", ())
    monkeypatch.setattr(lecture, "lecture_figure", stub_lecture.find)
    monkeypatch.setattr("figures.page.page_data.page_data", lambda: {"version": "tiny"})
    return stub_lecture


@pytest.fixture
def work(monkeypatch):
    """The module of tasks in ``tests/stubs``, which other processes can import as well."""
    monkeypatch.syspath_prepend(str(STUBS))
    import stub_work

    return stub_work


@pytest.fixture(scope="session")
def looks():
    """The deck style of every style, by name."""
    from figures.slides.deck_style import style_of_deck
    from figures.style.style_sheets import STYLES

    return {style: style_of_deck(style) for style in STYLES}


@pytest.fixture(scope="session")
def local_cluster():
    """A client of a cluster of two processes on this machine that listens on the loopback address only."""
    import logging

    import dask
    from dask.distributed import Client, LocalCluster

    how = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    quick = {"distributed.comm.timeouts.connect": "10s"}  # the default waits half a minute for a killed worker
    with (
        dask.config.set(quick),
        LocalCluster(**how, silence_logs=logging.CRITICAL) as local,
        Client(local) as client,
    ):
        yield client


@pytest.fixture
def cluster(local_cluster):
    """A function that returns an executor, given how many workers a task may kill before it counts as failed."""

    def executor(allowed_failures):
        local_cluster.cluster.scheduler.allowed_failures = allowed_failures
        return local_cluster.get_executor()

    return executor


@pytest.fixture
def pool(request):
    """An executor with two worker processes: ``"processes"`` of this machine, or those of a ``"cluster"``."""
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
    """A check that a figure is legible: text of 8-9 pt within the canvas that overlaps no other text and no frame."""
    return _check_layout


@pytest.fixture
def drawn(request, laid_out):
    """A function that draws a result of the figure tested in ``test_<name>.py`` and checks its layout."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from figures.lecture import lecture_figure
    from figures.style.style_sheets import SIZES, style_context

    module = lecture_figure(request.path.stem.removeprefix("test_"))

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
    """Return the boxes of the visible spines of 2-D axes."""
    if axes.name == "3d" or not axes.axison:
        return []
    return [spine.get_window_extent() for spine in axes.spines.values() if spine.get_visible()]


def _drawn_texts(figure):
    """Return the texts that are actually drawn, which excludes empty ones and tick labels out of view.

    The layout is computed once, as when a figure is saved to a file.
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
