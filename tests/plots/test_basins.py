"""Basin maps on axes: every start in its level's colour, what is striped, where names stand, what the legend says."""

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_rgba
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.basins import basin_handles, contrast, named_places, plot_basins
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, background_color, style_context
from landscape import xor

pytestmark = pytest.mark.slow

LEVELS = (Fraction(0), Fraction(1, 8), Fraction(1, 6), Fraction(1, 4), None)
PLANE = ls.random_plane(xor.network(), xor.TEXTBOOK, rng=np.random.default_rng(0), orthogonal=True)


def a_map(outcome, alpha=None, beta=None, levels=LEVELS, kind=None):
    values = np.array([np.nan if level is None else float(level) for level in levels])
    outcome = np.asarray(outcome)
    rows, columns = outcome.shape
    return ls.BasinMap(
        alpha=np.arange(columns) if alpha is None else alpha,
        beta=np.arange(rows) if beta is None else beta,
        level=values[outcome],
        state=np.where(outcome == len(levels) - 1, 1, 0),
        kind_code=kind,
        levels=levels,
        plane=PLANE,
    )


def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


def colors_of(ax):
    """Return the colour of every cell that is drawn, row by row as in the map."""
    (image,) = [*ax.images, *ax.collections]
    image.update_scalarmappable() if hasattr(image, "update_scalarmappable") else None
    return image.to_rgba(image.get_array())


def quarters(n=90):
    return np.repeat(np.repeat([[0, 1], [2, 3]], n // 2, axis=0), n // 2, axis=1)


def test_starts_of_runs_at_no_minimum_are_dotted_and_named():
    kind = np.where(quarters() == 3, 2, 0)
    with style_context("lecture"):
        plain, dotted = (
            colors_of(plot_basins(a_map(quarters(), kind=k), ax=axes(), names=False)) for k in (None, kind)
        )
        differs = (plain != dotted).any(axis=-1)
        assert not differs[quarters() != 3].any()
        assert 0.05 < differs[quarters() == 3].mean() < 0.3
        assert (dotted[differs] == to_rgba(background_color())).all()
        words = [[handle.get_label() for handle in basin_handles(a_map(quarters(), kind=k))] for k in (None, kind)]
    assert words[1] == [*words[0], "at no minimum"]


@pytest.mark.parametrize("style", STYLES)
def test_every_start_has_the_colour_of_its_level(style):
    with style_context(style):
        ax = axes()
        assert plot_basins(a_map(quarters()), ax=ax) is ax
        drawn, looks = colors_of(ax), level_styles(LEVELS[:-1])
    for (i, j), level in (((0, 0), LEVELS[0]), ((0, 89), LEVELS[1]), ((89, 0), LEVELS[2]), ((89, 89), LEVELS[3])):
        np.testing.assert_allclose(drawn[i, j], to_rgba(looks[level].color))
    assert len(np.unique(drawn.reshape(-1, 4), axis=0)) == 4


def test_row_0_is_at_the_bottom_and_the_view_ends_at_the_outermost_starts():
    ax = plot_basins(a_map(quarters(), alpha=np.linspace(-3, 3, 90), beta=np.linspace(1, 2, 90)), ax=axes())
    assert (ax.get_xlim(), ax.get_ylim()) == ((-3, 3), (1, 2))
    assert {t.get_text(): t.get_position() for t in ax.texts}["solved"] == pytest.approx((-1.5, 1.25), abs=0.1)
    ax.figure.canvas.draw()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())
    x, y = ax.transData.transform((-2.9, 1.05))  # the lower left start is solved
    solved = level_styles(LEVELS[:-1])[LEVELS[0]].color
    assert same_color(pixels[pixels.shape[0] - int(y), int(x)] / 255, solved)


def test_cells_end_halfway_between_starts_on_uneven_axes():
    found = a_map([[0, 1, 3]], alpha=[0.0, 1.0, 5.0], beta=[7.0])
    ax = plot_basins(found, ax=axes(), names=False)
    ax.figure.canvas.draw()
    pixels, looks = np.asarray(ax.figure.canvas.buffer_rgba()), level_styles(LEVELS[:-1])
    for alpha, level in ((0.45, 0), (0.55, Fraction(1, 8)), (2.9, Fraction(1, 8)), (3.1, Fraction(1, 4))):
        x, y = ax.transData.transform((alpha, 7.0))
        assert same_color(pixels[pixels.shape[0] - int(y), int(x)] / 255, looks[level].color)


def test_runs_on_no_level_are_striped():
    found = a_map(np.full((180, 90), 4))
    drawn = colors_of(plot_basins(found, ax=axes()))
    other = to_rgba(level_styles(LEVELS[:-1])[None].color)
    grey = np.isclose(drawn, other).all(axis=-1)
    assert grey.mean() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_allclose(drawn[~grey], np.broadcast_to(to_rgba(background_color()), drawn[~grey].shape))
    assert not np.isclose(colors_of(plot_basins(a_map([[4, 0]]), ax=axes()))[0, 0], to_rgba(background_color())).all()


def test_names_stand_in_the_widest_basin_where_there_is_room():
    outcome = np.zeros((100, 100), dtype=int)
    outcome[:, 60:] = 3  # middle of its widest circle: column 79 or 80, the row is free
    outcome[40:44, 10:14] = 2  # too small for a name
    outcome[::5, 80] = 4  # single runs
    places = dict(named_places(a_map(outcome)))
    assert set(places) == {0, 3}
    assert places[3][0] == pytest.approx(79.5, abs=1)
    texts = {t.get_text(): t for t in plot_basins(a_map(outcome), ax=axes()).texts}
    assert set(texts) == {"solved", "1/4"}
    assert texts["1/4"].get_position() == places[3]
    assert texts["1/4"].get_color() == contrast(level_styles(LEVELS[:-1])[Fraction(1, 4)].color)
    assert not plot_basins(a_map(outcome), ax=axes(), names=False).texts
    assert dict(named_places(a_map(np.full((500, 500), 4)))) == {}
    assert dict(named_places(a_map(np.zeros((50, 50), dtype=int)), [(24.0, 24.0)]))[0] != pytest.approx((24, 24), abs=9)


def test_the_legend_has_what_is_there_with_shares():
    outcome = np.zeros((40, 50), dtype=int)
    outcome[0, :8] = 3
    outcome[1, 0] = 4
    handles = basin_handles(a_map(outcome))
    assert [h.get_label() for h in handles] == ["solved: 99.5 %", "stuck at 1/4: 0.4 %", "on no level: < 0.1 %"]
    looks = level_styles(LEVELS[:-1])
    assert [
        same_color(h.get_facecolor(), looks[k].color) for h, k in zip(handles, (0, Fraction(1, 4), None), strict=True)
    ]
    assert [bool(h.get_hatch()) for h in handles] == [False, False, True]


def test_labels_that_are_set_already_are_left_alone():
    ax = axes()
    ax.set(xlabel="mine")
    plot_basins(a_map(quarters()), ax=ax)
    assert ax.get_xlabel() == "mine"
    assert "unit step" in ax.get_ylabel()
    assert ax.get_aspect() == 1  # the plane is conformal


def test_the_map_is_an_image_in_vector_files(tmp_path):
    rng = np.random.default_rng(0)
    for alpha in (np.arange(300), np.arange(300) ** 1.5):
        ax = plot_basins(a_map(rng.integers(5, size=(300, 300)), alpha=alpha), ax=axes())
        ax.figure.savefig(tmp_path / "map.svg", dpi=100)
        text = (tmp_path / "map.svg").read_text()
        assert "<image" in text
        assert len(text) < 1_500_000
