"""The live page in Chromium: its shortcuts, the numbers of its runs, and computations that fail or are left."""

import base64
import io
import json
import re

import pytest
from PIL import Image
from seen_page import labels, picture, pressed

pytestmark = pytest.mark.heavy

SHORT = "#lang=en&steps=300"
"""Fragment of a page whose runs are short."""
RUN_OF = "run={name};Adam;0.01;0;float64;300;" + "1,1,1,1,0,-1,1,-2,{last}"
"""A kept run in a fragment: the textbook weights with another last one."""


def test_a_curve_has_the_number_of_its_run_whichever_is_current(open_page):
    kept = f"{RUN_OF.format(name='mine', last=0)}&{RUN_OF.format(name='yours', last=9)}"
    short = "#lang=en&steps=300&optimizer=Adam&lr=0.01"
    starts = {0: "1,1,1,1,0,-1,1,-2,0", 1: "1,1,1,1,0,-1,1,-2,9"}
    for current, start in starts.items():
        entries = picture(open_page(f"{short}&start={start}&{kept}&current={current}"), "curves")
        assert sorted(re.findall(r"[12]: [a-z ]+", entries)) == ["1: solved", "2: on no level"], current
    entries = picture(open_page(f"{short}&start={'0,' * 8}0.5&{kept}"), "curves")
    assert sorted(re.findall(r"\d: [a-z ]+(?:1/4)?", entries)) == ["1: solved", "2: on no level", "3: stuck at 1/4"]


def test_an_svg_holds_the_image_that_is_seen(open_page, page_file):
    data = json.loads(re.search(r'id="xorscape-data">(.*?)</script>', page_file.read_text())[1])
    look = data["look"]["light"]
    page = open_page(SHORT, reduced_motion="reduce")
    page.get_by_text("Where each start ends").click()
    page.locator(".map-state").filter(has_text="300 steps of Adam each. Hatched").wait_for()
    images = re.findall(r'href="data:image/png;base64,([^"]+)"', picture(page, "plane"))
    saved = Image.open(io.BytesIO(base64.b64decode(max(images, key=len)))).convert("RGB")
    found = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in saved.getcolors(maxcolors=9)}
    levels = {level["color"] for level in look["levels"]}
    assert len(found & levels) >= 3
    assert found <= levels | {look["background"], look["noLevel"]["color"]}


def test_shortcuts_of_the_browser_are_left_to_it(open_page):
    page = open_page(SHORT, reduced_motion="reduce")
    page.wait_for_function("document.querySelector('.picture-plane').ariaLabel")
    before = labels(page)
    keys = {
        "canvas.picture-plane": ["+", "-", "l", "L", "ArrowLeft"],
        "canvas.picture-terrain": ["ArrowLeft", "ArrowUp"],
        "canvas.picture-curves": ["ArrowLeft", "ArrowRight"],
        ".runs-panel": ["k", "K", ".", "?"],
    }
    for selector, own in keys.items():
        for key in own:
            for modifier in ("ctrlKey", "altKey", "metaKey"):
                assert not pressed(page, selector, key, **{modifier: True}), (key, modifier)
    assert labels(page) == before
    assert page.locator(".line-note").inner_text() == ""
    assert page.locator(".runs li").count() == 0


@pytest.mark.parametrize("key", ["l", "L"])
def test_letters_are_shortcuts_with_shift_or_caps_lock_too(open_page, key):
    page = open_page("#lang=en&steps=20", reduced_motion="reduce")
    pressed(page, "canvas.picture-plane", key)
    page.locator(".line-note").filter(has_text="61 starts on the line").wait_for()
    pressed(page, "canvas.picture-plane", {"l": "k", "L": "K"}[key])
    assert page.locator(".runs li").count() == 1


FAILING = """window.Worker = class {
  postMessage({ job, piece }) {
    if (piece) setTimeout(() => this.onmessage({ data: { job, error: "out of memory" } }), 20);
  }
  terminate() {}
};"""
BEGIN = {
    "many starts": lambda page: page.get_by_role("button", name="Throw 1000 random starts").click(),
    "line": lambda page: pressed(page, "canvas.picture-plane", "l"),
    "map": lambda page: page.get_by_text("Where each start ends").click(),
}


@pytest.mark.parametrize("name", BEGIN)
def test_a_computation_that_fails_is_said(open_page, name):
    page = open_page(SHORT, script=FAILING, reduced_motion="reduce")
    BEGIN[name](page)
    page.locator(".message").filter(has_text="This could not be computed: out of memory.").wait_for()
    assert page.locator(".many-note").inner_text() == ""
    assert page.get_by_role("button", name="Throw 1000 random starts").is_enabled()


COUNTED = """window.sent = [];
window.Worker = class extends Worker {
  postMessage(message) {
    if (!message.data) window.sent.push({ job: message.job, kind: message.kind ?? "", isEnd: Boolean(message.end) });
    super.postMessage(message);
  }
};"""


@pytest.mark.parametrize("name", BEGIN)
def test_a_change_of_language_ends_what_is_computed_for_the_old_page(open_page, name):
    page = open_page("#lang=en&steps=20000", script=COUNTED, reduced_motion="reduce")
    BEGIN[name](page)
    kind = "basinMap" if name == "map" else "manyStarts"
    begun = page.wait_for_function("kind => sent.find((one) => one.kind === kind)", arg=kind).json_value()
    page.locator("#xs-language").evaluate("button => button.click()")
    assert page.evaluate("job => sent.some((one) => one.job === job && one.isEnd)", begun["job"])


def test_a_run_that_diverges_is_played_and_shown_as_far_as_it_is_finite(open_page):
    page = open_page("#lang=en&optimizer=SGD&lr=10&steps=400&step=0")
    sentence = page.locator("output.outcome, .outcome").first
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.locator("output.step", has_text="Step 400 of 400, loss too large to be shown").wait_for()
    assert sentence.inner_text().startswith("Diverged: the loss grows beyond all bounds")
    assert not re.search("NaN|Infinity", " ".join(labels(page)))
    picture(page, "plane")  # the dialog opens and saves
    page.get_by_text("Choose this plane").click()
    page.get_by_role("combobox", name="Move the centre to").select_option(label="the end of the run")
    page.wait_for_url(re.compile("centre="))
    assert "NaN" not in page.evaluate("location.hash")
