"""The command describe: it reports on the point that is asked for."""

import json
import logging

import pytest
from stub_command import call, fresh

pytestmark = pytest.mark.slow


def test_describe_tells_of_the_point_that_is_asked_for(capsys):
    import landscape as ls
    from landscape import xor

    dead = "-1,-1,-1,-1,-0.5,-0.25,3,-5,0.5"
    for arguments, theta in (
        ((), xor.TEXTBOOK),
        (("--textbook",), xor.TEXTBOOK),
        (("--offset", "1e-5"), xor.offset_start(1e-5)),
        (("--theta", dead), [float(x) for x in dead.split(",")]),
        (("--theta", dead.replace(",", " ")), [float(x) for x in dead.split(",")]),
    ):
        assert call("describe", *arguments) == 0
        assert capsys.readouterr().out == f"{ls.describe(xor.network(), theta)}\n"


def test_describe_as_json(capsys):
    assert call("describe", "--theta", "-1,-1,-1,-1,-0.5,-0.25,3,-5,0.5", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["level"], told["is_trapped"], told["loss"]) == ("1/4", True, 0.25)
    assert told["outputs"] == [0.5] * 4
    assert told["kinks"] == []


def test_describe_says_why_it_takes_long(capsys, monkeypatch):
    import landscape as ls

    describe, log = ls.describe, logging.getLogger("landscape.kernels")
    monkeypatch.setattr(ls, "describe", lambda *point: log.info("compiling kernels") or describe(*point))
    assert call("describe") == 0
    assert "compiling kernels" in capsys.readouterr().err


def test_describe_loads_neither_tensorflow_nor_matplotlib():
    code = (
        "import sys; from figures.cli.main import main; main(['describe'])\n"
        "print(sorted({'tensorflow', 'matplotlib'} & {*sys.modules}))"
    )
    assert fresh(code).stdout.splitlines()[-1] == "[]"
