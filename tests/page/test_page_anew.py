"""The live page in Chromium: what stays in another language, planes that follow the start, and the story's offers."""

import itertools
import re

import pytest
from seen_page import drawn, labels, picture, pressed

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


def test_a_finished_map_and_what_was_shown_before_the_story_stay_in_another_language(open_page):
    page = open_page("#lang=en&steps=25&lr=0.02&plane=valley&color=outcome", **STILL)
    page.locator(".map-state").filter(has_text=re.compile(r"^40.000 starts, 25 steps of Adam each\.")).wait_for()
    page.locator("#xs-language").click()
    drawn(page)
    assert "mit je 25 Schritten Adam." in page.locator(".map-state").inner_text(), "not computed anew"
    before = labels(page)
    page.locator(".invitation button").click()
    page.locator("#xs-language").click()
    page.get_by_role("button", name="Leave the story").click()
    page.locator("#xs-language").click()
    drawn(page)
    assert labels(page) == before


def test_starts_can_be_stopped_and_drawn_by_keyboard_as_often_as_one_likes(open_page):
    page = open_page("#lang=en&steps=20000", **STILL)
    page.get_by_role("checkbox", name=re.compile("lecture's training")).uncheck()
    page.get_by_role("button", name="Throw 1000 random starts").focus()
    for _ in range(25):
        page.keyboard.press("Enter")  # draws, and then the focus is on the button that stops it
        page.locator("button:focus", has_text="Stop").wait_for()
        page.keyboard.press("Enter")
        page.locator("button:focus", has_text="Throw").wait_for()
    assert page.locator("button:focus").is_enabled()


def test_back_stops_what_is_played(open_page):
    page = open_page("#lang=en&steps=300", **STILL)
    pressed(page, "canvas.picture-plane", "ArrowRight")
    page.wait_for_url(re.compile("start="))
    page.get_by_role("button", name="Play").click()
    page.go_back()
    page.get_by_role("button", name="Play").wait_for()
    drawn(page)
    assert "Step 300 of 300" in page.locator("output.step").inner_text()


def test_a_start_of_the_lecture_is_shown_on_a_plane_that_holds_its_run(open_page):
    page = open_page("#lang=en", **STILL)
    starts = page.locator(".walk select").first
    kind = page.get_by_role("combobox", name="Kind of plane")
    for name, expected in (("textbook weights + 0", "normalized"), ("textbook weights + 10\u207b\u2075", "principal")):
        starts.select_option(label=name)
        drawn(page)
        assert kind.input_value() == expected, name
    assert float(re.search(r"holds ([\d.]+)", page.locator(".left-out").inner_text())[1]) > 60
    starts.select_option(label="textbook weights + 0")
    drawn(page)
    assert kind.input_value() == "normalized", "a run that rests has no principal plane"
    for name in starts.locator("option").all_inner_texts()[3:]:
        starts.select_option(label=name)
        drawn(page)
        assert page.locator(".left-out").inner_text().startswith("This plane holds "), name


WORDS = re.compile(r"solved|stuck|on no level|point 3|trapped|held|moving|climbs|circle", re.IGNORECASE)


def test_no_picture_gives_an_answer_away_before_the_prediction(open_page):
    """What a question itself says of its run may be seen: that it rests at a positive loss, or is the optimum."""
    page = open_page("#lang=en", **STILL)
    page.locator(".invitation button").click()
    for number in range(1, 13):
        page.locator(".story .eyebrow").filter(has_text=f"Question {number} of").wait_for()
        drawn(page)
        assert page.locator(".outcome").inner_text() == "What becomes of this run? It is told after your prediction."
        for name in ("plane", "terrain"):
            texts = re.findall(r">([^<]+)</text>", picture(page, name))
            assert [text for text in texts if WORDS.search(text)] == [], (number, name)
        assert "known share" not in picture(page, "bars")
        if number < 12:
            page.get_by_role("button", name="Next question").click()
    page.get_by_role("button", name="Reveal").click()
    page.locator(".outcome").filter(has_text="Trapped at").wait_for()
    assert "known share" in picture(page, "bars")


def test_parameters_are_named_in_words(open_page):
    texts = re.findall(r">([^<]+)</text>", picture(open_page("#lang=en&plane=coordinates&axes=1,8", **STILL), "plane"))
    assert {"change of x₁ → h₂", "change of bias of ŷ"} <= set(texts)


def test_a_plane_that_does_not_exist_is_not_described_as_if_it_were_shown(open_page):
    points = ";".join(["1,1,1,1,0,-1,1,-2,0", "2,2,2,2,0,-2,2,-4,0", "0,0,0,0,0,0,0,0,0"])
    page = open_page(f"#lang=en&plane=points&points={points}", **STILL)
    page.locator(".left-out").filter(has_text="No such plane").wait_for()
    assert labels(page)[0].startswith("No such plane")
    assert "point 2" not in picture(page, "plane")


def test_a_loss_that_is_small_is_not_called_0(open_page):
    points = ";".join(["1.000001,1,1,1,0,-1,1,-2,0", "0,0,0,0,0,0,0,0,0", "1,1,1,1,-1,0,-2,1,0"])
    texts = picture(open_page(f"#lang=en&plane=points&points={points}", **STILL), "plane")
    (loss,) = re.findall(r"point 1, loss ([^<]+)", texts)
    assert "10\u207b" in loss


def test_the_circle_of_an_answer_is_drawn_on_the_planes_it_speaks_of(open_page):
    page = open_page("#lang=en", **STILL)
    kind, shown = page.get_by_role("combobox", name="Kind of plane"), {}
    for answered in (False, True):
        if answered:
            page.get_by_role("button", name="Reveal").click()
        else:
            page.locator(".invitation button").click()
            for _ in range(2):
                page.get_by_role("button", name="Next question").click()
        for name in ("normalized", "random"):
            kind.select_option(name)
            shown[answered, name] = ">circle of radius 0.1<" in picture(page, "plane")
    assert [case for case, has_circle in shown.items() if has_circle] == [(True, "normalized")]


def test_the_ends_of_the_three_runs_that_nothing_helps_can_be_told_apart(open_page):
    page = open_page("#lang=en", **STILL)
    reveal(page, 11)
    where = re.findall(r'<text x="([\d.]+)"[^>]*>[^<]*: stuck at 1/6<', picture(page, "plane"))
    assert len(where) == 3
    assert min(abs(float(a) - float(b)) for a, b in itertools.combinations(where, 2)) > 30


def test_the_story_offers_random_starts_and_draws_none_by_itself(open_page):
    page = open_page("#lang=en", **STILL)
    reveal(page, 9)
    assert page.get_by_role("button", name="Throw 1000 random starts").is_enabled()
    page.get_by_role("button", name="Draw 1000 starts and watch the bars").click()
    page.get_by_role("button", name="Stop").wait_for()
    box = page.locator("canvas.picture-bars").bounding_box()
    assert 0 <= box["y"] <= 800 - box["height"] / 2, "the bars are in view"
    page.get_by_role("button", name="Back to the question").click()
    assert page.locator(".story h2:visible").bounding_box()["y"] >= 0


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
    told = {"textbook", "twin", "point 3, loss 1/6", "path that climbs to 1/6"}
    assert told <= set(re.findall(r">([^<]+)</text>", picture(page, "plane")))
    page.get_by_role("button", name="Finish").click()
    page.locator(".message").filter(has_text="That was the last question.").wait_for()
    assert labels(page) == before


def test_the_plane_can_be_made_larger_for_a_lecture_hall(open_page):
    page = open_page("#lang=en", width=1920, height=1080, **STILL)
    canvas = page.locator("canvas.picture-plane")
    before = canvas.bounding_box()
    button = page.get_by_role("button", name="Larger plane, for a lecture hall")
    button.click()
    drawn(page)
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
    drawn(page)
    seen = "document.querySelector('canvas.picture-bars').toDataURL()"
    light = page.evaluate(seen)
    page.get_by_role("combobox", name="Colours", exact=True).select_option("dark")
    drawn(page)
    assert page.evaluate(seen) == light, "nobody sees it"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(seen) != light
