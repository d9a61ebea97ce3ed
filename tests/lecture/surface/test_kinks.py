"""The figure on kinks against second differences of the loss, and what it says against what it holds."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.surface import kinks
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"points": 41}
MISSED = 2  # a seed whose plane misses the region that automatic differentiation sees


@pytest.fixture(scope="module")
def result():
    return kinks.compute(kinks.Settings(**SMALL))


def second_difference(direction, step=1e-4):
    """The one-sided second derivative of the loss at the optimum, where loss and gradient are 0, by length."""
    unit = step * direction / np.linalg.norm(direction)
    return float(2 * NET.loss(xor.TEXTBOOK + unit) / step**2)


def test_curvatures_are_those_of_the_loss_on_both_sides(result):
    behind, ahead, autodiff = result.curvatures
    line = result.profile.direction
    assert behind == pytest.approx(second_difference(-line), rel=1e-2)
    assert ahead == pytest.approx(second_difference(line), rel=1e-2)
    assert autodiff == ahead != pytest.approx(behind, rel=0.1)
    assert not NET.gradient(xor.TEXTBOOK).any()


def test_cones_and_the_one_that_is_seen(result):
    assert len(result.cones) == 8
    np.testing.assert_array_equal(result.cones[result.seen].hessian, NET.hessian(xor.TEXTBOOK))
    for unit, sample in result.kinks:
        assert NET.preactivations(xor.TEXTBOOK)[sample, unit] == 0
        assert not result.cones[result.seen].active[sample, unit]


def test_quadratic_form_is_the_loss_in_the_sector_that_is_seen(result):
    angle, r = result.angle, 1e-4
    at = r * np.array([np.cos(angle), np.sin(angle)])
    loss = NET.loss(result.surface.plane.point(*at))
    model = ls.quadratic_model(NET, result.surface.plane, at[:1], at[1:])
    assert model.loss == pytest.approx(float(loss), rel=1e-2)
    wide = ls.quadratic_model(NET, result.surface.plane, result.surface.alpha, result.surface.beta)
    np.testing.assert_array_equal(result.model.loss, wide.loss)
    assert result.cone_of[result.angles.tolist().index(angle)] == result.seen
    i = 30
    assert result.quadratic[i] == pytest.approx(
        0.5
        * (result.profile.alpha[i] * result.profile.direction)
        @ NET.hessian(xor.TEXTBOOK)
        @ (result.profile.alpha[i] * result.profile.direction)
    )


def test_artists_show_the_result(result, drawn):
    figure = drawn(result, "lecture", "full")
    plane, spectra, patterns, line = figure.axes[:4]
    shown = sorted(float(y) for curve in spectra.lines for y in curve.get_ydata())
    wanted = sorted(
        float(e) for cone in result.cones for e in np.where(np.abs(cone.eigenvalues) < 1e-9, 0, cone.eigenvalues)
    )
    np.testing.assert_allclose(shown, wanted)
    numbers = [t.get_text() for t in spectra.get_yticklabels()]
    assert numbers[0] == "0"
    assert all(number.replace(".", "", 1).isdigit() for number in numbers), "ticks are numbers"
    assert spectra.get_ylabel() == "root scale"
    zeros = [curve.get_xdata() for curve in spectra.lines if curve.get_gid() == "zeros"]
    assert [len(set(x)) for x in zeros] == [5] * 8, "side by side, to be counted"
    regions = [t.get_text() for t in patterns.get_xticklabels()]
    unseen = [f"({k + 1})" for k in range(8) if k not in result.cone_of]
    assert regions == [f"({k})" if f"({k})" in unseen else f"{k}" for k in range(1, 9)]
    assert len(unseen) == 2
    assert "not in this plane" in patterns.get_xlabel()
    assert line.get_yscale() == "linear"
    for dot in patterns.lines:
        k, row = int(dot.get_xdata()[0]) - 1, int(dot.get_ydata()[0])
        unit, sample = result.kinks[row]
        filled = dot.get_markerfacecolor() != "none"
        assert filled == result.cones[k].active[sample, unit]
        assert dot.get_markeredgecolor() == ("C0", "C3")[unit]
    assert [t.get_text() for t in patterns.get_yticklabels()] == ["unit 1 on 00", "unit 2 on 01", "unit 2 on 10"]
    kink = [curve for curve in plane.lines if curve.get_label() == "_kink"]
    np.testing.assert_array_equal([c.get_xydata() for c in kink], result.lines.segments)
    texts = [t.get_text() for t in plane.texts]
    assert {"00", "01", "10", *(str(k + 1) for k in result.cone_of)} <= set(texts)
    np.testing.assert_array_equal(line.lines[0].get_ydata(), result.quadratic)
    np.testing.assert_array_equal(line.lines[1].get_ydata(), result.profile.loss)
    assert plane.get_title().startswith("6 of 8 regions")


def test_half_size_has_the_value_of_every_region(result, drawn):
    plane = drawn(result, "lecture", "half").axes[0]
    texts = [*(t.get_text() for t in plane.texts), *plane.get_title().replace("\n", " ").split()]
    assert "not in this plane" in plane.get_title()
    for cone in result.cones:
        assert f"{cone.eigenvalues[-1]:.1f}" in texts


@pytest.mark.parametrize("size", kinks.SIZES)
def test_bold_and_dashed_contour_are_named(result, drawn, size):
    (legend,) = drawn(result, "lecture", size).legends
    texts = [t.get_text() for t in legend.get_texts()]
    styles = dict(zip(texts, (h.get_linestyle() for h in legend.legend_handles), strict=True))
    assert styles[f"loss {result.height:.2g}"] == "-"
    assert [styles[t] for t in texts if t.startswith("same by")] == ["--"]


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", kinks.SIZES)
def test_layout(drawn, style, size):
    figure = drawn(kinks.compute(kinks.Settings()), style, size)
    with style_context(style):
        for curve in figure.axes[0].lines:
            if curve.get_label() == "_kink":
                assert to_hex(curve.get_color()) in {to_hex("C0"), to_hex("C3")}


def test_caption_quotes_the_result(result):
    text = Said(kinks, result)
    behind, ahead, autodiff = result.curvatures
    low, high = result.cones[0].eigenvalues[-1], result.cones[-1].eigenvalues[-1]
    assert quotes(text, 3, "pre-activations", 0, listed=["unit 1", "00", "unit 2", "01", "10"])
    for parts in (
        (8, "regions"),
        ("rank 4", 5, 0, "eigenvalues", f"{low:.1f}", f"{high:.1f}"),
        ("seed 10", "float64", "angle", f"{result.surface.plane.angle:.0f} degrees"),
        ("automatic differentiation", "region 1", "largest eigenvalue is the smallest"),
        ("ellipse", "only"),
        (f"{autodiff:.2g}", "automatic differentiation", "both"),
        ("above", "0.5"),
    ):
        assert quotes(text, *parts), parts
    assert quotes(text, "second derivative", listed=[f"{behind:.2g}", f"{ahead:.2g}", f"{autodiff:.2g}"])
    assert quotes(text, "second derivative", listed=["left", "right"])
    assert "sharp" not in text
    assert "nowhere" not in text
    alt = kinks.alt_text(result)
    assert quotes(alt, 8, "regions")
    assert quotes(alt, 3, "kink lines")
    assert quotes(alt, "second derivatives", listed=[f"{behind:.2g}", f"{ahead:.2g}", f"{autodiff:.2g}"])


def test_caption_at_half_size_speaks_of_what_is_drawn(result):
    text = Said(kinks, result, "half")
    low = f"{result.cones[result.seen].eigenvalues[-1]:.1f}"
    assert quotes(text, "regions", "largest eigenvalue")
    assert quotes(text, "automatic differentiation", "region", low)
    for absent in ("Left:", "Right:", "Bottom:", "dotted"):
        assert absent not in text
        assert absent not in kinks.alt_text(result, "half")
    assert quotes(kinks.alt_text(result, "half"), low)


def test_caption_follows_the_settings(drawn):
    other = kinks.compute(kinks.Settings(seed=MISSED, ceiling=0.8, points=21))
    assert other.seen not in other.cone_of
    text = Said(kinks, other)
    for parts in ((f"seed {MISSED}",), ("above", "0.8"), ("ellipse", "nowhere")):
        assert quotes(text, *parts), parts
    drawn(other, "lecture", "full")


def test_kept_result_is_drawn_alike(result, drawn, tmp_path):
    ls.save(result, tmp_path / "kinks.nc")
    kept = ls.load(tmp_path / "kinks.nc")
    assert Said(kinks, kept) == Said(kinks, result)
    assert kinks.alt_text(kept) == kinks.alt_text(result)
    drawn(kept, "lecture", "half")


@pytest.mark.parametrize("given", [{"seed": -1}, {"reach": 0.0}, {"points": 3}, {"ceiling": 0.0}, {"theta": 1}])
def test_bad_settings(given):
    with pytest.raises(ValidationError, match=next(iter(given))):
        kinks.Settings(**given)
