"""Particles under changed priors, against closed forms and against fits from scratch."""

import numpy as np
import pytest

from detente.inference import smc
from detente.inference.changed_priors import SCORES, under_new_priors
from detente.inference.quantiles import Quantiles
from detente.language.priors import FAMILIES, Prior
from detente.settings import SMCSettings
from tests.inference.targets import conjugate, evidence, excess, z_scores

SEEN, NOISE = np.array([1.0, -0.5, 2.0]), np.array([0.5, 1.0, 2.0])
OLD = conjugate(SEEN, NOISE, 0.0, 1.0)
PRIORS = {
    "normal": (0.5, 2.0),
    "lognormal": (1.0, 1.0),
    "halfnormal": (2.0,),
    "truncnormal": (0.0, 1.0, -0.5, 2.0),
    "uniform": (-1.0, 3.0),
    "loguniform": (0.01, 10.0),
    "beta": (2.0, 8.0),
    "gamma": (2.0, 40.0),
    "exponential": (0.5,),
}


@pytest.fixture(scope="module")
def at_hand():
    return smc.run(OLD.log_likelihood, Quantiles(OLD.priors), 1, SMCSettings())


def change(at_hand, mean, sd, seed=1):
    """The three parameters under other normal priors; and how often the likelihood was evaluated."""
    new, count = conjugate(SEEN, NOISE, mean, sd), []

    def counted(values):
        count.append(len(values))
        return OLD.log_likelihood(values)

    found = under_new_priors(at_hand, Quantiles(OLD.priors), Quantiles(new.priors), counted, seed, SMCSettings())
    return found, new, sum(count)


def test_nothing_changed(at_hand):
    found, _, evaluated = change(at_hand, 0.0, 1.0)
    assert (found.how, evaluated) == ("kept", 0)
    assert found.particles is at_hand


@pytest.mark.parametrize(("mean", "sd"), [([0.3, 0.0, 0.0], 1.0), ([0.2, -0.2, 0.1], [1.0, 0.9, 0.9])])
def test_a_small_change_is_a_reweighting(at_hand, mean, sd):
    """No likelihood is evaluated; mean, variance and evidence within their stated errors of the closed form."""
    found, new, evaluated = change(at_hand, mean, sd)
    assert (found.how, evaluated) == ("re-weighted", 0)
    assert found.k <= 0.7
    assert excess(z_scores(found.particles, new)) < 1
    assert abs(evidence(found.particles).log() - evidence(at_hand).log()) > 0.01


@pytest.mark.parametrize(
    ("mean", "sd"), [([4.0, 0.0, 0.0], [0.2, 1.0, 1.0]), (0.0, 3.0), ([-3.0, 3.0, 5.0], [0.5, 0.3, 0.4])]
)
def test_a_large_change_is_bridged(at_hand, mean, sd):
    found, new, evaluated = change(at_hand, mean, sd)
    assert found.how == "bridged"
    assert excess(z_scores(found.particles, new)) < 1
    exact = new.log_likelihood(Quantiles(new.priors).values(found.particles.z).reshape(-1, 3))[0]
    np.testing.assert_allclose(found.particles.log_likelihood.ravel(), exact, rtol=1e-9)
    assert evaluated < 100_000


def test_the_bridge_without_a_gradient(at_hand):
    new = conjugate(SEEN, NOISE, [4.0, 0.0, 0.0], [0.2, 1.0, 1.0])
    found = under_new_priors(
        at_hand,
        Quantiles(OLD.priors),
        Quantiles(new.priors),
        lambda v: (OLD.log_likelihood(v)[0], None),
        1,
        SMCSettings(),
    )
    assert found.how == "bridged"
    assert excess(z_scores(found.particles, new)) < 1


def test_evidence_of_bridges_over_seeds(at_hand):
    """Given the particles at hand, bridges scatter around one value, no more than their islands state; 4 standard
    errors of 12 seeds (false alarm 2e-3: t, 11 degrees) around the closed form but for the common start's own error."""
    found = [change(at_hand, [4.0, 0.0, 0.0], [0.2, 1.0, 1.0], seed) for seed in range(12)]
    logs = np.array([evidence(f.particles).log() for f, _, _ in found])
    start, exact = evidence(at_hand), found[0][1].log_evidence
    assert abs(logs.mean() - exact) < 4 * np.hypot(logs.std(ddof=1) / np.sqrt(12), start.error())
    assert logs.std(ddof=1) < 2 * np.mean([evidence(f.particles).error() for f, _, _ in found])


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (Prior("normal", (0.0, 1.0)), Prior("lognormal", (0.0, 0.3))),
        (Prior("lognormal", (0.0, 0.5)), Prior("gamma", (20.0, 15.0))),
        (Prior("beta", (2.0, 2.0)), Prior("beta", (30.0, 4.0))),
        (Prior("halfnormal", (1.0,)), Prior("exponential", (0.3,))),
        (Prior("truncnormal", (0.5, 1.0, 0.0, 3.0)), Prior("truncnormal", (2.0, 0.2, 0.0, 3.0))),
        (Prior("uniform", (0.0, 2.0)), Prior("uniform", (0.0, 1.3))),
        (Prior("uniform", (0.1, 2.0)), Prior("loguniform", (0.1, 2.0))),
        (Prior("normal", (0.0, 1.0)), Prior("fixed", (0.7,))),
        (Prior("uniform", (0.0, 1.0)), Prior("uniform", (0.0, 2.0))),
    ],
    ids=lambda p: str(p),
)  # how it is got differs: whatever it is, it must agree with a fit from scratch
def test_families_against_a_fit_from_scratch(was, now):
    def log_likelihood(values):
        error = (0.8 - values[:, 0] * (1 + values[:, 1])) / 0.3
        slope = error / 0.3
        return -0.5 * error**2, np.stack([slope * (1 + values[:, 1]), slope * values[:, 0]], 1)

    other = Prior("normal", (0.0, 0.2))
    old, new = Quantiles([was, other]), Quantiles([now, other])
    start = smc.run(log_likelihood, old, 1, SMCSettings())
    found = under_new_priors(start, old, new, log_likelihood, 1, SMCSettings())
    fresh = smc.run(log_likelihood, new, 2, SMCSettings())
    widened = now.family == "fixed" or now.arguments == (0.0, 2.0)
    assert (found.how == "anew") == widened
    error = np.hypot(evidence(found.particles).error(), evidence(fresh).error())
    evidences = (evidence(found.particles).log() - evidence(fresh).log()) / error
    one, two = new.values(found.particles.z), new.values(fresh.z)
    sd = np.maximum(two.std((0, 1)), 1e-9)
    spread = np.sqrt((one.mean(1).var(0, ddof=1) + two.mean(1).var(0, ddof=1)) / 8)
    weights = [evidence(f).island_weights() for f in (found.particles, fresh)]
    gap = weights[0] @ one.mean(1) - weights[1] @ two.mean(1)
    independent = sd * np.sqrt(2 / 512)
    assert excess(np.array([evidences, *(gap / np.maximum(spread, independent))])) < 1
    exact = log_likelihood(one.reshape(-1, 2))[0]
    np.testing.assert_allclose(found.particles.log_likelihood.ravel(), exact, rtol=1e-6, atol=1e-6)


def test_forgetting_the_old_prior_is_caught(at_hand, monkeypatch):
    """Planted: the ratio's gradient and value disagree with the priors by a factor."""
    from detente.inference import changed_priors

    right = changed_priors._Ratio.logs
    monkeypatch.setattr(changed_priors._Ratio, "logs", lambda self, values: 0.8 * right(self, values))
    found, new, _ = change(at_hand, [4.0, 0.0, 0.0], [0.2, 1.0, 1.0])
    assert excess(z_scores(found.particles, new)) > 1


def test_same_seed_same_bits(at_hand):
    one, two = (change(at_hand, [4.0, 0.0, 0.0], [0.2, 1.0, 1.0])[0].particles for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("family", PRIORS)
def test_scores_are_slopes_of_log_densities(family):
    prior, h = Prior(family, PRIORS[family]), 1e-6
    x = prior.frozen().ppf(np.linspace(0.05, 0.95, 19))
    slope = (prior.frozen().logpdf(x + h) - prior.frozen().logpdf(x - h)) / (2 * h)
    np.testing.assert_allclose(SCORES[family](x, *prior.arguments), slope, rtol=1e-5, atol=1e-7)


def test_every_family_has_a_score():
    assert {*SCORES, "fixed"} == set(FAMILIES)
