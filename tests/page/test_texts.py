"""The texts of the page: the same in both languages, complete, plain, and with a value for every placeholder."""

import json
import re

import javascript
import pytest
import told_story
from javascript import JavaScriptError

from figures.page.bundle import APP
from landscape import stationary_levels, xor

LANGUAGES = ("en", "de")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


@pytest.fixture(scope="module")
def page():
    with javascript.running("story", "texts") as modules:
        yield modules


@pytest.fixture(scope="module")
def texts(page):
    return page.evaluate('modules["texts/texts"].TEXTS')


@pytest.fixture(scope="module")
def story():
    return {"textbook": xor.TEXTBOOK.tolist(), "story": told_story.facts()}


def said(page, language, key, values=None):
    how = 'modules["texts/texts"].makeTexts(args[0])(args[1], args[2] ?? {})'
    return page.evaluate(how, language, key, values)


def placeholders(text):
    return sorted(set(re.findall(r"\{([^}]*)\}", text)))


def test_both_languages_have_the_same_keys_and_placeholders(texts):
    assert sorted(texts["en"]) == sorted(texts["de"])
    assert {key: placeholders(text) for key, text in texts["en"].items()} == {
        key: placeholders(text) for key, text in texts["de"].items()
    }


def test_no_key_stands_in_two_files():
    keys = [
        key
        for path in sorted((APP / "texts").iterdir())
        if path.name.startswith("english_")
        for key in re.findall(r'^  "([\w.]+)":', path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain(texts, language):
    marked = [text for text in texts[language].values() if re.search(r"<\w|</|&\w+;", text)]
    untidy = [text for text in texts[language].values() if text != text.strip() or "  " in text or not text]
    odd = [text for text in texts[language].values() if re.search(r"\{(?!\w+(:percent)?\})", text)]
    assert (marked, untidy, odd) == ([], [], [])


def test_every_key_that_a_module_names_has_a_text(texts):
    areas = {key.partition(".")[0] for key in texts["en"]}
    missing = {}
    for path in sorted(APP.rglob("*.js")):
        if path.parent.name == "texts":
            continue
        named = {
            text for text in LITERAL.findall(path.read_text(encoding="utf-8")) if re.fullmatch(r"\w+\.[\w.]+", text)
        }
        unknown = {key for key in named if key.partition(".")[0] in areas} - texts["en"].keys()
        if unknown:
            missing[path.name] = sorted(unknown)
    assert missing == {}


@pytest.mark.slow
def test_every_key_of_story_and_outcome_is_used(page, texts, story):
    steps = page.call("story/story", "storySteps", story)
    told = {
        key for step in steps for key in (step["titleKey"], step["questionKey"], step["revealKey"], *step["choices"])
    }
    source = (APP / "story" / "outcome_text.js").read_text(encoding="utf-8")
    told |= {text for text in LITERAL.findall(source) if text.startswith("outcome.")}
    assert told == {key for key in texts["en"] if key.startswith(("story.", "outcome."))}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_the_story_can_be_said(page, story, language):
    steps = page.call("story/story", "storySteps", story)
    assert 10 <= len(steps) <= 12
    for step in steps:
        for key in (step["titleKey"], step["questionKey"], step["revealKey"], *step["choices"]):
            text = said(page, language, key, step["values"])
            assert not re.search(r"[{}]|undefined|null|NaN", text), text
        assert 3 <= len(step["choices"]) <= 4
        assert 0 <= step["answer"] < len(step["choices"])
        assert len({said(page, language, key, step["values"]) for key in step["choices"]}) == len(step["choices"])


@pytest.mark.parametrize(
    ("value", "en", "de"),
    [
        (0.0032371, "0.00324", "0,00324"),
        (12.0217, "12", "12"),
        (19.363, "19.4", "19,4"),
        (20000, "20\u202f000", "20\u202f000"),
        (8741, "8741", "8741"),
        (305595.67, "306\u202f000", "306\u202f000"),
        (4.698e-30, "4.7\u00a0\u00d7\u00a010⁻³⁰", "4,7\u00a0·\u00a010⁻³⁰"),
        (1e-5, "10⁻⁵", "10⁻⁵"),
        (-0.5, "\u22120.5", "\u22120,5"),
        (0, "0", "0"),
        (9.999e-4, "0.001", "0,001"),
    ],
)
def test_numbers_are_written_as_the_language_does(page, value, en, de):
    assert page.call("texts/numbers", "formatNumber", value, "en") == en
    assert page.call("texts/numbers", "formatNumber", value, "de") == de


@pytest.mark.parametrize(("language", "text"), [("en", "20.9\u00a0%"), ("de", "20,9\u00a0%")])
def test_shares_are_written_in_percent(page, language, text):
    assert page.call("texts/numbers", "formatPercent", 0.20895, language) == text


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("outcome.nothing", {}, "there is no text with the key outcome.nothing"),
        ("toString", {}, "there is no text with the key toString"),
        ("outcome.died", {"unit": 1}, "the text outcome.died needs a value of step"),
    ],
)
def test_a_fault_of_the_page_is_named(page, key, values, message):
    with pytest.raises(JavaScriptError, match=f"^{re.escape(message)}$"):
        said(page, "en", key, values)


def test_a_language_that_is_not_there_is_named(page):
    with pytest.raises(JavaScriptError, match=r"^language must be en or de; got fr$"):
        said(page, "fr", "outcome.died")


def sentence(page, language, **description):
    filled = {"loss": 0.25, "right": [True, True, False, False], "distanceToTextbook": 1.5, "kind": None, **description}
    how = 'modules["story/outcome_text"].outcomeSentence(args[0], modules["texts/texts"].makeTexts(args[1]))'
    return page.evaluate(how, filled, language)


THIRD = 1 / 3
AT_SIXTH = {"status": "trapped", "kind": "minimum", "outputs": [THIRD, THIRD, 1, THIRD]}


@pytest.mark.parametrize(
    ("description", "wanted"),
    [
        (
            {**AT_SIXTH, "deaths": [{"unit": 2, "step": 143}]},
            "trapped at 1/6, in a local minimum: one sample right (10), the others at their mean 1/3; "
            "unit 2 died at step 143.",
        ),
        (
            {"status": "trapped", "kind": "minimum", "outputs": [0.5, 0.499, 1, 0.001]},
            "trapped at 1/8, in a local minimum: two samples right (10, 11), the others at their mean 1/2.",
        ),
        (
            {
                "status": "held",
                "kind": "held",
                "outputs": [0.5] * 4,
                "deaths": [{"unit": 1, "step": 0}, {"unit": 2, "step": 7}],
            },
            "held at 1/4 at a kink, no minimum: beyond the kink the loss is lower, but relu\u2032(0) = 0 hides this "
            "from the gradient; all outputs at their mean 1/2; unit 1 was dead from the start; unit 2 died at step 7.",
        ),
        (
            {"status": "trapped", "kind": "saddle", "outputs": [0.5] * 4},
            "trapped at 1/4, at a saddle: the loss falls in some direction, but the gradient is 0; "
            "all outputs at their mean 1/2.",
        ),
        ({"status": "trapped", "outputs": [0.5] * 4}, "on the level 1/4: all outputs at their mean 1/2."),
        (
            {"status": "solved", "kind": "minimum", "outputs": [0, 1, 1, 0], "loss": 1e-20},
            "solved: all four outputs are right (loss 10⁻²⁰), 1.5 from the textbook weights.",
        ),
        ({"status": "moving", "outputs": [0.5] * 4}, "still moving: loss 0.25, 2 of 4 samples classified right."),
        (
            {"status": "moving", "outputs": [0.5] * 4, "right": 3},
            "still moving: loss 0.25, 3 of 4 samples classified right.",
        ),
        (
            {"status": "spiking", "outputs": [0, 1, 1, 0]},
            "in a spike, a sudden rise of the loss, now 0.25: the steps have become unstable.",
        ),
        (
            {"status": "diverged", "outputs": [1e9] * 4, "loss": 1e12},
            "diverged: the loss, now 10¹², keeps growing; try a smaller learning rate.",
        ),
        ({"status": None, "outputs": [0.1] * 4}, "on no level: loss 0.25, 2 of 4 samples classified right."),
    ],
)
def test_every_end_has_its_sentence(page, description, wanted):
    assert sentence(page, "en", **description) == wanted
    assert sentence(page, "de", **description) != wanted


def test_only_minima_are_called_minima(page):
    for language, word in (("en", "local minimum"), ("de", "lokalen Minimum")):
        for kind in ("held", "saddle", None):
            assert word not in sentence(page, language, **{**AT_SIXTH, "status": kind or "trapped", "kind": kind})
        assert word in sentence(page, language, **AT_SIXTH)


def test_the_division_of_the_outputs_gives_the_level(page):
    for level in stationary_levels(xor.network()):
        for row in level.outputs:
            found = page.call("story/outcome_text", "division", [float(output) for output in row])
            assert found["level"] == str(level.value), json.dumps(found)
            wrong = {output for output, target in zip(row, xor.Y, strict=True) if output != target}
            assert [found["mean"]] == ([str(output) for output in wrong] or [None])
