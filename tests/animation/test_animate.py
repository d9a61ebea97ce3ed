"""Animations of trajectories: the paths as far as they have come, in files that say what they show."""

from __future__ import annotations

import errno
import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import landscape as ls
from figures.animation.animate import animate_trajectory, save_movie, trajectory_movie
from figures.animation.movie import durations, pictures
from figures.animation.pacing import paced
from figures.output.saving import About
from figures.style.style_sheets import style_context
from landscape import Projection, Surface, Trajectories, xor
from landscape.base.atomic_files import SYSTEM_LIMITS

pytestmark = pytest.mark.slow

NET = xor.network()
ABOUT = About(title="Walk θ", alt_text="Two paths.", facts={"seed": "2"})
AXIS = np.linspace(-1.5, 1.5, 21)


@pytest.fixture(scope="module")
def runs():
    starts = ls.perturbed_starts(xor.TEXTBOOK, 0.3, 2, rng=np.random.default_rng(2))
    return ls.train(NET, starts, ls.Adam(1e-2), 60, record_every=2)


@pytest.fixture(scope="module")
def view(runs):
    return ls.project(NET, runs, ls.principal_plane(runs.theta, origin=runs.end[0]))


@pytest.fixture(scope="module")
def surface(view):
    return ls.evaluate_plane(NET, view.plane, AXIS, AXIS)


def test_paths_are_drawn_up_to_the_step_of_the_frame(view, surface):
    axes = Figure(figsize=(2, 2), dpi=60).subplots()
    movie = trajectory_movie(view, surface, ax=axes, frames=6)
    lines = axes.lines
    records = paced(view.step, *np.stack([view.alpha, view.beta], axis=-1), frames=6)
    assert movie.durations == durations(len(records))
    assert len(records) > 3
    for frame, record in enumerate(records):
        movie.show(frame)
        assert axes.get_title() == f"step {view.step[record]}"
        for k in range(2):
            path, start, end = lines[3 * k : 3 * k + 3]
            points = np.stack([view.alpha[k], view.beta[k]], axis=1)
            np.testing.assert_array_equal(path.get_xydata(), points[: record + 1])
            np.testing.assert_array_equal(start.get_xydata(), points[:1])
            np.testing.assert_array_equal(end.get_xydata(), points[record : record + 1])
    assert axes.get_xlim() == (AXIS[0], AXIS[-1])


@pytest.mark.parametrize("style", ["lecture", "ddasp"])
def test_a_file_is_what_the_movie_shows_and_says_what_it_is(view, surface, tmp_path, style):
    with style_context(style):
        animate_trajectory(view, surface, tmp_path / "a.gif", frames=4, about=ABOUT)
        movie = trajectory_movie(view, surface, frames=4)
        last = next(pictures(movie, [len(movie) - 1])).astype(int)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["comment"].decode() == "Walk θ\nTwo paths.\nseed 2"
        assert image.size == (540, 520)  # 2.7 x 2.6 inches at the 200 dpi of the style
        assert image.n_frames == len(movie)
        image.seek(image.n_frames - 1)
        assert np.abs(np.asarray(image.convert("RGB")) - last).mean() < 1


def test_a_file_tells_by_itself_how_the_paths_came_about(view, surface, tmp_path):
    animate_trajectory(view, surface, tmp_path / "a.gif", frames=2)
    with Image.open(tmp_path / "a.gif") as image:
        said = image.info["comment"].decode()
    assert said.startswith("Trajectory\n2 paths over 60 steps on loss contours of a plane.\n")
    assert "optimizer Adam, lr 0.01" in said
    assert "dtype float64" in said


ANOTHER_PROCESS = """
import sys
import numpy as np
import landscape as ls
from figures.animation.animate import animate_trajectory
from figures.style.style_sheets import style_context
view, surface = ls.load(sys.argv[1])
with style_context("lecture"):
    animate_trajectory(view, surface, sys.argv[2], frames=3)
"""


def test_another_process_writes_the_same_bytes(view, surface, tmp_path):
    ls.save((view, surface), tmp_path / "both.nc")
    with style_context("lecture"):
        for name in ("a.gif", "b.gif"):
            animate_trajectory(view, surface, tmp_path / name, frames=3)
    command = [sys.executable, "-c", ANOTHER_PROCESS, tmp_path / "both.nc", tmp_path / "c.gif"]
    subprocess.run(command, check=True, timeout=900)
    one, two, three = ((tmp_path / f"{name}.gif").read_bytes() for name in "abc")
    assert one == two == three


def other(surface, **changes):
    kept = {"alpha": surface.alpha, "beta": surface.beta, "loss": surface.loss, "plane": surface.plane}
    return Surface(**(kept | changes))


def short(view, records):
    names = ("alpha", "beta", "distance", "loss", "loss_in_plane")
    cut = {name: getattr(view, name)[:, :records] for name in names}
    return Projection(**cut, share=view.share, step=view.step[:records], plane=view.plane)


BAD = [
    (lambda v, s: (s, s, "a.gif"), {}, TypeError, "projection must be a Projection, made by project; got Surface"),
    (lambda v, s: (v, v, "a.gif"), {}, TypeError, "surface must be a Surface, made by evaluate_plane; got Projection"),
    (
        lambda v, s: (v, other(s, plane=ls.coordinate_plane(NET, xor.TEXTBOOK, "b1[0]", "b2[0]")), "a.gif"),
        {},
        ValueError,
        "surface must lie on the plane of the projection; evaluate it on projection.plane",
    ),
    (
        lambda v, s: (v, other(s, alpha=s.alpha + 50), "a.gif"),
        {},
        ValueError,
        "surface must hold part of a path: alpha 48.5 to 51.5, beta -1.5 to 1.5; got paths over alpha ",
    ),
    (
        lambda v, s: (short(v, 1), s, "a.gif"),
        {},
        ValueError,
        "projection must have at least 2 records to move; got 1, record more",
    ),
    (lambda v, s: (v, s, "a.avi"), {}, ValueError, "path must end in .gif or .mp4; got 'a.avi'"),
    (lambda v, s: (v, s, "a"), {}, ValueError, "path must end in .gif or .mp4; got 'a'"),
    (lambda v, s: (v, s, "none/a.gif"), {}, FileNotFoundError, "does not exist; create it or choose another"),
    (lambda v, s: (v, s, "a.gif"), {"frames": 1}, ValueError, "frames must be at least 2; got 1"),
    (lambda v, s: (v, s, "a.gif"), {"frames": "9"}, TypeError, "frames must be a whole number; got '9'"),
    (
        lambda v, s: (v, s, "a.gif"),
        {"looks": []},
        ValueError,
        "looks must have one entry for each of the 2 paths; got 0",
    ),
    (lambda v, s: (v, s, "a.gif"), {"ceiling": -1.0}, ValueError, "ceiling must be"),
]


@pytest.mark.parametrize("case", BAD, ids=[case[-1] for case in BAD])
def test_bad_input(view, surface, tmp_path, case):
    given, options, error, message = case
    projection, on, name = given(view, surface)
    with pytest.raises(error) as caught:
        animate_trajectory(projection, on, tmp_path / name, **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_an_animation_that_is_stopped_leaves_nothing(view, surface, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate_trajectory(view, surface, tmp_path / "a.gif", frames=4, progress=stop)
    assert not list(tmp_path.iterdir())


def test_diverged_paths_are_refused(surface, runs):
    wild = Trajectories(theta=runs.theta * 1.0, loss=runs.loss, step=runs.step)
    seen = ls.project(NET, wild, surface.plane)
    broken = Projection(
        **{n: getattr(seen, n) for n in ("beta", "distance", "share", "loss", "loss_in_plane", "step", "plane")},
        alpha=np.where(seen.step > 30, np.nan, seen.alpha),
    )
    with pytest.raises(ValueError, match=r"projection.alpha must be finite"):
        trajectory_movie(broken, surface)


def test_mp4_without_ffmpeg(view, surface, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    movie = trajectory_movie(view, surface, frames=2)
    with pytest.raises(FileNotFoundError, match="mp4 needs ffmpeg on the PATH; install it"):
        save_movie(movie, tmp_path / "a.mp4", ABOUT)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def fake_ffmpeg(tmp_path, monkeypatch):
    """A function that puts a shell script called ffmpeg first on the PATH."""

    def put(script):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "ffmpeg").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "ffmpeg").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    return put


def test_what_ffmpeg_complains_of_is_passed_on(view, surface, tmp_path, fake_ffmpeg):
    fake_ffmpeg("echo 'no such\ncodec' >&2\nexit 3")
    with pytest.raises(OSError, match="ffmpeg failed with exit code 3: no such codec; use gif"):
        save_movie(trajectory_movie(view, surface, frames=2), tmp_path / "a.mp4", ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize(
    "writes", ["exit 0", "cat > /dev/null", "cat > /dev/null; for last; do :; done; echo text | tee $last"]
)
def test_a_program_called_ffmpeg_must_write_an_mp4(writes, view, surface, tmp_path, fake_ffmpeg):
    fake_ffmpeg(writes)
    with pytest.raises(
        OSError, match=r"^ffmpeg ended without an error, but wrote no MP4; install another ffmpeg, or use"
    ):
        save_movie(trajectory_movie(view, surface, frames=2), tmp_path / "a.mp4", ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_not_a_fault_of_ffmpeg(number, view, surface, tmp_path, fake_ffmpeg):
    fake_ffmpeg(f"echo 'Error writing trailer: {os.strerror(number)}' >&2\nexit 3")
    with pytest.raises(OSError, match="cannot write") as caught:
        save_movie(trajectory_movie(view, surface, frames=2), tmp_path / "a.mp4", ABOUT)
    assert str(caught.value) == f"cannot write {tmp_path / 'a.mp4'}: {SYSTEM_LIMITS[number]}"
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.heavy
@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg on the PATH")
def test_an_mp4_holds_the_same_frames_and_the_same_bytes(view, surface, tmp_path):
    axes = Figure(figsize=(2.01, 1.5), dpi=100).subplots()  # 201 pixels, which yuv420p cannot have
    movie = trajectory_movie(view, surface, ax=axes, frames=5)
    told = []
    for name in ("a.mp4", "b.mp4"):
        save_movie(movie, tmp_path / name, ABOUT, progress=lambda *now: told.append(now))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert told[-1] == (len(movie), len(movie))
    command = ["ffmpeg", "-loglevel", "error", "-i", tmp_path / "a.mp4", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=900).stdout
    seen = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 150, 202, 3)
    assert len(seen) == sum(movie.durations) // 80
    firsts = np.cumsum([0, *movie.durations[:-1]]) // 80
    for first, picture in zip(firsts, pictures(movie), strict=True):
        assert np.abs(seen[first][:, :201].astype(int) - picture).mean() < 4
    text = (tmp_path / "a.mp4").read_bytes()
    assert "Walk θ".encode() in text
    assert b"Two paths.\nseed 2" in text
    assert b"Lavf" not in text
    assert text.find(b"moov") < text.find(b"mdat")  # begins to play before it is loaded


def test_a_gif_is_read_back_as_an_endless_loop(view, surface, tmp_path):
    animate_trajectory(view, surface, tmp_path / "a.gif", frames=3)
    with Image.open(io.BytesIO((tmp_path / "a.gif").read_bytes())) as image:
        assert image.info["loop"] == 0
