"""Sizes that no memory holds are refused at once, before it is asked for: what is needed, the limit and the way out."""

import numpy as np
import pytest
from counted_calls import at_most

import landscape as ls
from landscape import xor

NET, T = xor.network(), xor.TEXTBOOK
PLANE = ls.coordinate_plane(NET, T, "b1[0]", "b1[1]")
LINE, ALTERNATIVE = np.linspace(-1, 1, 3), ls.AlternativeNetwork(xor.X, xor.Y, hidden=2)
LONG = np.linspace(-1.0, 1.0, 10**5)


def rng():
    return np.random.default_rng(0)


BY_SIZE = {
    "perturbed starts": lambda n: ls.perturbed_starts(T, 0.1, n, rng=rng()),
    "Glorot starts": lambda n: ls.glorot_starts(NET, n, rng=rng()),
    "points": lambda n: ls.decision_surface(NET, T, points=n),
    "rays": lambda n: ls.rising_rays(NET, PLANE, 1.0, n),
    "rays of a bowl": lambda n: ls.is_bowl(NET, PLANE, 1.0, n),
    "hidden": xor.network,
    "hidden, alternative": lambda n: ls.AlternativeNetwork(xor.X, xor.Y, hidden=n),
    "hidden, remedy": lambda n: ls.Remedy(hidden=n),
    "steps": lambda n: ls.train(NET, T, ls.Adam(), n),
    "steps, few records": lambda n: ls.train(NET, T, ls.SGD(), n, record_every=n),
    "steps, in numpy": lambda n: ls.train(ALTERNATIVE, T, ls.SGD(), n, n),
    "steps of outcomes": lambda n: ls.outcomes(NET, T, ls.Adam(), n),
    "steps of a map": lambda n: ls.basin_map(NET, PLANE, LINE, LINE, ls.RMSprop(), n),
    "steps of stability": lambda n: ls.track_stability(NET, T, ls.Adam(), n),
    "steps with a slope": lambda n: ls.levels_with_slope_at_zero(NET, T, ls.Adam(), n, 0.5),
    "steps of an atlas": lambda n: ls.atlas(NET, starts=2, steps=n),
    "starts of an atlas": lambda n: ls.atlas(NET, starts=n, steps=1),
    "trials": lambda n: ls.try_remedies([ls.Remedy()], n, 10, seed=0),
    "steps of remedies": lambda n: ls.try_remedies([ls.Remedy()], 2, n, seed=0),
    "steps of mini-batches": lambda n: ls.try_remedies([ls.Remedy(batch=1)], 2, n, seed=0),
    "restarts": lambda n: ls.try_remedies([ls.Remedy(restarts=n)], 2, 10, seed=0),
    "theta": lambda n: NET.loss(range(n)),
    "alpha": lambda n: ls.evaluate_line(NET, T, PLANE.d1, range(n)),
}
SIZES = {
    "1e9": 10**9,
    "1e10": 10**10,
    "1e12": 10**12,
    "1e18": 10**18,
    "2**63": 2**63,
    "2**64": 2**64,
    "1e5000": 10**5000,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", BY_SIZE)
def test_a_huge_size_is_refused_at_once(name, size):
    reason = r"over the limit of [14] GiB; |must be at most|must be below steps"
    with at_most(50_000), pytest.raises(ValueError, match=reason) as caught:
        BY_SIZE[name](SIZES[size])
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


GRIDS = {
    "plane": (
        lambda: ls.evaluate_plane(NET, PLANE, LONG, LONG),
        "a grid of 100000 x 100000 points would take 74.5 GiB",
    ),
    "plane in numpy": (lambda: ls.evaluate_plane(ALTERNATIVE, PLANE, LONG, LONG), "would take 74.5 GiB"),
    "map": (lambda: ls.basin_map(NET, PLANE, LONG, LONG, ls.SGD(), 1), "would take 149.0 GiB, over the limit of 4 GiB"),
    "points": (lambda: PLANE.point(LONG, LONG[:, None]), "10000000000 points would take 670.6 GiB"),
    "Hessian": (lambda: xor.network(10**5).hessian(np.zeros(4 * 10**5 + 1)), "the Hessians would take 1192.1 GiB"),
    "broadcast starts": (
        lambda: ls.train(NET, np.broadcast_to(T, (10**9, 9)), ls.SGD(), 1),
        "starts would take 67.1 GiB, over the limit of 4 GiB; pass it in parts",
    ),
    "counts": (
        lambda: ls.outcomes(NET, np.zeros((2000, 9)), ls.SGD(), 10**6, at=np.arange(10**6)),
        "counting runs after 1000001 numbers of steps would take",
    ),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_huge_grid_is_refused_at_once(name):
    call, said = GRIDS[name]
    with pytest.raises(ValueError, match="over the limit of 4 GiB; ") as caught:
        call()
    assert said in str(caught.value)


def test_what_fits_is_not_refused():
    assert ls.perturbed_starts(T, 0.1, 10**5, rng=rng()).shape == (10**5, 9)
    assert ls.SGD().rates(10**6, np.float64).size == 10**6
    assert xor.network(10**6).n_parameters == 4 * 10**6 + 1
