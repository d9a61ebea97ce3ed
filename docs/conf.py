"""How the documentation is built: ``make docs``, or sphinx-build docs FOLDER. Nothing is fetched, then or when read."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]

import landscape  # noqa: E402

project = "xorscape"
author = "the xorscape authors"
copyright = author  # noqa: A001 - Sphinx's name
version = release = landscape.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "lecture_pages",
    "mathml",
    "public_names",
]
root_doc = "index"
exclude_patterns = ["_*", "conf.py", "may_say/*", "templates/*"]
nitpicky = True
# Documented elsewhere, with nothing fetched to link there; or inside a module, and not for callers.
nitpick_ignore_regex = [
    (r"py:.*", r"(numpy|xarray|concurrent|matplotlib|pydantic|keras|typer)\..*"),
    (
        r"py:.*",
        r"landscape\.(kernels|parallel\.(threads|checkpoints)|keras\.filters|networks\.one_hidden_layer)(\..*)?",
    ),
    (r"py:.*", r"landscape\.(exact\.(cell_graph|rational)|base\.checks)(\..*)?"),
    (
        r"py:.*",
        r"landscape\.(io\.(netcdf_layout|netcdf_reader|checksum|json_text)|training\.(batch_of_starts|compiled_training|recording))(\..*)?",
    ),
    (r"py:func", r"landscape\.exact\.activation_regions\.patterns_around|rounding|data_symmetries"),
    (r"py:data", r".*"),
]

# Docstrings: numpydoc sections; types are prose, not links.
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_ivar = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
add_module_names = False
toc_object_entries_show_parents = "hide"

# Notebooks are py:percent files, executed anew in every build, each in a process of its own.
source_suffix = {".md": "myst-nb", ".py": "myst-nb", ".rst": "restructuredtext"}
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "force"
if tags.has("one_notebook"):  # noqa: F821 - Sphinx puts it there; for a test that has run the others as scripts
    nb_execution_excludepatterns = ["*1_exercise*", "*3_walking*", "*4_understanding*", "*5_keras*"]
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_merge_streams = True
nb_output_stderr = "show"
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "furo"
html_title = "xorscape"
html_static_path = ["_static"]
html_css_files = ["project.css"]
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {"navigation_with_keys": False}
pygments_style = "friendly"
pygments_dark_style = "monokai"
html_math_renderer = "mathml"
