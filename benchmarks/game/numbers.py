"""The numbers of the reference game, and what 400,000 futures of it came to.

Stocks are in the order: resources of the four actors, pressures on them, four general ones. One future, for weeks
t = 1 to 52, from x = `start` and thresholds exp(log_mean + log_sd * N(0, 1)), one per actor:

1. utilities: `base[a, m]` + sum over s of `slope[a, m, s]` * clip(x[s], -10, 10)
2. move m > 0 can be chosen if the actor's resource is at least `cost[a, m]`; m = 0 always
3. every actor chooses at the same time: probabilities proportional to exp(utility) over what can be chosen
4. x <- keep * x + drift + sum over actors of effect[a, chosen move] + sigma * N(0, 1)
5. if a pressure is at or above its threshold, war with probability `hazard` (one draw a week for all), which ends it
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).parent
ACTORS, MOVES, STOCKS, WEEKS = 4, 10, 12, 52
CLIP = 10.0
HAZARD = 0.3
LOG_MEAN, LOG_SD = float(np.log(4.0)), 0.35  # of the thresholds


class Game(NamedTuple):
    """One set of numbers, in float64."""

    base: np.ndarray  # (actor, move)
    slope: np.ndarray  # (actor, move, stock)
    effect: np.ndarray  # (actor, move, stock)
    keep: np.ndarray  # (stock,)
    drift: np.ndarray  # (stock,)
    sigma: np.ndarray  # (stock,)
    cost: np.ndarray  # (actor, move)
    start: np.ndarray  # (stock,)
    hazard: float = HAZARD  # of war, a week, above a threshold


def load(hazard: float = HAZARD) -> Game:
    """The frozen game (`params.npz`). Another hazard plants an error, to be found by the comparison."""
    with np.load(HERE / "params.npz") as file:
        arrays = [file[name] for name in ("b", "W", "E", "keep", "drift", "sigma", "cost", "x0")]
    return Game(*arrays, hazard=hazard)
