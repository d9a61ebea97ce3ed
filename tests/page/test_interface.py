"""The state of the page in its address, the runs as planes show them, and the code and recipes that reproduce them."""

import tomllib

import javascript
import numpy as np
import pytest

import landscape as ls
from figures.page import start_presets, widget
from figures.page.page_data import core_data
from figures.recipes.validation import recipe
from landscape import xor

NET = xor.network()
START = [0.9, 1.25, -0.5, 1e-7, 0.0, -1.0, 1.5, -2.0, 0.125]
OTHER = [0.777053961, 0.750299406, 0.9, 1.2, 0.05, -1.1, 0.9, -2.4, -0.3]
USUAL = {"optimizer": "Adam", "learningRate": 0.01, "momentum": 0, "precision": "float64", "steps": 200}
FRAME = """(() => {
  const { state } = modules["interface/state/state"].acceptedState(args[0], args[1]);
  const runOf = modules["interface/state/runs"].makeRuns(args[1]);
  const run = runOf(state.start, state.settings);
  const others = state.runs.map((kept) => ({ ...kept, run: runOf(kept.start, kept.settings) }));
  const makePlanes = modules["interface/state/plane_state"].makePlanes;
  const plane = makePlanes(args[1])(state.plane, [run, ...others.map((o) => o.run)]);
  const seen = modules["interface/state/projection"].seenInPlane(plane.plane, run);
  const frame = { state, run, others, plane };
  return {
    ends: [run, ...others.map((other) => other.run)].map((one) => one.thetaAt(one.settings.steps)),
    losses: [run, ...others.map((other) => other.run)].map((one) => one.path.loss.at(-1)),
    level: run.description.level, surface: plane.loss, range: plane.range,
    share: seen.share, distance: seen.distance, coordinates: seen.coordinates,
    python: modules["interface/share/python_code"].pythonCode(frame),
    recipe: modules["interface/share/recipe_lines"].recipeLines(frame, args[1]),
  };
})()"""
STATES = {
    "usual": {},
    "float32, SGD, random": {
        "settings": {**USUAL, "optimizer": "SGD", "momentum": 0.9, "learningRate": 0.05, "precision": "float32"},
        "plane": {"kind": "random", "seed": 3, "orthogonal": False},
    },
    "bias rule, range": {"plane": {"kind": "normalized", "seed": 1, "biasRule": "copy", "range": [-1, 0.5, -2, 3]}},
    "two parameters": {"plane": {"kind": "coordinates", "axes": [2, 8], "centre": START}, "start": OTHER},
    "valley, outcomes": {"plane": {"kind": "valley"}, "color": "outcome", "settings": {**USUAL, "steps": 20}},
    "basins": {"color": "outcome", "settings": {**USUAL, "steps": 20}},
    "principal": {
        "plane": {"kind": "principal"},
        "start": START,
        "runs": [
            {"name": "other", "start": OTHER, "settings": {**USUAL, "optimizer": "RMSprop", "learningRate": 1e-3}}
        ],
    },
    "points": {"plane": {"kind": "points", "points": [START, OTHER, [0.0] * 9]}},
    "two directions": {"plane": {"kind": "spanned", "points": [START, OTHER, [0.0] * 9], "range": [-1, 0.5, -2, 3]}},
    "principal, one diverges": {
        "plane": {"kind": "principal"},
        "start": START,
        "runs": [
            {"name": "", "start": OTHER, "settings": {**USUAL, "optimizer": "SGD", "learningRate": 10, "steps": 50}}
        ],
    },
    "offset": {"start": xor.offset_start(1e-5).tolist(), "settings": {**USUAL, "learningRate": 1e-3, "steps": 300}},
}


@pytest.fixture(scope="module")
def page():
    with javascript.running("interface", "story") as modules:
        yield modules


@pytest.fixture(scope="module")
def data():
    levels = [level.value for level in ls.stationary_levels(NET)]
    return {**core_data(), "basins": start_presets.basins_plane(), "levelValues": [float(v) for v in levels]}


def state_of(page, change, data):
    found = page.call("interface/state/state", "acceptedState", change, data)
    assert found["repaired"] == []
    return found["state"]


@pytest.mark.parametrize("name", STATES)
def test_a_fragment_brings_back_the_state(page, data, name):
    state = state_of(page, STATES[name], data)
    fragment = page.call("interface/state/fragment", "toFragment", state, data)
    assert not set(fragment) & set(' <>"#')
    assert page.call("interface/state/fragment", "fromFragment", f"#{fragment}", data) == {
        "state": state,
        "repaired": [],
    }


def test_a_fragment_holds_all_parts_of_a_state(page, data):
    change = {
        "language": "de", "theme": "dark", "color": "outcome", "start": START, "step": 17, "current": 0,
        "settings": {**USUAL, "steps": 50},
        "terrain": {"azimuth": -12.5, "elevation": 40},
        "story": {"step": 3, "revealed": True, "answer": 2},
        "runs": [{"name": "a;b & <c> ü%", "start": START, "settings": {**USUAL, "steps": 50}}],
    }  # fmt: skip
    state = state_of(page, change, data)
    assert {name: state[name] for name in change} == change
    fragment = page.call("interface/state/fragment", "toFragment", state, data)
    assert page.call("interface/state/fragment", "fromFragment", fragment, data)["state"] == state


NINE = "1,1,1,1,0,-1,1,-2,0"
DAMAGED = [
    ("start=1,2,3", ["start"]),
    ("start=1,1,1,1,0,-1,1,-2,NaN", ["start"]),
    ("start=1e9,1,1,1,0,-1,1,-2,0", ["start"]),
    ("lr=Infinity&steps=1e99", ["settings.learningRate", "settings.steps"]),
    ("steps=0x10&momentum=1", ["settings.momentum", "settings.steps"]),
    ("plane=__proto__&seed=999", ["plane.kind", "plane.seed"]),
    ("axes=4,4&range=1,-1,0,1", ["plane.axes", "plane.range"]),
    ("lang=fr&theme=%3Cb%3E&color=", ["language", "theme", "color"]),
    (f"run=a;Adam;0.01;0;float64;1.5;{NINE}", ["runs"]),
    ("&".join([f"run=a;Adam;0.01;0;float64;10;{NINE}"] * 7), ["runs"]),
    (f"run=a;Adam;0.01;0;float64;10;{NINE};more", ["runs"]),
    ("orthogonal=yes", ["plane.orthogonal"]),
    ("orthogonal=", ["plane.orthogonal"]),
    ("orthogonal=constructor", ["plane.orthogonal"]),
    ("story=-1,1,", ["story"]),
    ("story=99,0,", ["story"]),
    ("story=12,0,", ["story"]),
    ("story=0,0,4", ["story"]),
    ("story=1,0,3", ["story"]),
    ("story=1,yes,", ["story"]),
    ("story=1", ["story"]),
    ("story=1,0,1,2", ["story"]),
    ("seed=%E0%A4%A", ["seed"]),
    ("nothing=1", ["name"]),
    ("x" * 8001, ["length"]),
]


@pytest.mark.parametrize(("fragment", "refused"), DAMAGED, ids=range(len(DAMAGED)))
def test_what_is_damaged_in_a_fragment_is_at_its_default(page, data, fragment, refused):
    usual = page.call("interface/state/state", "defaultState", data)
    assert page.call("interface/state/fragment", "fromFragment", fragment, data) == {
        "state": usual,
        "repaired": refused,
    }


def test_a_run_is_a_kept_one_only_if_it_is_the_same(page, data):
    kept = {"name": "", "start": START, "settings": USUAL}
    change = {"runs": [kept], "current": 0, "settings": USUAL}
    assert state_of(page, {**change, "start": START}, data)["current"] == 0
    assert state_of(page, {**change, "start": OTHER}, data)["current"] == -1


def test_the_last_question_and_its_last_choice_are_accepted(page, data):
    steps = page.evaluate('modules["story/story"].CHOICES')
    for story in (
        {"step": 11, "revealed": False, "answer": steps[11] - 1},
        {"step": 0, "revealed": True, "answer": None},
    ):
        assert state_of(page, {"story": story}, data)["story"] == story
    assert state_of(page, {"story": {"step": 2}}, data)["story"] == {"step": 2, "revealed": False, "answer": None}


def test_the_first_start_is_on_the_plane_of_the_figure_of_basins(page, data):
    usual = page.call("interface/state/state", "defaultState", data)
    seed = data["basins"]["plane"]["seed"]
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(seed), bias="joint", orthogonal=True)
    assert usual["start"] == pytest.approx(plane.point(1.2, -0.2), abs=1e-12)


@pytest.mark.parametrize("outputs", [[0, 0.5, 0, 0], [0, 0, 0.5, 0], [0.5, 0.5, 0, 0.5], [0.5, 0.5, 0.5, 0.5]], ids=str)
def test_an_output_of_one_half_counts_as_1_as_in_python(page, outputs):
    """Both hidden units are 0 on 11; one is active on 01 only, the other on 10 only."""
    rest = outputs[3]
    theta = np.array([-1, 1, 1, -1, 0, 0, outputs[1] - rest, outputs[2] - rest, rest], dtype=float)
    assert NET.predict(theta).tolist() == outputs
    said = 'modules["interface/words"].describeDecision((key, values) => values.right ?? "", args[0])'
    assert page.evaluate(said, theta) == (xor.classify(NET.predict(theta)) == xor.Y).sum()


PLANES = """(() => {
  const { makePlanes } = modules["interface/state/plane_state"];
  const { plane } = modules["interface/state/state"].defaultState(args[1]);
  return makePlanes(args[1])({ ...plane, ...args[0] }, []).problem;
})()"""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "points", "points": [START, START, OTHER]}, "three points on one line lie on many planes; move one"),
        ({"kind": "principal"}, "the points lie on one line; take more points"),
        ({"centre": [0.0] * 9}, "the centre has too few filters other than 0 under this bias rule; move it"),
    ],
)
def test_a_plane_that_does_not_exist_is_a_problem_of_the_state(page, data, change, problem):
    assert page.evaluate(PLANES, change, data).startswith(problem)


def test_the_python_code_of_a_plane_that_does_not_exist_is_that_of_the_plane_still_shown(page, data, capsys):
    found = page.evaluate(FRAME, {"plane": {"kind": "points", "points": [START, START, OTHER]}}, data)
    made = {}
    exec(found["python"], made)
    assert made["surface"].loss.ravel() == pytest.approx(found["surface"], rel=1e-11, abs=1e-13)
    capsys.readouterr()


@pytest.mark.parametrize("name", ["random", "skew", "tiny"])
def test_a_plane_that_a_notebook_hands_over_is_the_same_plane(page, data, name):
    plane = {
        "random": ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0), bias="joint"),
        "skew": ls.Plane(xor.TEXTBOOK, np.eye(9)[4], np.eye(9)[4] + 0.1 * np.eye(9)[5]),
        "tiny": ls.Plane(START, 1e-3 * np.eye(9)[0], 10.0 * np.eye(9)[8]),
    }[name]
    surface = ls.evaluate_plane(NET, plane, np.linspace(-1, 1, 201), np.linspace(-1, 2, 201))
    found = page.evaluate(FRAME, {"plane": widget._view(surface)}, data)
    assert found["surface"] == pytest.approx(surface.loss.ravel(), rel=1e-9, abs=1e-12)
    assert found["range"] == [-1, 1, -1, 2]


@pytest.mark.parametrize("centre", [0.0, 0.9, 100.0])
@pytest.mark.parametrize("factor", [0.7, 1 / 0.7])
def test_every_range_that_is_zoomed_to_is_one_that_a_link_brings_back(page, data, factor, centre):
    zoom = """(() => {
      let range = args[0];
      for (let k = 0; k < 100; k++) range = modules["interface/cards/plane_options"].zoomed(range, args[1]);
      return range;
    })()"""
    found = page.evaluate(zoom, [centre - 0.1, centre + 0.1, -0.1, 0.1], factor)
    assert state_of(page, {"plane": {"range": found}}, data)["plane"]["range"] == found
    assert found[1] - found[0] < 1e-4 or found[1] - found[0] > 1e3
    assert (found[1] - found[0]) / (found[3] - found[2]) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "sphere"}, "kind of plane must be one of random"),
        ({"seed": 999}, "seed must be one of 0, 1"),
        ({"points": None, "kind": "points"}, ".* is not iterable|Cannot read"),
    ],
)
def test_a_fault_of_the_page_is_not_taken_for_a_plane_that_does_not_exist(page, data, change, error):
    with pytest.raises(javascript.JavaScriptError, match=error):
        page.evaluate(PLANES, change, data)


@pytest.mark.slow
@pytest.mark.parametrize("name", STATES)
def test_the_python_code_computes_what_is_shown(page, data, name, capsys):
    found = page.evaluate(FRAME, STATES[name], data)
    made = {}
    exec(found["python"], made)
    for run, end, loss in zip(made["runs"], found["ends"], found["losses"], strict=True):
        if loss > 1e12:  # it diverges, and the page shows the last step before
            assert run.loss[0, -1] == pytest.approx(loss, rel=1e-9)
            continue
        assert np.array_equal(run.theta[0, -1].astype(float), end)
        assert float(run.loss[0, -1]) == pytest.approx(loss, rel=1e-6, abs=1e-30)
    assert made["surface"].loss.ravel() == pytest.approx(found["surface"], rel=1e-11, abs=1e-13)
    level = made["found"].levels[made["found"].level[0]]
    assert (-1.0 if level is None else float(level)) == ([*data["levelValues"], -1.0][found["level"]])
    assert ("basins" in made) == (STATES[name].get("color") == "outcome")
    seen = ls.project(NET, made["runs"][0], made["plane"])
    assert seen.share[0] == pytest.approx(found["share"], abs=1e-6)
    assert seen.distance[0] == pytest.approx(found["distance"], abs=1e-6)
    assert np.stack([seen.alpha[0], seen.beta[0]], axis=1).ravel() == pytest.approx(found["coordinates"], abs=1e-6)
    capsys.readouterr()


FIGURES = {
    "usual": {"directions": {"seeds": [110], "slices": ["random", "joint"], "orthogonal": True}},
    "float32, SGD, random": {"directions": {"seeds": [3], "slices": ["random"], "orthogonal": False}},
    "valley, outcomes": {"sheet": {"reach": 1}},
    "basins": {"basins": {"seed": 110, "half_width": 1.5, "learning_rate": 0.01, "steps": 20}, "directions": {}},
    "principal": {"network": {"theta": START}},
    "offset": {"directions": {}, "leaving": {"offset": 1e-5, "learning_rate": 1e-3, "steps": 300}},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_the_recipe_is_one_that_can_be_rendered(page, data, name):
    table = tomllib.loads(page.evaluate(FRAME, STATES[name], data)["recipe"])
    made = recipe(table)
    assert {variant.figure for variant in made.variants} == set(FIGURES[name]) == set(table["only"])
    for figure, settings in FIGURES[name].items():
        assert settings.items() <= table["figures"][figure].items()
