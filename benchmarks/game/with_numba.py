"""The reference game in Numba as one would write it: a loop over futures on all threads, numbers one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, MOVES, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

CHUNKS = 64
ZERO, WALL = np.float32(0), np.float32(CLIP)


@numba.njit(parallel=True, fastmath=True)
def _futures(base, slope, effect, keep, drift, sigma, cost, start, hazard, futures, seed):
    """Sums over the futures of every chunk: (wars, weeks), last states, their squares, choices."""
    wars, chosen = np.zeros((CHUNKS, 2), np.int64), np.zeros((CHUNKS, ACTORS, MOVES), np.int64)
    end, squared = np.zeros((CHUNKS, STOCKS)), np.zeros((CHUNKS, STOCKS))
    for chunk in numba.prange(CHUNKS):
        np.random.seed(seed * 7919 + chunk)
        x, seen, after = np.empty(STOCKS, np.float32), np.empty(STOCKS, np.float32), np.empty(STOCKS, np.float32)
        threshold, up_to = np.empty(ACTORS, np.float32), np.empty(MOVES, np.float32)
        for _ in range(chunk * futures // CHUNKS, (chunk + 1) * futures // CHUNKS):
            x[:] = start
            for j in range(ACTORS):
                threshold[j] = math.exp(np.random.normal(LOG_MEAN, LOG_SD))
            for week in range(1, WEEKS + 1):
                for s in range(STOCKS):
                    seen[s] = min(max(x[s], -WALL), WALL)
                    after[s] = keep[s] * x[s] + drift[s] + sigma[s] * np.float32(np.random.normal(0.0, 1.0))
                for a in range(ACTORS):
                    total = ZERO
                    for m in range(MOVES):
                        if m == 0 or x[a] >= cost[a, m]:
                            utility = base[a, m]
                            for s in range(STOCKS):
                                utility += slope[a, m, s] * seen[s]
                            total += math.exp(utility)
                        up_to[m] = total
                    target, move = np.float32(np.random.random()) * total, 0
                    while move < MOVES - 1 and up_to[move] <= target:
                        move += 1
                    chosen[chunk, a, move] += 1
                    for s in range(STOCKS):
                        after[s] += effect[a, move, s]
                x[:] = after
                passed = False
                for j in range(ACTORS):
                    passed |= x[ACTORS + j] >= threshold[j]
                if passed and np.random.random() < hazard:
                    wars[chunk, 0] += 1
                    wars[chunk, 1] += week
                    break
            for s in range(STOCKS):
                end[chunk, s] += x[s]
                squared[chunk, s] += x[s] * x[s]
    return wars.sum(0), end.sum(0), squared.sum(0), chosen.sum(0)


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, on as many threads as NUMBA_NUM_THREADS says."""
    all_futures: Any = _futures
    arrays = [np.asarray(a, np.float32) for a in game[:8]]

    def play(futures: int, seed: int) -> Outcome:
        (wars, weeks), end, squared, chosen = all_futures(*arrays, game.hazard, futures, seed)
        return of_sums(futures, wars, weeks, end, squared, chosen)

    return play
