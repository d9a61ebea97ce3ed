"""Manifests and records changed at random: what reads them ends with an answer or one line and changes nothing."""

import json
import random

import pytest
from hostile_values import mutated_text, mutated_tree
from stub_command import call
from stub_runs import WAVE

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.cache import Record

pytestmark = pytest.mark.heavy


def snapshot(folder):
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def out(stubs, tmp_path, monkeypatch):
    """A folder with a render; the code of this package is hashed once."""
    keys = batch.cache.Keys()
    monkeypatch.setattr(batch.cache, "Keys", lambda: keys)
    batch.render(recipe({**WAVE, "out": str(tmp_path / "out")}))
    return tmp_path / "out"


@pytest.mark.parametrize("how", ["text", "values", "records"])
def test_changed_manifests_and_records(out, tmp_path, capsys, how):
    rng = random.Random(how)
    manifest, record = out / "manifest.json", out / "data" / "wave.json"
    text, told = manifest.read_text(), record.read_text()
    for _ in range(60):
        if how == "text":
            manifest.write_bytes(mutated_text(text, rng).encode("utf-8", "surrogatepass"))
        elif how == "values":
            manifest.write_text(json.dumps(mutated_tree(json.loads(text), rng)))
        else:
            changed = mutated_text(told, rng) if rng.random() < 0.5 else json.dumps(mutated_tree(json.loads(told), rng))
            record.write_bytes(changed.encode("utf-8", "surrogatepass"))
            assert isinstance(Record.read(record), Record)
        before = snapshot(tmp_path)
        code = call("verify", out, "--quick")
        lines = capsys.readouterr().err.splitlines()
        assert code in {0, 1, 2}
        assert len(lines) == 1 if code == 2 else len(lines) <= 24
        assert all(line.startswith("xorscape: ") and line.isprintable() and len(line) < 2100 for line in lines)
        assert call("render", "--out", out, "--only", "wave", "--dry-run") == 0
        assert snapshot(tmp_path) == before
        capsys.readouterr()
