"""Storage: everything comes back as it was, in the same bytes, and a bad file is one clear error."""

import dataclasses
import math
import subprocess
import sys
from fractions import Fraction

import h5py
import numpy as np
import pytest
import scipy
from hypothesis import given, settings, strategies as st

import landscape as ls
from landscape import xor
from landscape.base import atomic_files
from landscape.io import json_text
from landscape.io.storage import SIGNATURE

pytestmark = pytest.mark.slow

RNG_SEED = 7


def a_plane():
    return ls.random_plane(xor.network(), xor.TEXTBOOK, rng=np.random.default_rng(RNG_SEED))


def a_surface():
    return ls.evaluate_plane(xor.network(), a_plane(), np.linspace(-1, 1, 7), np.linspace(-2, 2, 5))


def a_profile():
    return ls.evaluate_line(xor.network(), xor.TEXTBOOK, np.ones(9), np.linspace(-1, 1, 11))


def some_runs(dtype):
    theta = np.arange(2 * 3 * 9, dtype=dtype).reshape(2, 3, 9) / 7
    loss = np.full((2, 3), 0.1, dtype)
    return ls.Trajectories(theta=theta, loss=loss, step=np.array([0, 10, 17]), settings={"optimizer": "Adam", "n": 3})


def some_outcomes():
    return ls.outcomes(xor.network(), [xor.TEXTBOOK, np.zeros(9)], ls.Adam(), 30, at=[10])


RESULTS = {
    "plane": a_plane(),
    "surface": a_surface(),
    "profile": a_profile(),
    "float32 runs": some_runs(np.float32),
    "float64 runs": some_runs(np.float64),
    "outcomes": some_outcomes(),
    "fates": ls.fates(xor.network(), [xor.TEXTBOOK, np.zeros(9)], ls.Adam(), 30, at=[10]),
    "optimizer": ls.Adam(learning_rate=0.01),
    "list of results": [a_plane(), a_profile()],
    "empty bundle": ls.Bundle(),
    "bundle": ls.Bundle(
        surface=a_surface(),
        inner=ls.Bundle(plane=a_plane(), seed=3),
        planes=(a_plane(), a_plane()),
        mixed=(1, a_profile(), None),
        levels=(Fraction(0), Fraction(1, 8), None),
        level=Fraction(1, 6),
        nothing=None,
        yes=True,
        whole=-5,
        huge=2**200,
        real=0.1,
        nan=float("nan"),
        minus_infinity=float("-inf"),
        text="θ ≤ 1/8, two\nlines \x00 and a NUL",
        empty_text="",
        long_text="x" * 100_000,
        kinks=[(0, 0), (1, 2)],
        many=tuple(range(20_000)),
        dimensions=frozenset({6, 8}),
        settings={"seed": 3, "rule": "joint", "on": False},
        odd_keys={Fraction(1, 8): 3, "a/b": 2},
        mask=np.array([[True, False]]),
        names=np.array([["a", "θ"], ["", "long name"]]),
        empty=np.zeros((0, 3)),
        zero_d=np.array(2.5),
        scalar=np.float32(0.1),
        flag=np.bool_(True),
        small=np.arange(3, dtype=np.int16),
        bytes=np.arange(3, dtype=np.uint8),
        big_endian=np.arange(3, dtype=">f8"),
        empty_axis0=np.zeros(2),
        empty_axis1=4,
    ),
}


def assert_same(a, b, where="result"):
    """Raise unless a and b are equal in type, data type and every value."""
    assert type(a) is type(b), (where, type(a), type(b))
    if isinstance(a, np.ndarray | np.generic):
        assert a.dtype == b.dtype or a.dtype.kind == "U", where
        assert a.shape == b.shape, where
        np.testing.assert_array_equal(a, b, where)
    elif isinstance(a, ls.Bundle | dict) or type(a).__name__ == "mappingproxy":
        assert list(a) == list(b), where
        for key in a:
            assert_same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{where}[{i}]")
    elif hasattr(a, "__dataclass_fields__"):
        for name in (field.name for field in dataclasses.fields(a)):
            assert_same(getattr(a, name), getattr(b, name), f"{where}.{name}")
    else:
        assert a == b or (math.isnan(a) and math.isnan(b)), where


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_loaded_equals_what_was_saved(name, tmp_path):
    ls.save(RESULTS[name], tmp_path / "a.nc")
    assert_same(RESULTS[name], ls.load(tmp_path / "a.nc"))


@pytest.mark.parametrize("name", RESULTS)
def test_equal_results_give_equal_bytes_from_any_process(name, tmp_path):
    ls.save(RESULTS[name], tmp_path / "a.nc")
    ls.save(ls.load(tmp_path / "a.nc"), tmp_path / "b.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_equal_results_give_equal_bytes_later_in_another_process(tmp_path):
    ls.save(RESULTS["bundle"], tmp_path / "a.nc")
    code = "import sys, time, landscape as ls; time.sleep(1.1); ls.save(ls.load(sys.argv[1]), sys.argv[2])"
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.nc", tmp_path / "b.nc"], check=True)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_loaded_arrays_are_read_only(tmp_path):
    ls.save(RESULTS["bundle"], tmp_path / "a.nc")
    loaded = ls.load(tmp_path / "a.nc")
    for array in (loaded.mask, loaded.names, loaded.surface.loss, loaded.inner.plane.d1):
        assert not array.flags.writeable


def test_other_readers_see_named_axes_and_plain_attributes(tmp_path):
    ls.save(RESULTS["bundle"], tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        loss = file["surface/loss"]
        assert [axis[0].name for axis in loss.dims] == ["/surface/beta", "/surface/alpha"]
        np.testing.assert_array_equal(loss[...], RESULTS["bundle"].surface.loss)
        assert file["surface/plane/settings"].attrs["seed"] == RNG_SEED
        assert file.attrs["level"] == "1/6"
        assert file.attrs["xorscape_class"] == "Bundle"
        assert f"xorscape {ls.__version__}, python 3." in file.attrs["xorscape_versions"]
        assert f"numpy {np.__version__}, scipy {scipy.__version__}, " in file.attrs["xorscape_versions"]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(codec=None), max_size=20),
    st.fractions(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60)
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True), values, max_size=4))
def test_any_plain_value_survives(tmp_path_factory, items):
    path = tmp_path_factory.mktemp("any") / "a.nc"
    bundle = ls.Bundle(**items)
    ls.save(bundle, path)
    assert_same(bundle, ls.load(path))


@given(st.one_of(scalars, st.frozensets(st.integers() | st.fractions())))
def test_plain_text_round_trip(value):
    assert_same(value, json_text.from_json(json_text.to_json(value)))


# --- bad input ---------------------------------------------------------------------------------

UNSAVABLE = [
    (3.0, TypeError, "must hold named members; got float, put it into a Bundle"),
    (np.ones(3), TypeError, "must hold named members; got ndarray"),
    (xor.network(), TypeError, "must hold named members; got ReluNetwork"),
    (ls.Bundle(net=xor.network()), TypeError, "a.nc: net is of type ReluNetwork, which cannot be kept"),
    (
        ls.Bundle(b=ls.Bundle(f=len)),
        TypeError,
        "a.nc: b: f is of type builtin_function_or_method, which cannot be kept",
    ),
    (ls.Bundle(z=np.array([1j])), TypeError, "a.nc: z has data type complex128"),
    (ls.Bundle(o=np.array([None])), TypeError, "a.nc: o has data type object"),
    (ls.Bundle(h=np.zeros(2, np.float16)), TypeError, "a.nc: h has data type float16"),
    (ls.Bundle(t=np.array(["a\0b"])), ValueError, "a.nc: t holds text with a NUL character"),
    (ls.Bundle(**{"a/b": 1}), ValueError, "a member named 'a/b', which netCDF does not allow"),
    ({"m": np.ma.masked_less([1.0, 2.0], 2)}, ValueError, "a.nc: m must not be masked; got 1 masked entries"),
    (ls.Bundle(xorscape_class=1), ValueError, "a member named 'xorscape_class'"),
    (ls.Bundle(NAME=1), ValueError, "a member named 'NAME'"),
    ({1: 2.0}, ValueError, "a member named 1,"),
]


@pytest.mark.parametrize(("result", "error", "says"), UNSAVABLE, ids=[says for *_, says in UNSAVABLE])
def test_what_cannot_be_kept_is_refused_and_nothing_is_left(result, error, says, tmp_path):
    (tmp_path / "a.nc").write_bytes(b"before")
    with pytest.raises(error) as caught:
        ls.save(result, tmp_path / "a.nc")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]
    assert (tmp_path / "a.nc").read_bytes() == b"before"


def test_saving_to_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist; create it"):
        ls.save(a_plane(), tmp_path / "no" / "a.nc")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        ls.save(a_plane(), tmp_path)
    with pytest.raises(OSError, match=r"cannot write /proc/a\.nc"):
        ls.save(a_plane(), "/proc/a.nc")


def test_missing_damaged_and_foreign_files(tmp_path):
    path = tmp_path / "a.nc"
    with pytest.raises(FileNotFoundError, match=r"a\.nc does not exist"):
        ls.load(path)
    with pytest.raises(FileNotFoundError, match="is a folder"):
        ls.load(tmp_path)
    for data in (b"", b"nonsense", SIGNATURE[:-1]):
        path.write_bytes(data)
        with pytest.raises(OSError, match="is damaged") as caught:
            ls.load(path)
        assert str(caught.value) == f"{path} is damaged or not a netCDF-4 file, by its first bytes; create it again"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones(3)
    with pytest.raises(ValueError, match=r"was not written by ls\.save"):
        ls.load(path)


@pytest.mark.parametrize(
    ("name", "says"),
    [("Torus", "holds a 'Torus', which xorscape"), ("os", "holds a 'os'"), ("random_plane", "holds a 'random_plane'")],
)
def test_only_public_results_are_made_from_a_file(name, says, tmp_path):
    ls.save(a_plane(), tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file.attrs["xorscape_class"] = name
    with pytest.raises(ValueError, match=says):
        ls.load(tmp_path / "a.nc", verify=False)


def test_members_of_a_later_version_are_not_dropped(tmp_path):
    ls.save(ls.Bundle(learning_rate=0.1, warmup=3), tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file.attrs["xorscape_class"] = "Adam"
    with pytest.raises(ValueError, match="Adam has no 'warmup'"):
        ls.load(tmp_path / "a.nc", verify=False)


def test_replacing_leaves_nothing_behind_when_it_fails(tmp_path):
    def interrupted():
        with atomic_files.replacing(tmp_path / "a.txt") as new:
            new.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
