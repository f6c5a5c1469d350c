"""Simulation-based calibration: whether ranks of the truth among posterior draws are uniform, exactly tested.

Sources: Talts et al. (2018), arXiv 1804.06788 (the ranks); Säilynoja, Bürkner & Vehtari (2022), Statistics and
Computing 32:32 (the simultaneous ECDF band, and the recursion that gives its exact level); Modrák et al. (2023),
Bayesian Analysis 20(2) (why the log likelihood must be ranked: an inference that returns the prior passes without).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, chi2

from detente.settings import RANK_DRAWS

BINS = 20


def rank(draws: np.ndarray, truth: float, rng: np.random.Generator) -> int:
    """How many draws lie below the truth, ties broken uniformly at random; 0 .. len(draws)."""
    below, tied = int((draws < truth).sum()), int((draws == truth).sum())
    return below + int(rng.integers(0, tied + 1))


def _tails(counts: np.ndarray, replications: int, share: np.ndarray) -> np.ndarray:
    """Twice the smaller tail probability of each ECDF count."""
    return 2 * np.minimum(binom.cdf(counts, replications, share), binom.sf(counts - 1, replications, share))


def statistic(ranks: np.ndarray, draws: int = RANK_DRAWS) -> float:
    """The smallest pointwise tail probability along the ECDF of the ranks: small where it leaves the diagonal.

    Args:
        ranks: shape (replication,), integers 0 .. draws.
    """
    at = np.arange(1, draws + 1)
    below = np.searchsorted(np.sort(ranks), at)
    return float(_tails(below, len(ranks), at / (draws + 1)).min())


def level(gamma: float, replications: int, draws: int = RANK_DRAWS) -> float:
    """Probability that uniform ranks give a `statistic` below gamma, by forward recursion over the ECDF's points."""
    inside, counts = np.ones(1), np.zeros(1, int)
    for i in range(1, draws + 1):
        every = np.arange(replications + 1)
        allowed = every[_tails(every, replications, np.full(replications + 1, i / (draws + 1))) >= gamma]
        step = 1 / (draws + 2 - i)  # chance that a rank known to be at least i - 1 is i - 1
        more = allowed[:, None] - counts[None, :]
        inside = binom.pmf(more, replications - counts[None, :], step) @ inside
        counts = allowed
    return float(min(1.0, max(0.0, 1.0 - inside.sum())))


def p_value(ranks: np.ndarray, draws: int = RANK_DRAWS) -> float:
    """Probability of a statistic at most as large as the observed one if the ranks were uniform."""
    observed = statistic(ranks, draws)
    return level(np.nextafter(observed * (1 + 1e-9), 1), len(ranks), draws)


def chi_squared(ranks: np.ndarray, draws: int = RANK_DRAWS, bins: int = BINS) -> float:
    """p-value of the chi-squared test over equal bins: shown beside, it does not decide."""
    counts = np.bincount(ranks * bins // (draws + 1), minlength=bins)
    expected = len(ranks) / bins
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), bins - 1))


def band(replications: int, alpha: float, draws: int = RANK_DRAWS) -> np.ndarray:
    """Lower and upper limits of the ECDF at i / (draws + 1), i = 0 .. draws + 1, that hold simultaneously with
    probability 1 - alpha. Shape (2, draws + 2)."""
    low, high = 1e-12, 1.0
    for _ in range(40):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if level(middle, replications, draws) < alpha else (low, middle)
    share = np.arange(draws + 2) / (draws + 1)
    every = np.arange(replications + 1)
    limits = [every[_tails(every, replications, np.full_like(every, s, float)) >= low] for s in share]
    return np.array([[a.min() for a in limits], [a.max() for a in limits]]) / replications
