"""From which step on perturbed runs end where the run itself does."""

import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
STARTS = ls.glorot_starts(NET, 120, rng=np.random.default_rng(3))


def decide(**change):
    given = {"at": [0, 30, 1000], "sigma": 0.1, "rng": np.random.default_rng(1), "copies": 3} | change
    return ls.decisions(NET, STARTS, ls.Adam(1e-2), 1500, **given)


@pytest.fixture(scope="module")
def found():
    return decide()


def test_copies_are_counted_as_a_loop_over_them_counts(found):
    rng, own = np.random.default_rng(1), ls.outcomes(NET, STARTS, ls.Adam(1e-2), 1500).level
    path = ls.train(NET, STARTS, ls.Adam(1e-2), 1000, record_every=10)
    died = ls.fates(NET, STARTS, ls.Adam(1e-2), 1500).died
    for k, step in enumerate([0, 30, 1000]):
        noise = 0.1 * rng.standard_normal((3, 120, 9))
        for i, unit in np.argwhere((died >= 0) & (died <= step)):
            noise[:, i, [unit, 2 + unit, 4 + unit, 6 + unit]] = 0
        starts = path.theta[:, path.step.tolist().index(step)] + noise
        same = sum(ls.outcomes(NET, copy, ls.Adam(1e-2), 1500).level == own for copy in starts)
        assert found.same[:, k].tolist() == same.tolist()


def test_decided_is_the_first_step_from_which_all_copies_agree(found):
    for same, decided in zip(found.same.tolist(), found.decided.tolist(), strict=True):
        later = [step for k, step in enumerate([0, 30, 1000]) if all(n == 3 for n in same[k:])]
        assert decided == (min(later) if later else -1)
    counts = [share.count for share in found.decided_by]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert found.wrong.total == (found.decided >= 0).sum()
    assert found.wrong.high < 0.2


def test_dead_units_are_not_perturbed():
    both_dead = [-1.0, -1, -1, -1, 0, 0, 1, 1, 0]
    found = ls.decisions(
        NET, both_dead, ls.Adam(1e-2), 1500, at=[0], sigma=1.0, rng=np.random.default_rng(0), copies=20
    )
    assert (found.same.tolist(), found.decided.tolist()) == ([[20]], [0])


def test_a_small_perturbation_leaves_more_runs_decided(found):
    small = decide(sigma=1e-3)
    assert small.decided_by[0].low > found.decided_by[0].high


@pytest.mark.parametrize(
    ("change", "error", "kind"),
    [
        ({"sigma": -1.0}, "sigma must be .*got -1", ValueError),
        ({"copies": 0}, "copies must be .*got 0", ValueError),
        ({"at": []}, r"at must hold at least one step; got \[\]", ValueError),
        ({"at": [2000]}, "at must hold whole numbers from 0 to steps = 1500; got 2000", ValueError),
        ({"rng": 1}, "rng must be", TypeError),
    ],
)
def test_bad_input(change, error, kind):
    with pytest.raises(kind, match=error):
        decide(**change)
