"""The memory that a surface of a large model takes, measured by ``scripts/keras_memory.py`` in its own process."""

import re
import subprocess
import sys

import pytest
from places import ROOT

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("side", [2, 6])
def test_a_surface_takes_few_vectors_whatever_its_size(side):
    command = [sys.executable, ROOT / "scripts" / "keras_memory.py", "--parameters", "1000000", "--side", str(side)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True).stdout
    (vectors,) = re.findall(r"([\d.]+) vectors, ", said)
    assert float(vectors) <= 6.0
