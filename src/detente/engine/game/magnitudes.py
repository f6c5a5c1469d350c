"""Random sizes of moves: quantile and log density of each family, as array code.

Only families with a closed quantile are here; the scenario checks refuse the others for magnitudes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detente.engine.graph import arrays
from detente.engine.graph.arrays import Values

Arguments = Sequence[Values]
HALF_LOG_2PI = 0.5 * float(np.log(2 * np.pi))


def normal_log_density(x: Values, mean: Values, sd: Values) -> Values:
    """Log density of a normal distribution."""
    z = (x - mean) / sd
    return -0.5 * (z * z) - arrays.log(sd) - HALF_LOG_2PI


def _truncated(u: Values, a: Arguments) -> Values:
    mean, sd, low, high = a
    flip = low > mean  # work in the lower tail, where the distribution function keeps its digits
    left = arrays.where(flip, mean - high, low - mean) / sd
    right = arrays.where(flip, mean - low, high - mean) / sd
    v = arrays.where(flip, 1 - u, u)
    below = arrays.normal_cdf(left)
    z = arrays.normal_quantile(below + v * (arrays.normal_cdf(right) - below))
    return arrays.minimum(arrays.maximum(mean + arrays.where(flip, -z, z) * sd, low), high)


def _truncated_density(x: Values, a: Arguments) -> Values:
    mean, sd, low, high = a
    flip = low > mean  # the mass by its nearer tail
    left = arrays.where(flip, mean - high, low - mean) / sd
    right = arrays.where(flip, mean - low, high - mean) / sd
    top = arrays.log_normal_cdf(right)
    mass = top + arrays.log1p(-arrays.exp(arrays.log_normal_cdf(left) - top))
    inside = arrays.both(x >= low, x <= high)
    return arrays.where(inside, normal_log_density(x, mean, sd) - mass, -np.inf)


QUANTILE: dict[str, Callable[[Values, Arguments], Values]] = {
    "normal": lambda u, a: a[0] + a[1] * arrays.normal_quantile(u),
    "lognormal": lambda u, a: arrays.exp(a[0] + a[1] * arrays.normal_quantile(u)),
    "halfnormal": lambda u, a: -a[0] * arrays.normal_quantile(0.5 - 0.5 * u),
    "truncnormal": _truncated,
    "uniform": lambda u, a: a[0] + u * (a[1] - a[0]),
    "loguniform": lambda u, a: a[0] * arrays.exp(u * arrays.log(a[1] / a[0])),
    "exponential": lambda u, a: -arrays.log1p(-u) / a[0],
    "fixed": lambda u, a: a[0] + 0.0 * u,
}


def _log_positive(x: Values) -> Values:
    return arrays.log(arrays.where(x > 0, x, 1.0))


def _lognormal_density(x: Values, a: Arguments) -> Values:
    level = _log_positive(x)
    return arrays.where(x > 0, normal_log_density(level, a[0], a[1]) - level, -np.inf)


def _between(x: Values, a: Arguments, density: Values) -> Values:
    return arrays.where(arrays.both(x >= a[0], x <= a[1]), density, -np.inf)


LOG_DENSITY: dict[str, Callable[[Values, Arguments], Values]] = {
    "normal": lambda x, a: normal_log_density(x, a[0], a[1]),
    "lognormal": _lognormal_density,
    "halfnormal": lambda x, a: arrays.where(x >= 0, float(np.log(2.0)) + normal_log_density(x, 0.0, a[0]), -np.inf),
    "truncnormal": _truncated_density,
    "uniform": lambda x, a: _between(x, a, -arrays.log(a[1] - a[0])),
    "loguniform": lambda x, a: _between(x, a, -_log_positive(x) - arrays.log(arrays.log(a[1] / a[0]))),
    "exponential": lambda x, a: arrays.where(x >= 0, arrays.log(a[0]) - a[0] * x, -np.inf),
    "fixed": lambda x, a: arrays.where(x == a[0], 0.0, -np.inf),
}
