"""The benchmark of the page runs in Chromium at a size that means nothing, and prints its table."""

import re
import subprocess
import sys

import pytest
from places import ROOT

ROWS = 11


@pytest.mark.heavy
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_smoke_run_prints_milliseconds(workers):
    pytest.importorskip("playwright")
    command = [sys.executable, ROOT / "scripts" / "page_benchmark.py", "--smoke", "--workers", workers]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    found = dict(re.findall(r"^ *(.+?) {2,}([\d.e+-]+)(?: +\d+)?$", done.stdout, flags=re.MULTILINE))
    assert len(found) == ROWS
    times = {name: float(milliseconds) for name, milliseconds in found.items()}
    assert 0 < times["one run of 2000 Adam steps"] < 1000
    assert 0 < times["its first row"] <= times["basin map 3 x 3 x 2000 steps"]
    assert 0 < times["dragging a start: a frame, median"] <= times["the longest of 3"]
