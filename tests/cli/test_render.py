"""The command render: what it renders, how options and recipes combine, and what it reports."""

import contextlib
import os
import pty
import subprocess
import sys

import pytest
from stub_command import call
from stub_runs import COMMAND

from figures.style.style_sheets import STYLES

pytestmark = pytest.mark.slow


def test_render_with_options_only(stubs, tmp_path, capsys):
    assert (
        call(
            "render",
            "--out",
            tmp_path,
            "--only",
            "dots",
            "wave",
            "--format",
            "png,svg",
            "--size",
            "full",
            "--workers",
            1,
        )
        == 0
    )
    assert {p.name for p in (tmp_path / "lecture").glob("*.*g")} == {"dots.png", "dots.svg", "wave.png", "wave.svg"}
    out, err = capsys.readouterr()
    assert out.startswith("2 drawn in ")
    assert out.endswith(f"see {tmp_path}/\n")
    assert err == ""
    assert (
        call("render", "--out", tmp_path, "--only", "dots,wave", "--format", "png", "--format", "svg", "--size", "full")
        == 0
    )
    assert capsys.readouterr().out.startswith("2 unchanged in ")


def test_figures_without_an_animation_are_named(stubs, tmp_path, capsys):
    assert call("render", "--out", tmp_path, "--format", "gif", "--workers", 1) == 0
    counts, *skipped = capsys.readouterr().out.splitlines()
    assert counts.startswith("1 drawn, 2 skipped in ")
    decks = ["tex deck: skipped, shows pdf or png, not gif", "html deck: skipped, shows svg or png, not gif"]
    assert skipped == [*(f"{name}: skipped, is not made as gif" for name in ("dots", "tall")), *decks]
    assert [p.name for p in (tmp_path / "lecture").glob("*.gif")] == ["wave.gif"]
    assert not list((tmp_path / "lecture").glob("dots*"))


def test_options_go_before_the_recipe(stubs, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(
        'out = "elsewhere"\nstyles = ["ddasp"]\nformats = ["png"]\nworkers = 1\n[figures.dots]\npoints = 9\n'
    )
    assert call("render", file, "--only", "dots", "--out", tmp_path / "out", "--style", "lecture-dark") == 0
    assert (tmp_path / "out" / "lecture-dark" / "dots.caption.txt").read_text().startswith("9 dots")
    assert not (tmp_path / "out" / "ddasp").exists()


def test_later_recipes_go_over_earlier_ones(stubs, tmp_path, capsys):
    base, mine = tmp_path / "base.toml", tmp_path / "mine.toml"
    base.write_text(f'out = "{tmp_path / "out"}"\nformats = ["png"]\n[defaults]\npoints = 4\n')
    mine.write_text('only = ["dots"]\nworkers = 1\n[figures.dots]\nseed = [1, 2]\n')
    assert call("check", base, mine) == 0
    assert capsys.readouterr().out == (
        "dots          2 variants, 30 files\n"
        "decks         tex, html, 2 files\n"
        f"2 variants, 32 files in {tmp_path / 'out'}/\n"
    )
    assert call("render", base, mine, "--only", "dots-seed-2") == 0
    assert (tmp_path / "out" / "lecture" / "dots-seed-2.caption.txt").read_text().startswith("4 dots")
    assert not list((tmp_path / "out" / "lecture").glob("dots-seed-1*"))
    mine.write_text("[figures.dots]\nseed = [-1, 2]\n")
    assert call("check", base, mine) == 2
    assert capsys.readouterr().err == f"xorscape: {mine}: figures.dots.seed[0]: must be at least 0; got -1\n"


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(stubs, tmp_path, capsys):
    arguments = ["render", "--out", tmp_path / "out", "--format", "png", "--size", "half", "--workers", 1]
    assert call(*arguments, "--dry-run") == 0
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().out.splitlines() == [
        "dots: to compute and draw, 8 files",
        "tall: to compute and draw, 8 files",
        "decks: to write, 2 files",
        "page: to write, 1 file",
        "wave: skipped, is not made for half",
        f"2 to compute and draw, 1 skipped; nothing written to {tmp_path / 'out'}/",
    ]
    assert call(*arguments) == 0
    (tmp_path / "out" / "lecture" / "tall-half.tex").unlink()
    capsys.readouterr()
    assert call(*arguments, "--dry-run") == 0
    expected = ["dots: up to date", "tall: to draw, 1 file", "decks: to write, 2 files"]
    assert capsys.readouterr().out.splitlines()[:3] == expected
    assert call(*arguments) == 0
    for file, said in ((None, "up to date"), ("lecture.html", "to write, 1 file")):
        if file:
            (tmp_path / "out" / "lecture" / file).unlink()
        capsys.readouterr()
        assert call(*arguments, "--dry-run") == 0
        assert capsys.readouterr().out.splitlines()[:3] == ["dots: up to date", "tall: up to date", f"decks: {said}"]
    assert call(*arguments, "--dry-run", "--force") == 0
    assert "2 to compute and draw" in capsys.readouterr().out
    assert call(*arguments, "--force") == 0
    assert capsys.readouterr().out.startswith("2 drawn, 1 skipped in ")


def test_many_variants_are_told_in_few_lines_unless_one_asks_for_all(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(f"formats = ['png']\nonly = ['dots', 'tall']\nfigures.dots.seed = {[*range(300)]}")
    summary = ["dots: 300 variants to compute and draw, 4500 files", "tall: to compute and draw, 8 files"]
    last = ["decks: to write, 2 files", "301 to compute and draw; nothing written to out/"]
    assert call("render", "a.toml", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines() == [*summary, *last]
    assert call("render", "a.toml", "--dry-run", "--verbose") == 0
    each = [f"dots-seed-{seed}: to compute and draw, 15 files" for seed in range(300)]
    assert capsys.readouterr().out.splitlines() == [*each, summary[1], *last]


def test_many_failures_and_differences_are_told_in_few_lines_unless_one_asks_for_all(
    stubs, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble",))
    monkeypatch.setattr("figures.cli.console.MOST_LINES", 2)
    (tmp_path / "a.toml").write_text("decks = []\nfigures.trouble.how = ['raise', 'unpicklable', 'unsavable']")
    more = "xorscape: and 1 more; --verbose lists all"
    for arguments, code in ((["render", "a.toml", "--workers", 1], 1), (["verify", "--quick"], 1)):
        assert call(*arguments) == code
        *told, rest = capsys.readouterr().err.splitlines()
        assert ([line.split()[1] for line in told], rest) == (["trouble-how-raise", "trouble-how-unpicklable"], more)
        assert call(*arguments, "--verbose") == code
        assert len(capsys.readouterr().err.splitlines()) == 3


def test_every_style_at_once(stubs, tmp_path):
    assert call("render", "--out", tmp_path, "--only", "tall", "--format", "png", "--style", "all", "--workers", 1) == 0
    assert sorted(p.parent.name for p in tmp_path.glob("*/tall-half.png")) == sorted(STYLES)


def test_a_failed_figure_gives_exit_code_1_and_the_others(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("figures.lecture.NAMES", stubs.ALL)
    assert call("render", "--out", tmp_path, "--only", "trouble", "dots", "--format", "png", "--workers", 1) == 1
    out, err = capsys.readouterr()
    assert out.startswith("1 drawn, 1 failed in ")
    assert err == (
        f"xorscape: trouble failed: ValueError: no such luck (traceback: {tmp_path / 'data' / 'trouble.error.txt'})\n"
    )
    assert (tmp_path / "lecture" / "dots.png").exists()


def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(stub_environment, tmp_path):
    command = [sys.executable, "-c", COMMAND, "render", "--only", "dots", "--format", "png", "--workers", "1", "--out"]
    piped = subprocess.run([*command, tmp_path / "a"], env=stub_environment, capture_output=True, check=True)
    assert piped.stderr == b""
    ours, theirs = pty.openpty()
    environment = {**stub_environment, "TERM": "xterm"}
    with subprocess.Popen(
        [*command, tmp_path / "b"], env=environment, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # at its end; a terminal that nobody reads would be full one day
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
        assert process.stdout.read().startswith(b"1 drawn")
    assert b"drawing" in shown
