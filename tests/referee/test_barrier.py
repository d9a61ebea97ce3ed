"""The caption of ``barrier`` again: exact quartics on straight lines, and a search for a path below the pass."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import referee_exact as exact
import referee_rational as rational
from referee_descent import gradient
from referee_lines import pieces, stays_below
from referee_planes import steepest_fall
from referee_quotes import assert_says, figure
from referee_training import TEXTBOOK, loss
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

pytestmark = pytest.mark.heavy

SWAPPED = [1, 0, 3, 2, 5, 4, 7, 6, 8]
TWIN = tuple(exact.TEXTBOOK[i] for i in SWAPPED)
ROUNDING = Fraction(1, 10**12)


@pytest.fixture(scope="module")
def drawn():
    return figure("barrier")


def test_the_straight_line_peaks_exactly_where_and_as_high_as_quoted(drawn):
    """Places where the derivative is 0 are candidates; that none is higher is proved in rational arithmetic."""
    result, caption = drawn
    step = [b - a for a, b in zip(exact.TEXTBOOK, TWIN, strict=True)]
    parts = pieces(exact.TEXTBOOK, step, 1)
    candidates = []
    for low, high, c in parts:
        slope = rational.derivative(c)
        roots = np.roots([float(k) for k in reversed(slope)]) if any(slope) else []
        inner = [Fraction(r.real).limit_denominator(10**6) for r in np.atleast_1d(roots) if abs(r.imag) < 1e-9]
        candidates += [(rational.value(c, t), t) for t in (low, high, *inner) if low <= t <= high]
    peak, share = max(candidates)
    assert_says(caption, "top", peak)
    assert_says(caption, "top_share", share)
    assert stays_below(result.top, exact.TEXTBOOK, step)
    assert not stays_below(result.top - ROUNDING, exact.TEXTBOOK, step)
    assert_says(caption, "straight_length", float(sum(s * s for s in step)) ** 0.5)


def test_the_drawn_pass_stays_at_its_level_and_is_as_long_as_quoted(drawn):
    result, caption = drawn
    corners = result.path.theta
    assert corners[0].tolist() == [float(t) for t in exact.TEXTBOOK]
    assert corners[-1].tolist() == [float(t) for t in TWIN]
    for start, end in pairwise(corners):
        step = [Fraction(b) - Fraction(a) for a, b in zip(start, end, strict=True)]
        assert stays_below(result.level + ROUNDING, start, step)
    assert_says(caption, "pieces", len(corners) - 1)
    assert_says(caption, "pass_length", np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())
    at_c = result.places.index("C")
    assert result.losses[at_c] == pytest.approx(float(result.level), abs=1e-12)


def test_the_pass_is_the_lowest_by_a_graph_of_cells(drawn):
    _, caption = drawn
    mine, twins = exact.cells_at(exact.TEXTBOOK), exact.cells_at(TWIN)
    solved = exact.components(0)
    assert len({solved[cell] for cell in mine}) == len({solved[cell] for cell in twins}) == 1
    assert_says(caption, "level", exact.lowest_pass(mine[0], twins[0]))


def test_the_units_named_change_the_sign_of_the_output_weight_where_they_add_nothing(drawn):
    result, caption = drawn
    for k, u in enumerate(unit - 1 for unit in result.turned):
        assert_says(caption, f"turned[{k}]", u + 1)
        flat = []
        for start, end in pairwise(result.path.theta):
            if start[6 + u] * end[6 + u] < 0:
                still = [u, 2 + u, 4 + u]
                flat.append(not start[still].any() and not end[still].any() and loss(start) == loss(end))
        assert flat
        assert all(flat)


def test_no_path_is_found_below_the_pass(drawn):
    """Polylines are deformed to lower their highest point: from bent straight lines, and from the pass itself."""
    result, _ = drawn
    rng, ends = np.random.default_rng(0), (TEXTBOOK, TEXTBOOK[SWAPPED])
    level, found = float(result.level), []
    share = np.linspace(0.0, 1.0, 10)[:, None]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(result.path.theta, axis=0), axis=1))])
    on_pass = np.stack([np.interp(share[:, 0] * length[-1], length, t) for t in result.path.theta.T], axis=1)
    straight = ends[0] + share * (ends[1] - ends[0])
    for k in range(4):
        start = (straight, on_pass)[k % 2]
        bump = (np.sin(np.pi * share * m) * rng.standard_normal(9) for m in (1, 2, 3))
        corners = start + (1.5, 0.05)[k % 2] * sum(bump)
        for sharpness in (60.0, 600.0):
            how = {"method": "L-BFGS-B", "jac": True, "options": {"maxiter": 150}}
            lowered = minimize(_highest, corners[1:-1].ravel(), (ends, sharpness), **how)
            corners = np.vstack([ends[0], lowered.x.reshape(-1, 9), ends[1]])
        _, highest = zip(*(steepest_fall(a, (b - a)[None], 1.0) for a, b in pairwise(corners)), strict=True)
        found.append(max(float(h[0]) for h in highest))
    assert min(found) >= level - 1e-9
    assert min(found) < 1.1 * level, "the search is too weak to mean anything"


def _highest(inner, ends, sharpness, places=6):
    """Return a smooth bound on the highest loss on a polyline, and its gradient with respect to the inner corners."""
    corners = np.vstack([ends[0], inner.reshape(-1, 9), ends[1]])
    t = (np.arange(places) / places)[:, None, None]
    points = (1.0 - t) * corners[:-1] + t * corners[1:]
    losses, slopes = loss(points), gradient(points)
    weight = softmax(sharpness * losses)[..., None] * slopes
    at_corners = np.zeros_like(corners)
    at_corners[:-1] += ((1.0 - t) * weight).sum(0)
    at_corners[1:] += (t * weight).sum(0)
    return logsumexp(sharpness * losses) / sharpness, at_corners[1:-1].ravel()
