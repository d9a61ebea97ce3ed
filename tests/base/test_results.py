"""What a result declares of its arrays is what it checks, documents and protects."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import landscape as ls
from landscape.base import checks
from landscape.base.results import Result, Settings, array, member, settings_of


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
