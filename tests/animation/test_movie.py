"""A movie shows what its frames say, over a ground that is drawn once; a GIF of it holds just these pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from figures.animation.gif import choose_palette, write_gif
from figures.animation.growing_paths import Growing, growing_movie, growing_paths
from figures.animation.movie import FRAME, HOLD, LOOK, Movie, durations, pictures
from figures.animation.pacing import paced

pytestmark = pytest.mark.slow

X = np.arange(5.0)


def a_movie(frames=(0, 1, 3, 4), size=(2, 1.5)):
    """A line that grows over a grid, in ``frames`` of its five records."""
    figure = Figure(figsize=size, dpi=100)
    axes = figure.subplots()
    axes.set(xlim=(-1, 5), ylim=(-1, 5))
    axes.grid()
    growing = Growing(axes.plot(X, X, "C3"), axes.plot(X[-1:], X[-1:], "ok"))
    return growing_movie(figure, [growing], axes.set_title(""), 10 * X.astype(int), np.array(frames))


def gif_of(movie, comment="a line"):
    file = io.BytesIO()
    write_gif(file, movie, comment)
    return file.getvalue()


def frames_of(data):
    """Every frame of a GIF as (picture, milliseconds)."""
    with Image.open(io.BytesIO(data)) as image:
        for k in range(image.n_frames):
            image.seek(k)
            yield np.asarray(image.convert("RGB")), image.info["duration"]


def whole(movie, frame):
    """The figure in the state of a frame, drawn at once and without the help of ``pictures``."""
    movie.show(frame)
    canvas = FigureCanvasAgg(movie.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def test_pictures_are_those_of_the_whole_figure_and_the_last_state_is_back():
    movie = a_movie()
    seen = [picture.copy() for picture in pictures(movie)]
    assert movie.figure.axes[0].get_title() == "step 40"
    assert not any(artist.get_animated() for artist in movie.moving)
    for frame, picture in enumerate(seen):
        # What moves is drawn last: over the frame of the axes, which this line does not reach.
        np.testing.assert_array_equal(picture, whole(movie, frame))
    assert len({picture.tobytes() for picture in seen}) == len(seen) == len(movie) == 4


def test_single_frames_can_be_chosen():
    movie = a_movie()
    seen = [picture.copy() for picture in pictures(movie)]
    (third,) = (picture.copy() for picture in pictures(movie, [2]))
    np.testing.assert_array_equal(third, seen[2])


def test_the_figure_is_as_it_was_when_nobody_wants_more_pictures():
    movie = a_movie()
    before = whole(movie, len(movie) - 1)
    stream = pictures(movie)
    next(stream)
    stream.close()
    assert movie.figure.axes[0].get_title() == "step 40"
    canvas = FigureCanvasAgg(movie.figure)
    canvas.draw()
    np.testing.assert_array_equal(np.asarray(canvas.buffer_rgba())[..., :3], before)


def test_frames_that_are_looked_at_stay():
    assert durations(1) == (HOLD,)
    assert durations(5) == (LOOK, FRAME, FRAME, FRAME, HOLD)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((), ValueError, "durations must have one entry for each frame; got none"),
        ((80, 85), ValueError, "durations must be multiples of 10 milliseconds; got 85"),
        ((0,), ValueError, "durations must be at least 10; got 0"),
        ((80.0,), TypeError, "durations must be a whole number; got 80.0"),
    ],
)
def test_bad_durations(given, error, message):
    with pytest.raises(error, match=message):
        Movie(figure=Figure(), moving=(), show=print, durations=given)


def test_a_gif_holds_every_frame_for_its_time_and_loops_for_ever():
    movie, said = a_movie(), "Title\n" + "äöü θ* " * 60
    data = gif_of(movie, said)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (200, 150)
        assert image.info["loop"] == 0
        assert image.info["comment"].decode() == said
    found = list(frames_of(data))
    assert tuple(duration for _, duration in found) == movie.durations
    for (shown, _), picture in zip(found, pictures(movie), strict=True):
        error = np.abs(shown.astype(int) - picture)  # a few colours of smoothed edges share one
        assert error.mean() < 0.1
        assert not error[(picture == 255).all(axis=-1)].any(), "the ground is no longer white"


def test_colours_that_fit_into_a_palette_are_kept_exactly():
    figure = Figure(figsize=(1, 1), dpi=50)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    image = axes.imshow(np.zeros((10, 10, 3)), interpolation="nearest")
    drawn = [np.random.default_rng(k).integers(0, 256, (10, 10, 3)) * np.eye(10)[..., None] for k in range(3)]
    movie = Movie(
        figure=figure,
        moving=(axes,),
        show=lambda k: image.set_data(drawn[k].astype(np.uint8)),
        durations=durations(3),
    )
    for (shown, _), picture in zip(frames_of(gif_of(movie)), pictures(movie), strict=True):
        np.testing.assert_array_equal(shown, picture)


def test_a_frame_that_changes_nothing_still_takes_its_time():
    data = gif_of(a_movie((2, 2, 2, 4)))
    assert tuple(duration for _, duration in frames_of(data)) == durations(4)


def test_what_does_not_change_takes_no_room():
    assert len(gif_of(a_movie((2,) * 40))) < len(gif_of(a_movie((2,)))) + 40 * 40


def test_the_same_movie_gives_the_same_bytes():
    assert gif_of(a_movie()) == gif_of(a_movie())
    assert gif_of(a_movie()) != gif_of(a_movie((0, 2, 3, 4)))


def test_progress_of_a_gif():
    told = []
    write_gif(io.BytesIO(), a_movie(), "", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_palette_has_the_colours_of_all_samples():
    samples = [np.full((4, 4, 3), value, dtype=np.uint8) for value in (0, 100, 255)]
    palette = choose_palette(iter(samples))
    assert {0, 100, 255} <= set(palette[:, 0].tolist())
    assert len(palette) <= 255


def test_paths_are_found_among_what_is_drawn():
    axes = Figure().subplots()
    axes.plot([0, 1], [0, 1])
    drawn = [axes.plot(X, X * k)[0] for k in range(6)]
    growing = growing_paths(axes, 2)
    assert growing.lines == [drawn[0], drawn[3]]
    assert growing.marks == [drawn[2], drawn[5]]
    growing.show(2)
    np.testing.assert_array_equal(drawn[3].get_xydata(), np.stack([X, 3 * X], axis=1)[:3])
    assert drawn[5].get_xydata().tolist() == [[2.0, 6.0]]
    growing.show(4)
    np.testing.assert_array_equal(drawn[0].get_xydata(), np.stack([X, 0 * X], axis=1))


STEPS = np.arange(1001)
JUMP = np.where(STEPS < 500, 0.0, 1.0)[:, None]


def test_frames_come_where_something_happens():
    records = paced(STEPS, STEPS[:, None], frames=50)
    assert (records[0], records[-1]) == (0, 1000)
    assert (np.diff(records) > 0).all()
    assert len(records) <= 50
    progress = (np.log1p(STEPS) / np.log1p(1000) + STEPS / 1000) / 2
    gaps = np.diff(progress[records])
    assert gaps.max() < 2 / 49 + np.diff(progress).max()


def test_a_path_that_jumps_is_seen_on_both_sides():
    records = paced(STEPS, JUMP, frames=20).tolist()
    assert 500 in records
    assert 499 in records


def test_runs_that_rest_are_shown_as_time_goes_by():
    assert paced(STEPS, np.zeros((1001, 3)), frames=4).tolist() == [0, 10, 100, 1000]
    assert paced([0, 0], np.zeros((2, 1)), frames=9).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("frames", "error", "message"),
    [(1, ValueError, "frames must be at least 2; got 1"), (2.5, TypeError, "frames must be a whole number; got 2.5")],
)
def test_bad_numbers_of_frames(frames, error, message):
    with pytest.raises(error, match=message):
        paced([0, 1], frames=frames)
