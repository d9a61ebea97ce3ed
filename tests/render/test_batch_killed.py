"""A render that is killed, at any moment, leaves whole files, and the next one completes them."""

import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import time

import pytest
from stub_runs import COMMAND, EVERY, contents, finished, render, statuses

from figures.render import cache, worker_processes

pytestmark = pytest.mark.slow


def test_two_renders_do_not_share_a_folder(stubs, tmp_path):
    with cache.locked(tmp_path), pytest.raises(BlockingIOError, match="in use by another render"):
        render(tmp_path)
    assert set(statuses(render(tmp_path, formats=["png"])).values()) == {"drawn"}


def test_what_a_killed_render_left_is_cleared_away(stubs, tmp_path):
    (tmp_path / "lecture").mkdir()
    left = ["lecture/.dots.pdf.00ff.partial", "data/.dots.nc.00ff.partial", ".manifest.json.00ff.partial"]
    (tmp_path / "data").mkdir()
    for file in left:
        (tmp_path / file).write_bytes(b"half")
    (tmp_path / "lecture" / "mine.partial").write_bytes(b"not ours")
    render(tmp_path, only=["dots"], formats=["png"])
    assert not [file for file in left if (tmp_path / file).exists()]
    assert (tmp_path / "lecture" / "mine.partial").exists()


@pytest.mark.heavy
@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_killed_render_is_completed_by_the_next_one(stubs, stub_environment, tmp_path, n_workers):
    whole = tmp_path / "whole"
    render(whole, **EVERY)
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "render",
        "--out",
        str(out),
        "--style",
        "all",
        "--workers",
        str(n_workers),
    ]
    rng, expected = random.Random(n_workers), contents(whole)
    for _ in range(4):
        enough = len(finished(out)) + rng.randint(1, 9)
        process = subprocess.Popen(command, env=stub_environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(finished(out)) < enough and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.05))
        assert process.poll() is None, "it was done before it could be killed"
        process.kill()
        process.wait()
        for name, data in finished(out).items():
            assert name.endswith(".json") or data == expected[name], f"{name} is half-written"
    subprocess.run(command, env=stub_environment, check=True, stdout=subprocess.DEVNULL)
    assert contents(out) == contents(whole)


def killed(process, out, enough, pause):
    """Kill a render a while after the folder holds that many files; tell whether it was still at work."""
    while len(finished(out)) < enough and process.exitcode is None:
        time.sleep(0.002)
    time.sleep(pause)
    at_work = process.exitcode is None
    process.kill()
    process.join()
    return at_work


@pytest.mark.heavy
def test_a_batch_of_variants_is_killed_twenty_times_and_comes_out_the_same(stubs, work, tmp_path):
    """At every moment all files are whole; the last run completes them, the manifest and the numbers included."""
    context = multiprocessing.get_context("forkserver")  # for a start without the imports
    context.set_forkserver_preload(worker_processes.PRELOADED)
    keys = {"formats": ["png"], "only": ["dots"], "figures": {"dots": {"seed": list(range(16))}}}
    file, whole, out = tmp_path / "a.toml", tmp_path / "whole", tmp_path / "out"
    file.write_text(f"formats = ['png']\nonly = ['dots']\nfigures.dots.seed = {list(range(16))}\n")
    render(whole, **keys)
    rng, expected = random.Random(20), contents(whole)
    kills = 0
    for turn in range(40):
        command = ["render", str(file), "--out", str(out), "--workers", "1" if turn % 4 else "2"]
        process = context.Process(target=work.call, args=(command,))
        process.start()
        # Some are killed before they have begun to write, and most after a few more files.
        more = rng.choice([0, *range(1, 12)])
        at_work = killed(process, out, len(finished(out)) + more, rng.uniform(0.0, 0.2))
        if not at_work or "manifest.json" in finished(out):  # which is written last
            assert contents(out) == expected
            shutil.rmtree(out)  # it was done: on a quick machine there are too few variants for all kills
            continue
        kills += 1
        for name, data in finished(out).items():
            is_record = name.startswith("data/") and name.endswith(".json") and ".numbers." not in name
            if is_record:
                json.loads(data)
            else:
                assert data == expected[name], f"{name} is half-written or of another recipe"
        if kills == 20:
            break
    assert kills == 20
    assert render(out, **keys)
    assert contents(out) == expected
