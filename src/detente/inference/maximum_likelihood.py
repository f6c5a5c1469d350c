"""Maximum likelihood: the parameter values under which the record is most probable, and their standard errors.

Priors are left out but for their support; what they hold fixed stays fixed. L-BFGS-B from several starts (the prior's
medians, then draws from it), the best end finished by Newton steps; standard errors from the inverse of the observed
information. Second derivatives, and slopes where the likelihood offers none, are central differences, extrapolated.

Sources: Byrd, Lu, Nocedal & Zhu (1995), SIAM Journal on Scientific Computing 16(5), for the optimiser; Efron & Hinkley
(1978), Biometrika 65(3), for the observed information; Richardson (1911), Philosophical Transactions A 210, for the
extrapolation. Tolerances and numbers of steps below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from detente.engine.likelihood import IMPOSSIBLE
from detente.inference.quantiles import Quantiles
from detente.inference.smc import LogLikelihood, Progress
from detente.settings import STARTS

CANDIDATES = 32  # prior draws per start wanted, among which those that allow the record are taken
SAME = 1e-3  # optima whose log likelihoods differ by less than this count as one
EDGE = 1e-9  # of a prior's spread: how near to the end of its support a parameter may come
STEP = 2e-3  # of differences: of a prior's spread, or of the way to the end of its support where that is less
CLOSEST = 1e-6  # of a prior's spread: the least that counts as that way, so that differences are more than rounding
FLAT, VAGUE = 1e-9, 1e-6  # of the largest curvature, less is none: by slopes that are given, by those of differences
CONVERGED = 1e-6  # nats that a Newton step still promises
NEWTON = 12
ROUNDING = 1e-13  # relative, of a log likelihood
BLOCK = 256  # points evaluated at once: so much memory, and no more
OPTIONS = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-8, "maxls": 40}


@dataclass(frozen=True)
class Optimum:
    """Where starts ended: a log likelihood and how many of them found it."""

    log_likelihood: float
    starts: int


@dataclass(frozen=True, eq=False)
class Estimates:
    """The best optimum under one hypothesis. Arrays run over all parameters, in the order of the priors."""

    estimate: np.ndarray  # (parameter,)
    free: np.ndarray  # (parameter,) bool: not held fixed by the hypothesis
    at_bound: np.ndarray  # (parameter,) bool: at the end of its support, held there for the standard errors
    identified: np.ndarray  # (parameter,) bool: the likelihood bends in it
    se: np.ndarray  # (parameter,) not-a-number where there is none
    gradient: np.ndarray  # (parameter,) of the log likelihood, in nats per unit
    log_likelihood: float
    promised: float  # nats that one more Newton step would gain
    curved: bool  # the log likelihood bends down in every direction, or is flat
    optima: tuple[Optimum, ...]  # best first
    impossible: int  # draws from the prior, of those tried as starts, that do not allow the record

    @property
    def converged(self) -> bool:
        """Whether this is an optimum, as far as slopes and curvature tell."""
        return self.curved and self.promised < CONVERGED and self.log_likelihood > IMPOSSIBLE / 2

    @property
    def aic(self) -> float:
        """Akaike's criterion; parameters at the end of their support count."""
        return 2 * float(self.free.sum()) - 2 * self.log_likelihood


class _Place(NamedTuple):
    """A point in the free parameters, in units of their priors' spreads around their medians, and what holds there."""

    x: np.ndarray
    value: float  # log likelihood
    slope: np.ndarray
    inside: np.ndarray  # bool: not at the end of its support with a slope that leads out of it
    inverse: np.ndarray  # of the information on those inside, where there is curvature
    curved: bool  # it is nowhere negative
    flat: np.ndarray  # bool, of those inside: touched by a direction without curvature


def maximise(
    log_likelihood: LogLikelihood,
    quantiles: Quantiles,
    *,
    seed: int,
    starts: int = STARTS,
    progress: Progress | None = None,
) -> Estimates:
    """Maximise a log likelihood.

    Args:
        log_likelihood: of parameter values, shape (n, parameter), in double precision: the log likelihoods (n,), at
            worst `IMPOSSIBLE`, and their gradient (n, parameter), or None in its place.
        quantiles: of the priors: they give supports, starts and scales, and nothing else.
        seed: of the starts.
        starts: how many; the first is at the priors' medians.
        progress: called with the share of the starts that are done.
    """
    surface = _Surface(log_likelihood, quantiles)
    with threadpool_limits(1, "blas"):  # the optimiser's matrices are tiny: more threads only wait for each other
        begin, impossible = surface.starts(starts, seed)
        ends: list[tuple[float, np.ndarray]] = []
        for number, x in enumerate(begin, 1):
            ends.append(surface.climb(x))
            if progress:
                progress(number / len(begin))
        ends.sort(key=lambda end: -end[0])
        best = surface.finish(ends[0][1])
    return surface.estimates(best, _gathered([best.value, *(value for value, _ in ends[1:])]), impossible)


def _gathered(values: list[float]) -> tuple[Optimum, ...]:
    """Optima from values, best first: those within `SAME` of a better one counted with it."""
    optima: list[Optimum] = []
    for value in values:
        if optima and optima[-1].log_likelihood - value < SAME:
            optima[-1] = Optimum(optima[-1].log_likelihood, optima[-1].starts + 1)
        else:
            optima.append(Optimum(value, 1))
    return tuple(optima)


class _Surface:
    """The log likelihood over the free parameters, each in units of its prior's spread around its median."""

    def __init__(self, log_likelihood: LogLikelihood, quantiles: Quantiles) -> None:
        self.log_likelihood, self.quantiles = log_likelihood, quantiles
        self.free = np.array([p.family != "fixed" for p in quantiles.priors], bool)
        low, self.center, high = quantiles.values(np.outer([-1.0, 0.0, 1.0], np.ones(len(quantiles))))
        self.scale = ((high - low) / 2)[self.free]
        ends = np.array([p.frozen().support() for p in quantiles.priors if p.family != "fixed"], float).reshape(-1, 2)
        ends = (ends.T - self.center[self.free]) / self.scale
        self.low, self.high = ends[0] + EDGE, ends[1] - EDGE

    def whole(self, points: np.ndarray) -> np.ndarray:
        """All parameters (n, parameter) in their own units."""
        values = np.tile(self.center, (len(points), 1))
        values[:, self.free] += points * self.scale
        return values

    def found(self, points: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Log likelihoods (n,) at points (n, free), and blocks of their gradient, if there is one."""
        blocks = [self.log_likelihood(self.whole(points[i : i + BLOCK])) for i in range(0, len(points), BLOCK)]
        return np.concatenate([value for value, _ in blocks]), [slope for _, slope in blocks if slope is not None]

    def at(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """Log likelihoods (n,) and slopes (n, free) at points (n, free), and whether the slopes are exact; those that
        are no numbers count as 0."""
        value, given = self.found(points)
        if given:
            slope = np.concatenate(given)[:, self.free] * self.scale
        else:
            slope = self.differences(lambda near: self.found(near)[0], points)
        return value, np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0), bool(given)

    def differences(self, of: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
        """Derivatives of a function (n, free) -> (n, ...) by each free parameter, shape (n, free, ...): central
        differences over a step and over half of it, extrapolated; the error is of the fourth order in the step. Nearer
        than a step to the end of a support they are those of a point that is a step away from it."""
        count, size = points.shape
        if not size:
            return np.zeros((count, 0))
        way = np.clip(np.minimum(points - self.low, self.high - points), CLOSEST, 1.0)
        step = np.minimum(STEP * way, (self.high - self.low) / 2)
        points = np.clip(points, self.low + step, self.high - step)
        apart = np.array([1.0, -1.0, 0.5, -0.5])[:, None, None, None] * step[:, :, None] * np.eye(size)
        around = of((points[:, None] + apart).reshape(-1, size))
        ahead, behind, half_ahead, half_behind = around.reshape(4, count, size, *around.shape[1:])
        step = step.reshape(count, size, *[1] * (around.ndim - 1))
        return (8 * (half_ahead - half_behind) - (ahead - behind)) / (6 * step)

    def starts(self, count: int, seed: int) -> tuple[list[np.ndarray], int]:
        """Points that allow the record, and how many of those tried first do not."""
        z = np.random.default_rng([seed, 8]).standard_normal((count * CANDIDATES, len(self.free)))
        z[0] = 0.0
        points = (self.quantiles.values(z) - self.center)[:, self.free] / self.scale
        allowed = np.flatnonzero(self.found(points)[0] > IMPOSSIBLE / 2)[:count]
        tried = allowed[-1] + 1 if len(allowed) == count else len(z)
        return list(points[allowed]) or [points[0]], int(tried - len(allowed))

    def climb(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """The log likelihood of the optimum near x, and where it is."""
        from scipy.optimize import minimize

        if not len(x):
            return float(self.found(x[None])[0][0]), x

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope, _ = self.at(x[None])
            return -value[0], -slope[0]

        bounds = np.transpose([self.low, self.high])
        found = minimize(objective, x, jac=True, method="L-BFGS-B", bounds=bounds, options=OPTIONS)
        return -float(found.fun), found.x

    def finish(self, x: np.ndarray) -> _Place:
        """Newton steps within the bounds for as long as they flatten the slopes, which L-BFGS-B stops short of."""
        here = self.place(x)
        for _ in range(NEWTON):
            step = np.zeros_like(here.x)
            step[here.inside] = here.inverse @ here.slope[here.inside]
            there = self.place(np.clip(here.x + step, self.low, self.high))
            before, after = (np.abs(place.slope[here.inside]).max(initial=0.0) for place in (here, there))
            if after >= before or there.value < here.value - ROUNDING * (1 + abs(here.value)):
                break
            here = there
        return here

    def place(self, x: np.ndarray) -> _Place:
        """What holds at a point."""
        (value,), (slope,), exact = self.at(x[None])
        near = 10 * EDGE
        inside = ~(((x <= self.low + near) & (slope <= 0)) | ((x >= self.high - near) & (slope >= 0)))
        bend = self.differences(lambda points: self.at(points)[1], x[None])[0]
        information = -(bend + bend.T)[np.ix_(inside, inside)] / 2 if len(x) else np.zeros((0, 0))
        size, axes = np.linalg.eigh(information)
        least = (FLAT if exact else VAGUE) * np.abs(size).max(initial=1e-300)
        bent = size > least
        inverse = (axes[:, bent] / size[bent]) @ axes[:, bent].T
        flat = (axes[:, ~bent] ** 2).sum(1) > 1e-6
        return _Place(x, float(value), slope, inside, inverse, bool((size > -least).all()), flat)

    def estimates(self, best: _Place, optima: tuple[Optimum, ...], impossible: int) -> Estimates:
        """An optimum in the parameters' own units."""
        free, inside = np.flatnonzero(self.free), np.flatnonzero(self.free)[best.inside]
        number, se, gradient = np.arange(len(self.free)), np.full(len(self.free), np.nan), np.zeros(len(self.free))
        se[inside] = np.where(best.flat, np.nan, np.sqrt(np.diag(best.inverse))) * self.scale[best.inside]
        gradient[free] = best.slope / self.scale
        push = best.slope[best.inside]
        return Estimates(
            estimate=self.whole(best.x[None])[0],
            free=self.free,
            at_bound=np.isin(number, free[~best.inside]),
            identified=~np.isin(number, inside[best.flat]),
            se=se,
            gradient=gradient,
            log_likelihood=best.value,
            promised=float(push @ best.inverse @ push) / 2,
            curved=best.curved,
            optima=optima,
            impossible=impossible,
        )
