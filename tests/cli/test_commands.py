"""The command: what it prints, what it loads, and one clear line for everything that can go wrong."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from places import ROOT

from figures.cli import main
from figures.output.saving import FORMATS
from figures.style.style_sheets import SIZES, STYLES

pytestmark = pytest.mark.slow

HEAVY = ("tensorflow", "keras", "numba", "matplotlib", "scipy", "numpy")


def call(*arguments):
    return main.main([str(a) for a in arguments])


def fresh(code, *arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        **options,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments", [("--help",), ("-h",), ("--version",), ("render", "-h"), ("init", "-h"), ("list",), ()]
)
def test_help_loads_nothing_heavy(arguments):
    code = "import sys; from figures.cli.main import main; code = main(); "
    code += f"print(sorted({{*{HEAVY}}} & {{*sys.modules}}), code)"
    done = fresh(code, *arguments)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_the_packages_load_nothing_heavy():
    code = f"import landscape, figures, sys; print(sorted({{*{HEAVY}}} - {{'numpy'}} & {{*sys.modules}}))"
    assert fresh(code).stdout == "[]\n"


def test_help_loads_only_what_it_takes_to_answer():
    call = [sys.executable, "-X", "importtime", "-m", "figures", "--help"]
    told = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.stderr.splitlines()}
    assert {"figures", "typer"} <= loaded
    assert not loaded & {"numpy", "scipy", "numba", "matplotlib", "pydantic", "h5netcdf", "keras", "tensorflow"}


def test_version_and_list(stubs, capsys):
    import landscape

    assert call("--version") == 0
    assert capsys.readouterr().out == f"xorscape {landscape.__version__}\n"
    assert call("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "dots          full, half  Where are the dots?",
        "wave          full        How high is the wave?",
        "tall          half        How tall is it?",
    ]


def test_no_summary_of_a_command_is_cut(capsys):
    assert call("-h") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_help_names_every_choice(capsys):
    assert call("render", "--help") == 0
    words = capsys.readouterr().out.replace(",", " ").split()
    assert {*STYLES, *FORMATS, *SIZES, "all"} <= set(words)


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
        "dots          2 variants, 22 files\n"
        "decks         tex, html, 2 files\n"
        f"2 variants, 24 files in {tmp_path / 'out'}/\n"
    )
    assert call("render", base, mine, "--only", "dots-seed-2") == 0
    assert (tmp_path / "out" / "lecture" / "dots-seed-2.caption.txt").read_text().startswith("4 dots")
    assert not list((tmp_path / "out" / "lecture").glob("dots-seed-1*"))
    mine.write_text("[figures.dots]\nseed = [-1, 2]\n")
    assert call("check", base, mine) == 2
    assert capsys.readouterr().err == f"xorscape: {mine}: figures.dots.seed[0]: must be at least 0; got -1\n"


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
    variants = sum(not line.startswith("decks") for line in plans)
    s = "s" * (variants != 1)
    assert last == f"{variants} variant{s}, {files} files in {tmp_path / 'out'}/"


@pytest.mark.parametrize("command", ["check", "render"])
def test_check_and_render_refuse_the_same_options_in_the_same_words(stubs, capsys, command):
    told = ["--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"]
    told += ["--format: no format 'eps'; choose from pdf, svg, png, gif, mp4"]
    assert call(command, "--only", "dot", "--format", "eps") == 2
    assert sorted(capsys.readouterr().err.splitlines()) == sorted(f"xorscape: {line}" for line in told)


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(stubs, tmp_path, capsys):
    arguments = ["render", "--out", tmp_path / "out", "--format", "png", "--size", "half", "--workers", 1]
    assert call(*arguments, "--dry-run") == 0
    assert not (tmp_path / "out").exists()
    assert capsys.readouterr().out.splitlines() == [
        "dots: to compute and draw, 6 files",
        "tall: to compute and draw, 6 files",
        "decks: to write, 2 files",
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
    summary = ["dots: 300 variants to compute and draw, 3300 files", "tall: to compute and draw, 6 files"]
    last = ["decks: to write, 2 files", "301 to compute and draw; nothing written to out/"]
    assert call("render", "a.toml", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines() == [*summary, *last]
    assert call("render", "a.toml", "--dry-run", "--verbose") == 0
    each = [f"dots-seed-{seed}: to compute and draw, 11 files" for seed in range(300)]
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


def test_init_writes_a_recipe_that_check_accepts(stubs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("init") == 0
    assert capsys.readouterr().out == "wrote lecture.toml; change what you like, then: xorscape render lecture.toml\n"
    text = (tmp_path / "lecture.toml").read_text()
    assert "#:schema" not in text
    assert call("check", "lecture.toml") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "decks         tex, html, 2 files",
        "3 variants, 34 files in out/",
    ]
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
    told = "xorscape: --deck: 'html' shows svg or png, and none of them is made; add a format or leave out the deck\n"
    assert capsys.readouterr().err == told


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


def test_describe_tells_of_the_point_that_is_asked_for(capsys):
    import landscape as ls
    from landscape import xor

    dead = "-1,-1,-1,-1,-0.5,-0.25,3,-5,0.5"
    for arguments, theta in (
        ((), xor.TEXTBOOK),
        (("--textbook",), xor.TEXTBOOK),
        (("--offset", "1e-5"), xor.offset_start(1e-5)),
        (("--theta", dead), [float(x) for x in dead.split(",")]),
        (("--theta", dead.replace(",", " ")), [float(x) for x in dead.split(",")]),
    ):
        assert call("describe", *arguments) == 0
        assert capsys.readouterr().out == f"{ls.describe(xor.network(), theta)}\n"


def test_describe_as_json(capsys):
    assert call("describe", "--theta", "-1,-1,-1,-1,-0.5,-0.25,3,-5,0.5", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["level"], told["is_trapped"], told["loss"]) == ("1/4", True, 0.25)
    assert told["outputs"] == [0.5] * 4
    assert told["kinks"] == []


def test_describe_says_why_it_takes_long(capsys, monkeypatch):
    import landscape as ls

    describe = ls.describe
    monkeypatch.setattr(main, "PATIENCE", 0.01)
    monkeypatch.setattr(ls, "describe", lambda *point: time.sleep(0.3) or describe(*point))
    assert call("describe") == 0
    assert "compiled on first use" in capsys.readouterr().err


def test_describe_loads_neither_tensorflow_nor_matplotlib():
    code = (
        "import sys; from figures.cli.main import main; main(['describe'])\n"
        "print(sorted({'tensorflow', 'matplotlib'} & {*sys.modules}))"
    )
    assert fresh(code).stdout.splitlines()[-1] == "[]"


BAD = [
    (["describe", "--theta", "1,2,x"], "--theta: 'x' is not a number"),
    (["describe", "--theta", "1,2,3"], "theta must have shape (9,); got shape (3,)"),
    (["describe", "--theta", ""], "--theta: must be at least one number; got ''"),
    (["describe", "--theta", "nan,1,1,1,1,1,1,1,1"], "theta must be finite; got nan"),
    (["describe", "--offset", "1,2"], "--offset: must be 1 number; got '1,2'"),
    (["describe", "--offset", "inf"], "offset must be finite; got inf"),
    (["describe", "--offset", "1e200"], "theta must be small enough for a finite loss"),
    (["describe", "--offset", "1", "--textbook"], "one point at a time; choose from --theta, --offset, --textbook"),
    (["describe", "1"], "Got unexpected extra argument(s) (1); try xorscape describe --help"),
    (["rendr"], "no command 'rendr'; did you mean 'render'? choose from render, check, init, schema, verify, list, "),
    (["--bogus"], "No such option: --bogus"),
    (["render", "--bogus"], "; try xorscape render --help"),
    (["render", "--out"], "Option '--out' requires an argument"),
    (["render", "--workers", "many"], "--workers: must be a whole number; got 'many'"),
    (["render", "--workers", "-1"], "--workers: must be at least 1; got -1"),
    (["render", "--workers", "1.5"], "--workers: must be a whole number; got '1.5'"),
    (["render", "--workers", "0"], "--workers: must be at least 1; got 0"),
    (
        ["render", "--style", "lectur"],
        "--style: no style 'lectur'; did you mean 'lecture'? choose from lecture, lecture-dark",
    ),
    (["render", "--format", "pdf,eps"], "--format: no format 'eps'; choose from pdf, svg, png, gif, mp4"),
    (
        ["render", "--only", "dots", "--format", "gif"],
        "--format: dots does not move, it is made as pdf, svg and png; got gif",
    ),
    (["render", "--only", "dot"], "--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"),
    (["render", "--only", "dots", "wav"], "--only: no figure 'wav'; did you mean 'wave'?"),
    (["render", "--only", ","], "--only: must name at least one, several with commas between them; got ','"),
    (["render", "--format", "PDF"], "--format: no format 'PDF'; did you mean 'pdf'? choose from"),
    (["render", "--deck", "none,tex"], "--deck: 'none' must be the only kind; leave out the others or 'none'"),
    (["dots"], "no command 'dots'; for the figure: xorscape render --only dots"),
    (
        ["chekc", "a.toml"],
        "no command 'chekc'; did you mean 'check'? choose from render, check, init, schema, verify, ",
    ),
    (["describe", "--theta", "1", "-1", "0"], "No such option: -1; numbers go in quotes, with commas between them"),
    (["describe", "1,1"], "Got unexpected extra argument(s) (1,1); try xorscape describe --help"),
    (["describe", "--theta", "[1, 2]"], "theta must have shape (9,); got shape (2,)"),
    (["render", "--only", "dots wav"], "--only: no figure 'wav'; did you mean 'wave'?"),
    (["check", "new.toml"], "check its name and folder, or write one: xorscape init new.toml"),
    (["render", "--format", ""], "--format: must name at least one, several with commas between them; got ''"),
    (["render", "--size", "big"], "--size: no size 'big'; choose from half, full"),
    (["render", "--only", "wave", "--size", "half"], "--size: wave is made for full; got half"),
    (["render", "NONE.TOML"], "NONE.TOML cannot be read: No such file or directory; check its name and folder"),
    (["render", "dots"], "'dots' is not a recipe (a .toml file); for single figures use --only NAME"),
    (["check", "none.toml"], "none.toml cannot be read: No such file or directory"),
    (["check", "key.toml"], "key.toml: figures.dots.sead: unknown key; did you mean 'seed'?"),
    (["check", "dots"], "'dots' is not a recipe (a .toml file)"),
    (["init", "none/a.toml"], "folder none does not exist; create it or choose another"),
    (["init", "--only", "dot"], "--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"),
    (["init", "my.txt"], "a recipe's name must end in .toml; got 'my.txt'"),
    (["init", "key.toml"], "key.toml exists; choose another name, or --force to replace it"),
    (["render", "--only", "dots-seed-1"], "--only: no variant 'dots-seed-1'; did you mean 'dots'? choose from dots"),
    (["render", "none.toml"], "none.toml cannot be read: No such file or directory; check its name and folder"),
    (["render", "broken.toml"], "broken.toml is not valid TOML: Invalid value (at line 1, column 5)"),
    (["render", "key.toml"], "key.toml: figures.dots.sead: unknown key; did you mean 'seed'?"),
    (["render", "--out", "broken.toml"], "cannot write to folder broken.toml: Not a directory; choose another --out"),
    (["render", "--out", "broken.toml/out"], "cannot write to folder broken.toml/out: Not a directory"),
    (["render", "--out", "/proc/out"], "cannot write to folder /proc/out: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "says"), BAD, ids=[" ".join(a) for a, _ in BAD])
def test_bad_input_is_one_clear_line_and_exit_code_2(stubs, tmp_path, monkeypatch, capsys, arguments, says):  # noqa: PLR0917
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("a = = 1")
    (tmp_path / "key.toml").write_text("[figures.dots]\nsead = 1\n")
    before = sorted(tmp_path.rglob("*"))
    assert call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("xorscape: ")
    assert says in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_every_fault_of_a_recipe_has_its_line(stubs, tmp_path, capsys):
    (tmp_path / "a.toml").write_text('out = 3\nstyles = ["x"]\n[figures.dots]\nseed = -1\n')
    assert call("render", tmp_path / "a.toml") == 2
    assert [line.split(":")[1:3] for line in capsys.readouterr().err.splitlines()] == [
        [f" {tmp_path / 'a.toml'}", " out"],
        [f" {tmp_path / 'a.toml'}", " styles"],
        [f" {tmp_path / 'a.toml'}", " figures.dots.seed"],
    ]


COMMAND = (
    "import stub_lecture, sys; stub_lecture.install(); from figures.cli.main import main; sys.exit(main(sys.argv[1:]))"
)


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


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_stops_with_130_and_leaves_whole_files(stub_environment, tmp_path, workers):
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # tests may run deaf to it
    command = [
        sys.executable,
        "-c",
        listen + COMMAND,
        "render",
        "--style",
        "all",
        "--workers",
        workers,
        "--out",
        tmp_path,
    ]
    process = subprocess.Popen(command, env=stub_environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("*/*.pdf")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.splitlines() == ["xorscape: stopped; to continue a render, run it again without --force"]
    assert not list(tmp_path.rglob("*.partial"))
