"""The figure on fates draws and says what its runs did, found here from every recorded step."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture import fresh_runs
from figures.lecture.runs import fates
from figures.style.palette import level_styles
from figures.style.style_sheets import style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"starts": 300, "learning_rate": 1e-2, "steps": 1500, "tested": 60, "tests": 3, "copies": 2}
STARTS = ls.numbered_starts(NET, 300, seed=0)


@pytest.fixture(scope="module")
def result():
    return fates.compute(fates.Settings(**SMALL))


@pytest.fixture(scope="module")
def recorded():
    """Return for each run the level of its end and the steps from which its units stay inactive, -1 for active ones."""
    theta = ls.train(NET, STARTS, ls.Adam(1e-2), 1500).theta
    level = ls.assign_levels(NET, theta[:, -1])
    died = np.full((300, 2), -1)
    for i, path in enumerate(theta):
        active = (NET.preactivations(path) > 0).any(axis=1)
        for u in range(2):
            steps = np.flatnonzero(active[:, u])
            if not active[-1, u]:
                died[i, u] = steps[-1] + 1 if steps.size else 0
    return level, died


def test_flows_are_those_of_runs_recorded_at_every_step(result, recorded):
    level, died = recorded
    for step, counts in zip(result.step, result.flows, strict=True):
        dead = ((died >= 0) & (died <= step)).sum(axis=1)
        expected = [[int(((dead == d) & (level == k)).sum()) for k in (0, 1, 2, 3, -1)] for d in range(3)]
        assert counts.tolist() == expected
    complete = (died != 0).all(axis=1)
    later = complete & (died > 0).any(axis=1)
    assert (result.complete.count, result.complete.total) == (complete.sum(), 300)
    assert result.complete_dying.count == later.sum()
    assert result.complete_solved.count == (complete & (level == 0)).sum()
    assert result.complete_stuck.count == (complete & ~later & (level > 0)).sum()


def test_solved_is_the_share_that_outcomes_has(result):
    other = fresh_runs.train(fresh_runs.FreshRuns(starts=300, steps=1500, learning_rate=1e-2))
    assert result.flows[-1].sum(axis=0).tolist() == other.counts.tolist()
    assert result.solved == fresh_runs.ended(other)[0]
    assert result.held == fresh_runs.held(other)
    assert result.held_counts.sum(axis=0).tolist() == other.held_counts.tolist()


@pytest.mark.parametrize("size", ["full", "half"])
def test_bands_are_as_wide_as_their_shares(result, drawn, size):
    axes = drawn(result, "lecture", size, render=False).axes[0]
    with style_context("lecture"):
        looks = list(level_styles(result.levels).values())
    below = np.zeros(len(result.step))
    bands = list(axes.collections[: 3 * len(looks)])
    for dead in range(3):
        for k, look in enumerate(looks):
            band = bands.pop(0)
            assert same_color(band.get_facecolor()[0], look.color)
            share = result.flows[:, dead, k] / 3
            corners = band.get_paths()[0].vertices
            assert corners[:, 1].max() == pytest.approx((below + share).max())
            below = below + share
    assert below == pytest.approx(100)
    words = [text.get_text() for text in axes.texts]
    first, last = result.flows[0].sum(axis=1) / 3, result.flows[-1].sum(axis=1) / 3
    assert words == [rf"{d} dead: {first[d]:.0f}$\,\to\,${last[d]:.0f} %" for d in range(3)]


def test_examples_are_what_they_are_said_to_be(result, drawn, recorded):
    level, died = recorded
    solved, dying, late = result.shown
    assert level[solved] == 0
    assert died[dying].max() == result.shown_died[1] > 0
    assert (died[list(result.shown)] != 0).all()
    (rng,) = np.random.default_rng(0).spawn(1)
    found = ls.decisions(NET, STARTS[:60], ls.Adam(1e-2), 1500, at=result.test_step, sigma=0.1, copies=2, rng=rng)
    assert result.shown_decided.tolist() == found.decided[list(result.shown)].tolist()
    assert level[late] > 0
    assert (died[late] == -1).all()
    stuck = [i for i in range(60) if (died[i] == -1).all() and level[i] > 0]
    assert found.decided[late] == found.decided[stuck].max()
    axes = drawn(result, "lecture", "full", render=False).axes[1]
    lines = [line for line in axes.lines if line.get_linestyle() != "None" and len(line.get_xdata()) > 2]
    for line, i in zip(lines, result.shown, strict=True):
        expected = ls.train(NET, STARTS[i], ls.Adam(1e-2), 1500).loss[0, result.shown_step]
        assert line.get_ydata() == pytest.approx(expected)
    crosses = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "X"]
    assert crosses == [max(0.5, step) for step in result.shown_died if step >= 0]


def test_decided_shares_grow_and_hardly_ever_mislead(result):
    for shares, wrong in zip(result.decided, result.wrong, strict=True):
        counts = [share.count for share in shares]
        assert counts == sorted(counts)
        assert wrong.total == counts[-1]
    assert result.decided[0][0].count >= result.decided[1][0].count
    assert (np.diff(result.proven) >= 0).all()
    assert result.proven[-1] >= result.proven_dead.count


def test_texts_quote_the_result(result):
    text = Said(fates, result)
    assert quotes(text, f"{result.none_dead} of all", str(result.complete))
    assert quotes(text, "solved", str(result.complete_solved))
    assert quotes(text, f"all {result.copies} copies", result.tested)
    for sigma, shares, wrong in zip(result.sigmas, result.decided, result.wrong, strict=True):
        assert quotes(text, f"= {sigma:g}", str(shares[0]), str(wrong))
    assert f"a unit dies at step {result.shown_died[1]}" in text
    assert "a unit dies at step" not in Said(fates, result, "half")


def test_a_result_without_examples_is_drawn(result, drawn):
    nothing = {"shown": (), "shown_level": np.zeros(0, int), "shown_died": np.zeros(0, int), "death_steps": ()}
    empty = {"shown_decided": np.zeros(0, int), "shown_loss": np.zeros((0, result.shown_step.size))}
    bare = ls.Bundle(**{**result, **nothing, **empty})
    drawn(bare, "lecture", "full", render=False)
    text = Said(fates, bare)
    assert "The runs shown" not in text
    assert "half of them" not in text
