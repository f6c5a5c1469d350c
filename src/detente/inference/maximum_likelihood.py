"""Maximum likelihood: the parameter values under which the record is most probable, and their standard errors.

Priors are left out but for their support; what they hold fixed stays fixed. L-BFGS-B from several starts (the prior's
medians, then draws from it), each finished by Newton steps; standard errors from the inverse of the observed
information. Gradients and Hessian come from JAX, in double precision.

Sources: Byrd, Lu, Nocedal & Zhu (1995), SIAM Journal on Scientific Computing 16(5), for the optimiser; Efron & Hinkley
(1978), Biometrika 65(3), for the observed information. Tolerances and numbers of steps below are our choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from detente.engine.observe import IMPOSSIBLE
from detente.engine.record import Record
from detente.inference.density import Model
from detente.inference.transforms import KNOTS, KNOTS_PER_UNIT, to_parameters
from detente.scenario.priors import Prior

STARTS = 8
CANDIDATES = 32  # prior draws per start wanted, among which those that allow the record are taken
SAME = 1e-3  # optima whose log likelihoods differ by less than this count as one
EDGE = 1e-9  # of a prior's spread: how near to the end of its support a parameter may come
FLAT = 1e-9  # of the largest curvature: less is none
CONVERGED = 1e-6  # nats that a Newton step still promises
NEWTON = 12
ROUNDING = 1e-13  # relative, of a log likelihood
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Optimum:
    """Where starts ended: a log likelihood and how many of them found it."""

    log_likelihood: float
    starts: int


@dataclass(frozen=True, eq=False)
class Estimates:
    """The best optimum under one hypothesis. Arrays run over all parameters, in the model's order."""

    estimate: np.ndarray  # (parameter,)
    free: np.ndarray  # (parameter,) bool: not held fixed by the hypothesis
    at_bound: np.ndarray  # (parameter,) bool: at the end of its support, held there for the standard errors
    identified: np.ndarray  # (parameter,) bool: the likelihood bends in it
    se: np.ndarray  # (parameter,) not-a-number where there is none
    covariance: np.ndarray  # (parameter, parameter) 0 for what has no standard error
    gradient: np.ndarray  # (parameter,) of the log likelihood, in nats per unit
    log_likelihood: float
    promised: float  # nats that one more Newton step would gain
    curved: bool  # the log likelihood bends down in every direction, or is flat
    optima: tuple[Optimum, ...]  # best first
    impossible: int  # starts that no value near them could save

    @property
    def converged(self) -> bool:
        """Whether this is an optimum, as far as slopes and curvature tell."""
        return self.curved and self.promised < CONVERGED and self.log_likelihood > IMPOSSIBLE / 2

    @property
    def aic(self) -> float:
        """Akaike's criterion; parameters at the end of their support count."""
        return 2 * float(self.free.sum()) - 2 * self.log_likelihood


@lru_cache(maxsize=4)
def _programs(model: Model) -> tuple[Callable, Callable]:
    """Compiled (value and gradient, Hessian) of the log likelihood of a record in the parameters, float64."""

    def log_likelihood(values, record):
        return model.log_likelihood(values, record)

    def hessian(values, record):
        slope = jax.grad(log_likelihood)
        column = lambda v: jax.jvp(lambda x: slope(x, record), (values,), (v,))[1]  # noqa: E731
        return lax.map(column, jnp.eye(len(values), dtype=values.dtype))

    return jax.jit(jax.value_and_grad(log_likelihood)), jax.jit(hessian)


def support(prior: Prior) -> tuple[float, float]:
    """The lowest and highest value that a prior allows."""
    if prior.family == "fixed":
        return prior.arguments[0], prior.arguments[0]
    low, high = prior.frozen().support()
    return float(low), float(high)


def maximise(
    model: Model,
    priors: list[Prior],
    table: np.ndarray,
    *,
    seed: int,
    starts: int = STARTS,
    record: Record | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """Maximise the log likelihood of the record under one hypothesis.

    Args:
        priors: of the hypothesis, in the model's order: they give supports, starts and scales, and nothing else.
        table: their quantiles, from `model.tables`.
        seed: of the starts.
        starts: how many; the first is at the prior's medians.
        progress: called with the share of the starts that are done.

    Raises:
        ValueError: When the likelihood is estimated by particles: it has no gradient.
    """
    if model.latent.mode == "particles":
        raise ValueError("maximum likelihood needs the gradient; a particle filter only estimates the value")
    problem = _Problem(model, priors, table, model.record if record is None else record)
    begin, impossible = problem.starts(starts, seed)
    ended = []
    for number, x in enumerate(begin):
        ended.append(problem.climb(x))
        if progress:
            progress((number + 1) / len(begin))
    best = max(ended, key=lambda found: found[1])
    return problem.estimates(best[0], _gathered([value for _, value in ended]), impossible)


def _gathered(values: list[float]) -> tuple[Optimum, ...]:
    """The optima found, best first, those within `SAME` of a better one counted with it."""
    optima: list[Optimum] = []
    for value in sorted(values, reverse=True):
        if optima and optima[-1].log_likelihood - value < SAME:
            optima[-1] = Optimum(optima[-1].log_likelihood, optima[-1].starts + 1)
        else:
            optima.append(Optimum(value, 1))
    return tuple(optima)


class _Problem:
    """The log likelihood in the free parameters, each in units of its prior's spread around its median."""

    def __init__(self, model: Model, priors: list[Prior], table: np.ndarray, record: Record) -> None:
        self.table, self.record = table, jax.tree.map(jnp.asarray, record)
        self.value_and_gradient, self.hessian = _programs(model)
        self.free = np.array([p.family != "fixed" for p in priors], bool)
        low, self.center, high = (table[:, KNOTS // 2 + z * KNOTS_PER_UNIT] for z in (-1, 0, 1))
        self.scale = np.where(self.free, (high - low) / 2, 1.0)
        bounds = np.array([support(p) for p in priors]).reshape(len(priors), 2)
        inner = EDGE * self.scale[:, None] * np.array([1.0, -1.0])
        bounds += np.where(np.isfinite(bounds), inner, 0.0)
        self.bounds = ((bounds - self.center[:, None]) / self.scale[:, None])[self.free]

    def whole(self, x: np.ndarray) -> np.ndarray:
        """All parameters, in their own units."""
        values = np.array(self.center, float)
        values[self.free] += x * self.scale[self.free]
        return values

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """The log likelihood and its gradient in x; slopes that are no numbers count as none."""
        value, gradient = self.value_and_gradient(jnp.asarray(self.whole(x)), self.record)
        gradient = np.nan_to_num(np.asarray(gradient), nan=0.0, posinf=0.0, neginf=0.0)
        return float(value), (gradient * self.scale)[self.free]

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Minus the Hessian in x: the observed information."""
        found = np.asarray(self.hessian(jnp.asarray(self.whole(x)), self.record))
        found = -(found * self.scale[:, None] * self.scale)[np.ix_(self.free, self.free)]
        return (found + found.T) / 2

    def starts(self, count: int, seed: int) -> tuple[list[np.ndarray], int]:
        """Points that allow the record, and how many of those tried first do not."""
        z = np.random.default_rng([seed, 8]).standard_normal((count * CANDIDATES, len(self.free)))
        z[0] = 0.0
        found: list[np.ndarray] = []
        failed = 0
        for row in z:
            values = to_parameters(self.table, row, np) if len(self.free) else self.center
            x = ((values - self.center) / self.scale)[self.free]
            if self.at(x)[0] > IMPOSSIBLE / 2:
                found.append(x)
            else:
                failed += 1
            if len(found) == count:
                break
        return found or [np.zeros(int(self.free.sum()))], failed

    def climb(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """The optimum near x, and its log likelihood."""
        from scipy.optimize import minimize

        if not len(x):
            return x, self.at(x)[0]

        def objective(x: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = self.at(x)
            return -value, -gradient

        options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-8, "maxls": 40}
        found = minimize(objective, x, jac=True, method="L-BFGS-B", bounds=self.bounds, options=options)
        return self.finish(np.asarray(found.x))

    def finish(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """Newton steps within the bounds for as long as they gain, which L-BFGS-B stops short of."""
        value, gradient = self.at(x)
        for _ in range(NEWTON):
            inside = self.inside(x, gradient)
            step = np.zeros_like(x)
            inverse, *_ = _inverted(self.curvature(x)[np.ix_(inside, inside)])
            step[inside] = inverse @ gradient[inside]
            after = np.clip(x + step, *self.bounds.T)
            there, slope = self.at(after)
            flatter = np.abs(slope[inside]).max(initial=0.0) < np.abs(gradient[inside]).max(initial=0.0)
            if not (there > value or (there > value - ROUNDING * (1 + abs(value)) and flatter)):
                break
            x, value, gradient = after, there, slope
        return x, value

    def inside(self, x: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Which parameters are free to move: not at the end of their support with a slope that leads out of it."""
        low, high = self.bounds.T
        near = 10 * EDGE
        return ~(((x <= low + near) & (gradient <= 0)) | ((x >= high - near) & (gradient >= 0)))

    def estimates(self, x: np.ndarray, optima: tuple[Optimum, ...], impossible: int) -> Estimates:
        value, gradient = self.at(x)
        inside, size = self.inside(x, gradient), len(self.free)
        inverse, curved, flat = _inverted(self.curvature(x)[np.ix_(inside, inside)])
        index = np.flatnonzero(self.free)[inside]
        scale = self.scale[index]
        covariance, identified, se = np.zeros((size, size)), np.ones(size, bool), np.full(size, np.nan)
        identified[index[flat]] = False
        sure = ~flat
        covariance[np.ix_(index[sure], index[sure])] = (inverse * scale[:, None] * scale)[np.ix_(sure, sure)]
        se[index[sure]] = np.sqrt(np.diag(covariance)[index[sure]])
        at_bound, slopes = np.zeros(size, bool), np.zeros(size)
        at_bound[np.flatnonzero(self.free)[~inside]] = True
        slopes[self.free] = gradient / self.scale[self.free]
        promised = float(gradient[inside] @ inverse @ gradient[inside]) / 2
        return Estimates(
            self.whole(x), self.free, at_bound, identified, se, covariance, slopes, value, promised, curved, optima,
            impossible,
        )  # fmt: skip


def _inverted(information: np.ndarray) -> tuple[np.ndarray, bool, np.ndarray]:
    """The inverse where there is curvature; whether that is nowhere negative; what flat directions touch."""
    if not len(information) or not np.isfinite(information).all():
        return np.zeros_like(information), not len(information), np.ones(len(information), bool)
    size, axes = np.linalg.eigh(information)
    least = FLAT * max(float(np.abs(size).max()), 1e-300)
    bent = size > least
    inverse = (axes[:, bent] / size[bent]) @ axes[:, bent].T
    return inverse, bool((size > -least).all()), (axes[:, ~bent] ** 2).sum(1) > 1e-6
