"""The manifest, numbers.json, and verifying a folder against them."""

import hashlib
import json
import re
import shutil

import pytest

from figures import slides
from figures.cli import main
from figures.lecture.captions import Caption
from figures.recipes.faults import RecipeError
from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.manifest import Manifest
from figures.render.merged_manifest import some
from figures.render.verify import changes, other_versions, rendered_anew, untracked_files

pytestmark = pytest.mark.slow

KEYS = {"workers": 1, "formats": ["png"], "only": ["dots", "wave"], "figures": {"dots": {"seed": [1, 2]}}}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Where a render of the tiny lecture set is kept once it is made."""
    return tmp_path_factory.mktemp("rendered") / "out"


@pytest.fixture
def out(stubs, rendered, tmp_path):
    """A folder with that render, to be changed at will."""
    if not rendered.exists():
        batch.render(recipe({**KEYS, "out": str(rendered)}))
    shutil.copytree(rendered, tmp_path / "out")
    return tmp_path / "out"


def call(*arguments):
    return main.main([str(a) for a in arguments])


def test_a_manifest_tells_of_everything_that_went_in_and_came_out(out):
    text = (out / "manifest.json").read_text()
    told = json.loads(text)
    assert str(out) not in text
    assert (told["complete"], told["failed"]) == (True, {})
    assert told["recipe"]["variants"]["dots-seed-2"] == {
        "figure": "dots",
        "seeds": {"seed": 2},
        "settings": {"seed": 2, "points": 5, "radii": [0.5, 1.0], "label": None},
        "files": [
            "data/dots-seed-2.nc",
            *(f"lecture/dots-seed-2-half.{ending}" for ending in ("png", "tex", "caption.txt", "alt.txt")),
            "lecture/dots-seed-2.nc",
            "data/dots-seed-2-half.numbers.json",
            *(f"lecture/dots-seed-2.{ending}" for ending in ("png", "tex", "caption.txt", "alt.txt")),
            "data/dots-seed-2.numbers.json",
        ],
    }
    common = {"numbers.json", "lecture/lecture.tex", "lecture/lecture.html"}
    each = [file for one in told["recipe"]["variants"].values() for file in one["files"]]
    assert sorted([*each, *common]) == sorted(told["files"])
    assert {"xorscape", "python", "numpy", "matplotlib", "numba"} <= set(told["versions"])
    there = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    records = {f"data/{name}.json" for name in (*told["recipe"]["variants"], "decks")}
    assert set(told["files"]) == there - records - {"manifest.json", "data/.lock"}
    for name, one in told["files"].items():
        data = (out / name).read_bytes()
        assert one == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_a_manifest_is_the_same_in_another_folder_and_with_more_workers(out, tmp_path):
    batch.render(recipe({**KEYS, "out": str(tmp_path / "other" / "place")}))
    for name in ("manifest.json", "numbers.json"):
        assert (tmp_path / "other" / "place" / name).read_bytes() == (out / name).read_bytes()


def test_a_manifest_that_is_read_renders_the_same_recipe(out):
    given = recipe({**KEYS, "out": str(out)})
    assert Manifest.read(out, 1, out).recipe == given
    assert Manifest.read(out, 1, out).to_json() == (out / "manifest.json").read_text()


def test_numbers_are_told_for_every_variant_and_size(out):
    told = json.loads((out / "numbers.json").read_text())
    assert list(told) == ["dots-seed-1", "dots-seed-2", "wave"]
    assert (told["wave"]["figure"], told["wave"]["result"]) == ("wave", "data/wave.nc")
    assert list(told["dots-seed-2"]["captions"]) == ["half", "full"]
    full = told["dots-seed-2"]["captions"]["full"]
    assert full["caption"] == (out / "lecture" / "dots-seed-2.caption.txt").read_text().strip()
    assert [(n["text"], n["how"]) for n in full["numbers"]] == [("5", "member"), ("100", "wording"), ("2", "member")]
    assert told["wave"]["captions"]["full"]["numbers"][0]["from"] == "frequency"


def test_while_a_render_is_at_work_there_is_no_manifest(stubs, out, monkeypatch):
    compute, seen = stubs.find("wave").compute, []
    monkeypatch.setattr(
        stubs.find("wave"), "compute", lambda *a: seen.append((out / "manifest.json").exists()) or compute(*a)
    )
    batch.render(recipe({**KEYS, "out": str(out), "figures": {"wave": {"frequency": 3}}}))
    assert seen == [False]
    assert (out / "manifest.json").exists()


def test_a_render_in_which_a_figure_failed_is_not_complete(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    batch.render(recipe({"out": str(tmp_path), "workers": 1, "formats": ["png"]}))
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert (told["complete"], told["failed"]) == (False, {"trouble": ["ValueError: no such luck"]})
    assert not [name for name in told["files"] if "trouble" in name]
    assert list(changes(tmp_path)) == ["trouble failed: ValueError: no such luck"]


def test_a_manifest_of_another_recipe_takes_the_place_of_one_even_if_nothing_is_made(out):
    batch.render(recipe({**KEYS, "out": str(out), "only": ["wave"]}))
    told = json.loads((out / "manifest.json").read_text())
    assert list(told["recipe"]["variants"]) == ["wave"]
    assert list(json.loads((out / "numbers.json").read_text())) == ["wave"]
    assert "lecture/dots-seed-1.png" in untracked_files(out)
    assert list(changes(out)) == []


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
    batch.render(recipe({**KEYS, "out": str(out), "formats": ["png", "svg"]}))
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
    assert json.loads((tmp_path / "manifest.json").read_bytes())["files"].keys() == {"numbers.json"}


def test_other_numbers_are_never_beside_the_manifest_of_the_old_ones(out, monkeypatch):
    """A render of a part makes nothing anew, but other numbers; here it is stopped right after them."""

    def stopped(self, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(Manifest, "write", stopped)
    before = (out / "manifest.json").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        batch.render(recipe({**KEYS, "out": str(out), "decks": []}))
    assert (out / "manifest.json").read_bytes() == before, "the numbers are the same"
    with pytest.raises(KeyboardInterrupt):
        batch.render(recipe({**KEYS, "out": str(out), "decks": [], "only": ["wave"]}))
    assert list(json.loads((out / "numbers.json").read_bytes())) == ["wave"]
    assert not (out / "manifest.json").exists()


def test_another_ffmpeg_makes_mp4_files_anew_and_nothing_else(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.recipes.validation.has_ffmpeg", lambda: True)
    monkeypatch.setattr(
        "figures.animation.animate.save_movie", lambda movie, path, *_, **__: path.write_bytes(b"moves")
    )
    whole = recipe({"out": str(tmp_path), "workers": 1, "formats": ["png", "mp4"], "only": ["wave"], "decks": []})
    plans = []
    for version in ("ffmpeg version 1", "ffmpeg version 2"):
        monkeypatch.setattr("figures.render.cache.ffmpeg_version", lambda version=version: version)
        plans.append([one.files for one in batch.plan(whole)])
        batch.render(whole)
        assert json.loads((tmp_path / "manifest.json").read_bytes())["versions"]["ffmpeg"] == version
        assert [one.files for one in batch.plan(whole)] == [()]
    assert plans[1] == [("lecture/wave.mp4",)]


def test_a_sound_folder_has_no_differences(out, capsys):
    assert list(changes(out)) == []
    assert list(rendered_anew(out, 1)) == []
    assert other_versions(out) == ""
    assert call("verify", out, "--workers", 1) == 0
    assert capsys.readouterr() == (f"{out}: no difference (by checksums and by rendering again)\n", "")


def test_each_change_is_told_in_one_line(out, capsys):
    (out / "lecture" / "wave.png").write_bytes(b"other")
    (out / "lecture" / "dots-seed-1.tex").unlink()
    assert call("verify", out, "--quick") == 1
    said, told = capsys.readouterr()
    assert said == f"{out}: 2 differences (by checksums)\n"
    first, second = told.splitlines()
    assert first == "xorscape: lecture/dots-seed-1.tex is missing"
    assert second.startswith("xorscape: lecture/wave.png differs: ")
    assert second.endswith(", 5 bytes now")


def test_files_of_others_are_told_in_one_line_and_do_no_harm(out, capsys):
    """Such as the documentation, which lies in the folder, and what LaTeX leaves beside a deck."""
    assert untracked_files(out) == ()
    (out / "docs").mkdir()
    for name in ("docs/index.html", "docs/objects.inv", "lecture/lecture.aux", "lecture/mine.txt"):
        (out / name).write_text("mine")
    assert call("verify", out, "--quick") == 0
    said, told = capsys.readouterr()
    assert said == f"{out}: no difference (by checksums)\n"
    names = "docs/index.html, docs/objects.inv, lecture/lecture.aux and 1 more"
    assert told == f"xorscape: 4 files in {out} not in the manifest: {names}\n"


def test_files_that_come_out_otherwise_are_told(stubs, out, monkeypatch, capsys):
    monkeypatch.setattr(stubs.find("wave"), "caption", lambda result, size="full": Caption("Another wave.", result))
    assert call("verify", out, "--workers", 1) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in told] == [
        "data/wave.numbers.json", "lecture/lecture.html", "lecture/lecture.tex", "lecture/wave.caption.txt",
        "lecture/wave.tex", "numbers.json",
    ]  # fmt: skip
    assert all(line.endswith("when rendered again") for line in told)


def test_other_versions_are_told_in_one_line(out, capsys):
    path = out / "manifest.json"
    told = json.loads(path.read_text())
    told["versions"]["numpy"], told["code"] = "1.0", "00"
    path.write_text(json.dumps(told))
    assert call("verify", out, "--quick") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xorscape: {out} was made with numpy 1.0 (here ")
    assert "other code of xorscape (00, here " in line


def damaged(text, **changed):
    return json.dumps({**json.loads(text), **changed})


DAMAGE = {
    "cut off": lambda text: text[:-20],
    "no manifest": lambda text: "[]",
    "no files": lambda text: damaged(text, files=None),
    "a file outside": lambda text: text.replace('"lecture/wave.png"', '"../wave.png"'),
    "an absolute file": lambda text: text.replace('"lecture/wave.png"', '"/wave.png"'),
    "no such figure": lambda text: text.replace('"figure": "wave"', '"figure": "waves"'),
    "a style outside": lambda text: text.replace('"lecture"\n', '"../escaped"\n'),
    "no such style": lambda text: text.replace('"lecture"\n', '"nope"\n'),
    "no such format": lambda text: text.replace('"png"\n', '"bmp"\n'),
    "no such size": lambda text: text.replace('"half"', '"third"', 1),
    "no such deck": lambda text: text.replace('"tex"', '"odp"', 1),
    "no style at all": lambda text: re.sub(r'"styles": \[[^]]*\]', '"styles": []', text),
    "no such setting": lambda text: text.replace('"frequency"', '"sequence"'),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_manifest_is_one_clear_line(out, capsys, damage):
    path = out / "manifest.json"
    text = DAMAGE[damage](path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    assert call("verify", out) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xorscape: {path} is damaged or of another version (")
    assert line.endswith("); render it again")


def test_what_must_be_installed_to_render_anew_is_said(stubs, tmp_path, monkeypatch, capsys):
    keys = {"out": str(tmp_path), "workers": 1, "formats": ["png"], "only": ["wave"], "decks": ["pptx"]}
    batch.render(recipe(keys))
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    assert call("verify", tmp_path, "--quick") == 0
    capsys.readouterr()
    assert call("verify", tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("xorscape: decks: 'pptx' needs the package python-pptx; ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["verify", "none"], "folder none does not exist; give a folder that xorscape render has made\n"),
        (
            ["verify", "."],
            ". has no manifest.json; give the folder of a completed xorscape render (it is written last)\n",
        ),
        (["verify", "file"], "folder file is a file; give a folder that xorscape render has made\n"),
        (["verify", "none", "--workers", "x"], "--workers: must be a whole number from 1 to 256; got x"),
        (["verify", "none", "--workers", "0"], "--workers: must be a whole number from 1 to 256; got 0"),
    ],
)
def test_wrong_use_of_verify(capsys, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert call(*arguments) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    with pytest.raises(RecipeError, match="does not exist"):
        next(changes(tmp_path / "none"))
