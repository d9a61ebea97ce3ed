"""The three texts of every figure: short, settings last, words defined where they are first used."""

import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from small_lecture import small_figure

import landscape as ls
from figures.lecture import NAMES, lecture_figure
from figures.lecture.captions import TEXTS
from figures.style.quantities import parameter_words
from figures.style.style_sheets import SIZES, STYLES, style_context

COUNTS = {"starts", "random_starts", "runs", "planes", "others", "variants", "samples"}
"""Settings that say how many, which a caption may state."""
ANSWERS = {"perturbation": {"sigmas"}}
"""Settings of which one value is what the figure finds."""
MARKS = {"limit", "points", "floor", "ceiling", "top"}
"""Settings without which a sign in the picture could not be read."""
SETTINGS = re.compile(r"\b(lr|betas?|epsilon|seeds?|float64|float32|full batch|bias rule|N\(0, I\))\b")


CASES = [
    pytest.param(name, size, style, marks=[pytest.mark.slow] if name != "network" else [])
    for name in NAMES
    for size in lecture_figure(name).SIZES
    for style in STYLES
]


@pytest.mark.parametrize(("name", "size", "style"), CASES)
def test_texts_have_three_lengths_and_settings_come_last(name, size, style):
    module, result = small_figure(name)
    with style_context(style):
        takeaway, caption, notes = (getattr(module, text)(result, size) for text in TEXTS)
    assert len(takeaway.split()) <= 20, takeaway
    assert re.fullmatch(r"[A-Z0-9](?:[^.!?\n]|[.](?=\d))*\.", takeaway), "one sentence"
    assert len(caption.split()) <= 60, caption
    assert caption.endswith(".")
    assert "\n" not in caption
    given = set(module.Settings.model_fields) | {"optimizer", "dtype"}
    for text, allowed in ((takeaway, ANSWERS.get(name, set())), (caption, COUNTS | MARKS)):
        assert not SETTINGS.search(text), text
        assert not {number["from"].partition("[")[0] for number in text.numbers() if "from" in number} & given - allowed
    assert not SETTINGS.search(notes.splitlines()[0].partition(":")[0]), "settings are not the first words"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_words_are_defined_where_they_are_first_used(name):
    module, result = small_figure(name)
    for size in module.SIZES:
        said = " ".join(getattr(module, text)(result, size) for text in TEXTS)
        for word, meaning in ((r"\bsolved\b", r"[^.]*\b(loss|level) 0"), (r"\bbias rule\b", r" \w+: ")):
            if first := re.search(word, said, re.IGNORECASE):
                assert re.match(meaning, said[first.end() :]), said[first.start() :][:80]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [(n, s) for n in NAMES for s in lecture_figure(n).SIZES])
def test_units_are_counted_from_1_in_words_and_pictures(name, size):
    module, result = small_figure(name)
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    with style_context(STYLES[0]):
        module.draw(result, figure, size)
    drawn = [text.get_text() for text in figure.findobj(Text)]
    for text in (*drawn, *(getattr(module, name)(result, size) for name in (*TEXTS, "alt_text"))):
        assert not re.search(r"[Ww]_?\{?[12]\}?\[|[Bb]_?\{?[12]\}?\[|\bunits? 0\b", text), text


@pytest.mark.parametrize("name", ls.xor.network().parameter_names)
def test_every_parameter_has_a_name_in_words(name):
    words = parameter_words(name)
    assert "[" not in words
    indices = [int(index) + 1 for index in re.findall(r"\d(?=[\],])", name)]
    expected = {"W1": indices, "b1": indices, "W2": indices[:1], "b2": []}[name[:2]]
    assert [int(number) for number in re.findall(r"\d", words)] == expected
