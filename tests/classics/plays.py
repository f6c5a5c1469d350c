"""Plays of a game with continuous offers: given moves and sizes, walked by the engine.

The offers that leave somebody indifferent between two plays are found by search.

That is how subgame perfection is computed where an offer can be any number: the one who proposes asks for as much as
leaves the other no better off by refusing, given what follows a refusal, which was found before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from detente.engine.game.compile import function_of
from detente.language.records import HOLD, Scenario
from tests.classics.scenarios import fixed_values, game_of
from tests.classics.walks import walk

Play = Mapping[tuple[int, str], str | tuple[str, float]]  # (day, track) -> the move made, or the move and its size


def payoffs(scenario: Scenario, plays: Sequence[Play], days: int, **given: float) -> np.ndarray:
    """(play, player): every actor's utility at the end of each play; what no play says is hold.

    Args:
        days: how many days are played; a game that is over stays as it is.
        given: values of parameters that are not fixed by the scenario, or other values.
    """
    game, values = game_of(scenario, any_clock=True), fixed_values(scenario, None, **given)
    tracks = {id: i for i, id in enumerate(scenario.tracks)}
    choices = np.zeros((days, len(tracks), len(plays)), int)
    sizes = np.zeros((days, len(tracks), len(plays)))
    for lane, play in enumerate(plays):
        for (day, track), move in play.items():
            name, size = (move, 0.0) if isinstance(move, str) else move
            moves = [HOLD, *scenario.tracks[track].moves]
            choices[day, tracks[track], lane], sizes[day, tracks[track], lane] = moves.index(name), size
    path = walk(game, values, days, choices=choices, sizes=sizes).path
    end = {**values, **{name: x[-1] for name, x in path.items()}}
    aims = [a.utility for a in scenario.actors.values() if a.utility is not None]
    return np.stack([np.broadcast_to(function_of(u.tree)(end), len(plays)) for u in aims], -1)


def root(gap: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that rises or falls throughout is 0; the bracket is widened as needed.

    Raises:
        ValueError: If no sign change was found.
    """
    for _ in range(40):
        if gap(low) * gap(high) <= 0:
            found: Any = brentq(gap, low, high, xtol=1e-15)
            return float(found)
        width = high - low
        low, high = low - width, high + width
    raise ValueError("no value leaves the player indifferent")
