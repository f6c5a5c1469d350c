"""The reference game in the EMA workbench: one run of a NumPy model per experiment, spread over processes.

The seed of a future is the uncertainty that is sampled, so that every experiment is another future.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from ema_workbench import (
    ArrayOutcome,
    Constant,
    IntegerParameter,
    Model,
    MultiprocessingEvaluator,
    Samplers,
    ScalarOutcome,
)

from benchmarks.game import numbers
from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

_game = lru_cache(numbers.load)  # every process loads it once, however it was started


def crisis(seed: int = 0, hazard: float = numbers.HAZARD) -> dict[str, object]:
    """One future."""
    game, random = _game(hazard), np.random.default_rng(int(seed))
    x, threshold, war = game.start.copy(), np.exp(random.normal(LOG_MEAN, LOG_SD, ACTORS)), 0
    chosen, rows = np.zeros(game.base.shape, int), np.arange(ACTORS)
    for week in range(1, WEEKS + 1):
        can = x[:ACTORS, None] >= game.cost
        can[:, 0] = True
        up_to = np.cumsum(np.exp(game.base + game.slope @ np.clip(x, -CLIP, CLIP)) * can, axis=1)
        moves = (up_to <= (random.random(ACTORS) * up_to[:, -1])[:, None]).sum(1)
        chosen[rows, moves] += 1
        change = game.effect[rows, moves].sum(0) + game.sigma * random.standard_normal(STOCKS)
        x = game.keep * x + game.drift + change
        if (x[ACTORS : 2 * ACTORS] >= threshold).any() and random.random() < hazard:
            war = week
            break
    return {"war": war, "x": x, "chosen": chosen.ravel()}


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, on a process per core."""
    model = Model("crisis", function=crisis)
    model.uncertainties = [IntegerParameter("seed", 0, 2**31 - 2)]
    model.constants = [Constant("hazard", game.hazard)]
    model.outcomes = [ScalarOutcome("war"), ArrayOutcome("x"), ArrayOutcome("chosen")]

    def play(futures: int, seed: int) -> Outcome:
        with MultiprocessingEvaluator(model, n_processes=cores) as evaluator:
            experiments: Any = evaluator.perform_experiments(
                futures, uncertainty_sampling=Samplers.MC, uncertainty_sampling_kwargs={"rng": seed}
            )
        found = experiments[1]
        war, x, chosen = found["war"], found["x"], found["chosen"].sum(0).reshape(ACTORS, -1)
        return of_sums(futures, (war > 0).sum(), war.sum(), x.sum(0), (x**2).sum(0), chosen)

    return play
