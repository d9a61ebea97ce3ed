"""The HTML deck: one whole, well-formed page that needs nothing from outside."""

import re
from pathlib import Path

import pytest
from stub_slides import NASTY, Page, a_slide, written

from figures import slides
from figures.slides.html_deck import html_deck
from figures.slides.plain_text import plain
from figures.slides.slide import Frame

pytestmark = pytest.mark.slow


def test_html_is_whole_well_formed_and_needs_nothing_else(looks, tmp_path):
    shown = written(
        tmp_path,
        a_slide("a", "pdf", "png", "svg", steps=[("svg",), ("png",)]),
        a_slide("b", "png"),
        a_slide("c", "pdf"),
        a_slide("story", "svg", movie=Frame(files={"gif": "story.gif", "mp4": "story.mp4"}, alt_text="Moving")),
        a_slide("a-half", "svg", beside_words=True, is_extra=True),
    )
    text = "".join(html_deck(shown, looks["lecture-dark"], tmp_path))
    page = Page(text)
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]
    assert [s["id"] for s in page.all("section")] == ["lecture", "a", "b", "story", "a-half"]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    images = page.all("img")
    assert [re.split("[:;]", i["src"])[1] for i in images] == [
        *("image/svg+xml", "image/png", "image/svg+xml"),
        "image/png",
        *("image/svg+xml", "image/gif"),
        "image/svg+xml",
    ]
    assert [i["alt"] for i in images[:3]] == ["Step 1", "Step 2", "Alt " + plain(NASTY)]
    assert all(i["alt"] for i in images)
    (still,) = page.all("source")
    assert "reduced-motion" in still["media"]
    assert still["srcset"].startswith("data:image/svg+xml;base64,")
    addresses = [v for _, a in page.tags for k, v in a.items() if k in {"src", "href", "srcset", "data", "action"}]
    assert all(address.startswith("data:") for address in addresses)
    assert not re.search(r"https?:|@import|url\(", text.replace("data:image", ""))
    assert page.text["h2"] == ["What is a?", "What is b?", "What is story?", "What is a-half?"]
    for line in (f"First. {plain(NASTY)} Last.", f"Point {plain(NASTY)}.", f"Settings {plain(NASTY)}", "row | 1"):
        assert line in page.text["p"]
    assert len(page.all("script")) == 1


def test_html_shows_a_heavy_svg_as_png_where_there_is_one(looks, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.slides.html_deck.HEAVY", 10)
    shown = written(tmp_path, a_slide("a", "svg", "png"), a_slide("b", "svg"))
    images = Page("".join(html_deck(shown, looks["lecture"], tmp_path))).all("img")
    assert [re.split("[:;]", i["src"])[1] for i in images] == ["image/png", "image/svg+xml"]


def test_controls_can_be_seen_at_rest():
    style = (Path(slides.__file__).parent / "deck.css").read_text()
    rest = re.search(r"\.controls button \{.*?opacity: ([\d.]+)", style, re.DOTALL)[1]
    assert float(rest) >= 0.75


def test_styles_and_scripts_are_files_of_the_package():
    folder = Path(slides.__file__).parent
    assert {p.suffix for p in folder.iterdir() if p.is_file()} == {".py", ".css", ".js"}
