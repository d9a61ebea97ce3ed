"""The network figure says and shows what its parameters compute, whatever they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from pydantic import ValidationError
from quoting import quotes
from telling import Said

from figures.lecture.surface import network
from figures.style.style_sheets import SIZES, STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

OTHER = (0.5, -1.0, 2.0, 0.25, 0.5, 0.75, -1.5, 0.5, 0.125)


def by_hand(theta):
    """Return hidden activations and outputs of the four samples, number by number."""
    a, b, c, d, e, f, g, h, k = theta
    hidden = [(max(0.0, x * a + y * c + e), max(0.0, x * b + y * d + f)) for x, y in ((0, 0), (0, 1), (1, 0), (1, 1))]
    return hidden, [g * p + h * q + k for p, q in hidden]


def compute(**settings):
    return network.compute(network.Settings(**({"points": 41} | settings)))


def drawn(result, style="lecture", size="full"):
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        network.draw(result, figure, size)
    return figure


def panel(figure, title):
    (found,) = [ax for ax in figure.axes if ax.get_title() == title]
    return found


def test_the_largest_parameters_that_a_recipe_takes_have_a_finite_loss():
    """Larger ones are a fault of the recipe: at 1e200 the caption said "MSE inf"."""
    largest = (1e6,) * 9
    text = Said(network, compute(theta=largest))
    assert quotes(text, "MSE", "1.8e+25"), "the mean of squares of 2, 4, 4 and 6e12"
    with pytest.raises(ValidationError, match="less than or equal to 1000000"):
        network.Settings(theta=(*largest[:-1], 1.01e6))


@pytest.mark.parametrize("theta", [tuple(xor.TEXTBOOK), OTHER])
def test_caption_and_alt_text_quote_the_forward_pass(theta):
    hidden, outputs = by_hand(theta)
    result = compute(theta=theta)
    text, alt = Said(network, result), network.alt_text(result)
    loss = sum((o - y) ** 2 for o, y in zip(outputs, (0, 1, 1, 0), strict=True)) / 4
    right = sum((o >= 0.5) == bool(y) for o, y in zip(outputs, (0, 1, 1, 0), strict=True))
    listed, points = [f"{o:g}" for o in outputs], [f"({p:g}, {q:g})" for p, q in hidden]
    assert quotes(text, "outputs", "MSE", f"{loss:g}", listed=listed)
    assert quotes(text, "threshold", "0.5", f"{right} of 4")
    for told in (text, alt):
        assert quotes(told, "outputs", listed=listed)
        assert quotes(told, "outputs", listed=["00", "01", "10", "11"])
        assert quotes(told, "hidden space", *points)
    assert ("textbook" in text) == (theta == tuple(xor.TEXTBOOK))


def test_samples_that_meet_in_hidden_space_are_named_together():
    together, apart = Said(network, compute()), Said(network, compute(theta=OTHER))
    assert quotes(together, "hidden space", listed=["01", "10", "(1, 0)"])
    assert together.count("(1, 0)") == 1
    points = [f"({p:g}, {q:g})" for p, q in by_hand(OTHER)[0]]
    assert len(set(points)) == 4
    assert quotes(apart, "hidden space", listed=points)
    assert quotes(apart, "hidden space", listed=["00", "01", "10", "11"])


def test_hidden_space_is_the_affine_output_the_right_way_round():
    result = compute(theta=OTHER)
    axis = result.hidden_axis
    for j, i in ((0, 0), (3, 30), (40, 7)):
        expected = OTHER[6] * axis[i] + OTHER[7] * axis[j] + OTHER[8]  # h1 along columns, h2 along rows
        assert result.hidden_output[j, i] == pytest.approx(expected, rel=1e-12)
    points = np.array(by_hand(OTHER)[0])
    assert axis[0] < 0
    assert axis[-1] > points.max()
    ax = panel(drawn(result), "hidden space")
    (image,) = ax.images
    step = axis[1] - axis[0]
    np.testing.assert_allclose(image.get_extent()[:2], (axis[0] - step / 2, axis[-1] + step / 2))
    assert image.origin == "lower"
    assert ax.get_xlim() == ax.get_ylim() == (axis[0], axis[-1])
    (line,) = [c for c in ax.collections if isinstance(c, QuadContourSet)]
    h1, h2 = line.get_paths()[0].vertices.T
    np.testing.assert_allclose(OTHER[6] * h1 + OTHER[7] * h2 + OTHER[8], 0.5, atol=1e-12)
    np.testing.assert_allclose([sample.get_xydata()[0] for sample in ax.lines], points)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$h_1$", "$h_2$")


def test_the_four_panels_show_one_network():
    result = compute(theta=OTHER)
    figure = drawn(result)
    title = figure.get_suptitle()
    _, outputs = by_hand(OTHER)
    for output in outputs:
        assert f"{output:.3g}".replace("-", "\N{MINUS SIGN}") in title
    assert f"{result.loss:.3g}" in title
    weights = {t.get_text() for t in panel(figure, "weights and biases").texts}
    assert {f"{w:.3g}".replace("-", "\N{MINUS SIGN}") for w in OTHER} <= weights
    square = panel(figure, "input space")
    np.testing.assert_array_equal(square.images[0].get_array(), result.surface.output)
    assert square.get_xlim() == (-0.35, 1.35)
    assert square.get_xticks().tolist() == square.get_yticks().tolist() == [0, 1]


@pytest.mark.parametrize(
    ("theta", "style", "size"),
    [
        *((tuple(xor.TEXTBOOK), style, size) for style in STYLES[:1] for size in network.SIZES),
        (OTHER, "lecture", "full"),
        ((0.0,) * 9, "ddasp", "full"),
    ],
)
def test_layout(laid_out, theta, style, size):
    figure = drawn(compute(theta=theta), style, size)
    FigureCanvasAgg(figure)
    with style_context(style):
        assert laid_out(figure)
    assert len(figure.axes) == (4 if size == "full" else 2)
    ticks = [t.get_text() for t in figure.axes[-1].get_xticklabels()]
    assert ticks == ["0", "0.5", "1"]


def test_a_dead_network_has_no_lines():
    result = compute(theta=(0.0,) * 9)
    assert quotes(network.alt_text(result), "0 hinge lines")
    assert quotes(Said(network, result), "2 of 4", "samples")


def test_every_setting_has_an_effect():
    base = compute()
    assert compute(margin=1.0).surface.axis.tolist() != base.surface.axis.tolist()
    assert compute(margin=1.0).surface.axis[0] == -1.0
    assert compute(points=11).surface.output.shape == compute(points=11).hidden_output.shape == (11, 11)
    assert compute(theta=OTHER).surface.theta.tolist() == list(OTHER)
    assert set(network.Settings.model_fields) == {"theta", "margin", "points"}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"theta": (1.0,) * 8}, "theta"),
        ({"theta": (float("nan"),) * 9}, "theta"),
        ({"margin": 0.0}, "margin"),
        ({"margin": float("inf")}, "margin"),
        ({"points": 10}, "points"),
        ({"hidden": 3}, "hidden"),
    ],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        network.Settings(**given)
