"""The command ``page``: one file, said where; what is wrong is said in one line, and nothing is half-written."""

import json
import re

import pytest
from stub_command import call


def data_of(file):
    return json.loads(re.search(r'id="xorscape-data">(.*?)</script>', file.read_text())[1])


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("figures.page.page_data.page_data", lambda: {"version": "tiny"})


def test_the_page_is_written_and_said_where(tmp_path, capsys):
    assert call("page", "--out", tmp_path / "new" / "folder") == 0
    file = tmp_path / "new" / "folder" / "page.html"
    assert capsys.readouterr() == (f"wrote {file}; open it in a browser\n", "")
    assert data_of(file) == {"version": "tiny"}
    assert [path.name for path in file.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_quiet_and_the_language(tmp_path, capsys, language):
    assert call("page", "--out", tmp_path, "--quiet", "--language", language) == 0
    assert capsys.readouterr() == ("", "")
    assert data_of(tmp_path / "page.html")["language"] == language


def test_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("page", "--quiet") == 0
    assert (tmp_path / "out" / "page.html").is_file()


@pytest.mark.parametrize("language", ["fr", "", "EN"])
def test_another_language_is_refused(tmp_path, capsys, language):
    assert call("page", "--out", tmp_path / "new", "--language", language) == 2
    assert capsys.readouterr().err == f"xorscape: --language must be one of 'en', 'de'; got {language!r}\n"
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_name_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("page", "--out", "") == 2
    assert capsys.readouterr().err == "xorscape: --out must not be empty; name a folder, such as out\n"
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "page.html").mkdir()
    for out in ("file", "file/new", "."):
        assert call("page", "--out", tmp_path / out) == 3
        (line,) = capsys.readouterr().err.splitlines()
        assert str(tmp_path) in line
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "page.html"]


def test_a_page_that_was_there_is_kept_if_writing_fails(tmp_path, monkeypatch, capsys):
    (tmp_path / "page.html").write_text("old")
    monkeypatch.setattr("figures.page.html.page_html", lambda data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call("page", "--out", tmp_path)
    assert (tmp_path / "page.html").read_text() == "old"
