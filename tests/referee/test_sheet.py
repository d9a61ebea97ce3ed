"""The caption of ``sheet`` again: solutions in every cell, all zeros of two planes and a quartic, in rationals."""

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
import referee_exact as exact
import referee_rational as rational
from referee_lines import never_falls, stays_below
from referee_planes import steepest_fall, to_border
from referee_quotes import assert_says, figure, written
from referee_training import TEXTBOOK, loss

pytestmark = pytest.mark.heavy

AROUND = exact.cells_at(exact.TEXTBOOK)


@pytest.fixture(scope="module")
def drawn():
    return figure("sheet")


def test_the_cells_around_the_optimum_hold_solutions_as_close_as_one_likes(drawn):
    """In v (w, b) and b2 outputs are linear in a cell: from the optimum to a solution inside, all points solve XOR."""
    _, caption = drawn
    holding = 0
    for cell in AROUND:
        inside = exact.interior_minimum(cell)
        if inside is None or exact.loss(inside):
            continue
        assert exact.is_inside(inside, cell)
        for share in (Fraction(1, 2**10), Fraction(1, 2**40)):
            near = _between(exact.TEXTBOOK, inside, share)
            assert exact.loss(near) == 0
            assert exact.is_inside(near, cell)
            assert max(abs(a - b) for a, b in zip(near, exact.TEXTBOOK, strict=True)) < 10 * share
            assert_says(caption, "dimensions[0]", 9 - rational.rank(exact.jacobian(near, cell)))
        holding += 1
    assert_says(caption, "n_cells", holding)
    assert_says(caption, "n_parameters", len(exact.TEXTBOOK))


def _between(start, end, share):
    """Return the theta whose ``v (w, b)`` and ``b2`` are between those of two thetas, with the weights v of the first.

    ``end`` has output weights of 1 or -1.
    """
    theta = list(start)
    for u in exact.UNITS:
        size = abs(start[6 + u])
        for k in (u, 2 + u, 4 + u):
            theta[k] = (1 - share) * start[k] + share * end[k] / size
    theta[8] = (1 - share) * start[8] + share * end[8]
    return tuple(theta)


def test_automatic_differentiation_sees_one_cell_of_the_quoted_rank(drawn):
    _, caption = drawn
    seen = tuple((frozenset(i for i in range(4) if z[i] > 0), 1) for z in exact.preactivations(exact.TEXTBOOK))
    assert_says(caption, "autodiff_rank", rational.rank(exact.jacobian(exact.TEXTBOOK, seen)))


def zeros_in_plane(first, second, window):
    """Return all zeros with both coordinates up to ``window``, moving two biases: pairs of ends of segments.

    With weights fixed, outputs are affine in biases within a cell: four equations in two unknowns.
    """
    found = set()
    for patterns in product(exact.patterns(), exact.patterns()):
        cell = tuple((pattern, 1) for pattern in patterns)
        rows = exact.jacobian(exact.TEXTBOOK, cell)
        at_optimum = [
            sum(
                exact.preactivations(exact.TEXTBOOK)[u][i] * exact.TEXTBOOK[6 + u]
                for u in exact.UNITS
                if i in patterns[u]
            )
            for i in range(4)
        ]
        equations = [(rows[i][first], rows[i][second], exact.Y[i] - at_optimum[i]) for i in range(4)]
        bounds = [((1, 0), window), ((-1, 0), window), ((0, 1), window), ((0, -1), window)]
        for u, pattern in enumerate(patterns):
            for i, z in enumerate(exact.preactivations(exact.TEXTBOOK)[u]):
                side = -1 if i in pattern else 1
                bounds.append(((side * (first == 4 + u), side * (second == 4 + u)), -side * z))
        found |= _solutions(equations, bounds)
    return found


def _solutions(equations, bounds):
    """Return the ends of the set of (a, b) with all p a + q b = r and all (p, q) (a, b) <= r: at most a segment."""
    independent = []
    for p, q, r in equations:
        if all(p * q0 - q * p0 for p0, q0, _ in independent) and (p or q) and len(independent) < 2:
            independent.append((p, q, r))
    if not independent:
        assert any(r for *_, r in equations), "a cell in which every pair of biases is a solution"
        return set()
    if len(independent) == 2:
        ends = [rational.solve([list(row) for row in independent])]
    else:
        ((p, q, r),) = independent
        borders = [(*c, s) for c, s in bounds if p * c[1] - q * c[0]]
        ends = [rational.solve([[p, q, r], [a, b, s]]) for a, b, s in borders]
    ends = [e for e in ends if all(p * e[0] + q * e[1] == r for p, q, r in equations)]
    ends = sorted({tuple(e) for e in ends if all(a * e[0] + b * e[1] <= s for (a, b), s in bounds)})
    return {(ends[0], ends[-1])} if ends else set()


def test_the_first_plane_has_the_quoted_zero_and_no_other(drawn):
    result, caption = drawn
    found = zeros_in_plane(4, 5, Fraction(result.reach))
    ((start, end),) = found
    assert start == end
    for k in (0, 1):
        assert_says(caption, f"point_zeros[0][{k}]", start[k])


def test_around_the_zero_of_the_first_plane_the_loss_is_a_bowl(drawn):
    """On straight lines from the zero to the border it never falls: exactly on some, by quartics on many."""
    result, _ = drawn
    angles = np.linspace(0.0, 2.0 * np.pi, 3600, endpoint=False)
    lines = np.zeros((len(angles), 9))
    lines[:, [4, 5]] = to_border(angles, result.reach)
    fall, highest = steepest_fall(TEXTBOOK, lines, 1.0)
    assert fall.max() < 1e-12 * highest.max()
    assert all(never_falls(exact.TEXTBOOK, line, 1) for line in lines[::40].tolist())


def test_the_zeros_of_the_second_plane_are_the_quoted_ray_and_no_others(drawn):
    result, caption = drawn
    segments = sorted(pair for pair in zeros_in_plane(4, 8, Fraction(result.reach)) if pair[0] != pair[1])
    single = {pair[0] for pair in zeros_in_plane(4, 8, Fraction(result.reach))} - {pair[0] for pair in segments}
    start, end = segments[0][0], max(end for _, end in segments)
    for (_, reached), (left, _) in pairwise(segments):
        assert left <= reached, "a gap in the ray"
    for k in (0, 1):
        assert_says(caption, f"ray_zeros[0][{k}]", start[k])
        assert_says(caption, f"ray_zeros[1][{k}]", end[k])
    slope = end[1] - start[1], end[0] - start[0]
    assert all((b - start[1]) * slope[1] == (a - start[0]) * slope[0] and start[0] <= a <= end[0] for a, b in single)


def test_no_further_zero_is_found_on_a_fine_grid_of_these_planes(drawn):
    """Far from the zeros in the result, the loss is not near 0 either."""
    result, _ = drawn
    axis = np.linspace(-result.reach, result.reach, 801)
    for name, moved in (("point", (4, 5)), ("ray", (4, 8))):
        a, b = np.meshgrid(axis, axis)
        theta = np.tile(TEXTBOOK, (*a.shape, 1))
        theta[..., moved[0]] += a
        theta[..., moved[1]] += b
        ends = result[f"{name}_zeros"][[0, -1]]
        along = ends[1] - ends[0]
        share = np.clip(((a - ends[0, 0]) * along[0] + (b - ends[0, 1]) * along[1]) / max(along @ along, 1.0), 0.0, 1.0)
        distance = np.hypot(a - ends[0, 0] - share * along[0], b - ends[0, 1] - share * along[1])
        away = distance > 0.01
        assert (loss(theta)[away] / distance[away] ** 2).min() > 0.01


def test_rescaling_makes_up_the_quoted_dimensions_and_not_all(drawn):
    """The directions of rescaling change no output, to first order in every cell, and neither do others."""
    _, caption = drawn
    scalings = []
    for u in exact.UNITS:
        (w1, w2), b, v = exact.unit(exact.TEXTBOOK, u)
        row = [Fraction(0)] * 9
        row[u], row[2 + u], row[4 + u], row[6 + u] = w1, w2, b, -v
        scalings.append(row)
    assert_says(caption, "orbit_dimension", rational.rank(scalings))
    for cell in AROUND:
        rows = exact.jacobian(exact.TEXTBOOK, cell)
        assert not any(sum(a * b for a, b in zip(row, s, strict=True)) for row in rows for s in scalings)
        assert rational.rank(rows) + rational.rank(scalings) < 9


def test_the_orbit_is_solved_exactly_and_the_straight_cut_rises_as_quoted(drawn):
    result, caption = drawn
    factor = Fraction(result.factor)

    def scaled(a):
        theta = list(exact.TEXTBOOK)
        for k in (0, 2, 4):
            theta[k] *= a
        theta[6] /= a
        return tuple(theta)

    assert_says(caption, "between[0][0]", float(1 / factor))
    assert_says(caption, "between[-1][0]", float(factor))
    shares = [Fraction(k, 50) for k in range(51)]
    assert not any(exact.loss(scaled(1 / factor + share * (factor - 1 / factor))) for share in shares)
    assert float(written(caption, "between_highest")) < 1e-30
    start, end = scaled(1 / factor), scaled(factor)
    along = [b - a for a, b in zip(start, end, strict=True)]
    quoted = Fraction(written(caption, "chord_highest"))
    assert stays_below(quoted + Fraction(1, 2000), start, along)
    assert not stays_below(quoted - Fraction(1, 2000), start, along)
