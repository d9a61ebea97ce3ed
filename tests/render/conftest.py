"""Folders with a render of the tiny lecture set, made once for all tests."""

import shutil

import pytest
from stub_runs import TWO_FIGURES, WAVE, render


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Where the renders are kept once they are made."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def out(stubs, kept, tmp_path):
    """A folder with a render of ``TWO_FIGURES``, to be changed at will."""
    return _copy(kept / "two figures", tmp_path, TWO_FIGURES)


@pytest.fixture
def wave(stubs, kept, tmp_path):
    """A folder with a render of ``WAVE``, to be changed at will."""
    return _copy(kept / "wave", tmp_path, WAVE)


def _copy(rendered, tmp_path, keys):
    if not rendered.exists():
        render(rendered, **keys)
    shutil.copytree(rendered, tmp_path / "out")
    return tmp_path / "out"
