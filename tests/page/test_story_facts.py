"""What the story of the page says is true, and of the very runs that it shows."""

import itertools
from fractions import Fraction

import javascript
import numpy as np
import pytest
import told_story

import landscape as ls
from figures.lecture.levels import basins as figure_of_basins
from figures.page import story_runs
from figures.page.page_data import core_data
from landscape import xor
from landscape.analysis.ends.configurations import configurations
from landscape.exact.assign_levels import Kind

pytestmark = pytest.mark.slow
NET = xor.network()
STARTS = told_story.STARTS
LEVELS = [str(level.value) for level in ls.stationary_levels(NET)]
EXACT = {"1/8": 6, "1/6": 7, "1/4": 8}
ANSWERS = {
    "leave": "It moves away and settles on other weights that solve XOR.",
    "valley": "Like a valley with a floor of loss 0.",
    "planes": "They differ in how steep the loss is, and none shows the valley.",
    "cones": "Eight.",
    "sealed": "No, never.",
    "death": "One unit dies on the way.",
    "stuck": "0, 1/8, 1/6 and 1/4.",
    "held": "No: raising the bias of this unit lowers the loss, but the gradient does not show it.",
    "success": "About a fifth.",
    "basins": "From fewer than half.",
    "remedies": "8 hidden units instead of two.",
    "twin": "1/6.",
}


@pytest.fixture(scope="module")
def facts():
    return told_story.facts()


@pytest.fixture(scope="module")
def page():
    with javascript.running("core", "story", "texts") as modules:
        yield modules


@pytest.fixture(scope="module")
def steps(page, facts):
    found = page.call("story/story", "storySteps", {"textbook": xor.TEXTBOOK.tolist(), "story": facts})
    return {step["id"]: step for step in found}


def optimizer_of(how):
    kind = {"Adam": ls.Adam, "SGD": ls.SGD}[how["optimizer"]]
    return kind(how["learningRate"])


def path_of(run):
    how = run["settings"]
    return ls.train(NET, run["start"], optimizer_of(how), how["steps"], dtype=how["precision"])


def level_of(theta):
    return LEVELS[int(ls.assign_levels(NET, theta))]


def test_the_right_answers(page, steps):
    how = 'modules["texts/texts"].makeTexts("en")(args[0], args[1])'
    said = {name: page.evaluate(how, step["choices"][step["answer"]], step["values"]) for name, step in steps.items()}
    assert said == ANSWERS


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in {"planes", "cones"}])
def test_the_run_that_is_shown_ends_as_told(facts, steps, name):
    shown = steps[name]["after"]
    path = path_of(shown)
    assert shown["step"] == shown["settings"]["steps"]
    assert level_of(path.end[0]) == facts[name]["ends"]


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in {"planes", "cones"}])
def test_the_page_says_of_the_run_what_the_story_says(page, facts, steps, name):
    shown = steps[name]["after"]
    start, how, data = np.array(shown["start"]), shown["settings"], core_data()
    path = """modules["core/training"].trainPath(args[0], args[1], args[2])"""
    found = page.evaluate(f'modules["core/outcome"].describeRun({path}, args[1], args[2])', start, how, data)
    ends = facts[name]["ends"]
    assert found["status"] == ("solved" if ends == "0" else "trapped")
    told = 'modules["story/outcome_text"].outcomeSentence(args[0], args[1], modules["texts/texts"].makeTexts("en"))'
    said = page.evaluate(told, found, data["levels"])
    assert said.startswith("solved: all four outputs" if ends == "0" else f"trapped at {ends}, in a local minimum: ")
    for unit, step in facts[name].get("deaths", []):
        how = f"died at step {step}" if step else "was dead from the start"
        assert f"; unit {unit} {how}" in said


@pytest.mark.parametrize("name", ["leave", "sealed", "death", "success", "basins", "twin"])
def test_a_question_shows_the_start_and_not_the_end(steps, name):
    before, after = steps[name]["before"], steps[name]["after"]
    assert (before["step"], before["settings"]["steps"], before["runs"]) == (0, 1, [])
    assert before["start"] == after["start"]
    if before["plane"]["kind"] == "coordinates":
        start, unit = np.array(before["plane"]["centre"]), before["plane"]["axes"][0]
        assert (start == before["start"]).all()
        assert [NET.parameter_names[k] for k in before["plane"]["axes"]] == [f"W1[0,{unit}]", f"W1[1,{unit}]"]


@pytest.mark.parametrize("name", ["valley", "planes", "cones"])
def test_adam_does_not_move_where_the_gradient_is_zero(steps, name):
    shown = steps[name]["before"]
    assert shown["start"] == xor.TEXTBOOK.tolist()
    assert not NET.gradient(shown["start"]).any()
    assert (path_of(shown).theta == xor.TEXTBOOK).all()


@pytest.mark.parametrize("name", ["stuck", "remedies"])
def test_the_added_runs_end_as_told(steps, facts, name):
    ends = [level_of(path_of(run).end[0]) for run in steps[name]["after"]["runs"]]
    assert ends == (["1/6", "1/4"] if name == "stuck" else ["1/6", "1/6"])
    assert [(run["name"], run["ends"]) for run in facts["remedies"]["runs"]] == [
        ("SGD", "1/6"),
        ("Adam", "1/6"),
    ]


@pytest.mark.parametrize("name", ["sealed", "death", "stuck", "held"])
def test_what_the_trapped_runs_are_said_to_be(facts, name):
    run = facts[name]["held"] if name == "held" else facts[name]
    path = path_of(run)
    end, active = path.end[0], (NET.preactivations(path.theta[0]) > 0).any(axis=1)
    kind = ls.stationary_kinds(NET, end, ls.assign_levels(NET, end))
    assert int(kind) == (Kind.HELD if name == "held" else Kind.LOCAL_MINIMUM)
    died = dict(run["deaths"])
    for unit, is_active in enumerate(active.T, start=1):
        steps = np.flatnonzero(is_active)
        dead_from = int(steps[-1]) + 1 if steps.size else 0
        assert died.get(unit) == (None if is_active[-1] else dead_from)


def test_leaving_by_the_formula_of_the_first_step(facts):
    values, adam = facts["leave"]["values"], ls.Adam()
    start = xor.offset_start(values["offset"])
    gradient = NET.gradient(start)
    rate = values["rate"]
    first = start - rate * gradient / (np.abs(gradient) + adam.epsilon / np.sqrt(1 - adam.beta_2))
    # As in Keras, factors of the step are rounded to float32.
    assert values["lossFactor"] == pytest.approx(NET.loss(first) / NET.loss(start), rel=1e-4)
    far = [np.linalg.norm(theta - xor.TEXTBOOK) for theta in (start, first)]
    assert values["distanceFactor"] == pytest.approx(far[1] / far[0], rel=1e-4)
    assert np.abs(first - start).max() <= values["rate"]
    assert values["endDistance"] > values["rate"] > values["offset"]
    report = ls.describe(NET, path_of(facts["leave"]).end[0])
    assert (report.level, report.verdict.partition(",")[0]) == (0, "a solution within rounding")


def test_the_valley_by_its_outputs(facts):
    valley = facts["valley"]
    start, values = np.array(valley["start"]), valley["values"]
    assert (NET.predict(start) == xor.Y).all()
    assert not NET.gradient(start).any()
    bowl = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b1[1]")
    ((corner,),) = ls.zeros_in_plane(NET, bowl, np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    assert corner.tolist() == [0, 0]
    assert ls.is_bowl(NET, bowl, 1.0)
    beyond = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
    (ends,) = ls.zeros_in_plane(NET, beyond, np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    assert sorted(ends.tolist()) == [[0, 0], [1, -1]]
    rank = np.linalg.matrix_rank(NET.hessian(xor.TEXTBOOK), hermitian=True)
    assert values["dimension"] + rank == values["parameters"] == NET.n_parameters
    assert start[[4, 8]].tolist() == [values["shift"], -values["shift"]]


def test_the_planes_by_their_definition(facts):
    values, highest, least = facts["planes"]["values"], [], []
    for seed in range(values["planes"]):
        rng = np.random.default_rng(seed)
        d1, d2 = (ls.filter_normalize(ls.random_direction(NET, rng=rng), xor.TEXTBOOK, NET) for _ in range(2))
        angle = np.radians(np.arange(360))
        around = np.outer(np.cos(angle), d1) + np.outer(np.sin(angle), d2)
        loss = NET.loss(xor.TEXTBOOK + values["radius"] * around)
        highest.append(loss.max())
        least.append(loss.min())
    assert [values["flat"], values["steep"]] == pytest.approx([min(highest), max(highest)], rel=1e-9)
    assert values["least"] == pytest.approx(min(least), rel=1e-6)
    assert min(least) > 1e-4  # a second solution on the circle would be 0
    assert values["factor"] > 10
    assert facts["planes"]["steep"]["seed"] == int(np.argmax(highest))


def test_the_cones_by_the_report_of_the_point(facts):
    values, report = facts["cones"]["values"], ls.describe(NET, xor.TEXTBOOK)
    assert (values["kinks"], values["cones"]) == (len(report.kinks), len(report.cones)) == (3, 8)
    assert values["rank"] + values["flat"] == 9
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(facts["cones"]["close"]["seed"]))
    angle = np.linspace(0, 2 * np.pi, 3600, endpoint=False)
    near = NET.preactivations(plane.point(1e-6 * np.cos(angle), 1e-6 * np.sin(angle))) > 0
    assert values["visible"] == len(np.unique(near.reshape(angle.size, -1), axis=0))
    assert [values["smallest"], values["largest"]] == pytest.approx([12.0217, 19.3631], abs=1e-4)
    side = xor.TEXTBOOK + 1e-9 * np.array([0, -1, 0, -1, -1, 0, 0, 0, 0])  # where all three are negative
    assert values["autodiff"] == pytest.approx(np.linalg.eigvalsh(NET.hessian(side)).max(), abs=1e-6)


def test_dead_units_by_the_signs_of_their_weights(facts):
    values, starts = facts["sealed"]["values"], ls.numbered_starts(NET, STARTS, seed=0)
    dead = (starts[:, :2] <= 0) & (starts[:, 2:4] <= 0)
    assert values["withDead"] == int(dead.any(axis=1).sum())
    assert Fraction(values["probability"]) == 1 - Fraction(3, 4) ** 2
    assert values["solvedWithDead"] == 0
    assert (np.array(facts["sealed"]["start"]).reshape(-1)[[values["deadUnit"] - 1, values["deadUnit"] + 1]] < 0).all()
    start = np.array(facts["death"]["start"])
    assert not ((start[:2] <= 0) & (start[2:4] <= 0)).any()
    success = facts["success"]["values"]
    assert facts["death"]["values"]["n"] == STARTS - values["withDead"]
    assert facts["death"]["values"]["share"] * facts["death"]["values"]["n"] == pytest.approx(
        success["solved"] * STARTS
    )


def test_the_levels_and_their_dimensions(facts):
    values = facts["stuck"]["values"]
    assert LEVELS == ["0", "1/8", "1/6", "1/4"]
    assert [values[f"level{i}"] for i in range(4)] == LEVELS
    assert {values[f"level{i}"]: values[f"dimension{i}"] for i in (1, 2, 3)} == EXACT
    mean = {0: "1/4", 1: "1/6", 2: "1/8", 4: "0"}
    for row in configurations(NET):  # k right, the others at the mean of their targets
        right = [i for i in range(4) if row[i] == xor.Y[i]]
        others = [i for i in range(4) if i not in right]
        assert all(row[i] == Fraction(int(xor.Y[others].sum()), len(others)) for i in others)
        assert sum((row[i] - int(xor.Y[i])) ** 2 for i in range(4)) / 4 == Fraction(mean[len(right)])


def test_the_smallest_rise_of_the_bias_lowers_the_loss(facts):
    values, run = facts["held"]["values"], facts["held"]["held"]
    end = path_of(run).end[0]
    bias = ls.coordinate_direction(NET, f"b1[{values['unit'] - 1}]")
    assert ls.kinks(NET, end) == [(values["unit"] - 1, 0)]
    assert end[4 + values["unit"] - 1] == 0
    rising = NET.loss(end + np.array([[0], [1e-9], [1e-6], [1e-3], [values["raise"]]]) * bias)
    assert (np.diff(rising) < 0).all()
    assert [rising[0], rising[-1]] == pytest.approx([values["lossHeld"], values["lossRaised"]], rel=1e-9)
    assert np.abs(NET.gradient(end)).max() < 1e-12
    assert facts["held"]["start"] == pytest.approx(end + values["raise"] * bias)


def test_shares_add_up_and_lie_in_their_intervals(facts):
    values = facts["success"]["values"]
    assert sum(values[name] for name in ("solved", "eighth", "sixth", "quarter")) == pytest.approx(1, abs=2e-3)
    assert values["low"] < values["solved"] < values["high"] < float(Fraction(values["ceiling"])) / 2
    assert values["low"] > 0.15
    assert values["high"] < 0.25
    held = facts["held"]["values"]
    assert [held["sixthRuns"], held["quarterRuns"]] == [round(values[n] * STARTS) for n in ("sixth", "quarter")]


def test_the_bowl_of_the_figure_drains_into_traps(facts):
    basins, how = facts["basins"], figure_of_basins.Settings()
    values = basins["values"]
    assert (basins["plane"]["seed"], basins["plane"]["orthogonal"]) == (how.seed, True)
    plane = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(how.seed), orthogonal=True)
    assert ls.rising_rays(NET, plane, how.half_width, values["rays"]) == values["rays"]
    start, shares = np.array(basins["start"]), []
    assert plane.residual(start) < 1e-12
    assert plane.residual(path_of(basins).theta[0, 1]) > 1e-3  # a run leaves the plane with its first step
    assert values["startLoss"] == pytest.approx(NET.loss(start))
    for seed in (how.seed + 1, how.seed + 40):  # the first and the last of the others
        rng, axis = np.random.default_rng(seed), np.linspace(-1.5, 1.5, 16)
        starts = ls.random_plane(NET, xor.TEXTBOOK, rng=rng, orthogonal=True).point(*np.meshgrid(axis, axis))
        shares.append(ls.outcomes(NET, starts.reshape(-1, 9), ls.Adam(1e-2), 4000).fractions[0])
    assert values["solved"] < 0.5 < values["trapped"]
    assert values["least"] <= min(shares)
    assert max(shares) <= values["most"]


def test_only_larger_or_smoother_networks_help_much(facts):
    values = facts["remedies"]["values"]
    assert min(values["unitsLow"], values["tanhLow"]) > 0.5
    table = {remedy.name: remedy for remedy in ls.standard_remedies(3000)}
    others = [table[name] for name in ("cross-entropy", "SGD, lr 0.01", "Adam, lr 0.01")]
    right = ls.try_remedies(others, values["trials"], 10_000, seed=0).summary("right").counts / values["trials"]
    assert (right < values["solved"] + 0.03).all()


def test_the_twin_by_points_on_the_line_and_by_the_merge_tree(facts):
    twin, values, tree = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]], facts["twin"]["values"], ls.merge_tree(NET)
    assert (NET.predict(twin) == xor.Y).all()
    line = xor.TEXTBOOK + np.linspace(0, 1, 2001)[:, None] * (twin - xor.TEXTBOOK)
    assert NET.loss(line).max() == pytest.approx(float(Fraction(values["straight"])), abs=1e-6)
    assert tree.barrier(xor.TEXTBOOK, twin) == Fraction(values["pass"]) == Fraction(1, 6)
    assert tree.components(Fraction(0)) == values["components"]
    corners = np.array(facts["twin"]["trace"]["path"])
    assert np.array_equal(corners[[0, -1]], [xor.TEXTBOOK, twin])
    drawn = np.concatenate([np.linspace(*ends, 500) for ends in itertools.pairwise(corners)])
    assert NET.loss(drawn).max() == pytest.approx(1 / 6, abs=1e-15)
    assert NET.loss(facts["twin"]["plane"]["points"][2]) == pytest.approx(1 / 6, abs=1e-15)
    assert facts["twin"]["plane"]["points"][2] in facts["twin"]["trace"]["path"]
    theta = path_of(facts["twin"]).theta[0]
    assert (theta[:, [0, 2, 4, 6]] == theta[:, [1, 3, 5, 7]]).all()  # the units stay equal, to the last bit


def test_starts_are_those_that_the_page_offers(facts):
    offered = ls.numbered_starts(NET, story_runs.OFFERED, seed=0).tolist()
    for name in ("sealed", "death", "stuck", "success", "remedies"):
        assert facts[name]["start"] in offered
