"""How values and numbers are written in messages and reports."""

import numpy as np
import pytest

from landscape.base.wording import number, numbers, short_repr


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (0.99999, "0.99999"), (-0.99999, "-0.99999"), (1.00001, "1.00001"), (1 - 1e-10, "0.9999999999"),
        (0.1 + 0.2, "0.3"), (1 - 2e-16, "1"), (1 / 3, "0.3333"), (0.25003, "0.25003"), (1.2299, "1.23"),
        (0.98404, "0.984"), (4.999955e-6, "5e-06"),
        (12345.67, "12346"), (0.0, "0"), (-0.0, "0"), (1e-300, "1e-300"), (1e5 + 1, "100001"), (np.inf, "inf"),
    ],
)  # fmt: skip
def test_numbers_have_enough_digits_to_be_told_from_rounder_ones(value, text):
    assert number(value) == text


def test_numbers_are_separated_by_commas():
    assert numbers(np.array([1.0, -0.25, 1e-300])) == "1, -0.25, 1e-300"


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", r"'a\nb'"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
        ("x" * 100, "'" + "x" * 76 + "..."),
        (10**5000, "a value of type int that is too long to show"),
        (nested(100_000), "a value of type list that is too long to show"),
    ],
    ids=["two lines", "array", "long", "5001 digits", "nested"],
)
def test_a_value_is_shown_on_one_short_line(value, text):
    assert short_repr(value) == text
