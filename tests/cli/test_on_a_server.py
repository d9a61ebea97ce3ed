"""Renders that run unattended: lines about progress, quiet ones, exit codes, estimates, and files left over."""

import json
import logging
import re

import pytest
from stub_command import call

from figures import lecture
from figures.cli import console
from figures.recipes.validation import recipe
from figures.render import cache, estimate as estimates

pytestmark = pytest.mark.slow


def test_lines_about_progress_come_at_a_bounded_rate_with_the_time_left(capsys):
    now = 0.0
    report = console.progress_lines(lambda: now)
    for second in range(61):
        now = float(second)
        report(second / 10, 12, "drawing dots")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[0] == "xorscape: 1 of 12 jobs done, about 2 min left: drawing dots"
    assert lines[-1] == "xorscape: 6 of 12 jobs done, about 1 min left: drawing dots"


def test_the_time_left_is_unknown_before_the_first_job_and_short_renders_print_nothing(capsys):
    now = 0.0
    report = console.progress_lines(lambda: now)
    now = 9.9
    report(3, 4, "drawing dots")
    assert capsys.readouterr().err == ""
    now = 11.0
    report(0, 4, "computing dots")
    assert capsys.readouterr().err == "xorscape: 0 of 4 jobs done, time left unknown: computing dots\n"


def test_no_terminal_gets_lines_and_quiet_gets_none(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(console, "BETWEEN_LINES", 0.0)
    arguments = ["render", "--only", "dots", "--format", "png", "--workers", 1, "--out"]
    assert call(*arguments, tmp_path / "a") == 0
    assert re.search(r"xorscape: \d of \d jobs done, .* left: drawing dots\n", capsys.readouterr().err)
    assert call(*arguments, tmp_path / "b", "--quiet") == 0
    assert call("verify", tmp_path / "b", "--quick", "--quiet") == 0
    (tmp_path / "b" / "mine.txt").touch()
    assert call("verify", tmp_path / "b", "--quiet", "--workers", 1) == 0
    assert capsys.readouterr() == ("", "")


def test_quiet_prints_errors(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("figures.lecture.NAMES", stubs.ALL)
    arguments = ["--only", "trouble", "--format", "png", "--workers", 1, "--out", tmp_path, "--quiet"]
    assert call("render", *arguments) == 1
    assert capsys.readouterr().err.startswith("xorscape: trouble failed: ValueError: no such luck")


def test_a_recipe_a_folder_and_a_busy_folder_have_exit_codes_of_their_own(stubs, tmp_path, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "out" / "data").mkdir(parents=True)
    assert call("render", "--only", "dot", "--out", tmp_path / "out") == 2
    assert call("render", "--out", tmp_path / "file" / "out") == 3
    with cache.locked(tmp_path / "out"):
        assert call("render", "--out", tmp_path / "out") == 4
    assert capsys.readouterr().err.count("\n") == 3


def swept(tmp_path, seeds):
    (tmp_path / "a.toml").write_text(
        f'out = "out"\nformats = ["png"]\nonly = ["dots"]\nworkers = 1\n[figures.dots]\nseed = {seeds}\n'
    )
    return ["render", tmp_path / "a.toml"]


def files(tmp_path):
    return {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_prune_removes_what_the_last_manifest_lists_of_variants_that_are_gone(stubs, tmp_path, capsys):
    assert call(*swept(tmp_path, [1, 2])) == 0
    listed = set(json.loads((tmp_path / "out" / "manifest.json").read_text())["files"])
    (tmp_path / "out" / "lecture" / "dots-seed-2-mine.txt").write_text("mine")
    changed = "lecture/dots-seed-2.png"
    (tmp_path / "out" / changed).write_text("retouched")
    gone = {file for file in listed if "seed-2" in file} - {changed}
    before = files(tmp_path)
    capsys.readouterr()
    assert call(*swept(tmp_path, [1]), "--dry-run") == 0
    assert (
        f"dots-seed-2: no longer in the recipe, --prune would remove {len(gone) + 1} files" in capsys.readouterr().out
    )
    assert call(*swept(tmp_path, [1]), "--dry-run", "--prune", "--verbose") == 0
    out = capsys.readouterr().out
    assert f"dots-seed-2: to remove {len(gone) + 1} files\n" in out
    assert all(f"  {file}\n" in out for file in gone)
    assert files(tmp_path) == before
    assert call(*swept(tmp_path, [1]), "--prune") == 0
    out, err = capsys.readouterr()
    assert "1 unchanged, 1 removed in" in out
    assert err == f"xorscape: {changed} of dots-seed-2 is kept: it has changed since it was rendered\n"
    assert before - files(tmp_path) == gone
    assert call("verify", tmp_path / "out", "--quick") == 0


KEPT = [
    ["--format", "svg", "--prune"],  # figures in other formats are not gone
    ["--size", "full", "--prune"],
    ["--style", "ddasp", "--prune"],
    [],
]


@pytest.mark.parametrize("options", KEPT, ids=" ".join)
def test_nothing_else_is_removed(stubs, tmp_path, options):
    assert call(*swept(tmp_path, [1, 2])) == 0
    before = files(tmp_path)
    assert "lecture/dots-seed-2.png" in before
    assert call(*swept(tmp_path, [1, 2]), *options) == 0
    assert before <= files(tmp_path)


def test_prune_goes_by_the_whole_recipe(stubs, tmp_path, capsys):
    assert call("render", "--only", "dots", "--prune", "--out", tmp_path) == 2
    assert capsys.readouterr().err == ("xorscape: --prune goes by the whole recipe; leave out --only or --prune\n")


def test_check_estimates_time_and_disk(capsys):
    assert call("check", "--only", "network") == 0
    *_, told, counts = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"about \d+ s and \d MB of disk space, if nothing is up to date", told)
    assert counts.startswith("1 variant, ")


def test_every_figure_has_an_estimate_that_grows_with_its_work():
    assert set(lecture.NAMES) <= estimates.COSTS.keys()
    table = {"only": ["remedies"], "workers": 1}
    one = estimates.estimate(recipe(table))
    more = estimates.estimate(recipe({**table, "figures": {"remedies": {"starts": [80_000, 160_000]}}}))
    assert more.seconds > 10 * one.seconds
    with_page = estimates.estimate(recipe({**table, "page": True}))
    assert with_page.seconds > one.seconds
    assert with_page.megabytes > one.megabytes
    assert more.megabytes == pytest.approx(2 * one.megabytes)


def test_kernels_that_are_compiled_are_announced_once(capsys):
    log = logging.getLogger("landscape.kernels")
    with console.progress_bar():
        log.info("compiling kernels")
        log.info("compiling kernels")
    with console.progress_bar(quiet=True):
        log.info("compiling kernels")
    assert capsys.readouterr().err == "xorscape: compiling kernels\n"
