"""Modules are joined into one program: strict forms only, in the order of their imports, the same every time."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from places import ROOT

from figures.page.bundle import APP, bundled_program

NODE = shutil.which("node")


@pytest.fixture
def bundle(tmp_path):
    """A function that writes modules and returns the program of the one called ``main.js``."""

    def write(**modules):
        for name, source in modules.items():
            path = tmp_path / f"{name.replace('__', '/')}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        return bundled_program("main.js", tmp_path)

    return write


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
def test_the_program_does_what_its_modules_do(bundle):
    program = bundle(
        main='import {\n  twice as double,\n  Pair,\n} from "./deep/tools.js";\nimport { base } from "./base.js";\n'
        "export async function later() {\n  return double(base);\n}\n"
        "export const pair = new Pair(base, double(base));\n"
        'export function* count() {\n  yield "export const no = 1;";\n}\n',
        deep__tools='import { base } from "../base.js";\nexport const twice = (x) => 2 * x;\n'
        "export class Pair {\n  constructor(a, b) {\n    this.sum = a + b + base;\n  }\n}\n",
        base="const hidden = 21;\nexport const base = hidden;\n",
    )
    shown = "(async () => { const m = xorscapeProgram(); console.log(JSON.stringify("
    shown += "[await m.later(), m.pair.sum, [...m.count()], Object.keys(m)])); })();"
    done = subprocess.run([NODE, "-e", program + shown], capture_output=True, text=True, timeout=900, check=True)
    assert json.loads(done.stdout) == [42, 84, ["export const no = 1;"], ["later", "pair", "count"]]
    assert program.count('modules["base.js"] = ') == 1, "each module once"


def form(line):
    return f"main.js has a form that the bundle does not understand: {line!r}"


REFUSED = {
    "default export": ("export default function a() {}", form("export default function a() {}")),
    "list of exports": ("const a = 1;\nexport { a };", form("export { a };")),
    "export from": ('export { a } from "./b.js";', form('export { a } from "./b.js";')),
    "star": ('export * from "./b.js";', form('export * from "./b.js";')),
    "let": ("export let a = 1;", form("export let a = 1;")),
    "pattern": ("export const { a } = { a: 1 };", form("export const { a } = { a: 1 };")),
    "indented": ("  export const a = 1;", form("export const a = 1;")),
    "namespace": ('import * as b from "./b.js";', form('import * as b from "./b.js";')),
    "default import": ('import b from "./b.js";', form('import b from "./b.js";')),
    "for its effect": ('import "./b.js";', form('import "./b.js";')),
    "other quotes": ("import { a } from './b.js';", form("import { a } from './b.js';")),
    "no semicolon": ('import { a } from "./b.js"', form('import { a } from "./b.js"')),
    "package": ('import { a } from "b";', form('import { a } from "b";')),
    "default by name": ('import { default as a, "x y" as b } from "./b.js";', form('"x y" as b')),
    "dynamic": ('const a = await import("./b.js");', form("import(")),
    "dynamic with a space": ('const a = await import ("./b.js");', form("import (")),
    "meta": ("const a = import.meta.url;", form("import.")),
    "end of script": ('const a = "</SCRIPT >";', form("</SCRIPT")),
    "comment of HTML": ('const a = "<!-- b";', form("<!--")),
    "end of such a comment": ("const a = 1;\n  --> b", form("-->")),
    "name that is not there": (
        'import { c as d } from "./b.js";',
        "main.js imports 'c', which b.js does not export",
    ),
    "name of the machinery": (
        'import { toString } from "./b.js";',
        "main.js imports 'toString', which b.js does not export",
    ),
    "file that is not there": (
        'import { a } from "./c.js";',
        "main.js imports c.js, which is not among the page's modules",
    ),
    "file elsewhere": (
        'import { a } from "../../b.js";',
        "main.js imports ../../b.js, which is not among the page's modules",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_is_not_understood_is_refused(bundle, name):
    source, message = REFUSED[name]
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        bundle(main=f"{source}\n", b="export const a = 1;\n")


ALLOWED = [
    'const texts = {\n  export: "Export",\n  import: "Import",\n};',
    "/* What is told:\n   export and import of a state. */",
    "// import { a } from './b.js';",
    "const important = 1;\nconst exported = important;",
    'const less = 1 < 2 ? "<" : "<script>";',
]


@pytest.mark.parametrize("source", ALLOWED)
def test_words_are_no_forms(bundle, source):
    assert source in bundle(main=source)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_modules_that_import_each_other_are_refused(bundle, count):
    ring = ["main", *"bc"][:count]
    modules = {
        one: f'import {{ a }} from "./{then}.js";\nexport const a = 1;\n'
        for one, then in zip(ring, [*ring[1:], ring[0]], strict=True)
    }
    with pytest.raises(ValueError, match=r"^modules import each other in a circle: ") as caught:
        bundle(**modules)
    assert all(f"{one}.js" in str(caught.value) for one in ring)


def test_the_program_does_not_depend_on_how_python_hashes_text():
    code = "import sys; from figures.page.bundle import bundled_program; sys.stdout.write(bundled_program())"
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
            timeout=900,
        ).stdout.decode()
        for seed in ("1", "2")
    ]
    assert found == [bundled_program()] * 2


MEASURED = [path.relative_to(APP).as_posix() for path in APP.rglob("benchmark.js")]
"""Entries of scripts that measure the page's parts."""


def test_every_module_is_used():
    there = {path.relative_to(APP).as_posix() for path in APP.rglob("*.js")}
    used = {
        name
        for entry in ("main.js", "widget.js", *MEASURED)
        for name in re.findall(r'^modules\["(.+?)"\] = ', bundled_program(entry), re.MULTILINE)
    }
    assert used == there


def test_modules_are_short_and_so_are_their_lines():
    for path in APP.rglob("*.js"):
        lines = path.read_text().splitlines()
        assert len(lines) <= 320, path.name
        assert max(map(len, lines)) <= 120, path.name
