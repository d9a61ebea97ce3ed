"""The figure on signs: columns, order and words agree with counts that are made without it."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.levels import signs
from figures.style.palette import level_styles
from figures.style.style_sheets import STYLES, style_context
from landscape import xor

pytestmark = pytest.mark.slow

NET = xor.network()
SMALL = {"starts": 2000, "seed": 5, "learning_rate": 1e-2, "steps": 2000}


@pytest.fixture(scope="module")
def result():
    return signs.compute(signs.Settings(**SMALL))


def test_counts_are_those_of_a_training(result):
    starts = ls.numbered_starts(NET, 2000, seed=5)
    end = ls.train(NET, starts, ls.Adam(1e-2), 2000, record_every=2000).end
    level = ls.assign_levels(NET, end)
    assert result.signs.counts.sum(axis=0).tolist() == np.bincount(level % 5, minlength=5).tolist()
    one, other = ((starts[:, [u, 2 + u]] > 0) * (starts[:, [u, 2 + u]] != 0) for u in (0, 1))
    facing = (one.sum(axis=1) == 1) & (other.sum(axis=1) == 1) & (one[:, 0] != other[:, 0])
    best = facing & (starts[:, 6] > 0) & (starts[:, 7] > 0)
    first = result.order[0]
    group = next(i for i, g in enumerate(result.signs.groups) if ((1, -1, 1), (-1, 1, 1)) in g.patterns)
    assert result.signs.counts[group].tolist() == np.bincount(level[best] % 5, minlength=5).tolist()
    share = result.signs.counts[:, 0] / result.signs.counts.sum(axis=1)
    assert share[first] == share.max()


def test_the_convention_at_the_kink_decides_what_a_dead_unit_does(result):
    starts = ls.numbered_starts(NET, 2000, seed=5)
    for slope, solved in zip(result.slopes, result.other_solved, strict=True):
        net = ls.AlternativeNetwork(xor.X, xor.Y, hidden=2, slope_at_zero=float(slope))
        end = ls.train(net, starts[:200], ls.Adam(1e-2), 2000, record_every=2000).end
        level = ls.levels_with_slope_at_zero(NET, starts[:200], ls.Adam(1e-2), 2000, float(slope))
        assert level.tolist() == ls.assign_levels(NET, end).tolist()
        assert quotes(Said(signs, result), f"with relu'(0) = {slope}", f"{solved} are solved")
        assert solved.low > result.solved.high
    assert result.signs.held[:, 0].sum() == 0
    assert [share and share.count for share in result.held] == [n or None for n in result.signs.held.sum(axis=0)]


def test_columns_show_the_result(result, drawn):
    top, bottom = drawn(result, "lecture", "full", render=False).axes
    with style_context("lecture"):
        looks = list(level_styles(result.signs.levels[:-1]).values())
    order = list(result.order)
    bars = np.array([p for p in top.patches if not p.get_hatch()]).reshape(5, 24).T
    dotted = [p for p in top.patches if p.get_hatch()]
    area = sum(p.get_height() * p.get_width() for p in dotted)
    percent = 100 * result.signs.held.sum(axis=1) / result.signs.counts.sum(axis=1)
    assert area == pytest.approx(
        100 * sum(p * g.probability for p, g in zip(percent, result.signs.groups, strict=True))
    )
    edge = 0.0
    for column, i in zip(bars, order, strict=True):
        counts = result.signs.counts[i]
        np.testing.assert_allclose([b.get_height() for b in column], 100 * counts / counts.sum(), atol=1e-9)
        assert column[0].get_x() == pytest.approx(edge)
        assert column[0].get_width() == pytest.approx(100 * len(result.signs.groups[i].patterns) / 64)
        assert all(same_color(b.get_facecolor(), look.color) for b, look in zip(column, looks, strict=True))
        edge += column[0].get_width()
    assert edge == pytest.approx(100)
    some = [i for i in order if result.signs.counts[i, 0]]
    errors = top.collections[0].get_segments()
    assert len(errors) == len(some)
    for i, segment in zip(some, errors, strict=True):
        counts = result.signs.counts[i]
        ci = binomtest(int(counts[0]), int(counts.sum())).proportion_ci(method="wilson")
        assert segment[:, 1].tolist() == pytest.approx([100 * ci.low, 100 * ci.high])
    assert {t.get_text() for t in top.texts} == {"no unit dead: 9/16", "dead unit: 7/16"}
    assert_bars_show_the_signs(result, bottom)


def assert_bars_show_the_signs(result, bottom):
    bars = sorted(bottom.patches, key=lambda b: (round(b.get_x() + b.get_width() / 2, 9), b.get_y()))
    assert len(bars) == 6 * 24
    positive = np.array([b.get_gid() == "positive" for b in bars]).reshape(24, 6)
    assert [b.get_alpha() for b in bars] == [1.0 if b.get_gid() == "positive" else signs.PALE for b in bars]
    for row, i in zip(positive, result.order, strict=True):
        assert row.tolist() == [s > 0 for unit in result.signs.groups[i].patterns[0] for s in unit]


@pytest.mark.parametrize("size", signs.SIZES)
def test_signs_are_shown_in_each_size_and_no_mark_means_two_things(result, drawn, size):
    figure = drawn(result, "lecture", size)
    _, bottom = figure.axes
    assert_bars_show_the_signs(result, bottom)
    assert not [line for line in bottom.lines if line.get_marker() not in {"None", None, ""}]
    (legend,) = figure.legends
    labels = [t.get_text() for t in legend.get_texts()]
    assert {"weight > 0", "weight < 0"} <= set(labels)
    markers = [h.get_marker() for h in legend.legend_handles if hasattr(h, "get_marker")]
    assert len(set(markers)) == len(markers)
    assert ("on no level" in labels) == (result.lost > 0)


def test_the_line_parts_columns_with_a_dead_unit_from_the_others(result):
    order = list(result.order)
    alive = [result.signs.groups[i].dead[0] for i in order]
    assert alive == sorted(alive, reverse=True)
    assert (
        sum(result.signs.groups[i].probability for i in order if result.signs.groups[i].dead[0]) == result.signs.ceiling
    )


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", signs.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == 2


def test_caption_quotes_the_result(result):
    text, found = Said(signs, result), result.signs
    total, dead = found.counts.sum(axis=0), int(found.dead_counts[1:].sum())
    for k, n in ((total[0], 2000), (dead, 2000), (found.level_vote.held_out, 2000), (found.solved_vote.held_out, 2000)):
        ci = binomtest(int(k), n).proportion_ci(method="wilson")
        assert quotes(text, listed=[f"{100 * (k / n):.1f} %", f"{100 * ci.low:.1f}", f"{100 * ci.high:.1f}"])
    for parts in (
        (2000, "Keras-default", "seed 5", "float64"),
        (64, "patterns", "24 groups"),
        ("7/16", "starts"),
        ("9/16", "at most"),
        (f"0 of {dead}", "dead"),
        ("commonest", f"{100 * max(total) / 2000:.1f} %"),
        ("no level", total[-1]),
    ):
        assert quotes(text, *parts), parts
    assert "Below" in Said(signs, result, "half")
    assert quotes(signs.alt_text(result), f"0 of {dead}", "solved")


def test_a_run_that_no_step_has_moved_is_on_no_level(drawn):
    early = signs.compute(signs.Settings(starts=100, steps=1, dtype="float32"))
    assert early.signs.counts[:, -1].sum() >= 95
    drawn(early, "lecture", "full")
    assert "nan" not in Said(signs, early) + signs.alt_text(early)
    assert "float32" in Said(signs, early)


@pytest.mark.parametrize(
    ("given", "key"),
    [({"starts": 10}, "starts"), ({"steps": 0}, "steps"), ({"dtype": "half"}, "dtype"), ({"a": 1}, "a")],
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        signs.Settings(**given)
