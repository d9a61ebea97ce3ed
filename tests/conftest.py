"""Fixtures that several test files share."""

from pathlib import Path

import pytest

STUBS = Path(__file__).parent / "stubs"


@pytest.fixture
def stubs(monkeypatch):
    """The tiny lecture set of ``tests/stubs`` in place of the real one; gives its module."""
    monkeypatch.syspath_prepend(str(STUBS))
    import stub_lecture

    from figures import lecture

    monkeypatch.setattr(lecture, "NAMES", stub_lecture.NAMES)
    monkeypatch.setattr(lecture, "lecture_figure", stub_lecture.find)
    return stub_lecture


@pytest.fixture
def stub_environment(monkeypatch):
    """Environment variables for a subprocess that runs the command on the tiny lecture set."""
    import os

    root = Path(__file__).parents[1]
    path = os.pathsep.join([str(STUBS), str(root), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}
