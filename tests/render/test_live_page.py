"""The live page in a render: written beside the slides, which link to it; known to check, verify, prune and parts."""

import json
import re
import shutil

import pytest
from stub_command import call
from stub_runs import render, times
from stub_slides import Page

from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.verify import changes, rendered_anew, untracked_files

pytestmark = pytest.mark.slow

WHOLE = {"formats": ["png"], "sizes": ["full"], "page": True, "only": ["dots", "wave"]}
LINK = "../page.html"


def manifest(out):
    return json.loads((out / "manifest.json").read_bytes())


@pytest.fixture(scope="session")
def with_page(tmp_path_factory):
    return tmp_path_factory.mktemp("page") / "out"


@pytest.fixture
def out(stubs, with_page, tmp_path):
    """A folder with a render of two figures, decks and the page, to be changed at will."""
    if not with_page.exists():
        render(with_page, **WHOLE)
    shutil.copytree(with_page, tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, True),
        ({"page": False}, False),
        ({"only": ["dots"]}, False),
        ({"only": ["dots"], "page": True}, True),
        ({"decks": []}, True),
    ],
)
def test_the_page_is_written_with_the_whole_set_or_on_demand(stubs, keys, expected):
    whole = recipe(keys)
    assert whole.page == expected
    names = [one.name for one in batch.plan(whole)]
    assert names.count("page") == expected


def test_the_page_is_in_the_manifest_and_the_decks_link_to_it(out):
    assert manifest(out)["recipe"]["page"] is True
    assert "page.html" in manifest(out)["files"]
    assert list(changes(out)) == []
    assert untracked_files(out) == ()
    assert [a["href"] for a in Page((out / "lecture" / "lecture.html").read_text()).all("a")] == [LINK]
    assert rf"\href{{run:{LINK}}}" in (out / "lecture" / "lecture.tex").read_text()


def test_a_render_that_is_repeated_leaves_the_page_and_one_that_is_verified_makes_the_same(out):
    before = times(out)
    render(out, **WHOLE)
    after = times(out)
    assert {name for name in after if after[name] != before.get(name)} <= {"data/.lock"}
    assert list(rendered_anew(out, 1)) == []


@pytest.mark.parametrize("damage", [None, b"", b"<!DOCTYPE html>"])
def test_a_damaged_page_is_found_and_written_again(out, damage):
    page = (out / "page.html").read_bytes()
    before = times(out)
    (out / "page.html").unlink()
    if damage is not None:
        (out / "page.html").write_bytes(damage)
    assert [line.split()[0] for line in changes(out)] == ["page.html"]
    plans = {one.name: one.files for one in batch.plan(recipe({"out": str(out), **WHOLE}))}
    assert plans == {"dots": (), "wave": (), "decks": (), "page": ("page.html",)}
    render(out, **WHOLE)
    assert (out / "page.html").read_bytes() == page
    assert times(out)["lecture/lecture.html"] == before["lecture/lecture.html"]
    assert list(changes(out)) == []


def test_a_part_keeps_the_page_and_does_not_write_it(out, tmp_path, capsys):
    (tmp_path / "my.toml").write_text('formats = ["png"]\nsizes = ["full"]\n[figures.wave]\nfrequency = 3\n')
    before = times(out)
    call("render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave")
    assert manifest(out)["recipe"]["page"] is True
    assert times(out)["page.html"] == before["page.html"]
    (out / "page.html").unlink()
    capsys.readouterr()
    arguments = ["render", tmp_path / "my.toml", "--out", out, "--workers", 1, "--only", "wave"]
    assert call(*arguments, "--dry-run") == 0
    assert "then: page.html is not up to date; render the whole recipe" in capsys.readouterr().out.splitlines()
    assert call(*arguments) == 0
    assert "xorscape: page.html is not up to date; render the whole recipe" in capsys.readouterr().err.splitlines()
    assert manifest(out)["recipe"]["page"] is False
    assert not (out / "page.html").exists()
    assert list(rendered_anew(out, 1)) == []


@pytest.mark.parametrize("changed", [False, True])
def test_a_page_that_the_recipe_no_longer_has_is_removed_by_prune_if_it_is_unchanged(out, capsys, changed):
    if changed:
        (out / "page.html").write_text("mine")
    notes = []
    keys = recipe({"out": str(out), "workers": 1, **WHOLE, "page": False})
    outcomes = batch.render(keys, prune=True, note=notes.append)
    assert (out / "page.html").exists() == changed
    assert notes == ["page.html of page is kept: it has changed since it was rendered"] * changed
    assert [(o.name, len(o.files)) for o in outcomes if o.status == "removed"] == [("page", 1 - changed)]
    assert Page((out / "lecture" / "lecture.html").read_text()).all("a") == []
    assert "page.html" not in (out / "lecture" / "lecture.tex").read_text()


def test_a_page_that_fails_stops_nothing(stubs, tmp_path, monkeypatch, capsys):
    def broken():
        raise ValueError("no such luck")

    with monkeypatch.context() as patch:
        patch.setattr("figures.page.page_data.page_data", broken)
        outcomes = render(tmp_path, **WHOLE)
    assert outcomes[-1].errors == ("page.html: ValueError: no such luck",)
    assert manifest(tmp_path)["complete"] is False
    assert "Traceback" in (tmp_path / "data" / "decks.error.txt").read_text()
    render(tmp_path, **WHOLE)
    assert manifest(tmp_path)["complete"] is True
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_plain_file_is_left_alone(stubs, tmp_path, kind):
    (tmp_path / "mine").write_text("mine")
    if kind == "folder":
        (tmp_path / "page.html").mkdir()
    else:
        (tmp_path / "page.html").symlink_to(tmp_path / "mine")
    with pytest.raises(OSError, match=re.escape(f"cannot write to folder {tmp_path}")):
        render(tmp_path, **WHOLE)
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "manifest.json").exists()


def test_a_manifest_of_an_earlier_version_has_no_page(out):
    told = manifest(out)
    del told["recipe"]["page"]
    (out / "manifest.json").write_text(json.dumps(told))
    assert list(changes(out)) == []
