"""Likelihoods of records against closed forms, which stand here only: counts that answer each other, and red lines."""

from itertools import pairwise
from math import lgamma

import numpy as np
import pytest

from tests.classics import evaluate

EXACT = {"rel": 1e-7, "abs": 1e-9}


def test_counts_that_answer_each_other():
    mu, n, r = np.array([0.4, 0.2]), np.array([[0.1, 0.5], [0.3, 0.2]]), np.array([[0.6, 0.1], [0.9, 0.5]])
    y = np.array([[2, 0], [0, 0], [1, 4], [0, 1], [3, 0]])
    rates = []
    for t in range(len(y) + 1):
        past = sum((1 - r) * r ** (s - 1) * y[t - s] for s in range(1, t + 1)) if t else np.zeros((2, 2))
        rates.append(mu + (n * past).sum(1))
    lam = np.array(rates[:-1])
    found = evaluate(
        "hawkes_discrete_poisson", {"mu": mu.tolist(), "branching": n.tolist(), "decay_r": r.tolist(), "Y": y.tolist()}
    )
    np.testing.assert_allclose(found["lambda_t"], lam, rtol=1e-9)
    assert found["lambda_next"] == pytest.approx(list(rates[-1]), **EXACT)
    factorials = sum(lgamma(v + 1) for v in y.ravel())
    assert found["loglik"] == pytest.approx(float((y * np.log(lam) - lam).sum()) - factorials, **EXACT)


def test_whether_there_was_any():
    """Yes or no: the memory holds yes and no as well."""
    params = {"mu": [0.3, 0.5], "branching": [[0.2, 0.1], [0.4, 0.0]], "decay_r": [[0.5] * 2] * 2}
    clipped = [[1, 0], [0, 1], [1, 1], [0, 0]]
    found = evaluate("hawkes_discrete_poisson", {**params, "Y": clipped})
    lam, y = np.array(found["lambda_t"]), np.array(clipped)
    want = float((y * np.log(-np.expm1(-lam)) - (1 - y) * lam).sum())
    assert found["bernoulli_loglik_of_clipped_series"] == pytest.approx(want, **EXACT)
    more = evaluate("hawkes_discrete_poisson", {**params, "Y": [[3, 0], [0, 2], [1, 5], [0, 0]]})
    assert more["bernoulli_loglik_of_clipped_series"] == pytest.approx(want, **EXACT)


def test_counts_in_the_long_run():
    mu, n = np.array([0.2, 0.7]), np.array([[0.4, 0.3], [0.6, 0.2]])
    found = evaluate("hawkes_discrete_stationary", {"mu": mu.tolist(), "branching": n.tolist()})
    assert found["mean_counts_per_step"] == pytest.approx(list(np.linalg.solve(np.eye(2) - n, mu)), **EXACT)
    grows = evaluate("hawkes_discrete_stationary", {"mu": [0.2, 0.7], "branching": [[0.8, 0.5], [0.6, 0.2]]})
    assert grows == {"stationary": False, "mean_counts_per_step": None}


def cdf(family, size, x):
    return min(1.0, x / size) if family == "uniform" else -np.expm1(-x / size)


@pytest.mark.parametrize(
    ("rungs", "following", "fixed", "accum", "r"),
    [
        ([2, 5, 1], 3, ("exponential", 3.0), ("uniform", 20.0), 1.0),
        ([1.5, 1.5, 4, 2], 6, ("uniform", 9.0), ("exponential", 11.0), 1.0),
        ([4, 2, 4], 5, ("uniform", 12.0), ("exponential", 8.0), 0.4),
        ([], 5, ("uniform", 12.0), ("exponential", 8.0), 0.4),
    ],
)
def test_provocations_without_response(rungs, following, fixed, accum, r, rho=0.6, kappa=0.03, eps=0.1):
    """A line passed j times without response, each time with chance 1 - r; the pieces between passed levels."""
    weights = {"fixed": 0.4, "accum": 0.3, "lottery": 0.2, "bluff": 0.1}
    pressures, p = [], 0.0
    for x in rungs:
        p = rho * p + x
        pressures.append(p)
    ahead = {"fixed": following, "accum": rho * p + following}
    likelihood, then = {}, {}
    for name, prior, levels in (("fixed", fixed, rungs), ("accum", accum, pressures)):
        cuts = sorted({0.0, *levels, ahead[name], 1e9})
        masses = [cdf(*prior, b) - cdf(*prior, a) for a, b in pairwise(cuts)]
        silent = [(1 - r) ** sum(x > a for x in levels) for a in cuts[:-1]]
        answers = [r * (ahead[name] > a) for a in cuts[:-1]]
        likelihood[name] = float(np.dot(masses, silent))
        then[name] = float(np.dot(np.multiply(masses, silent), answers)) / likelihood[name]
    likelihood["lottery"], then["lottery"] = np.exp(-kappa * sum(rungs)), -np.expm1(-kappa * following)
    likelihood["bluff"], then["bluff"] = (1 - eps) ** len(rungs), eps
    params = {
        "rungs": rungs,
        "next_rung": following,
        "weights": weights,
        "bluff": {"eps": eps},
        "lottery": {"kappa": kappa},
        "fixed": {"prior": list(fixed), "r": r},
        "accum": {"prior": list(accum), "rho": rho, "r": r},
    }
    found = evaluate("redline_hypotheses", params)
    evidence = sum(weights[h] * likelihood[h] for h in weights)
    posterior = {h: weights[h] * likelihood[h] / evidence for h in weights}
    assert found["likelihood"] == pytest.approx(likelihood, **EXACT)
    assert found["posterior"] == pytest.approx(posterior, **EXACT)
    assert found["next_response_prob_by_hypothesis"] == pytest.approx(then, **EXACT)
    assert found["next_response_prob"] == pytest.approx(sum(posterior[h] * then[h] for h in weights), **EXACT)
    assert found["log_evidence"] == pytest.approx(np.log(evidence), **EXACT)
    if r == 1:
        top, size = max(rungs), fixed[1]
        mean, median = ((top + size) / 2,) * 2 if fixed[0] == "uniform" else (top + size, top + size * np.log(2))
        assert found["fixed_theta_posterior_mean"] == pytest.approx(mean, **EXACT)
        assert found["fixed_theta_posterior_median"] == pytest.approx(median, **EXACT)


def test_a_line_that_was_crossed():
    found = evaluate(
        "redline_fixed_crossed", {"rungs": [2, 3, 7], "prior": ["exponential", 5.0], "response_at_last": True}
    )
    low, high, mean = 3.0, 7.0, 5.0
    mass = np.exp(-low / mean) - np.exp(-high / mean)
    centre = ((low + mean) * np.exp(-low / mean) - (high + mean) * np.exp(-high / mean)) / mass
    assert found["likelihood"] == pytest.approx(mass, **EXACT)
    assert found["theta_mean"] == pytest.approx(centre, **EXACT)
    assert found["theta_support"] == pytest.approx([low, high], **EXACT)
    never = evaluate("redline_fixed_crossed", {"rungs": [5, 3], "prior": ["uniform", 9.0], "response_at_last": True})
    assert never == {"likelihood": 0.0, "theta_mean": None, "theta_support": None}
