"""The figure about leaving the optimum shows what Adam, and so Keras, does."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.runs import leaving
from figures.style.style_sheets import SIZES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()


@pytest.fixture(scope="module")
def result():
    return leaving.compute(leaving.Settings(steps=3000))


def drawn(result, size):
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    leaving.draw(result, figure, size)
    return figure


@pytest.mark.parametrize("dtype", leaving.DTYPES)
def test_adam_leaves_first(result, dtype):
    run = result[dtype]
    assert run.loss_factor > 1e4
    assert 60 < run.first_factor < 80
    assert 100 < run.peak_factor < 600
    assert run.to_zero[run.step > 600].min() < 1e-7
    assert (run.to_zero <= run.to_textbook * (1 + 1e-9)).all(), "the textbook point is a zero itself"


def test_the_first_step_is_what_adams_formula_says(result):
    start, adam = xor.offset_start(result.offset), ls.Adam()
    g = NET.gradient(start)
    after = start - adam.learning_rate * g / (np.abs(g) + adam.epsilon / np.sqrt(1 - adam.beta_2))
    expected = np.linalg.norm(after - xor.TEXTBOOK) / np.linalg.norm(start - xor.TEXTBOOK)
    assert result.float64.first_factor == pytest.approx(expected, rel=1e-4)


def test_float32_freezes_at_exactly_zero_and_float64_spikes(result):
    assert result.float32.zero_from < 1000
    assert result.float32.loss[-1] == 0
    assert result.float64.zero_from is None
    assert result.float64.spike > result.float64.loss[0]


def test_what_rounding_decides_is_shown_as_a_band(result):
    """By training variants one at a time; bands hold all of them at every step, and the caption their extremes."""
    spread = result.spread
    towards = np.random.default_rng(0).choice([-np.inf, np.inf], size=(32, 9))
    starts = np.nextafter(xor.offset_start(result.offset), towards)
    assert (np.abs(starts - xor.offset_start(result.offset)) <= 2.0**-52).all()
    ends, highest = [], []
    for start in starts[::8]:
        run = ls.train(NET, start, ls.Adam(), 3000)
        away = np.linalg.norm(run.theta[0] - xor.TEXTBOOK, axis=1)
        ends.append(away[-1])
        after = run.loss[0, 150:]
        highest.append(after[np.flatnonzero(after < 1e-20)[0] :].max())
        for low, high, values in (("loss_low", "loss_high", run.loss[0]), ("distance_low", "distance_high", away)):
            assert (spread[low] <= values[spread.step]).all()
            assert (spread[high] >= values[spread.step]).all()
    assert spread.end_distance[0] <= min(ends) <= max(ends) <= spread.end_distance[1]
    assert spread.highest[0] <= min(highest) <= max(highest) <= spread.highest[1]
    assert quotes(Said(leaving, result), "32 float64 runs", f"{spread.highest[1]:.1g}", f"{spread.end_distance[1]:.2g}")


def test_the_settled_point_is_another_zero_a_few_learning_rates_away(result):
    assert 1 < result.float32.end_distance / result.learning_rate < 10


SWINGS = {"steps": 1000}
FAR = {"offset": 1, "learning_rate": 0.5, "steps": 600}
TINY = {"offset": 1e-15, "steps": 1000}


@pytest.mark.parametrize("settings", [SWINGS, FAR, TINY])
@pytest.mark.parametrize("size", ["full", "half"])
def test_nothing_is_said_to_spike_that_only_swings_or_climbs_at_first(settings, size):
    result = leaving.compute(leaving.Settings(**settings))
    assert result.float64.spike is None
    texts = Said(leaving, result, size) + leaving.alt_text(result, size)
    assert "spike" not in texts
    assert "climbs" not in texts
    with style_context("lecture"):
        figure = drawn(result, size)
    assert "spikes" not in [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_caption_says_what_was_measured_and_no_more():
    far = leaving.compute(leaving.Settings(**FAR))
    factor = far.float64.loss[1] / far.float64.loss[0]
    assert factor < 1, "this first step lowers the loss"
    assert quotes(Said(leaving, far), "first step", "changes the loss by", f"{100 * (factor - 1):+.2g} %")
    assert "jumps" not in leaving.alt_text(far)
    assert ("another zero" in Said(leaving, far, "half")) == (
        far.float64.nearest_zero < 1e-3 * far.float64.textbook_then
    )
    tiny = leaving.compute(leaving.Settings(**TINY))
    assert tiny.float64.first_move < 1e-3 * tiny.learning_rate, "epsilon outweighs such a gradient"
    assert quotes(Said(leaving, tiny), "learning rates", f"{tiny.float64.first_move / tiny.learning_rate:.2g}")


def test_the_spike_is_the_same_in_figure_and_caption(result):
    run = result.float64
    late = np.where(run.step > 700, run.loss, 0)
    assert (run.spike, run.spike_step) == (late.max(), run.step[late.argmax()])
    assert quotes(Said(leaving, result), "spikes", f"{run.spike:.1g}", run.spike_step)
    with style_context("lecture"):
        figure = drawn(result, "half")
    assert "spikes" in [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_spike_is_the_highest_by_the_rule_that_landscape_has(result):
    loss = ls.train(NET, xor.offset_start(result.offset), ls.Adam(result.learning_rate), result.steps).loss[0]
    peaks = ls.spikes(loss, NET.loss(np.zeros(9)) * np.finfo(float).eps ** 2, result.spike_decades)
    assert result.float64.spike_step == peaks[loss[peaks].argmax()]


def test_float32_is_told_to_round_to_its_targets_and_to_stand_still(result):
    run, text = result.float32, Said(leaving, result)
    assert 0 < run.to_zero[-1] < np.finfo(np.float32).eps
    assert quotes(text, "float32", "exactly 0", run.zero_from)
    spacing = np.finfo(np.float32).eps
    assert quotes(text, "float32", f"{run.to_zero[-1]:.1g}", f"{spacing:.1g}", "round", "targets")
    assert "$" not in text


def test_values_below_the_axis_are_drawn_on_it(result):
    with style_context("lecture"):
        figure = drawn(result, "full")
    for axes in figure.axes:
        low = axes.get_ylim()[0]
        for line in axes.lines:
            assert np.min(line.get_ydata()) >= low
    assert [axes.get_title() for axes in figure.axes[:2]] == list(leaving.DTYPES)
