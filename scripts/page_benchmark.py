"""Time the live page in Chromium: a run, many starts, a basin map, a plane, distances, and what dragging takes.

python scripts/page_benchmark.py                 with the page's workers: one per processor but one
python scripts/page_benchmark.py --workers 1     with so many workers; 0: on the page's own thread
python scripts/page_benchmark.py --smoke         at sizes that mean nothing
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from figures.page.bundle import bundled_program
from figures.page.html import page_html
from figures.page.page_data import page_data

FULL = {"starts": 1000, "side": 200, "points": 201, "thetas": 100, "moves": 60}
SMOKE = {"starts": 5, "side": 3, "points": 5, "thetas": 2, "moves": 3}

ROWS = (
    ("run", "one run of 2000 Adam steps", 10.0),
    ("runInFloat32", "the same in float32", 10.0),
    ("plane", "plane of {points} x {points}", 15.0),
    ("planeDrawn", "  computed and drawn", 50.0),
    ("manyStarts", "{starts} starts x 5000 steps", 2000.0),
    ("basinMap", "basin map {side} x {side} x 2000 steps", 20_000.0),
    ("firstRow", "  its first row", 500.0),
    ("distances", "{thetas} distances to the nearest zero", None),
    ("longestPause", "longest pause of the page meanwhile", 50.0),
    ("dragged", "dragging a start: a frame, median", 50.0),
    ("draggedLongest", "  the longest of {moves}", None),
)
"""What is measured: name, in words, and the milliseconds that it should take at most."""


FRAMES = """
window.frames_ = [];
const request = window.requestAnimationFrame;
window.requestAnimationFrame = (draw) => request((time) => {
  const begin = performance.now();
  draw(time);
  window.frames_.push(performance.now() - begin);
});
"""
"""Records how long the page computes and draws in each frame."""


def dragged(page: Page, moves: int) -> list[float]:
    """Drag a start over the plane, with so many moves of the mouse; return the milliseconds of each frame."""
    box = page.locator("canvas.picture-plane").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("window.frames_.length = 0")
    for k in range(moves):
        page.mouse.move(x + 2 * k, y + 3 * (k % 20))
        page.wait_for_timeout(16)
    page.mouse.up()
    return list(page.evaluate("window.frames_"))


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
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(FRAMES)
        page.goto(file.as_uri())
        page.wait_for_selector("canvas[aria-busy=false]")  # the page's own work at its start is done
        program = bundled_program("work/benchmark.js")
        call = f"([data, size]) => {{ {program} return xorscapeProgram().measure(xorscapeProgram, data, size); }}"
        found = page.evaluate(call, [data, size])
        frames = dragged(page, size["moves"])
        found |= {"dragged": median(frames), "draggedLongest": max(frames)}
        browser.close()
    print(f"{'':<44}{'ms':>10}{'at most':>10}")
    for name, words, most in ROWS:
        print(f"{words.format(**size):<44}{found[name]:>10.3g}{'' if most is None else format(most, '10.0f')}")


if __name__ == "__main__":
    main()
