"""Planes, directions, kink lines and principal components of the page are those of `landscape`."""

import javascript
import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
AWAY = np.array([0.7, -1.2, 0.3, 0.9, -0.4, 0.2, 1.1, -0.8, 0.1])


@pytest.fixture(scope="module")
def paths():
    return ls.train(NET, ls.numbered_starts(NET, 6, seed=1), ls.Adam(1e-2), 700).theta


def made(core, data, runs=(), **spec):
    return core.call("core/directions", "makePlane", {"centre": xor.TEXTBOOK.tolist(), **spec}, data, list(runs))


def plane_of(found):
    return ls.Plane(found["origin"], found["d1"], found["d2"])


def assert_same_plane(found, wanted, tolerance=4e-16):
    for name in ("origin", "d1", "d2"):
        np.testing.assert_allclose(found[name], getattr(wanted, name), rtol=0, atol=tolerance * 4, err_msg=name)
    assert found["frozen"] == np.flatnonzero(wanted.frozen).tolist()


@pytest.mark.parametrize("centre", [xor.TEXTBOOK, AWAY], ids=["textbook", "away"])
@pytest.mark.parametrize("rule", ["joint", "ignore", "copy", "separate"])
def test_normalized_directions_have_the_same_bits(core, data, centre, rule):
    for seed in map(int, data["seeds"]):
        spec = {"kind": "normalized", "seed": seed, "biasRule": rule, "centre": centre.tolist()}
        found = made(core, data, **spec)
        wanted = ls.random_plane(NET, centre, rng=np.random.default_rng(seed), bias=rule)
        assert found["d1"].tolist() == wanted.d1.tolist()
        assert found["d2"].tolist() == wanted.d2.tolist()
        assert found["frozen"] == np.flatnonzero(wanted.frozen).tolist()
        wanted = ls.random_plane(NET, centre, rng=np.random.default_rng(seed), bias=rule, orthogonal=True)
        assert_same_plane(made(core, data, **spec, orthogonal=True), wanted, 1e-15)


@pytest.mark.parametrize(("centre", "rule"), [(np.eye(9)[8], "ignore"), (np.eye(9)[8], "copy"), (np.zeros(9), "joint")])
def test_a_centre_with_too_few_filters_has_no_normalized_plane(core, data, centre, rule):
    with pytest.raises(
        javascript.JavaScriptError, match=r"^the centre has too few filters other than 0 under this bias"
    ):
        made(core, data, kind="normalized", seed=0, biasRule=rule, centre=centre.tolist())


def test_directions_as_drawn_have_the_same_bits(core, data):
    seeds = list(map(int, data["seeds"]))
    assert len(seeds) == 24
    for seed in seeds:
        wanted = ls.random_plane(NET, AWAY, rng=np.random.default_rng(seed), normalize=False)
        found = made(core, data, kind="random", seed=seed, centre=AWAY.tolist())
        assert found["d1"].tolist() == wanted.d1.tolist()
        assert found["d2"].tolist() == wanted.d2.tolist()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({"kind": "bowl"}, ("b1[0]", "b1[1]")),
        ({"kind": "valley"}, ("b1[0]", "b2[0]")),
        ({"kind": "coordinates", "axes": [6, 1], "centre": AWAY.tolist()}, ("W2[0,0]", "W1[0,1]")),
    ],
    ids=["bowl", "valley", "coordinates"],
)
def test_planes_of_two_parameters(core, data, spec, names):
    found = made(core, data, **spec)
    wanted = ls.coordinate_plane(NET, spec.get("centre", xor.TEXTBOOK), *names)
    assert_same_plane(found, wanted, 0)
    keys = [f"parameter.{NET.parameter_names.index(name)}" for name in names]
    assert [found["labels"][axis]["values"]["name"]["key"] for axis in "xy"] == keys


def test_the_names_of_the_parameters_are_those_of_the_network(core):
    assert core.evaluate('modules["core/network"].PARAMETERS') == list(NET.parameter_names)


@pytest.mark.parametrize("which", [[0], [1, 2], [0, 1, 2, 3, 4, 5]])
def test_the_principal_plane_of_runs(core, data, paths, which):
    runs = [np.ascontiguousarray(paths[k]).ravel() for k in which]
    found = made(core, data, runs, kind="principal", centre=AWAY.tolist())
    wanted = ls.principal_plane(paths[which], origin=AWAY)
    assert_same_plane(found, wanted, 3e-14)
    assert found["share"] == pytest.approx([wanted.settings["share_1"], wanted.settings["share_2"]], rel=1e-12)


def test_few_points_have_a_principal_plane_and_points_on_a_line_have_none(core):
    points = np.array([xor.TEXTBOOK, AWAY, np.arange(9.0)])
    found = core.call("core/plane", "principalPlane", points.ravel(), AWAY)
    wanted = ls.principal_plane(points, origin=AWAY)
    assert_same_plane({**found, "frozen": []}, wanted, 1e-13)
    line = np.array([0.0, 1.0, 3.0])[:, None] * AWAY
    with pytest.raises(javascript.JavaScriptError, match=r"^the points lie on one line; take more points$"):
        core.call("core/plane", "principalPlane", line.ravel(), AWAY)


def test_the_plane_through_three_points(core, data):
    points = [xor.TEXTBOOK, AWAY, np.linspace(-1, 2, 9)]
    found = made(core, data, kind="points", points=[p.tolist() for p in points])
    wanted = ls.plane_through(*points)
    assert_same_plane(found, wanted, 1e-15)
    assert found["marks"][2] == pytest.approx([wanted.settings["alpha_c"], wanted.settings["beta_c"]], abs=1e-14)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"kind": "points", "points": [[0] * 9, [1] * 9, [2] * 9]}, "three points on one line lie on many planes"),
        ({"kind": "coordinates", "axes": [4, 4]}, "axes must be two parameters; got b1[0] twice"),
        ({"kind": "random", "seed": 23}, "seed must be one of 0, 1, 2,"),
        ({"kind": "spiral"}, "kind of plane must be one of random, normalized,"),
        (
            {"kind": "normalized", "seed": 0, "biasRule": "none"},
            "bias rule must be one of joint, ignore, copy, separate",
        ),
    ],
    ids=["line", "axes", "seed", "kind", "rule"],
)
def test_planes_that_do_not_exist_are_refused(core, data, spec, message):
    with pytest.raises(javascript.JavaScriptError) as raised:
        made(core, data, **spec)
    assert str(raised.value).startswith(message)


def test_the_loss_on_a_grid_has_the_same_bits(core, data):
    found = made(core, data, kind="normalized", seed=2, biasRule="joint")
    alpha, beta = np.linspace(-1.5, 1.5, 201), np.linspace(-1, 2, 101)
    wanted = ls.evaluate_plane(NET, plane_of(found), alpha, beta).loss
    assert np.array_equal(core.call("core/plane", "evaluatePlane", found, alpha, beta).reshape(101, 201), wanted)
    at = core.call("core/plane", "pointAt", found, alpha[7], beta[9])
    assert at.tolist() == plane_of(found).point(alpha[7], beta[9]).tolist()


def test_coordinates_and_distances_of_a_run(core, data, paths):
    found = made(core, data, kind="normalized", seed=5, biasRule="ignore")
    plane, path = plane_of(found), np.ascontiguousarray(paths[2])
    ours = core.call("core/plane", "coordinatesOf", found, path.ravel())
    np.testing.assert_allclose(ours["coordinates"].reshape(-1, 2).T, plane.coordinates(path), rtol=0, atol=1e-14)
    np.testing.assert_allclose(ours["distance"], plane.residual(path), rtol=0, atol=1e-14)


@pytest.fixture(scope="module")
def seen():
    with javascript.running("interface/state") as page:

        def project(plane, path):
            theta = np.ascontiguousarray(path).ravel()
            last = page.call("interface/state/runs", "lastStepWithin", theta, 1e6)
            run = {"path": {"theta": theta}, "lastShown": last}
            return page.call("interface/state/projection", "seenInPlane", plane, run)

        yield project


@pytest.mark.parametrize("spec", [{"kind": "normalized", "seed": 5, "biasRule": "joint"}, {"kind": "valley"}])
def test_what_a_plane_leaves_out_of_a_run(core, data, seen, paths, spec):
    found = made(core, data, **spec)
    runs = ls.train(NET, paths[:, 0], ls.Adam(1e-2), 700)
    wanted = ls.project(NET, runs, plane_of(found))
    for k, path in enumerate(paths):
        ours = seen(found, path)
        assert ours["share"] == pytest.approx(wanted.share[k], abs=1e-13)
        assert ours["farthest"] == pytest.approx(wanted.distance[k].max(), abs=1e-13)
        np.testing.assert_allclose(ours["distance"], wanted.distance[k], rtol=0, atol=1e-13)


def test_a_run_that_stays_in_the_plane_loses_nothing_and_one_that_diverges_counts_while_finite(core, data, seen):
    bowl = made(core, data, kind="bowl")
    assert seen(bowl, np.tile(xor.TEXTBOOK, 3))["share"] == 1
    assert seen(bowl, np.tile(AWAY, 3))["share"] == 0
    shift = np.eye(9)[4]
    path = np.concatenate([xor.TEXTBOOK, xor.TEXTBOOK + shift, xor.TEXTBOOK + 2 * shift, np.full(9, np.inf)])
    found = seen(bowl, path)
    assert [found["share"], found["farthest"]] == [1, 0]
    assert found["coordinates"].tolist() == [0, 0, 1, 0, 2, 0, 2, 0], "the last step is shown where the run was finite"


@pytest.mark.parametrize(
    "spec",
    [{"kind": "normalized", "seed": seed, "biasRule": "joint"} for seed in range(6)]
    + [{"kind": "bowl"}, {"kind": "valley"}],
)
@pytest.mark.parametrize("centre", [xor.TEXTBOOK, AWAY], ids=["textbook", "away"])
def test_kink_lines(core, data, spec, centre):
    found = made(core, data, **spec, centre=centre.tolist())
    view = [-1.5, 1.0, -0.5, 2.0]
    wanted = ls.kink_lines(NET, plane_of(found), view[:2], view[2:])
    ours = core.call("core/regions", "kinkLines", found, view, data)
    assert [(line["unit"] - 1, line["sample"]) for line in ours] == list(zip(wanted.unit, wanted.sample, strict=True))
    assert [[line["from"], line["to"]] for line in ours] == wanted.segments.tolist()
