"""The merge tree as drawn: branches, shares counted by another road, other data, and what is said."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from pydantic import ValidationError
from quoting import quotes
from scipy.stats import binomtest
from telling import Said

import landscape as ls
from figures.lecture.levels import tree
from figures.style.loss_scales import THETA_STAR
from figures.style.palette import level_styles
from figures.style.style_sheets import SIZES, STYLES, style_context
from landscape import xor
from landscape.io.storage import load, save

pytestmark = pytest.mark.slow

NET = xor.network()
F = Fraction
SMALL = {"starts": 150, "steps": 3000, "learning_rate": 1e-2, "seed": 1}


@pytest.fixture(scope="module")
def result():
    return tree.compute(tree.Settings(**SMALL))


def test_nodes_are_the_leaves_and_joints_of_the_tree(result):
    sizes = [(value, len(part)) for value, part in result.nodes]
    assert sizes == [(0, 1)] * 12 + [(F(1, 8), 4)] * 2 + [(F(1, 6), 12), (F(1, 4), 12)]
    assert result.components == ((0, 12), (F(1, 8), 6), (F(1, 6), 1))
    assert result.families == ("+ \N{MINUS SIGN}",) * 8 + ("+ +",) * 2 + ("\N{MINUS SIGN} \N{MINUS SIGN}",) * 2
    assert [d for (value, _), d in zip(result.nodes, result.node_dimensions, strict=True) if value] == [
        (6,),
        (6,),
        (7,),
        (6, 8),
    ]


def test_shares_by_another_road(result):
    """Every run on its own, by its loss: within 1e-3 of a level; solved ones by sharpening them and asking again."""
    starts = ls.numbered_starts(NET, 150, seed=1)
    ends = ls.train(NET, starts, ls.Adam(1e-2), 3000, record_every=3000).end
    levels = np.array([float(value) for value in result.levels])
    near = np.abs(NET.loss(ends)[:, None] - levels) < 1e-3
    by_level = [int(result.counts[[v == value for v, _ in result.nodes]].sum()) for value in result.levels]
    assert by_level == near.sum(axis=0).tolist()
    assert sum(by_level) + result.lost == 150
    sharp = ls.train(NET, ends[near[:, 0]], ls.SGD(0.02), 20_000, record_every=20_000).end
    leaves = Counter(ls.merge_tree(NET).solution("theta", theta) for theta in sharp)
    assert result.leaf_counts.tolist() == [leaves[k] for k in result.order]


def test_examples_are_solutions_of_their_leaf(result):
    for k, surface in zip(result.order, result.examples, strict=True):
        assert ls.merge_tree(NET).solution("theta", surface.theta) == k


def test_branches_meet_and_do_not_cross(result, drawn):
    axes = drawn(result, "lecture", "full").axes[0]
    looks = level_styles(result.levels)
    branches = [line for line in axes.lines if line.get_linewidth() > 0 and len(line.get_xdata()) == 3]
    assert len(branches) == len(result.nodes)
    ends = [tuple(line.get_xydata()[-1]) for line in branches]
    feet = [tuple(line.get_xydata()[0]) for line in branches]
    assert all(end in feet for end in ends[:-1])
    assert len(set(feet[:12])) == 12
    for line, (value, _), dimensions in zip(branches, result.nodes, result.node_dimensions, strict=True):
        assert line.get_ydata()[0] == float(value)
        assert same_color(line.get_color(), looks[value].color)
        assert line.get_linewidth() == pytest.approx(0.9 * (max(dimensions) - 4))
    for height in {y for _, y in ends}:  # of the joints at one height, the children of each stand apart from the others
        joints = {end for end in ends if end[1] == height}
        spans = [[foot[0] for foot, end in zip(feet, ends, strict=True) if end == joint] for joint in joints]
        spans.sort()
        assert all(max(left) < min(right) for left, right in pairwise(spans))
    texts = [t.get_text() for t in axes.texts]
    at_sixth = result.counts[[v == F(1, 6) for v, _ in result.nodes]].sum()
    held = result.held[result.levels.index(F(1, 6))]
    assert held.total == at_sixth
    beside = f"({100 * held.fraction:.0f} % of it at no minimum)"
    assert f"stuck at 1/6: {100 * at_sixth / 150:.1f} % {beside}" in texts
    assert quotes(Said(tree, result), "only because relu'(0) = 0", f"{held} of those at 1/6")
    assert quotes(axes.get_title(), "components", listed=[12, "1/8", 6, "1/6", 1])


@pytest.mark.parametrize("size", tree.SIZES)
def test_widths_are_explained_and_the_right_side_is_no_axis(result, drawn, size):
    axes = drawn(result, "lecture", size).axes[0]
    assert axes.child_axes == []
    legend = axes.get_legend()
    assert legend.get_title().get_text().startswith("width: dim")
    widths = {
        int(t.get_text()): h.get_linewidth() for t, h in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    drawn_dimensions = {max(d) for d in result.node_dimensions if d}
    assert set(widths) == drawn_dimensions
    branches = [line for line in axes.lines if len(line.get_xdata()) == 3]
    for line, dimensions in zip(branches, result.node_dimensions, strict=True):
        assert line.get_linewidth() == widths[max(dimensions)]
    beside = {t.xy[1]: t.get_text() for t in axes.texts if t.get_gid() == "dim"}
    assert beside == {0.0: "dim. 5 or 6", 1 / 8: "dim. 6", 1 / 6: "dim. 7", 1 / 4: "dim. 6, 7 or 8"}


@pytest.mark.parametrize("size", tree.SIZES)
def test_the_leaf_of_the_textbook_weights_is_marked(result, drawn, size):
    axes = drawn(result, "lecture", size).axes[0]
    assert ls.merge_tree(NET).solution("theta", xor.TEXTBOOK) == result.textbook
    (mark,) = [line for line in axes.lines if line.get_gid() == "textbook"]
    branches = [line for line in axes.lines if len(line.get_xdata()) == 3]
    (foot,) = [
        b.get_xydata()[0] for b, (_, part) in zip(branches, result.nodes, strict=True) if part == {result.textbook}
    ]
    assert mark.get_xydata().tolist() == [foot.tolist()]
    assert THETA_STAR in [t.get_text() for t in axes.texts]
    assert "cross" in Said(tree, result, size)


def test_bars_and_intervals(result, drawn):
    bars = drawn(result, "lecture", "half").axes[1]
    heights = [patch.get_height() for patch in bars.patches]
    counts = result.leaf_counts
    np.testing.assert_allclose(heights, 100 * counts / 150)
    (errors,) = (c for c in bars.collections if c.get_segments())
    for segment, count in zip(errors.get_segments(), counts.tolist(), strict=True):
        ci = binomtest(count, 150).proportion_ci(method="wilson")
        assert segment[:, 1] == pytest.approx([100 * ci.low, 100 * ci.high], abs=1e-9)
    assert [t.get_text() for t in bars.get_xticklabels()] == list(dict.fromkeys(result.families))


@pytest.mark.parametrize("style", STYLES[:1])
@pytest.mark.parametrize("size", tree.SIZES)
def test_layout(result, drawn, style, size):
    assert len(drawn(result, style, size).axes) == (3 if size == "full" else 2)


def test_words(result):
    solved = int(result.leaf_counts.sum())
    ci = binomtest(solved, 150).proportion_ci(method="wilson")
    for size in tree.SIZES:
        text = Said(tree, result, size)
        share = [f"{100 * solved / 150:.1f} %", f"{100 * ci.low:.1f}", f"{100 * ci.high:.1f}"]
        assert quotes(text, "3000 steps", "float64", 150, "Keras-default", "seed 1")
        assert quotes(text, "runs end", 0, listed=share)
        assert quotes(text, "components", listed=[12, 6, 1])
        assert quotes(text, "components", listed=[0, "1/8", "1/6"])
        assert quotes(text, "signs", "8 components")
        assert ("network" in text) == ("squares" in tree.alt_text(result, size)) == (size == "full")
    empty = int((result.leaf_counts == 0).sum())
    assert quotes(Said(tree, result), f"{empty} of 12", "components", "no run")


def test_other_data_have_another_tree(drawn):
    net = xor.network(targets=[0, 0, 0, 1])
    runs = ls.outcomes(net, ls.numbered_starts(net, 80, seed=0), ls.Adam(1e-2), 3000)
    other = tree.of_network(net, runs, starts=80, seed=0, steps=3000)
    text = Said(tree, other)
    assert quotes(text, "components", listed=[5, 1])
    assert quotes(text, "components", listed=[0, "1/16"])
    assert not quotes(text, "components", "1/6")
    assert len(other.order) == 5
    assert other.counts.sum() + other.lost == 80
    with style_context("lecture"):
        figure = Figure(figsize=SIZES["full"])
        FigureCanvasAgg(figure)
        tree.draw(other, figure, "full")
        figure.canvas.draw()
        assert quotes(figure.axes[0].get_title(), "components", listed=[5, "1/16", 1])


def test_a_saved_result_draws_alike(result, drawn, tmp_path):
    save(result, tmp_path / "t.nc")
    kept = load(tmp_path / "t.nc")
    assert Said(tree, kept) == Said(tree, result)
    drawn(kept, "lecture", "half")


@pytest.mark.parametrize(
    ("given", "key"), [({"starts": 0}, "starts"), ({"steps": 0}, "steps"), ({"sigma": 1}, "sigma")]
)
def test_bad_settings(given, key):
    with pytest.raises(ValidationError, match=key):
        tree.Settings(**given)
