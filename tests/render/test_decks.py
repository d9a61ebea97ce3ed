"""Decks of a render: what is on which slide, which decks are made, and the same bytes every time."""

import io
import json
import re
import zipfile

import pytest
from pptx import Presentation
from stub_slides import Page, a_slide, render, texts, written

from figures import slides
from figures.recipes.faults import RecipeError
from figures.recipes.validation import recipe
from figures.render import cache
from figures.slides.html_deck import html_deck
from figures.slides.lecture_tex import lecture_tex

pytestmark = pytest.mark.slow


def test_decks_are_the_same_bytes_whenever_and_wherever_they_are_made(looks, tmp_path, monkeypatch):
    pytest.importorskip("pptx")
    from figures.slides import pptx_deck

    made = []
    for folder, year in (("one", 2001), ("two", 2031)):
        (tmp_path / folder).mkdir()
        shown = written(tmp_path / folder, a_slide("a", "pdf", "svg", "png"), a_slide("b", "png", beside_words=True))
        monkeypatch.setattr("time.localtime", lambda *when, year=year: (year, 1, 1, 0, 0, 0, 0, 1, 0))
        look = looks["lecture"]
        parts = "".join(html_deck(shown, look, tmp_path / folder))
        pptx_deck.pptx_deck(shown, look, tmp_path / folder, tmp_path / folder / "lecture.pptx")
        made.append((lecture_tex(shown, look), parts, (tmp_path / folder / "lecture.pptx").read_bytes()))
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0][2])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None


def test_a_render_makes_the_decks_of_what_is_in_the_recipe(stubs, tmp_path):
    keys = {"builds": True, "formats": ["png"], "only": ["dots", "tall"], "decks": ["tex", "html", "pptx"]}
    folder = tmp_path / "lecture"
    render(tmp_path, **keys)
    page = Page((folder / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots", "tall-half"], "each figure once"
    shown = re.findall(r"\{(\S+?)\.png\}", (folder / "lecture.tex").read_text())
    assert shown == ["dots-step1", "dots-step2", "dots", "tall-half"], "the last step is the figure itself"
    before, record = texts(folder), cache.Record.read(tmp_path / "data" / "decks.json")
    assert before.keys() == {"lecture.tex", "lecture.html", "lecture.pptx"}
    assert record.files.keys() == {f"lecture/{name}" for name in before}
    stamps = {p: p.stat().st_mtime_ns for p in folder.glob("lecture.*")}
    render(tmp_path, **keys)
    assert {p: p.stat().st_mtime_ns for p in folder.glob("lecture.*")} == stamps
    (folder / "lecture.tex").write_text("damaged")
    (folder / "lecture.html").unlink()
    render(tmp_path, **keys)
    assert texts(folder) == before
    render(tmp_path, **keys, figures={"dots": {"points": 6}})
    assert all(data != before[name] for name, data in texts(folder).items())


CHOICES = [
    ({"sizes": ["full", "half"], "half_slides": True}, ["dots", "tall-half", "dots-half"], "1.6"),
    ({"sizes": ["wide", "half"]}, ["dots-wide", "tall-half"], "1.6"),
    ({"sizes": ["wide"], "only": ["dots"]}, ["dots-wide"], "1.77778"),
    ({"sizes": ["full", "wide", "half"], "half_slides": True, "only": ["dots"]}, ["dots-wide", "dots-half"], "1.77778"),
    ({"sizes": ["half"]}, ["dots-half", "tall-half"], "1.6"),
]


@pytest.mark.parametrize(("keys", "expected", "shape"), CHOICES)
def test_each_figure_is_shown_once_and_in_half_size_on_demand(stubs, tmp_path, keys, expected, shape):
    render(tmp_path, **{"formats": ["png"], "only": ["dots", "tall"], "decks": ["tex", "html", "pptx"], **keys})
    text = (tmp_path / "lecture" / "lecture.html").read_text()
    assert [s["id"] for s in Page(text).all("section")] == ["lecture", *expected]
    assert f"--shape: {shape};" in text
    aspect = "169" if shape == "1.77778" else "1610"
    assert f"[aspectratio={aspect}]" in (tmp_path / "lecture" / "lecture.tex").read_text()
    slides = Presentation(tmp_path / "lecture" / "lecture.pptx")
    assert slides.slide_width / slides.slide_height == pytest.approx(float(shape), abs=1e-4)
    assert len(slides.slides) == len(expected) + 1


def test_a_figure_that_fails_is_on_no_slide_and_said_to_be_missing(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    render(tmp_path, only=["trouble", "dots"], sizes=["full"], formats=["png"], figures={"trouble": {"where": "draw"}})
    page = Page((tmp_path / "lecture" / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots"]
    assert "% trouble: no frame" in (tmp_path / "lecture" / "lecture.tex").read_text()


def test_a_deck_that_fails_stops_neither_the_other_decks_nor_the_manifest(stubs, tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no such luck")

    with monkeypatch.context() as changed:
        changed.setattr("figures.slides.html_deck.html_deck", broken)
        outcomes = render(tmp_path)
    assert [(o.name, o.status) for o in outcomes] == [("dots", "drawn"), ("decks", "failed")]
    assert outcomes[1].errors == ("lecture/lecture.html: ValueError: no such luck",)
    assert "Traceback" in (tmp_path / "data" / "decks.error.txt").read_text()
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["failed"] == {"decks": ["lecture/lecture.html: ValueError: no such luck"]}
    assert {"lecture/lecture.tex", "lecture/dots.png"} < manifest["files"].keys()
    assert "lecture/lecture.html" not in manifest["files"]
    assert [(o.name, o.status) for o in render(tmp_path)] == [("dots", "unchanged")]
    assert json.loads((tmp_path / "manifest.json").read_bytes())["complete"]
    assert not (tmp_path / "data" / "decks.error.txt").exists()


def test_decks_show_what_the_recipe_makes_and_not_what_lies_about(stubs, tmp_path):
    render(tmp_path / "once")
    render(tmp_path / "twice", builds=True, formats=["svg", "png"])
    render(tmp_path / "twice")
    assert texts(tmp_path / "once" / "lecture") == texts(tmp_path / "twice" / "lecture")


def test_variants_have_slides_that_say_how_they_differ(stubs, tmp_path):
    render(tmp_path, sizes=["full"], figures={"dots": {"seed": [0, 1], "points": 4}})
    page = Page((tmp_path / "lecture" / "lecture.html").read_text())
    assert [s["id"] for s in page.all("section")] == ["lecture", "dots-seed-0", "dots-seed-1"]
    assert page.text["h2"] == ["Where are the dots? (seed 0)", "Where are the dots? (seed 1)"]
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert {"lecture/lecture.tex", "lecture/lecture.html"} < manifest["files"].keys()


def test_no_decks_where_none_are_asked_for(stubs, tmp_path):
    render(tmp_path, decks=[])
    assert texts(tmp_path / "lecture") == {}


def test_decks_by_default_need_nothing_installed(stubs, monkeypatch):
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    assert recipe().decks == ("tex", "html")
    with pytest.raises(RecipeError) as caught:
        recipe({"decks": ["pptx", "odp"]}, {"decks": "--deck"})
    assert caught.value.faults == (
        "--deck: no kind of deck 'odp'; choose from tex, html, pptx",
        "--deck: 'pptx' needs the package python-pptx; pip install \"xorscape[slides]\", or leave it out",
    )


@pytest.mark.parametrize(
    ("formats", "decks"),
    [(["pdf"], ("tex",)), (["svg"], ("html",)), (["png"], ("tex", "html")), (["gif"], ())],
)
def test_a_deck_that_would_be_empty_is_left_out_or_a_fault(stubs, formats, decks):
    for spelt_out in ({}, {"decks": ["tex", "html"]}, {"decks": ["html", "tex"]}):  # as xorscape init does
        made = recipe({"formats": formats, **spelt_out})
        assert (made.decks, made.empty) == (decks, tuple(deck for deck in ("tex", "html") if deck not in decks))
    assert recipe({"formats": formats, "decks": ["html", "tex"]}, {"formats": "--format"}).decks == decks
    for deck, shows in (("tex", "pdf or png"), ("html", "svg or png"), ("pptx", "png")):
        for labels in ({}, {"decks": "decks", "formats": "--format"}):
            if deck in decks or formats == ["png"]:
                assert recipe({"formats": formats, "decks": [deck]}, labels).decks == (deck,)
                continue
            with pytest.raises(RecipeError) as caught:
                recipe({"formats": formats, "decks": [deck]}, labels)
            assert caught.value.faults == (
                f"decks: {deck!r} shows {shows}, but no such format is rendered; add one or leave out the deck",
            )


CALLS = [
    (["--deck", "none"], set()),
    (["--deck", "html"], {"lecture.html"}),
    (["--only", "tall", "--deck", "html"], {"lecture.html"}),
    (["--only", "tall"], set()),  # the deck of a whole lecture stays as it is while one figure is tried out
]


@pytest.mark.parametrize(("options", "expected"), CALLS)
def test_decks_from_the_command_line(stubs, tmp_path, capsys, options, expected):
    from figures.cli.main import main

    file = tmp_path / "my.toml"
    file.write_text('only = ["tall", "dots"]')
    call = ["render", str(file), "--out", str(tmp_path / "out"), "--format", "svg", "--workers", "1", *options]
    assert main(call) == 0
    assert texts(tmp_path / "out" / "lecture").keys() == expected
