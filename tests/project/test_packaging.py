"""What is shipped: the wheel's contents, the pinned versions, the files a new user relies on."""

import configparser
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from places import ROOT
from quoting import quotes

pytestmark = pytest.mark.slow

LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def shipped():
    """Every file below both packages that a wheel must hold."""
    found = [p for package in ("landscape", "figures") for p in (ROOT / package).rglob("*") if p.is_file()]
    return {
        str(p.relative_to(ROOT))
        for p in found
        if p.suffix in {".py", ".pyi", ".mplstyle", ".typed", ".css", ".js", ".html"}
    }


def test_the_wheel_holds_both_packages_and_the_style_sheets(tmp_path):
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("xorscape-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {n for n in archive.namelist() if ".dist-info/" not in n}
        assert names == shipped()
        assert {f"figures/style/{style}.mplstyle" for style in ("lecture", "lecture-dark", "ddasp")} <= names
        (entry,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        points = configparser.ConfigParser()
        points.read_string(archive.read(entry).decode())
        assert points["console_scripts"]["xorscape"] == "figures.__main__:run"
        (licence,) = (n for n in archive.namelist() if n.endswith("LICENSE"))
        assert b"MIT License" in archive.read(licence)


def test_constraints_pin_exact_versions_without_addresses():
    lines = (ROOT / "constraints.txt").read_text().split("\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.]+", line) for line in lines)
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    wanted = [
        *PROJECT["dependencies"],
        *(
            d
            for extra in ("cluster", "slides", "xarray", "notebook", "docs", "test", "dev")
            for d in PROJECT["optional-dependencies"][extra]
        ),
    ]
    names = {re.match(r"[A-Za-z0-9_.\-]+", dependency)[0].lower().replace("_", "-") for dependency in wanted}
    assert names - {"xorscape"} <= pinned


def test_the_versions_agree():
    import landscape

    assert f"version: {landscape.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_only_pythons_that_make_would_take_are_let_in():
    makefile, readme = ((ROOT / name).read_text() for name in ("Makefile", "README.md"))
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in makefile
    assert quotes(readme, "Python", "3.11", "3.12", "3.13")


LOCKED = {block.split()[0]: block.count("--hash=sha256:") for block in re.split(r"\n(?=\S)", LOCK)}


def test_the_lock_has_hashes_for_exactly_the_pins():
    def normalized(pins):
        return sorted(pin.lower().replace("_", "-") for pin in pins)

    assert normalized(LOCKED) == normalized((ROOT / "constraints.txt").read_text().split())
    assert all(LOCKED.values())
    assert "://" not in LOCK


def test_only_what_is_locked_is_installed_and_it_builds_the_package_as_well():
    done = subprocess.run(["make", "-Bn", "setup"], cwd=ROOT, capture_output=True, text=True, check=True)
    installs = [
        line.partition(" --quiet install ")[2] for line in done.stdout.splitlines() if " --quiet install " in line
    ]
    assert installs == [
        "--require-hashes --only-binary :all: -r requirements.lock",
        "--no-index --no-deps --no-build-isolation -e .",
    ]
    builds = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert {*builds, "editables"} <= {pin.partition("==")[0] for pin in LOCKED}


@pytest.mark.parametrize(
    "target", ["setup", "kernels", "lecture", "docs", "test", "quick", "lint", "recipe", "lock", "clean", "help"]
)
def test_make_knows_the_target(target):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_without_a_python_says_what_to_install(tmp_path):
    for name in ("make", "test", "sh", "echo"):
        found = next(p for folder in ("/usr/bin", "/bin") if (p := Path(folder, name)).exists())
        (tmp_path / name).symlink_to(found)
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3").chmod(0o755)
    command = ["make", "-f", ROOT / "Makefile", "setup"]
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_text("")
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no Python 3.11, 3.12 or 3.13 with venv found; install one" in done.stderr


def test_the_check_script_can_be_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
