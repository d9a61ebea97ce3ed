"""Compiling with a cache that is missing, damaged or empty: the same results, and a cache that is whole again."""

import os
import subprocess
import sys

import numpy as np
import pytest
from places import ROOT

from landscape.kernels import jit

pytestmark = pytest.mark.slow

PROGRAM = """
import numpy as np
from numba.core import types
from landscape.kernels.jit import array_of, compiled, compiled_on_first_call

def double(values):
    for i in range(values.size):
        values[i] *= 2.0

@compiled_on_first_call
def total(values):
    found = 0.0
    for i in range(values.size):
        found += values[i]
    return found

values = np.arange(4.0)
compiled(double, array_of(np.float64, out=True))(values)
print(values.tolist(), total(values), total(values[:2]))
"""
EXPECTED = "[0.0, 2.0, 4.0, 6.0] 12.0 2.0"


@pytest.fixture
def run(tmp_path):
    """A function that runs the program in a process of its own; its output and its complaints."""
    (tmp_path / "program.py").write_text(PROGRAM)

    def run(**variables):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "cache"), **variables}
        command = [sys.executable, tmp_path / "program.py"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
        return done.stdout.strip(), done.stderr

    return run


def test_damaged_caches_are_written_again(run, tmp_path):
    assert run() == (EXPECTED, "")
    files = sorted((tmp_path / "cache").rglob("*.nb[ic]"))
    assert len(files) == 4  # index and code of two functions
    for suffix, damage in ((".nbi", b""), (".nbc", os.urandom(500)), (".nbi", files[0].read_bytes()[:-9])):
        for file in files:
            if file.suffix == suffix:
                file.write_bytes(damage)
        assert run() == (EXPECTED, "")
        assert all(file.stat().st_size > 600 or file.suffix == ".nbi" for file in files)


def test_without_a_folder_for_the_cache_it_is_said_once(run, tmp_path):
    (tmp_path / "file").write_text("")
    output, complaint = run(NUMBA_CACHE_DIR=str(tmp_path / "file" / "none"))
    assert output == EXPECTED
    assert complaint.count("\n") <= 1


def test_a_compiler_that_refuses_to_cache_is_asked_without_a_cache(monkeypatch, caplog):
    def refuse(*function, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return plain(*function, **options)

    plain = jit.numba.njit
    jit._report_no_cache.cache_clear()
    monkeypatch.setattr(jit.numba, "njit", refuse)

    @jit.compiled_on_first_call
    def third(values):
        return values[2]

    assert [third(np.arange(3.0)) for _ in range(2)] == [2.0, 2.0]
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == ["machine code cannot be cached"]


def test_an_error_of_the_function_itself_is_raised(caplog):
    jit._report_no_cache.cache_clear()

    @jit.compiled_on_first_call
    def fails(values):
        if values[0] > 0:
            raise ValueError("of the function")
        return values[0]

    with pytest.raises(ValueError, match="of the function"):
        fails(np.ones(1))
    assert caplog.messages == []  # the cache is not to blame


def test_compiling_is_announced_before_the_wait_but_not_when_the_cache_has_the_code(run, tmp_path):
    program = (tmp_path / "program.py").read_text()
    (tmp_path / "program.py").write_text("import logging; logging.basicConfig(level=logging.INFO)\n" + program)
    says = "INFO:landscape.kernels:compiling kernels, which is needed once on a machine and can take a minute\n"
    assert run() == (EXPECTED, says)
    assert run() == (EXPECTED, "")
