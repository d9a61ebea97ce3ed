"""The commands surface, compare and spectrum: files, captions, and one line for what is refused."""

import hashlib
import json

import numpy as np
import pytest
from stub_command import call
from telling import Said

import landscape as ls
from figures.lecture.captions import TEXTS
from figures.lecture.models import compare
from landscape.keras.files.data_file import read_data
from landscape.keras.files.saved_model import saved_objective
from landscape.keras.model_objective import keras
from landscape.keras.recorder import TrajectoryRecorder

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]

X, Y = np.random.default_rng(0).normal(size=(20, 2)).astype("float32"), np.arange(20) % 3


def model_of(seed, *extra, units=3):
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Input((2,)), *extra, keras.layers.Dense(units, "softmax", bias_initializer="uniform")]
    model = keras.Sequential(layers, name="small")
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    first = model_of(0)
    first.fit(X, Y, epochs=4, verbose=0, callbacks=[TrajectoryRecorder(place / "run.rec")])
    first.save(place / "a.keras")
    model_of(1).save(place / "b.keras")
    model_of(2, units=4).save(place / "wide.keras")
    np.savez(place / "d.npz", x=X, y=Y)
    np.savez(place / "narrow.npz", x=X[:, :1], y=Y)
    ls.save(ls.load(place / "run.rec"), place / "run.nc")
    return place


@pytest.fixture
def here(folder, tmp_path, monkeypatch):
    """A folder with the same files, which a command may write to."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


SMALL = {
    "surface": ["--resolution", "5"],
    "compare": ["--points", "5", "--directions", "2"],
    "spectrum": ["--samples", "2"],
}


def told(stem):
    """Return the texts of a figure as one."""
    return "".join(stem.with_name(f"{stem.name}.{text}.txt").read_text() for text in TEXTS)


def run(name, *arguments):
    return call(name, *arguments, *SMALL[name])


def test_surface_writes_figure_caption_and_data(here, capsys):
    arguments = ["a.keras", "d.npz", "--metric", "accuracy", "--path", "run.rec", "--out", "f.svg"]
    assert run("surface", *arguments) == 0
    assert capsys.readouterr() == ("f.svg\nf.takeaway.txt\nf.caption.txt\nf.notes.txt\nf.nc\n", "")
    result = ls.load("f.nc")
    objective = saved_objective("a.keras", read_data("d.npz"))
    plane, ends = result.surface.plane, result.surface.alpha[[0, -1]]
    np.testing.assert_allclose(
        result.surface.loss[[0, -1], [0, -1]], objective.loss(plane.point(ends, ends)), rtol=1e-6
    )
    assert result.surface.loss[2, 2] == result.at_model == objective.loss(objective.theta)
    assert result.surface.metrics["accuracy"].shape == (5, 5)
    np.testing.assert_allclose(result.projection.loss[0], objective.loss(ls.load("run.rec").theta[0]))
    text = told(here / "f")
    for said in (
        "cross-entropy; accuracy of a.keras (9 trainable parameters) on 20 samples of d.npz",
        "two random directions, seed 0, each filter rescaled to its norm in the model (bias rule joint: ",
        "alpha -1 to 1, beta -1 to 1, 5 x 5 points; log scale.",
        f"which holds {100 * result.share:.1f} % of the run's variance",
        "Of 25 losses, 0 are not a number and 0 are infinite.",
        "Not shown: the 7 dimensions outside of this plane",
    ):
        assert said in text
    picture = (here / "f.svg").read_text()
    assert "Contour plots in one plane through a.keras" in picture


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["principal", "--path", "run.nc"], "Directions: the principal components of the run, which hold "),
        (["hessian"], "the eigenvectors of the two largest eigenvalues of the Hessian found, "),
        (["random", "--range", "1e38"], "random directions, seed 0, with standard normal entries, not normalized."),
    ],
)
def test_directions(here, options, says):
    assert (
        run("surface", "a.keras", "d.npz", "--out", "f.png", "--style", "lecture-dark", "--directions", *options) == 0
    )
    result, text = ls.load("f.nc"), told(here / "f")
    assert says in text
    plane = result.surface.plane
    match options[0]:
        case "principal":
            np.testing.assert_allclose(plane.d1 @ plane.d2, 0, atol=1e-12)
            assert result.outside == 0
            assert f"which holds {100 * result.share:.1f} % of the run's variance" in text
        case "hessian":
            objective = saved_objective("a.keras", read_data("d.npz"))
            np.testing.assert_allclose(
                objective.hessian_vector_product(plane.origin, plane.d1), result.curvature[0] * plane.d1, atol=1e-5
            )
        case "random":
            missing = int(np.isnan(result.surface.loss).sum())
            assert missing > 0
            assert f"Of 25 losses, {missing} are not a number and {result.n_infinite} are infinite." in text


def test_compare(here, capsys):
    assert run("compare", "a.keras", "b.keras", "d.npz", "--metric", "accuracy", "--out", "pair") == 0
    assert capsys.readouterr() == (
        "pair.pdf\npair.svg\npair.png\npair.takeaway.txt\npair.caption.txt\npair.notes.txt\npair.nc\n",
        "",
    )
    result = ls.load("pair.nc")
    data = read_data("d.npz")
    nets = [saved_objective(f"{name}.keras", data) for name in "ab"]
    ends = [float(net.loss(net.theta)) for net in nets]
    np.testing.assert_allclose(result.straight.loss[[0, -1]], ends, rtol=1e-6)
    between = (1 - result.straight.t) * ends[0] + result.straight.t * ends[1]
    np.testing.assert_allclose(result.straight.barrier, (result.straight.loss - between).max(), atol=1e-6)
    for net, profiles in zip(nets, result.around, strict=True):
        drawn = ls.random_direction(net, rng=np.random.default_rng(1))
        np.testing.assert_array_equal(profiles[1].direction, ls.filter_normalize(drawn, net.theta, net))
    assert "seeds 0 to 1, the same draws for both" in told(here / "pair")
    assert result.is_same_function


def test_models_that_differ_in_what_is_not_trained(here):
    for seed, name in enumerate("cd"):
        model = model_of(seed, keras.layers.BatchNormalization())
        model.layers[0].moving_variance.assign([1.0 + 5 * seed, 1.0])
        model.save(f"{name}.keras")
    settings = compare.Settings(model="c.keras", other="d.keras", data="d.npz", points=5, directions=1)
    text = Said(compare, compare.compute(settings))
    assert "With the weights of d.keras but all else of c.keras, as at the end of the path, the loss is" in text
    assert "the barrier may be due to that." in text


def test_spectrum(here, capsys):
    assert run("spectrum", "a.keras", "d.npz", "--k", "3", "--out", "s.png", "--style", "ddasp") == 0
    assert capsys.readouterr().out == "s.png\ns.takeaway.txt\ns.caption.txt\ns.notes.txt\ns.nc\n"
    result = ls.load("s.nc")
    net = saved_objective("a.keras", read_data("d.npz"))
    hessian = np.stack([net.hessian_vector_product(net.theta, unit) for unit in np.eye(9)])
    np.testing.assert_allclose(result.pairs.values, np.linalg.eigvalsh(hessian)[::-1][:3], rtol=1e-5)
    text = told(here / "s")
    assert f"Trace {result.trace.value:.4g} with standard error {result.trace.standard_error:.2g}" in text
    assert ", ".join(f"{value:.4g}" for value in result.pairs.values) in text


MODEL = ["a.keras", "d.npz"]
PAIR = ["a.keras", "b.keras", "d.npz"]
BAD = [
    ("surface", ["no.keras", "d.npz"], "MODEL: no.keras does not exist; check its name and folder"),
    ("surface", ["a.keras", "no.npz"], "DATA: no.npz does not exist; check its name and folder"),
    ("surface", ["d.npz", "a.keras"], "a.keras must have the arrays x and y (or x_0"),
    ("surface", ["a.keras", "narrow.npz"], "model 'small' cannot be called on x of shape (20, 1)"),
    ("surface", [*MODEL, "--metric", "foo"], "metric 'foo' cannot be computed: Could not interpret metric identifier"),
    (
        "surface",
        [*MODEL, "--directions", "princpal"],
        "--directions: must be 'filter', 'random', 'principal' or 'hessian'",
    ),
    (
        "surface",
        [*MODEL, "--directions", "principal"],
        "directions principal are those of a run; name its file with path",
    ),
    ("surface", [*MODEL, "--path", "d.npz"], "d.npz is damaged or not a netCDF-4 file"),
    (
        "surface",
        [*MODEL, "--path", "other.nc"],
        "other.nc must hold one run of the model, with its 9 trainable weights; ",
    ),
    ("surface", [*MODEL, "--range", "-1"], "--range: must be above 0; got -1.0"),
    ("surface", [*MODEL, "--range", "nan"], "--range: must be finite; got nan"),
    ("surface", [*MODEL, "--resolution", "4"], "--resolution: must be at least 5; got 4"),
    ("surface", [*MODEL, "--seed", "-1"], "--seed: must be at least 0; got -1"),
    ("surface", [*MODEL, "--style", "dark"], "--style must be one of 'lecture', 'lecture-dark', 'ddasp'; got 'dark'"),
    ("surface", [*MODEL, "--loss", "bogus"], "loss must be the name of a Keras loss, such as 'mse'; got 'bogus'"),
    ("surface", [*MODEL, "--filters", "all"], "--filters: must be 'tensor'; got 'all'"),
    ("surface", [*MODEL, "--out", "none/f.png"], "folder none does not exist; create it, or choose another --out"),
    (
        "surface",
        [*MODEL, "--path", "run.nc", "--out", "run.png"],
        "--out: would replace the input run.nc; choose another",
    ),
    ("surface", [*MODEL, "--out", "."], "--out: must be the name of a file; got '.'"),
    ("surface", ["a.keras"], "Missing argument 'DATA.npz'; try xorscape surface --help"),
    (
        "compare",
        ["a.keras", "wide.keras", "d.npz"],
        "a.keras and wide.keras must be of one architecture; got weights of ",
    ),
    ("compare", ["a.keras", "a.keras", "d.npz"], "a.keras and a.keras must differ; got the same weights"),
    ("compare", [*PAIR, "--metric", "accuracy", "--metric", "accuracy"], "--metric: must have each entry once; got "),
    ("spectrum", [*MODEL, "--k", "20"], "k must be 1 to 9, the number of parameters; got 20"),
    ("spectrum", [*MODEL, "--samples", "1"], "--samples: must be at least 2; got 1"),
]


@pytest.mark.parametrize(("name", "arguments", "says"), BAD, ids=[" ".join([n, *a]) for n, a, _ in BAD])
def test_bad_input_is_one_clear_line_and_nothing_is_written(here, capsys, name, arguments, says):
    ls.save(ls.Trajectories(theta=np.zeros((1, 2, 4)), loss=np.zeros((1, 2)), step=[0, 1]), "other.nc")
    before = {file.name: file.read_bytes() for file in here.iterdir()}
    extra = [] if "--resolution" in arguments or "--samples" in arguments else SMALL[name]
    assert call(name, *arguments, *extra) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"xorscape: {says}")
    assert err.count("\n") == 1
    assert {file.name: file.read_bytes() for file in here.iterdir()} == before


RECIPE = """only = ["surface"]
formats = ["png"]
sizes = ["full"]
decks = []
[figures.surface]
model = ["a.keras", "b.keras"]
data = "d.npz"
points = 5
metrics = []
"""


@pytest.mark.heavy
def test_a_recipe_renders_figures_of_models(here, capsys):
    (here / "sub").mkdir()
    for name in ("a.keras", "b.keras", "d.npz"):
        (here / name).rename(here / "sub" / name)
    (here / "sub" / "r.toml").write_text(RECIPE)
    for workers in (1, 2):
        assert call("render", "sub/r.toml", "--out", f"out{workers}", "--workers", workers) == 0
    files = [{p.name: p.read_bytes() for p in (here / f"out{n}" / "lecture").iterdir()} for n in (1, 2)]
    assert files[0] == files[1]
    assert {
        "surface-model-a.png",
        "surface-model-b.nc",
        "surface-model-b.caption.txt",
        "surface-model-b.notes.txt",
    } <= files[0].keys()
    listed = json.loads((here / "out1" / "manifest.json").read_text())["recipe"]["variants"]["surface-model-a"][
        "settings"
    ]
    assert listed["checksums"]["model"] == hashlib.sha256((here / "sub" / "a.keras").read_bytes()).hexdigest()
    assert call("verify", "out1", "--workers", "2") == 0
    capsys.readouterr()
    (here / "sub" / "a.keras").write_bytes((here / "sub" / "b.keras").read_bytes())
    assert call("verify", "out1", "--quick") == 2
    assert "sub/a.keras has changed, by its checksum; render the recipe again" in capsys.readouterr().err
    assert call("render", "sub/r.toml", "--out", "out1") == 0
    assert capsys.readouterr().out.startswith("1 drawn, 1 unchanged in ")


def test_all_mistakes_in_tables_of_models_are_reported(here, capsys):
    (here / "r.toml").write_text(
        'only = ["surface"]\n[figures.surface]\nmodel = "x.keras"\npoints = 3\nsead = 1\n'
        '[figures.compare]\nmodel = "a.keras"\n'
    )
    assert call("check", "r.toml") == 2
    assert [line.partition("; ")[0] for line in capsys.readouterr().err.splitlines()] == [
        "xorscape: r.toml: figures.surface.model: x.keras does not exist",
        "xorscape: r.toml: figures.surface.points: must be at least 5",
        "xorscape: r.toml: figures.surface.sead: unknown key",
        "xorscape: r.toml: figures.compare: must name a file as other",
    ]
