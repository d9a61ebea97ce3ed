"""Names of variants: safe everywhere, and never the same for two of them."""

import re
from typing import get_args

import pytest
from hypothesis import example, given, strategies as st

from figures import lecture
from figures.recipes.recipe import LONGEST_NAME, LONGEST_VALUE, variant_name
from figures.render.jobs import stem

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
    assert variant_name("leaving", swept, dict.fromkeys(swept, 4)) == name


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
    name = variant_name("trajectories", swept, dict.fromkeys(swept, 9999))
    assert SAFE.fullmatch(name)
    assert len(name) <= LONGEST_NAME
    assert name.split("-")[0] == "trajectories"


@given(pair=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2, unique_by=repr))
def test_two_numbers_never_share_a_name(pair):
    assert len({variant_name("a", {"b": x}, {"b": 0}) for x in pair}) == 2


@given(pair=st.lists(st.integers(), min_size=2, max_size=2, unique=True))
@example(pair=[10**LONGEST_VALUE, 10**LONGEST_VALUE + 1])
@example(pair=[1, 10**LONGEST_VALUE])
def test_two_whole_numbers_of_a_sweep_never_share_a_name(pair):
    """Not even those that are so long that their places name them; all others wherever they stand."""
    if min(len(str(abs(x))) for x in pair) < LONGEST_VALUE:
        assert len({variant_name("a", {"b": x}, {"b": 0}) for x in pair}) == 2
    assert len({variant_name("a", {"b": x}, {"b": place}) for place, x in enumerate(pair)}) == 2


def test_long_values_are_named_by_their_place():
    """Nine parameters have no name that one can read, whatever they are; a place never is the name of a number."""
    names = [variant_name("network", {"theta": (x,) * 9}, {"theta": k}) for k, x in enumerate((0.0, -1.5, 1.0))]
    assert names == [f"network-theta-no{k}" for k in (1, 2, 3)]
    assert len({variant_name("a", {"b": b}, {"b": 0}) for b in (1, (1,) * 30)}) == 2


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
        assert len({variant_name(figure, {key: c}, {key: 0}) for c in choices}) == len(choices)
    assert stem(figure, "full") == figure
