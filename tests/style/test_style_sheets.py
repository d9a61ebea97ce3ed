"""A style is put on for as long as asked, whatever the user has set, and nothing of it stays."""

from __future__ import annotations

from importlib.resources import files

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties

from figures.style.style_sheets import (
    SIZES,
    STYLES,
    background_color,
    is_dark,
    path_style,
    point_marker,
    style_context,
    text_color,
    views,
)


def settings_now():
    return dict.copy(mpl.rcParams)  # a plain read resolves the backend


@pytest.fixture
def users_own():
    """Settings that no style has, and a backend that is not the default."""
    backend = mpl.get_backend()
    mpl.use("svg")
    own = {"lines.linewidth": 9.0, "axes.facecolor": "red", "font.size": 31.0, "text.usetex": True, "axes.grid": True}
    with mpl.rc_context(own):
        yield own
    mpl.use(backend)


def contrast(one, other):
    """Return the contrast ratio of two colours as the web's accessibility rules define it, 1 to 21."""
    lights = sorted(luminance(c) + 0.05 for c in (one, other))
    return lights[1] / lights[0]


def luminance(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("style", STYLES)
def test_the_users_settings_do_not_show_in_a_style_and_are_back_afterwards(users_own, style):
    before = settings_now()
    with style_context(style):
        for key, value in users_own.items():
            assert mpl.rcParams[key] != value, key
        assert mpl.get_backend() == "svg"
    assert settings_now() == before
    assert mpl.get_backend() == "svg"


def test_the_users_settings_are_back_after_an_exception(users_own):
    before = settings_now(), views()
    with pytest.raises(KeyError, match="no such key"), style_context("ddasp"):
        mpl.rcParams["no such key"] = 77.0
    assert (settings_now(), views()) == before


def test_an_unknown_style_is_refused_before_anything_is_touched():
    before = settings_now()
    with (
        pytest.raises(ValueError, match=r"^no style 'dark'; choose from lecture, lecture-dark, ddasp$"),
        style_context("dark"),
    ):
        pass
    assert settings_now() == before


def test_a_style_in_a_style_hides_the_outer_one_whole():
    with style_context("ddasp"):
        plain = settings_now()
    with style_context("lecture-dark"):
        outer, outer_views = settings_now(), views()
        with style_context("ddasp"):
            assert settings_now() == plain
            assert views() != outer_views
        assert settings_now() == outer
        assert views() == outer_views


def test_the_course_looks_from_its_own_points_of_view():
    with style_context("ddasp"):
        assert views() == ((60.0, -40.0), (65.0, -135.0))
        assert mpl.rcParams["image.cmap"] == "magma_r"


@pytest.mark.parametrize("style", STYLES)
def test_the_course_puts_dots_on_its_paths_and_a_plain_cross_at_points(style):
    with style_context(style):
        assert (path_style().get("marker"), point_marker()) == ((".", "x") if style == "ddasp" else (None, "X"))


@pytest.mark.parametrize("style", STYLES)
def test_text_is_readable_at_native_size(style):
    with style_context(style):
        keys = [k for k in mpl.rcParams if k.endswith(("labelsize", "titlesize", "fontsize", "font.size"))]
        assert len(keys) > 5
        for key in keys:
            size = FontProperties(size=mpl.rcParams[key]).get_size_in_points()
            assert 8 <= size <= 9, key
        assert contrast(text_color(), background_color()) > 7
        assert contrast(mpl.rcParams["xtick.labelcolor"].replace("inherit", text_color()), background_color()) > 7
        assert mpl.rcParams["pdf.fonttype"] == 42
        assert not mpl.rcParams["text.usetex"]


@pytest.mark.parametrize("style", STYLES)
def test_colours_of_the_three_units_stand_out_and_differ(style):
    with style_context(style):
        cycle = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
        units = [to_rgb(cycle[k]) for k in (0, 3, 1)]
        assert min(contrast(color, background_color()) for color in units) > 2
        apart = [np.abs(np.subtract(a, b)).max() for a, b in ((units[0], units[1]), (units[0], units[2]))]
        assert min(apart) > 0.5
        assert np.abs(np.subtract(units[1], units[2])).max() > 0.2


def test_only_the_dark_style_is_dark():
    dark = []
    for style in STYLES:
        with style_context(style):
            dark.append(is_dark())
            ground = mpl.rcParams["figure.facecolor"]
            assert to_rgb(ground) == to_rgb(mpl.rcParams["savefig.facecolor"]) == to_rgb(background_color())
    assert dark == [False, True, False]


def test_the_dark_style_is_the_light_one_in_other_colours():
    light, dark = (
        mpl.rc_params_from_file(files("figures.style") / f"{name}.mplstyle", use_default_template=False)
        for name in ("lecture", "lecture-dark")
    )
    other = {key for key in {*light, *dark} if light.get(key) != dark.get(key)}
    assert all("color" in key or key in {"axes.prop_cycle", "image.cmap"} for key in other), other


def test_there_is_a_sheet_for_every_style_and_no_other():
    sheets = {p.name for p in files("figures.style").iterdir() if p.name.endswith(".mplstyle")}
    assert sheets == {f"{name}.mplstyle" for name in STYLES}


def test_sizes_are_native_for_a_beamer_frame():
    assert SIZES == {"half": (2.7, 2.6), "full": (5.6, 3.2), "wide": (6.0, 2.9)}
