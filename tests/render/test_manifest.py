"""The manifest and numbers.json: what they contain, and when they are written."""

import hashlib
import json

import pytest
from stub_runs import TWO_FIGURES, WAVE

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.manifest import Manifest
from figures.render.merged_manifest import merged
from figures.render.verify import changes, untracked_files

pytestmark = pytest.mark.slow


def test_a_manifest_tells_of_everything_that_went_in_and_came_out(out):
    text = (out / "manifest.json").read_text()
    told = json.loads(text)
    assert str(out) not in text
    assert (told["complete"], told["failed"]) == (True, {})
    assert told["recipe"]["variants"]["dots-seed-2"] == {
        "figure": "dots",
        "seeds": {"seed": 2},
        "settings": {"seed": 2, "points": 5, "radii": [0.5, 1.0], "label": None},
        "files": [
            "data/dots-seed-2.nc",
            *(
                f"lecture/dots-seed-2-half.{ending}"
                for ending in ("png", "tex", "takeaway.txt", "caption.txt", "notes.txt", "alt.txt")
            ),
            "lecture/dots-seed-2.nc",
            "data/dots-seed-2-half.numbers.json",
            *(
                f"lecture/dots-seed-2.{ending}"
                for ending in ("png", "tex", "takeaway.txt", "caption.txt", "notes.txt", "alt.txt")
            ),
            "data/dots-seed-2.numbers.json",
        ],
    }
    assert {"xorscape", "python", "numpy", "matplotlib", "numba"} <= set(told["versions"])
    there = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    records = {f"data/{name}.json" for name in (*told["recipe"]["variants"], "decks")}
    assert set(told["files"]) == there - records - {"manifest.json", "data/.lock"}
    for name, one in told["files"].items():
        data = (out / name).read_bytes()
        assert one == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_a_manifest_is_the_same_in_another_folder_and_with_more_workers(out, tmp_path):
    batch.render(recipe({**TWO_FIGURES, "out": str(tmp_path / "other" / "place")}))
    for name in ("manifest.json", "numbers.json"):
        assert (tmp_path / "other" / "place" / name).read_bytes() == (out / name).read_bytes()


def test_a_manifest_that_is_read_renders_the_same_recipe(out):
    given = recipe({**TWO_FIGURES, "out": str(out)})
    assert Manifest.read(out, 1, out).recipe == given
    assert Manifest.read(out, 1, out).to_json() == (out / "manifest.json").read_text()


def test_numbers_are_told_for_every_variant_and_size(out):
    told = json.loads((out / "numbers.json").read_text())
    assert list(told) == ["dots-seed-1", "dots-seed-2", "wave"]
    assert (told["wave"]["figure"], told["wave"]["result"]) == ("wave", "data/wave.nc")
    assert list(told["dots-seed-2"]["texts"]) == ["half", "full"]
    full = told["dots-seed-2"]["texts"]["full"]
    for text in ("takeaway", "caption", "notes"):
        assert full[text]["text"] == (out / "lecture" / f"dots-seed-2.{text}.txt").read_text().strip()
    assert [(n["text"], n["how"]) for n in full["caption"]["numbers"]] == [
        ("5", "member"),
        ("100", "wording"),
        ("2", "member"),
    ]
    assert told["wave"]["texts"]["full"]["caption"]["numbers"][0]["from"] == "frequency"


def test_while_a_render_is_at_work_there_is_no_manifest(stubs, out, monkeypatch):
    compute, seen = stubs.find("wave").compute, []
    monkeypatch.setattr(
        stubs.find("wave"), "compute", lambda *a: seen.append((out / "manifest.json").exists()) or compute(*a)
    )
    batch.render(recipe({**TWO_FIGURES, "out": str(out), "figures": {"wave": {"frequency": 3}}}))
    assert seen == [False]
    assert (out / "manifest.json").exists()


def test_a_render_in_which_a_figure_failed_is_not_complete(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    batch.render(recipe({"out": str(tmp_path), "workers": 1, "formats": ["png"]}))
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert (told["complete"], told["failed"]) == (False, {"trouble": ["ValueError: no such luck"]})
    assert not [name for name in told["files"] if "trouble" in name]
    assert list(changes(tmp_path)) == ["trouble failed: ValueError: no such luck"]


def test_a_manifest_of_another_recipe_takes_the_place_of_one_even_if_nothing_is_made(out):
    batch.render(recipe({**TWO_FIGURES, "out": str(out), "only": ["wave"]}))
    told = json.loads((out / "manifest.json").read_text())
    assert list(told["recipe"]["variants"]) == ["wave"]
    assert list(json.loads((out / "numbers.json").read_text())) == ["wave"]
    assert "lecture/dots-seed-1.png" in untracked_files(out)
    assert list(changes(out)) == []


def test_other_numbers_are_never_beside_the_manifest_of_the_old_ones(out, monkeypatch):
    """A render of a part makes nothing anew, but other numbers; here it is stopped right after them."""

    def stopped(self, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(Manifest, "write", stopped)
    before = (out / "manifest.json").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        batch.render(recipe({**TWO_FIGURES, "out": str(out), "decks": []}))
    assert (out / "manifest.json").read_bytes() == before, "the numbers are the same"
    with pytest.raises(KeyboardInterrupt):
        batch.render(recipe({**TWO_FIGURES, "out": str(out), "decks": [], "only": ["wave"]}))
    assert list(json.loads((out / "numbers.json").read_bytes())) == ["wave"]
    assert not (out / "manifest.json").exists()


def test_another_ffmpeg_makes_mp4_files_anew_and_nothing_else(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.recipes.validation.has_ffmpeg", lambda: True)
    monkeypatch.setattr(
        "figures.animation.animate.save_movie", lambda movie, path, *_, **__: path.write_bytes(b"moves")
    )
    whole = recipe({"out": str(tmp_path), "workers": 1, "formats": ["png", "mp4"], "only": ["wave"], "decks": []})
    plans = []
    for version in ("ffmpeg version 1", "ffmpeg version 2"):
        monkeypatch.setattr("figures.render.cache.ffmpeg_version", lambda version=version: version)
        plans.append([one.files for one in batch.plan(whole)])
        batch.render(whole)
        assert json.loads((tmp_path / "manifest.json").read_bytes())["versions"]["ffmpeg"] == version
        assert [one.files for one in batch.plan(whole)] == [()]
    assert plans[1] == [("lecture/wave.mp4",)]


def test_each_variant_is_listed_with_its_settings_and_files_also_after_a_part_was_rendered(wave):
    whole = recipe({**WAVE, "out": str(wave), "figures": {"wave": {"frequency": [2, 3]}}})
    batch.render(whole)
    before = json.loads((wave / "manifest.json").read_bytes())
    variants = before["recipe"]["variants"]
    assert {name: one["settings"]["frequency"] for name, one in variants.items()} == {
        "wave-frequency-2": 2.0,
        "wave-frequency-3": 3.0,
    }
    for name, one in variants.items():
        assert one["files"][0] == f"data/{name}.nc"
        assert {file.rpartition("/")[2].partition(".")[0] for file in one["files"]} == {name}
    each = [file for one in variants.values() for file in one["files"]]
    assert sorted([*each, "numbers.json", "lecture/lecture.tex"]) == sorted(before["files"])
    part = recipe({**WAVE, "out": str(wave), "figures": {"wave": {"frequency": [3, 4]}}, "decks": []})
    batch.render(part, is_part=True)
    after = json.loads((wave / "manifest.json").read_bytes())["recipe"]["variants"]
    assert sorted(after) == ["wave-frequency-2", "wave-frequency-3", "wave-frequency-4"]
    assert after["wave-frequency-2"] == variants["wave-frequency-2"]
    assert after["wave-frequency-4"]["files"][0] == "data/wave-frequency-4.nc"


def test_a_manifest_of_an_earlier_version_without_the_files_of_variants_is_read(wave):
    path = wave / "manifest.json"
    text, told = path.read_text(), json.loads(path.read_text())
    del told["recipe"]["variants"]["wave"]["files"]
    path.write_text(json.dumps(told))
    assert list(changes(wave)) == []
    old = Manifest.read(wave)
    assert old.to_json() == text
    assert merged(old, "", None) == old
