"""Counter-based random numbers: a hash of (seed, lane, step, draw).

No state is carried, a future has the same luck whatever the batch size, chunk or machine, and two courses share
their luck because nothing in the counter knows the course. `tests/engine/test_luck.py` tests the hash.

Source of the 32-bit finaliser: Wellons, "hash-prospector", constants 0x7FEB352D / 0x846CA68B ("lowbias32").
Combining two rounds over (lane, draw) is ours and is what the test covers.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy.special import ndtri

_U32 = jnp.uint32


def mixed(h: Array) -> Array:
    """A word with its bits mixed, uint32 to uint32."""
    h = (h ^ (h >> _U32(16))) * _U32(0x7FEB352D)
    h = (h ^ (h >> _U32(15))) * _U32(0x846CA68B)
    return h ^ (h >> _U32(16))


def uniforms(seed: Array, lane: Array, step: Array, count: int) -> list[Array]:
    """Return `count` arrays of float32 uniforms in (0, 1), one value per lane.

    Args:
        seed: uint32 scalar.
        lane: uint32, shape (lane,): the number of the future.
        step: int scalar: the step of the clock.
        count: how many draws this step needs.
    """
    seed = jnp.asarray(seed, _U32)
    salt_a = mixed(seed + _U32(0x632BE59B))
    salt_b = mixed(mixed(seed) + _U32(0x1B873593))
    out = []
    for i in range(count):
        draw = mixed(jnp.asarray(step, _U32) * _U32(0xC2B2AE35) + _U32(i * 0x27D4EB2F & 0xFFFFFFFF))
        a = mixed(draw * _U32(0x9E3779B9) + salt_a)
        b = mixed(draw * _U32(0x85EBCA6B) + salt_b)
        bits = mixed(mixed(lane ^ a) + (lane * _U32(0xC2B2AE35) ^ b))
        # 23 random bits as the mantissa of a float in [1, 2); half a unit up keeps 0 out
        unit = lax.bitcast_convert_type((bits >> _U32(9)) | _U32(0x3F800000), jnp.float32) - np.float32(1)
        out.append(unit + np.float32(2.0**-24))
    return out


def normals(rows: list[Array]) -> list[Array]:
    """Standard normals from uniforms, by the inverse distribution function (one each: luck stays common)."""
    return [ndtri(u) for u in rows]
