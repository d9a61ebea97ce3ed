"""An output folder received from others: what is no plain file in it is refused in one line."""

import itertools
import os

import pytest
from odd_files import unix_socket
from stub_command import call
from stub_runs import RENDER_WAVE, WAVE

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.verify import changes

pytestmark = pytest.mark.slow


def link(path):
    theirs = next(parent for parent in path.parents if parent.name == "out").parent / "theirs"
    theirs.write_text("theirs")
    path.symlink_to(theirs)


MAKE = {"a symbolic link": link, "a FIFO": os.mkfifo, "a folder": os.mkdir, "a socket": unix_socket}
FILES = [
    "data/.lock", "data/wave.nc", "data/wave.json", "data/wave.numbers.json", "data/wave.error.txt", "data/decks.json",
    "data/manifest.json", "manifest.json", "numbers.json", "lecture/wave.png", "lecture/wave.caption.txt",
    "lecture/lecture.tex",
]  # fmt: skip


# Every file with some kind, and the lock with every kind.
ODD = [*zip(FILES, itertools.cycle(MAKE), strict=False), *(("data/.lock", kind) for kind in list(MAKE)[1:])]


def states(folder):
    """Return what a render may not change, of everything in a folder but the lock."""
    found = {path: path.lstat() for path in folder.rglob("*") if path.name != ".lock"}
    return {path: (state.st_ino, state.st_size, state.st_mtime_ns, state.st_mode) for path, state in found.items()}


@pytest.mark.parametrize(("file", "kind"), [*ODD, ("manifest.json", "a FIFO"), ("lecture/wave.png", "a FIFO")])
def test_a_render_refuses_what_is_no_plain_file_in_one_line_and_changes_nothing(wave, tmp_path, capsys, file, kind):
    (wave / file).unlink(missing_ok=True)
    MAKE[kind](wave / file)
    before = states(tmp_path)
    for options in ([], ["--dry-run"]):
        assert call(*RENDER_WAVE, "--out", wave, *options) == 3
        says = f"cannot write to folder {wave}: {file} is {kind}; choose another --out, or move that away"
        assert capsys.readouterr() == ("", f"xorscape: {says}\n")
    assert states(tmp_path) == before


@pytest.mark.parametrize("folder", ["data", "lecture"])
def test_a_subfolder_that_is_a_link_is_refused_but_the_folder_itself_may_be_one(wave, tmp_path, capsys, folder):
    (tmp_path / "given").symlink_to(wave)
    assert call(*RENDER_WAVE, "--out", tmp_path / "given") == 0
    assert call("verify", tmp_path / "given", "--quick") == 0
    capsys.readouterr()
    (wave / folder).rename(tmp_path / "theirs")
    (wave / folder).symlink_to(tmp_path / "theirs")
    names = sorted(os.listdir(tmp_path / "theirs"))
    assert call(*RENDER_WAVE, "--out", wave) == 3
    says = f"cannot write to folder {wave}: {folder} is a symbolic link; choose another --out, or move that away"
    assert capsys.readouterr() == ("", f"xorscape: {says}\n")
    assert sorted(os.listdir(tmp_path / "theirs")) == names
    assert list(changes(wave)) == [f"{folder} is a symbolic link, not what the render made; move it away"]


@pytest.mark.parametrize("file", ["data/.lock", "data/wave.nc", "data/wave.json", "manifest.json", "lecture/wave.png"])
def test_a_file_with_a_second_name_elsewhere_keeps_its_content_there(wave, tmp_path, file):
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (wave / file).unlink()
    os.link(theirs, wave / file)
    batch.render(recipe({**WAVE, "out": str(wave)}))
    assert theirs.read_text() == "theirs"
    assert list(changes(wave)) == []


def test_files_left_by_a_killed_render_are_removed_but_not_through_links(wave, tmp_path):
    (tmp_path / "theirs").mkdir()
    for folder in (tmp_path / "theirs", wave, wave / "lecture"):
        (folder / ".a.partial").write_text("")
    (wave / "link").symlink_to(tmp_path / "theirs")
    (wave / ".b.partial").mkdir()
    batch.render(recipe({**WAVE, "out": str(wave)}))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.partial"))
    assert left == ["out/.b.partial", "theirs/.a.partial"]


def test_verify_reads_no_link_and_no_enormous_file(wave, capsys):
    (wave / "lecture" / "wave.png").unlink()
    link(wave / "lecture" / "wave.png")
    with (wave / "data" / "wave.nc").open("r+b") as file:
        file.truncate(2**42)  # no blocks are written
    (wave / "lecture" / "wave.tex").unlink()
    os.mkfifo(wave / "lecture" / "wave.tex")
    assert call("verify", wave, "--quick") == 1
    size, *lines = capsys.readouterr().err.splitlines()
    assert size.startswith("xorscape: data/wave.nc differs: ")
    assert size.endswith(f" bytes in the manifest, {2**42} bytes now")
    assert lines == [
        "xorscape: lecture/wave.png is a symbolic link, not what the render made; move it away",
        "xorscape: lecture/wave.tex is a FIFO, not what the render made; move it away",
    ]


@pytest.mark.parametrize("kind", ["a symbolic link", "a FIFO", "a folder"])
def test_verify_opens_no_manifest_that_is_no_plain_file(wave, capsys, kind):
    (wave / "manifest.json").unlink()
    MAKE[kind](wave / "manifest.json")
    assert call("verify", wave) == 2
    assert capsys.readouterr() == ("", f"xorscape: {wave}: manifest.json is {kind}; move it away\n")


def test_hostile_numbers_of_a_caption_are_one_line(wave, capsys):
    """The record says that they are up to date, as a folder that was prepared with care can."""
    from figures.render.cache import Record, hash_and_size

    whole = '{"takeaway": {"text": "", "numbers": []}, "notes": {"text": "", "numbers": []}, "caption": %s}'
    deep = whole % ('{"text": "", "numbers": [{"text": ' + "[" * 600 + "]" * 600 + "}]}")
    for data in (
        "[" * 100_000,
        deep,
        whole % '{"text": NaN, "numbers": []}',
        whole % '{"text": "\\ud800", "numbers": []}',
        '{"caption": {"text": "", "numbers": []}}',
        "[]",
        whole % '{"text": "", "numbers": {}}',
    ):
        (wave / "data" / "wave.numbers.json").write_text(data)
        record = Record.read(wave / "data" / "wave.json")
        key, _ = record.files["data/wave.numbers.json"]
        record.files["data/wave.numbers.json"] = (key, hash_and_size(wave, "data/wave.numbers.json")[0])
        record.write(wave / "data" / "wave.json")
        assert call(*RENDER_WAVE, "--out", wave) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"xorscape: {wave / 'data' / 'wave.numbers.json'} is damaged (")
        assert line.endswith("); render with --force")
    assert call(*RENDER_WAVE, "--out", wave, "--force") == 0
