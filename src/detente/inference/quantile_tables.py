"""Quantiles as piecewise polynomials of z: for the two families whose quantile has no closed form, and for JAX.

The quantile of a gamma takes 3 microseconds a value and that of a beta 0.5, thirty times as long as a closed form, so
both are tabulated once per prior: the logarithm of a gamma and the log odds of a beta, which are nearly parabolas in z
far out. A polynomial of degree 5 meets value, slope and curvature at both ends of its interval, and intervals are
halved until it agrees in between with the exact quantile to `TOLERANCE`. The slopes are those of the polynomials
themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from scipy import special

FARTHEST = 37.0  # of |z|: beyond it the tail of a standard normal is not a normal double
COARSEST, FINEST = 4, 1024  # intervals per unit of z
TOLERANCE = 1e-9  # of a logarithm or of log odds: so much, relative, of the parameter
TINY = 1e-20  # below it the leading term of a series is exact in double precision
NEAR = 1e-3  # below it that term is right to about as much, enough to start from
MANY = 1e6  # from this shape on a gamma's cube root is normal to 1e-6 of its sd on |z| < 8
MOST_STEPS, ENOUGH = 50, 1e-11  # of Newton's method, and the error of a log probability that needs no more
SMALLEST = np.finfo(float).tiny
LARGEST_EXPONENT = 700.0  # of exp, beyond which a value stays what it is there: exp overflows at 709
LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


class Knots(NamedTuple):
    """A function of z at the knots, each array of shape (knot,)."""

    value: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray


@lru_cache(maxsize=1024)  # hypotheses share most of their priors
def table(family: str, arguments: tuple[float, ...]) -> np.ndarray:
    """The transformed quantile of a `beta` (log odds) or a `gamma` of rate 1 (logarithm).

    Args:
        arguments: both of a beta's, the shape alone of a gamma's.

    Returns:
        Coefficients on equal intervals of |z| <= `FARTHEST`, shape (interval, 6).
    """
    with np.errstate(all="ignore"):  # far out, where a logarithm stands in
        return _refined({"beta": _beta, "gamma": _gamma}[family], arguments)


def _refined(exact: Callable[..., Knots], arguments: tuple[float, ...]) -> np.ndarray:
    """Polynomials on intervals halved until they agree with the exact function in between."""
    per_unit = COARSEST
    at = exact(knots(per_unit), None, *arguments)
    coefficients = quintic(at, per_unit)
    while per_unit < FINEST:
        per_unit *= 2
        guess = coefficients @ 0.5 ** np.arange(6)  # in the middle of every interval
        middle = exact(knots(per_unit)[1::2], guess, *arguments)
        at = Knots(*(_woven(*pair) for pair in zip(at, middle, strict=True)))
        coefficients = quintic(at, per_unit)
        if (np.abs(guess - middle.value) <= TOLERANCE * np.maximum(1, np.abs(middle.value))).all():
            break
    return coefficients


def _woven(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Values in turn: the first of `outer`, the first of `inner`, and so on."""
    out = np.empty(len(outer) + len(inner))
    out[::2], out[1::2] = outer, inner
    return out


def knots(per_unit: int) -> np.ndarray:
    """Equally spaced z from -`FARTHEST` to `FARTHEST`."""
    return np.linspace(-FARTHEST, FARTHEST, int(2 * FARTHEST) * per_unit + 1)


def quintic(at: Knots, per_unit: int) -> np.ndarray:
    """The polynomials that meet value, slope and curvature at the knots, shape (interval, 6), lowest power first."""
    low, high = at.value[:-1], at.value[1:]
    rise, (d0, d1) = high - low, (at.slope[:-1] / per_unit, at.slope[1:] / per_unit)
    e0, e1 = at.curvature[:-1] / per_unit**2, at.curvature[1:] / per_unit**2
    return np.stack(
        [
            low,
            d0,
            e0 / 2,
            10 * rise - 6 * d0 - 4 * d1 - 1.5 * e0 + 0.5 * e1,
            -15 * rise + 8 * d0 + 7 * d1 + 1.5 * e0 - e1,
            6 * rise - 3 * d0 - 3 * d1 - 0.5 * e0 + 0.5 * e1,
        ],
        axis=-1,
    )


def cubic(value: np.ndarray, slope: np.ndarray, per_unit: int) -> np.ndarray:
    """The polynomials that meet value and slope at the knots of the first axis, shape (interval, ..., 4)."""
    rise, (d0, d1) = np.diff(value, axis=0), (slope[:-1] / per_unit, slope[1:] / per_unit)
    return np.stack([value[:-1], d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise], axis=-1)


def interpolate(coefficients: Any, z: Any, xp: ModuleType = np) -> tuple[Any, Any]:
    """Values and slopes of tabulated functions.

    Args:
        coefficients: (parameter, interval, power).
        z: (..., parameter); beyond `FARTHEST` a function stays what it is there.
        xp: `numpy` or `jax.numpy`.
    """
    per_unit = coefficients.shape[1] / (2 * FARTHEST)
    position = (xp.clip(z, -FARTHEST, FARTHEST) + FARTHEST) * per_unit
    interval = xp.minimum(position.astype(xp.int32), coefficients.shape[1] - 1)
    share = position - interval
    mine = coefficients[xp.arange(coefficients.shape[0]), interval]
    value, slope = mine[..., -1], 0.0
    for power in range(coefficients.shape[2] - 2, -1, -1):
        slope = slope * share + value
        value = value * share + mine[..., power]
    return value, xp.where(xp.abs(z) < FARTHEST, slope * per_unit, 0.0)


def _beta(z: np.ndarray, guess: np.ndarray | None, a: float, b: float) -> Knots:
    """Log odds of a beta's quantile, from a guess near it or from SciPy's inverse functions. Value and complement are
    each taken from the tail of z that is nearer."""
    low, p, log_beta = z < 0, special.ndtr(-np.abs(z)), special.betaln(a, b)
    log_x = (special.log_ndtr(z) + np.log(a) + log_beta) / a  # where x is tiny, and log_y where its complement is
    log_y = (special.log_ndtr(-z) + np.log(b) + log_beta) / b
    inside = (log_x > np.log(TINY / max(1, b))) & (log_y > np.log(TINY / max(1, a)))
    odds = np.where(log_x < log_y, log_x, -log_y)
    if guess is None:
        x = np.where(low, special.betaincinv(a, b, p), special.betainccinv(a, b, p))[inside]
        y = np.where(low, special.betainccinv(b, a, p), special.betaincinv(b, a, p))[inside]
        # SciPy's inverse fails here and there far out (beta(3, 6) at z = 23.25), where one term of a series is near
        far = (log_x < np.log(NEAR / max(1, b))) | (log_y < np.log(NEAR / max(1, a)))
        odds[inside] = np.where(far[inside], odds[inside], np.log(x) - np.log(y))
    else:
        odds[inside] = guess[inside]
    below = low[inside]

    def log_tail(t):
        near = t < 0  # the nearer bound is 0
        x = special.expit(-np.abs(t))
        tail = np.empty_like(t)
        for function, chosen in ((special.betainc, near == below), (special.betaincc, near != below)):
            first, second = np.where(near, a, b)[chosen], np.where(near, b, a)[chosen]
            tail[chosen] = function(first, second, x[chosen])
        return np.log(np.maximum(tail, SMALLEST))

    def log_density(t):
        return a * special.log_expit(t) + b * special.log_expit(-t) - log_beta

    odds[inside] = _polished(odds[inside], z[inside], log_tail, log_density)
    slope = np.exp(_log_normal(z) - log_density(odds))
    return Knots(odds, slope, -slope * (z + (a * special.expit(-odds) - b * special.expit(odds)) * slope))


def _gamma(z: np.ndarray, guess: np.ndarray | None, shape: float) -> Knots:
    """Logarithm of the quantile of a gamma with rate 1, from the tail of z that is nearer; from a guess near it or from
    SciPy's inverse functions.

    Source for very large shapes, where SciPy's function fails: Wilson & Hilferty (1931), PNAS 17(12).
    """
    if shape > MANY:
        root = 1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape))
        slope = 1 / (np.sqrt(shape) * root)
        return Knots(np.log(shape) + 3 * np.log(root), slope, -(slope**2) / 3)
    low, p = z < 0, special.ndtr(-np.abs(z))
    logs = (special.log_ndtr(z) + special.gammaln(shape + 1)) / shape  # where x is tiny
    inside = logs > np.log(TINY)
    if guess is None:
        logs[inside] = np.log(np.where(low, special.gammaincinv(shape, p), special.gammainccinv(shape, p))[inside])
    else:
        logs[inside] = guess[inside]

    def log_tail(t):
        x = np.exp(t)
        tail = np.where(low[inside], special.gammainc(shape, x), special.gammaincc(shape, x))
        return np.log(np.maximum(tail, SMALLEST))

    def log_density(t):
        return shape * t - np.exp(t) - special.gammaln(shape)

    logs[inside] = _polished(logs[inside], z[inside], log_tail, log_density)
    slope = np.exp(_log_normal(z) - log_density(logs))
    return Knots(logs, slope, -slope * (z + (shape - np.exp(logs)) * slope))


def _polished(
    t: np.ndarray, z: np.ndarray, log_tail: Callable[[np.ndarray], np.ndarray], log_density: Callable
) -> np.ndarray:
    """Quantiles after Newton steps on the logarithm of the nearer tail's probability.

    SciPy's inverse functions lose digits, or all of them, where one argument is above 1,000 and z far out; the
    functions that they invert do not.
    """
    for _ in range(MOST_STEPS):
        tail = log_tail(t)
        excess = tail - special.log_ndtr(-np.abs(z))
        if np.abs(excess).max(initial=0) < ENOUGH:
            break
        gap = excess * np.exp(np.minimum(tail - log_density(t), LARGEST_EXPONENT))
        t = t - np.clip(np.where(z < 0, gap, -gap), -1, 1)
    return t


def _log_normal(z: np.ndarray) -> np.ndarray:
    return -0.5 * z * z - LOG_ROOT_2PI
