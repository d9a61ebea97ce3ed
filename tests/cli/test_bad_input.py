"""Bad input to any command: one clear line for everything that can go wrong, and nothing is written."""

import pytest
from stub_command import call

pytestmark = pytest.mark.slow

BAD = [
    (["describe", "--theta", "1,2,x"], "--theta: 'x' is not a number"),
    (["describe", "--theta", "1,,1"], "--theta: a number is missing between commas; got '1,,1'"),
    (["describe", "--theta", "1, ,1"], "--theta: a number is missing between commas; got '1, ,1'"),
    (["describe", "--theta", "1,2,"], "--theta: a number is missing between commas; got '1,2,'"),
    (["describe", "--offset", ",1"], "--offset: a number is missing between commas; got ',1'"),
    (["describe", "--theta", "1,2,3"], "theta must have shape (9,); got shape (3,)"),
    (["describe", "--theta", ""], "--theta: must be at least one number; got ''"),
    (["describe", "--theta", "nan,1,1,1,1,1,1,1,1"], "theta must be finite; got nan"),
    (["describe", "--offset", "1,2"], "--offset: must be 1 number; got '1,2'"),
    (["describe", "--offset", "inf"], "offset must be finite; got inf"),
    (["describe", "--offset", "1e200"], "theta must be small enough for a finite loss"),
    (["describe", "--offset", "1", "--textbook"], "one point at a time; choose from --theta, --offset, --textbook"),
    (["describe", "1"], "Got unexpected extra argument(s) (1); try xorscape describe --help"),
    (["rendr"], "no command 'rendr'; did you mean 'render'? choose from render, check, init, schema, verify, atlas, "),
    (["--bogus"], "No such option: --bogus"),
    (["render", "--bogus"], "; try xorscape render --help"),
    (["render", "--out"], "Option '--out' requires an argument"),
    (["render", "--workers", "many"], "--workers: must be a whole number; got 'many'"),
    (["render", "--workers", "-1"], "--workers: must be at least 1; got -1"),
    (["render", "--workers", "1.5"], "--workers: must be a whole number; got '1.5'"),
    (["render", "--workers", "0"], "--workers: must be at least 1; got 0"),
    (
        ["render", "--style", "lectur"],
        "--style: no style 'lectur'; did you mean 'lecture'? choose from lecture, lecture-dark",
    ),
    (["render", "--format", "pdf,eps"], "--format: no format 'eps'; choose from pdf, svg, png, gif, mp4"),
    (
        ["render", "--only", "dots", "--format", "gif"],
        "--format: dots does not move, it is made as pdf, svg and png; got gif",
    ),
    (["render", "--only", "dot"], "--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"),
    (["render", "--only", "dots", "wav"], "--only: no figure 'wav'; did you mean 'wave'?"),
    (["render", "--only", ","], "--only: must have at least one value, several separated by commas; got ','"),
    (["render", "--format", "PDF"], "--format: no format 'PDF'; did you mean 'pdf'? choose from"),
    (["render", "--deck", "none,tex"], "--deck: 'none' must be the only kind; leave out the others or 'none'"),
    (["dots"], "no command 'dots'; for the figure: xorscape render --only dots"),
    (
        ["chekc", "a.toml"],
        "no command 'chekc'; did you mean 'check'? choose from render, check, init, schema, verify, ",
    ),
    (["describe", "--theta", "1", "-1", "0"], "No such option: -1; numbers go in quotes, with commas between them"),
    (["describe", "1,1"], "Got unexpected extra argument(s) (1,1); try xorscape describe --help"),
    (["describe", "--theta", "[1, 2]"], "theta must have shape (9,); got shape (2,)"),
    (["render", "--only", "dots wav"], "--only: no figure 'wav'; did you mean 'wave'?"),
    (["check", "new.toml"], "check its name and folder, or write one: xorscape init new.toml"),
    (["render", "--format", ""], "--format: must have at least one value, several separated by commas; got ''"),
    (["render", "--size", "big"], "--size: no size 'big'; choose from half, full, wide"),
    (["render", "--only", "wave", "--size", "half"], "--size: wave is made for full and wide; got half"),
    (["render", "NONE.TOML"], "NONE.TOML cannot be read: No such file or directory; check its name and folder"),
    (["render", "dots"], "'dots' is not a recipe (a .toml file); for single figures use --only NAME"),
    (["check", "none.toml"], "none.toml cannot be read: No such file or directory"),
    (["check", "key.toml"], "key.toml: figures.dots.sead: unknown key; did you mean 'seed'?"),
    (["check", "dots"], "'dots' is not a recipe (a .toml file)"),
    (["init", "--only", "dot"], "--only: no figure 'dot'; did you mean 'dots'? choose from dots, wave, tall"),
    (["init", "my.txt"], "a recipe's name must end in .toml; got 'my.txt'"),
    (["init", "key.toml"], "key.toml exists; choose another name, or --force to replace it"),
    (["render", "--only", "dots-seed-1"], "--only: no variant 'dots-seed-1'; did you mean 'dots'? choose from dots"),
    (["render", "none.toml"], "none.toml cannot be read: No such file or directory; check its name and folder"),
    (["render", "broken.toml"], "broken.toml is not valid TOML: Invalid value (at line 1, column 5)"),
    (["render", "key.toml"], "key.toml: figures.dots.sead: unknown key; did you mean 'seed'?"),
]
UNWRITABLE = [
    (["init", "none/a.toml"], "folder none does not exist; create it or choose another"),
    (["render", "--out", "broken.toml"], "cannot write to folder broken.toml: Not a directory; choose another --out"),
    (["render", "--out", "broken.toml/out"], "cannot write to folder broken.toml/out: Not a directory"),
    (["render", "--out", "/proc/out"], "cannot write to folder /proc/out: No such file or directory"),
]


CASES = [pytest.param(a, says, code, id=" ".join(a)) for code, some in ((2, BAD), (3, UNWRITABLE)) for a, says in some]


@pytest.mark.parametrize(("arguments", "says", "code"), CASES)
def test_bad_input_is_one_clear_line(stubs, tmp_path, monkeypatch, capsys, arguments, says, code):  # noqa: PLR0917
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("a = = 1")
    (tmp_path / "key.toml").write_text("[figures.dots]\nsead = 1\n")
    before = sorted(tmp_path.rglob("*"))
    assert call(*arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("xorscape: ")
    assert says in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_every_fault_of_a_recipe_has_its_line(stubs, tmp_path, capsys):
    (tmp_path / "a.toml").write_text('out = 3\nstyles = ["x"]\n[figures.dots]\nseed = -1\n')
    assert call("render", tmp_path / "a.toml") == 2
    assert [line.split(":")[1:3] for line in capsys.readouterr().err.splitlines()] == [
        [f" {tmp_path / 'a.toml'}", " out"],
        [f" {tmp_path / 'a.toml'}", " styles"],
        [f" {tmp_path / 'a.toml'}", " figures.dots.seed"],
    ]
