"""The claims of the figure "story": the runs again, in numpy and in Keras, and their paths by eigenvectors."""

from functools import lru_cache

import numpy as np
import pytest
import referee_keras as rk
import referee_plateaus as plateaus
import referee_training as rt
from referee_captions import figure
from referee_planes import distance_to_plane, principal_plane

pytestmark = pytest.mark.heavy


@lru_cache
def runs():
    """What the caption says, and paths and losses of all its runs after every step."""
    said = figure("story")
    starts = rt.numbered(said["starts"], said["seed"])
    recorder = rt.Recorder()
    rt.train(starts, rt.Adam(), said["steps"], watch=recorder)
    return said, recorder.theta, recorder.loss


def chosen(theta, level):
    """The solved and the trapped run with the longest way, of those whose path is no straight line."""
    length = np.linalg.norm(np.diff(theta, axis=0), axis=2).sum(axis=0)
    bent = []
    for k in range(theta.shape[1]):
        widths = np.linalg.eigvalsh(np.cov(theta[:, k].T))
        bent.append(widths[-2] > 1e-12 * widths[-1])
    solved, trapped = (np.flatnonzero(np.array(bent) & mask) for mask in (level == 0, level > 0))
    return [int(group[length[group].argmax()]) for group in (solved, trapped)]


def test_ends_of_all_runs_and_the_two_that_travel_furthest():
    said, theta, _ = runs()
    level = plateaus.level_of(theta[-1])
    for i in range(4):
        assert said[f"counts[{i}]"] == (level == i).sum()
    assert [said["shown[0]"], said["shown[1]"]] == chosen(theta, level)
    assert said[f"ends[{said['shown[1]']}]"] == plateaus.LEVELS[level[said["shown[1]"]]]


def test_all_runs_end_on_the_same_levels_in_keras():
    said, theta, _ = runs()
    path, loss = rk.train(theta[0], rk.keras.optimizers.Adam, said["steps"], every=said["steps"] // 2)
    np.testing.assert_array_equal(plateaus.level_of(path[-1]), plateaus.level_of(theta[-1]))
    for i, k in enumerate((said["shown[0]"], said["shown[1]"])):
        assert loss[0, k] == pytest.approx(said[f"runs[{i}].path.loss[0][0]"], rel=1e-12)
        assert loss[-1, k] == pytest.approx(said[f"runs[{i}].path.loss[0][-1]"], rel=1e-6, abs=1e-20)


def test_losses_at_both_ends_of_the_two_runs():
    said, theta, loss = runs()
    for i in (0, 1):
        k = said[f"shown[{i}]"]
        assert said[f"runs[{i}].path.loss[0][0]"] == pytest.approx(loss[0, k], rel=1e-12)
        assert said[f"runs[{i}].path.loss[0][-1]"] == pytest.approx(loss[-1, k], rel=1e-6, abs=1e-20)
        assert said[f"runs[{i}].gradient"] < 1e-9
        assert np.abs(rt.gradient(theta[-1, k])).max() < 1e-9


def test_planes_of_the_paths():
    """Shares of variance, distances and the loss underneath, from all steps; the figure records every few of them."""
    said, theta, loss = runs()
    farthest, error = [], []
    for i in (0, 1):
        path = theta[:, said[f"shown[{i}]"]]
        axes, share = principal_plane(path)
        assert said[f"runs[{i}].path.share[0]"] == pytest.approx(share, abs=2e-3)
        drawn = said.result.runs[i].path.plane
        distance, foot = distance_to_plane(path, path[-1], axes)
        farthest.append(distance.max())
        error.append(np.abs(rt.loss(foot) - loss[:, said[f"shown[{i}]"]]).max())
        assert np.linalg.norm(drawn.d1) == pytest.approx(1)  # "unit step 1"
        np.testing.assert_allclose(np.abs(axes @ np.array([drawn.d2, drawn.d1]).T), np.eye(2), atol=0.02)
    assert said["farthest"] == pytest.approx(max(farthest), rel=0.02)
    assert said["largest_error"] == pytest.approx(max(error), rel=0.05)
    assert max(loss[:, said["shown[0]"]].max(), loss[:, said["shown[1]"]].max()) <= said["top"]


def test_no_plane_through_the_end_holds_more_of_a_path():
    """Refutation of "principal": thousands of turned planes, none with more variance."""
    said, theta, _ = runs()
    rng = np.random.default_rng(0)
    path = theta[::10, said["shown[0]"]]
    centred = path - path.mean(axis=0)
    axes, share = principal_plane(path)
    for size in np.geomspace(1e-3, 1, 2000):
        turned, _ = np.linalg.qr((axes + size * rng.standard_normal(axes.shape)).T)
        assert ((centred @ turned) ** 2).sum() <= (1 + 1e-12) * share * (centred**2).sum()
