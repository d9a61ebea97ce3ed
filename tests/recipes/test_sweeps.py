"""Sweeps: what a list means, the variants it makes, and defaults that figures share."""

import json
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pydantic import ValidationError

from figures.recipes.faults import RecipeError
from figures.recipes.validation import recipe


def made(text, **keys):
    return recipe({**tomllib.loads(text), **keys})


def faults(text, labels=None, origins=None):
    with pytest.raises(RecipeError) as caught:
        recipe(tomllib.loads(text), labels, origins)
    return list(caught.value.faults)


def test_a_list_for_a_single_value_makes_a_variant_for_each(stubs):
    whole = made("only = ['dots']\n[figures.dots]\nseed = [3, 1]\npoints = 7")
    assert [(v.name, v.figure) for v in whole.variants] == [("dots-seed-3", "dots"), ("dots-seed-1", "dots")]
    assert [(v.settings.seed, v.settings.points) for v in whole.variants] == [(3, 7), (1, 7)]
    assert list(whole.settings) == ["dots-seed-3", "dots-seed-1"]


def test_a_list_for_a_list_is_the_setting_and_a_list_of_lists_is_a_sweep(stubs):
    (one,) = made("only = ['dots']\n[figures.dots]\nradii = [1, 2]").variants
    assert (one.name, one.settings.radii) == ("dots", (1.0, 2.0))
    swept = made("only = ['dots']\n[figures.dots]\nradii = [[1, 2], [], [0.5]]").variants
    assert [v.settings.radii for v in swept] == [(1.0, 2.0), (), (0.5,)]
    assert swept[2].name == "dots-radii-0p5"


def test_several_sweeps_make_every_combination_in_the_order_of_the_recipe(stubs):
    text = "only = ['dots']\n[figures.dots]\n{}\n{}"
    keys = "points = [2, 3]", "seed = [1, 0]"
    one, other = (made(text.format(*order)).variants for order in (keys, keys[::-1]))
    assert [(v.settings.points, v.settings.seed) for v in one] == [(2, 1), (2, 0), (3, 1), (3, 0)]
    assert [(v.settings.points, v.settings.seed) for v in other] == [(2, 1), (3, 1), (2, 0), (3, 0)]
    assert one[0].name == "dots-seed-1-points-2"
    assert set(one) == set(other), "names do not depend on the order of the keys"


def test_a_sweep_of_one_value_is_named_too(stubs):
    assert [v.name for v in made("only = ['wave']\n[figures.wave]\nfrequency = [2]").variants] == ["wave-frequency-2"]


def test_defaults_go_to_every_figure_that_has_the_setting_and_own_settings_before_them(stubs, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", stubs.ALL)
    table = tomllib.loads('[defaults]\nseed = 4\nhow = "die"\nheight = [1, 2]\n[figures.trouble]\nhow = "raise"')
    whole = recipe(table, {}, {("defaults", "how"): "base.toml"})
    assert whole.settings["dots"].seed == 4
    assert whole.settings["trouble"].how == "raise"
    assert [name for name in whole.settings if "tall" in name] == ["tall-height-1", "tall-height-2"]


def test_values_too_long_for_a_name_are_told_by_their_place_which_stays_when_others_follow(stubs):
    long = [[k + 0.125] * 9 for k in range(3)]
    two, three = (list(recipe({"only": ["dots"], "figures": {"dots": {"radii": long[:n]}}}).settings) for n in (2, 3))
    assert three == ["dots-radii-no1", "dots-radii-no2", "dots-radii-no3"]
    assert two == three[:2]
    mixed = recipe({"only": ["dots"], "figures": {"dots": {"radii": [[1], long[0], []], "seed": [0, 1]}}})
    assert list(mixed.settings)[::2] == ["dots-seed-0-radii-1", "dots-seed-0-radii-no2", "dots-seed-0-radii-no3"]
    assert [v.settings.radii for v in mixed.variants[2:4]] == [tuple(long[0])] * 2


def test_only_takes_figures_and_variants(stubs):
    text = "[figures.dots]\nseed = [0, 1, 2]"
    assert [v.name for v in made(text, only=["dots-seed-2", "wave"]).variants] == ["dots-seed-2", "wave"]
    assert [v.name for v in made(text, only=["dots"]).variants] == ["dots-seed-0", "dots-seed-1", "dots-seed-2"]


BAD = [
    ("[figures.dots]\nseed = [0, -1, 'x']", ["figures.dots.seed[1]: must be at least 0; got -1", "figures.dots.seed[2]: must be a whole number; got 'x'"]),  # noqa: E501
    ("[figures.dots]\nseed = [[0], 1]", ["figures.dots.seed[0]: must be a whole number; got [0]"]),
    ("[figures.dots]\nseed = []", ["figures.dots.seed: must be a whole number; got []; a sweep has at least one entry"]),  # noqa: E501
    ("[figures.dots]\nseed = [1, 1]", ["figures.dots.seed[1]: must be given once; got 1 again, leave it out"]),
    ("[figures.dots]\nradii = [[1, 2], [3], [1.0, 2]]", ["figures.dots.radii[2]: must be given once; got [1.0, 2] again, leave it out"]),  # noqa: E501
    ("[defaults]\nseed = [4, 4, 4]", ["defaults.seed[1]: must be given once; got 4 again, leave it out (in dots)", "defaults.seed[2]: must be given once; got 4 again, leave it out (in dots)"]),  # noqa: E501
    ("[figures.dots]\nradii = [[1], ['x', 2]]", ["figures.dots.radii[1][0]: must be a number; got 'x'"]),
    ("[figures.dots]\nradii = [[1, 'x'], ['y']]", ["figures.dots.radii[0][1]: must be a number; got 'x'", "figures.dots.radii[1][0]: must be a number; got 'y'"]),  # noqa: E501
    ("[figures.dots]\nradii = [1, [2]]", ["figures.dots.radii[0]: must be a list, such as [0.5, 1.0]; got 1"]),
    ("[figures.dots]\nlabel = ['A B', 'A_B']\nsead = [1]", ["figures.dots.sead: unknown key; did you mean 'seed'? choose from seed, points, radii, label"]),  # noqa: E501
    ("[figures.dots]\nlabel = ['a-b', 'ab']", ["figures.dots: two variants would both be called dots-label-ab; give each value once"]),  # noqa: E501
    ("[figures.dots]\nseed = [1, 2024-01-01]", ["figures.dots.seed[1]: no setting is a date or time; got 2024-01-01"]),
    ("[defaults]\nsead = 1", ["defaults.sead: no figure of this recipe has this setting; did you mean 'seed'? choose from seed, points, radii, label, frequency, height"]),  # noqa: E501
    ("[defaults]\nseed = -1", ["defaults.seed: must be at least 0; got -1 (in dots)"]),
    ("[defaults]\nseed = [0, -1]", ["defaults.seed[1]: must be at least 0; got -1 (in dots)"]),
    ("only = ['wave']\n[defaults]\nseed = 1", ["defaults.seed: no figure of this recipe has this setting; choose from frequency"]),  # noqa: E501
    ("[defaults]\nseed = 1\n[figures.dots]\nseed = 2", ["defaults.seed: set by each figure that has it (dots); remove it there or here"]),  # noqa: E501
    ("defaults = 3", ["defaults: must be a table, as under [figures.NAME]; got 3"]),
    ("only = ['dots-seed-9']\n[figures.dots]\nseed = [1, 2]", ["only: no variant 'dots-seed-9'; did you mean 'dots-seed-2'? choose from dots-seed-1, dots-seed-2"]),  # noqa: E501
    ("only = ['dots-seed-9']", ["only: no variant 'dots-seed-9'; did you mean 'dots'? choose from dots"]),
    ("only = ['dot-seed-9']", ["only: no figure 'dot-seed-9'; did you mean 'dots'? choose from dots, wave, tall"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), BAD, ids=[text.replace("\n", " ")[:50] for text, _ in BAD])
def test_faults_of_sweeps_and_defaults(stubs, text, says):
    assert faults(text) == says


def test_an_option_that_chooses_figures_leaves_the_defaults_of_the_others_alone(stubs):
    table = {"only": ["wave"], "defaults": {"seed": 1}}
    assert list(recipe(table, {"only": "--only"}).settings) == ["wave"]


def test_settings_that_do_not_go_together_are_told_with_the_swept_ones():
    (line,) = faults("[figures.directions]\nseeds = [[0], [0, 1]]\nslices = [['random', 'joint', 'copy'], ['joint']]")
    assert line.startswith(
        "figures.directions: with seeds = [0, 1]: with slices = ['random', 'joint', 'copy']: "
        "seeds x slices must be at most 4 panels; got 2 x 3"
    )


def test_too_many_variants_are_refused_before_any_is_made(stubs):
    (line,) = faults(f"[figures.dots]\nseed = {list(range(1000))}\npoints = {list(range(1, 12))}")
    assert line == "figures.dots: at most 10000 variants; got 11000 (1000 of seed, 11 of points), sweep less"
    (line,) = faults(
        f"[figures.wave]\nfrequency = {list(range(6000))}\n[figures.tall]\nheight = {list(range(1, 6001))}"
    )
    assert line == "figures: at most 10000 variants; got 12001, sweep less"


def accepts(model, key, value):
    """Return whether a value, as it is, is one of a setting."""
    try:
        model.model_validate_json(json.dumps({key: value}), strict=True)
    except ValidationError:
        return False
    return True


scalars = st.integers(-2, 6) | st.floats(allow_nan=True) | st.booleans() | st.sampled_from(["a", "b-c", "B C", ""])
near = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
tables = st.fixed_dictionaries({}, optional=dict.fromkeys(["seed", "points", "radii", "label", "sead"], near))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(own=tables, shared=tables)
def test_an_accepted_table_is_in_the_variants_with_every_value_it_gives(stubs, own, shared):
    """No key is ever ignored: each value given is that of some variant, and no variant has another one."""
    model = stubs.find("dots").Settings
    try:
        whole = recipe({"only": ["dots"], "defaults": shared, "figures": {"dots": own}})
    except RecipeError as error:
        assert error.faults  # noqa: PT017 - either outcome is allowed
        return
    assert len({v.name.lower() for v in whole.variants}) == len(whole.variants)
    for key, value in {**shared, **own}.items():
        had = [getattr(v.settings, key) for v in whole.variants]
        choices = [value] if accepts(model, key, value) else value
        wanted = [tuple(c) if isinstance(c, list) else c for c in choices]
        assert set(had) == set(wanted)
        assert len(whole.variants) % len(wanted) == 0
    assert not {**shared, **own}.keys() - model.model_fields.keys()
