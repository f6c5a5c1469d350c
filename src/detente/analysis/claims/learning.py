"""What the record taught: how far it moved and narrowed each parameter, and what the open part of each claim rests on.

*Learned* of a parameter is the share of the mean squared distance from its posterior mean that the record removed:
1 - v / (1 + m^2), where m and v are mean and variance of the posterior on the scale of normal scores, on which every
prior is a standard normal. Without a shift it is the contraction of the variance, without a narrowing m^2 / (1 + m^2).
It is over all hypotheses under which the parameter is not fixed, each with its own prior. A parameter below
`UNLEARNED`, or within two Monte-Carlo errors of 0, is an assumption that the record did not touch.

*Shares*: a claim of credence p is true in some draws and false in others, with variance p (1 - p). That variance is
shared out among learned parameters, unlearned ones, and the choice of hypothesis, by the Shapley value of what each
group explains; what all of them together leave is called unexplained. A group explains what a linear regression of the
claim's truth on the normal scores of its parameters does, carried from the truth to the threshold behind it (the
biserial correction), so that a claim that compares a weighted sum of normal parameters with a number is explained in
full.

Limits: thresholds in interactions or in both tails of a parameter, effects that differ between hypotheses, and the
noise of finitely many futures all count as unexplained. A claim that is rare and turns on something far from normal can
seem explained in full. Fewer than `MINORITY` draws on the rarer side give no shares.

Sources: quadratic loss before and after an observation: Raiffa & Schlaifer (1961), "Applied Statistical Decision
Theory", chapter 6. Shapley shares of variance: Lindeman, Merenda & Gold (1980), "Introduction to Bivariate and
Multivariate Analysis"; Grömping (2007), The American Statistician 61(2). Biserial correlation: Pearson (1909),
Biometrika 7(1/2). Correction for the number of columns: Ezekiel (1930), "Methods of Correlation Analysis".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from math import factorial

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from detente.analysis.claims.credence import BEYOND, Credence
from detente.inference.chain_statistics import ranks
from detente.inference.draws import Draws, Estimate, jackknife_error
from detente.inference.quantiles import FAR, Quantiles
from detente.language.priors import Prior
from detente.language.records import Scenario
from detente.result import claims as judged

SCORES = np.linspace(-FAR, FAR, 641)  # between which the quantiles of a prior are interpolated
UNLEARNED = 0.1  # below which the record did not touch a parameter (our choice)
MINORITY = 20  # draws
GROUPS = ("learned", "unlearned", "hypothesis")

Shares = dict[str, Estimate]


def learned(scenario: Scenario, posterior: Draws) -> dict[str, Estimate | None]:
    """How much the record taught of each parameter, in [0, 1]; None where it is fixed or its hypotheses are ruled
    out."""
    out: dict[str, Estimate | None] = {}
    for i, name in enumerate(posterior.parameters):
        scores, mask = _scores(scenario, posterior, name, posterior.values[i])
        share = posterior.weights[mask].sum()
        if share <= 0:
            out[name] = None
            continue
        weights = np.where(mask, posterior.weights, 0.0) / share
        mean = float(weights @ scores)
        square = (scores - mean) ** 2
        variance, before = float(weights @ square), 1 + mean**2
        slope = (square - variance - 2 * mean * variance / before * (scores - mean)) / before  # by the delta method
        error = posterior.mean(np.where(mask, slope, 0.0)).error / share
        out[name] = Estimate(min(1.0, max(0.0, 1 - variance / before)), error)
    return out


def is_learned(about: Estimate) -> bool:
    """Whether the record taught something of a parameter, beyond its error."""
    return about.value >= UNLEARNED and about.value > BEYOND * about.error


def _scores(scenario: Scenario, draws: Draws, parameter: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normal scores of a parameter's draws under the prior of the hypothesis of each, (draw,), and a mask of the draws
    whose hypothesis does not fix it."""
    scores, mask = np.zeros(len(draws)), np.zeros(len(draws), bool)
    priors = [scenario.prior(parameter, h) for h in draws.hypotheses]
    for prior in {p for p in priors if p.family != "fixed"}:
        mine = np.isin(draws.hypothesis, [h for h, p in enumerate(priors) if p == prior])
        scores[mine] = np.interp(values[mine], _knots(prior), SCORES)
        mask |= mine
    return scores, mask


@lru_cache(maxsize=1024)  # hypotheses share most priors
def _knots(prior: Prior) -> np.ndarray:
    """The quantiles of a prior at `SCORES`."""
    return Quantiles([prior]).values(SCORES[:, None])[:, 0]


def shares(
    posterior: Draws, credences: Mapping[str, Credence], taught: Mapping[str, Estimate | None]
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
    columns = _columns(posterior, taught)
    found = _shapley(columns, truth, posterior.weights)
    again = [_shapley(columns, truth, posterior.weights_without(i)) for i in range(posterior.islands)]
    keys = (*GROUPS, "unexplained")
    for j, name in enumerate(names):
        errors = [jackknife_error([a[g, j] for a in again]) if len(again) > 1 else 0.0 for g in range(len(keys))]
        out[name] = {key: Estimate(float(found[g, j]), errors[g]) for g, key in enumerate(keys)}
    return out


def _columns(draws: Draws, taught: Mapping[str, Estimate | None]) -> dict[str, np.ndarray]:
    """The regressors of each group, shape (draw, column): normal scores within each hypothesis; one column per
    hypothesis but one."""
    groups: dict[str, list[np.ndarray]] = {g: [] for g in GROUPS}
    for i, name in enumerate(draws.parameters):
        about = taught[name]
        if about is not None:
            column = np.zeros(len(draws))
            for h in range(len(draws.hypotheses)):
                mine = draws.hypothesis == h
                if mine.any() and np.ptp(draws.values[i, mine]) > 0:
                    column[mine] = ndtri((ranks(draws.values[i, mine]) - 0.5) / mine.sum())
            groups["learned" if is_learned(about) else "unlearned"].append(column)
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
                weight = factorial(len(others)) * factorial(n - 1 - len(others)) / factorial(n)
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
