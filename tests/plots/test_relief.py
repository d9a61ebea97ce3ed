"""The relief says what it hides, cuts off and fills up, and is drawn at the heights that it is labelled with."""

from fractions import Fraction

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgba
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.relief import Mark, plot_relief
from figures.style.height_scale import HeightScale
from figures.style.palette import clipped, level_styles
from figures.style.style_sheets import style_context, text_color
from landscape import Surface, xor

pytestmark = pytest.mark.slow

AXIS = np.linspace(-1.0, 1.0, 41)
X, Y = np.meshgrid(AXIS, AXIS)
PLANE = ls.coordinate_plane(xor.network(), xor.TEXTBOOK, "b1[0]", "b2[0]")
LEVELS = [Fraction(0), Fraction(1, 8), Fraction(1, 4)]


def surface(loss, axis=AXIS):
    return Surface(alpha=axis, beta=axis, loss=loss, plane=PLANE)


def axes():
    return Figure().add_subplot(projection="3d", proj_type="ortho", box_aspect=(1, 1, 1))


def lines(ax, gid):
    return [np.array(line.get_data_3d()) for line in ax.lines if line.get_gid() == gid]


def ground(ax):
    (mesh,) = [c for c in ax.collections if c.get_gid() == "ground"]
    return mesh


def corners(ax):
    """All corners (m, 3) of the mesh; matplotlib keeps them privately, padded, and knows the padding."""
    mesh = ground(ax)
    return np.asarray(mesh._faces)[~np.broadcast_to(mesh._invalid_vertices, mesh._faces.shape[:2])]


def test_the_course_style_draws_a_dotted_line_of_the_first_colour_and_a_plain_cross():
    flat = np.zeros_like(X)
    flat[0, 0] = 1.0
    with style_context("ddasp"):
        ax = plot_relief(surface(flat), ax=axes(), view=(40, 0), paths=[[[-0.5, 0.3], [0.5, 0.3]]], points=[Mark(0, 0)])
        first = mpl.rcParams["axes.prop_cycle"].by_key()["color"][0]
        path, mark = (next(line for line in ax.lines if line.get_gid() == gid) for gid in ("path seen", "mark seen"))
        assert (path.get_marker(), path.get_linestyle()) == (".", "-")
        assert same_color(path.get_color(), first)
        assert mark.get_marker() == "x"
        assert same_color(mark.get_markeredgecolor(), text_color())


def test_path_behind_a_ridge_is_dotted():
    """A ridge along beta at alpha = 0, seen from +alpha: what lies behind its foot is in its shadow."""
    ridge = np.clip(1 - np.abs(X) / 0.2, 0, 1)
    ax = plot_relief(surface(ridge), ax=axes(), view=(40, 0), height="linear", paths=[[[-1, 0.3], [1, 0.3]]])
    (hidden,) = lines(ax, "path hidden")
    (seen,) = lines(ax, "path seen")
    # in the unit cube two units of alpha are one of height: the shadow is 2 / tan(40 deg) > 1 long
    assert hidden[0].min() == -1
    assert hidden[0].max() == pytest.approx(0.0, abs=0.02)
    assert hidden[0].max() <= seen[0].min() + 0.03
    assert seen[0].max() == 1


def test_shadow_has_the_length_of_geometry():
    ridge = np.clip(1 - np.abs(X) / 0.05, 0, 1)
    ax = plot_relief(surface(ridge), ax=axes(), view=(75, 0), height="linear", paths=[[[-1, 0.3], [1, 0.3]]])
    (hidden,) = lines(ax, "path hidden")
    length = 2 / np.tan(np.radians(75))
    assert hidden[0].min() == pytest.approx(-length, abs=0.03)
    assert [line.get_linestyle() for line in ax.lines if line.get_gid() == "path hidden"] == [":"]
    assert {line.get_linestyle() for line in ax.lines if line.get_gid() == "path seen"} == {"-"}


@pytest.mark.parametrize("height", ["power", "log", "linear"])
def test_path_lies_on_the_surface(height):
    loss = 0.01 + X**2 + 0.5 * Y**2
    path = np.stack([0.9 * AXIS, 0.8 * AXIS**2], axis=1)
    ax = plot_relief(surface(loss), ax=axes(), view=(90, 0), height=height, floor=0.001, paths=[path])
    (drawn,) = lines(ax, "path seen")
    true = 0.01 + drawn[0] ** 2 + 0.5 * drawn[1] ** 2
    back = {"power": np.square, "log": lambda z: 10**z, "linear": np.asarray}[height](drawn[2])
    np.testing.assert_allclose(back, true, atol=0.003)
    np.testing.assert_allclose(drawn[:2, [0, -1]].T, path[[0, -1]])


def test_path_that_leaves_the_grid_has_a_gap():
    path = [[-0.5, 0.5], [-0.5, 1.5], [0.5, 1.5], [0.5, 0.5]]
    ax = plot_relief(surface(0.1 * X + 1), ax=axes(), view=(90, 0), paths=[path])
    out, back = lines(ax, "path seen")
    assert out[1].max() <= 1
    assert np.ptp(out[0]) == np.ptp(back[0]) == 0
    assert (out[0, 0], back[0, 0]) == (-0.5, 0.5)


def test_hidden_mark_is_hollow():
    ridge = np.clip(1 - np.abs(X) / 0.2, 0, 1)
    points = [Mark(-0.5, 0.0, label="behind"), Mark(0.5, 0.0, marker="o")]
    ax = plot_relief(surface(ridge), ax=axes(), view=(40, 0), height="linear", points=points)
    hidden, seen = ax.lines
    assert (hidden.get_gid(), seen.get_gid()) == ("mark hidden", "mark seen")
    assert hidden.get_markerfacecolor() == "none"
    assert seen.get_markerfacecolor() != "none"
    assert seen.get_marker() == "o"
    assert [t.get_text() for t in ax.texts] == ["behind"]


def test_cut_is_flat_grey_outlined_and_labelled():
    bowl = 4 * (X**2 + Y**2)
    ax = plot_relief(surface(bowl), ax=axes(), view=(90, 0), ceiling=1.0, ticks={0.0: "0", 1.0: "1"})
    assert [t.get_text() for t in ax.get_zticklabels()] == ["0", "≥ 1"]
    assert list(ax.get_zticks()) == [0.0, 1.0]
    assert corners(ax)[:, 2].max() == 1.0
    grey = [same_color(c, to_rgba(clipped())) for c in ground(ax)._facecolor3d]
    assert 0.5 < np.mean(grey) < 1
    outline = np.concatenate(lines(ax, "cut"), axis=1)
    np.testing.assert_allclose(np.hypot(*outline[:2]), 0.5, atol=0.002)
    assert (outline[2] == 1.0).all()


def test_nothing_is_marked_as_cut_when_nothing_is():
    ax = plot_relief(surface(X**2 + Y**2), ax=axes())
    assert not lines(ax, "cut")
    assert not any("≥" in t.get_text() or "≤" in t.get_text() for t in ax.get_zticklabels())
    assert ax.get_zticks()[-1] == pytest.approx(np.sqrt(2))


def test_floor_of_a_log_height_is_labelled():
    ax = plot_relief(surface(X**2 + Y**2), ax=axes(), height="log", floor=1e-3)
    labels = [t.get_text() for t in ax.get_zticklabels()]
    assert labels == ["≤ $10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"]
    np.testing.assert_allclose(ax.get_zticks(), [-3, -2, -1, 0])
    assert corners(ax)[:, 2].min() == -3


def test_levels_are_drawn_at_their_height_in_their_colour():
    looks = level_styles(LEVELS)
    marks = {level: looks[level] for level in LEVELS}
    ax = plot_relief(surface(X**2 + Y**2), ax=axes(), view=(90, 0), marks=marks)
    assert not lines(ax, "level 0")
    for level in LEVELS[1:]:
        (ring,) = lines(ax, f"level {level}")
        np.testing.assert_allclose(ring[2], np.sqrt(float(level)))
        np.testing.assert_allclose(np.hypot(ring[0], ring[1]), np.sqrt(float(level)), atol=0.003)
        (drawn,) = [line for line in ax.lines if line.get_gid() == f"level {level}"]
        assert drawn.get_color() == looks[level].color
        assert drawn.get_linestyle() == "-"


def test_fine_grid_is_thinned_with_its_ends():
    fine = np.linspace(-1, 1, 301)
    ax = plot_relief(surface(np.hypot(*np.meshgrid(fine, fine)), fine), ax=axes(), nodes=51)
    assert len(ground(ax)._facecolor3d) == 50 * 50
    np.testing.assert_array_equal(corners(ax)[:, :2].max(axis=0), [1, 1])
    np.testing.assert_array_equal(corners(ax)[:, :2].min(axis=0), [-1, -1])


def test_axes_in_axes_out_and_nothing_else_touched():
    ax, before, figures = axes(), dict(mpl.rcParams), plt.get_fignums()
    ax.set_zlabel("mine")
    ax.view_init(12, 34)
    assert plot_relief(surface(X**2), ax=ax) is ax
    assert (ax.elev, ax.azim, ax.get_zlabel()) == (12, 34, "mine")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures
    own = plot_relief(surface(X**2))
    assert own.name == "3d"
    plt.close(own.figure)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"height": "cubic"}, "height must be one of 'power', 'log', 'linear'; got 'cubic'"),
        ({"height": "log"}, "floor must be above 0 for height='log'"),
        ({"height": "log", "floor": 0.0}, "floor must be above 0 for height='log'"),
        ({"ceiling": 0.0}, "ceiling must be above 0"),
        ({"floor": 2.0, "ceiling": 1.0}, "ceiling must be above the floor 2; got 1"),
        ({"floor": -1.0}, "floor must be at least 0"),
        ({"nodes": 1}, "nodes must be at least 2; got 1"),
        ({"paths": [[1.0, 2.0]]}, r"path must have shape \(m, 2\)"),
        ({"paths": [[[1.0, np.nan]]]}, "path must be finite; got nan"),
        ({"points": [Mark(0.0, 7.0)]}, r"mark must lie on the grid; got \(0, 7\)"),
    ],
)
def test_bad_input(kwargs, message):
    with pytest.raises(ValueError, match=message):
        plot_relief(surface(X**2 + 1), ax=axes(), **kwargs)


def test_bad_surface():
    with pytest.raises(ValueError, match="highest loss must be above 0 and finite to end the scale; got nan, give"):
        plot_relief(surface(np.where(X > 0.9, np.nan, 0.0)), ax=axes())
    line = Surface(alpha=AXIS, beta=np.zeros(1), loss=AXIS[None] ** 2, plane=PLANE)
    with pytest.raises(ValueError, match=r"at least 2 x 2 points; got \(1, 41\)"):
        plot_relief(line, ax=axes())


def test_ticks_off_the_scale_are_left_out():
    scale = HeightScale.of([0.0, 3.0, 5.0], "power", None, 3.0)
    assert scale.ticks({-1.0: "a", 0.0: "0", 1.0: "1", 4.0: "4"}) == {0.0: "0", 1.0: "1", 3.0: "≥ 3"}
    assert list(scale.ticks().values()) == ["0", "0.33", "1.3", "≥ 3"]


RUN = np.array([[-0.6, 0.2], [0.1, 0.4], [0.5, -0.3]])


def a_projection(*paths):
    alpha, beta = np.moveaxis(np.array(paths, dtype=np.float64), -1, 0)
    rest = {name: np.zeros_like(alpha) for name in ("loss", "loss_in_plane", "distance")}
    return ls.Projection(
        alpha=alpha, beta=beta, step=np.arange(alpha.shape[1]), share=np.ones(len(alpha)), plane=PLANE, **rest
    )


PATHS = {
    "a projection": (a_projection(RUN, RUN[::-1]), 2),
    "in a list": ([a_projection(RUN, RUN[::-1])], 2),
    "coordinates": (PLANE.coordinates(PLANE.point(*RUN.T)), 1),
    "of two points": (PLANE.coordinates(PLANE.point(*RUN[:2].T)), 1),
    "coordinates in a list": ([PLANE.coordinates(PLANE.point(*RUN.T))], 1),
    "all kinds": ([RUN, a_projection(RUN), PLANE.coordinates(PLANE.point(*RUN.T))], 3),
    "coordinates of runs": (PLANE.coordinates(np.stack([PLANE.point(*RUN.T)] * 2)), 2),
    "two arrays in a tuple": ((RUN, RUN[::-1]), 2),
    "tuples": ((tuple(map(tuple, RUN.tolist())),), 1),
    "one array": (RUN, 1),
    "lists": ([RUN.tolist()], 1),
    "after infinity": (a_projection([*RUN, [np.nan, np.nan]], [*RUN, [1e30, 0.0]]), 2),
}


@pytest.mark.parametrize("kind", PATHS)
def test_a_path_may_be_a_projection_or_coordinates_or_points(kind):
    paths, count = PATHS[kind]
    ax = plot_relief(surface(np.ones_like(X)), ax=axes(), paths=paths)
    drawn = lines(ax, "path seen")
    assert len(drawn) == count
    ends = RUN[:2] if kind == "of two points" else RUN
    for line in drawn:
        np.testing.assert_allclose(sorted(line[:2, [0, -1]].T.tolist()), sorted(ends[[0, -1]].tolist()), atol=1e-12)


@pytest.mark.parametrize(
    ("paths", "error", "message"),
    [
        (None, TypeError, "paths must be a Projection, made by project, or coordinates; got NoneType"),
        (
            ls.Trajectories(theta=np.zeros((1, 2, 9)), loss=np.zeros((1, 2)), step=[0, 1]),
            TypeError,
            "paths must be a Projection, made by project, or coordinates; got Trajectories",
        ),
        ([RUN.T], ValueError, "path must have shape (m, 2), columns alpha and beta; got (2, 3)"),
    ],
)
def test_what_is_no_path_is_one_clear_line(paths, error, message):
    with pytest.raises(error) as caught:
        plot_relief(surface(np.ones_like(X)), ax=axes(), paths=paths)
    assert str(caught.value) == message
