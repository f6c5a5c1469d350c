"""One move per lane by inverse distribution function: the same luck gives the same move wherever it is drawn."""

from __future__ import annotations

import functools

import jax.numpy as jnp
from jax import Array

from detente.engine import rules
from detente.engine.compile import Values
from detente.engine.courses import FREE

SMALLEST_LOGIT = -80.0  # relative to the best; exp() of less is 0 in float32, and all weights may not be


def choose(row: list[Array], allowed: Values, forced: Array, u: Array) -> Array:
    """The index of the move drawn at `u`; a forced move wins over availability.

    Args:
        row: per move its logit, `rules.UNAVAILABLE` where its needs fail.
        allowed: (move,) bool: what a course does not forbid.
        forced: index of the move, or `FREE`.
        u: uniform in (0, 1).
    """
    top = functools.reduce(jnp.maximum, row)
    weights = [
        jnp.where(allowed[m] & (a > rules.UNAVAILABLE / 2), jnp.exp(jnp.maximum(a - top, SMALLEST_LOGIT)), 0.0)
        for m, a in enumerate(row)
    ]
    cumulated = [weights[0]]
    for w in weights[1:]:
        cumulated.append(cumulated[-1] + w)
    target = u * cumulated[-1]
    drawn = sum((c <= target).astype(jnp.int32) for c in cumulated[:-1])
    return jnp.where(forced == FREE, drawn, forced)
