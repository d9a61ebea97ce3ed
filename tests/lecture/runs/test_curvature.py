"""The figure about curvature shows a real run: its pace follows the curvature."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from telling import Said

import landscape as ls
from figures.lecture.runs import curvature
from figures.style.style_sheets import SIZES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"candidates": 30, "steps": 7000}


@pytest.fixture(scope="module")
def result():
    return curvature.compute(curvature.Settings(**SMALL))


@pytest.fixture(scope="module")
def short():
    """A result without a spike and without the decades whose pace is measured."""
    return curvature.compute(curvature.Settings(candidates=8, steps=1000))


def drawn(result, size):
    with style_context("lecture"):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        curvature.draw(result, figure, size)
    return figure


def start_of(result):
    return ls.glorot_starts(NET, result.candidates, rng=np.random.default_rng(result.seed))[result.shown]


def test_curves_are_those_of_the_run_until_its_first_spike(result):
    run = ls.train(NET, start_of(result), ls.Adam(1e-2), 7000)
    np.testing.assert_array_equal(result.adam.loss, run.loss[0, result.adam.step])
    hessian = NET.hessian(run.theta[0, result.spectrum_step])
    np.testing.assert_allclose(result.spectrum[:, -1], np.linalg.norm(hessian, 2, axis=(1, 2)), rtol=1e-9)
    assert result.adam.step[-1] == result.until == result.spectrum_step[-1]
    fallen = np.argmax(run.loss[0] < 1e-24)
    assert run.loss[0, fallen : result.until].max() < 1e-23 < run.loss[0, result.until :].max() * 1e-12


def test_the_curvature_along_its_way_predicts_the_pace_of_gradient_descent(result):
    sgd = result.descent.sgd
    assert sgd.predicted == pytest.approx(sgd.steps, rel=0.01)
    assert sgd.predicted == pytest.approx(-np.log(10) / (2 * np.log(1 - 0.01 * sgd.curvature)), rel=1e-9)
    assert sgd.least == pytest.approx(-np.log(10) / (2 * np.log(1 - 2 * sgd.curvature / sgd.largest)), rel=1e-9)
    assert result.descent.adam_steps < sgd.steps / 5
    inside = (result.descent.loss < 1e-6) & (result.descent.loss > 1e-12)
    step, loss = result.descent.step[inside], np.log10(result.descent.loss[inside])
    assert -np.polyfit(step, loss, 1)[0] == pytest.approx(1 / sgd.steps, rel=0.05)


def test_a_faster_descent_runs_away_at_the_limit_and_needs_that_many_steps_just_below(result):
    adam = ls.train(NET, start_of(result), ls.Adam(1e-2), 1000)
    here = adam.theta[0, np.argmax(adam.loss[0] < 1e-3)]
    losses = ls.train(NET, here, ls.SGD(0.9 * result.descent.sgd.largest_rate), 2000).loss[0]
    high, low = (np.argmax(losses < value) for value in result.decades)
    needed = (low - high) / 6
    assert needed == pytest.approx(result.descent.sgd.least / 0.9, rel=0.1)
    assert ls.train(NET, here, ls.SGD(1.5 * result.descent.sgd.largest_rate), 2000).loss[0, -1] > 1e-6


@pytest.mark.parametrize("size", ["full", "half"])
def test_curves_lie_on_their_axes_and_each_has_a_name(result, size):
    loss, eigenvalues = (figure := drawn(result, size)).axes
    for axes in (loss, eigenvalues):
        low, high = axes.get_ylim()
        for line in axes.lines:
            y = np.asarray(line.get_ydata(), dtype=float)
            assert (y >= low * 0.999).all()
            assert (y <= high).all()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Adam", "gradient descent"]
    named = {text.get_text().partition(":")[0]: text.xy[1] for text in eigenvalues.texts}
    assert named.keys() == {"largest", "smallest", "2 between", "5 flat"}
    ends = [float(line.get_ydata()[-1]) for line in eigenvalues.lines]
    assert set(named.values()) <= set(ends)


def test_a_run_without_a_pace_is_drawn_and_told_too(short, laid_out):
    assert short.descent.sgd is None
    assert laid_out(drawn(short, "full")) > 5
    for size in curvature.SIZES:
        assert "per factor" not in Said(curvature, short, size)
    assert not [text for text in drawn(short, "full").axes[0].texts if text.get_gid() == "pace"]


def test_starts_of_which_none_is_solved_are_refused():
    with pytest.raises(
        ValueError, match="candidates must hold a solved one; got none among 1, use more of them or more steps"
    ):
        curvature.compute(curvature.Settings(candidates=1, steps=1000, seed=0))
