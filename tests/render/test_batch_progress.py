"""What a render says of its progress."""

import pytest

from figures.recipes.validation import recipe
from figures.render import batch

pytestmark = pytest.mark.slow


def test_progress_counts_up_to_the_total(stubs, tmp_path):
    seen = []
    batch.render(recipe({"out": str(tmp_path), "workers": 1, "formats": ["png"]}), lambda *news: seen.append(news))
    done = [d for d, _, _ in seen]
    assert done == sorted(done)
    assert seen[0] == (0, 7, "computing dots")
    assert seen[-1] == (7, 7, "done")
    assert all(total == 7 for _, total, _ in seen)


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
