"""What texts of figures quote: every number is a member of the result, formatted as recorded, or part of the wording.

Also what other programs make of the results.
"""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from places import ROOT
from small_lecture import SMALL, small_figure
from telling import Said

import landscape as ls
from figures import lecture
from figures.lecture.captions import TEXTS, Caption, listed
from landscape import xor
from landscape.io.convert import convert

WORDING = {
    "curvature": {"0", "2", "10"},
    "spikes": {"0", "1", "2"},
    "leaving": {"0", "1"},
    "perturbation": {"0"},
    "trajectories": {"0", "1"},
    "network": {"00", "01", "10", "11", "0", "1", "2"},
    "directions": {"0"},
    "relief": {"0"},
    "seeds": {"0", "1"},
    "sheet": {"0", "1"},
    "kinks": {"0"},
    "remedies": {"0"},
    "outcomes": {"0", "1"},
    "barrier": {"0", "1", "2"},
    "traps": {"0", "1", "2"},
    "tree": {"0", "1", "2"},
    "signs": {"0"},
    "fates": {"0"},
    "basins": {"0", "0.1", "99.9"},
    "story": {"0", "1", "2"},
}
"""Numbers that a figure's sentences contain whatever the result is."""

QUICK = ("network", "sheet")
FIGURES = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]


def test_every_figure_has_settings_here():
    assert SMALL.keys() == set(lecture.NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_data_open_in_xarray_and_become_tables(name, tmp_path):
    xarray = pytest.importorskip("xarray")
    ls.save(small_figure(name)[1], tmp_path / "a.nc")
    with xarray.open_datatree(tmp_path / "a.nc", engine="h5netcdf") as tree:
        assert tree.attrs["xorscape_class"] == "Bundle"
    tables = convert(tmp_path / "a.nc", "csv")
    assert tmp_path / "a.csv" in tables
    assert all(table.read_text(encoding="utf-8").count("\n") > 1 for table in tables)


def formatted(value, spec):
    if spec[-1:] in {"%", "p"}:
        return format(100 * value, f"{spec[:-1]}f")
    return format(value, spec)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", ["full", "half"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_number_of_a_text_is_given_again_by_its_origin(name, size, text):
    module, result = small_figure(name)
    caption = getattr(module, text)(result, size)
    numbers = caption.numbers()
    digits = {i for i, c in enumerate(caption) if c in "0123456789"}
    covered = {i for n in numbers for i in range(n["at"], n["at"] + len(n["text"]))}
    names = {i for m in re.finditer(r"[A-Za-z_]\w*(\[[\d, ]*\])?(\^-?\d+)?", caption) for i in range(*m.span())}
    assert digits - names <= covered
    for number in numbers:
        assert caption[number["at"] :].startswith(number["text"])
        assert number["text"] in number["context"]
        if number["how"] == "wording":
            assert number["text"] in WORDING.get(name, ()) or number["text"] == "95"
            continue
        value = eval(number["from"], {}, dict(result))
        if number["how"] == "text":
            assert number["text"] in value
        else:
            assert number["text"] in formatted(value, number["format"])
            assert number["value"] == (str(value) if isinstance(value, Fraction) or not np.isfinite(value) else value)
    json.dumps(numbers, allow_nan=False)


@pytest.mark.parametrize("name", FIGURES)
def test_the_documentation_names_the_figures_that_report_an_angle(name):
    module, result = small_figure(name)
    page = (ROOT / "docs" / "may_say.md").read_text()
    said = re.search(r"so (.*?) report the angle", page, re.DOTALL)[1]
    assert bool(re.search(r"\bangles?\b", Said(module, result))) == (f"`{name}`" in said)


PLANE = ls.Plane(xor.TEXTBOOK, np.eye(9)[0], np.eye(9)[5])
RESULT = ls.Bundle(
    seed=12, long=10**30, rate=0.00125, level=Fraction(1, 8), losses=np.array([[0.25, 3.0, np.inf]]), plane=PLANE,
    optimizer="Adam, lr 0.001", inner=ls.Bundle(count=7), planes=(PLANE,), solved=0.2149,
)  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("seed", "12", 12),
        ("long", str(10**30), 10**30),
        ("rate:.1g", "0.001", 0.00125),
        ("rate:.0e", "1e-03", 0.00125),
        ("level", "1/8", "1/8"),
        ("losses[0][0]:g", "0.25", 0.25),
        ("losses[0][-2]:.2f", "3.00", 3.0),
        ("plane.angle:.0f", "90", 90.0),
        ("planes[0].norms[1]:.2f", "1.00", 1.0),
        ("inner.count", "7", 7),
        ("solved:.1%", "21.5 %", 0.2149),
        ("solved:.0p", "21", 0.2149),
    ],
)
def test_a_field_names_a_member(field, text, value):
    caption = Caption(f"It is {{{field}}}, says 1 of 2.", RESULT)
    assert caption == f"It is {text}, says 1 of 2."
    first, *others = caption.numbers()
    name, _, spec = field.partition(":")
    assert (first["how"], first["from"], first["value"], first["format"]) == ("member", name, value, spec)
    assert first["text"] == text.removesuffix(" %")
    assert [number["how"] for number in others] == ["wording", "wording"]


def test_an_infinite_number_is_valid_json():
    (number,) = Caption("up to {losses[0][2]:g} 1", RESULT).numbers()
    assert number["how"] == "wording"
    json.dumps(number, allow_nan=False)


def test_part_of_a_text_and_wording_and_names():
    caption = Caption("W1[0,1] and b2 in float64, {optimizer}: Wilson 95 % intervals, P^-1, {inner.count}", RESULT)
    assert [(n["text"], n["how"], n.get("from")) for n in caption.numbers()] == [
        ("0.001", "text", "optimizer"),
        ("95", "wording", None),
        ("7", "member", "inner.count"),
    ]


@pytest.mark.parametrize(
    ("text", "numbers"), [("1/8, 1/4.", ["1/8", "1/4"]), ("2/16.8 and 2/16", ["2", "16.8", "2/16"])]
)
def test_a_fraction_of_whole_numbers_is_one_number(text, numbers):
    assert [number["text"] for number in Caption(text, RESULT).numbers()] == numbers


def test_double_braces_are_braces():
    assert Caption(r"$\\mathcal{{R}}$ is {solved:.1%}{part}", RESULT, part=" {{x}}") == r"$\\mathcal{R}$ is 21.5 % {x}"


def test_lines_are_kept_and_blanks_are_not():
    caption = Caption("one  {inner.count}\n\n  two \n{empty}\n", RESULT, empty="")
    assert caption == "one 7\ntwo"
    assert caption.numbers()[0]["at"] == 4


def test_parts_may_have_fields_and_parts_and_be_empty():
    caption = Caption(
        "{first} {none} {second}", RESULT, first="seed {seed}{end}", none="", second="of  {x}", end=".", x="1"
    )
    assert caption == "seed 12. of 1"
    assert [number["how"] for number in caption.numbers()] == ["member", "wording"]


def test_a_share_has_its_interval():
    result = ls.Bundle(solved=(ls.Share(4298, 20_000), ls.Share(10, 20_000)), all=ls.Share(5, 10))
    caption = Caption(f"{{all:share}}; {listed('{solved[#]:share}', range(2))}", result)
    assert caption == f"{ls.Share(5, 10)}; {ls.Share(4298, 20_000)}, {ls.Share(10, 20_000)}"
    assert [number["from"] for number in caption.numbers()][:3] == ["all.fraction", "all.low", "all.high"]
    assert caption.numbers()[3]["from"] == "solved[0].fraction"


@pytest.mark.parametrize("template", ["{nothing}", "{plane.nothing}", "{losses[1][0]}", "{plane:.2f}"])
def test_a_field_that_names_no_number_is_an_error(template):
    with pytest.raises((AttributeError, IndexError, TypeError)):
        Caption(template, RESULT)


def changed(result, **members):
    """Return a result with other values of some members, or of members of members: ``float64__spike``."""
    found = dict(result)
    for path, value in members.items():
        first, _, rest = path.partition("__")
        found[first] = changed(found[first], **{rest: value}) if rest else value
    return ls.Bundle(**found)


NONE_HELD = {"held": (None,) * 4}
BAD_FOR_ALL = (ls.Paired(0, 0, 20), *(ls.Paired(0, 15, 20),) * 22)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "members", "said", "not_said"),
    [
        ("outcomes", NONE_HELD, "(with Adam 0.001, none)", "of those at"),
        ("outcomes", {"held": (None, ls.Share(3, 4), None, None)}, "of those at 1/8)", "of those at 1/4"),
        ("outcomes", {"solved_after_epochs": None}, "bands are 95 % intervals.", "as in the exercise"),
        ("signs", NONE_HELD, "lower the loss (none)", "of those at"),
        ("signs", {"dead_solved": 3}, "3 of", "0 of"),
        ("fates", NONE_HELD, "lower the loss: none", "of those at"),
        ("fates", {"dying_solved": 3}, "(3 of them are solved)", "(0 of them"),
        ("tree", NONE_HELD, "on no level", "relu'(0)"),
        ("basins", {"held": 7, "stuck": 90}, "Of 90 stuck runs 7 (dots) are at no minimum", "All"),
        ("basins", {"held": 0, "stuck": 90}, "All 90 stuck runs are at local minima", "dots"),
        ("basins", {"rising": 5}, "on 5 of 360 straight lines", "none of 360"),
        ("traps", {"held": (0,) * 4}, "95 %", "Not every stuck run"),
        ("traps", {"held": (0, 0, 2, 0)}, "Not every stuck run", "0 only because"),
        ("remedies", {"change": BAD_FOR_ALL}, "] worse", "] better"),
        ("leaving", {"float64__spike": None, "float32__spike": None}, "nearest to a zero-loss point", "spikes"),
        ("leaving", {"float32__zero_from": None}, "nearest to a zero-loss point", "exactly 0 from"),
        ("spikes", {"float64__spike_count": 0}, "the first that is solved.", "and spikes in float64"),
        ("perturbation", {"median_ratio": None}, "No run is solved", "do not return"),
        ("barrier", {"starts_at_textbook": False}, "from a solution (A)", "from the textbook weights"),
    ],
)
def test_sentences_follow_the_data(name, members, said, not_said):
    module, result = small_figure(name)
    text = Said(module, changed(result, **members))
    assert said in text
    assert not_said not in text
