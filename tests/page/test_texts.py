"""The texts of the page: the same in both languages, complete, plain, and with a value for every placeholder."""

import re

import javascript
import numpy as np
import pytest
import told_story
from javascript import JavaScriptError

import landscape as ls
from figures.page.bundle import APP
from landscape import stationary_levels, xor
from landscape.analysis.ends.configurations import configurations, nearest_configurations

LANGUAGES = ("en", "de")
SAMPLES = ("00", "01", "10", "11")
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


@pytest.mark.parametrize(
    ("value", "decimals", "en", "de"),
    [
        (-0.5, 2, "\u22120.50", "\u22120,50"),
        (-1e-9, 2, "0.00", "0,00"),
        (12345.6, 1, "12\u202f345.6", "12\u202f345,6"),
        (1e6, 2, "10⁶", "10⁶"),
        (float("nan"), 2, "NaN", "NaN"),
    ],
)
def test_numbers_of_one_axis_have_the_same_decimals(page, value, decimals, en, de):
    value = np.array([value])  # JSON has no NaN
    for language, text in (("en", en), ("de", de)):
        how = 'modules["texts/numbers"].formatFixed(args[0][0], args[1], args[2])'
        assert page.evaluate(how, value, language, decimals) == text


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
    filled = {"loss": 0.25, "right": [True, True, False, False], "distanceToTextbook": 1.5, "deaths": [], **description}
    how = 'modules["story/outcome_text"].outcomeSentence(args[0], args[2], modules["texts/texts"].makeTexts(args[1]))'
    return page.evaluate(how, filled, language, LEVELS)


LEVELS = [{"value": list(level.value.as_integer_ratio())} for level in stationary_levels(xor.network())]
AT_EIGHTH = {"level": 1, "fitted": {"right": [2, 3], "mean": {"samples": [0, 1], "value": [1, 2]}, "others": []}}
AT_SIXTH = {"level": 2, "fitted": {"right": [2], "mean": {"samples": [0, 1, 3], "value": [1, 3]}, "others": []}}
AT_QUARTER = {"level": 3, "fitted": {"right": [], "mean": {"samples": [0, 1, 2, 3], "value": [1, 2]}, "others": []}}
TRAPPED = {"status": "trapped", "kind": "minimum"}


@pytest.mark.parametrize(
    ("description", "wanted"),
    [
        (
            {**TRAPPED, **AT_SIXTH, "deaths": [{"unit": 2, "step": 143}]},
            "trapped at 1/6, in a local minimum: one sample right (10), the others at their mean 1/3; "
            "unit 2 died at step 143.",
        ),
        (
            {**TRAPPED, **AT_EIGHTH},
            "trapped at 1/8, in a local minimum: two samples right (10, 11), the others at their mean 1/2.",
        ),
        (
            {
                "status": "held",
                "kind": "held",
                **AT_QUARTER,
                "deaths": [{"unit": 1, "step": 0}, {"unit": 2, "step": 7}],
            },
            "held at 1/4 at a kink, no minimum: beyond the kink the loss is lower, but relu\u2032(0) = 0 hides this "
            "from the gradient; all outputs at their mean 1/2; unit 1 was dead from the start; unit 2 died at step 7.",
        ),
        (
            {"status": "trapped", "kind": "saddle", **AT_QUARTER},
            "trapped at 1/4, at a saddle: the loss falls in some direction, but the gradient is 0; "
            "all outputs at their mean 1/2.",
        ),
        (
            {"status": "solved", "kind": "minimum", "level": 0, "loss": 1e-20},
            "solved: all four outputs are right (loss 10⁻²⁰), 1.5 from the textbook weights.",
        ),
        ({"status": "moving"}, "still moving: loss 0.25, 2 of 4 samples classified right."),
        (
            {"status": "moving", "right": [True, True, False, True]},
            "still moving: loss 0.25, 3 of 4 samples classified right.",
        ),
        (
            {"status": "spiking"},
            "in a spike, a sudden rise of the loss, now 0.25: the steps have become unstable.",
        ),
        (
            {"status": "diverged", "loss": 1e12},
            "diverged: the loss grows beyond all bounds; try a smaller learning rate.",
        ),
    ],
)
def test_every_end_has_its_sentence(page, description, wanted):
    assert sentence(page, "en", **description) == wanted
    assert sentence(page, "de", **description) != wanted


def test_only_minima_are_called_minima(page):
    for language, word in (("en", "local minimum"), ("de", "lokalen Minimum")):
        for kind in ("held", "saddle"):
            status = "held" if kind == "held" else "trapped"
            assert word not in sentence(page, language, **{**AT_SIXTH, "status": status, "kind": kind})
        assert word in sentence(page, language, **TRAPPED, **AT_SIXTH)


@pytest.mark.slow
def test_the_outputs_in_a_sentence_are_those_of_the_nearest_configuration(page, core, data):
    net, rows = xor.network(), configurations(xor.network())
    found = ls.outcomes(net, ls.numbered_starts(net, 200, seed=0), ls.Adam(1e-2), 3000)
    nearest = nearest_configurations(net, found.end, found.level)
    told = {}
    for theta, k in zip(found.end, nearest.tolist(), strict=True):
        if k > 0:
            described = core.call("core/outcome", "describePoint", theta, data)
            told[k] = sentence(page, "en", **{"deaths": [], **described})
    assert len(told) > 4
    for k, said in told.items():
        right = ", ".join(name for name, y, target in zip(SAMPLES, rows[k], xor.Y, strict=True) if y == target)
        (mean,) = {str(y) for y, target in zip(rows[k], xor.Y, strict=True) if y != target}
        assert said.endswith(
            f"right ({right}), the others at their mean {mean}." if right else f"outputs at their mean {mean}."
        )
