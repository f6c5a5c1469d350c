"""Log evidence by bridge sampling, from posterior draws of any sampler.

Sources: Meng & Wong (1996), "Simulating ratios of normalizing constants via a simple identity", Statistica Sinica 6;
the iterative optimal bridge and the split of the draws: Gronau et al. (2017), "A tutorial on bridge sampling", Journal
of Mathematical Psychology 81; its error: Frühwirth-Schnatter (2004), Econometrics Journal 7(1), equation 16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from detente import streams
from detente.inference.chain_statistics import mean_size
from detente.inference.chains import Coordinates, whitening

TOLERANCE = 1e-10  # of the log evidence between two iterations
ITERATIONS = 1_000


@dataclass(frozen=True)
class Bridge:
    """Log evidence of one hypothesis."""

    log_evidence: float
    error: float  # Monte-Carlo standard error
    by_group: np.ndarray  # (group,) the same from each group of chains, with proposals of its own


def bridge(
    z: np.ndarray,
    log_likelihood: np.ndarray,
    evaluate: Callable[[np.ndarray], np.ndarray],
    *,
    groups: int,
    seed: int,
) -> Bridge:
    """Log evidence of a posterior whose prior is N(0, I).

    The chains are cut into groups. Odd groups are bridged with a Gaussian fitted to the draws of the even ones, and the
    other way round, so that no draw meets a proposal that has seen it; the answer is the mean of the two.

    Args:
        z: posterior draws, shape (chain, draw, parameter); the number of chains is a multiple of `groups`.
        log_likelihood: of the draws, shape (chain, draw).
        evaluate: log likelihood of proposals, shape (n, parameter) -> (n,).
        groups: even.
        seed: of the proposals, as many as there are draws.

    Raises:
        ValueError: When the chains cannot be cut so.
    """
    chains, draws, dimension = z.shape
    if groups % 2 or chains % groups:
        raise ValueError(f"an even number of groups that divides the chains; got {groups} groups, {chains} chains")
    if dimension == 0:  # nothing unknown: the evidence is the likelihood
        return Bridge(float(log_likelihood.mean()), 0.0, np.full(groups, log_likelihood.mean()))
    z = z.reshape(groups, -1, draws, dimension)
    posterior = log_likelihood.reshape(groups, -1, draws) + _log_normal(z)
    rng = streams.rng("bridge proposals", seed)
    halves, by_group = [], np.zeros(groups)
    for half in (0, 1):
        mine, proposal = z[half::2], whitening(z[1 - half :: 2].reshape(-1, draws, dimension))
        noise = rng.standard_normal((groups // 2, chains // groups * draws, dimension))
        there = proposal.centre + noise @ proposal.factor.T
        target = evaluate(there.reshape(-1, dimension)).reshape(noise.shape[:-1]) + _log_normal(there)
        at_proposals = target - _log_density(there, proposal)
        at_draws = posterior[half::2] - _log_density(mine, proposal)  # (group, chain, draw)
        by_group[half::2] = [_solve(a, p)[0] for a, p in zip(at_draws, at_proposals, strict=True)]
        halves.append(_solve(at_draws.reshape(-1, draws), at_proposals.ravel()))
    (first, e1), (second, e2) = halves
    return Bridge(0.5 * (first + second), 0.5 * float(np.hypot(e1, e2)), by_group)


def _solve(at_draws: np.ndarray, at_proposals: np.ndarray) -> tuple[float, float]:
    """The optimal bridge between posterior draws and proposals, and its standard error.

    Args:
        at_draws: log (unnormalised posterior / proposal density) at the draws, shape (chain, draw).
        at_proposals: the same at the proposals, shape (n,).
    """
    n1, n2 = _independent(at_draws), at_proposals.size
    log_s1, log_s2 = np.log(n1 / (n1 + n2)), np.log(n2 / (n1 + n2))
    level = float(np.median(at_draws))
    for _ in range(ITERATIONS):
        above = at_proposals - np.logaddexp(log_s1 + at_proposals, log_s2 + level)
        below = -np.logaddexp(log_s1 + at_draws, log_s2 + level)
        after = float(_log_mean(above) - _log_mean(below))
        done, level = abs(after - level) < TOLERANCE, after
        if done:
            break
    # with the posterior normalised by the answer: f1 = p / (s1 p + s2 g) at proposals, f2 = g / (s1 p + s2 g) at draws
    f1 = np.exp(at_proposals - level - np.logaddexp(log_s1 + at_proposals - level, log_s2))
    f2 = np.exp(-np.logaddexp(log_s1 + at_draws - level, log_s2))
    squared = f1.var() / f1.mean() ** 2 / n2 + f2.var() / f2.mean() ** 2 / _independent(f2)
    return level, float(np.sqrt(squared))


def _independent(values: np.ndarray) -> float:
    """Independent draws that would give the mean of `values`, shape (chain, draw), as well; no more than there are."""
    if np.ptp(values) == 0:
        return float(values.size)
    return float(min(values.size, mean_size(values[..., None]).item()))


def _log_density(x: np.ndarray, proposal: Coordinates) -> np.ndarray:
    flat = (x - proposal.centre).reshape(-1, x.shape[-1])
    standard = solve_triangular(proposal.factor, flat.T, lower=True).T.reshape(x.shape)
    return _log_normal(standard) - np.log(np.diag(proposal.factor)).sum()


def _log_normal(z: np.ndarray) -> np.ndarray:
    return -0.5 * np.sum(z * z + np.log(2 * np.pi), axis=-1)


def _log_mean(logs: np.ndarray) -> float:
    top = logs.max()
    return float(top + np.log(np.mean(np.exp(logs - top))))
