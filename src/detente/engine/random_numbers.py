"""Counter-based random numbers: a hash of (seed, future, step, draw).

No state is carried: a future has the same numbers whatever the batch, chunk, backend or machine, and two courses share
them because nothing in the counter knows the course. `tests/engine/test_random_numbers.py` tests the hash.

Source of the 32-bit finaliser: Wellons, "hash-prospector", constants 0x7FEB352D / 0x846CA68B ("lowbias32").
Combining two rounds over (future, draw), and the odd multipliers that set draws, steps and seeds apart, are ours and
are what the test covers. 0x9E3779B9 is 2^32 over the golden ratio; 0xC2B2AE35 and 0x85EBCA6B are of MurmurHash3
(Appleby, 2008); the others are an assumption.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_U32 = np.uint32


def stirred(h: Any) -> Any:
    """Words with their bits mixed, uint32 to uint32; arrays of NumPy or JAX."""
    h = (h ^ (h >> _U32(16))) * _U32(0x7FEB352D)
    h = (h ^ (h >> _U32(15))) * _U32(0x846CA68B)
    return h ^ (h >> _U32(16))


def mixed(word: np.ndarray | np.uint32) -> np.ndarray:
    """A word with its bits mixed, uint32 to uint32."""
    with np.errstate(over="ignore"):
        return stirred(np.asarray(word, _U32))


def salts(seed: int | np.ndarray, steps: int | np.ndarray, count: int) -> np.ndarray:
    """The two words that set a draw of a step apart, shape (step, draw, 2) uint32.

    Args:
        seed: an unsigned 32-bit number.
        steps: numbers of the steps.
        count: how many draws a step needs.
    """
    with np.errstate(over="ignore"):
        word = np.asarray(seed, _U32)
        first, second = mixed(word + _U32(0x632BE59B)), mixed(mixed(word) + _U32(0x1B873593))
        k = np.atleast_1d(np.asarray(steps)).astype(_U32)[:, None]
        draw = mixed(k * _U32(0xC2B2AE35) + np.arange(count, dtype=_U32) * _U32(0x27D4EB2F))
        return np.stack([mixed(draw * _U32(0x9E3779B9) + first), mixed(draw * _U32(0x85EBCA6B) + second)], -1)


def uniforms(seed: int | np.ndarray, lane: np.ndarray, step: int, count: int) -> list[np.ndarray]:
    """Return `count` arrays of float32 uniforms in (0, 1), one value per lane.

    Args:
        lane: uint32 of any shape: the number of the future.
    """
    lane = np.asarray(lane, _U32)
    return [uniform(lane, a, b) for a, b in salts(seed, step, count)[0]]


def uniform(lane: np.ndarray, a: np.uint32, b: np.uint32) -> np.ndarray:
    """Float32 uniforms in (0, 1), one a lane, of the draw that two salts set apart."""
    with np.errstate(over="ignore"):
        bits = mixed(mixed(lane ^ a) + (lane * _U32(0xC2B2AE35) ^ b))
    # 23 random bits as the mantissa of a float in [1, 2); half a unit up keeps 0 out
    unit = ((bits >> _U32(9)) | _U32(0x3F800000)).view(np.float32) - np.float32(1)
    return unit + np.float32(2.0**-24)
