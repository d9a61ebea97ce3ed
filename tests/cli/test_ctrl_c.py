"""Ctrl-C ends the command in one line, whenever it comes; here it comes at a moment that each test chooses."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from places import ROOT

from figures.render import worker_processes

SAID = "xorscape: stopped\n"
LISTEN = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # tests may run deaf to it
RUN = f"{LISTEN}from figures.__main__ import run\nsys.argv[1:] = ['list']\nsys.exit(run())\n"
MOMENTS = {
    "while an import is at work": "import signal; signal.raise_signal(signal.SIGINT)",
    "in a callback, as one that ends an import": """
import signal, time, weakref
class Lock: pass
lock = Lock()
seen = weakref.ref(lock, lambda _: signal.raise_signal(signal.SIGINT))
del lock
time.sleep(3600)
""",
    "where it is caught, such as by a bare except": """
import signal, time
try: signal.raise_signal(signal.SIGINT)
except: pass
time.sleep(3600)
""",
    "where it becomes another error": """
import signal
try: signal.raise_signal(signal.SIGINT)
except BaseException: raise ValueError("no such luck")
""",
    "in a method that is code made from text": "exec('import signal; signal.raise_signal(signal.SIGINT)')",
}


def ended(folder, code, **modules):
    """Run code in a process of its own, with modules of ours before all others; return what became of it."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_is_one_line_and_130_while_the_command_begins(tmp_path, moment):
    assert ended(tmp_path, RUN, typer=MOMENTS[moment]) == (130, "", SAID)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["render", "describe", "atlas", "export", "verify"])
def test_only_a_render_can_be_continued(tmp_path, command):
    way_on = "; to continue, run it again without --force" if command == "render" else ""
    code = RUN.replace("'list'", repr(command))
    said = ended(tmp_path, code, typer=MOMENTS["while an import is at work"])
    assert said == (130, "", f"xorscape: stopped{way_on}\n")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("moment", [*MOMENTS][::2])
def test_other_signals_end_the_command_likewise(tmp_path, name, code, moment):
    heard = f"import signal; signal.signal(signal.{name}, signal.SIG_DFL)\n{RUN}"  # even if the tests run under nohup
    assert ended(tmp_path, heard, typer=MOMENTS[moment].replace("SIGINT", name)) == (code, "", SAID)


def test_after_nohup_the_end_of_a_session_is_ignored(tmp_path):
    nohup = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{RUN}"
    code, _, err = ended(
        tmp_path, nohup, typer="import signal; signal.raise_signal(signal.SIGHUP)\nraise SystemExit(7)"
    )
    assert (code, err) == (7, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("errors", ["None", "open('/dev/full', 'w')"])
def test_without_standard_error_the_exit_code_is_the_same(tmp_path, errors):
    lost = f"import sys; sys.stderr = {errors}\n{RUN}"
    assert ended(tmp_path, lost, typer=MOMENTS["while an import is at work"])[0] == 130


def test_ctrl_c_after_the_end_changes_nothing(tmp_path):
    late = "import atexit, signal; atexit.register(signal.raise_signal, signal.SIGINT)\n"
    code, out, err = ended(tmp_path, late + RUN)
    assert (code, err) == (0, "")
    assert "What does the textbook solution compute?" in out


def test_a_process_that_is_deaf_to_ctrl_c_stays_so(tmp_path):
    deaf = RUN.replace("default_int_handler", "SIG_IGN")
    code, _, err = ended(tmp_path, deaf, typer=f"{MOMENTS['while an import is at work']}\nraise SystemExit(7)")
    assert (code, err) == (7, "")


def test_what_else_python_drops_is_told_as_ever(tmp_path):
    drop = "class A:\n    def __del__(self): raise OSError('lost')\nA()\n"
    code, _, err = ended(tmp_path, RUN, typer=f"{drop}raise SystemExit(0)")
    assert code == 0
    assert err.startswith("Exception ignored in:")
    assert err.endswith("OSError: lost\n")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_stops_with_130_and_leaves_whole_files(stub_environment, tmp_path, workers):
    code = f"{LISTEN}import stub_lecture; stub_lecture.install()\nfrom figures.__main__ import run\nsys.exit(run())\n"
    command = [sys.executable, "-c", code, "render", "--style", "all", "--workers", workers, "--out", tmp_path]
    process = subprocess.Popen(command, env=stub_environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 900
    while not list(tmp_path.glob("*/*.pdf")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=900)
    assert process.returncode == 130
    assert err == "xorscape: stopped; to continue, run it again without --force\n"
    assert not list(tmp_path.rglob("*.partial"))


POOL = f"""{LISTEN}import multiprocessing, os, time
from figures.cli.ctrl_c import stoppable
from figures.render.worker_processes import worker_pool
sys.argv = ["xorscape", "surface", "--checkpoint", "parts"]
def command():
    with worker_pool(2) as pool:
        running = [pool.submit(time.sleep, 3600) for _ in range(8)]
        os.kill(os.getpid() if ALONE else 0, signal.SIGINT)
        running[0].result()
if __name__ == "__main__":
    code = stoppable(command)
    sys.exit(1 if multiprocessing.active_children() else code)
"""


@pytest.mark.slow
@pytest.mark.parametrize("alone", [True, False], ids=["main process", "all processes"])
def test_ctrl_c_ends_a_pool_of_workers_at_once(tmp_path, alone):
    (tmp_path / "main.py").write_text(POOL.replace("ALONE", str(alone)))
    (tmp_path / "random.py").write_text("raise ImportError('of the working directory')")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-P", "main.py"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _, err = process.communicate(timeout=900)
    assert (process.returncode, err) == (
        130,
        "xorscape: stopped; to continue, run it again with the same --checkpoint\n",
    )


def test_one_worker_is_this_process():
    with worker_processes.worker_pool(1) as pool:
        assert pool is None


def test_ctrl_c_is_held_back_and_not_lost_while_workers_begin():
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(1))
    try:
        with worker_processes._ctrl_c_blocked():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            assert came == []
        assert came == [1]
    finally:
        signal.signal(signal.SIGINT, before)
