"""Random sizes of moves: quantile and log density of each family, as array code.

Only families with a closed quantile are here; the scenario checks refuse the others for magnitudes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import log_ndtr, ndtr, ndtri
from jax.scipy.stats import norm

Arguments = Sequence[Array]


def _truncated(u: Array, a: Arguments) -> Array:
    mean, sd, low, high = (jnp.asarray(v, u.dtype) for v in a)
    flip = low > mean  # work in the lower tail, where the distribution function keeps its digits
    left = jnp.where(flip, mean - high, low - mean) / sd
    right = jnp.where(flip, mean - low, high - mean) / sd
    v = jnp.where(flip, 1 - u, u)
    z = ndtri(ndtr(left) + v * (ndtr(right) - ndtr(left)))
    return jnp.clip(mean + jnp.where(flip, -z, z) * sd, low, high)


def _truncated_density(x: Array, a: Arguments) -> Array:
    low, high = jnp.asarray((a[2] - a[0]) / a[1], x.dtype), jnp.asarray((a[3] - a[0]) / a[1], x.dtype)
    inside = (x >= a[2]) & (x <= a[3])
    mass = log_ndtr(high) + jnp.log1p(-jnp.exp(log_ndtr(low) - log_ndtr(high)))
    return jnp.where(inside, norm.logpdf(x, a[0], a[1]) - mass, -jnp.inf)


QUANTILE: dict[str, Callable[[Array, Arguments], Array]] = {
    "normal": lambda u, a: a[0] + a[1] * ndtri(u),
    "lognormal": lambda u, a: jnp.exp(a[0] + a[1] * ndtri(u)),
    "halfnormal": lambda u, a: -a[0] * ndtri(0.5 - 0.5 * u),
    "truncnormal": _truncated,
    "uniform": lambda u, a: a[0] + u * (a[1] - a[0]),
    "loguniform": lambda u, a: a[0] * (a[1] / a[0]) ** u,
    "exponential": lambda u, a: -jnp.log1p(-u) / a[0],
    "fixed": lambda u, a: a[0] + 0.0 * u,
}


def _log_positive(x: Array) -> Array:
    return jnp.log(jnp.where(x > 0, x, 1.0))


LOG_DENSITY: dict[str, Callable[[Array, Arguments], Array]] = {
    "normal": lambda x, a: norm.logpdf(x, a[0], a[1]),
    "lognormal": lambda x, a: jnp.where(x > 0, norm.logpdf(_log_positive(x), a[0], a[1]) - _log_positive(x), -jnp.inf),
    "halfnormal": lambda x, a: jnp.where(x >= 0, jnp.log(2.0) + norm.logpdf(x, 0.0, a[0]), -jnp.inf),
    "truncnormal": _truncated_density,
    "uniform": lambda x, a: jnp.where((x >= a[0]) & (x <= a[1]), -jnp.log(a[1] - a[0]), -jnp.inf),
    "loguniform": lambda x, a: jnp.where(
        (x >= a[0]) & (x <= a[1]), -_log_positive(x) - jnp.log(jnp.log(a[1] / a[0])), -jnp.inf
    ),
    "exponential": lambda x, a: jnp.where(x >= 0, jnp.log(a[0]) - a[0] * x, -jnp.inf),
    "fixed": lambda x, a: jnp.where(x == a[0], 0.0, -jnp.inf),
}
