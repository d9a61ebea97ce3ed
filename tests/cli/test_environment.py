"""Commands on a machine that lacks something: one line that says what, or the same results as elsewhere."""

import contextlib
import errno
import importlib
import io
import logging
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from places import ROOT
from stub_command import call
from stub_runs import contents, render

from figures.cli.process import discard_unwritten
from figures.render import jobs, worker_processes
from landscape import kernels
from landscape.base.atomic_files import error_text

resource = pytest.importorskip("resource")
FULL = "the disk is full; free some space, or use a folder on another disk (for temporary files: TMPDIR)"
LIMITS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: "your disk quota is used up; delete files, or use a folder on another disk",
    errno.EFBIG: "the file is larger than allowed here; raise the limit (ulimit -f), or use a folder on another disk",
    errno.EMFILE: "too many open files in one process; raise the limit (ulimit -n)",
}
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


@contextlib.contextmanager
def limited(which, value):
    """Lower a limit of this process; it is back before pytest writes to its own output, which may be a file."""
    before = resource.getrlimit(which)
    resource.setrlimit(which, (value, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(which, before)


@needs_full
@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "--version",
        "list",
        "check",
        "schema",
        "init {}/a.toml",
        "describe",
        "describe --json",
        "render --help",
        "render --dry-run --out {}/o --only relief",
    ],
)
def test_standard_output_on_a_full_disk_is_named(command, tmp_path, monkeypatch, capsys):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert call(*command.format(tmp_path).split()) == 2
        discard_unwritten()
    assert capsys.readouterr().err == f"xorscape: standard output: {FULL}\n"


@pytest.mark.parametrize("command", ["list", "check", "schema", "describe", "describe --json", "--help", "--version"])
def test_output_closed_by_its_reader_ends_the_command_quietly(command, monkeypatch, capsys):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert call(*command.split()) == 141
        monkeypatch.setattr(sys, "stdout", closed)  # typer has replaced it
        discard_unwritten()
    assert capsys.readouterr().err == ""


NO_MEMORY = "too little memory; close other programs, or raise the limit (ulimit -v)"


def test_an_error_about_memory_without_a_text_says_what_to_do():
    assert error_text(MemoryError()) == NO_MEMORY
    assert error_text(MemoryError("no room for 9 MB")) == "no room for 9 MB"
    assert jobs.failure(MemoryError()).line == f"MemoryError: {NO_MEMORY}"


@pytest.mark.parametrize(
    "error", [MemoryError("no room for 9 MB"), ImportError("no room for libllvmlite.so"), MemoryError()]
)
def test_too_little_memory_is_one_line(error, monkeypatch, capsys):
    import landscape

    def describe(*_):
        raise error

    monkeypatch.setattr(landscape, "describe", describe)
    assert call("describe") == 2
    assert capsys.readouterr().err == f"xorscape: {type(error).__name__}: {str(error) or NO_MEMORY}\n"


@pytest.mark.parametrize("size", [0, 100, 1000])
def test_a_limit_on_the_size_of_files_is_named(size, tmp_path, capsys):
    with limited(resource.RLIMIT_FSIZE, size):
        code = call("init", tmp_path / "a.toml")
    said = capsys.readouterr().err
    assert (code, said) == (2, f"xorscape: cannot write {tmp_path / 'a.toml'}: {LIMITS[errno.EFBIG]}\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", LIMITS)
@pytest.mark.parametrize("file", ["wave.png", "wave.alt.txt", "lecture.tex"])
def test_a_limit_stops_a_render_and_the_next_one_completes_it(number, file, stubs, tmp_path, monkeypatch):
    def fail(path, data):
        if path.name.startswith(f".{file}."):
            raise OSError(number, os.strerror(number))
        return write(path, data)

    arguments = ("render", "--only", "wave", "--format", "png", "--deck", "tex", "--workers", "1", "--out", tmp_path)
    said = io.StringIO()
    with monkeypatch.context() as patch:
        write = Path.write_bytes
        patch.setattr(Path, "write_bytes", fail)
        patch.setattr(Path, "write_text", lambda path, text, **_: fail(path, text.encode()))
        patch.setattr(sys, "stderr", said)
        assert call(*arguments) == 2
    assert said.getvalue() == f"xorscape: cannot write {tmp_path / 'lecture' / file}: {LIMITS[number]}\n"
    assert not list(tmp_path.rglob("*.partial"))
    assert call(*arguments) == 0
    assert (tmp_path / "lecture" / file).is_file()


START = {
    "the fork server has ended": (EOFError(), "too little memory, or too few processes or files"),
    "no process": (
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
        "Resource temporarily unavailable",
    ),
    "no file": (OSError(errno.EMFILE, "Too many open files"), LIMITS[errno.EMFILE]),
    "no folder": (
        FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
        "no folder for temporary files can be written to; set TMPDIR to one",
    ),
    "a long path": (
        OSError("AF_UNIX path too long"),
        "the path of the folder for temporary files is too long; set TMPDIR to a shorter one",
    ),
}


@pytest.mark.parametrize("case", START)
def test_workers_that_cannot_start_are_one_line(case, stubs, tmp_path, monkeypatch, capsys):
    error, reason = START[case]

    def start(threads):
        raise error

    monkeypatch.setattr(worker_processes, "_started", start)
    assert call("render", "--only", "wave", "--workers", "2", "--out", tmp_path) == 2
    assert capsys.readouterr().err == f"xorscape: worker processes cannot be started; try --workers 1: {reason}\n"


def test_too_few_files_for_workers_is_one_line(stubs, tmp_path, monkeypatch, capsys):
    started = worker_processes._started

    def start(threads):
        os.close(lowest := os.dup(0))
        with limited(resource.RLIMIT_NOFILE, lowest):
            return started(threads)

    monkeypatch.setattr(worker_processes, "_started", start)
    assert call("render", "--only", "wave", "--workers", "2", "--out", tmp_path) == 2
    said = capsys.readouterr().err
    assert said == f"xorscape: worker processes cannot be started; try --workers 1: {LIMITS[errno.EMFILE]}\n"


@pytest.mark.parametrize("arguments", [("render", "--out", "out"), ("verify", "out"), ("page",)])
@pytest.mark.parametrize("variable", [None, "MATPLOTLIBRC", "MPLCONFIGDIR"])
def test_settings_of_matplotlib_that_would_hang_are_refused(tmp_path, monkeypatch, capsys, arguments, variable):
    os.mkfifo(tmp_path / "matplotlibrc")
    monkeypatch.chdir(tmp_path if variable is None else tmp_path.parent)
    if variable is not None:
        monkeypatch.setenv(variable, str(tmp_path))
    assert call(*arguments) == 2
    place = "matplotlibrc" if variable is None else str(tmp_path / "matplotlibrc")
    says = f"{place} is a FIFO, and matplotlib would read it as its settings; move it away"
    assert capsys.readouterr().err == f"xorscape: {says}\n"


def test_a_limit_is_not_a_failure_of_one_figure():
    assert str(jobs._failure_or_limit(OSError(errno.EDQUOT, "Quota", "a.png"))) == f"a.png: {LIMITS[errno.EDQUOT]}"


def test_verify_without_a_folder_for_temporary_files(stubs, tmp_path, monkeypatch, capsys):
    render(tmp_path, formats=["png"], only=["wave"])
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    assert call("verify", tmp_path) == 2
    said = capsys.readouterr().err
    assert said == "xorscape: no folder for temporary files can be written to; set TMPDIR to one\n"


def test_complaints_of_matplotlib_about_settings_are_dropped_and_others_are_not(caplog):
    import figures.style.user_settings  # noqa: F401

    logging.getLogger("matplotlib").warning("Bad key")
    logging.getLogger("matplotlib.font_manager").warning("font not found")
    logging.getLogger("matplotlib").error("broken")
    assert caplog.messages == ["font not found", "broken"]


RUN = "import stub_lecture, sys; stub_lecture.install(); from figures.__main__ import run; sys.exit(run())"


def xorscape(*arguments, where, before="", after="", **variables):
    """Run the command in a process of its own, started by a shell; return its exit code, output and errors."""
    line = f'{before} exec "$0" -P -c "$@" {after}'
    command = ["sh", "-c", line, sys.executable, RUN, *map(str, arguments)]
    path = os.pathsep.join([str(ROOT / "tests" / "stubs"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, timeout=900, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("where", ["in the working directory", "named by MATPLOTLIBRC"])
def test_settings_that_matplotlib_cannot_read_are_one_line(where, tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    here, variables = (tmp_path, {}) if where.startswith("in") else (elsewhere, {"MATPLOTLIBRC": str(tmp_path)})
    code, out, err = xorscape("check", where=here, **variables)
    reason = "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    assert (code, out) == (2, "")
    assert err == (
        f"xorscape: matplotlib cannot read its settings, {reason}; save the file matplotlibrc as UTF-8 or remove it\n"
    )


SETTINGS = """
nonsense: 3
lines.linewidth: 9
savefig.dpi: 30
savefig.bbox: tight
savefig.facecolor: red
font.size: 3
path.simplify: False
pdf.compression: 0
svg.fonttype: none
backend: nonsense
"""
ODD = {
    "settings of other programs": {
        **{"MPLBACKEND": "nonsense", "SOURCE_DATE_EPOCH": "nonsense", "TZ": "Nowhere", "COLUMNS": "0", "TERM": "dumb"},
        **{"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"},
    },
    "closed streams": {"after": "<&- >&- 2>&-", "FORCE_COLOR": "1", "COLUMNS": "99999", "PYTHONWARNINGS": "error"},
    "few open files": {"before": "ulimit -n 24;", "OMP_NUM_THREADS": "1", "SOURCE_DATE_EPOCH": "99"},
}


@pytest.mark.slow
@pytest.mark.parametrize(("case", "workers"), [*((case, 2) for case in ODD), ("settings of other programs", 1)])
def test_the_same_bytes_however_the_command_is_started(case, workers, stubs, tmp_path):
    odd, even = tmp_path / "ö", tmp_path / "even"
    odd.mkdir()
    (odd / "matplotlibrc").write_text(SETTINGS)
    formats = ("--format", "pdf,svg,png", "--only", "dots")
    code, _, err = xorscape("render", *formats, "--workers", workers, "--out", odd / "ü", where=odd, **ODD[case])
    assert (code, err) == (0, "")
    render(even, formats=["pdf", "svg", "png"], only=["dots"], decks=[])
    assert contents(odd / "ü" / "lecture") == contents(even / "lecture")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_picture_that_is_too_large_stops_the_render(workers, tmp_path):
    before = "ulimit -f 32;"  # the data have 11 kB
    arguments = ("render", "--only", "dots", "--format", "png", "--workers", workers, "--out", "out")
    code, _, err = xorscape(*arguments, where=tmp_path, before=before)
    assert code == 2
    assert err in {
        f"xorscape: cannot write out/lecture/{name}: {LIMITS[errno.EFBIG]}\n" for name in ("dots.png", "dots-half.png")
    }


@pytest.mark.slow
@needs_full
@pytest.mark.parametrize("full", ["> /dev/full", "2> /dev/full", "> /dev/full 2>&1"])
def test_the_exit_code_stays_when_messages_cannot_be_written(full, tmp_path):
    command = "list" if full.startswith(">") else "nonsense"
    code, out, err = xorscape(command, where=tmp_path, after=full, PYTHONUNBUFFERED="")
    assert (code, out) == (2, "")
    assert err in {"", f"xorscape: standard output: {FULL}\n"}


@pytest.mark.slow
def test_kernels_that_are_not_to_be_compiled_are_one_line(tmp_path):
    code, out, err = xorscape("describe", where=tmp_path, NUMBA_DISABLE_JIT="1")
    assert (code, out) == (2, "")
    assert err == (
        "xorscape: ImportError: the kernels of landscape run only if they are compiled; unset NUMBA_DISABLE_JIT\n"
    )


@pytest.mark.parametrize("value", ["x", "0", "-3", "", "1.5", "1e3"])
def test_a_wrong_number_of_threads_is_one_line(value, monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", value)
    said = f"NUMBA_NUM_THREADS must be a whole number from 1; got {value!r}, correct or unset it"
    with pytest.raises(ImportError, match=f"^{re.escape(said)}$"):
        importlib.reload(kernels)
    monkeypatch.setenv("NUMBA_NUM_THREADS", " 2 ")
    importlib.reload(kernels)
