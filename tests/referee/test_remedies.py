"""The claims of the figure "remedies": rows again in numpy, trial by trial where starts are stated, else by shares."""

from functools import lru_cache

import numpy as np
import pytest
import referee_training as rt
from referee_captions import figure

pytestmark = pytest.mark.heavy

TRIALS, OWN, OTHERS = 256, 64, 150
"""Trials of the figure in this test, the first of them that the referee runs, and trials from starts of its own."""

LEAK = 0.2
MODELS = {
    "leaky ReLU": rt.Model(negative=LEAK, at_zero=LEAK),
    "tanh": rt.Model(activation="tanh"),
    "cross-entropy": rt.Model(head="sigmoid"),
    "tanh, cross-entropy": rt.Model(activation="tanh", head="sigmoid"),
    "relu'(0) = 0.5": rt.Model(at_zero=0.5),
    "relu'(0) = 1": rt.Model(at_zero=1.0),
    "3 units": rt.Model(hidden=3),
    "8 units": rt.Model(hidden=8),
    "4 leaky ReLU": rt.Model(hidden=4, negative=LEAK, at_zero=LEAK),
}
"""Rows that differ from the first one in the network."""


class Arrival:
    """When each run fell below the limit, which ends it, and from which step on it was right until it ended."""

    def __init__(self, model, limit):
        self.model, self.limit, self.right, self.below, self._wrong_at = model, limit, None, None, None

    def __call__(self, t, columns, out):
        """Look at the outputs after t updates; True when all runs have ended."""
        if self.below is None:
            self.below, self._wrong_at = np.full(out.shape[1], -1), np.full(out.shape[1], -1)
        wrong = ((out >= (0.5 if self.model.head == "linear" else 0.0)) != (rt.Y[:, None] > 0.5)).any(axis=0)
        going = self.below < 0
        self._wrong_at[going & wrong] = t
        self.below[going & (self.model.losses(out).mean(axis=0) < self.limit)] = t
        self.right = np.where(self._wrong_at < t, self._wrong_at + 1, -1)
        self.right[(self.below >= 0) & (self._wrong_at < self.below)] = (
            self._wrong_at[(self.below >= 0) & (self._wrong_at < self.below)] + 1
        )
        return bool((self.below >= 0).all())


@lru_cache
def said():
    """What the caption says of fewer trials."""
    return figure("remedies", starts=TRIALS)


def row(name):
    """The index of a row."""
    return [remedy.name for remedy in said().result.trials.remedies].index(name)


def stated_starts(hidden=2, count=OWN, attempt=0):
    """Starts of the first trials: 256 trials share a random stream, and each attempt has one."""
    stream = np.random.default_rng(np.random.SeedSequence(said()["seed"], spawn_key=(0, attempt)))
    return rt.glorot(256, stream, hidden)[:count]


def run(starts, rule, model=rt.RELU, steps=None, weights=None):
    """Train until the limit or the last step, and return when the runs were right for good and below the limit."""
    arrival = Arrival(model, said()["limit"])
    rt.train(starts, rule, steps or said()["steps"], model=model, watch=arrival, weights=weights)
    return arrival


def compare(name, arrival, differing=1):
    """Compare with the package trial by trial; ``differing`` runs may end otherwise, by rounding.

    Where steps do not shrink, rounding also shifts by some steps when a loss that swings passes the limit.
    """
    trials = said().result.trials
    for ours, own in ((trials.right[row(name)], arrival.right), (trials.below[row(name)], arrival.below)):
        assert ((ours[: own.size] >= 0) != (own >= 0)).sum() <= differing, name
        both = (ours[: own.size] >= 0) & (own >= 0)
        assert (np.abs(ours[: own.size] - own)[both] > 20).sum() <= differing, name


@pytest.mark.parametrize("name", MODELS)
def test_rows_with_another_network(name):
    model = MODELS[name]
    if name == "leaky ReLU":
        assert said()["leaky_slope"] == pytest.approx(LEAK, rel=1e-7)  # Keras holds it in float32
    compare(name, run(stated_starts(model.hidden), rt.Adam(), model))


def test_rows_with_another_start_or_rate():
    """The first row and three more as one batch, with a rate for each run."""
    starts = np.tile(stated_starts(), (4, 1))
    starts[OWN : 2 * OWN, 4:6], starts[2 * OWN : 3 * OWN, 4:6] = 0.1, 0.5
    rates = np.full(4 * OWN, 1e-3)
    rates[3 * OWN :] = 1e-2
    found = run(starts, rt.Adam(rates))
    for k, name in enumerate(("2 ReLU, MSE, Adam", "start bias 0.1", "start bias 0.5", "Adam, lr 0.01")):
        part = Arrival(rt.RELU, said()["limit"])
        part.right, part.below = (each[k * OWN : (k + 1) * OWN] for each in (found.right, found.below))
        compare(name, part)


@pytest.mark.parametrize("name", ["RMSprop", "SGD, lr 0.01", "momentum 0.9, lr 0.01", "Adam, lr 0.01, decay"])
def test_rows_with_another_optimizer(name):
    rule = {
        "RMSprop": rt.RMSprop(),
        "SGD, lr 0.01": rt.SGD(),
        "momentum 0.9, lr 0.01": rt.SGD(momentum=0.9),
        "Adam, lr 0.01, decay": rt.Decay(rt.Adam(1e-2), said()["steps"]),
    }[name]
    compare(name, run(stated_starts(), rule))


def agree(name, hits, runs_):
    """Compare a share with that of the figure."""
    assert abs(rt.two_sample_z(hits, runs_, round(said()[f"right[{row(name)}].fraction"] * TRIALS), TRIALS)) < 4, name


def test_batches():
    """Orders of its own for each epoch; the two rows as one batch of runs."""
    rng = np.random.default_rng(17)
    starts = np.tile(rt.glorot(OTHERS, rng), (2, 1))
    orders = {}

    def weights(t):
        if t % 4 == 0:
            orders["singles"] = rng.permuted(np.tile(np.arange(4), (OTHERS, 1)), axis=1)
        if t % 2 == 0:
            orders["pairs"] = rng.permuted(np.tile(np.arange(4), (OTHERS, 1)), axis=1)
        weight = np.zeros((4, 2 * OTHERS))
        runs_ = np.arange(OTHERS)
        for k in (0, 1):
            weight[orders["pairs"][:, 2 * (t % 2) + k], runs_] = 0.5
        weight[orders["singles"][:, t % 4], OTHERS + runs_] = 1.0
        return weight

    right = run(starts, rt.Adam(), weights=weights).right >= 0
    agree("batches of 2", right[:OTHERS].sum(), OTHERS)
    agree("batches of 1", right[OTHERS:].sum(), OTHERS)


def test_restarts_are_independent_trials_of_fewer_steps():
    """With a share p of single starts that are right after their part of the steps, of n starts 1 - (1 - p)^n."""
    starts = rt.glorot(2000, np.random.default_rng(23))
    for name, count, rate in (("1 restart", 2, 1e-3), ("9 restarts, lr 0.01", 10, 1e-2)):
        share = (run(starts[: 4000 // count], rt.Adam(rate), steps=said()["steps"] // count).right >= 0).mean()
        expected = 1 - (1 - share) ** count
        spread = count * (1 - share) ** (count - 1) * (share * (1 - share) / (4000 // count)) ** 0.5
        own = said()[f"right[{row(name)}].fraction"]
        assert abs(own - expected) < 4 * (spread**2 + own * (1 - own) / TRIALS) ** 0.5


def test_intervals_and_paired_differences():
    """Wilson's for shares; a difference is that of discordant trials, and its interval about that of the normal law."""
    met = said().result.trials.right >= 0
    for i in range(len(met)):
        if f"right[{i}].low" in said():
            assert said().share(f"right[{i}]") == pytest.approx((met[i].mean(), *rt.wilson(met[i].sum(), TRIALS)))
        if i and f"change[{i}].fraction" in said():
            gained, lost = (met[i] & ~met[0]).mean(), (~met[i] & met[0]).mean()
            half = 1.96 * ((gained + lost - (gained - lost) ** 2) / TRIALS) ** 0.5
            fraction, low, high = said().share(f"change[{i}]")
            assert fraction == pytest.approx(gained - lost)
            assert (low, high) == pytest.approx((fraction - half, fraction + half), abs=0.012)


def test_what_helps_and_what_hurts():
    """The table tells each row better or worse only if its interval excludes 0, or the first row's interval."""
    lines = said().caption.splitlines()
    _, base_low, base_high = said().share("right[0]")
    verdicts = {"better": (1, 1), "worse": (-1, -1), "no clear difference": (-1, 1)}
    for i, remedy in enumerate(said().result.trials.remedies[1:], start=1):
        (line,) = [line for line in lines if line.startswith(f"{remedy.name} | ")]
        (verdict,) = [words for words in verdicts if line.endswith(words)]
        if said().result.change[i] is not None:
            _, low, high = said().share(f"change[{i}]")
        else:
            _, own_low, own_high = said().share(f"right[{i}]")
            low, high = own_low - base_high, own_high - base_low
        assert np.sign(low) in (verdicts[verdict][0], 0), line
        assert np.sign(high) in (verdicts[verdict][1], 0), line


def test_steps_needed_in_the_first_row():
    found = run(stated_starts(), rt.Adam())
    for name, own in (("right", found.right), ("below", found.below)):
        ours = getattr(said().result.trials, name)[0]
        quartiles = np.quantile(ours[ours >= 0], [0.25, 0.5, 0.75])
        assert [said()[f"{name}_steps[0][{k}]"] for k in range(3)] == pytest.approx(quartiles)
        # The median of the referee's own runs lies between the quartiles.
        assert quartiles[0] < np.median(own[own >= 0]) < quartiles[2]


def test_cross_entropy_has_no_minimum():
    """Of any solution a larger multiple of the output layer has less loss, yet never none."""
    model = rt.Model(head="sigmoid")
    theta = np.array([1, 1, 1, 1, 0, -1, 2, -4, -1.0])
    scaled = np.array([theta * np.where(np.arange(9) < 6, 1, size) for size in (1, 2, 4, 8, 16)])
    values = rt.loss(scaled, model)
    assert (np.diff(values) < 0).all()
    assert values[-1] < 1e-6
    assert (values > 0).all()
