"""Reading of files that others may have put there: only plain files, of a limited size, never through links."""

import os

import pytest
from odd_files import unix_socket

from figures.output.plain_files import NotPlainError, not_plain, open_inside, read, read_inside


def link(path):
    (path.parent / "elsewhere").write_text("theirs")
    path.symlink_to("elsewhere")


def dangling_link(path):
    path.symlink_to("nowhere")


KINDS = {
    "a symbolic link": link,
    "a symbolic link to nowhere": dangling_link,
    "a FIFO": os.mkfifo,
    "a socket": unix_socket,
    "a folder": os.mkdir,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_not_opened(tmp_path, kind):
    KINDS[kind](tmp_path / "a")
    says = f"a is {kind.removesuffix(' to nowhere')}"
    assert not_plain(tmp_path, "a") == says
    with pytest.raises(NotPlainError) as caught:
        open_inside(tmp_path, "a")
    assert str(caught.value) == f"{tmp_path}: {says}; move it away"


def test_a_folder_inside_that_is_a_link_is_not_followed_but_the_folder_itself_is(tmp_path):
    (tmp_path / "real" / "data").mkdir(parents=True)
    (tmp_path / "real" / "data" / "a").write_text("ours")
    (tmp_path / "given").symlink_to("real")
    (tmp_path / "real" / "lecture").symlink_to("data")
    assert read_inside(tmp_path / "given", "data/a", 9) == b"ours"
    assert not_plain(tmp_path / "given", "lecture/a") == "lecture is a symbolic link"
    assert not_plain(tmp_path / "real", "data/a/b") == "data/a is a file"
    assert not_plain(tmp_path / "real", "none/a") == ""


@pytest.mark.parametrize(("size", "most", "says"), [(11, 10, "has more than 10 bytes"), (2**40, 2**20, "1 MiB")])
def test_a_file_that_is_too_large_is_not_read(tmp_path, size, most, says):
    with (tmp_path / "a").open("wb") as file:
        file.truncate(size)  # no blocks are written
    for call in (lambda: read_inside(tmp_path, "a", most), lambda: read(tmp_path / "a", most)):
        with pytest.raises(ValueError, match=says):
            call()


def test_a_file_of_the_largest_size_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"0123456789")
    assert read(tmp_path / "a", 10) == read_inside(tmp_path, "a", 10) == b"0123456789"


@pytest.mark.parametrize(
    ("path", "says"),
    [("/dev/zero", "is a device, not a file"), ("/", "is a folder, not a file"), ("fifo", "is a FIFO,")],
)
def test_a_file_that_a_user_names_is_a_file_or_a_link_to_one(tmp_path, monkeypatch, path, says):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with pytest.raises(NotPlainError, match=says):
        read(path, 99)
    link(tmp_path / "a")
    assert read("a", 99) == b"theirs"
