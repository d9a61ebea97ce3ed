"""Nothing is made twice, and what is damaged or would come out otherwise is made anew."""

import json
import shutil
from pathlib import Path

import pytest
from stub_runs import contents, render, statuses, times

from figures import lecture
from figures.recipes.validation import recipe
from figures.render import batch, cache

pytestmark = pytest.mark.slow


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


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A render of one figure of the tiny lecture set; where it is once it is made."""
    return tmp_path_factory.mktemp("rendered") / "out"


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
def test_what_is_damaged_is_made_again(stubs, rendered, tmp_path, file, damage):
    keys = {"only": ["dots"], "formats": ["png"]}
    if not rendered.exists():
        render(rendered, **keys)
    shutil.copytree(rendered, tmp_path, dirs_exist_ok=True)
    before = contents(tmp_path)
    data = before[file]
    (tmp_path / file).unlink()
    if damage != "missing":
        (tmp_path / file).write_bytes(data[:-3] if damage == "truncated" else data[:-2] + b"??")
    render(tmp_path, **keys)
    assert contents(tmp_path) == before


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

    root = Path(lecture.__file__).parent
    for path in sorted(root.glob("*/[a-z]*.py")):
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


def test_records_that_are_no_records_are_ignored(tmp_path):
    for text in ("", "[]", "{}", '{"key": 1, "result": 2, "files": {"a": 3}}', "\x00"):
        (tmp_path / "a.json").write_text(text)
        assert cache.Record.read(tmp_path / "a.json") == cache.Record()
    kept = cache.Record("k", "r", {"b": ("1", "2"), "a": ("3", "4")})
    kept.write(tmp_path / "a.json")
    assert cache.Record.read(tmp_path / "a.json") == kept
    assert list(json.loads((tmp_path / "a.json").read_text())["files"]) == ["a", "b"]
