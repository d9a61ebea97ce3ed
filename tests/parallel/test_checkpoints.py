"""Pieces of a long computation: whole or not there, and never those of another computation."""

import pytest

from landscape.parallel.checkpoints import Checkpoint


def the_file(folder):
    (path,) = folder.glob("*/*.piece")
    return path


def test_a_piece_comes_back_as_it_was_also_to_another_process(tmp_path):
    Checkpoint(tmp_path / "new" / "folder", "key").write(3, b"\x00\xff" * 100)
    again = Checkpoint(tmp_path / "new" / "folder", "key")
    assert again.read(3) == b"\x00\xff" * 100
    assert again.read(2) is None
    again.write(3, b"")
    assert again.read(3) == b""


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data + b"\x00",
        lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
        lambda data: bytes([data[0] ^ 1]) + data[1:],
    ],
    ids=["empty", "cut short", "too long", "changed", "checksum changed"],
)
def test_a_damaged_piece_is_not_there(tmp_path, damage):
    kept = Checkpoint(tmp_path, "key")
    kept.write(0, bytes(range(100)))
    path = the_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert kept.read(0) is None
    kept.write(0, b"anew")
    assert kept.read(0) == b"anew"


def test_pieces_of_others_do_not_count(tmp_path):
    one, other = Checkpoint(tmp_path, "one"), Checkpoint(tmp_path, "other")
    one.write(0, b"data")
    assert other.read(0) is None
    path = the_file(tmp_path)
    (other.folder / path.name).write_bytes(path.read_bytes())
    path.rename(path.with_name(path.name.replace("0.piece", "1.piece")))
    assert other.read(0) is None
    assert one.read(1) is None


def test_a_folder_in_place_of_a_piece_is_no_piece(tmp_path):
    kept = Checkpoint(tmp_path, "key")
    kept.write(0, b"data")
    path = the_file(tmp_path)
    path.unlink()
    path.mkdir()
    assert kept.read(0) is None


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write to checkpoint folder .*file: .*; choose another"):
        Checkpoint(tmp_path / "file", "key")
