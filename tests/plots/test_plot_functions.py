"""What all plot functions promise: axes in, axes out, nothing computed, nothing else touched."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from telling import Said

import landscape as ls
from figures.lecture.levels import basins
from figures.lecture.runs import trajectories
from figures.lecture.surface import directions, network, relief
from figures.plots.basins import plot_basins
from figures.plots.contour import plot_contour
from figures.plots.decision import plot_decision, plot_hinges
from figures.plots.kinks import plot_kinks
from figures.plots.network import plot_network
from figures.plots.profile import plot_profile
from figures.plots.relief import plot_relief
from figures.plots.trajectories import plot_trajectories
from figures.style.style_sheets import SIZES, style_context
from landscape import ReluNetwork, xor

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
AXIS = np.linspace(-1, 1, 21)
SURFACE = ls.evaluate_plane(NET, PLANE, AXIS, AXIS)
PROFILE = ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, AXIS)
DECISION = ls.decision_surface(NET, xor.TEXTBOOK, points=21)
RUNS = ls.train(NET, xor.offset_start(0.1), ls.Adam(), 5)
BASINS = ls.basin_map(NET, PLANE, AXIS, AXIS, ls.Adam(1e-2), 50)
VIEW = ls.project(NET, RUNS, PLANE)

PLOTS = {
    "contour": lambda **ax: plot_contour(SURFACE, marks=[level.value for level in LEVELS], **ax),
    "basins": lambda **ax: plot_basins(BASINS, **ax),
    "profile": lambda **ax: plot_profile(PROFILE, marks=[level.value for level in LEVELS], ceiling=0.5, **ax),
    "trajectories": lambda **ax: plot_trajectories(VIEW, **ax),
    "decision": lambda **ax: plot_decision(DECISION, **ax),
    "network": lambda **ax: plot_network(xor.TEXTBOOK, 2, **ax),
    "hinges": lambda **ax: plot_hinges(DECISION, **ax),
}
LEVELS = ls.stationary_levels(NET)
LECTURE = {
    network: {"points": 21},
    trajectories: {"steps": 300, "grid": 21},
    directions: {"points": 21},
    relief: {"steps": 50, "grid": 21},
    basins: {"steps": 50, "resolution": 21, "points": 21, "others": 1},
}


@pytest.mark.parametrize("name", [name for name in PLOTS if name != "hinges"])
def test_what_is_no_axes_is_refused(name):
    with pytest.raises(TypeError, match=r"^ax must be matplotlib Axes, such as plt.subplots\(\)\[1\]; got Figure$"):
        PLOTS[name](ax=Figure())


def no_network(monkeypatch):
    """Make every evaluation of a ReLU network an error."""

    def evaluated(*_args, **_kwargs):
        raise AssertionError("a network was evaluated while drawing")

    for name in ("predict", "preactivations", "loss", "gradient", "hessian"):
        monkeypatch.setattr(ReluNetwork, name, evaluated)
    with pytest.raises(AssertionError, match="evaluated while drawing"):
        xor.network().loss(xor.TEXTBOOK)


def surface(loss):
    loss = np.asarray(loss, dtype=float)
    return ls.Surface(alpha=np.arange(loss.shape[1]), beta=np.arange(loss.shape[0]), loss=loss, plane=PLANE)


BAD = [
    (lambda: plot_contour(None), TypeError, "surface must be a Surface, made by evaluate_plane; got NoneType"),
    (lambda: plot_contour(PROFILE), TypeError, "surface must be a Surface, made by evaluate_plane; got Profile"),
    (lambda: plot_contour(surface(np.zeros((3, 3)))), ValueError, "highest loss must be above 0 and finite to end the"),
    (lambda: plot_contour(surface([[0, np.nan], [0, -1]])), ValueError, "got nan, give a ceiling"),
    (lambda: plot_contour(surface([[0, np.inf], [0, 0]])), ValueError, "got inf, give a ceiling"),
    (lambda: plot_contour(surface([[1.0]])), ValueError, "surface must have at least 2 x 2 points; got (1, 1), eval"),
    (lambda: plot_contour(surface([[0, 1, 2]])), ValueError, "surface must have at least 2 x 2 points; got (1, 3)"),
    (lambda: plot_contour(SURFACE, ceiling="high"), TypeError, "ceiling must be a number; got 'high'"),
    (lambda: plot_contour(SURFACE, bands=0), ValueError, "bands must be at least 1; got 0"),
    (lambda: plot_contour(SURFACE, lines=-1), ValueError, "lines must be at least 0; got -1"),
    (lambda: plot_profile(SURFACE), TypeError, "profile must be a Profile, made by evaluate_line; got Surface"),
    (lambda: plot_profile(PROFILE, ceiling="high"), TypeError, "ceiling must be a number; got 'high'"),
    (lambda: plot_trajectories(RUNS), TypeError, "projection must be a Projection, made by project; got Trajectories"),
    (lambda: plot_trajectories(VIEW, looks=[]), ValueError, "looks must have one entry for each of the 1 paths; got 0"),
    (lambda: plot_decision(None), TypeError, "surface must be a DecisionSurface, made by decision_surface; got NoneT"),
    (lambda: plot_kinks(PLANE), TypeError, "lines must be a KinkLines, made by kink_lines; got Plane"),
    (lambda: plot_network(xor.TEXTBOOK[:8], 2), ValueError, "theta must have shape (9,); got shape (8,)"),
    (lambda: plot_network(xor.TEXTBOOK, 0), ValueError, "hidden must be at least 1; got 0"),
    (lambda: plot_relief(None), TypeError, "surface must be a Surface, made by evaluate_plane; got NoneType"),
    (lambda: plot_relief(surface(np.zeros((3, 3)))), ValueError, "highest loss must be above 0 and finite to end the"),
    (lambda: plot_relief(SURFACE, ax=Figure().subplots()), TypeError, "ax must be 3-D axes, made by add_subplot(proj"),
    (lambda: plot_relief(SURFACE, view=(30,)), ValueError, "view must be (elevation, azimuth) in degrees; got (30,)"),
]


@pytest.mark.parametrize(("call", "error", "said"), BAD, ids=[said[:50] for *_, said in BAD])
def test_bad_input_is_one_clear_line_and_opens_no_figure(call, error, said):
    before = plt.get_fignums()
    with pytest.raises(error) as caught:
        call()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert plt.get_fignums() == before


@pytest.mark.parametrize("name", PLOTS)
def test_axes_in_axes_out_and_nothing_else(name, monkeypatch):
    no_network(monkeypatch)
    ax = Figure().add_subplot()
    rc, others, before = dict.copy(mpl.rcParams), ax.figure.add_axes((0.9, 0.9, 0.1, 0.1)), plt.get_fignums()
    assert PLOTS[name](ax=ax) is ax
    assert dict.copy(mpl.rcParams) == rc
    assert plt.get_fignums() == before
    assert ax.figure.axes == [ax, others]
    assert not others.has_data()
    assert ax.has_data() or ax.texts
    ax.figure.canvas.draw()


@pytest.mark.parametrize("name", [name for name in PLOTS if name != "hinges"])
def test_without_axes_a_new_figure_is_made_and_not_the_current_one_used(name):
    current = plt.figure()
    try:
        ax = PLOTS[name]()
        assert ax.figure is not current
        assert current.axes == []
        assert ax.figure.number in plt.get_fignums()
    finally:
        plt.close("all")


@pytest.mark.parametrize("name", [name for name in PLOTS if name != "hinges"])
def test_labels_and_title_of_the_caller_are_left_alone(name):
    ax = Figure().add_subplot(xlabel="mine", ylabel="my own", title="ours")
    PLOTS[name](ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("mine", "my own", "ours")


@pytest.mark.slow
@pytest.mark.parametrize("module", LECTURE, ids=lambda m: m.__name__.rpartition(".")[2])
def test_lecture_figures_are_drawn_from_what_was_saved_alone(module, tmp_path, monkeypatch):
    ls.save(module.compute(module.Settings(**LECTURE[module])), tmp_path / "result.nc")
    result = ls.load(tmp_path / "result.nc")
    no_network(monkeypatch)
    for forbidden in ("train", "evaluate_plane", "evaluate_line", "project", "decision_surface"):
        monkeypatch.setitem(vars(ls), forbidden, None)
    before, figures = dict.copy(mpl.rcParams), plt.get_fignums()
    for size in module.SIZES:
        with style_context("lecture-dark"):
            figure = Figure(figsize=SIZES[size])
            inside = dict.copy(mpl.rcParams)
            module.draw(result, figure, size)
            assert dict.copy(mpl.rcParams) == inside
    assert Said(module, result)
    assert module.alt_text(result)
    assert dict.copy(mpl.rcParams) == before
    assert plt.get_fignums() == figures
