"""Batch rendering: the right files, the same bytes, nothing made twice, nothing lost to a failure."""

import contextlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import matplotlib as mpl
import pytest

import landscape as ls
from figures import batch, cache, workers
from figures.recipe import recipe

EVERY = {"styles": ["all"], "formats": ["pdf", "svg", "png", "gif"]}


def render(out, **keys):
    return batch.render(recipe({"out": str(out), "workers": 1, **keys}))


def statuses(outcomes):
    return {o.name: o.status for o in outcomes}


def contents(out):
    """All files below a folder and their bytes."""
    found = {}
    for path in Path(out).rglob("*"):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):  # a file at work may be renamed meanwhile
            found[str(path.relative_to(out))] = path.read_bytes()
    return found


def times(out):
    return {name: (Path(out) / name).stat().st_mtime_ns for name in contents(out)}


def test_every_file_has_its_place(stubs, tmp_path):
    outcomes = render(tmp_path / "out", formats=["png"], styles=["lecture", "ddasp"])
    endings = ("png", "tex", "caption.txt", "alt.txt")
    beside = [f"{stem}.{ending}" for stem in ("dots", "dots-half", "wave", "tall-half") for ending in endings]
    beside += ["dots.nc", "wave.nc", "tall.nc"]
    data = [f"data/{name}{ending}" for name in ("dots", "wave", "tall") for ending in (".json", ".nc")]
    decks = ["data/decks.json", *(f"{s}/lecture.{e}" for s in ("lecture", "ddasp") for e in ("tex", "html"))]
    files = [f"{style}/{file}" for style in ("lecture", "ddasp") for file in beside]
    numbers = [f"data/{stem}.numbers.json" for stem in ("dots", "dots-half", "wave", "tall-half")]
    whole = ["manifest.json", "numbers.json", "data/.lock"]
    assert sorted(contents(tmp_path / "out")) == sorted([*data, *files, *numbers, *decks, *whole])
    made = sorted(tmp_path / "out" / file for file in (*files, *numbers))
    assert sorted(f for o in outcomes for f in o.files) == made
    assert statuses(outcomes) == {"dots": "drawn", "wave": "drawn", "tall": "drawn"}


@pytest.mark.parametrize("formats", [["pdf"], ["png", "svg"], ["svg"], ["gif"], ["svg", "gif"]])
def test_a_snippet_lies_beside_what_it_includes_and_nowhere_else(stubs, tmp_path, formats):
    render(tmp_path, only=["wave"], formats=formats)
    there = {p.suffix for p in (tmp_path / "lecture").glob("wave.*")}
    assert {".txt", ".nc"} < there
    assert (".tex" in there) == bool({".pdf", ".png"} & there)


def test_texts_and_data_beside_a_figure(stubs, tmp_path):
    render(tmp_path, only=["dots"], formats=["pdf"], figures={"dots": {"points": 7, "seed": 3}})
    folder = tmp_path / "lecture"
    assert (folder / "dots.caption.txt").read_text() == "7 dots at 100 % of $\\mathcal{R}$, seed 3.\n"
    assert (folder / "dots.alt.txt").read_text() == "7 dots & nothing else, θ < 1.\n"
    assert r"\xorscapecaption{7 dots at 100 \% of $\mathcal{R}$, seed 3.}" in (folder / "dots.tex").read_text()
    assert r"\includegraphics[width=5.6in]{dots}" in (folder / "dots.tex").read_text()
    assert r"\includegraphics[width=2.7in]{dots-half}" in (folder / "dots-half.tex").read_text()
    assert (folder / "dots.nc").read_bytes() == (tmp_path / "data" / "dots.nc").read_bytes()
    assert ls.load(folder / "dots.nc").points.shape == (7, 2)


@pytest.mark.heavy
def test_bytes_do_not_depend_on_workers_or_on_what_else_is_made(stubs, tmp_path):
    render(tmp_path / "one", **EVERY)
    batch.render(recipe({"out": str(tmp_path / "two"), "workers": 2, **EVERY}))
    for style in ("ddasp", "lecture"):
        for name in ("png", "gif", "svg", "pdf"):
            render(tmp_path / "bits", styles=[style], formats=[name])
    render(tmp_path / "bits", **EVERY)
    one = contents(tmp_path / "one")
    assert len(one) > 60
    assert contents(tmp_path / "two") == one
    assert contents(tmp_path / "bits") == one


def test_an_animation_is_a_job_of_its_own(stubs, tmp_path):
    said = []
    keys = {"out": str(tmp_path), "only": ["wave"], "formats": ["png", "gif"], "workers": 1}
    batch.render(recipe(keys), lambda done, total, what: said.append((done, total, what)))
    assert (0, 3, "computing wave") in said
    assert [what for *_, what in said].count("animating wave") == 1
    before = times(tmp_path)
    (tmp_path / "lecture" / "wave.gif").unlink()
    assert statuses(batch.render(recipe(keys))) == {"wave": "drawn"}
    after = times(tmp_path)
    assert after["lecture/wave.png"] == before["lecture/wave.png"]
    assert after["lecture/wave.gif"] > before["lecture/wave.gif"]


def test_nothing_is_made_twice(stubs, tmp_path, monkeypatch):
    render(tmp_path, formats=["png"])
    before = times(tmp_path)
    monkeypatch.setattr(stubs.find("dots"), "compute", None)
    monkeypatch.setattr(stubs.find("dots"), "draw", None)
    manifest = (tmp_path / "manifest.json").read_bytes()
    assert set(statuses(render(tmp_path, formats=["png"])).values()) == {"unchanged"}
    assert (tmp_path / "manifest.json").read_bytes() == manifest
    after = times(tmp_path)
    assert {k: v for k, v in after.items() if k != "data/.lock"} == {
        k: v for k, v in before.items() if k != "data/.lock"
    }


@pytest.mark.parametrize("damage", ["missing", "changed", "truncated"])
@pytest.mark.parametrize(
    "file",
    [
        "lecture/dots.png",
        "lecture/dots-half.tex",
        "lecture/dots.nc",
        "lecture/dots.alt.txt",
        "data/dots.nc",
        "data/dots.json",
        "data/dots.numbers.json",
        "numbers.json",
        "manifest.json",
    ],
)
def test_what_is_damaged_is_made_again(stubs, tmp_path, file, damage):
    keys = {"only": ["dots"], "formats": ["png"]}
    render(tmp_path, **keys)
    before = contents(tmp_path)
    data = before[file]
    (tmp_path / file).unlink()
    if damage != "missing":
        (tmp_path / file).write_bytes(data[:-3] if damage == "truncated" else data[:-2] + b"??")
    render(tmp_path, **keys)
    assert contents(tmp_path) == before


SWEPT = {"formats": ["png"], "only": ["dots"], "figures": {"dots": {"seed": [0, 1], "points": [3, 4]}}}


def test_variants_are_figures_of_their_own(stubs, tmp_path):
    outcomes = render(tmp_path, **SWEPT)
    names = [f"dots-seed-{seed}-points-{points}" for seed in (0, 1) for points in (3, 4)]
    assert statuses(outcomes) == dict.fromkeys(names, "drawn")
    assert {p.name for p in (tmp_path / "lecture").glob("*.png")} == {
        f"{name}{size}.png" for name in names for size in ("", "-half")
    }
    assert (tmp_path / "lecture" / f"{names[3]}.caption.txt").read_text().startswith("4 dots")
    assert r"{dots-seed-1-points-4-half}" in (tmp_path / "lecture" / f"{names[3]}-half.tex").read_text()
    assert ls.load(tmp_path / "data" / f"{names[2]}.nc").points.shape == (3, 2)


def test_a_variant_is_kept_whatever_else_the_recipe_holds(stubs, tmp_path):
    render(tmp_path, **SWEPT)
    before = contents(tmp_path)
    more = {**SWEPT, "only": ["dots", "wave"], "figures": {"dots": {"points": [4, 5], "seed": [1, 2]}}}
    done = statuses(render(tmp_path, **more))
    assert done.pop("dots-seed-1-points-4") == "unchanged"
    assert set(done.values()) == {"drawn"}
    after = contents(tmp_path)
    kept = {k: v for k, v in before.items() if "dots-seed-" in k}
    assert {k: after[k] for k in kept} == kept
    render(tmp_path / "alone", formats=["png"], only=["dots"], figures={"dots": {"seed": 1, "points": 4}})
    alone = contents(tmp_path / "alone")
    for name, data in alone.items():
        if name.endswith((".png", ".nc")):
            assert before[name.replace("dots", "dots-seed-1-points-4")] == data


def test_force_makes_everything_anew(stubs, tmp_path, monkeypatch):
    render(tmp_path, only=["dots"], formats=["png"])
    before = contents(tmp_path)
    made = []
    for what in ("compute", "draw"):
        own = getattr(stubs.find("dots"), what)
        monkeypatch.setattr(stubs.find("dots"), what, lambda *a, own=own, what=what: made.append(what) or own(*a))
    whole = recipe({"out": str(tmp_path), "workers": 1, "only": ["dots"], "formats": ["png"]})
    assert statuses(batch.render(whole, force=True)) == {"dots": "drawn"}
    assert made == ["compute", "draw", "draw"]
    assert contents(tmp_path) == before


def test_a_plan_tells_what_a_render_would_do_and_writes_nothing(stubs, tmp_path):
    whole = recipe({"out": str(tmp_path / "out"), "workers": 1, "formats": ["png"], "only": ["dots", "wave"]})
    *first, decks = batch.plan(whole)
    assert (decks.name, decks.files) == ("decks", ("lecture/lecture.tex", "lecture/lecture.html"))
    assert not (tmp_path / "out").exists()
    assert [(p.name, p.is_computed) for p in first] == [("dots", True), ("wave", True)]
    outcomes = batch.render(whole)
    assert [sorted(p.files) for p in first] == [
        sorted(str(f.relative_to(tmp_path / "out")) for f in o.files) for o in outcomes
    ]
    (tmp_path / "out" / "lecture" / "dots.png").unlink()
    (tmp_path / "out" / "data" / "wave.nc").unlink()
    before = times(tmp_path)
    dots, wave, _ = batch.plan(whole)
    assert (dots.is_computed, dots.files) == (False, ("lecture/dots.png",))
    assert wave.is_computed
    assert times(tmp_path) == before
    batch.render(whole)
    assert [(p.is_computed, p.files) for p in batch.plan(whole)] == [(False, ())] * 3
    assert [p.is_computed for p in batch.plan(whole, force=True)] == [True, True, False]


def test_the_code_that_results_come_from_is_in_their_key():
    """Follow the names that compute uses within its module: what they are imported from must be in the key."""
    import ast

    root = Path(cache.__file__).parent
    for path in sorted((root / "lecture").glob("[a-z]*.py")):
        body = ast.parse(path.read_text()).body
        froms = [n for n in body if isinstance(n, ast.ImportFrom) and str(n.module).startswith("figures")]
        imported = {a.asname or a.name: str(n.module) for n in froms for a in n.names}
        defined = {}
        for node in body:
            targets = getattr(node, "targets", [getattr(node, "target", node)])
            defined |= {getattr(t, "id", getattr(t, "name", "")): node for t in targets}
        seen, todo = set(), ["compute"]
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                if name in defined:
                    todo += [n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name)]
        used = {imported[name] for name in seen if name in imported and name != "View"}  # that is a pair of numbers
        files = {f"{module.replace('.', '/')}.py" for module in used if not module.startswith("figures.lecture")}
        assert files <= set(cache.COMPUTED_BY), path.name


def test_only_the_figure_whose_settings_change_is_made_again(stubs, tmp_path):
    render(tmp_path, formats=["svg"])
    changed = render(tmp_path, formats=["svg"], figures={"dots": {"points": 6}})
    assert statuses(changed) == {"dots": "drawn", "wave": "unchanged", "tall": "unchanged"}
    assert (tmp_path / "lecture" / "dots.caption.txt").read_text().startswith("6 dots")


@pytest.mark.parametrize("change", ["version", "source"])
def test_another_version_or_another_source_is_another_key(stubs, tmp_path, monkeypatch, change):
    render(tmp_path, only=["wave"], formats=["png"])
    if change == "version":
        monkeypatch.setattr(cache, "versions", lambda *names: dict.fromkeys(names, "99"))
    else:
        monkeypatch.setattr(cache, "source_digest", lambda *folders: "other")
    computed = []
    compute = stubs.find("wave").compute
    monkeypatch.setattr(stubs.find("wave"), "compute", lambda *a: computed.append(1) or compute(*a))
    assert statuses(render(tmp_path, only=["wave"], formats=["png"])) == {"wave": "drawn"}
    assert computed == [1]


def test_source_digest_sees_code_and_styles(tmp_path, monkeypatch):
    package = tmp_path / "some_package"
    (package / "styles").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    seen = [cache.source_digest("some_package")]
    for file in ("a.py", "styles/b.mplstyle"):
        for text in ("1", "2"):
            (package / file).write_text(text)
            seen.append(cache.source_digest("some_package"))
    (package / "a.py").rename(package / "c.py")
    seen.append(cache.source_digest("some_package"))
    assert len(set(seen)) == len(seen)
    (package / "notes.txt").write_text("no code")
    assert cache.source_digest("some_package") == seen[-1]


@pytest.mark.parametrize("where", ["compute", "draw", "caption"])
@pytest.mark.parametrize("how", ["raise", "unpicklable"])
def test_a_failing_figure_does_not_stop_the_others(stubs, tmp_path, monkeypatch, where, how):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", "dots"))
    outcomes = render(tmp_path, formats=["png"], figures={"trouble": {"where": where, "how": how}})
    assert statuses(outcomes) == {"trouble": "failed", "dots": "drawn"}
    says = "ValueError: no such luck" if how == "raise" else "Awkward: two lines"
    assert outcomes[0].errors == (says,)
    report = (tmp_path / "data" / "trouble.error.txt").read_text()
    assert "Traceback" in report
    assert "trouble.py" in report
    mended = render(tmp_path, formats=["png"], figures={"trouble": {"where": "nowhere"}})
    assert statuses(mended) == {"trouble": "drawn", "dots": "unchanged"}
    assert not (tmp_path / "data" / "trouble.error.txt").exists()


def test_a_result_that_cannot_be_kept_is_a_failure_of_its_figure(stubs, tmp_path, monkeypatch):
    monkeypatch.setattr("figures.lecture.NAMES", stubs.ALL)
    outcomes = render(tmp_path, only=["trouble"], figures={"trouble": {"how": "unsavable"}})
    assert "function is of type builtin_function_or_method" in outcomes[0].errors[0]
    assert not (tmp_path / "data" / "trouble.nc").exists()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["compute", "draw"])
def test_a_worker_that_dies_takes_only_its_own_figure_along(stubs, tmp_path, monkeypatch, where):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", *stubs.NAMES))
    keys = {"out": str(tmp_path), "workers": 2, "formats": ["png"]}
    outcomes = batch.render(recipe({**keys, "figures": {"trouble": {"where": where, "how": "die"}}}))
    assert statuses(outcomes) == {"trouble": "failed", "dots": "drawn", "wave": "drawn", "tall": "drawn"}
    assert "the worker process died" in outcomes[0].errors[0]


def test_progress_counts_up_to_the_total(stubs, tmp_path):
    seen = []
    batch.render(recipe({"out": str(tmp_path), "workers": 1, "formats": ["png"]}), lambda *news: seen.append(news))
    done = [d for d, _, _ in seen]
    assert done == sorted(done)
    assert seen[0] == (0, 7, "computing dots")
    assert seen[-1] == (7, 7, "done")
    assert all(total == 7 for _, total, _ in seen)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_a_figure_that_takes_a_while_moves_the_bar(stubs, tmp_path, monkeypatch, count):
    monkeypatch.setattr("figures.lecture.NAMES", stubs.ALL)
    seen = []
    keys = {"out": str(tmp_path), "workers": count, "formats": ["png"], "only": ["trouble"]}
    batch.render(recipe({**keys, "figures": {"trouble": {"how": "dawdle"}}}), lambda *news: seen.append(news))
    told = [(done, what) for done, total, what in seen if "%" in what]
    assert len(told) >= 2
    assert set(told) <= {(share / 100, f"computing trouble, {share} %") for share in (25, 50, 75, 100)}
    assert told == sorted(told)
    assert seen[-1] == (2, 2, "done")


def test_the_callers_matplotlib_is_left_alone(stubs, tmp_path):
    with mpl.rc_context({"lines.linewidth": 7.5, "svg.hashsalt": None}):
        before = {key: mpl.rcParams._get(key) for key in mpl.rcParams}  # reading the backend otherwise chooses one
        render(tmp_path, only=["dots"], formats=["svg"])
        assert {key: mpl.rcParams._get(key) for key in mpl.rcParams} == before
        changed = (tmp_path / "lecture" / "dots.svg").read_bytes()
    render(tmp_path / "again", only=["dots"], formats=["svg"])
    assert (tmp_path / "again" / "lecture" / "dots.svg").read_bytes() == changed


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


@pytest.mark.parametrize("place", ["file", "proc", "style is a file"])
def test_a_folder_that_cannot_be_written_is_one_clear_error_at_once(stubs, tmp_path, place):
    (tmp_path / "file").write_text("")
    out = {"file": tmp_path / "file" / "out", "proc": "/proc/out", "style is a file": tmp_path}[place]
    if place == "style is a file":
        (tmp_path / "lecture").write_text("")
    with pytest.raises(OSError, match=r"cannot write to folder .*; choose another --out"):
        render(out)


def test_records_that_are_no_records_are_ignored(tmp_path):
    for text in ("", "[]", "{}", '{"key": 1, "result": 2, "files": {"a": 3}}', "\x00"):
        (tmp_path / "a.json").write_text(text)
        assert cache.Record.read(tmp_path / "a.json") == cache.Record()
    kept = cache.Record("k", "r", {"b": ("1", "2"), "a": ("3", "4")})
    kept.write(tmp_path / "a.json")
    assert cache.Record.read(tmp_path / "a.json") == kept
    assert list(json.loads((tmp_path / "a.json").read_text())["files"]) == ["a", "b"]


COMMAND = "import stub_lecture, sys; stub_lecture.install(); from figures.cli import main; sys.exit(main(sys.argv[1:]))"


def finished(out):
    """The files of an output folder that are under their final names."""
    return {} if not out.exists() else {k: v for k, v in contents(out).items() if not k.endswith(".partial")}


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
    for _ in range(8):
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
    context.set_forkserver_preload(workers.PRELOADED)
    keys = {"formats": ["png"], "only": ["dots"], "figures": {"dots": {"seed": list(range(16))}}}
    file, whole, out = tmp_path / "a.toml", tmp_path / "whole", tmp_path / "out"
    file.write_text(f"formats = ['png']\nonly = ['dots']\nfigures.dots.seed = {list(range(16))}\n")
    render(whole, **keys)
    rng, expected = random.Random(20), contents(whole)
    for turn in range(20):
        command = ["render", str(file), "--out", str(out), "--workers", "1" if turn % 4 else "2"]
        process = context.Process(target=work.call, args=(command,))
        process.start()
        # Some are killed before they have begun to write, and most after a few more files.
        more = rng.choice([0, *range(1, 12)])
        assert killed(process, out, len(finished(out)) + more, rng.uniform(0.0, 0.2)), turn
        for name, data in finished(out).items():
            is_record = name.startswith("data/") and name.endswith(".json") and ".numbers." not in name
            if is_record:
                json.loads(data)
            else:
                assert data == expected[name], f"{name} is half-written or of another recipe"
        assert "manifest.json" not in finished(out)
    assert render(out, **keys)
    assert contents(out) == expected


MEMORY = """
import gc, sys, stub_lecture; stub_lecture.install()
from pathlib import Path
from figures import batch; from figures.recipe import recipe
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
        "import sys, time; from collections import deque; from figures import workers; import test_jobs as t\n"
        "for job, came in workers.carry_out(deque([t.Sleep()] * 2), 2, print): print(came, flush=True)"
    )
    (tmp_path / "test_jobs.py").write_text(
        "import os, pathlib, time\n"
        "class Sleep:\n"
        "    def run(self, report=None):\n"
        f"        pathlib.Path({str(tmp_path)!r}, f'{{os.getpid()}}.pid').touch(); time.sleep(60)\n"
    )
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while len(pids := [int(p.stem) for p in tmp_path.glob("*.pid")]) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(pids) == 2
        assert all(map(running, pids))
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while any(map(running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(running, pids))


def test_jobs_put_in_the_queue_meanwhile_are_carried_out():
    from collections import deque

    class Count:
        def __init__(self, n):
            self.n = n

        def run(self, report=None):
            return self.n

    queue = deque([Count(2)])
    came = []
    for job, n in workers.carry_out(queue, 1, lambda job: None):
        came.append(n)
        queue.extend([Count(job.n - 1)] * job.n)
    assert came == [2, 1, 1, 0, 0]
