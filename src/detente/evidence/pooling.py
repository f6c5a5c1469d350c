"""Reports pooled into one estimate with errors of reports and sources and a bias of each side: the arithmetic alone.

    y[i] = mu + bias[side of i] + reliability[i] * z[source of i] + e[i]
    e[i] ~ N(0, credibility[i]^2 + spread[i]^2),  z ~ N(0, 1),  bias ~ N(0, tau^2),  tau ~ half-normal(bias_scale)

with a flat prior on mu (on mu >= floor where there is a floor) and no bias for a side that is neutral. Given tau all
is Gaussian and closed; tau itself is summed over a grid. This is the normal-normal hierarchical model of meta-analysis
(Röver 2020, Journal of Statistical Software 93(6), doi:10.18637/jss.v093.i06) with sides for studies; that a neutral
side has no bias, and the scale of the prior, are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr

# Assumption: the numbers of a side are off by a factor of exp(0.5) = 1.6 or so, twice that now and then.
BIAS_SCALE = 0.5
# The integrand is even in tau and smooth, so equal steps converge faster than any power of the step.
_STEPS, _REACH = 120, 5.0  # from 0 to five times the scale: what lies beyond has a prior weight below 1e-6

_TINY = 1e-9  # the least standard deviation of a bias

Array = np.ndarray


@dataclass(frozen=True)
class Reports:
    """What is pooled: arrays of shape (report,) on the scale of pooling.

    `source` and `side` are labels; reports of one source share its error. `side` None is neutral.
    """

    value: Array
    own_sd: Array  # of the report alone: credibility and the width of its range; above 0
    source_sd: Array  # of the source
    source: Sequence[str]
    side: Sequence[str | None]


@dataclass(frozen=True)
class Mixture:
    """A mixture of normals cut off below `floor`: arrays of shape (part,); weights sum to 1, scales are above 0."""

    weight: Array
    centre: Array  # before the cut
    scale: Array  # before the cut
    floor: float = -np.inf

    @property
    def mean(self) -> float:
        """The mean."""
        return float(self.weight @ _moments(self.centre, self.scale, self.floor)[0])

    @property
    def sd(self) -> float:
        """The standard deviation."""
        mean, variance = _moments(self.centre, self.scale, self.floor)
        return float(np.sqrt(self.weight @ (variance + (mean - self.weight @ mean) ** 2)))

    def cdf(self, value: float) -> float:
        """The probability of at most `value`."""
        if value <= self.floor:
            return 0.0
        above = log_ndtr((self.centre - value) / self.scale) - log_ndtr((self.centre - self.floor) / self.scale)
        return float(self.weight @ -np.expm1(above))

    def quantile(self, probability: float) -> float:
        """The value that is not exceeded with a probability in (0, 1)."""
        reach = 9 * self.scale  # beyond it lies less than 1e-18
        low, high = float(np.min(self.centre - reach)), float(np.max(self.centre + reach))
        if np.isfinite(self.floor):
            low, high = self.floor, max(high, self.floor + float(np.max(reach)))
        xtol = 1e-12 * max(1.0, high - low)
        return brentq(lambda x: self.cdf(x) - probability, low, high, xtol=xtol)  # type: ignore[return-value]


@dataclass(frozen=True)
class Pool:
    """The posterior of what is pooled."""

    estimate: Mixture  # of mu, over tau
    tau: Array  # (tau,): the grid
    tau_weight: Array  # (tau,): its posterior, sums to 1
    weight: Array  # (report,): how much each report moves the estimate; sums to 1
    sides: tuple[str, ...]
    biases: tuple[Mixture, ...]  # of each side, over tau; where there is a floor, normal given tau by its moments

    def bias(self, side: str) -> Mixture:
        """The bias of a side."""
        return self.biases[self.sides.index(side)]

    def tau_quantile(self, probability: float) -> float:
        """The value that tau does not exceed with a probability in (0, 1)."""
        density = self.tau_weight.copy()
        density[[0, -1]] *= 2  # which the trapezoid rule had halved
        below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
        return float(np.interp(probability, below / below[-1], self.tau))


def pool(reports: Reports, *, bias_scale: float, floor: float = -np.inf) -> Pool:
    """Return the posterior of mu, of tau and of the side biases.

    Args:
        bias_scale: of the half-normal prior of tau, on the scale of pooling; above 0.
        floor: the least value mu can have.

    Raises:
        ValueError: If there is no report.
    """
    y, n = np.asarray(reports.value, float), len(reports.value)
    if n == 0:
        raise ValueError("there is nothing to pool")
    sides = tuple(dict.fromkeys(side for side in reports.side if side is not None))
    of_side = np.array([[side == one for one in sides] for side in reports.side], float).reshape(n, len(sides))
    same_source = np.array([[a == b for b in reports.source] for a in reports.source], float)
    fixed = np.diag(np.square(reports.own_sd)) + same_source * np.outer(reports.source_sd, reports.source_sd)

    tau = np.linspace(0, _REACH * bias_scale, _STEPS + 1)
    covariance = fixed + tau[:, None, None] ** 2 * (of_side @ of_side.T)  # (tau, report, report)
    inverse = np.linalg.inv(covariance)
    pull = inverse.sum(axis=1)  # (tau, report)
    precision = pull.sum(axis=1)
    share = pull / precision[:, None]
    centre, sd = share @ y, precision**-0.5
    residual = y - centre[:, None]
    log_density = -0.5 * (
        np.linalg.slogdet(covariance)[1]
        + np.log(precision)
        + np.einsum("ti,tij,tj->t", residual, inverse, residual)
        + (tau / bias_scale) ** 2
    )
    log_density += log_ndtr((centre - floor) / sd)
    density = np.exp(log_density - log_density.max())
    density[[0, -1]] /= 2  # the trapezoid rule
    chance = density / density.sum()

    # given tau and mu the biases are regressions on the residuals; mu is then averaged out
    gain = tau[:, None, None] ** 2 * np.einsum("ik,tij->tkj", of_side, inverse)  # (tau, side, report)
    mean, variance = _moments(centre, sd, floor)
    bias = np.einsum("tkj,tj->tk", gain, y - mean[:, None])
    bias_variance = (
        tau[:, None] ** 2 * (1 - np.einsum("tki,ik->tk", gain, of_side)) + gain.sum(axis=2) ** 2 * variance[:, None]
    )
    bias_sd = np.sqrt(np.maximum(bias_variance, _TINY**2))  # where tau is 0 so is the bias
    biases = tuple(Mixture(chance, bias[:, k], bias_sd[:, k]) for k in range(len(sides)))
    return Pool(Mixture(chance, centre, sd, floor), tau, chance, chance @ share, sides, biases)


def _moments(centre: Array, sd: Array, floor: float) -> tuple[Array, Array]:
    """Mean and variance of normals cut off below `floor`."""
    if not np.isfinite(floor):
        return centre, sd**2
    at = (floor - centre) / sd
    hazard = np.exp(-0.5 * at**2 - log_ndtr(-at)) / np.sqrt(2 * np.pi)
    return centre + sd * hazard, sd**2 * (1 + at * hazard - hazard**2)
