"""Any text and any table: a recipe whose every key is heeded, or faults of one line each; never anything else."""

import tomllib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figures import lecture
from figures.faults import RecipeError
from figures.recipe import recipe
from figures.recipe_file import layered

LECTURE = (Path(__file__).parents[1] / "scripts" / "recipes" / "lecture.toml").read_text()
LINES = LECTURE.splitlines()
NO_FIXTURES = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow], "deadline": None}


def heeded(files):
    """Check what comes of recipe files: faults, or a recipe in which every value that they give is found."""
    try:
        layers = layered(files)
        whole = recipe(layers.table, {}, layers.origins)
    except RecipeError as error:
        assert error.faults  # noqa: PT017 - either outcome is allowed
        assert all(line and "\n" not in line and len(line) < 2000 for line in error.faults)  # noqa: PT017
        return
    table = layers.table
    for key in ("formats", "sizes", "styles"):
        if key in table and table[key] != ["all"]:
            assert set(getattr(whole, key)) == set(table[key])
    assert str(whole.out.name) in table.get("out", "out") or whole.out == Path(table["out"]).expanduser()
    assert table.get("workers", whole.workers) == whole.workers
    for name in table.get("only", []):
        assert any(name in {v.name, v.figure} for v in whole.variants)
    used = set()
    for figure in {v.figure for v in whole.variants}:
        fields = lecture.lecture_figure(figure).Settings.model_fields
        shared = {k: v for k, v in table.get("defaults", {}).items() if k in fields}
        used |= shared.keys()
        own = table.get("figures", {}).get(figure, {})
        assert own.keys() <= fields.keys()
        for key, value in {**shared, **own}.items():
            had = [v.settings.model_dump(mode="json")[key] for v in whole.variants if v.figure == figure]
            assert all(h == value for h in had) or {repr(plain(h)) for h in had} <= {repr(plain(v)) for v in value}
    assert used == table.get("defaults", {}).keys() or table.keys() & {"only", "sizes"}
    assert len({v.name.lower() for v in whole.variants}) == len(whole.variants)


def plain(value):
    """Return numbers as floats, however deep in lists."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


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
