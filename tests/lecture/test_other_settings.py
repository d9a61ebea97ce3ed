"""Texts and pictures follow the numbers, also with settings other than the defaults."""

import re
import warnings

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from telling import Said

from figures.lecture import lecture_figure
from figures.style.style_sheets import SIZES, style_context

pytestmark = pytest.mark.slow

DEAD = (0.0,) * 9
FAST = ("Adam", 0.1), ("SGD", 0.5)
TINY = {"others": 1, "other_resolution": 4, "points": 11, "resolution": 11}
SPARSE = {"frames": 3, "grid": 11, "points": 11}
OTHER = {
    "network": [{"theta": DEAD, "points": 11}, {"theta": (1, -1, -1, 1, 0, 0, 1, 1, 0), "points": 11}],
    "directions": [
        {"points": 21, "seeds": (3,), "slices": ("joint",), "ceiling": 5.0},
        {"points": 21, "orthogonal": True, "slices": ("copy", "separate"), "kinks": False},
    ],
    "seeds": [
        {"planes": 20, "grid": 11, "points": 21, "rows": 1, "columns": 1},
        {"planes": 20, "grid": 11, "points": 21, "directions": "random", "ceiling": 3.0, "columns": 5},
    ],
    "leaving": [
        {"steps": 2500, "offset": 1e-2},
        {"steps": 2500, "offset": 1e-3},
        {"steps": 1000, "offset": 0.1},
        {"steps": 1000, "offset": 0},
    ],
    "trajectories": [
        {"steps": 300, "grid": 21, "sigmas": (1e-3,), "runs": 1},
        {"steps": 2000, "grid": 21, "sigmas": (0.01, 3.0), "learning_rate": 0.1},
    ],
    "perturbation": [
        {"sigmas": (0.01, 0.02), "runs": 20, "starts": 20, "steps": 3000},
        {"sigmas": (5.0, 10.0), "runs": 20, "starts": 20, "steps": 300},
    ],
    "traps": [{"starts": 1, "steps": 2000, "points": 11}, {"starts": 20, "steps": 3, "points": 11}],
    "outcomes": [
        {"starts": 50, "steps": 200, "methods": FAST},
        {"starts": 50, "steps": 400, "methods": FAST[1:], "curves": 1, "epochs": 20},
    ],
    "basins": [{**TINY, "steps": 300}, {**TINY, "steps": 2000, "half_width": 0.05, "seed": 1}],
    "curvature": [{"candidates": 8, "steps": 1000}, {"candidates": 10, "steps": 3000, "learning_rate": 0.05}],
    "spikes": [{"candidates": 8, "steps": 1000}, {"candidates": 10, "steps": 3000, "learning_rate": 0.05}],
    "remedies": [{"starts": 20, "steps": 100}, {"starts": 30, "steps": 500, "limit": 0.3}],
    "story": [
        {**SPARSE, "steps": 100},
        {**SPARSE, "steps": 1500, "candidates": 1, "ceiling": 0.1, "kinks": False, "seed": 7},
    ],
}
"""Two or more settings of each figure, far from the defaults and computed in a moment."""

CASES = [(name, k) for name, settings in OTHER.items() for k in range(len(settings))]
RESULTS = {}


def result_of(name, k):
    """Return the module of the figure and its result under its k-th settings."""
    module = lecture_figure(name)
    if (name, k) not in RESULTS:
        RESULTS[name, k] = module.compute(module.Settings(**OTHER[name][k]))
    return module, RESULTS[name, k]


def texts_of(name, k):
    module, result = result_of(name, k)
    return [text for size in module.SIZES for text in (Said(module, result, size), module.alt_text(result, size))]


def drawn(name, k, size="full"):
    module, result = result_of(name, k)
    with style_context("lecture"):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        module.draw(result, figure, size)
    return figure


@pytest.mark.parametrize(("name", "k"), CASES)
def test_no_sentence_contradicts_its_numbers(name, k):
    for text in texts_of(name, k):
        for factor in re.findall(r"(?:by|most) ([\d.]+(?:e[+-]?\d+)?)(?= times| and the|,)", text):
            assert not 0.5 < float(factor) < 2 or "multiplies" not in text, text
        assert not re.search(r"\b(?:All|all) 0 ", text), text
        assert not re.search(r"(?<![\d.,/-])1 (?:runs|planes|maps|curves|paths|small contour maps)\b", text), text
        assert not re.search(r" in 0 of the \d+ unsolved", text), text
        assert not re.search(r"(?<!at )\b(\d+) to \1 %", text), text
        assert "  " not in text


@pytest.mark.parametrize("name", OTHER)
def test_other_settings_draw_without_a_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(len(OTHER[name])):
            drawn(name, k, ("full", "half")[k % 2])


def test_a_first_step_that_changes_little_is_told_in_percent():
    far, near = (result_of("leaving", k)[1].float64 for k in (0, 1))
    assert 1 < far.loss_factor < 1.01
    assert 1 < far.first_factor < 1.01
    said, of_near = texts_of("leaving", 0)[0], texts_of("leaving", 1)[0]
    assert f"changes the loss by {100 * (far.loss_factor - 1):+.2g} %" in said
    assert f"at most {100 * (far.peak_factor - 1):.2g} % more than at the start (step {far.peak_step})" in said
    assert f"multiplies the loss by {near.loss_factor:.0f}" in of_near
    assert f"changes the distance to the textbook weights by {100 * (near.first_factor - 1):+.2g} %" in of_near
    notes = [text.get_text() for axes in drawn("leaving", 0).axes for text in axes.texts]
    assert notes[0] == f"{100 * (far.loss_factor - 1):+.2g} % in one step"
    assert not [note for note in notes if note.startswith(r"$\times$ 1 ")]


def test_a_distance_that_only_falls_has_no_peak():
    run = result_of("leaving", 2)[1].float64
    assert run.peak_step == 0
    assert "that distance is never longer than at the start" in texts_of("leaving", 2)[0]
    assert not [t for axes in drawn("leaving", 2).axes for t in axes.texts if "at step" in t.get_text()]


def test_spikes_in_float32_are_told_and_labelled():
    result = result_of("leaving", 0)[1]
    assert result.float32.spike is not None
    assert result.float32.spike > 1e6 * result.float32.loss.min()
    assert f"to at most {result.float32.spike:.1g} at step {result.float32.spike_step}" in texts_of("leaving", 0)[0]
    upper = drawn("leaving", 0).axes[:2]
    assert all("spikes" in [text.get_text() for text in axes.texts] for axes in upper)


def test_a_start_at_the_optimum_itself_stays_and_its_neighbours_leave():
    module, result = result_of("leaving", 3)
    assert result.stays
    assert not result.float64.loss.any()
    assert not result.float32.to_textbook.any()
    text = Said(module, result)
    assert "no step changes anything" in text
    assert f"{result.spread.end_distance[1]:.2g} from the textbook weights" in text
    assert result.spread.end_distance[1] > result.learning_rate
    assert (
        f"Of 32 float64 runs from starts that differ from it in the last bit (bands) {result.spread.left} leave" in text
    )
    assert "multiplies" not in text


@pytest.mark.parametrize("offset", [1e-16, 9e-16])
def test_an_offset_lost_in_rounding_is_refused(offset):
    leaving = lecture_figure("leaving")
    with pytest.raises(ValueError, match="must be 0 or at least 1e-15, since less is lost in rounding"):
        leaving.Settings(offset=offset)


def test_a_network_without_lines_is_not_said_to_have_any():
    caption, alt, *_ = texts_of("network", 0)
    assert "line" not in caption
    assert "boundary" not in caption
    assert "no decision line" in alt


def test_a_level_that_is_not_reached_is_not_said_to_be_drawn():
    caption = texts_of("basins", 1)[0]
    assert result_of("basins", 1)[1].highest < 1 / 4
    assert "dotted" not in caption
    assert "stuck runs" not in caption
    assert "dotted" not in drawn("basins", 1).axes[0].get_title()
    assert "no level of local minima is in view" in texts_of("story", 1)[0]


def test_methods_without_adam_have_no_spikes_of_adam():
    assert "spike of Adam" in texts_of("outcomes", 0)[0]
    assert "spike of Adam" not in texts_of("outcomes", 1)[0]
