"""The HTML deck in a browser: one slide at a time, all on paper, and keys."""

import json
import shutil
import subprocess

import pypdf
import pytest
from stub_slides import Page, a_slide, render, written

from figures.slides.html_deck import html_deck
from figures.slides.slide import Frame

pytestmark = pytest.mark.slow


def browser():
    """Return a browser that can be run without a window, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def headless(folder):
    """Return a call of the browser that keeps what it keeps in a folder."""
    return [browser(), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]


def loaded(page, folder):
    """Return what a browser makes of an address, after its scripts have run."""
    command = [*headless(folder), "--dump-dom", page]
    return Page(subprocess.run(command, capture_output=True, text=True, timeout=900, check=True).stdout)


def at(page):
    """Return the slides that a page shows."""
    return [a["id"] for tag, a in page.tags if tag == "section" and "now" in a["class"].split()]


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
def test_a_browser_shows_one_slide_and_prints_all(stubs, tmp_path):
    render(tmp_path, builds=True, half_slides=True)
    page = tmp_path / "lecture" / "lecture.html"
    shown = loaded(f"{page.as_uri()}#dots/2", tmp_path)
    assert at(shown) == ["dots"]
    assert [a["alt"] for a in shown.all("img") if a.get("class") == "now"] == [
        "Step 2 of 3 of the figure Dots & <dashes>. Shown: axes, the dots."
    ]
    assert "Slide 2 of 3, step 2 of 3" in shown.text["p"]
    paper = tmp_path / "print.pdf"
    command = [*headless(tmp_path), "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run(command, capture_output=True, timeout=900, check=True)
    printed = pypdf.PdfReader(paper).pages
    assert len(printed) == 3
    assert float(printed[0].mediabox.width) == pytest.approx(160 / 25.4 * 72, abs=1)


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
@pytest.mark.parametrize("place", ["#%", "#nothing", "#a/9"])
def test_an_address_that_leads_nowhere_shows_a_slide_all_the_same(looks, tmp_path, place):
    shown = written(tmp_path, a_slide("a", "png"))
    (tmp_path / "lecture.html").write_text("".join(html_deck(shown, looks["lecture"], tmp_path)))
    page = loaded((tmp_path / "lecture.html").as_uri() + place, tmp_path)
    assert at(page) == [place[1] if place.startswith("#a") else "lecture"]


KEYS = [("p", "", True), ("pp", "", False), ("P", ", shiftKey: true", False)]


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
@pytest.mark.parametrize(("keys", "held", "is_paused"), KEYS)
def test_a_key_pauses_animations(looks, tmp_path, keys, held, is_paused):
    shown = written(tmp_path, a_slide("a", "png", movie=Frame(files={"gif": "a.gif"}, alt_text="Moving")))
    press = f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{key, bubbles: true{held}}}))"
    script = f"<script>for (const key of '{keys}') {press};</script></body>"
    text = "".join(html_deck(shown, looks["lecture"], tmp_path)).replace("</body>", script)
    (tmp_path / "lecture.html").write_text(text)
    page = loaded((tmp_path / "lecture.html").as_uri(), tmp_path)
    *_, image = page.all("img")
    assert image["alt"].startswith("Alt" if is_paused else "Moving")
    assert image["src"].startswith("data:image/png" if is_paused else "data:image/gif")
    assert [b["aria-pressed"] for b in page.all("button") if "aria-pressed" in b] == [str(is_paused).lower()]


MEASURE = """<script>{
document.querySelector("[data-action=notes]").click();
const box = (of) => { const b = document.querySelector(of).getBoundingClientRect(); return [b.top, b.bottom]; };
const notes = document.querySelector(".slide.now + .notes");
notes.scrollTop = 1e6;
const told = { notes: box(".slide.now + .notes"), buttons: box(".controls"), slide: box(".slide.now"),
  last: box(".slide.now + .notes p:last-child"), scrolled: notes.scrollTop, room: innerHeight };
document.title = JSON.stringify(told);
}</script></body>"""


@pytest.mark.heavy
@pytest.mark.skipif(browser() is None, reason="no chromium on this machine")
@pytest.mark.parametrize("shape", ["full", "wide"])
@pytest.mark.parametrize("words", [5, 900])
def test_notes_are_between_the_slide_and_the_buttons(looks, tmp_path, words, shape):
    shown = written(tmp_path, a_slide("a", "png", caption="A long caption. " * words, size=shape))
    text = "".join(html_deck(shown, looks["lecture"], tmp_path)).replace("</body>", MEASURE)
    (tmp_path / "lecture.html").write_text(text)
    page = loaded((tmp_path / "lecture.html").as_uri() + "#a", tmp_path)
    (title,) = page.text["title"]
    found = json.loads(title)
    assert found["slide"][1] <= found["notes"][0] + 1
    assert found["notes"][1] <= found["buttons"][0] + 1
    assert found["buttons"][1] <= found["room"]
    assert found["last"][1] <= found["notes"][1] + 1, "the last line can be scrolled to"
    assert (found["scrolled"] > 0) == (words > 100)
