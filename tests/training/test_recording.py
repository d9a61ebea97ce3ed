"""Files that a run is appended to: whole records survive, damage is found, and a run goes on where it stopped."""

import json
import struct
import zlib

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


def first_format(path, steps, n=3):
    """Write a file as version 0.3 did: without rates, moments and a fingerprint of the weights."""
    header = json.dumps({"n": n, "dtype": "float32", "settings": ABOUT}).encode()
    data = b"xorscape recording 1\n" + header + b"\n"
    for step in steps:
        theta = (np.arange(n) + 10.0 * step).astype("<f4").tobytes()
        data += struct.pack("<qd", step, step / 8) + theta
        data += struct.pack("<I", zlib.crc32(theta, zlib.crc32(struct.pack("<qd", step, step / 8))))
    path.write_bytes(data)
    return path


def test_a_file_of_the_first_format_is_loaded_and_gone_on_with(tmp_path):
    path = first_format(tmp_path / "run.rec", [0, 1])
    assert ls.load(path).step.tolist() == [0, 1]
    again = Recording(path, 3, "float32", {}, variables="any")
    again.append(2, 0.25, [np.arange(3) + 20.0], 0.1)
    again.close()
    assert path.read_bytes() == first_format(tmp_path / "whole.rec", [0, 1, 2]).read_bytes()
    found = ls.load(path)
    assert found.theta[0].tolist() == [[0, 1, 2], [10, 11, 12], [20, 21, 22]]
    assert np.isnan(found.learning_rate).all()
    assert found.second_moment is None


@pytest.mark.parametrize("moments", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mapped_from", [0, 2**26])
def test_a_mapped_file_has_what_a_read_one_has(moments, dtype, mapped_from, tmp_path, monkeypatch):
    monkeypatch.setattr("landscape.training.recording.MAPPED_FROM", mapped_from)
    recording = Recording(tmp_path / "run.rec", 5, dtype, ABOUT, moments=moments, variables="a")
    values = np.random.default_rng(0).normal(size=(4, 1 + moments, 5)).astype(dtype)
    for i, vectors in enumerate(values):
        recording.append(3 * i, i / 2, list(vectors), 0.1 / (i + 1))
    recording.close()
    found = ls.load(tmp_path / "run.rec")
    assert isinstance(found, ls.RecordedRun)
    np.testing.assert_array_equal(found.theta[0], values[:, 0])
    assert (found.step.tolist(), found.loss.tolist()) == ([0, 3, 6, 9], [[0.0, 0.5, 1.0, 1.5]])
    assert found.learning_rate.tolist() == [0.1 / i for i in (1, 2, 3, 4)]
    if moments:
        np.testing.assert_array_equal(found.second_moment[0], values[:, 1])
    assert found.theta.dtype == dtype
    assert isinstance(found.theta.base, np.memmap) == (mapped_from == 0)
    assert not found.theta.flags.writeable
    if dtype == "float32" or mapped_from:
        assert found.theta.flags.aligned


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"moments": True}, "moments must be False to go on in .*run.rec; got True, or choose another name"),
        ({"variables": "b"}, "run.rec must be of the same weights to go on; other layers were frozen, choose another"),
    ],
)
def test_other_contents_are_refused(changed, message, tmp_path):
    about = {"moments": False, "variables": "a"}
    Recording(tmp_path / "run.rec", 3, "float32", {}, **about).close()
    with pytest.raises(ValueError, match=message):
        Recording(tmp_path / "run.rec", 3, "float32", {}, **{**about, **changed})


@pytest.mark.parametrize(
    ("theta", "updates", "step", "left"),
    [(20, 0, 2, [0, 1, 2]), (20, 7, 2, [0, 1, 2]), (5, 7, 7, [0, 1, 2]), (10, 1, 1, [0, 1])],
    ids=["the last weights", "the last weights by another optimizer", "later updates", "a restored backup"],
)
def test_a_run_goes_on_where_its_weights_are(theta, updates, step, left, tmp_path):
    path = recorded(tmp_path / "run.rec", [0, 1, 2])
    recording = Recording(path, 3, "float32", {})
    assert recording.resume([np.arange(3) + float(theta)], updates) == step
    recording.close()
    assert ls.load(path).step.tolist() == left


@pytest.mark.parametrize(("theta", "updates"), [(5, 0), (5, 1), (0, 0), (10, 2), (0, 1)])
def test_other_weights_are_refused_and_nothing_is_lost(theta, updates, tmp_path):
    """Also those of the start: the same run, begun anew, would replace what was recorded."""
    path = recorded(tmp_path / "run.rec", [0, 1, 2])
    before = path.read_bytes()
    recording = Recording(path, 3, "float32", {})
    with pytest.raises(
        ValueError, match=r"run.rec ends at step 2 with other weights than model has; to go on, give it"
    ):
        recording.resume([np.arange(3) + float(theta)], updates)
    recording.close()
    assert path.read_bytes() == before
