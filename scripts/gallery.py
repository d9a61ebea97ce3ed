"""Make the thumbnails shown in README from a rendered lecture set.

python scripts/gallery.py [out/lecture]
"""

import sys
from pathlib import Path

from PIL import Image

from figures.lecture import NAMES

FOLDER = Path(__file__).parent / "gallery"
WIDTH = 1120
"""Pixels: twice 5.6 inches at 100 pixels an inch."""


def main(source: Path) -> None:
    """Shrink ``source``/NAME.png to gallery size, in 128 colours, which keeps each under 150 KB."""
    missing = [name for name in NAMES if not (source / f"{name}.png").is_file()]
    if missing:
        sys.exit(f"gallery: {source} must hold {missing[0]}.png; render the lecture set first: xorscape render")
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        with Image.open(source / f"{name}.png") as picture:
            height = round(picture.height * WIDTH / picture.width)
            small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        target = FOLDER / f"{name}.png"
        small.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/lecture"))
