"""Ids of SVG files are XML names and unique, and every reference leads to one."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from svg_ids import faults_of

from figures.output.saving import About, figure_bytes

ABOUT = About(title="A title", alt_text='id="a b" <g id="c d"')


def svg(gids):
    figure = Figure(figsize=(1, 1))
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    for k, gid in enumerate(gids):
        ax.plot([0, 1], [k, 1], "o-", gid=gid)
    ax.fill_between([0, 1], [0, 1], hatch="//")
    ax.imshow(np.eye(2))
    ax.fill_between([0, 1], [2, 3], gid="filled").set_rasterized(True)
    ax.fill_between([0, 1], [2, 3], gid="filled").set_rasterized(True)  # the same image again
    return figure_bytes(figure, "svg", ABOUT).decode()


@pytest.mark.parametrize(
    ("gids", "ids"),
    [
        (["level 1/4", "level 1/4"], ["level-1-4", "level-1-4-2"]),
        (["beyond", "beyond", "beyond-2"], ["beyond", "beyond-2", "beyond-2-2"]),
        (["2nd", "-a", "."], ["_2nd", "_-a", "_."]),
        (['a"<&>b', "Größe θ"], ["a-b", "Gr-e-"]),
        (["figure_1", "axes_1"], ["figure_1-2", "axes_1-2"]),
        (["kept", "as.it-is_1"], ["kept", "as.it-is_1"]),
    ],
)
def test_gids_become_ids(gids, ids):
    text = svg(gids)
    assert faults_of(text) == []
    assert set(ids) <= {e.get("id") for e in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}g")}


def test_the_check_finds_what_is_wrong():
    text = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a b"/><g id="c"/><g id="c" clip-path="url(#d)"/></svg>'
    assert faults_of(text) == ["no XML name: 'a b'", "more than once: 'c'", "leads nowhere: 'd'"]


def test_matplotlib_itself_writes_gids_as_they_are():
    """As soon as it does not, the repair can go."""
    import io

    figure, file = Figure(), io.StringIO()
    figure.subplots().plot([0, 1], gid="a b")
    figure.savefig(file, format="svg")
    assert re.search('<g id="a b"', file.getvalue())
