"""The claims of the figures "curvature" and "spikes": runs, Hessians and stability limit in numpy; float32 in Keras."""

from functools import lru_cache

import numpy as np
import pytest
import referee_keras as rk
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure

pytestmark = pytest.mark.heavy


def spikes(loss, decades):
    """Peaks of a loss (r,) that rises and falls by so many decades: turning points of a zigzag."""
    floor = np.finfo(float).eps ** 2 * 0.5
    values, rising, found = np.log10(np.maximum(loss, floor)).tolist(), False, []
    low = high = values[0]
    at = 0
    for t, value in enumerate(values):
        if rising:
            if value > high:
                high, at = value, t
            elif value <= high - decades:
                found.append(at)
                rising, low = False, value
        elif value < low:
            low = value
        elif value >= low + decades:
            rising, high, at = True, value, t
    return found


@lru_cache
def runs():
    """What the caption says, the starts, which of them are solved, and the losses of these after every step."""
    said = figure("spikes")
    starts = rt.glorot(said["candidates"], np.random.default_rng(said["seed"]))
    recorder = rt.Recorder(every=said["steps"] // 20)
    rate = said.result.learning_rate
    rt.train(starts, rt.Adam(rate), said["steps"], watch=recorder)
    solved = np.flatnonzero((plateaus.level_of(recorder.theta) == 0).any(axis=0))
    each = rt.Recorder(thetas=False)
    rt.train(starts[solved], rt.Adam(rate), said["steps"], watch=each)
    return said, starts, solved, each.loss


@lru_cache
def shown():
    """Path and losses of the run shown."""
    said, starts, *_ = runs()
    recorder = rt.Recorder()
    start = starts[said["shown"]][None]
    rt.train(start, rt.Adam(said.result.learning_rate), said["steps"], watch=recorder)
    return recorder.theta[:, 0], recorder.loss[:, 0]


def test_the_run_shown_is_solved_and_spikes():
    said, _, solved, loss = runs()
    assert abs(said["solved"] - solved.size) <= 2  # a late spike can set a run free that rested on 1/4
    spiking = [k for k, row in zip(solved, loss.T, strict=True) if spikes(row, said["spike_decades"])]
    assert said["shown"] in spiking


def test_the_run_shown_is_the_first_of_those_that_are_solved_and_spike():
    said, _, solved, loss = runs()
    assert "the first that is solved and spikes" in said.caption
    spiking = [k for k, row in zip(solved, loss.T, strict=True) if spikes(row, said["spike_decades"])]
    assert said["shown"] == spiking[0]


def test_how_many_spike():
    """Which ones is decided by rounding; the number must agree within chance, and the interval is Wilson's."""
    said, _, solved, loss = runs()
    own = sum(bool(spikes(row, said["spike_decades"])) for row in loss.T)
    assert abs(rt.two_sample_z(said["spiking.count"], said["solved"], own, solved.size)) < 4
    interval = (said["spiking.low"], said["spiking.high"])
    assert interval == pytest.approx(rt.wilson(said["spiking.count"], said["solved"]))
    assert interval[0] < own / solved.size < interval[1]


def fall(loss, decades):
    """The first steps with losses below either end, and the number of steps for a factor of 10 between them."""
    first, last = (int(np.argmax(loss < value)) for value in decades)
    return first, last, (last - first) / np.log10(loss[first] / loss[last])


@lru_cache
def descent(rate, steps):
    """Path and losses of gradient descent from where the loss of Adam's run falls below the stated one."""
    said = figure("curvature")
    path, loss = shown()
    recorder = rt.Recorder()
    rt.train(path[int(np.argmax(loss < said["handover"]))][None], rt.SGD(rate), steps, watch=recorder)
    return recorder.theta[:, 0], recorder.loss[:, 0]


def test_both_figures_show_the_same_run():
    pace, spikes_of = figure("curvature"), figure("spikes")
    assert [pace[name] for name in ("shown", "candidates", "seed")] == [
        spikes_of[name] for name in ("shown", "candidates", "seed")
    ]
    assert pace["until"] == spikes_of["float64.crossing[0]"]


def test_pace_of_gradient_descent_and_of_adam():
    said = figure("curvature")
    rate, decades = said.result.learning_rate, (said["decades[0]"], said["decades[1]"])
    path, loss = descent(rate, said.result.steps)
    first, last, steps = fall(loss, decades)
    assert said["descent.sgd.steps"] == pytest.approx(steps, rel=1e-3)
    assert said["descent.adam_steps"] == pytest.approx(fall(shown()[1], decades)[2], rel=0.02)
    way = path[first : last + 1]
    signs = rt.preactivations(way) > 0
    assert said["descent.sgd.region_changes"] == pytest.approx(
        (signs[1:] != signs[:-1]).any(axis=(1, 2)).mean(), abs=1e-3
    )
    hessians = np.array([rt.hessian(theta) for theta in way[:-1]])
    along = way[-1] - way[0]
    curvature = along @ hessians.mean(axis=0) @ along / (along @ along)
    assert said["descent.sgd.curvature"] == pytest.approx(curvature, rel=1e-2)
    largest = np.linalg.eigvalsh(hessians).max()
    assert said["descent.sgd.largest"] == pytest.approx(largest, rel=1e-2)
    for name, size in (("predicted", rate), ("least", 2 / largest)):
        assert said[f"descent.sgd.{name}"] == pytest.approx(-0.5 / np.log10(abs(1 - size * curvature)), rel=1e-2)


def test_the_least_number_of_steps_is_about_what_the_largest_rate_needs():
    """Gradient descent with nine tenths of the largest rate that is said to be admitted needs about that many."""
    said = figure("curvature")
    _, loss = descent(0.9 * 2 / said["descent.sgd.largest"], 3000)
    steps = fall(loss, (said["decades[0]"], said["decades[1]"]))[2]
    assert 0.8 * said["descent.sgd.least"] < steps < 1.6 * said["descent.sgd.least"]


def test_spectrum_where_the_loss_is_lowest():
    said = figure("curvature")
    path, loss = shown()
    before = slice(0, said["until"])  # later, rounding decides the path
    eigenvalues = np.linalg.eigvalsh(rt.hessian(path[before][loss[before].argmin()]))
    flat = np.abs(eigenvalues) < 1e-12
    assert (said["flat_count"], said["steep_count"]) == (flat.sum(), (~flat).sum())
    assert said["settled_flat"] < 1e-13
    assert said["settled[0]"] == pytest.approx(eigenvalues[~flat][0], rel=0.02)
    assert said["settled[-1]"] == pytest.approx(eigenvalues[-1], rel=0.02)


def test_the_limit_is_where_the_recursion_ceases_to_be_stable():
    """In one direction: m <- b m + (1 - b) s x, x <- x - lr m, whose spectral radius passes 1 at the limit of s."""
    said, *_ = runs()
    rate, beta = said.result.learning_rate, 0.9

    def radius(s):
        return np.abs(np.linalg.eigvals([[beta, (1 - beta) * s], [-rate * beta, 1 - rate * (1 - beta) * s]])).max()

    assert radius(0.999 * said["limit"]) < 1 < radius(1.001 * said["limit"])


def sharpness(path, losses, rate, every, steps):
    """Largest eigenvalue of P^-1 H at every ``every``-th step; gradients count as 0 where the loss is."""
    g = rt.gradient(path) * (losses > 0)[:, None]
    v, found = np.zeros(9), []
    for t in range(steps):
        v = 0.999 * v + 0.001 * g[t] ** 2  # that of update t + 1
        if t % every == 0:
            P = (np.sqrt(v) + 1e-7) * (1 - 0.9 ** (t + 1)) / np.sqrt(1 - 0.999 ** (t + 1))
            root = 1 / np.sqrt(P)
            found.append((t, np.linalg.eigvalsh(root[:, None] * rt.hessian(path[t]) * root)[-1]))
    return np.array(found)


def test_the_limit_is_passed_before_every_spike():
    said, *_ = runs()
    path, loss = shown()
    at, value = sharpness(path, loss, said.result.learning_rate, 4, said["steps"]).T
    peaks = spikes(loss, said["spike_decades"])
    assert peaks
    assert min(said["float64.crossing[0]"], peaks[0]) > said["steps"] // 10
    for before, peak in zip([0, *peaks[:-1]], peaks, strict=True):
        between = (at > before) & (at < peak)
        assert value[between].max() > said["limit"]
        assert value[between].min() < said["limit"]
    first = at[(at > 100) & (value > said["limit"])][0]
    assert said["float64.crossing[0]"] == pytest.approx(first, rel=0.2)
    assert said["later_spikes"] >= 1
    assert len(peaks) > 1


@lru_cache
def keras32():
    """Path and losses of the run shown, in Keras in float32."""
    said, starts, *_ = runs()
    adam = lambda: rk.keras.optimizers.Adam(said.result.learning_rate)  # noqa: E731
    start = starts[said["shown"]][None]
    theta, loss = rk.train(start, adam, said["steps"], every=1, dtype="float32")
    return theta[:, 0], loss[:, 0]


def test_float32_stops_in_keras_too():
    said, *_ = runs()
    theta, loss = keras32()
    assert loss[-1] == 0
    zero_from = int(np.flatnonzero(loss)[-1]) + 1
    still_from = int(np.flatnonzero((theta != theta[-1]).any(axis=1))[-1]) + 1
    assert said["float32.zero_from"] == pytest.approx(zero_from, rel=0.25)
    assert zero_from <= still_from < said["steps"]


def test_nothing_grows_in_float32_when_the_sharpness_passes_the_limit():
    said, *_ = runs()
    theta, loss = keras32()
    at, value = sharpness(theta, loss, said.result.learning_rate, 10, said["steps"]).T
    still_from = int(np.flatnonzero((theta != theta[-1]).any(axis=1))[-1]) + 1
    over = at[(value > said["limit"]) & (at > 1000)]
    assert over.size
    assert said["float32.over_from"] == pytest.approx(over[0], rel=0.1)
    assert over[0] > still_from
    assert spikes(loss, said["spike_decades"]) == []
