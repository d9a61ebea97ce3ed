"""The page assigns the levels, kinds, states and deaths that `landscape` does."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.analysis.ends.configurations import configurations, nearest_configurations
from landscape.analysis.run_states import State, checkpoint_steps
from landscape.exact.assign_levels import Kind, assign_levels, stationary_kinds

NET = xor.network()
HOW = {"optimizer": "Adam", "learningRate": 1e-2, "precision": "float64", "steps": 3000}
KINDS = {"minimum": Kind.LOCAL_MINIMUM, "saddle": Kind.SADDLE, "held": Kind.HELD, None: -1}
STATES = {"moving": State.MOVING, "spiking": State.SPIKING, "diverged": State.DIVERGED}
DESCRIBED = """Array.from({ length: args[0].length / 9 }, (_, k) => {
  const path = modules["core/training"].trainPath(args[0].subarray(9 * k, 9 * k + 9), args[1], args[2]);
  const { status, level, deaths, right } = modules["core/outcome"].describeRun(path, args[1], args[2]);
  return { status, level, deaths, right };
})"""


@pytest.fixture(scope="module")
def starts():
    return ls.numbered_starts(NET, 1000, seed=0)


def levels_of(core, thetas, data):
    return core.call("core/levels", "assignLevels", np.ascontiguousarray(thetas, dtype=float).ravel(), data)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_thousand_starts_end_on_the_same_levels_held_by_the_same(core, data, starts, dtype):
    wanted = ls.outcomes(NET, starts, ls.Adam(1e-2), 3000, dtype=dtype)
    ends = core.call("core/training", "trainEnds", starts.ravel(), {**HOW, "precision": dtype}, data)
    assert np.array_equal(ends.reshape(-1, 9), wanted.end.astype(float))
    level = levels_of(core, ends, data)
    assert np.array_equal(level, wanted.level)
    kinds = core.call("core/levels", "stationaryKinds", ends, level, data)
    assert [KINDS[kind] for kind in kinds] == wanted.kind_code.tolist()


@pytest.mark.slow
def test_runs_are_in_the_same_state_and_their_units_die_at_the_same_step(core, data, starts):
    few = starts[:300]
    wanted, fates = (f(NET, few, ls.Adam(1e-2), 3000) for f in (ls.outcomes, ls.fates))
    found = core.evaluate(DESCRIBED, few.ravel(), HOW, data)
    assert [run["level"] for run in found] == wanted.level.tolist()
    died = [[next((d["step"] for d in run["deaths"] if d["unit"] == u), -1) for u in (1, 2)] for run in found]
    assert died == fates.died.tolist()
    assert [run["right"] for run in found] == (xor.classify(NET.predict(wanted.end)) == xor.Y).tolist()
    for run, status in zip(found, wanted.status, strict=True):
        assert run["status"] == status or (run["status"] in {"trapped", "held"} and "/" in status)


@pytest.mark.parametrize(
    ("optimizer", "how"),
    [
        (ls.RMSprop(0.05), {"optimizer": "RMSprop", "learningRate": 0.05}),
        (ls.SGD(3.0), {"optimizer": "SGD", "learningRate": 3.0, "momentum": 0}),
        (ls.SGD(2.0, momentum=0.9), {"optimizer": "SGD", "learningRate": 2.0, "momentum": 0.9}),
        (ls.Adam(1e-3), {"optimizer": "Adam", "learningRate": 1e-3}),
    ],
    ids=["RMSprop", "SGD", "momentum", "Adam"],
)
def test_runs_on_no_level_are_in_the_same_state(core, data, starts, optimizer, how):
    few = starts[:100]
    wanted = ls.outcomes(NET, few, optimizer, 300)
    found = core.evaluate(DESCRIBED, few.ravel(), {**how, "precision": "float64", "steps": 300}, data)
    states = [STATES.get(run["status"], State.ON_LEVEL) for run in found]
    assert states == wanted.state.tolist()
    assert (wanted.state != State.ON_LEVEL).any()


def test_points_on_and_off_levels_get_the_same_level_and_kind(core, data, starts):
    rng = np.random.default_rng(0)
    whole = rng.integers(-2, 3, (2000, 9)) / 2  # many kinks, zeros and exact fits
    dead = np.array([-1, -1, -1, -1, -0.5, -0.25, 3, -5, 0.5])
    special = [xor.TEXTBOOK, dead, np.where(np.arange(9) == 5, 0, dead), np.eye(9)[8] / 2, np.full(9, 1e200)]
    ends = ls.train(NET, starts[:60], ls.Adam(1e-2), 2000, record_every=2000).end
    near = np.concatenate([whole, ends, special, np.array(special[:4])[:, None].repeat(100, axis=1).reshape(-1, 9)])
    near[-400:] += 10.0 ** rng.uniform(-12, -1, (400, 1)) * rng.standard_normal((400, 9))
    wanted = assign_levels(NET, near)
    assert len(set(wanted.tolist())) == 5
    assert np.array_equal(levels_of(core, near, data), wanted)
    kinds = core.call("core/levels", "stationaryKinds", near.ravel(), wanted.astype(np.int8), data)
    assert [KINDS[kind] for kind in kinds] == stationary_kinds(NET, near, wanted).tolist()
    assert set(kinds) == set(KINDS)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_thetas_that_are_not_finite_are_on_no_level(core, data, value):
    theta = xor.TEXTBOOK.copy()
    theta[3] = value
    assert levels_of(core, theta, data).tolist() == [-1]


def test_the_division_of_the_outputs_is_that_of_the_nearest_configuration(core, data, starts):
    wanted = ls.outcomes(NET, starts[:200], ls.Adam(1e-2), 3000)
    rows = configurations(NET)
    nearest = nearest_configurations(NET, wanted.end, wanted.level)
    assert len(set(nearest.tolist())) > 4
    for theta, k in zip(wanted.end, nearest, strict=True):
        fitted = core.call("core/outcome", "describePoint", theta, data)["fitted"]
        if k < 0:
            assert fitted is None
            continue
        outputs = {i: xor.Y[i] for i in fitted["right"]}
        if fitted["mean"]:
            outputs |= dict.fromkeys(fitted["mean"]["samples"], fitted["mean"]["value"][0] / fitted["mean"]["value"][1])
        outputs |= {other["sample"]: other["value"][0] / other["value"][1] for other in fitted["others"]}
        assert [outputs[i] for i in range(4)] == [float(y) for y in rows[k]]


@pytest.mark.parametrize("steps", [0, 1, 2, 20, 4096, 4097, 100_000])
def test_checkpoint_steps_are_those_of_python(core, steps):
    assert core.call("core/outcome", "checkpointSteps", steps) == checkpoint_steps(steps).tolist()


def test_a_unit_that_momentum_can_activate_again_is_not_dead(core, data):
    start = np.array([-0.1, 1, -0.1, 1, -0.001, -1, 1, -2, 0])
    how = {"optimizer": "SGD", "learningRate": 0.1, "momentum": 0.9, "precision": "float64", "steps": 0}
    path = core.call("core/training", "trainPath", start, how, data)
    assert core.call("core/outcome", "describeRun", path, how, data)["deaths"] == [{"unit": 1, "step": 0}]
    path["state"] = path["state"].copy()
    path["state"][9 + 4] = 1e-3  # what is left of it can move the bias by up to 9 times this
    assert core.call("core/outcome", "describeRun", path, how, data)["deaths"] == []
