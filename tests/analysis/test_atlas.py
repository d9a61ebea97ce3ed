"""The atlas: what it lists is what its parts find, for every data set, and it is written without loss."""

import csv
import io
import json
from fractions import Fraction

import pytest

import landscape as ls
from landscape import xor
from landscape.analysis.atlas import as_csv, as_json, standard_data
from landscape.exact.assign_levels import Kind
from landscape.networks.relu import ReluNetwork

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def of_xor():
    return ls.atlas(xor.network(), "XOR", starts=3000, steps=6000)


def test_xor(of_xor):
    assert [(level.value, level.components) for level in of_xor.levels] == [
        (0, 12), (Fraction(1, 8), 6), (Fraction(1, 6), 1), (Fraction(1, 4), 1),
    ]  # fmt: skip
    assert [(p.value, p.below, p.components) for p in of_xor.passes] == [
        (Fraction(1, 8), 12, 6),
        (Fraction(1, 6), 6, 1),
    ]
    runs = sum(level.share.count for level in of_xor.levels) + of_xor.elsewhere.count
    assert runs == of_xor.settings["starts"] == 3000
    assert all(sum(kind.count for kind in level.kinds) == level.share.count for level in of_xor.levels)
    solved, *_, constant = of_xor.levels
    assert 0.15 < solved.share.fraction < 0.25
    assert constant.kinds[Kind.HELD].fraction > 0.08


@pytest.mark.parametrize(
    "name", ["XOR", "AND", "XNOR", "XOR with targets -1 and 1", "XOR without 00", "XOR without 01"]
)
def test_data_sets(name):  # the others are mirror images of these
    net = standard_data(2)[name]
    found = ls.atlas(net, name, starts=50, steps=200)
    assert [level.value for level in found.levels] == [level.value for level in ls.stationary_levels(net)]
    for level, own in zip(found.levels, ls.stationary_levels(net), strict=True):
        assert {f.dimension for f in level.families if f.is_minimum} == own.dimensions
    assert found.levels[-1].components == 1
    below = [p.below for p in found.passes]
    assert below == sorted(below, reverse=True)
    assert all(p.below > p.components for p in found.passes)


def test_json_and_csv_say_the_same(of_xor):
    (told,) = json.loads(as_json([of_xor]))["atlas"]
    rows = list(csv.DictReader(io.StringIO(as_csv([of_xor]))))
    assert len(rows) == sum(len(level["families"]) for level in told["levels"])
    for level in told["levels"]:
        own = [row for row in rows if row["level"] == level["value"]]
        assert [int(row["dimension"]) for row in own] == [family["dimension"] for family in level["families"]]
        assert {float(row["share"]) for row in own} == {level["runs"]["fraction"]}
    assert told["targets"] == [0, 1, 1, 0]


def test_it_is_saved_and_loaded(of_xor, tmp_path):
    ls.save(of_xor, tmp_path / "atlas.nc")
    assert ls.load(tmp_path / "atlas.nc") == of_xor


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"net": "xor"}, TypeError, "net must be a ReluNetwork"),
        ({"starts": 0}, ValueError, "starts must be at least 1; got 0"),
        ({"seed": -1}, ValueError, "seed must be at least 0; got -1"),
        ({"steps": 2.5}, TypeError, "steps must be a whole number; got 2.5"),
        ({"net": ReluNetwork(xor.X, xor.Y, hidden=4)}, ValueError, "net must have at most 100000 cells"),
    ],
)
def test_bad_input(given, error, message):
    with pytest.raises(error, match=message):
        ls.atlas(**({"net": xor.network(), "starts": 10, "steps": 10} | given))
