"""The page as one file: nothing comes from elsewhere, and no text of its data can become code."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from figures.page import bundle, html
from figures.page.html import data_json, page_html

MOST_BYTES = 2_500_000


class Parts(HTMLParser):
    """The elements of a page in their order, each with its attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        self.found.append(["", {}, ""])  # which gets what follows

    def handle_data(self, data):
        if self.found:
            self.found[-1][2] += data

    def all(self, tag):
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


@pytest.fixture
def page(page_file):
    return page_file.read_text()


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A folder with a page of a few lines, in place of the real one."""
    (tmp_path / "main.js").write_text("export function startPage() {}\n")
    (tmp_path / "page.css").write_text("p { color: red; }\n")
    (tmp_path / "page.html").write_text((bundle.APP / "page.html").read_text())
    monkeypatch.setattr(html, "APP", tmp_path)
    monkeypatch.setattr(html, "bundled_program", lambda: bundle.bundled_program("main.js", tmp_path))
    return tmp_path


def policy_of(page):
    (policy,) = (a["content"] for a, _ in Parts(page).all("meta") if "http-equiv" in a)
    return dict(part.split(" ", 1) for part in policy.split("; "))


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.slow
def test_scripts_and_styles_are_those_of_the_policy_and_nothing_else_may_load(page):
    parts = Parts(page)
    (_, style), (data, program) = parts.all("style")[0], parts.all("script")
    assert data[0] == {"type": "application/json", "id": "xorscape-data"}
    assert program[0] == {}
    assert policy_of(page) == {
        "default-src": "'none'",
        "script-src": hash_of(program[1]),
        "style-src": hash_of(style),
        "worker-src": "blob:",
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(parts.all("style")) == 1
    first = [tag for tag, attributes, _ in parts.found if tag in {"style", "script"} or "http-equiv" in attributes]
    assert first == ["meta", "style", "script", "script"], "the policy comes before what it is about"


@pytest.mark.slow
def test_no_address_of_elsewhere_is_in_the_file(page):
    found = set(re.findall(r"(?:https?|wss?|ftp)://[^\s\"'`<>)]*", page))
    assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, "names of formats only"
    assert not re.search(r"\b(?:eval|Function)\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|importScripts|@import", page)
    assert not re.search(r"\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|<[^>]+\sstyle=", page)
    assert not [
        a
        for _, a, _ in Parts(page).found
        if a.keys() & {"src", "href", "action", "style"} or any(k.startswith("on") for k in a)
    ]


@pytest.mark.slow
def test_the_file_is_small_and_made_of_its_data_alone(page):
    assert len(page.encode()) <= MOST_BYTES
    (_, data), _ = Parts(page).all("script")
    assert page_html(json.loads(data)) == page


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "</SCRIPT/x>",
    "]]>",
    "\u2028\u2029\0",
    "$program ${data} $$",
    '"}</style>',
    "\\u003c/script>",
    "&lt;&#60;",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_the_data(tiny, text):
    given = {"version": text, text: [text, {"__proto__": text}], "textbook": [0.1, 1e-300, -0.0]}
    page = page_html(given)
    scripts = Parts(page).all("script")
    assert json.loads(scripts[0][1]) == given
    assert (
        scripts[1][1]
        == bundle.bundled_program("main.js", tiny) + "xorscapeProgram().startPage(document, xorscapeProgram);\n"
    )
    assert len(scripts) == 2
    assert page.isascii() or text.isascii()
    assert policy_of(page) == policy_of(page_html({}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_lacks_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        data_json({"a": [value]})


STYLES = {
    "p { } </style><script>": "page.css has what cannot stand in the page: '</style'",
    "@import 'a.css';": "page.css has what cannot stand in the page: '@import'",
    "p { background: URL(a.png); }": "page.css has what cannot stand in the page: 'URL('",
    "<!-- p { }": "page.css has what cannot stand in the page: '<!--'",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_style_that_ends_itself_or_loads_more_is_refused(tiny, style):
    (tiny / "page.css").write_text(style)
    with pytest.raises(ValueError, match=re.escape(STYLES[style]) + "$"):
        page_html({})
