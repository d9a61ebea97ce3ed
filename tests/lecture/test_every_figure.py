"""What holds for every figure of the lecture set: readable in each style and size, the same each time."""

import re

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from places import ROOT
from quoting import quotes
from svg_ids import faults_of
from telling import Said

import landscape as ls
from figures.lecture import NAMES, layout, lecture_figure, sizes_of
from figures.output.saving import About, figure_bytes
from figures.style.style_sheets import SIZES, STYLES, style_context

pytestmark = pytest.mark.slow

QUICK = {
    "perturbation": {"runs": 200, "starts": 200, "steps": 3000, "perturbed_steps": 3000},
    "leaving": {"steps": 2000},
    "outcomes": {"starts": 300, "steps": 2000},
    "signs": {"starts": 1000, "steps": 4000},
    "fates": {"starts": 400, "steps": 3000, "tested": 60, "tests": 3, "copies": 2},
    "remedies": {"starts": 100, "steps": 2000},
    "curvature": {"candidates": 30, "steps": 8000},
    "spikes": {"candidates": 30, "steps": 8000},
    "basins": {"resolution": 61, "others": 3},
    "seeds": {"planes": 60},
    "tree": {"starts": 1000},
    "story": {"frames": 12, "grid": 61},
}
CASES = [
    pytest.param(n, style, size, marks=[pytest.mark.slow] if (style, size) != (STYLES[0], "full") else [])
    for n in NAMES
    for style in STYLES
    if style != "lecture-dark"  # the light style in other colours, as style/test_style_sheets.py holds
    for size in sizes_of(lecture_figure(n))
    if (style, size) != ("ddasp", "wide")
]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Results by name, computed once and loaded from their file, as the batch draws them."""
    folder, made = tmp_path_factory.mktemp("results"), {}

    def get(name):
        if name not in made:
            module = lecture_figure(name)
            ls.save(module.compute(module.Settings(**QUICK.get(name, {}))), folder / f"{name}.nc")
            made[name] = ls.load(folder / f"{name}.nc")
        return made[name]

    return get


FIGURES = {}


def drawn(name, style, size, result):
    """Return the figure, drawn once in the style that several tests look at."""
    if style != STYLES[0]:
        return draw(name, style, size, result)
    if (name, style, size) not in FIGURES:
        FIGURES[name, style, size] = draw(name, style, size, result)
    return FIGURES[name, style, size]


def draw(name, style, size, result):
    with style_context(style):
        figure = Figure(figsize=SIZES[size])
        FigureCanvasAgg(figure)
        lecture_figure(name).draw(result, figure, layout(size))
    return figure


@pytest.mark.parametrize(("name", "style", "size"), CASES)
def test_every_word_can_be_read(name, style, size, result, laid_out):
    assert laid_out(drawn(name, style, size, result(name))) > 5


def has_background(text):
    return bool(text.get_path_effects()) or text.get_bbox_patch() is not None


@pytest.mark.parametrize(("name", "size"), [(n, s) for n in NAMES for s in lecture_figure(n).SIZES])
def test_text_over_a_line_has_a_background(name, size, result):
    """The layout is that of the test before, which draws the same figure."""
    figure = drawn(name, STYLES[0], size, result(name))
    with style_context(STYLES[0]):
        figure.draw_without_rendering()
    for axes in figure.axes:
        for text in axes.texts:
            words = text.get_text().strip()
            if axes.name == "3d" or not words or not text.get_visible() or has_background(text):
                continue
            box = Text.get_window_extent(text)
            inner = Bbox.from_extents(box.x0 + 1, box.y0 + 1, box.x1 - 1, box.y1 - 1)
            for line in axes.lines:
                path = line.get_path().interpolated(20).transformed(line.get_transform())
                crossing = line.get_linestyle() != "None" and inner.count_contains(path.vertices)
                assert not crossing, f"{words!r} lies on {line.get_label()!r}"


TEXTS = [(name, size) for name in NAMES for size in lecture_figure(name).SIZES]


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_caption_and_alt_text_are_whole_sentences_with_numbers(name, size, result):
    module = lecture_figure(name)
    for text in (Said(module, result(name), size), module.alt_text(result(name), size)):
        assert text.endswith(".")
        assert re.search(r"\d", text)
        assert not re.search(r"nan|inf\b|None|Fraction|np\.", text), text


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_texts_speak_of_the_panels_that_are_there(name, size, result):
    module = lecture_figure(name)
    panels = [axes for axes in drawn(name, STYLES[0], size, result(name)).axes if axes.get_label() != "<colorbar>"]
    for text in (Said(module, result(name), size), module.alt_text(result(name), size)):
        if len(panels) == 1:
            assert not re.search(r"\b(left|middle|right):", text, re.IGNORECASE), text


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_ids_in_svg_are_names_and_unique(name, size, result):
    figure = drawn(name, STYLES[0], size, result(name))
    with style_context(STYLES[0]):
        mpl.rcParams["savefig.dpi"] = 20  # of the rasterized parts
        assert faults_of(figure_bytes(figure, "svg", About(title="a", alt_text="b")).decode()) == []


SIGNS = {
    r"\bgrey": lambda a: a.get_gid() in {"cut", "clipped"},
    r"\bdotted": lambda a: getattr(a, "get_linestyle", str)() == ":" or getattr(a, "linestyles", None) == [":"],
    r"\btriangles?\b": lambda a: a.get_gid() == "beyond",
    r"\bcross(es)?\b(?!-)": lambda a: getattr(a, "get_marker", str)() in {"x", "X"},
}
"""Words of captions, and what is then among the artists."""


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_captions_name_no_sign_that_is_not_drawn(name, size, result):
    figure = drawn(name, STYLES[0], size, result(name))
    text = Said(lecture_figure(name), result(name), size)
    for word, is_it in SIGNS.items():
        if re.search(word, text, re.IGNORECASE):
            assert figure.findobj(is_it), f"{word} is in the caption, but not in the figure"


def is_root(axes):
    """Whether heights on these axes, or the colours of this colour bar, are linear in the square root."""
    bar = getattr(axes, "_colorbar", None)
    if bar is not None:
        return isinstance(bar.norm, PowerNorm)
    if axes.get_yscale() != "function":
        return axes.name == "3d"
    return axes.yaxis.get_transform().transform(4.0) == 2.0


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_root_scales_are_told(name, size, result):
    figure = drawn(name, STYLES[0], size, result(name))
    every = [axes for axes in figure.findobj(Axes) if axes.get_visible()]
    for axes in filter(is_root, every):
        axis = axes.zaxis if axes.name == "3d" else axes.yaxis
        numbers = [t for t in axis.get_ticklabels() if t.get_visible() and t.get_text()]
        if not numbers:
            continue  # one of several panels with a common axis
        box = axes.get_window_extent()
        column = [a for a in every if a.get_window_extent().expanded(1.3, 100.0).overlaps(box)]
        told = [axis.get_label().get_text(), *(a.get_title() for a in column)]
        assert any("root scale" in words for words in told), axes


@pytest.mark.parametrize(("name", "size"), TEXTS)
def test_the_star_of_theta_does_not_float(name, size, result):
    texts = [text.get_text() for text in drawn(name, STYLES[0], size, result(name)).findobj(Text)]
    assert not [text for text in texts if "^*" in text]


@pytest.mark.parametrize("name", NAMES)
def test_no_word_that_the_landscape_contradicts(name, result):
    module = lecture_figure(name)
    text = (Said(module, result(name)) + module.alt_text(result(name))).lower()
    for wrong in (
        "sharp minimum",
        "isolated minimum",
        "adam converges",
        "never converges",
        "the hessian at the optimum",
    ):
        assert wrong not in text


WITHOUT_KINKS = {
    "directions": {"points": 21},
    "seeds": {"planes": 20, "grid": 11, "points": 21},
    "sheet": {"points": 21},
    "trajectories": {"steps": 500, "grid": 21},
    "story": {"frames": 5, "grid": 21, "points": 11, "steps": 1500},
}
"""Figures that may do without kinks, and settings with which they are computed in a moment."""


def test_every_figure_with_kinks_is_looked_at():
    assert WITHOUT_KINKS.keys() == {n for n in NAMES if "kinks" in lecture_figure(n).Settings.model_fields}


@pytest.mark.parametrize("name", WITHOUT_KINKS)
def test_contours_carry_the_lines_where_units_switch_and_say_so(name, result):
    module = lecture_figure(name)
    figure, text = drawn(name, STYLES[0], "full", result(name)), Said(module, result(name))
    assert [line for line in figure.findobj(Line2D) if line.get_label() == "_kink"]
    assert quotes(text, "kinks", listed=[1, "solid", 2, "dashed"])
    plain = module.compute(module.Settings(kinks=False, **WITHOUT_KINKS[name]))
    figure = draw(name, STYLES[0], "full", plain)
    assert not [line for line in figure.findobj(Line2D) if line.get_label() == "_kink"]
    assert "kinks" not in Said(module, plain)


def test_bad_names_are_told_the_good_ones():
    with pytest.raises(ValueError, match="no lecture figure 'tree2'; choose from network, "):
        lecture_figure("tree2")


def test_the_check_sees_a_word_on_the_frame(laid_out):
    with style_context("ddasp"):
        figure = Figure(figsize=SIZES["half"])
        FigureCanvasAgg(figure)
        note = figure.subplots().text(0.5, 0.9, "a note", ha="center", va="center")
        laid_out(figure)
        note.set_y(1.0)
        with pytest.raises(AssertionError, match="'a note' is crossed by the frame"):
            laid_out(figure)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_figure_may_say_is_filled_in_from_its_result(name, result, monkeypatch):
    pytest.importorskip("sphinx")
    docs = ROOT / "docs"
    monkeypatch.syspath_prepend(str(docs / "_extensions"))
    from lecture_pages import environment

    text = (docs / "may_say" / f"{name}.md").read_text()
    filled = environment().from_string(text).render(r=result(name))
    assert re.search(r"\d", filled)
    assert not re.search(r"[{}]|nan|inf\b|None|np\.|e\+", filled), filled
