"""What figures can be saved as."""

from __future__ import annotations

import shutil

FORMATS = ("pdf", "svg", "png")
"""What every figure can be saved as."""
MOVING = ("gif", "mp4")
"""What a figure that moves can be saved as, too: always as a GIF, as an MP4 where ffmpeg is found."""


def has_ffmpeg() -> bool:
    """Whether ffmpeg is on the PATH."""
    return shutil.which("ffmpeg") is not None
