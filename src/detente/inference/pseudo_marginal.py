"""Mutation of tempered SMC where the likelihood is only estimated: a random walk that keeps the target exact.

A proposal brings a fresh estimate, the present one is kept; the estimate's luck is one more unknown, which averages out
because the estimate is unbiased at temperature 1.

Sources: Andrieu & Roberts (2009), Annals of Statistics 37(2); in tempered SMC: Duan & Fulop (2015), Journal of Business
& Economic Statistics 33(2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import jax
import jax.numpy as jnp
from jax import Array

from detente.engine.record import Record
from detente.inference.smc import SMCSettings, over_islands
from detente.inference.transforms import to_parameters

MOVES = 8  # random-walk proposals per temperature: a gradient-free move goes less far
ACCEPTANCE = 0.3  # between the 0.234 of an exact likelihood in many dimensions and the 0.44 in one (Roberts et al.)


def settings_for(settings: SMCSettings) -> SMCSettings:
    """The same particles with a random walk's tuning."""
    return replace(settings, moves=MOVES, leapfrog=1, target_acceptance=ACCEPTANCE)


@lru_cache(maxsize=8)
def build_move(estimate: Callable[[Array, Record, Array], Array], settings: SMCSettings) -> Callable:
    """Compile the mutation of all islands; the signature is that of `smc.build_move`'s.

    Args:
        estimate: of parameter values (parameter,), a record and a key -> ().
    """

    def one_particle(key, z, log_l, gradient, shape, temperature, table, record, step_size, _steps):
        def propose(carry, key):
            z, log_l = carry
            walk, luck, coin = jax.random.split(key, 3)
            new = z + step_size * shape.factor @ jax.random.normal(walk, z.shape, z.dtype)
            new_l = estimate(to_parameters(table, new), record, luck)
            ratio = temperature * (new_l - log_l) - 0.5 * (jnp.sum(new * new) - jnp.sum(z * z))
            # a step of length 0 only draws an estimate anew (`smc.run` starts so): to choose among several would favour
            # lucky ones, and the evidence rests on their mean
            accepted = (step_size == 0) | (jnp.log(jax.random.uniform(coin)) < ratio)
            kept = jnp.where(accepted, new, z), jnp.where(accepted, new_l, log_l)
            return kept, jnp.exp(jnp.minimum(ratio, 0.0))

        (z, log_l), acceptance = jax.lax.scan(propose, (z, log_l), jax.random.split(key, settings.moves))
        return z, log_l, gradient, jnp.mean(acceptance).astype(jnp.float32)

    return over_islands(one_particle, settings)
