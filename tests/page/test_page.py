"""The live page in Chromium: it opens from disk, runs what one drags, and takes no harm from an address."""

import json
import re
from urllib.parse import unquote

import pytest
from seen_page import at_rest, labels

import landscape as ls
from figures.page.html import page_html
from landscape import xor

pytestmark = pytest.mark.heavy

NET = xor.network()
SHORT = "#lang=en&steps=300"
"""Fragment of a page whose runs are short."""
RATE, STEPS = 0.01, 2000


def fragment(start, steps=STEPS):
    numbers = ",".join(repr(float(value)) for value in start)
    return f"#lang=en&start={numbers}&optimizer=Adam&lr={RATE!r}&steps={steps}"


def words(level, kind, status):
    """Return the beginning of the sentence about a run, from what Python says of it."""
    if status == "solved":
        return "Solved: all four outputs are right"
    return {
        "local minimum": f"Trapped at {level}, in a local minimum: ",
        "saddle": f"Trapped at {level}, at a saddle: ",
        "held by relu'(0) = 0": f"Held at {level} at a kink, ",
        "": {"spiking": "In a spike", "moving": "Still moving", "diverged": "Diverged"}.get(status),
    }[kind]


def words_of(start):
    found = ls.outcomes(NET, start, ls.Adam(RATE), STEPS)
    return words(found.status[0], found.kind[0], found.status[0])


def outcome(page):
    """Return the sentence about the run."""
    return page.locator(".outcome").inner_text()


def fragment_of(page):
    """Return the fragment of the address, once it has been written."""
    at_rest(page)
    return page.evaluate("location.hash")


def start_in(text):
    return [float(number) for number in unquote(re.search(r"[#&]start=([^&]+)", text)[1]).split(",")]


def drag(page, *, by=(0.1, 0.15), at=(0.5, 0.5)):
    """Drag on the plane, by a part of its width and height."""
    box = page.locator("canvas.picture-plane").bounding_box()
    x, y = box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] * box["width"] / 2, y + by[1] * box["height"] / 2)
    page.mouse.move(x + by[0] * box["width"], y + by[1] * box["height"])
    page.mouse.up()


def test_it_opens_from_disk_and_a_drag_starts_a_run(open_page):
    page = open_page("#lang=en", reduced_motion="reduce")
    assert page.locator("h1").inner_text() == "The loss landscape of XOR"
    drag(page)
    first = start_in(fragment_of(page))
    assert outcome(page).startswith(words_of(first))
    drag(page, at=(0.3, 0.3), by=(0.0, 0.1))
    second = start_in(fragment_of(page))
    assert second != first
    assert outcome(page).startswith(words_of(second))
    page.go_back()
    at_rest(page)
    assert start_in(page.evaluate("location.hash")) == first
    assert outcome(page).startswith(words_of(first))


def test_a_run_is_played_from_its_start_and_can_be_paused_stepped_and_scrubbed(open_page):
    page = open_page(SHORT)
    drag(page)
    page.get_by_role("button", name="Pause").click()
    slider = page.get_by_role("slider", name="Step of the run")
    assert 0 <= int(slider.input_value()) < 300
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="One step forward").click()
    page.locator("output.step", has_text="Step 1 of 300").wait_for()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()


def test_the_outcome_of_starts_with_known_outcome(open_page):
    starts = ls.numbered_starts(NET, 60, seed=0)
    found = ls.outcomes(NET, starts, ls.Adam(RATE), STEPS)
    kinds = dict.fromkeys(zip(found.status.tolist(), found.kind.tolist(), strict=True))
    assert {("solved", "local minimum"), ("1/8", "local minimum"), ("1/6", "held by relu'(0) = 0")} <= kinds.keys()
    page = open_page("#lang=en")
    for status, kind in kinds:
        k = next(k for k in range(60) if (found.status[k], found.kind[k]) == (status, kind))
        page.evaluate("text => { location.hash = text; }", fragment(starts[k]))
        at_rest(page)
        assert outcome(page).startswith(words(status, kind, status)), k


FRAGMENTS = [
    "#lang=en",
    "#lang=de&theme=dark&plane=bowl&step=120&steps=300&optimizer=SGD&lr=0.05&momentum=0.9",
    "#lang=en&plane=coordinates&axes=0,6&range=-2,3,-1.5,2.5&precision=float32&steps=200",
    "#lang=en&seed=3&bias=separate&steps=100&azimuth=15&elevation=50&story=2,1,0",
    "#lang=en&plane=points&points=1,1,1,1,0,-1,1,-2,0;0,0,0,0,0,0,0,0,0.5;1,1,1,1,-1,0,-2,1,0&steps=100"
    "&run=mine%20%26%20yours;Adam;0.01;0;float64;50;1,1,1,1,0,-1,1,-2,0.01",
]


@pytest.mark.parametrize("text", FRAGMENTS, ids=range(len(FRAGMENTS)))
def test_the_address_brings_back_what_was_shown(open_page, text):
    page = open_page(text)
    page.evaluate("document.querySelector('canvas.picture-plane').focus()")
    page.keyboard.press("ArrowRight")  # a change, so that the address is written by the page
    written = fragment_of(page)
    again = open_page(written)
    assert outcome(again) == outcome(page)
    assert labels(again) == labels(page)
    again.evaluate("document.querySelector('canvas.picture-plane').focus()")
    again.keyboard.press("ArrowRight")
    again.keyboard.press("ArrowLeft")
    asked = {part.partition("=")[0] for part in text[1:].split("&")} - {"step"}
    assert asked <= {part.partition("=")[0] for part in fragment_of(again)[1:].split("&")}


NINES = ",".join(["9" * 400] * 9)
HOSTILE = [
    "#<script>window.hacked = 1</script>",
    "#lang=en&start=<img src=x onerror=alert(1)>",
    "#run=<svg onload=alert(1)>;Adam;0.01;0;float64;50;1,1,1,1,0,-1,1,-2,0",
    "#run=%3Cimg%20src%3Dx%20onerror%3D%22window.hacked%3D1%22%3E;Adam;0.01;0;float64;50;1,1,1,1,0,-1,1,-2,0.01",
    "#lang=__proto__&theme=constructor&plane=toString&color=hasOwnProperty&optimizer=__proto__&precision=valueOf",
    "#__proto__=1&constructor=1&prototype=1&toString=1",
    f"#start={NINES}&range={NINES}&lr={'9' * 400}&steps={'9' * 400}",
    "#start=NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN,NaN&lr=NaN&steps=Infinity&range=-Infinity,Infinity,0,0",
    "#start=1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308,1e308",
    "#seed=-1&axes=4,4&centre=1,2&points=;;;&current=99&step=-5&azimuth=1e9&story=99,1,99",
    "#steps=1e999&step=0x10&seed=1e1&current=1.5",
    "#%&%E0%A4%A&lang=%zz",
    "#javascript:alert(1)//",
    "#" + "a" * 1_000_000,
    "#start=" + ",".join(["1"] * 100_000),
    "#" + "&".join(["run=x;Adam;0.01;0;float64;20000;1,1,1,1,0,-1,1,-2,0"] * 50),
    "#run=" + "x" * 39 + "%F0%9F%98%80;Adam;0.01;0;float64;100;1,0,0,1,0,0,1,1,0",
    "#run=" + "%F0%9F%98%80" * 60 + ";Adam;0.01;0;float64;100;1,0,0,1,0,0,1,1,0",
    "#optimizer=SGD&lr=10",
    "#optimizer=SGD&lr=10&step=0&plane=principal",
    "#optimizer=RMSprop&lr=10&precision=float32&start=1e6,1e6,1e6,1e6,1e6,1e6,1e6,1e6,1e6",
    "#lang=de&color=outcome&run=x;SGD;10;0.9;float64;100;1,1,1,1,0,-1,1,-2,0.1",
]
WATCH = "window.alert = () => { window.hacked = 1; };"


def is_sound(page):
    """Check that a page shows its pictures and a run, and nothing that came with the address."""
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("Object.keys(Object.prototype).length") == 0
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, object, embed, svg").count() == 0
    assert outcome(page)
    told = page.locator("canvas").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert all(told)
    texts = page.locator("body").inner_text() + " ".join(told)
    assert not re.search(r"NaN|undefined|\[object|Infinity|\{\w+\}", texts)


def test_a_hostile_address_does_no_harm(open_page):
    page = open_page("#lang=en&steps=100", script=WATCH, reduced_motion="reduce")
    for text in HOSTILE:
        page.evaluate("text => { location.hash = text; }", text)
        at_rest(page)
        is_sound(page)
    drag(page)
    assert start_in(fragment_of(page))


@pytest.mark.parametrize("number", [0, 3, 4, 6, 8, *range(16, 22)])
def test_a_page_that_opens_with_a_hostile_address_is_whole(open_page, number):
    is_sound(open_page(HOSTILE[number], script=WATCH))


def press_until(page, key, check, most=60):
    """Press a key until the element that has the focus is the right one."""
    for _ in range(most):
        if page.evaluate(f"(() => {{ const now = document.activeElement; return Boolean({check}); }})()"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"nothing with {check} gets the focus")


def test_every_question_reaches_its_answer_by_keyboard_alone(open_page):
    page = open_page("#lang=en", reduced_motion="reduce")
    press_until(page, "Tab", "now.matches('.invitation button')")
    page.keyboard.press("Enter")
    count = int(re.search(r"of (\d+)", page.locator(".story .eyebrow").inner_text())[1])
    assert count >= 10
    questions, answers = set(), set()
    for number in range(1, count + 1):
        page.locator(".story .eyebrow").filter(has_text=re.compile(rf"\b{number} of {count}")).wait_for()
        questions.add(page.locator(".story .question").inner_text())
        assert not page.locator(".story .fact").is_visible()
        press_until(page, "Tab", "now.name === 'xs-answer'")
        page.keyboard.press("Space")
        press_until(page, "Tab", "now.matches('.question-panel button.primary')")
        page.keyboard.press("Enter")
        page.locator(".story .fact").wait_for()
        answers.add(page.locator(".story .fact").inner_text())
        assert page.locator(".story .verdict").inner_text()
        if number < count:
            press_until(page, "Tab", "now.matches('.question-panel .steps button:last-child')", most=3)
            page.keyboard.press("Enter")
    assert len(questions) == len(answers) == count
    assert all(len(answer) > 60 for answer in answers)


VIEWS = {
    "light": ("#lang=en&steps=300", {}),
    "dark, German": ("#lang=de&theme=dark&steps=300&story=1,1,0", {}),
    "phone, German": ("#lang=de&steps=300", {"width": 360, "height": 740}),
    "phone, dark": ("#lang=en&theme=dark&steps=300&story=0,0,", {"width": 360, "height": 740}),
    "projector": ("#lang=en&steps=300&color=outcome", {"width": 1920, "height": 1080}),
}


@pytest.mark.parametrize("name", VIEWS)
def test_everybody_can_use_it(open_page, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    text, options = VIEWS[name]
    page = open_page(text, **options)
    at_rest(page)
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}] == []
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    dialogs = page.evaluate("document.documentElement.lang")
    assert dialogs == text[6:8]


LANGUAGES = [
    ({}, "de-CH", "de"),
    ({}, "fr-FR", "en"),
    ({"language": "de"}, "en-US", "de"),
    ({"language": "en"}, "de", "en"),
]


@pytest.mark.parametrize("case", LANGUAGES, ids=str)
def test_it_begins_in_the_language_that_was_asked_for_or_the_browsers(open_page, page_file, tmp_path, case):
    given, locale, expected = case
    (data,) = re.findall(r'id="xorscape-data">(.*?)</script>', page_file.read_text())
    (tmp_path / "page.html").write_text(page_html(json.loads(data) | given))
    page = open_page(file=tmp_path / "page.html", locale=locale)
    page.locator("h1").wait_for()
    assert page.evaluate("document.documentElement.lang") == expected


@pytest.mark.parametrize(
    "attributes", ['style="width: 960px; height: 700px"', 'sandbox="allow-scripts" width="900" height="600"']
)
def test_it_runs_inside_of_a_slide(open_page, page_file, tmp_path, attributes):
    deck = tmp_path / "deck.html"
    address = f"{page_file.as_uri()}#lang=de&plane=bowl&steps=300"
    deck.write_text(
        '<!DOCTYPE html><div class="reveal" style="transform: scale(0.8); transform-origin: 0 0"><section>'
        f'<iframe src="{address}" {attributes}></iframe></section></div>'
    )
    page = open_page(file=deck)
    frame = page.frame_locator("iframe")
    before = frame.locator(".outcome").inner_text()
    assert before
    start = frame.locator("canvas.picture-plane").get_attribute("aria-label")
    box = frame.locator("canvas.picture-plane").bounding_box()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    frame.locator(f"canvas.picture-plane:not([aria-label={json.dumps(start, ensure_ascii=False)}])").wait_for()


def test_workers_and_the_page_itself_get_the_same_results(open_page):
    """Without workers, as in some notebooks, the page computes in slices on its own thread."""
    found = []
    for script in (
        None,
        "delete window.Worker;",
        "window.Worker = class { constructor() { throw new Error('no'); } };",
    ):
        page = open_page("#lang=en&steps=400", script=script)
        page.get_by_role("checkbox", name=re.compile("lecture's training")).uncheck()
        page.get_by_role("button", name="Throw 1000 random starts").click()
        page.locator(".many-note").filter(has_text="1").wait_for()
        found.append(page.locator(".many-note").inner_text())
    assert found[0] == found[1] == found[2]
    outcomes = ls.outcomes(NET, ls.numbered_starts(NET, 1000, seed=1), ls.Adam(RATE), 400)
    share = outcomes.fractions[0]
    assert f"{100 * share:.1f}" in found[0]


def test_a_page_that_is_written_again_has_the_same_bytes(page_file, tmp_path):
    from figures.page.write_page import write_page

    write_page(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page_file.read_bytes()
