"""What Python hands over to the page is computed by `landscape`, and is the same each time."""

import json
import re

import numpy as np
import pytest

import landscape as ls
from figures.lecture.runs import leaving, spikes, story
from figures.page import story_surface
from figures.page.bundle import APP
from figures.page.exact_tables import base64_of
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


@pytest.mark.slow
def test_the_known_shares_are_those_of_the_runs(data, fresh):
    known = data["known"]
    assert (known["settings"]["steps"], known["n"]) == (10_000, 300)
    assert [bar["outcome"] for bar in known["shares"]] == ["solved", "1/8", "1/6", "1/4", "on no level"]
    for bar, count in zip(known["shares"], fresh.counts.tolist(), strict=True):
        assert (bar["share"], bar["interval"]) == (count / 300, list(map(float, wilson(count, 300))))


def test_levels(data):
    assert [level["value"] for level in data["levels"]] == [[0, 1], [1, 8], [1, 6], [1, 4]]


def test_the_presets_are_the_starts_of_the_exercise_and_of_the_figures(data):
    presets = {f"{preset['key']} {preset['value']}".strip(): preset for preset in data["presets"]}
    for offset in (0.0, 1e-5, 1e-2):
        assert presets[f"offset {offset}"]["theta"] == xor.offset_start(offset).tolist()
    assert presets["keras"]["theta"] == ls.numbered_starts(NET, 1, seed=0)[0].tolist()
    assert presets["leaving float32"]["theta"] == xor.offset_start(leaving.Settings().offset).tolist()
    assert presets["leaving float32"]["settings"]["precision"] == "float32"
    how = spikes.Settings()
    assert presets["spikes"]["settings"]["learningRate"] == how.learning_rate
    levels = {
        name: ls.assign_levels(
            NET, ls.train(NET, np.array(presets[name]["theta"]), ls.Adam(story.Settings().learning_rate), 6000).end[0]
        )
        for name in ("story.solved", "story.trapped")
    }
    assert levels["story.solved"] == 0
    assert levels["story.trapped"] > 0


def test_seeds_hold_the_directions_of_the_figures(data):
    assert len(data["seeds"]) == 24
    assert {str(seed) for seed in (data["basins"]["plane"]["seed"], *story_surface.SEEDS)} <= data["seeds"].keys()
    rng = np.random.default_rng(7)
    assert data["seeds"]["7"]["d1"] == ls.random_direction(NET, rng=rng).tolist()
    assert data["seeds"]["7"]["d2"] == ls.random_direction(NET, rng=rng).tolist()


def test_the_core_needs_no_other_data(data):
    sources = [path.read_text() for path in (APP / "core").rglob("*.js")]
    named = {name for source in sources for name in re.findall(r"\bdata\.(\w+)", source)}
    assert {"textbook", "levels", "zeroCells", "powers", "seeds"} <= named <= core_data().keys() < data.keys()


@pytest.mark.parametrize("value", [128, -129, 0.5, 300])
def test_numbers_that_do_not_fit_into_a_byte_are_refused(value):
    assert base64_of([127, -128]) == "f4A="
    with pytest.raises(ValueError, match=rf"^numbers of a table must be whole and from -128 to 127; got {value}$"):
        base64_of([1, value])
