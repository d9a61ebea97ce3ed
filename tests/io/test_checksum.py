"""The checksum of a file: damage of any kind is found before the file is used, and readers do not see it."""

import errno
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from counted_calls import at_most
from places import DATA

import landscape as ls
from landscape import xor
from landscape.base.atomic_files import SYSTEM_LIMITS
from landscape.io import checksum

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(7))
SURFACE = ls.evaluate_plane(NET, PLANE, np.linspace(-1, 1, 7), np.linspace(-2, 2, 5))
RESULTS = {
    "Surface": SURFACE,
    "Adam": ls.Adam(),
    "list": ls.stationary_levels(NET),
    "PointReport": ls.describe(NET, xor.TEXTBOOK),
    "Bundle": ls.Bundle(inner=ls.Bundle(surface=SURFACE, names=np.array(["a", "b"])), text="θ" * 50, levels=(1, None)),
}
WRONG = (
    "{} is damaged or was changed by another program, since its checksum is wrong; create it again, "
    "or load what can be read with ls.load(path, verify=False)"
)

NO_HDF5 = "{} is damaged or not a netCDF-4 file, by its first bytes; create it again"


def flipped(data, rng):
    at = rng.integers(len(data))
    return data[:at] + bytes([data[at] ^ rng.integers(1, 256)]) + data[at + 1 :]


def truncated(data, rng):
    return data[: rng.integers(len(data))]


def zeroed(data, rng):
    first, size = rng.integers(len(data)), rng.integers(1, 4096)
    return data[:first] + bytes(len(data[first : first + size])) + data[first + size :]


def swapped(data, rng):
    size = 512
    a, b = sorted(rng.choice(len(data) // size, 2, replace=False) * size)
    return data[:a] + data[b : b + size] + data[a + size : b] + data[a : a + size] + data[b + size :]


def extended(data, rng):
    return data + rng.bytes(rng.integers(1, 200))


DAMAGES = (flipped, truncated, zeroed, swapped, extended)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of one file of each class, by its name."""
    folder, found = tmp_path_factory.mktemp("saved"), {}
    for name, result in RESULTS.items():
        ls.save(result, folder / "a.nc")
        found[name] = (folder / "a.nc").read_bytes()
    return found


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", RESULTS)
def test_damage_is_found_or_has_changed_nothing(name, damage, saved, tmp_path):
    path, data = tmp_path / "a.nc", saved[name]
    for seed in range(20):
        damaged = damage(data, np.random.default_rng(seed))
        path.write_bytes(damaged)
        if damaged == data:
            continue
        with at_most(10_000), pytest.raises(OSError, match="is damaged") as caught:
            ls.load(path)
        wrong = WRONG if damaged[:8] == data[:8] else NO_HDF5
        assert str(caught.value) == wrong.format(path)


def test_every_byte_of_a_small_file_counts(saved, tmp_path):
    path, data = tmp_path / "a.nc", saved["Adam"]
    for at in range(0, len(data), 31):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(OSError, match="is damaged"):
            ls.load(path)


def test_the_last_line_is_the_sha_256_of_all_bytes_before_it(saved, tmp_path):
    path = tmp_path / "a.nc"
    path.write_bytes(saved["Bundle"])
    *_, line = saved["Bundle"].splitlines(keepends=True)
    (tmp_path / "rest").write_bytes(saved["Bundle"][: -len(line) - 1])
    told = subprocess.run(["sha256sum", tmp_path / "rest"], capture_output=True, check=True, text=True).stdout
    assert line.decode() == f"xorscape SHA-256 {told.split()[0]}\n"
    with h5py.File(path) as file:
        assert file.attrs[checksum.MARK] == checksum.MEANING


def add_an_attribute(file):
    file.attrs["note"] = "mine"


def change_a_number(file):
    file["loss"][0, 0] = 7.0


def remove_a_variable(file):
    del file["settings"]


@pytest.mark.parametrize("edit", [add_an_attribute, change_a_number, remove_a_variable])
def test_a_file_that_another_program_has_changed_is_refused_unless_the_caller_insists(edit, tmp_path):
    path = tmp_path / "a.nc"
    ls.save(SURFACE, path)
    with h5py.File(path, "r+") as file:
        edit(file)
    with pytest.raises(OSError, match="is damaged") as caught:
        ls.load(path)
    assert str(caught.value) == WRONG.format(path)
    if edit is remove_a_variable:
        with pytest.raises(OSError, match="settings: it is missing"):
            ls.load(path, verify=False)
        return
    wanted = SURFACE.loss.copy()
    wanted[0, 0] = 7.0 if edit is change_a_number else wanted[0, 0]
    assert np.array_equal(ls.load(path, verify=False).loss, wanted)


def test_a_file_of_a_version_without_checksums_is_loaded():
    old = DATA / "results-0.1" / "Surface.nc"
    assert checksum.MARK.encode() not in old.read_bytes()
    assert ls.load(old).loss.shape == ls.load(old, verify=False).loss.shape


def test_a_large_file_is_checked_in_parts(tmp_path, monkeypatch):
    ls.save(SURFACE, tmp_path / "a.nc")
    data = (tmp_path / "a.nc").read_bytes()
    monkeypatch.setattr(checksum, "_BLOCK", 100)
    assert np.array_equal(ls.load(tmp_path / "a.nc").loss, SURFACE.loss)
    (tmp_path / "a.nc").write_bytes(data[:-1])  # the name of the attribute is found across blocks
    with pytest.raises(OSError, match="its checksum is wrong"):
        ls.load(tmp_path / "a.nc")


# --- a disk that takes no more ------------------------------------------------------------------

LIMITED = """
import resource, sys, numpy as np, landscape as ls
result = ls.Bundle(x=np.ones(200_000))
ls.save(result, "warm.nc")  # imports what is imported on first use
ls.load("warm.nc")
{limit}
for use in (lambda: ls.save(result, "a.nc"), lambda: ls.load("warm.nc")):
    try:
        use()
        print("done")
    except OSError as error:
        print(type(error).__name__, error.errno, error)
"""
LIMITS = {
    "file size": (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))",
        f"OSError 27 cannot write a.nc: {SYSTEM_LIMITS[errno.EFBIG]}\ndone\n",
    ),
    "open files": (
        "resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
        f"OSError 24 cannot write a.nc: {SYSTEM_LIMITS[errno.EMFILE]}\n"
        f"OSError 24 warm.nc cannot be read: {SYSTEM_LIMITS[errno.EMFILE]}\n",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_the_system_is_one_line_and_ends_no_process(name, tmp_path):
    limit, told = LIMITS[name]
    run = subprocess.run(
        [sys.executable, "-c", LIMITED.format(limit=limit)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=900,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, told, "")
    assert os.listdir(tmp_path) == ["warm.nc"]
