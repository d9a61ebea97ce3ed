"""The caption of ``directions`` again: planes drawn and normalized anew, and the zeros in them."""

import numpy as np
import pytest
import referee_exact as exact
from referee_planes import angle, drawn as normal_directions, loss_on, normalized
from referee_quotes import assert_says, figure, written
from referee_training import TEXTBOOK

from figures.lecture import lecture_figure

pytestmark = pytest.mark.heavy

TENSORS = {"W1": [0, 1, 2, 3], "b1": [4, 5], "W2": [6, 7], "b2": [8]}


@pytest.fixture(scope="module")
def drawn():
    return figure("directions")


@pytest.fixture(scope="module")
def planes(drawn):
    """The pair of directions of every panel, by its seed and what is done with them."""
    found = []
    for seed, rule in zip(drawn[0].seeds, drawn[0].slices, strict=True):
        pair = normal_directions(seed)
        found.append(pair if rule == "random" else tuple(normalized(d, TEXTBOOK, rule) for d in pair))
    return found


def test_angles_and_unit_steps_are_those_of_the_directions_drawn_anew(drawn, planes):
    _, caption = drawn
    for k, (first, second) in enumerate(planes):
        assert_says(caption, f"surfaces[{k}].plane.angle", angle(first, second))
        assert_says(caption, f"surfaces[{k}].plane.norms[0]", np.linalg.norm(first))
        assert_says(caption, f"surfaces[{k}].plane.norms[1]", np.linalg.norm(second))


def test_the_parameters_called_frozen_are_the_ones_that_no_direction_moves(drawn, planes):
    result, caption = drawn
    for k, pair in enumerate(planes):
        still = ~np.any(pair, axis=0)
        names = [name for name, part in TENSORS.items() if still[part].all()]
        assert still.sum() == sum(len(TENSORS[name]) for name in names)
        assert result.frozen[k] == (", ".join(names) or "none")
        assert f"frozen: {', '.join(names)}" in caption if names else "no parameter frozen" in caption


def test_the_range_is_where_the_loss_has_typically_risen_to_the_ceiling(drawn, planes):
    """The median over many angles at the quoted range, without the factor that the settings put on it."""
    result, caption = drawn
    t = np.linspace(0.0, 2.0 * np.pi, 4096, endpoint=False)
    typical = []
    for k, pair in enumerate(planes):
        lengths = [np.linalg.norm(direction) for direction in pair]
        for axis, (values, length) in enumerate(
            zip((result.surfaces[k].alpha, result.surfaces[k].beta), lengths, strict=True)
        ):
            assert_says(caption, f"ranges[{k}][{axis}]", values[-1])
            assert values[-1] * length == pytest.approx(result.distance)
        radius = result.distance / max(lengths) / lecture_figure("directions").Settings().reach
        typical.append(np.median(loss_on(TEXTBOOK, *pair, radius * np.cos(t), radius * np.sin(t))))
    assert_says(caption, "distance", result.distance)
    assert min(typical) == pytest.approx(float(written(caption, "ceiling")), rel=0.05)  # in the widest plane


def test_the_highest_loss_and_the_grid_points_without_loss_are_as_quoted(drawn, planes):
    result, caption = drawn
    for k, pair in enumerate(planes):
        loss = loss_on(TEXTBOOK, *pair, *np.meshgrid(result.surfaces[k].alpha, result.surfaces[k].beta))
        assert_says(caption, f"highest_losses[{k}]", loss.max())
        assert_says(caption, "zeros[0]", np.count_nonzero(loss == 0))
        assert_says(caption, "surfaces[0].loss.size", loss.size)


def test_the_planes_leave_the_set_of_zeros_at_the_optimum_in_every_direction(drawn, planes):
    """In none of the cells around the optimum does a direction in the plane leave the outputs unchanged.

    So each plane meets the set of zeros, of the quoted dimension in 9, in a single point there.
    """
    _, caption = drawn
    for cell in exact.cells_at(exact.TEXTBOOK):
        jacobian = np.array(exact.jacobian(exact.TEXTBOOK, cell), dtype=float)
        assert_says(caption, "dimensions[0]", 9 - np.linalg.matrix_rank(jacobian))
        for pair in planes:
            assert np.linalg.svd(jacobian @ np.stack(pair).T, compute_uv=False)[-1] > 1e-3


def test_no_second_zero_is_found_in_the_drawn_planes(drawn, planes):
    """A grid of half the spacing: outside the middle the loss is at least what a curvature at the optimum gives."""
    result, _ = drawn
    for surface, pair in zip(result.surfaces, planes, strict=True):
        half, count = surface.alpha[-1], 2 * surface.alpha.size - 1
        alpha, beta = np.meshgrid(*2 * [np.linspace(-half, half, count)])
        loss, r = loss_on(TEXTBOOK, *pair, alpha, beta), np.hypot(alpha, beta)
        middle = r < half / 10
        steepness = (loss / np.where(r > 0, r, 1.0) ** 2)[middle & (r > 0)].min()
        assert loss[~middle].min() > 0.2 * steepness * (half / 10) ** 2


def test_the_losses_of_the_traps_are_those_of_the_cells(drawn):
    result, caption = drawn
    for i, value in enumerate(exact.thresholds()[1:], start=1):
        assert_says(caption, f"levels[{i}]", value)
    assert len(result.levels) == len(exact.thresholds())
