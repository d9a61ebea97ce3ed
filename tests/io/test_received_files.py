"""A file from someone else: whatever is in it, it is loaded or refused in one line, and nothing else is opened."""

import os
from fractions import Fraction
from functools import partial

import h5py
import numpy as np
import pytest
from counted_calls import at_most
from odd_files import unix_socket

import landscape as ls

SECRET = b"what another file holds " * 2
PLANE = ls.Plane(np.zeros(2), [1.0, 0.0], [0.0, 1.0])


def crafted(path, edit, members='{"x": "array"}'):
    """Write a file that claims to hold a bundle and has no checksum, as files of version 0.2 have none."""
    with h5py.File(path, "w") as file:
        file.attrs["xorscape_class"], file.attrs["xorscape_members"] = "Bundle", members
        edit(file, path.parent)
    return path


def other_file(folder):
    (folder / "secret").write_bytes(SECRET)
    return str(folder / "secret")


def external_data(file, folder):
    file.create_dataset("x", (3,), "f8", external=[(other_file(folder), 0, 24)])


def external_fifo(file, folder):
    os.mkfifo(folder / "fifo")
    file.create_dataset("x", (3,), "f8", external=[(str(folder / "fifo"), 0, 24)])


def external_link(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["x"] = np.ones(3)
    file["x"] = h5py.ExternalLink("other.h5", "x")


def external_link_to_a_fifo(file, folder):
    os.mkfifo(folder / "fifo")
    file["x"] = h5py.ExternalLink("fifo", "x")


def soft_link(file, folder):
    file["y"] = np.ones(3)
    file["x"] = h5py.SoftLink("/y")


def virtual(file, folder):
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "x", shape=(3,))
    file.create_virtual_dataset("x", layout)


def named_type(file, folder):
    file["x"] = np.dtype("f8")


def array_of_named_type(file, folder):
    file["type"] = np.dtype("f8")
    file.create_dataset("x", data=np.ones(3), dtype=file["type"])


def group_for_array(file, folder):
    file.create_group("x")


def dataset(file, folder, *args, **how):
    file.create_dataset("x", *args, **how)


def cycle(file, folder):
    file["x"] = file["/"]


def doubled(file, folder):
    """Thirty groups, each of which holds the next one twice: 2^30 paths."""
    group = file
    for _ in range(30):
        inner = group.create_group("x")
        group["y"] = inner
        inner.attrs.update({key: file.attrs[key] for key in file.attrs})
        group = inner
    group.attrs["xorscape_members"] = "{}"


def one_array_many_times(file, folder):
    file["x0"] = np.ones(10_000)
    for i in range(1, 50):
        file[f"x{i}"] = file["x0"]


def long_text(file, folder):
    text = np.array(["a" * 100_000, *[""] * 4000], dtype=object)
    file.create_dataset("x", data=text, dtype=h5py.string_dtype())


def attribute(file, folder, value):
    file.attrs["x"] = value


def nothing(file, folder):
    """Add nothing."""


GROUPS = '{"x": "group", "y": "group"}'
OTHER = "its data are in another file"
LESS = "it declares the shape {} and holds less data"
FRACTION = "a Fraction must be given as 1/8; got {!r}"
CRAFTED = {
    "external data": (external_data, f"x: {OTHER}"),
    "external data in a FIFO": (external_fifo, f"x: {OTHER}"),
    "virtual": (virtual, f"x: {OTHER}"),
    "external link": (external_link, "x: it is a link to another place"),
    "external link to a FIFO": (external_link_to_a_fifo, "x: it is a link to another place"),
    "soft link": (soft_link, "x: it is a link to another place"),
    "named type": (named_type, "x: it is a Datatype, not a Dataset"),
    "array of a named type": (array_of_named_type, "x: it is compressed or of a type that ls.save does not write"),
    "group": (group_for_array, "x: it is a Group, not a Dataset"),
    "compressed": (
        partial(dataset, shape=(10**12,), dtype="f8", chunks=(10**6,), compression="gzip"),
        "x: it is compressed or of a type that ls.save does not write",
    ),
    "chunked": (
        partial(dataset, shape=(10**12,), dtype="f8", chunks=(10**6,)),
        "x: " + LESS.format("(1000000000000,)"),
    ),
    "unlimited": (
        partial(dataset, shape=(10**12,), maxshape=(None,), dtype="i1", chunks=(10**6,)),
        "x: " + LESS.format("(1000000000000,)"),
    ),
    "contiguous": (partial(dataset, shape=(10**12,), dtype="f8"), "x: " + LESS.format("(1000000000000,)")),
    "more than 2^64": (
        partial(dataset, shape=(2**32, 2**32), dtype="f8", chunks=(1, 1)),
        "x: " + LESS.format("(4294967296, 4294967296)"),
    ),
    "text": (partial(dataset, data="text"), "x: it must hold real numbers; got dtype object"),
    "bytes": (partial(dataset, data=np.array([b"ab"])), "x: it must hold real numbers; got dtype |S2"),
    "complex": (partial(dataset, data=np.array([1j])), "x: it must hold real numbers; got dtype complex128"),
    "no data": (partial(dataset, data=h5py.Empty("f8")), "x: it has no shape"),
    "nothing": (nothing, "x: it is missing"),
    "array of an unknown kind": (nothing, "x: stored in an unknown way, 'pickle'", '{"x": "pickle"}'),
    "path as name": (nothing, "../x: no name of a member", '{"../x": "array"}'),
    "members that are a list": (nothing, "'list' object has no attribute 'items'", '["x"]'),
    "numbers for text": (
        partial(dataset, data=np.ones(3)),
        "x: it must hold text; got dtype float64",
        '{"x": "text array"}',
    ),
    "text of 1.5 GiB": (long_text, "x: it would need more than 1 GiB of memory", '{"x": "text array"}'),
    "cycle": (cycle, "maximum recursion depth exceeded", '{"x": "group"}'),
    "doubled groups": (doubled, "it declares more data than it holds", GROUPS),
    "one array many times": (
        one_array_many_times,
        "it declares more data than it holds",
        "{" + ", ".join(f'"x{i}": "array"' for i in range(50)) + "}",
    ),
    "huge Fraction": (partial(attribute, value="1e99999999"), FRACTION.format("1e99999999"), '{"x": "Fraction"}'),
    "decimal Fraction": (partial(attribute, value="0.5"), FRACTION.format("0.5"), '{"x": "Fraction"}'),
    "Fraction over 0": (partial(attribute, value="1/0"), "Fraction(1, 0)", '{"x": "Fraction"}'),
    "number for a Fraction": (
        partial(attribute, value=0.5),
        "attribute x must be text; got 0.5",
        '{"x": "Fraction"}',
    ),
    "Fraction in JSON": (
        partial(attribute, value='{"Fraction": "1e99999999"}'),
        FRACTION.format("1e99999999"),
        '{"x": "json"}',
    ),
    "deep JSON": (partial(attribute, value="[" * 9000), "maximum recursion depth exceeded", '{"x": "json"}'),
    "array as attribute": (
        partial(attribute, value=np.ones(3)),
        "attribute x must be one number or text",
        '{"x": "value"}',
    ),
    "complex attribute": (partial(attribute, value=1j), "attribute x must be one number or text", '{"x": "value"}'),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_what_a_crafted_file_asks_for_is_refused_in_one_line(name, tmp_path):
    edit, reason, *members = CRAFTED[name]
    path = crafted(tmp_path / "a.nc", edit, *members)
    with at_most(2_000_000), pytest.raises(OSError, match="is damaged") as caught:
        ls.load(path)
    told = str(caught.value)
    assert told.startswith(f"{path} is damaged or not a netCDF-4 file ({reason}"), told
    assert told.endswith("); create it again")
    assert "\n" not in told


def test_a_crafted_file_with_plain_data_is_loaded(tmp_path):
    path = crafted(tmp_path / "a.nc", partial(dataset, data=np.arange(3.0)))
    assert ls.load(path).x.tolist() == [0.0, 1.0, 2.0]


# --- what is no file ---------------------------------------------------------------------------


def link_to(target, path):
    path.symlink_to(target)


ODD = {
    "/dev/zero": (partial(link_to, "/dev/zero"), "a device"),
    "/dev/full": (partial(link_to, "/dev/full"), "a device"),
    "FIFO": (os.mkfifo, "a FIFO"),
    "socket": (unix_socket, "a socket"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_regular_file_is_neither_read_nor_replaced(name, tmp_path):
    path, (make, kind) = tmp_path / "a.nc", ODD[name]
    make(path)
    with pytest.raises(FileNotFoundError) as caught:
        ls.load(path)
    assert str(caught.value) == f"{path} is {kind}; give the name of a file that ls.save wrote"
    with pytest.raises(OSError, match="give the name") as caught:
        ls.save(PLANE, path)
    assert str(caught.value) == f"{path} is {kind}; give the name of a file"
    assert not path.is_file()
    assert list(tmp_path.iterdir()) == [path]


# --- results with members of the wrong type, shape or range --------------------------------------

SURFACE = {"alpha": np.arange(2.0), "beta": np.arange(3.0), "loss": np.zeros((3, 2)), "plane": PLANE, "settings": {}}
MAP = {
    **{key: SURFACE[key] for key in ("alpha", "beta", "plane", "settings")},
    "level": np.zeros((3, 2)),
    "state": np.zeros((3, 2), np.int8),
    "levels": (Fraction(0), None),
}
FATES = {
    **{"levels": (Fraction(0), None), "configurations": ((Fraction(0),),), "inputs": np.zeros((1, 1))},
    **{"targets": np.zeros(1), "step": np.array([3]), "level_at": np.array([[0]]), "died": np.array([[-1]])},
    **{"zero_lost": np.array([-1]), "proven": np.array([-1]), "state": np.array([0]), "kind_code": np.array([0])},
    **{"configuration": np.array([0]), "end": np.zeros((1, 2)), "settings": {}},
}
OUTCOMES = {
    **{"levels": (Fraction(0), None), "counts_at": np.array([[1, 0]]), "step": np.array([3]), "level": np.array([0])},
    **{"state": np.array([0]), "proven": np.array([-1]), "end": np.zeros((1, 2)), "loss": np.zeros(1), "settings": {}},
}
PATH = {"theta": np.zeros((2, 9)), "loss": np.zeros(2), "level": Fraction(1, 8)}
STATES = "0 (on a level), 1 (moving), 2 (spiking), 3 (diverged)"
KINDS = "0 (local minimum), 1 (saddle), 2 (held by relu'(0) = 0)"
REMEDY = {"name": "as it is"}
WRONG = [
    ("Surface", SURFACE, {"loss": np.array([["a", "b"]] * 3)}, "loss must hold real numbers; got dtype <U1"),
    ("Surface", SURFACE, {"loss": np.zeros((2, 3))}, "loss must have shape (n_beta, n_alpha) = (3, 2); got (2, 3)"),
    ("Surface", SURFACE, {"loss": "low"}, "loss must hold real numbers; got dtype <U3"),
    ("Surface", SURFACE, {"beta": np.zeros(3)}, "beta must increase strictly; got 0 then 0 at index 1, sort it"),
    ("Surface", SURFACE, {"plane": "flat"}, "plane must be Plane; got 'flat'"),
    ("Surface", SURFACE, {"settings": 3}, "settings must be Mapping[str, str | int | float | bool]; got 3"),
    ("BasinMap", MAP, {"state": np.full((3, 2), 4)}, f"state must hold codes from {STATES}; got 4"),
    ("BasinMap", MAP, {"state": np.full((3, 2), -1)}, f"state must hold codes from {STATES}; got -1"),
    ("BasinMap", MAP, {"kind_code": np.full((3, 2), 3)}, f"kind_code must hold codes from {KINDS}; got 3"),
    ("BasinMap", MAP, {"state": np.full((3, 2), 256)}, f"state must hold codes from {STATES}; got 256"),
    ("BasinMap", MAP, {"level": np.full((3, 2), 0.125)}, "level must hold values of levels, or NaN; got 0.125"),
    ("Outcomes", OUTCOMES, {"state": np.array([7])}, f"state must hold codes from {STATES}; got 7"),
    ("Outcomes", OUTCOMES, {"level": np.array([1])}, "level must hold indices from -1 to 0; got 1"),
    ("Outcomes", OUTCOMES, {"step": np.array([np.nan])}, "step must hold numbers of type int64; got nan"),
    ("Outcomes", OUTCOMES, {"step": np.array([2.5])}, "step must hold numbers of type int64; got 2.5"),
    ("Fates", FATES, {"level_at": np.array([[1]])}, "level_at must hold indices from -1 to 0; got 1"),
    ("Fates", FATES, {"configuration": np.array([-2])}, "configuration must hold indices from -1 to 0; got -2"),
    ("Fates", FATES, {"state": np.array([7])}, f"state must hold codes from {STATES}; got 7"),
    ("Path", PATH, {"level": "1/8"}, "level must be Fraction | None; got '1/8'"),
    ("Path", PATH, {"level": 0.125}, "level must be Fraction | None; got 0.125"),
    ("Remedy", REMEDY, {"hidden": "two"}, "hidden must be int; got 'two'"),
    ("Remedy", REMEDY, {"bias": "0"}, "bias must be float; got '0'"),
    ("Remedy", REMEDY, {"name": 3}, "name must be str; got 3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "valid", "wrong", "reason"), WRONG, ids=[f"{w[0]} {w[3]}" for w in WRONG])
def test_wrong_members_of_a_result_are_named(name, valid, wrong, reason, tmp_path):
    path = tmp_path / "a.nc"
    for members in (valid, valid | wrong):
        ls.save(ls.Bundle(of=ls.Bundle(**members)), path)
        with h5py.File(path, "r+") as file:
            file["of"].attrs["xorscape_class"] = name
        if members is valid:
            assert type(ls.load(path, verify=False).of).__name__ == name
    with pytest.raises(OSError, match="is damaged") as caught:
        ls.load(path, verify=False)
    assert str(caught.value) == f"{path} is damaged or not a netCDF-4 file (of: {reason}); create it again"


@pytest.mark.parametrize("loss", [[["a", "b"]], [[1j, 0]], [[None, 0]], [[0.0], [0.0, 1.0]]])
def test_such_values_are_refused_in_python_as_well(loss):
    with pytest.raises((TypeError, ValueError), match=r"^loss must (hold real numbers|be a rectangular array)"):
        ls.Surface(alpha=[0.0, 1.0], beta=[0.0], loss=loss, plane=PLANE)
