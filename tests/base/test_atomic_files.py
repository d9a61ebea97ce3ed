"""What the operating system refuses is told in one line, and nothing is left of the file."""

import errno
import os
from pathlib import Path

import pytest
from odd_files import unix_socket

from landscape.base.atomic_files import SYSTEM_LIMITS, error_text, explained, is_system_limit, replacing, write_bytes


@pytest.mark.parametrize("code", SYSTEM_LIMITS, ids=errno.errorcode.get)
def test_reasons_of_the_system_are_told_and_nothing_is_left(code, tmp_path):
    def write():
        with replacing(tmp_path / "a.txt") as new:
            new.write_text("half")
            raise OSError(code, os.strerror(code))

    write_bytes(tmp_path / "a.txt", b"old")
    with pytest.raises(OSError, match=r"a\.txt") as caught:
        write()
    assert str(caught.value) == error_text(caught.value) == f"cannot write {tmp_path / 'a.txt'}: {SYSTEM_LIMITS[code]}"
    assert is_system_limit(caught.value)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_device_without_space(tmp_path):
    def write():
        with replacing(tmp_path / "a.txt"):
            Path("/dev/full").write_bytes(b"x")

    with pytest.raises(OSError, match="the disk is full; free some space"):
        write()


@pytest.mark.parametrize("error", [OSError("no number"), FileNotFoundError(errno.ENOENT, "no such file", "x")])
def test_other_errors_are_as_they_were(error, tmp_path):
    assert explained(error, "cannot write a") is error

    def write():
        with replacing(tmp_path / "a.txt"):
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error


def link_to_a_device(path):
    path.symlink_to("/dev/full")


ODD = {"a device": link_to_a_device, "a FIFO": os.mkfifo, "a folder": os.mkdir, "a socket": unix_socket}


@pytest.mark.parametrize("kind", ODD)
def test_nothing_but_a_file_is_replaced(kind, tmp_path):
    path = tmp_path / "a"
    ODD[kind](path)
    before = path.lstat()
    with pytest.raises(OSError, match="give the name of a file") as caught:
        write_bytes(path, b"new")
    assert str(caught.value) == f"{path} is {kind}; give the name of a file"
    assert path.lstat() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("sigma must be positive"), "sigma must be positive"),
        (OSError("folder b does not exist; create it"), "folder b does not exist; create it"),
        (PermissionError(errno.EACCES, "Permission denied", "b"), "b: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), f"c: {SYSTEM_LIMITS[errno.ENOSPC]}"),
        (OSError(errno.EIO, "Input/output error"), "c: Input/output error"),
    ],
)
def test_other_errors_are_said_as_they_are(error, words):
    assert error_text(error, "c") == words
