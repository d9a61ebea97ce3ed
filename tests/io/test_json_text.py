"""JSON in files is valid for every program, also where numbers are not finite."""

import json

import h5py
import numpy as np
import pytest

import landscape as ls
from landscape.io import json_text


def refuse(constant):
    raise AssertionError(constant)


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_json_in_files_is_valid_when_numbers_are_not_finite(number, tmp_path):
    value = (1.0, float(number), {"a": float(number)})
    ls.save(ls.Bundle(value=value), tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        told = json.loads(file.attrs["value"], parse_constant=refuse)
    word = {"float": str(float(number))}
    assert told == {"tuple": [1.0, word, {"mapping": [["a", word]]}]}
    assert repr(ls.load(tmp_path / "a.nc").value) == repr(value)


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_json_in_a_grid_for_paraview_is_valid_too(number, tmp_path):
    plane = ls.Plane([0.0, 0.0], [1.0, 0.0], [0.0, 1.0], settings={"reach": float(number)})
    surface = ls.Surface(alpha=[0.0, 1.0], beta=[0.0], loss=[[0.0, 1.0]], plane=plane, settings={"seed": 3})
    ls.to_vts(surface, tmp_path / "a.vts")
    _, _, rest = (tmp_path / "a.vts").read_text().partition('Name="settings" NumberOfTuples="1" format="ascii">')
    codes = rest.partition("<")[0].split()[:-1]
    told = json.loads(bytes(map(int, codes)), parse_constant=refuse)
    assert told == {"seed": 3, "plane": {"reach": str(float(number))}}


def test_json_of_earlier_versions_is_still_read():
    assert repr(json_text.from_json("[NaN, Infinity, -Infinity]")) == "[nan, inf, -inf]"
