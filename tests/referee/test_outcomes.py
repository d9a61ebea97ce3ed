"""The claims of the figure "outcomes": the same and other starts under all methods, in numpy and in Keras."""

from functools import lru_cache

import numpy as np
import pytest
import referee_keras as rk
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure

pytestmark = pytest.mark.heavy

FEW, OTHERS = 120, 300


def rule_of(kind, rate, momentum):
    """The referee's rule for a method of the figure."""
    if kind == "momentum":
        return rt.SGD(rate, momentum)
    return {"Adam": rt.Adam, "RMSprop": rt.RMSprop, "SGD": rt.SGD}[kind](rate)


def parts_of(name):
    """Kind, learning rate and momentum of a method, from its name."""
    method, _, momentum = name.partition(", momentum ")
    kind, rate = method.split()
    return "momentum" if momentum else kind, float(rate), float(momentum or 0)


def methods(said):
    """Names, kinds and rates of the methods; the rates are read from the caption."""
    for i, name in enumerate(said.result.names):
        assert f"{name}: {said[f'solved[{i}].fraction']:.1%}".replace("%", " %") in said.caption
        yield i, rule_of(*parts_of(name))


@lru_cache
def paths():
    """What the caption says about few starts, and per method the referee's levels at the end and losses before."""
    said = figure("outcomes", starts=FEW)
    starts = rt.numbered(FEW, said["seed"])
    found = []
    for _, rule in methods(said):
        recorder = rt.Recorder(every=said["epochs"], thetas=True)
        end = rt.train(starts, rule, said["steps"], watch=recorder)
        found.append((plateaus.level_of(end), end, recorder))
    return said, found


def test_counts_of_the_same_starts():
    """Run by run, but for methods whose steps do not shrink, where rounding decides which spike and where they fall."""
    said, found = paths()
    for (level, *_), ours in zip(found, said.result.counts[:, -1], strict=True):
        own = np.bincount(np.where(level < 0, 4, level), minlength=5)
        if own[4] + ours[4] > 4:
            assert max(abs(rt.two_sample_z(a, FEW, b, FEW)) for a, b in zip(own, ours, strict=True)) < 4
        else:
            assert np.abs(own - ours).sum() <= 2


def test_intervals_are_those_of_wilson():
    said = figure("outcomes")
    for i, counts in enumerate(said.result.counts[:, -1]):
        fraction, low, high = said.share(f"solved[{i}]")
        assert fraction == counts[0] / said["starts"]
        assert (low, high) == pytest.approx(rt.wilson(counts[0], said["starts"]))
    assert said["runs"] == said["starts"] * len(said.result.names)
    assert said["lost_runs"] == said.result.counts[:, -1, 4].sum()


def test_shares_of_other_starts_agree():
    said = figure("outcomes")
    starts = rt.glorot(OTHERS, np.random.default_rng(1234))
    for i, rule in methods(said):
        level = plateaus.level_of(rt.train(starts, rule, said["steps"]))
        own = np.bincount(np.where(level < 0, 4, level), minlength=5)
        for hits, other in zip(said.result.counts[i, -1], own, strict=True):
            assert abs(rt.two_sample_z(hits, said["starts"], other, OTHERS)) < 4, said.result.names[i]


@pytest.mark.parametrize("which", [3, 5])
def test_keras_agrees(which):
    """RMSprop and momentum by Keras' own optimizers and layers, on the first of the figure's starts."""
    said, found = paths()
    kind, rate, momentum = parts_of(said.result.names[which])
    optimizer = {
        "RMSprop": lambda: rk.keras.optimizers.RMSprop(rate),
        "momentum": lambda: rk.keras.optimizers.SGD(rate, momentum=momentum),
    }[kind]
    starts = rt.numbered(FEW, said["seed"])[:128]
    theta, _ = rk.train(starts, optimizer, said["steps"])
    theirs, own = plateaus.level_of(theta[-1]), found[which][0][:128]
    assert ((theirs != own) & (theirs >= 0) & (own >= 0)).sum() == 0
    assert (theirs != own).sum() <= 2


def test_after_the_epochs_of_the_exercise_hardly_any_run_has_arrived():
    said, found = paths()
    first = found[0][2]
    level = plateaus.level_of(first.theta[1])
    assert first.step[1] == said["epochs"]
    assert said["solved_after_epochs.fraction"] == (level == 0).mean()
    assert figure("outcomes")["solved_after_epochs.fraction"] < 0.005


def test_losses_drawn_and_their_levels():
    said, found = paths()
    shown = said["shown"]
    level, _, recorder = found[0]
    np.testing.assert_array_equal(said.result.curve_level, level[:shown])
    at = said.result.curve_step.tolist().index(said["epochs"])
    np.testing.assert_allclose(said.result.curves[:, at], recorder.loss[1][:shown], rtol=1e-9)


def test_a_run_on_no_level_was_on_one_before_or_is_soon():
    """A lost run is a spike or a swing about a level: with the rate turned down it settles on one."""
    said, found = paths()
    for (level, end, _), ours in zip(found, said.result.counts[:, -1], strict=True):
        lost = end[level < 0]
        if len(lost):
            assert ours[4] > 0
            assert (plateaus.level_of(rt.train(lost, rt.Adam(1e-3), 5000)) >= 0).all()


def test_runs_that_only_the_derivative_at_the_kink_holds():
    said, found = paths()
    level, end, _ = found[0]
    held = plateaus.held(end)
    for i in (2, 3):
        there = level == i
        expected = (held[there].mean(), *rt.wilson((held & there).sum(), there.sum()))
        assert said.share(f"held[{i}]") == pytest.approx(expected, abs=1e-9)


def test_a_late_spike_of_adam_may_still_free_a_run_that_is_stuck():
    """Twice as many steps, with the rate at which rounding errors are amplified most: few leave, all of them downwards.

    Both units are active everywhere there, with output weights of about 0.
    """
    said = figure("outcomes", starts=FEW)
    starts = rt.glorot(500, np.random.default_rng(21))
    levels = {}

    def watch(t, columns, out):
        if t in {said["steps"] // 2, 2 * said["steps"]}:
            levels[t] = plateaus.level_of(columns.T)

    rt.train(starts, rt.Adam(1e-2), 2 * said["steps"], watch=watch)
    before, after = levels.values()
    left = (before != after) & (before > 0) & (after >= 0)
    assert 0 < left.sum() < 0.05 * len(starts)
    assert (after[left] < before[left]).all()
    assert "may still free one" in said.caption
