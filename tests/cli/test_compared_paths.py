"""The paths that the command compare draws: straight, with matched units, bent; and the barrier of each."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from telling import Said

import landscape as ls
from figures.lecture.models import compare
from landscape.keras.files.data_file import read_data
from landscape.keras.files.saved_model import saved_objective
from landscape.keras.model_objective import keras

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

layers = keras.layers


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return a function that saves two models and data, and returns settings for them."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("d.npz", x=rng.normal(size=(8, 2)), y=rng.normal(size=8))

    def saved(make, **given):
        for seed, name in enumerate("ab"):
            keras.utils.set_random_seed(seed)
            model = keras.Sequential([layers.Input((2,)), *make(), layers.Dense(1)], name="small")
            model.compile("sgd", "mse", jit_compile=False)
            model.save(f"{name}.keras")
        return compare.Settings(model="a.keras", other="b.keras", data="d.npz", points=9, directions=1, **given)

    return saved


def drawn(result):
    figure = Figure(layout="constrained")
    compare.draw(result, figure, "full")
    return figure.axes[0]


def test_matched_and_bent_paths(settings):
    result = compare.compute(settings(lambda: [layers.Dense(6, "tanh")], bend=20, seed=3))
    data = read_data("d.npz")
    net, other = (saved_objective(f"{name}.keras", data) for name in "ab")
    matched = net.match_units(other.theta, net.theta)
    assert not np.array_equal(matched, other.theta)
    bent = ls.train_bezier(net, net.theta, other.theta, rng=np.random.default_rng(3), steps=20, learning_rate=0.03)
    t = np.linspace(0, 1, 9)
    text = Said(compare, result)
    paths = {"straight": ls.straight_path(net.theta, other.theta), "matched": ls.straight_path(net.theta, matched)}
    for name, path in {**paths, "bent": bent}.items():
        expected = net.loss(path.point(t))
        found = result[name]
        np.testing.assert_allclose(found.loss, expected, rtol=1e-5)
        excess = expected - (1 - t) * expected[0] - t * expected[-1]
        assert found.barrier == pytest.approx(excess.max(), abs=1e-5)
        assert f"barrier {found.barrier:.4g} at t = {found.barrier_at:.3g}" in text
    assert "Dashed: the straight path to the second model after weight matching has permuted its hidden units" in text
    assert "in 20 steps of Adam with learning rate 0.03, seed 3; barrier" in text
    legend = [entry.get_text() for entry in drawn(result).get_legend().get_texts()]
    assert legend == ["straight", "units matched", "bent"]
    assert [line.get_linestyle() for line in drawn(result).lines] == ["-", "--", "-.", ":"]
    assert f"{result.matched.barrier:.3g} with matched units, {result.bent.barrier:.3g} on a bent path" in (
        compare.alt_text(result)
    )


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (list, "weight matching leaves every unit where it is"),
        (lambda: [layers.Reshape((2, 1)), layers.LSTM(2)], "units cannot be matched through LSTM 'lstm"),
    ],
)
def test_without_matched_units_the_caption_says_why(settings, make, why):
    result = compare.compute(settings(make))
    assert result.matched is None
    assert f"There is no path with matched hidden units: {why}" in Said(compare, result)
    axes = drawn(result)
    assert axes.get_title() == "straight path"
    assert [line.get_linestyle() for line in axes.lines] == ["-", ":"]


def test_statistics_of_the_second_model_are_said_to_be_missing_on_matched_paths_too(settings):
    def make():
        made = layers.BatchNormalization()
        return [layers.Dense(4, "tanh"), made]

    given = settings(make)
    model = keras.saving.load_model("b.keras")
    model.layers[1].moving_variance.assign([1.0, 2.0, 3.0, 4.0])
    model.save("b.keras")
    result = compare.compute(given.model_validate({**given.model_dump(), "checksums": {}}))
    assert not result.is_same_function
    if result.matched is not None:
        assert result.matched.loss[-1] == pytest.approx(result.straight.loss[-1], rel=1e-5)
    assert "the models also differ in what is not trained" in Said(compare, result)
