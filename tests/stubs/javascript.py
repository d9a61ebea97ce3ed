"""Call functions of the page's modules in Node, one process for many calls."""

import base64
import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from figures.page.bundle import APP, bundled_program

DRIVER = """
const textOf = (x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("base64");
const encode = (key, x) =>
  ArrayBuffer.isView(x) ? { $: x.constructor.name, bytes: textOf(x) }
  : typeof x === "number" && !Number.isFinite(x) ? { $: "number", text: String(x) }
  : x;
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64")).buffer;
const decode = (key, x) => (x && x.$ ? new globalThis[x.$](bytesOf(x.bytes)) : x);
const valueOf = ({ module, name, args, expression }) =>
  expression ? new Function("modules", "args", `return ${expression}`)(modules, args) : modules[module][name](...args);
require("readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  let answer;
  try {
    answer = { result: await valueOf(JSON.parse(line, decode)) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer, encode) + "\\n");
});
"""


class JavaScriptError(Exception):
    """What a function has thrown."""


class Modules:
    """The modules in a folder of the page, in a Node process."""

    def __init__(self, process):
        self._process = process

    def call(self, module, name, *args):
        """Return what a function returns; arrays become typed arrays and back."""
        return self._ask({"module": module, "name": name, "args": args})

    def evaluate(self, expression, *args):
        """Return the value of an expression of ``modules`` and ``args``, awaited if it is a promise."""
        return self._ask({"expression": expression, "args": args})

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question, default=_encoded) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline(), object_hook=_decoded)
        if "error" in answer:
            raise JavaScriptError(answer["error"])
        return answer.get("result")


def _encoded(array):
    name = {"float64": "Float64Array", "int8": "Int8Array"}[array.dtype.name]
    return {"$": name, "bytes": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def _decoded(found):
    if found.get("$") == "number":
        return float(found["text"].replace("Infinity", "inf"))
    if "$" not in found:
        return found
    return np.frombuffer(base64.b64decode(found["bytes"]), found["$"].removesuffix("Array").lower())


@contextmanager
def running(*folders):
    """Start Node with all modules in these folders of the page, and below; skip the test where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    app = Path(str(APP))
    names = sorted(file.relative_to(app).as_posix() for folder in folders for file in (app / folder).rglob("*.js"))
    bundles = "".join(f'modules["{name.removesuffix(".js")}"] = ({bundled_program(name)})();\n' for name in names)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "modules.cjs"
        script.write_text(f"const modules = {{}};\n{bundles}{DRIVER}", encoding="utf-8")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        with subprocess.Popen([node, script], **pipes) as process:
            yield Modules(process)
            process.stdin.close()
