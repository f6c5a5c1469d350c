"""Scores of probabilities and of quantiles, their errors, and whether they are calibrated. Pure NumPy and SciPy.

Sources: Brier (1950), Monthly Weather Review 78(1); Good (1952), JRSS B 14(1), the logarithmic score; Murphy (1973),
Journal of Applied Meteorology 12(4), with the terms for unequal forecasts in one bin by Stephenson, Coelho & Jolliffe
(2008), Weather and Forecasting 23(4); Bröcker & Smith (2007), Weather and Forecasting 22(3), consistency bars; Bracher,
Ray, Gneiting & Reich (2021), PLoS Computational Biology 17(2), the weighted interval score; Spiegelhalter (1986),
Statistics in Medicine 5(5), the statistic of `overconfidence`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import betaincinv, stdtr, stdtrit

from detente.result.forecasts import Bin, Murphy, Overconfidence, SkillInterval

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the quantiles of a series
FLOOR = 0.001  # assumption: the floored log score treats a probability as if it were within [FLOOR, 1 - FLOOR]
EDGES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)  # of the reliability table: narrow where events are rare
COVERAGE = 0.9  # of every interval here
ALARM = 0.05  # chance that `overconfidence` flags a calibrated forecaster
POWER = 0.8  # chance with which `unseen` would be flagged
FEWEST_BLOCKS = 3  # below, there is no interval
DOMINANT = (
    0.9  # share of the reference's score that one block may hold: above, leaving it out says nothing (our choice)
)


def brier(p: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Squared error of probabilities against outcomes of 0 or 1; 0 is best, 0.25 is a coin."""
    return (np.asarray(p, float) - np.asarray(outcome, float)) ** 2


def log_score(p: np.ndarray, outcome: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """Minus the log of the probability given to what happened, in nats; 0 is best, infinite for a 0 that happened.

    Args:
        floor: probabilities count as if they were within [floor, 1 - floor].
    """
    p = np.clip(np.asarray(p, float), floor, 1 - floor)
    with np.errstate(divide="ignore"):
        return -np.log(np.where(np.asarray(outcome, bool), p, 1 - p))


def murphy(p: np.ndarray, outcome: np.ndarray, edges: Sequence[float] = EDGES) -> Murphy:
    """Split the mean Brier score over bins of the forecasts."""
    p, y = np.asarray(p, float), np.asarray(outcome, float)
    share, n = y.mean(), len(p)
    reliability = resolution = within = 0.0
    for inside in _bins(p, edges):
        if inside.any():
            q, o, weight = p[inside], y[inside], inside.sum() / n
            reliability += weight * (q.mean() - o.mean()) ** 2
            resolution += weight * (o.mean() - share) ** 2
            within += weight * (q.var() - 2 * ((q - q.mean()) * (o - o.mean())).mean())
    return Murphy(float(reliability), float(resolution), float(share * (1 - share)), float(within))


def _bins(p: np.ndarray, edges: Sequence[float]) -> list[np.ndarray]:
    """Masks of the bins [low, high), the last one with its upper edge."""
    index = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, len(edges) - 2)
    return [index == i for i in range(len(edges) - 1)]


def jeffreys(hits: float, n: float) -> tuple[float, float]:
    """The Jeffreys interval of a share: of 0 in 4 it is 0 to 0.36, where resampling would say 0 to 0.

    Source: Brown, Cai & DasGupta (2001), Statistical Science 16(2), who also end it at 0 and 1 where nothing or
    everything happened.
    """
    tail = (1 - COVERAGE) / 2
    low, high = betaincinv(hits + 0.5, n - hits + 0.5, [tail, 1 - tail]) if n else (0.0, 1.0)
    return 0.0 if hits == 0 else float(low), 1.0 if hits == n else float(high)


def reliability(p: np.ndarray, outcome: np.ndarray, edges: Sequence[float] = EDGES) -> list[Bin]:
    """The reliability table; bins without forecasts are left out."""
    p, y = np.asarray(p, float), np.asarray(outcome, float)
    tail = (1 - COVERAGE) / 2
    rows = []
    for i, inside in enumerate(_bins(p, edges)):
        n, k = int(inside.sum()), int(y[inside].sum())
        if n:
            low, high = jeffreys(k, n)
            cumulated = np.cumsum(poisson_binomial(p[inside]))
            expected = [int(np.searchsorted(cumulated, at)) for at in (tail + 1e-12, 1 - tail - 1e-12)]
            rows.append(
                Bin(
                    edges[i],
                    edges[i + 1],
                    n,
                    float(p[inside].mean()),
                    k,
                    low,
                    high,
                    expected[0],
                    min(expected[1], n),
                    expected[0] <= k <= min(expected[1], n),
                )
            )
    return rows


def poisson_binomial(p: np.ndarray) -> np.ndarray:
    """Distribution of the number of independent events that happen, shape (events + 1,)."""
    distribution = np.ones(1)
    for q in np.asarray(p, float):
        distribution = np.convolve(distribution, [1 - q, q])
    return distribution


def ratio_skill(score: np.ndarray, reference: np.ndarray, block: np.ndarray) -> SkillInterval:
    """1 - (sum of scores) / (sum of a reference's scores): 1 is perfect, 0 no better than the reference.

    Args:
        score, reference, block: shape (case,). Cases of one block may depend on each other in any way.

    The interval is the delete-one-block jackknife with Student's t. In simulations with 4 to 20 blocks of
    correlated cases it covers the truth in 87 to 92 of 100; the percentile bootstrap over blocks in 73 to 86.
    """
    sums = _by_block(np.stack([score, reference]), block)
    found = jackknife(sums, lambda s: 1 - s[0] / s[1] if s[1] > 0 else np.nan)
    if found.low is not None and sums[1].max() > DOMINANT * sums[1].sum():
        return SkillInterval(found.value, None, None, found.blocks)
    return found


def block_share(hit: np.ndarray, block: np.ndarray) -> SkillInterval:
    """The share of cases that were hit, with the Jeffreys interval of as many cases as there are blocks."""
    blocks = len(np.unique(np.asarray(block)))
    share = float(np.mean(hit))
    return SkillInterval(share, *jeffreys(share * blocks, blocks), blocks)


def _by_block(rows: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Sums per block, shape (row, block)."""
    found, index = np.unique(np.asarray(block), return_inverse=True)
    return np.stack([np.bincount(index, np.asarray(row, float), minlength=len(found)) for row in rows])


def jackknife(sums: np.ndarray, estimate) -> SkillInterval:
    """A function of sums over blocks, and its delete-one-block interval. `sums` has shape (row, block)."""
    total, blocks = sums.sum(1), sums.shape[1]
    value = float(estimate(total))
    if not np.isfinite(value):
        return SkillInterval(None, None, None, blocks)
    left = np.array([estimate(total - sums[:, i]) for i in range(blocks)] if blocks >= FEWEST_BLOCKS else [np.nan])
    if not np.isfinite(left).all():
        return SkillInterval(value, None, None, blocks)
    error = np.sqrt((blocks - 1) / blocks * np.sum((left - left.mean()) ** 2))
    reach = float(stdtrit(blocks - 1, (1 + COVERAGE) / 2) * error)
    return SkillInterval(value, value - reach, value + reach, blocks)


def overconfidence(p: np.ndarray, outcome: np.ndarray, block: np.ndarray) -> Overconfidence:
    """Compare the Brier score with the one that the probabilities imply: p (1 - p).

    The excess of every case has mean 0 for the calibrated. Its mean over blocks is tested against 0 by a one-sided t
    test, so cases of one block may depend on each other. False-alarm rate: at most about ALARM (in simulations 1 to 4
    of 100; skewed rare events make it cautious).
    """
    p, y = np.asarray(p, float), np.asarray(outcome, float)
    excess = (y - p) * (1 - 2 * p)
    sums = _by_block(excess[None], block)[0]
    n, spread = len(sums), float(sums.std(ddof=1)) if len(sums) > 1 else 0.0
    if n < FEWEST_BLOCKS or spread == 0:
        return Overconfidence(float(excess.mean()), None, False)
    error = spread / np.sqrt(n)
    p_value = float(stdtr(n - 1, -sums.mean() / error))
    reach = float(stdtrit(n - 1, [1 - ALARM, POWER]).sum() * error * n / len(p))
    return Overconfidence(float(excess.mean()), p_value, p_value < ALARM, reach)


def pinball(quantiles: np.ndarray, outcome: np.ndarray, levels: Sequence[float] = LEVELS) -> np.ndarray:
    """Pinball loss of quantiles of shape (case, level), shape (case, level), in the unit of the series."""
    over = np.asarray(outcome, float)[:, None] - np.asarray(quantiles, float)
    level = np.asarray(levels)
    return np.maximum(level * over, (level - 1) * over)


def interval_score(quantiles: np.ndarray, outcome: np.ndarray, levels: Sequence[float] = LEVELS) -> np.ndarray:
    """Weighted interval score of quantiles of shape (case, level), shape (case,), in the unit of the series.

    Levels are symmetric about the median. It is twice the mean pinball loss, and tends to the continuous ranked
    probability score as levels are added; for a forecast that is one number it is the absolute error.
    """
    return 2 * pinball(quantiles, outcome, levels).mean(1)
