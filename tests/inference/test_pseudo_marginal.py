"""Particles whose likelihood is only estimated, against the closed form: the estimate's luck averages out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from detente.inference.transforms import quantile_table
from jax.scipy.stats import norm as density
from scipy.stats import norm

from detente.analysis.diagnosis import problems
from detente.inference import pseudo_marginal, smc
from detente.inference.fit import Fit
from detente.scenario.priors import Prior
from detente.settings import SMCSettings

STANDARD_ERRORS = 4  # false alarm 5e-3 at most (t, 7 degrees); the seed is fixed on top
SEEN, NOISE_SD = 1.0, 0.5
LUCK_SD = 1.5  # of the estimate's logarithm
SETTINGS = pseudo_marginal.settings_for(SMCSettings(particles=512))


def estimate(values, record, key):
    """An unbiased, lognormal estimate of the likelihood of one measurement; the record is not read."""
    luck = LUCK_SD * jax.random.normal(key) - LUCK_SD**2 / 2
    return jnp.asarray(density.logpdf(SEEN, values[0], NOISE_SD) + luck, jnp.float64)


@pytest.fixture(scope="module")
def made() -> Fit:
    move, table = pseudo_marginal.build_move(estimate, SETTINGS), quantile_table([Prior("normal", (0.0, 1.0))])
    particles = smc.run(move, table, (), 1, SETTINGS)
    return Fit(("level",), {"model": table}, {"model": 1.0}, {"model": particles}, SETTINGS)


def test_evidence(made):
    """A start that had picked among several estimates would overstate it: by 0.75 here."""
    error = made.log_evidence_error["model"]
    assert 0 < error < 0.15, "too few particles to tell anything"
    assert abs(made.log_evidence["model"] - norm.logpdf(SEEN, 0, np.hypot(1, NOISE_SD))) < STANDARD_ERRORS * error


def test_posterior(made):
    draws = made.posterior(8 * 512)
    for values, exact in ((draws.values[0], 0.8), ((draws.values[0] - 0.8) ** 2, 0.2)):
        found = draws.mean(values)
        assert 0 < found.error < 0.05
        assert abs(found.value - exact) < STANDARD_ERRORS * found.error


def test_acceptance_is_judged_by_what_a_random_walk_aims_at(made):
    assert made.particles["model"].acceptance[-1] < 0.5
    assert problems(made) == []
