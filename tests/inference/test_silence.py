"""Silence is evidence: quiet steps must move a hazard and a red line exactly as probability theory says."""

import numpy as np
import pytest
from scipy.stats import lognorm

from detente.inference.density import model_of
from detente.inference.fit import fit_model
from detente.language.priors import Prior
from detente.settings import SMCSettings
from tests.engine.games import event, scenario, stock

STANDARD_ERRORS = 4  # false alarm about 6e-5 for a normal error; seeds are fixed on top


def fit(built, seed=3):
    """Posterior draws of a scenario."""
    return fit_model(built, model_of(built), seed=seed, settings=SMCSettings())


def check(estimate, exact):
    assert abs(estimate.value - exact) < STANDARD_ERRORS * estimate.error, (estimate, exact)


@pytest.mark.parametrize("quiet", [1, 10, 60])
def test_constant_hazard(quiet):
    """Uniform prior, n quiet steps: posterior Beta(1, n + 1), evidence 1 / (n + 1)."""
    built = scenario(
        record=quiet,
        steps=quiet + 1,
        parameters={"hazard": Prior("uniform", (0.0, 1.0))},
        events=[event("shot", "hazard")],
    )
    made = fit(built)
    draws = made.posterior(2048)
    check(draws.mean(draws.values[0]), 1 / (quiet + 2))
    evidence = made.log_evidence["model"]
    assert abs(evidence + np.log(quiet + 1)) < STANDARD_ERRORS * made.log_evidence_error["model"] + 1e-3


def test_unknown_threshold():
    """Pressure rises to 12 and nothing happens: the prior of the red line, cut off below 12."""
    built = scenario(
        record=12,
        steps=13,
        parameters={"redline": Prior("lognormal", (2.5, 0.6))},
        stocks=[stock("pressure", 1, flow="1")],
        events=[event("answer", "where(pressure > redline, 1, 0)", once=True)],
    )
    made = fit(built)
    draws = made.posterior(2048)
    assert draws.values.min() >= 12
    prior = lognorm(0.6, scale=np.exp(2.5))
    check(draws.mean(draws.values[0]), prior.expect(lambda x: x, lb=12, conditional=True))
    assert abs(made.log_evidence["model"] - prior.logsf(12)) < 4 * made.log_evidence_error["model"] + 1e-3


def test_the_check_has_power():
    """Dropping one quiet step of three must be noticed."""
    built = scenario(
        record=3, steps=4, parameters={"hazard": Prior("uniform", (0.0, 1.0))}, events=[event("shot", "hazard")]
    )
    draws = fit(built).posterior(2048)
    with pytest.raises(AssertionError):
        check(draws.mean(draws.values[0]), 1 / (2 + 2))
