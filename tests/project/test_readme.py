"""README's example prints what README says, and everything README links to is there."""

import doctest
import re

import pytest
from places import ROOT

README = (ROOT / "README.md").read_text()


def test_the_example_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    assert len(example.examples) >= 24
    report = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not report, "".join(report)
    assert (tmp_path / "surface.nc").exists()
    assert (tmp_path / "model.png").exists()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).is_file(), f"README links to {link}, which is not there"


def test_gallery_pictures_are_small():
    for picture in (ROOT / "scripts" / "gallery").glob("*.png"):
        assert picture.stat().st_size < 150_000, f"{picture.name} is too large for git"


def test_every_figure_is_in_the_gallery():
    from figures.lecture import NAMES

    for name in NAMES:
        assert f"scripts/gallery/{name}.png" in README
