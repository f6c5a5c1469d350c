"""Fits of whole scenarios: hypotheses weighed by evidence, what nothing explains, and likelihoods only estimated."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from detente.analysis.diagnosis import problems
from detente.inference.density import model_of
from detente.inference.fit import Fit, fit_model
from detente.inference.quantiles import Quantiles
from detente.inference.smc import Particles
from detente.language.priors import Prior
from detente.settings import SMCSettings
from tests.engine.games import measured, scenario, stock
from tests.inference.targets import conjugate, excess, limit, z_scores

SEEN, PRIOR_SD = 3.0, 2.0


def level(error=1.0, noise=None, **hypotheses):
    """One unknown level, N(0, 2) where a hypothesis does not say otherwise, measured once as 3 with some error."""
    return scenario(
        record=1,
        steps=2,
        parameters={"level": Prior("normal", (0.0, PRIOR_SD))},
        stocks=[stock("x", "level", noise=noise, series=[measured("normal", str(error), (1, SEEN))])],
        hypotheses={name: ({"level": prior} if prior else {}) for name, prior in hypotheses.items()} or None,
    )


EXACT = {
    "wide": norm.logpdf(SEEN, 0, np.hypot(PRIOR_SD, 1)),
    "sharp": norm.logpdf(SEEN, 2, np.hypot(0.5, 1)),
    "point": norm.logpdf(SEEN, 1, 1),
}


@pytest.fixture(scope="module")
def three() -> Fit:
    """A wide account, a sharp one, and one that fixes the level."""
    built = level(wide=None, sharp=Prior("normal", (2.0, 0.5)), point=Prior("fixed", (1.0,)))
    return fit_model(built, model_of(built), seed=5, settings=SMCSettings())


def errors_of_weights(made: Fit) -> np.ndarray:
    """Of the hypotheses, against the closed forms, over the errors that the draws state."""
    evidences = np.exp(list(EXACT.values()))
    draws = made.posterior(3 * 512)
    found = [draws.mean((draws.hypothesis == number).astype(float)) for number in range(3)]
    assert [e.value for e in found] == pytest.approx(list(made.weights.values()), abs=1e-12)
    return np.array([(e.value - w) / e.error for e, w in zip(found, evidences / evidences.sum(), strict=True)])


def test_bayes_factors(three):
    """Evidences and weights of three hypotheses by the Gaussian closed forms."""
    for name, exact in EXACT.items():
        error = three.log_evidence_error[name]
        assert error < 0.1, "too few particles to tell anything"
        rounding = 1e-6  # all the error that a fixed level has
        assert abs(three.log_evidence[name] - exact) < limit(6) * error + rounding, name
    assert np.abs(errors_of_weights(three)).max() < limit(6)
    assert (three.values("point") == 1).all()


def test_a_bayes_factor_off_by_half_is_caught(three):
    """Planted: the evidence of one hypothesis half as much again."""
    sharp = three.particles["sharp"]
    wrong = sharp._replace(increments=sharp.increments + np.log(1.5) / len(sharp.increments))
    assert np.abs(errors_of_weights(replace(three, particles=three.particles | {"sharp": wrong}))).max() > limit(6)


def test_prior_weights_multiply_the_evidence():
    z = np.zeros((2, 3, 1))
    level = Particles(
        z=z,
        log_likelihood=z[..., 0],
        increments=np.zeros((4, 2)),
        mixed=np.zeros(4, bool),
        possible=6,
        temperatures=np.ones(4),
        acceptance=np.ones(4),
        reached=True,
    )
    twice = level._replace(increments=np.full((4, 2), np.log(2) / 4))
    priors = {h: Quantiles([Prior("normal", (0.0, 1.0))]) for h in "ab"}
    made = Fit(("p",), priors, {"a": 0.75, "b": 0.25}, {"a": level, "b": level}, SMCSettings(islands=2, particles=3))
    assert made.weights == pytest.approx({"a": 0.75, "b": 0.25})
    assert replace(made, particles={"a": level, "b": twice}).weights == pytest.approx({"a": 0.6, "b": 0.4})


def test_a_record_that_nothing_explains_is_named():
    built = scenario(
        record=1,
        steps=2,
        parameters={"level": Prior("normal", (0.0, 1.0))},
        stocks=[stock("x", "level", low=0, series=[measured("lognormal", "1", (1, 5.0))])],
        hypotheses={"alive": {}, "dead": {"level": Prior("fixed", (-1.0,))}},
    )
    made = fit_model(built, model_of(built), seed=5, settings=SMCSettings())
    assert made.impossible() == ["dead"]
    assert made.weights["dead"] == 0


@pytest.fixture(scope="module")
def estimated() -> Fit:
    """A noisy level, N(3, 1.5) about what it began with, whose likelihood four particles of a filter estimate."""
    built = level(0.3, noise="1.5")
    model = model_of(built, noise="particles", particles=4)
    return fit_model(built, model, seed=1, settings=SMCSettings(particles=128))


def test_an_estimated_likelihood(estimated):
    """Noise of the level and of its measurement add up, and the noise of the estimates averages out."""
    scores = z_scores(estimated.particles["model"], conjugate(SEEN, np.hypot(1.5, 0.3), 0.0, PRIOR_SD))
    assert excess(scores) < 1


def test_acceptance_is_judged_by_what_a_random_walk_aims_at(estimated):
    assert estimated.particles["model"].acceptance[-1] < 0.5
    assert problems(estimated) == []
    (text,) = problems(replace(estimated, settings=SMCSettings(particles=128)))
    assert "of the final moves were accepted" in text, "a trajectory aims at more"
