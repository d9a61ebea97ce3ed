"""The figure on outcomes: bars, bands and words agree with counts that are made without it."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.levels import outcomes
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {
    "methods": (("Adam", 1e-2), ("SGD", 0.1), ("momentum", 0.05)),
    "starts": 150,
    "seed": 3,
    "steps": 2000,
    "curves": 25,
    "points": 20,
}
OPTIMIZERS = (ls.Adam(1e-2), ls.SGD(0.1), ls.SGD(0.05, momentum=0.9))
STARTS = ls.numbered_starts(NET, 150, seed=3)


@pytest.fixture(scope="module")
def result():
    return outcomes.compute(outcomes.Settings(**SMALL))


def test_counts_are_those_of_single_trainings(result):
    for k, optimizer in enumerate(OPTIMIZERS):
        run = ls.train(NET, STARTS, optimizer, 2000)
        assert result.step[[0, -1]].tolist() == [10, 2000]
        assert 256 in result.step
        for i, step in enumerate(result.step):
            level = ls.assign_levels(NET, run.theta[:, step])
            assert result.counts[k, i].tolist() == [*((level == n).sum() for n in range(4)), (level < 0).sum()]
        if k == 0:
            np.testing.assert_array_equal(result.curves, run.loss[:25, result.curve_step])
            assert result.curve_level.tolist() == level[:25].tolist()


def test_dots_and_words_tell_the_runs_that_a_larger_bias_would_set_free(result, drawn):
    raised = 1e-6 * np.eye(9)[4:6]
    for k, optimizer in enumerate(OPTIMIZERS):
        end = ls.train(NET, STARTS, optimizer, 2000).end
        falls = (NET.loss(end[:, None] + raised) < NET.loss(end)[:, None] - 1e-9).any(axis=1)
        level = ls.assign_levels(NET, end)
        assert result.held_counts[k].tolist() == [(falls & (level == n)).sum() for n in range(4)]
    dotted = [p for p in drawn(result, "lecture", "full", render=False).axes[0].patches if p.get_hatch()]
    assert sorted(p.get_width() for p in dotted) == pytest.approx(
        sorted(100 * count / 150 for count in result.held_counts.ravel() if count)
    )
    assert all(share.total == count for share, count in zip(result.held, result.counts[0, -1], strict=False) if share)
    for level, share in zip(result.levels, result.held, strict=True):
        assert (share is not None) == quotes(Said(outcomes, result), f"of those at {level}")
        assert share is None or quotes(Said(outcomes, result), f"{share} of those at {level}")


def test_progress_counts_all_methods():
    told = []
    outcomes.compute(outcomes.Settings(**(SMALL | {"steps": 20})), lambda *at: told.append(at))
    assert told == [(150, 450), (300, 450), (450, 450)]


def test_artists_show_the_result(result, drawn):
    bars, curves, solved = drawn(result, "lecture", "full", render=False).axes
    with style_context("lecture"):
        looks = list(level_styles(result.levels).values())
    share = 100 * result.counts[:, -1] / 150
    patches = np.array([p for p in bars.patches if not p.get_hatch() and p.get_gid() != "right"]).reshape(5, 3).T
    for k, row in enumerate(patches):
        np.testing.assert_allclose([p.get_width() for p in row], share[k], atol=1e-9)
        np.testing.assert_allclose([p.get_x() for p in row], share[k].cumsum() - share[k], atol=1e-9)
        assert all(same_color(p.get_facecolor(), look.color) for p, look in zip(row, looks, strict=True))
    assert [t.get_text() for t in bars.get_yticklabels()] == ["Adam 0.01", "SGD 0.1", "SGD 0.05\nmomentum 0.9"]
    assert [t.get_text() for t in bars.texts] == [f"{s:.0f}" for s in share[:, 0]]
    errors = bars.collections[0].get_segments()
    ci = binomtest(int(result.counts[0, -1, 0]), 150).proportion_ci(method="wilson")
    assert errors[0][:, 0].tolist() == pytest.approx([100 * ci.low, 100 * ci.high])
    long = [line for line in curves.lines if len(line.get_xdata()) == result.curve_step.size]
    assert len(long) == 25
    assert all(
        same_color(line.get_color(), looks[level].color) for line, level in zip(long, result.curve_level, strict=True)
    )
    assert [t.get_text() for t in curves.get_yticklabels()] == ["0", "1/8", "1/6", "1/4"]
    for line, counts, sample in zip(solved.lines, result.counts, bars.lines[-3:], strict=False):
        np.testing.assert_allclose(line.get_ydata(), 100 * counts[:, 0] / 150)
        assert (line.get_color(), line.get_linestyle()) == (sample.get_color(), sample.get_linestyle())
    looks_of_lines = [(line.get_color(), line.get_linestyle()) for line in solved.lines[:3]]
    assert len(set(looks_of_lines)) == 3


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", outcomes.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == (3 if size == "full" else 1)


def test_caption_quotes_the_result(result):
    text = Said(outcomes, result)
    shares = []
    for k in result.counts[:, -1, 0].tolist():
        ci = binomtest(k, 150).proportion_ci(method="wilson")
        shares += [f"{100 * k / 150:.1f} %", f"{100 * ci.low:.1f}", f"{100 * ci.high:.1f}"]
    assert quotes(text, "solved", listed=shares)
    assert quotes(text, shares[0], listed=["Adam 0.01", "SGD 0.1", "SGD 0.05, momentum 0.9"])
    assert quotes(text, "no level", f"{result.counts[:, -1, -1].sum()} of 450")
    assert quotes(text, 150, "Keras-default", "seed 3", "2000 steps", "float64")
    assert quotes(text, "momentum 0.9")
    early = result.counts[0, result.step.tolist().index(256), 0]
    assert quotes(text, "exercise", 256, f"{100 * early / 150:.1f} %")
    assert "Top right" not in Said(outcomes, result, "half")
    told = [f"{100 * k / 150:.0f} %" for k in result.counts[:, -1, 0]]
    assert quotes(outcomes.alt_text(result), "solved", listed=told)


def test_runs_on_no_level_are_told_apart_and_divergence_is_drawn(drawn):
    methods = (("SGD", 3.0), ("SGD", 1e-3))
    wild = outcomes.compute(outcomes.Settings(**(SMALL | {"methods": methods, "steps": 300})))
    states = dict(wild.states)
    assert states["diverged"] >= 150
    assert states["moving"] >= 145
    assert wild.lost_runs == sum(states.values()) <= wild.runs == 300
    assert quotes(Said(outcomes, wild), f"{states['diverged']} diverged", f"{states['moving']} moving")
    drawn(wild, "lecture", "full")


def test_few_steps_have_no_mark_for_the_exercise(drawn):
    short = outcomes.compute(outcomes.Settings(**(SMALL | {"steps": 100})))
    assert "exercise" not in Said(outcomes, short)
    assert not drawn(short, "lecture", "full", render=False).axes[2].texts


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"methods": ()}, "methods"),
        ({"methods": (("Adagrad", 0.1),)}, "methods"),
        ({"methods": (("Adam", 0.0),)}, "methods"),
        ({"starts": 0}, "starts"),
        ({"steps": 5}, "steps"),
        ({"momentum": 1.0}, "momentum"),
        ({"dtype": "float16"}, "dtype"),
        ({"rate": 1}, "rate"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        outcomes.Settings(**given)
