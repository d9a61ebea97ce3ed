"""Texts of figures as plain text, and the colours of a style."""

# ruff: noqa: RUF001 - the signs themselves are meant

import re

import pytest

from figures.output import latex_snippets
from figures.slides.plain_text import plain
from figures.style.loss_scales import THETA_STAR

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"loss $\mathcal{R}$ at $\theta^*$", "loss ℛ at θ*"),
        (f"at {THETA_STAR}", "at θ*"),
        (r"$10^{-34}$ and $w_{12}$, $x^2$", "10⁻³⁴ and w₁₂, x²"),
        (r"$W_2^{\mathsf{T}} \cdot x$", "W₂T · x"),
        (r"\$ 5, 50 %, a_b ^", "$ 5, 50 %, a_b ^"),
        (r"$\alpha \leq 3\,\varepsilon$", "α ≤ 3ε"),
    ],
)
def test_formulas_as_plain_text(text, expected):
    assert plain(text) == expected


def test_every_sign_of_a_formula_comes_back_from_its_command():
    for sign, command in latex_snippets.SIGNS.items():
        if command.startswith("\\") and len(command.split("{")) == 1:
            assert plain(f"${command}$") == sign


def test_colours_are_those_of_the_figures(looks):
    for style, look in looks.items():
        assert look.is_dark == (style == "lecture-dark")
        assert [level.label for level in look.levels] == [
            "solved",
            "stuck at 1/8",
            "stuck at 1/6",
            "stuck at 1/4",
            "on no level",
        ]
        assert len({level.linestyle for level in look.levels[:4]}) == 4
        assert all(re.fullmatch("[0-9A-F]{6}", c) for c in (look.ground, look.ink, *look.units.values()))
    assert looks["ddasp"].units == {"unit1": "1F77B4", "unit2": "D62728", "output": "FF7F0E"}
