"""Arrays of any values: every plot function draws them, or refuses them in one line that is listed here."""

import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import landscape as ls
from figures.plots.basins import basin_handles, plot_basins
from figures.plots.contour import plot_contour
from figures.plots.decision import plot_decision
from figures.plots.profile import plot_profile
from figures.plots.relief import plot_relief
from figures.plots.trajectories import plot_trajectories
from landscape import xor

pytestmark = pytest.mark.slow

SEEDS = range(150)
PLANE = ls.random_plane(xor.network(), xor.TEXTBOOK, rng=np.random.default_rng(0))
DECISION = ls.decision_surface(xor.network(), xor.TEXTBOOK, points=2)
ANYTHING = (np.nan, np.inf, -np.inf, -1.0, 1e308, -1e308, 5e-324, 1e250, 1e-300, 0.0, 0.25)
LEVELS = (*(level.value for level in ls.stationary_levels(xor.network())), None)
REFUSED = re.compile(
    r"(highest loss must be above 0 and finite to end the scale; got \S+, give a ceiling"
    r"|highest loss must be between 1e-200 and 1e200 to end the scale; got \S+, give a ceiling"
    r"|loss must be finite; got \S+ in it, remove or replace it"
    r"|surface must have at least 2 x 2 points; got \(\d+, \d+\), evaluate a finer grid)"
)


def any_array(rng, shape):
    """Return usual values, or a constant, of which some are replaced by values out of ``ANYTHING``."""
    usual = rng.uniform(0, 2, shape) if rng.random() < 0.8 else np.full(shape, rng.choice(ANYTHING))
    return np.where(rng.random(shape) < rng.choice([0, 0.05, 0.5, 1]), rng.choice(ANYTHING, shape), usual)


def any_surface(rng):
    shape = tuple(rng.integers(1, 13, 2))
    return ls.Surface(alpha=np.arange(shape[1]), beta=np.arange(shape[0]) / 3, loss=any_array(rng, shape), plane=PLANE)


def any_ceiling(rng):
    return rng.choice([None, 1.0, 1e-6, 1e150])


def contour(rng, ax):
    plot_contour(any_surface(rng), ax=ax, ceiling=any_ceiling(rng), marks=LEVELS[:-1])


def relief(rng, ax):
    path = rng.uniform(-1, 13, (5, 2))
    kind, floor = (("power", None), ("linear", None), ("log", 1e-8))[rng.integers(3)]
    plot_relief(any_surface(rng), ax=ax, ceiling=any_ceiling(rng), paths=[path], height=kind, floor=floor)


def profile(rng, ax):
    loss = any_array(rng, rng.integers(1, 13))
    line = ls.Profile(alpha=np.arange(loss.size), loss=loss, origin=np.zeros(2), direction=np.ones(2))
    plot_profile(line, ax=ax, ceiling=any_ceiling(rng), marks=LEVELS[:-1])


def decision(rng, ax):
    size = rng.integers(2, 13)
    parts = {
        "axis": np.linspace(0, 1, size),
        "output": any_array(rng, (size, size)),
        "hidden": np.zeros((size, size, 2)),
    }
    rest = {name: getattr(DECISION, name) for name in DECISION.__dataclass_fields__ if name not in parts}
    plot_decision(ls.DecisionSurface(**parts, **rest), ax=ax)


def trajectories(rng, ax):
    runs, steps = rng.integers(1, 13, 2)
    alpha, beta = any_array(rng, (2, runs, steps))
    rest = dict.fromkeys(("loss", "loss_in_plane", "distance"), np.zeros((runs, steps)))
    plot_trajectories(
        ls.Projection(alpha=alpha, beta=beta, share=np.ones(runs), step=np.arange(steps), plane=PLANE, **rest),
        ax=ax,
    )


def basins(rng, ax):
    shape = tuple(rng.integers(1, 13, 2))
    outcome = rng.integers(0, len(LEVELS), shape)
    values = np.array([np.nan if level is None else float(level) for level in LEVELS])
    axes = {"alpha": np.arange(shape[1]), "beta": np.arange(shape[0])}
    found = ls.BasinMap(**axes, level=values[outcome], state=rng.integers(0, 4, shape), levels=LEVELS, plane=PLANE)
    plot_basins(found, ax=ax)
    ax.legend(handles=basin_handles(found))


PLOTS = [contour, relief, profile, decision, trajectories, basins]


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.__name__)
def test_any_values_are_drawn_or_refused_in_one_line(plot):
    drawn = 0
    for seed in SEEDS[PLOTS.index(plot) :: len(PLOTS)]:
        figure = Figure(figsize=(1.5, 1.5), dpi=30, layout="none")
        canvas = FigureCanvasAgg(figure)
        ax = figure.add_subplot(projection="3d" if plot is relief else None)
        refused = None
        try:
            plot(np.random.default_rng(seed), ax)
            ax.set_axis_off() if seed % 3 else None  # drawing ticks takes longest
            canvas.draw()
            drawn += 1
        except ValueError as error:
            refused = str(error)
        assert refused is None or REFUSED.fullmatch(refused), f"seed {seed}"
    assert drawn > 5
