"""The reference game in OpenSpiel: a Python game with simultaneous moves, as its own examples are written.

Chance nodes: the thresholds at the start, then after every joint move one for the war, where a threshold was passed.
Continuous noise is drawn when moves are applied, as games with sampled stochasticity do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyspiel

from benchmarks.game.numbers import ACTORS, CLIP, LOG_MEAN, LOG_SD, MOVES, STOCKS, WEEKS, Game
from benchmarks.game.outcome import Outcome, of_sums

TYPE = pyspiel.GameType(
    short_name="reference_crisis",
    long_name="Reference crisis",
    dynamics=pyspiel.GameType.Dynamics.SIMULTANEOUS,
    chance_mode=pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC,
    information=pyspiel.GameType.Information.PERFECT_INFORMATION,
    utility=pyspiel.GameType.Utility.GENERAL_SUM,
    reward_model=pyspiel.GameType.RewardModel.TERMINAL,
    max_num_players=ACTORS,
    min_num_players=ACTORS,
    provides_information_state_string=False,
    provides_information_state_tensor=False,
    provides_observation_string=False,
    provides_observation_tensor=False,
    provides_factored_observation_string=False,
    parameter_specification={},
)
INFO = pyspiel.GameInfo(
    num_distinct_actions=MOVES,
    max_chance_outcomes=2,
    num_players=ACTORS,
    min_utility=-1.0,
    max_utility=0.0,
    utility_sum=None,
    max_game_length=WEEKS,
)


class Crisis(pyspiel.Game):
    """The game; OpenSpiel's own parameters hold single numbers only: arrays and random numbers come with the object."""

    def __init__(self, game: Game, random: np.random.Generator) -> None:
        super().__init__(TYPE, INFO, {})
        self.numbers, self.random = game, random

    def new_initial_state(self) -> State:
        return State(self)


class State(pyspiel.State):
    """Where one future stands."""

    def __init__(self, game: Crisis) -> None:
        super().__init__(game)
        self.numbers, self.random = game.numbers, game.random
        self.x, self.week, self.war = self.numbers.start.copy(), 0, 0
        self.threshold: np.ndarray | None = None
        self.chance, self.over = True, False

    def current_player(self) -> int:
        if self.over:
            return pyspiel.PlayerId.TERMINAL
        return pyspiel.PlayerId.CHANCE if self.chance else pyspiel.PlayerId.SIMULTANEOUS

    def _legal_actions(self, player: int) -> list[int]:
        held, cost = self.x[player], self.numbers.cost[player]
        return [m for m in range(MOVES) if m == 0 or held >= cost[m]]

    def chance_outcomes(self) -> list[tuple[int, float]]:
        passed = self.threshold is not None and (self.x[ACTORS : 2 * ACTORS] >= self.threshold).any()
        return [(0, 1 - self.numbers.hazard), (1, self.numbers.hazard)] if passed else [(0, 1.0)]

    def _apply_action(self, action: int) -> None:
        if self.threshold is None:
            self.threshold = np.exp(self.random.normal(LOG_MEAN, LOG_SD, ACTORS))
        else:
            self.war = self.week if action else 0
            self.over = bool(action) or self.week >= WEEKS
        self.chance = False

    def _apply_actions(self, actions: list[int]) -> None:
        numbers = self.numbers
        change = numbers.drift + numbers.sigma * self.random.standard_normal(STOCKS)
        for actor, move in enumerate(actions):
            change += numbers.effect[actor, move]
        self.x = numbers.keep * self.x + change
        self.week += 1
        self.chance = True

    def is_terminal(self) -> bool:
        return self.over

    def returns(self) -> list[float]:
        return [-1.0 if self.war else 0.0] * ACTORS


def _choose(state: State) -> list[int]:
    """Logit choice for every player over the legal actions."""
    numbers, seen, moves = state.numbers, np.clip(state.x, -CLIP, CLIP), []
    for actor in range(ACTORS):
        legal = state.legal_actions(actor)
        up_to = np.cumsum(np.exp(numbers.base[actor, legal] + numbers.slope[actor, legal] @ seen))
        moves.append(legal[int(np.searchsorted(up_to, state.random.random() * up_to[-1], side="right"))])
    return moves


def prepare(game: Game, cores: int) -> Callable[[int, int], Outcome]:
    """A function that plays futures from a seed, one state after the other."""

    def play(futures: int, seed: int) -> Outcome:
        crisis = Crisis(game, np.random.default_rng(seed))
        end, squared = np.zeros(STOCKS), np.zeros(STOCKS)
        chosen, wars, weeks, rows = np.zeros(game.base.shape), 0, 0, np.arange(ACTORS)
        for _ in range(futures):
            state = crisis.new_initial_state()
            while not state.is_terminal():
                if state.is_chance_node():
                    outcomes = state.chance_outcomes()
                    war = len(outcomes) > 1 and crisis.random.random() < outcomes[1][1]
                    state.apply_action(outcomes[war][0])
                else:
                    moves = _choose(state)
                    chosen[rows, moves] += 1
                    state.apply_actions(moves)
            end += state.x
            squared += state.x**2
            wars += state.war > 0
            weeks += state.war
        return of_sums(futures, wars, weeks, end, squared, chosen)

    return play
