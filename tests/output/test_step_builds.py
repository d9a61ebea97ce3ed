"""Step-by-step builds: what is hidden at which step, that nothing moves, and that the last step is the figure."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from figures import lecture
from figures.lecture.levels import barrier
from figures.lecture.runs import leaving
from figures.lecture.surface import network
from figures.output import step_builds
from figures.output.saving import freeze_layout
from figures.recipes.validation import recipe
from figures.render import batch
from figures.style.style_sheets import SIZES, style_context

pytestmark = pytest.mark.slow


def empty(size="full"):
    figure = Figure(figsize=SIZES[size])
    FigureCanvasAgg(figure)
    return figure


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


def last_step(figure):
    return max(map(step_builds._step_of, figure.findobj()))


def test_artists_appear_at_the_latest_step_that_they_are_given():
    figure = empty()
    left, right = figure.subplots(1, 2)
    (line,) = left.plot([0, 1])
    step_builds.appears(line, 3)
    step_builds.appears(left.lines, 2)
    with step_builds.appearing(figure, 2):
        (dot,) = left.plot([1], "o")
        note = figure.text(0.5, 0.5, "note")
        late = figure.add_subplot(3, 3, 9)
        late.plot([1, 2])
        step_builds.appears(late.title, 4)
    assert last_step(figure) == 4
    steps = {line: 3, dot: 2, note: 2, late: 2, late.title: 4, left: 1, right: 1, left.title: 1}
    for step in range(1, 5):
        with step_builds.shown_until(figure, step):
            assert {a: a.get_visible() for a in steps} == {a: first <= step for a, first in steps.items()}
        assert all(artist.get_visible() for artist in steps)


def test_what_was_hidden_before_stays_hidden():
    figure = empty()
    (line,) = figure.subplots().plot([0, 1], visible=False)
    step_builds.appears(line, 2)
    with step_builds.shown_until(figure, 1):
        pass
    assert not line.get_visible()


def test_entries_of_a_legend_by_how_their_labels_begin():
    axes = empty().subplots()
    lines = [axes.plot([0, k], label=label)[0] for k, label in enumerate(("a path", "a place", "other"))]
    legend = axes.legend()
    found = step_builds.entries(legend, "a p", "none")
    assert [a.get_text() for a in found[1::2]] == ["a path", "a place"]
    assert [a.get_color() for a in found[::2]] == [line.get_color() for line in lines[:2]]


def test_contents_are_what_is_drawn_and_not_the_frame():
    axes = empty().subplots()
    drawn = [*axes.plot([0, 1]), axes.scatter([0], [1]), axes.text(0, 0, "a"), axes.axvspan(0, 1)]
    assert set(step_builds.contents(axes)) == set(drawn)
    assert last_step(axes.figure) == 1


QUICK = [
    (network, {"points": 11}, "full"),
    (barrier, {"points": 11}, "half"),
    (leaving, {"steps": 300, "drawn": 50}, "full"),
]


@pytest.mark.parametrize(("module", "settings", "size"), QUICK)
def test_steps_of_a_lecture_figure(module, settings, size):
    added = step_builds.steps(module, size)
    result = module.compute(module.Settings(**settings))
    with style_context("lecture"):
        figure, plain = empty(size), empty(size)
        for drawn in (figure, plain):
            module.draw(result, drawn, size)
            freeze_layout(drawn)
        whole = pixels(plain)
        assert last_step(figure) == len(added) > 1
        places = [axes.get_position().bounds for axes in plain.axes]
        seen = []
        for step in range(1, len(added) + 1):
            with step_builds.shown_until(figure, step):
                seen.append(pixels(figure))
                for axes, place in zip(figure.axes, places, strict=True):
                    assert axes.get_position().bounds == place or not axes.get_visible()
    np.testing.assert_array_equal(seen[-1], whole)
    left = [int((step != whole).any(axis=-1).sum()) for step in seen]
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == len(left), "every step adds something"


@pytest.mark.parametrize("name", lecture.NAMES)
def test_the_steps_of_every_figure_are_of_sizes_it_has_and_two_to_four(name):
    module = lecture.lecture_figure(name)
    build = getattr(module, "BUILD", {})
    assert set(build) <= set(module.SIZES)
    for added in build.values():
        assert 2 <= len(added) <= 4
        assert len(set(added)) == len(added)


def test_a_figure_without_steps_has_none():
    assert step_builds.steps(object(), "full") == ()


def test_files_of_steps_beside_the_figure(stubs, tmp_path):
    keys = {
        "out": str(tmp_path),
        "only": ["dots", "wave"],
        "sizes": ["full"],
        "formats": ["png"],
        "workers": 1,
        "decks": [],
    }
    batch.render(recipe(keys))
    before = {p.name: p.read_bytes() for p in (tmp_path / "lecture").iterdir()}
    outcomes = batch.render(recipe({**keys, "builds": True}))
    after = {p.name: p.read_bytes() for p in (tmp_path / "lecture").iterdir()}
    new = {f"dots-step{k}.png" for k in (1, 2, 3)}
    assert after.keys() - before.keys() == new
    assert before.items() <= after.items()
    assert new <= {file.name for file in outcomes[0].files}
    assert {o.name: o.status for o in batch.render(recipe({**keys, "builds": True}))} == {
        "dots": "unchanged",
        "wave": "unchanged",
    }
    shown = {k: Image.open(tmp_path / "lecture" / f"dots-step{k}.png") for k in (1, 2, 3)}
    whole = Image.open(tmp_path / "lecture" / "dots.png")
    np.testing.assert_array_equal(shown[3], whole)
    assert shown[2].text["Description"] == "Step 2 of 3 of the figure Dots & <dashes>. Shown: axes, the dots."
    assert {k: (np.asarray(s) != np.asarray(whole)).any() for k, s in shown.items()} == {1: True, 2: True, 3: False}
