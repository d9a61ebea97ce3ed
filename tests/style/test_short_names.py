"""Matplotlib knows the style sheets by short names, whatever was imported first."""

import subprocess
import sys
from importlib.resources import files

import matplotlib as mpl
import pytest
from matplotlib import rc_params_from_file, style

import figures  # noqa: F401 - adds the names
from figures.style.short_names import SHORT_NAMES, add_short_names
from figures.style.style_sheets import STYLES


@pytest.mark.parametrize(("name", "sheet"), SHORT_NAMES.items())
def test_a_short_name_is_the_style_sheet(name, sheet):
    wanted = rc_params_from_file(str(files("figures.style") / f"{sheet}.mplstyle"), use_default_template=False)
    with style.context(name, after_reset=True):
        assert {key: mpl.rcParams[key] for key in wanted} == dict(wanted)
        short = dict(mpl.rcParams)
    with style.context(f"figures.style.{sheet}", after_reset=True):
        assert dict(mpl.rcParams) == short
    assert name in style.available


def test_every_style_has_a_short_name():
    assert tuple(SHORT_NAMES.values()) == STYLES


@pytest.mark.slow
def test_matplotlib_may_be_imported_after_figures():
    code = (
        "import sys, figures; assert 'matplotlib' not in sys.modules\n"
        "import matplotlib.pyplot as plt\nplt.style.use('xorscape-dark')\nprint(plt.rcParams['figure.facecolor'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().lstrip("#") == "14181F", done.stderr


def test_adding_them_twice_changes_nothing():
    before, finders = list(style.available), list(sys.meta_path)
    add_short_names()
    assert (style.available, sys.meta_path) == (before, finders)
