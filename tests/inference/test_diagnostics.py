"""r-hat, effective sample sizes, and the comparison of two samples: right on known samples, and able to refuse."""

import numpy as np
import pytest

from detente.inference.diagnostics import QUANTILES, Sample, compare, convergence, energy_test

ISLANDS, DRAWS, PARAMETERS = 8, 256, 6


def independent(seed, shift=0.0, scale=1.0):
    """Independent standard normal draws in islands; the first parameter moved."""
    values = np.random.default_rng(seed).standard_normal((ISLANDS, DRAWS, PARAMETERS))
    values[..., 0] = values[..., 0] * scale + shift
    return values


def sample(values):
    weights = np.full(ISLANDS, 1 / ISLANDS)
    return Sample(values, weights, np.full(PARAMETERS, float(ISLANDS * DRAWS)))


def autoregressive(seed, memory):
    """Chains x' = memory x + noise with variance 1: effective size n (1 - memory) / (1 + memory)."""
    rng = np.random.default_rng(seed)
    x = np.zeros((16, 1_000, 1))
    x[:, 0] = rng.standard_normal((16, 1))
    for t in range(1, x.shape[1]):
        x[:, t] = memory * x[:, t - 1] + np.sqrt(1 - memory**2) * rng.standard_normal((16, 1))
    return x


def test_independent_draws():
    found = convergence(independent(1))
    assert found.rhat.max() < 1.01
    assert (np.abs(found.ess_bulk / (ISLANDS * DRAWS) - 1) < 0.15).all()
    assert (found.ess_tail > 0.7 * ISLANDS * DRAWS).all()


def test_autocorrelated_draws_count_for_less():
    memory = 0.8
    found = convergence(autoregressive(1, memory))
    assert found.ess_bulk[0] == pytest.approx(16_000 * (1 - memory) / (1 + memory), rel=0.2)


def test_a_chain_elsewhere_is_seen():
    values = independent(1)
    values[3, :, 0] += 2
    found = convergence(values)
    assert found.rhat[0] > 1.1
    assert found.rhat[1:].max() < 1.01


def test_a_parameter_that_never_moves():
    values = independent(1)
    values[..., 2] = 7.0
    found = convergence(values)
    assert (found.rhat[2], found.ess_bulk[2]) == (1, ISLANDS * DRAWS)


def test_means_and_their_errors():
    """Over 200 samples the standardised error of the mean has a spread of 1; a biased island counts by its weight."""
    scores = []
    for seed in range(200):
        value, error = sample(independent(seed)).means()
        scores.append(value / error)
    assert 0.75 < np.std(scores) < 1.1  # the larger of two errors: a little too careful
    values = independent(1)
    values[0] += 10
    weights = np.r_[0.0, np.full(ISLANDS - 1, 1 / (ISLANDS - 1))]
    assert np.abs(Sample(values, weights, np.full(PARAMETERS, 1e3)).means()[0]).max() < 0.15


def test_two_samples_of_one_posterior_agree():
    found = compare(sample(independent(1)), sample(independent(2)), seed=1)
    assert (np.abs(found.mean) < 4 * found.mean_error).all()
    assert np.abs(found.mean).max() < 0.15
    assert found.quantile.shape == (PARAMETERS, len(QUANTILES))
    assert np.abs(found.quantile).max() < 0.25
    assert found.energy_p > 0.01


def test_a_shifted_mean_is_found():
    found = compare(sample(independent(1, shift=0.4)), sample(independent(2)), seed=1)
    assert int(np.abs(found.mean).argmax()) == 0
    assert found.mean[0] == pytest.approx(0.4, abs=4 * found.mean_error[0])
    assert abs(found.mean[0]) > 4 * found.mean_error[0]


def test_a_narrower_spread_is_found_by_its_quantiles():
    found = compare(sample(independent(1, scale=0.5)), sample(independent(2)), seed=1)
    assert abs(found.mean[0]) < 4 * found.mean_error[0]
    assert np.abs(found.quantile[0, [0, 2]]).min() > 0.5


def test_energy_distance_of_a_shift():
    """In one dimension the squared distance is 2 x the integral of (F - G)^2: for a shift by 1 of N(0, 1)."""
    rng = np.random.default_rng(1)
    one, other = rng.standard_normal((2, 64, 32, 1))
    found, _ = energy_test(one + 1.0, other, seed=1)
    from scipy.stats import norm

    x = np.linspace(-8, 9, 100_001)
    exact = 2 * np.trapezoid((norm.cdf(x - 1) - norm.cdf(x)) ** 2, x)
    assert found == pytest.approx(exact, rel=0.1)


def test_the_energy_test_keeps_its_level_and_has_power():
    """At 5 % it refuses 5 % of 200 equal pairs (4 binomial errors), and every pair half a sd apart in one of six."""
    level = [energy_test(independent(2 * s), independent(2 * s + 1), seed=s)[1] for s in range(200)]
    assert np.mean(np.array(level) < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)
    power = [energy_test(independent(2 * s, shift=0.5), independent(2 * s + 1), seed=s)[1] for s in range(20)]
    assert max(power) < 0.05
