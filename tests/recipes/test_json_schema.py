"""The JSON schema of recipes: published, in step with the settings, and never stricter than the recipe."""

import json
import tomllib

import jsonschema
import pytest
from hypothesis import given, settings, strategies as st
from places import ROOT

from figures import lecture
from figures.recipes.faults import RecipeError
from figures.recipes.json_schema import schema
from figures.recipes.template import recipe_template
from figures.recipes.validation import recipe

pytestmark = pytest.mark.slow

RECIPES = ROOT / "scripts" / "recipes"


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def accepts(table):
    try:
        recipe(table)
    except RecipeError:
        return False
    return True


def test_the_published_schema_is_in_step_with_the_settings():
    assert json.loads((RECIPES / "recipe.schema.json").read_text()) == schema(), "run: make recipe"


def test_the_schema_takes_the_commented_recipe(validator):
    validator.validate(tomllib.loads(recipe_template()))


SWEPT = [
    {"figures": {"leaving": {"offset": [1e-5, 0.01], "steps": [300, 20000]}}},
    {"figures": {"directions": {"seeds": [[0], [1, 2]], "kinks": [True, False]}}},
    {"figures": {"relief": {"view": [[30, 40], [50, 60.5]], "bias": ["joint", "copy"]}}},
    {"figures": {"outcomes": {"methods": [[["Adam", 0.1]], [["SGD", 0.1], ["RMSprop", 1]]]}}},
    {"defaults": {"seed": [0, 1], "learning_rate": 0.01}, "only": ["tree-seed-0"]},
]


@pytest.mark.parametrize("table", SWEPT)
def test_sweeps_are_valid_in_both(validator, table):
    validator.validate(table)
    assert accepts(table)


WRONG = [
    {"figurs": {}},
    {"formats": ["tiff"]},
    {"workers": 0},
    {"figures": {"nets": {}}},
    {"figures": {"tree": {"sead": 1}}},
    {"figures": {"tree": {"seed": -1}}},
    {"figures": {"tree": {"seed": [0, -1]}}},
    {"figures": {"tree": {"seed": []}}},
    {"figures": {"tree": {"seed": [[0]]}}},
    {"figures": {"relief": {"bias": "joined"}}},
    {"figures": {"relief": {"view": [1, 2, 3]}}},
    {"figures": {"directions": {"ceiling": -1}}},
    {"figures": {"relief": {"ceiling": [4.0, 0]}}},
    {"defaults": {"sead": 1}},
    {"defaults": {"seed": "x"}},
]


@pytest.mark.parametrize("table", WRONG)
def test_mistakes_are_seen_by_both(validator, table):
    assert not validator.is_valid(table)
    assert not accepts(table)


KEYS = sorted({key for name in lecture.NAMES for key in lecture.lecture_figure(name).Settings.model_fields})
near = st.sampled_from([-1, 0, 1, 3, 10**7, 0.5, 1e9, True, "joint", "random", "Adam", "float64", ""])
values = near | st.lists(near, max_size=3) | st.lists(st.lists(near, max_size=2), max_size=2)
tables = st.fixed_dictionaries(
    {},
    optional={
        "formats": st.lists(st.sampled_from(["pdf", "png", "x", 1]), max_size=2),
        "workers": near,
        "out": near,
        "defaults": st.dictionaries(st.sampled_from(KEYS), values, max_size=1),
        "figures": st.dictionaries(
            st.sampled_from([*lecture.NAMES, "nets"]),
            st.dictionaries(st.sampled_from(KEYS), values, max_size=1),
            max_size=1,
        ),
    },
)


@settings(max_examples=150)
@given(table=tables)
def test_what_the_schema_refuses_is_no_recipe(validator, table):
    if not validator.is_valid(table):
        assert not accepts(table)
