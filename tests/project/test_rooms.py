"""The rooms: which way imports point, what an import costs, and the names that are fixed."""

from __future__ import annotations

import ast
import graphlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from PIL import Image

import figures
import landscape as ls
from landscape import xor

ROOT = Path(ls.__file__).resolve().parents[1]
HEAVY = {"tensorflow", "keras", "matplotlib", "numba", "scipy"}


def fresh_python(code):
    """Run ``code`` in a new process from the root of the repository; return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rooms_import_downward_only():
    said = fresh_python("from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])")
    assert re.search(r"Contracts: \d+ kept, 0 broken", said), said


def imports():
    """Return which files of both packages each file imports, wherever it does so."""
    graph = grimp.build_graph("landscape", "figures")
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_no_file_imports_itself_by_way_of_others():
    tuple(graphlib.TopologicalSorter(imports()).static_order())  # raises CycleError, with the circle


@pytest.mark.parametrize("package", ["landscape", "figures"])
def test_no_room_has_more_than_14_files(package):
    for folder in [path for path in (ROOT / package).rglob("*") if path.is_dir() and path.name != "__pycache__"]:
        files = [path for path in folder.iterdir() if path.suffix in {".py", ".pyi", ".js"}]
        assert len(files) <= 14, folder


@pytest.mark.parametrize("folder", ["figures", "landscape", "scripts", "tests"])
def test_no_file_has_more_than_320_lines(folder):
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".js", ".mjs"}]
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: count for name, count in lines.items() if count > 320} == {}


def test_the_picture_of_the_rooms_shows_the_imports_as_they_are():
    rooms = {f"{package}.{path.name}" for package in ("landscape", "figures") for path in (ROOT / package).iterdir()}
    leads = {(".".join(a.split(".")[:2]), ".".join(b.split(".")[:2])) for a, ends in imports().items() for b in ends}
    with Image.open(ROOT / "scripts" / "gallery" / "rooms.png") as picture:
        drawn = {tuple(pair) for pair in json.loads(picture.text["arrows"])}
    assert drawn == {(a, b) for a, b in leads if a != b and {a, b} <= rooms}, "draw it anew: python scripts/rooms.py"


def test_importing_both_packages_loads_nothing_heavy():
    code = f"import sys, landscape, figures; print(sorted({HEAVY} & set(sys.modules)))"
    assert fresh_python(code).strip() == "[]"


def test_using_every_public_name_loads_neither_keras_nor_a_plotting_library():
    code = (
        "import sys, landscape, figures\n"
        "for name in landscape.__all__: getattr(landscape, name)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    assert fresh_python(code).strip() == "[]"


PUBLIC = [(package, name) for package in (ls, figures) for name in package.__all__]


@pytest.mark.parametrize(("package", "name"), PUBLIC, ids=lambda value: getattr(value, "__name__", value))
def test_every_public_name_resolves_and_is_listed(package, name):
    assert getattr(package, name) is not None
    assert name in dir(package)


@pytest.mark.parametrize("package", [ls, figures], ids=["landscape", "figures"])
def test_no_public_name_is_also_a_module(package):
    # Importing landscape.<name> anywhere would put the module in the place of the function.
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__) - {"xor"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No landscape attribute Plain"):
        _ = ls.Plain


@pytest.mark.parametrize("package", ["landscape", "figures"])
def test_every_module_says_what_it_is_for(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


# What checks outside the repository call: names, order and defaults of the arguments.
FIXED = {
    xor.network: "(hidden=2, *, inputs=None, targets=None)",
    xor.offset_start: "(offset)",
    xor.theta_from_keras: "(model)",
    xor.theta_to_keras: "(theta, model)",
    xor.classify: "(outputs)",
    ls.ReluNetwork.predict: "(self, theta)",
    ls.ReluNetwork.preactivations: "(self, theta)",
    ls.ReluNetwork.loss: "(self, theta)",
    ls.ReluNetwork.gradient: "(self, theta)",
    ls.ReluNetwork.hessian: "(self, theta)",
    ls.random_direction: "(net, *, rng)",
    ls.filter_normalize: "(direction, reference, net, bias='joint')",
    ls.Plane.point: "(self, alpha, beta)",
    ls.Plane.coordinates: "(self, theta)",
    ls.Plane.residual: "(self, theta)",
    ls.evaluate_plane: "(net, plane, alpha, beta, *, metrics=(), progress=None, executor=None, checkpoint=None)",
    ls.evaluate_line: "(net, origin, direction, alpha, *, metrics=(), progress=None, executor=None, checkpoint=None)",
    ls.Adam: "(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)",
    ls.SGD: "(learning_rate=0.01, momentum=0.0)",
    ls.RMSprop: "(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07)",
    ls.train: "(net, starts, optimizer, steps, record_every=1, dtype='float64', *, progress=None)",
    ls.perturbed_starts: "(center, sigma, count, *, rng)",
    ls.glorot_starts: "(net, count, *, rng)",
    ls.one_sided_hessians: "(net, theta, tolerance=1e-09)",
    ls.stationary_levels: "(net)",
    ls.describe: "(net, theta, *, tolerance=1e-06)",
    ls.nearest_zero: "(net, theta, guarantee='global')",
    ls.merge_tree: "(net)",
    ls.MergeTree.components: "(self, level)",
    ls.MergeTree.barrier: "(self, theta_a, theta_b)",
    ls.save: "(result, path)",
    ls.load: "(path, *, verify=True)",
}


@pytest.mark.parametrize("function", FIXED, ids=lambda f: f.__qualname__)
def test_fixed_signatures(function):
    given = inspect.signature(function)
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in given.parameters.values()]
    assert str(inspect.Signature(bare)) == FIXED[function]


RESULTS = {
    ls.Surface: {"alpha", "beta", "loss", "plane"},
    ls.Profile: {"alpha", "loss"},
    ls.Trajectories: {"theta", "loss", "step"},
    ls.Cone: {"active", "hessian", "eigenvalues"},
    ls.Level: {"value", "dimensions", "n_cells"},
    ls.PointReport: {
        "loss", "pattern", "gradient", "kinks", "level", "is_local_minimum", "is_trapped", "nearest_zero",
        "distance_to_zero",
    },
    ls.Outcomes: {"levels", "counts", "fractions", "interval", "status"},
    ls.Plane: {"origin", "d1", "d2", "cosine"},
}  # fmt: skip


@pytest.mark.parametrize("result", RESULTS, ids=lambda r: r.__name__)
def test_fixed_attributes_of_results(result):
    assert RESULTS[result] <= {*result.__dataclass_fields__, *vars(result)}


def test_fixed_data():
    assert (xor.X.shape, xor.Y.shape, xor.TEXTBOOK.shape) == ((4, 2), (4,), (9,))
    assert {a.dtype.name for a in (xor.X, xor.Y, xor.TEXTBOOK)} == {"float64"}
    assert not any(a.flags.writeable for a in (xor.X, xor.Y, xor.TEXTBOOK))


@pytest.mark.parametrize(
    ("function", "leading"),
    [
        (ls.Plane, ["origin", "d1", "d2"]),
        (ls.SGD, ["learning_rate", "momentum"]),
        (ls.RMSprop, ["learning_rate"]),
        (ls.train, ["net", "starts", "optimizer", "steps", "record_every", "dtype"]),
        (ls.outcomes, ["net", "starts", "optimizer", "steps"]),
    ],
)
def test_fixed_leading_arguments(function, leading):
    assert list(inspect.signature(function).parameters)[: len(leading)] == leading
