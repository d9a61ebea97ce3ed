"""Runs that figures share are trained once, whatever the workers; each figure has the same bytes as on its own."""

import pytest
from stub_runs import contents, render, statuses, times

import landscape as ls
from figures.lecture import fresh_runs
from figures.recipes.validation import recipe
from figures.render import batch
from figures.render.verify import untracked_files

pytestmark = pytest.mark.slow

TWO = {"formats": ["svg"], "decks": [], "only": ["ends"], "figures": {"ends": {"width": [1, 2]}}}
"""Two variants of a figure that share their runs."""


@pytest.fixture
def trained(stubs, monkeypatch):
    """The settings of all runs that are trained in this process; the lecture set has a figure that shares runs."""
    monkeypatch.setattr(stubs, "FIGURES", stubs.FIGURES | {"ends": stubs.FIGURES["tall"]})
    from figures import lecture

    monkeypatch.setattr(lecture, "FIGURES", stubs.FIGURES)
    monkeypatch.setattr(lecture, "NAMES", tuple(stubs.FIGURES))
    made, own = [], fresh_runs.train
    monkeypatch.setattr(fresh_runs, "train", lambda *given: made.append(given[0]) or own(*given))
    return made


def shared(folder):
    return sorted(path.name for path in (folder / "data").glob("fresh-runs-*.nc"))


def without_shared(folder):
    return {name: data for name, data in contents(folder).items() if "fresh-runs" not in name}


def test_runs_are_trained_once_for_all_figures(trained, tmp_path):
    assert statuses(render(tmp_path, **TWO)) == {"ends-width-1": "drawn", "ends-width-2": "drawn"}
    assert len(trained) == len(shared(tmp_path)) == 1
    assert all(ls.load(tmp_path / "data" / f"ends-width-{k}.nc").was_given for k in (1, 2))
    assert untracked_files(tmp_path) == ()


def test_the_bytes_do_not_depend_on_workers_nor_on_what_else_is_rendered(trained, tmp_path):
    for workers in (1, 3):
        render(tmp_path / str(workers), **TWO, workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "3")
    render(tmp_path / "alone", **(TWO | {"figures": {"ends": {"width": [2]}}}))
    alone = without_shared(tmp_path / "alone")
    drawn = {name: data for name, data in alone.items() if name.startswith("lecture/")}
    assert len(drawn) >= 3
    assert drawn.items() <= contents(tmp_path / "1").items()


def test_a_later_render_uses_them_too_unless_they_are_damaged_or_other_ones(trained, tmp_path):
    render(tmp_path, **TWO)
    before = times(tmp_path)
    more = TWO | {"figures": {"ends": {"width": [1, 2, 3]}}}
    render(tmp_path, **more)
    (file,) = shared(tmp_path)
    assert len(trained) == 1
    assert times(tmp_path)[f"data/{file}"] == before[f"data/{file}"]
    whole = (tmp_path / "data" / file).read_bytes()
    (tmp_path / "data" / file).write_bytes(whole[:-5] + b"xxxxx")
    render(tmp_path, **(TWO | {"figures": {"ends": {"width": [4]}}}))
    assert (tmp_path / "data" / file).read_bytes() == whole
    assert len(trained) == 2
    render(tmp_path, **(TWO | {"defaults": {"seed": 5}}))
    assert [runs.seed for runs in trained] == [0, 0, 5]
    assert len(shared(tmp_path)) == 2
    batch.render(recipe({"out": str(tmp_path), "workers": 1, **TWO}), force=True)
    assert len(trained) == 4


def test_figures_whose_results_are_there_need_no_runs(trained, tmp_path):
    render(tmp_path, **TWO)
    (file,) = shared(tmp_path)
    (tmp_path / "data" / file).unlink()
    assert set(statuses(render(tmp_path, **TWO)).values()) == {"unchanged"}
    (tmp_path / "lecture" / "ends-width-1-half.svg").unlink()
    assert statuses(render(tmp_path, **TWO)) == {"ends-width-1": "drawn", "ends-width-2": "unchanged"}
    assert len(trained) == 1


def test_runs_that_fail_fail_all_figures_that_need_them_and_no_other(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(fresh_runs, "train", lambda *given: _raise())
    keys = TWO | {"only": ["dots", "ends"], "figures": TWO["figures"] | {"dots": {}}}
    found = render(tmp_path, **keys)
    assert statuses(found) == {"dots": "drawn", "ends-width-1": "failed", "ends-width-2": "failed"}
    assert {o.errors for o in found if o.errors} == {("ValueError: no such luck",)}
    assert "no such luck" in (tmp_path / "data" / "ends-width-1.error.txt").read_text()


def _raise():
    raise ValueError("no such luck")


def test_runs_are_trained_when_their_first_figure_is_due_and_other_figures_do_not_wait(trained, tmp_path):
    said = []
    keys = TWO | {"only": ["dots", "ends"], "formats": ["svg"], "out": str(tmp_path), "workers": 1}
    batch.render(recipe(keys), lambda done, total, what: said.append((what, total)))
    kinds = [what for what, _ in said if "%" not in what]
    computed = [what for what in dict.fromkeys(kinds) if "drawing" not in what and what != "done"]
    assert computed == ["computing dots", "training from 40 starts", "computing ends-width-1", "computing ends-width-2"]
    assert said[-1] == ("done", len([what for what, _ in said if what != "done" and "%" not in what]))
