"""JSON that figures write is valid, and what they read back is read as every other program would."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

from figures.lecture.captions import Caption
from figures.output.json_text import from_json, to_json
from landscape import Bundle

INF, NAN = float("inf"), float("nan")


def strict(text):
    """Return the value of a text that is valid JSON: without the numbers that only Python reads."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        (INF, "inf"),
        ({"a": [-INF, 1.5]}, {"a": ["-inf", 1.5]}),
        ({"a": {"b": (NAN, None, True, "nan")}}, {"a": {"b": ["nan", None, True, "nan"]}}),
        ([np.float64(NAN), 2], ["nan", 2]),
        ({"loss": 0.1, "θ": [1]}, {"loss": 0.1, "θ": [1]}),
    ],
)
def test_numbers_that_are_not_finite_are_text(value, reads):
    assert strict(to_json(value)) == reads


def test_the_numbers_of_a_caption_are_valid_json_whatever_the_result():
    result = Bundle(loss=INF, rate=NAN, losses=np.array([1.0, -INF]), runs=3)
    caption = Caption("{runs} runs 1: {loss} 2: {rate} 3: {losses[1]} 4: {losses[0]:.1f}", result)
    assert [n.get("value") for n in strict(to_json(caption.numbers()))] == [3, None, None, None, None, 1.0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a": NaN}', "NaN is not a finite number"),
        (b"[1, -Infinity]", "-Infinity is not a finite number"),
        (b"1e400", "1e400 is not a finite number"),
        (b'{"a": 1, "b": 2, "a": 3}', "key 'a' is given twice"),
        (b'["\\ud800"]', "surrogates not allowed"),
        (b'{"\\udfff": 1}', "surrogates not allowed"),
        (b"9" * 5000, "a whole number has thousands of digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff", "codec can't decode byte 0xff"),
        (b"\xef\xbb\xbf1", "BOM"),
        (b"\0", "Expecting value"),
        (b'"\0"', "Invalid control character"),
        (b"", "Expecting value"),
    ],
)
def test_what_is_not_json_or_is_read_in_several_ways_is_refused(data, says):
    with pytest.raises(ValueError, match=says):
        from_json(data)


def test_a_pair_of_surrogates_and_an_escaped_backslash_are_read():
    assert from_json(b'["\\ud83d\\ude00", "\\\\ud800"]') == ["\U0001f600", "\\ud800"]


def test_every_json_that_figures_write_is_written_in_one_place():
    """Other uses of json.dumps only show, compare or hash a value, pass it to pydantic, or refuse infinite numbers."""
    uses = {path.name for path in Path(ROOT, "figures").rglob("*.py") if "json.dump" in path.read_text()}
    assert uses == {"json_text.py", "faults.py", "template.py", "sweeps.py", "cache.py", "manifest.py", "html.py"}


@pytest.mark.slow
def test_the_schema_that_is_printed_is_valid_json():
    text = subprocess.run([sys.executable, "-m", "figures", "schema"], capture_output=True, check=True, cwd=ROOT).stdout
    assert strict(text)["title"] == "Recipe of xorscape"
