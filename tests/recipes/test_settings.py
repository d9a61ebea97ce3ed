"""What the lecture figures offer to recipes: bounded settings, and all that rendering needs."""

import pytest

from figures import lecture
from figures.lecture.settings import Once
from figures.style.style_sheets import SIZES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", lecture.NAMES)
def test_every_number_that_takes_time_or_room_has_an_upper_bound(name):
    for key, field in lecture.lecture_figure(name).Settings.model_fields.items():
        if field.annotation in {int, float, float | None} and key not in {"seed", "run_seed"}:
            assert any(hasattr(rule, "le") or hasattr(rule, "lt") for rule in field.metadata), key


def test_a_list_has_each_entry_once_unless_its_entries_are_told_apart_by_their_place():
    """Nine parameters or four targets may be alike; of panels and rows, the second would be the first again."""
    by_place = {"theta", "targets", "view", "path_view"}
    for name in lecture.NAMES:
        for key, field in lecture.lecture_figure(name).Settings.model_fields.items():
            if "tuple" in str(field.annotation):
                assert (key in by_place) != (Once in field.metadata), f"{name}.{key}"


@pytest.mark.parametrize("name", lecture.NAMES)
def test_every_lecture_figure_offers_what_the_batch_needs(name):
    figure = lecture.lecture_figure(name)
    assert figure.TITLE
    assert figure.QUESTION.endswith("?")
    assert set(figure.SIZES) <= set(SIZES)
    assert figure.SIZES
    assert (lecture.FIGURES[name].sizes, lecture.FIGURES[name].question) == (lecture.sizes_of(figure), figure.QUESTION)
    assert figure.Settings().model_config["extra"] == "forbid"
