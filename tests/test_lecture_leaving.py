"""The figure about leaving the optimum shows what Adam, and so Keras, does."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import landscape as ls
from figures.lecture import leaving
from figures.look import SIZES, style_context
from landscape import xor

NET = xor.network()


@pytest.fixture(scope="module")
def result():
    return leaving.compute(leaving.Settings(steps=3000))


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
    assert result.float64.later_peak > result.float64.loss[0]


def test_the_settled_point_is_another_zero_a_few_learning_rates_away(result):
    assert 1 < result.float32.end_distance / result.learning_rate < 10


def test_caption_follows_the_settings():
    result = leaving.compute(leaving.Settings(offset=1e-2, steps=300))
    text = leaving.caption(result)
    assert "with 0.01 added" in text
    assert f"{result.float64.first_factor:.0f} (float64)" in text
    assert "exactly 0" not in text.split("Values below")[0]


def test_values_below_the_axis_are_drawn_on_it(result):
    with style_context("lecture"):
        figure = Figure(figsize=SIZES["full"])
        FigureCanvasAgg(figure)
        leaving.draw(result, figure, "full")
    for axes in figure.axes:
        low = axes.get_ylim()[0]
        for line in axes.lines:
            assert np.min(line.get_ydata()) >= low
    assert [axes.get_title() for axes in figure.axes[:2]] == list(leaving.DTYPES)
