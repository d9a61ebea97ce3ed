"""Names of variants: safe everywhere, and never the same for two of them."""

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import lecture
from figures.jobs import stem
from figures.variant import LONGEST_NAME, variant_name

NAMES = [
    ({}, "leaving"),
    ({"seed": 3}, "leaving-seed-3"),
    ({"seed": 3, "reach": 0.5}, "leaving-seed-3-reach-0p5"),
    ({"learning_rate": 1e-05}, "leaving-learning-rate-1em5"),
    ({"learning_rate": 1.5e-10}, "leaving-learning-rate-1p5em10"),
    ({"reach": -2.0}, "leaving-reach-m2"),
    ({"reach": 1e22}, "leaving-reach-1e22"),
    ({"kinks": True}, "leaving-kinks-true"),
    ({"directions": "filter-normalized"}, "leaving-directions-filternormalized"),
    ({"seeds": (0, 12)}, "leaving-seeds-0and12"),
    ({"view": (30.0, -60.5)}, "leaving-view-30andm60p5"),
    ({"slices": ("random", "ignore")}, "leaving-slices-randomandignore"),
]


@pytest.mark.parametrize(("swept", "name"), NAMES, ids=[name for _, name in NAMES])
def test_names_are_readable(swept, name):
    assert variant_name("leaving", swept) == name


values = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.text(max_size=40)
    | st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=12).map(tuple)
)
SAFE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@given(swept=st.dictionaries(st.sampled_from(["seed", "learning_rate", "methods", "theta"]), values, max_size=4))
def test_any_name_is_safe_and_of_bounded_length(swept):
    name = variant_name("trajectories", swept)
    assert SAFE.fullmatch(name)
    assert len(name) <= LONGEST_NAME
    assert name.split("-")[0] == "trajectories"


@given(pair=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2, unique_by=repr))
def test_two_numbers_never_share_a_name(pair):
    assert len({variant_name("a", {"b": x}) for x in pair}) == 2


@given(pair=st.lists(st.integers(), min_size=2, max_size=2, unique=True))
def test_two_whole_numbers_never_share_a_name(pair):
    assert len({variant_name("a", {"b": x}) for x in pair}) == 2


def test_long_values_are_named_by_a_checksum():
    one, other = (variant_name("network", {"theta": (1.0,) * 8 + (last,)}) for last in (0.0, 1.0))
    assert one != other
    assert re.fullmatch(r"network-theta-[0-9a-f]{8}", one)


@pytest.mark.parametrize("figure", lecture.NAMES)
def test_a_name_can_be_read_in_one_way(figure):
    """No key begins with another one, nor with the size; choices stay apart: so names of a figure never clash."""
    assert re.fullmatch("[a-z]+", figure)
    fields = lecture.lecture_figure(figure).Settings.model_fields
    words = [(*key.split("_"), "") for key in fields]
    assert all(a[: len(b) - 1] != b[:-1] for a in words for b in words if a != b)
    assert "half" not in fields
    for key, field in fields.items():
        choices = [c for c in get_args(field.annotation) if isinstance(c, str)]
        assert len({variant_name(figure, {key: c}) for c in choices}) == len(choices)
    assert stem(figure, "full") == figure
