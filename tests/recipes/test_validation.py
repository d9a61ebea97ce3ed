"""Recipes: what they mean, and that every fault in one is told at once, in one line each."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from figures.recipes.faults import RecipeError
from figures.recipes.recipe import Recipe
from figures.recipes.validation import recipe
from figures.style.style_sheets import STYLES
from landscape.parallel.threads import processors

pytestmark = pytest.mark.slow


def faults(table, labels=None):
    with pytest.raises(RecipeError) as caught:
        recipe(table, labels)
    assert str(caught.value) == "\n".join(caught.value.faults)
    assert all("\n" not in line for line in caught.value.faults)
    return list(caught.value.faults)


def test_an_empty_recipe_is_the_whole_set_with_its_defaults(stubs):
    whole = recipe()
    assert whole == recipe({})
    assert whole.out == Path("out")
    assert whole.formats == ("pdf", "svg", "png", "gif")
    assert whole.styles == ("lecture",)
    assert whole.sizes == ("half", "full")
    assert (whole.decks, whole.builds) == (("tex", "html"), False)
    assert whole.workers == processors() >= 1
    assert whole.settings == {name: stubs.find(name).Settings() for name in stubs.NAMES}
    assert whole.skipped == ()


def test_what_a_recipe_sets(stubs):
    made = recipe(
        {
            "out": "slides",
            "formats": ["png", "pdf", "png"],
            "styles": ["all"],
            "sizes": ["half"],
            "workers": 3,
            "only": ["tall", "dots"],
            "figures": {"dots": {"seed": 4, "radii": [1, 2.5]}, "wave": {"frequency": 3}},
        }
    )
    assert (made.out, made.formats, made.styles, made.sizes) == (Path("slides"), ("pdf", "png"), STYLES, ("half",))
    assert made.workers == 3
    assert list(made.settings) == ["dots", "tall"]
    assert made.settings["dots"].seed == 4
    assert made.settings["dots"].radii == (1.0, 2.5)


def test_figures_that_are_made_for_no_size_asked_for_are_skipped_unless_asked_for_by_name(stubs):
    assert recipe({"sizes": ["half"]}).skipped == ("wave",)
    assert faults({"sizes": ["half"], "only": ["wave"]}) == ["sizes: wave is made for full and wide; got half"]


def test_figures_that_do_not_move_are_skipped_when_only_animations_are_asked_for_unless_asked_for_by_name(stubs):
    whole = recipe({"formats": ["gif"]})
    assert (list(whole.settings), whole.skipped) == (["wave"], ("dots", "tall"))
    assert recipe({"formats": ["gif", "png"]}).skipped == ()
    assert recipe({"formats": ["gif", "png"], "only": ["dots"]}).formats == ("png", "gif")
    told = "does not move, it is made as pdf, svg and png"
    assert faults({"formats": ["gif"], "only": ["dots", "wave"]}) == [f"formats: dots {told}; got gif"]
    assert faults({"formats": ["gif"], "sizes": ["half"]}) == [
        "sizes: wave is made for full and wide; got half",
        f"formats: dots {told}; tall {told}; got gif",
    ]


def test_mp4_needs_ffmpeg(stubs, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    told = ["formats: mp4 needs ffmpeg on the PATH; install it or leave out mp4"]
    assert faults({"formats": ["mp4", "png"]}) == told
    ffmpeg = tmp_path / "ffmpeg"
    ffmpeg.touch(mode=0o755)
    assert recipe({"formats": ["mp4", "png"]}).formats == ("png", "mp4")
    assert faults({"sizes": ["half"], "only": ["wave"]}, {"sizes": "--size"})[0].startswith("--size: wave")


BAD = [
    ({"outt": 1}, ["outt: unknown key; did you mean 'out'? choose from out, formats, styles, sizes, decks, builds, half_slides, page, workers, only, defaults, figures"]),  # noqa: E501
    ({"dots": {"seed": 1}}, ["dots: unknown key here; put it under [figures.dots]"]),
    ({"seed": 1}, ["seed: unknown key here; put it under [defaults], or under [figures.dots] and so on"]),
    ({"styles": ["lectur"]}, ["styles: no style 'lectur'; did you mean 'lecture'? choose from lecture, lecture-dark, ddasp, all"]),  # noqa: E501
    ({"styles": ["all", "ddasp"]}, ["styles: 'all' must be the only style; leave out the others or 'all'"]),
    ({"formats": ["eps"]}, ["formats: no format 'eps'; choose from pdf, svg, png, gif, mp4"]),
    ({"sizes": ["huge"]}, ["sizes: no size 'huge'; choose from half, full, wide"]),
    ({"only": ["dot"]}, ["only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"]),
    ({"figures": {"dot": {}}}, ["figures: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"]),
    ({"workers": 0}, ["workers: must be at least 1; got 0"]),
    ({"workers": True}, ["workers: must be a whole number; got True"]),
    ({"workers": "2"}, ["workers: must be a whole number; got '2', write 2 without quotes"]),
    ({"formats": "pdf"}, ['formats: must be a list, such as ["pdf", "svg", "png", "gif"]; got \'pdf\'']),
    ({"formats": []}, ["formats: must have at least 1 entry; got []"]),
    ({"formats": ["pdf", 3, None]}, ["formats[1]: must be text in quotes; got 3", "formats[2]: must be text in quotes; got None"]),  # noqa: E501
    ({"formats": [3]}, ["formats[0]: must be text in quotes; got 3"]),
    ({"only": "dots"}, ['only: must be a list, such as ["network"]; got \'dots\'']),
    ({"only": []}, ["only: must have at least 1 entry; got []"]),
    ({"figures": []}, ["figures: must be a table, as under [figures.NAME]; got []"]),
    ({"styles": [3]}, ["styles[0]: must be text in quotes; got 3"]),
    ({"out": ""}, ["out: must not be empty; got ''"]),
    ({"out": "a\0b"}, ["out: a folder name cannot contain a NUL character; got 'a\\x00b'"]),
    ({"figures": {"dots": 3}}, ["figures.dots: must be a table, as under [figures.NAME]; got 3"]),
    ({"figures": {"dots": {"sead": 1}}}, ["figures.dots.sead: unknown key; did you mean 'seed'? choose from seed, points, radii, label"]),  # noqa: E501
    ({"figures": {"dots": {"seed": -1}}}, ["figures.dots.seed: must be at least 0; got -1"]),
    ({"figures": {"dots": {"seed": "1"}}}, ["figures.dots.seed: must be a whole number; got '1', write 1 without quotes"]),  # noqa: E501
    ({"figures": {"dots": {"seed": True}}}, ["figures.dots.seed: must be a whole number; got True"]),
    ({"figures": {"dots": {"radii": [1, "x"]}}}, ["figures.dots.radii[1]: must be a number; got 'x'"]),
    ({"figures": {"wave": {"frequency": float("nan")}}}, ["figures.wave.frequency: must be finite; got nan"]),
    ({"figures": {"wave": {"frequency": float("inf")}}}, ["figures.wave.frequency: must be finite; got inf"]),
    (tomllib.loads("figures.dots.seed = 2024-01-01"), ["figures.dots.seed: no setting is a date or time; got 2024-01-01"]),  # noqa: E501
    ({"figures": {"dots": {"a b\n": 1}}}, ['figures.dots."a b\\n": unknown key; choose from seed, points, radii, label']),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("table", "says"), BAD, ids=[says[0][:40] for _, says in BAD])
def test_each_fault_names_the_key_the_value_and_the_way_out(stubs, table, says):
    assert faults(table) == says


NINE = [1.0] * 8
LECTURE_FAULTS = [
    ("network", {"theta": [*NINE, float("nan")]}, "theta[8]: must be finite; got nan"),
    ("network", {"theta": NINE}, f"theta: must have at least 9 entries; got {NINE}"),
    ("network", {"theta": [*NINE, 0.0, 2.0]}, f"theta: must have at most 9 entries; got {[*NINE, 0.0, 2.0]}"),
    (
        "network",
        {"theta": "abc"},
        "theta: must be a list, such as [1.0, 1.0, 1.0, 1.0, 0.0, -1.0, 1.0, -2.0, 0.0]; got 'abc'",
    ),
    ("network", {"theta": [*NINE, 1e200]}, "theta[8]: must be at most 1000000; got 1e+200"),
    ("barrier", {"theta": [-1e7, *NINE]}, "theta[0]: must be at least -1000000; got -10000000.0"),
    ("traps", {"targets": [0, 1, 1e200, 0]}, "targets[2]: must be at most 1000000; got 1e+200"),
    ("directions", {"slices": ["copi"]}, "slices[0]: must be 'random', 'joint', 'ignore', 'copy' or 'separate'; got 'copi'"),  # noqa: E501
    ("directions", {"slices": []}, "slices: must have at least 1 entry; got []"),
    ("directions", {"seeds": [1, 1]}, "seeds: must have each entry once; got 1 again, leave it out"),
    ("directions", {"slices": ["joint", "copy", "joint"]}, "slices: must have each entry once; got 'joint' again, leave it out"),  # noqa: E501
    ("outcomes", {"methods": [["SGD", 1], ["SGD", 1.0]]}, "methods: must have each entry once; got ('SGD', 1.0) again, leave it out"),  # noqa: E501
    ("perturbation", {"sigmas": [1, 2, 1.0]}, "sigmas: must have each entry once; got 1.0 again, leave it out"),
    ("trajectories", {"sigmas": [[1, 2], [1, 1]]}, "sigmas[1]: must have each entry once; got 1.0 again, leave it out"),
    ("directions", {"seeds": ["a"]}, "seeds[0]: must be a whole number; got 'a'"),
    ("directions", {"orthogonal": 1}, "orthogonal: must be true or false; got 1"),
    ("trajectories", {"bias": "no"}, "bias: must be 'joint', 'ignore', 'copy' or 'separate'; got 'no'"),
    ("relief", {"view": [30]}, "view: must have 2 entries; got [30]"),
    ("relief", {"view": []}, "view: must have 2 entries; got []"),
    ("traps", {"targets": [0, 1]}, "targets: must have 4 entries; got [0, 1]"),
    ("relief", {"rich": []}, "rich: unknown key; did you mean 'reach'? choose from directions, bias, seed, run_seed, sigma, learning_rate, steps, grid, reach, margin, ceiling, view, path_view"),  # noqa: E501
    ("relief", {"reach": []}, "reach: must be a number; got []; a sweep has at least one entry"),
    ("relief", {"view": "x"}, "view: must be a list; got 'x'"),
    ("outcomes", {"methods": [["Adam"]]}, "methods[0]: must have 2 entries; got ['Adam']"),
    ("outcomes", {"methods": [["Adam", 0]]}, "methods[0][1]: must be above 0; got 0"),
    ("perturbation", {"sigmas": [1.0]}, "sigmas: must have at least 2 entries; got [1.0]"),
    ("perturbation", {"sigmas": [-1.0, 2]}, "sigmas[0]: must be above 0; got -1.0"),
    ("perturbation", {"starts": 1_000_000_000}, "starts: must be at most 1000000; got 1000000000"),
    ("relief", {"steps": 10**14}, "steps: must be at most 1000000; got 100000000000000"),
    ("perturbation", {"spread": 1}, "spread: must be below 1; got 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "table", "says"), LECTURE_FAULTS, ids=[f"{n} {s[:30]}" for n, _, s in LECTURE_FAULTS])
def test_a_bad_setting_is_one_fault_in_plain_words(name, table, says):
    assert faults({"figures": {name: table}}) == [f"figures.{name}.{says}"]


def test_what_a_validator_says_is_not_said_twice():
    (line,) = faults({"figures": {"directions": {"seeds": [-1]}}})
    assert line.count("got") == 1


def test_faults_name_the_file_that_a_key_came_from(stubs):
    with pytest.raises(RecipeError) as caught:
        recipe({"out": 3, "workers": 0}, {"workers": "--workers"}, {("out",): "a.toml"})
    assert caught.value.faults == (
        "a.toml: out: must be text in quotes; got 3",
        "--workers: must be at least 1; got 0",
    )


def test_the_home_of_nobody_is_a_fault(stubs):
    assert faults({"out": "~nosuchuser/x"}) == [
        "out: no home folder for '~nosuchuser'; write ./~ for a name that begins with ~"
    ]
    assert faults({"out": "~\0"}) == ["out: a folder name cannot contain a NUL character; got '~\\x00'"]


def test_a_tilde_is_the_home_folder(stubs, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert recipe({"out": "~/slides"}).out == tmp_path / "slides"


@pytest.mark.parametrize(
    "key", ["out", "workers", "bogus", "figures", "figures.dots", "figures.dots.seed", "figures.no"]
)
@pytest.mark.parametrize("value", ["= 0x" + "f" * 5000, ".a" * 3000 + " = 1"])
def test_values_too_large_to_show_are_told_all_the_same(stubs, key, value):
    (line,) = faults(tomllib.loads(key + value))
    assert line.startswith(key.partition(".no")[0].partition(".seed")[0])
    assert len(line) < 400


def test_all_faults_are_told_at_once(stubs):
    table = {
        "out": 3,
        "styles": ["lectur"],
        "bogus": 1,
        "only": ["wav"],
        "figures": {"dots": {"seed": "x", "sead": 1}, "no": {}},
    }
    assert [line.partition(":")[0] for line in faults(table)] == [
        "out", "bogus", "styles", "figures", "figures.dots.seed", "figures.dots.sead", "only",
    ]  # fmt: skip


words = st.sampled_from(["out", "formats", "styles", "only", "figures", "dots", "seed", "pdf", "all"]) | st.text(
    max_size=6
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(table=st.dictionaries(words, anything, max_size=4), inside=st.dictionaries(words, anything, max_size=3))
def test_any_table_is_a_recipe_or_a_list_of_faults(stubs, table, inside):
    given_keys = {**table, "figures": {"dots": inside}}
    try:
        made = recipe(given_keys)
    except RecipeError as error:
        assert error.faults  # noqa: PT017 - either outcome is allowed
        assert all(line and "\n" not in line for line in error.faults)  # noqa: PT017
    else:
        assert isinstance(made, Recipe)
        assert set(given_keys) <= {"out", "formats", "styles", "sizes", "workers", "only", "defaults", "figures"}
        assert set(inside) <= set(stubs.find("dots").Settings.model_fields)
