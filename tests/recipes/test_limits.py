"""A recipe that is too large in any way is refused quickly, in few lines: what is given, and the limit."""

import os

import pytest
from counted_calls import at_most
from stub_command import call

from figures import lecture
from figures.recipes.faults import RecipeError
from figures.recipes.toml_files import layered, read
from figures.recipes.validation import recipe

pytestmark = pytest.mark.slow

MANY = 30_000
UNKNOWN = "".join(f"k{i} = 1\n" for i in range(MANY))
KEYS = "choose from out, formats, styles, sizes, decks, builds, half_slides, page, workers, only, defaults, figures"
MORE = f"and {MANY - 20} more mistakes"
LONG = "x" * 300_000


def listed(value):
    return f"[{f'{value}, ' * MANY}]"


def several(first):
    return [first, *[None] * 19, MORE]


CASES = [
    (UNKNOWN, several(f"k0: unknown key; {KEYS}")),
    (f"[figures.dots]\n{UNKNOWN}", several("figures.dots.k0: unknown key; choose from seed, points, radii, label")),
    (
        f"[defaults]\n{UNKNOWN}",
        several("defaults.k0: no figure of this recipe has this setting; choose from seed, points, radii, label, "
                "frequency, height"),
    ),
    (
        "".join(f"[figures.k{i}]\n" for i in range(MANY)),
        several("figures: no figure 'k0'; choose from dots, wave, tall"),
    ),
    (
        f"only = [{''.join(f'{chr(39)}k{i}{chr(39)}, ' for i in range(5000))}]",
        ["only: no figure 'k0'; choose from dots, wave, tall", *[None] * 19, "and 4980 more mistakes"],
    ),
    (f"[figures.dots]\nradii = {listed(chr(39) * 2)}", several("figures.dots.radii[0]: must be a number; got ''")),
    (
        f"[figures.dots]\nseed = {[-1] * 9000}",
        ["figures.dots.seed[0]: must be at least 0; got -1", *[None] * 19, "and 8980 more mistakes"],
    ),
    (f"formats = {listed(1)}", [f"formats: must have at most 100 entries; got [{'1, ' * 25}1..."]),
    (f"only = {listed(1)}", [f"only: must have at most 10000 entries; got [{'1, ' * 25}1..."]),
    (
        f"[figures.dots]\nseed = {listed(1)}",
        ["figures.dots: at most 10000 variants; got 30000 (30000 of seed), sweep less"],
    ),
    (
        f"[figures.dots]\nseed = {listed(1)}\npoints = {listed(1)}\nradii = {listed([1])}",
        ["figures.dots: at most 10000 variants; got 27000000000000 (30000 of seed, 30000 of points, 30000 of radii), "
         "sweep less"],
    ),
    (
        f"[figures.dots]\nseed = {listed(1)}\n[figures.wave]\nfrequency = {listed('inf')}",
        ["figures.dots: at most 10000 variants; got 30000 (30000 of seed), sweep less",
         "figures.wave: at most 10000 variants; got 30000 (30000 of frequency), sweep less"],
    ),
    (f"{LONG} = 1", [f"{'x' * 57}...: unknown key; {KEYS}"]),
    (f"'{' y' * 99_999}' = 1", [f'" y{" y" * 27}...: unknown key; {KEYS}']),
    (f"out = '{LONG}'", [f"out: must have at most 4000 characters; got '{'x' * 76}..."]),
    (f"[figures.dots]\nseed = '{LONG}'", [f"figures.dots.seed: must be a whole number; got '{'x' * 76}..."]),
    (
        f"[figures.dots]\nseed = 0x{'f' * 300_000}",
        ["figures.dots.seed: a number has too many digits, or tables are nested too deeply; "
         "got a value of type int that is too long to show"],
    ),
    ("[figures.wave]\nfrequency = 1e400", ["figures.wave.frequency: must be finite; got inf"]),
    (
        f"[figures.dots]\nseed = {'[' * 250}{']' * 250}",
        [f"figures.dots.seed[0]: a number has too many digits, or tables are nested too deeply; got {'[' * 77}..."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), CASES, ids=[f"{i} {text[:24]!r}" for i, (text, _) in enumerate(CASES)])
def test_a_recipe_that_is_too_large_is_a_few_lines(stubs, tmp_path, text, says):
    (tmp_path / "a.toml").write_text(text)
    with at_most(5_000_000), pytest.raises(RecipeError) as caught:
        recipe(layered([tmp_path / "a.toml"]).table)
    found = caught.value.faults
    assert len(found) == len(says)
    assert [line if expected else None for line, expected in zip(found, says, strict=True)] == says
    assert all(len(line) < 500 for line in found)


LARGE = [
    (b"#" * (2**20 + 1), "has more than 1 MiB, too much for a recipe; divide it"),
    (b"a." * 200_000 + b"x = 1", "has a key of too many parts (at line 1); at most 32 are allowed"),
    (b'x = 1\n"a" . ' + b"'b' . " * 40 + b"c = 1", "has a key of too many parts (at line 2); at most 32 are allowed"),
    (b"[figures." + b"a." * 40 + b"b]", "has a key of too many parts (at line 1); at most 32 are allowed"),
    (b"a = " + b"[" * 300_000, "is not valid TOML: nested too deeply"),
    (b"a = '\0'", "is not valid TOML: Found invalid character '\\x00' (at line 1, column 6)"),
    (b"\0" * 99, "is not valid TOML: Invalid statement (at line 1, column 1)"),
    (b"a = '\\ud800'\nb = \"\\ud800\"", "is not valid TOML: Escaped character is not a Unicode scalar value"),
    (b"\xff\xfea\0", "is not UTF-8 text (byte 0); save it as UTF-8"),
]


@pytest.mark.parametrize(("data", "says"), LARGE, ids=[says[:24] for _, says in LARGE])
def test_a_file_that_is_too_large_or_no_text_is_one_line(tmp_path, data, says):
    path = tmp_path / "a.toml"
    path.write_bytes(data)
    with at_most(100_000), pytest.raises(RecipeError) as caught:
        read(path)
    (line,) = caught.value.faults
    assert line.startswith(f"{path} {says}")


def test_a_key_of_as_many_parts_as_allowed_and_long_words_are_read(tmp_path):
    (tmp_path / "a.toml").write_text(f"a{'.b' * 31} = '{'w. ' * 9} {'x' * 500_000}'")
    assert list(read(tmp_path / "a.toml")) == ["a"]


@pytest.mark.parametrize("command", ["check", "render", "render --dry-run"])
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/dev/zero", "is a device, not a file"),
        ("/dev/./null", "is a device, not a file"),
        ("fifo.toml", "is a FIFO, not a file"),
        ("folder.toml", "is a folder, not a file"),
        ("huge.toml", "has more than 1 MiB, too much for a recipe; divide it"),
    ],
)
def test_what_is_no_recipe_file_is_one_line_and_exit_code_2(stubs, tmp_path, monkeypatch, capsys, command, path, says):  # noqa: PLR0917
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo.toml")
    os.mkdir("folder.toml")
    with open("huge.toml", "wb") as file:
        file.truncate(2**40)  # no blocks are written
    assert call(*command.split(), path) == 2
    cannot = f"{path} {says}" if "has more" in says else f"{path} cannot be read: {says}; check its name and folder"
    assert capsys.readouterr() == ("", f"xorscape: {cannot}\n")


def test_init_replaces_no_fifo_even_by_force(stubs, tmp_path, capsys):
    os.mkfifo(tmp_path / "a.toml")
    assert call("init", tmp_path / "a.toml", "--force") == 2
    says = f"{tmp_path / 'a.toml'} is a FIFO; give the name of a file"
    assert capsys.readouterr() == ("", f"xorscape: {says}\n")
    assert (tmp_path / "a.toml").is_fifo()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "--only", LONG], "--only: no figure 'xxx"),
        (["render", "--style", LONG], "--style: no style 'xxx"),
        (["render", "--workers", "9" * 5000], "--workers: must be a whole number; got '999"),
        (["verify", "none", "--workers", LONG], "--workers: must be a whole number from 1 to 256; got xxx"),
        (["render", LONG], "'xxx"),
        (["init", f"{LONG}.txt"], "a recipe's name must end in .toml; got 'xxx"),
        (["describe", "--theta", f"1,{LONG}"], "--theta: 'xxx"),
        ([LONG], "no command 'xxx"),
        (["verify", "\x1b[31mred\nline"], "folder ?[31mred line does not exist"),
    ],
)
def test_long_arguments_are_shown_in_short(stubs, capsys, arguments, says):
    assert call(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"xorscape: {says}")
    assert len(line) < 2100


def test_many_unknown_names_of_init_are_a_few_lines(stubs, tmp_path, capsys):
    assert call("init", tmp_path / "a.toml", "--only", ",".join(f"k{i}" for i in range(900))) == 2
    first, *_, last = lines = capsys.readouterr().err.splitlines()
    assert first == "xorscape: --only: no figure 'k0'; choose from dots, wave, tall"
    assert (len(lines), last) == (21, "xorscape: and 880 more mistakes")


@pytest.mark.parametrize("name", lecture.NAMES)
def test_every_count_beyond_its_limit_is_refused_with_the_limit(name):
    """Such as 10^12 grid points, starts or steps: also in a sweep, and in the defaults."""
    model = lecture.lecture_figure(name).Settings
    limits = {
        key: next(rule.le for rule in field.metadata if hasattr(rule, "le"))
        for key, field in model.model_fields.items()
        if field.annotation is int and not key.endswith("seed")
    }
    for key, limit in limits.items():
        own = {"only": [name], "figures": {name: {key: [limit, 10**12]}}}
        with pytest.raises(RecipeError) as caught:
            recipe(own)
        assert caught.value.faults == (f"figures.{name}.{key}[1]: must be at most {limit}; got {10**12}",)
        with pytest.raises(RecipeError) as caught:
            recipe({"only": [name], "defaults": {key: 10**10}})
        assert caught.value.faults == (f"defaults.{key}: must be at most {limit}; got {10**10} (in {name})",)


def test_lists_of_settings_have_a_greatest_length():
    for name, most in (("perturbation", 100), ("trajectories", 20)):
        sigmas = [k + 1.0 for k in range(most + 1)]
        assert recipe({"only": [name], "figures": {name: {"sigmas": sigmas[:most]}}}).variants
        with pytest.raises(RecipeError, match=f"figures.{name}.sigmas: must have at most {most} entries; got "):
            recipe({"only": [name], "figures": {name: {"sigmas": sigmas}}})
