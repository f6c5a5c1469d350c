"""Maximum likelihood: the parameter values under which the record is most probable, and their standard errors.

Priors are left out but for their support; what they hold fixed stays fixed. L-BFGS-B from several starts (the prior's
medians, then draws from it), the best end finished by Newton's method; standard errors from the inverse of the observed
information (Efron & Hinkley 1978). Second derivatives, and slopes where the likelihood offers none, are central
differences, extrapolated (Richardson 1911). Tolerances and numbers of steps are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from detente import streams
from detente.engine.backends import threads
from detente.engine.likelihood import IMPOSSIBLE
from detente.inference.quantiles import Quantiles
from detente.inference.smc import LogLikelihood
from detente.progress import Share
from detente.settings import STARTS

CANDIDATES = 32  # prior draws per start wanted, among which those that allow the record are taken
SAME = 1e-3  # optima whose log likelihoods differ by less than this count as one
EDGE = 1e-9  # of a prior's spread: how near to the end of its support a parameter may come
STEP = 2e-3  # of differences: of a prior's spread, or of the way to the end of its support where that is less
CLOSEST = 1e-6  # of a prior's spread: the least that counts as that way, so that differences are more than rounding
FLAT, VAGUE = 1e-9, 1e-6  # of the largest curvature, less is none: by slopes that are given, by those of differences
CONVERGED = 1e-6  # nats that a Newton step still promises
NEWTON = 12  # steps at most
BLOCK = 256  # points evaluated at once: so much memory, and no more
OPTIONS = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-8, "maxls": 40}


@dataclass(frozen=True, eq=False)
class Estimates:
    """The best optimum under one hypothesis. Arrays run over all parameters, in the order of the priors."""

    estimate: np.ndarray
    log_likelihood: float
    gradient: np.ndarray  # in nats per unit
    covariance: np.ndarray  # of the estimates by the observed information; 0 where there is no curvature
    free: np.ndarray  # bool: not held fixed by the hypothesis
    at_bound: np.ndarray  # bool: at the end of its support with a slope that leads out of it
    identified: np.ndarray  # bool: the likelihood bends in it
    curved: bool  # the log likelihood bends down in every direction, or is flat
    optima: list[tuple[float, int]] = field(
        default_factory=list
    )  # log likelihoods, best first, and starts that end there
    impossible: int = 0  # draws from the prior, of those tried as starts, that do not allow the record

    @property
    def se(self) -> np.ndarray:
        """Standard errors; not-a-number where there is none."""
        return np.where(self.free & ~self.at_bound & self.identified, np.sqrt(np.diag(self.covariance)), np.nan)

    @property
    def promised(self) -> float:
        """Nats that one more Newton step would gain."""
        return float(self.gradient @ self.covariance @ self.gradient) / 2

    @property
    def converged(self) -> bool:
        """Whether this is an optimum, as far as slopes and curvature tell."""
        return self.curved and self.promised < CONVERGED and self.log_likelihood > IMPOSSIBLE / 2

    @property
    def aic(self) -> float:
        """Akaike's criterion; parameters at the end of their support count."""
        return 2 * float(self.free.sum()) - 2 * self.log_likelihood


def maximise(
    log_likelihood: LogLikelihood,
    quantiles: Quantiles,
    *,
    seed: int,
    starts: int = STARTS,
    progress: Share | None = None,
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
    from scipy.optimize import minimize

    surface, ends = _Surface(log_likelihood, quantiles), []
    with threads.one_blas_thread():
        begin, impossible = surface.starts(starts, seed)
        bounds = np.transpose([surface.low, surface.high])
        for number, x in enumerate(begin, 1):
            if len(x):
                x = minimize(surface.downhill, x, jac=True, method="L-BFGS-B", bounds=bounds, options=OPTIONS).x
            ends.append((surface.found(x[None])[0][0], x))
            if progress:
                progress(number / len(begin))
        ends.sort(key=lambda end: -end[0])
        best = surface.finish(ends[0][1])
    optima: list[tuple[float, int]] = []
    for value in (best.log_likelihood, *(float(value) for value, _ in ends[1:])):
        if optima and optima[-1][0] - value < SAME:
            optima[-1] = optima[-1][0], optima[-1][1] + 1
        else:
            optima.append((value, 1))
    return replace(best, optima=optima, impossible=impossible)


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

    def found(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Log likelihoods (n,) at points (n, free), and their slopes (n, free) if the likelihood gives them."""
        whole = np.tile(self.center, (len(points), 1))
        whole[:, self.free] += points * self.scale
        blocks = [self.log_likelihood(whole[i : i + BLOCK]) for i in range(0, len(points), BLOCK)]
        slopes = [slope[:, self.free] * self.scale for _, slope in blocks if slope is not None]
        return np.concatenate([value for value, _ in blocks]), np.concatenate(slopes) if slopes else None

    def at(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """Log likelihoods, slopes (0 where they are no numbers), and whether the slopes are exact."""
        value, given = self.found(points)
        slope = self.differences(lambda near: self.found(near)[0], points) if given is None else given
        return value, np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0), given is not None

    def downhill(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """What SciPy minimises, and its slope."""
        value, slope, _ = self.at(x[None])
        return -value[0], -slope[0]

    def differences(self, of: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
        """Derivatives of a function (n, free) -> (n, ...) by each free parameter, shape (n, free, ...).

        Nearer than a step to the end of a support they are those of a point that is a step away from it.
        """
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
        z = streams.rng("maximum-likelihood starts", seed).standard_normal((count * CANDIDATES, len(self.free)))
        z[0] = 0.0
        points = (self.quantiles.values(z) - self.center)[:, self.free] / self.scale
        allowed = np.flatnonzero(self.found(points)[0] > IMPOSSIBLE / 2)[:count]
        tried = allowed[-1] + 1 if len(allowed) == count else len(z)
        return list(points[allowed]) or [points[0]], int(tried - len(allowed))

    def finish(self, x: np.ndarray) -> Estimates:
        """Newton's method within the bounds for as long as it gains, which L-BFGS-B stops short of."""
        here = self.place(x)
        for _ in range(NEWTON):
            x = np.clip(x + (here.covariance @ here.gradient)[self.free] / self.scale, self.low, self.high)
            there = self.place(x)
            if there.promised >= here.promised or there.log_likelihood < here.log_likelihood - 1e-10:
                break
            here = there
        return here

    def place(self, x: np.ndarray) -> Estimates:
        """What holds at a point."""
        (value,), (slope,), exact = self.at(x[None])
        near = 10 * EDGE
        out = ((x <= self.low + near) & (slope <= 0)) | ((x >= self.high - near) & (slope >= 0))
        bend = self.differences(lambda points: self.at(points)[1], x[None])[0].reshape(len(x), len(x))
        size, axes = np.linalg.eigh(-(bend + bend.T)[np.ix_(~out, ~out)] / 2)
        least = (FLAT if exact else VAGUE) * np.abs(size).max(initial=1e-300)
        bent, free = size > least, np.flatnonzero(self.free)
        inside, number = free[~out], np.arange(len(self.free))
        estimate, gradient = self.center.copy(), np.zeros(len(number))
        covariance = np.zeros((len(number), len(number)))
        estimate[free] += x * self.scale
        gradient[free] = slope / self.scale
        covariance[np.ix_(inside, inside)] = (axes[:, bent] / size[bent]) @ axes[:, bent].T
        covariance[np.ix_(free, free)] *= np.outer(self.scale, self.scale)
        flat = inside[(axes[:, ~bent] ** 2).sum(1) > 1e-6]
        return Estimates(
            estimate,
            float(value),
            gradient,
            covariance,
            self.free,
            np.isin(number, free[out]),
            ~np.isin(number, flat),
            bool((size > -least).all()),
        )
