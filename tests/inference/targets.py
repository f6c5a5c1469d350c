"""Log likelihoods with closed-form answers, as samplers take them: values (n, parameter) -> (n,) and gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, t

from detente.engine.noise.observe import IMPOSSIBLE
from detente.inference.draws import Evidence, jackknife_error
from detente.inference.quantiles import Quantiles
from detente.inference.smc import LogLikelihood, Particles
from detente.language.priors import Prior
from detente.settings import SMCSettings

# The chance that a right fit is found wrong, by all of its scores together; seeds are fixed on top. Errors come from
# the spread of 8 islands, so scores are about t with 7 degrees of freedom. The planted errors show what is still seen.
FALSE_ALARM = 1e-3


@dataclass(frozen=True)
class Target:
    """A posterior with what is known of it exactly."""

    log_likelihood: LogLikelihood
    priors: tuple[Prior, ...]
    log_evidence: float
    mean: np.ndarray  # (parameter,)
    sd: np.ndarray  # (parameter,)


def conjugate(seen, noise, prior_mean=0.0, prior_sd=1.0) -> Target:
    """Independent normals, each measured once."""
    seen, noise, prior_mean, prior_sd = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(a, float)) for a in (seen, noise, prior_mean, prior_sd))
    )
    variance = 1 / (1 / prior_sd**2 + 1 / noise**2)
    return Target(
        normal_likelihood(seen, noise),
        tuple(Prior("normal", (float(m), float(s))) for m, s in zip(prior_mean, prior_sd, strict=True)),
        float(norm.logpdf(seen, prior_mean, np.hypot(prior_sd, noise)).sum()),
        variance * (prior_mean / prior_sd**2 + seen / noise**2),
        np.sqrt(variance),
    )


def normal_likelihood(seen: np.ndarray, noise: np.ndarray) -> LogLikelihood:
    def log_likelihood(values):
        error = (seen - values) / noise
        return (-0.5 * error**2 - np.log(noise) - 0.5 * np.log(2 * np.pi)).sum(1), error / noise

    return log_likelihood


def ridge(parameters: int, noise: np.ndarray) -> Target:
    """Sums of standard normal parameters with random weights, measured sharply: narrow ridges in z."""
    rng = np.random.default_rng(5)
    weights = rng.standard_normal((len(noise), parameters)) / np.sqrt(parameters)
    seen = rng.standard_normal(len(noise))
    covariance = weights @ weights.T + np.diag(noise**2)
    gain = weights.T @ np.linalg.inv(covariance)

    def log_likelihood(values):
        error = (seen - values @ weights.T) / noise
        return (-0.5 * error**2 - np.log(noise) - 0.5 * np.log(2 * np.pi)).sum(1), (error / noise) @ weights

    evidence = -0.5 * seen @ np.linalg.solve(covariance, seen) - 0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
    sd = np.sqrt(1 - np.einsum("pm,mp->p", gain, weights))
    return Target(log_likelihood, (Prior("normal", (0.0, 1.0)),) * parameters, float(evidence), gain @ seen, sd)


def two_modes(place: float, width: float, prior: Prior) -> tuple[Target, float]:
    """A mode at +place and one at -place; and the posterior probability of the right one."""
    mean, sd = prior.arguments

    def log_likelihood(values):
        x = values[:, 0]
        right, left = -0.5 * ((x - place) / width) ** 2, -0.5 * ((x + place) / width) ** 2
        both = np.logaddexp(right, left)
        share = np.exp(right - both)
        return both, (-(share * (x - place) + (1 - share) * (x + place)) / width**2)[:, None]

    logs = norm.logpdf(np.array([place, -place]), mean, np.hypot(sd, width)) + np.log(width * np.sqrt(2 * np.pi))
    evidence = float(logsumexp(logs))
    target = Target(log_likelihood, (prior,), evidence, np.full(1, np.nan), np.full(1, np.nan))
    return target, float(np.exp(logs[0] - evidence))


def red_line(line: float, prior: Prior) -> Target:
    """Everything up to the line is forbidden, the rest left alone."""
    frozen = prior.frozen()

    def log_likelihood(values):
        return np.where(values[:, 0] > line, 0.0, IMPOSSIBLE), np.zeros_like(values)

    first, second = (frozen.expect(lambda x, k=k: x**k, lb=line, conditional=True) for k in (1, 2))
    return Target(
        log_likelihood, (prior,), float(frozen.logsf(line)), np.array([first]), np.array([np.sqrt(second - first**2)])
    )


def evidence(found: Particles) -> Evidence:
    return Evidence(found.increments, found.mixed, found.possible)


def average(found: Particles, values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Posterior mean of a statistic of values, shape (island, particle, parameter) -> (island, particle, ...)."""
    return np.tensordot(evidence(found).island_weights(), statistic(values).mean(1), 1)


def z_scores(found: Particles, target: Target) -> np.ndarray:
    """Errors of log evidence, means and variances over what the islands state: one number each, in this order."""
    values = Quantiles(target.priors).values(found.z)
    weights = [evidence(found).island_weights(i) for i in (None, *range(len(values)))]
    out = [(evidence(found).log() - target.log_evidence) / evidence(found).error()]
    for statistic, exact in ((values, target.mean), ((values - target.mean) ** 2, target.sd**2)):
        island = statistic.mean(1)
        error = np.array([jackknife_error(column) for column in (np.array(weights[1:]) @ island).T])
        independent = statistic.reshape(-1, len(target.mean)).std(0) / np.sqrt(statistic[..., 0].size)
        out.extend((weights[0] @ island - exact) / np.maximum(error, independent))
    return np.array(out)


def limit(scores: int, false_alarm: float = FALSE_ALARM) -> float:
    """What the largest of so many scores exceeds by chance with a probability of `false_alarm` at most (Bonferroni)."""
    return float(t(SMCSettings().islands - 1).isf(false_alarm / 2 / scores))


def excess(scores: np.ndarray) -> float:
    """The largest score over its limit, above 1 for a wrong fit: half of the false alarms are the evidence's alone."""
    own, rest = (np.abs(part).max() / limit(len(part), FALSE_ALARM / 2) for part in (scores[:1], scores[1:]))
    return float(max(own, rest))
