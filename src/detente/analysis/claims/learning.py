"""What the record taught: how far each parameter was pinned down, and what the open part of each claim rests on.

*Contraction* of a parameter is 1 - posterior variance / prior variance, over all hypotheses under which it is not
fixed. A parameter below `UNLEARNED` is an assumption that the record did not touch.

*Shares*: a claim of credence p is true in some draws and false in others, with variance p (1 - p). That variance is
shared out among learned parameters, unlearned ones, and the choice of hypothesis, by the Shapley value of what each
group explains; what all of them together leave is called unexplained. A group explains what a linear regression of the
claim's truth on the normal scores of its parameters does, carried from the truth to the threshold behind it (the
biserial correction), so that a claim that compares a weighted sum of normal parameters with a number is explained in
full.

Limits: thresholds in interactions or in both tails of a parameter, effects that differ between hypotheses, and the
noise of finitely many futures all count as unexplained. A claim that is rare and turns on something far from normal can
seem explained in full. Fewer than `MINORITY` draws on the rarer side give no shares.

Sources: Shapley shares of variance: Lindeman, Merenda & Gold (1980), "Introduction to Bivariate and Multivariate
Analysis"; Grömping (2007), The American Statistician 61(2). Biserial correlation: Pearson (1909), Biometrika 7(1/2).
Correction for the number of columns: Ezekiel (1930), "Methods of Correlation Analysis".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr, ndtri, owens_t

from detente.analysis.claims.credence import Credence
from detente.inference.chain_statistics import ranks
from detente.inference.draws import Draws, Estimate, jackknife_error
from detente.language.priors import Prior
from detente.language.records import Scenario
from detente.result import claims as judged

UNLEARNED = 0.1  # contraction below which the record did not touch a parameter (our choice)
MINORITY = 20  # draws
REACH, NODES = 12, 400  # sds and points, of the moments of a truncated normal
GROUPS = ("learned", "unlearned", "hypothesis")

Shares = dict[str, Estimate]


def contraction(scenario: Scenario, posterior: Draws) -> dict[str, Estimate | None]:
    """Share of each parameter's prior variance that the record removed, in [0, 1]; None where it is fixed or its
    hypotheses are ruled out. The prior variance is exact, the posterior's has a Monte-Carlo error."""
    out: dict[str, Estimate | None] = {}
    for i, name in enumerate(posterior.parameters):
        used = [n for n, h in enumerate(posterior.hypotheses) if scenario.prior(name, h).family != "fixed"]
        mask = np.isin(posterior.hypothesis, used)
        share = posterior.weights[mask].sum()
        before = prior_variance(scenario, posterior, name, used)
        if not used or share <= 0 or not before > 0:
            out[name] = None
            continue
        values, weights = posterior.values[i], np.where(mask, posterior.weights, 0.0) / share
        square = (values - weights @ values) ** 2
        after = float(weights @ square)
        error = posterior.mean(np.where(mask, square - after, 0.0)).error / share
        out[name] = Estimate(min(1.0, max(0.0, 1 - after / before)), error / before)
    return out


def prior_variance(scenario: Scenario, draws: Draws, parameter: str, hypotheses: list[int]) -> float:
    """Variance of a parameter before the record, over some of the hypotheses by their prior weight."""
    if not hypotheses:
        return 0.0
    weights = np.exp(draws.log_prior_weight[hypotheses])
    weights = weights / weights.sum()
    moments = [_moments(scenario.prior(parameter, draws.hypotheses[h])) for h in hypotheses]
    means, variances = np.array(moments).T
    return float(weights @ (variances + (means - weights @ means) ** 2))


def _truncated(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    """Mean and variance of a truncated normal, by Gauss and Legendre's rule over where it has weight."""
    peak = min(max(mean, low), high)
    low, high = max(low, peak - REACH * sd), min(high, peak + REACH * sd)
    x, weights = leggauss(NODES)
    x = low + (high - low) * 0.5 * (x + 1)
    weights = weights * np.exp(0.5 * ((peak - mean) ** 2 - (x - mean) ** 2) / sd**2)
    middle = float(weights @ x / weights.sum())
    return middle, float(weights @ (x - middle) ** 2 / weights.sum())


def _loguniform(low: float, high: float) -> tuple[float, float]:
    width = math.log(high / low)
    mean = (high - low) / width
    return mean, (high**2 - low**2) / (2 * width) - mean**2


MOMENTS: dict[str, Callable[..., tuple[float, float]]] = {  # mean and variance, at once: SciPy's take a second
    "normal": lambda mean, sd: (mean, sd**2),
    "lognormal": lambda m, s: (math.exp(m + s**2 / 2), math.exp(2 * m + s**2) * math.expm1(s**2)),
    "halfnormal": lambda sd: (sd * math.sqrt(2 / math.pi), sd**2 * (1 - 2 / math.pi)),
    "uniform": lambda low, high: ((low + high) / 2, (high - low) ** 2 / 12),
    "loguniform": _loguniform,
    "truncnormal": _truncated,
    "beta": lambda a, b: (a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))),
    "gamma": lambda shape, rate: (shape / rate, shape / rate**2),
    "exponential": lambda rate: (1 / rate, 1 / rate**2),
}


@lru_cache(maxsize=1024)  # hypotheses share most priors
def _moments(prior: Prior) -> tuple[float, float]:
    try:
        return MOMENTS[prior.family](*prior.arguments)
    except OverflowError:  # no number so large
        return math.inf, math.inf


def shares(
    posterior: Draws, credences: Mapping[str, Credence], learned: Mapping[str, Estimate | None]
) -> dict[str, Shares | None]:
    """What the open part of every claim rests on: shares that add up to 1, with their Monte-Carlo errors.

    Keys are `GROUPS` and "unexplained". None for claims with fewer than `MINORITY` draws on the rarer side, or with a
    credence of 0 or 1.
    """
    truth = np.stack([c.truth for c in credences.values()], 1).astype(float) if credences else np.zeros((0, 0))
    open_ = [0 < c.value < 1 for c in credences.values()]
    kept = np.array(open_, bool) & (np.minimum(truth.sum(0), (1 - truth).sum(0)) >= MINORITY)
    names = [name for name, keep in zip(credences, kept, strict=True) if keep]
    out: dict[str, Shares | None] = dict.fromkeys(credences)
    if not names:
        return out
    truth = truth[:, kept]
    columns = _columns(posterior, learned)
    found = _shapley(columns, truth, posterior.weights)
    again = [_shapley(columns, truth, posterior.weights_without(i)) for i in range(posterior.islands)]
    keys = (*GROUPS, "unexplained")
    for j, name in enumerate(names):
        errors = [jackknife_error([a[g, j] for a in again]) if len(again) > 1 else 0.0 for g in range(len(keys))]
        out[name] = {key: Estimate(float(found[g, j]), errors[g]) for g, key in enumerate(keys)}
    return out


def _columns(draws: Draws, learned: Mapping[str, Estimate | None]) -> dict[str, np.ndarray]:
    """The regressors of each group, shape (draw, column): normal scores within each hypothesis; one column per
    hypothesis but one."""
    groups: dict[str, list[np.ndarray]] = {g: [] for g in GROUPS}
    for i, name in enumerate(draws.parameters):
        about = learned[name]
        if about is not None:
            column = np.zeros(len(draws))
            for h in range(len(draws.hypotheses)):
                mine = draws.hypothesis == h
                if mine.any() and np.ptp(draws.values[i, mine]) > 0:
                    column[mine] = ndtri((ranks(draws.values[i, mine]) - 0.5) / mine.sum())
            groups["unlearned" if about.value < UNLEARNED else "learned"].append(column)
    groups["hypothesis"] = [(draws.hypothesis == h).astype(float) for h in range(1, len(draws.hypotheses))]
    return {g: np.stack(c, 1) if c else np.zeros((len(draws), 0)) for g, c in groups.items()}


def _shapley(columns: dict[str, np.ndarray], truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Shares of the variance of each claim's truth, shape (group and then unexplained, claim)."""
    x = np.concatenate([columns[g] for g in GROUPS], 1)
    group = np.repeat(np.arange(len(GROUPS)), [columns[g].shape[1] for g in GROUPS])
    mean, level = weights @ truth, weights @ x
    square = (x * weights[:, None]).T @ x - np.outer(level, level)
    cross = (x * weights[:, None]).T @ truth - np.outer(level, mean)
    count = 1 / (weights**2).sum()
    n = len(GROUPS)
    worth = {}
    for size in range(n + 1):
        for members in combinations(range(n), size):
            used = np.isin(group, members)
            worth[frozenset(members)] = _explained(square[np.ix_(used, used)], cross[used], mean, count)
    out = np.zeros((n + 1, truth.shape[1]))
    for g in range(n):
        for others, value in worth.items():
            if g not in others:
                weight = math.factorial(len(others)) * math.factorial(n - 1 - len(others)) / math.factorial(n)
                out[g] += weight * (worth[others | {g}] - value)
    out[:n] = np.maximum(0.0, out[:n])  # a group of mere noise can come out a little below nothing
    whole, total = worth[frozenset(range(n))], out[:n].sum(0)
    out[:n] *= np.divide(whole, total, out=np.zeros_like(whole), where=total > 0)
    out[n] = np.maximum(0.0, 1 - out[:n].sum(0))
    return out


def _explained(square: np.ndarray, cross: np.ndarray, mean: np.ndarray, count: float) -> np.ndarray:
    """Share of the variance of each claim's truth that some columns explain through a threshold, shape (claim,).

    Args:
        square: covariance of the columns, shape (column, column).
        cross: covariance of the columns with the truth, shape (column, claim).
        count: effective number of draws.
    """
    if len(square) == 0:
        return np.zeros(len(mean))
    variance = np.maximum(mean * (1 - mean), 1e-12)
    size, axes = np.linalg.eigh(square)
    kept = size > 1e-9 * max(size.max(), 1e-300)  # columns that repeat others add nothing
    plain = ((axes[:, kept].T @ cross) ** 2 / size[kept, None]).sum(0) / variance
    adjusted = 1 - (1 - plain) * (count - 1) / max(count - 1 - kept.sum(), 1.0)
    cut = ndtri(np.clip(mean, 1e-6, 1 - 1e-6))
    behind = adjusted * variance * 2 * np.pi * np.exp(cut**2)  # on the scale of the threshold: p (1 - p) / density^2
    rho = np.clip(behind, 0.0, 1.0)
    both = ndtr(cut) - 2 * owens_t(cut, np.sqrt((1 - rho) / (1 + rho)))  # P(two normals of correlation rho below cut)
    return np.clip((both - mean**2) / variance, 0.0, 1.0)


def share_results(found: Shares | None) -> judged.OpenShares | None:
    """The shares of one claim, for the result."""
    if found is None:
        return None
    return judged.OpenShares(**{key: judged.Share(share=e.value, mc_error=e.error) for key, e in found.items()})
