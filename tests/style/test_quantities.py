"""A result's loss is called what its objective says, and a metric has a scale of its own."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

import figures
import landscape as ls
from figures.style.loss_scales import LOSS_LABEL
from figures.style.quantities import loss_label, metric_label, quantity
from landscape import xor
from landscape.networks.alternative_network import AlternativeNetwork

GRID = np.linspace(-1, 1, 5)
PLANE = ls.Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1])


def surface(name=None, **metrics):
    settings = {} if name is None else {"objective": json.dumps({"model": "Keras net", "loss": name})}
    loss = 1.0 + GRID**2 + GRID[:, None] ** 2
    return ls.Surface(alpha=GRID, beta=GRID, loss=loss, plane=PLANE, settings=settings, metrics=metrics)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("mean_squared_error", "MSE"),
        ("huber", "Huber loss"),
        ("binary_crossentropy", "binary cross-entropy"),
        ("sparse_categorical_crossentropy", "cross-entropy"),
        ("my_loss", "my_loss"),
        ("<lambda>", "loss"),
        ("", "loss"),
        ("cost in $", r"cost in \$"),
        ("mean_squared_error + sparse_categorical_crossentropy", "weighted sum of MSE and cross-entropy"),
        ("huber + my_loss + hinge", "weighted sum of Huber loss, my_loss and hinge loss"),
    ],
)
def test_name_of_a_keras_loss_on_every_label(name, label):
    found = surface(name)
    assert loss_label(found.settings) == label
    ax = figures.plot_contour(found, ax=Figure().add_subplot(), colorbar=True)
    assert ax.child_axes[0].get_ylabel() == f"{label} (root scale)"
    terrain = figures.plot_relief(found, ax=Figure().add_subplot(projection="3d"))
    assert terrain.get_zlabel() == f"{label} (root scale)"
    profile = ls.Profile(
        alpha=GRID, loss=found.loss[2], origin=np.zeros(3), direction=np.ones(3), settings=found.settings
    )
    assert figures.plot_profile(profile, ax=Figure().add_subplot()).get_ylabel() == f"{label} (root scale)"


@pytest.mark.parametrize("scale", ["root", "log", "linear"])
def test_only_a_root_scale_is_told(scale):
    found = surface("mean_squared_error")
    label = "MSE (root scale)" if scale == "root" else "MSE"
    ax = figures.plot_contour(found, ax=Figure().add_subplot(), colorbar=True, scale=scale)
    assert ax.child_axes[0].get_ylabel() == label
    profile = ls.Profile(
        alpha=GRID, loss=found.loss[2], origin=np.zeros(3), direction=np.ones(3), settings=found.settings
    )
    assert figures.plot_profile(profile, ax=Figure().add_subplot(), scale=scale).get_ylabel() == label
    height = {"root": "power"}.get(scale, scale)
    floor = 1e-3 if scale == "log" else None
    terrain = figures.plot_relief(found, ax=Figure().add_subplot(projection="3d"), height=height, floor=floor)
    assert terrain.get_zlabel() == label


@pytest.mark.parametrize("objective", [None, "", "{", "[1]", '"text"', "3", '{"loss": 3}', "ReluNetwork(2)"])
def test_results_that_say_nothing_have_a_loss(objective):
    assert loss_label({} if objective is None else {"objective": objective}) == "loss"


def test_names_of_other_networks():
    assert loss_label({"objective": xor.network().describe()}) == LOSS_LABEL
    other = AlternativeNetwork(inputs=xor.X, targets=xor.Y, hidden=2, activation="tanh", head="sigmoid")
    assert loss_label({"objective": other.describe()}) == "binary cross-entropy"
    penalized = json.dumps({"loss": "mean_squared_error", "penalties": 2})
    assert loss_label({"objective": penalized}) == "MSE, with penalties"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("accuracy", "accuracy"),
        ("auc", "AUC"),
        ("top_k_categorical_accuracy", "top k categorical accuracy"),
        ("a$", r"a\$"),
    ],
)
def test_name_of_a_metric(name, label):
    assert metric_label(name) == label


@pytest.mark.parametrize(
    ("name", "values", "ends"),
    [
        ("accuracy", (0.9, 0.95), (0, 1)),
        ("out_accuracy", (0.0, 1.0), (0, 1)),
        ("accuracy", (90.0, 95.0), (90, 95)),
        ("mean_absolute_error", (0.1, 0.2), (0.1, 0.2)),
        ("r2_score", (-3.0, 0.5), (-3, 0.5)),
        ("r2_score", (2.0, 2.0), (1, 3)),
        ("r2_score", (np.nan, np.inf), (0, 1)),
    ],
)
def test_ends_of_the_scale_of_a_metric(name, values, ends):
    found = quantity(surface(**{name: np.where(GRID > 0, *values) + np.zeros((5, 1))}), name)
    assert (found.scale, found.low, found.high) == ("linear", *ends)


def test_a_metric_is_drawn_in_place_of_the_loss():
    accuracy = np.linspace(0.5, 1, 25).reshape(5, 5)
    accuracy[0, 0] = np.nan
    found = surface("huber", accuracy=accuracy, r2_score=-accuracy)
    ax = figures.plot_contour(found, metric="accuracy", ax=Figure().add_subplot(), colorbar=True)
    assert ax.child_axes[0].get_ylabel() == "accuracy"
    assert (ax.collections[0].norm.vmin, ax.collections[0].norm.vmax) == (0, 1)
    assert ax.artists[0].get_texts()[0].get_text() == "not a number: 1 of 25"
    relief = figures.plot_relief(found, metric="r2_score", ax=Figure().add_subplot(projection="3d"))
    assert (relief.get_zlabel(), relief.get_zlim()) == ("r2 score", (-1.0, -0.5208333333333334))
    profile = ls.Profile(
        alpha=GRID, loss=GRID**2, origin=np.zeros(3), direction=np.ones(3), metrics={"accuracy": accuracy[1]}
    )
    ax = figures.plot_profile(profile, metric="accuracy", ax=Figure().add_subplot())
    assert (ax.get_ylabel(), ax.get_ylim(), ax.get_yscale()) == ("accuracy", (0, 1), "linear")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), accuracy[1])


@pytest.mark.parametrize("plot", [figures.plot_contour, figures.plot_relief])
def test_unknown_metric(plot):
    with pytest.raises(ValueError, match=r"metric must be one that was evaluated; got 'auc', the result has accuracy"):
        plot(surface(accuracy=np.ones((5, 5))), metric="auc")
    with pytest.raises(ValueError, match=r"got 'auc', the result has none, evaluate it with metrics=\(...\)"):
        plot(surface(), metric="auc")


def test_logarithmic_scale():
    found = surface("huber")
    ax = figures.plot_contour(found, scale="log", ax=Figure().add_subplot())
    norm = ax.collections[0].norm
    assert (type(norm).__name__, norm.vmin, norm.vmax) == ("LogNorm", 1.0, 3.0)
    with pytest.raises(ValueError, match="scale must be one of 'root', 'log', 'linear'; got 'cubic'"):
        figures.plot_contour(found, scale="cubic", ax=Figure().add_subplot())
