"""What the operating system refuses is told in one line, and nothing is left of the file."""

import errno
import os
from pathlib import Path

import pytest

from landscape.base.atomic_files import explained, replacing, write_bytes

REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the quota of this account is used up; delete files or choose another folder",
    errno.EFBIG: "the file would be larger than this process may write; raise the limit (ulimit -f) or save less",
    errno.EMFILE: "too many files are open in this process; close some or raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine; close some",
    errno.EROFS: "the file system is read-only; choose another folder",
}


@pytest.mark.parametrize("code", REASONS, ids=errno.errorcode.get)
def test_reasons_of_the_system_are_told_and_nothing_is_left(code, tmp_path):
    def write():
        with replacing(tmp_path / "a.txt") as new:
            new.write_text("half")
            raise OSError(code, os.strerror(code))

    with pytest.raises(OSError, match=r"a\.txt") as caught:
        write()
    assert str(caught.value) == f"cannot write {tmp_path / 'a.txt'}: {REASONS[code]}"
    assert caught.value.errno == code
    assert list(tmp_path.iterdir()) == []


def test_a_device_without_space(tmp_path):
    def write():
        with replacing(tmp_path / "a.txt"):
            Path("/dev/full").write_bytes(b"x")

    with pytest.raises(OSError, match=r"the disk is full; free some space or choose another folder$"):
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


def test_a_device_is_not_replaced():
    with pytest.raises(OSError, match=r"^/dev/full is not a regular file; give the name of a file$"):
        write_bytes("/dev/full", b"x")
    assert not Path("/dev/full").is_file()
