"""Writes movies as MP4 with ffmpeg, if it is installed.

The pictures are piped to ffmpeg one by one. It runs in one thread and writes neither dates nor its own name, so
the same movie gives the same bytes with the same version of ffmpeg.
"""

import os
import subprocess
import tempfile
from math import gcd
from pathlib import Path
from typing import IO, cast

from figures.animation.movie import Movie, pictures
from figures.output.formats import has_ffmpeg
from landscape.base.atomic_files import SYSTEM_LIMITS
from landscape.base.progress import Progress

ENCODERS = {
    "libx264": ["-preset", "slow", "-crf", "18", "-tune", "animation"],
    "libopenh264": ["-b:v", "4M"],
    "mpeg4": ["-q:v", "2"],
}
"""Encoders that ffmpeg may have, best first, with their quality options."""


def write_mp4(path: Path, movie: Movie, title: str, comment: str, *, progress: Progress | None = None) -> None:
    """Write ``movie`` to the file ``path``, in yuv420p, which every player supports.

    An odd height or width is padded by one row or column. If ffmpeg fails, the error contains the end of its output.

    progress : called with (frames done, total frames) after each frame
    """
    if not has_ffmpeg():
        raise FileNotFoundError("mp4 needs ffmpeg on the PATH; install it (Debian: ffmpeg) or use gif")
    tick = gcd(*movie.durations)
    width, height = movie.figure.canvas.get_width_height(physical=True)
    filters = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    encoder = _encoder()
    command = [
        *("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"1000/{tick}", "-i", "pipe:0"),
        *("-an", "-vf", filters, "-c:v", encoder, *ENCODERS[encoder], "-threads", "1"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
        *("-metadata", f"title={title}", "-metadata", f"comment={comment}", "-movflags", "+faststart"),
        *("-f", "mp4", str(path)),
    ]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            restore_signals=False,  # so that a file that grows too large is an error, not the end
        )
        try:
            _send(process, movie, tick, progress)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            errors.seek(0)
            message = " ".join(errors.read().decode(errors="replace").split())
            for number in SYSTEM_LIMITS:
                if os.strerror(number) in message:
                    raise OSError(number, message)
            raise OSError(f"ffmpeg failed with exit code {process.returncode}: {message[-200:]}; use gif")
    _require_mp4(path)


def _require_mp4(path: Path) -> None:
    """Check that ffmpeg, or what is called so, has written what begins like an MP4: size and name of its first box."""
    with path.open("rb") as file:
        begin = file.read(8)
    if begin[4:] != b"ftyp":
        raise OSError("ffmpeg ended without an error, but wrote no MP4; install another ffmpeg, or use gif")


def _send(process: subprocess.Popen[bytes], movie: Movie, tick: int, progress: Progress | None) -> None:
    """Send each picture once per tick of its duration; stop if ffmpeg has exited."""
    stream = cast(IO[bytes], process.stdin)  # not None, since stdin is a pipe
    try:
        with stream:
            for k, picture in enumerate(pictures(movie)):
                data = picture.tobytes()
                for _ in range(movie.durations[k] // tick):
                    stream.write(data)
                if progress:
                    progress(k + 1, len(movie))
    except BrokenPipeError:  # ffmpeg has exited; the caller reports its exit code and error output
        pass


def _encoder() -> str:
    """Return the best encoder that the installed ffmpeg has."""
    listed = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-encoders"], capture_output=True, text=True, check=False
    )
    words = set(listed.stdout.split())
    return next((name for name in ENCODERS if name in words), "mpeg4")
