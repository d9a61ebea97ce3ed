"""Writes animated GIFs frame by frame.

All frames share one palette, chosen from a few of them, and there is no dithering, so colours do not flicker.
Each frame stores only what has changed since the previous one, which keeps the file small. The same movie
gives the same bytes.

Pillow can save a list of frames by itself. The pixels of the lecture set's animations were the same, but with palettes
of Pillow's choice the files grew by 4 and 20 %. With this palette they had the same size, but all frames were in memory
at once (0.7 MB each), and frames without a change were merged into longer ones.
"""

import struct
from collections.abc import Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from figures.animation.movie import Movie, Picture, pictures
from landscape.base.progress import Progress

COLORS = 255
"""Colours in the palette; the last of the 256 indices is reserved for unchanged pixels."""
UNCHANGED = 255
"""Transparent palette index of pixels that have not changed since the previous frame."""
SAMPLES = 9
"""Number of evenly spaced frames from which the palette is chosen."""

Indices = NDArray[np.uint8]


def write_gif(file: IO[bytes], movie: Movie, comment: str, *, progress: Progress | None = None) -> None:
    """Write ``movie`` to a binary file as an endlessly looping GIF that contains a comment, in UTF-8.

    progress : called with (frames done, total frames) after each frame
    """
    sampled = np.unique(np.linspace(0, len(movie) - 1, SAMPLES).round().astype(int)).tolist()
    palette = choose_palette(pictures(movie, sampled))
    to_indices = _NearestColor(palette)
    shown: Indices | None = None
    for k, picture in enumerate(pictures(movie)):
        now = to_indices(picture)
        if shown is None:
            file.write(_header(now.shape, palette, comment))
            left, top, part = 0, 0, now
        else:
            left, top, part = _change(shown, now)
        image = Image.fromarray(part, "P")
        settings = {"duration": movie.durations[k], "disposal": 1, "transparency": UNCHANGED}
        for block in GifImagePlugin.getdata(image, (left, top), **settings):
            file.write(block)
        shown = now
        if progress:
            progress(k + 1, len(movie))
    file.write(b";")


def choose_palette(samples: Iterator[Picture]) -> NDArray[np.uint8]:
    """Return at most ``COLORS`` colours (c, 3) that approximate those of the pictures."""
    strip = np.concatenate([sample.copy() for sample in samples])
    image = Image.fromarray(strip, "RGB").quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return np.asarray(image.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)[:COLORS]


class _NearestColor:
    """Maps pictures to indices of the nearest palette colours, computed once for each colour that occurs."""

    def __init__(self, palette: NDArray[np.uint8]) -> None:
        self.palette = palette.astype(np.int32)
        self.index_of = np.full(1 << 24, -1, dtype=np.int16)

    def __call__(self, picture: Picture) -> Indices:
        code = picture.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
        found = self.index_of[code]
        new = np.unique(code[found < 0])
        if new.size:
            for block in np.array_split(new, -(-new.size // 4096)):
                rgb = np.stack([block >> 16, block >> 8 & 255, block & 255], axis=-1)
                self.index_of[block] = np.square(rgb[:, None] - self.palette).sum(axis=-1).argmin(axis=-1)
            found = self.index_of[code]
        return found.astype(np.uint8)


def _change(shown: Indices, now: Indices) -> tuple[int, int, Indices]:
    """Return left, top and contents of the smallest rectangle that contains all changes; one pixel if none."""
    differs = shown != now
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 0, 0, np.full((1, 1), UNCHANGED, dtype=np.uint8)
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return int(columns[0]), int(rows[0]), np.where(differs[part], now[part], np.uint8(UNCHANGED))


def _header(shape: tuple[int, ...], palette: NDArray[np.uint8], comment: str) -> bytes:
    """Return the bytes before the first frame: size, palette, endless loop, comment."""
    height, width = shape
    table = palette.tobytes().ljust(3 * 256, b"\0")
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    text = comment.encode()
    parts = [text[i : i + 255] for i in range(0, len(text), 255)]
    blocks = b"".join(bytes([len(part)]) + part for part in parts)
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + table + loop + b"!\xfe" + blocks + b"\0"
