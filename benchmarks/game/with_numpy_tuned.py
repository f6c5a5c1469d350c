"""The reference game in NumPy by somebody who knows it well: futures as the last axis, small batches, a thread a core.

Batches fit the cache, futures that ended leave them, and NumPy lets go of the interpreter inside its loops.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, MOVES, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

BATCH = 1_024


def _normal(random: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return random.standard_normal((rows, columns), np.float32)


def _batch(game: Game, futures: int, seed: np.random.SeedSequence) -> tuple:
    """Sums over some futures: wars, their weeks, last states, their squares, choices."""
    random, single = np.random.default_rng(seed), np.float32
    weights = np.asarray(game.slope.reshape(-1, STOCKS), single)
    effects = [np.ascontiguousarray(e.T, single) for e in game.effect]  # per actor (stock, move)
    keep, drift, sigma, base = (
        np.asarray(a, single).reshape(-1, 1) for a in (game.keep, game.drift, game.sigma, game.base)
    )
    cost = np.asarray(game.cost, single)[:, :, None]
    end, squared, chosen, wars, weeks = np.zeros(STOCKS), np.zeros(STOCKS), np.zeros((ACTORS, MOVES)), 0, 0
    x = np.repeat(game.start[:, None].astype(single), futures, 1)
    threshold = np.exp(single(LOG_MEAN) + single(LOG_SD) * _normal(random, ACTORS, futures))

    def leave(last: np.ndarray) -> None:
        end[:] += last.sum(1, dtype=float)
        squared[:] += np.square(last, dtype=float).sum(1)

    for week in range(1, WEEKS + 1):
        appeal = (weights @ np.clip(x, -CLIP, CLIP) + base).reshape(ACTORS, MOVES, -1)
        can = x[:ACTORS, None] >= cost
        can[:, 0] = True
        up_to = np.cumsum(np.exp(appeal, out=appeal) * can, 1)  # utilities stay below 12: no overflow
        target = random.random((ACTORS, 1, x.shape[1]), single) * up_to[:, -1:]
        choice = (up_to[:, :-1] <= target).sum(1)
        x = keep * x + drift + sigma * _normal(random, STOCKS, x.shape[1])
        for actor, effect in enumerate(effects):
            x += effect[:, choice[actor]]
            chosen[actor] += np.bincount(choice[actor], minlength=MOVES)
        over = (x[ACTORS : 2 * ACTORS] >= threshold).any(0) & (random.random(x.shape[1], single) < game.hazard)
        if over.any():
            wars, weeks = wars + over.sum(), weeks + week * over.sum()
            leave(x[:, over])
            x, threshold = x[:, ~over], threshold[:, ~over]
    leave(x)
    return wars, weeks, end, squared, chosen


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, batches on a thread per core."""

    def play(futures: int, seed: int) -> Outcome:
        seeds = np.random.SeedSequence(seed).spawn(-(-futures // BATCH))
        sizes = [min(BATCH, futures - number * BATCH) for number in range(len(seeds))]
        with ThreadPoolExecutor(cores) as pool:
            parts = pool.map(lambda size, own: _batch(game, size, own), sizes, seeds)
            return of_sums(futures, *(sum(part) for part in zip(*parts, strict=True)))

    return play
