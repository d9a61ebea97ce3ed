"""The pictures of the page, drawn with its SVG pen: geometry, what they show and what they say."""

import base64
import io
import itertools
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figures.page.bundle import APP
from figures.page.look import page_look
from figures.style.palette import level_styles
from figures.style.style_sheets import style_context

LEVELS = [Fraction(0), Fraction(1, 8), Fraction(1, 6), Fraction(1, 4)]
DRIVER = Path(__file__).with_name("draw_views.js")
SIZES = [(320, 300), (560, 420), (900, 700)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return what draw_views.js prints: pictures and numbers of all views, drawn by one run of Node."""
    node = shutil.which("node") or pytest.fail("Node is needed to draw the views")
    folder = tmp_path_factory.mktemp("page")
    for name in ("views", "texts"):
        shutil.copytree(str(APP / name), folder / name)
    shutil.copy(DRIVER, folder / DRIVER.name)
    (folder / "package.json").write_text('{"type": "module"}')
    given = json.dumps({"look": page_look(LEVELS), "sizes": SIZES})
    done = subprocess.run(
        [node, DRIVER.name], cwd=folder, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def texts_of(picture):
    return [element.text for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_colours_are_those_of_the_slides():
    for theme, style in (("light", "lecture"), ("dark", "lecture-dark")):
        look = page_look(LEVELS)[theme]
        with style_context(style):
            styles = level_styles(LEVELS)
        assert [level["color"] for level in look["levels"]] == [styles[v].color.lower() for v in LEVELS]
        assert [level["marker"] for level in look["levels"]] == ["circle", "square", "up", "diamond"]
        assert [level["label"] for level in look["levels"]] == ["0", "1/8", "1/6", "1/4"]
        assert re.fullmatch(r"[0-9a-f]{1536}", look["losses"])
    assert page_look(LEVELS)["light"]["losses"][:6] == "fde725"  # viridis, from its bright end
    assert page_look(LEVELS)["dark"]["losses"][:6] == "440154"


def test_contour_lines(drawn):
    """Those of a circle, a saddle, a plane and of values with a hole."""
    circle, saddle, line, hole = (drawn["contours"][name] for name in ("circle", "saddle", "line", "hole"))
    assert len(circle) == 1
    assert circle[0][:2] == circle[0][-2:]
    radii = [((x - 20) ** 2 + (y - 20) ** 2) ** 0.5 / 20 for x, y in zip(circle[0][::2], circle[0][1::2], strict=True)]
    assert max(abs(r - 0.5) for r in radii) < 2e-3
    assert sorted(len(one) for one in saddle) == [4, 4]
    assert line == [[0.5, 0.0, 0.5, 1.0, 0.5, 2.0]]
    assert hole == []


@pytest.mark.parametrize("name", ["plane", "outcome", "terrain", "curves", "decision", "bars"])
def test_data_and_pixels_are_inverse(drawn, name):
    for (a, b), (p, q) in drawn["roundTrips"][name]:
        assert (p, q) == pytest.approx((a, b), abs=2e-3 if name == "terrain" else 1e-9), name


def test_drag_targets(drawn):
    names = ["W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "b1[0]", "b1[1]", "W2[0,0]", "W2[1,0]", "b2[0]"]
    assert [target["name"] for target in drawn["targets"]["network"]] == names
    assert [target["name"] for target in drawn["targets"]["plane"]] == ["P", "start"]
    assert [target["name"] for target in drawn["targets"]["curves"]] == ["step"]


@pytest.mark.parametrize("name", ["plane", "terrain"])
def test_texts_from_outside_are_escaped(drawn, name):
    assert '<b a="1">&' in texts_of(drawn["pictures"][name][2])


def test_ticks_of_the_loss(drawn):
    """At 0, the levels and the ceiling, in order of height and apart from each other, on any ceiling."""
    for ticks in drawn["lossTicks"]:
        places = [y for label, y in ticks]
        assert [label for label, _ in ticks[:4]] == ["0", "1/8", "1/6", "1/4"]
        assert all(a - b >= 11.9 for a, b in itertools.pairwise(places)), ticks


def test_levels_have_marker_line_and_name(drawn):
    """So that no colour is needed: on the map, among the bars and on the curves."""
    shares = {"solved: 25.0 %", "stuck at 1/8: 25.0 %", "stuck at 1/4: 25.0 %"}
    assert shares <= set(texts_of(drawn["pictures"]["outcome"][2]))
    bars = [text for text in texts_of(drawn["pictures"]["bars"][1]) if text.startswith(("solved", "stuck", "on no"))]
    assert bars == ["solved", "stuck at 1/8", "stuck at 1/6", "stuck at 1/4", "on no level"]
    curves = texts_of(drawn["pictures"]["curves"][2])
    assert {"1/8", "1/6", "1/4", "0", "1: solved", "2: stuck at 1/4"} <= set(curves)
    assert 'stroke-dasharray="6 3"' in drawn["pictures"]["curves"][2]


def test_hidden_part_of_a_path(drawn):
    """A ridge across hides what lies behind it, and nothing of what lies before or on it."""
    hidden = {float(v): is_hidden for v, is_hidden in drawn["hidden"].items()}
    assert all(hidden[v] for v in (0.15, 0.3, 0.5)), hidden
    assert not any(hidden[v] for v in (-0.9, -0.5, 0.0)), hidden


def test_kinks_that_coincide_are_one_line(drawn):
    assert [(line["unit"], line["samples"]) for line in drawn["kinks"]] == [(1, ["01", "10"]), (2, ["11"])]


def test_paths_are_divided_where_they_change_and_break_off(drawn):
    assert drawn["pieces"] == [
        {"kind": "near", "points": [0, 0, 5, 0]},
        {"kind": "far", "points": [5, 0, 10, 0]},
        {"kind": "near", "points": [20, 0, 25, 0]},
    ]


def test_images_of_an_export(drawn):
    """With a palette for few colours, without one for many."""

    def decoded(uri):
        return Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))

    image = decoded(drawn["image"])
    assert image.mode == "P"
    assert np.asarray(image.convert("RGB")).tolist() == [[[255, 0, 0], [0, 128, 0]], [[0, 0, 7], [9, 9, 9]]]
    uri, first = drawn["noise"]
    noise = decoded(uri)
    assert (noise.mode, noise.size) == ("RGB", (300, 100))
    assert np.asarray(noise.convert("RGBA")).ravel()[:400].tolist() == first


def test_exact_zeros_are_marked(drawn):
    """The bowl of the example is exactly 0 in its middle, a point of the grid."""
    assert "loss exactly 0" in texts_of(drawn["pictures"]["plane"][2])


def test_dead_unit_is_said(drawn):
    assert any("dead" in text for text in texts_of(drawn["pictures"]["network"][1]))


@pytest.mark.parametrize("name", ["plane", "outcome", "terrain", "network", "decision", "curves", "bars"])
@pytest.mark.parametrize("size", range(len(SIZES)))
def test_texts_stay_inside_and_apart(drawn, name, size):
    width, height = SIZES[size]
    boxes = drawn["boxes"][name][size]
    assert boxes
    for text, x0, y0, x1, y1 in boxes:
        assert -1 <= x0 < x1 <= width + 1, (text, x0, x1)
        assert -1 <= y0 < y1 <= height + 1, (text, y0, y1)
    assert drawn["overlaps"][name][size] == []


def test_unusual_models_are_drawn_with_numbers_only(drawn):
    """Without runs, with losses that are all 0 or not finite, with diverged runs: no coordinate is lost."""
    for name, picture in drawn["unusual"].items():
        ET.fromstring(picture)
        assert not re.search(r"NaN|Infinity|undefined|null", picture), name


def test_languages_have_the_same_texts(drawn):
    english, german = drawn["texts"]
    assert {key: re.findall(r"\{\w+\}", text) for key, text in english.items()} == {
        key: re.findall(r"\{\w+\}", text) for key, text in german.items()
    }
    used = {key for path in (APP / "views").rglob("*.js") for key in re.findall(r'"(view\.\w+)"', path.read_text())}
    assert used == set(english)
