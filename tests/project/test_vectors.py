"""The network against exact rational values: every check of data/vectors.json, and a second, exact network.

``Exact`` is an independent 2-2-1 network in Fractions. It is held against the file first; then the
float network is held against both. Entries with denominators 2^k are exact floats, and so is every
number computed from them here, so those comparisons demand equality to the last bit.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from places import VECTORS

from landscape import xor

CHECKS = VECTORS
NET = xor.network()
QUICK = settings(max_examples=80)
SAMPLES = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
EPS = 2.0**-52


class Exact:
    """The 2-2-1 ReLU network at one theta, in Fractions."""

    def __init__(self, theta):
        t = [Fraction(x) for x in theta]
        self.weights = [(t[u], t[2 + u]) for u in (0, 1)]
        self.biases, self.outer, self.shift = t[4:6], t[6:8], t[8]
        self.z = [
            [w[0] * x[0] + w[1] * x[1] + b for w, b in zip(self.weights, self.biases, strict=True)] for x, _ in SAMPLES
        ]
        self.outputs = [sum(v * max(z, 0) for v, z in zip(self.outer, row, strict=True)) + self.shift for row in self.z]
        self.residuals = [o - y for o, (_, y) in zip(self.outputs, SAMPLES, strict=True)]
        self.loss = sum(r * r for r in self.residuals) / 4

    @property
    def gradient(self):
        total = [Fraction(0)] * 9
        for (x, _), row, r in zip(SAMPLES, self.z, self.residuals, strict=True):
            for u in (0, 1):
                if row[u] > 0:
                    for place, factor in ((u, x[0]), (2 + u, x[1]), (4 + u, 1)):
                        total[place] += r * self.outer[u] * factor / 2
                    total[6 + u] += r * row[u] / 2
            total[8] += r / 2
        return total


def fractions(values):
    return [Fraction(v) for v in values]


def floats(values):
    return np.array([float(Fraction(v)) for v in values])


def is_dyadic(values):
    return all(Fraction(v).denominator & (Fraction(v).denominator - 1) == 0 for v in values)


def check(theta, *, loss=None, pred=None, grad=None):
    """Hold the exact network against the given values, then the float network against the exact one."""
    exact = Exact(theta)
    if loss is not None:
        assert exact.loss == Fraction(loss)
    if pred is not None:
        assert exact.outputs == fractions(pred)
    if grad is not None:
        assert exact.gradient == fractions(grad)
    point = floats(theta)
    slack = 0.0 if is_dyadic(theta) else 64 * EPS
    np.testing.assert_allclose(NET.loss(point), float(exact.loss), rtol=slack, atol=slack)
    np.testing.assert_allclose(NET.predict(point), floats(exact.outputs), rtol=slack, atol=slack)
    np.testing.assert_allclose(NET.preactivations(point), [floats(row) for row in exact.z], rtol=slack, atol=slack)
    np.testing.assert_allclose(NET.gradient(point), floats(exact.gradient), rtol=slack, atol=slack)


def test_every_check_of_the_file_has_a_test():
    assert set(CHECKS) == {"C01", "C02", "C03", "C04", "C05", "C07", "C16"}


@pytest.mark.parametrize("case", CHECKS["C01"]["cases"], ids=lambda c: c.get("comment", c["loss"]))
def test_c01_anchor_values(case):
    check(case["theta"], loss=case["loss"], pred=case.get("pred"), grad=case.get("grad"))


def test_c02_preactivations_and_kinks_at_the_optimum():
    z = NET.preactivations(xor.TEXTBOOK)
    assert z.tolist() == CHECKS["C02"]["preactivations"] == Exact(xor.TEXTBOOK).z
    zeros = [(*xor.X[sample], unit) for sample, unit in np.argwhere(z == 0)]
    assert zeros == [(*e["sample"], e["unit"]) for e in CHECKS["C02"]["exact_zero"]]


def test_c02_eight_cones_meet_because_the_kink_functionals_are_independent():
    moves = []
    for functional in CHECKS["C02"]["kink_functionals"]:
        row = np.zeros(9)
        row[[NET.parameter_names.index(name) for name in functional.split("+")]] = 1
        moves.append(row)
    assert np.linalg.matrix_rank(moves) == len(moves) == 3
    # Pre-activations are affine in theta: each functional is the change of one that is 0 at the optimum.
    kinked = np.argwhere(NET.preactivations(xor.TEXTBOOK) == 0)
    basis = np.stack([NET.preactivations(e)[tuple(kinked.T)] for e in np.eye(9)])
    assert sorted(basis.T.tolist()) == sorted(np.array(moves).tolist())
    dual = np.linalg.pinv(basis)  # (3, 9): moves one functional at a time
    signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
    reached = NET.preactivations(xor.TEXTBOOK + 0.01 * signs @ dual)[:, kinked[:, 0], kinked[:, 1]] > 0
    np.testing.assert_array_equal(reached, signs > 0)
    assert len(reached) == CHECKS["C02"]["cones_meeting"] == 8


@pytest.mark.parametrize("row", CHECKS["C03"]["rows"], ids=lambda r: r["coord"])
def test_c03_axis_probes(row):
    place = NET.parameter_names.index(row["coord"])

    def moved(t):
        theta = [Fraction(int(x)) for x in xor.TEXTBOOK]
        theta[place] += t
        return theta

    for t in ("1/2", "-1/2", "1/4", "-1/4"):
        check(moved(Fraction(t)), loss=row[f"t={t}"])
    for side, kappa in ((1, row["kappa_plus"]), (-1, row["kappa_minus"])):
        for k in (4, 12, 24):
            t = side * Fraction(1, 2**k)
            assert Exact(moved(t)).loss / t**2 == Fraction(kappa)
            check(moved(t))


def test_c03_covers_every_parameter():
    assert [row["coord"] for row in CHECKS["C03"]["rows"]] == list(NET.parameter_names)


@pytest.mark.parametrize("case", CHECKS["C04"]["cases"], ids=lambda c: c["s"])
def test_c04_radial_line(case):
    s = Fraction(case["s"])
    assert (1 - s**2) ** 2 / 2 == Fraction(case["loss"]) == Fraction(case["formula"])
    check([s * int(x) for x in xor.TEXTBOOK], loss=case["loss"])


@pytest.mark.parametrize("case", CHECKS["C05"]["cases"], ids=lambda c: c["comment"])
def test_c05_suboptimal_flat_minima(case):
    assert case["grad_all_zero"]
    assert case["differentiable"]
    check(case["theta"], loss=case["loss"], pred=case["pred"], grad=["0"] * 9)
    exact = Exact(case["theta"])
    assert all(z != 0 for row in exact.z for z in row)
    # A local minimum: no rational point of a small box lies lower, exactly compared.
    random = Random(0)
    for _ in range(200):
        step = [Fraction(random.randint(-1000, 1000), 10**6) for _ in range(9)]
        assert Exact([Fraction(t) + s for t, s in zip(case["theta"], step, strict=True)]).loss >= exact.loss


def test_c05_levels_are_those_of_the_cases_and_zero():
    seen = {Fraction(c["loss"]) for c in CHECKS["C05"]["cases"]} | {Exact(xor.TEXTBOOK).loss}
    assert sorted(seen) == fractions(CHECKS["C05"]["levels"])


@pytest.mark.parametrize("case", CHECKS["C07"]["cases"], ids=lambda c: c["name"])
def test_c07_symmetries(case):
    check(case["theta"], loss=case["loss"])


def test_c07_the_listed_points_are_images_of_the_identity_under_the_named_maps():
    listed = {c["name"].split(" ")[0]: fractions(c["theta"]) for c in CHECKS["C07"]["cases"]}
    t = listed["identity"]
    a, c = Fraction(4), Fraction(1, 2)
    assert listed["hidden"] == [t[i] for i in (1, 0, 3, 2, 5, 4, 7, 6, 8)]
    assert listed["scale"] == [t[0] * a, t[1] * c, t[2] * a, t[3] * c, t[4] * a, t[5] * c, t[6] / a, t[7] / c, t[8]]
    assert listed["swap"] == [t[i] for i in (2, 3, 0, 1, 4, 5, 6, 7, 8)]
    assert listed["reflect"] == [-t[0], -t[1], t[2], t[3], t[4] + t[0], t[5] + t[1], -t[6], -t[7], 1 - t[8]]


def test_c07_gradient_at_the_identity():
    check(CHECKS["C07"]["cases"][0]["theta"], grad=CHECKS["C07"]["gradient_at_identity"])


def test_c16_permutation_barrier():
    start = [Fraction(int(x)) for x in xor.TEXTBOOK]
    end = [start[i] for i in (1, 0, 3, 2, 5, 4, 7, 6, 8)]

    def between(s):
        return [(1 - s) * a + s * b for a, b in zip(start, end, strict=True)]

    for case in CHECKS["C16"]["cases"]:
        check(between(Fraction(case["s"])), loss=case["loss"])
    top = Fraction(CHECKS["C16"]["max"].split(" ")[0])
    losses = [Exact(between(Fraction(k, 128))).loss for k in range(129)]
    assert max(losses) == top == losses[64]
    assert all(a < b for a, b in pairwise(losses[:65]))


eighths = st.integers(-24, 24).map(lambda k: Fraction(k, 8))


@QUICK
@given(st.lists(eighths, min_size=9, max_size=9))
def test_float_network_equals_the_exact_one_bit_for_bit_at_dyadic_points(theta):
    check(theta)


@QUICK
@given(st.lists(st.floats(-3, 3), min_size=9, max_size=9))
def test_float_network_is_within_rounding_of_the_exact_one_anywhere(theta):
    # Any float is a Fraction, so the exact value of the same theta is known. |theta| <= 3 keeps every
    # intermediate sum below 10^3, hence 10^3 roundings of 10^3 eps bound the error with room to spare.
    exact = Exact(theta)
    assert abs(Fraction(float(NET.loss(theta))) - exact.loss) <= 1e4 * EPS
    for got, wanted in zip(NET.gradient(theta), exact.gradient, strict=True):
        assert abs(Fraction(float(got)) - wanted) <= 1e5 * EPS


@QUICK
@given(st.lists(eighths, min_size=9, max_size=9))
def test_exact_gradient_agrees_with_exact_differences(theta):
    exact = Exact(theta)
    assume(all(z != 0 for row in exact.z for z in row))  # one-sided otherwise
    step = Fraction(1, 10**6)  # pre-activations are multiples of 1/8: no kink is crossed
    for i, g in enumerate(exact.gradient):
        up, down = list(theta), list(theta)
        up[i] += step
        down[i] -= step
        # With the others fixed the loss is a quadratic in each single parameter: the difference is exact.
        assert (Exact(up).loss - Exact(down).loss) / (2 * step) == g


def test_second_derivatives_agree_with_exact_differences():
    theta = [Fraction(k, 8) for k in (5, -3, 7, 6, -1, 2, 9, -6, 1)]
    assert all(z != 0 for row in Exact(theta).z for z in row)
    hessian, step = NET.hessian(floats(theta)), Fraction(1, 10**4)

    def loss(*moves):
        point = list(theta)
        for i, s in moves:
            point[i] += s
        return Exact(point).loss

    for i in range(9):
        assert hessian[i, i] == float((loss((i, step)) + loss((i, -step)) - 2 * loss()) / step**2)
    for i, j in combinations(range(9), 2):
        mixed = sum(s * t * loss((i, s * step), (j, t * step)) for s in (1, -1) for t in (1, -1)) / (4 * step**2)
        assert hessian[i, j] == hessian[j, i] == float(mixed)
