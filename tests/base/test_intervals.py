"""The Wilson interval against scipy's, its symmetries, and how often it covers the truth."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binom, binomtest, multinomial

import landscape as ls


@pytest.mark.parametrize("n", [1, 2, 7, 50, 1000])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_equals_scipy(n, confidence):
    k = np.unique(np.linspace(0, n, 11).astype(int))
    low, high = ls.wilson(k, n, confidence)
    reference = [binomtest(int(i), n).proportion_ci(confidence, method="wilson") for i in k]
    np.testing.assert_allclose(low, [r.low for r in reference], rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(high, [r.high for r in reference], rtol=1e-12)


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.01, 0.999))
def test_holds_the_share_and_mirrors_with_it(n, share, confidence):
    k = round(share * n)
    low, high = ls.wilson(k, n, confidence)
    assert 0 <= low <= k / n <= high <= 1
    assert (low == 0) == (k == 0)
    assert (high == 1) == (k == n)
    np.testing.assert_allclose(np.subtract(1, ls.wilson(n - k, n, confidence)[::-1]), (low, high), atol=1e-12)


@pytest.mark.parametrize("p", [0.05, 0.4, 0.998])
def test_covers_the_truth_about_as_often_as_it_says(p):
    """Exactly, by summing the binomial distribution over the counts whose interval holds p."""
    n = 1000
    k = np.arange(n + 1)
    low, high = ls.wilson(k, n)
    covered = binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum()
    assert covered == pytest.approx(0.95, abs=0.015)


def test_broadcasts():
    low, high = ls.wilson([[1], [2]], [10, 20, 30])
    assert low.shape == high.shape == (2, 3)
    assert (low[1, 2], high[1, 2]) == ls.wilson(2, 30)
    assert ls.wilson([], 5)[0].shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 2), "successes must be between 0 and n; got 3 of 2"),
        (([1, -1], 2), "successes must be between 0 and n; got -1 of 2"),
        ((0, 0), "n must be at least 1; got 0"),
        ((0.5, 2), "successes must be whole numbers, counts rather than shares; got 0.5"),
        ((np.nan, 2), "successes must be finite; got nan"),
        ((1, 2, 1.0), "confidence must be above 0 and below 1; got 1.0"),
        ((1, 2, 0), "confidence must be above 0 and below 1; got 0"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        ls.wilson(*arguments)


def test_a_share_is_its_count_and_interval():
    share = ls.Share(np.int64(4298), 20_000)
    ci = binomtest(4298, 20_000).proportion_ci(method="wilson")
    assert (share.fraction, share.low, share.high) == pytest.approx((0.2149, ci.low, ci.high))
    assert str(share) == "21.5 % [20.9, 22.1]"
    assert (type(share.count), share) == (int, ls.Share(4298, 20_000))
    with pytest.raises(ValueError, match="successes must be between 0 and n; got 3 of 2"):
        ls.Share(3, 2)


def test_a_share_is_saved_and_loaded(tmp_path):
    ls.save(ls.Bundle(solved=ls.Share(3, 7), all=(ls.Share(0, 1), ls.Share(1, 1))), tmp_path / "shares.nc")
    loaded = ls.load(tmp_path / "shares.nc")
    assert (loaded.solved, loaded.all) == (ls.Share(3, 7), (ls.Share(0, 1), ls.Share(1, 1)))


@pytest.mark.parametrize(("n", "gain", "loss"), [(200, 0.05, 0.05), (200, 0.3, 0.1), (60, 0.02, 0.1)])
def test_a_paired_interval_covers_the_true_difference(n, gain, loss):
    """Exactly, by summing the trinomial distribution over the counts whose interval holds the difference."""
    gained, lost = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    gained, lost = (part[gained + lost <= n] for part in (gained, lost))
    weight = multinomial.pmf(np.stack([gained, lost, n - gained - lost], axis=1), n, [gain, loss, 1 - gain - loss])
    likely = weight > 1e-9
    pairs = [ls.Paired(g, k, n) for g, k in zip(gained[likely], lost[likely], strict=True)]
    covered = sum(w for w, pair in zip(weight[likely], pairs, strict=True) if pair.low <= gain - loss <= pair.high)
    assert 0.93 < covered < 0.99


def test_a_pair_is_judged_by_those_who_differ():
    pair = ls.Paired(gained=65, lost=30, total=2000)
    assert pair.fraction == 35 / 2000
    assert pair.p_value == pytest.approx(binomtest(65, 95).pvalue)
    assert 0 < pair.low < pair.fraction < pair.high
    mirrored = ls.Paired(gained=30, lost=65, total=2000)
    assert (mirrored.low, mirrored.high, mirrored.p_value) == pytest.approx((-pair.high, -pair.low, pair.p_value))
    assert (ls.Paired(0, 0, 5).fraction, ls.Paired(0, 0, 5).p_value) == (0, 1)
    with pytest.raises(ValueError, match="successes must be between 0 and n; got 6 of 5"):
        ls.Paired(3, 3, 5)
