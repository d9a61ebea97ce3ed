"""Several runs on one plane: which plane, which range, which names, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.training.recording import Recording

NET = xor.network()
START = xor.offset_start(0.3)


def run(optimizer, steps=60, starts=START):
    return ls.train(NET, starts, optimizer, steps)


SGD, ADAM, TWO = run(ls.SGD(0.1)), run(ls.Adam(0.01), 90), run(ls.SGD(0.05), 30, [START, START + 0.1])


def recorded(path, trajectories):
    recording = Recording(path, 9, "float64", {"optimizer": "Adam"})
    for step, theta in zip(trajectories.step, trajectories.theta[0], strict=True):
        recording.append(int(step), 0.0, [theta])
    recording.close()
    return path


def test_the_plane_is_that_of_all_points_through_the_end_of_the_first_run():
    found = ls.runs_on_plane(NET, {"first": TWO, "other": ADAM}, resolution=9)
    points = np.concatenate([*TWO.theta, *ADAM.theta])
    expected = ls.principal_plane(points, origin=TWO.end[0])
    np.testing.assert_array_equal(found.surface.plane.d1, expected.d1)
    np.testing.assert_array_equal(found.surface.plane.d2, expected.d2)
    np.testing.assert_array_equal(found.surface.plane.origin, TWO.end[0])
    assert found.surface.plane.settings["origin"] == "end of first"
    assert [view.alpha.shape for view in found.projections] == [(2, 31), (1, 91)]


@pytest.mark.parametrize("margin", [0.0, 0.15, 1.0])
def test_the_range_covers_all_paths_with_its_margin(margin):
    found = ls.runs_on_plane(NET, [SGD, ADAM], resolution=7, margin=margin)
    low, high = (f([f(v.alpha) for v in found.projections]) for f in (np.min, np.max))
    grid = found.surface.alpha
    assert (grid[0], grid[-1]) == pytest.approx((low - margin * (high - low), high + margin * (high - low)))
    assert (found.surface.alpha.size, found.surface.beta.size) == (7, 7)
    assert found.surface.beta[0] <= min(v.beta.min() for v in found.projections)
    assert np.ptp(found.surface.beta) >= 0.6 * np.ptp(grid) - 1e-12


def test_what_the_plane_leaves_out_is_what_projections_say():
    plane = ls.random_plane(NET, START, rng=np.random.default_rng(0))
    found = ls.runs_on_plane(NET, [TWO, ADAM], plane=plane, resolution=5)
    views = [ls.project(NET, each, plane) for each in (TWO, ADAM)]
    assert found.surface.plane is plane
    assert [share.tolist() for share in found.share] == [view.share.tolist() for view in views]
    assert found.largest_distance == max(view.distance.max() for view in views)
    assert found.largest_error == max(view.error.max() for view in views)


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        (lambda path: SGD, ("SGD",)),
        (lambda path: path, ("some run",)),
        (str, ("some run",)),
        (lambda path: [SGD, ADAM], ("SGD", "Adam")),
        (lambda path: [SGD, path], ("SGD", "some run")),
        (lambda path: (SGD, TWO), ("run 1", "run 2")),
        (lambda path: {"a": path, "b": TWO}, ("a", "b")),
    ],
)
def test_runs_may_be_given_in_several_ways(runs, names, tmp_path):
    path = recorded(tmp_path / "some run.rec", ADAM)
    assert ls.runs_on_plane(NET, runs(path), resolution=2).names == names


def test_a_saved_result_is_loaded(tmp_path):
    found = ls.runs_on_plane(NET, [SGD, ADAM], resolution=5)
    ls.save(found, tmp_path / "runs.nc")
    again = ls.load(tmp_path / "runs.nc")
    assert isinstance(again, ls.RunsOnPlane)
    assert (again.names, again.largest_error) == (found.names, found.largest_error)
    np.testing.assert_array_equal(again.surface.loss, found.surface.loss)


def test_a_run_that_ends_as_nan_is_shown_up_to_there():
    theta = np.array(ADAM.theta)
    theta[:, 50:] = np.nan
    lost = ls.Trajectories(theta=theta, loss=ADAM.loss, step=ADAM.step)
    found = ls.runs_on_plane(NET, {"lost": lost, "kept": SGD}, resolution=3)
    np.testing.assert_array_equal(found.surface.plane.origin, ADAM.theta[0, 49])
    np.testing.assert_array_equal(np.isnan(found.projections[0].alpha[0]), np.arange(91) >= 50)
    assert np.isfinite([found.largest_distance, found.largest_error, *found.surface.alpha]).all()


OTHER = xor.network(hidden=3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ls.runs_on_plane(OTHER, SGD), ValueError, "runs must have 13 parameters, as net has; 'SGD' has 9"),
        (lambda: ls.runs_on_plane(NET, []), TypeError, "runs must be Trajectories, the path of a recording, or a list"),
        (lambda: ls.runs_on_plane(NET, {}), TypeError, "runs must be Trajectories, the path of a recording, or a list"),
        (lambda: ls.runs_on_plane(NET, 3), TypeError, "runs must be Trajectories, the path of a recording, or a list"),
        (lambda: ls.runs_on_plane(NET, [SGD, 3]), TypeError, "runs must be a Trajectories, made by train, or loaded"),
        (lambda: ls.runs_on_plane(NET, "no.rec"), FileNotFoundError, "no.rec is no file; give the name of a recording"),
        (lambda: ls.runs_on_plane(NET, __file__), OSError, "is damaged or no recording; choose another name"),
        (lambda: ls.runs_on_plane(NET, SGD, resolution=1), ValueError, "resolution must be at least 2; got 1"),
        (lambda: ls.runs_on_plane(NET, SGD, margin=-1), ValueError, "margin must be at least 0 and finite; got -1"),
        (lambda: ls.runs_on_plane(NET, run(ls.SGD(0.1), 1)), ValueError, "paths must not lie on one line"),
        (
            lambda: ls.runs_on_plane(NET, {"a": SGD, "b": run(ls.SGD(3.0), 600)}),
            ValueError,
            "1e+100 to share a plane; 'b'",
        ),
        (lambda: ls.runs_on_plane(NET, SGD, plane=3), TypeError, "plane must be a Plane"),
    ],
)
def test_bad_arguments_are_one_line(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
