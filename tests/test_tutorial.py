"""The tutorial's code prints what the tutorial says."""

import doctest
from pathlib import Path

import pytest

TUTORIALS = sorted((Path(__file__).parents[1] / "scripts").glob("tutorial_*.md"))


@pytest.mark.parametrize("file", TUTORIALS, ids=lambda file: file.stem)
def test_the_tutorial_prints_what_it_says(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = file.read_text()
    example = doctest.DocTestParser().get_doctest(text, {}, file.stem, file.name, 0)
    assert len(example.examples) == text.count(">>> ") > 10
    report = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not report, "".join(report)


def test_there_is_a_tutorial():
    assert TUTORIALS
