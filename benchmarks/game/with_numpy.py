"""The reference game in NumPy, vectorised over futures on one thread: the plain way, futures as the first axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, MOVES, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

BATCH = 2_048  # futures at a time


def _batch(game: Game, futures: int, seed: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Last states (future, stock), weeks of war (0 without), and choices (actor, move)."""
    random, single = np.random.default_rng(seed), np.float32
    base, keep, drift, sigma, effect, cost = (
        np.asarray(a, single) for a in (game.base, game.keep, game.drift, game.sigma, game.effect, game.cost)
    )
    slope = np.ascontiguousarray(game.slope.reshape(-1, STOCKS).T, single)
    x = np.tile(game.start.astype(single), (futures, 1))
    threshold = np.exp(single(LOG_MEAN) + single(LOG_SD) * random.standard_normal((futures, ACTORS), single))
    war, chosen, live = np.zeros(futures, int), np.zeros((ACTORS, MOVES)), np.arange(futures)
    for week in range(1, WEEKS + 1):
        y = x[live]
        appeal = (np.clip(y, -CLIP, CLIP) @ slope).reshape(-1, ACTORS, MOVES) + base
        weight = np.exp(appeal - appeal.max(-1, keepdims=True))
        can = y[:, :ACTORS, None] >= cost
        can[:, :, 0] = True
        up_to = np.cumsum(weight * can, -1)
        target = random.random((len(live), ACTORS, 1), single) * up_to[:, :, -1:]
        move = np.minimum((up_to <= target).sum(-1), MOVES - 1)
        change = drift + sigma * random.standard_normal(y.shape, single)
        for actor in range(ACTORS):
            change += effect[actor, move[:, actor]]
            chosen[actor] += np.bincount(move[:, actor], minlength=MOVES)
        y = keep * y + change
        x[live] = y
        over = (y[:, ACTORS : 2 * ACTORS] >= threshold[live]).any(-1)
        hit = over & (random.random(len(live), single) < game.hazard)
        war[live[hit]] = week
        live = live[~hit]
    return x, war, chosen


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, batch after batch."""

    def play(futures: int, seed: int) -> Outcome:
        end, squared, wars, weeks, chosen = np.zeros(STOCKS), np.zeros(STOCKS), 0, 0, np.zeros((ACTORS, MOVES))
        seeds = np.random.SeedSequence(seed).spawn(-(-futures // BATCH))
        for first, own in zip(range(0, futures, BATCH), seeds, strict=True):
            x, war, moves = _batch(game, min(BATCH, futures - first), own)
            end += x.sum(0, dtype=float)
            squared += np.square(x, dtype=float).sum(0)
            wars += (war > 0).sum()
            weeks += war.sum()
            chosen += moves
        return of_sums(futures, wars, weeks, end, squared, chosen)

    return play
