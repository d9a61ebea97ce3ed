"""The live page in Chromium: what stays in another language, planes that follow the start, and the story's offers."""

import re

import pytest
from seen_page import labels, picture, pressed

pytestmark = pytest.mark.heavy

STILL = {"reduced_motion": "reduce"}


def reveal(page, question):
    """Go through the story to the answer of a question, counted from 1."""
    page.locator(".invitation button").click()
    for _ in range(question - 1):
        page.get_by_role("button", name="Next question").click()
    page.get_by_role("button", name="Reveal").click()


def test_bars_and_a_painted_line_stay_in_another_language(open_page):
    page = open_page("#lang=en&steps=20", **STILL)
    page.get_by_role("checkbox", name=re.compile("lecture's training")).uncheck()
    page.get_by_role("button", name="Throw 1000 random starts").click()
    page.locator(".many-note").filter(has_text="1000 starts").wait_for()
    pressed(page, "canvas.picture-plane", "l")
    page.locator(".line-note").filter(has_text="61 starts on the line").wait_for()
    shares = re.findall(r"[\d.]+\u00a0%", page.locator(".many-note").inner_text())
    page.locator("#xs-language").click()
    page.locator(".line-note").filter(has_text="61 Starts auf der Linie").wait_for()
    assert "1000 Starts" in page.locator(".many-note").inner_text()
    assert re.findall(r"[\d,]+\u00a0%", page.locator(".many-note").inner_text()) == [
        share.replace(".", ",") for share in shares
    ]
    assert not page.get_by_role("checkbox", name=re.compile("Training der Vorlesung")).is_checked()


def test_back_stops_what_is_played(open_page):
    page = open_page("#lang=en&steps=300", **STILL)
    pressed(page, "canvas.picture-plane", "ArrowRight")
    page.wait_for_url(re.compile("start="))
    page.get_by_role("button", name="Play").click()
    page.go_back()
    page.get_by_role("button", name="Play").wait_for()
    page.wait_for_timeout(300)
    assert "Step 300 of 300" in page.locator("output.step").inner_text()


def test_a_start_of_the_lecture_is_shown_on_a_plane_that_holds_its_run(open_page):
    page = open_page("#lang=en", **STILL)
    starts = page.locator(".walk select").first
    kind = page.get_by_role("combobox", name="Kind of plane")
    for name, expected in (("textbook weights + 0", "normalized"), ("textbook weights + 10\u207b\u2075", "principal")):
        starts.select_option(label=name)
        assert kind.input_value() == expected, name
    assert float(re.search(r"holds ([\d.]+)", page.locator(".left-out").inner_text())[1]) > 60
    for name in starts.locator("option").all_inner_texts()[3:]:
        starts.select_option(label=name)
        page.wait_for_timeout(50)
        assert page.locator(".left-out").inner_text().startswith("This plane holds "), name


def test_the_story_offers_random_starts_and_draws_none_by_itself(open_page):
    page = open_page("#lang=en", **STILL)
    reveal(page, 9)
    assert page.get_by_role("button", name="Throw 1000 random starts").is_enabled()
    page.get_by_role("button", name="Draw 1000 starts and watch the bars").click()
    page.get_by_role("button", name="Stop").wait_for()
    box = page.locator("canvas.picture-bars").bounding_box()
    assert 0 <= box["y"] <= 800 - box["height"] / 2, "the bars are in view"


def test_on_a_phone_an_answer_leads_back_to_the_picture(open_page):
    page = open_page("#lang=en", width=360, height=740, **STILL)
    reveal(page, 2)
    page.get_by_role("button", name="Show the picture").click()
    box = page.locator("canvas.picture-plane").bounding_box()
    assert box["y"] > -10
    assert box["y"] + box["height"] < 750


def test_after_the_last_question_it_says_so(open_page):
    page = open_page("#lang=en", **STILL)
    before = labels(page)
    reveal(page, 12)
    assert {"textbook", "twin", "point 3, loss 1/6"} <= set(re.findall(r">([^<]+)</text>", picture(page, "plane")))
    page.get_by_role("button", name="Finish").click()
    page.locator(".message").filter(has_text="That was the last question.").wait_for()
    assert labels(page) == before


def test_the_plane_can_be_made_larger_for_a_lecture_hall(open_page):
    page = open_page("#lang=en", width=1920, height=1080, **STILL)
    canvas = page.locator("canvas.picture-plane")
    before = canvas.bounding_box()
    button = page.get_by_role("button", name="Larger plane, for a lecture hall")
    button.click()
    page.wait_for_timeout(300)
    after = canvas.bounding_box()
    assert after["width"] > 1.5 * before["width"]
    assert after["height"] > before["height"]
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator(".outcome").bounding_box()["y"] < 1000
    pixels = canvas.evaluate("one => [one.width, Math.round(one.clientWidth * devicePixelRatio)]")
    assert abs(pixels[0] - pixels[1]) <= 2, "drawn anew in its new size"
    page.locator("#xs-language").click()
    assert canvas.bounding_box()["width"] > 1.5 * before["width"], "in the other language, too"


def test_what_is_out_of_sight_is_printed_as_it_is_now(open_page):
    page = open_page("#lang=en&steps=200&theme=light", height=500, **STILL)
    page.wait_for_timeout(300)
    seen = "document.querySelector('canvas.picture-bars').toDataURL()"
    light = page.evaluate(seen)
    page.get_by_role("combobox", name="Colours", exact=True).select_option("dark")
    page.wait_for_timeout(300)
    assert page.evaluate(seen) == light, "nobody sees it"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(seen) != light
