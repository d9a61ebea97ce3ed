"""``only`` with patterns, numbers written as ``1e4`` or in quotes, and a relative output folder."""

from pathlib import Path

import pytest

from figures.recipes.faults import RecipeError
from figures.recipes.recipe import LONGEST_NAME
from figures.recipes.toml_files import layered
from figures.recipes.validation import recipe

SWEPT = {"figures": {"dots": {"seed": [1, 2, 13]}, "tall": {"height": [1.0, 2.0]}}}
PATTERNS = [
    (["dots-*"], ["dots-seed-1", "dots-seed-2", "dots-seed-13"]),
    (["*-seed-1"], ["dots-seed-1"]),
    (["*-seed-?"], ["dots-seed-1", "dots-seed-2"]),
    (["[tw]a*"], ["wave", "tall-height-1", "tall-height-2"]),
    (["dots-seed-1*", "tall*2"], ["dots-seed-1", "dots-seed-13", "tall-height-2"]),
    (["wave", "d*-2"], ["dots-seed-2", "wave"]),
    (["*"], ["dots-seed-1", "dots-seed-2", "dots-seed-13", "wave", "tall-height-1", "tall-height-2"]),
]


@pytest.mark.parametrize(("only", "names"), PATTERNS)
def test_patterns_select_variants_and_figures(stubs, only, names):
    assert [variant.name for variant in recipe({**SWEPT, "only": only}).variants] == names


def faults(table):
    with pytest.raises(RecipeError) as caught:
        recipe(table)
    return list(caught.value.faults)


UNMATCHED = [
    ({"only": ["dot-*"]}, "no figure or variant 'dot-*'; did you mean 'dots'? choose from dots, wave, tall"),
    ({"only": ["dots-*"]}, "no figure or variant 'dots-*'; did you mean 'dots'? choose from dots"),
    (
        {**SWEPT, "only": ["dots-sed-*"]},
        "no figure or variant 'dots-sed-*'; did you mean 'dots-seed-2'? choose from "
        "dots-seed-1, dots-seed-2, dots-seed-13",
    ),
    ({"only": ["x*", "wave"]}, "no figure or variant 'x*'; choose from dots, wave, tall"),
    ({"only": [f"w*{i}" for i in range(101)]}, "must have at most 100 patterns; got 101"),
]


@pytest.mark.parametrize(("table", "says"), UNMATCHED)
def test_a_pattern_that_matches_nothing_is_one_line_with_suggestions(stubs, table, says):
    assert faults(table) == [f"only: {says}"]


def test_a_pattern_longer_than_any_name_is_not_tried(stubs):
    (line,) = faults({"only": ["*" * (LONGEST_NAME + 1)]})
    assert line.startswith("only: no figure '***")


def test_a_pattern_that_may_mean_a_figure_with_mistakes_adds_no_second_line(stubs):
    assert faults({"figures": {"dots": {"seed": -1}}, "only": ["dots-*"]}) == [
        "figures.dots.seed: must be at least 0; got -1"
    ]


WHOLE = [(1e1, 10), ([1e0, 2], 2), (3, 3)]


@pytest.mark.parametrize(("given", "points"), WHOLE)
def test_a_whole_number_may_be_written_as_1e1(stubs, given, points):
    whole = recipe({"workers": 2e0, "figures": {"dots": {"points": given}}})
    last = [variant.settings.points for variant in whole.variants if variant.figure == "dots"][-1]
    assert (whole.workers, last, type(last)) == (2, points, int)
    assert recipe({"figures": {"dots": {"points": 1e1}}}) == recipe({"figures": {"dots": {"points": 10}}})


QUOTED = [
    ({"figures": {"dots": {"points": 1.5}}}, "figures.dots.points: must be a whole number; got 1.5"),
    ({"figures": {"dots": {"points": 1e300}}}, "figures.dots.points: must be a whole number; got 1e+300"),
    ({"figures": {"dots": {"points": "1e2"}}}, "must be a whole number; got '1e2', write 1e2 without quotes"),
    ({"figures": {"wave": {"frequency": "1e-5"}}}, "must be a number; got '1e-5', write 1e-5 without quotes"),
    ({"figures": {"dots": {"radii": ["0.5"]}}}, "must be a number; got '0.5', write 0.5 without quotes"),
    ({"builds": "true"}, "builds: must be true or false; got 'true', write true without quotes"),
    ({"figures": {"wave": {"frequency": "nan"}}}, "figures.wave.frequency: must be a number; got 'nan'"),
    ({"figures": {"dots": {"points": "1.5"}}}, "figures.dots.points: must be a whole number; got '1.5'"),
]


@pytest.mark.parametrize(("table", "says"), QUOTED)
def test_a_number_in_quotes_gets_a_hint(stubs, table, says):
    (line,) = faults(table)
    assert line.endswith(says)


OUT = [("slides", "sub/slides"), ("../slides", "sub/../slides"), ("/slides", "/slides")]


@pytest.mark.parametrize(("out", "folder"), OUT)
def test_the_output_folder_is_relative_to_the_recipe_but_not_that_of_an_option(
    stubs, tmp_path, monkeypatch, out, folder
):
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("sub/a.toml").write_text(f'out = "{out}"')
    Path("b.toml").write_text("builds = true")
    layers = layered(["sub/a.toml", "b.toml"])
    assert recipe(layers.table, {}, layers.origins).out == Path(folder)
    assert recipe({**layers.table, "out": "mine"}, {"out": "--out"}, layers.origins).out == Path("mine")
    monkeypatch.setenv("HOME", "/home/me")
    Path("sub/a.toml").write_text('out = "~/x"')
    layers = layered(["sub/a.toml"])
    assert recipe(layers.table, {}, layers.origins).out == Path("/home/me/x")
