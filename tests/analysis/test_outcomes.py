"""Outcomes: cases with a known fate, a second road to every number, and nothing that depends on how it is computed."""

import dataclasses
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from scipy.stats import binomtest

import landscape as ls
from landscape import xor
from landscape.analysis import outcomes, run_states
from landscape.exact.assign_levels import Kind
from landscape.training.train import train_in_numpy

pytestmark = pytest.mark.slow

NET = xor.network()
DEAD = np.array([-1.0, -1, -1, -1, -0.5, -0.25, 3, -5, 0])
"""Both units off, so that only b2 moves: its distance from 1/2 is multiplied by 1 - 2 lr in a step of SGD."""
VALUES = [Fraction(0), Fraction(1, 8), Fraction(1, 6), Fraction(1, 4)]


def glorot(count, seed=0, net=NET):
    return ls.glorot_starts(net, count, rng=np.random.default_rng(seed))


def dead(b2):
    return np.append(DEAD[:-1], b2)


# With b2 = 1/2 + d the loss is 1/4 + d^2 and the outputs are d away from those of the level 1/4, at most 1/200 on it.
# The variance of the targets is 1/4.
FATES = [
    ("textbook optimum", xor.TEXTBOOK, ls.SGD(1e-3), 100, "solved"),
    ("dead units, almost there", dead(0.504), ls.SGD(1e-3), 0, "1/4"),
    ("dead units, not yet there", dead(0.506), ls.SGD(1e-3), 0, "moving"),
    ("there after ln(100)/ln(1/0.8) = 20.6 steps", dead(0.0), ls.SGD(0.1), 21, "1/4"),
    ("and not before", dead(0.0), ls.SGD(0.1), 20, "moving"),
    ("swings from 0 to 1 and back for ever", dead(0.0), ls.SGD(1.0), 1000, "moving"),
    ("swings within the tolerance", dead(0.503), ls.SGD(1.0), 1001, "1/4"),
    ("1.1^16 is below 5", dead(0.501), ls.SGD(1.05), 16, "1/4"),
    ("1.1^17 is above 5", dead(0.501), ls.SGD(1.05), 17, "spiking"),
    ("1e-6 1.21^137 is below 1e6 times the variance", dead(0.501), ls.SGD(1.05), 137, "spiking"),
    ("and 1.21^138 above", dead(0.501), ls.SGD(1.05), 138, "diverged"),
    ("beyond the range of floats", dead(0.501), ls.SGD(2.0), 2000, "diverged"),
    ("the loss alone overflows", dead(0.501), ls.SGD(2.0), 400, "diverged"),
    ("large and shrinking", dead(1e9), ls.SGD(0.1), 3, "moving"),
    ("large and growing, but not by much", dead(1e9), ls.SGD(1.05), 50, "moving"),
    ("a step of 1e10 in every coordinate", xor.TEXTBOOK + 0.1, ls.Adam(1e10), 1, "diverged"),
]


@pytest.mark.parametrize(
    ("start", "optimizer", "steps", "status"), [case[1:] for case in FATES], ids=[case[0] for case in FATES]
)
def test_known_fates(start, optimizer, steps, status):
    found = ls.outcomes(NET, start, optimizer, steps)
    assert found.status.tolist() == [status]
    on_level = status in {"solved", "1/4"}
    value = found.levels[found.level[0]]
    assert value == (None if not on_level else 0 if status == "solved" else Fraction(status))
    assert found.counts.tolist() == [int(found.levels[i] == value) for i in range(5)]


def test_the_single_precision_overflows_earlier():
    """(-3)^t / 1000 leaves float32 after 87 steps, and its square after 46."""
    for steps, loss_is_finite in ((40, True), (60, False)):
        found = ls.outcomes(NET, dead(0.501), ls.SGD(2.0), steps, dtype="float32")
        assert found.status.tolist() == ["diverged"]
        assert np.isfinite(found.loss[0]) == loss_is_finite
        assert (found.end.dtype, found.loss.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(
    "optimizer", [ls.Adam(2e-2), ls.RMSprop(3e-3), ls.SGD(0.35), ls.SGD(0.1, momentum=0.9)], ids=lambda o: o.describe()
)
def test_against_the_recorded_path(optimizer):
    """By training with every step kept, and the rules once more in plain Python."""
    steps, starts = 1500, glorot(120, seed=4)
    found = ls.outcomes(NET, starts, optimizer, steps, at=[1200, 400])
    path = ls.train(NET, starts, optimizer, steps)
    earlier = [0, *(int(2 ** (j / 4)) for j in range(60) if int(2 ** (j / 4)) < steps)]
    levels = ls.assign_levels(NET, path.theta[:, [400, 1200, steps]])
    expected = []
    for k in range(120):
        if levels[k, -1] >= 0:
            expected.append("solved" if levels[k, -1] == 0 else str(VALUES[levels[k, -1]]))
        else:
            was = (ls.assign_levels(NET, path.theta[k, earlier]) >= 0).any()
            expected.append("spiking" if was else "moving")
    assert found.status.tolist() == expected
    assert found.step.tolist() == [400, 1200, 1500]
    for row, at in zip(found.counts_at, levels.T, strict=True):
        assert row.tolist() == [*((at == i).sum() for i in range(4)), (at < 0).sum()]
    np.testing.assert_array_equal(found.end, path.end)
    np.testing.assert_array_equal(found.loss, path.loss[:, -1])


def test_instabilities_are_seen():
    """SGD above 2 / curvature (12 at least here) leaves the solutions it starts on; Adam in float64 spikes late."""
    near = ls.perturbed_starts(xor.TEXTBOOK, 1e-4, 50, rng=np.random.default_rng(0))
    assert (ls.outcomes(NET, near, ls.SGD(0.2), 20).status == "spiking").all()
    thrown = ls.outcomes(NET, near, ls.SGD(0.2), 500, at=[0])
    assert thrown.counts_at[:, 0].tolist() == [50, 0]
    assert (thrown.status == "1/4").all()
    assert (ls.outcomes(NET, near, ls.SGD(0.05), 100).status == "solved").all()
    spikes = ls.outcomes(NET, glorot(1000), ls.Adam(0.1), 3000)
    assert Counter(spikes.status.tolist())["spiking"] >= 5
    assert "moving" not in spikes.status


def test_a_proven_fate_does_not_change():
    """Starts without a living unit are proven; and no proven run is elsewhere after twice as many steps, all done."""
    starts = glorot(400, seed=6)
    found = ls.outcomes(NET, starts, ls.Adam(1e-2), 2000)
    proven = found.proven >= 0
    assert proven.mean() > 0.05
    assert proven[~(NET.preactivations(starts) > 0).any(axis=(1, 2))].all()
    assert (found.state[proven] == 0).all()
    later = ls.outcomes(NET, starts, ls.Adam(1e-2), 4000, early_stop=False)
    assert later.level[proven].tolist() == found.level[proven].tolist()


def test_shares_and_intervals_are_those_of_the_counts():
    found = ls.outcomes(NET, glorot(200), ls.Adam(1e-2), 1500, at=[200])
    assert found.levels == (*VALUES, None)
    assert found.counts_at.sum(axis=1).tolist() == [200, 200]
    for i, count in enumerate(found.counts.tolist()):
        ci = binomtest(count, 200).proportion_ci(method="wilson")
        assert found.interval[i] == pytest.approx([ci.low, ci.high])
        assert found.fractions[i] == count / 200
        assert f"{count:>8}  {100 * count / 200:5.1f} %  [{100 * ci.low:.1f}, {100 * ci.high:.1f}]" in str(found)
    assert found.interval_at.shape == (2, 5, 2)
    np.testing.assert_array_equal(found.fractions_at[-1], found.fractions)
    assert Counter(found.status.tolist())["solved"] == found.counts[0]
    assert (found.level[found.state > 0] == -1).all()


def test_kinds_are_those_of_the_ends():
    found = ls.outcomes(NET, glorot(300), ls.Adam(5e-2), 1500)
    assert found.kind_code.tolist() == ls.stationary_kinds(NET, found.end, found.level).tolist()
    assert Counter(found.kind.tolist()) == {
        Kind.LOCAL_MINIMUM.words: np.count_nonzero(found.kind_code == 0),
        Kind.HELD.words: np.count_nonzero(found.kind_code == 2),
        **({"": found.counts[-1]} if found.counts[-1] else {}),
    }
    np.testing.assert_array_equal(found.counts_by_kind.sum(axis=1), found.counts[:-1])
    held = [np.count_nonzero((found.level == i) & (found.kind == Kind.HELD.words)) for i in range(4)]
    assert held == found.counts_by_kind[:, 2].tolist()
    assert held[2:] > [0, 0]
    lines = str(found).splitlines()[1:]
    for line, n in zip(lines, held, strict=False):
        assert line.endswith(f"]: {n} held by relu'(0) = 0" if n else "]")
    assert found.labels().variables["kind"].values.tolist() == found.kind.tolist()


def test_a_result_without_kinds_says_nothing_of_them():
    found = ls.outcomes(NET, glorot(100), ls.Adam(1e-2), 2000)
    without = dataclasses.replace(found, kind_code=None)
    assert (without.kind, without.counts_by_kind) == (None, None)
    assert str(without) == re.sub(": \\d+ held .*", "", str(found))
    assert set(found.labels().variables) - set(without.labels().variables) == {"kind"}


def test_agrees_with_training_in_numpy():
    starts = glorot(60, seed=9)
    found = ls.outcomes(NET, starts, ls.Adam(1e-2), 1200)
    _, loss = train_in_numpy(NET, starts, ls.Adam(1e-2), np.array([0, 1200]))
    near = np.abs(loss[:, -1, None] - [float(v) for v in VALUES]) < 3e-5
    assert near.sum(axis=1).tolist() == [1] * 60
    assert found.level.tolist() == near.argmax(axis=1).tolist()


def test_the_outcome_after_some_steps_is_the_same_when_the_run_goes_on():
    starts, steps = glorot(150, seed=2), [0, 1, 37, 300, 900]
    whole = ls.outcomes(NET, starts, ls.Adam(3e-2), 900, at=steps)
    for i, t in enumerate(steps):
        part = ls.outcomes(NET, starts, ls.Adam(3e-2), t)
        assert part.counts.tolist() == whole.counts_at[i].tolist()
    other = ls.outcomes(NET, starts, ls.Adam(3e-2), 900, at=[123])
    assert other.status.tolist() == whole.status.tolist()


def same(a, b):
    for name in ("counts_at", "level", "state", "kind", "end", "loss"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_nothing_depends_on_how_the_starts_are_shared_out(monkeypatch):
    starts = glorot(100, seed=5)
    whole = ls.outcomes(NET, starts, ls.Adam(5e-2), 700)
    plain = ls.outcomes(NET, starts, ls.Adam(5e-2), 700, early_stop=False)
    same(whole, plain)
    assert (plain.proven == -1).all()
    one = ls.outcomes(NET, starts[17], ls.Adam(5e-2), 700)
    assert (one.status[0], one.loss[0]) == (whole.status[17], whole.loss[17])
    monkeypatch.setattr(run_states, "SMALLEST_BLOCK", 33)
    told = []
    same(whole, ls.outcomes(NET, starts, ls.Adam(5e-2), 700, progress=lambda *at: told.append(at)))
    assert told[-1] == (100, 100)
    assert len(told) == 4
    with ThreadPoolExecutor(2) as threads:
        same(whole, ls.outcomes(NET, starts, ls.Adam(5e-2), 700, executor=threads))


@pytest.mark.heavy
@pytest.mark.parametrize("pool", ["processes", "cluster"], indirect=True)
def test_workers_that_are_killed_change_nothing(monkeypatch, work, tmp_path, pool):
    starts = glorot(6 * 33 + 20, seed=5)
    whole = ls.outcomes(NET, starts, ls.Adam(5e-2), 700)
    monkeypatch.setattr(run_states, "SMALLEST_BLOCK", 33)
    monkeypatch.setattr(outcomes, "train_block", partial(work.train_fatal_once, str(tmp_path / "killed")))
    same(whole, ls.outcomes(NET, starts, ls.Adam(5e-2), 700, executor=pool))
    assert (tmp_path / "killed").exists()


@pytest.mark.parametrize(
    ("net", "solvable"),
    [
        (xor.network(hidden=1), False),
        (xor.network(targets=[0, 0, 0, 1]), True),
        (xor.network(targets=[3, 3, 3, 3]), True),
        pytest.param(xor.network(hidden=3), True, marks=pytest.mark.slow),
    ],
)
def test_other_networks_and_data_have_their_own_levels(net, solvable):
    starts = glorot(80, seed=1, net=net)
    found = ls.outcomes(net, starts, ls.Adam(1e-2), 3000)
    values = [float(level) for level in found.levels[:-1]]
    assert list(found.levels[:-1]) == [level.value for level in ls.stationary_levels(net)]
    assert (values[0] == 0) == solvable
    assert ("solved" in found.status) == solvable
    assert found.counts[-1] <= 2
    arrived = found.level >= 0
    np.testing.assert_allclose(found.loss[arrived], np.array(values)[found.level[arrived]], atol=3e-5)


def test_saved_and_loaded(tmp_path):
    found = ls.outcomes(NET, glorot(40), ls.Adam(1e-2), 600, at=[10], dtype="float32")
    ls.save(found, tmp_path / "outcomes.nc")
    again = ls.load(tmp_path / "outcomes.nc")
    same(found, again)
    assert (again.levels, again.settings, again.status.tolist()) == (
        found.levels,
        found.settings,
        found.status.tolist(),
    )
    assert again.settings["dtype"] == "float32"
    assert str(again) == str(found)


BAD = [
    ({"net": "xor"}, TypeError, r"net must be a ReluNetwork, made by xor.network\(\); got str"),
    ({"starts": np.zeros((0, 9))}, ValueError, r"starts must hold at least one start; got shape \(0, 9\)"),
    ({"starts": np.zeros(8)}, ValueError, "starts must have shape"),
    ({"starts": np.full(9, np.nan)}, ValueError, "starts must be finite"),
    ({"optimizer": "Adam"}, TypeError, "optimizer must be Adam, SGD or RMSprop; got 'Adam'"),
    ({"steps": -1}, ValueError, "steps must be at least 0; got -1"),
    ({"steps": 2.0}, TypeError, "steps must be a whole number; got 2.0"),
    ({"dtype": "float16"}, ValueError, "dtype must be one of 'float64', 'float32'; got 'float16'"),
    ({"at": [3, 11]}, ValueError, "at must hold whole numbers from 0 to steps = 10; got 11"),
    ({"at": 2.5}, ValueError, "at must hold whole numbers from 0 to steps = 10; got 2.5"),
    ({"at": ["x"]}, TypeError, "at must hold real numbers"),
    ({"net": xor.network(hidden=4), "starts": np.zeros(17)}, ValueError, "net must have at most 100000 cells"),
]


@pytest.mark.parametrize(("given", "error", "message"), BAD)
def test_bad_input(given, error, message):
    good = {"net": NET, "starts": xor.TEXTBOOK, "optimizer": ls.Adam(), "steps": 10}
    with pytest.raises(error, match=message):
        ls.outcomes(**(good | given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"counts_at": np.zeros((1, 4))}, r"counts_at must have shape \(n_step, n_outcome\) = \(1, 5\); got \(1, 4\)"),
        ({"proven": np.zeros(3)}, r"proven must have shape \(n_start,\) = \(2,\); got \(3,\)"),
    ],
)
def test_a_result_with_parts_that_do_not_fit_is_refused(given, message):
    whole = ls.outcomes(NET, np.array([xor.TEXTBOOK, DEAD]), ls.Adam(), 0)
    fields = {field.name: getattr(whole, field.name) for field in dataclasses.fields(whole)}
    with pytest.raises(ValueError, match=message):
        ls.Outcomes(**(fields | given))
