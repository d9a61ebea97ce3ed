"""The help, the version and the list of figures: what they print, and that they load nothing heavy."""

import subprocess
import sys

import pytest
from places import ROOT
from stub_command import call, fresh

from figures.output.formats import FORMATS
from figures.style.style_sheets import SIZES, STYLES

pytestmark = pytest.mark.slow

HEAVY = ("tensorflow", "keras", "numba", "matplotlib", "scipy", "numpy")


@pytest.mark.parametrize(
    "arguments", [("--help",), ("-h",), ("--version",), ("render", "-h"), ("init", "-h"), ("list",), ()]
)
def test_help_loads_nothing_heavy(arguments):
    code = "import sys; from figures.cli.main import main; code = main(); "
    code += f"print(sorted({{*{HEAVY}}} & {{*sys.modules}}), code)"
    done = fresh(code, *arguments)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_the_packages_load_nothing_heavy():
    code = f"import landscape, figures, sys; print(sorted({{*{HEAVY}}} - {{'numpy'}} & {{*sys.modules}}))"
    assert fresh(code).stdout == "[]\n"


def test_help_loads_only_what_it_takes_to_answer():
    call = [sys.executable, "-X", "importtime", "-m", "figures", "--help"]
    told = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.stderr.splitlines()}
    assert {"figures", "typer"} <= loaded
    assert not loaded & {"numpy", "scipy", "numba", "matplotlib", "pydantic", "h5netcdf", "keras", "tensorflow"}


def test_version_and_list(stubs, capsys):
    import landscape

    assert call("--version") == 0
    assert capsys.readouterr().out == f"xorscape {landscape.__version__}\n"
    assert call("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "dots          full, half, wide  Where are the dots?",
        "wave          full, wide        How high is the wave?",
        "tall          half              How tall is it?",
    ]


def test_no_summary_of_a_command_is_cut(capsys):
    assert call("-h") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_help_names_every_choice(capsys):
    assert call("render", "--help") == 0
    words = capsys.readouterr().out.replace(",", " ").split()
    assert {*STYLES, *FORMATS, *SIZES, "all"} <= set(words)
