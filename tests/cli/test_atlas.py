"""The command ``atlas``: a table for people, the same as JSON and CSV, and what cannot be enumerated is said."""

import csv
import json

import pytest

import landscape as ls
from figures.cli import main
from landscape import xor
from landscape.analysis import atlas

pytestmark = pytest.mark.slow


@pytest.fixture
def two_data_sets(monkeypatch):
    """Keep to XOR and one that is quick."""
    every = atlas.standard_data
    monkeypatch.setattr(atlas, "standard_data", lambda hidden: {k: every(hidden)[k] for k in ("XOR", "XOR without 00")})


def test_table_json_and_csv(two_data_sets, tmp_path, capsys):
    assert main.main(["atlas", "--starts", "200", "--steps", "2000", "--out", str(tmp_path / "new")]) == 0
    said, told = capsys.readouterr()
    found = ls.atlas(xor.network(), "XOR", starts=200, steps=2000)
    assert str(found) in said
    assert said.count("components") >= 2
    assert told.splitlines() == [f"wrote {tmp_path / 'new' / name}" for name in ("atlas-2.json", "atlas-2.csv")]
    written = json.loads((tmp_path / "new" / "atlas-2.json").read_text())
    assert [one["data"] for one in written["atlas"]] == ["XOR", "XOR without 00"]
    assert [level["runs"]["count"] for level in written["atlas"][0]["levels"]] == [k.share.count for k in found.levels]
    with (tmp_path / "new" / "atlas-2.csv").open() as file:
        assert {row["data"] for row in csv.DictReader(file)} == {"XOR", "XOR without 00"}


def test_data_that_cannot_be_enumerated_are_named(two_data_sets, tmp_path, capsys):
    assert main.main(["atlas", "--hidden", "5", "--starts", "1", "--steps", "1", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(" is left out")[0] for line in told] == ["xorscape: XOR", "xorscape: XOR without 00"]
    assert all("net must have at most 100000 cells" in line for line in told)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_computed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(atlas, "atlas", None)
    (tmp_path / "file").write_text("mine")
    assert main.main(["atlas", "--out", str(tmp_path / "file" / "new")]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line


@pytest.mark.parametrize(
    ("option", "message"),
    [(("--hidden", "0"), "'--hidden'"), (("--starts", "x"), "'--starts'"), (("--seed", "-1"), "'--seed'")],
)
def test_wrong_options(option, message, capsys):
    assert main.main(["atlas", *option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
