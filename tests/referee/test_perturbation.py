"""The claims of the figure "perturbation": the same and other starts about the textbook weights, trained in numpy."""

from functools import lru_cache

import numpy as np
import pytest
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure

pytestmark = pytest.mark.heavy

FEW, OTHERS = 50, 150


def stated_starts(said):
    """The figure's starts: one random stream for each sigma, in ascending order, and the first Keras-default ones."""
    sigmas = said.result.sigmas
    assert len(sigmas) == said["sigma_count"]
    streams = np.random.default_rng(said["seed"]).spawn(len(sigmas))
    near = [rt.TEXTBOOK + s * r.standard_normal((said["per_sigma"], 9)) for s, r in zip(sigmas, streams, strict=True)]
    return np.array(near), rt.numbered(said["random_starts"], said["seed"])


@lru_cache
def runs():
    """What the caption says about few starts; starts, ends and levels of own runs, and levels of the random ones."""
    said = figure("perturbation", runs=FEW, starts=3 * FEW)
    near, random = stated_starts(said)
    end = rt.train(near.reshape(-1, 9), rt.Adam(), said["steps"])
    random_level = plateaus.level_of(rt.train(random, rt.Adam(), said["random_steps"]))
    return said, near, end.reshape(near.shape), plateaus.level_of(end).reshape(near.shape[:2]), random_level


def test_counts_of_the_same_starts():
    said, _, _, level, random_level = runs()
    for ours, row in zip([*said.result.counts, said.result.random_counts], [*level, random_level], strict=True):
        own = np.bincount(np.where(row < 0, 4, row), minlength=5)
        assert np.abs(own - ours).sum() <= 2  # at most one run that is on another side of a tolerance
    lost = (level < 0).sum()
    assert abs(said.result.counts[:, -1].sum() - lost) <= 2
    assert said.result.lost_runs == said.result.counts[:, -1].sum()


def test_small_perturbations_are_practically_always_solved():
    said, _, _, level, _ = runs()
    for ours, row, sigma in zip(said.result.solved, level, said.result.sigmas, strict=True):
        assert ours.fraction == pytest.approx((row == 0).mean(), abs=1.01 / FEW)
        if sigma <= 0.1:
            assert ours.fraction >= 0.99


@lru_cache
def distances():
    """The ratio of median distances by sigma, and the distances of the ends."""
    _, start, end, level, _ = runs()
    before, after = (np.linalg.norm(t - rt.TEXTBOOK, axis=2) for t in (start, end))
    ratios = [np.median(b[on == 0]) / np.median(a[on == 0]) for a, b, on in zip(before, after, level, strict=True)]
    return np.array(ratios), after


def test_solved_runs_do_not_return():
    """The smaller ratio of medians, and the nearest end of all runs."""
    said, *_ = runs()
    ratios, after = distances()
    assert said["median_ratio[0]"] == pytest.approx(ratios.min(), rel=0.03)
    assert said["nearest_end"] == pytest.approx(after.min(), rel=0.3)
    assert ratios.min() > 0.5


def test_none_of_other_runs_ends_nearer_by_far():
    """Refutation: own starts with the smallest sigma, where ends are nearest; none at a tenth of that distance."""
    said = figure("perturbation")
    sigma = said.result.sigmas[0]
    start = rt.TEXTBOOK + sigma * np.random.default_rng(5).standard_normal((150, 9))
    end = rt.train(start, rt.Adam(), said["steps"])
    assert plateaus.level_of(end).max() == 0
    assert np.linalg.norm(end - rt.TEXTBOOK, axis=1).min() > 0.1 * said["nearest_end"]


def test_shares_of_other_starts_agree():
    said, rng = figure("perturbation"), np.random.default_rng(99)
    quoted = [i for i in range(said["sigma_count"]) if f"solved[{i}].fraction" in said]
    starts = [rt.TEXTBOOK + said[f"sigmas[{i}]"] * rng.standard_normal((OTHERS, 9)) for i in quoted]
    level = plateaus.level_of(rt.train(np.concatenate([*starts, rt.glorot(OTHERS, rng)]), rt.Adam(), said["steps"]))
    for i, row in zip([*quoted, None], level.reshape(-1, OTHERS), strict=True):
        of, runs_there = ("random_solved", "random_starts") if i is None else (f"solved[{i}]", "per_sigma")
        fraction, low, high = said.share(of)
        assert (low, high) == pytest.approx(rt.wilson(round(fraction * said[runs_there]), said[runs_there]))
        own = (row == 0).sum()
        assert abs(rt.two_sample_z(fraction * said[runs_there], said[runs_there], own, OTHERS)) < 4


def test_runs_on_no_level_are_few_and_get_to_one():
    """Refutation of "the others are stuck at 1/8, 1/6 or 1/4": what is on no level is followed until it is on one."""
    said, _, end, level, _ = runs()
    whole = figure("perturbation")
    assert whole["lost_runs"] < 0.005 * whole["runs"]
    assert whole["lost_runs"] == sum(whole[f"lost[{i}][1]"] for i in range(len(whole.result.lost)))
    lost = end[level < 0]
    for _ in range(4):
        if not len(lost):
            break
        lost = rt.train(lost, rt.Adam(), said["steps"])
        lost = lost[plateaus.level_of(lost) < 0]
    assert not len(lost)
