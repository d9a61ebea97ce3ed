"""The commented recipe: it sets everything to its default, and explains it."""

import tomllib

import pytest
from places import ROOT

from figures import lecture
from figures.recipes.template import recipe_template
from figures.recipes.validation import recipe

pytestmark = pytest.mark.slow

LECTURE = ROOT / "scripts" / "recipes" / "lecture.toml"


def test_the_commented_recipe_sets_everything_to_its_default(stubs):
    text = recipe_template()
    table = tomllib.loads(text)
    assert recipe(table) == recipe()
    assert table["figures"] == {
        "dots": {"seed": 0, "points": 5, "radii": [0.5, 1.0]},
        "wave": {"frequency": 2.0},
        "tall": {"height": 1.0},
    }
    assert "# Seed of the points.\nseed = 0\n" in text
    assert "\n# label =\n" in text
    assert "# Where are the dots?\n# Made for full, half and wide.\n[figures.dots]\n" in text


def test_the_lecture_recipe_is_in_step_with_the_settings():
    assert LECTURE.read_text() == recipe_template(schema="./recipe.schema.json"), "run: make recipe"


@pytest.mark.parametrize("name", lecture.NAMES)
def test_every_setting_is_explained_in_the_commented_recipe(name):
    for key, field in lecture.lecture_figure(name).Settings.model_fields.items():
        assert field.description, key
