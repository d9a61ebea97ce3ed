"""One fact has one number: what several figures quote of Keras-default starts comes from the same runs."""

from collections import defaultdict

import numpy as np
import pytest
from telling import Said

import landscape as ls
from figures.lecture import NAMES, lecture_figure
from figures.lecture.fresh_runs import FreshRuns, counted_steps, ended, train
from figures.lecture.runs.remedies import ALL_CORRECT
from figures.lecture.settings import STARTS, FreshStarts
from figures.recipes.validation import recipe
from landscape import xor

COUNTING = [name for name in NAMES if issubclass(lecture_figure(name).Settings, FreshStarts)]
"""The figures that quote what becomes of Keras-default starts."""
OWN = {
    "perturbation": {"solved"},  # of starts about the optimum
    "signs": {"dead", "left", "level_told", "solved_told"},
    "fates": {"decided", "wrong", "complete", "proven_dead", "configuration_shares"}
    | {"complete_solved", "complete_dying", "complete_stuck"},
    "tree": {"family_shares", "unseen"},
    "remedies": {"right", "change", "below"},  # of other networks and trainings
    "outcomes": {"right_after_epochs"},
}
"""Shares that only this figure quotes."""


def runs_of(name, **keys):
    """Return which runs a figure of a recipe quotes: all of their settings that matter."""
    settings, module = recipe(keys).settings[name], lecture_figure(name)
    if name in {"remedies", "fates"}:  # which train from the same starts themselves
        return FreshRuns(starts=settings.starts, seed=settings.seed, steps=settings.steps)
    return module.fresh_runs(settings)


@pytest.mark.parametrize(
    "defaults", [{}, {"starts": 500}, {"seed": 7}, {"steps": 2000}, {"starts": 300, "seed": 1, "steps": 3000}]
)
def test_by_default_all_figures_quote_the_same_runs_and_a_recipe_changes_them_at_once(defaults):
    assert len(COUNTING) >= 6
    found = {runs_of(name, defaults=defaults) for name in COUNTING}
    assert found == {FreshRuns(**defaults)}
    assert FreshRuns().starts == STARTS >= 20_000


@pytest.mark.parametrize("name", COUNTING)
def test_a_recipe_changes_one_figure_alone(name):
    own = {"starts": 450, "seed": 2, "steps": 700}
    assert runs_of(name, figures={name: own}, defaults={"seed": 9, "starts": 300}) == FreshRuns(**own)


def test_the_story_is_chosen_among_the_first_of_the_same_starts():
    assert recipe().settings["story"].seed == FreshRuns().seed
    assert "starts" not in lecture_figure("story").Settings.model_fields


@pytest.fixture(scope="module")
def captions():
    """The captions of all figures that count, each computed on its own, from few starts."""
    found = {}
    for name in COUNTING:
        module = lecture_figure(name)
        small = {"starts": 100, "runs": 10, "methods": (("Adam", 1e-3),)}
        own = {key: value for key, value in small.items() if key in module.Settings.model_fields}
        found[name] = Said(module, module.compute(module.Settings(**own)))
    return found


@pytest.mark.slow
def test_every_share_of_one_fact_has_one_value_and_one_interval_in_all_captions(captions):
    said, figures = defaultdict(set), defaultdict(set)
    for name, caption in captions.items():
        for number in caption.numbers():
            part = number.get("from", "").rpartition(".")[2]
            if number.get("of") and part in {"fraction", "low", "high"}:
                fact = number["of"].replace(ALL_CORRECT, "solved")  # the same for runs that have settled
                said[fact, part].add(number["value"])
                said[fact, part, number["format"]].add(number["text"])
                figures[fact].add(name)
    differing = {fact: numbers for fact, numbers in said.items() if len(numbers) > 1}
    assert not differing
    solved = next(fact for fact in figures if fact.startswith("solved after 10000 steps of Adam, lr 0.001"))
    assert figures[solved] >= {"outcomes", "remedies", "traps", "signs", "perturbation", "tree"}
    others = [fact for fact, names in figures.items() if len(names) > 1 and fact != solved]
    assert len(others) >= 7  # the traps, runs held there, and solved ones with other relu'(0)


@pytest.mark.slow
@pytest.mark.parametrize("name", COUNTING)
def test_every_share_says_of_which_fact_unless_no_other_figure_has_it(captions, name):
    for number in captions[name].numbers():
        member, _, part = number.get("from", "").rpartition(".")
        if part == "fraction" and not number.get("of"):
            assert member.partition("[")[0] in OWN[name], number["context"]


@pytest.mark.slow
def test_runs_and_shares_are_those_of_a_training_of_single_starts():
    runs = train(FreshRuns(starts=60, steps=2000, learning_rate=1e-2, seed=4, epochs=300, points=10))
    path = ls.train(xor.network(), ls.numbered_starts(xor.network(), 60, seed=4), ls.Adam(1e-2), 2000).theta
    np.testing.assert_array_equal(runs.end, path[:, -1])
    assert runs.step.tolist() == counted_steps(2000, 300, 10).tolist()
    assert {10, 300, 2000} <= set(runs.step.tolist())
    for index in (-1, runs.step.tolist().index(300)):
        level = ls.assign_levels(xor.network(), path[:, runs.step[index]])
        assert [share.count for share in ended(runs, index)] == [(level == k).sum() for k in range(4)]
        assert {share.total for share in ended(runs, index)} == {60}
        assert all(f" after {runs.step[index]} steps of Adam, lr 0.01, " in share.of for share in ended(runs, index))
