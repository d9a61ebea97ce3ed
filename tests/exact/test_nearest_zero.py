"""The nearest zero against itself at many points, against a general optimizer, and against symmetries."""

import numpy as np
import pytest
from scipy.optimize import minimize

from landscape import Adam, nearest_zero, xor
from landscape.exact import nearest_zero as module
from landscape.exact.nearest_zero import search_nearest_zero
from landscape.kernels.nearest_zero_arrays import Sizes

pytestmark = pytest.mark.slow

NET = xor.network()


@pytest.fixture(scope="module")
def cloud():
    """Thetas near and far, on kinks, with dead units and zero output weights; and their nearest zeros."""
    rng = np.random.default_rng(11)
    theta = np.concatenate(
        [
            rng.normal(size=(24, 9)),
            3 * rng.normal(size=(12, 9)),
            xor.TEXTBOOK + 0.3 * rng.normal(size=(12, 9)),
            rng.integers(-2, 3, size=(16, 9)),
            1e-3 * rng.normal(size=(4, 9)),
            np.zeros((1, 9)),
        ]
    )
    return theta, search_nearest_zero(NET, theta)


def test_found_points_are_zeros_at_the_stated_distance(cloud):
    theta, found = cloud
    assert NET.loss(found.theta).max() < 1e-26
    np.testing.assert_allclose(np.linalg.norm(found.theta - theta, axis=1), found.distance, rtol=1e-12)


def test_the_proof_closes(cloud):
    _, found = cloud
    assert (found.lower_bound <= found.distance).all()
    assert (found.lower_bound >= found.distance * (1 - 1e-8)).all()


def test_no_zero_found_for_another_point_is_closer(cloud):
    theta, found = cloud
    every = np.linalg.norm(theta[:, None] - found.theta[None], axis=-1)
    assert (every >= found.lower_bound[:, None] * (1 - 1e-12)).all()


def test_no_scaling_orbit_of_a_known_zero_is_closer(cloud):
    """The textbook zero, its twin, their square symmetries and rescaled copies: 8000 points of the zero set."""
    theta, found = cloud
    rng = np.random.default_rng(3)
    copies = []
    for a1, a2 in np.exp(rng.uniform(-2, 2, size=(1000, 2))):
        for z in symmetric_copies(xor.TEXTBOOK)[:8]:
            scaled = z.copy()
            scaled[[0, 2, 4]] *= a1
            scaled[[1, 3, 5]] *= a2
            scaled[6:8] /= (a1, a2)
            copies.append(scaled)
    copies = np.array(copies)
    assert NET.loss(copies).max() < 1e-25
    for t, lower in zip(theta, found.lower_bound, strict=True):
        assert np.linalg.norm(copies - t, axis=1).min() >= lower * (1 - 1e-12)


def swap_units(z):
    return z[[1, 0, 3, 2, 5, 4, 7, 6, 8]]


def swap_inputs(z):
    return z[[2, 3, 0, 1, 4, 5, 6, 7, 8]]


def reflect(z):
    """x0 -> 1 - x0 together with v -> -v, b2 -> 1 - b2; no isometry because of the biases."""
    return np.concatenate([-z[:2], z[2:4], z[4:6] + z[:2], -z[6:8], 1 - z[8:]])


def symmetric_copies(z):
    copies = [z]
    for move in (swap_units, swap_inputs, reflect):
        copies += [move(c) for c in copies]
    return copies


@pytest.mark.parametrize("move", [swap_units, swap_inputs])
def test_symmetries_that_keep_distances(cloud, move):
    theta, found = cloud
    moved = search_nearest_zero(NET, np.array([move(t) for t in theta[::5]]))
    np.testing.assert_allclose(moved.distance, found.distance[::5], rtol=2e-8)


def test_distance_is_lipschitz(cloud):
    theta, found = cloud
    near = theta[::3] + 1e-3 * np.random.default_rng(0).normal(size=theta[::3].shape)
    other = search_nearest_zero(NET, near)
    step = np.linalg.norm(near - theta[::3], axis=1)
    assert (np.abs(other.distance - found.distance[::3]) <= step + 1e-7).all()


def test_local_answer_is_a_zero_and_no_closer_than_the_global_one(cloud):
    theta, found = cloud
    zero, distance = nearest_zero(NET, theta, guarantee="local")
    assert NET.loss(zero).max() < 1e-26
    assert (distance >= found.lower_bound * (1 - 1e-12)).all()
    assert np.mean(distance <= found.distance * (1 + 1e-6)) > 0.9


def test_a_general_optimizer_from_many_starts_finds_nothing_closer(cloud):
    """Brute force: SLSQP on min |z - theta|^2 with outputs = targets, from 40 starts a point."""
    theta, found = cloud
    rng = np.random.default_rng(1)
    reached = 0
    for i in (0, 1, 2, 3, 4, 5, 24, 25, 37, 38, 50, 60):
        best = np.inf
        for _ in range(40):
            start = theta[i] + rng.normal(size=9) * rng.choice([0.3, 1.0, 2.0])
            result = minimize(
                lambda z, t=theta[i]: 0.5 * np.sum((z - t) ** 2),
                start,
                jac=lambda z, t=theta[i]: z - t,
                constraints={"type": "eq", "fun": NET.residuals, "jac": NET.jacobian},
                method="SLSQP",
                options={"maxiter": 200},
            )
            if NET.loss(result.x) < 1e-14:
                best = min(best, np.linalg.norm(result.x - theta[i]))
        assert best >= found.lower_bound[i] - 1e-6
        reached += best <= found.distance[i] + 1e-4
    assert reached >= 4


def test_on_the_zero_set_the_distance_is_zero():
    zeros = np.array(symmetric_copies(xor.TEXTBOOK))
    _, distance = nearest_zero(NET, zeros)
    assert distance.max() < 1e-14
    zero, distance = nearest_zero(NET, xor.TEXTBOOK)
    assert zero.shape == (9,)
    assert distance < 1e-15


def test_along_adam_from_a_small_offset_the_distance_falls_smoothly():
    theta = xor.offset_start(1e-5)[None].copy()
    path = [theta.copy()]
    adam = Adam()
    state = [np.zeros_like(theta) for _ in range(2)]
    for rate in adam.rates(600):
        adam.update(theta, NET.gradient(theta), state, rate)
        path.append(theta.copy())
    path = np.concatenate(path)
    _, distance = nearest_zero(NET, path)
    moved = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert (np.abs(np.diff(distance)) <= moved * (1 + 1e-9) + 1e-12).all()
    assert distance[1] > 30 * distance[0]
    assert distance[-1] < 1e-3 * distance.max()


@pytest.mark.parametrize(
    "net",
    [xor.network(hidden=1, targets=[0, 0, 0, 1]), xor.network(inputs=xor.X - 0.5)],
    ids=["AND, one unit", "shifted"],
)
def test_other_networks(net):
    theta = np.random.default_rng(2).normal(size=(10, net.n_parameters))
    found = search_nearest_zero(net, theta)
    assert net.loss(found.theta).max() < 1e-26
    assert (found.lower_bound >= found.distance * (1 - 1e-8)).all()
    every = np.linalg.norm(theta[:, None] - found.theta[None], axis=-1)
    assert (every >= found.lower_bound[:, None] * (1 - 1e-12)).all()


def test_a_proof_that_is_cut_short_still_bounds():
    theta = 3 * np.random.default_rng(2).normal(size=(10, 9))
    found, full = search_nearest_zero(NET, theta, max_boxes=5), search_nearest_zero(NET, theta)
    assert NET.loss(found.theta).max() < 1e-26
    assert (found.lower_bound < found.distance * (1 - 1e-8)).any()
    assert (found.lower_bound <= full.distance * (1 + 1e-12)).all()
    assert (found.distance >= full.lower_bound * (1 - 1e-12)).all()


AND = xor.network(targets=[0, 0, 0, 1])


def test_a_zero_with_a_muted_unit_can_be_the_closest():
    """Corner (1, 1) alone, by unit 2; to take the output weight from unit 1 is closer than to turn it off."""
    zero = np.array([3.0, 1, -1, 1, 0.5, -1, 0, 1, 0])
    assert AND.loss(zero) == 0
    theta = zero + 0.2 * np.eye(9)[6]
    found, distance = nearest_zero(AND, theta)
    assert distance <= 0.2
    assert found[6] == 0


@pytest.mark.parametrize("targets", [(0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 1, 2)])
def test_the_proof_closes_for_other_targets(targets):
    net = xor.network(targets=targets)
    theta = np.random.default_rng(2).normal(size=(8, 9))
    zeros, distance = nearest_zero(net, theta)
    assert net.loss(zeros).max() < 1e-26
    every = np.linalg.norm(theta[:, None] - zeros[None], axis=-1)
    assert (every >= distance[:, None] * (1 - 1e-8)).all()


def test_the_audited_point_of_the_other_task():
    theta = [0.8675874686, 0.3489249461, -1.3760685456, 0.9560102960, 0.4713491155, -0.5669956316, 0.6136315135]
    zero, distance = nearest_zero(AND, [*theta, 0.3849701286, 0.3105891347])
    near = np.array(
        [0.867587469, 0.910656579, -1.37606855, 0.910656579, 0.471349116, -0.910656579, 0, 1 / 0.910656579, 0]
    )
    np.testing.assert_allclose(zero, near, atol=1e-4)
    assert distance == pytest.approx(1.190495, abs=1e-6)


def test_sizes_that_the_compiler_knows_change_no_bit(cloud, monkeypatch):
    """The exercise's network has a search with its sizes written into it; here it takes that of all other networks."""
    theta, found = cloud
    known = module._zero_cells(NET)
    sizes = Sizes(*map(len, known.sizes))
    loose = known._replace(sizes=sizes, cones=known.cones._replace(axis=sizes.weights))
    monkeypatch.setattr(module, "_zero_cells", lambda _: loose)
    other = search_nearest_zero(NET, theta)
    for name in ("theta", "distance", "lower_bound", "boxes"):
        np.testing.assert_array_equal(getattr(other, name), getattr(found, name))


def test_points_are_searched_independently():
    theta = np.random.default_rng(4).normal(size=(6, 9))
    together, _ = nearest_zero(NET, theta)
    for t, zero in zip(theta, together, strict=True):
        np.testing.assert_array_equal(nearest_zero(NET, t)[0], zero)


def test_an_unfinished_proof_is_said(monkeypatch):
    monkeypatch.setattr(module, "MAX_BOXES", 3)
    with pytest.raises(ValueError, match=r"within 3 boxes; at theta number 0 \(and \d more\) .* guarantee='local'"):
        nearest_zero(NET, 3 * np.random.default_rng(4).normal(size=(9, 9)))


TINY = np.array([1e-111, 1e50, 0, 0, 0, 0, 0, 1e-50, 0])


@pytest.mark.parametrize(
    ("net", "theta", "guarantee", "message"),
    [
        (NET, np.zeros(8), "global", "theta must have shape"),
        (NET, np.full(9, np.nan), "global", "theta must be finite"),
        (NET, np.zeros((0, 9)), "global", r"theta must hold at least one point; got shape \(0, 9\)"),
        (NET, np.zeros(9), "certain", "guarantee must be one of 'global', 'local'; got 'certain'"),
        (xor.network(hidden=1), np.zeros(5), "global", "net must be able to reach loss 0"),
        (NET, [xor.TEXTBOOK, TINY], "global", "theta .* got an entry of 1e-111 in theta number 1, rescale its hidden"),
        (NET, TINY, "local", "theta .* got an entry of 1e-111, rescale its hidden units"),
        (
            xor.network(inputs=xor.X * [1e-100, 1e100]),
            np.ones(9),
            "local",
            r"inputs .* got an entry of 1e\+100, measure",
        ),
        (xor.network(inputs=1e200 * xor.X), np.zeros(9), "global", r"inputs .* got an entry of 1e\+200, measure them"),
        (xor.network(targets=1e-200 * xor.Y), np.zeros(9), "local", "targets .* got an entry of 1e-200, measure them"),
    ],
)
def test_bad_input(net, theta, guarantee, message):
    with pytest.raises(ValueError, match=message):
        nearest_zero(net, theta, guarantee)
