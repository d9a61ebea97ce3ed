"""A figure that fails, or takes its worker along, stops no other one."""

import pytest
from stub_runs import render, statuses

from figures.recipes.validation import recipe
from figures.render import batch

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("where", ["compute", "draw"])
def test_a_worker_that_dies_takes_only_its_own_figure_along(stubs, tmp_path, monkeypatch, where):
    monkeypatch.setattr("figures.lecture.NAMES", ("trouble", *stubs.NAMES))
    keys = {"out": str(tmp_path), "workers": 2, "formats": ["png"]}
    outcomes = batch.render(recipe({**keys, "figures": {"trouble": {"where": where, "how": "die"}}}))
    assert statuses(outcomes) == {"trouble": "failed", "dots": "drawn", "wave": "drawn", "tall": "drawn"}
    assert "the worker process died" in outcomes[0].errors[0]
