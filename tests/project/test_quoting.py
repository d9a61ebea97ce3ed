"""The check that a sentence quotes numbers: any words around them, but whole numbers, and one sentence."""

import pytest
from quoting import quotes

TEXT = """Solved (of 60 runs): Adam 25.0 % [15.8, 37.2]; SGD 0.5 % in the
mean. (At 1/8 and -0.25, MSE 1.8e+25.) Colours end at loss 0.5. No unit is dead."""


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("solved", 60, "25.0 %", "15.8", "37.2"),
        ("0.5 %", "in the mean", "sgd"),
        ("mse", "1.8e+25", "1/8", "-0.25"),
        ("loss 0.5", "colours"),
        ("no unit",),
    ],
)
def test_one_sentence_holds_all_parts_in_any_order(parts):
    assert quotes(TEXT, *parts)


@pytest.mark.parametrize(
    "parts",
    [
        ("stuck",),
        ("solved", "colours"),
        ("0.5 %", "loss"),
        ("solve",),
    ],
)
def test_what_no_single_sentence_holds_is_not_quoted(parts):
    assert not quotes(TEXT, *parts)


@pytest.mark.parametrize("inside", ["5", "0", "5.0 %", "37", "8", "1", "0.25", "1.8", "25", "6", "7.2"])
def test_a_number_is_not_found_inside_a_longer_one(inside):
    assert not quotes(TEXT, inside)


def test_decimals_and_other_points_inside_of_numbers_end_no_sentence():
    assert quotes("At 0.5 the loss is 1.25 at most, and 3. at 2.", "0.5", "1.25", "loss")


def test_a_list_is_held_to_its_order():
    assert quotes(TEXT, "solved", listed=["Adam", "25.0 %", "SGD", "0.5 %"])
    assert not quotes(TEXT, "solved", listed=["Adam", "0.5 %", "SGD", "25.0 %"])
    assert not quotes(TEXT, listed=["60", "60"])
