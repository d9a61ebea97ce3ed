"""What a result declares of its arrays is what it checks, documents and protects."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.base import checks
from landscape.base.results import Result, Settings, array, member, settings_of
from landscape.io.result_classes import RESULT_CLASSES


@dataclass(frozen=True, eq=False, kw_only=True)
class Track(Result):
    """A path on a map."""

    time: np.ndarray = array("time", meaning="since the start", unit="s", check=checks.axis)
    place: np.ndarray = array("time", 2, meaning="east and north")
    visits: np.ndarray | None = array("town", meaning="how often", dtype=np.int64)
    name: str = member("of the path", default="")
    settings: Settings = settings_of("who walked")


def a_track(**given):
    return Track(**({"time": [0, 1, 2], "place": np.zeros((3, 2)), "visits": None} | given))


def test_arrays_are_converted_copied_and_read_only_also_in_copies():
    place = np.ones((3, 2), dtype=np.float32)
    track = a_track(place=place, visits=[3.0])
    place[0, 0] = 7
    assert (track.place.dtype, track.visits.dtype, track.place[0, 0]) == (np.float64, np.int64, 1.0)
    for each in (track, copy.deepcopy(track), pickle.loads(pickle.dumps(track))):
        assert not each.place.flags.writeable
    assert a_track().visits is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"place": np.zeros((2, 2))}, r"^place must have shape \(n_time, 2\) = \(3, 2\); got \(2, 2\)$"),
        ({"place": np.zeros((3, 3))}, r"^place must have shape \(n_time, 2\) = \(3, 2\); got \(3, 3\)$"),
        ({"place": np.zeros(3)}, r"^place must have shape \(n_time, 2\) = \(3, 2\); got \(3,\)$"),
        ({"visits": [[1]]}, r"^visits must have shape \(n_town,\); got \(1, 1\)$"),
        ({"time": [0, 2, 1]}, "^time must increase strictly"),
    ],
)
def test_shapes_and_values_are_checked(given, message):
    with pytest.raises(ValueError, match=message):
        a_track(**given)


@pytest.mark.parametrize("settings", [None, {}, {"seed": 3}])
def test_settings_are_a_read_only_copy(settings):
    kept = a_track(settings=settings).settings
    assert kept == (settings or {})
    with pytest.raises(TypeError):
        kept["seed"] = 4


def test_the_docstring_lists_what_is_declared():
    assert "time : ndarray of shape (n_time,)\n        since the start; in units of s" in Track.__doc__
    assert "visits : ndarray of shape (n_town,), int64\n        how often" in Track.__doc__
    assert "name : " in Track.__doc__
    assert "loss : ndarray of shape (n_beta, n_alpha)" in ls.Surface.__doc__


def test_a_result_is_printed_in_two_lines_and_its_repr_is_one():
    track = a_track(time=np.arange(7), place=np.arange(14).reshape(7, 2), name="north", settings={"objective": "a map"})
    assert str(track) == (
        "Track (time: 7): a path on a map\n  place 0 to 13; name north; a map"  # what it is, sizes; numbers, objective
    )
    assert repr(track) == (
        "Track(time=<array (7,)>, place=<array (7, 2)>, visits=None, name='north', settings=<1 entries>)"
    )


NET, RNG = xor.network(), np.random.default_rng(0)
POINT, GRID = xor.TEXTBOOK + 0.1, np.linspace(0.0, 1.0, 5)
RUNS = ls.train(NET, xor.offset_start(0.1), ls.Adam(1e-2), 5)
PLANE = ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")
PATH = ls.straight_path(xor.TEXTBOOK, POINT)
MODEL = "2-2-1 ReLU, linear output, MSE"
PRINTED = {
    "Plane": (lambda: PLANE, "(parameter: 9): all points", "b1[0], b2[0]"),
    "Surface": (
        lambda: ls.evaluate_plane(NET, PLANE, GRID, GRID[:3]),
        "(alpha: 5, beta: 3): loss on",
        f"loss 0 to 2.25; {MODEL}",
    ),
    "Profile": (lambda: ls.evaluate_line(NET, POINT, PLANE.d1, GRID), "(alpha: 5, parameter: 9): loss", MODEL),
    "Trajectories": (lambda: RUNS, "(start: 1, step: 6, parameter: 9)", f"{MODEL}; Adam, lr 0.01"),
    "Projection": (lambda: ls.project(NET, RUNS, PLANE), "(start: 1, step: 6)", "loss 0."),
    "RunsOnPlane": (lambda: ls.runs_on_plane(NET, RUNS, resolution=3), "paths of runs", "variance in the plane: Adam"),
    "PathProfile": (lambda: ls.evaluate_path(NET, PATH, GRID), "(t: 5): loss along", MODEL),
    "Bezier": (lambda: PATH, "(control_point: 2, parameter: 9)", "straight"),
    "Level": (lambda: ls.stationary_levels(NET)[1], "all local minima with", "value 1/8"),
    "Eigenpairs": (lambda: ls.top_eigenpairs(NET, POINT, 2), "largest eigenvalues", "values 20.42, 2.41"),
    "Trace": (lambda: ls.hessian_trace(NET, POINT, 20, rng=RNG), "(sample: 20)", "standard error"),
    "MergeTree": (lambda: ls.merge_tree(NET), "components of", "12 leaves"),
    "NearestZero": (lambda: ls.search_nearest_zero(NET, POINT), "(start: 1, parameter: 9)", "distance 0.1966"),
    "Bundle": (lambda: ls.Bundle(seed=3, runs=RUNS), "of 2", "seed: int, runs: Trajectories"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_print_says_what_a_result_is_how_large_and_its_main_numbers(name):
    make, what, numbers = PRINTED[name]
    result = make()
    first, second = str(result).splitlines()
    assert first.startswith(name)
    assert what in first
    assert numbers in second
    assert max(map(len, (first, second, repr(result)))) <= 120
    assert "\n" not in repr(result)


@pytest.mark.parametrize("name", [name for name, kind in RESULT_CLASSES.items() if issubclass(kind, Result)])
def test_no_class_of_results_prints_its_arrays(name):
    kind = RESULT_CLASSES[name]
    assert kind.__repr__ is Result.__repr__
    assert kind.__str__ is Result.__str__ or name in {"Outcomes", "PointReport"}  # which have tables
