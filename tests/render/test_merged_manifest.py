"""The manifest after a part of a recipe was rendered into a folder."""

import json

import pytest
from stub_command import call
from stub_runs import TWO_FIGURES

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.merged_manifest import some
from figures.render.verify import changes, rendered_anew

pytestmark = pytest.mark.slow


FILE = "formats = ['png']\nonly = ['dots', 'wave']\n[figures.dots]\nseed = [1, 2]\n"
ALONE = "manifest.json now lists only wave; render the whole recipe to list everything"
OLDER = "decks are older than wave; render the whole recipe to update them"


def told(out):
    """What a manifest says it is of: variants, decks, and the formats."""
    recipe = json.loads((out / "manifest.json").read_bytes())["recipe"]
    return list(recipe["variants"]), recipe["decks"], recipe["formats"]


VARIANTS = ["dots-seed-1", "dots-seed-2", "wave"]
PARTS = [
    ("", [], VARIANTS, ["tex", "html"], []),
    ("", ["--deck", "tex"], ["wave"], ["tex"], [ALONE]),
    ("[figures.wave]\nfrequency = 3\n", [], VARIANTS, [], [OLDER]),
]
SLOW_PARTS = [
    ("", ["--force"], VARIANTS, ["tex", "html"], []),
    ("", ["--format", "png,svg"], ["wave"], [], [ALONE]),
    ("", ["--style", "ddasp"], ["wave"], [], [ALONE]),
    ("[figures.wave]\nfrequency = [3, 4]\n", [], [*VARIANTS, "wave-frequency-3", "wave-frequency-4"], [],
     ["decks are older than wave-frequency-3, wave-frequency-4; render the whole recipe to update them"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "options", "variants", "decks", "notes"),
    [*PARTS, *(pytest.param(*part, marks=pytest.mark.slow) for part in SLOW_PARTS)],
)
def test_a_part_rendered_anew_leaves_the_rest_told(out, tmp_path, capsys, more, options, variants, decks, notes):  # noqa: PLR0917
    """What the manifest tells of is what its recipe makes, whatever part was rendered last, and as was foretold."""
    before = {name: (out / name).read_bytes() for name in ("manifest.json", "numbers.json")}
    (tmp_path / "my.toml").write_text(FILE + more)
    arguments = ["render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave", *options]
    assert call(*arguments, "--dry-run") == 0
    said = capsys.readouterr().out.splitlines()
    assert f"manifest.json: to list {some(variants)}" in said
    assert [line for line in said if line.startswith("then: ")] == [f"then: {note}" for note in notes]
    assert {name: (out / name).read_bytes() for name in before} == before
    assert call(*arguments) == 0
    assert capsys.readouterr().err.splitlines() == [f"xorscape: {note}" for note in notes]
    assert told(out)[:2] == (variants, decks)
    assert list(json.loads((out / "numbers.json").read_bytes())) == variants
    assert list(changes(out)) == []
    assert list(rendered_anew(out, 1)) == []
    if decks == ["tex", "html"]:
        assert {name: (out / name).read_bytes() for name in before} == before


def test_the_formats_of_the_folder_are_kept_if_the_part_has_them_all(out, tmp_path):
    batch.render(recipe({**TWO_FIGURES, "out": str(out), "formats": ["png", "svg"]}))
    arguments = ["render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave"]
    for more, expected in (("", (VARIANTS, ["svg", "png"])), ("[figures.wave]\nfrequency = 3\n", (["wave"], ["png"]))):
        (tmp_path / "my.toml").write_text(FILE + more)
        assert call(*arguments) == 0
        assert told(out)[::2] == expected
        assert list(rendered_anew(out, 1)) == []


class Killed(BaseException):
    """What no code of ours catches, as when the process is killed."""


@pytest.mark.parametrize("moment", ["compute", "draw", "numbers"])
def test_a_part_that_is_killed_and_rendered_again_leaves_the_rest_told(stubs, out, tmp_path, monkeypatch, moment):
    def killed(*_):
        raise Killed

    (tmp_path / "my.toml").write_text(FILE + "[figures.wave]\nfrequency = 3\n")
    arguments = ["render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave"]
    owner, name = (batch, "write_numbers") if moment == "numbers" else (stubs.find("wave"), moment)
    with monkeypatch.context() as changed:
        changed.setattr(owner, name, killed)
        with pytest.raises(Killed):
            call(*arguments)
    assert not (out / "manifest.json").exists()
    assert call(*arguments) == 0
    assert told(out)[0] == VARIANTS
    assert list(json.loads((out / "numbers.json").read_bytes())) == VARIANTS
    assert list(rendered_anew(out, 1)) == []
    assert not (out / "data" / "manifest.json").exists()


def test_what_is_not_up_to_date_is_not_told_of_any_more(out, tmp_path, capsys):
    (out / "lecture" / "dots-seed-1.png").write_bytes(b"other")
    (out / "lecture" / "wave.png").unlink()  # which will be as it was
    (tmp_path / "my.toml").write_text(FILE)
    arguments = ["render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave"]
    assert call(*arguments, "--dry-run") == 0
    _, names, *foretold, _ = capsys.readouterr().out.splitlines()
    assert names == "manifest.json: to list dots-seed-2, wave"
    assert call(*arguments) == 0
    assert told(out)[0] == ["dots-seed-2", "wave"]
    notes = capsys.readouterr().err.splitlines()
    assert foretold == [note.replace("xorscape:", "then:") for note in notes]
    left_out, decks = notes
    assert left_out == "xorscape: manifest.json leaves out dots-seed-1, not up to date; render the whole recipe"
    assert decks.startswith("xorscape: decks are older than ")
    assert list(rendered_anew(out, 1)) == []


def test_a_figure_that_failed_before_a_part_was_rendered_still_has(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    keys = {"out": str(tmp_path), "workers": 1, "formats": ["png"], "decks": []}
    batch.render(recipe(keys))
    before = (tmp_path / "manifest.json").read_bytes()
    report = (tmp_path / "data" / "trouble.error.txt").read_bytes()
    batch.render(recipe({**keys, "only": ["dots"]}), is_part=True, force=True)
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert (tmp_path / "data" / "trouble.error.txt").read_bytes() == report


def test_a_result_that_could_not_be_computed_anew_is_not_told_of(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble",))
    keys = {"out": str(tmp_path), "workers": 1, "formats": ["png"], "decks": []}
    batch.render(recipe({**keys, "figures": {"trouble": {"where": "nowhere"}}}))
    assert "data/trouble.nc" in json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    batch.render(recipe({**keys, "figures": {"trouble": {"where": "compute"}}}))
    assert (tmp_path / "data" / "trouble.nc").exists()
    assert json.loads((tmp_path / "manifest.json").read_bytes())["files"].keys() == {"numbers.json", "page.html"}
