"""The command surface with workers and a checkpoint: the same bytes, also when a part is from an earlier run."""

from pathlib import Path

import numpy as np
import pytest
from stub_command import call

from landscape.keras.model_objective import keras
from landscape.parallel.checkpoints import Checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

SURFACE = ["surface", "a.keras", "d.npz", "--resolution", "6", "--out"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a model, evaluated point by point, and data."""
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    parts = [keras.layers.Conv1D(2, 2, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.layers.Input((4, 1)), *parts], name="small")
    model.compile("sgd", "mse", jit_compile=False)
    model.save("a.keras")
    rng = np.random.default_rng(0)
    np.savez("d.npz", x=rng.normal(size=(8, 4, 1)), y=rng.normal(size=(8, 1)))
    return tmp_path


def files(stem):
    """Return the contents of the files of a figure."""
    return [Path(f"{stem}.{ending}").read_bytes() for ending in ("png", "nc", "caption.txt")]


@pytest.mark.heavy
def test_workers_change_no_byte(here):
    for workers in (1, 2):
        assert call(*SURFACE, f"{workers}.png", "--workers", workers) == 0
    assert files("1") == files("2")


def test_a_surface_goes_on_where_it_was_killed(here, monkeypatch):
    assert call(*SURFACE, "whole.png") == 0
    written = []
    write = Checkpoint.write

    def killed(self, number, data):
        if number == 1:
            raise SystemExit
        write(self, number, data)

    monkeypatch.setattr(Checkpoint, "write", killed)
    with pytest.raises(SystemExit):
        call(*SURFACE, "part.png", "--checkpoint", "parts")
    assert not list(here.glob("part.*"))
    assert len(list(here.glob("parts/*/*.piece"))) == 1
    monkeypatch.setattr(Checkpoint, "write", lambda self, number, _: written.append(number))
    assert call(*SURFACE, "part.png", "--checkpoint", "parts") == 0
    assert written == [1, 2]  # of three pieces of 16 points
    assert files("part") == files("whole")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--workers", "0"], "--workers: must be 1 to 256; got 0"),
        (["--workers", "257"], "--workers: must be 1 to 256; got 257"),
        (["--checkpoint", "d.npz"], "cannot write to checkpoint folder d.npz: "),
        (["--checkpoint", ""], "--checkpoint: must name a folder; got ''"),
    ],
)
def test_bad_workers_and_checkpoints_are_one_line(here, capsys, options, says):
    assert call(*SURFACE, "f.png", *options) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"xorscape: {says}")
    assert not list(here.glob("f.*"))
