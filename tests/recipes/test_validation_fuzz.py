"""Any text and any table: a recipe whose every key is heeded, or faults of one line each; never anything else."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from places import ROOT

from figures import lecture
from figures.recipes.faults import RecipeError
from figures.recipes.toml_files import layered
from figures.recipes.validation import Keys, recipe
from figures.slides import DEFAULT_DECKS, SHOWS
from figures.style.style_sheets import STYLES
from landscape.parallel.threads import processors

pytestmark = pytest.mark.slow

LECTURE = (ROOT / "scripts" / "recipes" / "lecture.toml").read_text()
LINES = LECTURE.splitlines()
NO_FIXTURES = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


def heeded(files):
    """Check what comes of recipe files: faults, or a recipe in which every value that they give is found."""
    try:
        layers = layered(files)
        whole = recipe(layers.table, {}, layers.origins)
    except RecipeError as error:
        assert error.faults  # noqa: PT017 - either outcome is allowed
        assert all(line and "\n" not in line and len(line) < 2000 for line in error.faults)  # noqa: PT017
        return
    heeds(whole, layers.table, Path(layers.origins.get(("out",), "")).parent)


def heeds(whole, table, folder=Path()):
    """Check that each key of a table is found in the recipe that is made of it, and that nothing else is."""
    keys = {**Keys().model_dump(), **table}
    if set(table.get("decks", DEFAULT_DECKS)) == set(DEFAULT_DECKS):
        keys["decks"] = [deck for deck in DEFAULT_DECKS if set(SHOWS[deck]) & set(keys["formats"])]
    for key in ("formats", "sizes", "styles", "decks"):
        wanted = STYLES if key == "styles" and keys[key] == ["all"] else keys[key]
        assert set(getattr(whole, key)) == set(wanted), key
    assert (whole.builds, whole.half_slides) == (keys["builds"], keys["half_slides"])
    assert whole.page == (keys["only"] is None if keys["page"] is None else keys["page"])
    assert whole.out == folder / Path(keys["out"]).expanduser()
    assert whole.workers == (keys["workers"] or processors())
    only = set(lecture.NAMES) if keys["only"] is None else set(keys["only"])
    shown, asked = {v.figure for v in whole.variants}, {name.partition("-")[0] for name in only}
    assert shown | set(whole.skipped) == asked
    assert not shown & set(whole.skipped)
    assert {v.name for v in whole.variants if v.figure not in only} == only - set(lecture.NAMES)
    used = {k for figure in asked for k in lecture.lecture_figure(figure).Settings.model_fields}
    assert keys["defaults"].keys() <= used
    for figure in shown:
        model, own = lecture.lecture_figure(figure).Settings, keys["figures"].get(figure, {})
        assert own.keys() <= model.model_fields.keys()
        given = {k: v for k, v in keys["defaults"].items() if k in model.model_fields} | own
        made = [v.settings.model_dump(mode="json") for v in whole.variants if v.figure == figure]
        for key, default in model().model_dump(mode="json").items():
            had = {repr(plain(settings[key])) for settings in made}
            value = given.get(key, default)
            each = {repr(plain(v)) for v in value} if isinstance(value, list) else set()
            assert had == {repr(plain(value))} or (had == each if figure in only else had <= each), key
    assert len({v.name.lower() for v in whole.variants}) == len(whole.variants)
    assert table.keys() <= Keys.model_fields.keys()


def plain(value):
    """Return numbers as floats, however deep in lists."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


EVERYTHING = {
    "out": "elsewhere",
    "formats": ["svg", "png"],
    "styles": ["ddasp"],
    "sizes": ["full"],
    "decks": ["tex"],
    "builds": True,
    "half_slides": True,
    "page": True,
    "workers": 3,
    "only": ["sheet", "tree", "network-points-21"],
    "defaults": {"seed": [4, 5]},
    "figures": {"sheet": {"points": [21, 31]}, "network": {"points": [11, 21]}},
}


def test_a_recipe_that_heeds_every_key_passes():
    assert EVERYTHING.keys() == Keys.model_fields.keys(), "a key that no check looks at"
    heeds(recipe(EVERYTHING), EVERYTHING)


IGNORED = [
    *({k: v for k, v in EVERYTHING.items() if k != key} for key in EVERYTHING if key not in {"figures", "only"}),
    {**EVERYTHING, "only": ["sheet", "tree", "network"]},
    {**EVERYTHING, "only": ["tree", "network-points-21"]},
    {**EVERYTHING, "defaults": {"seed": 4}},
    {**EVERYTHING, "figures": {"network": {"points": [11, 21]}}},
    {**EVERYTHING, "figures": {"sheet": {"points": 21}, "network": {"points": [11, 21]}}},
]


@pytest.mark.parametrize("heeded_only", IGNORED, ids=map(str, range(len(IGNORED))))
def test_the_check_finds_a_key_that_is_ignored_or_heeded_in_part(heeded_only):
    with pytest.raises(AssertionError):
        heeds(recipe(heeded_only), EVERYTHING)


pieces = st.sampled_from(
    ["[figures.tree]", "[defaults]", "[figures.", "]", "\n", "seed", " = ", "1", "[0, 1]", "[[1], [2]]", '"joint"',
     "nan", "-1", "1e400", "2024-01-01", "true", "formats", '["pdf"]', "only", '["tree"]', "workers", "a.b.c", "'",
     '"""', "#", "{", "}", "\0", "é", "9" * 30, "out", '"~nosuchuser/x"']
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=4), max_size=25).map("".join)
changes = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "double", "swap", "text", "value"]), texts),
    max_size=3,
)
VALUES = ["[0, 1]", "[[0, 1], [2]]", "0", "-1", '"x"', "[]", "true", "1.5", "[1, 1]", "2024-01-01", "{}", "[0.5, 2]"]


def changed(lines, where, how, text):
    """Return the lines of a recipe with one of them changed."""
    line, other = lines[where % len(lines)], lines[(where * 7 + 3) % len(lines)]
    key = line.partition("=")[0]
    new = {
        "drop": [],
        "double": [line, line],
        "swap": [other],
        "text": [line[: len(line) // 2] + text],
        "value": [f"{key}= {VALUES[len(text) % len(VALUES)]}"],
    }[how]
    at = where % len(lines)
    return [*lines[:at], *new, *lines[at + 1 :]]


@settings(max_examples=150, **NO_FIXTURES)
@given(text=texts)
def test_any_text(tmp_path, text):
    (tmp_path / "a.toml").write_text(text)
    heeded([tmp_path / "a.toml"])


@settings(max_examples=60, **NO_FIXTURES)
@given(data=st.binary(max_size=60))
def test_any_bytes(tmp_path, data):
    (tmp_path / "a.toml").write_bytes(data)
    heeded([tmp_path / "a.toml"])


@settings(max_examples=120, **NO_FIXTURES)
@given(wrong=changes)
def test_the_lecture_recipe_with_lines_changed(tmp_path, wrong):
    lines = LINES
    for change in wrong:
        lines = changed(lines, *change) or [""]
    (tmp_path / "a.toml").write_text("\n".join(lines))
    heeded([tmp_path / "a.toml"])


@settings(max_examples=60, **NO_FIXTURES)
@given(wrong=changes, above=texts)
def test_a_text_over_the_lecture_recipe(tmp_path, wrong, above):
    lines = LINES
    for change in wrong[:1]:
        lines = changed(lines, *change)
    (tmp_path / "a.toml").write_text("\n".join(lines))
    (tmp_path / "b.toml").write_text(above)
    heeded([tmp_path / "a.toml", tmp_path / "b.toml"])


keys = st.sampled_from(sorted({k for n in lecture.NAMES for k in lecture.lecture_figure(n).Settings.model_fields}))
near = st.sampled_from([0, 1, 3, 20, 500, 0.5, 2.0, True, "joint", "random", "float32"])
values = near | st.lists(near, max_size=3) | st.lists(st.lists(near, max_size=2), max_size=2)


@settings(max_examples=150, **NO_FIXTURES)
@given(
    shared=st.dictionaries(keys, values, max_size=2),
    own=st.dictionaries(st.sampled_from(lecture.NAMES), st.dictionaries(keys, values, max_size=2), max_size=2),
)
def test_any_settings(tmp_path, shared, own):
    import json

    lines = ["[defaults]", *(f"{k} = {json.dumps(v)}" for k, v in shared.items())]
    for name, table in own.items():
        lines += [f"[figures.{name}]", *(f"{k} = {json.dumps(v)}" for k, v in table.items())]
    text = "\n".join(lines)
    assert tomllib.loads(text)["defaults"] == shared
    (tmp_path / "a.toml").write_text(text)
    heeded([tmp_path / "a.toml"])
