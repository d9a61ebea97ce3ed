"""The claims of the figure "leaving": the first steps by formula, the runs in numpy and, in float32, in Keras."""

from functools import lru_cache

import numpy as np
import pytest
import referee_keras as rk
import referee_training as rt
from referee_captions import figure

pytestmark = pytest.mark.heavy


def offset_start(said):
    """The textbook weights with the stated offset added to W1, b1 and W2, not to b2."""
    start = rt.TEXTBOOK.copy()
    start[:8] += said["offset"]
    return start


@lru_cache
def run():
    """What the caption says, and parameters and losses of the referee's run in float64 after every step."""
    said = figure("leaving")
    recorder = rt.Recorder()
    rt.train(offset_start(said)[None], rt.Adam(said.result.learning_rate), said["steps"], watch=recorder)
    return said, recorder.theta[:, 0], recorder.loss[:, 0]


@lru_cache
def keras32():
    """The same in Keras, every layer, the loss and the optimizer in float32."""
    said = figure("leaving")
    adam = lambda: rk.keras.optimizers.Adam(said.result.learning_rate)  # noqa: E731
    theta, loss = rk.train(offset_start(said)[None], adam, said["steps"], every=1, dtype="float32")
    return said, theta[:, 0], loss[:, 0]


def times(text):
    """Read a number such as 3.1 x 10^5 in superscripts."""
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    mantissa, _, power = text.partition(" \N{MULTIPLICATION SIGN} 10")
    return float(mantissa) * 10.0 ** int(power.translate(digits) or 0)


def test_the_first_step_by_formula():
    """m and v hold one gradient, so the step is lr g / (|g| + epsilon / sqrt(1 - beta_2)) in every coordinate."""
    said, *_ = run()
    start, rate = offset_start(said), said.result.learning_rate
    g = rt.gradient(start)
    assert said["first_gradient"] == pytest.approx(np.abs(g).max())
    step = rate * g / (np.abs(g) + 1e-7 / np.sqrt(1 - 0.999))
    assert said["float64.first_rates"] == pytest.approx(np.abs(step).max() / rate, rel=1e-4)
    assert f"loss by {said.result.float64.loss_times}" in said.caption
    assert times(said.result.float64.loss_times) == pytest.approx(rt.loss(start - step) / rt.loss(start), rel=0.02)
    away = np.linalg.norm([start - step - rt.TEXTBOOK, start - rt.TEXTBOOK], axis=1)
    assert times(said.result.float64.first_times) == pytest.approx(away[0] / away[1], rel=0.01)


def test_the_gradient_at_the_start_by_differences():
    said, *_ = run()
    start, h = offset_start(said), 1e-9
    slopes = [(rt.loss(start + h * e) - rt.loss(start - h * e)) / (2 * h) for e in np.eye(9)]
    assert np.abs(slopes).max() == pytest.approx(said["first_gradient"], rel=1e-3)


def test_the_first_peak():
    said, theta, _ = run()
    distance = np.linalg.norm(theta[: said["early_steps"]] - rt.TEXTBOOK, axis=1)
    assert said["float64.peak_step"] == distance.argmax()
    assert times(said.result.float64.peak_times) == pytest.approx(distance.max() / distance[0], rel=0.01)


def test_the_run_comes_to_another_zero():
    """Gauss-Newton steps from the run lead to a zero that is as near as the figure's nearest one, but not nearer."""
    said, theta, _ = run()
    ours, compared = said.result.float64, 0
    then = np.linalg.norm(theta[said["float64.nearest_step"]] - rt.TEXTBOOK)
    assert said["float64.textbook_then"] == pytest.approx(then, rel=1e-3)
    assert said["float64.nearest_zero"] < 1e-16
    for step, distance in zip(ours.step.tolist(), ours.to_zero, strict=True):
        if step < said["early_steps"] and distance > 1e-10:  # nearer, rounding has a say in the path
            _, own = rt.newton_zero(theta[step])
            assert 0.5 * own < distance <= own * (1 + 1e-3)
            compared += 1
    assert compared > 50


def test_no_zero_is_nearer_than_the_certified_one():
    """Refutation: Gauss-Newton from points within twice the distance, at several steps of the run."""
    said, theta, _ = run()
    ours, rng, tries = said.result.float64, np.random.default_rng(4), 0
    steps = ours.step[ours.step < 300]
    for step in np.unique(steps[np.linspace(0, len(steps) - 1, 8).astype(int)]).tolist():
        distance = ours.to_zero[ours.step.tolist().index(step)]
        directions = rng.standard_normal((150, 9))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        for d in directions * rng.uniform(0.2, 2, (150, 1)) * distance:
            found = rt.newton_zero(theta[step] + d, rounds=15)
            tries += found is not None
            assert found is None or np.linalg.norm(found[0] - theta[step]) >= distance * (1 - 1e-6)
    assert tries > 500


@lru_cache
def variants():
    """Highest loss after it has settled, and distance at the end, of runs from starts that differ in the last bit."""
    said, *_ = run()
    starts = np.tile(offset_start(said), (said["variants"], 1))
    away = np.random.default_rng(11).choice([-np.inf, np.inf], size=starts.shape)
    highest, settled = np.zeros(len(starts)), np.zeros(len(starts), dtype=bool)

    def watch(t, columns, out):
        if t >= said["early_steps"]:
            value = rt.RELU.losses(out).mean(axis=0)
            np.logical_or(settled, value < said["settled"], out=settled)
            np.maximum(highest, np.where(settled, value, 0.0), out=highest)

    end = rt.train(np.nextafter(starts, away), rt.Adam(said.result.learning_rate), said["steps"], watch=watch)
    return highest, np.linalg.norm(end - rt.TEXTBOOK, axis=1)


def test_what_depends_on_rounding_varies_as_the_bands_say():
    """In another implementation the runs spread over the same range, within a factor of 3."""
    said, *_ = run()
    highest, away = variants()
    for own, name in ((highest, "highest"), (away, "end_distance")):
        low, high = said[f"spread.{name}[0]"], said[f"spread.{name}[1]"]
        assert low / 3 < own.min()
        assert own.max() < 3 * high
        assert own.max() > 2 * own.min()
    assert said["spread.end_distance[0]"] <= said["float64.end_distance"] <= said["spread.end_distance[1]"]
    assert away.min() > 2 * said.result.learning_rate  # none returns
    assert said["float64.end_rates"] == pytest.approx(said["float64.end_distance"] / said.result.learning_rate)


def test_the_run_in_float64_spikes_after_it_has_settled():
    said, _, loss = run()
    settled = int(np.argmax(loss < said["settled"]))
    assert said["early_steps"] > settled > 0
    assert loss[settled:].max() > 1e6 * said["settled"]
    assert said["float64.spike"] > 1e6 * said["settled"]
    assert said["float64.spike_step"] > settled


def test_float32_is_that_of_keras():
    said, theta, loss = keras32()
    ours = said.result.float32
    distance = np.linalg.norm(theta - rt.TEXTBOOK, axis=1)
    assert ours.loss[-1] == loss[-1] == 0
    assert "exactly 0 from step" in said.caption
    still = int(np.flatnonzero(loss)[-1]) + 1
    assert said["float32.zero_from"] == pytest.approx(still, rel=0.25)
    assert said["float32.end_distance"] == pytest.approx(distance[-1], rel=0.02)
    assert said["float32.end_rates"] == pytest.approx(distance[-1] / said.result.learning_rate, rel=0.02)
    assert said["float32.textbook_then"] == pytest.approx(distance[said["float32.nearest_step"]], rel=0.02)
    assert ours.first_move / said.result.learning_rate == pytest.approx(
        np.abs(theta[1] - theta[0]).max() / 1e-3, rel=0.01
    )


def test_float32_rounds_the_outputs_to_the_targets():
    """At the end of Keras' run the outputs in float64 are not the targets, but nearer than float32 tells.

    The last sums have terms of about 2, where the spacing is twice that at 1.
    """
    said, theta, _ = keras32()
    assert said["float32.spacing"] == np.finfo(np.float32).eps
    _, distance = rt.newton_zero(theta[-1])
    assert 0 < distance < 4 * said["float32.to_zero[-1]"]
    assert 0 < said["float32.nearest_zero"] <= said["float32.to_zero[-1]"] < said["float32.spacing"]
    assert 0 < np.abs(rt.outputs(theta[-1]) - rt.Y).max() < 2 * said["float32.spacing"]


def test_float64_in_keras_leaves_as_far():
    said, theta, _ = run()
    adam = lambda: rk.keras.optimizers.Adam(said.result.learning_rate)  # noqa: E731
    theirs, _ = rk.train(offset_start(said)[None], adam, said["early_steps"], every=1)
    np.testing.assert_allclose(theirs[:500, 0], theta[:500], rtol=0, atol=1e-12)
    distance = np.linalg.norm(theirs[:, 0] - rt.TEXTBOOK, axis=1)
    assert distance[: said["early_steps"]].argmax() == said["float64.peak_step"]
