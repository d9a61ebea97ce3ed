"""The widget of notebooks: what its traits take, and refuse, without a browser."""

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
    assert page.plane == {"kind": "spanned", "range": [-1, 1, -1, 1], "points": np.array(points).tolist()}
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


def test_planes_runs_and_parts_can_be_set_as_they_are_given(notebook):
    page = figures.live_page()
    page.plane, page.runs, page.parts = BOWL, trained(ls.Adam(0.02)), "plane"
    fresh = figures.live_page(BOWL, runs=trained(ls.Adam(0.02)), parts="plane")
    assert (page.plane, page.runs, page.parts) == (fresh.plane, fresh.runs, fresh.parts)
    assert fresh.parts == ["plane"]
    json.dumps(page.get_state(["plane", "runs", "parts"]), allow_nan=False)
    page.set_state({"plane": {"kind": "bowl", "range": None}, "runs": []})  # as a message from the page does
    assert (page.plane["kind"], page.runs) == ("bowl", [])
    page.plane, page.runs = None, None
    assert (page.plane, page.runs) == ({}, [])
    for name, wrong, error in (
        ("plane", 3, TypeError),
        ("runs", [START], TypeError),
        ("parts", ["plan"], ValueError),
        ("parts", None, ValueError),
    ):
        before = getattr(page, name)
        with pytest.raises(error, match=name):
            setattr(page, name, wrong)
        assert getattr(page, name) == before


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
    "far plane": (
        lambda: {"plane": ls.Plane(np.full(9, 1e7), np.eye(9)[0], np.eye(9)[1])},
        ValueError,
        "plane must have points of at most 1e+06 in size; got 1e+07",
    ),
    "wide surface": (
        lambda: {"plane": ls.evaluate_plane(NET, BOWL, [-1e5, 1e5], [0, 1])},
        ValueError,
        "the surface must extend over more than 1e-09 and to at most 10000 along each direction; got -100000 to ",
    ),
    "surface of one point": (
        lambda: {"plane": ls.evaluate_plane(NET, BOWL, [1.0], [0, 1])},
        ValueError,
        "the surface must extend over more than 1e-09 and to at most 10000 along each direction; got 1 to 1 and 0 to",
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
    for name in ("MOST_RUNS", "MOST_STEPS", "FARTHEST", "NARROWEST"):
        assert float(re.search(rf"const {name} = ([-\w]+);", state)[1]) == getattr(widget, name)
    for name, bounds in widget.BOUNDS.items():
        assert tuple(json.loads(re.search(rf"{name}: (\[.*?\])", state[state.index("const BOUNDS") :])[1])) == bounds
    runs = (APP / "interface" / "state" / "runs.js").read_text()
    assert float(re.search(r"const LARGEST = (\w+);", runs)[1]) == widget.LARGEST
