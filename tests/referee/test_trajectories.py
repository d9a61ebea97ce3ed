"""The claims of the figure "trajectories": runs, filter-normalized plane and own planes by another route."""

from functools import lru_cache

import numpy as np
import pytest
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure
from referee_planes import distance_to_plane, principal_plane

pytestmark = pytest.mark.heavy

FILTERS = ([0, 2, 4], [1, 3, 5], [6, 7, 8])
"""Places in theta of what belongs to one unit: incoming weights and bias (rule joint)."""


@lru_cache
def runs():
    """What the caption says, and paths and losses of all its runs after every step."""
    said = figure("trajectories")
    rng = np.random.default_rng(said["run_seed"])
    sigmas = [said[f"sigmas[{i}]"] for i in range(len(said.result.sigmas))]
    starts = [rt.TEXTBOOK + sigma * rng.standard_normal((said["runs"], 9)) for sigma in sigmas]
    recorder = rt.Recorder(every=10)
    rt.train(np.concatenate(starts), rt.Adam(), said["steps"], watch=recorder)
    return said, recorder.theta, recorder.loss


def shared_axes(said):
    """Two normal directions, each filter scaled to the length of that of the textbook weights."""
    rng = np.random.default_rng(said["seed"])
    axes = rng.standard_normal((2, 9))
    for places in FILTERS:
        axes[:, places] *= np.linalg.norm(rt.TEXTBOOK[places]) / np.linalg.norm(axes[:, places], axis=1, keepdims=True)
    return axes


def test_ends_of_the_runs():
    said, theta, _ = runs()
    level = plateaus.level_of(theta[-1])
    assert said["run_count"] == theta.shape[1]
    for i in range(4):
        assert said[f"counts[{i}]"] == (level == i).sum()
    away = np.linalg.norm(theta[-1] - rt.TEXTBOOK, axis=1)[level == 0]
    assert said["solved_distance[0]"] == pytest.approx(away.min(), rel=1e-3)
    assert said["solved_distance[1]"] == pytest.approx(away.max(), rel=1e-3)


def test_the_shared_plane():
    said, theta, _ = runs()
    assert "bias rule joint" in said.caption
    axes = shared_axes(said)
    cosine = axes[0] @ axes[1] / np.linalg.norm(axes[0]) / np.linalg.norm(axes[1])
    assert said["surface.plane.angle"] == pytest.approx(np.degrees(np.arccos(cosine)))
    shares, distances = [], []
    for path in theta.transpose(1, 0, 2):
        distance, _ = distance_to_plane(path, rt.TEXTBOOK, axes)
        distances.append(distance.max())
        # The part of the variance in the plane, from an orthonormal basis of it.
        basis = np.linalg.qr(axes.T)[0]
        centred = path - path.mean(axis=0)
        shares.append(((centred @ basis) ** 2).sum() / (centred**2).sum())
    assert (said["share_range[0]"], said["share_range[1]"]) == pytest.approx((min(shares), max(shares)), rel=1e-3)
    assert said["farthest"] == pytest.approx(max(distances), rel=1e-3)


def test_the_loss_under_a_path_is_not_that_of_the_run():
    said, theta, loss = runs()
    axes = shared_axes(said)
    for path, own in zip(theta.transpose(1, 0, 2), loss.T, strict=True):
        under = rt.loss(distance_to_plane(path, rt.TEXTBOOK, axes)[1])
        assert np.abs(under - own).max() > 0.01


def test_planes_of_the_paths():
    said, theta, loss = runs()
    level, errors = plateaus.level_of(theta[-1]), []
    for i, k in enumerate(said.result.shown):
        path = theta[:, k]
        axes, share = principal_plane(path)
        distance, foot = distance_to_plane(path, path[-1], axes)
        assert said[f"own[{i}].share[0]"] == pytest.approx(share, abs=1e-4)
        assert said[f"own_farthest[{i}]"] == pytest.approx(distance.max(), rel=1e-3)
        assert said[f"sigma_of[{k}]"] == said.result.sigmas[k // said["runs"]]
        assert (level[k] == 0) == (i == 0)
        errors.append(np.abs(rt.loss(foot) - loss[:, k]).max())
    assert said["own_error"] == pytest.approx(max(errors), rel=1e-2)


def test_solved_runs_stay_away_from_the_textbook_weights_for_ever():
    """Refutation: five times as many steps bring none of them nearer than half of the least distance."""
    said, theta, _ = runs()
    solved = theta[-1][plateaus.level_of(theta[-1]) == 0]
    later = rt.Recorder(every=500)
    rt.train(solved, rt.Adam(), 5 * said["steps"], watch=later)
    assert np.linalg.norm(later.theta - rt.TEXTBOOK, axis=2).min() > 0.5 * said["solved_distance[0]"]
