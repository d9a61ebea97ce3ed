"""Adam, SGD and RMSprop, one step at a time."""

from fractions import Fraction

import numpy as np
import pytest

import landscape as ls

GRADIENT = np.array([3.0, -1e-3, 1e-9, 0.0])


def one_step(optimizer, gradient=GRADIENT, steps=1):
    theta = np.zeros_like(gradient)
    state = [np.zeros_like(gradient) for _ in range(optimizer.slots)]
    for rate in optimizer.rates(steps, theta.dtype):
        optimizer.update(theta, gradient, state, rate)
    return theta


def test_the_first_adam_step_is_about_the_learning_rate_whatever_the_gradient():
    adam = ls.Adam(1e-3)
    expected = -1e-3 * GRADIENT / (np.abs(GRADIENT) + adam.epsilon / np.sqrt(1 - adam.beta_2))
    np.testing.assert_allclose(one_step(adam), expected, rtol=1e-5)
    # beta_2 is rounded to float32 in the bias correction: 1 - beta_2 is off by 1e-8 of 1e-3
    assert np.abs(one_step(adam)[0] / expected[0] - 1) > 1e-6


def test_adam_rates_round_the_betas_through_float32_in_the_powers_only():
    b1, b2 = (Fraction(float(np.float32(b))) for b in (0.9, 0.999))
    rates = ls.Adam(1e-2).rates(3, np.float64)
    for t in (1, 2, 3):
        exact = 1e-2 * np.sqrt(float(1 - b2**t)) / float(1 - b1**t)
        assert rates[t - 1] == pytest.approx(exact, rel=4e-16)
    assert np.array_equal(ls.Adam(1e-2).rates(2000, np.float64)[:3], rates)


def test_float32_rates_are_computed_in_float32():
    single, double = (ls.Adam().rates(500, kind) for kind in (np.float32, np.float64))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-4)
    assert np.any(single != double.astype(np.float32))  # not merely rounded at the end
    beta = np.float32(0.999)
    by_hand = np.float32(1e-3) * np.sqrt(1 - beta ** np.float32(7)) / (1 - np.float32(0.9) ** np.float32(7))
    assert single[6] == by_hand


def test_sgd_without_momentum_goes_down_the_gradient():
    np.testing.assert_array_equal(one_step(ls.SGD(0.5)), -0.5 * GRADIENT)


def test_sgd_with_momentum_gathers_speed():
    # m_1 = -g/2, m_2 = m_1/2 - g/2: theta_2 = -(1/2 + 3/4) g
    np.testing.assert_array_equal(one_step(ls.SGD(0.5, momentum=0.5), steps=2), -1.25 * GRADIENT)


def test_keras_rounds_the_momentum_to_float32():
    rounded = float(np.float32(0.9))
    expected = -(1.0 + (1.0 + rounded))
    assert one_step(ls.SGD(1.0, momentum=0.9), np.array([1.0]), steps=2)[0] == expected


def test_rmsprop_divides_by_the_root_mean_square():
    expected = -0.1 * GRADIENT / np.sqrt(0.5 * GRADIENT**2 + 1e-7)
    np.testing.assert_allclose(one_step(ls.RMSprop(0.1, rho=0.5)), expected, rtol=1e-15)
    twice = one_step(ls.RMSprop(0.1, rho=0.5, momentum=0.5), np.array([1.0]), steps=2)
    first, second = (0.1 / np.sqrt(v + 1e-7) for v in (0.5, 0.75))
    assert twice[0] == pytest.approx(-(first + 0.5 * first + second), rel=1e-15)


def test_cosine_decay_falls_from_the_learning_rate_to_zero_and_stays_there():
    rates = ls.CosineDecay(ls.SGD(0.5), 4).rates(7)
    np.testing.assert_allclose(rates, 0.25 * (1 + np.cos(np.pi * np.array([0, 1, 2, 3, 4, 4, 4]) / 4)), atol=1e-16)
    assert (rates[0], rates[2]) == (0.5, pytest.approx(0.25))
    assert rates[4:].tolist() == [0.0, 0.0, 0.0]


def test_cosine_decay_leaves_the_rest_to_its_optimizer():
    plain, decayed = ls.Adam(0.01), ls.CosineDecay(ls.Adam(0.01), 10**9)
    assert decayed.slots == plain.slots
    np.testing.assert_allclose(one_step(decayed, steps=5), one_step(plain, steps=5), rtol=1e-12)
    assert decayed.describe() == f"{plain.describe()}, cosine decay over 1000000000 steps"


@pytest.mark.parametrize(
    "optimizer", [ls.Adam(), ls.SGD(momentum=0.9), ls.RMSprop(momentum=0.1), ls.CosineDecay(ls.Adam(), 3)]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_steps_stay_in_the_data_type(optimizer, dtype):
    theta = one_step(optimizer, GRADIENT.astype(dtype))
    assert theta.dtype == dtype
    assert optimizer.rates(5, dtype).dtype == dtype
    assert optimizer.rates(0, dtype).shape == (0,)


def test_descriptions_name_method_and_settings():
    assert ls.Adam(0.01).describe() == "Adam, lr 0.01, betas 0.9, 0.999, epsilon 1e-07"
    assert ls.SGD(0.1, momentum=0.5).describe() == "SGD, lr 0.1, momentum 0.5"
    assert ls.RMSprop().describe() == "RMSprop, lr 0.001, rho 0.9, momentum 0.0, epsilon 1e-07"


BAD = [
    (ls.Adam, {"learning_rate": 0.0}, "learning_rate must be above 0 and finite; got 0.0"),
    (ls.Adam, {"learning_rate": float("nan")}, "learning_rate must be above 0 and finite; got nan"),
    (ls.Adam, {"beta_1": 1.0}, "beta_1 must be at least 0 and below 1; got 1.0"),
    (ls.Adam, {"beta_2": -0.1}, "beta_2 must be at least 0 and below 1; got -0.1"),
    (ls.Adam, {"epsilon": float("inf")}, "epsilon must be above 0 and finite; got inf"),
    (ls.SGD, {"learning_rate": -1.0}, "learning_rate must be above 0 and finite; got -1.0"),
    (ls.SGD, {"momentum": 1.5}, "momentum must be at least 0 and below 1; got 1.5"),
    (ls.RMSprop, {"rho": 1.0}, "rho must be at least 0 and below 1; got 1.0"),
    (ls.RMSprop, {"epsilon": 0.0}, "epsilon must be above 0 and finite; got 0.0"),
]


@pytest.mark.parametrize(("kind", "settings", "message"), BAD)
def test_impossible_settings_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match="^" + message + "$"):
        kind(**settings)


def test_settings_must_be_numbers():
    with pytest.raises(TypeError, match="learning_rate must be a number; got 'fast'"):
        ls.Adam("fast")


def test_cosine_decay_needs_an_optimizer_and_steps():
    with pytest.raises(TypeError, match="optimizer must be Adam, SGD or RMSprop; got 'adam'"):
        ls.CosineDecay("adam", 10)
    with pytest.raises(ValueError, match="steps must be at least 1; got 0"):
        ls.CosineDecay(ls.Adam(), 0)
