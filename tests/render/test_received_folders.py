"""An output folder received from others: what is no plain file in it is refused, and a hostile manifest is one line."""

import json
import os
import shutil
import socket

import pytest
from stub_command import call

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.manifest import Manifest
from figures.render.merged_manifest import merged
from figures.render.verify import changes

pytestmark = pytest.mark.slow

KEYS = {"workers": 1, "formats": ["png"], "only": ["wave"], "sizes": ["full"], "decks": ["tex"]}
RENDER = ["render", "--only", "wave", "--format", "png", "--size", "full", "--deck", "tex", "--workers", 1]


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


def link(path):
    theirs = next(parent for parent in path.parents if parent.name == "out").parent / "theirs"
    theirs.write_text("theirs")
    path.symlink_to(theirs)


def unix_socket(path, monkeypatch):
    with monkeypatch.context() as there, socket.socket(socket.AF_UNIX) as made:
        there.chdir(path.parent)  # the path of a socket is limited to about 100 characters
        made.bind(path.name)


FILES = [
    "data/.lock", "data/wave.nc", "data/wave.json", "data/wave.numbers.json", "data/wave.error.txt", "data/decks.json",
    "data/manifest.json", "manifest.json", "numbers.json", "lecture/wave.png", "lecture/wave.caption.txt",
    "lecture/lecture.tex",
]  # fmt: skip


KINDS = ("a symbolic link", "a FIFO", "a folder", "a socket")
ODD = [*((file, KINDS[place % 4]) for place, file in enumerate(FILES)), *(("data/.lock", kind) for kind in KINDS[1:])]


@pytest.mark.parametrize(("file", "kind"), [*ODD, ("manifest.json", "a FIFO"), ("lecture/wave.png", "a FIFO")])
def test_a_render_refuses_what_is_no_plain_file_in_one_line_and_changes_nothing(  # noqa: PLR0917
    out, tmp_path, capsys, monkeypatch, file, kind
):
    (out / file).unlink(missing_ok=True)
    if kind == "a socket":
        unix_socket(out / file, monkeypatch)
    else:
        {"a symbolic link": link, "a FIFO": os.mkfifo, "a folder": os.mkdir}[kind](out / file)
    before = {path: path.lstat() for path in tmp_path.rglob("*") if path != out / "data" / ".lock"}
    for options in ([], ["--dry-run"]):
        assert call(*RENDER, "--out", out, *options) == 2
        says = f"cannot write to folder {out}: {file} is {kind}; choose another --out, or move that away"
        assert capsys.readouterr() == ("", f"xorscape: {says}\n")
    after = {path: path.lstat() for path in tmp_path.rglob("*") if path != out / "data" / ".lock"}
    unread = {path: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_mode) for path, s in before.items()}
    assert {path: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_mode) for path, s in after.items()} == unread


@pytest.mark.parametrize("folder", ["data", "lecture"])
def test_a_subfolder_that_is_a_link_is_refused_but_the_folder_itself_may_be_one(out, tmp_path, capsys, folder):
    (tmp_path / "given").symlink_to(out)
    assert call(*RENDER, "--out", tmp_path / "given") == 0
    assert call("verify", tmp_path / "given", "--quick") == 0
    capsys.readouterr()
    (out / folder).rename(tmp_path / "theirs")
    (out / folder).symlink_to(tmp_path / "theirs")
    names = sorted(os.listdir(tmp_path / "theirs"))
    assert call(*RENDER, "--out", out) == 2
    says = f"cannot write to folder {out}: {folder} is a symbolic link; choose another --out, or move that away"
    assert capsys.readouterr() == ("", f"xorscape: {says}\n")
    assert sorted(os.listdir(tmp_path / "theirs")) == names
    assert list(changes(out)) == [f"{folder} is a symbolic link, not what the render made; move it away"]


@pytest.mark.parametrize("file", ["data/.lock", "data/wave.nc", "data/wave.json", "manifest.json", "lecture/wave.png"])
def test_a_file_with_a_second_name_elsewhere_keeps_its_content_there(out, tmp_path, file):
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (out / file).unlink()
    os.link(theirs, out / file)
    batch.render(recipe({**KEYS, "out": str(out)}))
    assert theirs.read_text() == "theirs"
    assert list(changes(out)) == []


def test_files_left_by_a_killed_render_are_removed_but_not_through_links(out, tmp_path):
    (tmp_path / "theirs").mkdir()
    for folder in (tmp_path / "theirs", out, out / "lecture"):
        (folder / ".a.partial").write_text("")
    (out / "link").symlink_to(tmp_path / "theirs")
    (out / ".b.partial").mkdir()
    batch.render(recipe({**KEYS, "out": str(out)}))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.partial"))
    assert left == ["out/.b.partial", "theirs/.a.partial"]


def test_verify_reads_no_link_and_no_enormous_file(out, capsys):
    (out / "lecture" / "wave.png").unlink()
    link(out / "lecture" / "wave.png")
    with (out / "data" / "wave.nc").open("r+b") as file:
        file.truncate(2**42)  # no blocks are written
    (out / "lecture" / "wave.tex").unlink()
    os.mkfifo(out / "lecture" / "wave.tex")
    assert call("verify", out, "--quick") == 1
    size, *lines = capsys.readouterr().err.splitlines()
    assert size.startswith("xorscape: data/wave.nc differs: ")
    assert size.endswith(f" bytes in the manifest, {2**42} bytes now")
    assert lines == [
        "xorscape: lecture/wave.png is a symbolic link, not what the render made; move it away",
        "xorscape: lecture/wave.tex is a FIFO, not what the render made; move it away",
    ]


@pytest.mark.parametrize("kind", ["a symbolic link", "a FIFO", "a folder"])
def test_verify_opens_no_manifest_that_is_no_plain_file(out, capsys, kind):
    (out / "manifest.json").unlink()
    {"a symbolic link": link, "a FIFO": os.mkfifo, "a folder": os.mkdir}[kind](out / "manifest.json")
    assert call("verify", out) == 2
    assert capsys.readouterr() == ("", f"xorscape: {out}: manifest.json is {kind}; move it away\n")


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


OUTSIDE = 'files.{0}."[key]": {1} is outside of the folder'
HOSTILE = [
    (lambda text: "", "Expecting value"),
    (lambda text: "\0" * 1000, "Expecting value"),
    (lambda text: "[" * 100_000, "nested too deeply"),
    (lambda text: text.replace('"bytes": ', '"bytes": 1e400, "b": ', 1), "1e400 is not a finite number"),
    (lambda text: text.replace('"bytes": ', '"bytes": NaN, "b": ', 1), "NaN is not a finite number"),
    (lambda text: text.replace('"bytes": ', '"bytes": ' + "9" * 5000, 1), "Exceeds the limit (4300 digits)"),
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
    (changed("recipe", "variants", to=[]), "recipe.variants: must be a table"),
    (changed("recipe", "variants", "wave", "settings", to=[]), "recipe.variants.wave.settings: must be a table"),
    (changed("recipe", "variants", "wave", "settings", "frequency", to="x"), "wave: frequency: must be a number"),
    (changed("recipe", "variants", "wave", "figure", to=3), "recipe.variants.wave.figure: must be text in quotes"),
    (changed("recipe", "variants", "wave", "files", to=["none"]), "recipe.variants.wave.files: none is not among the"),
    (changed("recipe", "variants", "wave", "files", to=["../a"]), "'../a' is outside of the folder"),
    (changed("recipe", "variants", "../wave", to={"figure": "wave", "settings": {}}), 'recipe.variants."../wave"'),
    *((file_called(name), "is outside of the folder") for name in (
        "/etc/passwd", "..", "../a", "a/../../b", "a//b", ".", "", "C:\\a", "C:a", "a\0b", "a\x1b[31m", "a\nb",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
def test_a_hostile_manifest_is_one_line_and_nothing_is_lost(out, capsys, change, reason):
    path = out / "manifest.json"
    text = change(path.read_text())
    path.write_bytes(text.encode("latin-1"))
    assert call("verify", out, "--quick") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xorscape: {path} is damaged or of another version (")
    assert reason in line
    assert line.endswith("); render it again")
    assert len(line) < 400 + len(str(path))
    assert call(*RENDER, "--out", out, "--dry-run") == 0
    assert f"then: {line.removeprefix('xorscape: ')}" in capsys.readouterr().out
    assert path.read_bytes() == text.encode("latin-1")
    assert call(*RENDER, "--out", out) == 0
    damage, alone = capsys.readouterr().err.splitlines()
    assert damage == f"{line}; kept as data/manifest.unreadable.json"
    assert alone == "xorscape: manifest.json now lists only wave; render the whole recipe to list everything"
    assert (out / "data" / "manifest.unreadable.json").read_bytes() == text.encode("latin-1")
    assert call("verify", out, "--quick") == 0


@pytest.mark.parametrize("size", [2**30, 2**42])
def test_an_enormous_manifest_is_one_line(out, capsys, size):
    with (out / "manifest.json").open("r+b") as file:
        file.truncate(size)
    assert call("verify", out) == 2
    says = f"{out / 'manifest.json'} is damaged or of another version (has more than 512 MiB); render it again"
    assert capsys.readouterr().err == f"xorscape: {says}\n"


def test_hostile_numbers_of_a_caption_are_one_line(out, capsys):
    """The record says that they are up to date, as a folder that was prepared with care can."""
    from figures.render.cache import Record, hash_and_size

    deep = '{"caption": "", "numbers": [{"text": ' + "[" * 600 + "]" * 600 + "}]}"
    for data in (
        "[" * 100_000,
        deep,
        '{"caption": NaN}',
        '{"caption": "\\ud800"}',
        "[]",
        '{"caption": "", "numbers": {}}',
    ):
        (out / "data" / "wave.numbers.json").write_text(data)
        record = Record.read(out / "data" / "wave.json")
        key, _ = record.files["data/wave.numbers.json"]
        record.files["data/wave.numbers.json"] = (key, hash_and_size(out, "data/wave.numbers.json")[0])
        record.write(out / "data" / "wave.json")
        assert call(*RENDER, "--out", out) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"xorscape: {out / 'data' / 'wave.numbers.json'} is damaged (")
        assert line.endswith("); render with --force")
    assert call(*RENDER, "--out", out, "--force") == 0


def test_each_variant_is_listed_with_its_settings_and_files_also_after_a_part_was_rendered(out):
    whole = recipe({**KEYS, "out": str(out), "figures": {"wave": {"frequency": [2, 3]}}})
    batch.render(whole)
    before = json.loads((out / "manifest.json").read_bytes())
    variants = before["recipe"]["variants"]
    assert {name: one["settings"]["frequency"] for name, one in variants.items()} == {
        "wave-frequency-2": 2.0,
        "wave-frequency-3": 3.0,
    }
    for name, one in variants.items():
        assert one["files"][0] == f"data/{name}.nc"
        assert {file.rpartition("/")[2].partition(".")[0] for file in one["files"]} == {name}
    each = [file for one in variants.values() for file in one["files"]]
    assert sorted([*each, "numbers.json", "lecture/lecture.tex"]) == sorted(before["files"])
    part = recipe({**KEYS, "out": str(out), "figures": {"wave": {"frequency": [3, 4]}}, "decks": []})
    batch.render(part, is_part=True)
    after = json.loads((out / "manifest.json").read_bytes())["recipe"]["variants"]
    assert sorted(after) == ["wave-frequency-2", "wave-frequency-3", "wave-frequency-4"]
    assert after["wave-frequency-2"] == variants["wave-frequency-2"]
    assert after["wave-frequency-4"]["files"][0] == "data/wave-frequency-4.nc"


def test_a_manifest_of_an_earlier_version_without_the_files_of_variants_is_read(out):
    path = out / "manifest.json"
    text, told = path.read_text(), json.loads(path.read_text())
    del told["recipe"]["variants"]["wave"]["files"]
    path.write_text(json.dumps(told))
    assert list(changes(out)) == []
    old = Manifest.read(out)
    assert old.to_json() == text
    assert merged(old, "", None) == old
