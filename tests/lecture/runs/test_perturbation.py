"""The share of solved runs and the distance they keep, as counted without the figure."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.runs import perturbation
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

SMALL = {"sigmas": (0.05, 1.0), "runs": 60, "starts": 80, "steps": 6000, "perturbed_steps": 6000, "learning_rate": 5e-3}
NET = xor.network()


@pytest.fixture(scope="module")
def result():
    return perturbation.compute(perturbation.Settings(**SMALL))


def test_counts_are_those_of_single_trainings(result):
    streams = np.random.default_rng(0).spawn(2)
    starts = [ls.perturbed_starts(xor.TEXTBOOK, s, 60, rng=r) for s, r in zip((0.05, 1.0), streams, strict=True)]
    starts.append(ls.numbered_starts(NET, 80, seed=0))
    values = [float(level.value) for level in ls.stationary_levels(NET)]
    counted = [*result.counts, result.random_counts]
    for i, start in enumerate(starts):
        run = ls.train(NET, start, ls.Adam(5e-3), 6000, record_every=1000)
        # By the loss alone, another road than the level's: within 1e-4 of a value after so many steps.
        near = np.abs(run.loss[:, -1, None] - values) < 1e-4
        assert near.sum(axis=1).max() == 1
        np.testing.assert_allclose(counted[i], [*near.sum(axis=0), (~near.any(axis=1)).sum()])
        if i < 2:
            solved = near[:, 0]
            away = np.sqrt(np.sum((run.end - xor.TEXTBOOK) ** 2, axis=1))[solved]
            assert result.end_distance[i, 1] == pytest.approx(np.median(away), rel=1e-12)
            assert result.end_distance[i, 2] == pytest.approx(np.quantile(away, 0.9), rel=1e-12)
            before = np.linalg.norm(start - xor.TEXTBOOK, axis=1)[solved]
            assert result.start_distance[i, 1] == pytest.approx(np.median(before), rel=1e-12)
    assert (result.counts.sum(axis=1) == 60).all()
    assert result.random_counts.sum() == 80


def test_a_small_step_away_is_safe_and_a_large_one_is_not(result):
    solved = result.counts[:, 0]
    assert solved[0] >= 58
    assert solved[1] <= 40
    assert 0.5 < result.end_distance[0, 1] / result.start_distance[0, 1] < 1
    assert result.nearest_end > 1e-3


def test_rates_of_the_lecture():
    """The rates that other programs found: about 1, 0.998, 0.8 and 0.4, each within four standard errors."""
    assert perturbation.Settings().runs >= 4000
    found = perturbation.compute(perturbation.Settings())
    share = dict(zip(found.sigmas.tolist(), found.counts[:, 0] / found.per_sigma, strict=True))
    assert min(share[s] for s in (0.001, 0.01, 0.1)) >= 0.995
    assert share[0.2] == pytest.approx(0.998, abs=0.003)
    assert share[0.5] == pytest.approx(0.8, abs=0.026)
    assert share[1.0] == pytest.approx(0.4, abs=0.031)
    assert found.random_counts[0] / found.random_starts == pytest.approx(0.213, abs=0.012)
    assert found.counts[:, -1].sum() < 0.002 * found.counts.sum()


def test_artists_show_the_result(result, drawn):
    left, right = drawn(result, "lecture", "full").axes
    lines = {line.get_label(): line for line in left.lines}
    with style_context("lecture"):
        looks = level_styles(result.levels)
    np.testing.assert_allclose(lines["solved"].get_ydata(), 100 * result.counts[:, 0] / 60)
    assert same_color(lines["solved"].get_color(), looks[result.levels[0]].color)
    np.testing.assert_allclose(lines["on no level"].get_ydata(), 100 * result.counts[:, -1] / 60)
    share = lines["Keras-default start"].get_ydata()
    np.testing.assert_allclose(share, 100 * result.random_counts[0] / 80)
    band = left.collections[0].get_paths()[0].vertices
    interval = binomtest(int(result.counts[1, 0]), 60).proportion_ci(method="wilson")
    at_one = band[band[:, 0] == 1.0][:, 1]
    assert (at_one.min(), at_one.max()) == pytest.approx((100 * interval.low, 100 * interval.high))
    span = left.patches[0].get_extents().transformed(left.transData.inverted())
    interval = binomtest(int(result.random_counts[0]), 80).proportion_ci(method="wilson")
    assert (span.y0, span.y1) == pytest.approx((100 * interval.low, 100 * interval.high))
    assert (left.get_xscale(), right.get_xscale(), right.get_yscale()) == ("log", "log", "log")
    distances = {line.get_label(): line.get_ydata() for line in right.lines}
    np.testing.assert_array_equal(distances["at the end, median"], result.end_distance[:, 1])
    np.testing.assert_array_equal(distances["at the start, median"], result.start_distance[:, 1])


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", perturbation.SIZES)
def test_layout(result, drawn, style, size):
    figure = drawn(result, style, size)
    assert len(figure.axes) == (2 if size == "full" else 1)


def test_caption_quotes_the_result(result):
    text = Said(perturbation, result)
    k = int(result.counts[1, 0])
    ci = binomtest(k, 60).proportion_ci(method="wilson")
    assert quotes(text, "sigma 1", listed=[f"{100 * k / 60:.1f} %", f"{100 * ci.low:.1f}", f"{100 * ci.high:.1f}"])
    assert quotes(text, 60, "2 sigmas", "seed 0", "float64", "6000 steps", "0.005")
    assert quotes(text, 80, "Keras-default")
    assert quotes(text, "middle", "80 %")
    assert quotes(text, f"{result.counts[:, -1].sum()} of 120", "crosses")
    other = perturbation.compute(perturbation.Settings(**(SMALL | {"seed": 3, "runs": 20, "spread": 0.5})))
    text = Said(perturbation, other)
    assert quotes(text, 20, "2 sigmas", "seed 3")
    assert quotes(text, "middle", "50 %")
    shares = [f"{100 * count / 20:.0f} %" for count in other.counts[:, 0]]
    assert quotes(perturbation.alt_text(other), "sigma", "0.05", 1, listed=shares)


def test_runs_that_have_not_arrived_are_shown_as_such(drawn):
    early = perturbation.compute(perturbation.Settings(sigmas=(6.0, 5.0), runs=40, starts=10, perturbed_steps=1))
    assert early.sigmas.tolist() == [5.0, 6.0]
    assert early.counts[:, 0].tolist() == [0, 0]
    assert early.counts[:, -1].sum() > 50
    assert early.lost == (("moving", early.counts[:, -1].sum()),)
    lost, text = early.counts[:, -1].sum(), Said(perturbation, early)
    assert quotes(text, f"{lost} of 80", "crosses", f"{lost} moving")
    assert np.isnan(early.end_distance).all()
    assert quotes(text, "sigma 6", listed=["0.0 %", "0.0", "8.8"])
    assert quotes(text, "no run", "solved")
    assert quotes(perturbation.alt_text(early), "no run", "solved")
    right = drawn(early, "lecture", "full").axes[1]
    assert [t.get_text() for t in right.texts] == ["no run is solved"]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"sigmas": (1.0,)}, "sigmas"),
        ({"sigmas": (0.0, 1.0)}, "sigmas"),
        ({"starts": 0}, "starts"),
        ({"steps": 0}, "steps"),
        ({"spread": 1.0}, "spread"),
        ({"sigma": 1.0}, "sigma"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        perturbation.Settings(**given)
