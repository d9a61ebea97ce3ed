"""The benchmark script runs at a size that means nothing, and prints its tables."""

import importlib
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
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=900
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


@pytest.fixture
def models(monkeypatch):
    """The module with the competitors that have Keras or torch models."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return importlib.import_module("keras_competitors")


@pytest.mark.parametrize(
    "there", [(), ("torch",), ("torch", "loss_landscapes"), ("loss_landscapes", "loss_landscape_3d")]
)
def test_a_peer_that_is_not_installed_is_left_out_and_named(there, models, monkeypatch, capsys):
    monkeypatch.setattr(models, "find_spec", lambda name: name if name in there else None)
    left = models.installed(models.CONV)
    only_one = there == ("torch", "loss_landscapes")
    assert left == [models.conv_surface, models.conv_loop, *([models.conv_loss_landscapes] if only_one else [])]
    missing = ["loss-landscape-3d"] if only_one else ["loss-landscapes", "loss-landscape-3d"]
    said = [f"not timed, since it is not installed: {name} (pip install torch {name})" for name in missing]
    assert capsys.readouterr().out.splitlines() == said
    assert models.installed(models.MILLION) == models.MILLION
    assert not capsys.readouterr().out


@pytest.mark.heavy
def test_the_models_that_are_timed_have_the_stated_size_and_the_right_loss(models):
    size = importlib.import_module("competitors").SMOKE
    assert models._conv_model().count_params() == 20_490
    assert models._conv_model(hidden=620).count_params() == 983_790
    for surface, model, data in (
        (models.conv_surface, models._conv_model, models._images(size)),
        (models.xor_surface, models._xor_model, models._xor_data()),
    ):
        call, points = surface(size)
        loss = call().loss
        assert loss.size == points > 1
        assert loss[len(loss) // 2, len(loss) // 2] == pytest.approx(model().evaluate(*data, verbose=0), rel=1e-5)
    call, points = models.xor_loop(size)
    assert len(call()) == points == 1


@pytest.mark.slow
def test_help_says_what_is_measured_and_wrong_options_are_refused():
    assert quotes(run("--help").stdout, "ratios", "medians")
    wrong = run("--quick")
    assert wrong.returncode == 2
    assert "--quick" in wrong.stderr
