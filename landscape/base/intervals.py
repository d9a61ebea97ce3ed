"""Confidence intervals of proportions."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from landscape.base import checks
from landscape.base.arrays import Array


@dataclass(frozen=True)
class Share:
    """A share of a sample, with its Wilson 95 % interval.

    Parameters
    ----------
    count, total : int
        ``0 <= count <= total`` and ``total >= 1``.
    of : str
        The fact that is estimated, in words; shares of one fact have the same words. Empty where nobody compares them.

    Raises
    ------
    ValueError
        If a count is not a whole number or out of range.

    Examples
    --------
    >>> print(Share(4298, 20_000))
    21.5 % [20.9, 22.1]
    """

    count: int
    total: int
    of: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        wilson(self.count, self.total)
        object.__setattr__(self, "count", int(self.count))
        object.__setattr__(self, "total", int(self.total))

    @property
    def fraction(self) -> float:
        """The count over the total."""
        return self.count / self.total

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return float(wilson(self.count, self.total)[0])

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return float(wilson(self.count, self.total)[1])

    def __str__(self) -> str:
        return f"{100 * self.fraction:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}]"


@dataclass(frozen=True)
class Paired:
    """How a change turns out for the same sample: who succeeds only with it, and who only without it.

    Two shares of one sample are compared by those who differ. Whether their intervals overlap says little.

    Parameters
    ----------
    gained, lost : int
        How many succeed only with the change, and only without it.
    total : int
        Size of the sample; ``0 <= gained + lost <= total`` and ``total >= 1``.

    Raises
    ------
    ValueError
        If a count is not a whole number or out of range.

    References
    ----------
    McNemar: Note on the sampling error of the difference between correlated proportions or percentages (1947), for the
    test; Bonett and Price: Adjusted Wald confidence interval for a difference of binomial proportions based on paired
    data (2012), for the interval.

    Examples
    --------
    >>> change = Paired(gained=44, lost=104, total=2000)
    >>> print(change)
    -3.0 % [-4.2, -1.8]
    >>> f"{change.p_value:.0e}"
    '9e-07'
    """

    gained: int
    lost: int
    total: int

    def __post_init__(self) -> None:
        for name in ("gained", "lost"):
            wilson(getattr(self, name), self.total)
            object.__setattr__(self, name, int(getattr(self, name)))
        object.__setattr__(self, "total", int(self.total))
        wilson(self.gained + self.lost, self.total)

    @property
    def fraction(self) -> float:
        """The share with the change minus the share without it."""
        return (self.gained - self.lost) / self.total

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval of the difference."""
        return max(-1.0, self._middle - self._half)

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval of the difference."""
        return min(1.0, self._middle + self._half)

    @property
    def p_value(self) -> float:
        """The p-value of McNemar's exact test of no effect."""
        from scipy.stats import binomtest

        differ = self.gained + self.lost
        return float(binomtest(self.gained, differ).pvalue) if differ else 1.0

    @property
    def _middle(self) -> float:
        return (self.gained - self.lost) / (self.total + 2)

    @property
    def _half(self) -> float:
        n = self.total + 2
        variance = ((self.gained + self.lost + 2) / n - self._middle**2) / n
        return float(NormalDist().inv_cdf(0.975) * np.sqrt(variance))

    def __str__(self) -> str:
        return f"{100 * self.fraction:+.1f} % [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"


def wilson(successes: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Return the Wilson score interval of a proportion, ``(low, high)``.

    It contains the proportions p that a test of ``successes = n p`` with the normal approximation does not reject:
    with z the normal quantile of (1 + confidence) / 2::

        (successes + z^2 / 2 -+ z sqrt(successes (n - successes) / n + z^2 / 4)) / (n + z^2)

    Unlike the proportion plus or minus its standard error, it stays inside [0, 1] and has a positive width at 0 and n
    successes.

    Parameters
    ----------
    successes, n : array_like of whole numbers
        Broadcast against each other; ``0 <= successes <= n`` and ``n >= 1``.
    confidence : float, above 0 and below 1

    Returns
    -------
    low, high : ndarrays of the broadcast shape

    Raises
    ------
    ValueError
        If a count is not a whole number, or an argument is out of range.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference (1927).

    Examples
    --------
    >>> low, high = wilson([0, 5, 10], 10)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237, 0.722], [0.278, 0.763, 1.0])
    """
    confidence = checks.positive("confidence", confidence, below=1.0)
    k, n = _whole_numbers("successes", successes), _whole_numbers("n", n)
    if (n < 1).any():
        raise ValueError(f"n must be at least 1; got {n.min():g}")
    k, n = np.broadcast_arrays(k, n)
    outside = (k < 0) | (k > n)
    if outside.any():
        raise ValueError(f"successes must be between 0 and n; got {k[outside][0]:g} of {n[outside][0]:g}")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = k + z**2 / 2
    half = z * np.sqrt(k * (n - k) / n + z**2 / 4)
    low, high = (middle - half) / (n + z**2), (middle + half) / (n + z**2)
    return np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)


def _whole_numbers(name: str, value: ArrayLike) -> Array:
    array = checks.real_array(name, value)
    fractional = array != np.floor(array)
    if fractional.any():
        raise ValueError(f"{name} must be whole numbers, counts rather than shares; got {array[fractional].flat[0]:g}")
    return array
