"""The caption of ``relief`` again: the run by plain numpy, recorded at every step, and by Keras itself."""

import numpy as np
import pytest
import referee_exact as exact
from referee_descent import adam, keras_adam
from referee_planes import angle, drawn as normal_directions, loss_on, normalized
from referee_quotes import assert_says, figure, settings_of_adam, written
from referee_training import TEXTBOOK, loss

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def drawn():
    return figure("relief")


@pytest.fixture(scope="module")
def start(drawn):
    result, caption = drawn
    assert_says(caption, "run_seed", result.run_seed)
    sigma = float(written(caption, "sigma"))
    return TEXTBOOK + sigma * np.random.default_rng(result.run_seed).standard_normal(9)


@pytest.fixture(scope="module")
def path(drawn, start):
    """The parameters after every step, shape (steps + 1, 9)."""
    _, caption = drawn
    steps = int(written(caption, "path.step[-1]"))
    _, kept = adam(start[None], steps, **settings_of_adam(caption), record=range(steps + 1))
    return np.concatenate([kept[t] for t in range(steps + 1)])


@pytest.fixture(scope="module")
def components(drawn, path):
    """The two principal components of the recorded steps, and their share of the variance."""
    recorded = path[drawn[0].path.step]
    _, sizes, rows = np.linalg.svd(recorded - recorded.mean(0), full_matrices=False)
    return rows[:2], (sizes[:2] ** 2).sum() / (sizes**2).sum()


def test_the_plane_at_the_optimum_is_as_described(drawn):
    result, caption = drawn
    pair = tuple(normalized(d, TEXTBOOK, result.bias) for d in normal_directions(result.seed))
    assert_says(caption, "surface.plane.angle", angle(*pair))
    for k, direction in enumerate(pair):
        assert_says(caption, f"surface.plane.norms[{k}]", np.linalg.norm(direction))
        assert direction.all(), "a parameter is frozen"
    alpha, beta = np.meshgrid(result.surface.alpha, result.surface.beta)
    np.testing.assert_allclose(result.surface.loss, loss_on(TEXTBOOK, *pair, alpha, beta), rtol=1e-9, atol=1e-24)
    assert exact.loss(exact.TEXTBOOK) == 0


def test_the_components_hold_the_quoted_share_of_the_variance(drawn, components):
    assert_says(drawn[1], "path.share[0]", components[1])


def test_no_step_is_farther_from_the_plane_and_none_lies_more_about_its_loss(drawn, path, components):
    """Every step, not only those recorded for the figure."""
    offset = path - path[-1]
    under = path[-1] + offset @ components[0].T @ components[0]
    assert_says(drawn[1], "greatest_distance", np.linalg.norm(path - under, axis=1).max())
    assert_says(drawn[1], "greatest_gap", np.abs(loss(under) - loss(path)).max())


def test_the_run_starts_and_ends_where_the_caption_says(drawn, path, components):
    """How far below 1e-20 the last loss is depends on rounding, so that it is only compared with that."""
    result, caption = drawn
    assert_says(caption, "path.loss[0][0]", loss(path[0]))
    assert float(written(caption, "path.loss[0][-1]")) < 1e-20
    assert loss(path[-1]) < 1e-20
    assert_says(caption, "end_to_textbook", np.linalg.norm(path[-1] - TEXTBOOK))
    back = TEXTBOOK - path[-1]
    off_plane = back - back @ components[0].T @ components[0]
    assert_says(caption, "textbook_to_plane", np.linalg.norm(off_plane))
    assert_says(caption, "levels[-1]", exact.thresholds()[-1])
    drawn_losses = result.surface.loss.max(), result.path_surface.loss.max()
    assert max(drawn_losses) > float(written(caption, "ceiling"))


def test_keras_itself_takes_the_run_to_the_same_place(drawn, start, path):
    _, caption = drawn
    end = keras_adam(start, len(path) - 1, settings_of_adam(caption)["rate"])
    assert loss(end) < 1e-20
    assert_says(caption, "end_to_textbook", np.linalg.norm(end - TEXTBOOK))
    assert np.linalg.norm(end - path[-1]) < 1e-6
