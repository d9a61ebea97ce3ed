"""Files of results converted to CSV and VTK, in Python and by the command."""

from pathlib import Path

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.io.convert import convert

pytestmark = pytest.mark.slow

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(3))
ALPHA = np.linspace(-1, 1, 4)
PROFILE = ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, ALPHA)


@pytest.fixture
def bundle(tmp_path):
    """A file as of a lecture figure: results, nested ones, and what is neither."""
    surface = ls.evaluate_plane(NET, PLANE, ALPHA, ALPHA)
    runs = ls.train(NET, xor.TEXTBOOK, ls.SGD(0.1), 3)
    own = (ls.project(NET, runs, PLANE), surface)
    ls.save(ls.Bundle(seed=1, surface=surface, own=own, norms=ALPHA, plane=PLANE), tmp_path / "figure.nc")
    return tmp_path / "figure.nc"


CONVERTED = [
    ("csv", None, None, ["figure-surface.csv", "figure-own-0.csv", "figure-own-1.csv", "figure.csv"]),
    ("vts", None, None, ["figure-surface.vts", "figure-own-0.vtp", "figure-own-1.vts"]),
    ("vts", "new.x", None, ["new-surface.vts", "new-own-0.vtp", "new-own-1.vts"]),
    ("csv", None, "own.1", ["figure-own-1.csv"]),
    ("csv", None, "plane", ["figure-plane.csv"]),
    ("csv", "all.csv", "norms", ["all.csv"]),
    ("csv", "chosen.csv", "own.1", ["chosen.csv"]),
]


@pytest.mark.parametrize("case", CONVERTED)
def test_a_file_is_converted_member_by_member(case, bundle, tmp_path):
    kind, out, member, names = case
    made = convert(bundle, kind, None if out is None else tmp_path / out, member)
    assert [file.name for file in made] == names
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*names, "figure.nc"])


def test_a_file_of_one_result_keeps_its_name(tmp_path):
    ls.save(PROFILE, tmp_path / "line.nc")
    assert convert(tmp_path / "line.nc", "csv") == (tmp_path / "line.csv",)
    ls.to_csv(PROFILE, tmp_path / "direct.csv")
    assert (tmp_path / "line.csv").read_bytes() == (tmp_path / "direct.csv").read_bytes()
    assert convert(tmp_path / "line.nc", "csv", tmp_path / "given") == (tmp_path / "given",)


@pytest.mark.parametrize("out", ["ex/", "ex", Path("ex")])
@pytest.mark.parametrize("member", [None, "own.1"])
def test_a_folder_gets_files_of_the_default_names(bundle, tmp_path, monkeypatch, out, member):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ex").mkdir()
    made = convert(bundle, "csv", out, member)
    assert made == tuple(Path("ex", file.name) for file in convert(bundle, "csv", None, member))
    assert sorted(Path("ex").iterdir()) == sorted(made)


def test_a_folder_that_is_not_there_is_said(bundle, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"folder .*nowhere does not exist; create it"):
        convert(bundle, "csv", f"{tmp_path}/nowhere/")


NO_CONVERSION = [
    ({"kind": "vtk"}, "kind must be one of 'csv', 'vts'; got 'vtk'"),
    (
        {"kind": "csv", "member": "own"},
        "no member 'own' that can be turned into csv; choose from surface, own.0, own.1",
    ),
    ({"kind": "vts", "member": "norms"}, "no member 'norms'"),
    ({"kind": "csv", "member": "surface", "out": "figure.nc"}, r"out must end in \.csv; got 'figure\.nc'"),
]


@pytest.mark.parametrize(("call", "message"), NO_CONVERSION)
def test_what_cannot_be_converted_is_said(call, message, bundle):
    with pytest.raises(ValueError, match=message):
        convert(bundle, **call)


def test_names_that_would_meet_are_refused_before_anything_is_written(tmp_path):
    twice = {"a": (PROFILE,), "a-0": PROFILE}
    ls.save(twice, tmp_path / "f.nc")
    with pytest.raises(ValueError, match=r"a\.0 and a-0 would both become f-a-0\.csv; name one as member"):
        convert(tmp_path / "f.nc", "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["f.nc"]


def test_the_command_converts_and_says_what_it_made(bundle, capsys):
    from figures.cli.main import main

    assert main(["export", str(bundle), "--to", "vts", "--member", "surface"]) == 0
    assert capsys.readouterr().out == f"{bundle.with_name('figure-surface.vts')}\n"


def test_the_command_replaces_files_only_when_told_to(bundle, capsys):
    from figures.cli.main import main

    there, alone = bundle.with_name("figure-surface.csv"), bundle.with_name("mine.csv")
    there.write_text("my notes")
    before = sorted(bundle.parent.iterdir())
    call = ["export", str(bundle), "--to", "csv"]
    assert main(call) == 2
    told = f"xorscape: {there} exists; choose another name with --out, or --force to replace it\n"
    assert capsys.readouterr() == ("", told)
    assert sorted(bundle.parent.iterdir()) == before, "the other members were not written either"
    assert main([*call, "--member", "surface", "--out", str(alone)]) == 0
    assert there.read_text() == "my notes"
    assert main([*call, "--member", "surface", "--force"]) == 0
    assert there.read_bytes() == alone.read_bytes()
    assert convert(bundle, "csv", member="surface") == (there,), "in Python it replaces, as ls.save does"


FAULTS = [
    (["figure.nc", "--to", "pdf"], "xorscape: --to must be one of 'csv', 'vts'; got 'pdf'\n"),
    (["none.nc", "--to", "csv"], "xorscape: none.nc does not exist; give the name of a file that ls.save wrote\n"),
    (
        ["figure.nc", "--to", "csv", "--out", "no/a.csv"],
        "xorscape: folder no does not exist; create it or choose another\n",
    ),
    (["figure.nc"], "xorscape: Missing option '--to'; try xorscape export --help\n"),
]


@pytest.mark.parametrize(("arguments", "line"), FAULTS)
def test_a_mistake_in_the_command_is_one_line(arguments, line, bundle, capsys, monkeypatch):
    from figures.cli.main import main

    monkeypatch.chdir(bundle.parent)
    assert main(["export", *arguments]) == 2
    assert capsys.readouterr().err == line


def test_a_file_with_nothing_to_convert_is_said(tmp_path):
    ls.save(ls.Bundle(norms=ALPHA), tmp_path / "f.nc")
    with pytest.raises(ValueError, match="holds nothing that can be turned into vts, no Surface, BasinMap, Projection"):
        convert(tmp_path / "f.nc", "vts")
