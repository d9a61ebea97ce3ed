"""The live page in a notebook: a widget of the page's own modules, whose traits follow it and change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from figures.page.write_page import LANGUAGES
from landscape import xor
from landscape.base import checks
from landscape.base.wording import short_repr
from landscape.io.json_text import finite_json
from landscape.networks.objective import description
from landscape.planes.plane import Plane
from landscape.planes.surface import Surface
from landscape.training.optimizers import SGD, Adam, Optimizer, RMSprop
from landscape.training.trajectories import Trajectories

PARTS = ("bar", "story", "plane", "walk", "views", "runs", "many", "share")
"""Parts of the page that a notebook may ask for."""
MOST_RUNS, MOST_STEPS = 6, 20_000
"""Largest number of runs that the page keeps, and of steps of one run."""
LARGEST = 1e6
"""Largest size of a parameter of a start, and of a plane's points."""
NARROWEST, FARTHEST = 1e-9, 1e4
"""Width that the range of a plane must exceed, and the largest size of its ends."""
BOUNDS = {"learningRate": (1e-6, 10.0), "momentum": (0.0, 0.999)}
"""Settings of an optimizer that the page accepts."""


def live_page(
    plane: Plane | Surface | None = None,
    *,
    start: ArrayLike | None = None,
    runs: Trajectories | None = None,
    net: object = None,
    parts: Sequence[str] = (),
    language: str = "en",
) -> Any:
    """Return the live page as a widget for a notebook, on a plane and with runs of one's own.

    Its traits go both ways: ``widget.start``, the nine parameters where the current run starts, changes when the start
    is dragged, and moves it when it is set. Likewise ``widget.runs``, the runs that are kept for comparison, each with
    its start and settings; ``widget.plane``; and ``widget.state``, all of what the page shows, as plain values. Runs
    and planes can be set as they are given here; what the page cannot show is refused, then too.

    Parameters
    ----------
    plane : Plane or Surface, optional
        Plane of the 2-2-1 network's parameters to look at; a surface also sets the range. Default: the page's own.
    start : array_like of shape (9,), optional
        Start of the current run.
    runs : Trajectories, optional
        Runs of :func:`landscape.train` to compare, at most six. The page runs them again, with the same numbers.
    net : Objective, optional
        The network, to be sure that it is the one that the page shows: the 2-2-1 network on XOR.
    parts : sequence of str, optional
        Parts to show, from ``bar``, ``story``, ``plane``, ``walk``, ``views``, ``runs``, ``many`` and ``share``.
        Default: all.
    language : {"en", "de"}
        Language of its texts.

    Returns
    -------
    anywidget.AnyWidget

    Raises
    ------
    ImportError
        If anywidget is not installed.
    ValueError
        If the network is another one, if the page cannot run the runs again, or for an unknown part or language.

    Examples
    --------
    >>> import figures, landscape as ls
    >>> from landscape import xor
    >>> net = xor.network()
    >>> widget = figures.live_page(start=xor.offset_start(1e-2), runs=ls.train(net, xor.TEXTBOOK, ls.Adam(), 500))
    >>> widget.start[0], widget.runs[0]["settings"]["steps"]
    (1.01, 500)
    """
    if net is not None:
        _require_xor(description(net), "net")
    shown = _parts(parts)
    state = {"language": checks.choice("language", language, LANGUAGES)}
    kept = [] if runs is None else _kept(runs)
    view = {} if plane is None else _view(plane)
    nine = None if start is None else _start(start)
    return _widget_class()(plane=view, start=nine, runs=kept, parts=shown, state=state)


def widget_module() -> str:
    """Return the widget's program as the JavaScript module that anywidget loads."""
    from figures.page.bundle import bundled_program
    from figures.page.html import data_json, page_style
    from figures.page.page_data import page_data

    return (
        f"{bundled_program('widget.js')}const page = {{ program: xorscapeProgram, data: {data_json(page_data())}, "
        f"style: {finite_json(page_style())} }};\n"
        "export default { render: (context) => xorscapeProgram().renderWidget(context, page) };\n"
    )


@cache
def _widget_class() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError(
            'live_page needs anywidget, which is not installed; pip install "xorscape[notebook]"'
        ) from None

    class LivePage(anywidget.AnyWidget):
        """The live page, with traits that follow it and change it."""

        _esm = widget_module()
        parts: Any = traitlets.TraitType([]).tag(sync=True)
        plane: Any = traitlets.TraitType({}).tag(sync=True)
        start = traitlets.Any(None).tag(sync=True)
        runs: Any = traitlets.TraitType([]).tag(sync=True)
        state = traitlets.Dict().tag(sync=True)

        @traitlets.validate("parts")
        def _known_parts(self, proposal: Any) -> Any:
            return _parts(proposal["value"])

        @traitlets.validate("start")
        def _nine_finite_numbers(self, proposal: Any) -> Any:
            given = proposal["value"]
            return None if given is None else _start(given)

        @traitlets.validate("plane")
        def _plane_of_the_page(self, proposal: Any) -> Any:
            given = proposal["value"]
            return {} if given is None else given if isinstance(given, dict) else _view(given)

        @traitlets.validate("runs")
        def _runs_of_the_page(self, proposal: Any) -> Any:
            given = proposal["value"]
            is_plain = isinstance(given, list) and all(isinstance(run, dict) for run in given)
            return [] if given is None else given if is_plain else _kept(given)

    return LivePage


def _parts(given: Sequence[str]) -> list[str]:
    """Return names of parts of the page; ValueError for others."""
    names = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return [checks.choice("parts", name, PARTS) for name in names]


def _start(given: ArrayLike) -> list[float]:
    """Return a start as the page has it; raise ValueError for one that it would refuse."""
    start = checks.vector("start", given, 9)
    if np.abs(start).max() > LARGEST:
        raise ValueError(f"start must hold numbers of at most {LARGEST:g} in size; got {np.abs(start).max():g}")
    return [float(value) for value in start]


def _require_xor(found: str, name: str) -> None:
    """Raise ValueError unless the description of an objective is that of the network which the page shows."""
    if found != description(xor.network()):
        raise ValueError(f"{name} must be xor.network(), the 2-2-1 ReLU network on XOR; got {short_repr(found)}")


def _view(plane: Plane | Surface) -> dict[str, Any]:
    """Return a plane as the state of the page has it: by three of its points, and the range."""
    view: dict[str, Any] = {"kind": "spanned", "range": [-1.0, 1.0, -1.0, 1.0]}
    if isinstance(plane, Surface):
        _require_xor(str(plane.settings.get("objective", "")), "the objective of the surface")
        view["range"] = [float(end) for axis in (plane.alpha, plane.beta) for end in (axis[0], axis[-1])]
        plane = plane.plane
    checks.instance("plane", plane, Plane, "Plane(origin, d1, d2)")
    if plane.origin.size != 9:
        raise ValueError(f"plane must be one of the 2-2-1 network's 9 parameters; got one of {plane.origin.size}")
    points = np.array([plane.origin, plane.origin + plane.d1, plane.origin + plane.d2])
    if np.abs(points).max() > LARGEST:
        raise ValueError(f"plane must have points of at most {LARGEST:g} in size; got {np.abs(points).max():g}")
    low, high = np.array(view["range"]).reshape(2, 2).T
    if (high - low).min() <= NARROWEST or np.abs([low, high]).max() > FARTHEST:
        raise ValueError(
            f"the surface must extend over more than {NARROWEST:g} and to at most {FARTHEST:g} along each direction; "
            f"got {low[0]:g} to {high[0]:g} and {low[1]:g} to {high[1]:g}"
        )
    return view | {"points": points.tolist()}


def _kept(runs: Trajectories) -> list[dict[str, Any]]:
    """Return runs as the state of the page has them: by their starts and settings."""
    checks.instance("runs", runs, Trajectories, "train(net, starts, optimizer, steps)")
    _require_xor(str(runs.settings.get("objective", "")), "the objective of runs")
    if len(runs.theta) > MOST_RUNS:
        raise ValueError(f"the page keeps at most {MOST_RUNS} runs; got {len(runs.theta)}, train from fewer starts")
    steps = int(runs.step[-1])
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"the page runs 1 to {MOST_STEPS} steps; got runs of {steps}, train for another number")
    settings = _optimizer(str(runs.settings.get("optimizer", ""))) | {
        "precision": runs.theta.dtype.name,
        "steps": steps,
    }
    return [{"name": "", "start": _start(theta), "settings": settings} for theta in runs.theta[:, 0]]


def _optimizer(said: str) -> dict[str, Any]:
    """Return the optimizer that describes itself in these words, if the page has it."""
    if found := re.match(r"(\w+), lr ([-+.\de]+)(?:, momentum ([-+.\de]+))?", said):
        rate, momentum = float(found[2]), float(found[3] or 0)
        known: dict[str, Optimizer] = {"Adam": Adam(rate), "SGD": SGD(rate, momentum), "RMSprop": RMSprop(rate)}
        if found[1] in known and known[found[1]].describe() == said:
            settings = {"learningRate": rate, "momentum": momentum}
            for name, (low, high) in BOUNDS.items():
                if not low <= settings[name] <= high:
                    raise ValueError(f"the page runs with a {name} from {low:g} to {high:g}; got {settings[name]:g}")
            return {"optimizer": found[1], **settings}
    raise ValueError(
        "the page runs Adam, SGD and RMSprop with a constant learning rate and Keras' other defaults; "
        f"got runs of {short_repr(said)}"
    )
