"""The guards: what each lets through, where its border lies, and what it says."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

import landscape as ls
from landscape import xor
from landscape.base import checks

NET = xor.network()


@pytest.mark.parametrize("value", [3, 3.5, True, [1, 2], np.float32(2), np.arange(4, dtype=np.uint8), [], np.eye(2)])
def test_real_array_takes_any_real_numbers(value):
    array = checks.real_array("x", value)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, value)


def test_real_array_does_not_copy_without_need():
    given = np.arange(3.0)
    assert checks.real_array("x", given) is given


@pytest.mark.parametrize("value", [1j, "1", None, [None], object(), b"1", np.array("2020", dtype="datetime64[Y]")])
def test_real_array_refuses_what_is_no_real_number(value):
    with pytest.raises(TypeError, match=r"^x must hold real numbers; got dtype"):
        checks.real_array("x", value)


@pytest.mark.parametrize(("value", "named"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_real_array_names_what_is_not_finite(value, named):
    with pytest.raises(ValueError, match=f"^x must be finite; got {named} in it"):
        checks.real_array("x", [[1.0, value]])


MASKED = np.ma.masked_array([1.0, 2.0], [False, True])


@pytest.mark.parametrize("value", [MASKED, np.ma.masked_less(np.eye(2), 1)])
def test_masks_are_not_ignored(value):
    n_masked = int(value.mask.sum())
    said = f"must not be masked; got {n_masked} masked entries, fill them or leave them out"
    with pytest.raises(ValueError, match=f"^x {said}$"):
        checks.real_array("x", value)
    with pytest.raises(ValueError, match=r"^loss must not be masked"):
        ls.Profile(
            alpha=np.arange(2.0),
            loss=np.ma.masked_array([1.0, 2.0], [False, True]),
            origin=np.zeros(9),
            direction=np.ones(9),
        )


@pytest.mark.parametrize(
    ("value", "n_masked"),
    [([MASKED, [1, 2]], 1), ((MASKED, [MASKED]), 2), ([np.ma.masked, 1.0], 1), ([[1.0], [MASKED[1]]], 1)],
)
def test_masks_in_lists_are_not_ignored(value, n_masked):
    with pytest.raises(ValueError, match=f"^x must not be masked; got {n_masked} masked entries"):
        checks.real_array("x", value)


@pytest.mark.filterwarnings("error")
def test_long_doubles_beyond_float64_are_infinite():
    with pytest.raises(ValueError, match=r"^x must be finite; got inf"):
        checks.real_array("x", np.full(2, np.finfo(np.longdouble).max))


def test_a_masked_array_without_masked_entries_is_an_array():
    assert checks.real_array("x", np.ma.masked_array([1.0, 2.0])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda masked: ls.describe(NET, masked), "theta"),
        (NET.loss, "theta"),
        (lambda masked: ls.train(NET, masked, ls.Adam(), 1), "starts"),
        (lambda masked: ls.outcomes(NET, masked, ls.Adam(), 1), "starts"),
        (lambda masked: ls.Plane(masked, np.eye(9)[0], np.eye(9)[1]), "origin"),
        (lambda masked: ls.filter_normalize(masked, xor.TEXTBOOK, NET), "direction"),
        (lambda masked: ls.nearest_zero(NET, masked), "theta"),
        (lambda masked: ls.ReluNetwork(masked.reshape(3, 3), [0, 1, 0], hidden=2), "inputs"),
        (lambda masked: ls.Bundle(x=masked), "x"),
        (lambda masked: ls.Bundle(x=(1, masked)), "x"),
    ],
)
def test_no_function_ignores_a_mask(call, name):
    masked = np.ma.masked_array(xor.TEXTBOOK, np.arange(9) == 3)
    with pytest.raises(ValueError, match=f"^{name} must not be masked; got 1 masked"):
        call(masked)


def test_real_array_refuses_ragged_rows():
    with pytest.raises(ValueError, match=r"^x must be a rectangular array"):
        checks.real_array("x", [[1, 2], [3]])


def test_parameters_and_vector_and_starts_know_their_shapes():
    assert checks.parameters("x", np.zeros((2, 3, 4)), 4).shape == (2, 3, 4)
    assert checks.vector("x", [1, 2]).shape == (2,)
    assert checks.starts("x", [1, 2, 3], 3).shape == (1, 3)
    assert checks.starts("x", np.zeros((5, 3)), 3).shape == (5, 3)


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        (lambda v: checks.parameters("x", v, 4), np.zeros((4, 3)), r"shape \(\.\.\., 4\), one entry.*got \(4, 3\)"),
        (lambda v: checks.parameters("x", v, 4), 1.0, r"shape \(\.\.\., 4\), one entry.*got \(\)"),
        (lambda v: checks.vector("x", v, 4), np.zeros(3), r"shape \(4,\); got shape \(3,\)"),
        (lambda v: checks.vector("x", v), np.zeros((1, 3)), r"one axis; got shape \(1, 3\)"),
        (lambda v: checks.starts("x", v, 3), np.zeros((1, 1, 3)), r"shape \(k, 3\) or \(3,\); got \(1, 1, 3\)"),
    ],
)
def test_wrong_shapes_are_named_beside_the_right_ones(check, value, said):
    with pytest.raises(ValueError, match=f"^x must have {said}"):
        check(value)


def test_axis_needs_strictly_increasing_values():
    assert checks.axis("alpha", [0]).tolist() == [0.0]
    assert checks.axis("alpha", [-1, 0, np.nextafter(0, 1)]).size == 3
    with pytest.raises(ValueError, match=r"^alpha must hold at least one value; got none"):
        checks.axis("alpha", [])
    with pytest.raises(ValueError, match=r"^alpha must increase strictly; got 2 then 2 at index 2, sort it"):
        checks.axis("alpha", [0, 2, 2, 3])
    with pytest.raises(ValueError, match="got 1 then 0 at index 1"):
        checks.axis("alpha", [1, 0])


@pytest.mark.parametrize("value", [0, 7, np.int64(7), np.uint8(7)])
def test_count_takes_whole_numbers(value):
    counted = checks.count("steps", value)
    assert type(counted) is int
    assert counted == value


@pytest.mark.parametrize("value", [True, np.True_, 2.0, "2", None, np.array([2])])
def test_count_refuses_what_is_no_whole_number(value):
    with pytest.raises(TypeError, match=r"^steps must be a whole number; got "):
        checks.count("steps", value)


def test_count_has_a_least_value():
    assert checks.count("k", 1, least=1) == 1
    with pytest.raises(ValueError, match=r"^k must be at least 1; got 0$"):
        checks.count("k", 0, least=1)
    with pytest.raises(ValueError, match=r"^steps must be at least 0; got -1$"):
        checks.count("steps", -1)


def test_positive_knows_its_borders():
    assert checks.positive("lr", 1e-300) == 1e-300
    assert checks.positive("sigma", 0, zero=True) == 0.0
    assert type(checks.positive("lr", np.float32(0.5))) is float
    assert checks.positive("beta", np.nextafter(1, 0), below=1.0) < 1
    for value in (0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"^lr must be above 0 and finite; got {value}$"):
            checks.positive("lr", value)
    with pytest.raises(ValueError, match=r"^beta must be at least 0 and below 1; got 1\.0$"):
        checks.positive("beta", 1.0, zero=True, below=1.0)
    for wrong in (True, "1", None, [1.0]):
        with pytest.raises(TypeError, match=r"^lr must be a number; got "):
            checks.positive("lr", wrong)


def test_choice_lists_what_is_allowed():
    assert checks.choice("bias", "copy", ("joint", "copy")) == "copy"
    with pytest.raises(ValueError, match=r"^bias must be one of 'joint', 'copy'; got 'Joint'$"):
        checks.choice("bias", "Joint", ("joint", "copy"))


@pytest.mark.parametrize("value", [None, 3, np.random, np.random.RandomState(0), np.random.default_rng])
def test_generator_refuses_seeds_and_modules(value):
    with pytest.raises(TypeError, match=r"^rng must be a numpy\.random\.Generator, such as numpy\.random\.default_rng"):
        checks.generator(value)


@pytest.mark.parametrize("scale", [1e-300, 1e-10, 1.0, 1e10, 1e300])
def test_cosine_does_not_depend_on_lengths(scale):
    d1, d2 = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert checks.cosine(scale * d1, d2) == pytest.approx(np.sqrt(0.5), rel=1e-15)
    assert checks.cosine(scale * d1, scale * d1) == 1.0
    assert checks.cosine(scale * d1, -d1) == -1.0


def test_direction_may_be_tiny_but_not_zero():
    assert checks.direction("d", [0, 5e-324]).any()
    with pytest.raises(ValueError, match=r"^d must not be the zero vector; choose"):
        checks.direction("d", [0.0, -0.0])


def test_parallel_begins_at_one_part_in_a_million_million():
    e = np.array([1.0, 0.0])
    # cos = 1 - t^2/2 at a small angle t, so the border lies at t = sqrt(2e-12) = 1.41e-6.
    for t in (1.45e-6, -1.45e-6):
        assert abs(checks.not_parallel(e, np.array([np.cos(t), np.sin(t)]))) < 1 - 1e-12
    for t, sign in ((1.38e-6, 1), (0.0, 1), (0.0, -1)):
        with pytest.raises(ValueError, match=r"must not be parallel; got cosine -?(1|0\.99999)"):
            checks.not_parallel(e, sign * np.array([np.cos(t), np.sin(t)]))


NET = xor.network()
RUNS = ls.train(NET, np.stack([xor.offset_start(0.1)] * 3), ls.SGD(0.1), 2)
ONE = ls.train(NET, xor.offset_start(0.1), ls.SGD(0.1), 2, dtype="float32")
WEIGHTS = [np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1)]
OF_ONE_POINT = {
    "line": lambda theta: ls.evaluate_line(NET, theta, np.ones(9), [0.0, 1.0]).loss,
    "plane": lambda theta: ls.random_plane(NET, theta, rng=np.random.default_rng(0)).origin,
    "report": lambda theta: ls.describe(NET, theta).loss,
    "cones": lambda theta: ls.one_sided_hessians(NET, theta)[0].hessian,
}


@pytest.mark.parametrize("function", OF_ONE_POINT)
def test_the_end_of_one_run_is_a_point_as_it_is(function):
    call = OF_ONE_POINT[function]
    expected = call(ONE.theta[0, -1].astype(np.float64))
    for end in (ONE.theta[0, -1], ONE.theta[:, -1], ONE.end):
        np.testing.assert_array_equal(call(end), expected)


NOT_A_POINT = [
    (
        RUNS.end,
        ValueError,
        "must have shape (9,); got shape (3, 9), choose one of these 3 points by an index such as [-1]",
    ),
    (
        RUNS.theta,
        ValueError,
        "must have shape (9,); got shape (3, 3, 9), choose one of these 9 points by an index such as [-1, -1]",
    ),
    (RUNS, TypeError, "must hold real numbers; got Trajectories, pass an array of it: theta, loss or step"),
    (
        WEIGHTS,
        ValueError,
        "must be a rectangular array of numbers; got 4 arrays of different shapes, join them: "
        "numpy.concatenate([w.ravel() for w in weights])",
    ),
]


@pytest.mark.parametrize("function", OF_ONE_POINT)
@pytest.mark.parametrize(("value", "error", "message"), NOT_A_POINT, ids=["ends", "paths", "runs", "weights"])
def test_what_is_no_point_is_named_with_the_way_out(function, value, error, message):
    with pytest.raises(error) as caught:
        OF_ONE_POINT[function](value)
    assert str(caught.value).partition(" ")[2] == message


def test_the_weights_of_a_model_joined_as_the_message_says_are_a_point():
    joined = np.concatenate([w.ravel() for w in WEIGHTS])
    assert ls.evaluate_line(NET, joined, np.ones(9), [0.0]).loss.tolist() == [float(NET.loss(joined))]


RNG = np.random.default_rng(0)
OTHER_NAMES = [
    (lambda: ls.Adam(lr=0.1), "Adam has no argument 'lr'; use learning_rate"),
    (lambda: ls.SGD(lr=0.1), "SGD has no argument 'lr'; use learning_rate"),
    (lambda: ls.RMSprop(step_size=0.1), "RMSprop has no argument 'step_size'; use learning_rate"),
    (lambda: ls.RMSprop(alpha=0.9), "RMSprop has no argument 'alpha'; use rho"),
    (lambda: ls.Adam(betas=(0.9, 0.99)), "Adam has no argument 'betas'; use beta_1 and beta_2"),
    (lambda: ls.Adam(beta2=0.99), "Adam has no argument 'beta2'; use beta_2"),
    (lambda: ls.Adam(eps=1e-8), "Adam has no argument 'eps'; use epsilon"),
    (lambda: ls.SGD(momentun=0.9), "SGD has no argument 'momentun'; use momentum"),
    (lambda: ls.SGD(nesterov=True), "SGD has no argument 'nesterov'; its arguments are learning_rate, momentum"),
    (lambda: ls.train(NET, xor.TEXTBOOK, ls.SGD(), n_steps=3), "train has no argument 'n_steps'; use steps"),
    (lambda: ls.train(NET, xor.TEXTBOOK, ls.SGD(), epochs=3), "train has no argument 'epochs'; use steps"),
    (lambda: ls.train(NET, x0=xor.TEXTBOOK), "train has no argument 'x0'; use starts"),
    (lambda: ls.outcomes(model=NET), "outcomes has no argument 'model'; use net"),
    (
        lambda: ls.random_direction(NET, seed=0),
        "random_direction has no argument 'seed'; use rng=numpy.random.default_rng(seed)",
    ),
    (
        lambda: ls.random_plane(NET, xor.TEXTBOOK, random_state=0),
        "random_plane has no argument 'random_state'; use rng=numpy.random.default_rng(seed)",
    ),
    (lambda: ls.random_plane(NET, x0=xor.TEXTBOOK), "random_plane has no argument 'x0'; use origin"),
    (lambda: ls.try_remedies([], 2, 3, rng=RNG), "try_remedies has no argument 'rng'; use seed"),
    (lambda: ls.glorot_starts(NET, n=5), "glorot_starts has no argument 'n'; use count"),
    (lambda: ls.perturbed_starts(xor.TEXTBOOK, std=1), "perturbed_starts has no argument 'std'; use sigma"),
    (lambda: ls.evaluate_plane(NET, None, xs=[0]), "evaluate_plane has no argument 'xs'; use alpha"),
    (lambda: ls.evaluate_plane(NET, None, [0], [0], n_jobs=2), "evaluate_plane has no argument 'n_jobs'; use executor"),
    (lambda: ls.Plane(center=xor.TEXTBOOK), "Plane has no argument 'center'; use origin"),
]


@pytest.mark.parametrize(("call", "message"), OTHER_NAMES, ids=[message for _, message in OTHER_NAMES])
def test_the_usual_names_of_arguments_lead_to_ours(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message


def test_a_function_with_named_arguments_is_otherwise_as_it_was():
    assert pickle.loads(pickle.dumps(ls.train)) is ls.train
    assert dataclasses.replace(ls.Adam(0.1), beta_1=0.5) == ls.Adam(0.1, 0.5)
    assert pickle.loads(pickle.dumps(ls.Adam(0.1))) == ls.Adam(0.1)
