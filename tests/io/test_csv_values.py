"""Tables of single values: every number and text of any result, with the path of its member."""

import csv
from fractions import Fraction

import numpy as np
import pytest
from places import DATA

import landscape as ls
from landscape.io.convert import convert
from landscape.io.csv_tables import single_values

BUNDLE = ls.Bundle(
    seed=3,
    value=Fraction(1, 8),
    nothing=None,
    yes=True,
    text='two\nlines, "quoted"',
    nan=float("nan"),
    dimensions=frozenset({8, 6}),
    kinks=[(0, 1), (1, 3)],
    settings={"optimizer": "Adam", "steps": 10},
    odd={Fraction(1, 8): 2},
    x=np.array([[0.1, np.inf], [2.0, -0.0]]),
    names=np.array(["a", ""]),
    mask=np.array([True, False]),
    single=np.float32(0.1),
    shares=(ls.Share(1, 4),),
)
ROWS = [
    ["member", "index_0", "index_1", "value"],
    ["seed", "", "", "3"],
    ["value", "", "", "1/8"],
    ["nothing", "", "", ""],
    ["yes", "", "", "True"],
    ["text", "", "", 'two\nlines, "quoted"'],
    ["nan", "", "", "nan"],
    ["dimensions.0", "", "", "6"],
    ["dimensions.1", "", "", "8"],
    ["kinks.0.0", "", "", "0"],
    ["kinks.0.1", "", "", "1"],
    ["kinks.1.0", "", "", "1"],
    ["kinks.1.1", "", "", "3"],
    ["settings.optimizer", "", "", "Adam"],
    ["settings.steps", "", "", "10"],
    ["odd.1/8", "", "", "2"],
    ["x", "0", "0", "0.1"],
    ["x", "0", "1", "inf"],
    ["x", "1", "0", "2.0"],
    ["x", "1", "1", "-0.0"],
    ["names", "0", "", "a"],
    ["names", "1", "", ""],
    ["mask", "0", "", "True"],
    ["mask", "1", "", "False"],
    ["single", "", "", "0.10000000149011612"],
    ["shares.0.count", "", "", "1"],
    ["shares.0.total", "", "", "4"],
    ["shares.0.of", "", "", ""],
]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_value_has_a_row(tmp_path):
    ls.to_csv(BUNDLE, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv") == ROWS


def test_a_file_and_its_members_are_converted_alike(tmp_path):
    ls.save(BUNDLE, tmp_path / "a.nc")
    assert convert(tmp_path / "a.nc", "csv") == (tmp_path / "a.csv",)
    assert read(tmp_path / "a.csv") == ROWS
    assert convert(tmp_path / "a.nc", "csv", member="settings") == (tmp_path / "a-settings.csv",)
    assert read(tmp_path / "a-settings.csv") == [["member", "value"], ["optimizer", "Adam"], ["steps", "10"]]
    assert convert(tmp_path / "a.nc", "csv", member="x") == (tmp_path / "a-x.csv",)
    assert read(tmp_path / "a-x.csv")[:2] == [["member", "index_0", "index_1", "value"], ["", "0", "0", "0.1"]]


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((DATA / "results-0.1").glob("*.nc")), ids=lambda path: path.stem)
def test_every_class_becomes_a_table_that_holds_every_value(path, tmp_path):
    result = ls.load(path)
    made = convert(path, "csv", f"{tmp_path}/")
    assert tmp_path / f"{path.stem}.csv" in made
    if isinstance(result, ls.Surface | ls.Profile | ls.Trajectories | ls.Projection | ls.BasinMap | ls.Outcomes):
        return  # these have tables of their own
    ls.to_csv(result, tmp_path / "all.csv")
    _, *rows = read(tmp_path / "all.csv")
    told = iter(rows)
    for member, value in single_values(result):
        for entry in np.asarray(value, dtype=None if isinstance(value, np.ndarray) else object).ravel().tolist():
            name, *_, text = next(told)
            assert (name, text) == (member, "" if entry is None else str(entry))
    assert next(told, None) is None
