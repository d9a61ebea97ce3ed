"""Workers take jobs as they come, end with the program, and hold no memory of those that are done."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import ROOT

from figures.render import worker_processes

pytestmark = pytest.mark.slow


def test_jobs_put_in_the_queue_meanwhile_are_carried_out():
    from collections import deque

    class Count:
        def __init__(self, n):
            self.n = n

        def run(self, report=None):
            return self.n

    queue = deque([Count(2)])
    came = []
    for job, n in worker_processes.run_jobs(queue, 1, lambda job, fraction: None):
        came.append(n)
        queue.extend([Count(job.n - 1)] * job.n)
    assert came == [2, 1, 1, 0, 0]


MEMORY = """
import gc, sys, stub_lecture; stub_lecture.install()
from pathlib import Path
from figures.render import batch; from figures.recipes.validation import recipe
seen = []
def look(done, total, what):
    if what.startswith("computing"):
        gc.collect()
        seen.append(int(Path("/proc/self/statm").read_text().split()[1]))
keys = {"formats": ["png"], "only": ["wave"], "figures": {"wave": {"frequency": list(range(1, 61))}}}
batch.render(recipe({"out": sys.argv[1], "workers": 1, **keys}), look)
print(len(seen), *seen)
"""


@pytest.mark.heavy
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see memory")
def test_memory_does_not_grow_with_the_variants(stub_environment, tmp_path):
    """A figure that is kept holds its canvas, 560 x 320 x 4 bytes at least: 30 of them would be 21 MB."""
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "out")]
    done = subprocess.run(command, env=stub_environment, capture_output=True, text=True, check=True)
    count, *pages = map(int, done.stdout.split())
    assert count == 60
    megabytes = [page * os.sysconf("SC_PAGE_SIZE") / 1e6 for page in pages]
    assert max(megabytes[-10:]) - max(megabytes[20:30]) < 10, megabytes


def running(pid):
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.heavy
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see processes")
def test_workers_end_with_the_program(tmp_path):
    code = (
        "import sys, time; from collections import deque; import test_jobs as t\n"
        "from figures.render import worker_processes\n"
        "for job, came in worker_processes.run_jobs(deque([t.Sleep()] * 2), 2, print): print(came, flush=True)"
    )
    (tmp_path / "test_jobs.py").write_text(
        "import os, pathlib, time\n"
        "class Sleep:\n"
        "    def run(self, report=None):\n"
        f"        pathlib.Path({str(tmp_path)!r}, f'{{os.getpid()}}.pid').touch(); time.sleep(3600)\n"
    )
    root = ROOT
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 900
        while len(pids := [int(p.stem) for p in tmp_path.glob("*.pid")]) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(pids) == 2
        assert all(map(running, pids))
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 900
    while any(map(running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(running, pids))
