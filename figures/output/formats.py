"""What figures can be saved as."""

from __future__ import annotations

import shutil
import subprocess

FORMATS = ("pdf", "svg", "png")
"""What every figure can be saved as."""
MOVING = ("gif", "mp4")
"""What a figure that moves can be saved as, too: always as a GIF, as an MP4 where ffmpeg is found."""


def has_ffmpeg() -> bool:
    """Whether ffmpeg is on the PATH."""
    return shutil.which("ffmpeg") is not None


def ffmpeg_version() -> str:
    """Return what the ffmpeg on the PATH says of its version, nothing if there is none."""
    if not has_ffmpeg():
        return ""
    said = subprocess.run(["ffmpeg", "-nostdin", "-version"], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].strip()
