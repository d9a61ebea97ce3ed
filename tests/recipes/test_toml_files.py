"""Recipe files: later ones over earlier ones, key by key, and faults that name the file of the key."""

import pytest

from figures.recipes.faults import RecipeError
from figures.recipes.toml_files import layered, read
from figures.recipes.validation import recipe

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.toml").write_text(text)
        return [str(tmp_path / f"{name}.toml") for name in texts]

    return write


def test_later_files_go_over_earlier_ones_key_by_key(stubs, files):
    base = 'out = "base"\nworkers = 3\n[defaults]\nseed = 1\n[figures.dots]\npoints = 2\nradii = [1, 2]\n'
    mine = 'out = "mine"\n[defaults]\nfrequency = 9\n[figures.dots]\nradii = [3]\n[figures.tall]\nheight = [1, 2]\n'
    layers = layered(files(base=base, mine=mine))
    assert layers.table == {
        "out": "mine",
        "workers": 3,
        "defaults": {"seed": 1, "frequency": 9},
        "figures": {"dots": {"points": 2, "radii": [3]}, "tall": {"height": [1, 2]}},
    }
    whole = recipe(layers.table, {}, layers.origins)
    dots = whole.settings["dots"]
    assert (whole.out.name, whole.workers) == ("mine", 3)
    assert (dots.seed, dots.points, dots.radii, whole.settings["wave"].frequency) == (1, 2, (3.0,), 9.0)
    assert list(whole.settings)[2:] == ["tall-height-1", "tall-height-2"]


def test_faults_name_the_file_that_the_key_came_from(stubs, files):
    base, mine = files(
        base='workers = 0\nformats = ["tiff"]\n[defaults]\nseed = -1\n[figures.dots]\npoints = "a"\n[figures.dot]\n',
        mine='formats = ["png"]\nzz = 1\n[figures.dots]\nradii = [1, "x"]\n[figures.wave]\nfrequency = [nan]\n',
    )
    layers = layered([base, mine])
    with pytest.raises(RecipeError) as caught:
        recipe(layers.table, {}, layers.origins)
    assert sorted(caught.value.faults) == sorted(
        [
            f"{base}: workers: must be at least 1; got 0",
            f"{mine}: zz: unknown key; choose from out, formats, styles, sizes, decks, builds, half_slides, page, "
            "workers, only, defaults, figures",
            f"{base}: figures: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall",
            f"{base}: figures.dots.points: must be a whole number; got 'a'",
            f"{mine}: figures.dots.radii[1]: must be a number; got 'x'",
            f"{mine}: figures.wave.frequency[0]: must be finite; got nan",
            f"{base}: defaults.seed: must be at least 0; got -1 (in dots)",
        ]
    )


def test_a_later_file_may_set_what_an_earlier_one_has_a_default_for(stubs, files):
    layers = layered(files(base="[defaults]\nseed = 1\n", mine="[figures.dots]\nseed = 2\n"))
    assert recipe(layers.table, {}, layers.origins).settings["dots"].seed == 2


@pytest.mark.parametrize(
    ("first", "second"), [("figures = 3", "[figures.dots]\nseed = 1"), ("[figures.dots]", "figures = 3")]
)
def test_what_is_no_table_gives_way_to_one_and_the_other_way_about(stubs, files, first, second):
    layers = layered(files(base=first, mine=second))
    assert layers.table["figures"] == ({"dots": {"seed": 1}} if "seed" in second else 3)


def test_every_file_that_cannot_be_read_is_told(files, tmp_path):
    bad, _ = files(bad="a = = 1", good="workers = 1")
    with pytest.raises(RecipeError) as caught:
        layered([bad, tmp_path / "none.toml", tmp_path / "good.toml"])
    assert [line.partition(" ")[0] for line in caught.value.faults] == [bad, str(tmp_path / "none.toml")]


def test_a_mark_of_byte_order_is_no_fault(tmp_path):
    (tmp_path / "a.toml").write_text("workers = 3", encoding="utf-8-sig")
    assert layered([tmp_path / "a.toml"]).table == {"workers": 3}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"out = ", r"is not valid TOML: Invalid value \(at end of document\)"),
        (b"a = 1\nb = = 2", r"is not valid TOML: Invalid value \(at line 2, column 5\)"),
        (b"formats = [pdf]", r"\(at line 1, column 12\); text goes in quotes, true and false in small letters"),
        (b"a = True", r"; text goes in quotes, true and false in small letters"),
        (rb'out = "C:\Users\me"', r"; write / for \\ in the name of a folder"),
        (rb'out = "my\slides"', r"; write / for \\ in the name of a folder"),
        (b"a = 1\na = 2\nb = 3", r"is not valid TOML: Cannot overwrite a value \(at line 2"),
        (b"a = '\xff'", r"is not UTF-8 text \(byte 5\)"),
        (b"a = " + b"9" * 5000, r"bad\.toml has a whole number of thousands of digits; shorten it$"),
        (b"[defaults]\na = [1, -" + b"9" * 5000 + b"]", r"has a whole number of thousands of digits; shorten it$"),
        (b"a = {b = 1" + b"_000" * 2000 + b"}", r"has a whole number of thousands of digits; shorten it$"),
        (b"a = " + b"[" * 100_000, "is not valid TOML: nested too deeply"),
        (None, r"bad\.toml cannot be read: No such file or directory; check its name"),
    ],
)
def test_files_that_are_no_toml(tmp_path, data, says):
    path = tmp_path / "bad.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RecipeError, match=says) as caught:
        read(path)
    assert len(caught.value.faults) == 1
    assert "\n" not in str(caught.value)
