"""Priors as maps from standard normals: parameter = quantile(Phi(z)).

In z every prior is N(0, I), whatever its family, so hypotheses are data: a table of quantiles per parameter, read by
linear interpolation. A fixed value is a constant table. Knots are 1/256 apart on |z| <= 8, beyond which lies a prior
probability of 1e-15; the relative error of a lognormal with log_sd 1 is below 2e-6
(`tests/inference/test_transforms.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

import jax.numpy as jnp
import numpy as np
from scipy.special import ndtr

from detente.engine.compile import Values
from detente.scenario.priors import Prior

Z_MAX = 8.0
KNOTS_PER_UNIT = 256
KNOTS = int(2 * Z_MAX * KNOTS_PER_UNIT) + 1


def quantile_table(priors: Sequence[Prior]) -> np.ndarray:
    """Return the quantiles of each prior at the knots, shape (parameter, knot), float64."""
    return np.stack([_quantiles(p) for p in priors]) if priors else np.zeros((0, KNOTS))


@lru_cache(maxsize=1024)  # hypotheses share most of their priors
def _quantiles(prior: Prior) -> np.ndarray:
    if prior.family == "fixed":
        return np.full(KNOTS, prior.arguments[0])
    z = np.linspace(-Z_MAX, Z_MAX, KNOTS)
    frozen = prior.frozen()
    return np.concatenate([frozen.ppf(ndtr(z[z < 0])), frozen.isf(ndtr(-z[z >= 0]))])


def to_parameters(table: Values, z: Values, xp: ModuleType = jnp) -> Values:
    """Map standard normals to parameters; the last axis of both is the parameter axis of `z`.

    Args:
        table: (parameter, knot).
        z: (..., parameter).
        xp: `jax.numpy` inside compiled code, `numpy` outside.
    """
    position = (xp.clip(z, -Z_MAX, Z_MAX) + Z_MAX) * KNOTS_PER_UNIT
    below = xp.clip(xp.floor(position).astype(xp.int32), 0, KNOTS - 2)
    rows = xp.arange(table.shape[0])
    low, high = table[rows, below], table[rows, below + 1]
    return low + (position - below.astype(position.dtype)) * (high - low)
