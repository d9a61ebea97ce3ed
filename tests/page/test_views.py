"""The pictures of the page, drawn with its SVG pen: geometry, what they show and what they say."""

import base64
import io
import itertools
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import javascript
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
def drawn():
    """Return what draw_views.js returns: pictures and numbers of all views, drawn in Node."""
    with javascript.running("views", "texts") as modules:
        return modules.evaluate(
            f"({DRIVER.read_text()})(modules, args[0])", {"look": page_look(LEVELS), "sizes": SIZES}
        )


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
        assert f"--paper: {look['background']};" in (APP / "page.css").read_text()
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


@pytest.mark.parametrize("name", ["plane", "outcome"])
def test_data_and_pixels_are_inverse(drawn, name):
    for (a, b), (p, q) in drawn["roundTrips"][name]:
        assert (p, q) == pytest.approx((a, b), abs=1e-9), name


def test_the_nine_parameters_are_dragged_where_their_values_stand(drawn):
    """In the order of theta, which is here [1, -1.25, 1, 1, 0, -30.5, 1, -2, 0]."""
    said = {}
    for text, x0, y0, x1, y1 in drawn["boxes"]["network"][1]:
        said[round((x0 + x1) / 2), round((y0 + y1) / 2)] = text
    values = [said[round(target["x"]), round(target["y"])] for target in drawn["targets"]]
    assert values == ["1.00", "\u22121.25", "1.00", "1.00", "+0.00", "\u221230.5", "1.00", "\u22122.00", "+0.00"]


def test_texts_from_outside_are_escaped(drawn):
    assert '<b a="1">&' in texts_of(drawn["pictures"]["plane"][2])


def test_ticks_of_the_loss(drawn):
    """At 0, the levels and the ceiling, in order of height and apart from each other, on any ceiling."""
    for ticks in drawn["lossTicks"]:
        places = [y for label, y in ticks]
        assert [label for label, _ in ticks[:4]] == ["0", "1/8", "1/6", "1/4"]
        assert all(a - b >= 11.9 for a, b in itertools.pairwise(places)), ticks
        assert len({label for label, _ in ticks}) == len(ticks), ticks


def test_levels_have_marker_line_and_name(drawn):
    """So that no colour is needed: on the map, among the bars and on the curves."""
    shares = {"solved: 25.0\u00a0%", "stuck at 1/8: 25.0\u00a0%", "stuck at 1/4: 25.0\u00a0%"}
    assert shares <= set(texts_of(drawn["pictures"]["outcome"][2]))
    bars = [text for text in texts_of(drawn["pictures"]["bars"][1]) if text.startswith(("solved", "stuck", "on no"))]
    assert bars == ["solved", "stuck at 1/8", "stuck at 1/6", "stuck at 1/4", "on no level"]
    curves = texts_of(drawn["pictures"]["curves"][2])
    assert {"1/8", "1/6", "1/4", "0", "1: solved", "2: stuck at 1/4"} <= set(curves)
    assert 'stroke-dasharray="6 3"' in drawn["pictures"]["curves"][2]


def test_what_is_on_no_level_is_hatched_on_the_map_and_in_its_legend(drawn):
    """Field of the legend and map alternate between two colours along a row."""
    pictures = re.findall(r'<image [^>]*height="([\d.]+)"[^>]*base64,([^"]+)"', drawn["pictures"]["outcome"][2])
    images = {float(height): Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB") for height, data in pictures}
    field, whole = (np.asarray(images[height]) for height in (min(images), max(images)))
    stripes = {tuple(color) for color in field.reshape(-1, 3).tolist()}
    assert len(stripes) == 2
    assert {tuple(color) for color in whole[5, :, :].tolist()} == stripes  # the uppermost starts are on no level


def test_a_run_that_diverges_leaves_room_for_the_others(drawn):
    labels = texts_of(drawn["unusual"]["one diverged"])
    assert "\u2265 10\u2074" in labels
    assert not {"10\u00b2\u2070\u2070", "10\u00b9\u2070\u2070"} & set(labels)


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


def test_exact_zeros_are_marked(drawn):
    """The bowl of the example is exactly 0 in its middle, a point of the grid."""
    assert "loss 0 but for rounding" in texts_of(drawn["pictures"]["plane"][2])


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
        assert not re.search(r"undefined|null", picture), name
        assert not re.search(r"NaN|Infinity", re.sub(r">[^<]*</text>", "", picture)), name


def test_every_text_of_the_views_is_used():
    there = re.findall(r'^  "(view\.\w+)":', (APP / "texts" / "english_views.js").read_text(), re.MULTILINE)
    used = {key for path in (APP / "views").rglob("*.js") for key in re.findall(r'"(view\.\w+)"', path.read_text())}
    assert used == set(there)
