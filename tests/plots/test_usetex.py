"""Text of plots when LaTeX sets it: signs and special characters are written for it, in every plot function."""

import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import landscape as ls
from figures.output.latex_snippets import label_text
from figures.plots.basins import basin_handles, plot_basins
from figures.plots.contour import axis_label, plot_contour
from figures.plots.decision import plot_decision
from figures.plots.decision_square import decision_square
from figures.plots.kinks import kink_handles, plot_kinks
from figures.plots.network import plot_network
from figures.plots.profile import plot_profile
from figures.plots.relief import Mark, plot_relief
from figures.plots.trajectories import mark_point, plot_trajectories
from figures.style.loss_scales import loss_bar
from figures.style.quantities import parameter_words
from landscape import xor

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
NAMED = ls.Plane(xor.TEXTBOOK, *np.eye(9)[:2], {"directions": "my_dense/kernel_1[0,3], b1[0]"})
AXIS = np.linspace(-1, 1, 11)
LOSS = np.add.outer(AXIS**2, AXIS**2)
DECISION = ls.decision_surface(NET, xor.TEXTBOOK, points=11)
LEVELS = [level.value for level in ls.stationary_levels(NET)]


def surface(loss=LOSS, plane=PLANE):
    return ls.Surface(alpha=AXIS, beta=AXIS, loss=loss, plane=plane)


def relief(ax):
    plot_relief(surface(), ax=ax, height="log", floor=1e-3, ceiling=1.5, points=[Mark(0, 0, label="50 % & a_b #1 ~")])


def contour(ax):
    plot_contour(surface(np.where(LOSS > 1.5, np.nan, LOSS - 0.1), NAMED), ax=ax, ceiling=1.0)
    loss_bar(ax.figure, [ax], LEVELS, 1.0)
    mark_point(ax, 0, 0, "< 5 %")
    plot_kinks(ls.kink_lines(NET, PLANE, AXIS, AXIS), ax=ax, labels=True)


def profile(ax):
    line = ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, AXIS)
    plot_profile(line, ax=ax, ceiling=1.0, marks=[Fraction(1, 8)])


def basins(ax):
    found = ls.basin_map(NET, PLANE, AXIS, AXIS, ls.Adam(1e-2), 50)
    plot_basins(found, ax=ax)
    ax.legend(handles=[*basin_handles(found), *kink_handles([0, 1])])


def square(ax):
    decision_square(DECISION, ax, arrow=0.1, write=lambda value: f"≈ {100 * value:.0f} %")


def trajectories(ax):
    run = ls.train(NET, xor.offset_start(0.1), ls.Adam(), 5)
    view = ls.project(NET, run, PLANE)
    plot_trajectories(replace(view, alpha=np.where(view.step > 3, np.inf, view.alpha)), ax=ax)


PLOTS = {
    "relief": relief,
    "contour": contour,
    "profile": profile,
    "basins": basins,
    "decision": lambda ax: plot_decision(DECISION, ax=ax),
    "square": square,
    "network": lambda ax: plot_network(-1e-9 * xor.TEXTBOOK, 2, ax=ax),
    "trajectories": trajectories,
}


def words(name):
    """Return all text of a plot that is drawn when LaTeX sets it."""
    with mpl.rc_context({"text.usetex": True}):
        figure = Figure()
        FigureCanvasAgg(figure)
        PLOTS[name](figure.add_subplot(projection="3d" if name == "relief" else None))
        own = {tick for ax in figure.axes for axis in ax._axis_map.values() for tick in _formatted(axis)}
        texts = {text.get_text() for text in figure.findobj(Text) if text.get_visible()}
    return sorted(text for text in own | texts if text.strip())


def _formatted(axis):
    formatter = axis.get_major_formatter()
    return getattr(formatter, "labels", {}).values()


@pytest.fixture(autouse=True)
def measured_roughly(monkeypatch):
    """Do not run LaTeX for each label only to learn its size."""
    monkeypatch.setattr("figures.style.tick_labels._size", lambda text, font: (1.0, 1.0))


@pytest.mark.parametrize("name", PLOTS)
def test_text_is_latex_without_latex(name):
    for text in words(name):
        outside = re.sub(r"\$[^$]*\$", "", text)
        assert text.isascii(), text
        assert not re.search(r"(?<!\\)[%&#_^~<>]", outside), text
        assert text.count("$") % 2 == 0


@pytest.mark.heavy
@pytest.mark.parametrize("name", PLOTS)
def test_latex_sets_every_text(name, tmp_path, monkeypatch):
    """All of a plot's text as one, since each run of LaTeX takes half a second."""
    style = shutil.which("kpsewhich") and subprocess.run(["kpsewhich", "type1cm.sty"], capture_output=True, check=False)
    if not (shutil.which("latex") and shutil.which("dvipng") and style and style.stdout):
        pytest.skip("LaTeX with type1cm and dvipng is not installed")
    monkeypatch.setattr("matplotlib.texmanager.TexManager._cache_dir", tmp_path, raising=False)
    figure = Figure(figsize=(9, 1), dpi=50)
    FigureCanvasAgg(figure)
    text = figure.text(0, 0.5, " ; ".join(words(name)), usetex=True)
    figure.canvas.draw()
    assert text.get_window_extent().width > 10


def test_text_is_kept_as_it_is_without_usetex():
    assert label_text("≥ 50 % a_b $x_1$") == "≥ 50 % a_b $x_1$"
    with mpl.rc_context({"text.usetex": True}):
        assert label_text("≥ 50 % a_b $x_1$") == r"$\geq$ 50 \% a\_b $x_1$"


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ("b1[0]", "bias of unit 1"),
        ("W1[0,1]", "weight from x1 to unit 2"),
        ("dense_1/kernel[0,3]", "dense_1/kernel[0,3]"),
        ("a_b_c[0]", "a_b_c[0]"),
        ("$x[0]", r"\$x[0]"),
        ("bias", "bias"),
    ],
)
def test_parameters_of_one_hidden_layer_have_names_in_words(parameter, text):
    assert parameter_words(parameter) == text
    figure = Figure()
    FigureCanvasAgg(figure)
    figure.text(0, 0, text)
    figure.canvas.draw()


def test_names_of_layers_on_axes():
    assert axis_label(NAMED, "d1", r"\alpha", 1.0) == "shift of my_dense/kernel_1[0,3]"
