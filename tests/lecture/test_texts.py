"""The three texts of every figure: as short as they should be, settings last, every word defined where it is first used."""

import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import landscape as ls
from figures.lecture import NAMES, lecture_figure
from figures.lecture.captions import TEXTS
from figures.style.quantities import parameter_words
from figures.style.style_sheets import SIZES, STYLES, style_context

QUICK = {
    "relief": {"steps": 2000, "grid": 21},
    "seeds": {"planes": 20, "points": 21},
    "leaving": {"steps": 2000},
    "trajectories": {"grid": 31},
    "perturbation": {"starts": 60, "random_starts": 60, "steps": 6000},
    "traps": {"runs": 60, "steps": 6000, "points": 11},
    "outcomes": {"starts": 60, "steps": 3000},
    "signs": {"starts": 300, "steps": 4000},
    "basins": {"resolution": 21, "steps": 1000, "points": 21, "others": 2},
    "barrier": {"points": 31},
    "tree": {"starts": 100, "steps": 6000},
    "curvature": {"starts": 20, "steps": 6000},
    "remedies": {"starts": 40, "steps": 1000},
    "story": {"frames": 5, "grid": 21, "points": 11},
}
"""Settings in which the default set differs here, so that it is computed in a moment."""
COUNTS = {"starts", "random_starts", "runs", "planes", "others", "variants", "samples"}
"""Settings that say how many, which a caption may state."""
ANSWERS = {"perturbation": {"sigmas"}}
"""Settings of which one value is what the figure finds."""
MARKS = {"limit", "points", "floor", "ceiling", "top"}
"""Settings without which a sign in the picture could not be read."""
SETTINGS = re.compile(r"\b(lr|betas?|epsilon|seeds?|float64|float32|full batch|bias rule|N\(0, I\))\b")


@pytest.fixture(scope="module")
def results():
    """A function of the name of a figure; gives its module and its result."""
    found = {}

    def result(name):
        if name not in found:
            module = lecture_figure(name)
            found[name] = module, module.compute(module.Settings(**QUICK.get(name, {})))
        return found[name]

    return result


CASES = [
    pytest.param(name, size, style, marks=[pytest.mark.slow] if name != "network" else [])
    for name in NAMES
    for size in lecture_figure(name).SIZES
    for style in STYLES
]


@pytest.mark.parametrize(("name", "size", "style"), CASES)
def test_texts_have_three_lengths_and_settings_come_last(results, name, size, style):
    module, result = results(name)
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


def first_uses(said, word):
    """Return what follows the first use of a word."""
    _, found, rest = said.partition(word)
    return rest[:60] if found else None


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_words_are_defined_where_they_are_first_used(results, name):
    module, result = results(name)
    for size in module.SIZES:
        said = " ".join(getattr(module, text)(result, size) for text in TEXTS)
        for word, meaning in (("solved", r"^[:,]? ?\(?[^.]*(loss|level) 0"), ("bias rule", r"^ \w+: ")):
            if (rest := first_uses(said, word)) is not None:
                assert re.search(meaning, rest), f"{word}{rest}"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [(n, s) for n in NAMES for s in lecture_figure(n).SIZES])
def test_units_are_counted_from_1_in_words_and_pictures(results, name, size):
    module, result = results(name)
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
