"""Formulas as MathML, which browsers render natively: no script, font or network access is needed."""

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

LOG = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer for ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (append_mathml, None), (append_mathml, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def append_mathml(translator: Any, node: nodes.math | nodes.math_block) -> None:
    """Append the formula of a node to the page."""
    tex = node.astext()
    try:
        translator.body.append(tex2mathml(tex, as_block=isinstance(node, nodes.math_block)))
    except MathError as error:
        LOG.warning("formula %r cannot be drawn: %s", tex, error, location=node)
    raise nodes.SkipNode
