"""What a render makes: every file in its place, with the same bytes whatever else is made."""

import matplotlib as mpl
import pytest
from stub_runs import EVERY, contents, render, statuses, times

import landscape as ls
from figures.recipes.validation import recipe
from figures.render import batch

pytestmark = pytest.mark.slow


def test_every_file_has_its_place(stubs, tmp_path):
    outcomes = render(tmp_path / "out", formats=["png"], styles=["lecture", "ddasp"])
    endings = ("png", "tex", "takeaway.txt", "caption.txt", "notes.txt", "alt.txt")
    beside = [f"{stem}.{ending}" for stem in ("dots", "dots-half", "wave", "tall-half") for ending in endings]
    beside += ["dots.nc", "wave.nc", "tall.nc"]
    data = [f"data/{name}{ending}" for name in ("dots", "wave", "tall") for ending in (".json", ".nc")]
    decks = ["data/decks.json", *(f"{s}/lecture.{e}" for s in ("lecture", "ddasp") for e in ("tex", "html"))]
    files = [f"{style}/{file}" for style in ("lecture", "ddasp") for file in beside]
    numbers = [f"data/{stem}.numbers.json" for stem in ("dots", "dots-half", "wave", "tall-half")]
    whole = ["manifest.json", "numbers.json", "page.html", "data/.lock"]
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
    assert (folder / "dots.takeaway.txt").read_text() == "100 % of $\\mathcal{R}$ is dots.\n"
    assert (folder / "dots.notes.txt").read_text() == "Settings:\nseed 3.\n"
    snippet = (folder / "dots.tex").read_text()
    assert r"\xorscapetakeaway{100 \% of $\mathcal{R}$ is dots.}" in snippet
    said = r"100 \% of $\mathcal{R}$ is dots.\newline 7 dots at 100 \% of $\mathcal{R}$, seed 3."
    assert rf"\xorscapecaption{{{said}\newline Settings:\newline seed 3.}}" in snippet
    assert r"\ifdim\dimen4>5.6in \dimen4=5.6in \fi" in (folder / "dots.tex").read_text()
    assert r"\ifdim\dimen4>2.7in \dimen4=2.7in \fi" in (folder / "dots-half.tex").read_text()
    assert (folder / "dots.nc").read_bytes() == (tmp_path / "data" / "dots.nc").read_bytes()
    assert ls.load(folder / "dots.nc").points.shape == (7, 2)


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


def test_the_callers_matplotlib_is_left_alone(stubs, tmp_path):
    with mpl.rc_context({"lines.linewidth": 7.5, "svg.hashsalt": None}):
        before = {key: mpl.rcParams._get(key) for key in mpl.rcParams}  # reading the backend otherwise chooses one
        render(tmp_path, only=["dots"], formats=["svg"])
        assert {key: mpl.rcParams._get(key) for key in mpl.rcParams} == before
        changed = (tmp_path / "lecture" / "dots.svg").read_bytes()
    render(tmp_path / "again", only=["dots"], formats=["svg"])
    assert (tmp_path / "again" / "lecture" / "dots.svg").read_bytes() == changed


@pytest.mark.parametrize("place", ["file", "proc", "style is a file"])
def test_a_folder_that_cannot_be_written_is_one_clear_error_at_once(stubs, tmp_path, place):
    (tmp_path / "file").write_text("")
    out = {"file": tmp_path / "file" / "out", "proc": "/proc/out", "style is a file": tmp_path}[place]
    if place == "style is a file":
        (tmp_path / "lecture").write_text("")
    with pytest.raises(OSError, match=r"cannot write to folder .*; choose another --out"):
        render(out)
