"""Verifying a folder against its manifest, and manifests that are damaged."""

import json

import pytest
from stub_command import call
from stub_runs import RENDER_WAVE

from figures import slides
from figures.lecture.captions import Caption
from figures.recipes.faults import RecipeError
from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.verify import changes, other_versions, rendered_anew, untracked_files

pytestmark = pytest.mark.slow


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


def changed(*path, to):
    """Return a function that changes the value at a path in a manifest."""

    def change(text):
        whole = json.loads(text)
        place = whole
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return json.dumps(whole)

    return change


def file_called(name):
    return lambda text: json.dumps({**json.loads(text), "files": {name: {"sha256": "", "bytes": 0}}})


HOSTILE = [
    (lambda text: text[:-20], "Unterminated string"),
    (lambda text: "", "Expecting value"),
    (lambda text: "\0" * 1000, "Expecting value"),
    (lambda text: "[" * 100_000, "nested too deeply"),
    (lambda text: text.replace('"bytes": ', '"bytes": 1e400, "b": ', 1), "1e400 is not a finite number"),
    (lambda text: text.replace('"bytes": ', '"bytes": NaN, "b": ', 1), "NaN is not a finite number"),
    (lambda text: text.replace('"bytes": ', '"bytes": ' + "9" * 5000, 1), "a whole number has thousands of digits"),
    (lambda text: text.replace('"code": "', '"code": "\\ud800', 1), "surrogates not allowed"),
    (lambda text: text.replace("{", '{"code": "", ', 1), "key 'code' is given twice"),
    (lambda text: "\xff", "can't decode byte 0xff"),
    (lambda text: "[]", "must be a table"),
    (changed("files", to=[]), "files: must be a table"),
    (changed("files", to={"a": 3}), "files.a: must be a table"),
    (changed("files", to={"a": {"sha256": 3, "bytes": 0}}), "files.a.sha256: must be text in quotes; got 3"),
    (changed("files", to={"a": {"sha256": "", "bytes": -1}}), "files.a.bytes: must be at least 0; got -1"),
    (changed("files", to={"a": {"sha256": ""}}), "files.a.bytes: must not be left out"),
    (changed("failed", to=["wave"]), "failed: must be a table"),
    (changed("failed", to={"wave": "no"}), "failed.wave: must be a list"),
    (changed("code", to=3), "code: must be text in quotes; got 3"),
    (changed("versions", to={"numpy": 2}), "versions.numpy: must be text in quotes; got 2"),
    (changed("recipe", to=None), "recipe: must be a table"),
    (changed("recipe", "builds", to="yes"), "recipe.builds: must be true or false; got 'yes'"),
    (changed("recipe", "styles", to="lecture"), "recipe.styles: must be a list"),
    (changed("recipe", "styles", to=[]), "recipe.styles: must have at least 1 entry"),
    (changed("recipe", "styles", to=["../escaped"]), "recipe.styles[0]: no '../escaped'"),
    (changed("recipe", "formats", to=["png", "bmp"]), "recipe.formats[1]: no 'bmp'"),
    (changed("recipe", "sizes", to=["third"]), "recipe.sizes[0]: no 'third'"),
    (changed("recipe", "decks", to=["odp"]), "recipe.decks[0]: no 'odp'"),
    (changed("recipe", "variants", to=[]), "recipe.variants: must be a table"),
    (
        changed("recipe", "variants", to={f"w{i}": {"figure": "wave", "settings": {}} for i in range(10_001)}),
        "recipe.variants: must have at most 10000 entries",
    ),
    (changed("recipe", "variants", "wave", "settings", to=[]), "recipe.variants.wave.settings: must be a table"),
    (changed("recipe", "variants", "wave", "settings", "frequency", to="x"), "wave: frequency: must be a number"),
    (changed("recipe", "variants", "wave", "settings", to={"sequence": 1}), "wave: sequence: unknown key"),
    (changed("recipe", "variants", "wave", "figure", to="waves"), "recipe.variants.wave.figure: no figure 'waves'"),
    (changed("recipe", "variants", "wave", "figure", to=3), "recipe.variants.wave.figure: must be text in quotes"),
    (changed("recipe", "variants", "wave", "files", to=["none"]), "recipe.variants.wave.files: none is not among the"),
    (changed("recipe", "variants", "wave", "files", to=["../a"]), "'../a' is outside of the folder"),
    (changed("recipe", "variants", "../wave", to={"figure": "wave", "settings": {}}), 'recipe.variants."../wave"'),
    *((file_called(name), "is outside of the folder") for name in (
        "/etc/passwd", "..", "../a", "a/../../b", "a//b", ".", "", "C:\\a", "C:a", "a\0b", "a\x1b[31m", "a\nb",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
def test_a_damaged_or_hostile_manifest_is_one_line(out, capsys, change, reason):
    path = out / "manifest.json"
    path.write_bytes(change(path.read_text()).encode("latin-1"))
    assert call("verify", out, "--quick") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xorscape: {path} is damaged or of another version (")
    assert reason in line
    assert line.endswith("); render it again")
    assert len(line) < 400 + len(str(path))


@pytest.mark.parametrize("text", ["", "[]", '{"files": {}}'])
def test_a_damaged_manifest_is_kept_when_a_part_is_rendered(wave, capsys, text):
    path = wave / "manifest.json"
    path.write_text(text)
    assert call("verify", wave, "--quick") == 2
    line = capsys.readouterr().err.removesuffix("\n")
    assert call(*RENDER_WAVE, "--out", wave, "--dry-run") == 0
    assert f"then: {line.removeprefix('xorscape: ')}" in capsys.readouterr().out
    assert path.read_text() == text
    assert call(*RENDER_WAVE, "--out", wave) == 0
    damage, alone = capsys.readouterr().err.splitlines()
    assert damage == f"{line}; kept as data/manifest.unreadable.json"
    assert alone == "xorscape: manifest.json now lists only wave; render the whole recipe to list everything"
    assert (wave / "data" / "manifest.unreadable.json").read_text() == text
    assert call("verify", wave, "--quick") == 0


@pytest.mark.parametrize("size", [2**30, 2**42])
def test_an_enormous_manifest_is_one_line(out, capsys, size):
    with (out / "manifest.json").open("r+b") as file:
        file.truncate(size)
    assert call("verify", out) == 2
    says = f"{out / 'manifest.json'} is damaged or of another version (has more than 512 MiB); render it again"
    assert capsys.readouterr().err == f"xorscape: {says}\n"
