"""The particle filter: unbiased against the exact Kalman likelihood, and against exact sums where Kalman's is not."""

import numpy as np
import pytest
from scipy.stats import norm

from detente.engine.noise.particle_filter import systematic
from detente.inference.density import model_of
from detente.language.priors import Prior
from tests.engine.games import event, measured, move, scenario, stock, track
from tests.engine.noise.test_latent import coupled

ESTIMATES = 512
FALSE_ALARM_SD = 5  # a correct build fails one time in two million


def ratios(built, values, exact, particles=256):
    """Estimated likelihood over the exact one, many times."""
    model = model_of(built, noise="particles", particles=particles)
    many = np.repeat(np.array(values, float).reshape(-1, 1), ESTIMATES, axis=1)
    return np.exp(model.estimate(many, model.record, np.random.default_rng(0)) - exact)


def check(found):
    """The mean is one, within its error; and the error is small enough to mean something."""
    error = found.std() / np.sqrt(ESTIMATES)
    assert error < 0.02
    assert abs(found.mean() - 1) < FALSE_ALARM_SD * error


def test_linear_gaussian_stocks_against_kalman():
    built, _ = coupled()
    exact = model_of(built)
    assert not exact.latent.approximate
    check(ratios(built, [], exact.likelihood(precise=True).of(np.zeros((0, 1)))[0]))


def test_choices_and_events_that_read_the_noise():
    """One step of noise, then a choice and an event that read it: the integral by quadrature."""
    built = scenario(
        record=2,
        parameters={"a": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", 0, noise="1", series=[measured("poisson", None)])],
        tracks=[track("A.t", move("m", "a * x - 1"))],
        events=[event("e", "logistic(x - 2)")],
        ledger=[(1, "A.t", "m")],
    )
    x, step = np.linspace(-9, 9, 40_001, retstep=True)
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    first = (1 - sigmoid(-1.0)) * (1 - sigmoid(-2.0))
    second = (norm.pdf(x) * sigmoid(0.7 * x - 1) * (1 - sigmoid(x - 2))).sum() * step
    exact = np.log(first * second)
    check(ratios(built, [0.7], exact))
    ignoring = model_of(built)
    assert ignoring.likelihood(precise=True).of(np.array([[0.7]]))[0] != pytest.approx(exact, abs=0.03)


def test_counts_of_a_noisy_level():
    built = scenario(record=1, stocks=[stock("x", 5, low=0, noise="1", series=[measured("poisson", None, (1, 9))])])
    x, step = np.linspace(-1, 11, 40_001, retstep=True)
    rate = np.maximum(x, 1e-300)
    mass = norm.pdf(x, 5, 1) * np.exp(9 * np.log(rate) - rate - np.log(362880.0)) * (x > 0)
    check(ratios(built, [], np.log(mass.sum() * step)))


def test_systematic_choice_is_even_and_right_on_average():
    """Each particle is chosen as often as its share of the weight says, but for less than one time."""
    rng = np.random.default_rng(3)
    weight = rng.dirichlet(np.full(40, 0.3), 2000)
    chosen = systematic(weight, rng.random(2000))
    times = np.array([np.bincount(row, minlength=40) for row in chosen])
    assert (times.sum(1) == 40).all()
    assert np.abs(times - 40 * weight).max() < 1
    assert np.abs((times - 40 * weight).mean(0)).max() < 5 * 0.5 / np.sqrt(2000)  # an error of one is at most 0.5


def test_every_parameter_vector_has_its_own_estimate():
    """Many at once: the likelihoods of a constant level that is measured twice, without noise that could blur them."""
    series = measured("normal", "0.5", (0, 0.2), (2, 0.4))
    built = scenario(record=2, parameters={"a": Prior("normal", (0.0, 1.0))}, stocks=[stock("x", "a", series=[series])])
    model = model_of(built, noise="particles", particles=64)
    values = np.random.default_rng(1).normal(size=(1, 1500))  # more than are carried together
    found = model.estimate(values, model.record, np.random.default_rng(2))
    want = norm.logpdf(0.2, values[0], 0.5) + norm.logpdf(0.4, values[0], 0.5)
    np.testing.assert_allclose(found, want, rtol=1e-12)
