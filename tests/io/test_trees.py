"""xarray opens the whole tree of a file: dimensions of one name agree in all groups."""

import h5netcdf
import numpy as np
import pytest
from places import DATA

import landscape as ls
from landscape import xor
from landscape.io.csv_tables import single_values

pytestmark = pytest.mark.slow  # xarray imports pandas

NET = xor.network()
PLANE = ls.random_plane(NET, xor.TEXTBOOK, rng=np.random.default_rng(3))
AXIS = np.linspace(-1, 1, 4)


def profile(size):
    return ls.evaluate_line(NET, xor.TEXTBOOK, PLANE.d1, np.linspace(-1, 1, size))


TREES = {
    "other sizes": ls.Bundle(x=np.ones(3), inner=ls.Bundle(x=np.ones(4), inner=ls.Bundle(x=np.ones((5, 6))))),
    "a later array of the parent": {"a": {"x": np.ones(4)}, "x": np.ones(3)},
    "a member with the name of a dimension": {"x": np.ones(3), "x_axis0": {"x": np.ones(4), "x_axis0": 2.0}},
    "results in mappings": {"alpha": np.ones(5), "inner": {"alpha": np.ones(2), "line": profile(4), "b": profile(5)}},
    "a dimension twice": ls.decision_surface(NET, xor.TEXTBOOK, points=5),
    "lengths as names": ls.kink_lines(NET, PLANE, AXIS, AXIS),
    "no dimension": ls.Bundle(x=np.array(2.0), empty=np.zeros((0, 3)), inner=ls.Bundle(empty=np.zeros(2))),
    **{path.stem: ls.load(path) for path in sorted((DATA / "results-0.1").glob("*.nc"))},
}


@pytest.mark.parametrize("name", TREES)
def test_the_tree_opens_without_a_warning_and_holds_every_array(name, tmp_path):
    xarray = pytest.importorskip("xarray")
    ls.save(TREES[name], tmp_path / "a.nc")
    with xarray.open_datatree(tmp_path / "a.nc", engine="h5netcdf") as tree:
        tree.load()
        for path, value in single_values(TREES[name]):
            if isinstance(value, np.ndarray):
                found = tree[path.replace(".", "/")].values
                assert np.array_equal(found, value, equal_nan=value.dtype.kind == "f"), path


@pytest.mark.parametrize("name", TREES)
def test_a_name_in_a_group_has_the_size_that_it_has_around_the_group(name, tmp_path):
    ls.save(TREES[name], tmp_path / "a.nc")
    with h5netcdf.File(tmp_path / "a.nc", "r") as file:
        groups = [(file, {})]
        for group, around in groups:
            sizes = {axis: dimension.size for axis, dimension in group.dimensions.items()}
            assert not [axis for axis in sizes if around.get(axis, sizes[axis]) != sizes[axis]]
            groups += [(inner, around | sizes) for inner in group.groups.values()]
            for variable in group.variables.values():
                assert len(set(variable.dimensions)) == len(variable.dimensions)
