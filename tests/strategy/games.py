"""Games written as scenarios, and random extensive games, for tests of the solvers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from detente.engine.extensive import CHANCE, NONE, ExtensiveGame, assemble
from detente.scenario.records import Actor, Scenario
from tests.engine.games import effects, event, expression, move, scenario, stock, track

CRISIS = {"SQ": (0.0, 0.0), "CD": (1.0, -1.0), "BD": (-0.5, 0.5), "SF": (-0.2, -0.8)}
CHICKEN = ([[3, 1], [4, -2]], [[3, 4], [1, -2]])


def with_aims(base: Scenario, discount: float = 1.0, **utilities: str) -> Scenario:
    """A scenario whose actors have utilities (or, with "", none)."""
    actors = {name: Actor(name, name, expression(text) if text else None, discount) for name, text in utilities.items()}
    return dataclasses.replace(base, actors=actors)


def crisis(payoffs: Mapping[str, tuple[float, float]] = CRISIS) -> Scenario:
    """Signorino's crisis game: A challenges, B resists, A attacks, one choice a day."""
    value = [
        f"where(stage == 0, {payoffs['SQ'][i]}, where(stage == 1, {payoffs['CD'][i]}, "
        f"where(stage == 2, {payoffs['BD'][i]}, {payoffs['SF'][i]})))"
        for i in range(2)
    ]
    base = scenario(
        record=1,
        steps=3,
        stocks=[stock("stage")],
        tracks=[
            track("A.claim", move("challenge", 0, needs="clock.step == 0", effects=effects(stage="1"))),
            track("B.answer", move("resist", 0, needs="clock.step == 1 and stage == 1", effects=effects(stage="1"))),
            track("A.force", move("attack", 0, needs="clock.step == 2 and stage == 2", effects=effects(stage="1"))),
        ],
    )
    return with_aims(base, A=value[0], B=value[1])


def two_by_two(u1: list[list[float]], u2: list[list[float]]) -> Scenario:
    """A 2x2 game in one step; `hold` is the first action of both."""

    def pick(u):
        return f"{u[0][0]} + row * {u[1][0] - u[0][0]} + col * {u[0][1] - u[0][0]}" + (
            f" + row * col * {u[1][1] - u[1][0] - u[0][1] + u[0][0]}"
        )

    base = scenario(
        record=0,
        steps=1,
        stocks=[stock("row"), stock("col")],
        tracks=[
            track("A.choice", move("second", 0, effects=effects(row="1"))),
            track("B.choice", move("second", 0, effects=effects(col="1"))),
        ],
    )
    return with_aims(base, A=pick(u1), B=pick(u2))
