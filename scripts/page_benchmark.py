"""Time the live page's numbers in Chromium: a run, many starts, a basin map, a plane, distances to the nearest zero.

python scripts/page_benchmark.py                 with one worker per processor
python scripts/page_benchmark.py --workers 1     with so many workers; 0: on the page's own thread
python scripts/page_benchmark.py --smoke         at sizes that mean nothing
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from figures.page.bundle import bundled_program
from figures.page.html import page_html
from figures.page.page_data import page_data

FULL = {"starts": 1000, "side": 200, "points": 201, "thetas": 100}
SMOKE = {"starts": 5, "side": 3, "points": 5, "thetas": 2}

ROWS = (
    ("run", "one run of 2000 Adam steps", 10.0),
    ("runInFloat32", "the same in float32", 10.0),
    ("plane", "plane of {points} x {points}", 15.0),
    ("manyStarts", "{starts} starts x 5000 steps", 2000.0),
    ("basinMap", "basin map {side} x {side} x 2000 steps", 20_000.0),
    ("firstRow", "  its first row", 500.0),
    ("distances", "{thetas} distances to the nearest zero", None),
    ("longestPause", "longest pause of the page meanwhile", 50.0),
)
"""What is measured: name, in words, and the milliseconds that it should take at most."""


def main() -> None:
    """Open the page, measure in it, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--smoke", action="store_true", help="tiny sizes")
    chosen = parser.parse_args()
    size = {**(SMOKE if chosen.smoke else FULL), **({} if chosen.workers is None else {"workers": chosen.workers})}
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_path is None:
        sys.exit("chromium must be on the path; install it (Debian: apt-get install chromium)")
    data = page_data()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "page.html"
        file.write_text(page_html(data), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(file.as_uri())
        program = bundled_program("work/benchmark.js")
        call = f"([data, size]) => {{ {program} return xorscapeProgram().measure(xorscapeProgram, data, size); }}"
        found = page.evaluate(call, [data, size])
        browser.close()
    print(f"{'':<44}{'ms':>10}{'at most':>10}")
    for name, words, most in ROWS:
        print(f"{words.format(**size):<44}{found[name]:>10.3g}{'' if most is None else format(most, '10.0f')}")


if __name__ == "__main__":
    main()
