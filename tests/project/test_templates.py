"""The templates that CONTRIBUTING.md hands out work as they are."""

import importlib
import inspect
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from places import ROOT

import landscape as ls
from figures.lecture import LectureFigure, layout
from figures.style.style_sheets import SIZES, STYLES, style_context
from landscape import xor
from landscape.networks.objective import Objective
from landscape.training.optimizers import Optimizer

FOLDER = ROOT / "docs" / "templates"


@pytest.fixture
def template(monkeypatch):
    """A function that imports a template by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def test_contributing_hands_out_every_template_and_no_other():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for path in FOLDER.glob("*.py"):
        assert f"(docs/templates/{path.name})" in text
    assert text.count("(docs/templates/") == len(list(FOLDER.glob("*.py")))


def test_every_file_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:landscape|figures|tests|docs|scripts)/[\w/.]+)`|\]\(([\w/.]+)\)", text)
    paths = [a or b for a, b in named if "NAME" not in (a or b)]
    assert len(paths) > 15
    for path in paths:
        assert (ROOT / path).exists(), path


def test_the_plot_draws_into_the_axes_that_it_is_given_and_respects_their_labels(template):
    net = xor.network()
    axis = np.linspace(-1, 1, 5)
    surface = ls.evaluate_plane(net, ls.coordinate_plane(net, xor.TEXTBOOK, "b1[0]", "b2[0]"), axis, axis)
    plot = template("new_plot").plot_loss_histogram
    ax = Figure().subplots()
    ax.set_xlabel("mine")
    assert plot(surface, ax=ax, bins=7) is ax
    assert sum(patch.get_height() for patch in ax.patches) == 25
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mine", "grid points")
    with pytest.raises(TypeError, match="surface must be a Surface"):
        plot(axis, ax=ax)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_the_lecture_figure_is_one(template, style, size, laid_out, tmp_path):
    module = template("new_lecture_figure")
    for name, wanted in vars(LectureFigure).items():
        if inspect.isfunction(wanted) and not name.startswith("_"):
            given = list(inspect.signature(getattr(module, name)).parameters)
            assert given == list(inspect.signature(wanted).parameters)[1:], name
    ls.save(module.compute(module.Settings(starts=50)), tmp_path / "result.nc")
    result = ls.load(tmp_path / "result.nc")
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        module.draw(result, figure, layout(size))
        assert laid_out(figure)
    assert f"{np.median(result.loss):.2g}" in module.takeaway(result, layout(size))
    assert module.caption(result, layout(size))
    assert module.notes(result, layout(size))
    assert module.alt_text(result, size)


def test_the_optimizer_trains_the_network_and_any_other_objective(template):
    descent = template("new_optimizer").SignDescent(0.25)
    assert isinstance(descent, Optimizer)
    path = ls.train(xor.network(), xor.TEXTBOOK + 0.5, descent, 3).theta[0]
    assert set(np.abs(np.diff(path, axis=0)).ravel()) <= {0.0, 0.25}
    assert ls.train(template("new_objective").Valley(), [0.0, 0.0], descent, 1).end.tolist() == [[0.25, 0.0]]
    with pytest.raises(ValueError, match="dtype must be 'float64' for SignDescent; got 'float32'"):
        ls.train(xor.network(), xor.TEXTBOOK, descent, 3, dtype="float32")


def test_the_objective_has_a_surface_and_its_gradient_is_the_slope_of_its_loss(template):
    valley = template("new_objective").Valley()
    assert isinstance(valley, Objective)
    theta, step = np.array([0.3, -0.7]), 1e-6
    slope = [(valley.loss(theta + d) - valley.loss(theta - d)) / (2 * step) for d in step * np.eye(2)]
    np.testing.assert_allclose(valley.gradient(theta), slope, rtol=1e-6)
    plane = ls.random_plane(valley, [1.0, 1.0], rng=np.random.default_rng(0), bias="ignore")
    surface = ls.evaluate_plane(valley, plane, [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0])
    assert surface.loss[1, 1] == 0.0
    assert (surface.loss > 0).sum() == 8
    assert ls.train(valley, [0.0, 0.0], ls.Adam(0.1), 500).loss[0, -1] < 1e-2
