"""Draw the rooms (subpackages) of both packages, with arrows for the actual imports between them.

python scripts/rooms.py [scripts/gallery/rooms.png]
"""

import json
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import grimp
import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

TARGET = Path(__file__).parent / "gallery" / "rooms.png"
ROOMS = {
    "landscape": (
        *("base", "kernels", "networks", "parallel", "exact"),
        *("training", "planes", "analysis", "keras", "io"),
    ),
    "figures": ("style", "output", "plots", "animation", "lecture", "slides", "page", "recipes", "render", "cli"),
}
"""The rooms of each package, from the lowest layer up."""
COLORS = {"landscape": "#00749A", "figures": "#E0662F"}


def arrows() -> dict[tuple[str, str], int]:
    """Return the number of imports from each room to each other room; files outside of rooms are left out."""
    graph = grimp.build_graph(*ROOMS)
    rooms = {f"{package}.{room}" for package, names in ROOMS.items() for room in names}
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            start, end = (".".join(name.split(".")[:2]) for name in (module, imported))
            if start != end and {start, end} <= rooms:
                found[start, end] += 1
    return dict(sorted(found.items()))


def purpose(package: str, room: str) -> str:
    """Return the docstring of a room up to the first colon."""
    text = (Path(__file__).parents[1] / package / room / "__init__.py").read_text(encoding="utf-8")
    return text.removeprefix('"""').partition(":")[0]


def draw(found: dict[tuple[str, str], int], target: Path) -> None:
    """Draw the rooms as two columns; arrows are imports and point down, or from figures to landscape."""
    mpl.rcParams.update({"font.size": 8, "font.family": "STIXGeneral"})
    figure = Figure(figsize=(7.2, 5.6), dpi=130)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 7.2), ylim=(0, 5.6))
    axes.set_axis_off()
    place = {}
    for x, (package, rooms) in zip((0.9, 4.4), ROOMS.items(), strict=True):
        axes.text(x + 0.95, 5.4, package, ha="center", va="center", weight="bold", size=11, color=COLORS[package])
        for row, room in enumerate(rooms):
            y = 0.2 + 0.5 * row + (0.25 if package == "figures" else 0.0)
            place[f"{package}.{room}"] = (x, y)
            box = FancyBboxPatch((x, y), 1.9, 0.32, boxstyle="round,pad=0.02", fc="white", ec=COLORS[package], zorder=3)
            axes.add_patch(box)
            axes.text(x + 0.95, y + 0.22, room, ha="center", va="center", size=9.5, zorder=4)
            axes.text(x + 0.95, y + 0.065, purpose(package, room), ha="center", va="center", size=6.5, zorder=4)
    for (start, end), count in found.items():
        (x0, y0), (x1, y1) = place[start], place[end]
        is_inside = start.partition(".")[0] == end.partition(".")[0]
        side = 0.0 if start.startswith("landscape") else 1.9
        if is_inside:
            ends, bend = ((x0 + side, y0 + 0.1), (x1 + side, y1 + 0.22)), 0.35 if side == 0.0 else -0.35
        else:
            ends, bend = ((x0, y0 + 0.16), (x1 + 1.9, y1 + 0.16)), 0.0
        width = 0.4 + 0.25 * min(count, 12) ** 0.5
        style = {"arrowstyle": "-|>", "mutation_scale": 6, "linewidth": width, "alpha": 0.55, "zorder": 2}
        color = COLORS[start.partition(".")[0]] if is_inside else "#777777"
        axes.add_patch(FancyArrowPatch(*ends, connectionstyle=f"arc3,rad={bend}", color=color, **style))
    pixels = BytesIO()
    figure.savefig(pixels, format="png")
    metadata = PngInfo()
    metadata.add_text("arrows", json.dumps(list(found)))
    with Image.open(pixels) as picture:
        picture.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(target, optimize=True, pnginfo=metadata)


if __name__ == "__main__":
    draw(arrows(), Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
