"""The benchmark script runs at a size that means nothing, and prints its tables."""

import re
import subprocess
import sys

import pytest
from places import ROOT
from quoting import quotes

SCRIPT = ROOT / "scripts" / "benchmark.py"
GRIDS = {"grid_kernel", "fill", "copyto", "grid_xla", "grid_numpy", "grid_evaluate"}
TRAININGS = {"train_kernel", "train_whole", "train_recorded", "roots", "train_xla", "train_numpy", "train_fit"}


def run(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.heavy
def test_a_smoke_run_prints_a_positive_rate_for_every_competitor():
    done = run("--smoke")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\w+) +([\d.e+-]+) +([\d.e+-]+)x", done.stdout, flags=re.MULTILINE)
    assert {name for name, *_ in rows} == GRIDS | TRAININGS
    assert all(float(rate) > 0 and float(ratio) > 0 for _, rate, ratio in rows)
    ratios = {name: float(ratio) for name, _, ratio in rows}
    assert ratios["grid_kernel"] == ratios["train_kernel"] == 1.0
    assert ratios["grid_evaluate"] > 1000
    assert ratios["train_fit"] > 1000
    maps = re.findall(r"^(float\d\d) +([\d.e+-]+)$", done.stdout, flags=re.MULTILINE)
    assert [kind for kind, _ in maps] == ["float64", "float32"]
    assert all(float(seconds) > 0 for _, seconds in maps)
    described = re.findall(r"^[\w ,]+? {2,}([\d.e+-]+) +([\d.e+-]+) +([\d.e+-]+)$", done.stdout, flags=re.MULTILINE)
    assert len(described) == 5
    assert all(0 < float(mid) <= float(most) <= float(longest) for mid, most, longest in described)


@pytest.mark.heavy
def test_a_batch_is_timed_with_one_and_two_workers_and_makes_the_same_bytes():
    done = run("--batch", "2")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^([12]) workers? +([\d.e+-]+) +([\d.e+-]+) +(\S.*)$", done.stdout, flags=re.MULTILINE)
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(float(seconds) > 0 and float(ratio) > 0 for _, seconds, ratio, _ in rows)
    assert re.search(r"^same bytes in [1-9]\d* files$", done.stdout, flags=re.MULTILINE)


@pytest.mark.slow
def test_help_says_what_is_measured_and_wrong_options_are_refused():
    assert quotes(run("--help").stdout, "ratios", "medians")
    wrong = run("--quick")
    assert wrong.returncode == 2
    assert "--quick" in wrong.stderr
