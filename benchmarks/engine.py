"""All that the benchmarks ask of Détente's engine: a scenario compiled once, and futures of one of its courses."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente.engine.game import rules
from detente.engine.game.compile import compile_game
from detente.engine.game.courses import course_arrays
from detente.engine.simulate import Outcome, Tally, simulate
from detente.futures.questions import questions_of
from detente.language.records import Scenario


class Futures:
    """A course of a scenario from one step on, with parameters drawn from their priors under the first hypothesis.

    The futures begin at the start of the clock's state, whatever the step: a replay of the record is not measured here.
    """

    def __init__(self, scenario: Scenario, course: str, start: int, *, ask_claims: bool = False) -> None:
        self.scenario, self.start = scenario, start
        self.game = compile_game(scenario)
        self.tally = questions_of(scenario, self.game).tally if ask_claims else Tally(fan_lanes=0)
        self.course = course_arrays(self.game, scenario.courses[course], start)
        self.steps = len(self.course.force)

    def draw(self, count: int, seed: int) -> dict[str, np.ndarray]:
        """`count` prior draws of every parameter."""
        random, hypothesis = np.random.default_rng(seed), next(iter(self.scenario.hypotheses))
        priors = {name: self.scenario.prior(name, hypothesis) for name in self.scenario.parameters}
        return {
            name: np.full(count, prior.arguments[0], np.float32)
            if prior.family == "fixed"
            else prior.frozen().rvs(count, random_state=random).astype(np.float32)
            for name, prior in priors.items()
        }

    def play(self, parameters: dict[str, Any], futures: int, seed: int) -> Outcome:
        """`futures` futures (even) of each parameter draw."""
        draws = len(next(iter(parameters.values())))
        state = rules.start(self.game, parameters, np.zeros(draws, np.float32))
        return simulate(
            self.game, self.tally, self.course, parameters, state, start=self.start, futures=futures, seed=seed
        )
