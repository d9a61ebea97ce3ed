"""Results that version 0.1 saved, one of each class, still load and hold what they held."""

import dataclasses
import json
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from places import DATA

import landscape as ls
from landscape.io.result_classes import RESULT_CLASSES

FOLDER = DATA / "results-0.1"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
"""What version 0.1 loaded from each of the files, written as :func:`plain` writes it."""

NO_FAMILIES = {"families": {"tuple": []}}
NEWER = {
    "BasinMap": {"kind_code": None},
    "Level": NO_FAMILIES,
    "Outcomes": {"kind_code": None},
    "PointReport": {"unknown": None, "configuration": None, "reachable": None},
    "Profile": {"metrics": {"mapping": []}},
    "Remedy": {"slope_at_zero": None},
    "SignOutcomes": {"held": None},
    "StationaryValue": NO_FAMILIES,
    "Surface": {"metrics": {"mapping": []}},
}
"""Fields that later versions added, with their values in a result of version 0.1."""


def with_newer_fields(expected):
    """Return an expected value in which every result has the fields that later versions added."""
    if isinstance(expected, list):
        return [with_newer_fields(entry) for entry in expected]
    if not isinstance(expected, dict):
        return expected
    values = {key: with_newer_fields(entry) for key, entry in expected.items()}
    return {**values, "fields": {**values["fields"], **NEWER.get(values["class"], {})}} if "class" in values else values


def plain(value):  # noqa: PLR0911 - a table of types
    """Return a value as JSON can hold it, with every type, data type and digit."""
    match value:
        case np.ndarray():
            values = [plain(entry) for entry in value.ravel().tolist()]
            return {"dtype": value.dtype.name, "shape": list(value.shape), "values": values}
        case np.generic():
            return {"scalar": value.dtype.name, "value": plain(value.item())}
        case Fraction():
            return {"fraction": str(value)}
        case float():
            return {"float": repr(value)}
        case frozenset():
            return {"set": sorted((plain(entry) for entry in value), key=json.dumps)}
        case tuple():
            return {"tuple": [plain(entry) for entry in value]}
        case list():
            return {"list": [plain(entry) for entry in value]}
        case ls.Bundle() | Mapping():
            return {"mapping": [[plain(key), plain(entry)] for key, entry in value.items()]}
    if dataclasses.is_dataclass(value):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
        return {"class": type(value).__name__, "fields": fields}
    return value


@pytest.mark.parametrize("name", EXPECTED)
def test_a_result_of_version_0_1_loads_with_the_same_values(name):
    result = ls.load(FOLDER / f"{name}.nc")
    assert type(result) is getattr(ls, name)
    assert plain(result) == with_newer_fields(EXPECTED[name])


def test_there_is_an_old_file_of_every_class_that_can_be_saved():
    public = {name for name in ls.__all__ if dataclasses.is_dataclass(getattr(ls, name))}
    assert public == set(RESULT_CLASSES)
    later = {"Atlas", "AtlasLevel", "Eigenpairs", "Family", "Paired", "Pass", "Share", "SpectralDensity", "Trace"}
    later |= {"Bezier", "PathProfile"}
    later |= {"RecordedRun", "RunsOnPlane", "Sharpness", "Fates", "Decisions"}
    assert {*public, "Bundle"} == {*EXPECTED, *later, "MergeTree"}  # a merge tree holds its network, which is code
