"""The commands check, init and schema: a recipe to start from, and what it would render."""

import re

import pytest
from stub_command import call

pytestmark = pytest.mark.slow

OVER = [
    ["--only", "dots-seed-2"],
    ["--only", "tall,wave", "--format", "png,gif"],
    ["--size", "full", "--style", "all", "--deck", "html"],
    ["--format", "svg", "--builds", "--only", "dots", "tall"],
]


@pytest.mark.parametrize("options", OVER, ids=" ".join)
def test_check_takes_the_options_of_render_and_counts_what_that_would_make(stubs, tmp_path, capsys, options):
    (tmp_path / "a.toml").write_text("[figures.dots]\nseed = [1, 2]\n")
    arguments = [tmp_path / "a.toml", "--out", tmp_path / "out", *options]
    assert call("check", *arguments) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert call("render", *arguments, "--dry-run", "--verbose") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if " to " in line and "; nothing" not in line]
    plans = [line for line in lines if not line.startswith("manifest.json")]
    files = sum(int(line.split()[-2]) for line in plans)
    variants = sum(not line.startswith(("decks", "page")) for line in plans)
    s = "s" * (variants != 1)
    assert last == f"{variants} variant{s}, {files} files in {tmp_path / 'out'}/"


@pytest.mark.parametrize("command", ["check", "render"])
def test_check_and_render_refuse_the_same_options_in_the_same_words(stubs, capsys, command):
    told = ["--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"]
    told += ["--format: no format 'eps'; choose from pdf, svg, png, gif, mp4"]
    assert call(command, "--only", "dot", "--format", "eps") == 2
    assert sorted(capsys.readouterr().err.splitlines()) == sorted(f"xorscape: {line}" for line in told)


def test_init_writes_a_recipe_that_check_accepts(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    assert capsys.readouterr().out == "wrote lecture.toml; change what you like, then: xorscape render lecture.toml\n"
    text = (tmp_path / "lecture.toml").read_text()
    assert "#:schema" not in text
    assert call("check", "lecture.toml") == 0
    *_, decks, page, took, counts = capsys.readouterr().out.splitlines()
    assert (decks, page) == ("decks         tex, html, 2 files", "page          live, 1 file")
    assert re.fullmatch(r"about \d+ s and 1 MB of disk space, without dots, wave, tall, if nothing is up to date", took)
    assert counts == "3 variants, 43 files in out/"
    assert call("init") == 2
    assert capsys.readouterr().err == ("xorscape: lecture.toml exists; choose another name, or --force to replace it\n")
    assert (tmp_path / "lecture.toml").read_text() == text
    assert call("schema") == 0
    (tmp_path / "recipe.schema.json").write_text(capsys.readouterr().out)
    assert call("init", "lecture.toml", "--only", "tall,dots", "--force") == 0
    text = (tmp_path / "lecture.toml").read_text()
    assert text.startswith("#:schema ./recipe.schema.json\n")
    assert '\nonly = ["dots", "tall"]\n' in text
    assert "[figures.wave]" not in text
    capsys.readouterr()
    assert call("check", "lecture.toml") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["dots", "tall", "decks", "2"]


def test_a_recipe_to_begin_with_takes_any_formats_and_says_which_deck_is_left_out(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("init", "my.toml", "--only", "dots") == 0
    text = (tmp_path / "my.toml").read_text()
    assert 'formats = ["pdf", "svg", "png", "gif"]' in text
    (tmp_path / "my.toml").write_text(text.replace('["pdf", "svg", "png", "gif"]', '["pdf"]'))
    capsys.readouterr()
    says = "skipped, shows svg or png, not pdf"
    assert call("check", "my.toml") == 0
    assert capsys.readouterr().out.splitlines()[1:3] == ["decks         tex, 1 file", f"html deck     {says}"]
    assert call("render", "my.toml", "--dry-run") == 0
    *_, deck, last = capsys.readouterr().out.splitlines()
    assert (deck, last) == (f"html deck: {says}", "1 to compute and draw; nothing written to out/")
    assert call("render", "my.toml", "--workers", 1) == 0
    out, err = capsys.readouterr()
    assert (out.splitlines()[1:], err) == ([f"html deck: {says}"], "")
    assert [p.name for p in (tmp_path / "out" / "lecture").glob("lecture.*")] == ["lecture.tex"]
    assert call("render", "my.toml", "--deck", "html") == 2
    told = "xorscape: --deck: 'html' shows svg or png, but no such format is rendered; add one or leave out the deck\n"
    assert capsys.readouterr().err == told
