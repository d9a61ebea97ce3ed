"""What one sees of the live page."""

import re


def labels(page):
    """Return what the pictures say to screen readers, without the distances that are computed beside the page."""
    found = page.locator("canvas").evaluate_all("all => all.map(one => one.ariaLabel)")
    return [re.sub(r" (Distance to the nearest|Abstand zu[mr] nächsten) .*", "", label) for label in found]
