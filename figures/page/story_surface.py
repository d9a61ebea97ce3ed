"""Facts of the story about the surface and single runs beside the optimum."""

from __future__ import annotations

from typing import Any

import numpy as np

import landscape as ls
from figures.lecture.levels import basins as figure_of_basins
from figures.lecture.levels.barrier import SWAP
from figures.lecture.levels.basins import RAYS
from figures.lecture.settings import FRESH_STEPS
from figures.page.start_presets import basins_plane
from figures.page.story_states import end_level, plain, plane_spec, random_spec, run_settings, through_spec
from landscape import Plane, xor
from landscape.analysis.stability import rounding_floor

OFFSET, RATE, STEPS = 1e-5, 1e-3, 1000
"""The exercise's smallest offset, its learning rate, and steps after which the run has settled at first."""
SHIFT = 0.5
"""How far along the valley the start of the second step lies."""
SEEDS = range(20)
"""Seeds of the random planes that are compared, all of which the page offers."""
RADIUS, AROUND = 0.1, 360
"""Circle around the optimum on which planes are compared, in their units, and its number of points."""
STARTS_PER_AXIS = 200
"""Starts per axis on the plane of basins: as many as the page itself computes."""


def leave() -> dict[str, Any]:
    """Return how Adam leaves the optimum, and how far away it settles."""
    net, start = xor.network(), xor.offset_start(OFFSET)
    path = ls.train(net, start, ls.Adam(RATE), STEPS)
    distance, loss = np.linalg.norm(path.theta[0] - xor.TEXTBOOK, axis=1), path.loss[0]
    later = ls.train(net, start, ls.Adam(RATE), 10 * STEPS).loss[0]
    spikes = ls.spikes(later, rounding_floor(net, np.float64))
    values = {
        "offset": OFFSET,
        "rate": RATE,
        "steps": STEPS,
        "lossFactor": loss[1] / loss[0],
        "distanceFactor": distance[1] / distance[0],
        "endLoss": loss[-1],
        "endDistance": distance[-1],
        "endRates": distance[-1] / RATE,
        "spike": int(spikes[0]),
    }
    run = {"start": start.tolist(), "settings": run_settings(STEPS, RATE), "ends": "0"}
    return {"values": plain(values), "plane": plane_spec("principal"), **run}


def valley() -> dict[str, Any]:
    """Return two exact planes through the optimum, and a solution in the valley of the second."""
    net = xor.network()
    start = xor.TEXTBOOK + SHIFT * (ls.coordinate_direction(net, "b1[0]") - ls.coordinate_direction(net, "b2[0]"))
    values = {"shift": SHIFT, "loss": net.loss(start), "dimension": _dimension(), "parameters": net.n_parameters}
    planes = {"bowl": plane_spec("bowl", 1.0), "valley": plane_spec("valley", 1.0)}
    run = {"start": start.tolist(), "settings": run_settings(STEPS, RATE), "ends": "0"}
    return {"values": plain(values), **planes, **run}


def planes() -> dict[str, Any]:
    """Return how different the loss near the optimum is on random planes."""
    net = xor.network()
    drawn = [_random_plane(seed) for seed in SEEDS]
    angle = np.linspace(0.0, 2.0 * np.pi, AROUND, endpoint=False)
    circle = RADIUS * np.cos(angle), RADIUS * np.sin(angle)
    loss = np.array([net.loss(plane.point(*circle)) for plane in drawn])
    highest = loss.max(axis=1)
    steep, flat = int(highest.argmax()), int(highest.argmin())
    values = {
        "planes": len(drawn),
        "radius": RADIUS,
        "least": loss.min(),
        "flat": highest[flat],
        "steep": highest[steep],
        "factor": highest[steep] / highest[flat],
        "dimension": _dimension(),
        "parameters": net.n_parameters,
    }
    shown = {name: random_spec(SEEDS[seed], 0.5) for name, seed in (("flat", flat), ("steep", steep))}
    return {"values": plain(values), **shown, "trace": {"radius": RADIUS}}


def cones() -> dict[str, Any]:
    """Return what the one-sided Hessians at the optimum have in common, and in what they differ.

    Shown is the plane on which the kink lines through the optimum are furthest apart.
    """
    net = xor.network()
    sides = ls.one_sided_hessians(net, xor.TEXTBOOK)
    largest = [cone.eigenvalues.max() for cone in sides]
    middles = {seed: ls.sectors(net, _random_plane(seed))[0] for seed in SEEDS}
    seed = max(SEEDS, key=lambda one: np.diff(middles[one]).min())
    (rank,) = {int(np.linalg.matrix_rank(cone.hessian, hermitian=True)) for cone in sides}
    values = {
        "kinks": len(ls.kinks(net, xor.TEXTBOOK)),
        "cones": len({cone.hessian.round(12).tobytes() for cone in sides}),
        "visible": len(middles[seed]),
        "smallest": min(largest),
        "largest": max(largest),
        "autodiff": np.linalg.eigvalsh(net.hessian(xor.TEXTBOOK)).max(),
        "rank": rank,
        "flat": net.n_parameters - rank,
    }
    planes = {name: random_spec(seed, half) for name, half in (("plane", 0.5), ("close", 0.05))}
    return {"values": plain(values), **planes}


def basins() -> dict[str, Any]:
    """Return what becomes of starts on the plane of the figure of basins, and on those that it is compared with."""
    net, how = xor.network(), figure_of_basins.Settings.model_validate({})
    adam = ls.Adam(how.learning_rate)
    solved = []
    for k in range(how.others + 1):
        plane = ls.random_plane(net, xor.TEXTBOOK, rng=np.random.default_rng(how.seed + k), orthogonal=True)
        axis = np.linspace(-how.half_width, how.half_width, how.other_resolution if k else STARTS_PER_AXIS)
        found = ls.basin_map(net, plane, axis, axis, adam, how.steps)
        solved.append(found.fractions[0])
        if k == 0:
            shown = found
    if not ls.is_bowl(net, shown.plane, how.half_width, RAYS):
        raise ValueError(f"the loss must fall on no line from the optimum on the plane of seed {how.seed}, but it does")
    offset = np.hypot(shown.alpha, shown.beta[:, None])
    row, column = np.unravel_index(np.where(shown.level > 0, offset, np.inf).argmin(), offset.shape)
    start = shown.plane.point(shown.alpha[column], shown.beta[row])
    level = end_level(start, adam, how.steps)
    values = {
        "others": how.others,
        "least": min(solved[1:]),
        "most": max(solved[1:]),
        "starts": shown.level.size,
        "solved": solved[0],
        "trapped": shown.fractions[1:-1].sum(),
        "rays": RAYS,
        "level": level,
        "startLoss": net.loss(start),
        "rate": how.learning_rate,
        "steps": how.steps,
    }
    known = basins_plane()
    run = {"start": start.tolist(), "settings": known["settings"], "ends": level}
    plane_shown = {"centre": xor.TEXTBOOK.tolist(), "range": known["range"], **known["plane"]}
    return {"values": plain(values), "plane": plane_shown, **run}


def twin() -> dict[str, Any]:
    """Return how high paths to the solution with exchanged units climb, and a run from the middle of the line."""
    net = xor.network()
    twin = xor.TEXTBOOK[list(SWAP)]
    path, straight = ls.lowest_pass(net, xor.TEXTBOOK, twin), ls.straight_barrier(net, xor.TEXTBOOK, twin)
    top = path.theta[int(np.argmax(path.loss))]
    middle = (xor.TEXTBOOK + twin) / 2
    level = end_level(middle, ls.Adam(RATE), FRESH_STEPS)
    values = {
        "straight": str(straight.value),
        "worst": str(ls.stationary_levels(net)[-1].value),
        "pass": str(path.level),
        "components": ls.merge_tree(net).components(0),
        "level": level,
    }
    shown = {"start": middle.tolist(), "settings": run_settings(FRESH_STEPS, RATE), "ends": level}
    trace = {"path": path.theta.tolist(), "level": values["pass"]}
    return {"values": plain(values), "plane": through_spec(xor.TEXTBOOK, twin, top), "trace": trace, **shown}


def _random_plane(seed: int) -> Plane:
    """Return the page's filter-normalized plane with that seed, bias rule joint."""
    return ls.random_plane(xor.network(), xor.TEXTBOOK, rng=np.random.default_rng(seed))


def _dimension() -> int:
    """Return the dimension of the set of solutions near the optimum, the same in all cells that meet there."""
    (dimension,) = {cell.dimension for cell in ls.solved_cells(xor.network(), xor.TEXTBOOK)}
    return dimension
