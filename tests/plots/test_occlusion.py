"""Occlusion against terrains whose shadow is known by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import proj3d

from figures.plots.terrain.occlusion import constant_sections, densify, eye_of, height_at, is_seen

AXIS = np.linspace(-1.0, 1.0, 81)
GRID_X, GRID_Y = np.meshgrid(AXIS, AXIS)


def axes(elev, azim, proj_type="ortho", limits=((-1, 1), (-1, 1), (0, 1)), roll=0.0):
    ax = Figure().add_subplot(projection="3d", proj_type=proj_type, box_aspect=(1, 1, 1))
    ax.set(xlim=limits[0], ylim=limits[1], zlim=limits[2])
    ax.view_init(elev, azim, roll)
    return ax


def towards(elev, azim):
    """An eye infinitely far away, in the units of a cube."""
    e, a = np.radians([elev, azim])
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e), 0.0])


def on(terrain, x, y):
    return np.stack([x, y, height_at(AXIS, AXIS, terrain, x, y)], axis=1)


@pytest.mark.parametrize("view", [(0, 0), (30, -60), (60, -40), (65, -135), (-20, 10)])
def test_orthographic_eye_is_the_direction_of_the_view(view):
    # limits of one length in x, y, z, so that data directions are those of the box
    eye = eye_of(axes(*view, limits=((-1, 1), (3, 5), (0, 2))).get_proj())
    np.testing.assert_allclose(eye, towards(*view), atol=1e-9)


@pytest.mark.parametrize("limits", [((-1, 1), (3, 5), (0, 2)), ((0, 1e-4), (-1e3, 1e3), (-8, 2))])
@pytest.mark.parametrize("roll", [0, 25])
def test_points_on_a_ray_to_the_perspective_eye_have_one_image(limits, roll):
    ax = axes(35, -50, "persp", limits, roll)
    eye = eye_of(ax.get_proj())
    assert eye[3] == 1.0
    start = np.array([low + 0.3 * (high - low) for low, high in limits])
    image = [proj3d.proj_transform(*(start + t * (eye[:3] - start)), ax.get_proj())[:2] for t in (0.0, 0.2, 0.5)]
    np.testing.assert_allclose(image[1:], [image[0]] * 2, atol=1e-9)


@pytest.mark.parametrize("kind", ["ortho", "persp"])
def test_everything_is_seen_from_the_top(kind):
    terrain = np.random.default_rng(1).random((81, 81))
    x, y = np.random.default_rng(2).uniform(-1, 1, (2, 500))
    overhead = eye_of(axes(90, 0, "ortho").get_proj())
    assert is_seen(on(terrain, x, y), AXIS, AXIS, terrain, overhead).all()
    if kind == "persp":  # an eye right above, far enough for every slope
        assert is_seen(on(terrain, x, y), AXIS, AXIS, terrain, [0, 0, 1e9, 1]).all()


@pytest.mark.parametrize("elev", [20.0, 40.0, 55.0])
def test_bowl_hides_the_wall_next_to_the_viewer(elev):
    """In z = r^2 / 2 on y = 0, seen from +x, a ray leaves x0 and clears the rim at x = 1 iff ...

    x0^2/2 + (1 - x0) tan(elev) >= 1/2, that is 2 tan(elev) >= 1 + x0 for x0 < 1.
    """
    terrain = 0.5 * (GRID_X**2 + GRID_Y**2)
    x = np.linspace(-0.99, 0.9, 400)
    seen = is_seen(on(terrain, x, 0 * x), AXIS, AXIS, terrain, towards(elev, 0.0))
    margin = (1 - x) * (2 * np.tan(np.radians(elev)) - 1 - x) / 2  # of the ray over the rim
    clear = np.abs(margin) > 0.01  # twice DEPTH_TOLERANCE of a range of 1
    np.testing.assert_array_equal(seen[clear], margin[clear] > 0)
    if elev < 40:
        assert seen.any()
        assert not seen.all()


def test_ridge_casts_a_shadow_of_its_own_length():
    """A wall of height 1 at x = 0 seen from +x hides the ground behind it for a length 1/tan(elev)."""
    ridge = np.clip(1 - np.abs(GRID_X) / 0.025, 0, 1)
    x = np.linspace(-0.98, 0.98, 397)
    ground = np.stack([x, 0.3 + 0 * x, 0 * x], axis=1)[np.abs(x) > 0.03]
    seen = is_seen(ground, AXIS, AXIS, ridge, towards(60.0, 0.0))
    shadow = (ground[:, 0] < 0) & (ground[:, 0] > -1 / np.tan(np.radians(60.0)))
    away = np.abs(ground[:, 0] + 1 / np.tan(np.radians(60.0))) > 0.01
    np.testing.assert_array_equal(seen[away], ~shadow[away])
    from_behind = is_seen(ground, AXIS, AXIS, ridge, towards(60.0, 180.0))
    np.testing.assert_array_equal(from_behind, seen[::-1])


def test_points_above_and_below_a_flat_sheet():
    sheet = 0.5 + 0.1 * GRID_X
    above, below = np.array([[0.0, 0.0, 0.9]]), np.array([[0.0, 0.0, 0.1]])
    for point, eye, expected in [
        (above, towards(30, 0), True),
        (below, towards(60, 180), False),
        (below, towards(-60, 0), True),
        (above, towards(-60, 0), False),
        (below, towards(0, 90), True),  # level with the ground, under the sheet and out at the side
    ]:
        assert is_seen(point, AXIS, AXIS, sheet, eye).tolist() == [expected]


def test_points_outside_the_grid():
    wall = np.full((81, 81), 1.0)
    wall[0, 0] = 0.0
    behind, aside = [-2.0, 0.0, 0.5], [0.0, 5.0, 0.5]
    eye = np.array([1.0, 0.0, 0.0, 0.0])
    under = [-2.0, 0.0, 3.0]
    assert is_seen([behind, aside, under], AXIS, AXIS, wall, eye).tolist() == [True, True, True]
    assert is_seen([under], AXIS, AXIS, wall, [1.0, 0.0, -1.5, 0.0]).tolist() == [False]


def test_order_and_blocks_do_not_matter():
    terrain = np.cos(4 * GRID_X) * np.sin(5 * GRID_Y)
    x, y = np.random.default_rng(3).uniform(-1, 1, (2, 1500))
    points, eye = on(terrain, x, y), towards(25, -60)
    seen = is_seen(points, AXIS, AXIS, terrain, eye)
    assert 0.2 < seen.mean() < 0.9
    order = np.random.default_rng(4).permutation(1500)
    np.testing.assert_array_equal(is_seen(points[order], AXIS, AXIS, terrain, eye), seen[order])
    assert is_seen(np.empty((0, 3)), AXIS, AXIS, terrain, eye).shape == (0,)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 100))
def test_nothing_changes_with_the_units_of_height(elev, azim, scale):
    terrain = np.cos(3 * GRID_X[::8, ::8]) * np.cos(2 * GRID_Y[::8, ::8])
    axis, stretch = AXIS[::8], np.array([1, 1, scale])
    x, y = np.random.default_rng(5).uniform(-1, 1, (2, 20))
    points = np.stack([x, y, height_at(axis, axis, terrain, x, y)], axis=1)
    eye = towards(elev, azim)
    once = is_seen(points, axis, axis, terrain, eye)
    again = is_seen(points * stretch, axis, axis, terrain * scale, eye * np.append(stretch, 1))
    assert (once != again).mean() <= 0.1  # rounding may tip a ray that grazes


def test_height_is_exact_on_bilinear_terrain():
    x, y = np.array([0.0, 0.5, 2.0]), np.array([-1.0, 3.0])
    px, py = np.random.default_rng(6).uniform([0, -1], [2, 3], (50, 2)).T
    z = 2 * x - y[:, None] + 3
    np.testing.assert_allclose(height_at(x, y, z, px, py), 2 * px - py + 3, atol=1e-13)
    assert height_at(x, y, z, [0, 2], [-1, 3]).tolist() == [4.0, 4.0]
    assert np.isnan(height_at(x, y, z, -1e-9, 0.0))


def test_densify_keeps_corners_and_length():
    path = np.array([[0.0, 0.0], [1.0, 2.0], [1.0, 2.0], [-3.0, 2.0]])
    dense = densify(path, [0.3, 0.7])
    assert (np.abs(np.diff(dense, axis=0)) <= np.array([0.3, 0.7]) + 1e-12).all()
    for corner in path:
        assert (np.abs(dense - corner).max(axis=1) < 1e-12).any()
    length = np.linalg.norm(np.diff(dense, axis=0), axis=1).sum()
    assert length == pytest.approx(np.sqrt(5) + 4)
    assert densify([[1.0, 2.0]], [1, 1]).tolist() == [[1.0, 2.0]]


@given(st.lists(st.booleans(), max_size=30))
def test_runs_cover_every_step_once(flags):
    seen = np.array(flags, dtype=bool)
    parts = constant_sections(seen)
    assert sum(s.stop - s.start - 1 for s, _ in parts) == max(0, len(seen) - 1)
    for a, b in itertools.pairwise(parts):
        assert a[1] != b[1]
        assert b[0].start == a[0].stop - 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eye_of(np.eye(3)), r"projection must have shape \(4, 4\)"),
        (lambda: is_seen([[0, 0]], AXIS, AXIS, GRID_X, [0, 0, 1, 0]), r"points must have shape \(m, 3\)"),
        (lambda: is_seen([[0, 0, 0]], AXIS, AXIS, GRID_X[:5], [0, 0, 1, 0]), r"z must have shape \(ny, nx\)"),
        (lambda: is_seen([[0, 0, np.nan]], AXIS, AXIS, GRID_X, [0, 0, 1, 0]), "points must be finite"),
        (lambda: is_seen([[0, 0, 0]], AXIS[::-1], AXIS, GRID_X, [0, 0, 1, 0]), "x must increase strictly"),
        (lambda: height_at([0], [0, 1], [[0], [1]], 0, 0), r"at least \(2, 2\)"),
        (lambda: densify([[0, 0], [1, 1]], [1, 0]), "positive entries"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
