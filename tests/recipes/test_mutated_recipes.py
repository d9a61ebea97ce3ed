"""5000 recipes, each changed at random: a recipe, or a short list of mistakes of one line each, in a short time."""

import copy
import random
import tomllib

import pytest
from counted_calls import at_most
from hostile_values import mutated_text, mutated_tree
from places import ROOT

from figures import lecture
from figures.recipes.faults import MOST_LINES, RecipeError
from figures.recipes.toml_files import layered
from figures.recipes.validation import recipe

pytestmark = pytest.mark.heavy

LECTURE = (ROOT / "scripts" / "recipes" / "lecture.toml").read_text()
TABLE = tomllib.loads(LECTURE)


def outcome(make):
    """Return whether a recipe is accepted; check its mistakes if it is not."""
    try:
        with at_most(500_000):
            make()
        is_accepted = True
    except RecipeError as error:
        is_accepted = False
        assert 1 <= len(error.faults) <= MOST_LINES + 1  # noqa: PT017 - either outcome is allowed
        assert all(line and "\n" not in line and len(line) < 1500 for line in error.faults)  # noqa: PT017
    return is_accepted


def part_of_lecture(rng):
    """Return the recipe of one to three figures, so that most time is spent on what was changed."""
    only = rng.sample(lecture.NAMES, rng.randint(1, 3))
    table = {key: value for key, value in copy.deepcopy(TABLE).items() if key not in {"figures", "only"}}
    return {**table, "only": only, "figures": {name: copy.deepcopy(TABLE["figures"][name]) for name in only}}


def test_recipes_with_values_changed():
    rng, accepted = random.Random(0), 0
    for _ in range(2500):
        table = mutated_tree(part_of_lecture(rng), rng)
        accepted += outcome(lambda table=table: recipe(table))
    assert 100 < accepted < 2400


def test_recipes_with_text_changed(tmp_path):
    rng, accepted, path = random.Random(1), 0, tmp_path / "a.toml"
    head, *figures = LECTURE.split("\n[figures.")
    for _ in range(2500):
        chosen = rng.sample(figures, 2)
        text = mutated_text("\n[figures.".join([head, *chosen]), rng)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        accepted += outcome(lambda: recipe(layered([path]).table))
    assert 100 < accepted < 2400
