"""The drawn network has every weight on its own arrow and every bias at its own node."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from figures.plots.network import OUTPUT_COLOR, RADIUS, plot_network
from figures.style.style_sheets import text_color
from landscape import xor

MINUS = "\N{MINUS SIGN}"
NODES = (r"$x_1$", r"$x_2$", r"$h_1$", r"$h_2$", r"$h_3$", r"$\hat y$")


def drawn(theta, hidden=2):
    return plot_network(np.asarray(theta, dtype=float), hidden, ax=Figure().add_subplot())


def nodes(ax):
    """Return the centre of every node by its name."""
    return {t.get_text(): np.array(t.get_position()) for t in ax.texts if t.get_text() in NODES}


def numbers(ax):
    return [t for t in ax.texts if t.get_text() and t.get_text() not in NODES]


def arrow_of(ax, text):
    """Return start and end of the arrow that a number stands on."""
    at = np.array(text.get_position())
    arrows = [(np.array(t.xyann), np.array(t.xy)) for t in ax.texts if not t.get_text()]
    off = [np.hypot(*(at - s)) + np.hypot(*(e - at)) - np.hypot(*(e - s)) for s, e in arrows]  # the detour over it
    return arrows[int(np.argmin(off))], min(off)


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_every_weight_stands_on_its_own_arrow(hidden):
    n = 4 * hidden + 1
    theta = np.arange(1, n + 1)
    ax = drawn(theta, hidden)
    places = nodes(ax)
    weights = xor.network(hidden=hidden).unpack(theta)
    expected = {(f"$x_{k + 1}$", f"$h_{u + 1}$"): weights.W1[k, u] for k in range(2) for u in range(hidden)}
    expected |= {(f"$h_{u + 1}$", r"$\hat y$"): weights.W2[u] for u in range(hidden)}
    texts = {t.get_text(): t for t in numbers(ax)}
    for (source, to), value in expected.items():
        (start, end), off = arrow_of(ax, texts[f"{value:g}"])
        assert off < 1e-12
        np.testing.assert_array_equal(start, places[source])
        np.testing.assert_array_equal(end, places[to])
    assert len([t for t in ax.texts if not t.get_text()]) == 3 * hidden


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_every_bias_stands_at_its_node(hidden):
    theta = np.arange(1, 4 * hidden + 2)
    ax = drawn(theta, hidden)
    places = nodes(ax)
    weights = xor.network(hidden=hidden).unpack(theta)
    biases = {f"$h_{u + 1}$": weights.b1[u] for u in range(hidden)} | {r"$\hat y$": weights.b2}
    for node, value in biases.items():
        (text,) = [t for t in numbers(ax) if t.get_text() == f"{value:g}"]
        away = np.array(text.get_position()) - places[node]
        assert away[0] == 0
        assert RADIUS < abs(away[1]) < 2 * RADIUS


def test_the_textbook_network():
    ax = drawn(xor.TEXTBOOK)
    assert sorted(t.get_text() for t in numbers(ax)) == sorted(["1"] * 5 + ["0", f"{MINUS}1", f"{MINUS}2", "0"])
    assert set(nodes(ax)) == set(NODES) - {r"$h_3$"}
    assert ax.get_aspect() == 1.0
    assert not ax.axison


def test_numbers_are_short_and_have_a_true_minus():
    ax = drawn([-1.23456, 1e-9, 1234567, 1 / 3, 0, 0, 0, 0, -0.5])
    texts = {t.get_text() for t in numbers(ax)}
    assert {f"{MINUS}1.23", f"1e{MINUS}09", "1.23e+06", "0.333", f"{MINUS}0.5"} <= texts


def test_units_and_output_have_their_colours():
    ax = drawn(xor.TEXTBOOK)
    circles = {tuple(c.center): c for c in ax.patches if isinstance(c, Circle)}
    places = nodes(ax)
    for name, color in ((r"$h_1$", "C0"), (r"$h_2$", "C3"), (r"$\hat y$", OUTPUT_COLOR), (r"$x_1$", text_color())):
        assert same_color(circles[tuple(places[name])].get_edgecolor(), color)
    into = [t.arrowprops["color"] for t in ax.texts if not t.get_text() and tuple(t.xy) == tuple(places[r"$h_2$"])]
    assert into == ["C3", "C3"]


def test_layers_run_from_left_to_right():
    places = nodes(drawn(np.zeros(13), 3))
    assert {places[f"$x_{k}$"][0] for k in (1, 2)} == {0}
    assert {places[f"$h_{u}$"][0] for u in (1, 2, 3)} == {1}
    assert places[r"$\hat y$"].tolist() == [2, 0]
    assert places[r"$h_1$"][1] > places[r"$h_2$"][1] > places[r"$h_3$"][1]
