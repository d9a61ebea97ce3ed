"""A handful of pictures, compared with pictures that somebody has looked at: ``tests/baseline``.

Pixels see what artists do not: what covers what, and what is drawn at all. Their text is taken out, since its shape
depends on the version of FreeType. After a change that is meant, ``XORSCAPE_NEW_BASELINE=1 pytest
tests/plots/test_baseline.py`` writes them anew; look at them before you commit them.
"""

import os

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from places import ROOT

import landscape as ls
from figures.plots.contour import plot_contour
from figures.plots.decision import plot_decision
from figures.plots.kinks import plot_kinks
from figures.plots.network import plot_network
from figures.plots.profile import plot_profile
from figures.plots.relief import Mark, plot_relief
from figures.plots.trajectories import mark_point, plot_trajectories
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

BASELINE = ROOT / "tests" / "baseline"
TOLERANCE = 3.0
"""Root mean square over all pixels, of 255: last bits of the arithmetic pass, a line that is missing does not."""
LARGEST = 30_000
"""Bytes of a picture: they stay in the repository for ever."""

NET = xor.network()
LEVELS = [level.value for level in ls.stationary_levels(NET)]
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(0))
AXIS = np.linspace(-1.0, 1.0, 41)


def surface():
    return ls.evaluate_plane(NET, PLANE, AXIS, AXIS)


def contour(ax):
    plot_contour(surface(), ax=ax, marks=LEVELS)
    plot_kinks(ls.kink_lines(NET, PLANE, AXIS, AXIS), ax=ax)
    run = ls.train(NET, PLANE.point(-0.6, 0.5), ls.Adam(0.02), 200)
    plot_trajectories(ls.project(NET, run, PLANE), ax=ax)
    mark_point(ax, 0.0, 0.0)


def profile(ax):
    plot_profile(ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, AXIS), ax=ax, ceiling=0.5, marks=LEVELS)


def decision(ax):
    plot_decision(ls.decision_surface(NET, xor.TEXTBOOK, points=61), ax=ax)


def network(ax):
    plot_network(xor.TEXTBOOK, 2, ax=ax)


def relief(ax):
    path = np.stack([np.linspace(-0.9, 0.9, 60), np.linspace(0.9, -0.6, 60)], axis=1)
    plot_relief(surface(), ax=ax, view=(40, -130), paths=[path], points=[Mark(0.0, 0.0)], nodes=21)


PICTURES = {
    "contour": (contour, "lecture", {"lines": 2, "collections": 3}),
    "contour-dark": (contour, "lecture-dark", {"lines": 2, "collections": 3}),
    "profile": (profile, "ddasp", {"lines": 4, "collections": 0}),
    "decision": (decision, "lecture", {"lines": 4, "collections": 1, "images": 1}),
    "network": (network, "lecture", {"patches": 5, "texts": 20}),
    "relief": (relief, "lecture", {"collections": 1}),
}


def drawn(name):
    plot, style, _ = PICTURES[name]
    with style_context(style):
        mpl.rcParams["savefig.dpi"] = 72
        figure = Figure(figsize=(2.7, 2.6), layout="none")
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.1, 0.1, 0.85, 0.85), **({"projection": "3d"} if plot is relief else {}))
        plot(ax)
        yield figure, ax


def save_without_text(figure, path):
    for text in figure.findobj(Text):
        text.set_alpha(0.0)
    for axis in (axis for ax in figure.axes for axis in ax._axis_map.values()):
        axis.set_ticklabels([])
    figure.savefig(path, metadata={"Software": None})


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name, tmp_path):
    path = tmp_path / f"{name}.png"
    for figure, ax in drawn(name):
        for kind, least in PICTURES[name][2].items():
            assert len(getattr(ax, kind)) >= least, kind
        save_without_text(figure, path)
    assert path.stat().st_size < LARGEST
    expected = BASELINE / path.name
    if os.environ.get("XORSCAPE_NEW_BASELINE"):
        expected.write_bytes(path.read_bytes())
    (tmp_path / "expected").mkdir()
    copy = tmp_path / "expected" / path.name  # the comparison writes beside what it is given
    copy.write_bytes(expected.read_bytes())
    assert compare_images(str(copy), str(path), TOLERANCE) is None


def test_no_picture_is_left_over():
    assert {p.name for p in BASELINE.iterdir()} == {f"{name}.png" for name in PICTURES}
    assert {style for _, style, _ in PICTURES.values()} == set(STYLES)


@pytest.mark.parametrize("missing", ["lines", "collections"])
def test_the_tolerance_sees_what_is_missing(tmp_path, missing):
    path = tmp_path / "contour.png"
    for figure, ax in drawn("contour"):
        for artist in list(getattr(ax, missing))[1:]:
            artist.remove()
        save_without_text(figure, path)
    copy = tmp_path / "expected.png"
    copy.write_bytes((BASELINE / "contour.png").read_bytes())
    assert compare_images(str(copy), str(path), TOLERANCE) is not None
