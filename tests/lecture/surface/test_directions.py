"""The directions figure: the same random numbers sliced in several ways, each with its own facts under it."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from pydantic import ValidationError
from quoting import quotes
from telling import Said

import landscape as ls
from figures.lecture.surface import directions
from figures.recipes.recipe import Variant
from figures.render.jobs import Draw
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import SIZES, STYLES, style_context, text_color
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
FILTERS = {"joint": ([0, 2, 4], [1, 3, 5], [6, 7, 8]), "ignore": ([0, 2], [1, 3], [6, 7])}


@pytest.fixture(scope="module")
def result():
    return directions.compute(directions.Settings(points=41))


def drawn(result, size="full"):
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    directions.draw(result, figure, size)
    figure.canvas.draw()
    return figure


def by_hand(seed, slicing):
    """Both directions, each filter rescaled on its own by a loop over hand-written index lists."""
    raw = np.random.default_rng(seed).standard_normal((2, 9))
    if slicing == "random":
        return raw
    scaled = np.zeros((2, 9))
    for d, out in zip(raw, scaled, strict=True):
        for f in FILTERS[slicing]:
            out[f] = d[f] / np.linalg.norm(d[f]) * np.linalg.norm(xor.TEXTBOOK[f])
    return scaled


def test_slices_share_their_random_numbers(result):
    panels = list(zip(result.seeds, result.slices, result.surfaces, result.profiles, result.ranges, strict=True))
    assert [(seed, slicing) for seed, slicing, *_ in panels] == [
        (0, "random"),
        (0, "ignore"),
        (2, "random"),
        (2, "ignore"),
    ]
    for seed, slicing, surface, profile, half in panels:
        d1, d2 = by_hand(seed, slicing)
        np.testing.assert_allclose(surface.plane.d1, d1)
        np.testing.assert_allclose(surface.plane.d2, d2)
        theta = xor.TEXTBOOK + surface.alpha[:, None] * d1 + surface.beta[:, None, None] * d2
        np.testing.assert_allclose(surface.loss, NET.loss(theta), atol=1e-12)
        np.testing.assert_allclose(profile.loss[::2], surface.loss[20], atol=1e-12)
        assert (surface.alpha[-1], surface.beta[0]) == (half[0], -half[1])
        np.testing.assert_allclose(half * surface.plane.norms, result.distance, rtol=1e-12)
        own = ls.automatic_range(NET, surface.plane, 0.5) * max(surface.plane.norms)
        assert result.distance >= directions.Settings().reach * own
        assert surface.loss[20, 20] == 0.0


def test_joint_normalization_moves_all():
    joint = directions.compute(directions.Settings(seeds=(4,), slices=("joint", "separate"), points=5))
    np.testing.assert_allclose(joint.surfaces[0].plane.d1, by_hand(4, "joint")[0])
    assert joint.frozen == ("none", "b2")
    assert quotes(Said(directions, joint), "joint", "bias", "weights")


def test_frozen_parameters_are_those_that_no_point_moves(result):
    assert result.frozen == ("none", "b1, b2", "none", "b1, b2")
    for frozen, surface in zip(result.frozen, result.surfaces, strict=True):
        still = np.ptp(surface.plane.point(surface.alpha, surface.beta[:, None]), axis=(0, 1)) == 0
        assert still.sum() == (3 if frozen == "b1, b2" else 0)
    plane = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "W2[1,0]")
    assert directions.frozen_parameters(NET, plane) == "W1, b1[1], W2[0,0], b2"


def test_orthogonal_directions_on_demand():
    square = directions.compute(directions.Settings(orthogonal=True, points=5))
    assert all(abs(s.plane.cosine) < 1e-12 for s in square.surfaces)
    assert quotes(Said(directions, square), "second direction", "orthogonal")


def test_caption_quotes_the_result(result):
    text = Said(directions, result)
    angles, steps, others = [], [], []
    for surface, half in zip(result.surfaces, result.ranges, strict=True):
        d1, d2 = surface.plane.d1, surface.plane.d2
        angle = np.degrees(np.arccos(d1 @ d2 / np.linalg.norm(d1) / np.linalg.norm(d2)))
        angles.append(f"{angle:.0f}")
        steps += [f"{np.sqrt(d1 @ d1):.3g}", f"{np.sqrt(d2 @ d2):.3g}"]
        others.append(
            (f"\N{PLUS-MINUS SIGN}{half[0]:.2g}", f"\N{PLUS-MINUS SIGN}{half[1]:.2g}", f"{surface.loss.max():.2g}")
        )
    for listed in (angles, steps, *zip(*others, strict=True)):
        assert quotes(text, "angle", "unit steps", "highest loss", listed=listed), listed
    assert quotes(directions.alt_text(result), "angles", listed=angles)
    assert quotes(text, "loss 0", "1 of 1681")
    assert quotes(text, "lines", listed=["1/8", "1/6", "1/4"])
    assert quotes(text, "float64")
    assert quotes(text, "above", "0.5")
    other = Said(directions, directions.compute(directions.Settings(seeds=(9,), ceiling=2.0, points=5)))
    assert quotes(other, "seed 9")
    assert quotes(other, "above", 2)
    assert "seed 0" not in other


def test_every_panel_says_what_it_shows(result):
    with style_context("lecture"):
        figure = drawn(result)
        *panels, bar = figure.axes
        above, below = panels[:4], panels[4:]
        for i, (contour, profile) in enumerate(zip(above, below, strict=True)):
            plane = result.surfaces[i].plane
            text = profile.get_xlabel()
            assert r"distance along $\alpha$" in text
            names = [float(t.get_text().replace("\N{MINUS SIGN}", "-")) for t in profile.get_xticklabels()]
            np.testing.assert_allclose(profile.get_xticks() * plane.norms[0], names)
            np.testing.assert_allclose(contour.get_yticks() * plane.norms[1], names)
            assert f"angle {plane.angle:.0f}" in text
            assert ("frozen: none" in text) == (result.slices[i] == "random")
            assert ("frozen: $b_{1}$, $b_{2}$" in text) == (result.slices[i] == "ignore")
            assert f"seed {result.seeds[i]}" in contour.get_title()
            assert contour.get_xlim() == profile.get_xlim()
            (line,) = [line for line in profile.lines if len(line.get_xdata()) == 81]
            np.testing.assert_array_equal(line.get_ydata(), result.profiles[i].loss)
        assert [t.get_text() for t in bar.get_yticklabels()] == ["0", "1/8", "1/6", "1/4", "1/2"]


def test_panels_share_one_scale_and_cut_what_is_above_in_grey(result):
    with style_context("lecture"):
        figure = drawn(result)
        fills = [c for ax in figure.axes[:4] for c in ax.collections if getattr(c, "filled", False)]
        assert [c.get_gid() for c in fills] == [None, "clipped"] * 4
        fills = fills[::2]
        assert len(fills) == 4
        assert {(f.norm.vmin, f.norm.vmax, f.norm.gamma) for f in fills} == {(0.0, 0.5, 0.5)}
        assert all(same_color(f.cmap(1.5), clipped()) and f.extend == "max" for f in fills)
        looks = level_styles(result.levels)
        for profile in figure.axes[4:8]:
            rules = {line.get_ydata()[0]: line.get_color() for line in profile.lines if len(line.get_xdata()) == 2}
            for level in result.levels[1:]:
                assert rules[float(level)] == looks[level].color
            (line,) = [line for line in profile.lines if len(line.get_xdata()) == 81]
            leaves = np.count_nonzero(np.diff(line.get_ydata() > 0.5))
            marks = [m for m in profile.lines if m.get_marker() == "^"]
            assert sum(len(m.get_xdata()) for m in marks) == leaves
            assert all(same_color(m.get_color(), text_color()) for m in marks)


def test_half_size_compares_two_slices_of_one_seed(result):
    with style_context("lecture"):
        figure = drawn(result, "half")
        titles = [ax.get_title() for ax in figure.axes[:2]]
        assert titles == ["random\ndirections", "filter-normalized\nbias ignore"]
        assert len(figure.axes) == 5


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", directions.SIZES)
def test_text_fits(result, style, size, laid_out):
    with style_context(style):
        assert laid_out(drawn(result, size)) > 15


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"seeds": (1, 2), "slices": ("random", "joint", "ignore")}, "at most 4 panels; got 2 x 3"),
        ({"seeds": (-1,)}, "seeds must be at least 0; got -1"),
        ({"seeds": ()}, "seeds"),
        ({"slices": ("layer",)}, "slices"),
        ({"ceiling": 0.1}, "ceiling"),
        ({"points": 2}, "points"),
    ],
)
def test_bad_settings(wrong, message):
    with pytest.raises(ValidationError, match=message):
        directions.Settings(**wrong)


def test_result_survives_the_file(result, tmp_path):
    ls.save(result, tmp_path / "directions.nc")
    again = ls.load(tmp_path / "directions.nc")
    assert Said(directions, again) == Said(directions, result)
    with style_context("lecture"):
        a, b = (np.asarray(drawn(r, "half").canvas.buffer_rgba()) for r in (result, again))
    np.testing.assert_array_equal(a, b)


def test_files_carry_both_seeds(tmp_path):
    module = "figures.lecture.surface.directions"
    settings = directions.Settings(seeds=(3, 8))
    variant = Variant(name="directions", figure="directions", settings=settings)
    job = Draw(variant=variant, module=module, style="", size="", out=tmp_path, files=())
    assert job._facts()["seed"] == "3, 8"
