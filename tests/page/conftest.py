"""The live page in Chromium: the browser, the page as a file, and a page that must neither fail nor fetch anything."""

import shutil

import javascript
import pytest

from figures.page.page_data import core_data
from figures.page.write_page import write_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
OWN = ("file:", "blob:", "data:")
"""Beginnings of addresses that reach no other machine."""


@pytest.fixture(scope="package")
def chromium():
    """The system's Chromium, without a window, for the tests of this folder."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def core():
    """The page's modules of numbers, in Node."""
    with javascript.running("core") as modules:
        yield modules


@pytest.fixture(scope="package")
def data():
    """What these modules get from Python."""
    return core_data()


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """The live page, written once."""
    file = tmp_path_factory.mktemp("page") / "page.html"
    write_page(file)
    return file


@pytest.fixture
def open_page(chromium, page_file):
    """A function that opens a file in a window of its own, by default the live page; returns Playwright's page.

    The test fails if a page reports an error or a warning, or asks for anything but itself and its own workers.
    ``known`` lists parts of messages that are expected.
    """
    contexts, found, expected = [], [], []

    def opened(fragment="", *, file=page_file, width=1280, height=800, script=None, known=(), **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(900_000)
        contexts.append(context)
        expected.extend(known)
        page = context.new_page()
        page.on("console", lambda said: found.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: found.append(str(error)))
        asked = lambda request: None if request.url.startswith(OWN) else found.append(f"asks for {request.url}")  # noqa: E731
        page.on("request", asked)
        if script:
            page.add_init_script(script)
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in found if not any(part in text for part in expected)] == []
