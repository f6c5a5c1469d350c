"""Bridge sampling against closed forms, and two small scenarios by NUTS and by SMC."""

from importlib.util import find_spec

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import multivariate_normal, norm

from detente.inference.bridge import bridge
from detente.inference.density import model_of
from detente.inference.fit import fit_model
from detente.inference.fit_chains import fit_chains
from detente.language.priors import Prior
from detente.settings import NUTSSettings, SMCSettings
from tests.engine.games import event, measured, scenario, stock

STANDARD_ERRORS = 4  # false alarm 6e-5 each (normal); seeds are fixed on top
DIMENSION, NOISE = 5, 0.7
SEEN = np.linspace(-1, 2, DIMENSION)
EXACT = multivariate_normal.logpdf(SEEN, np.zeros(DIMENSION), (1 + NOISE**2) * np.eye(DIMENSION))


def likelihood(z):
    """z measured with an error of `NOISE`."""
    return norm.logpdf(SEEN, z, NOISE).sum(-1)


def posterior(seed=1, chains=16, draws=100):
    """Exact draws of the conjugate posterior, shape (chain, draw, parameter)."""
    variance = 1 / (1 + 1 / NOISE**2)
    noise = np.random.default_rng(seed).standard_normal((chains, draws, DIMENSION))
    return SEEN * variance / NOISE**2 + np.sqrt(variance) * noise


def test_conjugate_normal():
    z = posterior()
    found = bridge(z, likelihood(z), likelihood, groups=8, seed=1)
    assert 0 < found.error < 0.02
    assert abs(found.log_evidence - EXACT) < STANDARD_ERRORS * found.error
    assert found.by_group.shape == (8,)
    assert abs(found.by_group.mean() - EXACT) < 0.05


def test_the_error_is_the_spread_over_seeds():
    """Over 40 seeds the stated error agrees with the scatter: a ratio of 1 within 4 / sqrt(2 x 39)."""
    found = []
    for seed in range(40):
        z = posterior(seed, draws=50)
        found.append(bridge(z, likelihood(z), likelihood, groups=8, seed=seed))
    scatter = np.std([b.log_evidence for b in found], ddof=1)
    assert abs(np.mean([b.error for b in found]) / scatter - 1) < STANDARD_ERRORS / np.sqrt(2 * 39)


def test_a_likelihood_off_by_a_constant_is_noticed():
    z = posterior()
    found = bridge(z, likelihood(z) + 0.1, lambda x: likelihood(x) + 0.1, groups=8, seed=1)
    assert abs(found.log_evidence - EXACT) > STANDARD_ERRORS * found.error


def test_half_of_the_space_forbidden():
    """z[0] > 0.5 is what the record allows: the prior's mass there, times the rest."""
    from detente.engine.noise.observe import IMPOSSIBLE

    z = posterior(draws=3_000)
    keep = z[z[..., 0] > -0.5][: 16 * 100].reshape(16, 100, DIMENSION)

    def walled(x):
        return np.where(x[..., 0] > -0.5, likelihood(x), IMPOSSIBLE)

    found = bridge(keep, walled(keep), walled, groups=8, seed=1)
    variance = 1 / (1 + 1 / NOISE**2)
    mass = norm.logsf(-0.5, SEEN[0] * variance / NOISE**2, np.sqrt(variance))
    assert abs(found.log_evidence - (EXACT + mass)) < STANDARD_ERRORS * found.error


@pytest.mark.parametrize("groups", [3, 5, 32])
def test_groups_that_do_not_divide(groups):
    z = posterior()
    with pytest.raises(ValueError, match=f"got {groups} groups, 16 chains"):
        bridge(z, likelihood(z), likelihood, groups=groups, seed=1)


def measured_level():
    """A level N(0, 2) measured as 3 with an error of 1; and a sharper account of it."""
    built = scenario(
        record=1,
        steps=2,
        parameters={"level": Prior("normal", (0.0, 2.0))},
        stocks=[stock("x", "level", series=[measured("normal", "1", (1, 3.0))])],
        hypotheses={"wide": {}, "sharp": {"level": Prior("normal", (2.0, 0.5))}},
    )
    return built, {"wide": norm.logpdf(3, 0, 5**0.5), "sharp": norm.logpdf(3, 2, 1.25**0.5)}


def quiet_and_shots():
    """Chance per step ~ Beta(2, 3); 2 shots in 9 steps, as given: evidence by Beta functions."""
    built = scenario(
        record=9,
        steps=10,
        parameters={"chance": Prior("beta", (2.0, 3.0))},
        events=[event("shot", "chance")],
        hypotheses={"model": {}, "sure": {"chance": Prior("fixed", (0.25,))}},
        ledger=[(2, "event", "shot"), (5, "event", "shot")],
    )
    sure = 2 * np.log(0.25) + 7 * np.log(0.75)
    return built, {"model": betaln(2 + 2, 3 + 7) - betaln(2, 3), "sure": sure}


@pytest.mark.skipif(find_spec("numpyro") is None, reason="the extra `jax` is not installed")
@pytest.mark.parametrize("made", [measured_level, quiet_and_shots])
def test_two_ways_to_the_evidence(made):
    """Tempering and bridge, both against the closed form."""
    built, exact = made()
    model = model_of(built)
    by_chains = fit_chains(built, model, seed=1, settings=NUTSSettings(chains=16, draws=100))
    by_tempering = fit_model(built, model, seed=1, settings=SMCSettings())
    for h, value in exact.items():
        found = by_chains.bridges[h]
        assert found.error < 0.05
        assert abs(found.log_evidence - value) < STANDARD_ERRORS * found.error + 1e-5, h
        error = by_tempering.log_evidence_error[h]
        assert abs(by_tempering.log_evidence[h] - value) < STANDARD_ERRORS * error + 1e-5, h
    weights = np.exp(list(exact.values()))
    for h, weight in zip(exact, weights / weights.sum(), strict=True):
        assert by_chains.fit.weights[h] == pytest.approx(weight, abs=0.02)
