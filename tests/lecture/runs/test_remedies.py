"""The figure of remedies shows the trials that are in its result, and says no more than its intervals."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.runs import remedies
from figures.style.style_sheets import STYLES

pytestmark = pytest.mark.slow

ROWS = ls.standard_remedies(1000)
NAMES = [row.name for row in ROWS]


def made_up(right, below, starts=100, steps=1000):
    """Return a result in which so many trials of each row got there, after 10, 20, 30, ... steps."""
    when = [
        np.where(np.arange(starts) < np.array(counts)[:, None], 10 * np.arange(1, starts + 1), -1)
        for counts in (right, below)
    ]
    trials = ls.RemedyTrials(remedies=ROWS, right=when[0], below=when[1], settings={"dtype": "float64"})
    return remedies.result_of(remedies.Settings(starts=starts, steps=steps), trials)


@pytest.fixture(scope="module")
def result():
    right = np.full(len(ROWS), 25)
    right[NAMES.index("8 units")], right[NAMES.index("SGD, lr 0.01")], right[NAMES.index("tanh")] = 90, 5, 42
    below = right // 2
    below[NAMES.index("cross-entropy")] = 0
    return made_up(right, below)


def rows_of(axes):
    """Return what is drawn by row name: the middles and ends of the bars of both criteria."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    bars = []
    for container in axes.containers:
        ends = [segment[:, 0] if len(segment) else None for segment in container[2][0].get_segments()]  # None for NaN
        bars.append(list(zip(container[0].get_xdata(), ends, strict=True)))
    return names, bars


def test_full_size_shows_every_row_once_with_its_intervals_and_quartiles(result, drawn):
    panes = drawn(result, "lecture", "full").axes
    assert [axes.get_xlabel() for axes in panes] == ["runs in %", "steps"] * 2
    shown = []
    for shares, steps in (panes[:2], panes[2:]):
        names, bars = rows_of(shares)
        shown += names
        for criterion, found in zip(("right", "below"), bars, strict=True):
            for name, (middle, ends) in zip(names, found, strict=True):
                count = int(result.trials.summary(criterion).counts[NAMES.index(name)])
                interval = binomtest(count, 100).proportion_ci(method="wilson")
                assert middle == pytest.approx(count)
                np.testing.assert_allclose(ends, [100 * interval.low, 100 * interval.high], atol=1e-12)
        when = result.trials.right[NAMES.index(names[-1])]
        middle, ends = rows_of(steps)[1][0][-1]
        expected = np.quantile(when[when > 0], [0.25, 0.5, 0.75])
        np.testing.assert_allclose([ends[0], middle, ends[1]], expected)
        assert shares.get_ylim() == steps.get_ylim() == panes[0].get_ylim()
        dashed = next(line for line in shares.lines if line.get_label() == "all correct, row 1")
        assert set(dashed.get_xdata()) == {25.0}
    assert shown == NAMES


def test_half_size_shows_the_strongest_dose_of_each_group(result, drawn):
    (axes,) = drawn(result, "lecture", "half").axes
    last = {row.group: row.name for row in ROWS}
    assert rows_of(axes)[0] == list(last.values())


def test_criteria_differ_in_more_than_colour(result, drawn):
    axes = drawn(result, "lecture", "half").axes[0]
    right, below = (container[0] for container in axes.containers)
    assert right.get_marker() != below.get_marker()
    assert not same_color(right.get_markerfacecolor(), below.get_markerfacecolor())


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", remedies.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == (4 if size == "full" else 1)


def row_of(text, name):
    """Return the line of a row in the table of the notes."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} | ")]
    return line


def test_caption_claims_no_more_than_the_intervals(result):
    text = Said(remedies, result)
    assert quotes(row_of(text, NAMES[0]), "first row", listed=["25.0", "17.5", "34.3"])
    assert quotes(row_of(text, "8 units"), "other starts", "better", listed=["90.0", "82.6", "94.5"])
    for name, gained, lost, verdict in (("tanh", 17, 0, "better"), ("SGD, lr 0.01", 0, 20, "worse")):
        change = ls.Paired(gained, lost, 100)
        numbers = [100 * number for number in (change.fraction, change.low, change.high)]
        assert quotes(row_of(text, name), verdict, listed=[f"{number:+.1f}" for number in numbers])
    told = {"tanh": "better", "8 units": "better", "SGD, lr 0.01": "worse"}
    for row in ROWS[1:]:
        assert row_of(text, row.name).endswith(told.get(row.name, "no clear difference"))
    for parts in ((100, "seed 0", "float64"), ("1e-06", "loss"), ("1000 steps",), ("quartiles", 130, 70, 190)):
        assert quotes(text, *parts), parts
    half = Said(remedies, result, "half")
    assert "3 units" not in half
    assert "Beside" not in half
    assert quotes(remedies.alt_text(result), "8 units", listed=[90, 45])


def test_rows_where_nothing_got_there_are_drawn_and_told(drawn):
    nothing = made_up([0] * len(ROWS), [0] * len(ROWS))
    text = Said(remedies, nothing)
    for name in NAMES[1:]:
        assert row_of(text, name).endswith("no clear difference")
    assert quotes(text, "no row does better")
    assert quotes(text, "no trial")
    assert len(drawn(nothing, "lecture", "full").axes) == 4


def test_compute_runs_the_standard_table_with_its_settings():
    seen = []
    found = remedies.compute(remedies.Settings(starts=4, steps=30, seed=3, limit=0.2), lambda *a: seen.append(a))
    again = ls.try_remedies(ls.standard_remedies(30), 4, 30, seed=3, limit=0.2)
    assert found.trials.remedies == again.remedies
    assert np.array_equal(found.trials.right, again.right)
    assert np.array_equal(found.trials.below, again.below)
    assert quotes(Said(remedies, found), 4, "seed 3")
    assert quotes(Said(remedies, found), "loss", "0.2")
    assert seen[-1] == (len(ROWS), len(ROWS))


def test_what_the_lecture_says():
    """Of 400 starts: the first row as other programs found it, 0.21, within four standard errors."""
    found = remedies.compute(remedies.Settings(starts=400))
    share = dict(zip(NAMES, found.trials.summary("right").share, strict=True))
    assert share["2 ReLU, MSE, Adam"] == pytest.approx(0.21, abs=0.082)
    assert share["8 units"] > 0.87
    assert share["tanh"] > 0.85
    assert share["tanh, cross-entropy"] < 0.6
    assert found.trials.summary("below").counts[NAMES.index("cross-entropy")] == 0
    close = [name for name in NAMES if abs(share[name] - share["2 ReLU, MSE, Adam"]) < 0.08]
    assert {row.name for row in ROWS if row.group in {"loss", "optimizer", "batch", "decay"}} <= set(close)


@pytest.mark.parametrize(
    ("given", "key"), [({"starts": 0}, "starts"), ({"steps": 0}, "steps"), ({"limit": 0.0}, "limit"), ({"n": 1}, "n")]
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        remedies.Settings(**given)
