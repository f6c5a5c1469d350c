"""Priors as maps from standard normals: parameter = quantile(Phi(z)).

In z every prior is N(0, I), whatever its family, so hypotheses are data: a table of quantiles per parameter, read by
linear interpolation. A fixed value is a constant table. Knots are 1/256 apart on |z| <= 8, beyond which lies a prior
probability of 1e-15; the relative error of a lognormal with log_sd 1 is below 2e-6 (`tests/inference/test_transforms.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array

from detente.scenario.priors import Prior

Z_MAX = 8.0
KNOTS_PER_UNIT = 256
KNOTS = int(2 * Z_MAX * KNOTS_PER_UNIT) + 1


def quantile_table(priors: Sequence[Prior]) -> np.ndarray:
    """Return the quantiles of each prior at the knots, shape (parameter, knot), float64."""
    from scipy.stats import norm

    z = np.linspace(-Z_MAX, Z_MAX, KNOTS)
    lower, upper = norm.cdf(z[z < 0]), norm.sf(z[z >= 0])
    rows = []
    for prior in priors:
        if prior.family == "fixed":
            rows.append(np.full(KNOTS, prior.arguments[0]))
        else:
            frozen = prior.frozen()
            rows.append(np.concatenate([frozen.ppf(lower), frozen.isf(upper)]))
    return np.stack(rows) if rows else np.zeros((0, KNOTS))


def to_parameters(table: Array, z: Array) -> Array:
    """Map standard normals to parameters; the last axis of both is the parameter axis of `z`.

    Args:
        table: (parameter, knot).
        z: (..., parameter).
    """
    position = (jnp.clip(z, -Z_MAX, Z_MAX) + Z_MAX) * KNOTS_PER_UNIT
    below = jnp.clip(jnp.floor(position).astype(jnp.int32), 0, KNOTS - 2)
    rows = jnp.arange(table.shape[0])
    low, high = table[rows, below], table[rows, below + 1]
    return low + (position - below.astype(position.dtype)) * (high - low)
