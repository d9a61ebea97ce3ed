"""Files that a run is appended to: whole records survive, damage is found, and a run goes on where it stopped."""

import json

import numpy as np
import pytest

import landscape as ls
from landscape.training.recording import CHECKSUM, HEAD, SIGNATURE, Recording

ABOUT = {"optimizer": "adam", "learning_rate": 0.1}


def recorded(path, steps, n=3, dtype="float32"):
    recording = Recording(path, n, dtype, ABOUT)
    for step in steps:
        theta = np.arange(n) + 10.0 * step
        recording.append(step, step / 8, [theta[:1], theta[1:].reshape(1, -1)])
    recording.close()
    return path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_appended_is_loaded(dtype, tmp_path):
    found = ls.load(recorded(tmp_path / "run.rec", [0, 4, 9], dtype=dtype))
    assert isinstance(found, ls.Trajectories)
    assert (found.theta.dtype.name, found.theta.shape) == (dtype, (1, 3, 3))
    assert found.theta[0].tolist() == [[0, 1, 2], [40, 41, 42], [90, 91, 92]]
    assert (found.step.tolist(), found.loss.tolist()) == ([0, 4, 9], [[0.0, 0.5, 1.125]])
    assert dict(found.settings) == ABOUT
    assert not found.theta.flags.writeable


@pytest.mark.parametrize("cut", range(1, 28))
def test_a_record_that_was_cut_off_is_left_out_and_overwritten(cut, tmp_path):
    path = recorded(tmp_path / "run.rec", [0, 1, 2])
    path.write_bytes(path.read_bytes()[:-cut])
    assert ls.load(path).step.tolist() == [0, 1]
    again = Recording(path, 3, "float32", {})
    assert again.last_step == 1
    again.close()
    assert ls.load(recorded(path, [2, 3])).step.tolist() == [0, 1, 2, 3]
    assert path.read_bytes() == recorded(tmp_path / "whole.rec", [0, 1, 2, 3]).read_bytes()


def test_any_damaged_byte_of_a_record_is_found(tmp_path):
    path = recorded(tmp_path / "run.rec", [0, 1])
    whole = path.read_bytes()
    size = HEAD.size + 12 + CHECKSUM.size
    for i in range(len(whole) - 2 * size, len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 4]) + whole[i + 1 :])
        with pytest.raises(OSError, match=r"run\.rec is damaged in record"):
            ls.load(path)


@pytest.mark.parametrize(
    "header",
    [b"", b"{}", b"[]", b'{"n": 3}', b'{"n": -3, "dtype": "float32", "settings": {}}', b"[" * 60_000, b"\xff"]
    + [b"x" * 70_000]
    + [json.dumps({"n": 3, "dtype": dtype, "settings": {}}).encode() for dtype in ("float16", "object", 7)],
)  # fmt: skip
def test_a_damaged_header_is_one_line(header, tmp_path):
    path = tmp_path / "run.rec"
    path.write_bytes(SIGNATURE + header + b"\n" + b"\0" * 100)
    for use in (lambda: ls.load(path), lambda: Recording(path, 3, "float32", {})):
        with pytest.raises(OSError, match=r"run\.rec is damaged or no recording; choose another name$"):
            use()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: recorded(path, [1], n=4), ValueError, "must be of 4 parameters in float32 to go on; it has 3 in"),
        (lambda path: recorded(path, [1], dtype="float64"), ValueError, "must be of 3 parameters in float64 to go on"),
        (lambda path: recorded(path.parent, [1]), OSError, "cannot write .*: Is a directory; choose another name"),
        (lambda path: recorded(path / "a", [1]), OSError, "cannot write .*: Not a directory; choose another name"),
        (lambda path: ls.load(recorded(path.with_name("new"), [])), OSError, "new holds no record; train longer"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_lost(make, error, message, tmp_path):
    path = recorded(tmp_path / "run.rec", [0, 1])
    before = path.read_bytes()
    with pytest.raises(error, match=message):
        make(path)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OSError, match="no recording"):
        recorded(tmp_path / "notes.txt", [0])
    assert (tmp_path / "notes.txt").read_text() == "mine"
