"""Results written for other programs: CSV, VTK and xarray, read back exactly by other means."""

import base64
import csv
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.io.result_classes import LABELLED

pytestmark = pytest.mark.slow

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(3))
ALPHA, BETA = np.linspace(-1, 1, 4), np.linspace(-0.7, 0.3, 3)
DTYPES = {"f": np.float64, "i": np.int64}


@pytest.fixture(scope="module")
def results():
    """One small result of each class, by the name of the class."""
    starts = ls.perturbed_starts(xor.TEXTBOOK, 0.3, 2, rng=np.random.default_rng(1))
    runs = ls.train(NET, starts, ls.Adam(1e-2), 7, 3, "float32")
    return {
        "Surface": ls.evaluate_plane(NET, PLANE, ALPHA, BETA),
        "Profile": ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, ALPHA),
        "PathProfile": ls.evaluate_path(NET, ls.straight_path(xor.TEXTBOOK, np.ones(9)), [0.0, 0.25, 1.0]),
        "Trajectories": runs,
        "RecordedRun": ls.RecordedRun(
            **{name: getattr(runs, name) for name in ("theta", "loss", "step", "settings")},
            learning_rate=runs.step / 8,
            second_moment=runs.theta**2,
        ),
        "Sharpness": ls.track_sharpness(NET, ls.train(NET, starts, ls.Adam(1e-2), 7), ls.Adam(1e-2), every=3),
        "Projection": ls.project(NET, runs, PLANE),
        "BasinMap": ls.basin_map(NET, PLANE, ALPHA, BETA, ls.Adam(1e-2), 300),
        "Outcomes": ls.outcomes(
            NET, ls.glorot_starts(NET, 9, rng=np.random.default_rng(0)), ls.Adam(0.1), 300, at=[20]
        ),
    }


def read_csv(path):
    """Return {column: list of text} of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {name: list(values) for name, *values in zip(*csv.reader(file), strict=True)}


# Which column holds which values, in the order of the rows.
COLUMNS = {
    "Surface": {
        "alpha": lambda s: np.tile(s.alpha, 3),
        "beta": lambda s: np.repeat(s.beta, 4),
        "loss": lambda s: s.loss.ravel(),
    },
    "Profile": {"alpha": lambda p: p.alpha, "loss": lambda p: p.loss},
    "PathProfile": {name: lambda p, name=name: getattr(p, name) for name in ("t", "length", "loss")},
    "Trajectories": {
        "start": lambda t: np.repeat([0, 1], 4),
        "step": lambda t: np.tile([0, 3, 6, 7], 2),
        "loss": lambda t: t.loss.ravel(),
        **{
            name: lambda t, i=i: t.theta[..., i].ravel()
            for i, name in enumerate(NET.parameter_names)
        },
    },
    "RecordedRun": {
        "start": lambda t: np.repeat([0, 1], 4),
        "step": lambda t: np.tile([0, 3, 6, 7], 2),
        "loss": lambda t: t.loss.ravel(),
        "learning_rate": lambda t: np.tile(t.learning_rate, 2),
        **{
            f"{prefix}{name}": lambda t, member=member, i=i: getattr(t, member)[..., i].ravel()
            for member, prefix in (("theta", ""), ("second_moment", "second_moment "))
            for i, name in enumerate(NET.parameter_names)
        },
    },
    "Sharpness": {
        name: lambda s, name=name: getattr(s, name)
        for name in ("step", "sharpness", "residual", "limit", "preconditioned", "preconditioned_residual")
    },
    "Projection": {
        "start": lambda t: np.repeat([0, 1], 4),
        "step": lambda t: np.tile([0, 3, 6, 7], 2),
        **{
            name: lambda t, name=name: getattr(t, name).ravel()
            for name in ("alpha", "beta", "loss", "loss_in_plane", "distance")
        },
        "share": lambda t: np.repeat(t.share, 4),
    },
    "BasinMap": {
        "alpha": lambda s: np.tile(s.alpha, 3),
        "beta": lambda s: np.repeat(s.beta, 4),
        "level": lambda s: s.level.ravel(),
        "status": lambda s: s.status.ravel(),
        "kind": lambda s: s.kind.ravel(),
    },
    "Outcomes": {
        "step": lambda o: np.repeat([20, 300], 5),
        "outcome": lambda o: np.array(["0", "1/8", "1/6", "1/4", "on no level"] * 2),
        "count": lambda o: o.counts_at.ravel(),
        "fraction": lambda o: o.fractions_at.ravel(),
        "low": lambda o: o.interval_at[..., 0].ravel(),
        "high": lambda o: o.interval_at[..., 1].ravel(),
    },
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_read_back_is_equal_to_the_last_bit(name, results, tmp_path):
    ls.to_csv(results[name], tmp_path / "table.csv")
    found = read_csv(tmp_path / "table.csv")
    assert list(found) == list(COLUMNS[name])
    for column, values in COLUMNS[name].items():
        wanted = values(results[name])
        kind = DTYPES.get(wanted.dtype.kind, str)
        assert np.array_equal(np.array([kind(text) for text in found[column]]), wanted, equal_nan=kind is np.float64)


def test_a_basin_map_has_points_on_no_level_and_on_some(results):
    level = results["BasinMap"].level
    assert np.isnan(level).any()
    assert np.isfinite(level).any()


def test_every_class_with_names_on_its_axes_is_tried(results):
    assert {kind.__name__ for kind in LABELLED} == set(COLUMNS) == set(results)


def test_lines_end_alike_everywhere_and_nothing_else_is_in_the_file(results, tmp_path):
    ls.to_csv(results["Profile"], tmp_path / "a.csv")
    data = (tmp_path / "a.csv").read_bytes()
    assert b"\r" not in data
    assert data.count(b"\n") == 1 + ALPHA.size
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


# ---- VTK


def arrays(element):
    """Return {name: array} of all binary arrays below an XML element, read by the format's own rules."""
    found = {}
    for node in element.iter("DataArray"):
        data = base64.b64decode(node.text, validate=True)
        size = int(np.frombuffer(data[:8], "<u8")[0])
        assert size == len(data) - 8
        kind = {"Float64": "<f8", "Int64": "<i8", "Int8": "i1"}[node.get("type")]
        values = np.frombuffer(data[8:], kind)
        found[node.get("Name")] = values.reshape(-1, int(node.get("NumberOfComponents", 1))).squeeze()
    return found


def settings_of(root):
    (text,) = (node.text for node in root.iter("Array") if node.get("Name") == "settings")
    *letters, end = map(int, text.split())
    assert end == 0
    return bytes(letters).decode()


@pytest.mark.parametrize(("name", "data"), [("Surface", ["loss"]), ("BasinMap", ["level", "state"])])
def test_a_structured_grid_holds_the_grid_in_the_order_of_vtk(name, data, results, tmp_path):
    result = results[name]
    ls.to_vts(result, tmp_path / "grid.vts")
    root = ET.parse(tmp_path / "grid.vts").getroot()
    grid = root.find("StructuredGrid")
    assert (root.tag, root.get("type"), root.get("byte_order")) == ("VTKFile", "StructuredGrid", "LittleEndian")
    assert root.get("header_type") == "UInt64"
    assert grid.get("WholeExtent") == grid.find("Piece").get("Extent") == "0 3 0 2 0 0"
    x, y, z = arrays(grid.find("Piece/Points"))["points"].T.reshape(3, 3, 4)
    assert np.array_equal(x, np.tile(ALPHA, (3, 1)))  # alpha runs fastest
    assert np.array_equal(y, np.tile(BETA, (4, 1)).T)
    assert np.array_equal(z, result.loss if name == "Surface" else np.zeros((3, 4)))
    found = arrays(grid.find("Piece/PointData"))
    assert list(found) == data
    for key in data:
        assert np.array_equal(found[key], getattr(result, key).ravel(), equal_nan=True)
    where = arrays(grid.find("FieldData"))
    assert all(np.array_equal(where[key], getattr(PLANE, key)) for key in ("origin", "d1", "d2"))
    assert '"seed": 3' in settings_of(root)
    assert NET.describe().replace('"', '\\"') in settings_of(root)


def test_paths_are_one_line_each(results, tmp_path):
    seen = results["Projection"]
    ls.to_vtp(seen, tmp_path / "paths.vtp", height=seen.loss)
    root = ET.parse(tmp_path / "paths.vtp").getroot()
    piece = root.find("PolyData/Piece")
    assert (piece.get("NumberOfPoints"), piece.get("NumberOfLines")) == ("8", "2")
    lines = arrays(piece.find("Lines"))
    assert lines["connectivity"].tolist() == list(range(8))
    assert lines["offsets"].tolist() == [4, 8]
    points = arrays(piece.find("Points"))["points"]
    assert np.array_equal(points, np.stack([seen.alpha.ravel(), seen.beta.ravel(), seen.loss.ravel()], axis=1))
    data, cells = arrays(piece.find("PointData")), arrays(piece.find("CellData"))
    assert np.array_equal(data["step"], np.tile(seen.step, 2))
    for key in ("loss", "loss_in_plane", "distance"):
        assert np.array_equal(data[key], getattr(seen, key).ravel())
    assert np.array_equal(cells["share"], seen.share)


def test_a_path_lies_on_the_surface_of_its_plane(results, tmp_path):
    seen = results["Projection"]
    ls.to_vtp(seen, tmp_path / "paths.vtp")
    x, y, z = arrays(ET.parse(tmp_path / "paths.vtp").getroot().find(".//Points"))["points"].T
    assert np.array_equal(z, NET.loss(PLANE.point(x, y)))


def test_the_height_is_the_callers(results, tmp_path):
    height = np.sqrt(results["Surface"].loss)
    ls.to_vts(results["BasinMap"], tmp_path / "a.vts", height=height)
    points = arrays(ET.parse(tmp_path / "a.vts").getroot().find(".//Points"))["points"]
    assert np.array_equal(points[:, 2], height.ravel())


@pytest.mark.parametrize("write", [ls.to_csv, ls.to_vts])
def test_the_same_result_gives_the_same_bytes(write, results, tmp_path):
    again = ls.evaluate_plane(NET, PLANE, ALPHA, BETA)
    write(results["Surface"], tmp_path / "a.vts")
    write(again, tmp_path / "b.vts")
    assert (tmp_path / "a.vts").read_bytes() == (tmp_path / "b.vts").read_bytes()


# ---- xarray


@pytest.mark.slow  # xarray imports pandas
@pytest.mark.parametrize("name", COLUMNS)
def test_a_dataset_holds_everything_under_names(name, results, tmp_path):
    xarray = pytest.importorskip("xarray")
    result = results[name]
    found = result.to_xarray()
    described = result.labels()
    assert set(found.coords) == set(described.coordinates)
    for key, variable in {**described.coordinates, **described.variables}.items():
        assert found[key].dims == variable.axes
        assert found[key].attrs["long_name"]
        both = np.asarray(variable.values), found[key].values
        assert np.array_equal(*both, equal_nan=both[0].dtype.kind == "f")
    if "parameter" in found.coords:
        assert tuple(found.parameter.values.tolist()) == NET.parameter_names
    assert found.attrs["result"] == name
    found.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as again:
        assert again.load().identical(found)


def test_a_dataset_is_asked_by_name(results):
    pytest.importorskip("xarray")
    found = results["Trajectories"].to_xarray()
    assert found.theta.dtype == np.float32
    assert float(found.theta.sel(start=1, step=6, parameter="b1[1]")) == results["Trajectories"].theta[1, 2, 5]
    surface = results["Surface"].to_xarray()
    assert float(surface.loss.sel(alpha=ALPHA[1], beta=BETA[2])) == results["Surface"].loss[2, 1]
    assert surface.attrs["plane_seed"] == 3
    assert surface.alpha.attrs["units"] == "d1"


def test_a_dataset_is_a_copy(results):
    pytest.importorskip("xarray")
    before = results["Surface"].loss[0, 0]
    results["Surface"].to_xarray().loss.values[0, 0] = before + 1
    assert results["Surface"].loss[0, 0] == before


def test_without_xarray_one_line_says_what_to_install(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"^to_xarray needs xarray, which is not installed; pip install xarray$"):
        results["Surface"].to_xarray()


# ---- bad input

INFINITE = ls.Surface(alpha=[0.0, 1.0], beta=[0.0], loss=[[0.0, np.inf]], plane=PLANE)
ZEROS = {"height": np.zeros((2, 2))}
WRONG = [
    (ls.to_csv, "network", {}, TypeError, "result must be a result, Bundle, list, tuple or mapping; got ReluNetwork"),
    (ls.to_csv, "with a network", {}, TypeError, r"^a\.net is of type ReluNetwork, which a table cannot hold"),
    (ls.to_vts, "Plane", {}, TypeError, "result must be a Surface or a BasinMap; got Plane"),
    (ls.to_vts, "Projection", {}, TypeError, "got Projection, use to_vtp for paths on a plane"),
    (ls.to_vtp, "Trajectories", {}, TypeError, "projection must be a Projection, made by ls.project"),
    (ls.to_vts, "Surface", ZEROS, ValueError, r"height must have shape \(n_beta, n_alpha\) = \(3, 4\); got \(2, 2\)"),
    (
        ls.to_vtp,
        "Projection",
        ZEROS,
        ValueError,
        r"height must have shape \(starts, records\) = \(2, 4\); got \(2, 2\)",
    ),
    (ls.to_vts, "infinite", {}, ValueError, "height must be finite; got inf"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0].__name__} {case[1]}")
def test_what_cannot_be_written_is_refused_and_no_file_is_touched(case, results, tmp_path):
    write, name, how, error, message = case
    others = {"Plane": PLANE, "infinite": INFINITE, "network": NET, "with a network": ls.Bundle(a=ls.Bundle(net=NET))}
    given = {**results, **others}[name]
    (tmp_path / "kept").write_text("before")
    with pytest.raises(error, match=message):
        write(given, tmp_path / "kept", **how)
    assert (tmp_path / "kept").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("write", [ls.to_csv, ls.to_vts])
def test_a_folder_that_is_not_there_is_named(write, results, tmp_path):
    with pytest.raises(FileNotFoundError, match="none does not exist; create it"):
        write(results["Surface"], tmp_path / "none" / "a")
