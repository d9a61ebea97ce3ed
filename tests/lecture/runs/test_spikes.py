"""The figure about late spikes shows a real run, whose spikes follow the limit."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.runs import spikes
from figures.lecture.runs.curvature_run import DTYPES
from figures.style.style_sheets import SIZES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"candidates": 30, "steps": 7000}


@pytest.fixture(scope="module")
def result():
    return spikes.compute(spikes.Settings(**SMALL))


@pytest.fixture(scope="module")
def short():
    """A result without a spike."""
    return spikes.compute(spikes.Settings(candidates=8, steps=1000))


def drawn(result, size):
    with style_context("lecture"):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        spikes.draw(result, figure, size)
    return figure


def start_of(result):
    return ls.glorot_starts(NET, result.candidates, rng=np.random.default_rng(result.seed))[result.shown]


def leaps(loss):
    """Whether a loss that has come below 1e-18 comes back above 1e-11: another rule than that of the spikes."""
    low = np.flatnonzero(loss < 1e-18)
    return bool(low.size) and loss[low[0] :].max() > 1e-11


def test_the_run_shown_is_the_first_that_is_solved_and_spikes(result):
    starts = ls.glorot_starts(NET, 30, rng=np.random.default_rng(0))
    losses = ls.train(NET, starts, ls.Adam(1e-2), 7000).loss
    assert result.solved == (losses.min(axis=1) < 1e-8).sum()
    found = [leaps(loss) for loss in losses]
    assert result.spiking.count == sum(found) > 0
    assert result.shown == found.index(True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_curves_are_those_of_the_run(result, dtype):
    run = ls.train(NET, start_of(result), ls.Adam(1e-2), 7000, dtype=dtype)
    np.testing.assert_array_equal(result[dtype].loss, run.loss[0, result[dtype].step].astype(np.float64))


def test_spikes_come_after_the_limit_has_been_passed(result):
    run, spike = result.float64, result.spike
    assert result.limit == pytest.approx(3800)
    assert run.peak.size > 0
    assert (run.crossing > 0).all()
    assert (run.crossing < run.peak).all()
    before = run.step < run.crossing[0]
    assert (run.share[before] <= 1).all()
    assert spike.over[(spike.step >= run.crossing[0]) & (spike.step < run.peak[0])].mean() > 0.8
    climbed = np.log10(np.interp(spike.climb_step, spike.step, spike.loss))
    late = climbed > climbed.min() + 3  # out of the noise
    np.testing.assert_allclose(np.diff(np.log10(spike.climb)[late]).sum(), np.diff(climbed[late]).sum(), rtol=0.2)


def test_float32_stops_before_the_limit_is_passed(result):
    path = ls.train(NET, start_of(result), ls.Adam(1e-2), 7000, dtype="float32")
    over = result.float32.over_from
    still = int(np.flatnonzero((path.theta[0] != path.theta[0, -1]).any(axis=1))[-1]) + 1
    assert result.float32.zero_from < still < over
    assert result.stops_early
    assert (path.loss[0, result.float32.zero_from :] == 0).all()
    assert quotes(Said(spikes, result), "float32", "no parameter moves any more", over)


def test_both_stories_are_those_of_keras_itself(result):
    """TensorFlow may round differently on another processor, above all in float32, so steps are not compared."""
    from landscape.keras.reference_training import train_with_keras

    start, adam = start_of(result), ls.Adam(1e-2)
    double = train_with_keras(start, adam, 7000, record_every=50)
    assert leaps(double.loss[0])
    single = train_with_keras(start, adam, 7000, record_every=50, dtype="float32")
    last = single.step > result.float32.over_from
    assert (single.loss[0, last] == 0).all()
    assert (single.theta[0, last] == single.theta[0, -1]).all()


@pytest.mark.parametrize("size", ["full", "half"])
def test_curves_lie_on_their_axes(result, size):
    figure = drawn(result, size)
    for axes in figure.axes:
        low, high = axes.get_ylim()
        for line in axes.lines:
            y = np.asarray(line.get_ydata(), dtype=float)
            assert (y >= low * 0.999).all()
            assert (y <= high).all()
    assert figure.axes[0].get_title() == "Loss"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Adam, float64", "Adam, float32"]


@pytest.mark.parametrize("size", ["full", "half"])
def test_a_run_without_a_spike_is_drawn_and_told_too(short, size, laid_out):
    assert short.spike is None
    assert laid_out(drawn(short, size)) > 5
    text = Said(spikes, short, size)
    assert quotes(text, "no spike")
    assert "passes" not in text + spikes.alt_text(short, size)
