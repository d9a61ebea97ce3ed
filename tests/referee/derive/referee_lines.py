"""The loss along a straight line, as polynomials in rational arithmetic."""

from fractions import Fraction
from itertools import pairwise

from referee_exact import UNITS, Y, preactivations
from referee_rational import derivative, is_never_negative


def pieces(origin, direction, reach):
    """Return the loss at ``origin + t direction`` for t from 0 to ``reach``: [(from, to, coefficients of t^k)].

    Outputs are quadratic in t between kinks, so the loss is a polynomial of degree 4 there.
    """
    origin, direction, reach = [Fraction(t) for t in origin], [Fraction(d) for d in direction], Fraction(reach)
    starts, slopes = preactivations(origin), _slopes(direction)
    ends = {Fraction(0), reach}
    for u in UNITS:
        for z, dz in zip(starts[u], slopes[u], strict=True):
            if dz and 0 < -z / dz < reach:
                ends.add(-z / dz)
    found = []
    for low, high in pairwise(sorted(ends)):
        middle = (low + high) / 2
        total = [Fraction(0)] * 5
        for i in range(4):
            c = [origin[8] - Y[i], direction[8], Fraction(0)]
            for u in UNITS:
                z, dz = starts[u][i], slopes[u][i]
                if z + middle * dz > 0:
                    v, dv = origin[6 + u], direction[6 + u]
                    c = [c[0] + v * z, c[1] + v * dz + dv * z, c[2] + dv * dz]
            square = (c[0] ** 2, 2 * c[0] * c[1], c[1] ** 2 + 2 * c[0] * c[2], 2 * c[1] * c[2], c[2] ** 2)
            total = [t + s / 4 for t, s in zip(total, square, strict=True)]
        found.append((low, high, tuple(total)))
    return found


def _slopes(direction):
    """Return how the pre-activations change along a direction: an affine function without the constant of theta."""
    return preactivations([*direction[:6], 0, 0, 0])


def never_falls(origin, direction, reach):
    """Decide exactly whether the loss never falls from t = 0 to ``reach`` along a line."""
    return all(is_never_negative(derivative(c), low, high) for low, high, c in pieces(origin, direction, reach))


def stays_below(bound, origin, direction, reach=1):
    """Decide exactly whether the loss is at most ``bound`` from t = 0 to ``reach`` along a line."""
    for low, high, (constant, *others) in pieces(origin, direction, reach):
        if not is_never_negative((bound - constant, *(-c for c in others)), low, high):
            return False
    return True
