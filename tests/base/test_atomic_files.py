"""Files are replaced whole or not at all, and what the machine lacks is said in words."""

import errno
import os

import pytest

from landscape.base.atomic_files import LIMITS, in_words, replacing, write_bytes


@pytest.mark.parametrize("number", LIMITS)
def test_a_limit_names_the_file_that_was_to_be_written(number, tmp_path):
    target = tmp_path / "a.txt"
    write_bytes(target, b"old")
    with pytest.raises(OSError, match=r"a\.txt") as caught, replacing(target):
        raise OSError(number, os.strerror(number))
    assert (caught.value.errno, caught.value.filename) == (number, str(target))
    assert in_words(caught.value) == f"{target}: {LIMITS[number]}"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("sigma must be positive"), "sigma must be positive"),
        (OSError("folder b does not exist; create it"), "folder b does not exist; create it"),
        (PermissionError(errno.EACCES, "Permission denied", "b"), "b: Permission denied"),
        (OSError(errno.EIO, "Input/output error"), "c: Input/output error"),
    ],
)
def test_other_errors_are_said_as_they_are(error, words):
    assert in_words(error, "c") == words
