"""The widget of notebooks: its traits without a browser, and in Chromium with a stand-in for the notebook."""

import json
import re
import sys

import numpy as np
import pytest

import figures
import landscape as ls
from figures.page import widget
from figures.page.bundle import APP
from landscape import xor

NET = xor.network()
BOWL = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
START = xor.offset_start(1e-2)


@pytest.fixture
def notebook(monkeypatch):
    """Anywidget, and a program of one line in place of the page's."""
    pytest.importorskip("anywidget")
    widget._widget_class.cache_clear()
    monkeypatch.setattr(widget, "widget_module", lambda: "export default { render: () => {} };\n")
    yield
    widget._widget_class.cache_clear()


def trained(optimizer, steps=20, starts=START, **options):
    return ls.train(NET, starts, optimizer, steps, **options)


@pytest.mark.parametrize(
    ("optimizer", "dtype", "expected"),
    [
        (ls.Adam(), "float64", ("Adam", 0.001, 0.0)),
        (ls.Adam(0.02), "float32", ("Adam", 0.02, 0.0)),
        (ls.SGD(0.1, momentum=0.9), "float64", ("SGD", 0.1, 0.9)),
        (ls.RMSprop(1e-5), "float64", ("RMSprop", 1e-05, 0.0)),
    ],
)
def test_runs_are_handed_over_by_start_and_settings(notebook, optimizer, dtype, expected):
    starts = np.array([START, xor.TEXTBOOK + 1 / 3])
    page = figures.live_page(runs=trained(optimizer, 21, starts, record_every=10, dtype=dtype))
    name, rate, momentum = expected
    settings = {"optimizer": name, "learningRate": rate, "momentum": momentum, "precision": dtype, "steps": 21}
    assert [run["settings"] for run in page.runs] == [settings, settings]
    assert [run["start"] for run in page.runs] == starts.astype(dtype).astype(float).tolist()


def test_a_plane_is_handed_over_by_three_points_and_a_surface_with_its_range(notebook):
    page = figures.live_page(BOWL)
    points = [BOWL.origin, BOWL.origin + BOWL.d1, BOWL.origin + BOWL.d2]
    assert page.plane == {"kind": "points", "range": [-1, 1, -1, 1], "points": np.array(points).tolist()}
    surface = ls.evaluate_plane(NET, BOWL, np.linspace(-2, 3, 5), np.linspace(-0.5, 0.25, 4))
    assert figures.live_page(surface).plane == {**page.plane, "range": [-2, 3, -0.5, 0.25]}


def test_traits_can_be_read_and_set(notebook):
    page = figures.live_page(start=START, language="de", parts=["plane", "walk"])
    assert page.start == START.tolist()
    assert (page.state, page.parts, page.plane, page.runs) == ({"language": "de"}, ["plane", "walk"], {}, [])
    seen = []
    page.observe(lambda change: seen.append(change["new"]), "start")
    page.start = xor.TEXTBOOK
    assert seen == [xor.TEXTBOOK.tolist()]
    sent = page.get_state()
    assert sent["start"] == xor.TEXTBOOK.tolist()
    json.dumps({name: sent[name] for name in ("start", "runs", "plane", "state", "parts")}, allow_nan=False)
    page.set_state({"start": START.tolist(), "state": {"step": 3}})  # as a message from the page does
    assert (page.start, page.state) == (START.tolist(), {"step": 3})
    for wrong in ([1, 2], [np.nan] * 9):
        with pytest.raises(ValueError, match="start must"):
            page.start = wrong
    assert page.start == START.tolist()


OTHER = xor.network(hidden=3)
AND = xor.network(targets=[0, 0, 0, 1])
KNOWN = "the page runs Adam, SGD and RMSprop with a constant learning rate and Keras' other defaults; got runs of "
REFUSED = {
    "net": (lambda: {"net": OTHER}, ValueError, "net must be xor.network(), the 2-2-1 ReLU network on XOR; got "),
    "net of other data": (
        lambda: {"net": AND},
        ValueError,
        "net must be xor.network(), the 2-2-1 ReLU network on XOR; ",
    ),
    "no net": (lambda: {"net": 3}, ValueError, "net must be xor.network(), the 2-2-1 ReLU network on XOR; got '3'"),
    "runs of AND": (
        lambda: {"runs": ls.train(AND, START, ls.Adam(), 5)},
        ValueError,
        "the objective of runs must be xor.network(), the 2-2-1 ReLU network on XOR; got ",
    ),
    "surface of AND": (
        lambda: {"plane": ls.evaluate_plane(AND, BOWL, [0, 1], [0, 1])},
        ValueError,
        "the objective of the surface must be xor.network(), the 2-2-1 ReLU network on XOR; got ",
    ),
    "plane of another size": (
        lambda: {"plane": ls.coordinate_plane(OTHER, np.zeros(13), "b1[0]", "b1[1]")},
        ValueError,
        "plane must be one of the 2-2-1 network's 9 parameters; got one of 13",
    ),
    "no plane": (lambda: {"plane": [1, 2]}, TypeError, "plane must be a Plane, made by Plane(origin, d1, d2); got"),
    "no runs": (
        lambda: {"runs": [START]},
        TypeError,
        "runs must be a Trajectories, made by train(net, starts, optimizer, steps); got",
    ),
    "too many runs": (
        lambda: {"runs": trained(ls.Adam(), 2, np.tile(START, (7, 1)))},
        ValueError,
        "the page keeps at most 6 runs; got 7, train from fewer starts",
    ),
    "no steps": (
        lambda: {"runs": trained(ls.Adam(), 0)},
        ValueError,
        "the page runs 1 to 20000 steps; got runs of 0, train for another number",
    ),
    "other betas": (
        lambda: {"runs": trained(ls.Adam(0.1, beta_1=0.8))},
        ValueError,
        KNOWN + "'Adam, lr 0.1, betas 0.8",
    ),
    "decay": (
        lambda: {"runs": trained(ls.CosineDecay(ls.SGD(0.1), 20))},
        ValueError,
        KNOWN + "'SGD, lr 0.1, momentum 0",
    ),
    "RMSprop with momentum": (lambda: {"runs": trained(ls.RMSprop(momentum=0.5))}, ValueError, KNOWN + "'RMSprop"),
    "rate": (
        lambda: {"runs": trained(ls.Adam(20.0))},
        ValueError,
        "the page runs with a learningRate from 1e-06 to 10; got 20",
    ),
    "small rate": (lambda: {"runs": trained(ls.RMSprop(1e-7))}, ValueError, "the page runs with a learningRate from "),
    "momentum": (
        lambda: {"runs": trained(ls.SGD(0.1, 0.9995))},
        ValueError,
        "the page runs with a momentum from 0 to 0.999; got 0.9995",
    ),
    "far run": (
        lambda: {"runs": trained(ls.Adam(), 2, [1e7] * 9)},
        ValueError,
        "start must hold numbers of at most 1e+06 in size; got 1e+07",
    ),
    "far start": (lambda: {"start": [5e6] * 9}, ValueError, "start must hold numbers of at most 1e+06 in size"),
    "start": (lambda: {"start": [1, 2]}, ValueError, "start must have shape (9,)"),
    "part": (lambda: {"parts": ["plan"]}, ValueError, "parts must be one of 'bar', 'story', "),
    "language": (lambda: {"language": "fr"}, ValueError, "language must be one of 'en', 'de'; got 'fr'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_page_cannot_show_is_refused(notebook, name):
    given, error, message = REFUSED[name]
    with pytest.raises(error, match=re.escape(message)) as caught:
        figures.live_page(**given())
    assert "\n" not in str(caught.value)


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    widget._widget_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError) as caught:
        figures.live_page()
    assert str(caught.value) == 'live_page needs anywidget, which is not installed; pip install "xorscape[notebook]"'


def test_parts_and_limits_are_those_of_the_page():
    page, state = ((APP / "interface" / name).read_text() for name in ("page.js", "state/state.js"))
    assert tuple(json.loads(re.search(r"const PARTS = (\[.*?\]);", page)[1])) == widget.PARTS
    for name in ("MOST_RUNS", "MOST_STEPS"):
        assert int(re.search(rf"const {name} = (\d+);", state)[1]) == getattr(widget, name)
    for name, bounds in widget.BOUNDS.items():
        assert tuple(json.loads(re.search(rf"{name}: (\[.*?\])", state[state.index("const BOUNDS") :])[1])) == bounds
    runs = (APP / "interface" / "state" / "runs.js").read_text()
    assert float(re.search(r"const LARGEST = (\w+);", runs)[1]) == widget.LARGEST


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
def test_a_start_that_is_dragged_reaches_the_notebook_and_the_reverse(in_notebook, notebook):
    own = figures.live_page(BOWL, start=START, runs=trained(ls.Adam(0.01), 300))
    page = in_notebook(plane=own.plane, start=own.start, runs=own.runs)
    canvas = page.locator("canvas.picture-plane")
    assert page.evaluate("model.get('start')") == START.tolist()
    assert page.evaluate("model.get('state').plane.kind") == "points"
    assert page.evaluate("model.get('runs')[0].settings.steps") == 300
    before = canvas.get_attribute("aria-label")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    start = page.evaluate("model.saved.at(-1).start ?? model.get('start')")
    assert start != START.tolist()
    assert len(start) == 9
    alpha, beta = BOWL.coordinates(np.array(start))
    assert np.allclose(BOWL.point(alpha, beta), start, atol=1e-6), "on the plane that was handed over"
    assert -1 <= alpha < 0 < beta <= 1, "in the coordinates of that plane"
    assert canvas.get_attribute("aria-label") != before
    page.evaluate("values => model.send('start', values)", xor.TEXTBOOK.tolist())
    page.wait_for_timeout(400)
    said = page.locator(".outcome").inner_text()
    assert said.startswith("Solved")
    assert page.evaluate("model.get('state').start") == xor.TEXTBOOK.tolist()
    page.evaluate("model.send('plane', {kind: 'bowl', range: null})")
    page.wait_for_timeout(400)
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
    page.wait_for_timeout(500)
    assert page.evaluate("model.saved.length") == saved, "it is quiet while nothing happens"
    assert page.evaluate("listening()") == 4
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
    page.wait_for_timeout(300)
    assert page.locator(".outcome").inner_text()
    assert len(page.evaluate("model.get('state').start")) == 9
