"""The highest loss on a straight line between two points, and whether it falls anywhere on it, exactly.

Along theta(s) = a + s (b - a), 0 <= s <= 1, every pre-activation is affine in s. So between two consecutive zeros of
pre-activations the outputs are quadratic and the loss is a polynomial of degree 4. The floats of a and b are treated as
exact rationals, so breakpoints and coefficients are rational.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb
from typing import NamedTuple

from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.exact import rational
from landscape.networks.relu import ReluNetwork, require_relu_network

Polynomial = tuple[Fraction, ...]
"""Coefficients, the constant first."""

WIDTH = Fraction(1, 2**60)
"""Width to which a root that is not rational is bracketed; at a maximum the error of the value is of order width^2."""
MOST_HALVED = 200
"""Most intervals of a line that are halved, about a second; a few are usual. More can separate roots near 1e-60."""
DENOMINATOR = 10**6
"""Largest denominator for which it is tested whether a root is exactly a rational."""


class StraightBarrier(NamedTuple):
    """The highest loss on a line.

    value : the loss; exact where ``is_exact``, else within about 1e-30 of it, relative to the height of the line
    position : s, the fraction of the line
    is_exact : whether the maximum is at a rational s that was found exactly
    """

    value: Fraction
    position: Fraction
    is_exact: bool


def straight_barrier(net: ReluNetwork, theta_a: ArrayLike, theta_b: ArrayLike) -> StraightBarrier:
    """Return the highest loss on the straight line from ``theta_a`` (n,) to ``theta_b`` (n,), at its first maximum.

    Examples
    --------
    >>> from landscape import xor
    >>> swapped = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]
    >>> top = straight_barrier(xor.network(), xor.TEXTBOOK, swapped)
    >>> str(top.value), str(top.position), top.is_exact
    ('27/16', '1/2', True)
    """
    require_relu_network(net)
    best: StraightBarrier | None = None
    for low, high, loss in loss_pieces(net, theta_a, theta_b):
        for s in [low, *roots(_slope(loss), low, high), high]:
            value = value_at(loss, s)
            if best is None or value > best.value:
                known = s in (low, high) or not value_at(_slope(loss), s)
                best = StraightBarrier(value, s, known)
    assert best is not None  # a line has at least one piece
    return best


def never_falls(net: ReluNetwork, theta_a: ArrayLike, theta_b: ArrayLike) -> bool:
    """Return whether the loss nowhere decreases on the straight line from ``theta_a`` (n,) to ``theta_b`` (n,).

    From a minimum outwards this is what a bowl looks like; a decrease means that the line meets another valley. No grid
    is involved: the derivative of each piece is checked for negative values by the number of its roots.

    Raises
    ------
    ValueError
        If roots are so close to each other that they are not separated after ``MOST_HALVED`` intervals were halved,
        which happens only if the points differ in size by a factor of 1e60 or so.

    Examples
    --------
    >>> import numpy as np
    >>> from landscape import xor
    >>> swapped = xor.TEXTBOOK[[1, 0, 3, 2, 5, 4, 7, 6, 8]]  # the same network with its units in the other order
    >>> never_falls(xor.network(), xor.TEXTBOOK, swapped), never_falls(xor.network(), xor.TEXTBOOK, 2 * xor.TEXTBOOK)
    (False, True)
    """
    require_relu_network(net)
    return all(_is_nonnegative(_slope(loss), low, high) for low, high, loss in loss_pieces(net, theta_a, theta_b))


def loss_pieces(
    net: ReluNetwork, theta_a: ArrayLike, theta_b: ArrayLike
) -> list[tuple[Fraction, Fraction, Polynomial]]:
    """Return the loss from ``theta_a`` (s = 0) to ``theta_b`` (s = 1), piece by piece: (from, to, polynomial in s)."""
    a = rational.rational(checks.vector("theta_a", theta_a, net.n_parameters))[0]
    b = rational.rational(checks.vector("theta_b", theta_b, net.n_parameters))[0]
    line: list[Polynomial] = [(p, q - p) for p, q in zip(a, b, strict=True)]
    d, h = net.n_inputs, net.hidden
    inputs, targets = rational.rational(net.inputs), rational.rational(net.targets)[0]

    def preactivation(row: rational.Vector, u: int) -> Polynomial:
        terms = [_times((x,), line[k * h + u]) for k, x in enumerate(row)]
        return _sum([line[d * h + u], *terms])

    z = [[preactivation(row, u) for u in range(h)] for row in inputs]
    kinks = {-f[0] / f[1] for row in z for f in row if f[1]}
    ends = [Fraction(0), *sorted(s for s in kinks if 0 < s < 1), Fraction(1)]
    pieces = []
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        loss: Polynomial = (Fraction(0),)
        for row, y in zip(z, targets, strict=True):
            active = [_times(f, line[(d + 1) * h + u]) for u, f in enumerate(row) if value_at(f, middle) > 0]
            residual = _sum([line[-1], (-y,), *active])
            loss = _sum([loss, _times((Fraction(1, net.n_samples),), _times(residual, residual))])
        pieces.append((low, high, loss))
    return pieces


def value_at(f: Polynomial, s: Fraction) -> Fraction:
    """Return f(s)."""
    value = Fraction(0)
    for c in reversed(f):
        value = value * s + c
    return value


def roots(f: Polynomial, low: Fraction, high: Fraction) -> list[Fraction]:
    """Return where ``f`` changes sign between ``low`` and ``high``, ascending.

    Between consecutive roots of its derivative f is monotone and has at most one root, which bisection finds.

    >>> [str(s) for s in roots((Fraction(3, 4), Fraction(-2), Fraction(1)), Fraction(0), Fraction(2))]
    ['1/2', '3/2']
    """
    f = _trimmed(f)
    if len(f) < 2:
        return []
    turns = [low, *roots(_slope(f), low, high), high] if len(f) > 2 else [low, high]
    return [_bisect(f, a, b) for a, b in pairwise(turns) if value_at(f, a) * value_at(f, b) < 0]


def _bisect(f: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    if len(f) == 2:
        return -f[0] / f[1]
    rising = value_at(f, low) < 0
    while high - low > WIDTH:
        middle = (low + high) / 2
        value = value_at(f, middle)
        if not value:
            return middle
        root_is_above = (value < 0) == rising
        low, high = (middle, high) if root_is_above else (low, middle)
    simple = low.limit_denominator(DENOMINATOR)
    return low if value_at(f, simple) else simple


def _slope(f: Polynomial) -> Polynomial:
    return tuple(k * c for k, c in enumerate(f))[1:]


def _sum(terms: Sequence[Polynomial]) -> Polynomial:
    longest = max(map(len, terms))
    return tuple(sum((f[k] for f in terms if k < len(f)), Fraction(0)) for k in range(longest))


def _times(f: Polynomial, g: Polynomial) -> Polynomial:
    product = [Fraction(0)] * (len(f) + len(g) - 1)
    for i, x in enumerate(f):
        for j, y in enumerate(g):
            product[i + j] += x * y
    return tuple(product)


def _is_nonnegative(f: Polynomial, low: Fraction, high: Fraction) -> bool:
    """Return whether ``f`` is nowhere negative between ``low`` and ``high``."""
    if all(c >= 0 for c in _bernstein(f, low, high)):
        return True
    chain = _sturm_chain(f)
    intervals, n_halved = [(low, high)] if chain else [], 0
    while intervals:
        if n_halved == MOST_HALVED:
            raise ValueError(
                "theta_a and theta_b must not differ too much in size; whether the loss falls between them is "
                f"not known after {MOST_HALVED} intervals were halved"
            )
        n_halved += 1
        a, b = intervals.pop()
        middle = (a + b) / 2
        ends = value_at(f, a), value_at(f, b)
        if min(*ends, value_at(f, middle)) < 0:
            return False
        roots_inside = _sign_changes(chain, a) - _sign_changes(chain, b) - (ends[1] == 0)
        only_touches = roots_inside == 1 and min(ends) > 0  # a root at which f does not change its sign
        if roots_inside and not only_touches:
            intervals += [(a, middle), (middle, b)]
    return True


def _bernstein(f: Polynomial, low: Fraction, high: Fraction) -> list[Fraction]:
    """Return the coefficients of ``f`` in the Bernstein basis of the interval; its values there lie between them."""
    shifted, degree = list(f), len(f) - 1
    for k in range(degree):  # the coefficients of powers of s - low
        for i in range(degree - 1, k - 1, -1):
            shifted[i] += low * shifted[i + 1]
    scaled = [c * (high - low) ** k / comb(degree, k) for k, c in enumerate(shifted)]
    return [sum((comb(i, k) * scaled[k] for k in range(i + 1)), Fraction(0)) for i in range(degree + 1)]


def _sturm_chain(f: Polynomial) -> list[Polynomial]:
    """Return the Sturm chain of ``f``, without the common factors of multiple roots; empty for the polynomial 0.

    The number of distinct roots in (a, b] is the number of sign changes of the chain at a minus that at b.
    """
    chain, following = [_trimmed(f)], _trimmed(_slope(f))
    if not chain[0]:
        return []
    while following:
        chain.append(following)
        remainder = _divided(chain[-2], chain[-1])[1]
        following = _trimmed(tuple(-c for c in remainder))
    return [_divided(g, chain[-1])[0] for g in chain]


def _sign_changes(chain: Sequence[Polynomial], s: Fraction) -> int:
    """Return how often consecutive values of the chain at ``s``, leaving out zeros, differ in sign."""
    signs = [value > 0 for g in chain if (value := value_at(g, s))]
    return sum(a != b for a, b in pairwise(signs))


def _divided(f: Polynomial, g: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return quotient and remainder of a division by ``g``, whose leading coefficient is not 0."""
    rest, quotient = list(f), [Fraction(0)] * max(1, len(f) - len(g) + 1)
    for k in range(len(f) - len(g), -1, -1):
        quotient[k] = rest[k + len(g) - 1] / g[-1]
        for i, c in enumerate(g):
            rest[k + i] -= quotient[k] * c
    return tuple(quotient), tuple(rest)


def _trimmed(f: Polynomial) -> Polynomial:
    """Return ``f`` without leading coefficients that are 0."""
    while f and not f[-1]:
        f = f[:-1]
    return f
