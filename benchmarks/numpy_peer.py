"""The reference game in NumPy, vectorised over futures: what one would write by hand for this one game.

The batch is the last axis, futures that ended leave it, and batches run on a thread per core (NumPy lets go of the
interpreter inside its loops). Written for `reference_game.py`, which describes the game.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

BATCH = 1024  # fits the cache, and is too small for threads inside the matrix product, which slow this down
CLIP = 10.0


class Played(NamedTuple):
    """What every future came to; arrays end in the axis of futures."""

    war: np.ndarray  # (future,) step of the war, counted from 1; 0 without one
    end: np.ndarray  # (stock, future)
    chosen: np.ndarray  # (actor, move, future) steps in which each move was chosen


def play(game: dict[str, np.ndarray], futures: int, steps: int, hazard: float, seed: int) -> Played:
    """Play `futures` futures of the game whose arrays are `game`, in float32."""
    single = {k: np.asarray(v, np.float32) for k, v in game.items()}
    seeds = np.random.SeedSequence(seed).spawn(-(-futures // BATCH))
    sizes = [min(BATCH, futures - i * BATCH) for i in range(len(seeds))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda a: _batch(single, a[0], steps, hazard, a[1]), zip(sizes, seeds, strict=True)))
    return Played(*(np.concatenate(p, -1) for p in zip(*parts, strict=True)))


def _batch(game: dict[str, np.ndarray], size: int, steps: int, hazard: float, seed: np.random.SeedSequence) -> Played:
    random = np.random.default_rng(seed)
    actors, moves, stocks = game["W"].shape
    weights = game["W"].reshape(-1, stocks)
    effects = [np.ascontiguousarray(e.T) for e in game["E"]]  # per actor (stock, move)
    keep, drift, sigma, base = (game[k].reshape(-1, 1) for k in ("keep", "drift", "sigma", "b"))
    cost = game["cost"][:, :, None]
    out = Played(np.zeros(size, int), np.zeros((stocks, size), np.float32), np.zeros((actors * moves, size), np.uint8))
    x = np.repeat(game["x0"][:, None], size, 1)
    threshold = np.exp(np.float32(game["log_mean"]) + game["log_sd"] * _normal(random, actors, size))
    running = np.arange(size)
    for step in range(1, steps + 1):
        appeal = (weights @ np.clip(x, -CLIP, CLIP) + base).reshape(actors, moves, -1)
        can = x[:actors, None] >= cost
        can[:, 0] = True
        cumulated = np.cumsum(np.exp(appeal, out=appeal) * can, 1)  # utilities stay below 12: no overflow
        target = random.random((actors, 1, len(running)), np.float32) * cumulated[:, -1:]
        choice = (cumulated[:, :-1] <= target).sum(1)
        x = keep * x + drift + sigma * _normal(random, stocks, len(running))
        for actor, effect in enumerate(effects):
            x += effect[:, choice[actor]]
            out.chosen[actor * moves + choice[actor], running] += 1
        over = (x[actors : 2 * actors] >= threshold).any(0) & (random.random(len(running), np.float32) < hazard)
        if over.any():
            out.war[running[over]] = step
            out.end[:, running[over]] = x[:, over]
            x, threshold, running = x[:, ~over], threshold[:, ~over], running[~over]
    out.end[:, running] = x
    return out._replace(chosen=out.chosen.reshape(actors, moves, size))


def _normal(random: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return random.standard_normal((rows, columns), np.float32)
