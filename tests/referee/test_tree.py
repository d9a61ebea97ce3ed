"""The caption of ``tree`` again: components of a graph of cells, dimensions, and where runs of our own end."""

from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest
import referee_exact as exact
import referee_rational as rational
from referee_descent import adam, gradient
from referee_ends import LEVELS, component_of, dimension_of, kind_of, level_of
from referee_quotes import assert_says, figure, settings_of_adam, written
from referee_training import loss, wilson

import landscape as ls
from landscape import xor

pytestmark = pytest.mark.heavy

OURS = 250
"""The first starts, which are trained here again."""


@pytest.fixture(scope="module")
def drawn():
    return figure("tree", starts=4000)


@pytest.fixture(scope="module")
def starts(drawn):
    """Glorot-uniform kernels, first those of the hidden layer, then that of the output; biases 0; 256 from a stream."""
    _, caption = drawn
    seed, count = int(written(caption, "seed")), int(written(caption, "runs"))
    found = np.zeros((count + 255, 9))
    for tile in range(-(-count // 256)):
        rng, rows = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(tile, 0))), slice(256 * tile, None)
        for part, fans in ((slice(0, 4), 2 + 2), (slice(6, 8), 2 + 1)):
            limit = np.sqrt(6.0 / fans)
            found[rows, part][:256] = rng.uniform(-limit, limit, (256, part.stop - part.start))[: len(found[rows])]
    return found[:count]


@pytest.fixture(scope="module")
def runs(drawn, starts):
    """The runs of the figure, with their ends and what holds them."""
    result, caption = drawn
    return ls.outcomes(xor.network(), starts, ls.Adam(settings_of_adam(caption)["rate"]), result.steps)


def test_the_number_of_components_changes_at_the_quoted_levels_only(drawn):
    """Counted at every loss at which the graph can change, and between these."""
    result, caption = drawn
    levels = exact.thresholds()
    between = [(a + b) / 2 for a, b in zip(levels, [*levels[1:], Fraction(10)], strict=True)]
    counts = {level: exact.count(level) for level in sorted([*levels, *between])}
    changes, before = [], None
    for level, number in counts.items():
        if number != before:
            changes.append((level, number))
        before = number
    assert len(changes) == len(result.components)
    for k, (level, number) in enumerate(changes):
        assert_says(caption, f"components[{k}][0]", level)
        assert_says(caption, f"components[{k}][1]", number)
    assert_says(caption, "leaves", changes[0][1])


def test_the_branches_join_in_groups_as_drawn(drawn):
    """Leaves are those of our graph; at every level the groups of several leaves have the sizes of the drawn nodes."""
    result, _ = drawn
    leaves = exact.components(Fraction(0))
    cell_of = {number: cell for cell, number in leaves.items()}
    before = None
    for level in exact.thresholds():
        found = exact.components(level)
        sizes = Counter(Counter(found[cell] for cell in cell_of.values()).values())
        if sizes != before:
            drawn_sizes = Counter(len(group) for value, group in result.nodes if value == level)
            assert {size: n for size, n in sizes.items() if size > 1 or level == 0} == drawn_sizes
        before = sizes
    one, *others = cell_of.values()
    joins = {exact.lowest_pass(one, other) for other in others}
    assert joins == {value for value, number in result.components if number < result.leaves}


def test_every_minimum_of_a_cell_is_on_a_quoted_level(drawn):
    """A local minimum is the minimum of the closed cells that it lies in, or, where an output weight is 0, of a face.

    So there are no others. From thousands of random points, descents rest nowhere else, either.
    """
    result, caption = drawn
    cells, edges = exact.graph()
    assert {*cells.values(), *(value for *_, value in edges)} == set(result.levels)
    for k, level in enumerate(exact.thresholds()):
        assert_says(caption, f"levels[{k}]", level)
    rng = np.random.default_rng(1)
    points = np.concatenate([scale * rng.standard_normal((700, 9)) for scale in (0.3, 1.0, 3.0)])
    ends, _ = adam(points, 4000, 0.01)
    at_rest = np.abs(gradient(ends)).max(-1) < 1e-7
    assert at_rest.mean() > 0.8
    assert (level_of(ends)[at_rest] >= 0).all()


def test_the_families_have_as_many_components_as_quoted(drawn):
    result, caption = drawn
    signs = defaultdict(set)
    for cell, number in exact.components(Fraction(0)).items():
        signs[number].add(_family(cell))
    assert all(len(kinds) == 1 for kinds in signs.values()), "a component with two families"
    sizes = Counter(kind for (kind,) in signs.values())
    assert sizes == dict(zip(result.family_names, result.family_sizes, strict=True))
    for k, name in enumerate(result.family_names):
        assert_says(caption, f"family_sizes[{k}]", sizes[name])


def _family(cell):
    return " ".join("+" if s > 0 else "\N{MINUS SIGN}" for s in sorted((s for _, s in cell), reverse=True))


def test_the_dimensions_are_those_of_jacobians_at_points_of_every_cell(drawn, runs):
    """From the rank at a point inside each cell that attains its minimum, and at points where an output weight is 0.

    At the latter the other unit's fit must be the best that both together can do. The ends of runs, taken as they are,
    give no other dimensions.
    """
    result, _ = drawn
    found = {value: set() for value in exact.thresholds()}
    for cell, value in exact.graph()[0].items():
        inside = exact.interior_minimum(cell)
        if inside is not None:
            assert exact.is_inside(inside, cell)
            assert exact.loss(inside) == value
            found[value].add(9 - rational.rank(exact.jacobian(inside, cell)))
        at_zero = _with_output_weight_zero(cell)
        if at_zero is not None:
            found[exact.loss(at_zero)].add(9 - rational.rank(exact.jacobian(at_zero, cell)))
    assert found == {value: set(d) for value, d in zip(result.levels, result.dimensions, strict=True)}
    minimum = (runs.kind == "local minimum") & (np.arange(len(runs.level)) < OURS)
    for k in np.flatnonzero(minimum):
        assert dimension_of(runs.end[k]) in result.dimensions[runs.level[k]]


def _with_output_weight_zero(cell):
    """Return a minimum at which unit 2, active as in ``cell``, has output weight 0; None if that is no minimum.

    It is one if no affine function on its active samples reduces what the other unit leaves, for then neither does
    any small change of (w, b) and v.
    """
    other, (pattern, _) = cell
    alone = exact.interior_minimum((other, (frozenset(), 1)))
    if alone is None or not pattern:
        return None
    left = [f - y for f, y in zip(exact.outputs(alone), exact.Y, strict=True)]
    if any(sum(left[i] * (1, *exact.X[i])[k] for i in pattern) for k in range(3)):
        return None
    theta = list(alone)
    rays = sorted(exact.closure(pattern))
    z = [sum((k + 2) ** 2 * ray[i] for k, ray in enumerate(rays)) for i in range(4)]  # inside, and in no special place
    theta[1], theta[3], theta[5], theta[7] = z[2] - z[0], z[1] - z[0], z[0], 0
    return tuple(theta)


def test_our_own_runs_end_on_the_same_levels_and_components(drawn, starts, runs):
    result, caption = drawn
    ends, _ = adam(starts[:OURS], result.steps, **settings_of_adam(caption))
    np.testing.assert_allclose(starts, ls.numbered_starts(xor.network(), len(starts), seed=result.seed))
    ours, theirs = level_of(ends), runs.level[:OURS]
    settled = (ours >= 0) & (theirs >= 0)
    assert np.count_nonzero(~settled) <= 2 + result.lost  # a run may spike at the end in one program only
    np.testing.assert_array_equal(ours[settled], theirs[settled])
    for k in np.flatnonzero(settled & (ours == 0)):
        assert component_of(ends[k], Fraction(0)) == component_of(runs.end[k], Fraction(0))


def test_the_shares_of_levels_families_and_components(drawn, runs):
    """All runs of the figure, judged by their loss and by the component of the cells around their ends."""
    result, caption = drawn
    level, total = level_of(runs.end), len(runs.end)
    assert_says(caption, "lost", np.count_nonzero(level < 0))
    for k in range(len(LEVELS)):
        _assert_share(caption, f"ended[{k}]", np.count_nonzero(level == k), total)
    of_component = Counter(component_of(theta, Fraction(0)) for theta in runs.end[level == 0])
    assert None not in of_component
    assert sorted(of_component.values()) == sorted(c for c in result.leaf_counts.tolist() if c)
    assert_says(caption, "unreached", exact.count(Fraction(0)) - len(of_component))
    families = {number: _family(cell) for cell, number in exact.components(Fraction(0)).items()}
    of_family = Counter()
    for number, runs_there in of_component.items():
        of_family[families[number]] += runs_there
    for k, name in enumerate(result.family_names):
        _assert_share(caption, f"family_shares[{k}]", of_family[name], total)
    assert_says(caption, "unseen.high", wilson(0, total)[1])


def _assert_share(caption, name, count, total):
    low, high = wilson(count, total)
    assert_says(caption, f"{name}.fraction", count / total)
    assert_says(caption, f"{name}.low", low)
    assert_says(caption, f"{name}.high", high)


def test_what_holds_each_run_is_what_the_cells_around_its_end_say(drawn, runs):
    level = level_of(runs.end)
    kinds = np.array([kind_of(end, k) if k >= 0 else "" for end, k in zip(runs.end, level, strict=True)])
    on_level = runs.level >= 0
    assert kinds[on_level].tolist() == runs.kind[on_level].tolist()
    held = kinds == "held by relu'(0) = 0"
    for k, share in enumerate(drawn[0].held):
        count = np.count_nonzero(held & (level == k))
        assert (share is not None) == (count > 0)
        if share:
            _assert_share(drawn[1], f"held[{k}]", count, np.count_nonzero(level == k))
    for theta in runs.end[np.flatnonzero(held)[:50]]:  # raising a bias from the kink lowers the loss
        lowered = [loss(theta + 1e-4 * np.eye(9)[4 + u]) for u in (0, 1)]
        assert min(lowered) < loss(theta)
