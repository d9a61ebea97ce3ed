"""File formats of figures."""

import shutil
import subprocess

FORMATS = ("pdf", "svg", "png")
"""Formats of every figure."""
MOVING = ("gif", "mp4")
"""Additional formats of animated figures: GIF always, MP4 if ffmpeg is found."""


def has_ffmpeg() -> bool:
    """Whether ffmpeg is on the PATH."""
    return shutil.which("ffmpeg") is not None


def ffmpeg_version() -> str:
    """Return the version line of the ffmpeg on the PATH, empty if there is none."""
    if not has_ffmpeg():
        return ""
    output = subprocess.run(["ffmpeg", "-nostdin", "-version"], capture_output=True, text=True, check=False).stdout
    return output.partition("\n")[0].strip()
