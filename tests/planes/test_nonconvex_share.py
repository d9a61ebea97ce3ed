"""The share of a surface that is not convex, against Hessians written down by hand."""

import numpy as np
import pytest

import landscape as ls

PLANE = ls.Plane(np.zeros(2), [1.0, 0.0], [0.0, 1.0])
AXIS = np.arange(-10, 11) / 8  # with exact differences of squares


def surface_of(loss, alpha=AXIS, beta=AXIS):
    """Return the surface of a function of alpha and beta."""
    values = loss(np.asarray(alpha)[None, :], np.asarray(beta)[:, None])
    return ls.Surface(alpha=alpha, beta=beta, loss=values, plane=PLANE)


@pytest.mark.parametrize(
    ("loss", "share"),
    [
        (lambda a, b: a**2 + 2 * b**2, 0.0),
        (lambda a, b: a**2 + a * b + b**2, 0.0),
        (lambda a, b: a**2 - b**2, 1.0),
        (lambda a, b: -(a**2) - b**2, 1.0),
        (lambda a, b: a**2 + 3 * a * b + b**2, 1.0),  # convex along both axes
        (lambda a, b: np.maximum(a, -a) + 0 * b, 0.0),
        (lambda a, b: 3.0 + 0 * a * b, 0.0),
        (lambda a, b: a**3 + b**2, 9 / 19),  # where a < 0
    ],
)
@pytest.mark.parametrize("factor", [1.0, 2.0**-1000, 2.0**1000])
def test_curves_downwards_where_the_hessian_has_a_negative_eigenvalue(loss, share, factor):
    assert ls.nonconvex_share(surface_of(lambda a, b: factor * loss(a, b))) == share


def test_agrees_with_eigenvalues_and_does_not_depend_on_the_units_of_the_axes():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(12, 15)).cumsum(axis=0).cumsum(axis=1)
    negative = []
    for i in range(1, 11):
        for j in range(1, 14):
            mixed = (z[i + 1, j + 1] - z[i + 1, j - 1] - z[i - 1, j + 1] + z[i - 1, j - 1]) / 4
            along, across = (z[i, j - 1] - 2 * z[i, j] + z[i, j + 1], z[i - 1, j] - 2 * z[i, j] + z[i + 1, j])
            negative.append(np.linalg.eigvalsh([[along, mixed], [mixed, across]])[0] < 0)
    for unit in (1.0, 0.01):
        surface = ls.Surface(alpha=unit * np.arange(15.0), beta=np.arange(12.0), loss=z, plane=PLANE)
        assert ls.nonconvex_share(surface) == np.mean(negative)
    assert 0.1 < np.mean(negative) < 0.9


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_points_beside_special_values_do_not_count(special):
    def loss(a, b):
        values = np.where(a < 0, -(a**2), a**2) + b**2
        values[2, 2] = special  # 9 of the inner points, at a < 0, have it as a neighbour
        return values

    assert ls.nonconvex_share(surface_of(loss)) == (9 * 19 - 9) / (19 * 19 - 9)
    assert np.isnan(ls.nonconvex_share(surface_of(lambda a, b: a + b + special)))


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        ([0.0, 1.0], r"surface.alpha must be 3 or more equidistant points; got \[0.0, 1.0\]"),
        ([0.0, 1.0, 3.0], r"surface.alpha must be 3 or more equidistant points; got \[0.0, 1.0, 3.0\]"),
        ([1.0], r"surface.alpha must be 3 or more equidistant points; got \[1.0\]"),
    ],
)
def test_grids_without_second_differences_are_refused(alpha, message):
    with pytest.raises(ValueError, match=message):
        ls.nonconvex_share(surface_of(lambda a, b: a + b, alpha=alpha))


def test_what_is_no_surface_is_refused():
    with pytest.raises(TypeError, match="surface must be a Surface"):
        ls.nonconvex_share(np.zeros((5, 5)))
