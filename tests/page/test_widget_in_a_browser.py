"""The widget of notebooks in Chromium, with a page that stands in for the notebook."""

import json
import re

import numpy as np
import pytest
from seen_page import at_rest

import figures
import landscape as ls
from figures.page import widget
from landscape import xor

NET = xor.network()
BOWL = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
START = xor.offset_start(1e-2)


HOST = """<!DOCTYPE html><html lang="en"><title>Notebook</title><style>p { color: red }</style><p id="above">above</p>
<div id="cell" style="width: 900px"></div><script type="module">
const given = GIVEN;
const listeners = {};
let changed = {};
window.model = {
  saved: [],
  get: (name) => given[name],
  set(name, value) { given[name] = value; changed[name] = value; },
  on(event, listener) { (listeners[event] ??= []).push(listener); },
  off(event, listener) { listeners[event] = listeners[event].filter((one) => one !== listener); },
  save_changes() { this.saved.push(structuredClone(changed)); changed = {}; },
  send(name, value) { given[name] = value; for (const one of listeners[`change:${name}`] ?? []) one(); },
};
window.listening = () => Object.values(listeners).flat().length;
const url = URL.createObjectURL(new Blob([MODULE], { type: "text/javascript" }));
const { default: widget } = await import(url);
window.leave = widget.render({ model: window.model, el: document.getElementById("cell") });
</script></html>"""


@pytest.fixture
def in_notebook(open_page, page_file, tmp_path, monkeypatch):
    """A function that shows a widget with these traits in a page that stands in for a notebook."""
    data = json.loads(re.search(r'id="xorscape-data">(.*?)</script>', page_file.read_text())[1])
    monkeypatch.setattr("figures.page.page_data.page_data", lambda: data)
    module = json.dumps(widget.widget_module()).replace("</", "<\\/")

    def shown(**traits):
        given = {"plane": {}, "start": None, "runs": [], "parts": [], "state": {"language": "en"}, **traits}
        (tmp_path / "notebook.html").write_text(HOST.replace("GIVEN", json.dumps(given)).replace("MODULE", module))
        page = open_page(file=tmp_path / "notebook.html", reduced_motion="reduce")
        page.wait_for_function("typeof window.leave === 'function'")
        return page

    return shown


@pytest.mark.heavy
def test_a_start_that_is_dragged_reaches_the_notebook_and_the_reverse(in_notebook):
    pytest.importorskip("anywidget")
    own = figures.live_page(BOWL, start=START, runs=ls.train(NET, START, ls.Adam(0.01), 300))
    page = in_notebook(plane=own.plane, start=own.start, runs=own.runs)
    canvas = page.locator("canvas.picture-plane")
    assert page.evaluate("model.get('start')") == START.tolist()
    assert page.evaluate("model.get('state').plane.kind") == "spanned"
    assert page.evaluate("model.get('runs')[0].settings.steps") == 300
    before = canvas.get_attribute("aria-label")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    page.mouse.up()
    at_rest(page)
    start = page.evaluate("model.saved.at(-1).start ?? model.get('start')")
    assert start != START.tolist()
    assert len(start) == 9
    alpha, beta = BOWL.coordinates(np.array(start))
    assert np.allclose(BOWL.point(alpha, beta), start, atol=1e-6), "on the plane that was handed over"
    assert -1 <= alpha < 0 < beta <= 1, "in the coordinates of that plane"
    assert canvas.get_attribute("aria-label") != before
    page.evaluate("values => model.send('start', values)", xor.TEXTBOOK.tolist())
    at_rest(page)
    said = page.locator(".outcome").inner_text()
    assert said.startswith("Solved")
    assert page.evaluate("model.get('state').start") == xor.TEXTBOOK.tolist()
    page.evaluate("model.send('plane', {kind: 'bowl', range: null})")
    at_rest(page)
    assert page.evaluate("model.get('state').plane.kind") == "bowl"


@pytest.mark.heavy
def test_the_widget_keeps_to_its_cell_and_leaves_nothing_behind(in_notebook):
    page = in_notebook(parts=["plane", "walk"], state={"language": "de"})
    assert page.locator("h1").count() == 0
    assert page.locator("canvas.picture-plane").count() == 1
    assert page.locator("#above").evaluate("one => getComputedStyle(one).color") == "rgb(255, 0, 0)"
    inside = page.locator(".outcome").evaluate("one => getComputedStyle(one).color")
    assert inside != "rgb(255, 0, 0)"
    assert page.evaluate("document.body.children.length") == 3
    cell = page.locator("#cell").bounding_box()
    assert cell["width"] == 900
    saved = page.evaluate("model.saved.length")
    at_rest(page)
    assert page.evaluate("model.saved.length") == saved, "it is quiet while nothing happens"
    assert page.evaluate("listening()") == 5
    page.evaluate("leave()")
    assert page.evaluate("listening()") == 0
    assert page.locator("canvas").count() == 0


SELECTORS = {
    "bar": "header.bar", "story": "section.story", "plane": "canvas.picture-plane", "walk": "section.walk",
    "views": "canvas.picture-curves", "runs": ".runs-panel", "many": "canvas.picture-bars", "share": "dialog pre",
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(
    "parts", [["plane", "share"], ["walk", "share"], ["bar", "views"], ["story", "many", "runs", "share"]], ids=str
)
def test_the_parts_that_are_asked_for_are_shown_and_no_others(in_notebook, parts):
    page = in_notebook(parts=parts)
    page.locator(".outcome").wait_for()
    assert [name for name, selector in SELECTORS.items() if page.locator(selector).count()] == [
        name for name in SELECTORS if name in parts
    ]
    share = page.get_by_role("button", name="Share")
    assert share.count() == ("share" in parts)
    if "share" in parts:
        share.click()
        pictures = [{"plane": "plane", "many": "bars"}[name] for name in parts if name in ("plane", "many")]
        shown = page.locator(".picture-choice option")
        assert shown.evaluate_all("all => all.map((one) => one.value)") == pictures
        assert page.get_by_role("button", name="Save as SVG").is_visible() == bool(pictures)
        if pictures:
            with page.expect_download() as saved:
                page.get_by_role("button", name="Save as SVG").click()
            assert saved.value.path().read_text().startswith("<svg")


@pytest.mark.heavy
def test_parts_can_be_changed_while_it_is_shown(in_notebook):
    page = in_notebook(parts=["plane", "walk"], start=START.tolist())
    page.locator(".outcome").wait_for()
    page.evaluate("model.send('parts', ['many', 'views'])")
    page.locator("canvas.picture-bars").wait_for()
    shown = [name for name, selector in SELECTORS.items() if page.locator(selector).count()]
    assert shown == ["views", "many"]
    at_rest(page)
    assert page.evaluate("model.get('state').start") == START.tolist()


@pytest.mark.heavy
def test_nothing_is_drawn_after_the_widget_has_gone(in_notebook):
    page = in_notebook(parts=["many"])
    page.locator(".outcome").wait_for()
    asked = page.evaluate("""async () => {
      let count = 0;
      const usual = window.requestAnimationFrame;
      for (let frame = 0; frame < 3; frame++) await new Promise((done) => usual.call(window, done));
      window.requestAnimationFrame = (call) => { count += 1; return usual.call(window, call); };
      leave();
      await new Promise((done) => setTimeout(done, 100));
      return count;
    }""")
    assert asked == 0


@pytest.mark.heavy
@pytest.mark.parametrize("start", [[1, 2], ["x"] * 9, [1e308] * 9, "text", {"a": 1}])
def test_what_a_notebook_sends_is_checked(in_notebook, start):
    page = in_notebook()
    page.evaluate("values => model.send('start', values)", start)
    page.evaluate("values => model.send('runs', values)", start)
    page.evaluate("values => model.send('state', values)", start)
    at_rest(page)
    assert page.locator(".outcome").inner_text()
    assert len(page.evaluate("model.get('state').start")) == 9
