"""The tutorial's code prints what the tutorial says, and its notebooks run and use what is public only."""

import ast
import doctest
import importlib
import os
import re
import subprocess
import sys

import pytest
from places import ROOT

import figures
import landscape as ls

pytestmark = pytest.mark.slow

TUTORIAL = ROOT / "docs" / "tutorial"
NOTEBOOKS = sorted(TUTORIAL.glob("*.py"))
OTHERS = {"landscape.xor", "landscape.keras.reference_training", "math", "numpy", "matplotlib.pyplot", "keras"}
OTHERS |= {"landscape.keras_objective", "pathlib", "sklearn.datasets", "tempfile"}
RUN = """
import runpy, sys, warnings
warnings.simplefilter("error")
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.mark.parametrize("page", [TUTORIAL / "where_am_i.md", TUTORIAL.parent / "keras.md"], ids=lambda path: path.stem)
def test_the_text_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    example = doctest.DocTestParser().get_doctest(text, {}, page.stem, page.name, 0)
    assert len(example.examples) == text.count(">>> ") > 10
    report = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert not report, "".join(report)


def test_the_text_keeps_its_title():
    assert (TUTORIAL / "where_am_i.md").read_text().startswith("# Where am I? Exploring minima in Python\n")


def test_the_notebooks_are_in_order():
    assert [path.stem for path in NOTEBOOKS] == ["1_exercise", "2_looking", "3_walking", "4_understanding", "5_keras"]


@pytest.mark.heavy
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_as_a_script_without_a_warning(path, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-c", RUN, path]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not list(tmp_path.iterdir())


def cells(path):
    """Return (kind, text) of the cells of a notebook."""
    marked = re.split(r"^# %%(.*)\n", path.read_text(), flags=re.MULTILINE)[1:]
    return [(kind.strip() or "code", text) for kind, text in zip(marked[::2], marked[1::2], strict=True)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_explains_and_checks(path):
    found = cells(path)
    assert {kind for kind, _ in found} == {"code", "[markdown]"}
    prose = "".join(text for kind, text in found if kind != "code")
    code = "".join(text for kind, text in found if kind == "code")
    assert all(line.startswith("#") or not line for line in prose.splitlines())
    assert prose.count("**Question.**") >= 3
    checks = sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code)))
    assert checks >= 8
    for kind, text in found:
        if kind == "code":
            last = ast.parse(text).body[-1]
            shown = isinstance(last, ast.Expr) and not ast.unparse(last).startswith(("print(", "plt."))
            assert not shown, f"{ast.unparse(last)} leaves what it returns on the page"
    assert r"$\mathcal{R}" in prose, "the course's sign for the empirical risk"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output_and_uses_public_names_only(path):
    text = path.read_text()
    assert '"output_type"' not in text
    assert "base64" not in text
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import():
                for alias in node.names:
                    assert alias.name in {*OTHERS, "landscape", "figures"}
            case ast.ImportFrom(module=str(module)):
                assert module in {*OTHERS, "landscape"}
                found = {"xor": None} if module == "landscape" else vars(importlib.import_module(module))
                assert all(alias.name in found and not alias.name.startswith("_") for alias in node.names)
            case ast.Attribute(value=ast.Name(id="ls"), attr=name):
                assert name in ls.__all__
            case ast.Attribute(value=ast.Name(id="figures"), attr=name):
                assert name in figures.__all__
            case ast.Attribute(attr=name):
                assert not name.startswith("_")
