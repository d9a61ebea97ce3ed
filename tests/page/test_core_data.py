"""What Python hands over to the page is computed by `landscape`, and is the same each time."""

import json

import numpy as np
import pytest

import landscape as ls
from figures.lecture.runs import leaving, spikes, story
from figures.page.page_data import core_data, page_data
from landscape import xor
from landscape.base.intervals import wilson

NET = xor.network()


@pytest.fixture(scope="module")
def fresh():
    return ls.outcomes(NET, ls.numbered_starts(NET, 300, seed=0), ls.Adam(1e-2), 2000)


@pytest.fixture(scope="module")
def data(fresh):
    return page_data(fresh)


@pytest.mark.slow
def test_the_data_are_json_and_the_same_each_time(data, fresh):
    text = json.dumps(data, allow_nan=False)
    assert json.dumps(page_data(fresh), allow_nan=False) == text
    assert len(text) < 300_000


def test_the_known_shares_are_those_of_the_runs(data, fresh):
    known = dict(data["known"])
    assert known.pop("settings")["steps"] == 10_000
    assert list(known) == ["solved", "1/8", "1/6", "1/4", "on no level"]
    for name, count in zip(known, fresh.counts.tolist(), strict=True):
        assert known[name] == {"share": count / 300, "interval": list(map(float, wilson(count, 300))), "n": 300}


def test_levels(data):
    assert [level["value"] for level in data["levels"]] == [[0, 1], [1, 8], [1, 6], [1, 4]]


def test_the_presets_are_the_starts_of_the_exercise_and_of_the_figures(data):
    presets = {preset["name"]: preset for preset in data["presets"]}
    for offset in (0, 1e-5, 1e-2):
        assert presets[f"offset {offset:g}"]["theta"] == xor.offset_start(offset).tolist()
    assert presets["keras"]["theta"] == ls.numbered_starts(NET, 1, seed=0)[0].tolist()
    assert presets["leaving float32"]["theta"] == xor.offset_start(leaving.Settings().offset).tolist()
    assert presets["leaving float32"]["settings"]["precision"] == "float32"
    how = spikes.Settings()
    assert presets["spikes"]["settings"]["learningRate"] == how.learning_rate
    levels = {
        name: ls.assign_levels(
            NET, ls.train(NET, np.array(presets[name]["theta"]), ls.Adam(story.Settings().learning_rate), 6000).end[0]
        )
        for name in ("story solved", "story trapped")
    }
    assert levels["story solved"] == 0
    assert levels["story trapped"] > 0


def test_seeds_hold_the_directions_of_the_figures(data):
    assert len(data["seeds"]) == 24
    assert str(data["basins"]["plane"]["seed"]) in data["seeds"]
    rng = np.random.default_rng(7)
    assert data["seeds"]["7"]["d1"] == ls.random_direction(NET, rng=rng).tolist()
    assert data["seeds"]["7"]["d2"] == ls.random_direction(NET, rng=rng).tolist()


def test_the_core_needs_no_other_data(data):
    assert {name: data[name] for name in core_data()} == core_data()
