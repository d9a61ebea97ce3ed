"""What one sees of the live page."""

import re


def drawn(page):
    """Wait until what was done is drawn: the page's own clock counts, however slow the machine."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def at_rest(page):
    """Wait until the address and a notebook know of what was done, which they are told 0.4 s after it."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 450)))")
    drawn(page)


def labels(page):
    """Return what the pictures say to screen readers, without the distances that are computed beside the page."""
    found = page.locator("canvas").evaluate_all("all => all.map(one => one.ariaLabel)")
    return [re.sub(r" (Distance to the nearest|Abstand zu[mr] nächsten) .*", "", label) for label in found]


def picture(page, name):
    """Return a picture as the page saves it."""
    page.get_by_role("button", name="Share").click()
    page.get_by_role("combobox", name="View").select_option(name)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as SVG").click()
    page.get_by_role("button", name="Close").click()
    return saved.value.path().read_text()


def pressed(page, selector, key, **modifiers):
    """Press a key on an element, with modifiers that the browser itself does not see; return whether it was used."""
    event = {"key": key, "bubbles": True, "cancelable": True, **modifiers}
    how = "(one, event) => !one.dispatchEvent(new KeyboardEvent('keydown', event))"
    used = page.locator(selector).evaluate(how, event)
    drawn(page)
    return used
