"""A folder called figures or landscape in the working directory does no harm: set up by make, or from a wheel."""

import os
import subprocess
import sys

import pytest
from places import ROOT

pytestmark = pytest.mark.heavy

WHERE = "import figures, landscape; print(figures.__file__, landscape.__file__)"


@pytest.fixture
def folder(tmp_path):
    """A working directory with folders of both names, as renders and unpacked data leave them."""
    for name in ("figures", "landscape"):
        (tmp_path / "here" / name / "cli").mkdir(parents=True)
    return tmp_path / "here"


@pytest.fixture(scope="module", params=["make setup", "wheel"])
def environment(request, tmp_path_factory):
    """Environment variables of a Python that has the packages, and the folder that they are in."""
    tmp_path = tmp_path_factory.mktemp("wheel")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if request.param == "make setup":
        return clean, ROOT
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run(command, check=True, capture_output=True)
    return {**clean, "PYTHONPATH": str(site)}, site


def test_rendering_verifying_and_importing_beside_folders_of_these_names(folder, environment):
    variables, site = environment

    def run(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)

    (folder / "script.py").write_text(WHERE)
    for arguments in (["-c", WHERE], ["script.py"]):
        places = run(*arguments).stdout.split()
        assert places == [str(site / name / "__init__.py") for name in ("figures", "landscape")]
    render = ["render", "--only", "network", "--format", "png", "--workers", "2", "--out"]
    for out in ("figures", "landscape"):
        done = run("-m", "figures", *render, out)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("1 drawn in ")
        assert "no difference" in run("-m", "figures", "verify", out).stdout


NAMES = sorted({*sys.stdlib_module_names, "numpy", "scipy", "numba", "matplotlib", "pydantic", "typer", "rich", "h5py"})


HOSTILE, HARMLESS = "open('executed_' + __name__, 'w').close()\nraise SystemExit\n", "x = 1\n"


def test_no_file_of_the_working_directory_is_imported_by_a_worker_or_its_server(tmp_path, folder, environment):
    variables, site = environment
    content = HOSTILE if site == ROOT else HARMLESS
    command = tmp_path / "xorscape.py"  # what pip writes into the folder of commands
    command.write_text("from figures.__main__ import run\n\nif __name__ == '__main__':\n    run()\n")
    for name in NAMES:
        (folder / f"{name}.py").write_text(content)
    for name in ("figures", "landscape"):
        (folder / name / "__init__.py").write_text(content)
    for arguments in (
        ["render", "--only", "network", "--format", "png", "--workers", "2", "--out", "results"],
        ["verify", "results"],
    ):
        done = subprocess.run([sys.executable, command, *arguments], cwd=folder, env=variables, check=False)
        assert done.returncode == 0
    assert not [*folder.glob("executed_*")]
